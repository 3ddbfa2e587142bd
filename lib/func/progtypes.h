/* SPDX-License-Identifier: BSD-2-Clause */
/* Program types: which ELF section means which type, and what a load from the context gives. Rows: progtypes.def. */
#ifndef K2_PROGTYPES_H
#define K2_PROGTYPES_H

#include <stdbool.h>
#include <stdint.h>

/* What a load from a context field gives. The pointer kinds give a whole 64-bit pointer whatever the size of the field:
   the kernel rewrites the 32-bit load of xdp_md->data into a 64-bit load (xdp_convert_ctx_access). */
enum k2_ctx_kind {
	K2_CTX_SCALAR,
	K2_CTX_PKT_DATA,
	K2_CTX_PKT_META,
	K2_CTX_PKT_END,
	K2_CTX_OTHER_PTR, /* socket, flow keys, option value ...; maybe NULL */
	K2_CTX_UNKNOWN,   /* number or pointer, as the attached function's BTF says */
};

enum k2_ctx_field_flag {
	K2_CTX_LOAD = 1 << 0,   /* loads of the whole field (element) are allowed in this program type */
	K2_CTX_STORE = 1 << 1,  /* so are stores of the whole field (element) */
	K2_CTX_NARROW = 1 << 2, /* smaller aligned loads too (bpf_ctx_narrow_access_ok) */
	K2_CTX_WIDE = 1 << 3,   /* aligned 8-byte accesses over two 4-byte elements too */
	K2_CTX_NARROW_STORE = 1 << 4, /* smaller aligned stores too */
	K2_CTX_TELLS = 1 << 5,  /* that the program loads it at all changes what the kernel makes of other accesses */
};

struct k2_ctx_field {
	const char *name;
	uint16_t off, size; /* bytes; an array is one field */
	uint8_t elem;       /* bytes of one element; = size if no array */
	uint8_t flags;      /* enum k2_ctx_field_flag */
	enum k2_ctx_kind kind;
};

enum k2_prog_type_flag {
	/* The context is ordinary memory: loads are not rewritten and bytes are what they seem. Whether 8 of them are a pointer
	   is still the field's kind. Otherwise a context load is rewritten by convert_ctx_access, and only the fields' own
	   sizes make sense. */
	K2_PT_CTX_PLAIN = 1 << 0,
	/* May load (store) the packet through pointers from the context (may_access_direct_pkt_data). */
	K2_PT_PKT_READ = 1 << 1,
	K2_PT_PKT_WRITE = 1 << 2,
	/* May use the legacy packet loads LD_ABS and LD_IND (may_access_skb). */
	K2_PT_LD_ABS = 1 << 3,
	/* The kernel calls it as a function that returns 32 bits (bpf_prog_run of filter.h): nobody sees the upper half of r0. Not so
	   behind trampolines, which hand the whole register on, and for code that other BPF code calls. */
	K2_PT_RET32 = 1 << 4,
	/* The verifier takes any number as return value (check_return_code). */
	K2_PT_RET_ANY = 1 << 5,
};

struct k2_prog_type {
	int32_t id;       /* enum bpf_prog_type */
	const char *name; /* as in the uapi enum, without "BPF_PROG_TYPE_" */
	const char *ctx;  /* type of the context as the program sees it, NULL: none of its own */
	uint16_t ctx_size; /* bytes; 0: depends on the target or the attach point */
	uint8_t load_sizes, store_sizes; /* CTX_PLAIN: allowed access sizes, as the bits 1, 2, 4, 8. Other types: 0, see fields */
	uint16_t n_fields;
	uint32_t flags;   /* enum k2_prog_type_flag */
	const struct k2_ctx_field *fields; /* sorted by offset, not overlapping */
};

/* The type that libbpf (or, for the sections of old samples, their loaders) gives a program in this section. NULL: unknown. */
const struct k2_prog_type *k2_prog_type_by_section(const char *sec);
/* Flags that hold for it, from K2_PT_RET32 and K2_PT_RET_ANY: by section, and where that does not tell by the structure behind the
   first argument, for all types that have it. */
uint32_t k2_prog_return_flags(const char *sec, const char *context);
/* A type whose context is this structure, for what a load of its fields gives (the same in all types that have it); of several
   the one that may do most. NULL: no type's. */
const struct k2_prog_type *k2_prog_type_by_context(const char *name);
/* The row for a value of enum bpf_prog_type, or NULL. */
const struct k2_prog_type *k2_prog_type_by_id(int32_t id);
/* Whether libbpf loads programs in this section with BPF_F_SLEEPABLE. */
bool k2_section_sleepable(const char *sec);
/* The field that covers `size` bytes at `off` of the context; NULL: none does (then nothing is known about the access). */
const struct k2_ctx_field *k2_ctx_field(const struct k2_prog_type *pt, int64_t off, unsigned int size);
/* May a load at this offset of some pointer be one that tells the kernel something by being there (K2_CTX_TELLS)? `pt` may be NULL: any
   type. */
bool k2_ctx_load_tells(const struct k2_prog_type *pt, int64_t off, unsigned int size);

#endif

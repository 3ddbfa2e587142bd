/* SPDX-License-Identifier: BSD-2-Clause */
/* What a caller says about a function: instructions, symbols, and where it will run. */
#ifndef K2_FUNC_DESC_H
#define K2_FUNC_DESC_H

#include <stdbool.h>
#include <stdint.h>
#include <k2/insn.h>

enum k2_isa_level { K2_ISA_V1 = 1, K2_ISA_V2, K2_ISA_V3, K2_ISA_V4 };

enum k2_symbol_kind {
	K2_SYM_OTHER,  /* an address or number about which nothing is known */
	K2_SYM_MAP,    /* the address of a map */
	K2_SYM_DATA,   /* the address of a global variable (.data, .bss, .rodata: a map value once loaded) */
	K2_SYM_FUNC,   /* a subprogram of the same object: call target or callback address */
	K2_SYM_KFUNC,  /* a kernel function */
	K2_SYM_CORE,   /* the value of a CO-RE relocation */
};

struct k2_symbol {
	enum k2_symbol_kind kind;
	const char *name; /* caller's; never NULL */
	/* K2_SYM_MAP: enum bpf_map_type, and sizes in bytes; 0 where unknown. */
	uint32_t map_type, key_size, value_size;
	uint32_t max_entries; /* 0: unknown */
	/* K2_SYM_DATA: size in bytes (0: unknown) and whether the bytes are constant at run time. */
	uint32_t data_size;
	bool read_only;
};

/* What a subprogram is given in one of r1 to r5. */
enum k2_passed_kind {
	K2_PASSED_ANYTHING = 0, /* nothing is known; where the function does not look at it, it need not even hold something */
	K2_PASSED_NUMBER,
	K2_PASSED_FRAME,        /* an address in the stack frame of a function that is being called: r10 of that one + a number */
	K2_PASSED_CONTEXT,      /* the program's context + a number */
	K2_PASSED_PACKET,       /* an address in the packet or in the metadata before it */
	K2_PASSED_PACKET_END,
	K2_PASSED_MAP_VALUE,    /* an address in a value of map `sym`, or 0; not of a map in a map, nor of a map of sockets */
	K2_PASSED_GLOBAL,       /* an address in global variable `sym` */
	K2_PASSED_RECORD,       /* an address in a record that a helper reserved, or 0 */
};

/* Symbol numbers from here on stand for maps that the function does not refer to itself: one number, one map. */
#define K2_SYM_ELSEWHERE 0x1000800u

/* True of every call. The number (for FRAME and CONTEXT: the offset) has the bits `ones`, has not the bits `zeros`, and lies between min
   and max, as unsigned 64-bit numbers; for the other kinds the four say nothing (0, 0, 0, UINT64_MAX). */
struct k2_passed {
	enum k2_passed_kind kind;
	uint32_t sym; /* MAP_VALUE, GLOBAL: 1 + index in the description's syms, or at least K2_SYM_ELSEWHERE; 0: nobody knows which */
	uint64_t zeros, ones, min, max;
};

/* One function (a main program or a subprogram). All memory is the caller's and outlives the call it is passed to. */
struct k2_func_desc {
	const char *name;
	const char *section;   /* ELF section name, from which the program type follows; NULL or ".text": unknown */
	/* The structure that the first argument points at ("xdp_md", "__sk_buff"), from debug information; NULL: unknown. Used
	   where the section does not tell: sections that loaders know by other means, and subprograms. */
	const char *arg_type;
	const struct k2_insn *insns;
	uint32_t n_insns;
	const struct k2_symbol *syms;
	uint32_t n_syms;
	enum k2_isa_level isa; /* the newest instruction set that may be emitted */
	bool alu32;            /* 32-bit ALU and jumps are allowed though isa is below v3 */
	bool big_endian;
	bool is_subprog;       /* called by other functions, not by the kernel: r1..r5 are unknown arguments */
	uint8_t n_args;        /* subprograms, and programs in freplace sections: registers r1..r<n_args> hold arguments at entry */
	bool strict_align;     /* the target lacks efficient unaligned access */
	/* Subprograms: what r1..r5 are given by every call that is ever made, as five elements; NULL: nothing is known. That is the
	   caller's promise: everything that is proved of the function holds only where it is kept. It holds of static functions
	   of which each reference is a call that was looked at (k2_object_find_passed, k2_find_passed). Never for global functions
	   (the kernel verifies them with any arguments, and they can be replaced), callbacks and programs. */
	const struct k2_passed *passed;
	/* Subprograms: the structure that is the context of every program by which they are called, directly or not ("xdp_md"); NULL: unknown.
	   Promised and found as `passed` is. */
	const char *context;
};

#endif

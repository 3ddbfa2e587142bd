/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine that runs whole programs: registers, a 512-byte stack frame per call depth, context, packet, maps and helpers.
   One CPU, no concurrency, no time but what helpers report.

   Pointers are 64-bit numbers 0xffff'RRRR'OOOO'OOOO: region R, offset O. Regions are disjoint and far apart; an access that
   is not wholly inside what its region has is a fault with a reason. The high bits are set as in kernel pointers, so that a
   program which takes a pointer for a 32-bit number is found out. */
#ifndef K2_MACHINE_H
#define K2_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <k2/run.h>
#include "interp.h"
#include "isa.h"
#include "util.h"

struct k2_machine;

/* What relocated operands stand for; entry sym - 1 of a function's table. Without a symbol, the pseudo source of ld_imm64
   says it: MAP_FD and MAP_IDX take imm for the machine's map number, MAP_VALUE and MAP_IDX_VALUE its low half (the high half
   is an offset). */
enum k2_bind_kind {
	K2_BIND_NUMBER, /* value itself: also K2_F_SYM_IMM and K2_F_SYM_OFF */
	K2_BIND_MAP,    /* map number `index` */
	K2_BIND_DATA,   /* byte `value` plus the instruction's imm in element 0 of map number `index` */
	K2_BIND_FUNC,   /* function number `index` */
};
struct k2_bind {
	enum k2_bind_kind kind;
	uint32_t index;
	uint64_t value;
};

/* A function. A subprogram call without symbol goes imm slots ahead in the same array, as in the
   kernel. */
struct k2_code {
	const struct k2_insn *insns;
	uint32_t n_insns;
	const struct k2_bind *binds;
	uint32_t n_binds;
};

struct k2_map_desc {
	uint32_t type; /* enum bpf_map_type; types other than arrays, hashes, maps of maps, program arrays and ring buffers
			  only have an address */
	uint32_t key_size, value_size, max_entries;
};

enum k2_machine_ctx {
	K2_CTX_BYTES, /* context is plain memory */
	K2_CTX_XDP,   /* struct xdp_md: data, data_end, data_meta are pointers to the packet */
	K2_CTX_SKB,   /* struct __sk_buff, likewise; len follows the packet */
	K2_CTX_MSG,   /* struct sk_msg_md and struct sk_reuseport_md: data and data_end */
};

struct k2_machine_opts {
	bool big_endian;
	uint64_t seed;  /* of scripted helper results */
	uint64_t limit; /* instructions; 0: one million, as the kernel verifier walks */
	void *user;
	/* Before every instruction. */
	void (*trace)(void *user, uint32_t func, uint32_t insn, const struct k2_insn *i, const uint64_t regs[11]);
	/* After every instruction that did not fault, with what it left in the registers. */
	void (*after)(void *user, uint32_t func, uint32_t insn, const struct k2_insn *i, const uint64_t regs[11]);
	/* Asked first about each helper or kfunc call; true: it has done the call (r0 set). Without a hook, bpf_loop calls its
	   callback, as no other helper does, and tail calls go to the functions in program arrays. */
	bool (*helper)(void *user, struct k2_machine *m, const struct k2_insn *i, uint64_t regs[11]);
};

/* Lives in `a`. The code is the caller's and outlives the machine. NULL: out of memory. */
struct k2_machine *k2_machine_new(struct k2_arena *a, const struct k2_code *code, uint32_t n_code,
				  const struct k2_machine_opts *o);

/* Maps are numbered from 0 in order of creation; elements of arrays are zero. K2_EUNSUPPORTED: absurdly large. */
enum k2_status k2_machine_add_map(struct k2_machine *m, const struct k2_map_desc *d, uint32_t *number);
/* The map's values have a struct bpf_spin_lock: updates may ask for BPF_F_LOCK. */
void k2_machine_map_has_lock(struct k2_machine *m, uint32_t map);
/* An element's value, for reading and writing until the next update of that map; NULL: no such element. */
void *k2_machine_map_lookup(struct k2_machine *m, uint32_t map, const void *key);
/* As bpf_map_update_elem: 0 or a negative errno. */
int64_t k2_machine_map_update(struct k2_machine *m, uint32_t map, const void *key, const void *value, uint64_t flags);
int64_t k2_machine_map_delete(struct k2_machine *m, uint32_t map, const void *key);
/* An element of a map of maps, or of a program array: map or function `number`. K2_EINVAL: no such thing, or no room. */
enum k2_status k2_machine_map_refer(struct k2_machine *m, uint32_t map, const void *key, uint32_t number);
/* The element at *pos or behind it, in order of creation; *pos is then behind that one. Begins with 0; false: none is left. */
bool k2_machine_map_next(struct k2_machine *m, uint32_t map, uint32_t *pos, const void **key, const void **value);
/* Element number n in order of creation: false past the last. */
bool k2_machine_map_element(struct k2_machine *m, uint32_t map, uint32_t n, const void **key, const void **value);

/* The packet, with headroom and tailroom as the kernel gives (XDP: 256 bytes before). Copies `len` bytes. Afterwards,
   the bytes from data to data_end, and before them `meta` bytes of metadata. NULL: there is none. */
enum k2_status k2_machine_set_packet(struct k2_machine *m, const void *data, uint32_t len);
/* The packet's first `len` bytes become metadata. K2_EINVAL: too many, or no multiple of 4. */
enum k2_status k2_machine_set_meta(struct k2_machine *m, uint32_t len);
const void *k2_machine_packet(const struct k2_machine *m, uint32_t *len, uint32_t *meta);
/* The context structure's bytes; the pointer fields of XDP and SKB are filled in from the packet. Copies. */
enum k2_status k2_machine_set_ctx(struct k2_machine *m, enum k2_machine_ctx kind, const void *bytes, uint32_t len);
const void *k2_machine_ctx(const struct k2_machine *m, uint32_t *len);
/* The bytes of the stack frame of call depth `depth`, as the last run left them. */
const uint8_t *k2_machine_stack(const struct k2_machine *m, unsigned int depth);

/* What programs told user space by ring and perf buffers, in order: false past the last. Valid until the next run. */
bool k2_machine_event(const struct k2_machine *m, uint32_t n, uint32_t *map, const void **data, uint32_t *len);
/* Whether the last helper called gave something that does not follow from the machine's state: time, random numbers, all that
   the prototype alone says. For `after` hooks. */
bool k2_machine_invented(const struct k2_machine *m);

/* Runs function `func` with r1 = context to its exit. Maps, packet and context keep what the run did to them. */
void k2_machine_run(struct k2_machine *m, uint32_t func, struct k2_run *out);

/* What a value points at, or just behind. false: it is no address of this machine. */
enum k2_place_kind {
	K2_PLACE_CTX,
	K2_PLACE_PACKET, /* from data */
	K2_PLACE_STACK,  /* from r10 of call depth `index` */
	K2_PLACE_MAP,    /* map number `index` itself */
	K2_PLACE_VALUE,  /* an element's value in map number `index` */
	K2_PLACE_FUNC,   /* function number `index` */
	K2_PLACE_RECORD, /* a reserved record */
};
struct k2_place {
	enum k2_place_kind kind;
	uint32_t index;
	int64_t offset; /* bytes */
};
bool k2_machine_place(const struct k2_machine *m, uint64_t value, struct k2_place *out);

/* For helper hooks: the memory behind an address, or NULL, and then the run faults with a reason if the hook returns false. */
void *k2_machine_memory(struct k2_machine *m, uint64_t addr, uint64_t size, bool write);

#endif

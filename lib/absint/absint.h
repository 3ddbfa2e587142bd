/* SPDX-License-Identifier: BSD-2-Clause */
/* Abstract values at every point of a function: what a register or stack slot points at, and what is known of its number.
   Never stronger than what the kernel's verifier derives for the same instructions; part of what proofs trust. */
#ifndef K2_ABSINT_H
#define K2_ABSINT_H

#include "func.h"
#include "smt.h"

/* Where a value points. Order matters nowhere. */
enum k2_region {
	K2_RG_ANY = 0,   /* nothing known: a number or any pointer */
	K2_RG_FOREIGN,   /* a number or any pointer, but not into this function's own stack frame */
	K2_RG_SCALAR,    /* a number */
	K2_RG_STACK,     /* own frame: r10 + number */
	K2_RG_CTX,       /* the program's context + number */
	K2_RG_PKT,       /* packet bytes, also the metadata before them */
	K2_RG_PKT_END,
	K2_RG_MAP_VALUE, /* a value of map `id` (0: of some map), or NULL */
	K2_RG_DATA,      /* global variable `id` */
	K2_RG_MEM,       /* a record reserved by a helper, or NULL */
	K2_RG_MAP,       /* the map `id` itself (an argument of helpers, never dereferenced) */
	K2_RG_FRAME,     /* the frame of a function that called this one: its r10 + number */
};

struct k2_aval {
	uint8_t region;       /* enum k2_region */
	bool uninit;          /* may not be read */
	uint32_t id;          /* 1 + symbol index, or K2_SYM_ELSEWHERE and more (MAP_VALUE only); 0: unknown */
	struct k2_known num;  /* SCALAR: the value. STACK, CTX, FRAME: the offset. Others: nothing known */
};

enum { K2_SLOTS = K2_STACK_SIZE / 8 };
struct k2_astate {
	bool reached;
	struct k2_aval reg[11];
	/* Slot k: the 8 bytes at r10 - 512 + 8k, as the verifier keeps them (check_stack_write_fixed_off): a value that was
	   stored at the slot's start with spill[k] bytes (0: none), zero bytes, and bytes that just hold something. */
	struct k2_aval slot[K2_SLOTS]; /* the spilled value; without one, only what the bytes may be (number, pointer) */
	uint8_t spill[K2_SLOTS];
	uint8_t zero[K2_SLOTS];        /* bit i: byte i is known to be 0 */
	uint8_t init[K2_SLOTS];        /* bit i: byte i has been written */
};

struct k2_absint;
/* Analyses the function. K2_ENOMEM, K2_EBUDGET. To be freed with k2_absint_free. `f` may be edited afterwards inside blocks as long as every block keeps its effect. */
enum k2_status k2_absint_run(struct k2_arena *a, const struct k2_func *f, struct k2_absint **out);
/* Gives back what the arena does not own. */
void k2_absint_free(struct k2_absint *ai);
/* An address of the frame may have been stored to memory: callees that follow stored pointers can reach the frame. */
bool k2_absint_escapes(const struct k2_absint *ai);
/* The state at the head of a block; `reached` is false for unreachable ones. */
const struct k2_astate *k2_absint_entry(const struct k2_absint *ai, uint32_t block);
/* Steps `s` over one instruction (not over the edge of a branch). */
void k2_absint_step(struct k2_absint *ai, const struct k2_insn *i, struct k2_astate *s);
/* What instruction `i` does to the stack in state `s` before it. */
void k2_absint_stack_effect(const struct k2_absint *ai, const struct k2_insn *i, const struct k2_astate *s,
			    struct k2_stack_effect *e);
/* Liveness with the stack effects of these facts. */
enum k2_status k2_absint_liveness(struct k2_arena *a, struct k2_absint *ai, struct k2_liveness *out);

/* What a call may do to the stack through one argument. Sizes in bytes; a range that is not known is the whole frame. */
struct k2_arg_access {
	bool reads, writes;
	int64_t off, size; /* r10-relative */
	bool exact;        /* the range is what the callee accesses, no more and no less */
	bool data;         /* what it writes are numbers to the verifier, never pointers */
	bool init;         /* afterwards the verifier takes the bytes for written (buffers of a known size that need not be, before) */
};
/* False when argument n (1..5) of the call touches no own stack. */
bool k2_absint_arg(const struct k2_func *f, const struct k2_insn *call, const struct k2_aval reg[11], unsigned int n,
		   struct k2_arg_access *out);

/* What a legacy packet load of `size` bytes leaves in r0: that many bytes, zero-extended (bpf_gen_ld_abs). */
struct k2_aval k2_absint_packet_load(unsigned int size);
/* A lookup of which the verifier can tell from a key it knows that it succeeds (get_constant_map_key, kernel 6.14). */
bool k2_absint_decides(const struct k2_func *f, const struct k2_insn *call, const struct k2_aval reg[11]);

/* The value that a load of `size` bytes at base value `addr` + off yields, for everything but own stack. */
struct k2_aval k2_absint_loaded(const struct k2_func *f, const struct k2_aval *addr, int64_t off, unsigned int size);
/* A CO-RE access to a field of the context's own structure, through the context pointer (`base`, before the offset): *off gets
   the field's offset. The structures that the kernel shows to programs as contexts are part of its stable interface: the
   relocation finds the field where the headers had it. */
bool k2_absint_core_field(const struct k2_func *f, const struct k2_insn *i, const struct k2_aval *base, int64_t *off);
/* A load of 4 bytes there may give a 64-bit pointer (packet pointers of 32-bit context fields). */
bool k2_absint_wide_result(const struct k2_func *f, const struct k2_aval *addr, int64_t off, unsigned int size);
/* The value that a call leaves in r0, given the registers before it. */
/* Does nobody notice when the call is not made, but by its result and by the buffers it writes? */
bool k2_absint_discardable(const struct k2_func *f, const struct k2_insn *call, const struct k2_aval reg[11]);
struct k2_aval k2_absint_result(const struct k2_func *f, const struct k2_insn *call, const struct k2_aval reg[11]);
/* The value of a ld_imm64. */
struct k2_aval k2_absint_ld_imm64(const struct k2_func *f, const struct k2_insn *i);

/* What is known of slot k as one 64-bit number or pointer. */
struct k2_aval k2_astate_slot(const struct k2_func *f, const struct k2_astate *s, unsigned int k);
/* Is as much known in `a` of the bytes `mask` of slot k as in `b`, and in the same form, so that the verifier gets the same
   numbers from later loads? */
bool k2_slot_within(const struct k2_astate *a, const struct k2_astate *b, unsigned int k, uint8_t mask);
/* Stack bytes whose numbers the verifier uses: loaded into a register whose number it looks at, or keys of lookups whose
   result it can decide. */
const uint64_t *k2_absint_demand(const struct k2_absint *ai);
/* Registers (bit n is rn) whose number the verifier looks at when it comes to instruction `i`: range and known bits decide
   whether it takes the program, and which way it goes. Not what just flows into a result. */
uint16_t k2_absint_numbers_used(const struct k2_func *f, const struct k2_insn *i, const struct k2_astate *s);
/* Which edge of the conditional jump `i` the verifier follows (is_branch_taken); both unless two numbers decide. */
enum k2_way { K2_NOT_TAKEN, K2_TAKEN, K2_BOTH_WAYS };
enum k2_way k2_absint_way(const struct k2_insn *i, const struct k2_astate *s);
/* `s` along the edge number `edge` (0 not taken, 1 taken) of the jump `i`. */
void k2_astate_refine(struct k2_absint *ai, const struct k2_insn *i, unsigned int edge, struct k2_astate *s);
/* The verifier would know `new_` where it knew `old`: before instruction `at` of the block; at its end when `at` is their
   number, and then its last jump is still to come. True: from there it goes the same ways, and finds every number that it looks at as well
   known. Stack slots of the two are taken to agree in what is demanded. False also when that would be too much to find out. */
bool k2_absint_same_ways(struct k2_absint *ai, uint32_t block, uint32_t at, const struct k2_astate *old,
			 const struct k2_astate *new_);

struct k2_aval k2_aval_scalar(uint64_t v);
struct k2_aval k2_aval_region(enum k2_region r, uint32_t id);
static inline bool k2_known_const(const struct k2_known *k)
{
	return k->umin == k->umax;
}
/* A number, an address at a known place of frame or context, or a named map: one value, whoever computed it. */
static inline bool k2_aval_fixed(const struct k2_aval *v)
{
	if (v->uninit)
		return false;
	if (v->region == K2_RG_SCALAR || v->region == K2_RG_STACK || v->region == K2_RG_CTX)
		return k2_known_const(&v->num);
	return v->region == K2_RG_MAP && v->id;
}
/* What is true of both. */
struct k2_aval k2_aval_join(const struct k2_aval *a, const struct k2_aval *b);
/* `a` says at least as much as `b`: every value of a is one of b. */
bool k2_aval_within(const struct k2_aval *a, const struct k2_aval *b);

#endif

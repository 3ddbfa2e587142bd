/* SPDX-License-Identifier: BSD-2-Clause */
/* k2_func: the control-flow graph of one function, and liveness over it. Blocks stand in layout order; falling through
   goes to the next one. */
#ifndef K2_FUNC_H
#define K2_FUNC_H

#include <stdbool.h>
#include <stdint.h>
#include "helpers.h"
#include "isa.h"
#include "progtypes.h"
#include "util.h"

#define K2_NO_BLOCK UINT32_MAX

/* More flags of struct k2_insn, for copies of code that stands for one way through a function: a conditional jump behind which
   execution goes on at its target, or right behind it. */
enum { K2_F_GOES = 1 << 6, K2_F_STAYS = 1 << 7 };

struct k2_block {
	struct k2_insn *insns; /* edits may leave none; a jump's `target` is a block number */
	uint32_t n;
	uint32_t cap;          /* room in insns when they are this block's own; 0: shared with another copy of the function */
	uint32_t succ[2];      /* [0]: fallen into or gone to; [1]: a conditional jump's target */
	uint8_t n_succ;        /* 0 after exit, and where control runs off the end behind a call that does not return */
	bool loop_head;        /* target of a back edge (from a block that is not before it in reverse postorder) */
	bool in_loop;          /* may be on a cycle */
	uint32_t *preds;
	uint32_t n_preds;
	uint32_t rpo;          /* place in reverse postorder; K2_NO_BLOCK: unreachable */
	uint32_t was;          /* block of the described function that begins here; K2_NO_BLOCK: none */
};

struct k2_func {
	struct k2_arena *arena;
	const struct k2_func_desc *desc;
	const struct k2_prog_type *type; /* NULL: unknown. Of a subprogram: that of all that call it, as far as contexts go */
	struct k2_block *blocks;
	uint32_t n_blocks;
	uint32_t *order; /* reachable blocks in reverse postorder */
	uint32_t n_order;
	bool packet_loads; /* has legacy packet loads */
	bool calls_subprogs;
	uint8_t n_args;    /* r1..r<n_args> hold something at entry: a program's context, arguments of subprograms and of what replaces one */
	bool returns32;    /* nobody looks at the upper half of the result (K2_PT_RET32) */
	bool returns_any;  /* the verifier does not look at the result (K2_PT_RET_ANY) */
};

/* Builds the graph of `desc` in `a`. K2_EINVAL: a jump target outside, no instructions, a field out of range;
   K2_EUNSUPPORTED: indirect jumps. `msg` (of `size` bytes) says which instruction. */
enum k2_status k2_func_build(struct k2_arena *a, const struct k2_func_desc *desc, struct k2_func **out, char *msg,
			     size_t size);
/* A copy with its own block array and edges; instruction arrays are shared until replaced. */
struct k2_func *k2_func_copy(struct k2_arena *a, const struct k2_func *f);
/* Predecessors and order anew, after edits of edges. K2_ENOMEM. */
enum k2_status k2_func_relink(struct k2_func *f);
/* dominators.c: by block, the last block that every way to it goes through, the first block its own; K2_NO_BLOCK where nobody comes. NULL: out
   of memory. */
uint32_t *k2_func_dominators(struct k2_arena *a, const struct k2_func *f);
/* The last block on all ways to both; two that somebody comes to. */
uint32_t k2_dominator_of(const struct k2_func *f, const uint32_t *idom, uint32_t a, uint32_t b);
/* layout.c, for edits of the graph: between the first of them and laying out, only the edges say where control goes, and numbers do not say
   what stands behind what. */
/* No block runs off the function's end (behind a call that does not return): that one would have to stay the last. To be asked first. */
bool k2_func_may_lay_out(const struct k2_func *f);
/* Cuts block b in two: instructions from `at` on go to a new block at the end of the array, with b's edges; b leads there. K2_NO_BLOCK: out
   of memory. */
uint32_t k2_func_split(struct k2_func *f, uint32_t b, uint32_t at);
/* Puts next[b] right behind b (K2_NO_BLOCK: whatever), else blocks in the order of their numbers; drops gotos that lead to what follows,
   blocks without code and those that nobody reaches, and makes the gotos that are needed. A conditional jump whose target was to follow it
   is turned round if it can be. Then relinks. K2_ENOMEM: nothing can be said of the function any more. */
enum k2_status k2_func_lay_out(struct k2_func *f, const uint32_t *next);
/* The flat array again, targets as instruction indices. *starts (NULL: not wanted) gets where each block begins in it. */
enum k2_status k2_func_flatten(struct k2_arena *a, const struct k2_func *f, struct k2_insn **out, uint32_t *n, uint32_t **starts);
uint32_t k2_func_slots(const struct k2_func *f);
const struct k2_symbol *k2_func_symbol(const struct k2_func *f, const struct k2_insn *i); /* NULL: none */

/* The registers that call `i` reads: from the helper table, or as the caller said. */
uint16_t k2_call_reads(const struct k2_insn *i);
/* k2_isa_reads, with calls by the helper table. */
uint16_t k2_insn_reads(const struct k2_insn *i);

/* The same instruction in every field that the program or its loader can see. */
bool k2_same_insn(const struct k2_insn *a, const struct k2_insn *b);

/* Byte `index` of the frame, counted from r10 - 512, in a set of the 512. */
static inline bool k2_stack_has(const uint64_t set[8], unsigned int index)
{
	return set[index / 64] >> (index % 64) & 1;
}

/* What is live at a point. Registers count in halves, since 32-bit code leaves the upper one dead. */
struct k2_live {
	uint32_t regs;     /* bit 2n: lower half of rn, bit 2n+1: its upper half */
	uint64_t stack[8]; /* bit i of the 512: the byte at r10 - 512 + i */
};
#define K2_LIVE_LO(r)   (1u << (2 * (r)))
#define K2_LIVE_HI(r)   (2u << (2 * (r)))
#define K2_LIVE_BOTH(r) (3u << (2 * (r)))
static inline bool k2_live_reg(const struct k2_live *l, unsigned int r)
{
	return l->regs & K2_LIVE_BOTH(r);
}
/* Byte at r10 + off, off in -512..-1. */
static inline bool k2_live_byte(const struct k2_live *l, int off)
{
	return k2_stack_has(l->stack, (unsigned int)(off + K2_STACK_SIZE));
}

/* What one instruction does to the stack: bytes it may read, bytes it surely overwrites. */
struct k2_stack_effect {
	uint64_t reads[8], kills[8];
};
void k2_stack_range(uint64_t set[8], int64_t off, int64_t size); /* adds bytes r10+off .. +size, clipped to the frame */
/* Answers for instruction `index` of block `block`; *e is zeroed before. */
typedef void (*k2_stack_oracle)(void *user, uint32_t block, uint32_t index, struct k2_stack_effect *e);

/* `l` live after the instruction becomes `l` live before it. Register halves: strict liveness, an instruction whose
   result is dead still reads its operands. */
void k2_live_step_regs(const struct k2_func *f, const struct k2_insn *i, struct k2_live *l);
void k2_live_step_stack(const struct k2_stack_effect *e, struct k2_live *l);

struct k2_liveness {
	struct k2_live *in, *out; /* by block */
};
/* Fixpoint over the whole function. K2_ENOMEM. */
enum k2_status k2_liveness(struct k2_arena *a, const struct k2_func *f, k2_stack_oracle oracle, void *user,
			   struct k2_liveness *out);

#endif

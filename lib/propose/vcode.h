/* SPDX-License-Identifier: BSD-2-Clause */
/* Code over virtual registers: what a register holds from where it is written to where it is read last, over the whole function, is one
   of its own. Edits of it need not ask which registers are free; allocate.h gives it registers again. */
#ifndef K2_VCODE_H
#define K2_VCODE_H

#include "propose.h"

/* The first ten are the registers r0..r9 for good: what calls, exit and frozen code use without naming it, and arguments at entry. */
enum { K2_VREG_FIXED = 10, K2_NO_VREG = 0xffffffff };

/* An instruction, and the virtual registers that its operands name. */
struct k2_vinsn {
	struct k2_insn i;
	uint32_t read, written; /* its destination as it is read, and as it is written; K2_NO_VREG: none, or r10 */
	uint32_t source;
	uint32_t at;            /* its number in the block it was made from; K2_NO_VREG: new */
	bool copy;              /* leaves one number in `written` and `source` */
};

struct k2_vblock {
	struct k2_vinsn *v;
	uint32_t n;
};

struct k2_vcode {
	struct k2_arena *arena;
	const struct k2_func *f;
	struct k2_vblock *blocks; /* as those of f */
	uint32_t n, cap;          /* virtual registers */
	uint8_t *reg;             /* of each: where it is in f; the first choice for it */
};

/* Is the function small enough? */
bool k2_vcode_fits(const struct k2_func *f);
/* NULL: out of memory, or too many of them. */
struct k2_vcode *k2_vcode_of(struct k2_arena *a, const struct k2_func *f, struct k2_absint *ai);
/* A draft: blocks may be replaced in it, not the instructions of one. NULL: out of memory. */
struct k2_vcode *k2_vcode_draft(const struct k2_vcode *v);
/* One more, at best in `reg`. K2_NO_VREG: out of memory. */
uint32_t k2_vcode_add(struct k2_vcode *v, uint8_t reg);
/* New instructions: `to = from`, and i with its destination (written only) `to`. */
struct k2_vinsn k2_vcode_copy(uint32_t to, uint32_t from);
struct k2_vinsn k2_vcode_set(struct k2_insn i, uint32_t to);
/* Registers that an instruction writes without naming them. */
uint16_t k2_vinsn_writes(const struct k2_vinsn *v);

/* Sets of virtual registers. */
struct k2_vsets {
	uint64_t *bits;
	uint32_t words; /* of each set */
};
static inline uint64_t *k2_vset(const struct k2_vsets *s, uint32_t k)
{
	return s->bits + (size_t)k * s->words;
}
static inline bool k2_vset_has(const uint64_t *set, uint32_t k)
{
	return set[k / 64] >> (k % 64) & 1;
}
/* What is read behind each block. False: out of memory. */
bool k2_vcode_live_out(struct k2_arena *a, const struct k2_vcode *v, struct k2_vsets *out);
/* `live` behind the instruction becomes what is live before it. */
void k2_vcode_step_back(const struct k2_vinsn *v, uint64_t *live);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the term table share. Not for other folders.

   terms.c  the table, hash-consing, constants and atoms
   known.c  known bits and ranges of one node from those of its arguments
   slice.c  EXTRACT, CONCAT, extensions, shifts: everything that only moves bits
   merge.c  when two neighbours in a CONCAT are slices of one value
   linear.c sums as linear forms
   arith.c  add, subtract, multiply, divide
   logic.c  bitwise operations and ITE
   cmp.c    comparisons
   eval.c   concrete evaluation and samples
   print.c  text */
#ifndef K2_TERMS_IMPL_H
#define K2_TERMS_IMPL_H

#include <string.h>
#include "smt.h"

enum {
	MAX_FLAT = 64,   /* a flattened operation has at most this many arguments; longer ones nest */
	MAX_DEPTH = 48,  /* normalisation recurses at most this deep; below it, nodes are made as they come */
	MAX_RUNS = 8,    /* a mask with more runs of ones than this stays a mask */
	SHALLOW = 6,     /* slices at odd bits go through sums and bitwise operations of at most this height */
	MAX_MERGE = 4,   /* merging neighbours looks at most this deep */
};

struct slot {
	uint64_t hash;
	k2_t key; /* NULL: free */
	k2_t res; /* the term that stands for `key`: itself, or the constant it folded to */
};

struct memo {
	k2_t arg, res; /* arg NULL: free */
	uint32_t pos; /* lo << 8 | width */
};

struct k2_terms {
	struct k2_arena *a;
	struct slot *slots;
	struct memo *memos;
	uint64_t *eval_value;
	uint32_t *eval_stamp, eval_cap, eval_now;
	uint32_t n_slots, slot_cap, n_memos, memo_cap; /* capacities are powers of two */
	uint32_t n_terms;
	uint8_t *height; /* by id: 1 + the arguments' largest; stops at 255 */
	uint32_t height_cap;
	uint64_t n_fresh;
	unsigned int depth;
	bool failed;
	struct k2_term fallback[65]; /* zeros of each width, given out after a failure */
};

/* One node, as it is: hash-consed and constant-folded by known bits, but not otherwise normalised. */
k2_t term_make(struct k2_terms *t, unsigned int op, unsigned int w, uint64_t imm, const k2_t *args, unsigned int n);
k2_t term_fail(struct k2_terms *t, unsigned int w);
/* The answer to an earlier extract, NULL when there is none. */
k2_t memo_find(const struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w);
void memo_put(struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w, k2_t res);

/* Fills zeros, ones, umin, umax of `x` from op, width, imm and args. */
void known_compute(struct k2_term *x);
/* What the caller says of an atom; contradictions count as nothing known. Range ends satisfy the bits afterwards. */
void known_atom(struct k2_term *x, const struct k2_known *k);
/* The smallest value >= m with the known bits; false when there is none. */
bool known_next(unsigned int w, uint64_t zeros, uint64_t ones, uint64_t m, uint64_t *out);
/* What one operation gives on numbers, all of them masked to their widths. `w` is the result's width. */
uint64_t fold_op(k2_t x, const uint64_t *v);

/* A CONCAT under construction, from the low end upwards. p[0] is the lowest piece. */
struct cat {
	k2_t p[65];
	unsigned int n;
};
void cat_push(struct k2_terms *t, struct cat *c, k2_t hi);
/* Neighbours that all hang on one condition become one ITE of constants. */
void join_conditions(struct k2_terms *t, struct cat *c);
k2_t cat_done(struct k2_terms *t, struct cat *c);
/* hi:lo as one term that is not a CONCAT, or NULL. */
k2_t merge_pieces(struct k2_terms *t, k2_t hi, k2_t lo, unsigned int depth);

/* Σ c[i] * u[i] + k mod 2^w. Units are distinct and no sums. */
struct lin {
	k2_t u[MAX_FLAT];
	uint64_t c[MAX_FLAT];
	uint64_t k;
	unsigned int n, w;
};
void lin_init(struct lin *l, unsigned int w);
void lin_add(struct k2_terms *t, struct lin *l, k2_t a, uint64_t coef);
k2_t lin_build(struct k2_terms *t, struct lin *l);
/* A product of neither constants nor scaled units, times at most one constant. */
k2_t mul_flat(struct k2_terms *t, k2_t a, k2_t b);
/* A sum or product zero-extended, as a sum or product of that width, when it cannot wrap; NULL otherwise. */
k2_t sum_widen(struct k2_terms *t, k2_t a, unsigned int w);

/* Bit i set: a piece of `a` begins at bit i (0 is left out). */
uint64_t concat_cuts(k2_t a);
unsigned int mask_runs(uint64_t m);
void sort_terms(k2_t *v, unsigned int n);

static inline uint64_t maybe(k2_t a) /* bits that may be set */
{
	return k2_mask(a->width) & ~a->zeros;
}

static inline bool is_ones(k2_t a)
{
	return a->op == K2_T_CONST && a->imm == k2_mask(a->width);
}

static inline bool is_zero(k2_t a)
{
	return a->op == K2_T_CONST && !a->imm;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of lib/diff share: text.c says what an instruction looks like, align.c finds what two sequences have in common,
   diff.c makes rows of it, and labels.c names the places that jumps go to. */
#ifndef K2_LIB_DIFF_H
#define K2_LIB_DIFF_H

#include <k2/diff.h>
#include "isa.h"

#define K2_DIFF_NONE UINT32_MAX

/* The instruction's text in `a`, a jump's target as "L" and `label`; NULL: no memory. */
const char *k2_diff_text(struct k2_arena *a, const struct k2_diff_side *side, uint32_t insn, uint32_t label);

/* A sequence of numbers. */
struct k2_diff_seq {
	const uint32_t *v;
	uint32_t n;
};
/* match[i] gets the index in `b` that element i of `a` goes with, or K2_DIFF_NONE: a common subsequence, the longest one unless that
   would take too long to find. K2_ENOMEM. */
enum k2_status k2_diff_align(struct k2_arena *a, struct k2_diff_seq x, struct k2_diff_seq y, uint32_t *match);
/* Pairs elements that have nothing in common, in order, so that as many as possible stand beside each other, and the likest ones:
   like(user, i, j) is 0 and more. match as above. Long sequences are paired one after the other. */
enum k2_status k2_diff_pair(struct k2_arena *a, uint32_t n, uint32_t m, unsigned int (*like)(void *user, uint32_t i, uint32_t j),
			    void *user, uint32_t *match);

/* Numbers the places that jumps go to, sets `label` of the rows, and label_of[s][insn] to the label of a jump's target (0: not a jump
   inside of the function). Both sides of a row have one number; of places beside rows that differ, one of each side go together, in order. */
enum k2_status k2_diff_labels(struct k2_arena *a, const struct k2_diff_side side[2], struct k2_diff *d, uint32_t *label_of[2]);

#endif

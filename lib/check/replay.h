/* SPDX-License-Identifier: BSD-2-Clause */
/* Counterexamples: a concrete state in which two pieces of code do something observably different, found by running both
   in the interpreter (lib/interp). What the solver says is only where to look. Nothing here can make a verdict K2_EQUAL. */
#ifndef K2_REPLAY_H
#define K2_REPLAY_H

#include "check.h"

/* Where a counterexample goes. */
struct k2_explain {
	char *text;
	size_t size;
};

/* Looks for a state that satisfies the facts at the window's entry, from which `insns` (executed as `s`, perhaps not to its
   end) and the window's code differ: by the models of those pairs a[k], b[k] (what the checker wanted equal) that the solver
   refutes, then by test vectors; with pointers far apart, and then with those that may be equal in one place. K2_DIFFERENT:
   found, and ck->explain->text says it, one fact a line. Else K2_UNKNOWN. */
enum k2_verdict k2_explain_difference(struct k2_checker *ck, struct k2_window *w, const struct k2_insn *insns, uint32_t n,
				      const struct k2_sym *s, const k2_t *a, const k2_t *b, uint32_t n_pairs);

/* lib/check/counterexample.c: an input (context, packet, maps, what helpers return) on which two functions do something different
   that the outside sees: another call or fixed access, other bytes of memory at the end, another result. Found by running
   both, on test vectors and on inputs that the solver finds along the paths that were run. K2_DIFFERENT: found, and explain->text
   says it; else K2_UNKNOWN. */
enum k2_verdict k2_counterexample(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_,
				  struct k2_explain *explain);

#endif

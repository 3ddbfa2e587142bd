/* SPDX-License-Identifier: BSD-2-Clause */
/* The one judge of every rewrite. A window is a straight piece of one block (its terminator may be part of it); the judge
   says whether a replacement does the same from every state that satisfies the facts at the window's entry, and whether
   the kernel's verifier will take it at no higher cost in knowledge. */
#ifndef K2_CHECK_H
#define K2_CHECK_H

#include "absint.h"
#include "symexec.h"

struct k2_explain; /* replay.h */

struct k2_check_stats {
	uint32_t equal, different, unknown;      /* windows */
	uint32_t failed;                         /* k2_validate */
	uint64_t obligations, folded;            /* pairs of terms to be equal; those that were one term */
};

/* What the judge needs for one function; term table and solver live as long as it does. */
struct k2_checker {
	struct k2_arena *arena;       /* terms */
	struct k2_arena *work;        /* the open window, and the candidate being judged */
	struct k2_terms *terms;
	struct k2_solver *solver;
	struct k2_pairs *pairs;
	const struct k2_func *f;
	struct k2_absint *ai;
	uint64_t rlimit;       /* of one solver query */
	/* Asked for by who wants counterexamples: then K2_DIFFERENT means that two runs in the interpreter differ. An optimiser
	   asks thousands of times and only wants the refusal; without this, K2_DIFFERENT is the solver's word, good for
	   statistics and never a reason to change code. */
	struct k2_explain *explain;
	bool equal_only; /* tests: do not ask whether the kernel takes it */
	struct k2_check_stats stats;
	struct k2_solver_stats solver_stats; /* of solvers already replaced */
};
enum k2_status k2_checker_init(struct k2_checker *ck, const struct k2_func *f, struct k2_absint *ai, uint64_t rlimit);
void k2_checker_free(struct k2_checker *ck);
struct k2_solver_stats k2_checker_solver_stats(const struct k2_checker *ck);

struct k2_window {
	struct k2_symctx ctx;
	const struct k2_insn *insns; /* the old code */
	uint32_t n;
	const struct k2_astate *entry;
	const struct k2_astate *new_entry; /* of the new code; the same, unless k2_window_new_facts said otherwise */
	k2_t new_reg[11];            /* its registers at entry */
	struct k2_astate *exit;      /* abstract state behind the old code */
	struct k2_live live;         /* at its end; not used when it ends with exit */
	struct k2_sym old;           /* its execution; points[] is what proposers look at */
};
/* Executes the old code. K2_EUNSUPPORTED when it cannot be modelled (then nothing in it may change). The window is valid until
   the next k2_window_open of the same checker. `entry`, `insns` and `live` must stay. */
enum k2_status k2_window_open(struct k2_checker *ck, const struct k2_astate *entry, const struct k2_insn *insns, uint32_t n,
			      const struct k2_live *live, struct k2_window *w);

/* The new code has facts of its own at the window's entry, and the registers `fixed` (bit n is rn; see k2_aval_fixed) hold what
   these say, whatever the old code has there. For whole functions. */
void k2_window_new_facts(struct k2_window *w, const struct k2_astate *new_entry, uint16_t fixed);

/* May `insns` stand in the place of the window's code? *why gets a static sentence for every verdict but K2_EQUAL. */
enum k2_verdict k2_window_check(struct k2_checker *ck, struct k2_window *w, const struct k2_insn *insns, uint32_t n,
				const char **why);

/* Every block of `new_` against the same block of `old`, from scratch: own facts, own liveness. The two have the same
   control-flow graph. stats->failed gets the block that is not
   proved (K2_NO_BLOCK: none in particular). */
enum k2_verdict k2_validate(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, uint64_t rlimit,
			    struct k2_check_stats *stats, struct k2_solver_stats *solver_stats, const char **why);

/* The same with ck->explain set: all blocks are looked at until one is different. */
enum k2_verdict k2_validate_explain(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, uint64_t rlimit,
				    struct k2_explain *explain, const char **why);

/* lib/check/safety.c: would the kernel's verifier accept `insns` (executed as `s`) where it accepted the window's code?
   NULL, or the reason why that is not sure. */
const char *k2_safe(struct k2_checker *ck, const struct k2_window *w, const struct k2_insn *insns, uint32_t n,
		    const struct k2_sym *s);

#endif

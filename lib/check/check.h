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
	uint32_t failed, failed_old;             /* k2_validate */
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
	const struct k2_insn *last; /* of the code that k2_safe_code saw last, for k2_safe_end; NULL: there was none */
	struct k2_check_stats stats;
	struct k2_solver_stats solver_stats; /* of solvers already replaced */
};
enum k2_status k2_checker_init(struct k2_checker *ck, const struct k2_func *f, struct k2_absint *ai, uint64_t rlimit);
void k2_checker_free(struct k2_checker *ck);
/* Empties the term table: the same code then gets the same terms with the same numbers again. No window may be open. */
enum k2_status k2_checker_renew(struct k2_checker *ck);
struct k2_solver_stats k2_checker_solver_stats(const struct k2_checker *ck);

struct k2_window {
	struct k2_symctx ctx;
	const struct k2_insn *insns; /* the old code */
	uint32_t n;
	const struct k2_astate *entry;
	const struct k2_astate *new_entry; /* of the new code; k2_window_open: the same */
	struct k2_start start;       /* of the new code; k2_window_open: the same */
	struct k2_astate *exit;      /* abstract state behind the old code */
	struct k2_live live;         /* at its end; not used when it ends with exit */
	struct k2_sym old;           /* its execution; points[] is what proposers look at */
};
/* Executes the old code. K2_EUNSUPPORTED when it cannot be modelled (then nothing in it may change). The window is valid until
   the next k2_window_open of the same checker. `entry`, `insns` and `live` must stay. */
enum k2_status k2_window_open(struct k2_checker *ck, const struct k2_astate *entry, const struct k2_insn *insns, uint32_t n,
			      const struct k2_live *live, struct k2_window *w);

/* May `insns` stand in the place of the window's code? *why gets a static sentence for every verdict but K2_EQUAL. */
enum k2_verdict k2_window_check(struct k2_checker *ck, struct k2_window *w, const struct k2_insn *insns, uint32_t n,
				const char **why);

/* The parts of that, for who compares more than one window (validate.c). All of them put claims "these two are equal" on a list
   that k2_window_prove proves under assumptions (width 1) and empties. The sentences are static; NULL: no objection. */
/* k2_window_open in two steps; in between w->ctx.reg and w->ctx.slot (the old code's values) and w->start (the new code's) may be
   told what the facts do not say. */
enum k2_status k2_window_begin(struct k2_checker *ck, const struct k2_astate *entry, const struct k2_insn *insns, uint32_t n,
			       struct k2_window *w);
enum k2_status k2_window_run(struct k2_window *w);
/* Executes the new code from w->start: events, frozen instructions and memory. *s gets its execution. */
const char *k2_window_follow(struct k2_checker *ck, struct k2_window *w, const struct k2_insn *insns, uint32_t n,
			     struct k2_sym **s);
const char *k2_window_claim(struct k2_checker *ck, k2_t a, k2_t b);
/* Both sides exit: what the outside sees of their results is equal. */
const char *k2_window_claim_result(struct k2_checker *ck, struct k2_window *w, const struct k2_sym *s);
/* The claims on the list. */
void k2_window_claims(const struct k2_checker *ck, const k2_t **a, const k2_t **b, uint32_t *n);
enum k2_verdict k2_window_prove(struct k2_checker *ck, const k2_t *assume, uint32_t n, const char **why);

/* lib/check/safety.c: accesses to memory that others see are merged and left out, and not split, repeated or made up. NULL, or why. */
const char *k2_accesses_kept(struct k2_checker *ck, const struct k2_window *w, const struct k2_insn *insns, uint32_t n,
			     const struct k2_sym *s);

/* lib/check/safety.c: would the kernel's verifier accept `insns` (executed as `s`) where it accepted the window's code?
   *end gets the abstract state behind them. NULL, or the reason why that is not sure. */
const char *k2_safe_code(struct k2_checker *ck, const struct k2_window *w, const struct k2_insn *insns, uint32_t n,
			 const struct k2_sym *s, struct k2_astate **end);
struct k2_relation;
/* lib/check/safety_end.c: is as much known behind the new code as behind the old, of what is live there? `rel` (NULL: each in its place) says which
   place of the old code to compare with. */
const char *k2_safe_end(struct k2_checker *ck, const struct k2_window *w, const struct k2_astate *end, const struct k2_live *live,
			const struct k2_relation *rel);

/* lib/check/validate.c: `new_` against `old`, whole and from scratch: own facts, own liveness. origin[b] is the block of `old` that
   block b of `new_` stands for (several may stand for one; K2_NO_BLOCK: unknown; K2_NO_MEETING: none); a hint where to compare, nothing
   that is believed. stats->failed and failed_old get the blocks of `new_` and of `old` from which on the two are not proved equal
   (K2_NO_BLOCK: none in particular). */
struct k2_validation {
	const uint32_t *origin;  /* NULL: found by k2_witness (witness.c) */
	uint64_t rlimit;         /* of one solver query */
	bool equal_only;         /* do not ask whether the kernel takes it */
	bool thorough;           /* tests: execute code that did not change, too */
};
#define K2_NO_MEETING (UINT32_MAX - 1)
/* lib/check/witness.c: a guess at `origin` for functions of which nobody said it. */
enum k2_status k2_witness(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, const uint32_t **origin);
/* Two with the same edges: each block for the one of its number. False: they are not, or out of memory; *origin is NULL then. */
bool k2_witness_same(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, const uint32_t **origin);
/* The same for two that were made from one function of `n` blocks, which their blocks name (k2_block.was). */
enum k2_status k2_witness_was(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, uint32_t n,
			      const uint32_t **origin);
enum k2_verdict k2_validate(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_,
			    const struct k2_validation *how, struct k2_check_stats *stats, struct k2_solver_stats *solver_stats,
			    const char **why);

#endif

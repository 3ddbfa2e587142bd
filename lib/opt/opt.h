/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of this folder only. */
#ifndef K2_OPT_H
#define K2_OPT_H

#include <k2/optimize.h>
#include "cost.h"
#include "propose.h"

enum { K2_OPT_LEVELS = 4 }; /* of effort: 0 does nothing */

/* For who learns from rewrites (lib/mine): each one that is accepted, before it is made. It may be taken back later. */
struct k2_rewrite {
	const struct k2_site *site; /* the old code and what is known of it */
	const struct k2_insn *insns; /* the new code */
	uint32_t n;
	const char *proposer;
};
struct k2_observer {
	void (*see)(void *user, const struct k2_rewrite *r);
	void *user;
};

/* What a rewrite is known by when it is offered again. */
struct k2_skipped {
	const struct k2_proposer *proposer;
	int32_t origin;
};

/* The work on one function. */
struct k2_opt {
	struct k2_arena *arena;  /* results and the function under change */
	struct k2_arena *round;  /* facts of one round over the function */
	struct k2_arena *scratch; /* candidates */
	const struct k2_options *o;
	const struct k2_func *caller; /* the function as the caller described it */
	uint64_t allowed[2];     /* the verifier's walk over it, by enum k2_walk; 0: not asked yet */
	struct k2_cache *cache;  /* the caller's, or one for this function */
	struct k2_func *f;
	struct k2_absint *ai;
	struct k2_liveness live;
	struct k2_checker ck;
	struct k2_remark *remarks;
	uint32_t *remark_blocks;  /* parallel: the block that a remark is about */
	uint32_t n_remarks, cap_remarks, cap_remark_blocks;
	uint32_t settled;         /* remarks about what is proved */
	unsigned int pass;        /* over rewrites and changes of the graph */
	struct k2_stats stats;
	uint64_t steps_left;
	uint64_t rlimit;
	uint32_t limit;           /* number of the last rewrite that is applied */
	bool changed;
	bool searching;          /* proposers that search are asked, too */
	struct k2_edits *edits;  /* graph.c */
	bool *dirty;             /* by block: edited since the facts were computed */
	struct k2_skipped *skipped; /* rewrites that the options skip, as they came */
	uint32_t n_skipped, cap_skipped;

	/* The window being worked on. */
	uint32_t block, lo;           /* it starts at instruction lo of the block */
	struct k2_window w;
	struct k2_astate *entry;
	struct k2_live end;
	struct k2_live *before;       /* n + 1 entries */
	const struct k2_proposer *proposer;
	const char *detail;           /* of what it offers */
	uint64_t *refused;            /* hashes of candidates turned down for this window */
	uint32_t n_refused, cap_refused;
};

/* window.c: runs all proposers over the window [lo, hi) of a block until nothing is accepted; *hi follows its length.
   op->entry holds before it, `end` is live behind it. */
enum k2_status k2_opt_window(struct k2_opt *op, uint32_t block, uint32_t lo, uint32_t *hi, const struct k2_live *end);
/* before[k]: what is live before instruction k of the n, before[n] = *end; the state `entry` holds before them. NULL: out of
   memory. The result is in `a`. */
struct k2_live *k2_opt_liveness(struct k2_opt *op, struct k2_arena *a, const struct k2_astate *entry,
				const struct k2_insn *insns, uint32_t n, const struct k2_live *end);

/* Counts a rewrite at `about` that op->proposer has and that is accepted; false: the options say that this one is not applied (they
   are numbered so that a bad one can be found by bisection). */
bool k2_opt_wanted(struct k2_opt *op, const struct k2_insn *about);

/* proof.c */
/* Is op->f, with the same blocks, equal to `old`? If not, c->failed says where (check.h). */
bool k2_opt_proved(struct k2_opt *op, const struct k2_func *old, struct k2_check_stats *c, const char **why);
/* The same where blocks stand elsewhere: compared by what they were, or else by what they look like. */
bool k2_opt_proved_graph(struct k2_opt *op, const struct k2_func *old, const char **why);
/* Figures of a proof are the function's. */
void k2_opt_add_up(struct k2_opt *op, const struct k2_check_stats *c, const struct k2_solver_stats *s);
/* The steps of the work: each is proved against the one before it. */
struct k2_steps {
	struct k2_step {
		struct k2_func *f;
		uint32_t said; /* remarks by then */
	} *step;
	uint32_t n, cap;
};
enum k2_status k2_opt_add_step(struct k2_opt *op, struct k2_steps *s); /* op->f */
/* Proves the last step against the caller's function, both built afresh: what steps do to each other does not matter. Where the two are too
   far apart for one proof, each step against the one before it, as far as that goes. op->f gets what is proved. */
enum k2_status k2_opt_choose_step(struct k2_opt *op, const struct k2_func_desc *d, const struct k2_steps *s, bool *changed);

/* graph.c: op->f gets those changes to its graph that proposers have, that are proved, and with which the verifier walks no more: one step,
   or one for each proposer. */
enum k2_status k2_opt_reshape(struct k2_opt *op, struct k2_steps *steps, bool *changed);

/* guard.c: takes blocks of op->f back to what they are in `old` while that lowers the verifier's estimated work, until it is
   no more than that of the caller's function. False: it stays more. */
bool k2_opt_guard(struct k2_opt *op, const struct k2_func *old);
/* Is the verifier's estimated work on `f`, whose graph was changed, no more than that on the caller's function, and little more than `before`? */
bool k2_opt_walks_no_more(struct k2_opt *op, const struct k2_func *before, const struct k2_func *f);

/* result.c: op->f (if `changed`; the arenas go, so these are copies), figures and remarks to `res`. `old` is the function of `d`. K2_ENOMEM. */
enum k2_status k2_opt_hand_over(struct k2_opt *op, const struct k2_func_desc *d, const struct k2_func *old, bool changed,
				struct k2_result *res);

/* remarks.c */
/* Forgets what was said to be applied and is not settled: in one block, or everywhere (K2_NO_BLOCK). */
void k2_opt_unsay(struct k2_opt *op, uint32_t block);
void k2_opt_remark(struct k2_opt *op, enum k2_remark_kind kind, const char *name, const struct k2_insn *about,
		   int32_t saved, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
bool k2_opt_disabled(const char *list, const char *name);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The optimiser: one function in, a proved and cheaper one out, or the reason why not. */
#ifndef K2_OPTIMIZE_H
#define K2_OPTIMIZE_H

#include <stddef.h>
#include <stdint.h>
#include <k2/cache.h>
#include <k2/func.h>
#include <k2/rules.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum k2_objective { K2_OBJ_DEFAULT, K2_OBJ_SIZE, K2_OBJ_LATENCY, K2_OBJ_VERIFIER };

struct k2_options {
	size_t size;                 /* sizeof(struct k2_options), for later growth */
	int level;                   /* 0 nothing, 1 rewrites, 2 rewrites and cheap search, 3 deep search */
	enum k2_objective objective;
	uint64_t budget;             /* steps per function (candidates tried and solver work); 0: the level's own */
	uint32_t first, last;        /* only accepted rewrites number first..last (from 1) are applied; last 0: no limit */
	const char *disable;         /* comma-separated proposer names; NULL: none */
	uint64_t fail_alloc_after;   /* testing: the n-th allocation and all later ones fail; 0: never */
	uint64_t solver_rlimit;      /* z3 resource units per query; 0: the level's own; 1 makes every query unknown */
	/* Numbers of accepted rewrites that are not applied, in any order: with `last`, for a search for those that a kernel does not
	   like. The same proposer does not come back to the same instruction, so the ones before keep their numbers and the ones
	   behind may get others. */
	const uint32_t *skip;
	uint32_t n_skip;
	const struct k2_rules *rules; /* more rewrite rules, next to those that K2 ships; kept by pointer; NULL: none */
	struct k2_cache *cache;      /* of search results (k2/cache.h), the caller's; NULL: none. The result is the same */
	const struct k2_observer *observer; /* the library's own: sees each rewrite (k2/mine.h); NULL: nobody */
};
/* Fills in the defaults (level 2). */
K2_API void k2_options_init(struct k2_options *o);
/* Sets one option by its name without prefix ("level", "objective", "budget", "first", "last", "disable"), as
   -k2-NAME=VALUE and K2_OPTIONS do. `disable` keeps the pointer. K2_EINVAL: unknown name or bad value. */
K2_API enum k2_status k2_options_set(struct k2_options *o, const char *name, const char *value);

/* One thing K2 has to say about a function. */
enum k2_remark_kind { K2_REMARK_APPLIED, K2_REMARK_MISSED, K2_REMARK_ANALYSIS };
struct k2_remark {
	enum k2_remark_kind kind;
	const char *name;    /* proposer or reason, stable lower-case: "st-imm", "unknown", "frozen", "volatile", "not-cheaper" */
	const char *text;    /* one English sentence */
	int32_t origin;      /* index of the caller's instruction it is about; -1: the function */
	uint32_t line;       /* source line of that instruction; 0: unknown */
	int32_t slots_saved; /* K2_REMARK_APPLIED */
	uint32_t number;     /* K2_REMARK_APPLIED: of the rewrite, as first, last and skip mean it; else 0 */
};

struct k2_stats {
	uint32_t slots_before, slots_after;
	uint32_t proposals, accepted;              /* candidates handed to the checker; those applied */
	uint32_t equal, different, unknown;        /* verdicts of the checker */
	uint32_t not_cheaper;                      /* candidates that the cost model turned down */
	uint32_t solver_queries, solver_unknown;   /* obligations that reached the solver */
	uint64_t solver_rlimit;                    /* z3 resource units used */
	uint64_t steps;                            /* of the budget */
};

struct k2_result {
	bool changed;               /* false: the function stays as described, and insns is NULL */
	struct k2_insn *insns;      /* jump targets are indices into this array */
	uint32_t n_insns;
	/* For each instruction of the description that begins a block (the first, a jump's target, behind a jump or exit): where
	   that block begins in insns. UINT32_MAX for the others. Blocks keep their order. NULL when insns is. */
	uint32_t *starts;
	struct k2_remark *remarks;
	uint32_t n_remarks;
	struct k2_stats stats;
	char message[160];          /* why the function was left alone; empty if nothing went wrong */
};

/* Optimises `f`. On K2_OK *out is to be freed with k2_result_free. Any other status, or out->changed false, means that
   the function stays as it is; *out is then still set (with its message) unless there was no memory even for that
   (*out is NULL). Thread-safe: no global state. Deterministic: equal input gives equal output. */
K2_API enum k2_status k2_optimize(const struct k2_func_desc *f, const struct k2_options *o, struct k2_result **out);
K2_API void k2_result_free(struct k2_result *r);

/* Finished objects do not say which accesses are volatile, and loaders look at code: what is to stay for that. */
enum k2_keep {
	K2_KEEP_VOLATILE = 1, /* accesses of 4 and 8 bytes to memory that others see (map values, globals, kernel memory) */
	K2_KEEP_FROZEN = 2,   /* a read-only variable's address, the load from it, and the branch on it: loaders remove dead code by them */
};
/* Fills `out` (f->n_insns) with the function's instructions and the flags K2_F_VOLATILE and K2_F_FROZEN for the rules in `what`.
   Instructions that loaders patch (CO-RE) are always frozen. K2_ENOMEM, or what k2_optimize would say of the function. */
K2_API enum k2_status k2_mark_kept(const struct k2_func_desc *f, uint32_t what, struct k2_insn *out);

/* A proposer's name and what it does, for help texts; NULL past the last. */
K2_API const char *k2_proposer_name(unsigned i);
K2_API const char *k2_proposer_about(unsigned i);

#ifdef __cplusplus
}
#endif
#endif

// SPDX-License-Identifier: BSD-2-Clause
/* Law 4 for whole functions: rewrites that each save work can together move the verifier's checkpoints so that it walks more.
   Blocks whose change does that go back. */
#include "opt.h"

/* Instructions walked for one estimate, and for all of a function. */
enum { WALK_MAX = 20000, TRIES_STEPS = 400000 };
/* One part in so many more is tolerated of the walk without states; of one step of the work, and some instructions. */
enum { BLIND_PART = 10, STEP_PART = 20, STEP_MORE = 4 };

/* The block whose return to the old code lowers the estimate most; K2_NO_BLOCK: none does. */
static uint32_t best_return(struct k2_opt *op, const struct k2_func *old, uint64_t *now, uint64_t *left)
{
	uint32_t best = K2_NO_BLOCK;

	for (uint32_t b = 0; b < old->n_blocks && *left; b++) {
		struct k2_block changed = op->f->blocks[b];
		struct k2_arena_mark mark = k2_arena_mark(op->scratch);
		uint64_t work;

		if (changed.insns == old->blocks[b].insns)
			continue;
		op->f->blocks[b].insns = old->blocks[b].insns;
		op->f->blocks[b].n = old->blocks[b].n;
		work = k2_verifier_walk(op->scratch, op->f, K2_WALK_STATES, WALK_MAX);
		*left -= K2_MIN(*left, work);
		k2_arena_release(op->scratch, mark);
		op->f->blocks[b] = changed;
		if (work < *now) {
			*now = work;
			best = b;
		}
	}
	return best;
}

/* What the caller's function costs: what one rewrite saves another one may use. */
static uint64_t allowed(struct k2_opt *op, enum k2_walk mode)
{
	if (!op->allowed[mode])
		op->allowed[mode] = k2_verifier_walk(op->scratch, op->caller, mode, WALK_MAX);
	return op->allowed[mode];
}

bool k2_opt_guard(struct k2_opt *op, const struct k2_func *old)
{
	uint64_t most = allowed(op, K2_WALK_STATES), now, left = TRIES_STEPS;

	now = k2_verifier_walk(op->scratch, op->f, K2_WALK_STATES, WALK_MAX);
	while (now > most) {
		uint32_t b = best_return(op, old, &now, &left);

		if (b == K2_NO_BLOCK)
			break;
		op->f->blocks[b] = old->blocks[b];
		k2_opt_unsay(op, b);
		op->block = b;
		k2_opt_remark(op, K2_REMARK_MISSED, "verifier-work", &old->blocks[b].insns[0], 0,
			      "the verifier would walk more of the function");
	}
	return now <= most;
}

/* Another order of blocks is another order of ways, and which of two ways is walked first decides which one's states the other
   meets. The walk with states leaves out some reasons why these differ: where the blind one says much more it is not believed
   (samples' test_lwt_bpf: 168 for 169 and 196 for 174; in the kernel 190 for 167). What one edit won another one may use, but not much of it
   at a time: an estimate that goes up says at least that (xdp2_kern: 133 to 155, in the kernel to 176). */
bool k2_opt_walks_no_more(struct k2_opt *op, const struct k2_func *before, const struct k2_func *f)
{
	uint64_t blind = allowed(op, K2_WALK_BLIND), was = k2_verifier_walk(op->scratch, before, K2_WALK_STATES, WALK_MAX);

	return k2_verifier_walk(op->scratch, f, K2_WALK_STATES, WALK_MAX) <= K2_MIN(allowed(op, K2_WALK_STATES), was + was / STEP_PART + STEP_MORE) &&
	       k2_verifier_walk(op->scratch, f, K2_WALK_BLIND, WALK_MAX) <= blind + blind / BLIND_PART;
}

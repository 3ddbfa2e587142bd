// SPDX-License-Identifier: BSD-2-Clause
/* The driver: a function's way from description to result. */
#include "opt.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Windows are at most this long, so that the work on a block is linear in its length. */
enum { WINDOW_MAX = 96, ROUNDS = 3, PASSES = 3, VALIDATIONS = 16, HALVES = 3 };

static const struct {
	uint64_t budget; /* steps per function: candidates priced, and hundreds of z3 resource units (some 30 microseconds) */
	uint64_t rlimit; /* z3 resource units per query */
} levels[K2_OPT_LEVELS] = {
	{ 0, 0 }, { 10000, 50000 }, { 20000, 100000 }, { 2000000, 4000000 },
};

/* Windows are those of the block as it was; edits inside one do not move what is live at its end. */
static enum k2_status work_on_block(struct k2_opt *op, uint32_t b, bool *changed)
{
	const struct k2_block *blk = &op->f->blocks[b];
	enum k2_status st = K2_OK;
	struct k2_astate *s = k2_arena_dup(op->scratch, k2_absint_entry(op->ai, b), 1, sizeof(*s));
	struct k2_live *live = k2_opt_liveness(op, op->scratch, k2_absint_entry(op->ai, b), blk->insns, blk->n,
					       &op->live.out[b]);
	uint32_t lo = 0, left = blk->n;

	if (!s || !live)
		return K2_ENOMEM;
	for (uint32_t end = 0; !st && left && op->steps_left;) {
		uint32_t n = K2_MIN(left, (uint32_t)WINDOW_MAX), hi = lo + n;
		struct k2_arena_mark mark = k2_arena_mark(op->scratch);

		left -= n;
		end += n;
		op->entry = s;
		st = k2_opt_window(op, b, lo, &hi, &live[end]);
		k2_arena_release(op->scratch, mark);
		*changed |= op->changed;
		for (; lo < hi; lo++)
			k2_absint_step(op->ai, &blk->insns[lo], s);
	}
	return st;
}

/* Fresh facts, then every block once. */
static enum k2_status one_round(struct k2_opt *op, bool *changed)
{
	enum k2_status st = k2_absint_run(op->round, op->f, &op->ai);

	op->dirty = k2_arena_calloc(op->round, op->f->n_blocks, sizeof(*op->dirty));
	if (!st && !op->dirty)
		st = K2_ENOMEM;
	if (!st)
		st = k2_absint_liveness(op->round, op->ai, &op->live);
	if (!st)
		st = k2_checker_init(&op->ck, op->f, op->ai, op->rlimit);
	for (uint32_t b = 0; !st && b < op->f->n_blocks && op->steps_left; b++) {
		struct k2_arena_mark mark = k2_arena_mark(op->scratch);

		if (k2_absint_entry(op->ai, b)->reached)
			st = work_on_block(op, b, changed);
		k2_arena_release(op->scratch, mark);
	}
	if (op->ck.solver) {
		struct k2_solver_stats s = k2_checker_solver_stats(&op->ck);

		k2_opt_add_up(op, &op->ck.stats, &s);
	}
	k2_checker_free(&op->ck);
	k2_absint_free(op->ai);
	op->ai = NULL;
	return st;
}

/* Rewrites first, until nothing changes; then, once, the search for what they do not know: it may use up the budget. */
static enum k2_status rounds(struct k2_opt *op, bool *changed)
{
	enum k2_status st = K2_OK;
	bool again = true;

	op->searching = false;
	for (unsigned int r = 0; !st && r <= ROUNDS && op->steps_left; r++) {
		if (r == ROUNDS || !again) {
			if (op->searching || op->o->level < 2 || op->pass)
				break;
			op->searching = true;
		}
		again = false;
		st = one_round(op, &again);
		*changed |= again;
		k2_arena_release(op->round, (struct k2_arena_mark){ 0 });
		op->refused = NULL;
		op->cap_refused = 0;
	}
	return st;
}

/* The first changed block on the ways from b on: what is not proved from there may be what happens behind it. K2_NO_BLOCK: none. */
static uint32_t changed_from(struct k2_opt *op, const struct k2_func *old, uint32_t b)
{
	struct k2_arena_mark mark = k2_arena_mark(op->scratch);
	uint32_t *way = k2_arena_calloc(op->scratch, op->f->n_blocks, sizeof(*way)), n = 0, found = K2_NO_BLOCK;
	uint8_t *seen = k2_arena_calloc(op->scratch, op->f->n_blocks, 1);

	if (way && seen) {
		way[n++] = b;
		seen[b] = 1;
	}
	for (uint32_t k = 0; k < n && found == K2_NO_BLOCK; k++) {
		const struct k2_block *blk = &op->f->blocks[way[k]];

		if (blk->insns != old->blocks[way[k]].insns)
			found = way[k];
		for (unsigned int e = 0; e < blk->n_succ; e++) {
			if (!seen[blk->succ[e]])
				way[n++] = blk->succ[e];
			seen[blk->succ[e]] = 1;
		}
	}
	k2_arena_release(op->scratch, mark);
	return found;
}

/* Takes a block that could not be proved back to the old code: one from the new code's place on, or from the old one's, in front
   of which the new code may have nothing left. */
static bool give_back(struct k2_opt *op, const struct k2_func *old, const struct k2_check_stats *c, const char *why)
{
	uint32_t b = changed_from(op, old, c->failed == K2_NO_BLOCK ? 0 : c->failed);

	if (b == K2_NO_BLOCK && c->failed_old != K2_NO_BLOCK)
		b = changed_from(op, old, c->failed_old);
	if (b == K2_NO_BLOCK)
		return false;
	op->f->blocks[b] = old->blocks[b];
	k2_opt_unsay(op, b);
	op->block = b;
	k2_opt_remark(op, K2_REMARK_MISSED, "validation", &old->blocks[b].insns[0], 0, "block stays as it is: %s", why);
	return true;
}

/* The last word: old against new, from scratch. What was proved window by window and is not proved as a whole goes back, a
   block at a time; the rest has to be proved again. */
static bool confirm(struct k2_opt *op, const struct k2_func *old, struct k2_result *res)
{
	const char *why = NULL;
	struct k2_check_stats failed;

	for (unsigned int tries = 0; tries < VALIDATIONS; tries++) {
		if (k2_opt_proved(op, old, &failed, &why))
			return true;
		if (!give_back(op, old, &failed, why))
			break;
	}
	snprintf(res->message, sizeof(res->message), "whole-function validation: %s", why);
	k2_opt_remark(op, K2_REMARK_MISSED, "validation", NULL, 0, "%s", res->message);
	return false;
}

/* Rewrites of windows in a copy of `base`, as far as they are proved. `failed`: they are not. */
static enum k2_status try_rewrites(struct k2_opt *op, struct k2_func *base, struct k2_result *res, bool *changed, bool *failed)
{
	enum k2_status st;

	op->settled = op->n_remarks;
	op->f = k2_func_copy(op->arena, base);
	st = op->f ? rounds(op, changed) : K2_ENOMEM;
	*failed = !st && *changed && !(k2_opt_guard(op, base) && confirm(op, base, res));
	if (*failed) {
		*changed = false;
		k2_opt_unsay(op, K2_NO_BLOCK);
	}
	return st;
}

/* Rewrites in `base`; op->f is the result, or `base`. What is not proved even with blocks put back is tried again with the first half
   of the rewrites only: a block that goes back may take what others rest on, and then one bad rewrite costs the whole function. */
static enum k2_status rewrite(struct k2_opt *op, struct k2_func *base, struct k2_result *res, bool *changed)
{
	uint32_t before = op->stats.accepted;
	enum k2_status st;
	bool failed;

	op->limit = UINT32_MAX;
	for (unsigned int tries = 0; tries < HALVES; tries++) {
		st = try_rewrites(op, base, res, changed, &failed);
		if (st || !failed)
			break;
		op->limit = before + (op->stats.accepted - before) / 2;
		op->stats.accepted = before;
		res->message[0] = 0;
	}
	op->limit = UINT32_MAX;
	if (!*changed)
		op->f = base;
	return st;
}

/* Rewrites, then changes of the graph, which may make room for more rewrites. */
static enum k2_status passes(struct k2_opt *op, struct k2_func *old, struct k2_result *res, bool *changed)
{
	struct k2_steps steps = { 0 };
	bool more = true;
	enum k2_status st = K2_OK;

	op->caller = op->f = old;
	for (op->pass = 0; op->pass < PASSES && more && !st; op->pass++) {
		bool rewritten = false;

		st = rewrite(op, op->f, res, &rewritten);
		more = false;
		if (!st && rewritten)
			st = k2_opt_add_step(op, &steps);
		if (!st)
			st = k2_opt_reshape(op, &steps, &more);
	}
	op->settled = 0;
	return st ? st : k2_opt_choose_step(op, old->desc, &steps, changed);
}

static enum k2_status optimize(struct k2_opt *op, const struct k2_func_desc *d, struct k2_result *res)
{
	struct k2_func *old = NULL;
	bool changed = false;
	enum k2_status st;

	st = k2_func_build(op->arena, d, &old, res->message, sizeof(res->message));
	if (!st)
		st = passes(op, old, res, &changed);
	if (!st && op->steps_left == 0)
		k2_opt_remark(op, K2_REMARK_MISSED, "budget", NULL, 0, "the step budget is used up");
	if (st || k2_arena_failed(op->arena) || k2_arena_failed(op->round) || k2_arena_failed(op->scratch)) {
		st = st ? st : K2_ENOMEM;
		changed = false;
		if (!res->message[0])
			snprintf(res->message, sizeof(res->message), "%s", k2_status_str(st));
	}
	op->stats.steps = (op->o->budget ? op->o->budget : levels[op->o->level].budget) - op->steps_left;
	if (k2_opt_hand_over(op, d, old, changed, res))
		st = K2_ENOMEM;
	return st;
}

enum k2_status k2_optimize(const struct k2_func_desc *d, const struct k2_options *o, struct k2_result **out)
{
	struct k2_options def;
	struct k2_opt op = { 0 };
	enum k2_status st = K2_ENOMEM;
	struct k2_result *res = calloc(1, sizeof(*res));

	*out = res;
	if (!res)
		return K2_ENOMEM;
	if (!o) {
		k2_options_init(&def);
		o = &def;
	}
	res->n_insns = d->n_insns;
	if (o->level <= 0 || o->level >= K2_OPT_LEVELS)
		return o->level ? K2_EINVAL : K2_OK;
	op.o = o;
	op.steps_left = o->budget ? o->budget : levels[o->level].budget;
	op.rlimit = o->solver_rlimit ? o->solver_rlimit : levels[o->level].rlimit;
	op.arena = k2_arena_new(o->fail_alloc_after);
	op.round = k2_arena_new(o->fail_alloc_after);
	op.scratch = k2_arena_new(o->fail_alloc_after);
	op.cache = o->cache ? o->cache : k2_cache_open(NULL);
	if (op.arena && op.round && op.scratch)
		st = optimize(&op, d, res);
	if (op.cache != o->cache)
		k2_cache_close(op.cache);
	k2_arena_free(op.arena);
	k2_arena_free(op.round);
	k2_arena_free(op.scratch);
	return st;
}

void k2_result_free(struct k2_result *r)
{
	if (!r)
		return;
	free(r->insns);
	free(r->starts);
	free(r->remarks);
	free(r);
}

const char *k2_proposer_name(unsigned int i)
{
	const struct k2_proposer *p = k2_proposer_at(i);

	return p ? p->name : NULL;
}

const char *k2_proposer_about(unsigned int i)
{
	const struct k2_proposer *p = k2_proposer_at(i);

	return p ? p->about : NULL;
}

// SPDX-License-Identifier: BSD-2-Clause
/* The whole function once more, from scratch. Old and new have the same blocks and edges; the relation at every block head
   is: what the new code can still read (its own liveness) is equal on both sides; or, where the old code has no use for the
   register any more, it is known by the new code's own facts as a number or an address at a known place; and memory outside of
   the stack is equal. Entering a block related, leaving it related, for every block: then the functions agree. */
#include "check.h"
#include "replay.h"
#include <string.h>

struct sides {
	const struct k2_func *old, *new_;
	struct k2_absint *old_ai, *new_ai;
	struct k2_liveness live, old_live; /* of the new code, of the old */
};

static bool same_shape(const struct k2_func *a, const struct k2_func *b)
{
	if (a->n_blocks != b->n_blocks)
		return false;
	for (uint32_t k = 0; k < a->n_blocks; k++) {
		if (a->blocks[k].n_succ != b->blocks[k].n_succ ||
		    memcmp(a->blocks[k].succ, b->blocks[k].succ, sizeof(a->blocks[k].succ[0]) * a->blocks[k].n_succ))
			return false;
	}
	return true;
}

/* Register r at the head of block b is related by the new code's facts. */
static bool is_fixed(const struct sides *s, uint32_t b, unsigned int r)
{
	const struct k2_astate *n = k2_absint_entry(s->new_ai, b);

	return (s->live.in[b].regs & K2_LIVE_BOTH(r)) && !(s->old_live.in[b].regs & K2_LIVE_BOTH(r)) && n->reached &&
	       k2_aval_fixed(&n->reg[r]);
}

static uint16_t fixed_regs(const struct sides *s, uint32_t b)
{
	uint16_t set = 0;

	for (unsigned int r = 0; r < 10; r++)
		set |= (uint16_t)(is_fixed(s, b, r) << r);
	return set;
}

/* Unchanged code that starts from equal values ends with equal values. */
static bool same_code(const struct k2_block *a, const struct k2_block *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t k = 0; k < a->n; k++) {
		if (!k2_same_insn(&a->insns[k], &b->insns[k]))
			return false;
	}
	return true;
}

/* How many instructions stand before block b. */
static uint32_t first_of(const struct k2_func *f, uint32_t b)
{
	uint32_t n = 0;

	while (b-- > 0)
		n += f->blocks[b].n;
	return n;
}

static enum k2_verdict explain_block(struct k2_checker *ck, struct sides *s, uint32_t b, struct k2_explain *x, const char **why)
{
	const struct k2_block *ob = &s->old->blocks[b], *nb = &s->new_->blocks[b];
	struct k2_window w;

	*why = "a changed block cannot be modelled";
	if (!k2_absint_entry(s->old_ai, b)->reached ||
	    k2_window_open(ck, k2_absint_entry(s->old_ai, b), ob->insns, ob->n, &s->live.out[b], &w))
		return K2_UNKNOWN;
	x->block = b;
	x->old_first = first_of(s->old, b);
	x->new_first = first_of(s->new_, b);
	return k2_window_check(ck, &w, nb->insns, nb->n, why);
}

/* One block that is different decides; one that is unknown does not hide it. */
static enum k2_verdict explain_blocks(struct k2_checker *ck, struct sides *s, struct k2_explain *x, const char **why)
{
	enum k2_verdict v = K2_EQUAL;

	for (uint32_t b = 0; b < s->old->n_blocks && v != K2_DIFFERENT; b++) {
		const char *because = NULL;
		enum k2_verdict one;

		if (same_code(&s->old->blocks[b], &s->new_->blocks[b]))
			continue;
		one = explain_block(ck, s, b, x, &because);
		if (one == K2_DIFFERENT || (one == K2_UNKNOWN && v == K2_EQUAL)) {
			v = one;
			*why = because;
		}
	}
	return v;
}

/* Registers that have to be equal behind block b: live in some successor and not fixed there. */
static struct k2_live to_compare(const struct sides *s, uint32_t b)
{
	const struct k2_block *blk = &s->new_->blocks[b];
	struct k2_live l = s->live.out[b];
	uint32_t regs = blk->n_succ ? 0 : l.regs;

	for (unsigned int e = 0; e < blk->n_succ; e++) {
		for (unsigned int r = 0; r < 10; r++) {
			if (!is_fixed(s, blk->succ[e], r))
				regs |= s->live.in[blk->succ[e]].regs & K2_LIVE_BOTH(r);
		}
	}
	l.regs &= regs;
	return l;
}

static enum k2_verdict check_blocks(struct k2_checker *ck, struct sides *s, const char **why)
{
	enum k2_verdict v = K2_EQUAL;

	for (uint32_t b = 0; b < s->old->n_blocks && v == K2_EQUAL; b++) {
		const struct k2_block *ob = &s->old->blocks[b], *nb = &s->new_->blocks[b];
		struct k2_window w;

		if (same_code(ob, nb) && !fixed_regs(s, b))
			continue;
		ck->stats.failed = b;
		*why = "a changed block cannot be modelled";
		if (!k2_absint_entry(s->old_ai, b)->reached || !k2_absint_entry(s->new_ai, b)->reached ||
		    k2_window_open(ck, k2_absint_entry(s->old_ai, b), ob->insns, ob->n, &s->live.out[b], &w))
			return K2_UNKNOWN;
		w.live = to_compare(s, b);
		k2_window_new_facts(&w, k2_absint_entry(s->new_ai, b), fixed_regs(s, b));
		v = k2_window_check(ck, &w, nb->insns, nb->n, why);
	}
	if (v == K2_EQUAL)
		ck->stats.failed = K2_NO_BLOCK;
	return v;
}

enum k2_verdict k2_validate(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, uint64_t rlimit,
			    struct k2_check_stats *stats, struct k2_solver_stats *solver_stats, const char **why)
{
	struct sides s = { .old = old, .new_ = new_ };
	enum k2_verdict v = K2_UNKNOWN;
	struct k2_checker ck = { 0 };

	stats->failed = K2_NO_BLOCK;
	*why = "another control-flow graph";
	if (!same_shape(old, new_))
		return K2_UNKNOWN;
	*why = "out of memory";
	if (k2_absint_run(a, old, &s.old_ai) || k2_absint_run(a, new_, &s.new_ai) ||
	    k2_absint_liveness(a, s.new_ai, &s.live) ||
	    k2_absint_liveness(a, s.old_ai, &s.old_live) || k2_checker_init(&ck, old, s.old_ai, rlimit))
		goto out;
	v = check_blocks(&ck, &s, why);
	*stats = ck.stats;
	*solver_stats = k2_checker_solver_stats(&ck);
out:
	k2_checker_free(&ck);
	k2_absint_free(s.old_ai);
	k2_absint_free(s.new_ai);
	return v;
}

enum k2_verdict k2_validate_explain(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, uint64_t rlimit,
				    struct k2_explain *explain, const char **why)
{
	struct sides s = { .old = old, .new_ = new_ };
	enum k2_verdict v = K2_UNKNOWN;
	struct k2_checker ck = { 0 };

	*why = "another control-flow graph: only functions of the same blocks and edges can be compared yet";
	if (!same_shape(old, new_))
		return K2_UNKNOWN;
	*why = "out of memory";
	if (!k2_absint_run(a, old, &s.old_ai) && !k2_absint_run(a, new_, &s.new_ai) &&
	    !k2_absint_liveness(a, s.new_ai, &s.live) && !k2_checker_init(&ck, old, s.old_ai, rlimit)) {
		ck.explain = explain;
		v = explain_blocks(&ck, &s, explain, why);
	}
	k2_checker_free(&ck);
	k2_absint_free(s.old_ai);
	k2_absint_free(s.new_ai);
	return v;
}

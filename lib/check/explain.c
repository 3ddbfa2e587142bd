// SPDX-License-Identifier: BSD-2-Clause
/* Counterexamples for functions of one control-flow graph: a block, and a state that what is known at its head allows, from which
   old and new code do something different. */
#include "replay.h"
#include <string.h>

struct sides {
	const struct k2_func *old, *new_;
	struct k2_absint *old_ai, *new_ai;
	struct k2_liveness live; /* of the new code */
};

static bool same_graph(const struct k2_func *a, const struct k2_func *b)
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

enum k2_verdict k2_explain(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, uint64_t rlimit,
			   struct k2_explain *explain, const char **why)
{
	struct sides s = { .old = old, .new_ = new_ };
	enum k2_verdict v = K2_UNKNOWN;
	struct k2_checker ck = { 0 };

	if (!same_graph(old, new_))
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

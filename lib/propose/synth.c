// SPDX-License-Identifier: BSD-2-Clause
/* Every problem of a window goes to an engine, once, unless the cache knows what it found; that is offered. The steps that a search took are
   taken from the budget also when the cache answers, so that the rest of the work is the same. */
#include "problem.h"
#include "recall.h"

static void put_op(struct k2_bytes *b, const struct k2_op *o)
{
	k2_put(b, o->code, 1);
	k2_put(b, o->a, 1);
	k2_put(b, o->b, 1);
	k2_put(b, (uint16_t)o->off, 2);
	k2_put(b, (uint64_t)o->imm, 8);
}

/* Everything in the problem. */
static struct k2_bytes key_of(const struct k2_problem *p, const char *engine, struct k2_arena *a)
{
	struct k2_bytes b = k2_key(a, engine);
	const uint8_t small[] = { p->n_in, p->n_ops, p->n_regs, p->slots, p->isa, p->alu32, p->big_endian, p->level, p->objective,
				  p->branch, p->target, p->fixed };

	for (unsigned int k = 0; k < sizeof(small); k++)
		k2_put(&b, small[k], 1);
	k2_put(&b, p->mask, 8);
	for (unsigned int k = 0; k < p->n_in; k++) {
		const struct k2_known *in = &p->in[k];
		const uint64_t facts[] = { in->zeros, in->ones, in->umin, in->umax };

		for (unsigned int f = 0; f < K2_ARRAY_SIZE(facts); f++)
			k2_put(&b, facts[f], 8);
	}
	for (unsigned int k = 0; k < p->n_ops; k++)
		put_op(&b, &p->op[k]);
	put_op(&b, &p->jump);
	for (unsigned int k = 0; k < p->n_regs; k++)
		k2_put(&b, p->reg[k], 1);
	return b;
}

static struct k2_bytes put_answers(const struct k2_answers *found, struct k2_arena *a)
{
	struct k2_bytes b = { .arena = a };

	k2_put(&b, found->steps, 8);
	k2_put(&b, found->n, 1);
	for (unsigned int n = 0; n < found->n; n++) {
		k2_put(&b, found->a[n].n, 1);
		for (unsigned int k = 0; k < found->a[n].n; k++) {
			const struct k2_insn *i = &found->a[n].code[k];

			k2_put(&b, i->code, 1);
			k2_put(&b, i->dst, 1);
			k2_put(&b, i->src, 1);
			k2_put(&b, (uint16_t)i->off, 2);
			k2_put(&b, (uint64_t)i->imm, 8);
		}
	}
	return b;
}

/* False: not what put_answers wrote for such a problem. */
static bool take_answers(const struct k2_problem *p, struct k2_reader *r, struct k2_answers *found)
{
	found->steps = k2_take(r, 8);
	found->n = (uint8_t)k2_take(r, 1);
	if (found->n > K2_PB_ANSWERS)
		return false;
	for (unsigned int n = 0; n < found->n; n++) {
		struct k2_answer *a = &found->a[n];

		a->n = (uint8_t)k2_take(r, 1);
		if (a->n > K2_PB_CODE)
			return false;
		for (unsigned int k = 0; k < a->n; k++) {
			struct k2_insn *i = &a->code[k];

			i->origin = -1;
			i->code = (uint8_t)k2_take(r, 1);
			i->dst = (uint8_t)k2_take(r, 1);
			i->src = (uint8_t)k2_take(r, 1);
			i->off = (int16_t)k2_take(r, 2);
			i->imm = (int64_t)k2_take(r, 8);
			if (i->dst >= p->n_regs || i->src >= p->n_regs)
				return false;
		}
	}
	return !r->failed && !r->left;
}

/* True: an answer was accepted. */
static bool solve(const struct k2_site *s, const struct k2_cut *c, const char *name, k2_engine engine)
{
	struct k2_bytes key = key_of(&c->p, name, s->arena);
	struct k2_answers found = { 0 };
	struct k2_reader r;
	uint64_t h = c->at;

	/* Where in the window it stands counts: the checker may refuse an answer here and take it there. */
	for (uint32_t k = 0; k < key.n; k++)
		h = k2_hash_mix(h, key.p[k]);
	if (key.failed || s->seen(s, h))
		return false;
	if (!k2_recall(s->cache, &key, s->arena, &r) || !take_answers(&c->p, &r, &found)) {
		struct k2_bytes value;

		found = (struct k2_answers){ 0 };
		engine(&c->p, s->arena, &found);
		value = put_answers(&found, s->arena);
		if (!found.failed)
			k2_remember(s->cache, &key, &value);
	}
	*s->steps -= K2_MIN(*s->steps, found.steps);
	return k2_cut_offer(s, c, &found);
}

void k2_synthesize(const struct k2_site *s, const char *name, k2_engine engine)
{
	struct k2_uses *u = k2_uses_of(s);

	for (uint32_t at = 0; u && at < s->n && *s->steps; at++) {
		struct k2_cut cut = { .n_members = 0 };

		while (*s->steps && k2_cut_next(s, u, at, &cut)) {
			struct k2_arena_mark mark = k2_arena_mark(s->arena);
			bool done = solve(s, &cut, name, engine);

			k2_arena_release(s->arena, mark);
			if (done)
				return;
		}
	}
}

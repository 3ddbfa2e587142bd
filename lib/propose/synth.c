// SPDX-License-Identifier: BSD-2-Clause
/* Every problem of a window goes to an engine, once; what it finds is offered. */
#include "problem.h"

/* Everything in the problem, as one number. */
static uint64_t hash_problem(const struct k2_problem *p, const char *name)
{
	uint64_t h = k2_hash_mix(p->n_in | (uint64_t)p->n_ops << 8 | (uint64_t)p->n_regs << 16 | (uint64_t)p->slots << 24 |
				 (uint64_t)p->target << 32 | (uint64_t)p->branch << 40 | (uint64_t)p->fixed << 41 |
				 (uint64_t)(uint8_t)name[1] << 48, p->mask);

	for (unsigned int k = 0; k < p->n_in; k++)
		h = k2_hash_mix(k2_hash_mix(k2_hash_mix(k2_hash_mix(h, p->in[k].zeros), p->in[k].ones), p->in[k].umin), p->in[k].umax);
	for (unsigned int k = 0; k <= p->n_ops; k++) {
		const struct k2_op *o = k < p->n_ops ? &p->op[k] : &p->jump;

		h = k2_hash_mix(h, o->code | (uint64_t)o->a << 8 | (uint64_t)o->b << 16 | (uint64_t)(uint16_t)o->off << 24);
		h = k2_hash_mix(h, (uint64_t)o->imm);
	}
	for (unsigned int k = 0; k < p->n_regs; k++)
		h = k2_hash_mix(h, p->reg[k]);
	return h;
}

/* True: an answer was accepted. */
static bool solve(const struct k2_site *s, const struct k2_cut *c, const char *name, k2_engine engine)
{
	struct k2_answers found = { 0 };

	/* Where in the window it stands is part of it: the checker may refuse an answer here and take it there. */
	if (s->seen(s, k2_hash_mix(hash_problem(&c->p, name), c->at)))
		return false;
	engine(&c->p, s->arena, &found);
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

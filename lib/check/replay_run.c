// SPDX-License-Identifier: BSD-2-Clause
/* Both pieces of code, one after the other, in the same concrete world. Plain loads and stores go to one memory, whatever
   pointer they come through. */
#include "replay_impl.h"
#include <stdio.h>
#include <string.h>

enum { STEPS_MAX = 100000 };

/* Blocks fall through to the next one. */
static void leave(struct k2_side *s, enum k2_end end, uint32_t target)
{
	s->end = end;
	s->target = target;
	s->stopped = true;
}

/* Goes along an edge of the function's current block; past empty ones. */
static void go(struct k2_replay *r, struct k2_side *s, unsigned int edge)
{
	const struct k2_block *b = &s->f->blocks[s->block];

	do {
		if (edge >= b->n_succ) {
			leave(s, K2_END_FALLS, 0);
			return;
		}
		if (b->n_succ == 2) {
			uint8_t way = (uint8_t)edge;

			r->failed |= !K2_VEC_PUSH(r->arena, s->ways, s->n_ways, s->cap_ways, way);
		}
		s->block = b->succ[edge];
		s->index = 0;
		b = &s->f->blocks[s->block];
		edge = 0;
	} while (!b->n && s->steps++ < STEPS_MAX);
}

/* A jump was taken, or not. */
static void jumped(struct k2_replay *r, struct k2_side *s, const struct k2_insn *i, bool taken)
{
	if (s->f)
		go(r, s, taken && k2_isa_kind(i) != K2_KIND_GOTO);
	else if (i->flags & (taken ? K2_F_STAYS : K2_F_GOES)) {
		s->off_path = s->at;
		k2_side_bad(s, "another way through the old code");
	} else if (taken && !(i->flags & K2_F_GOES))
		leave(s, K2_END_JUMPS, i->target);
}

static void plain(struct k2_env *e, const struct k2_insn *i)
{
	switch (k2_replay_step(e, i)) {
	case K2_STEP_NEXT:
		if (k2_isa_kind(i) == K2_KIND_JUMP)
			jumped(e->r, e->s, i, false);
		break;
	case K2_STEP_TAKEN: jumped(e->r, e->s, i, true); break;
	case K2_STEP_EXIT: leave(e->s, K2_END_EXITS, 0); break;
	case K2_STEP_FAULT: k2_side_bad(e->s, "a fault"); break;
	case K2_STEP_UNSUPPORTED: k2_side_bad(e->s, "an instruction that is not modelled"); break;
	}
}

static void execute(struct k2_env *e, const struct k2_insn *i, bool old)
{
	struct k2_side *s = e->s;
	uint16_t writes = k2_isa_writes(i);
	bool event = old && e->r->w->old.points[s->at].event;

	if (!k2_act_is(e, i))
		plain(e, i);
	else if (!old)
		k2_act_new(e, i);
	else if (event)
		k2_act_old(e, i, s->n_events);
	else
		k2_side_bad(s, "an action that the terms know nothing of");
	s->n_events += event;
	for (unsigned int k = 0; k < 11; k++) {
		if (writes >> k & 1)
			s->reg_by[k] = s->at;
	}
	if (e->r->func) {
		struct k2_step_done done = { s->at, writes ? s->reg[__builtin_ctz(writes)] : 0 };

		e->r->failed |= !K2_VEC_PUSH(e->r->arena, s->trace, s->n_trace, s->cap_trace, done);
	}
}

static void enter(struct k2_replay *r, struct k2_side *s)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->reg, r->entry_reg, sizeof(s->reg));
	memcpy(s->stack, r->entry_stack, sizeof(s->stack));
	memset(s->reg_by, 0xff, sizeof(s->reg_by));
	memset(s->stack_by, 0xff, sizeof(s->stack_by));
	s->off_path = K2_NOBODY;
}

/* Straight code. */
static void run_line(struct k2_replay *r, struct k2_side *s, const struct k2_insn *insns, uint32_t n, bool old)
{
	struct k2_env e = { r, s };

	enter(r, s);
	s->insns = insns;
	s->n = n;
	s->target = K2_NOBODY; /* what follows */
	for (s->at = 0; s->at < n && !s->stopped; s->at++)
		execute(&e, &insns[s->at], old);
	s->at -= s->stopped;
}

/* A whole function, as new code. */
static void run_func(struct k2_replay *r, struct k2_side *s, const struct k2_func *f)
{
	struct k2_env e = { r, s };

	enter(r, s);
	s->f = f;
	s->insns = f->desc->insns;
	s->n = f->desc->n_insns;
	if (!f->blocks[0].n)
		go(r, s, 0);
	while (!s->stopped) {
		const struct k2_block *b = &f->blocks[s->block];
		const struct k2_insn *i = &b->insns[s->index++];
		bool ends = s->index == b->n, jumps = k2_isa_kind(i) == K2_KIND_JUMP || k2_isa_kind(i) == K2_KIND_GOTO;

		s->at = (uint32_t)i->origin;
		execute(&e, i, false);
		if (ends && !jumps && !s->stopped)
			go(r, s, 0);
		if (s->steps++ > STEPS_MAX)
			k2_side_wrong(s, "no end");
	}
}

static void compare_regs(struct k2_replay *r)
{
	struct k2_side *o = &r->side[0], *n = &r->side[1];
	char what[96];

	for (unsigned int k = 0; k < 10; k++) {
		bool lo = r->w->live.regs & K2_LIVE_LO(k), hi = r->w->live.regs & K2_LIVE_HI(k);
		uint64_t mask = (lo ? k2_mask(32) : 0) | (hi ? ~k2_mask(32) : 0);

		if (o->end == K2_END_EXITS)
			mask = k ? 0 : r->w->ctx.f->returns32 ? k2_mask(32) : ~0ull;
		if (!r->w->old.reg[k] || !((o->reg[k] ^ n->reg[k]) & mask))
			continue;
		snprintf(what, sizeof(what), "%s%sr%u", o->end == K2_END_EXITS ? "the return value " : "",
			 mask == ~0ull || o->end == K2_END_EXITS ? "" : lo ? "the lower half of " : "the upper half of ", k);
		k2_differ(r, o->reg_by[k], n->reg_by[k], o->reg[k] & mask, n->reg[k] & mask, what);
	}
}

static void compare_stack(struct k2_replay *r)
{
	struct k2_side *o = &r->side[0], *n = &r->side[1];
	char what[96];

	for (unsigned int b = 0; b < K2_STACK_SIZE && o->end != K2_END_EXITS; b++) {
		if (!k2_live_byte(&r->w->live, (int)b - K2_STACK_SIZE) || o->stack[b] == n->stack[b])
			continue;
		snprintf(what, sizeof(what), "the stack byte at r10 - %u", K2_STACK_SIZE - b);
		k2_differ(r, o->stack_by[b], n->stack_by[b], o->stack[b], n->stack[b], what);
	}
}

static void compare_ends(struct k2_replay *r)
{
	struct k2_side *o = &r->side[0], *n = &r->side[1];

	while (n->n_actions < o->n_actions && r->actions[n->n_actions].e->silent)
		n->n_actions++;
	if (n->n_actions < o->n_actions)
		k2_differ_in_kind(r, r->actions[n->n_actions].at, K2_NOBODY, "an action that the new code does not do");
	k2_differ_in_memory(r, &o->mem, &n->mem);
	if ((o->end == K2_END_EXITS) != (n->end == K2_END_EXITS) || o->target != n->target)
		k2_differ_in_kind(r, o->n - 1, n->n ? n->n - 1 : K2_NOBODY,
			       o->end == n->end ? "another target" :
			       o->end == K2_END_JUMPS ? "the branch is taken in the old code only" :
							"the branch is taken in the new code only");
	compare_regs(r);
	compare_stack(r);
}

bool k2_replay_run(struct k2_replay *r)
{
	r->actions = NULL;
	r->n_actions = r->cap_actions = 0;
	memset(&r->diff, 0, sizeof(r->diff));
	memset(&r->read_mem, 0, sizeof(r->read_mem));
	memset(r->read_stack, 0, sizeof(r->read_stack));
	run_line(r, &r->side[0], r->w->insns, r->w->n, true);
	if (r->side[0].bad)
		return false;
	if (r->func)
		run_func(r, &r->side[1], r->func);
	else
		run_line(r, &r->side[1], r->insns, r->n, false);
	if (r->side[1].bad) {
		/* From a function's entry the old code showed that this world is a possible one. */
		if (r->func && r->side[1].wrong && !r->diff.found)
			k2_differ_in_kind(r, K2_NOBODY, r->side[1].at, r->side[1].bad);
		return r->func && r->diff.found;
	}
	if (!r->diff.found)
		compare_ends(r);
	return r->diff.found;
}

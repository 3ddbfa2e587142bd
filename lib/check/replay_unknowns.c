// SPDX-License-Identifier: BSD-2-Clause
/* The unknowns of a comparison: the atoms and selects that the terms of both executions are made of. */
#include "replay_impl.h"
#include <stdlib.h>
#include <string.h>

struct walk {
	struct k2_arena *arena;
	uint8_t *seen; /* by id */
	k2_t *todo;
	uint32_t cap_seen, n_todo, cap_todo;
	bool into_selects, failed;
};

static void walk_push(struct walk *x, k2_t t)
{
	uint32_t old = x->cap_seen;

	if (!t)
		return;
	if (t->id >= old) {
		if (!k2_vec_grow(x->arena, (void **)&x->seen, &x->cap_seen, t->id, 1)) {
			x->failed = true;
			return;
		}
		memset(x->seen + old, 0, x->cap_seen - old);
	}
	if (x->seen[t->id])
		return;
	x->seen[t->id] = 1;
	x->failed |= !K2_VEC_PUSH(x->arena, x->todo, x->n_todo, x->cap_todo, t);
}

/* The next term not seen before; NULL at the end. */
static k2_t walk_next(struct walk *x)
{
	k2_t t = x->n_todo && !x->failed ? x->todo[--x->n_todo] : NULL;

	for (unsigned int k = 0; t && k < t->n_args && (t->op != K2_T_SELECT || x->into_selects); k++)
		walk_push(x, t->args[k]);
	return t;
}

static void push_ext(struct walk *x, const struct k2_ext *m)
{
	for (const struct k2_layer *l = m->top; l; l = l->below) {
		walk_push(x, l->base);
		for (uint32_t k = 0; k < l->n; k++)
			walk_push(x, l->bytes[k].value);
	}
}

static void push_event(struct walk *x, const struct k2_event *e)
{
	for (unsigned int k = 0; k < e->n_in; k++)
		walk_push(x, e->in[k]);
	for (unsigned int r = 0; r < 11; r++)
		walk_push(x, e->out[r]);
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		walk_push(x, e->stack ? e->stack[b] : NULL);
		walk_push(x, e->after ? e->after[b] : NULL);
	}
	push_ext(x, &e->ext);
}

static void push_sym(struct walk *x, const struct k2_sym *s)
{
	for (uint32_t p = 0; p < s->n_points; p++) {
		for (unsigned int r = 0; r < 11; r++)
			walk_push(x, s->points[p].reg[r]);
		walk_push(x, s->points[p].base);
		walk_push(x, s->points[p].value);
	}
	for (uint32_t e = 0; e < s->n_events; e++)
		push_event(x, &s->events[e]);
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++)
		walk_push(x, s->stack[b]);
	walk_push(x, s->branch);
	push_ext(x, &s->ext);
}

static bool is_unknown(k2_t t)
{
	return t->op == K2_T_ATOM || t->op == K2_T_SELECT;
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = (*(const k2_t *)a)->id, y = (*(const k2_t *)b)->id;

	return x < y ? -1 : x > y;
}

bool k2_replay_atom(const struct k2_replay *r, k2_t t, uint32_t *at)
{
	const k2_t *p = r->n_atoms ? bsearch(&t, r->atoms, r->n_atoms, sizeof(t), by_id) : NULL;

	if (p)
		*at = (uint32_t)(p - r->atoms);
	return p;
}

static void mark_bases(struct k2_replay *r)
{
	struct walk x = { .arena = r->arena };
	uint32_t at;
	k2_t t;

	for (uint32_t p = 0; p < r->w->old.n_points; p++)
		walk_push(&x, r->w->old.points[p].base);
	for (uint32_t p = 0; p < r->s->n_points; p++)
		walk_push(&x, r->s->points[p].base);
	while ((t = walk_next(&x))) {
		if (is_unknown(t) && k2_replay_atom(r, t, &at))
			r->is_base[at] = true;
	}
	r->failed |= x.failed;
}

/* Chains the unknowns that say what is left of a byte behind what a call may have written there. */
static void chain_parts(struct k2_replay *r)
{
	uint32_t at;

	for (uint32_t k = 0; k < r->n_atoms; k++) {
		k2_t t = r->atoms[k];

		if (t->op != K2_T_SELECT || t->imm != K2_FN_PARTLY || !k2_replay_atom(r, t->args[0], &at))
			continue;
		r->next_part[k] = r->part[at];
		r->part[at] = k + 1;
	}
}

uint32_t k2_replay_part(const struct k2_replay *r, k2_t written)
{
	uint32_t at;

	return k2_replay_atom(r, written, &at) ? r->part[at] : 0;
}

void k2_replay_collect(struct k2_replay *r)
{
	struct walk x = { .arena = r->arena, .into_selects = true };
	k2_t t;

	for (unsigned int k = 0; k < 11; k++)
		walk_push(&x, r->w->ctx.reg[k]);
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++)
		walk_push(&x, r->stack[b]);
	push_sym(&x, &r->w->old);
	push_sym(&x, r->s);
	while ((t = walk_next(&x))) {
		if (is_unknown(t))
			x.failed |= !K2_VEC_PUSH(r->arena, r->atoms, r->n_atoms, r->cap_atoms, t);
	}
	if (r->n_atoms)
		qsort(r->atoms, r->n_atoms, sizeof(*r->atoms), by_id);
	r->value = k2_arena_calloc(r->arena, r->n_atoms, sizeof(*r->value));
	r->is_base = k2_arena_calloc(r->arena, r->n_atoms, 1);
	r->placed = k2_arena_calloc(r->arena, r->n_atoms, 1);
	r->part = k2_arena_calloc(r->arena, r->n_atoms, sizeof(*r->part));
	r->next_part = k2_arena_calloc(r->arena, r->n_atoms, sizeof(*r->next_part));
	r->failed = x.failed || !r->value || !r->is_base || !r->placed || !r->part || !r->next_part;
	if (r->failed)
		return;
	mark_bases(r);
	chain_parts(r);
}

uint64_t k2_replay_value(void *user, k2_t atom)
{
	struct k2_replay *r = user;
	uint32_t at;

	if (k2_replay_atom(r, atom, &at))
		return r->value[at];
	return k2_t_sample(atom, 0); /* made after the walk: nobody's */
}

uint64_t k2_replay_eval(struct k2_replay *r, k2_t t)
{
	uint64_t v = 0;

	r->failed |= k2_t_eval(r->w->ctx.terms, &t, 1, k2_replay_value, r, &v) != K2_OK;
	return v;
}

bool k2_replay_named(const struct k2_replay *r, uint64_t fn, unsigned int width, uint64_t first, uint64_t *value)
{
	for (uint32_t k = 0; k < r->n_atoms; k++) {
		k2_t t = r->atoms[k];

		if (t->op != K2_T_SELECT || t->imm != fn || t->width != width || !t->n_args || t->args[0]->imm != first)
			continue;
		*value = r->value[k];
		return true;
	}
	return false;
}

// SPDX-License-Identifier: BSD-2-Clause
/* What the static functions of a unit are given by all their calls: abstract interpretation over the call graph, callers before
   callees. What is found holds of every run of the functions as they are described; docs/soundness.md says why it may be used for
   changed ones. */
#include <k2/unit.h>
#include <string.h>
#include "absint.h"

struct entry {
	struct k2_aval arg[5]; /* joined over the calls seen so far; `id` of maps and variables: 1 + index in unit.names */
	uint32_t calls;        /* call instructions that are still to be seen */
	const char *context;   /* of all callers so far; NULL: they differ, or one is not known */
	bool seen, lost;       /* some call; a call of which nothing is known */
};

struct unit {
	struct k2_unit_func *funcs;
	uint32_t n;
	struct k2_arena *arena, *work;
	struct entry *entries;     /* by function */
	uint32_t *ready;           /* functions all of whose calls were seen, in the order in which they became so */
	uint32_t n_ready, done;
	const struct k2_symbol **names;
	uint32_t n_names, cap_names;
};

/* The closed function that the instruction calls, as an index; UINT32_MAX: none. */
static uint32_t callee_of(const struct unit *u, const struct k2_unit_func *f, const struct k2_insn *i)
{
	uint32_t to = i->sym && k2_isa_kind(i) == K2_KIND_CALL ? f->callee[i->sym - 1] : UINT32_MAX;

	return to < u->n && u->funcs[to].closed ? to : UINT32_MAX;
}

/* ---- names: what stands for one thing in all functions ---- */

static bool same_name(const struct k2_symbol *a, const struct k2_symbol *b)
{
	return a->kind == b->kind && !strcmp(a->name, b->name);
}

/* The only symbol like that, 1 + index; 0: none, or several. */
static uint32_t only_symbol(const struct k2_func_desc *d, const struct k2_symbol *like)
{
	uint32_t found = 0;

	for (uint32_t k = 0; k < d->n_syms; k++) {
		if (!same_name(&d->syms[k], like))
			continue;
		if (found)
			return 0;
		found = k + 1;
	}
	return found;
}

static uint32_t name_of(struct unit *u, const struct k2_symbol *s)
{
	for (uint32_t k = 0; k < u->n_names; k++) {
		if (same_name(u->names[k], s))
			return k + 1;
	}
	return K2_VEC_PUSH(u->arena, u->names, u->n_names, u->cap_names, s) ? u->n_names : 0;
}

/* ---- one call ---- */

/* A value of the caller, as its callee sees it. */
static struct k2_aval given(struct unit *u, const struct k2_func_desc *caller, const struct k2_aval *v)
{
	struct k2_aval r = *v;

	if (v->uninit)
		return k2_aval_region(K2_RG_FOREIGN, 0);
	switch (v->region) {
	case K2_RG_STACK:
		r.region = K2_RG_FRAME;
		return r;
	case K2_RG_MAP_VALUE: case K2_RG_DATA:
		if (r.id >= K2_SYM_ELSEWHERE)
			r.id -= K2_SYM_ELSEWHERE;
		else if (r.id)
			r.id = only_symbol(caller, &caller->syms[r.id - 1]) ? name_of(u, &caller->syms[r.id - 1]) : 0;
		return r;
	case K2_RG_SCALAR: case K2_RG_FRAME: case K2_RG_CTX: case K2_RG_PKT: case K2_RG_PKT_END: case K2_RG_MEM: return r;
	default: return k2_aval_region(K2_RG_FOREIGN, 0);
	}
}

static bool is_null(const struct k2_aval *v)
{
	return v->region == K2_RG_SCALAR && k2_known_const(&v->num) && !v->num.umin;
}

static bool may_be_null(const struct k2_aval *v)
{
	return v->region == K2_RG_MAP_VALUE || v->region == K2_RG_MEM;
}

static struct k2_aval join(const struct k2_aval *a, const struct k2_aval *b)
{
	if (is_null(a) && may_be_null(b))
		return *b;
	if (is_null(b) && may_be_null(a))
		return *a;
	if (a->region == K2_RG_DATA && b->region == K2_RG_DATA && a->id != b->id)
		return k2_aval_region(K2_RG_DATA, 0);
	return k2_aval_join(a, b);
}

static void see_call(struct unit *u, const struct k2_func *f, struct entry *e, const struct k2_astate *s)
{
	const char *context = f->type ? f->type->ctx : NULL;

	if (!e->seen)
		e->context = context;
	else if (!context || !e->context || strcmp(e->context, context) != 0)
		e->context = NULL;
	for (unsigned int n = 0; n < 5; n++) {
		struct k2_aval v = given(u, f->desc, &s->reg[n + 1]);

		e->arg[n] = e->seen ? join(&e->arg[n], &v) : v;
	}
	e->seen = true;
}

/* ---- one function ---- */

static struct k2_passed passed_of(const struct unit *u, const struct k2_func_desc *d, const struct k2_aval *v)
{
	static const enum k2_passed_kind kind[] = {
		[K2_RG_SCALAR] = K2_PASSED_NUMBER, [K2_RG_FRAME] = K2_PASSED_FRAME, [K2_RG_CTX] = K2_PASSED_CONTEXT,
		[K2_RG_PKT] = K2_PASSED_PACKET, [K2_RG_PKT_END] = K2_PASSED_PACKET_END, [K2_RG_MAP_VALUE] = K2_PASSED_MAP_VALUE,
		[K2_RG_DATA] = K2_PASSED_GLOBAL, [K2_RG_MEM] = K2_PASSED_RECORD,
	};
	struct k2_passed p = { kind[v->region], 0, v->num.zeros, v->num.ones, v->num.umin, v->num.umax };
	uint32_t twice = 0;

	if (!v->id)
		return p;
	p.sym = only_symbol(d, u->names[v->id - 1]);
	for (uint32_t k = 0; !p.sym && k < d->n_syms; k++)
		twice |= same_name(&d->syms[k], u->names[v->id - 1]);
	if (!p.sym && !twice && v->region == K2_RG_MAP_VALUE)
		p.sym = K2_SYM_ELSEWHERE + v->id;
	return p;
}

static void set_passed(struct unit *u, uint32_t k)
{
	const struct entry *e = &u->entries[k];
	struct k2_unit_func *f = &u->funcs[k];

	f->called = f->closed && e->seen && !e->lost;
	for (unsigned int n = 0; f->called && n < 5; n++)
		f->passed[n] = passed_of(u, f->desc, &e->arg[n]);
	f->context = f->called ? e->context : NULL;
}

static bool calls_closed(const struct unit *u, const struct k2_unit_func *f)
{
	for (uint32_t k = 0; k < f->desc->n_insns; k++) {
		if (callee_of(u, f, &f->desc->insns[k]) != UINT32_MAX)
			return true;
	}
	return false;
}

static enum k2_status see_calls(struct unit *u, const struct k2_unit_func *f)
{
	struct k2_func_desc *d = k2_arena_dup(u->work, f->desc, 1, sizeof(*d));
	struct k2_absint *ai = NULL;
	struct k2_func *g;
	enum k2_status st = K2_ENOMEM;
	char msg[80];

	if (d) {
		d->passed = f->called ? f->passed : NULL;
		d->context = f->context;
		st = k2_func_build(u->work, d, &g, msg, sizeof(msg));
	}
	if (!st)
		st = k2_absint_run(u->work, g, &ai);
	for (uint32_t b = 0; !st && b < g->n_blocks; b++) {
		struct k2_astate s = *k2_absint_entry(ai, b);

		for (uint32_t k = 0; s.reached && k < g->blocks[b].n; k++) {
			const struct k2_insn *i = &g->blocks[b].insns[k];
			uint32_t to = callee_of(u, f, i);

			if (to != UINT32_MAX)
				see_call(u, g, &u->entries[to], &s);
			k2_absint_step(ai, i, &s);
		}
	}
	k2_absint_free(ai);
	return st;
}

/* The calls of `f` are seen, or lost. */
static void count_calls(struct unit *u, const struct k2_unit_func *f, bool lost)
{
	for (uint32_t k = 0; k < f->desc->n_insns; k++) {
		uint32_t to = callee_of(u, f, &f->desc->insns[k]);

		if (to == UINT32_MAX)
			continue;
		u->entries[to].lost |= lost;
		if (!--u->entries[to].calls)
			u->ready[u->n_ready++] = to;
	}
}

static enum k2_status do_func(struct unit *u, uint32_t k)
{
	struct k2_arena_mark mark = k2_arena_mark(u->work);
	const struct k2_unit_func *f = &u->funcs[k];
	enum k2_status st = K2_OK;

	set_passed(u, k);
	if (calls_closed(u, f))
		st = see_calls(u, f);
	k2_arena_release(u->work, mark);
	if (st == K2_ENOMEM)
		return st;
	count_calls(u, f, st);
	return K2_OK;
}

static enum k2_status work(struct unit *u)
{
	enum k2_status st = K2_OK;

	for (uint32_t k = 0; k < u->n; k++) {
		const struct k2_unit_func *f = &u->funcs[k];

		for (uint32_t j = 0; j < f->desc->n_insns; j++) {
			uint32_t to = callee_of(u, f, &f->desc->insns[j]);

			if (to != UINT32_MAX)
				u->entries[to].calls++;
		}
	}
	for (uint32_t k = 0; k < u->n; k++) {
		if (!u->entries[k].calls)
			u->ready[u->n_ready++] = k;
	}
	while (u->done < u->n_ready && !st)
		st = do_func(u, u->ready[u->done++]);
	return st ? st : k2_arena_failed(u->arena) ? K2_ENOMEM : K2_OK;
}

enum k2_status k2_find_passed(struct k2_unit_func *funcs, uint32_t n)
{
	struct unit u = { .funcs = funcs, .n = n, .arena = k2_arena_new(0) };
	enum k2_status st = K2_ENOMEM;

	for (uint32_t k = 0; k < n; k++)
		funcs[k].called = false;
	if (u.arena)
		u.work = k2_arena_like(u.arena);
	if (u.work) {
		u.entries = k2_arena_calloc(u.arena, n, sizeof(*u.entries));
		u.ready = k2_arena_calloc(u.arena, n, sizeof(*u.ready));
	}
	if (!n || (u.entries && u.ready))
		st = work(&u);
	for (uint32_t k = 0; st && k < n; k++)
		funcs[k].called = false;
	k2_arena_free(u.work);
	k2_arena_free(u.arena);
	return st;
}

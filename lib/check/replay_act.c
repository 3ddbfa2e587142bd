// SPDX-License-Identifier: BSD-2-Clause
/* What the outside sees of a replay: the old code's actions (calls, atomics, volatile accesses ...) are written down; the new
   code has to do the same ones on the same values, and gets the same results. */
#include "concsem.h"
#include "replay_impl.h"
#include <stdio.h>
#include <string.h>

static uint64_t address_of(struct k2_env *e, const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);
	unsigned int base = kind == K2_KIND_LOAD || (kind == K2_KIND_ATOMIC && i->imm == K2_LOAD_ACQ) ? i->src : i->dst;
	uint64_t off = (uint64_t)(int64_t)i->off;

	if (i->flags & K2_F_SYM_OFF)
		k2_replay_symbol(e, i, &off);
	return e->s->reg[base] + off;
}

bool k2_act_is(struct k2_env *e, const struct k2_insn *i)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_CALL: case K2_KIND_CALLX: case K2_KIND_LD_PKT: case K2_KIND_OPAQUE: case K2_KIND_ATOMIC: return true;
	case K2_KIND_LOAD: return i->flags & K2_F_VOLATILE;
	case K2_KIND_STORE: return (i->flags & K2_F_VOLATILE) || k2_area_of(address_of(e, i)) == K2_AREA_CTX;
	default: return false;
	}
}

static void input(struct k2_action *a, uint64_t v, uint8_t reg)
{
	a->in_reg[a->n_in] = reg;
	a->in[a->n_in++] = v;
}

/* The registers that the outside reads. The old code's symbolic run knows which of them hold something. */
static void call_inputs(struct k2_env *e, struct k2_action *a, const struct k2_point *old)
{
	const struct k2_insn *i = a->insn;
	uint16_t reads = k2_insn_reads(i);

	if (k2_isa_kind(i) == K2_KIND_OPAQUE)
		reads = i->use;
	if (k2_isa_kind(i) == K2_KIND_CALLX)
		reads |= (uint16_t)(1u << i->dst);
	for (uint8_t r = 0; r < 10 && a->n_in < K2_ARRAY_SIZE(a->in); r++) {
		if ((reads >> r & 1) && old->reg[r])
			input(a, e->s->reg[r], r);
	}
}

static void inputs(struct k2_env *e, struct k2_action *a, const struct k2_point *old)
{
	const struct k2_insn *i = a->insn;

	switch (k2_isa_kind(i)) {
	case K2_KIND_LOAD: input(a, address_of(e, i), 0xff); break;
	case K2_KIND_STORE: case K2_KIND_ATOMIC:
		input(a, address_of(e, i), 0xff);
		if (k2_isa_kind(i) == K2_KIND_STORE)
			input(a, conc_store(0, i, e->s->reg[i->src]), 0xff);
		else if (i->imm != K2_LOAD_ACQ)
			input(a, e->s->reg[i->src] & k2_mask(8 * k2_isa_access_size(i)), i->src);
		if (k2_isa_kind(i) == K2_KIND_ATOMIC && i->imm == K2_CMPXCHG)
			input(a, e->s->reg[0] & k2_mask(8 * k2_isa_access_size(i)), 0);
		break;
	case K2_KIND_LD_PKT:
		input(a, e->s->reg[6], 6);
		if (K2_MODE(i->code) == K2_IND)
			input(a, (uint32_t)(e->s->reg[i->src] + (uint64_t)i->imm), 0xff);
		break;
	default: call_inputs(e, a, old); break;
	}
}

/* The register that a load or atomic writes; -1: none. */
static int result_register(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LOAD ? i->dst : sem_atomic_def(i);
}

/* Memory that others share may have been changed by them just before it is looked at: so it holds what the old side's unknown
   result says. */
static void preset(struct k2_env *e, const struct k2_action *a)
{
	unsigned int size = k2_isa_access_size(a->insn);
	int r = result_register(a->insn);

	if (k2_on_stack(a->in[0]) || r < 0 || k2_area_of(a->in[0]) == K2_AREA_CTX)
		return;
	for (unsigned int k = 0; k < size; k++)
		k2_replay_write(e, a->in[0] + k, (uint8_t)(a->out[r] >> k2_replay_shift(e->r, size, k)));
}

static void volatile_load(struct k2_env *e, const struct k2_action *a)
{
	const struct k2_insn *i = a->insn;

	if (k2_on_stack(a->in[0]))
		k2_replay_step(e, i);
	else if (K2_MODE(i->code) == K2_MEMSX)
		e->s->reg[i->dst] = conc_load(0, i, a->out[i->dst] & k2_mask(8 * k2_isa_access_size(i)));
	else
		e->s->reg[i->dst] = a->out[i->dst];
}

/* Bytes that a call may write or leave alone are to the terms a function of what was there before. When both sides have the same
   there, they are written; else left alone, which shows the difference. */
static bool writes_it(struct k2_replay *r, const struct k2_event *v, unsigned int b, uint64_t *value)
{
	uint32_t k = k2_stack_has(v->partly, b) ? k2_replay_part(r, v->after[b]) : 0;

	*value = k ? r->value[k - 1] : k2_replay_eval(r, v->after[b]);
	return !k || !r->next_part[k - 1];
}

/* What a call does: as the terms say. */
static void foreign_effect(struct k2_env *e, const struct k2_action *a)
{
	const struct k2_event *v = a->e;

	for (unsigned int r = 0; r < 10; r++) {
		if (v->out_regs >> r & 1)
			e->s->reg[r] = v->fresh_regs >> r & 1 ? a->out[r] : 0xdead0badca110000ull | r;
	}
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		uint64_t value;

		if (k2_stack_has(v->written, b) && writes_it(e->r, v, b, &value))
			k2_replay_write(e, K2_STACK_LOW + a->map[b], (uint8_t)value);
	}
	for (uint32_t k = 0; v->writes_ext && k < e->r->n_spoken; k++) {
		const struct k2_spoken *b = &e->r->spoken[k];

		if (b->version == a->number + 1 && !k2_on_stack(b->addr))
			k2_replay_write(e, b->addr, b->value);
	}
	if (v->writes_ctx)
		e->s->ctx_version = a->number + 1;
}

static void effect(struct k2_env *e, const struct k2_action *a)
{
	switch (k2_isa_kind(a->insn)) {
	case K2_KIND_LOAD: volatile_load(e, a); break;
	case K2_KIND_STORE:
		k2_replay_step(e, a->insn);
		if (k2_area_of(a->in[0]) == K2_AREA_CTX)
			e->s->ctx_version = a->number + 1;
		break;
	case K2_KIND_ATOMIC:
		preset(e, a);
		if (k2_replay_step(e, a->insn) != K2_STEP_NEXT)
			k2_side_bad(e->s, "an atomic that cannot be executed");
		break;
	default: foreign_effect(e, a); break;
	}
}

/* The lowest address where two memories hold different bytes; false: none. */
static bool memory_differs(const struct k2_replay *r, const struct k2_cells *a, const struct k2_cells *b, uint64_t *addr)
{
	const struct k2_cells *m[2] = { a, b };
	bool found = false;

	for (unsigned int side = 0; side < 2; side++) {
		for (uint32_t k = 0; k < m[side]->cap; k++) {
			const struct k2_cell *c = &m[side]->c[k];

			if (!c->used || (found && c->addr >= *addr) || k2_replay_peek(r, a, c->addr) == k2_replay_peek(r, b, c->addr))
				continue;
			*addr = c->addr;
			found = true;
		}
	}
	return found;
}

static bool is_array(const struct k2_replay *r, uint64_t map)
{
	const struct k2_func_desc *d = r->w->ctx.f->desc;
	uint32_t sym = (uint32_t)(map >> 28) & 0xfff;

	return k2_area_of(map) == K2_AREA_OTHER && sym && sym <= d->n_syms && d->syms[sym - 1].map_type == 2; /* BPF_MAP_TYPE_ARRAY */
}

/* Called twice with the same, it returns the same. */
static bool is_pure(const struct k2_replay *r, const struct k2_action *a)
{
	enum { MAP_LOOKUP_ELEM = 1 };
	const struct k2_helper *h;

	if (k2_isa_kind(a->insn) != K2_KIND_CALL || a->insn->src != K2_CALL_HELPER || (a->insn->flags & K2_F_SYM_IMM))
		return false;
	h = k2_helper_get((int32_t)a->insn->imm);
	return h && ((h->flags & K2_HELPER_PURE_IN_RUN) || (h->id == MAP_LOOKUP_ELEM && a->n_in && is_array(r, a->in[0])));
}

/* The same call on the same registers and the same bytes. */
static bool same_call(const struct k2_replay *r, const struct k2_action *a, const struct k2_action *b)
{
	uint64_t addr;

	if (a->insn->imm != b->insn->imm || a->n_in != b->n_in || memcmp(a->in, b->in, a->n_in * sizeof(a->in[0])) ||
	    memcmp(a->e->seen, b->e->seen, sizeof(a->e->seen)))
		return false;
	for (unsigned int k = 0; k < K2_STACK_SIZE; k++) {
		if (k2_stack_has(a->e->seen, k) && a->stack[k] != b->stack[k])
			return false;
	}
	return !a->e->sees_ext || !memory_differs(r, &a->mem, &b->mem, &addr);
}

/* What comes back: what the terms say, or what the same call gave before. */
static void results(struct k2_replay *r, struct k2_action *a)
{
	for (unsigned int n = 0; n < 10; n++)
		a->out[n] = (a->e->fresh_regs >> n & 1) && a->e->out[n] ? k2_replay_eval(r, a->e->out[n]) : 0;
	for (uint32_t k = 0; k < r->n_actions && is_pure(r, a); k++) {
		if (same_call(r, &r->actions[k], a)) {
			memcpy(a->out, r->actions[k].out, sizeof(a->out));
			return;
		}
	}
}

/* The old code does something: write it down, with what comes back. */
void k2_act_old(struct k2_env *e, const struct k2_insn *i, uint32_t number)
{
	struct k2_replay *r = e->r;
	struct k2_action a = { .insn = i, .at = e->s->at, .e = &r->w->old.events[number], .number = number };

	if (k2_isa_kind(i) == K2_KIND_OPAQUE) {
		k2_side_bad(e->s, "an instruction that nobody here knows");
		return;
	}
	inputs(e, &a, &r->w->old.points[e->s->at]);
	a.mem = e->s->mem;
	a.mem.c = k2_arena_dup(r->arena, a.mem.c, a.mem.cap, sizeof(*a.mem.c));
	if (!a.mem.c) {
		a.mem.cap = 0;
		r->failed = true;
	}
	memcpy(a.stack, e->s->stack, sizeof(a.stack));
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++)
		a.map[b] = (uint16_t)b;
	results(r, &a);
	if (!K2_VEC_PUSH(r->arena, r->actions, r->n_actions, r->cap_actions, a)) {
		r->failed = true;
		return;
	}
	e->s->n_actions++;
	effect(e, &r->actions[r->n_actions - 1]);
}

/* ---- differences ---- */

void k2_differ(struct k2_replay *r, uint32_t old_at, uint32_t new_at, uint64_t old, uint64_t new_, const char *what)
{
	struct k2_difference *d = &r->diff;

	if (d->found)
		return;
	d->found = d->values = true;
	d->old = old;
	d->new_ = new_;
	d->old_at = old_at;
	d->new_at = new_at;
	snprintf(d->what, sizeof(d->what), "%s", what);
}

void k2_differ_in_kind(struct k2_replay *r, uint32_t old_at, uint32_t new_at, const char *what)
{
	k2_differ(r, old_at, new_at, 0, 0, what);
	r->diff.values = false;
}

static uint32_t writer(const struct k2_cells *m, uint64_t addr)
{
	const struct k2_cell *c = k2_cell_find(m, addr);

	return c ? c->by : K2_NOBODY;
}

void k2_differ_in_memory(struct k2_replay *r, const struct k2_cells *a, const struct k2_cells *b)
{
	uint64_t addr = 0;

	if (r->diff.found || !memory_differs(r, a, b, &addr))
		return;
	k2_differ(r, writer(a, addr), writer(b, addr), k2_replay_peek(r, a, addr), k2_replay_peek(r, b, addr), "the byte at ");
	r->diff.memory = true;
	r->diff.addr = addr;
}

static bool same_operation(const struct k2_insn *a, const struct k2_insn *b)
{
	enum k2_kind kind = k2_isa_kind(a);

	if (kind != k2_isa_kind(b) || a->code != b->code || a->sym != b->sym)
		return false;
	if (kind == K2_KIND_OPAQUE)
		return a->imm == b->imm && a->off == b->off && a->dst == b->dst && a->src == b->src;
	if (kind == K2_KIND_LD_PKT)
		return K2_MODE(a->code) == K2_IND || a->imm == b->imm;
	if (kind == K2_KIND_LOAD || kind == K2_KIND_STORE)
		return (a->flags & K2_F_VOLATILE) == (b->flags & K2_F_VOLATILE);
	return a->imm == b->imm && (kind != K2_KIND_CALL || a->src == b->src);
}

static const struct k2_view *view_of(const struct k2_event *e, unsigned int reg)
{
	for (unsigned int k = 0; k < e->n_views; k++) {
		if (e->view[k].arg == reg)
			return &e->view[k];
	}
	return NULL;
}

/* An argument of a helper through which it looks at memory: where that lies may be nobody's business. */
static bool is_buffer(const struct k2_action *a, unsigned int reg)
{
	const struct k2_helper *h = NULL;

	if (k2_isa_kind(a->insn) == K2_KIND_CALL && a->insn->src == K2_CALL_HELPER && !(a->insn->flags & K2_F_SYM_IMM))
		h = k2_helper_get((int32_t)a->insn->imm);
	return h && reg >= 1 && reg <= 5 && h->arg[reg - 1] >= K2_ARG_MAP_KEY && h->arg[reg - 1] <= K2_ARG_FIXED_RW;
}

/* Where the new side has the buffers of the old side's call; false: not in the frame. Buffers that overlap in another way say nothing:
   what the callee does then is not modelled. */
static bool find_views(struct k2_side *s, const struct k2_action *o, struct k2_action *n)
{
	struct k2_view views[K2_ARRAY_SIZE(o->e->view)];
	uint8_t found = 0;

	for (uint32_t k = 0; k < n->n_in; k++) {
		const struct k2_view *v = view_of(o->e, n->in_reg[k]);
		uint64_t at = n->in[k] - K2_STACK_LOW;

		if (!v)
			continue;
		if (at >= K2_STACK_SIZE || at + v->size > K2_STACK_SIZE)
			return false;
		views[found++] = (struct k2_view){ v->arg, (uint16_t)at, v->size };
	}
	if (!k2_event_moves(o->e, views, found, n->map))
		k2_side_bad(s, "buffers that overlap in another way");
	return true;
}

/* Callees are known to look at whole addresses only, and at memory behind buffers that are where they were. */
static const char *no_difference(const struct k2_action *o, uint64_t old, uint64_t new_, uint8_t reg)
{
	if (is_buffer(o, reg))
		return "a buffer in another place";
	if (k2_isa_kind(o->insn) == K2_KIND_CALL && (uint32_t)old == (uint32_t)new_)
		return "an argument of which the callee may look at 32 bits";
	return NULL;
}

static void compare_inputs(struct k2_side *s, struct k2_replay *r, const struct k2_action *o, const struct k2_action *n, bool views)
{
	const char *why;
	char what[96];

	for (uint32_t k = 0; k < o->n_in && k < n->n_in; k++) {
		if (o->in[k] == n->in[k] || (views && view_of(o->e, o->in_reg[k])))
			continue;
		why = no_difference(o, o->in[k], n->in[k], o->in_reg[k]);
		if (why) {
			k2_side_bad(s, why);
			return;
		}
		if (o->in_reg[k] == 0xff)
			snprintf(what, sizeof(what), k ? "the value" : "the address");
		else
			snprintf(what, sizeof(what), "r%u", o->in_reg[k]);
		k2_differ(r, o->at, n->at, o->in[k], n->in[k], what);
	}
}

static void compare_seen(struct k2_env *e, const struct k2_action *o, const struct k2_action *n)
{
	char what[96];

	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (!k2_stack_has(o->e->seen, b) || o->stack[b] == e->s->stack[n->map[b]])
			continue;
		if (o->e->may_not_look && k2_isa_kind(o->insn) == K2_KIND_ATOMIC)
			continue; /* executed as what it is, later on */
		if (o->e->may_not_look) {
			k2_side_bad(e->s, "bytes at which the callee may not look");
			return;
		}
		snprintf(what, sizeof(what), "the stack byte at r10 - %u", K2_STACK_SIZE - b);
		k2_differ(e->r, o->at, n->at, o->stack[b], e->s->stack[n->map[b]], what);
	}
	if (o->e->sees_ext)
		k2_differ_in_memory(e->r, &o->mem, &e->s->mem);
}

/* The same access with its result in another register. */
static void redirect(struct k2_action *a, const struct k2_insn *i)
{
	int from = result_register(a->insn), to = result_register(i);

	if (from >= 0 && to >= 0)
		a->out[to] = a->out[from];
	a->insn = i;
}

static bool same_inputs(const struct k2_env *e, const struct k2_action *o, const struct k2_insn *i)
{
	for (uint32_t k = 0; k < o->n_in; k++) {
		if (o->in_reg[k] < 10 && !view_of(o->e, o->in_reg[k]) && o->in[k] != e->s->reg[o->in_reg[k]])
			return false;
	}
	return same_operation(o->insn, i);
}

/* The old action that this one is, past those that nobody misses; NULL: none is left. */
static const struct k2_action *partner(struct k2_env *e, const struct k2_insn *i)
{
	struct k2_replay *r = e->r;
	uint32_t first = e->s->n_actions, k = first;

	while (k < r->n_actions && r->actions[k].e->silent && !same_inputs(e, &r->actions[k], i))
		k++;
	for (uint32_t j = first; j < k && (k == r->n_actions || !same_operation(r->actions[k].insn, i)); j++)
		k = same_operation(r->actions[j].insn, i) ? j : k;
	e->s->n_actions = k;
	return k < r->n_actions ? &r->actions[k] : NULL;
}

/* The new code does something: is it what the old one did? */
void k2_act_new(struct k2_env *e, const struct k2_insn *i)
{
	struct k2_replay *r = e->r;
	const struct k2_action *o = partner(e, i);
	struct k2_action a = { .insn = i, .at = e->s->at };
	uint16_t map[K2_STACK_SIZE];
	struct k2_point any;
	bool views;

	if (!o || !same_operation(o->insn, i)) {
		k2_differ_in_kind(r, o ? o->at : K2_NOBODY, e->s->at, o ? "another action" : "an action that the old code does not do");
	} else {
		for (unsigned int k = 0; k < 11; k++)
			any.reg[k] = r->w->old.points[o->at].reg[k];
		inputs(e, &a, &any);
		views = find_views(e->s, o, &a);
		if (e->s->bad)
			return;
		compare_inputs(e->s, r, o, &a, views);
		memcpy(map, a.map, sizeof(map));
		if (!r->diff.found && !e->s->bad)
			compare_seen(e, o, &a);
		if (e->s->bad)
			return;
	}
	if (r->diff.found) {
		e->s->stopped = true;
		return;
	}
	e->s->n_actions++;
	a = *o;
	memcpy(a.map, map, sizeof(map));
	if (k2_isa_kind(i) == K2_KIND_LOAD || k2_isa_kind(i) == K2_KIND_ATOMIC)
		redirect(&a, i);
	effect(e, &a);
}

// SPDX-License-Identifier: BSD-2-Clause
/* Both pieces of code, one after the other, in the same concrete world. The old one's actions (calls, atomics, volatile
   accesses ...) are written down; the new one has to do the same ones on the same values, and gets the same results. Plain
   loads and stores go to one memory, whatever pointer they come through. */
#include "concsem.h"
#include "replay_impl.h"
#include <stdio.h>
#include <string.h>

/* The environment of the interpreter: one side of a replay. */
struct env {
	struct k2_replay *r;
	struct k2_side *s;
};

#define STACK_LOW (k2_addr(K2_AREA_STACK, 0, 0) - K2_STACK_SIZE)

static bool on_stack(uint64_t addr)
{
	return addr - STACK_LOW < K2_STACK_SIZE;
}

static bool bad(struct k2_side *s, const char *why)
{
	if (!s->bad)
		s->bad = why;
	s->stopped = true;
	return false;
}

/* What no program that loads does: in code that should do the same as one that loads, it is a difference. */
static bool wrong(struct k2_side *s, const char *why)
{
	s->wrong = !s->bad;
	return bad(s, why);
}

/* ---- memory ---- */

static uint8_t noise(uint64_t addr)
{
	return (uint8_t)(k2_hash_mix(k2_hash_mix(7, addr), addr >> 8) >> 20);
}

static uint8_t peek(const struct k2_replay *r, const struct k2_cells *m, uint64_t addr)
{
	const struct k2_cell *c = k2_cell_find(m, addr);

	if (!c)
		c = k2_cell_find(&r->init, addr);
	return c ? c->value : noise(addr);
}

static uint8_t read_byte(struct env *e, uint64_t addr)
{
	uint64_t at = addr - STACK_LOW;
	uint8_t v;

	if (at < K2_STACK_SIZE) {
		if (e->s->stack_by[at] == K2_NOBODY)
			e->r->read_stack[at / 64] |= 1ull << (at % 64);
		return e->s->stack[at];
	}
	v = peek(e->r, &e->s->mem, addr);
	if (!k2_cell_find(&e->s->mem, addr))
		e->r->failed |= !k2_cell_put(e->r->arena, &e->r->read_mem, addr, v, K2_NOBODY);
	return v;
}

static void write_byte(struct env *e, uint64_t addr, uint8_t v)
{
	uint64_t at = addr - STACK_LOW;

	if (at < K2_STACK_SIZE) {
		e->s->stack[at] = v;
		e->s->stack_by[at] = e->s->at;
	} else {
		e->r->failed |= !k2_cell_put(e->r->arena, &e->s->mem, addr, v, e->s->at);
	}
}

static unsigned int shift_of(const struct k2_replay *r, unsigned int size, unsigned int k)
{
	return 8 * (r->w->ctx.f->desc->big_endian ? size - 1 - k : k);
}

/* A field that the terms do not speak of: only the new code of a function looks at it. */
static bool unspoken_context(struct env *e, uint64_t addr, unsigned int size, uint64_t *value)
{
	struct k2_aval base = k2_aval_region(K2_RG_CTX, 0), v;

	base.num = k2_aval_scalar(addr - k2_addr(K2_AREA_CTX, 0, 0)).num;
	v = k2_absint_loaded(e->r->w->ctx.f, &base, 0, size);
	for (uint32_t k = 0; k < e->r->n_whole; k++) { /* they may speak of a part of it, at some time */
		const struct k2_whole *x = &e->r->whole[k];

		v.region = !x->far && x->addr < addr + size && addr < x->addr + x->size ? K2_RG_ANY : v.region;
	}
	if (!e->r->func || v.region != K2_RG_SCALAR)
		return bad(e->s, "a load of the context that has no value");
	*value = 0;
	for (unsigned int k = 0; k < size; k++)
		*value |= (uint64_t)noise(addr + k) << shift_of(e->r, size, k);
	*value = (*value & ~v.num.zeros) | v.num.ones;
	return true;
}

/* The context as the terms speak of it: after event `version`, or the latest before it, or the first after it. */
static bool ctx_load(struct env *e, uint64_t addr, unsigned int size, uint64_t *value)
{
	struct k2_replay *r = e->r;
	uint32_t best = K2_NOBODY;

	for (uint32_t k = 0; k < r->n_whole; k++) {
		const struct k2_whole *x = &r->whole[k], *b = best == K2_NOBODY ? NULL : &r->whole[best];
		bool later = x->version > e->s->ctx_version;

		if (x->far || x->addr != addr || x->size != size)
			continue;
		if (!b || (b->version > e->s->ctx_version ? x->version < b->version : !later && x->version > b->version))
			best = k;
	}
	if (best == K2_NOBODY)
		return unspoken_context(e, addr, size, value);
	r->read_whole[best] = true;
	*value = r->whole[best].value;
	return true;
}

/* A four-byte load that gives a whole pointer, as long as nobody wrote there. */
static bool wide_load(struct env *e, uint64_t addr, unsigned int size, uint64_t *value)
{
	for (uint32_t k = 0; k < e->r->n_whole; k++) {
		const struct k2_whole *x = &e->r->whole[k];

		if (!x->far || x->addr != addr || x->size != size || x->value <= k2_mask(8 * size) || x->version)
			continue;
		*value = x->value;
		return !k2_cell_find(&e->s->mem, addr);
	}
	return false;
}

static bool check_access(struct env *e, uint64_t addr, unsigned int size)
{
	if (on_stack(addr) != on_stack(addr + size - 1))
		return wrong(e->s, "an access across the end of the frame");
	if (k2_area_of(addr) == K2_AREA_PKT && e->r->packet_end && addr + size > e->r->packet_end)
		return wrong(e->s, "an access behind the packet");
	if (addr < 4096)
		return wrong(e->s, "an access through NULL");
	return true;
}

static bool env_load(void *user, uint64_t addr, unsigned int size, uint64_t *value)
{
	struct env *e = user;
	uint64_t v = 0;

	if (!check_access(e, addr, size))
		return false;
	if (k2_area_of(addr) == K2_AREA_CTX)
		return ctx_load(e, addr, size, value);
	if (size == 4 && wide_load(e, addr, size, value))
		return true;
	for (unsigned int k = 0; k < size; k++)
		v |= (uint64_t)read_byte(e, addr + k) << shift_of(e->r, size, k);
	*value = v;
	return true;
}

static bool env_store(void *user, uint64_t addr, unsigned int size, uint64_t value)
{
	struct env *e = user;

	if (!check_access(e, addr, size))
		return false;
	if (k2_area_of(addr) == K2_AREA_CTX) /* an action; its effect is the version */
		return true;
	for (unsigned int k = 0; k < size; k++)
		write_byte(e, addr + k, (uint8_t)(value >> shift_of(e->r, size, k)));
	return true;
}

static uint64_t sext32(uint64_t v)
{
	return (uint64_t)k2_sext(v, 32);
}

static bool symbol_address(struct env *e, const struct k2_insn *i, uint64_t *value)
{
	const struct k2_symbol *sym = k2_func_symbol(e->r->w->ctx.f, i);

	if (!sym) {
		*value = k2_addr(K2_AREA_OTHER, 0x800u + i->src, (uint64_t)i->imm << 4);
		return true;
	}
	if (sym->kind == K2_SYM_CORE) {
		if (!k2_replay_named(e->r, K2_FN_CORE, 64, i->sym, value))
			*value = k2_hash_mix(3, i->sym);
		return true;
	}
	if (!k2_replay_named(e->r, K2_FN_SYMBOL, 64, i->sym, value))
		*value = k2_addr(sym->kind == K2_SYM_DATA ? K2_AREA_DATA : K2_AREA_OTHER, i->sym, 0);
	*value += (uint64_t)i->imm;
	return true;
}

static bool env_symbol(void *user, const struct k2_insn *i, uint64_t *value)
{
	struct env *e = user;

	if (k2_isa_kind(i) == K2_KIND_LD_IMM64)
		return symbol_address(e, i, value);
	if (k2_replay_named(e->r, K2_FN_CORE, 32, i->sym, value))
		*value = sext32(*value);
	else
		*value = sext32(k2_hash_mix(3, i->sym));
	return true;
}

/* ---- actions ---- */

static uint64_t address_of(struct env *e, const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);
	unsigned int base = kind == K2_KIND_LOAD || (kind == K2_KIND_ATOMIC && i->imm == K2_LOAD_ACQ) ? i->src : i->dst;
	uint64_t off = (uint64_t)(int64_t)i->off;

	if (i->flags & K2_F_SYM_OFF)
		env_symbol(e, i, &off);
	return e->s->reg[base] + off;
}

static bool is_action(struct env *e, const struct k2_insn *i)
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
static void call_inputs(struct env *e, struct k2_action *a, const struct k2_point *old)
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

static void inputs(struct env *e, struct k2_action *a, const struct k2_point *old)
{
	const struct k2_insn *i = a->insn;

	switch (k2_isa_kind(i)) {
	case K2_KIND_LOAD: input(a, address_of(e, i), 0xff); break;
	case K2_KIND_STORE: case K2_KIND_ATOMIC:
		input(a, address_of(e, i), 0xff);
		if (k2_isa_kind(i) == K2_KIND_STORE)
			input(a, conc_store(0, i, e->s->reg[i->src]), 0xff);
		else if (i->imm != K2_LOAD_ACQ)
			input(a, e->s->reg[i->src], i->src);
		if (k2_isa_kind(i) == K2_KIND_ATOMIC && i->imm == K2_CMPXCHG)
			input(a, e->s->reg[0], 0);
		break;
	case K2_KIND_LD_PKT:
		input(a, e->s->reg[6], 6);
		if (K2_MODE(i->code) == K2_IND)
			input(a, (uint32_t)e->s->reg[i->src], i->src);
		break;
	default: call_inputs(e, a, old); break;
	}
}

static const struct k2_interp_env *interp(struct env *e, struct k2_interp_env *x)
{
	*x = (struct k2_interp_env){ .user = e, .big_endian = e->r->w->ctx.f->desc->big_endian, .load = env_load,
				     .store = env_store, .symbol = env_symbol };
	return x;
}

static enum k2_step step(struct env *e, const struct k2_insn *i)
{
	struct k2_interp_env x;

	return k2_interp_step(interp(e, &x), i, e->s->reg);
}

/* The register that a load or atomic writes; -1: none. */
static int result_register(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LOAD ? i->dst : sem_atomic_def(i);
}

/* Memory that others share may have been changed by them just before it is looked at: so it holds what the old side's unknown
   result says. */
static void preset(struct env *e, const struct k2_action *a)
{
	unsigned int size = k2_isa_access_size(a->insn);
	int r = result_register(a->insn);

	if (on_stack(a->in[0]) || r < 0 || k2_area_of(a->in[0]) == K2_AREA_CTX)
		return;
	for (unsigned int k = 0; k < size; k++)
		write_byte(e, a->in[0] + k, (uint8_t)(a->out[r] >> shift_of(e->r, size, k)));
}

static void volatile_load(struct env *e, const struct k2_action *a)
{
	const struct k2_insn *i = a->insn;

	if (on_stack(a->in[0]))
		step(e, i);
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
static void foreign_effect(struct env *e, const struct k2_action *a)
{
	const struct k2_event *v = a->e;

	for (unsigned int r = 0; r < 10; r++) {
		if (v->out_regs >> r & 1)
			e->s->reg[r] = v->fresh_regs >> r & 1 ? a->out[r] : 0xdead0badca110000ull | r;
	}
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		uint64_t value;

		if (k2_stack_has(v->written, b) && writes_it(e->r, v, b, &value))
			write_byte(e, STACK_LOW + a->map[b], (uint8_t)value);
	}
	for (uint32_t k = 0; v->writes_ext && k < e->r->n_spoken; k++) {
		const struct k2_spoken *b = &e->r->spoken[k];

		if (b->version == a->number + 1 && !on_stack(b->addr))
			write_byte(e, b->addr, b->value);
	}
	if (v->writes_ctx)
		e->s->ctx_version = a->number + 1;
}

static void effect(struct env *e, const struct k2_action *a)
{
	switch (k2_isa_kind(a->insn)) {
	case K2_KIND_LOAD: volatile_load(e, a); break;
	case K2_KIND_STORE:
		step(e, a->insn);
		if (k2_area_of(a->in[0]) == K2_AREA_CTX)
			e->s->ctx_version = a->number + 1;
		break;
	case K2_KIND_ATOMIC:
		preset(e, a);
		if (step(e, a->insn) != K2_STEP_NEXT)
			bad(e->s, "an atomic that cannot be executed");
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

			if (!c->used || (found && c->addr >= *addr) || peek(r, a, c->addr) == peek(r, b, c->addr))
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
static void act_old(struct env *e, const struct k2_insn *i, uint32_t number)
{
	struct k2_replay *r = e->r;
	struct k2_action a = { .insn = i, .at = e->s->at, .e = &r->w->old.events[number], .number = number };

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

static void differ(struct k2_replay *r, uint32_t old_at, uint32_t new_at, uint64_t old, uint64_t new_, const char *what)
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

static void differ_in_kind(struct k2_replay *r, uint32_t old_at, uint32_t new_at, const char *what)
{
	differ(r, old_at, new_at, 0, 0, what);
	r->diff.values = false;
}

static uint32_t writer(const struct k2_cells *m, uint64_t addr)
{
	const struct k2_cell *c = k2_cell_find(m, addr);

	return c ? c->by : K2_NOBODY;
}

static void compare_memory(struct k2_replay *r, const struct k2_cells *a, const struct k2_cells *b)
{
	uint64_t addr = 0;

	if (r->diff.found || !memory_differs(r, a, b, &addr))
		return;
	differ(r, writer(a, addr), writer(b, addr), peek(r, a, addr), peek(r, b, addr), "the byte at ");
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

/* Where the new side has the buffers of the old side's call; false: not in the frame. Buffers that overlap in another way say nothing:
   what the callee does then is not modelled. */
static bool find_views(struct k2_side *s, const struct k2_action *o, struct k2_action *n)
{
	struct k2_view views[K2_ARRAY_SIZE(o->e->view)];
	uint8_t found = 0;

	for (uint32_t k = 0; k < n->n_in; k++) {
		const struct k2_view *v = view_of(o->e, n->in_reg[k]);
		uint64_t at = n->in[k] - STACK_LOW;

		if (!v)
			continue;
		if (at >= K2_STACK_SIZE || at + v->size > K2_STACK_SIZE)
			return false;
		views[found++] = (struct k2_view){ v->arg, (uint16_t)at, v->size };
	}
	if (!k2_event_moves(o->e, views, found, n->map))
		bad(s, "buffers that overlap in another way");
	return true;
}

static void compare_inputs(struct k2_replay *r, const struct k2_action *o, const struct k2_action *n, bool views)
{
	char what[96];

	for (uint32_t k = 0; k < o->n_in && k < n->n_in; k++) {
		if (o->in[k] == n->in[k] || (views && view_of(o->e, o->in_reg[k])))
			continue;
		if (o->in_reg[k] == 0xff)
			snprintf(what, sizeof(what), k ? "the value" : "the address");
		else
			snprintf(what, sizeof(what), "r%u", o->in_reg[k]);
		differ(r, o->at, n->at, o->in[k], n->in[k], what);
	}
}

static void compare_seen(struct env *e, const struct k2_action *o, const struct k2_action *n)
{
	char what[96];

	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (!k2_stack_has(o->e->seen, b) || o->stack[b] == e->s->stack[n->map[b]])
			continue;
		snprintf(what, sizeof(what), "the stack byte at r10 - %u", K2_STACK_SIZE - b);
		differ(e->r, o->at, n->at, o->stack[b], e->s->stack[n->map[b]], what);
	}
	if (o->e->sees_ext)
		compare_memory(e->r, &o->mem, &e->s->mem);
}

/* The same access with its result in another register. */
static void redirect(struct k2_action *a, const struct k2_insn *i)
{
	int from = result_register(a->insn), to = result_register(i);

	if (from >= 0 && to >= 0)
		a->out[to] = a->out[from];
	a->insn = i;
}

/* The new code does something: is it what the old one did? */
static void act_new(struct env *e, const struct k2_insn *i)
{
	struct k2_replay *r = e->r;
	const struct k2_action *o = e->s->n_actions < r->n_actions ? &r->actions[e->s->n_actions] : NULL;
	struct k2_action a = { .insn = i, .at = e->s->at };
	uint16_t map[K2_STACK_SIZE];
	struct k2_point any;
	bool views;

	if (!o || !same_operation(o->insn, i)) {
		differ_in_kind(r, o ? o->at : K2_NOBODY, e->s->at, o ? "another action" : "an action that the old code does not do");
	} else {
		for (unsigned int k = 0; k < 11; k++)
			any.reg[k] = r->w->old.points[o->at].reg[k];
		inputs(e, &a, &any);
		views = find_views(e->s, o, &a);
		if (e->s->bad)
			return;
		compare_inputs(r, o, &a, views);
		memcpy(map, a.map, sizeof(map));
		if (!r->diff.found)
			compare_seen(e, o, &a);
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

/* ---- running ---- */

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
		bad(s, "another way through the old code");
	} else if (taken && !(i->flags & K2_F_GOES))
		leave(s, K2_END_JUMPS, i->target);
}

static void plain(struct env *e, const struct k2_insn *i)
{
	switch (step(e, i)) {
	case K2_STEP_NEXT:
		if (k2_isa_kind(i) == K2_KIND_JUMP)
			jumped(e->r, e->s, i, false);
		break;
	case K2_STEP_TAKEN: jumped(e->r, e->s, i, true); break;
	case K2_STEP_EXIT: leave(e->s, K2_END_EXITS, 0); break;
	case K2_STEP_FAULT: bad(e->s, "a fault"); break;
	case K2_STEP_UNSUPPORTED: bad(e->s, "an instruction that is not modelled"); break;
	}
}

static void execute(struct env *e, const struct k2_insn *i, bool old)
{
	struct k2_side *s = e->s;
	uint16_t writes = k2_isa_writes(i);
	bool event = old && e->r->w->old.points[s->at].event;

	if (!is_action(e, i))
		plain(e, i);
	else if (!old)
		act_new(e, i);
	else if (event)
		act_old(e, i, s->n_events);
	else
		bad(s, "an action that the terms know nothing of");
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
	struct env e = { r, s };

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
	struct env e = { r, s };

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
			wrong(s, "no end");
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
		differ(r, o->reg_by[k], n->reg_by[k], o->reg[k] & mask, n->reg[k] & mask, what);
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
		differ(r, o->stack_by[b], n->stack_by[b], o->stack[b], n->stack[b], what);
	}
}

static void compare_ends(struct k2_replay *r)
{
	struct k2_side *o = &r->side[0], *n = &r->side[1];

	if (n->n_actions < o->n_actions)
		differ_in_kind(r, r->actions[n->n_actions].at, K2_NOBODY, "an action that the new code does not do");
	compare_memory(r, &o->mem, &n->mem);
	if ((o->end == K2_END_EXITS) != (n->end == K2_END_EXITS) || o->target != n->target)
		differ_in_kind(r, o->n - 1, n->n ? n->n - 1 : K2_NOBODY,
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
			differ_in_kind(r, K2_NOBODY, r->side[1].at, r->side[1].bad);
		return r->func && r->diff.found;
	}
	if (!r->diff.found)
		compare_ends(r);
	return r->diff.found;
}

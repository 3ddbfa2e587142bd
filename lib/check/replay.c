// SPDX-License-Identifier: BSD-2-Clause
/* Where counterexamples come from: values for the unknowns of a comparison, and the concrete world that they describe. A model
   of the solver may be of no world at all (two bytes at one address, pointers into each other), so it is only a proposal:
   pointers get addresses, memory gets its bytes from the loads that speak of it, and then both pieces of code run. */
#include "replay_impl.h"
#include <stdlib.h>
#include <string.h>

enum {
	VECTORS = 40,      /* test vectors per layout of pointers */
	CHOICES = 3,       /* of numbers in addresses, per layout, for the solver */
		MODELS = 3,        /* refuted pairs that are looked at */
	MAX_ASSUME = 512,
	FAR_APART = 0x10000,
};

/* ---- bytes by address ---- */

struct k2_cell *k2_cell_find(const struct k2_cells *m, uint64_t addr)
{
	for (uint64_t k = k2_hash_mix(0, addr); m->cap; k++) {
		struct k2_cell *c = &m->c[k & (m->cap - 1)];

		if (!c->used)
			return NULL;
		if (c->addr == addr)
			return c;
	}
	return NULL;
}

static void cell_insert(struct k2_cells *m, struct k2_cell x)
{
	uint64_t k = k2_hash_mix(0, x.addr);

	while (m->c[k & (m->cap - 1)].used)
		k++;
	m->c[k & (m->cap - 1)] = x;
	m->n++;
}

static bool cells_grow(struct k2_arena *a, struct k2_cells *m)
{
	struct k2_cells more = { .cap = m->cap ? 2 * m->cap : 64 };

	more.c = k2_arena_calloc(a, more.cap, sizeof(*more.c));
	for (uint32_t k = 0; more.c && k < m->cap; k++) {
		if (m->c[k].used)
			cell_insert(&more, m->c[k]);
	}
	if (more.c)
		*m = more;
	return more.c;
}

bool k2_cell_put(struct k2_arena *a, struct k2_cells *m, uint64_t addr, uint8_t value, uint32_t by)
{
	struct k2_cell *c = k2_cell_find(m, addr);

	if (!c && 2 * m->n >= m->cap && !cells_grow(a, m))
		return false;
	if (c)
		*c = (struct k2_cell){ addr, value, true, by };
	else
		cell_insert(m, (struct k2_cell){ addr, value, true, by });
	return true;
}

/* ---- the unknowns ---- */

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

static bool atom_index(const struct k2_replay *r, k2_t t, uint32_t *at)
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
		if (is_unknown(t) && atom_index(r, t, &at))
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

		if (t->op != K2_T_SELECT || t->imm != K2_FN_PARTLY || !atom_index(r, t->args[0], &at))
			continue;
		r->next_part[k] = r->part[at];
		r->part[at] = k + 1;
	}
}

uint32_t k2_replay_part(const struct k2_replay *r, k2_t written)
{
	uint32_t at;

	return atom_index(r, written, &at) ? r->part[at] : 0;
}

static void collect(struct k2_replay *r)
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

static uint64_t value_of(void *user, k2_t atom)
{
	struct k2_replay *r = user;
	uint32_t at;

	if (atom_index(r, atom, &at))
		return r->value[at];
	return k2_t_sample(atom, 0); /* made after the walk: nobody's */
}

uint64_t k2_replay_eval(struct k2_replay *r, k2_t t)
{
	uint64_t v = 0;

	r->failed |= k2_t_eval(r->w->ctx.terms, &t, 1, value_of, r, &v) != K2_OK;
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

/* ---- addresses ---- */

static enum k2_region region_of(k2_t atom)
{
	return (enum k2_region)(atom->tag & 0xff);
}

static uint32_t id_of(k2_t atom)
{
	return (uint32_t)(atom->tag >> 8);
}

static bool is_fn(k2_t t, enum k2_fn fn)
{
	return t->op == K2_T_SELECT && t->imm == fn;
}

static k2_t first_of(const struct k2_replay *r, enum k2_region region)
{
	for (uint32_t k = 0; k < r->n_atoms; k++) {
		if (region_of(r->atoms[k]) == region && r->atoms[k]->width == 64)
			return r->atoms[k];
	}
	return NULL;
}

static bool may_be_target(k2_t t, bool value)
{
	switch (region_of(t)) {
	case K2_RG_PKT: case K2_RG_MEM: return !value;
	case K2_RG_MAP_VALUE: return !value || id_of(t);
	case K2_RG_DATA: return true;
	default: return false;
	}
}

/* Where a pointer of unknown kind (`value`: to a value of some map or global variable) points: to what another pointer does. */
static uint64_t somewhere(const struct k2_replay *r, bool value, uint64_t off)
{
	uint32_t n = 0, nth;

	for (uint32_t k = 0; k < r->n_atoms; k++)
		n += r->is_base[k] && may_be_target(r->atoms[k], value);
	nth = n ? r->choice % n : 0;
	for (uint32_t k = 0; k < r->n_atoms && n; k++) {
		k2_t t = r->atoms[k];

		if (!r->is_base[k] || !may_be_target(t, value) || nth-- > 0)
			continue;
		switch (region_of(t)) {
		case K2_RG_PKT: return k2_addr(K2_AREA_PKT, 0, off);
		case K2_RG_MEM: return k2_addr(K2_AREA_MEM, 0, off);
		case K2_RG_DATA: return k2_addr(K2_AREA_DATA, id_of(t), off);
		default: return k2_addr(K2_AREA_VALUE, id_of(t), off);
		}
	}
	return k2_addr(value ? K2_AREA_VALUE : K2_AREA_FAR, 0, off);
}

/* Layouts of pointers that may be equal: far apart; equal; one and four bytes apart; equal, and those that may point into the
   stack do. */
static const uint32_t distance[K2_LAYOUTS] = { FAR_APART, 0, 1, 4, 0 };
enum { LAYOUT_APART = 0, LAYOUT_STACK = 4 };

static bool place(struct k2_replay *r, uint32_t k, unsigned int layout, uint32_t ordinal[16], uint64_t *addr)
{
	k2_t t = r->atoms[k];
	enum k2_region region = region_of(t);
	uint64_t off = (uint64_t)ordinal[region & 15] * distance[layout];

	if (t->width != 64 || region == K2_RG_SCALAR)
		return false;
	if ((region == K2_RG_FOREIGN || region == K2_RG_ANY) && !r->is_base[k])
		return false;
	if ((region == K2_RG_MAP_VALUE || region == K2_RG_MEM) && !r->is_base[k] && !r->value[k])
		return false; /* NULL */
	ordinal[region & 15]++;
	switch (region) {
	case K2_RG_STACK: *addr = k2_addr(K2_AREA_STACK, 0, 0); break;
	case K2_RG_CTX: *addr = k2_addr(K2_AREA_CTX, 0, is_fn(t, K2_FN_CTX) ? 0 : 8 * (uint64_t)ordinal[K2_RG_CTX]); break;
	case K2_RG_PKT: *addr = k2_addr(K2_AREA_PKT, 0, off); break;
	case K2_RG_PKT_END: *addr = r->packet_end; break;
	case K2_RG_MAP_VALUE:
		*addr = layout && !id_of(t) ? somewhere(r, true, off) : k2_addr(K2_AREA_VALUE, id_of(t), off);
		break;
	case K2_RG_DATA: *addr = k2_addr(K2_AREA_DATA, id_of(t), is_fn(t, K2_FN_SYMBOL) ? 0 : off); break;
	case K2_RG_MEM: *addr = k2_addr(K2_AREA_MEM, 0, off); break;
	case K2_RG_MAP: *addr = k2_addr(K2_AREA_OTHER, id_of(t), 0); break;
	case K2_RG_ANY:
		if (layout == LAYOUT_STACK) {
			*addr = k2_addr(K2_AREA_STACK, 0, 0 - 8 * (uint64_t)ordinal[K2_RG_ANY]);
			break;
		}
		/* fallthrough */
	default: *addr = layout ? somewhere(r, false, off) : k2_addr(K2_AREA_FAR, 0, off); break;
	}
	return true;
}

/* Somebody compares with the end of the packet: where is it? As far from the first packet pointer as `hint` says, or one of
   the usual places. */
static void place_end(struct k2_replay *r, bool hinted, unsigned int choice)
{
	static const uint64_t lengths[] = { 0x8000000, 64, 14, 0 };
	k2_t end = first_of(r, K2_RG_PKT_END), start = first_of(r, K2_RG_PKT);
	uint64_t length = lengths[choice % K2_ARRAY_SIZE(lengths)];
	uint32_t e, s;

	r->packet_end = 0;
	if (!end || !atom_index(r, end, &e))
		return;
	if (hinted && start && atom_index(r, start, &s) && r->value[e] - r->value[s] < 0x8000)
		length = r->value[e] - r->value[s];
	r->packet_end = k2_addr(K2_AREA_PKT, 0, length);
}

/* ---- values ---- */

static bool within_known(k2_t t, uint64_t v)
{
	return !(v & t->zeros) && (v & t->ones) == t->ones && v >= t->umin && v <= t->umax;
}

enum source { FROM_MODEL, FROM_VECTOR, FROM_WORLD };

static int by_told_id(const void *a, const void *b)
{
	uint32_t x = ((const struct k2_told *)a)->id, y = ((const struct k2_told *)b)->id;

	return x < y ? -1 : x > y;
}

static uint64_t value_from(const struct k2_replay *r, enum source from, uint64_t vector, k2_t t)
{
	struct k2_told key = { .id = t->id }, *told = NULL;

	if (from == FROM_MODEL)
		return k2_solver_model(r->ck->solver, t);
	if (from == FROM_WORLD && r->world->n_told)
		told = bsearch(&key, r->world->told, r->world->n_told, sizeof(key), by_told_id);
	return told ? told->value : k2_t_sample(t, vector);
}

/* Pointers are placed, numbers in addresses are small where pointers meet, the rest is as the source says. */
static void assign(struct k2_replay *r, enum source from, uint64_t vector, unsigned int layout)
{
	uint32_t ordinal[16] = { 0 };
	uint64_t small;

	for (uint32_t k = 0; k < r->n_atoms; k++) {
		k2_t t = r->atoms[k];

		r->value[k] = value_from(r, from, vector, t);
		small = k2_hash_mix(vector, t->id) >> 8 & (vector & 1 ? 3 : 15);
		if (layout && r->is_base[k] && from != FROM_MODEL && within_known(t, small))
			r->value[k] = small;
	}
	r->choice = (uint32_t)vector;
	place_end(r, from == FROM_MODEL || (from == FROM_WORLD && r->world->n_told), (unsigned int)(vector + layout));
	for (uint32_t k = 0; k < r->n_atoms; k++) {
		uint64_t addr;

		r->placed[k] = place(r, k, layout, ordinal, &addr);
		if (r->placed[k])
			r->value[k] = addr;
	}
}

/* ---- the world ---- */

static bool add_spoken(struct k2_replay *r, uint32_t version, uint64_t addr, uint64_t value)
{
	struct k2_spoken b = { version, addr, (uint8_t)value };

	return K2_VEC_PUSH(r->arena, r->spoken, r->n_spoken, r->cap_spoken, b);
}

static void speak_byte(struct k2_replay *r, k2_t t, uint64_t value)
{
	if (k2_t_is_const(t->args[0]))
		r->failed |= !add_spoken(r, (uint32_t)t->args[0]->imm, k2_replay_eval(r, t->args[1]) + t->args[2]->imm, value);
}

static void speak_whole(struct k2_replay *r, k2_t t, uint64_t value, bool far)
{
	struct k2_whole x = { .size = (uint32_t)t->args[3]->imm, .value = value, .far = far };
	bool big = r->w->ctx.f->desc->big_endian;

	if (!k2_t_is_const(t->args[0]))
		return;
	x.version = (uint32_t)t->args[0]->imm;
	x.addr = k2_replay_eval(r, t->args[1]) + t->args[2]->imm;
	r->failed |= !K2_VEC_PUSH(r->arena, r->whole, r->n_whole, r->cap_whole, x);
	for (uint32_t b = 0; far && b < x.size; b++)
		r->failed |= !add_spoken(r, x.version, x.addr + b, value >> (8 * (big ? x.size - 1 - b : b)));
}

/* Loads of the context of several widths speak of the same bytes: the widest decides. False: they contradict. */
static bool reconcile_whole(struct k2_replay *r)
{
	bool big = r->w->ctx.f->desc->big_endian;

	for (uint32_t k = 0; k < r->n_whole; k++) {
		struct k2_whole *x = &r->whole[k];

		for (uint32_t j = 0; j < r->n_whole; j++) {
			const struct k2_whole *y = &r->whole[j];
			uint64_t at = x->addr - y->addr;

			if (x->far || y->far || x->version != y->version || j == k || (x->size == y->size && !at))
				continue;
			if (at + x->size <= y->size && at < y->size)
				x->value = y->value >> (8 * (big ? y->size - x->size - at : at)) & k2_mask(8 * x->size);
			else if (at && at < y->size)
				return false;
		}
	}
	return true;
}

/* What memory holds at entry: of each byte, what the earliest word says of it. */
static bool fill_init(struct k2_replay *r)
{
	for (uint32_t v = 0; v <= r->w->old.n_events; v++) {
		for (uint32_t k = 0; k < r->n_spoken; k++) {
			const struct k2_spoken *b = &r->spoken[k];

			if (b->version == v && !k2_cell_find(&r->init, b->addr) &&
			    !k2_cell_put(r->arena, &r->init, b->addr, b->value, K2_NOBODY))
				return false;
		}
	}
	return true;
}

static bool fill_entry(struct k2_replay *r)
{
	uint64_t bytes[K2_STACK_SIZE];

	for (unsigned int k = 0; k < 11; k++) {
		k2_t t = r->w->ctx.reg[k];

		r->entry_reg[k] = t ? k2_replay_eval(r, t) : 0xdead0badca110000ull | k;
	}
	if (k2_t_eval(r->w->ctx.terms, r->stack, K2_STACK_SIZE, value_of, r, bytes) != K2_OK)
		return false;
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++)
		r->entry_stack[b] = (uint8_t)bytes[b];
	return true;
}

static bool make_world(struct k2_replay *r)
{
	memset(&r->init, 0, sizeof(r->init));
	r->spoken = NULL;
	r->whole = NULL;
	r->n_spoken = r->cap_spoken = r->n_whole = r->cap_whole = 0;
	for (uint32_t k = 0; k < r->n_atoms; k++) {
		k2_t t = r->atoms[k];

		if (is_fn(t, K2_FN_BYTE))
			speak_byte(r, t, r->value[k]);
		else if (is_fn(t, K2_FN_FAR_LOAD) || is_fn(t, K2_FN_CTX_LOAD))
			speak_whole(r, t, r->value[k], t->imm == K2_FN_FAR_LOAD);
	}
	r->read_whole = k2_arena_calloc(r->arena, r->n_whole, 1);
	return r->read_whole && reconcile_whole(r) && fill_init(r) && fill_entry(r) && !r->failed;
}

/* ---- assumptions: a layout as the solver has to take it ---- */

struct assumptions {
	k2_t a[MAX_ASSUME];
	unsigned int n;
};

static void assume_equal(struct k2_replay *r, struct assumptions *x, k2_t a, k2_t b)
{
	k2_t eq = a->width == b->width ? k2_t_eq(r->w->ctx.terms, a, b) : NULL;

	if (eq && x->n < MAX_ASSUME)
		x->a[x->n++] = eq;
}

/* What a byte of memory is where all addresses are known: a byte stored before, or the first unknown that speaks of the same
   place. */
static k2_t resolve(struct k2_replay *r, k2_t byte)
{
	uint64_t addr = k2_replay_eval(r, byte->args[1]) + byte->args[2]->imm;
	k2_t v = byte->args[0];

	while (is_fn(v, K2_FN_MEM)) {
		uint64_t base = v->n_args > 2 ? k2_replay_eval(r, v->args[1]) : 0;

		for (unsigned int k = 2; k + 1 < v->n_args; k += 2) {
			if (base + v->args[k]->imm == addr)
				return v->args[k + 1];
		}
		v = v->args[0];
	}
	for (uint32_t k = 0; k < r->n_atoms; k++) {
		k2_t t = r->atoms[k];

		if (is_fn(t, K2_FN_BYTE) && t->args[0] == v && k2_replay_eval(r, t->args[1]) + t->args[2]->imm == addr)
			return t;
	}
	return byte;
}

static void assume_layout(struct k2_replay *r, struct assumptions *x)
{
	x->n = 0;
	for (uint32_t k = 0; k < r->n_assume && x->n < MAX_ASSUME; k++)
		x->a[x->n++] = r->assume[k];
	for (uint32_t k = 0; k < r->n_atoms && x->n < MAX_ASSUME; k++) {
		k2_t t = r->atoms[k], is = NULL;

		if (r->placed[k] || r->is_base[k])
			assume_equal(r, x, t, k2_t_const(r->w->ctx.terms, t->width, r->value[k]));
		else if (is_fn(t, K2_FN_BYTE) && (is = resolve(r, t)) != t)
			assume_equal(r, x, t, is);
	}
}

/* ---- attempts ---- */

static bool attempt(struct k2_replay *r)
{
	struct k2_arena_mark mark = k2_arena_mark(r->arena);
	bool found = make_world(r) && k2_replay_run(r) && !r->failed;

	if (found)
		k2_replay_print(r, r->ck->explain);
	r->failed = false;
	if (!r->func) /* who runs functions looks at the sides afterwards */
		k2_arena_release(r->arena, mark);
	return found;
}

/* The models of a pair that is not equal, in every layout. */
static bool by_model(struct k2_replay *r, k2_t claim)
{
	struct assumptions *x = k2_arena_alloc(r->arena, sizeof(*x));

	assign(r, FROM_MODEL, 0, LAYOUT_APART);
	if (attempt(r))
		return true;
	for (unsigned int n = 0; x && n < K2_LAYOUTS * CHOICES; n++) {
		assign(r, FROM_VECTOR, n / K2_LAYOUTS, n % K2_LAYOUTS);
		assume_layout(r, x);
		if (k2_solver_prove(r->ck->solver, x->a, x->n, claim) != K2_DIFFERENT)
			continue;
		for (uint32_t k = 0; k < r->n_atoms; k++) {
			if (!r->placed[k] && !r->is_base[k])
				r->value[k] = k2_solver_model(r->ck->solver, r->atoms[k]);
		}
		if (attempt(r))
			return true;
	}
	return false;
}

static bool by_vectors(struct k2_replay *r)
{
	for (uint64_t v = 0; v < VECTORS; v++) {
		for (unsigned int layout = 0; layout < K2_LAYOUTS; layout++) {
			assign(r, FROM_VECTOR, v, layout);
			if (attempt(r))
				return true;
		}
	}
	return false;
}

bool k2_replay_search(struct k2_replay *r, const k2_t *a, const k2_t *b, uint32_t n)
{
	unsigned int models = 0;

	for (uint32_t k = 0; k < n && models < MODELS; k++) {
		k2_t claim = k2_t_eq(r->w->ctx.terms, a[k], b[k]);

		if (k2_solver_prove(r->ck->solver, r->assume, r->n_assume, claim) != K2_DIFFERENT)
			continue;
		models++;
		if (by_model(r, claim))
			return true;
	}
	return false;
}

/* The bytes of the frame at entry, as terms. */
static const k2_t *entry_stack(struct k2_checker *ck, struct k2_window *w)
{
	struct k2_sym *blank = k2_arena_alloc(ck->work, sizeof(*blank));
	k2_t *bytes = k2_arena_calloc(ck->work, K2_STACK_SIZE, sizeof(*bytes));

	for (unsigned int b = 0; blank && bytes && b < K2_STACK_SIZE; b++)
		bytes[b] = k2_sym_stack_byte(&w->ctx, blank, b);
	return blank ? bytes : NULL;
}

struct k2_replay *k2_replay_new(struct k2_checker *ck, struct k2_window *w, const struct k2_sym *s)
{
	struct k2_replay *r = k2_arena_alloc(ck->work, sizeof(*r));

	if (!r)
		return NULL;
	r->ck = ck;
	r->w = w;
	r->s = s;
	r->arena = ck->work;
	r->stack = entry_stack(ck, w);
	if (!r->stack)
		return NULL;
	collect(r);
	return r->failed || k2_terms_failed(ck->terms) ? NULL : r;
}

bool k2_replay_in(struct k2_replay *r, const struct k2_world *world)
{
	r->world = world;
	assign(r, FROM_WORLD, world->vector, world->layout);
	return attempt(r);
}

enum k2_verdict k2_explain_difference(struct k2_checker *ck, struct k2_window *w, const struct k2_insn *insns, uint32_t n,
				      const struct k2_sym *s, const k2_t *a, const k2_t *b, uint32_t n_pairs)
{
	struct k2_replay *r = k2_replay_new(ck, w, s);

	if (!r)
		return K2_UNKNOWN;
	r->insns = insns;
	r->n = n;
	return k2_replay_search(r, a, b, n_pairs) || by_vectors(r) ? K2_DIFFERENT : K2_UNKNOWN;
}

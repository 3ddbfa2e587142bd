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
};

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
	k2_replay_place_end(r, from == FROM_MODEL || (from == FROM_WORLD && r->world->n_told), (unsigned int)(vector + layout));
	for (uint32_t k = 0; k < r->n_atoms; k++) {
		uint64_t addr;

		r->placed[k] = k2_replay_place(r, k, layout, ordinal, &addr);
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
	if (k2_t_eval(r->w->ctx.terms, r->stack, K2_STACK_SIZE, k2_replay_value, r, bytes) != K2_OK)
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

		if (k2_term_is(t, K2_FN_BYTE))
			speak_byte(r, t, r->value[k]);
		else if (k2_term_is(t, K2_FN_FAR_LOAD) || k2_term_is(t, K2_FN_CTX_LOAD))
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
   k2_replay_place. */
static k2_t resolve(struct k2_replay *r, k2_t byte)
{
	uint64_t addr = k2_replay_eval(r, byte->args[1]) + byte->args[2]->imm;
	k2_t v = byte->args[0];

	while (k2_term_is(v, K2_FN_MEM)) {
		uint64_t base = v->n_args > 2 ? k2_replay_eval(r, v->args[1]) : 0;

		for (unsigned int k = 2; k + 1 < v->n_args; k += 2) {
			if (base + v->args[k]->imm == addr)
				return v->args[k + 1];
		}
		v = v->args[0];
	}
	for (uint32_t k = 0; k < r->n_atoms; k++) {
		k2_t t = r->atoms[k];

		if (k2_term_is(t, K2_FN_BYTE) && t->args[0] == v && k2_replay_eval(r, t->args[1]) + t->args[2]->imm == addr)
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
		else if (k2_term_is(t, K2_FN_BYTE) && (is = resolve(r, t)) != t)
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
	enum k2_verdict v;

	assign(r, FROM_MODEL, 0, K2_LAYOUT_APART);
	if (attempt(r))
		return true;
	for (unsigned int n = 0; x && n < K2_LAYOUTS * CHOICES; n++) {
		assign(r, FROM_VECTOR, n / K2_LAYOUTS, n % K2_LAYOUTS);
		assume_layout(r, x);
		v = k2_solver_prove(r->ck->solver, x->a, x->n, claim);
		if (v == K2_UNKNOWN) /* the same question about other places is no easier */
			return false;
		if (v == K2_EQUAL)
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
	k2_replay_collect(r);
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

// SPDX-License-Identifier: BSD-2-Clause
#include "relation.h"
#include <string.h>

/* One arrival. */
struct meet {
	struct k2_checker *ck;
	struct k2_arena *arena;
	struct k2_window *w;
	const struct k2_sym *s;
	const struct k2_live *live;
	const struct k2_astate *facts;
	bool first, *changed;
};

const struct k2_place_set *k2_relation_slot(const struct k2_relation *rel, unsigned int slot)
{
	for (uint32_t k = 0; k < rel->n_slots; k++) {
		if (rel->slots[k].slot == slot)
			return &rel->slots[k].from;
	}
	return NULL;
}

static uint8_t live_bytes(const struct k2_live *live, unsigned int slot)
{
	return (uint8_t)(live->stack[slot / 8] >> (slot % 8 * 8));
}

/* ---- values ---- */

/* A value that is the same wherever it is computed; false: it is not one. */
static bool fixed_value(const struct meet *m, k2_t t, struct k2_aval *v)
{
	*v = k2_sym_aval(&m->w->ctx, t);
	return k2_aval_fixed(v) && k2_sym_fixed(&m->w->ctx, v) == t;
}

static k2_t old_slot(const struct meet *m, unsigned int slot)
{
	k2_t bytes[8];

	for (unsigned int b = 0; b < 8; b++)
		bytes[b] = k2_sym_stack_byte(&m->w->ctx, &m->w->old, 8 * slot + b);
	return k2_bytes_join(&m->w->ctx, bytes, 8);
}

/* The 64 bits that the candidate holds; NULL: nothing. */
static k2_t old_reg(const struct meet *m, unsigned int r)
{
	return m->facts->reg[r].uninit ? NULL : m->w->old.reg[r];
}

static k2_t value_of(const struct meet *m, const struct k2_place_set *from)
{
	if (from->fixed)
		return k2_sym_fixed(&m->w->ctx, &from->value);
	if (from->regs)
		return old_reg(m, (unsigned int)__builtin_ctz(from->regs));
	return from->slots ? old_slot(m, (unsigned int)__builtin_ctzll(from->slots)) : NULL;
}

static bool same_set(const struct k2_place_set *a, const struct k2_place_set *b)
{
	return a->regs == b->regs && a->slots == b->slots && a->fixed == b->fixed && a->nothing == b->nothing;
}

/* What is left of `to` when only `now` holds, too; false: nothing. */
static bool narrow(struct k2_place_set *to, const struct k2_place_set *now)
{
	struct k2_place_set r = { .regs = to->regs & now->regs, .slots = to->slots & now->slots, .unalike = to->unalike,
				  .value = to->value };

	r.fixed = to->fixed && now->fixed && k2_aval_within(&to->value, &now->value);
	if (!r.regs && !r.slots && !r.fixed)
		return false;
	*to = r;
	return true;
}

/* One candidate for `self` (a register's number, or 10 + a slot's): itself if it is one. */
static struct k2_place_set prefer(const struct k2_place_set *set, unsigned int self)
{
	struct k2_place_set r = { .unalike = set->unalike, .value = set->value };

	if (self < 10 && (set->regs >> self & 1))
		r.regs = (uint16_t)(1u << self);
	else if (self >= 10 && (set->slots >> (self - 10) & 1))
		r.slots = 1ull << (self - 10);
	else if (set->fixed)
		r.fixed = true;
	else if (set->regs)
		r.regs = (uint16_t)(set->regs & -set->regs);
	else
		r.slots = set->slots & -set->slots;
	return r;
}

/* ---- registers ---- */

static k2_t part(const struct meet *m, k2_t t, uint32_t halves)
{
	struct k2_terms *terms = m->w->ctx.terms;

	if (!t || halves == 3)
		return t;
	return k2_t_extract(terms, t, halves == 1 ? 0 : 32, 32);
}

/* Where the old code holds the term. Slots are not looked at when register `self` holds it: nearly always that is all that is
   needed. */
static struct k2_place_set places_of(const struct meet *m, k2_t t, uint32_t halves, unsigned int self)
{
	struct k2_place_set now = { 0 };
	k2_t want = part(m, t, halves);

	for (unsigned int k = 0; k < 10; k++) {
		if (old_reg(m, k) && part(m, old_reg(m, k), halves) == want)
			now.regs |= (uint16_t)(1u << k);
	}
	now.fixed = fixed_value(m, t, &now.value);
	for (unsigned int k = 0; !(now.regs >> self & 1) && k < K2_SLOTS; k++) {
		if (m->facts->init[k] == 0xff && part(m, old_slot(m, k), halves) == want)
			now.slots |= 1ull << k;
	}
	return now;
}

/* Nothing is said of register r any more. That is refused where the old code may have left it unset and some way did not leave the same
   (perhaps nothing) on both sides: calls are said to read more than they do, and hand on what is there. */
static const char *forget_reg(const struct meet *m, unsigned int r, struct k2_place_set *set)
{
	if (m->facts->reg[r].uninit && set->unalike)
		return "a register holds what the old code does not have";
	*m->changed |= !set->nothing;
	*set = (struct k2_place_set){ .nothing = true };
	return NULL;
}

static const char *meet_reg(struct meet *m, unsigned int r, struct k2_place_set *set)
{
	uint32_t halves = m->live->regs >> (2 * r) & 3;
	struct k2_place_set before = *set, now;
	k2_t t = m->s->reg[r];

	if (!halves)
		return NULL;
	set->unalike |= t != m->w->old.reg[r];
	if (!t || (set->nothing && !m->first))
		return forget_reg(m, r, set);
	now = places_of(m, t, halves, r);
	now.unalike = set->unalike;
	if (m->first)
		*set = now;
	if (m->first ? now.regs || now.slots || now.fixed : narrow(set, &now)) {
		*m->changed |= !same_set(set, &before);
		return NULL;
	}
	if (m->first)
		set->regs = (uint16_t)(1u << r);
	*set = prefer(set, r);
	*m->changed |= !same_set(set, &before);
	if (!value_of(m, set))
		return forget_reg(m, r, set);
	return k2_window_claim(m->ck, part(m, value_of(m, set), halves), part(m, t, halves));
}

/* ---- stack slots ---- */

/* Compares the live bytes of the new code's slot with 64 bits; `claim`: what is not one term is claimed to be equal. */
static bool slot_holds(const struct meet *m, unsigned int slot, k2_t value, bool claim, const char **why)
{
	uint8_t live = live_bytes(m->live, slot);

	for (unsigned int b = 0; b < 8 && !*why; b++) {
		k2_t want, have;

		if (!(live >> b & 1))
			continue;
		want = k2_byte_of(&m->w->ctx, value, 8, b);
		have = k2_sym_stack_byte(&m->w->ctx, m->s, 8 * slot + b);
		if (claim)
			*why = k2_window_claim(m->ck, want, have);
		else if (want != have)
			return false;
	}
	return true;
}

static bool untouched(const struct k2_sym *s, unsigned int slot)
{
	for (unsigned int b = 0; b < 8; b++) {
		if (s->stack[8 * slot + b])
			return false;
	}
	return true;
}

/* The value that the live bytes have, where they are all numbers. */
static bool slot_number(const struct meet *m, unsigned int slot, uint64_t *v)
{
	uint8_t live = live_bytes(m->live, slot);

	*v = 0;
	for (unsigned int b = 0; b < 8; b++) {
		k2_t have = k2_sym_stack_byte(&m->w->ctx, m->s, 8 * slot + b);
		unsigned int at = m->w->ctx.f->desc->big_endian ? 7 - b : b;

		if (!(live >> b & 1))
			continue;
		if (have->umin != have->umax)
			return false;
		*v |= have->umin << (8 * at);
	}
	return true;
}

static struct k2_place_set places_of_slot(const struct meet *m, unsigned int slot)
{
	struct k2_place_set now = { 0 };
	const char *why = NULL;
	uint64_t v;

	for (unsigned int k = 0; k < 10; k++) {
		if (old_reg(m, k) && slot_holds(m, slot, old_reg(m, k), false, &why))
			now.regs |= (uint16_t)(1u << k);
	}
	now.fixed = slot_number(m, slot, &v);
	now.value = k2_aval_scalar(v);
	for (unsigned int k = 0; k < K2_SLOTS; k++) {
		if (m->facts->init[k] == 0xff && slot_holds(m, slot, old_slot(m, k), false, &why))
			now.slots |= 1ull << k;
	}
	return now;
}

static const char *meet_moved(struct meet *m, unsigned int slot, struct k2_place_set *set)
{
	struct k2_place_set before = *set, now = places_of_slot(m, slot);
	const char *why = NULL;
	k2_t v;

	if (!narrow(set, &now)) {
		*set = prefer(set, 10 + slot);
		v = value_of(m, set);
		if (!v)
			return "a stack slot holds what the old code does not have";
		slot_holds(m, slot, v, true, &why);
	}
	*m->changed |= !same_set(set, &before);
	return why;
}

static const char *meet_slot(struct meet *m, unsigned int slot, struct k2_relation *rel)
{
	struct k2_moved_slot moved = { .slot = slot };
	const char *why = NULL;

	if (!live_bytes(m->live, slot))
		return NULL;
	if (rel->moved >> slot & 1)
		return meet_moved(m, slot, (struct k2_place_set *)k2_relation_slot(rel, slot));
	if ((untouched(&m->w->old, slot) && untouched(m->s, slot)) || slot_holds(m, slot, old_slot(m, slot), false, &why))
		return why;
	if (m->first) {
		moved.from = places_of_slot(m, slot);
		if (moved.from.regs || moved.from.slots || moved.from.fixed) {
			rel->moved |= 1ull << slot;
			return K2_VEC_PUSH(m->arena, rel->slots, rel->n_slots, rel->cap_slots, moved) ? NULL : "out of memory";
		}
	}
	slot_holds(m, slot, old_slot(m, slot), true, &why);
	return why;
}

/* ---- all of it ---- */

const char *k2_relation_meet(struct k2_checker *ck, struct k2_arena *a, struct k2_window *w, const struct k2_sym *s,
			     const struct k2_live *live, const struct k2_astate *facts, bool first,
			     struct k2_relation *rel, bool *changed)
{
	struct meet m = { ck, a, w, s, live, facts, first, changed };
	const char *why = NULL;

	for (unsigned int r = 0; r < 10 && !why; r++)
		why = meet_reg(&m, r, &rel->reg[r]);
	for (unsigned int k = 0; k < K2_SLOTS && !why; k++)
		why = meet_slot(&m, k, rel);
	return why;
}

/* Some slot holds something else than in the old code, or more is known of it than that it does not. */
static bool live_and_moved(const struct k2_relation *rel, const struct k2_live *live)
{
	for (uint32_t k = 0; k < rel->n_slots; k++) {
		const struct k2_place_set *from = &rel->slots[k].from;

		if (live_bytes(live, rel->slots[k].slot) && (from->regs || from->fixed || from->slots != 1ull << rel->slots[k].slot))
			return true;
	}
	return false;
}

bool k2_relation_is_same(const struct k2_relation *rel, const struct k2_live *live)
{
	for (unsigned int r = 0; r < 10; r++) {
		if (k2_live_reg(live, r) && !(rel->reg[r].regs >> r & 1))
			return false;
	}
	return !live_and_moved(rel, live);
}

bool k2_relation_meet_same(const struct k2_live *live, bool first, struct k2_relation *rel, bool *changed)
{
	if (!first && !k2_relation_is_same(rel, live))
		return false;
	for (unsigned int r = 0; r < 10; r++) {
		struct k2_place_set one = { .regs = (uint16_t)(1u << r), .unalike = !first && rel->reg[r].unalike };

		if (!k2_live_reg(live, r))
			continue;
		*changed |= !first && !same_set(&rel->reg[r], &one);
		rel->reg[r] = one;
	}
	return true;
}

/* The better known of two terms for one value. */
static k2_t better(const struct k2_window *w, k2_t a, k2_t b)
{
	enum k2_region rb;

	if (!a || !b)
		return a ? a : b;
	rb = (enum k2_region)k2_sym_aval(&w->ctx, b).region;
	return a->umin == a->umax || rb == K2_RG_ANY || rb == K2_RG_FOREIGN ? a : b;
}

/* The one value of all places of the set at the window's start; NULL: nothing that may be read. */
static k2_t unite(struct k2_window *w, const struct k2_place_set *from)
{
	k2_t v = from->fixed ? k2_sym_fixed(&w->ctx, &from->value) : NULL;

	for (unsigned int k = 0; k < 10 && !from->fixed; k++) {
		if (from->regs >> k & 1)
			v = better(w, v, w->ctx.reg[k]);
	}
	for (unsigned int k = 0; k < K2_SLOTS && from->slots && !from->fixed; k++) {
		if (from->slots >> k & 1)
			v = better(w, v, k2_sym_entry_slot(&w->ctx, k));
	}
	return v;
}

/* `old` with those halves of v that are related. */
static k2_t mix(struct k2_window *w, k2_t old, k2_t v, uint32_t halves)
{
	struct k2_terms *t = w->ctx.terms;
	k2_t lo, hi;

	/* A part of a pointer with parts of something else would pass for a number. */
	if (halves != 3 && k2_sym_aval(&w->ctx, old).region != K2_RG_SCALAR)
		return old;
	lo = k2_t_extract(t, halves & 1 ? v : old, 0, 32);
	hi = k2_t_extract(t, halves & 2 ? v : old, 32, 32);

	return halves == 3 || old == v ? v : k2_t_concat(t, hi, lo);
}

/* The same with bytes, as a slot has them. */
static k2_t mix_bytes(struct k2_window *w, k2_t old, k2_t v, uint8_t live)
{
	k2_t bytes[8];

	if (live == 0xff || old == v)
		return v;
	if (k2_sym_aval(&w->ctx, old).region != K2_RG_SCALAR)
		return old;
	for (unsigned int b = 0; b < 8; b++)
		bytes[b] = k2_byte_of(&w->ctx, live >> b & 1 ? v : old, 8, b);
	return k2_bytes_join(&w->ctx, bytes, 8);
}

/* The old code's places of a slot's set are told. */
static void tell_bytes(struct k2_window *w, const struct k2_place_set *from, k2_t v, uint8_t live)
{
	for (unsigned int k = 0; k < 10; k++) {
		if ((from->regs >> k & 1) && w->ctx.reg[k])
			w->ctx.reg[k] = mix_bytes(w, w->ctx.reg[k], v, live);
	}
	for (unsigned int k = 0; k < K2_SLOTS && from->slots; k++) {
		if (from->slots >> k & 1)
			w->ctx.slot[k] = mix_bytes(w, k2_sym_entry_slot(&w->ctx, k), v, live);
	}
}

/* The old code's places of the set are told. */
static void tell(struct k2_window *w, const struct k2_place_set *from, k2_t v, uint32_t halves)
{
	for (unsigned int k = 0; k < 10; k++) {
		if ((from->regs >> k & 1) && w->ctx.reg[k])
			w->ctx.reg[k] = mix(w, w->ctx.reg[k], v, halves);
	}
	for (unsigned int k = 0; k < K2_SLOTS && from->slots; k++) {
		if (from->slots >> k & 1)
			w->ctx.slot[k] = mix(w, k2_sym_entry_slot(&w->ctx, k), v, halves);
	}
}

void k2_relation_start(const struct k2_relation *rel, const struct k2_live *live, struct k2_window *w)
{
	for (unsigned int r = 0; r < 10; r++) {
		const struct k2_place_set *from = &rel->reg[r];
		uint32_t halves = live->regs >> (2 * r) & 3;

		w->start.reg[r] = halves && !from->nothing ? unite(w, from) : NULL;
		if (w->start.reg[r])
			tell(w, from, w->start.reg[r], halves);
	}
	for (uint32_t k = 0; k < rel->n_slots; k++) {
		unsigned int slot = rel->slots[k].slot;
		k2_t v = unite(w, &rel->slots[k].from);

		if (v && live_bytes(live, slot))
			tell_bytes(w, &rel->slots[k].from, v, live_bytes(live, slot));
		for (unsigned int b = 0; v && b < 8; b++)
			w->start.stack[8 * slot + b] = k2_byte_of(&w->ctx, v, 8, b);
	}
}

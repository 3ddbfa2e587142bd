// SPDX-License-Identifier: BSD-2-Clause
/* Where code is now, for DWARF: boundaries between instructions. Ranges keep what is left of their instructions, and instructions
   that the optimiser made belong to the range that has the line they got. Where instructions are in another order than before, ranges within the
   function would have others in them: those are made empty. */
#include "write_dwarf.h"

/* By old instruction of a function, and the end: its boundary as a new slot. `starts` and `ends`: n + 1 numbers. */
static void find_bounds(const struct newfunc *n, uint32_t n_old, uint32_t *starts, uint32_t *ends)
{
	for (uint32_t k = 0; k <= n_old; k++) {
		starts[k] = n->n_slots;
		ends[k] = 0;
	}
	for (uint32_t k = 0; k < n->change->n_insns; k++) {
		uint32_t old = n->same[k];

		if (old == NONE)
			continue;
		starts[old] = K2_MIN(starts[old], n->slot[k]);
		ends[old + 1] = K2_MAX(ends[old + 1], n->slot[k + 1]);
	}
	/* Where the first one behind the boundary begins, and the last one before it ends. */
	for (uint32_t k = n_old; k-- > 0;)
		starts[k] = K2_MIN(starts[k], starts[k + 1]);
	for (uint32_t k = 1; k <= n_old; k++)
		ends[k] = K2_MAX(ends[k], ends[k - 1]);
}

static bool is_reordered(const uint32_t *starts, const uint32_t *ends, uint32_t n_old)
{
	for (uint32_t k = 0; k <= n_old; k++) {
		if (ends[k] > starts[k])
			return true;
	}
	return false;
}

/* Between `ends` and `starts` are instructions that the optimiser made: those with lines from before the boundary are before it. */
static void set_bounds(const struct newfunc *n, uint32_t n_old, const uint32_t *ends, uint32_t *starts)
{
	uint32_t at = 0, last = 0;

	for (uint32_t k = 0; k <= n_old; k++) {
		uint32_t slot = starts[k];

		if (ends[k] < slot) {
			while (n->slot[at] < ends[k])
				at++;
			while (n->slot[at] < slot && n->like[at] != NONE && n->like[at] < k)
				at++;
			slot = n->slot[at];
		}
		last = k == n_old ? n->n_slots : k ? K2_MAX(last, slot) : 0;
		starts[k] = last;
	}
}

/* In another order boundaries are of use only where something is told of the instruction before: where a call returns to. */
static void set_ends(const struct newfunc *n, uint32_t n_old, uint32_t *bounds)
{
	for (uint32_t k = 0; k < n->change->n_insns; k++) {
		if (n->same[k] != NONE && n->same[k] + 1 < n_old)
			bounds[n->same[k] + 1] = n->slot[k + 1];
	}
}

/* Without BTF's lines an instruction that was made is like the next one of its kind that is gone at its place, or else like the first one
   that is gone there; where none is, like the one before. */
static uint32_t like_gone(const struct objfunc *f, const bool *kept, uint32_t from, uint8_t code)
{
	enum { FAR = 64 };

	for (uint32_t k = 0; k < FAR && !kept[from + k]; k++) {
		if (f->insns[from + k].code == code)
			return from + k;
	}
	return NONE;
}

static enum k2_status find_likes(struct writer *w, struct newfunc *n, const struct objfunc *f)
{
	bool *kept = k2_arena_calloc(w->arena, (size_t)f->desc.n_insns + 1, sizeof(*kept));
	uint32_t last = NONE;

	if (n->like)
		return K2_OK;
	n->like = k2_arena_calloc(w->arena, n->change->n_insns, sizeof(*n->like));
	if (!kept || !n->like)
		return K2_ENOMEM;
	kept[f->desc.n_insns] = true;
	for (uint32_t k = 0; k < n->change->n_insns; k++) {
		if (n->same[k] != NONE)
			kept[n->same[k]] = true;
	}
	for (uint32_t k = 0; k < n->change->n_insns; k++) {
		uint32_t old = n->same[k];

		if (old == NONE) /* NONE + 1 is the first one */
			old = like_gone(f, kept, last + 1, n->change->insns[k].code);
		last = old != NONE ? old : last;
		n->like[k] = old == NONE && !kept[last + 1] ? last + 1 : last;
	}
	return K2_OK;
}

static bool is_same(const struct newfunc *n, uint32_t n_old)
{
	for (uint32_t k = 0; k < n->change->n_insns; k++) {
		if (n->same[k] != k)
			return false;
	}
	return n->change->n_insns == n_old;
}

static enum k2_status place_func(struct dwarf *d, uint32_t func)
{
	const struct objfunc *f = &d->w->o->funcs[func];
	struct newfunc *n = &d->w->funcs[func];
	uint32_t n_old = f->desc.n_insns, base = (uint32_t)(f->info.offset / SLOT), now, *pos = d->pos[f->info.section];
	uint32_t *starts = k2_arena_calloc(d->w->arena, (size_t)n_old + 1, sizeof(*starts));
	uint32_t *ends = k2_arena_calloc(d->w->arena, (size_t)n_old + 1, sizeof(*ends));

	if (!starts || !ends || find_likes(d->w, n, f))
		return K2_ENOMEM;
	d->changed[func] = !is_same(n, n_old);
	now = d->w->secs[f->info.section].to[base];
	find_bounds(n, n_old, starts, ends);
	d->reordered[func] = is_reordered(starts, ends, n_old);
	set_bounds(n, n_old, ends, starts);
	if (d->reordered[func])
		set_ends(n, n_old, starts);
	for (uint32_t k = 0; k < n_old; k++) {
		for (uint32_t b = f->info.insn_offset[k]; b < f->info.insn_offset[k + 1]; b += SLOT)
			pos[base + b / SLOT] = now + starts[k];
	}
	return K2_OK;
}

enum k2_status dw_place(struct dwarf *d)
{
	const struct k2_object *o = d->w->o;
	enum k2_status st = K2_OK;

	d->pos = k2_arena_calloc(d->w->arena, o->n_secs, sizeof(*d->pos));
	d->changed = k2_arena_calloc(d->w->arena, (size_t)o->n_funcs + 1, sizeof(*d->changed));
	d->reordered = k2_arena_calloc(d->w->arena, (size_t)o->n_funcs + 1, sizeof(*d->reordered));
	if (!d->pos || !d->changed || !d->reordered)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < o->n_secs; k++) {
		const struct newsec *s = &d->w->secs[k];

		if (!s->to)
			continue;
		d->pos[k] = k2_arena_dup(d->w->arena, s->to, (size_t)s->n_old + 1, sizeof(*s->to));
		if (!d->pos[k])
			return K2_ENOMEM;
	}
	for (uint32_t k = 0; k < o->n_funcs && !st; k++) {
		if (d->w->funcs[k].change)
			st = place_func(d, k);
	}
	return st;
}

/* GCC ends locations in registers that a call destroys one byte before the end of the call: as near to the end they stay. */
enum k2_status dw_move(const struct dwcur *c, struct dwaddr a, uint64_t *to)
{
	uint64_t slot = a.value / SLOT, before = -a.value % SLOT;
	const uint32_t *pos;

	*to = a.value;
	if (!a.section || !c->d->pos[a.section])
		return K2_OK;
	if (slot + (before != 0) > c->d->w->secs[a.section].n_old)
		return dw_unknown(c, "an address behind its section");
	pos = c->d->pos[a.section];
	if (before && pos[slot + 1] > pos[slot])
		*to = (uint64_t)SLOT * pos[slot + 1] - before;
	else
		*to = (uint64_t)SLOT * pos[slot];
	return K2_OK;
}

enum k2_status dw_move_length(const struct dwcur *c, struct dwaddr a, uint64_t length, uint64_t *now)
{
	struct dwaddr b = { a.section, a.value + length };
	uint64_t from, to;
	enum k2_status st = dw_move(c, a, &from);

	if (!st)
		st = dw_move(c, b, &to);
	if (!st)
		*now = to - from;
	return st;
}

uint32_t dw_next_changed(const struct dwarf *d, uint32_t section, uint64_t from, uint64_t end)
{
	for (uint32_t k = 0; k < d->w->o->n_funcs; k++) { /* sorted by place */
		const struct k2_object_func *f = &d->w->o->funcs[k].info;

		if (d->changed[k] && f->section == section && f->offset >= from && f->offset < end)
			return k;
	}
	return NONE;
}

bool dw_changed(const struct dwarf *d, struct dwaddr a, uint64_t length)
{
	for (uint32_t k = 0; k < d->w->o->n_funcs && a.section; k++) {
		const struct k2_object_func *f = &d->w->o->funcs[k].info;

		if (d->changed[k] && f->section == a.section && f->offset < a.value + length && a.value < f->offset + f->size)
			return true;
	}
	return false;
}

bool dw_lost(const struct dwarf *d, struct dwaddr a, uint64_t length)
{
	for (uint32_t k = 0; k < d->w->o->n_funcs && a.section; k++) {
		const struct k2_object_func *f = &d->w->o->funcs[k].info;

		if (d->reordered[k] && f->section == a.section && a.value >= f->offset && a.value - f->offset < f->size &&
		    length <= f->size - (a.value - f->offset))
			return length < f->size;
	}
	return false;
}

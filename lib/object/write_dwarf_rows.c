// SPDX-License-Identifier: BSD-2-Clause
/* Rows of a line program for the new code. Instructions keep the rows that they had; what the optimiser made gets the row of the
   instruction that it was made for (write_ext.c chooses the same for BTF); rows of removed instructions go. */
#include "write_dwarf.h"

struct mover {
	const struct dwcur *c;
	const struct dwseq *old;
	struct dwseq *out;
};

static enum k2_status add(struct mover *m, const struct dwrow *r, uint64_t at)
{
	struct dwrow row = *r;

	row.at = at;
	return K2_VEC_PUSH(m->c->d->w->arena, m->out->rows, m->out->n, m->out->cap, row) ? K2_OK : K2_ENOMEM;
}

/* The last row at or before byte `at`, without the end of the sequence; NONE: none. */
static uint32_t row_at(const struct dwseq *s, uint64_t at)
{
	uint32_t lo = 0, hi = s->n - 1;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->rows[mid].at <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? lo - 1 : NONE;
}

static bool same_line(const struct dwrow *a, const struct dwrow *b)
{
	return a->file == b->file && a->line == b->line && a->column == b->column && a->discriminator == b->discriminator &&
	       a->isa == b->isa && !((a->flags ^ b->flags) & ROW_STMT);
}

/* Row `r` goes on at byte `at`, where it did not begin. */
static enum k2_status go_on(struct mover *m, uint32_t r, uint64_t at)
{
	struct dwrow row = m->old->rows[r];

	row.flags &= ~(uint32_t)ROW_ONCE;
	if (m->out->n && same_line(&m->out->rows[m->out->n - 1], &row))
		return K2_OK;
	return add(m, &row, at);
}

/* All rows of one old place. */
static enum k2_status begin(struct mover *m, uint32_t r, uint64_t at)
{
	uint32_t first = r;
	enum k2_status st = K2_OK;

	while (first && m->old->rows[first - 1].at == m->old->rows[r].at)
		first--;
	for (; first <= r && !st; first++)
		st = add(m, &m->old->rows[first], at);
	return st;
}

static bool is_kept(const struct newfunc *n, uint32_t old)
{
	for (uint32_t k = 0; k < n->change->n_insns; k++) {
		if (n->same[k] == old)
			return true;
	}
	return false;
}

/* The byte of the section where the prologue of a function ends, if the instruction is gone that said so; else 0. */
static uint64_t lost_prologue(const struct mover *m, uint32_t func)
{
	const struct k2_object_func *f = &m->c->d->w->o->funcs[func].info;
	const struct newfunc *n = &m->c->d->w->funcs[func];

	for (uint32_t k = 0; k + 1 < m->old->n; k++) {
		const struct dwrow *r = &m->old->rows[k];
		uint32_t insn;

		if (!(r->flags & ROW_PROLOGUE_END) || r->at < f->offset || r->at >= f->offset + f->size)
			continue;
		insn = k2_objfunc_insn_at(&m->c->d->w->o->funcs[func], r->at - f->offset);
		if (insn != NONE && !is_kept(n, insn))
			return (uint64_t)SLOT * m->c->d->pos[f->section][r->at / SLOT];
	}
	return 0;
}

static enum k2_status move_func(struct mover *m, uint32_t func)
{
	const struct k2_object_func *f = &m->c->d->w->o->funcs[func].info;
	const struct newfunc *n = &m->c->d->w->funcs[func];
	uint64_t base = (uint64_t)SLOT * m->c->d->pos[f->section][f->offset / SLOT], prologue = lost_prologue(m, func);
	enum k2_status st = K2_OK;

	for (uint32_t k = 0; k < n->change->n_insns && !st; k++) {
		uint32_t old = n->same[k] != NONE ? n->same[k] : n->like[k], first = m->out->n;
		uint64_t was = old != NONE ? f->offset + f->insn_offset[old] : f->offset, at = base + (uint64_t)SLOT * n->slot[k];
		uint32_t r = row_at(m->old, was);

		if (r == NONE || (old == NONE && m->out->n))
			continue;
		st = n->same[k] != NONE && m->old->rows[r].at == was ? begin(m, r, at) : go_on(m, r, at);
		if (!st && prologue && at >= prologue && m->out->n) {
			if (m->out->n == first)
				st = add(m, &m->out->rows[first - 1], at);
			m->out->rows[m->out->n - 1].flags |= ROW_PROLOGUE_END;
			prologue = 0;
		}
	}
	return st;
}

/* Rows of code that stays, in [from, to). */
static enum k2_status move_rest(struct mover *m, uint64_t from, uint64_t to)
{
	uint32_t r = from < to ? row_at(m->old, from) : NONE;
	enum k2_status st = K2_OK;
	uint64_t at;

	if (from < to && r != NONE && m->old->rows[r].at < from) {
		st = dw_move(m->c, (struct dwaddr){ m->old->section, from }, &at);
		if (!st)
			st = go_on(m, r, at);
	}
	for (uint32_t k = 0; k + 1 < m->old->n && !st; k++) {
		const struct dwrow *row = &m->old->rows[k];

		if (row->at < from || row->at >= to)
			continue;
		st = dw_move(m->c, (struct dwaddr){ m->old->section, row->at }, &at);
		if (!st)
			st = add(m, row, at);
	}
	return st;
}

enum k2_status dw_move_rows(const struct dwcur *c, const struct dwseq *old, struct dwseq *out)
{
	const struct dwrow *last = &old->rows[old->n - 1];
	uint64_t from = old->rows[0].at, end;
	struct mover m = { c, old, out };
	enum k2_status st = K2_OK;
	uint32_t func;

	*out = *old;
	if (!old->section || !c->d->pos[old->section])
		return K2_OK;
	out->rows = NULL;
	out->n = out->cap = 0;
	while (!st && (func = dw_next_changed(c->d, old->section, from, last->at)) != NONE) {
		const struct k2_object_func *f = &c->d->w->o->funcs[func].info;

		if (f->offset + f->size > last->at)
			return dw_unknown(c, "a sequence that ends inside of a function");
		st = move_rest(&m, from, f->offset);
		if (!st)
			st = move_func(&m, func);
		from = f->offset + f->size;
	}
	if (!st && dw_changed(c->d, (struct dwaddr){ old->section, old->rows[0].at }, 1) &&
	    dw_next_changed(c->d, old->section, old->rows[0].at, old->rows[0].at + 1) == NONE)
		return dw_unknown(c, "a sequence that begins inside of a function");
	if (!st)
		st = move_rest(&m, from, last->at);
	if (!st)
		st = dw_move(c, (struct dwaddr){ old->section, last->at }, &end);
	return st ? st : add(&m, last, end);
}

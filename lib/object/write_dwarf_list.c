// SPDX-License-Identifier: BSD-2-Clause
/* Lists of ranges and locations, of DWARF 5 and before. Ranges follow the code. Where a variable is in changed functions nobody
   knows, because the checker only answers for what a program does: those entries are made empty. */
#include "write_dwarf.h"

enum {
	RLE_END, RLE_BASE_ADDRESSX, RLE_STARTX_ENDX, RLE_STARTX_LENGTH, RLE_OFFSET_PAIR, RLE_BASE_ADDRESS, RLE_START_END,
	RLE_START_LENGTH,
	/* Lists of locations have one more before the last three. */
	LLE_DEFAULT = 5, LLE_BASE_ADDRESS, LLE_START_END, LLE_START_LENGTH, N_LLE,
};

/* A list that is being walked. */
struct list {
	struct dwcur c;
	const struct dwbase *unit;
	struct dwaddr base;
	bool locations;
	bool changed; /* a changed function is in it */
};

/* Whether the entry for [a, a + length) is to be made empty. */
static bool empties(struct list *l, struct dwaddr a, uint64_t length)
{
	bool changed = dw_changed(l->c.d, a, length);

	l->changed |= changed;
	return (changed && l->locations) || dw_lost(l->c.d, a, length);
}

static struct dwaddr from_base(const struct list *l, uint64_t offset)
{
	return (struct dwaddr){ l->base.section, l->base.value + offset };
}

/* ---- DWARF 5 ---- */

/* A number in LEB128 and where it is. */
struct leb {
	uint64_t at, size, v;
};

static struct leb read_leb(struct dwcur *c)
{
	struct leb l = { .at = c->at };

	l.v = dw_uleb(c);
	l.size = c->at - l.at;
	return l;
}

static enum k2_status put_leb(const struct list *l, const struct leb *at, uint64_t v)
{
	return v == at->v ? K2_OK : dw_put_uleb(&l->c, at->at, at->size, v);
}

static enum k2_status offset_pair(struct list *l)
{
	struct leb x = read_leb(&l->c), y = read_leb(&l->c);
	uint64_t base, a, b;
	enum k2_status st;

	if (!l->base.section && (x.v || y.v))
		return dw_unknown(&l->c, "offsets from an unknown base");
	if ((st = dw_move(&l->c, l->base, &base)) || (st = dw_move(&l->c, from_base(l, x.v), &a)) ||
	    (st = dw_move(&l->c, from_base(l, y.v), &b)))
		return st;
	if (empties(l, from_base(l, x.v), y.v - x.v))
		a = b = base; /* which always fits */
	st = put_leb(l, &x, a - base);
	return st ? st : put_leb(l, &y, b - base);
}

static enum k2_status start_length(struct list *l, struct dwaddr a)
{
	struct leb length = read_leb(&l->c);
	uint64_t now;
	enum k2_status st = dw_move_length(&l->c, a, length.v, &now);

	return st ? st : put_leb(l, &length, empties(l, a, length.v) ? 0 : now);
}

static enum k2_status startx_endx(struct list *l)
{
	struct leb x = read_leb(&l->c), y = read_leb(&l->c);
	bool good_x, good_y;
	struct dwaddr a = dw_addrx(l->c.d, l->unit->addr_base, x.v, &good_x), b = dw_addrx(l->c.d, l->unit->addr_base, y.v, &good_y);

	if (!good_x || !good_y)
		return dw_unknown(&l->c, "an address that .debug_addr does not have");
	return empties(l, a, b.value - a.value) ? put_leb(l, &y, x.v) : K2_OK;
}

/* Both have relocations, and have moved with these. */
static enum k2_status start_end(struct list *l)
{
	struct dwaddr a = dw_addr(&l->c), b;
	uint64_t at = l->c.at, to;
	enum k2_status st = dw_move(&l->c, a, &to);

	b = dw_addr(&l->c);
	if (st || l->c.bad || !empties(l, a, b.value - a.value))
		return st;
	return b.section == a.section ? dw_put_addr(l->c.d, l->c.sec, at, to) : dw_unknown(&l->c, "a range in two sections");
}

static enum k2_status next_base(struct list *l, bool index)
{
	bool good = true;

	l->base = index ? dw_addrx(l->c.d, l->unit->addr_base, dw_uleb(&l->c), &good) : dw_addr(&l->c);
	return good ? K2_OK : dw_unknown(&l->c, "an address that .debug_addr does not have");
}

static enum k2_status read_entry(struct list *l, unsigned int kind)
{
	struct dwaddr a;
	bool good;

	switch (kind) {
	case RLE_BASE_ADDRESSX: return next_base(l, true);
	case RLE_STARTX_ENDX: return startx_endx(l);
	case RLE_OFFSET_PAIR: return offset_pair(l);
	case RLE_STARTX_LENGTH:
		a = dw_addrx(l->c.d, l->unit->addr_base, dw_uleb(&l->c), &good);
		return good ? start_length(l, a) : dw_unknown(&l->c, "an address that .debug_addr does not have");
	case LLE_BASE_ADDRESS: return next_base(l, false);
	case LLE_START_END: return start_end(l);
	case LLE_START_LENGTH:
		a = dw_addr(&l->c);
		return start_length(l, a);
	default: return dw_unknown(&l->c, "an entry of an unknown kind");
	}
}

static enum k2_status walk(struct list *l)
{
	for (;;) {
		unsigned int kind = (unsigned int)dw_u(&l->c, 1);
		enum k2_status st;

		if (l->c.bad || !dw_step(l->c.d))
			return dw_unknown(&l->c, "a list without an end");
		if (kind == RLE_END)
			return K2_OK;
		if (!l->locations && kind >= RLE_BASE_ADDRESS)
			kind++;
		st = read_entry(l, kind);
		if (!st && l->locations && kind != RLE_BASE_ADDRESSX && kind != LLE_BASE_ADDRESS)
			dw_skip(&l->c, dw_uleb(&l->c));
		if (st)
			return st;
	}
}

/* ---- before DWARF 5: pairs of addresses ---- */

/* Neither may become the pair of zeros that ends the list. */
static enum k2_status put_pair(struct list *l, uint64_t at, bool related, uint64_t a, uint64_t b)
{
	enum k2_status st;

	if (a == b)
		a = b = SLOT;
	if (related) {
		st = dw_put_addr(l->c.d, l->c.sec, at, a);
		return st ? st : dw_put_addr(l->c.d, l->c.sec, at + DW_ADDR_SIZE, b);
	}
	st = dw_put(l->c.d, l->c.sec, at, DW_ADDR_SIZE, a);
	return st ? st : dw_put(l->c.d, l->c.sec, at + DW_ADDR_SIZE, DW_ADDR_SIZE, b);
}

static enum k2_status old_pair(struct list *l, uint64_t at, struct dwaddr a, struct dwaddr b)
{
	bool related = a.section != 0;
	uint64_t base = 0, x, y;
	enum k2_status st = K2_OK;

	if (a.section != b.section || (!related && !l->base.section))
		return dw_unknown(&l->c, "a range in two sections, or none");
	if (!related) {
		st = dw_move(&l->c, l->base, &base);
		a = from_base(l, a.value);
		b = from_base(l, b.value);
	}
	if (st || (st = dw_move(&l->c, a, &x)) || (st = dw_move(&l->c, b, &y)))
		return st;
	if (a.value == b.value) /* empty it was */
		return K2_OK;
	if (empties(l, a, b.value - a.value))
		y = x;
	return put_pair(l, at, related, x - base, y - base);
}

static enum k2_status walk_old(struct list *l)
{
	for (;;) {
		uint64_t at = l->c.at;
		struct dwaddr a = dw_addr(&l->c), b = dw_addr(&l->c);
		enum k2_status st;

		if (l->c.bad || !dw_step(l->c.d))
			return dw_unknown(&l->c, "a list without an end");
		if (!a.section && !b.section && !a.value && !b.value)
			return K2_OK;
		if (!a.section && a.value == UINT64_MAX) {
			l->base = b;
			continue;
		}
		st = old_pair(l, at, a, b);
		if (st)
			return st;
		if (l->locations)
			dw_skip(&l->c, dw_u(&l->c, 2));
	}
}

/* ---- */

static enum k2_status list(struct dwarf *d, struct list *l, enum dw_section sec, uint64_t lists_base, bool index, uint64_t at)
{
	if (index) {
		struct dwcur table = dw_at(d, sec, lists_base);

		if (at > d->secs[sec].size)
			table.bad = true;
		else
			dw_skip(&table, DW_OFFSET_SIZE * at);
		at = lists_base + dw_u(&table, DW_OFFSET_SIZE);
		if (table.bad)
			return dw_unknown(&table, "a list that it does not have");
	}
	l->c = dw_at(d, sec, at);
	return sec == DW_RNGLISTS || sec == DW_LOCLISTS ? walk(l) : walk_old(l);
}

enum k2_status dw_ranges(struct dwarf *d, const struct dwbase *b, bool index, uint64_t at, bool *changed)
{
	struct list l = { .unit = b, .base = b->low };
	enum k2_status st = list(d, &l, b->version >= 5 ? DW_RNGLISTS : DW_RANGES, b->rnglists_base, index, at);

	*changed = l.changed;
	return st;
}

enum k2_status dw_locations(struct dwarf *d, const struct dwbase *b, bool index, uint64_t at)
{
	struct list l = { .unit = b, .base = b->low, .locations = true };

	return list(d, &l, b->version >= 5 ? DW_LOCLISTS : DW_LOC, b->loclists_base, index, at);
}

// SPDX-License-Identifier: BSD-2-Clause
/* .debug_frame and .debug_aranges. Their addresses have relocations and have moved already; what is left are lengths, and the distances
   between addresses in what .debug_frame says of registers. */
#include "write_dwarf.h"

enum { CFA_ADVANCE = 1, CFA_OFFSET, CFA_RESTORE, ADVANCE_BITS = 6 };
enum { CFA_NOP, CFA_SET_LOC, CFA_ADVANCE1, CFA_ADVANCE2, CFA_ADVANCE4 };

/* Operands of the other instructions, from number 5 on: u and s for LEB128, b for a block. */
static const char *const operands[] = {
	"uu", "u", "u", "u", "uu", "", "", "uu", "u", "u", "b", "ub", "uu", "us", "s", "uu", "us", "ub",
};
enum { FIRST_OPERANDS = 5, CFA_GNU_ARGS_SIZE = 0x2e };

struct frame {
	struct dwcur c;
	uint64_t factor;       /* of distances */
	struct dwaddr at;      /* where the instructions have come to */
};

static enum k2_status advance(struct frame *f, uint64_t at, unsigned int bits, uint64_t delta)
{
	uint64_t now, keep = bits < 8 ? k2_write_get(f->c.d->w, f->c.d->secs[DW_FRAME].old + at, 1) & ~k2_mask(bits) : 0;
	enum k2_status st = dw_move_length(&f->c, f->at, delta * f->factor, &now);

	f->at.value += delta * f->factor;
	if (st)
		return st;
	if (now % f->factor || (now / f->factor) >> bits)
		return dw_unknown(&f->c, "a number does not fit into its place");
	return dw_put(f->c.d, DW_FRAME, at, bits < 8 ? 1 : bits / 8, keep | now / f->factor);
}

static enum k2_status skip_operands(struct frame *f, unsigned int op)
{
	const char *o = op == CFA_GNU_ARGS_SIZE ? "u" :
			op >= FIRST_OPERANDS && op - FIRST_OPERANDS < K2_ARRAY_SIZE(operands) ? operands[op - FIRST_OPERANDS] : NULL;

	if (!o)
		return dw_unknown(&f->c, "an unknown instruction");
	for (; *o; o++) {
		if (*o == 'b')
			dw_skip(&f->c, dw_uleb(&f->c));
		else
			dw_uleb(&f->c);
	}
	return K2_OK;
}

static enum k2_status move_instruction(struct frame *f)
{
	uint64_t at = f->c.at;
	unsigned int op = (unsigned int)dw_u(&f->c, 1), low = op & (unsigned int)k2_mask(ADVANCE_BITS), bytes;

	switch (op >> ADVANCE_BITS) {
	case CFA_ADVANCE: return advance(f, at, ADVANCE_BITS, low);
	case CFA_OFFSET: dw_uleb(&f->c); return K2_OK;
	case CFA_RESTORE: return K2_OK;
	default: break;
	}
	switch (op) {
	case CFA_NOP: return K2_OK;
	case CFA_SET_LOC: f->at = dw_addr(&f->c); return K2_OK;
	case CFA_ADVANCE1: case CFA_ADVANCE2: case CFA_ADVANCE4:
		bytes = 1u << (op - CFA_ADVANCE1);
		at = f->c.at;
		return advance(f, at, bytes * 8, dw_u(&f->c, bytes));
	default: return skip_operands(f, op);
	}
}

/* The factor of the entry that an entry for code belongs to. */
static enum k2_status read_common(struct dwarf *d, uint64_t at, uint64_t *factor)
{
	struct dwcur c = dw_at(d, DW_FRAME, at);
	unsigned int version;
	const char *augmentation;

	dw_skip(&c, 4);
	if (dw_u(&c, 4) != k2_mask(32))
		return dw_unknown(&c, "a reference to no common entry");
	version = (unsigned int)dw_u(&c, 1);
	augmentation = dw_string(&c);
	if (augmentation[0] || (version != 1 && version != 3 && version != 4))
		return dw_unknown(&c, "a common entry of an unknown kind");
	if (version >= 4 && (dw_u(&c, 1) != DW_ADDR_SIZE || dw_u(&c, 1)))
		return dw_unknown(&c, "addresses of another size");
	*factor = dw_uleb(&c);
	return c.bad || !*factor ? dw_unknown(&c, "a common entry that ends too soon") : K2_OK;
}

static enum k2_status move_frame(struct dwarf *d, struct dwcur *c)
{
	uint64_t at, size, now, common;
	struct frame f = { 0 };
	enum k2_status st = dw_enter(c, &f.c);

	if (st)
		return st;
	common = dw_number(&f.c, DW_OFFSET_SIZE);
	if (f.c.bad || common == k2_mask(32))
		return f.c.bad ? dw_unknown(&f.c, "an entry that ends too soon") : K2_OK;
	st = read_common(d, common, &f.factor);
	f.at = dw_addr(&f.c);
	at = f.c.at;
	size = dw_u(&f.c, DW_ADDR_SIZE);
	if (st || !f.at.section)
		return st;
	st = f.c.bad ? dw_unknown(&f.c, "an entry that ends too soon") : dw_move_length(&f.c, f.at, size, &now);
	if (!st)
		st = dw_put(d, DW_FRAME, at, DW_ADDR_SIZE, now);
	while (!st && f.c.at < f.c.end && !f.c.bad)
		st = move_instruction(&f);
	return !st && f.c.bad ? dw_unknown(&f.c, "an entry that ends too soon") : st;
}

enum k2_status dw_frames(struct dwarf *d)
{
	struct dwcur c = dw_at(d, DW_FRAME, 0);
	enum k2_status st = K2_OK;

	while (!st && c.at < c.end)
		st = move_frame(d, &c);
	return st;
}

/* ---- address ranges of units ---- */

static enum k2_status move_table(struct dwarf *d, struct dwcur *c)
{
	uint64_t start = c->at, at, size, now;
	struct dwcur t;
	enum k2_status st = dw_enter(c, &t);

	if (st)
		return st;
	dw_skip(&t, 2 + DW_OFFSET_SIZE);
	if (dw_u(&t, 1) != DW_ADDR_SIZE || dw_u(&t, 1))
		return dw_unknown(&t, "addresses of another size");
	t.at += -(t.at - start) & (2 * DW_ADDR_SIZE - 1);
	while (!st && t.at < t.end) {
		struct dwaddr a = dw_addr(&t);

		at = t.at;
		size = dw_u(&t, DW_ADDR_SIZE);
		if (t.bad)
			return dw_unknown(&t, "a table that ends too soon");
		if (!a.section)
			continue;
		st = dw_move_length(&t, a, size, &now);
		if (!st)
			st = dw_put(d, DW_ARANGES, at, DW_ADDR_SIZE, now);
	}
	return st;
}

enum k2_status dw_aranges(struct dwarf *d)
{
	struct dwcur c = dw_at(d, DW_ARANGES, 0);
	enum k2_status st = K2_OK;

	while (!st && c.at < c.end)
		st = move_table(d, &c);
	return st;
}

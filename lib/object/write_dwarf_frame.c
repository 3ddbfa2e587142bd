// SPDX-License-Identifier: BSD-2-Clause
/* .debug_frame, .eh_frame and .debug_aranges. Their addresses have relocations and have moved already; what is left are lengths, and the
   distances between addresses in what is said of registers. .eh_frame is as in the Linux Standard Base, "Exception Frames". */
#include "write_dwarf.h"
#include <string.h>

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

/* In the place of a reference to a common entry: it is one itself. */
static uint64_t common_id(enum dw_section sec)
{
	return sec == DW_EH_FRAME ? 0 : k2_mask(32);
}

static enum k2_status advance(struct frame *f, uint64_t at, unsigned int bits, uint64_t delta)
{
	uint64_t now, keep = bits < 8 ? k2_write_get(f->c.d->w, f->c.d->secs[f->c.sec].old + at, 1) & ~k2_mask(bits) : 0;
	enum k2_status st = dw_move_length(&f->c, f->at, delta * f->factor, &now);

	f->at.value += delta * f->factor;
	if (st)
		return st;
	if (now % f->factor || (now / f->factor) >> bits)
		return dw_unknown(&f->c, "a number does not fit into its place");
	return dw_put(f->c.d, f->c.sec, at, bits < 8 ? 1 : bits / 8, keep | now / f->factor);
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

/* What "zR" says of .eh_frame: how addresses are written. */
static bool knows_encoding(struct dwcur *c, unsigned int version)
{
	enum { ABSPTR = 0x00, UDATA8 = 0x04, SDATA8 = 0x0c }; /* relative to nothing */
	unsigned int encoding;

	dw_sleb(c); /* factor of offsets */
	if (version == 1)
		dw_u(c, 1);
	else
		dw_uleb(c); /* the register with the return address */
	if (dw_uleb(c) != 1)
		return false;
	encoding = (unsigned int)dw_u(c, 1);
	return !c->bad && (encoding == ABSPTR || encoding == UDATA8 || encoding == SDATA8);
}

/* The factor of the entry that an entry for code belongs to. *sized: such entries have more data behind the length of the code. */
static enum k2_status read_common(struct dwarf *d, enum dw_section sec, uint64_t at, uint64_t *factor, bool *sized)
{
	struct dwcur c = dw_at(d, sec, at);
	unsigned int version;
	const char *augmentation;

	dw_skip(&c, 4);
	if (dw_u(&c, 4) != common_id(sec) || c.bad)
		return dw_unknown(&c, "a reference to no common entry");
	version = (unsigned int)dw_u(&c, 1);
	augmentation = dw_string(&c);
	*sized = sec == DW_EH_FRAME && !strcmp(augmentation, "zR");
	if ((augmentation[0] && !*sized) || (version != 1 && version != 3 && version != 4))
		return dw_unknown(&c, "a common entry of an unknown kind");
	if (version >= 4 && (dw_u(&c, 1) != DW_ADDR_SIZE || dw_u(&c, 1)))
		return dw_unknown(&c, "addresses of another size");
	*factor = dw_uleb(&c);
	if (*sized && !knows_encoding(&c, version))
		return dw_unknown(&c, "addresses in an unknown form");
	return c.bad || !*factor ? dw_unknown(&c, "a common entry that ends too soon") : K2_OK;
}

static enum k2_status move_frame(struct dwarf *d, struct dwcur *c)
{
	uint64_t at, size, now, common;
	struct frame f = { 0 };
	enum k2_status st = dw_enter(c, &f.c);
	bool sized = false;

	if (st || (c->sec == DW_EH_FRAME && f.c.at == f.c.end)) /* which ends it */
		return st;
	at = f.c.at;
	common = dw_number(&f.c, DW_OFFSET_SIZE);
	if (f.c.bad || common == common_id(c->sec))
		return f.c.bad ? dw_unknown(&f.c, "an entry that ends too soon") : K2_OK;
	if (c->sec == DW_EH_FRAME) /* a distance */
		common = at - common;
	st = read_common(d, c->sec, common, &f.factor, &sized);
	f.at = dw_addr(&f.c);
	at = f.c.at;
	size = dw_u(&f.c, DW_ADDR_SIZE);
	if (st || !f.at.section)
		return st;
	if (sized)
		dw_skip(&f.c, dw_uleb(&f.c));
	st = f.c.bad ? dw_unknown(&f.c, "an entry that ends too soon") : dw_move_length(&f.c, f.at, size, &now);
	if (!st)
		st = dw_put(d, c->sec, at, DW_ADDR_SIZE, now);
	while (!st && f.c.at < f.c.end && !f.c.bad)
		st = move_instruction(&f);
	return !st && f.c.bad ? dw_unknown(&f.c, "an entry that ends too soon") : st;
}

enum k2_status dw_frames(struct dwarf *d)
{
	static const enum dw_section sections[] = { DW_FRAME, DW_EH_FRAME };
	enum k2_status st = K2_OK;

	for (unsigned int k = 0; k < K2_ARRAY_SIZE(sections); k++) {
		struct dwcur c = dw_at(d, sections[k], 0);

		while (!st && c.at < c.end)
			st = move_frame(d, &c);
	}
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

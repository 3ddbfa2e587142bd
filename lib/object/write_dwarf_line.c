// SPDX-License-Identifier: BSD-2-Clause
/* .debug_line: programs of units with code that moved are decoded to rows, and encoded anew
   (write_dwarf_encode.c) from rows for the new code (write_dwarf_rows.c). Headers, and programs of other units, are copied. The
   section may get another size; relocations follow. */
#include "write_dwarf_line.h"
#include <string.h>

/* ---- decoding ---- */

/* Of the unit that is [start, c->end); `c` is behind its length. */
static enum k2_status read_header(struct dwcur *c, uint64_t start, struct dwline *h)
{
	uint64_t length;

	*h = (struct dwline){ .start = start, .end = c->end };
	h->version = (unsigned int)dw_u(c, 2);
	if (h->version < 2 || h->version > 5)
		return dw_unknown(c, "an unknown version of DWARF");
	if (h->version >= 5 && (dw_u(c, 1) != DW_ADDR_SIZE || dw_u(c, 1)))
		return dw_unknown(c, "addresses of another size");
	length = dw_u(c, 4);
	h->program = c->at + length;
	h->min_insn = (unsigned int)dw_u(c, 1);
	if (h->version >= 4 && dw_u(c, 1) != 1)
		return dw_unknown(c, "more than one operation in an instruction");
	h->is_stmt = dw_u(c, 1);
	h->line_base = (int)k2_sext(dw_u(c, 1), 8);
	h->line_range = (unsigned int)dw_u(c, 1);
	h->opcode_base = (unsigned int)dw_u(c, 1);
	if (c->bad || h->program < c->at || h->program > h->end || !h->line_range || !h->opcode_base || !h->min_insn)
		return dw_unknown(c, "a header that makes no sense");
	/* Numbers of operands are as the standard says. */
	for (unsigned int k = 1; k < h->opcode_base && k < N_LNS; k++) {
		static const uint8_t n[N_LNS] = { 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1 };

		if (dw_u(c, 1) != n[k])
			return dw_unknown(c, "an instruction of an unknown form");
	}
	c->at = h->program;
	return K2_OK;
}

struct machine {
	struct dwcur c;
	const struct dwline *h;
	struct dwrow row;
	struct dwseq seq;
};

static void reset(struct machine *m)
{
	m->row = (struct dwrow){ .file = 1, .line = 1, .flags = m->h->is_stmt ? ROW_STMT : 0 };
	m->seq = (struct dwseq){ 0 };
}

static enum k2_status add_row(struct machine *m)
{
	if (m->seq.n && m->row.at < m->seq.rows[m->seq.n - 1].at)
		return dw_unknown(&m->c, "rows that go back");
	if (!K2_VEC_PUSH(m->c.d->w->arena, m->seq.rows, m->seq.n, m->seq.cap, m->row))
		return K2_ENOMEM;
	m->row.flags &= ~(uint32_t)ROW_ONCE;
	m->row.discriminator = 0;
	return K2_OK;
}

static enum k2_status set_address(struct machine *m)
{
	const struct dwrel *r = dw_rel(m->c.d, DW_LINE, m->c.at);
	struct dwaddr a = dw_addr(&m->c);

	if ((m->seq.n || m->seq.rel) && (a.section != m->seq.section || !m->seq.rel != !r))
		return dw_unknown(&m->c, "code of two sections in a sequence");
	if (!m->seq.rel)
		m->seq.rel = r;
	m->seq.section = a.section;
	m->row.at = a.value;
	return K2_OK;
}

/* *end: the sequence is complete. */
static enum k2_status run_extended(struct machine *m, bool *end)
{
	uint64_t length = dw_uleb(&m->c), next;
	struct dwcur after = m->c;
	unsigned int op;
	enum k2_status st = K2_OK;

	dw_skip(&after, length);
	next = after.at;
	op = (unsigned int)dw_u(&m->c, 1);
	if (after.bad || !length)
		return dw_unknown(&m->c, "an instruction that is longer than its unit");
	if (op == LNE_END_SEQUENCE) {
		*end = true;
		st = add_row(m);
	} else if (op == LNE_SET_ADDRESS) {
		st = set_address(m);
	} else if (op == LNE_SET_DISCRIMINATOR) {
		m->row.discriminator = (uint32_t)dw_uleb(&m->c);
	} else {
		return dw_unknown(&m->c, "an unknown instruction");
	}
	return !st && m->c.at != next ? dw_unknown(&m->c, "an instruction of another length") : st;
}

static uint64_t fixed_advance(struct machine *m)
{
	if (dw_rel(m->c.d, DW_LINE, m->c.at))
		m->c.bad = true;
	return dw_u(&m->c, 2);
}

static enum k2_status run_one(struct machine *m, bool *end)
{
	const struct dwline *h = m->h;
	unsigned int op = (unsigned int)dw_u(&m->c, 1), special = op - h->opcode_base;

	if (op >= h->opcode_base) {
		m->row.at += (uint64_t)(special / h->line_range) * h->min_insn;
		m->row.line += (uint32_t)(h->line_base + (int)(special % h->line_range));
		return add_row(m);
	}
	switch (op) {
	case LNS_EXTENDED: return run_extended(m, end);
	case LNS_COPY: return add_row(m);
	case LNS_ADVANCE_PC: m->row.at += dw_uleb(&m->c) * h->min_insn; break;
	case LNS_ADVANCE_LINE: m->row.line += (uint32_t)dw_sleb(&m->c); break;
	case LNS_SET_FILE: m->row.file = (uint32_t)dw_uleb(&m->c); break;
	case LNS_SET_COLUMN: m->row.column = (uint32_t)dw_uleb(&m->c); break;
	case LNS_NEGATE_STMT: m->row.flags ^= ROW_STMT; break;
	case LNS_SET_BASIC_BLOCK: m->row.flags |= ROW_BLOCK; break;
	case LNS_CONST_ADD_PC: m->row.at += (uint64_t)((255 - h->opcode_base) / h->line_range) * h->min_insn; break;
	case LNS_FIXED_ADVANCE_PC: m->row.at += fixed_advance(m); break;
	case LNS_SET_PROLOGUE_END: m->row.flags |= ROW_PROLOGUE_END; break;
	case LNS_SET_EPILOGUE_BEGIN: m->row.flags |= ROW_EPILOGUE; break;
	case LNS_SET_ISA: m->row.isa = (uint32_t)dw_uleb(&m->c); break;
	default: return dw_unknown(&m->c, "an unknown instruction");
	}
	return K2_OK;
}

/* The next sequence of the program. */
static enum k2_status read_sequence(struct machine *m)
{
	bool end = false;
	enum k2_status st = K2_OK;

	reset(m);
	while (!st && !end) {
		st = run_one(m, &end);
		if (!st && (m->c.bad || !dw_step(m->c.d)))
			return dw_unknown(&m->c, "a sequence without an end");
	}
	return st;
}

/* ---- units ---- */

static bool same_rows(const struct dwseq *a, const struct dwseq *b)
{
	return a->n == b->n && !memcmp(a->rows, b->rows, a->n * sizeof(*a->rows));
}

/* *anew: there are other rows than before. */
static enum k2_status put_program(struct dwout *o, const struct dwline *h, struct dwcur c, bool *anew)
{
	struct machine m = { .c = c, .h = h };
	enum k2_status st = K2_OK;

	*anew = false;
	while (!st && m.c.at < h->end) {
		struct dwseq now;

		st = read_sequence(&m);
		if (!st && (!m.seq.section || SLOT % h->min_insn))
			st = dw_unknown(&c, "a sequence for no code, or with instructions of an unknown length");
		if (!st)
			st = dw_move_rows(&m.c, &m.seq, &now);
		if (!st)
			st = dw_put_sequence(o, h, &now);
		*anew |= !st && !same_rows(&m.seq, &now);
	}
	return st;
}

/* The unit has addresses of code that moves. */
static bool moves(const struct dwarf *d, const struct dwline *h)
{
	const struct dwsec *s = &d->secs[DW_LINE];

	for (uint32_t k = 0; k < s->n_rels; k++) {
		if (s->rels[k].at >= h->program && s->rels[k].at < h->end && s->rels[k].section && d->pos[s->rels[k].section])
			return true;
	}
	return false;
}

static enum k2_status put_unit(struct dwout *o, struct dwcur *section)
{
	struct dwunit_line line = { section->at, o->len };
	struct dwout without = *o;
	struct dwline h;
	struct dwcur c;
	bool anew = false;
	enum k2_status st = dw_enter(section, &c);

	if (!st)
		st = read_header(&c, line.old, &h);
	if (!st && !K2_VEC_PUSH(o->d->w->arena, o->d->lines, o->d->n_lines, o->d->cap_lines, line))
		st = K2_ENOMEM;
	if (!st && moves(o->d, &h)) {
		st = dw_copy_lines(o, h.start, h.program);
		if (!st)
			st = put_program(o, &h, c, &anew);
	}
	if (!st && !anew) { /* as compilers encode it */
		*o = without;
		st = dw_copy_lines(o, h.start, h.end);
	}
	if (!st)
		k2_write_put(o->d->w, o->bytes + line.now, 4, o->len - line.now - 4);
	return st;
}

enum k2_status dw_lines(struct dwarf *d)
{
	const struct dwsec *s = &d->secs[DW_LINE];
	struct dwcur c = dw_at(d, DW_LINE, 0);
	struct dwout o = { .d = d };
	enum k2_status st = K2_OK;

	while (!st && c.at < c.end)
		st = put_unit(&o, &c);
	if (st || !s->index || !o.len)
		return st;
	dw_finish_lines(&o);
	return st;
}

enum k2_status dw_line_at(const struct dwcur *c, uint64_t old, uint64_t *now)
{
	uint32_t lo = 0, hi = c->d->n_lines;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (c->d->lines[mid].old < old)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == c->d->n_lines || c->d->lines[lo].old != old)
		return dw_unknown(c, "a line program that .debug_line does not have");
	*now = c->d->lines[lo].now;
	return K2_OK;
}

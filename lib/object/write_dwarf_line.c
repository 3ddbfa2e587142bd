// SPDX-License-Identifier: BSD-2-Clause
/* .debug_line: programs of units with code that moved are decoded to rows, and encoded anew from rows for the new code
   (write_dwarf_rows.c). Headers, and programs of other units, are copied. The section may get another size; relocations follow. */
#include "write_dwarf.h"
#include <elf.h>
#include <string.h>

enum { LNS_EXTENDED, LNS_COPY, LNS_ADVANCE_PC, LNS_ADVANCE_LINE, LNS_SET_FILE, LNS_SET_COLUMN, LNS_NEGATE_STMT, LNS_SET_BASIC_BLOCK,
       LNS_CONST_ADD_PC, LNS_FIXED_ADVANCE_PC, LNS_SET_PROLOGUE_END, LNS_SET_EPILOGUE_BEGIN, LNS_SET_ISA, N_LNS };
enum { LNE_END_SEQUENCE = 1, LNE_SET_ADDRESS, LNE_SET_DISCRIMINATOR = 4, REL_SIZE = 16, RELA_SIZE = 24 };

struct header {
	uint64_t start, program, end; /* in the section, bytes */
	unsigned int version, min_insn, line_range, opcode_base;
	int line_base;
	bool is_stmt;
};

/* The new section. */
struct out {
	struct dwarf *d;
	uint8_t *bytes, *rels;
	uint64_t len, cap, n_rels, cap_rels;
};

/* ---- the new section ---- */

static bool grow(struct dwarf *d, uint8_t **v, uint64_t len, uint64_t *cap, uint64_t more)
{
	uint8_t *now;

	if (len + more <= *cap)
		return true;
	*cap = (len + more) * 2 + 64;
	now = k2_arena_calloc(d->w->arena, *cap, 1);
	if (now && len)
		memcpy(now, *v, len);
	*v = now;
	return now != NULL;
}

static bool put(struct out *o, const void *p, uint64_t n)
{
	if (!grow(o->d, &o->bytes, o->len, &o->cap, n))
		return false;
	memcpy(o->bytes + o->len, p, n);
	o->len += n;
	return true;
}

static bool put_byte(struct out *o, unsigned int byte)
{
	return put(o, &(uint8_t){ (uint8_t)byte }, 1);
}

static bool put_uleb(struct out *o, uint64_t v)
{
	do {
		if (!put_byte(o, (unsigned int)(v & 0x7f) | (v > 0x7f ? 0x80 : 0)))
			return false;
		v >>= 7;
	} while (v);
	return true;
}

static bool put_sleb(struct out *o, int64_t v)
{
	for (;;) {
		int64_t rest = (v - (v & 0x7f)) / 128;
		bool last = (rest == 0 && !(v & 0x40)) || (rest == -1 && v & 0x40);

		if (!put_byte(o, (unsigned int)(v & 0x7f) | (last ? 0 : 0x80)))
			return false;
		if (last)
			return true;
		v = rest;
	}
}

static bool is_rela(const struct out *o)
{
	return o->d->w->o->secs[o->d->secs[DW_LINE].table].type == SHT_RELA;
}

/* Relocation `r` for byte `at` of the new section. */
static bool put_rel(struct out *o, const struct dwrel *r, uint64_t at, uint64_t addend)
{
	uint64_t step = is_rela(o) ? RELA_SIZE : REL_SIZE;
	uint8_t *p;

	if (!grow(o->d, &o->rels, o->n_rels * step, &o->cap_rels, step))
		return false;
	p = o->rels + step * o->n_rels++;
	memcpy(p, o->d->w->o->secs[o->d->secs[DW_LINE].table].bytes + step * r->order, step);
	k2_write_put(o->d->w, p, 8, at);
	if (is_rela(o))
		k2_write_put(o->d->w, p + 16, 8, addend);
	else
		k2_write_put(o->d->w, o->bytes + at, r->width, addend);
	return true;
}

/* Bytes of the old section, with their relocations. */
static enum k2_status copy(struct out *o, uint64_t from, uint64_t end)
{
	const struct dwsec *s = &o->d->secs[DW_LINE];
	uint64_t start = o->len;

	if (!put(o, s->old + from, end - from))
		return K2_ENOMEM;
	for (uint32_t k = 0; k < s->n_rels; k++) {
		const struct dwrel *r = &s->rels[k];

		if (r->at >= from && r->at < end && !put_rel(o, r, start + r->at - from, dw_addend(o->d, DW_LINE, r, r->to)))
			return K2_ENOMEM;
	}
	return K2_OK;
}

/* ---- decoding ---- */

static enum k2_status read_header(struct dwcur *c, struct header *h)
{
	uint64_t length;

	*h = (struct header){ .start = c->at };
	length = dw_u(c, 4);
	if (c->bad || length > c->end - c->at)
		return dw_unknown(c, "a unit that is longer than the section, or 64-bit DWARF");
	h->end = c->end = c->at + length;
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
	const struct header *h;
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
	const struct header *h = m->h;
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

/* ---- encoding ---- */

/* Registers that are not what they are to be. */
static bool put_registers(struct out *o, const struct header *h, struct dwrow *now, const struct dwrow *r)
{
	bool ok = true;

	if (r->discriminator)
		ok = put_byte(o, 0) && put_uleb(o, 1 + (r->discriminator < 1u << 7 ? 1u : r->discriminator < 1u << 14 ? 2u :
							 r->discriminator < 1u << 21 ? 3u : r->discriminator < 1u << 28 ? 4u : 5u)) &&
		     put_byte(o, LNE_SET_DISCRIMINATOR) && put_uleb(o, r->discriminator);
	if (ok && r->file != now->file)
		ok = put_byte(o, LNS_SET_FILE) && put_uleb(o, r->file);
	if (ok && r->column != now->column)
		ok = put_byte(o, LNS_SET_COLUMN) && put_uleb(o, r->column);
	if (ok && r->isa != now->isa && h->opcode_base > LNS_SET_ISA)
		ok = put_byte(o, LNS_SET_ISA) && put_uleb(o, r->isa);
	if (ok && (r->flags ^ now->flags) & ROW_STMT)
		ok = put_byte(o, LNS_NEGATE_STMT);
	if (ok && r->flags & ROW_BLOCK)
		ok = put_byte(o, LNS_SET_BASIC_BLOCK);
	if (ok && r->flags & ROW_PROLOGUE_END)
		ok = put_byte(o, LNS_SET_PROLOGUE_END);
	if (ok && r->flags & ROW_EPILOGUE)
		ok = put_byte(o, LNS_SET_EPILOGUE_BEGIN);
	return ok;
}

static bool put_row(struct out *o, const struct header *h, struct dwrow *now, const struct dwrow *r)
{
	int64_t line = (int64_t)r->line - now->line;
	uint64_t advance = (r->at - now->at) / h->min_insn, op, max = (255 - h->opcode_base) / h->line_range;

	if (!put_registers(o, h, now, r))
		return false;
	*now = *r;
	now->flags &= ~(uint32_t)ROW_ONCE;
	if (line < h->line_base || line >= h->line_base + (int)h->line_range) {
		if (!put_byte(o, LNS_ADVANCE_LINE) || !put_sleb(o, line))
			return false;
		line = 0;
		if (h->line_base > 0 || h->line_base + (int)h->line_range <= 0)
			return (!advance || (put_byte(o, LNS_ADVANCE_PC) && put_uleb(o, advance))) && put_byte(o, LNS_COPY);
	}
	op = (uint64_t)(line - h->line_base) + h->opcode_base;
	if (op > 255)
		op = 255 + 1;
	if (op + advance * h->line_range <= 255)
		return put_byte(o, (unsigned int)(op + advance * h->line_range));
	if (h->opcode_base > LNS_CONST_ADD_PC && advance >= max && op + (advance - max) * h->line_range <= 255)
		return put_byte(o, LNS_CONST_ADD_PC) && put_byte(o, (unsigned int)(op + (advance - max) * h->line_range));
	if (line && !(put_byte(o, LNS_ADVANCE_LINE) && put_sleb(o, line)))
		return false;
	return put_byte(o, LNS_ADVANCE_PC) && put_uleb(o, advance) && put_byte(o, LNS_COPY);
}

static enum k2_status put_sequence(struct out *o, const struct header *h, const struct dwseq *s)
{
	struct dwrow now = { .at = s->rows[0].at, .file = 1, .line = 1, .flags = h->is_stmt ? ROW_STMT : 0 };
	const struct dwrow *end = &s->rows[s->n - 1];
	uint8_t address[DW_ADDR_SIZE];
	uint64_t at;

	k2_write_put(o->d->w, address, DW_ADDR_SIZE, now.at);
	if (!put_byte(o, 0) || !put_byte(o, 1 + DW_ADDR_SIZE) || !put_byte(o, LNE_SET_ADDRESS))
		return K2_ENOMEM;
	at = o->len;
	if (!put(o, address, sizeof(address)) ||
	    (s->rel && !put_rel(o, s->rel, at, dw_addend(o->d, DW_LINE, s->rel, now.at))))
		return K2_ENOMEM;
	for (uint32_t k = 0; k + 1 < s->n; k++) {
		if (!put_row(o, h, &now, &s->rows[k]))
			return K2_ENOMEM;
	}
	if (end->at != now.at && !(put_byte(o, LNS_ADVANCE_PC) && put_uleb(o, (end->at - now.at) / h->min_insn)))
		return K2_ENOMEM;
	return put_byte(o, 0) && put_byte(o, 1) && put_byte(o, LNE_END_SEQUENCE) ? K2_OK : K2_ENOMEM;
}

/* ---- units ---- */

static bool same_rows(const struct dwseq *a, const struct dwseq *b)
{
	return a->n == b->n && !memcmp(a->rows, b->rows, a->n * sizeof(*a->rows));
}

/* *anew: there are other rows than before. */
static enum k2_status put_program(struct out *o, const struct header *h, struct dwcur c, bool *anew)
{
	struct machine m = { .c = c, .h = h };
	enum k2_status st = K2_OK;

	*anew = false;
	m.c.end = h->end;
	while (!st && m.c.at < h->end) {
		struct dwseq now;

		st = read_sequence(&m);
		if (!st && (!m.seq.section || SLOT % h->min_insn))
			st = dw_unknown(&c, "a sequence for no code, or with instructions of an unknown length");
		if (!st)
			st = dw_move_rows(&m.c, &m.seq, &now);
		if (!st)
			st = put_sequence(o, h, &now);
		*anew |= !st && !same_rows(&m.seq, &now);
	}
	return st;
}

/* The unit has addresses of code that moves. */
static bool moves(const struct dwarf *d, const struct header *h)
{
	const struct dwsec *s = &d->secs[DW_LINE];

	for (uint32_t k = 0; k < s->n_rels; k++) {
		if (s->rels[k].at >= h->program && s->rels[k].at < h->end && s->rels[k].section && d->pos[s->rels[k].section])
			return true;
	}
	return false;
}

static enum k2_status put_unit(struct out *o, struct dwcur *c)
{
	struct dwunit_line line = { c->at, o->len };
	struct dwcur section = *c;
	struct header h;
	enum k2_status st = read_header(c, &h);
	struct out without = *o;
	bool anew = false;

	if (!st && !K2_VEC_PUSH(o->d->w->arena, o->d->lines, o->d->n_lines, o->d->cap_lines, line))
		st = K2_ENOMEM;
	if (!st && moves(o->d, &h)) {
		st = copy(o, h.start, h.program);
		if (!st)
			st = put_program(o, &h, *c, &anew);
	}
	if (!st && !anew) { /* as compilers encode it */
		*o = without;
		st = copy(o, h.start, h.end);
	}
	if (!st)
		k2_write_put(o->d->w, o->bytes + line.now, 4, o->len - line.now - 4);
	section.at = st ? 0 : h.end;
	*c = section;
	return st;
}

enum k2_status dw_lines(struct dwarf *d)
{
	const struct dwsec *s = &d->secs[DW_LINE];
	struct dwcur c = dw_at(d, DW_LINE, 0);
	struct out o = { .d = d };
	enum k2_status st = K2_OK;

	while (!st && c.at < c.end)
		st = put_unit(&o, &c);
	if (st || !s->index || !o.len)
		return st;
	d->w->secs[s->index].bytes = o.bytes;
	d->w->secs[s->index].size = o.len;
	d->w->secs[s->index].changed = true;
	if (s->table) {
		d->w->secs[s->table].bytes = o.rels ? o.rels : d->w->secs[s->table].bytes;
		d->w->secs[s->table].size = o.n_rels * (is_rela(&o) ? RELA_SIZE : REL_SIZE);
		d->w->secs[s->table].changed = true;
	}
	return K2_OK;
}

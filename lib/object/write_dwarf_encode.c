// SPDX-License-Identifier: BSD-2-Clause
/* The new .debug_line: bytes, relocations, and rows encoded as instructions. */
#include "write_dwarf_line.h"
#include <elf.h>
#include <string.h>

enum { REL_SIZE = 16, RELA_SIZE = 24 };

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

static bool put(struct dwout *o, const void *p, uint64_t n)
{
	if (!grow(o->d, &o->bytes, o->len, &o->cap, n))
		return false;
	memcpy(o->bytes + o->len, p, n);
	o->len += n;
	return true;
}

static bool put_byte(struct dwout *o, unsigned int byte)
{
	return put(o, &(uint8_t){ (uint8_t)byte }, 1);
}

static bool put_uleb(struct dwout *o, uint64_t v)
{
	do {
		if (!put_byte(o, (unsigned int)(v & 0x7f) | (v > 0x7f ? 0x80 : 0)))
			return false;
		v >>= 7;
	} while (v);
	return true;
}

static bool put_sleb(struct dwout *o, int64_t v)
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

static bool is_rela(const struct dwout *o)
{
	return o->d->w->o->secs[o->d->secs[DW_LINE].table].type == SHT_RELA;
}

/* Relocation `r` for byte `at` of the new section. */
static bool put_rel(struct dwout *o, const struct dwrel *r, uint64_t at, uint64_t addend)
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

enum k2_status dw_copy_lines(struct dwout *o, uint64_t from, uint64_t end)
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

/* ---- encoding ---- */

/* Registers that are not what they are to be. */
static bool put_registers(struct dwout *o, const struct dwline *h, struct dwrow *now, const struct dwrow *r)
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

static bool put_row(struct dwout *o, const struct dwline *h, struct dwrow *now, const struct dwrow *r)
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

enum k2_status dw_put_sequence(struct dwout *o, const struct dwline *h, const struct dwseq *s)
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

void dw_finish_lines(const struct dwout *o)
{
	const struct dwsec *s = &o->d->secs[DW_LINE];
	struct newsec *line = &o->d->w->secs[s->index], *table = s->table ? &o->d->w->secs[s->table] : NULL;

	line->bytes = o->bytes;
	line->size = o->len;
	line->changed = true;
	if (!table)
		return;
	if (o->rels)
		table->bytes = o->rels;
	table->size = o->n_rels * (is_rela(o) ? RELA_SIZE : REL_SIZE);
	table->changed = true;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Fields of DWARF: read from the old bytes, written to the new ones, with their relocations. */
#include "write_dwarf.h"
#include <elf.h>
#include <string.h>

enum { REL_SIZE = 16, RELA_SIZE = 24 };

enum k2_status dw_unknown(const struct dwcur *c, const char *why)
{
	c->d->why = why;
	c->d->why_in = c->sec;
	c->d->why_at = c->at;
	return K2_EUNSUPPORTED;
}

bool dw_step(struct dwarf *d)
{
	return d->steps && d->steps--;
}

/* ---- reading ---- */

struct dwcur dw_at(struct dwarf *d, enum dw_section sec, uint64_t at)
{
	return (struct dwcur){ d, sec, at, d->secs[sec].size, false };
}

void dw_skip(struct dwcur *c, uint64_t n)
{
	if (c->at > c->end || n > c->end - c->at) {
		c->bad = true;
		n = 0;
	}
	c->at += n;
}

uint64_t dw_u(struct dwcur *c, unsigned int bytes)
{
	uint64_t at = c->at;

	dw_skip(c, bytes);
	return c->bad ? 0 : k2_write_get(c->d->w, c->d->secs[c->sec].old + at, bytes);
}

enum k2_status dw_enter(struct dwcur *c, struct dwcur *in)
{
	uint64_t length = dw_u(c, 4);

	*in = *c;
	if (c->bad || length > c->end - c->at)
		return dw_unknown(c, "something that is longer than the section, or 64-bit DWARF");
	dw_skip(c, length);
	in->end = c->at;
	return K2_OK;
}

static uint64_t leb(struct dwcur *c, unsigned int *bits)
{
	uint64_t v = 0;
	uint8_t byte;

	*bits = 0;
	do {
		byte = (uint8_t)dw_u(c, 1);
		if (*bits < 64)
			v |= (uint64_t)(byte & 0x7f) << *bits;
		*bits += 7;
	} while (byte & 0x80 && !c->bad);
	return v;
}

uint64_t dw_uleb(struct dwcur *c)
{
	unsigned int bits;

	return leb(c, &bits);
}

int64_t dw_sleb(struct dwcur *c)
{
	unsigned int bits;
	uint64_t v = leb(c, &bits);

	return bits < 64 ? k2_sext(v, bits) : (int64_t)v;
}

const char *dw_string(struct dwcur *c)
{
	const uint8_t *s = c->d->secs[c->sec].old + c->at, *end;

	if (c->bad || c->at >= c->end || !(end = memchr(s, 0, c->end - c->at))) {
		c->bad = true;
		return "";
	}
	c->at += (uint64_t)(end - s) + 1;
	return (const char *)s;
}

const struct dwrel *dw_rel(const struct dwarf *d, enum dw_section sec, uint64_t at)
{
	const struct dwsec *s = &d->secs[sec];
	uint32_t lo = 0, hi = s->n_rels;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->rels[mid].at < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n_rels && s->rels[lo].at == at ? &s->rels[lo] : NULL;
}

struct dwaddr dw_addr(struct dwcur *c)
{
	const struct dwrel *r = dw_rel(c->d, c->sec, c->at);
	uint64_t v = dw_u(c, DW_ADDR_SIZE);
	bool code = r && r->section && k2_objsec_is_code(&c->d->w->o->secs[r->section]);

	return code ? (struct dwaddr){ r->section, r->to } : (struct dwaddr){ 0, v };
}

struct dwaddr dw_addrx(struct dwarf *d, uint64_t base, uint64_t index, bool *ok)
{
	struct dwcur c = dw_at(d, DW_ADDR, base);
	struct dwaddr a;

	if (index > c.end / DW_ADDR_SIZE)
		c.bad = true;
	else
		dw_skip(&c, index * DW_ADDR_SIZE);
	a = dw_addr(&c);
	*ok = !c.bad;
	return a;
}

uint64_t dw_number(struct dwcur *c, unsigned int bytes)
{
	const struct dwrel *r = dw_rel(c->d, c->sec, c->at);
	uint64_t v = dw_u(c, bytes);

	return r ? r->to & k2_mask(8 * bytes) : v;
}

/* ---- writing ---- */

enum k2_status dw_put(struct dwarf *d, enum dw_section sec, uint64_t at, unsigned int bytes, uint64_t v)
{
	uint8_t *p = k2_write_edit(d->w, d->secs[sec].index);

	if (!p)
		return K2_ENOMEM;
	k2_write_put(d->w, p + at, bytes, v);
	return K2_OK;
}

enum k2_status dw_put_bytes(struct dwarf *d, enum dw_section sec, uint64_t at, uint8_t byte, uint64_t n)
{
	uint8_t *p = k2_write_edit(d->w, d->secs[sec].index);

	if (!p)
		return K2_ENOMEM;
	memset(p + at, byte, n);
	return K2_OK;
}

uint64_t dw_addend(const struct dwarf *d, enum dw_section sec, const struct dwrel *r, uint64_t v)
{
	const struct dwsec *s = &d->secs[sec];
	const struct objsec *table = &d->w->o->secs[s->table];
	uint64_t step = table->type == SHT_RELA ? RELA_SIZE : REL_SIZE;
	uint64_t sym = k2_write_get(d->w, table->bytes + step * r->order + 8, 8) >> 32;
	const struct objsym *to = &d->w->o->syms[sym];
	const struct newsec *code = to->section && to->section != NONE ? &d->w->secs[to->section] : NULL;

	/* As k2_write_symbols moves it. */
	if (code && code->to && to->value / SLOT <= code->n_old)
		return v - (uint64_t)SLOT * code->to[to->value / SLOT];
	return v - to->value;
}

enum k2_status dw_put_related(struct dwarf *d, enum dw_section sec, const struct dwrel *r, uint64_t v)
{
	const struct dwsec *s = &d->secs[sec];
	uint64_t addend = dw_addend(d, sec, r, v);
	uint8_t *p;

	if (d->w->o->secs[s->table].type != SHT_RELA)
		return dw_put(d, sec, r->at, r->width, addend);
	p = k2_write_edit(d->w, s->table);
	if (!p)
		return K2_ENOMEM;
	k2_write_put(d->w, p + (uint64_t)RELA_SIZE * r->order + 16, 8, addend);
	return K2_OK;
}

enum k2_status dw_put_addr(struct dwarf *d, enum dw_section sec, uint64_t at, uint64_t v)
{
	const struct dwrel *r = dw_rel(d, sec, at);

	return r ? dw_put_related(d, sec, r, v) : dw_put(d, sec, at, DW_ADDR_SIZE, v);
}

enum k2_status dw_put_uleb(const struct dwcur *c, uint64_t at, uint64_t bytes, uint64_t v)
{
	uint8_t *p = k2_write_edit(c->d->w, c->d->secs[c->sec].index);

	if (!p)
		return K2_ENOMEM;
	if (bytes < 10 && v >> (7 * bytes))
		return dw_unknown(c, "a number does not fit into its place");
	for (uint64_t k = 0; k < bytes; k++, v >>= 7)
		p[at + k] = (uint8_t)((v & 0x7f) | (k + 1 < bytes ? 0x80 : 0));
	return K2_OK;
}

// SPDX-License-Identifier: BSD-2-Clause
/* DWARF for code that moved. Here: the sections and their relocations, fields, and the driver. */
#include "write_dwarf.h"
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REL_SIZE = 16, RELA_SIZE = 24, STEPS_PER_BYTE = 64 };

static const char *const section_names[DW_N] = {
	[DW_INFO] = ".debug_info",         [DW_ABBREV] = ".debug_abbrev",     [DW_ADDR] = ".debug_addr", [DW_LINE] = ".debug_line",
	[DW_RANGES] = ".debug_ranges",     [DW_RNGLISTS] = ".debug_rnglists", [DW_LOC] = ".debug_loc",
	[DW_LOCLISTS] = ".debug_loclists", [DW_FRAME] = ".debug_frame",       [DW_ARANGES] = ".debug_aranges",
	[DW_TYPES] = ".debug_types",
};

/* Sections without addresses of code. Macros refer to line programs, which makes no difference if there is but one. */
static const char *const harmless[] = {
	".debug_str", ".debug_line_str", ".debug_str_offsets", ".debug_pubnames", ".debug_pubtypes", ".debug_gnu_pubnames",
	".debug_gnu_pubtypes", ".debug_names", ".debug_gdb_scripts", ".debug_macinfo", ".debug_macro",
};

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

static enum k2_status put_related(struct dwarf *d, enum dw_section sec, const struct dwrel *r, uint64_t v)
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

	return r ? put_related(d, sec, r, v) : dw_put(d, sec, at, DW_ADDR_SIZE, v);
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

/* ---- sections ---- */

static int by_place(const void *a, const void *b)
{
	const struct dwrel *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static enum k2_status read_rel(struct dwarf *d, enum dw_section sec, uint32_t k)
{
	struct dwsec *s = &d->secs[sec];
	bool rela = d->w->o->secs[s->table].type == SHT_RELA;
	const uint8_t *p = d->w->o->secs[s->table].bytes + (uint64_t)(rela ? RELA_SIZE : REL_SIZE) * k;
	uint64_t info = k2_write_get(d->w, p + 8, 8), sym = info >> 32;
	struct dwcur c = dw_at(d, sec, k2_write_get(d->w, p, 8));
	struct dwrel *r = &s->rels[k];

	*r = (struct dwrel){ .at = c.at, .order = k, .width = k2_write_rel_width((uint32_t)info) };
	if (!r->width || sym >= d->w->o->n_syms)
		return dw_unknown(&c, "a relocation of an unknown kind");
	r->to = (uint64_t)k2_sext(dw_u(&c, r->width), 8 * r->width);
	if (rela)
		r->to = k2_write_get(d->w, p + 16, 8);
	r->to += d->w->o->syms[sym].value;
	r->section = d->w->o->syms[sym].section == NONE ? 0 : d->w->o->syms[sym].section;
	return c.bad ? dw_unknown(&c, "a relocation behind its end") : K2_OK;
}

static enum k2_status read_rels(struct dwarf *d, enum dw_section sec)
{
	struct dwsec *s = &d->secs[sec];
	const struct objsec *table = &d->w->o->secs[s->table];
	uint64_t n = s->table ? table->size / (table->type == SHT_RELA ? RELA_SIZE : REL_SIZE) : 0;
	enum k2_status st = K2_OK;

	s->rels = k2_arena_calloc(d->w->arena, n + 1, sizeof(*s->rels));
	if (!s->rels)
		return K2_ENOMEM;
	s->n_rels = (uint32_t)n;
	for (uint32_t k = 0; k < n && !st; k++)
		st = read_rel(d, sec, k);
	qsort(s->rels, st ? 0 : n, sizeof(*s->rels), by_place);
	for (uint32_t k = 1; k < n && !st; k++) {
		struct dwcur c = dw_at(d, sec, s->rels[k].at);

		if (s->rels[k].at - s->rels[k - 1].at < s->rels[k - 1].width)
			st = dw_unknown(&c, "relocations share bytes");
	}
	return st;
}

static enum k2_status take_section(struct dwarf *d, uint32_t index)
{
	const struct objsec *s = &d->w->o->secs[index];
	unsigned int k = 0;

	while (k < DW_N && strcmp(s->name, section_names[k]))
		k++;
	if (k == DW_N || d->secs[k].index || s->flags & SHF_COMPRESSED || !s->bytes) {
		for (unsigned int h = 0; h < K2_ARRAY_SIZE(harmless); h++) {
			if (!strcmp(s->name, harmless[h]))
				return K2_OK;
		}
		d->why = k2_arena_printf(d->w->arena, "section %s is unknown, compressed, or there are two", s->name);
		return d->why ? K2_EUNSUPPORTED : K2_ENOMEM;
	}
	d->secs[k].index = index;
	d->secs[k].old = s->bytes;
	d->secs[k].size = s->size;
	d->steps += STEPS_PER_BYTE * s->size;
	for (uint32_t t = 1; t < d->w->o->n_secs; t++) {
		uint32_t type = d->w->o->secs[t].type;

		if ((type != SHT_REL && type != SHT_RELA) || d->w->headers[t].sh_info != index || !d->w->o->secs[t].bytes)
			continue;
		if (d->secs[k].table) {
			d->why = "two tables of relocations for one section";
			return K2_EUNSUPPORTED;
		}
		d->secs[k].table = t;
	}
	return K2_OK;
}

static enum k2_status find_sections(struct dwarf *d)
{
	enum k2_status st = K2_OK;

	for (uint32_t k = 1; k < d->w->o->n_secs && !st; k++) {
		if (k2_write_is_dwarf(d->w, k))
			st = take_section(d, k);
	}
	for (unsigned int k = 0; k < DW_N && !st; k++)
		st = read_rels(d, k);
	return st;
}

/* Fields with the address of code, wherever they are. Those of line programs are made anew. */
static enum k2_status move_addresses(struct dwarf *d)
{
	for (unsigned int k = 0; k < DW_N; k++) {
		for (uint32_t j = 0; k != DW_LINE && j < d->secs[k].n_rels; j++) {
			const struct dwrel *r = &d->secs[k].rels[j];
			struct dwcur c = dw_at(d, k, r->at);
			enum k2_status st;
			uint64_t to;

			if (!r->section || !d->pos[r->section])
				continue;
			st = dw_move(&c, (struct dwaddr){ r->section, r->to }, &to);
			if (!st)
				st = put_related(d, k, r, to);
			if (st)
				return st;
		}
	}
	return K2_OK;
}

/* References to line programs, wherever they have relocations. */
static enum k2_status move_references(struct dwarf *d)
{
	enum k2_status st = K2_OK;

	if (d->n_lines > 1 && k2_objsec_find(d->w->o, ".debug_macro")) {
		d->why = "several line programs with macros";
		return K2_EUNSUPPORTED;
	}
	for (unsigned int k = 0; k < DW_N; k++) {
		for (uint32_t j = 0; j < d->secs[k].n_rels && !st; j++) {
			const struct dwrel *r = &d->secs[k].rels[j];
			struct dwcur c = dw_at(d, k, r->at);
			uint64_t now;

			if (!r->section || r->section != d->secs[DW_LINE].index || k == DW_LINE)
				continue;
			st = dw_line_at(&c, r->to, &now);
			if (!st && now != r->to)
				st = put_related(d, k, r, now);
		}
	}
	return st;
}

static enum k2_status update(struct dwarf *d)
{
	enum k2_status st = find_sections(d);

	if (!st)
		st = dw_place(d);
	if (!st)
		st = move_addresses(d);
	if (!st)
		st = dw_lines(d);
	if (!st)
		st = move_references(d);
	if (!st)
		st = dw_info(d);
	if (!st)
		st = dw_frames(d);
	return st ? st : dw_aranges(d);
}

/* As if nothing had been tried. */
static void undo(const struct writer *w)
{
	for (uint32_t k = 1; k < w->o->n_secs; k++) {
		bool table = w->o->secs[k].type == SHT_REL || w->o->secs[k].type == SHT_RELA;
		uint32_t of = table && w->headers[k].sh_info < w->o->n_secs ? w->headers[k].sh_info : k;

		if (!k2_write_is_dwarf(w, of))
			continue;
		w->secs[k].bytes = w->o->secs[k].bytes;
		w->secs[k].size = w->o->secs[k].size;
		w->secs[k].changed = false;
	}
}

enum k2_status k2_write_dwarf(struct writer *w, const char **why)
{
	struct dwarf d = { .w = w };
	enum k2_status st = update(&d);

	*why = NULL;
	if (st != K2_EUNSUPPORTED)
		return st;
	undo(w);
	*why = d.secs[d.why_in].index && d.why_at ?
		       k2_arena_printf(w->arena, "%s, byte %#llx: %s", section_names[d.why_in], (unsigned long long)d.why_at, d.why) :
		       k2_arena_printf(w->arena, "%s", d.why);
	return *why ? K2_OK : K2_ENOMEM;
}

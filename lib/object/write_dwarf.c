// SPDX-License-Identifier: BSD-2-Clause
/* DWARF for code that moved. Here: the sections and their relocations, what these refer to, and the driver. */
#include "write_dwarf.h"
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REL_SIZE = 16, RELA_SIZE = 24, STEPS_PER_BYTE = 64 };

static const char *const section_names[DW_N] = {
	[DW_INFO] = ".debug_info",         [DW_ABBREV] = ".debug_abbrev",     [DW_ADDR] = ".debug_addr", [DW_LINE] = ".debug_line",
	[DW_RANGES] = ".debug_ranges",     [DW_RNGLISTS] = ".debug_rnglists", [DW_LOC] = ".debug_loc",
	[DW_LOCLISTS] = ".debug_loclists", [DW_FRAME] = ".debug_frame",       [DW_EH_FRAME] = ".eh_frame",
	[DW_ARANGES] = ".debug_aranges",   [DW_TYPES] = ".debug_types",
};

/* Sections without addresses of code. Macros refer to line programs, which makes no difference if there is but one. */
static const char *const harmless[] = {
	".debug_str", ".debug_line_str", ".debug_str_offsets", ".debug_pubnames", ".debug_pubtypes", ".debug_gnu_pubnames",
	".debug_gnu_pubtypes", ".debug_names", ".debug_gdb_scripts", ".debug_macinfo", ".debug_macro",
};

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
		if (k2_write_is_dwarf(d->w->o, k))
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
				st = dw_put_related(d, k, r, to);
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
				st = dw_put_related(d, k, r, now);
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

		if (!k2_write_is_dwarf(w->o, of))
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

// SPDX-License-Identifier: BSD-2-Clause
/* Whatever says where code is: relocations of code and data, and calls that need none. Relocations are by symbol and addend; the
   symbol moves with the code, and the addend is made to lead from it to where the old one led. */
#include "write_impl.h"
#include <string.h>

enum { REL_SIZE = 16, CALL_CODE = K2_JMP | K2_CALL };
/* More relocations of data: GNU's own numbers before binutils 2.41. */
enum { REL_NODYLD32 = 4, REL_GNU_DATA32 = 11, REL_GNU_DATA64 = 12 };

/* A relocation, and its addend as a distance in bytes from its symbol. */
struct rel {
	uint64_t offset, info;
	uint32_t type, sym;
	uint64_t at;        /* of the addend in the section; `width` bytes */
	unsigned int width; /* 0: unknown type */
};

unsigned int k2_write_rel_width(uint32_t type)
{
	switch (type) {
	case REL_ABS64: case REL_LD_IMM64: case REL_GNU_DATA64: return 8;
	case REL_ABS32: case REL_NODYLD32: case REL_CALL: case REL_GNU_DATA32: return 4;
	default: return 0;
	}
}

static struct rel read_rel(const struct writer *w, const uint8_t *p, bool code)
{
	struct rel r = { .offset = k2_write_get(w, p, 8), .info = k2_write_get(w, p + 8, 8) };

	r.type = (uint32_t)r.info;
	r.sym = (uint32_t)(r.info >> 32);
	r.at = r.offset + (code ? 4 : 0);
	if (code)
		r.width = r.type == REL_LD_IMM64 || r.type == REL_CALL ? 4 : 0;
	else
		r.width = k2_write_rel_width(r.type);
	return r;
}

static bool is_call(const struct rel *r, bool code)
{
	return code && r->type == REL_CALL;
}

/* Where it leads, in bytes of its symbol's section. */
static uint64_t target(const struct writer *w, const struct rel *r, const uint8_t *bytes, bool code)
{
	const struct objsym *s = &w->o->syms[r->sym];
	int64_t addend = k2_sext(k2_write_get(w, bytes + r->at, r->width), r->width * 8);

	if (!is_call(r, code))
		return s->value + (uint64_t)addend;
	addend++; /* distances count from the next instruction */
	if (s->type == STT_FUNC && addend == (int64_t)s->value) /* GNU as before 2.41 leaves the symbol's value there */
		addend = 0;
	return s->value + (uint64_t)addend * SLOT;
}

static uint64_t moved(const struct newsec *s, uint64_t offset)
{
	return (uint64_t)SLOT * s->to[offset / SLOT];
}

/* The addend after code has moved; it led to `to`. */
static void put_addend(const struct writer *w, const struct rel *r, uint8_t *bytes, uint64_t to, bool code)
{
	const struct objsym *s = &w->o->syms[r->sym];
	const struct newsec *sec = &w->secs[s->section];
	uint64_t base = moved(sec, s->value);
	int64_t addend = (int64_t)(moved(sec, to) - base);

	if (is_call(r, code)) {
		bool as_gnu = s->type == STT_FUNC && s->value && k2_write_get(w, bytes + r->at, 4) + 1 == s->value;

		addend = as_gnu ? (int64_t)base - 1 : addend / SLOT - 1;
	}
	k2_write_put(w, bytes + r->at, r->width, (uint64_t)addend);
}

/* ---- what is in the way ---- */

static void obstruct(struct writer *w, uint32_t section, const char *why)
{
	if (section && section < w->o->n_secs && !w->secs[section].obstacle)
		w->secs[section].obstacle = why;
}

/* The code section that it leads to; 0: none. */
static uint32_t leads_to(const struct writer *w, const struct rel *r)
{
	uint32_t s = r->sym < w->o->n_syms ? w->o->syms[r->sym].section : 0;

	return s && s != NONE && k2_objsec_is_code(&w->o->secs[s]) ? s : 0;
}

static bool is_good(const struct writer *w, const struct rel *r, uint32_t of, bool code)
{
	const struct objsym *s = &w->o->syms[r->sym];
	const struct objsec *sec = &w->o->secs[of];
	uint64_t to;

	if (!r->width || !sec->bytes || r->at < r->offset || sec->size < r->width || r->at > sec->size - r->width || s->value % SLOT ||
	    s->value > w->o->secs[s->section].size)
		return false;
	to = target(w, r, sec->bytes, code);
	return to % SLOT == 0 && to <= w->o->secs[s->section].size;
}

static void look_at_relocs(struct writer *w, uint32_t table)
{
	const struct objsec *t = &w->o->secs[table];
	uint32_t of = w->headers[table].sh_info;
	bool code;

	if (t->type == SHT_RELA && (!of || of >= w->o->n_secs || !k2_write_is_dwarf(w->o, of))) {
		/* Nobody writes them for BPF. */
		for (uint32_t k = 1; k < w->o->n_secs; k++)
			obstruct(w, k, "the object has relocations with addends");
		return;
	}
	if (!of || of >= w->o->n_secs || !t->bytes || k2_write_is_dwarf(w->o, of))
		return;
	code = k2_objsec_is_code(&w->o->secs[of]);
	for (uint64_t at = 0; at + REL_SIZE <= t->size; at += REL_SIZE) {
		struct rel r = read_rel(w, t->bytes + at, code);
		uint32_t to = leads_to(w, &r);

		if (to && !is_good(w, &r, of, code))
			obstruct(w, to, "a relocation leads to it in an unknown way");
	}
}

/* Code of which not everything is known may hold jumps over functions. */
static void look_at_code(struct writer *w)
{
	const struct k2_object *o = w->o;
	uint32_t section = 0;
	uint64_t end = 0;

	for (uint32_t k = 0; k < o->n_funcs; k++) {
		const struct objfunc *f = &o->funcs[k];

		if (f->info.section != section) {
			if (section && end < o->secs[section].size)
				obstruct(w, section, "there is code outside of functions");
			section = f->info.section;
			end = 0;
		}
		if (f->info.offset > end)
			obstruct(w, section, "there is code outside of functions");
		end = K2_MAX(end, f->info.offset + f->info.size);
		if (!f->desc.insns)
			obstruct(w, section, "there is a function that cannot be read");
		if (!k2_write_knows_tables(w, k))
			obstruct(w, section, "there are jump tables for it, in an unknown form");
	}
	if (section && end < o->secs[section].size)
		obstruct(w, section, "there is code outside of functions");
}

void k2_write_find_obstacles(struct writer *w)
{
	look_at_code(w);
	for (uint32_t k = 1; k < w->o->n_secs; k++) {
		if (w->o->secs[k].type == SHT_REL || w->o->secs[k].type == SHT_RELA)
			look_at_relocs(w, k);
	}
	for (uint32_t k = 0; k < w->o->n_syms; k++) {
		const struct objsym *s = &w->o->syms[k];

		if (s->section && s->section != NONE && k2_objsec_is_code(&w->o->secs[s->section]) &&
		    (s->value % SLOT || s->value > w->o->secs[s->section].size))
			obstruct(w, s->section, "a symbol is in the middle of an instruction");
	}
}

/* ---- relocations of code that moves ---- */

const struct objrel *k2_write_rel_at(const struct objsec *s, uint64_t offset)
{
	uint32_t lo = 0, hi = s->n_rels;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->rels[mid].offset < offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n_rels && s->rels[lo].offset == offset ? &s->rels[lo] : NULL;
}

/* Whether the slot is a call of a function of the same section by distance. */
static bool is_local_call(const struct writer *w, const uint8_t *p)
{
	return p[0] == CALL_CODE && (w->o->big_endian ? p[1] & 15 : p[1] >> 4) == K2_PSEUDO_CALL;
}

static enum k2_status move_calls(struct writer *w, uint32_t section)
{
	const struct newsec *s = &w->secs[section];
	const struct objsec *old = &w->o->secs[section];
	uint8_t *bytes = k2_write_edit(w, section);

	for (uint32_t k = 0; k < s->n_new; k++) {
		uint8_t *p = bytes + (size_t)SLOT * k;
		int64_t to;

		if (s->from[k] == NONE || k2_write_rel_at(old, (uint64_t)SLOT * s->from[k]) || !is_local_call(w, p))
			continue;
		to = (int64_t)s->from[k] + 1 + k2_sext(k2_write_get(w, p + 4, 4), 32);
		if (to < 0 || to > s->n_old)
			return k2_write_refuse(w, "section %s: a call out of it", old->name);
		k2_write_put(w, p + 4, 4, (uint64_t)((int64_t)s->to[to] - k - 1));
	}
	return K2_OK;
}

/* The table of relocations of a section whose code moves, made anew. */
static enum k2_status move_table(struct writer *w, uint32_t table, uint32_t of)
{
	const struct newsec *s = &w->secs[of];
	const struct objsec *old = &w->o->secs[of];
	uint8_t *out = k2_arena_calloc(w->arena, (size_t)s->n_new + 1, REL_SIZE);
	uint32_t n = 0;

	if (!out)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < s->n_new; k++) {
		const struct objrel *r = s->from[k] == NONE ? NULL : k2_write_rel_at(old, (uint64_t)SLOT * s->from[k]);

		if (!r)
			continue;
		k2_write_put(w, out + (size_t)REL_SIZE * n, 8, (uint64_t)SLOT * k);
		k2_write_put(w, out + (size_t)REL_SIZE * n + 8, 8, (uint64_t)r->sym << 32 | r->type);
		n++;
	}
	w->secs[table].bytes = out;
	w->secs[table].size = (uint64_t)REL_SIZE * n;
	w->secs[table].changed = true;
	return K2_OK;
}

/* Addends of the relocations in `table`, which are those of section `of` as it is now. */
static enum k2_status move_addends(struct writer *w, uint32_t table, uint32_t of)
{
	const struct newsec *t = &w->secs[table];
	bool code = k2_objsec_is_code(&w->o->secs[of]);

	for (uint64_t at = 0; at + REL_SIZE <= t->size; at += REL_SIZE) {
		struct rel r = read_rel(w, t->bytes + at, code);
		uint32_t sec = leads_to(w, &r);
		uint8_t *bytes;
		uint64_t to;

		if (!sec || !w->secs[sec].to || !r.width || r.at < r.offset || w->secs[of].size < r.width ||
		    r.at > w->secs[of].size - r.width)
			continue;
		bytes = k2_write_edit(w, of);
		if (!bytes)
			return K2_ENOMEM;
		to = target(w, &r, bytes, code);
		/* Only DWARF can have others, see k2_write_find_obstacles. */
		if (to % SLOT == 0 && to <= w->o->secs[sec].size)
			put_addend(w, &r, bytes, to, code);
	}
	return K2_OK;
}

enum k2_status k2_write_relocs(struct writer *w)
{
	uint32_t ext = k2_objsec_find(w->o, ".BTF.ext");
	enum k2_status st = K2_OK;

	for (uint32_t k = 1; k < w->o->n_secs && !st; k++) {
		if (w->secs[k].to)
			st = move_calls(w, k);
	}
	for (uint32_t k = 1; k < w->o->n_secs && !st; k++) {
		uint32_t of = w->headers[k].sh_info;

		if (w->o->secs[k].type != SHT_REL || w->secs[k].dropped || !of || of >= w->o->n_secs || of == ext)
			continue;
		if (w->secs[of].to)
			st = move_table(w, k, of);
		if (!st && w->secs[k].bytes && w->secs[of].bytes && !k2_write_is_dwarf(w->o, of))
			st = move_addends(w, k, of);
	}
	return st;
}

enum k2_status k2_write_dwarf_addends(struct writer *w)
{
	enum k2_status st = K2_OK;

	for (uint32_t k = 1; k < w->o->n_secs && !st; k++) {
		uint32_t of = w->headers[k].sh_info;

		if (w->o->secs[k].type == SHT_REL && of && of < w->o->n_secs && k2_write_is_dwarf(w->o, of) && w->secs[k].bytes &&
		    w->secs[of].bytes)
			st = move_addends(w, k, of);
	}
	return st;
}

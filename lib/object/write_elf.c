// SPDX-License-Identifier: BSD-2-Clause
/* The file: symbols, sections that are dropped, and where everything comes to lie. What does not change keeps its bytes, and
   what stands before the first change its place. */
#include "write_impl.h"
#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum { EHDR_SIZE = 64, SHDR_SIZE = 64, SYM_SIZE = 24, REL_SIZE = 16, MAX_ALIGN = 1 << 16 };

#ifndef SHT_LLVM_ADDRSIG
#define SHT_LLVM_ADDRSIG 0x6fff4c03
#endif

void k2_write_symbols(struct writer *w, uint8_t *table)
{
	for (uint32_t k = 0; k < w->o->n_syms; k++) {
		const struct objsym *s = &w->o->syms[k];
		const struct newsec *sec = s->section && s->section != NONE ? &w->secs[s->section] : NULL;
		uint8_t *p = table + (size_t)SYM_SIZE * k;
		uint64_t end;

		if (!sec || !sec->to || s->value / SLOT > sec->n_old)
			continue;
		k2_write_put(w, p + 8, 8, (uint64_t)SLOT * sec->to[s->value / SLOT]);
		end = s->value + s->size;
		if (s->size && end >= s->value && end % SLOT == 0 && end / SLOT <= sec->n_old)
			k2_write_put(w, p + 16, 8, (uint64_t)SLOT * (sec->to[end / SLOT] - sec->to[s->value / SLOT]));
	}
}

/* ---- dropped sections ---- */

bool k2_write_is_dwarf(const struct k2_object *o, uint32_t section)
{
	return !strncmp(o->secs[section].name, ".debug_", 7) || !strcmp(o->secs[section].name, ".eh_frame");
}

static bool is_relocs(const struct objsec *s)
{
	return s->type == SHT_REL || s->type == SHT_RELA;
}

static enum k2_status choose_dropped(struct writer *w)
{
	const struct k2_object *o = w->o;
	bool any = false;

	for (uint32_t k = 1; k < o->n_secs; k++) {
		uint32_t of = is_relocs(&o->secs[k]) && w->headers[k].sh_info < o->n_secs ? w->headers[k].sh_info : 0;

		w->secs[k].dropped = k2_write_is_dwarf(w->o, k) || (of && k2_write_is_dwarf(w->o, of));
		any |= w->secs[k].dropped;
	}
	for (uint32_t k = 1; k < o->n_secs && any; k++) {
		/* Indices of symbols; linkers make do without. */
		if (o->secs[k].type == SHT_LLVM_ADDRSIG)
			w->secs[k].dropped = true;
		if (o->secs[k].type == SHT_GROUP || o->secs[k].type == SHT_SYMTAB_SHNDX)
			return k2_write_refuse(w, "section %u (%s): debug sections cannot be dropped beside it", k, o->secs[k].name);
	}
	return K2_OK;
}

/* New numbers of symbols; those of dropped sections go. */
static enum k2_status drop_symbols(struct writer *w, const uint32_t *sec_number, uint32_t **numbers)
{
	const struct k2_object *o = w->o;
	uint32_t *number = k2_arena_calloc(w->arena, (size_t)o->n_syms + 1, sizeof(*number)), n = 0, n_local = 0;
	uint8_t *table;

	*numbers = number;
	if (!number)
		return K2_ENOMEM;
	if (!w->symtab)
		return K2_OK;
	table = k2_write_edit(w, w->symtab);
	if (!table)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < o->n_syms; k++) {
		uint32_t in = o->syms[k].section;
		uint8_t *p = table + (size_t)SYM_SIZE * n;

		number[k] = NONE;
		if (in && in != NONE && w->secs[in].dropped)
			continue;
		memmove(p, table + (size_t)SYM_SIZE * k, SYM_SIZE);
		if (in && in != NONE)
			k2_write_put(w, p + 6, 2, sec_number[in]);
		n_local += k < w->headers[w->symtab].sh_info;
		number[k] = n++;
	}
	w->secs[w->symtab].size = (uint64_t)SYM_SIZE * n;
	w->headers[w->symtab].sh_info = n_local;
	return K2_OK;
}

static enum k2_status renumber_relocs(struct writer *w, const uint32_t *sym_number)
{
	for (uint32_t k = 1; k < w->o->n_secs; k++) {
		uint64_t step = w->o->secs[k].type == SHT_RELA ? REL_SIZE + 8 : REL_SIZE;
		uint8_t *bytes;

		if (!is_relocs(&w->o->secs[k]) || w->secs[k].dropped || !w->secs[k].size)
			continue;
		bytes = k2_write_edit(w, k);
		if (!bytes)
			return K2_ENOMEM;
		for (uint64_t at = 0; at + step <= w->secs[k].size; at += step) {
			uint64_t info = k2_write_get(w, bytes + at + 8, 8), sym = info >> 32;

			if (sym >= w->o->n_syms || sym_number[sym] == NONE)
				return k2_write_refuse(w, "section %u (%s): refers to debug sections", k, w->o->secs[k].name);
			k2_write_put(w, bytes + at + 8, 8, (uint64_t)sym_number[sym] << 32 | (info & k2_mask(32)));
		}
	}
	return K2_OK;
}

enum k2_status k2_write_strip(struct writer *w)
{
	uint32_t *number = k2_arena_calloc(w->arena, w->o->n_secs, sizeof(*number)), *sym_number, n = 0;
	enum k2_status st = number ? choose_dropped(w) : K2_ENOMEM;

	for (uint32_t k = 0; k < w->o->n_secs && !st; k++)
		number[k] = w->secs[k].dropped ? NONE : n++;
	if (st || n == w->o->n_secs)
		return st;
	st = drop_symbols(w, number, &sym_number);
	if (!st)
		st = renumber_relocs(w, sym_number);
	for (uint32_t k = 1; k < w->o->n_secs && !st; k++) {
		GElf_Shdr *h = &w->headers[k];

		if (w->secs[k].dropped)
			continue;
		if (h->sh_link && h->sh_link < w->o->n_secs)
			h->sh_link = number[h->sh_link] == NONE ? 0 : number[h->sh_link];
		if (is_relocs(&w->o->secs[k]) && h->sh_info < w->o->n_secs)
			h->sh_info = number[h->sh_info];
	}
	return st;
}

/* ---- layout ---- */

/* A stretch of the file: a section's bytes, or the table of section headers (section 0). */
struct stretch {
	uint64_t old, old_size, now, size, align;
	uint32_t section;
};

static int by_offset(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	if (x->old != y->old)
		return x->old < y->old ? -1 : 1;
	if (x->old_size != y->old_size) /* empty ones first */
		return x->old_size < y->old_size ? -1 : 1;
	return x->section < y->section ? -1 : x->section > y->section;
}

static enum k2_status find_stretches(struct writer *w, struct stretch *v, uint32_t *n)
{
	uint32_t left = 1;

	*n = 0;
	for (uint32_t k = 1; k < w->o->n_secs; k++) {
		const GElf_Shdr *h = &w->headers[k];
		bool bytes = w->o->secs[k].bytes != NULL;
		uint64_t align = h->sh_addralign ? h->sh_addralign : 1;

		left += !w->secs[k].dropped;
		if (h->sh_type == SHT_NULL)
			continue;
		if (align > MAX_ALIGN || (align & (align - 1)))
			return k2_write_refuse(w, "section %u (%s): unknown alignment", k, w->o->secs[k].name);
		v[(*n)++] = (struct stretch){ h->sh_offset, bytes ? h->sh_size : 0, 0, bytes ? w->secs[k].size : 0, align, k };
		if (w->secs[k].dropped)
			v[*n - 1].size = 0;
	}
	v[(*n)++] = (struct stretch){ w->headers_at, (uint64_t)SHDR_SIZE * w->o->n_secs, 0, (uint64_t)SHDR_SIZE * left, 8, 0 };
	qsort(v, *n, sizeof(*v), by_offset);
	return K2_OK;
}

/* New places; *size is that of the file. */
static enum k2_status place(struct writer *w, struct stretch *v, uint32_t n, uint64_t *size)
{
	uint64_t old = EHDR_SIZE, now = EHDR_SIZE;

	for (uint32_t k = 0; k < n; k++) {
		struct stretch *s = &v[k];

		if ((s->old_size || s->size) && s->old < old)
			return k2_write_refuse(w, "section %u: shares bytes of the file with another", s->section);
		/* Up to the first change everything is where it was. */
		s->now = old == now && s->old >= old ? s->old : (now + s->align - 1) & ~(s->align - 1);
		if (s->section && w->secs[s->section].dropped)
			s->now = now;
		if (!s->old_size && !s->size)
			continue;
		old = s->old + s->old_size;
		now = s->now + s->size;
	}
	*size = now + (w->o->size > old ? w->o->size - old : 0);
	return K2_OK;
}

static void put_header(const struct writer *w, uint8_t *p, const GElf_Shdr *h)
{
	k2_write_put(w, p, 4, h->sh_name);
	k2_write_put(w, p + 4, 4, h->sh_type);
	k2_write_put(w, p + 8, 8, h->sh_flags);
	k2_write_put(w, p + 16, 8, h->sh_addr);
	k2_write_put(w, p + 24, 8, h->sh_offset);
	k2_write_put(w, p + 32, 8, h->sh_size);
	k2_write_put(w, p + 40, 4, h->sh_link);
	k2_write_put(w, p + 44, 4, h->sh_info);
	k2_write_put(w, p + 48, 8, h->sh_addralign);
	k2_write_put(w, p + 56, 8, h->sh_entsize);
}

/* The table at `p`, with the sections that are left; and what the ELF header says of it. */
static void put_headers(const struct writer *w, uint8_t *file, uint64_t at)
{
	uint32_t n = 0, names = (uint32_t)k2_write_get(w, file + 62, 2), new_names = 0;

	for (uint32_t k = 0; k < w->o->n_secs; k++) {
		if (w->secs[k].dropped)
			continue;
		if (k == names)
			new_names = n;
		put_header(w, file + at + (size_t)SHDR_SIZE * n++, &w->headers[k]);
	}
	k2_write_put(w, file + 40, 8, at);
	k2_write_put(w, file + 60, 2, n);
	k2_write_put(w, file + 62, 2, new_names);
}

static void fill(struct writer *w, const struct stretch *v, uint32_t n, uint8_t *file, uint64_t size)
{
	uint64_t old = EHDR_SIZE, now = EHDR_SIZE, headers = 0;

	memcpy(file, w->o->bytes, EHDR_SIZE);
	for (uint32_t k = 0; k < n; k++) {
		const struct stretch *s = &v[k];

		if (s->section)
			w->headers[s->section].sh_offset = s->now;
		else
			headers = s->now;
		if (!s->old_size && !s->size)
			continue;
		if (s->now - now == s->old - old) /* what is between sections */
			memcpy(file + now, w->o->bytes + old, s->now - now);
		if (s->section && s->size) {
			memcpy(file + s->now, w->secs[s->section].bytes, s->size);
			w->headers[s->section].sh_size = s->size;
		} else if (s->section) {
			w->headers[s->section].sh_size = 0;
		}
		old = s->old + s->old_size;
		now = s->now + s->size;
	}
	if (size > now)
		memcpy(file + now, w->o->bytes + old, size - now);
	put_headers(w, file, headers);
}

enum k2_status k2_write_file(struct writer *w, void **data, size_t *size)
{
	struct stretch *v = k2_arena_calloc(w->arena, (size_t)w->o->n_secs + 1, sizeof(*v));
	enum k2_status st = K2_ENOMEM;
	uint64_t total = 0;
	uint8_t *file;
	uint32_t n;

	if (v)
		st = find_stretches(w, v, &n);
	if (!st)
		st = place(w, v, n, &total);
	if (st)
		return st;
	file = total >= EHDR_SIZE ? calloc(1, total) : NULL;
	if (!file)
		return K2_ENOMEM;
	fill(w, v, n, file, total);
	*data = file;
	*size = total;
	return K2_OK;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Jump tables (clang from version 22 on, with gotox). Section .jumptables holds targets as bytes from the start of the section with the
   code, 8 bytes each and without relocations; whose they are says the relocation of the instruction that loads a table's address (libbpf
   does the same, create_jt_map). Functions with tables are not optimised, but move with others of their section. */
#include "write_impl.h"
#include <elf.h>
#include <string.h>

enum { ENTRY_SIZE = 8 };

/* The table that the relocation leads to; NULL: it leads to none. */
static const struct objsym *table_of(const struct k2_object *o, const struct objrel *r)
{
	const struct objsym *s = &o->syms[r->sym];

	return s->section && s->section != NONE && !strcmp(o->secs[s->section].name, ".jumptables") ? s : NULL;
}

/* All entries are instructions of that function, and the section is nothing but numbers. */
static bool is_good(const struct writer *w, const struct objsym *s, const struct k2_object_func *f)
{
	const struct objsec *sec = &w->o->secs[s->section];

	if (s->type != STT_OBJECT || !s->size || s->size % ENTRY_SIZE || !sec->bytes || s->value > sec->size ||
	    s->size > sec->size - s->value)
		return false;
	for (uint64_t at = 0; at < s->size; at += ENTRY_SIZE) {
		uint64_t to = k2_write_get(w, sec->bytes + s->value + at, ENTRY_SIZE);

		if (to % SLOT || to < f->offset || to - f->offset >= f->size)
			return false;
	}
	for (uint32_t k = 1; k < w->o->n_secs; k++) {
		if ((w->o->secs[k].type == SHT_REL || w->o->secs[k].type == SHT_RELA) && w->headers[k].sh_info == s->section)
			return false;
	}
	return true;
}

/* Code of another section has it, too. */
static bool is_shared(const struct k2_object *o, const struct objsym *s, uint32_t section)
{
	for (uint32_t k = 1; k < o->n_secs; k++) {
		for (uint32_t j = 0; k != section && j < o->secs[k].n_rels; j++) {
			if (table_of(o, &o->secs[k].rels[j]) == s)
				return true;
		}
	}
	return false;
}

bool k2_write_knows_tables(const struct writer *w, uint32_t func)
{
	const struct objfunc *f = &w->o->funcs[func];
	const struct objsec *sec = &w->o->secs[f->info.section];
	bool any = false, jumps = false;

	for (uint32_t k = 0; k < sec->n_rels; k++) {
		const struct objsym *s = table_of(w->o, &sec->rels[k]);

		if (!s || sec->rels[k].offset < f->info.offset || sec->rels[k].offset >= f->info.offset + f->info.size)
			continue;
		if (!is_good(w, s, &f->info) || is_shared(w->o, s, f->info.section))
			return false;
		any = true;
	}
	for (uint32_t k = 0; k < f->desc.n_insns; k++)
		jumps |= k2_isa_kind(&f->desc.insns[k]) == K2_KIND_GOTOX;
	return any || !jumps;
}

static enum k2_status move_table(struct writer *w, const struct objsym *s, const struct newsec *code)
{
	const struct objsec *sec = &w->o->secs[s->section];
	uint8_t *bytes = k2_write_edit(w, s->section);

	if (!bytes)
		return K2_ENOMEM;
	for (uint64_t at = s->value; at < s->value + s->size; at += ENTRY_SIZE) {
		uint64_t to = k2_write_get(w, sec->bytes + at, ENTRY_SIZE);

		k2_write_put(w, bytes + at, ENTRY_SIZE, (uint64_t)SLOT * code->to[to / SLOT]);
	}
	return K2_OK;
}

enum k2_status k2_write_tables(struct writer *w)
{
	enum k2_status st = K2_OK;

	for (uint32_t k = 1; k < w->o->n_secs; k++) {
		const struct objsec *sec = &w->o->secs[k];

		for (uint32_t j = 0; w->secs[k].to && j < sec->n_rels && !st; j++) {
			const struct objsym *s = table_of(w->o, &sec->rels[j]);

			if (s)
				st = move_table(w, s, &w->secs[k]);
		}
	}
	return st;
}

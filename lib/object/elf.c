// SPDX-License-Identifier: BSD-2-Clause
/* The ELF file: sections, symbols, and the relocations of code. */
#include "object_impl.h"
#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#ifndef EM_BPF
#define EM_BPF 247
#endif

static enum k2_status elf_failed(struct k2_object *o, const char *what)
{
	if (errno == ENOMEM)
		return K2_ENOMEM;
	return k2_object_fail(o, "%s: %s", what, elf_errmsg(-1));
}

bool k2_objsec_is_code(const struct objsec *s)
{
	return s->type == SHT_PROGBITS && (s->flags & SHF_EXECINSTR) && s->size;
}

uint32_t k2_objsec_find(const struct k2_object *o, const char *name)
{
	uint32_t found = 0;

	for (uint32_t k = 1; k < o->n_secs; k++) {
		if (strcmp(o->secs[k].name, name) != 0)
			continue;
		if (k2_objsec_is_code(&o->secs[k]))
			return k;
		if (!found)
			found = k;
	}
	return found;
}

static enum k2_status read_header(struct k2_object *o)
{
	GElf_Ehdr h;

	if (elf_kind(o->elf) != ELF_K_ELF || !gelf_getehdr(o->elf, &h))
		return k2_object_fail(o, "not an ELF file");
	if (h.e_ident[EI_CLASS] != ELFCLASS64)
		return k2_object_fail(o, "not a 64-bit ELF file");
	if (h.e_type != ET_REL)
		return k2_object_fail(o, "not a relocatable object (ELF type %u)", h.e_type);
	if (h.e_machine != EM_BPF && h.e_machine != EM_NONE) /* clang before 4.0 wrote none */
		return k2_object_fail(o, "not a BPF object (ELF machine %u)", h.e_machine);
	o->big_endian = h.e_ident[EI_DATA] == ELFDATA2MSB;
	/* libelf shows a file whose section headers are cut off as one without sections. */
	if (!h.e_shoff || h.e_shoff > o->size || (uint64_t)h.e_shnum * h.e_shentsize > o->size - h.e_shoff)
		return k2_object_fail(o, "section headers: there are none before the end of the file");
	return K2_OK;
}

static enum k2_status read_section(struct k2_object *o, uint32_t index, size_t names)
{
	struct objsec *s = &o->secs[index];
	GElf_Shdr h;

	if (!gelf_getshdr(elf_getscn(o->elf, index), &h))
		return elf_failed(o, "section headers");
	s->name = elf_strptr(o->elf, names, h.sh_name);
	if (!s->name)
		return k2_object_fail(o, "section %u: its name is outside the string table", index);
	s->type = h.sh_type;
	s->flags = h.sh_flags;
	s->size = h.sh_size;
	s->map = NONE;
	if (h.sh_type == SHT_NOBITS || h.sh_type == SHT_NULL)
		return K2_OK;
	if (h.sh_offset > o->size || h.sh_size > o->size - h.sh_offset)
		return k2_object_fail(o, "section %u (%s): reaches beyond the end of the file", index, s->name);
	s->bytes = o->bytes + h.sh_offset;
	if (k2_objsec_is_code(s) && s->size % SLOT)
		return k2_object_fail(o, "section %u (%s): its code is not a whole number of instructions", index, s->name);
	return K2_OK;
}

static enum k2_status read_sections(struct k2_object *o)
{
	size_t n, names;

	if (elf_getshdrnum(o->elf, &n) || elf_getshdrstrndx(o->elf, &names))
		return elf_failed(o, "section headers");
	if (n > UINT32_MAX - 1 || n > o->size)
		return k2_object_fail(o, "section headers: there are too many");
	o->secs = k2_arena_calloc(o->arena, n + 1, sizeof(*o->secs));
	if (!o->secs)
		return K2_ENOMEM;
	o->secs[0].name = "";
	o->secs[0].map = NONE;
	o->n_secs = (uint32_t)n;
	for (uint32_t k = 1; k < o->n_secs; k++) {
		enum k2_status st = read_section(o, k, names);

		if (st)
			return st;
	}
	return K2_OK;
}

static enum k2_status read_symbol(struct k2_object *o, Elf_Data *d, uint32_t k, uint32_t names)
{
	struct objsym *out = &o->syms[k];
	GElf_Sym s;

	if (!gelf_getsym(d, (int)k, &s))
		return elf_failed(o, "symbol table");
	out->name = elf_strptr(o->elf, names, s.st_name);
	if (!out->name)
		return k2_object_fail(o, "symbol %u: its name is outside the string table", k);
	out->value = s.st_value;
	out->size = s.st_size;
	out->type = GELF_ST_TYPE(s.st_info);
	out->bind = GELF_ST_BIND(s.st_info);
	out->map = NONE;
	out->section = s.st_shndx >= SHN_LORESERVE ? NONE : s.st_shndx;
	if (out->section == NONE || !out->section)
		return K2_OK;
	if (out->section >= o->n_secs)
		return k2_object_fail(o, "symbol %u (%s): section %u of %u", k, out->name, out->section, o->n_secs);
	if (out->type == STT_SECTION && !out->name[0])
		out->name = o->secs[out->section].name;
	return K2_OK;
}

static enum k2_status read_symbols(struct k2_object *o)
{
	uint32_t table = 1;
	Elf_Data *d;
	GElf_Shdr h;
	size_t n;

	while (table < o->n_secs && o->secs[table].type != SHT_SYMTAB)
		table++;
	if (table >= o->n_secs)
		return K2_OK;
	d = elf_getdata(elf_getscn(o->elf, table), NULL);
	if (!d || !gelf_getshdr(elf_getscn(o->elf, table), &h))
		return elf_failed(o, "symbol table");
	n = d->d_size / gelf_fsize(o->elf, ELF_T_SYM, 1, EV_CURRENT);
	if (n > INT32_MAX)
		return k2_object_fail(o, "symbol table: there are too many symbols");
	o->syms = k2_arena_calloc(o->arena, n + 1, sizeof(*o->syms));
	if (!o->syms)
		return K2_ENOMEM;
	o->n_syms = (uint32_t)n;
	for (uint32_t k = 0; k < o->n_syms; k++) {
		enum k2_status st = read_symbol(o, d, k, h.sh_link);

		if (st)
			return st;
	}
	return K2_OK;
}

/* Variables by place, for relocations that do not name them. */
static enum k2_status sort_variables(struct k2_object *o)
{
	for (uint32_t k = 0; k < o->n_syms; k++) {
		const struct objsym *s = &o->syms[k];
		struct objplace at = { s->section, (uint32_t)s->value, k };

		if (s->type != STT_OBJECT || !s->section || s->section == NONE || s->value > UINT32_MAX)
			continue;
		if (!K2_VEC_PUSH(o->arena, o->places, o->n_places, o->cap_places, at))
			return K2_ENOMEM;
	}
	k2_objplace_sort(o->places, o->n_places, sizeof(*o->places));
	return K2_OK;
}

static int by_offset(const void *a, const void *b)
{
	const struct objrel *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static enum k2_status read_relocation(struct k2_object *o, struct objsec *s, Elf_Data *d, uint32_t k)
{
	struct objrel *out = &s->rels[k];
	GElf_Rel r;

	if (!gelf_getrel(d, (int)k, &r))
		return elf_failed(o, "relocations");
	out->offset = r.r_offset;
	out->type = (uint32_t)GELF_R_TYPE(r.r_info);
	out->sym = (uint32_t)GELF_R_SYM(r.r_info);
	if (r.r_offset % SLOT || s->size < SLOT || r.r_offset > s->size - SLOT)
		return k2_object_fail(o, "section %s: relocation %u is for byte %#llx, where no instruction is", s->name, k,
				      (unsigned long long)r.r_offset);
	if (out->sym >= o->n_syms)
		return k2_object_fail(o, "section %s: relocation %u names symbol %u of %u", s->name, k, out->sym, o->n_syms);
	return K2_OK;
}

/* Relocations that section `index` has for section `s`: code, or .maps. */
static enum k2_status read_relocations(struct k2_object *o, uint32_t index, struct objsec *s)
{
	Elf_Data *d = elf_getdata(elf_getscn(o->elf, index), NULL);
	size_t n;

	if (!d)
		return elf_failed(o, o->secs[index].name);
	if (o->secs[index].type == SHT_RELA || s->rels)
		return k2_object_fail(o, "section %u (%s): relocations with addends, or a second table of them", index,
				      o->secs[index].name);
	n = d->d_size / gelf_fsize(o->elf, ELF_T_REL, 1, EV_CURRENT);
	if (n > INT32_MAX)
		return k2_object_fail(o, "section %u (%s): there are too many relocations", index, o->secs[index].name);
	s->rels = k2_arena_calloc(o->arena, n + 1, sizeof(*s->rels));
	if (!s->rels)
		return K2_ENOMEM;
	s->n_rels = (uint32_t)n;
	for (uint32_t k = 0; k < s->n_rels; k++) {
		enum k2_status st = read_relocation(o, s, d, k);

		if (st)
			return st;
	}
	qsort(s->rels, s->n_rels, sizeof(*s->rels), by_offset);
	for (uint32_t k = 1; k < s->n_rels; k++) {
		if (s->rels[k].offset == s->rels[k - 1].offset)
			return k2_object_fail(o, "section %s: two relocations for byte %#llx", s->name,
					      (unsigned long long)s->rels[k].offset);
	}
	return K2_OK;
}

/* What comes on top of the symbol's value; NOWHERE: not understood. */
static uint64_t stored_addend(const struct k2_object *o, const struct objsec *s, const GElf_Rel *r)
{
	uint64_t type = GELF_R_TYPE(r->r_info), v = 0;
	unsigned int size = type == REL_ABS64 ? 8 : type == REL_ABS32 ? 4 : 0;

	if (!size || !s->bytes || s->size < size || r->r_offset > s->size - size)
		return NOWHERE;
	for (unsigned int k = 0; k < size; k++)
		v |= (uint64_t)s->bytes[r->r_offset + k] << 8 * (o->big_endian ? size - 1 - k : k);
	return v;
}

/* Section `index` has relocations for data in `s`: the addresses that it holds. */
static enum k2_status read_stored(struct k2_object *o, uint32_t index, const struct objsec *s)
{
	Elf_Data *d = elf_getdata(elf_getscn(o->elf, index), NULL);
	bool addends = o->secs[index].type == SHT_RELA;
	size_t n;

	if (!d)
		return elf_failed(o, o->secs[index].name);
	n = d->d_size / gelf_fsize(o->elf, addends ? ELF_T_RELA : ELF_T_REL, 1, EV_CURRENT);
	for (size_t k = 0; k < n && k < INT32_MAX; k++) {
		struct objstored at = { .offset = NOWHERE };
		const struct objsym *sym;
		GElf_Rela r = { 0 };
		GElf_Rel rel;

		if (addends ? !gelf_getrela(d, (int)k, &r) : !gelf_getrel(d, (int)k, &rel))
			return elf_failed(o, "relocations");
		if (!addends)
			r = (GElf_Rela){ rel.r_offset, rel.r_info, (int64_t)stored_addend(o, s, &rel) };
		if (GELF_R_SYM(r.r_info) >= o->n_syms)
			continue;
		sym = &o->syms[GELF_R_SYM(r.r_info)];
		at.section = sym->section;
		if ((uint64_t)r.r_addend != NOWHERE)
			at.offset = sym->value + (uint64_t)r.r_addend;
		if (!K2_VEC_PUSH(o->arena, o->stored, o->n_stored, o->cap_stored, at))
			return K2_ENOMEM;
	}
	return K2_OK;
}

static enum k2_status read_all_relocations(struct k2_object *o)
{
	for (uint32_t k = 1; k < o->n_secs; k++) {
		enum k2_status st;
		GElf_Shdr h;

		if (o->secs[k].type != SHT_REL && o->secs[k].type != SHT_RELA)
			continue;
		if (!gelf_getshdr(elf_getscn(o->elf, k), &h))
			return elf_failed(o, "section headers");
		if (h.sh_info >= o->n_secs)
			return k2_object_fail(o, "section %u (%s): relocates section %u of %u", k, o->secs[k].name, h.sh_info,
					      o->n_secs);
		st = K2_OK;
		if (!k2_objsec_is_code(&o->secs[h.sh_info]) && (o->secs[h.sh_info].flags & SHF_ALLOC))
			st = read_stored(o, k, &o->secs[h.sh_info]);
		if (!st && (k2_objsec_is_code(&o->secs[h.sh_info]) || !strcmp(o->secs[h.sh_info].name, ".maps")))
			st = read_relocations(o, k, &o->secs[h.sh_info]);
		if (st)
			return st;
	}
	return K2_OK;
}

enum k2_status k2_objelf_read(struct k2_object *o)
{
	enum k2_status st;

	elf_version(EV_CURRENT);
	errno = 0;
	o->elf = elf_memory((char *)o->bytes, o->size);
	if (!o->elf)
		return elf_failed(o, "not an ELF file");
	if ((st = read_header(o)) || (st = read_sections(o)) || (st = read_symbols(o)) || (st = sort_variables(o)))
		return st;
	return read_all_relocations(o);
}

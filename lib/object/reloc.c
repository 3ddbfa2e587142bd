// SPDX-License-Identifier: BSD-2-Clause
/* ELF relocations, and calls that need none, as symbols of a function's description. Which forms there are, and how their
   addends count: Documentation/bpf/llvm_reloc.rst, and bpf_program__record_reloc in libbpf. */
#include "object_impl.h"
#include <elf.h>
#include <string.h>

enum { CALL_ADDEND = -1 }; /* imm of a call to where its symbol is: distances count from the next instruction */

/* The variable or map that begins there, for relocations that name the section and an offset. Compilers do that for static
   variables, always with the variable's own offset. NULL: none begins there. */
static const struct objsym *variable_at(const struct k2_object *o, uint32_t section, uint64_t offset)
{
	uint32_t k = k2_objplace_find(o->places, o->n_places, sizeof(*o->places), section, offset);
	const struct objsym *found = NULL;

	for (; k < o->n_places && o->places[k].section == section && o->places[k].offset == offset; k++) {
		const struct objsym *s = &o->syms[o->places[k].order];

		if (!found || s->size > found->size)
			found = s;
	}
	return found;
}

static uint64_t place_key(uint32_t section, uint64_t offset)
{
	return k2_hash_mix(section, offset);
}

/* The instruction refers to `s`, `imm` bytes (slots, of calls) behind it. */
static enum k2_status attach(struct k2_object *o, struct objfunc *f, struct k2_insn *i, const struct k2_symbol *s,
			     const struct k2_object_sym *ref, uint64_t key, int64_t imm)
{
	uint32_t n = k2_objfunc_symbol(o, f, s, ref, key);

	if (!n)
		return K2_ENOMEM;
	i->sym = n;
	i->imm = imm;
	return K2_OK;
}

static enum k2_status attach_func(struct k2_object *o, struct objfunc *f, struct k2_insn *i, uint32_t func, int64_t imm)
{
	struct k2_symbol s = { .kind = K2_SYM_FUNC, .name = o->funcs[func].desc.name };
	struct k2_object_sym ref = { .func = func, .map = NONE };

	return attach(o, f, i, &s, &ref, func, imm);
}

static void describe_extern_map(const struct k2_object *o, const struct objvar *v, struct k2_symbol *s)
{
	struct k2_object_map m = { .inner = NONE };

	k2_objmap_describe(o, v, &m);
	s->kind = K2_SYM_MAP;
	s->map_type = m.type;
	s->key_size = m.key_size;
	s->value_size = m.value_size;
}

/* Addresses of undefined symbols: kernel variables, kconfig values, and what the static linker has yet to find. */
static void describe_undefined(struct k2_object *o, const struct objsym *sym, struct k2_symbol *s, struct k2_object_sym *ref)
{
	const struct objvar *config = k2_objvar_find(o, ".kconfig", sym->name), *map = k2_objvar_find(o, ".maps", sym->name);

	if (map) {
		describe_extern_map(o, map, s);
	} else if (config) {
		s->kind = sym->bind == STB_WEAK ? K2_SYM_OTHER : K2_SYM_DATA;
		s->data_size = config->size;
		s->read_only = true;
		ref->map = k2_object_find_map(o, ".kconfig");
		ref->offset = config->offset;
	} else if (!k2_objvar_find(o, ".ksyms", sym->name) && sym->bind != STB_WEAK) {
		s->kind = K2_SYM_DATA;
		k2_objbtf_find_var(o, sym->name, &s->data_size, &s->read_only);
	}
}

static enum k2_status attach_extern(struct k2_object *o, struct objfunc *f, struct k2_insn *i, const struct objrel *r)
{
	const struct objsym *sym = &o->syms[r->sym];
	const struct objvar *ksym = k2_objvar_find(o, ".ksyms", sym->name);
	struct k2_symbol s = { .kind = K2_SYM_OTHER, .name = sym->name };
	struct k2_object_sym ref = { NONE, NONE, 0 };
	bool call = k2_isa_kind(i) == K2_KIND_CALL;
	int64_t imm = i->imm;

	if (ksym && ksym->is_func) {
		s.kind = K2_SYM_KFUNC;
		imm = 0;
		if (call)
			i->src = K2_PSEUDO_KFUNC_CALL;
	} else if (call) {
		s.kind = K2_SYM_FUNC;
	} else {
		describe_undefined(o, sym, &s, &ref);
	}
	return attach(o, f, i, &s, &ref, place_key(0, r->sym), imm);
}

static enum k2_status attach_map(struct k2_object *o, struct objfunc *f, struct k2_insn *i, const struct objsym *sym)
{
	const struct k2_object_map *m = &o->maps[sym->map];
	struct k2_symbol s = { .kind = K2_SYM_MAP, .name = sym->name, .map_type = m->type, .key_size = m->key_size,
			       .value_size = m->value_size, .max_entries = m->max_entries };
	struct k2_object_sym ref = { .func = NONE, .map = sym->map };

	return attach(o, f, i, &s, &ref, sym->map, 0);
}

static bool is_read_only(const struct objsec *s)
{
	return !(s->flags & SHF_WRITE) || !strncmp(s->name, ".rodata", 7);
}

/* `offset` is that of the symbol in its section, `imm` what comes on top. */
static enum k2_status attach_data(struct k2_object *o, struct objfunc *f, struct k2_insn *i, const struct objsym *sym,
				  uint64_t offset, int64_t imm)
{
	const struct objsec *sec = &o->secs[sym->section];
	struct k2_symbol s = { .kind = K2_SYM_DATA, .name = sym->name, .read_only = is_read_only(sec) };
	struct k2_object_sym ref = { .func = NONE, .map = sec->map, .offset = offset };
	uint64_t size = sym->type == STT_SECTION ? sec->size : sym->size;

	s.data_size = size <= UINT32_MAX ? (uint32_t)size : 0;
	/* Somewhere in the section: it may be any variable's memory, unless nobody ever writes it. */
	if (sym->type == STT_SECTION && !s.read_only)
		s.kind = K2_SYM_OTHER;
	return attach(o, f, i, &s, &ref, place_key(sym->section, offset), imm);
}

static enum k2_status attach_address(struct k2_object *o, struct objfunc *f, struct k2_insn *i, const struct objrel *r)
{
	const struct objsym *sym = &o->syms[r->sym], *var;
	int64_t addend = k2_sext((uint64_t)i->imm, 32);
	uint64_t offset = sym->value + (uint64_t)addend;
	uint32_t func;

	if (!sym->section)
		return attach_extern(o, f, i, r);
	if (k2_objsec_is_code(&o->secs[sym->section])) {
		func = k2_objfunc_at(o, sym->section, offset);
		if (func == NONE)
			return k2_objfunc_refuse(o, f, K2_EUNSUPPORTED, r->offset, "the address of code that begins no function");
		o->funcs[func].address_taken = true;
		return attach_func(o, f, i, func, 0);
	}
	if (sym->type == STT_SECTION) {
		var = variable_at(o, sym->section, offset);
		if (!var)
			return attach_data(o, f, i, sym, 0, addend);
		sym = var;
		addend = 0;
	}
	if (sym->map != NONE && !addend)
		return attach_map(o, f, i, sym);
	return attach_data(o, f, i, sym, sym->value, addend);
}

static enum k2_status attach_call(struct k2_object *o, struct objfunc *f, struct k2_insn *i, uint32_t section, uint64_t to,
				  uint64_t at)
{
	uint32_t func = k2_objfunc_at(o, section, to);

	if (func == NONE)
		return k2_objfunc_refuse(o, f, K2_EINVAL, at, "a call of code that begins no function");
	return attach_func(o, f, i, func, CALL_ADDEND);
}

static enum k2_status apply(struct k2_object *o, struct objfunc *f, const struct objrel *r)
{
	const struct objsym *sym = &o->syms[r->sym];
	uint32_t n = k2_objfunc_insn_at(f, r->offset - f->info.offset);
	struct k2_insn *i = n == NONE ? NULL : &f->insns[n];
	enum k2_kind kind = i ? k2_isa_kind(i) : K2_KIND_OPAQUE;
	int64_t slots;

	if (sym->section == NONE)
		return k2_objfunc_refuse(o, f, K2_EUNSUPPORTED, r->offset, "a relocation to an absolute or common symbol");
	if (r->type == REL_LD_IMM64 && kind == K2_KIND_LD_IMM64 && !i->src)
		return attach_address(o, f, i, r);
	if (r->type != REL_CALL || kind != K2_KIND_CALL || i->src != K2_PSEUDO_CALL)
		return k2_objfunc_refuse(o, f, K2_EUNSUPPORTED, r->offset, "a relocation of an unknown kind");
	if (!sym->section)
		return attach_extern(o, f, i, r);
	slots = i->imm + 1;
	if (sym->type == STT_FUNC && slots == (int64_t)sym->value) /* GNU as before 2.41 leaves the symbol's value there */
		slots = 0;
	return attach_call(o, f, i, sym->section, sym->value + (uint64_t)slots * SLOT, r->offset);
}

/* Calls that the compiler resolved itself: the distance to a function of the same section. */
static enum k2_status resolve_calls(struct k2_object *o, struct objfunc *f)
{
	enum k2_status st = K2_OK;

	for (uint32_t k = 0; k < f->desc.n_insns && !st; k++) {
		struct k2_insn *i = &f->insns[k];
		uint64_t at = f->info.offset + f->info.insn_offset[k];

		if (k2_isa_kind(i) == K2_KIND_CALL && i->src == K2_PSEUDO_CALL && !i->sym)
			st = attach_call(o, f, i, f->info.section, at + ((uint64_t)i->imm + 1) * SLOT, at);
	}
	return st;
}

enum k2_status k2_objrel_apply(struct k2_object *o, struct objfunc *f)
{
	const struct objsec *s = &o->secs[f->info.section];
	uint64_t end = f->info.offset + f->info.size;
	uint32_t lo = 0, hi = s->n_rels;
	enum k2_status st = K2_OK;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->rels[mid].offset < f->info.offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->n_rels && s->rels[lo].offset < end && !st && f->insns; lo++)
		st = apply(o, f, &s->rels[lo]);
	return st ? st : resolve_calls(o, f);
}

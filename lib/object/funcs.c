// SPDX-License-Identifier: BSD-2-Clause
/* Where functions are, and their instructions as the bytes and the line records say them. */
#include "object_impl.h"
#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* Functions may share code (aliases), but an object in which all of them together are this many times longer than its code
   is damaged. */
enum { MAX_SHARING = 64 };

static int by_place(const void *a, const void *b)
{
	const struct k2_object_func *x = &((const struct objfunc *)a)->info, *y = &((const struct objfunc *)b)->info;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return strcmp(((const struct objfunc *)a)->desc.name, ((const struct objfunc *)b)->desc.name);
}

static enum k2_status add_func(struct k2_object *o, const char *name, uint32_t section, uint64_t offset, uint64_t size,
			       uint8_t bind)
{
	const char *in = o->secs[section].name;
	struct objfunc f = {
		.desc = { .name = name, .section = in, .big_endian = o->big_endian },
		.info = { .section = section, .offset = offset, .size = size, .global = bind != STB_LOCAL, .weak = bind == STB_WEAK },
	};

	f.desc.is_subprog = !f.info.global || !strcmp(in, ".text");
	f.info.entry = !f.desc.is_subprog;
	return K2_VEC_PUSH(o->arena, o->funcs, o->n_funcs, o->cap_funcs, f) ? K2_OK : K2_ENOMEM;
}

static enum k2_status add_symbols(struct k2_object *o, uint8_t *has_func)
{
	for (uint32_t k = 0; k < o->n_syms; k++) {
		const struct objsym *s = &o->syms[k];
		const struct objsec *sec;
		enum k2_status st;

		if (s->type != STT_FUNC || !s->section || s->section == NONE || !k2_objsec_is_code(&o->secs[s->section]))
			continue;
		sec = &o->secs[s->section];
		if (s->value % SLOT || s->size % SLOT || s->value >= sec->size || s->size > sec->size - s->value)
			return k2_object_fail(o, "function %s: bytes %#llx to %#llx are not instructions of section %s", s->name,
					      (unsigned long long)s->value, (unsigned long long)(s->value + s->size), sec->name);
		st = add_func(o, s->name, s->section, s->value, s->size, s->bind);
		if (st)
			return st;
		has_func[s->section] = 1;
	}
	return K2_OK;
}

/* Assembly may give a function no size: it goes on to the next one. */
static void fill_sizes(struct k2_object *o)
{
	uint64_t end = 0; /* of what begins at the current offset */

	for (uint32_t k = o->n_funcs; k-- > 0;) {
		struct k2_object_func *f = &o->funcs[k].info, *next = k + 1 < o->n_funcs ? &o->funcs[k + 1].info : NULL;

		if (!next || next->section != f->section)
			end = o->secs[f->section].size;
		else if (next->offset != f->offset)
			end = next->offset;
		if (!f->size)
			f->size = end - f->offset;
	}
}

static enum k2_status check_sharing(struct k2_object *o)
{
	uint64_t code = 0, all = 0;

	for (uint32_t k = 1; k < o->n_secs; k++)
		code += k2_objsec_is_code(&o->secs[k]) ? o->secs[k].size : 0;
	for (uint32_t k = 0; k < o->n_funcs; k++)
		all += o->funcs[k].info.size;
	if (all / MAX_SHARING > code)
		return k2_object_fail(o, "symbol table: functions overlap too often");
	return K2_OK;
}

static enum k2_status find_funcs(struct k2_object *o)
{
	uint8_t *has_func = k2_arena_calloc(o->arena, o->n_secs, 1);
	enum k2_status st;

	if (!has_func)
		return K2_ENOMEM;
	st = add_symbols(o, has_func);
	for (uint32_t k = 1; k < o->n_secs && !st; k++) {
		if (k2_objsec_is_code(&o->secs[k]) && !has_func[k])
			st = add_func(o, o->secs[k].name, k, 0, o->secs[k].size, STB_GLOBAL);
	}
	if (st)
		return st;
	if (o->n_funcs)
		qsort(o->funcs, o->n_funcs, sizeof(*o->funcs), by_place);
	fill_sizes(o);
	return check_sharing(o);
}

uint32_t k2_objfunc_at(const struct k2_object *o, uint32_t section, uint64_t offset)
{
	uint32_t lo = 0, hi = o->n_funcs;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct k2_object_func *f = &o->funcs[mid].info;

		if (f->section < section || (f->section == section && f->offset < offset))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == o->n_funcs || o->funcs[lo].info.section != section || o->funcs[lo].info.offset != offset)
		return NONE;
	return lo;
}

uint32_t k2_objfunc_insn_at(const struct objfunc *f, uint64_t offset)
{
	uint32_t lo = 0, hi = f->desc.n_insns;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (f->info.insn_offset[mid] < offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < f->desc.n_insns && f->info.insn_offset[lo] == offset ? lo : NONE;
}

enum k2_status k2_objfunc_refuse(struct k2_object *o, struct objfunc *f, enum k2_status why, uint64_t offset,
				 const char *what)
{
	f->info.status = why;
	f->info.message = k2_arena_printf(o->arena, "byte %#llx: %s", (unsigned long long)offset, what);
	f->desc.insns = f->insns = NULL;
	f->desc.n_insns = 0;
	f->desc.syms = NULL;
	f->desc.n_syms = 0;
	return f->info.message ? K2_OK : K2_ENOMEM;
}

static enum k2_status place_insns(struct k2_object *o, struct objfunc *f)
{
	uint32_t *at = k2_arena_calloc(o->arena, (size_t)f->desc.n_insns + 1, sizeof(*at));

	if (!at)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < f->desc.n_insns; k++)
		at[k + 1] = at[k] + SLOT * k2_isa_slots(&f->insns[k]);
	f->info.insn_offset = at;
	return K2_OK;
}

/* What bytes do not say in the way that descriptions do: only jumps have targets, and nothing is known of what an indirect
   call reads. */
static void normalise(struct objfunc *f)
{
	for (uint32_t k = 0; k < f->desc.n_insns; k++) {
		struct k2_insn *i = &f->insns[k];
		enum k2_kind kind = k2_isa_kind(i);

		if (kind != K2_KIND_JUMP && kind != K2_KIND_GOTO && kind != K2_KIND_MAY_GOTO)
			i->target = UINT32_MAX;
		if (kind != K2_KIND_CALLX)
			continue;
		i->use = k2_isa_reads(i);
		i->def = k2_isa_writes(i);
		i->flags |= K2_F_OPAQUE;
	}
}

static enum k2_status decode(struct k2_object *o, struct objfunc *f)
{
	const uint8_t *code = o->secs[f->info.section].bytes + f->info.offset;
	char what[160] = "";
	enum k2_status st;

	if (f->info.size > UINT32_MAX)
		return k2_object_fail(o, "function %s: too long", f->desc.name);
	st = k2_isa_decode_all(o->arena, code, (size_t)f->info.size, o->big_endian, &f->insns, &f->desc.n_insns, what, sizeof(what));
	if (st == K2_ENOMEM)
		return st;
	if (st) {
		st = k2_objfunc_refuse(o, f, st, f->info.offset, what);
		return st ? st : place_insns(o, f);
	}
	f->desc.insns = f->insns;
	st = place_insns(o, f);
	if (!st)
		normalise(f);
	return st;
}

/* A record holds until the next one of the function. */
static void set_lines(struct k2_object *o, struct objfunc *f)
{
	uint64_t end = f->info.offset + f->info.size;
	uint32_t at = k2_objplace_find(o->lines, o->n_lines, sizeof(*o->lines), f->info.section, f->info.offset);
	uint32_t line = 0;

	if (at < o->n_lines && o->lines[at].at.section == f->info.section && o->lines[at].at.offset < end)
		f->info.file = o->lines[at].file;
	for (uint32_t k = 0; k < f->desc.n_insns; k++) {
		uint64_t here = f->info.offset + f->info.insn_offset[k];

		for (; at < o->n_lines && o->lines[at].at.section == f->info.section && o->lines[at].at.offset <= here; at++)
			line = o->lines[at].line;
		f->insns[k].line = line;
	}
}

static void set_type(struct k2_object *o, struct objfunc *f)
{
	uint32_t at = k2_objplace_find(o->finfos, o->n_finfos, sizeof(*o->finfos), f->info.section, f->info.offset);

	if (at < o->n_finfos && o->finfos[at].at.section == f->info.section && o->finfos[at].at.offset == f->info.offset)
		f->type = o->finfos[at].type;
	else if (f->info.global)
		f->type = k2_objbtf_find_func(o, f->desc.name);
	f->desc.arg_type = k2_objbtf_arg_type(o, f->type);
}

/* The lowest instruction set that has every instruction of the object. */
static void set_isa(struct k2_object *o)
{
	enum k2_isa_level isa = K2_ISA_V1;

	for (uint32_t k = 0; k < o->n_funcs; k++) {
		for (uint32_t j = 0; j < o->funcs[k].desc.n_insns; j++) {
			const struct k2_isa_row *r = k2_isa_row(&o->funcs[k].insns[j]);

			isa = r ? K2_MAX(isa, r->level) : isa;
		}
	}
	for (uint32_t k = 0; k < o->n_funcs; k++) {
		o->funcs[k].desc.isa = isa;
		o->funcs[k].desc.alu32 = isa >= K2_ISA_V3;
	}
}

uint32_t k2_objfunc_symbol(struct k2_object *o, struct objfunc *f, const struct k2_symbol *s,
			   const struct k2_object_sym *ref, uint64_t key)
{
	uint32_t n = f->desc.n_syms;

	for (uint32_t k = 0; k < n; k++) {
		if (f->keys[k] == key && f->syms[k].kind == s->kind && !strcmp(f->syms[k].name, s->name))
			return k + 1;
	}
	if (!k2_vec_grow(o->arena, (void **)&f->syms, &f->cap_syms, n, sizeof(*f->syms)) ||
	    !k2_vec_grow(o->arena, (void **)&f->refs, &f->cap_refs, n, sizeof(*f->refs)) ||
	    !k2_vec_grow(o->arena, (void **)&f->keys, &f->cap_keys, n, sizeof(*f->keys)))
		return 0;
	f->syms[n] = *s;
	f->refs[n] = *ref;
	f->keys[n] = key;
	f->desc.syms = f->syms;
	return f->desc.n_syms = n + 1;
}

enum k2_status k2_objfuncs_read(struct k2_object *o)
{
	enum k2_status st = find_funcs(o);

	for (uint32_t k = 0; k < o->n_funcs && !st; k++) {
		struct objfunc *f = &o->funcs[k];

		set_type(o, f);
		st = decode(o, f);
		if (!st)
			set_lines(o, f);
	}
	if (st)
		return st;
	set_isa(o);
	for (uint32_t k = 0; k < o->n_funcs && !st; k++) {
		st = k2_objrel_apply(o, &o->funcs[k]);
		if (!st)
			st = k2_objcore_apply(o, &o->funcs[k]);
	}
	return st ? st : k2_objargs_set(o);
}

// SPDX-License-Identifier: BSD-2-Clause
/* Elements that definitions give: relocations of the `values` member of map variables in .maps (bpf_object__collect_map_relos
   in libbpf). */
#include "object_impl.h"
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <string.h>

/* The map variable that has byte `offset` of .maps; NULL: none. */
static const struct objsym *variable_with(const struct k2_object *o, uint32_t section, uint64_t offset)
{
	for (uint32_t k = 0; k < o->n_syms; k++) {
		const struct objsym *s = &o->syms[k];

		if (s->map != NONE && s->section == section && offset >= s->value && offset - s->value < s->size)
			return s;
	}
	return NULL;
}

/* Where `values` begins in the variable, bytes; UINT64_MAX: it has none. */
static uint64_t values_offset(const struct k2_object *o, const char *name)
{
	const struct objvar *v = k2_objvar_find(o, ".maps", name);
	const struct btf_type *t = v ? k2_objbtf_strip(o, v->type) : NULL;

	for (unsigned int k = 0; t && btf_is_struct(t) && k < btf_vlen(t); k++) {
		const char *member = btf__name_by_offset(o->btf, btf_members(t)[k].name_off);

		if (member && !strcmp(member, "values"))
			return btf_member_bit_offset(t, k) / 8;
	}
	return UINT64_MAX;
}

/* What is in the place: of static functions their offset in the section that the symbol names. */
static uint64_t addend(const struct k2_object *o, const struct objsec *s, uint64_t offset)
{
	uint64_t v = 0;

	for (unsigned int k = 0; s->bytes && k < SLOT; k++)
		v = v << 8 | s->bytes[offset + (o->big_endian ? k : SLOT - 1 - k)];
	return v;
}

static uint32_t target(const struct k2_object *o, uint32_t type, const struct objsym *to, uint64_t add)
{
	if (!to->section || to->section == NONE)
		return NONE;
	return type == BPF_MAP_TYPE_PROG_ARRAY ? k2_objfunc_at(o, to->section, to->value + add) : to->map;
}

static enum k2_status read_value(struct k2_object *o, uint32_t section, const struct objrel *r)
{
	const struct objsym *var = variable_with(o, section, r->offset);
	uint64_t at = var ? values_offset(o, var->name) : UINT64_MAX;
	struct k2_object_value v;

	if (at == UINT64_MAX || r->offset - var->value < at)
		return K2_OK;
	v.map = var->map;
	v.key = (uint32_t)((r->offset - var->value - at) / SLOT);
	v.to = target(o, o->maps[v.map].type, &o->syms[r->sym], addend(o, &o->secs[section], r->offset));
	if (v.to == NONE)
		return K2_OK;
	return K2_VEC_PUSH(o->arena, o->values, o->n_values, o->cap_values, v) ? K2_OK : K2_ENOMEM;
}

enum k2_status k2_objvalues_read(struct k2_object *o)
{
	enum k2_status st = K2_OK;

	for (uint32_t k = 1; k < o->n_secs && o->btf; k++) {
		for (uint32_t n = 0; !strcmp(o->secs[k].name, ".maps") && n < o->secs[k].n_rels && !st; n++)
			st = read_value(o, k, &o->secs[k].rels[n]);
	}
	return st;
}

const struct k2_object_value *k2_object_value(const struct k2_object *o, uint32_t n)
{
	return n < o->n_values ? &o->values[n] : NULL;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Maps: BTF-defined ones in .maps, where the type of a variable says everything; legacy ones in maps, where its value does;
   and the data sections, which loaders turn into maps. */
#include "object_impl.h"
#include <bpf/btf.h>
#include <elf.h>
#include <linux/bpf.h>
#include <string.h>

enum {
	LEGACY_FIELDS = 5, /* struct bpf_map_def: type, key size, value size, entries, flags */
	INNER_ID_SIZE = 4, /* values of maps of maps and of program arrays are ids or descriptors */
};

static uint32_t get32(const struct k2_object *o, const uint8_t *p)
{
	if (o->big_endian)
		return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static enum k2_status add_map(struct k2_object *o, const struct k2_object_map *m)
{
	return K2_VEC_PUSH(o->arena, o->maps, o->n_maps, o->cap_maps, *m) ? K2_OK : K2_ENOMEM;
}

static const struct btf_type *pointee(const struct k2_object *o, uint32_t type, uint32_t *id)
{
	const struct btf_type *t = k2_objbtf_strip(o, type);

	if (!t || !btf_is_ptr(t))
		return NULL;
	*id = t->type;
	return k2_objbtf_strip(o, t->type);
}

/* N of `int (*member)[N]`; 0 if it is something else. */
static uint32_t number(const struct k2_object *o, uint32_t type)
{
	uint32_t id;
	const struct btf_type *t = pointee(o, type, &id);

	return t && btf_is_array(t) ? btf_array(t)->nelems : 0;
}

static uint32_t pointee_size(const struct k2_object *o, uint32_t type)
{
	uint32_t id;

	return pointee(o, type, &id) ? k2_objbtf_size(o, id) : 0;
}

/* `struct inner *values[]`: the inner map's definition; NULL: programs, or nothing known. */
static const struct btf_type *inner_definition(const struct k2_object *o, uint32_t type)
{
	const struct btf_type *t = k2_objbtf_strip(o, type);
	uint32_t id;

	if (!t || !btf_is_array(t))
		return NULL;
	t = pointee(o, btf_array(t)->type, &id);
	return t && btf_is_struct(t) ? t : NULL;
}

static void read_member(const struct k2_object *o, const char *name, uint32_t type, struct k2_object_map *m)
{
	if (!strcmp(name, "type"))
		m->type = number(o, type);
	else if (!strcmp(name, "key"))
		m->key_size = pointee_size(o, type);
	else if (!strcmp(name, "value"))
		m->value_size = pointee_size(o, type);
	else if (!strcmp(name, "key_size"))
		m->key_size = number(o, type);
	else if (!strcmp(name, "value_size"))
		m->value_size = number(o, type);
	else if (!strcmp(name, "max_entries"))
		m->max_entries = number(o, type);
	else if (!strcmp(name, "map_flags"))
		m->flags = number(o, type);
	else if (!strcmp(name, "values") && !m->value_size)
		m->value_size = INNER_ID_SIZE;
}

/* Fills in what the structure says; returns the definition of inner maps, NULL: there is none. */
static const struct btf_type *read_definition(const struct k2_object *o, const struct btf_type *t, struct k2_object_map *m)
{
	const struct btf_type *inner = NULL;

	for (unsigned int k = 0; t && btf_is_struct(t) && k < btf_vlen(t); k++) {
		const struct btf_member *b = &btf_members(t)[k];
		const char *name = btf__name_by_offset(o->btf, b->name_off);

		if (!name)
			continue;
		read_member(o, name, b->type, m);
		if (!strcmp(name, "values"))
			inner = inner_definition(o, b->type);
	}
	return inner;
}

const struct btf_type *k2_objmap_describe(const struct k2_object *o, const struct objvar *v, struct k2_object_map *m)
{
	return v->is_func ? NULL : read_definition(o, k2_objbtf_strip(o, v->type), m);
}

static enum k2_status add_btf_map(struct k2_object *o, struct objsym *s)
{
	const struct objvar *v = k2_objvar_find(o, ".maps", s->name);
	struct k2_object_map m = { .name = s->name, .inner = NONE }, i = { .inner = NONE, .is_inner = true };
	const struct btf_type *inner = v ? k2_objmap_describe(o, v, &m) : NULL;
	enum k2_status st;

	s->map = o->n_maps;
	if (inner)
		m.inner = o->n_maps + 1;
	st = add_map(o, &m);
	if (st || !inner)
		return st;
	i.name = k2_arena_printf(o->arena, "%s.inner", s->name);
	if (!i.name)
		return K2_ENOMEM;
	read_definition(o, inner, &i);
	return add_map(o, &i);
}

static enum k2_status add_legacy_map(struct k2_object *o, struct objsym *s)
{
	const struct objsec *sec = &o->secs[s->section];
	struct k2_object_map m = { .name = s->name, .inner = NONE };
	uint32_t *fields[LEGACY_FIELDS] = { &m.type, &m.key_size, &m.value_size, &m.max_entries, &m.flags };

	if (!sec->bytes || s->value > sec->size || sec->size - s->value < 4 * LEGACY_FIELDS)
		return k2_object_fail(o, "map %s: its definition reaches beyond section %s", s->name, sec->name);
	for (unsigned int k = 0; k < LEGACY_FIELDS; k++)
		*fields[k] = get32(o, sec->bytes + s->value + 4 * k);
	s->map = o->n_maps;
	return add_map(o, &m);
}

static enum k2_status add_defined_maps(struct k2_object *o)
{
	for (uint32_t k = 0; k < o->n_syms; k++) {
		struct objsym *s = &o->syms[k];
		bool named = s->section && s->section != NONE && s->name[0] && (s->type == STT_OBJECT || s->type == STT_NOTYPE);
		const char *sec = named ? o->secs[s->section].name : "";
		enum k2_status st = K2_OK;

		if (!strcmp(sec, ".maps"))
			st = add_btf_map(o, s);
		else if (!strcmp(sec, "maps") || !strncmp(sec, "maps/", 5))
			st = add_legacy_map(o, s);
		if (st)
			return st;
	}
	return K2_OK;
}

static bool is_kind(const char *name, const char *kind)
{
	size_t n = strlen(kind);

	return !strncmp(name, kind, n) && (!name[n] || name[n] == '.');
}

/* One array element with all of the section (libbpf: bpf_object__init_internal_map). */
static struct k2_object_map data_map(const char *name, uint32_t size, bool read_only, const void *data)
{
	return (struct k2_object_map){
		.name = name,
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = size,
		.max_entries = 1,
		.flags = read_only ? BPF_F_RDONLY_PROG : 0,
		.is_data = true,
		.read_only = read_only,
		.data = data,
		.inner = NONE,
	};
}

static enum k2_status add_data_maps(struct k2_object *o)
{
	for (uint32_t k = 1; k < o->n_secs; k++) {
		struct objsec *s = &o->secs[k];
		bool read_only = is_kind(s->name, ".rodata");
		struct k2_object_map m;
		enum k2_status st;

		if (!s->size || !(s->flags & SHF_ALLOC) ||
		    !(read_only || is_kind(s->name, ".data") || is_kind(s->name, ".bss")))
			continue;
		if (s->size > UINT32_MAX)
			return k2_object_fail(o, "section %u (%s): too large for a map", k, s->name);
		m = data_map(s->name, (uint32_t)s->size, read_only, s->bytes);
		s->map = o->n_maps;
		st = add_map(o, &m);
		if (st)
			return st;
	}
	return K2_OK;
}

static enum k2_status add_kconfig_map(struct k2_object *o)
{
	struct k2_object_map m;
	uint64_t size = 0;

	for (uint32_t k = 0; k < o->n_vars; k++) {
		if (!strcmp(o->vars[k].section, ".kconfig"))
			size = K2_MAX(size, (uint64_t)o->vars[k].offset + o->vars[k].size);
	}
	if (!size)
		return K2_OK;
	if (size > UINT32_MAX)
		return k2_object_fail(o, ".kconfig: too large for a map");
	m = data_map(".kconfig", (uint32_t)size, true, NULL);
	return add_map(o, &m);
}

enum k2_status k2_objmaps_read(struct k2_object *o)
{
	enum k2_status st;

	if ((st = add_defined_maps(o)) || (st = add_data_maps(o)))
		return st;
	return add_kconfig_map(o);
}

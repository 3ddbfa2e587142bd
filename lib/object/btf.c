// SPDX-License-Identifier: BSD-2-Clause
/* What .BTF says about variables, functions and types. libbpf decodes it (either byte order) and finds strings and types
   safely; it neither looks at the order of references nor stays silent about damaged tables, so that is checked here. */
#include "object_impl.h"
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_CHAIN = 32,      /* typedefs and qualifiers in a row; what is longer is a cycle */
	HEADER_SIZE = 24,    /* struct btf_header */
	TYPE_SIZE = 12,      /* struct btf_type */
	MAX_ARGS = 5,
	REG_SIZE = 8,
};

struct raw {
	const uint8_t *p;
	uint32_t size;
	bool big_endian;
};

static uint32_t get32(const struct raw *r, uint64_t at)
{
	const uint8_t *p = r->p + at;

	if (r->big_endian)
		return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Bytes behind struct btf_type; -1: unknown kind. */
static int64_t rest_size(uint32_t kind, uint64_t vlen)
{
	switch (kind) {
	case BTF_KIND_PTR: case BTF_KIND_FWD: case BTF_KIND_TYPEDEF: case BTF_KIND_VOLATILE: case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT: case BTF_KIND_FUNC: case BTF_KIND_FLOAT: case BTF_KIND_TYPE_TAG: return 0;
	case BTF_KIND_INT: case BTF_KIND_VAR: case BTF_KIND_DECL_TAG: return 4;
	case BTF_KIND_ARRAY: return 12;
	case BTF_KIND_ENUM: case BTF_KIND_FUNC_PROTO: return (int64_t)(8 * vlen);
	case BTF_KIND_STRUCT: case BTF_KIND_UNION: case BTF_KIND_ENUM64: case BTF_KIND_DATASEC: return (int64_t)(12 * vlen);
	default: return -1;
	}
}

static enum k2_status check_types(struct k2_object *o, const struct raw *r, uint64_t at, uint64_t end)
{
	for (uint32_t id = 1; at < end; id++) {
		uint32_t info;
		int64_t rest;

		if (end - at < TYPE_SIZE)
			return k2_object_fail(o, ".BTF: type %u is cut off", id);
		info = get32(r, at + 4);
		rest = rest_size(BTF_INFO_KIND(info), BTF_INFO_VLEN(info));
		if (rest < 0)
			return k2_object_fail(o, ".BTF: type %u has the unknown kind %u", id, BTF_INFO_KIND(info));
		if (end - at < TYPE_SIZE + (uint64_t)rest)
			return k2_object_fail(o, ".BTF: type %u is cut off", id);
		at += TYPE_SIZE + (uint64_t)rest;
	}
	return K2_OK;
}

static enum k2_status check_header(struct k2_object *o, struct raw *r)
{
	uint64_t header, types, types_len, strings, strings_len;

	if (r->size < HEADER_SIZE)
		return k2_object_fail(o, ".BTF: the header is cut off");
	r->big_endian = r->p[0] == 0xeb;
	if (r->p[r->big_endian] != 0x9f || r->p[!r->big_endian] != 0xeb)
		return k2_object_fail(o, ".BTF: does not begin with the magic number");
	if (r->p[2] != BTF_VERSION)
		return k2_object_fail(o, ".BTF: version %u", r->p[2]);
	header = get32(r, 4);
	types = get32(r, 8);
	types_len = get32(r, 12);
	strings = get32(r, 16);
	strings_len = get32(r, 20);
	if (header < HEADER_SIZE || header % 4 || types % 4)
		return k2_object_fail(o, ".BTF: the header's sizes are wrong");
	if (header + types + types_len > r->size || header + strings + strings_len > r->size || types + types_len > strings)
		return k2_object_fail(o, ".BTF: types or strings reach beyond the end");
	if (!strings_len || r->p[header + strings] || r->p[header + strings + strings_len - 1])
		return k2_object_fail(o, ".BTF: the strings do not begin and end with a zero byte");
	return check_types(o, r, header + types, header + types + types_len);
}

const char *k2_objbtf_name(const struct k2_object *o, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(o->btf, id);
	const char *name = t ? btf__name_by_offset(o->btf, t->name_off) : NULL;

	return name ? name : "";
}

uint32_t k2_objbtf_size(const struct k2_object *o, uint32_t id)
{
	int64_t size = id ? btf__resolve_size(o->btf, id) : 0;

	return size > 0 && size <= UINT32_MAX ? (uint32_t)size : 0;
}

const struct btf_type *k2_objbtf_strip(const struct k2_object *o, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(o->btf, id);

	for (unsigned int k = 0; t && k < MAX_CHAIN; k++) {
		if (!btf_is_mod(t) && !btf_is_typedef(t))
			return t;
		t = btf__type_by_id(o->btf, t->type);
	}
	return NULL;
}

static enum k2_status add_var(struct k2_object *o, const char *section, const struct btf_var_secinfo *i)
{
	const struct btf_type *t = btf__type_by_id(o->btf, i->type);
	struct objvar v = { .section = section, .name = k2_objbtf_name(o, i->type), .is_func = t && btf_is_func(t) };

	if (!t || (!btf_is_var(t) && !btf_is_func(t)))
		return k2_object_fail(o, ".BTF: section %s lists type %u, which is no variable", section, i->type);
	v.type = v.is_func ? i->type : t->type;
	v.size = v.is_func ? 0 : k2_objbtf_size(o, t->type);
	return K2_VEC_PUSH(o->arena, o->vars, o->n_vars, o->cap_vars, v) ? K2_OK : K2_ENOMEM;
}

/* Loaders lay out the kconfig map themselves: every variable at a multiple of its size. */
static void place_kconfig(struct k2_object *o, uint32_t first)
{
	uint64_t at = 0;

	for (uint32_t k = first; k < o->n_vars; k++) {
		uint32_t align = o->vars[k].size >= 8 ? 8 : o->vars[k].size ? o->vars[k].size : 1;

		at = (at + align - 1) / align * align;
		o->vars[k].offset = at <= UINT32_MAX ? (uint32_t)at : 0;
		at += o->vars[k].size;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct objvar *x = a, *y = b;
	int order = strcmp(x->section, y->section);

	return order ? order : strcmp(x->name, y->name);
}

static enum k2_status read_vars(struct k2_object *o)
{
	for (uint32_t id = 1; id < btf__type_cnt(o->btf); id++) {
		const struct btf_type *t = btf__type_by_id(o->btf, id);
		uint32_t first = o->n_vars;

		if (!btf_is_datasec(t))
			continue;
		for (unsigned int k = 0; k < btf_vlen(t); k++) {
			enum k2_status st = add_var(o, k2_objbtf_name(o, id), &btf_var_secinfos(t)[k]);

			if (st)
				return st;
		}
		if (!strcmp(k2_objbtf_name(o, id), ".kconfig"))
			place_kconfig(o, first);
	}
	if (o->n_vars)
		qsort(o->vars, o->n_vars, sizeof(*o->vars), by_name);
	return K2_OK;
}

enum k2_status k2_objbtf_read(struct k2_object *o)
{
	uint32_t sec = k2_objsec_find(o, ".BTF");
	struct raw r = { 0 };
	enum k2_status st;

	if (!sec || !o->secs[sec].bytes)
		return K2_OK;
	if (o->secs[sec].size > INT32_MAX)
		return k2_object_fail(o, ".BTF: too large");
	r.p = o->secs[sec].bytes;
	r.size = (uint32_t)o->secs[sec].size;
	st = check_header(o, &r);
	if (st)
		return st;
	o->btf = btf__new(r.p, r.size);
	if (!o->btf)
		return errno == ENOMEM ? K2_ENOMEM : k2_object_fail(o, ".BTF: %s", strerror(errno));
	return read_vars(o);
}

const struct objvar *k2_objvar_find(const struct k2_object *o, const char *section, const char *name)
{
	struct objvar key = { .section = section, .name = name };

	return o->n_vars ? bsearch(&key, o->vars, o->n_vars, sizeof(*o->vars), by_name) : NULL;
}

uint32_t k2_objbtf_find_func(const struct k2_object *o, const char *name)
{
	int32_t id = o->btf ? btf__find_by_name_kind(o->btf, name, BTF_KIND_FUNC) : 0;

	return id > 0 ? (uint32_t)id : 0;
}

bool k2_objbtf_find_var(const struct k2_object *o, const char *name, uint32_t *size, bool *is_const)
{
	int32_t id = o->btf ? btf__find_by_name_kind(o->btf, name, BTF_KIND_VAR) : 0;
	const struct btf_type *t = id > 0 ? btf__type_by_id(o->btf, (uint32_t)id) : NULL;

	if (!t)
		return false;
	*size = k2_objbtf_size(o, t->type);
	*is_const = false;
	t = btf__type_by_id(o->btf, t->type);
	for (unsigned int k = 0; t && k < MAX_CHAIN && (btf_is_mod(t) || btf_is_typedef(t)); k++) {
		*is_const |= btf_is_const(t);
		t = btf__type_by_id(o->btf, t->type);
	}
	return true;
}

static const struct btf_type *proto_of(const struct k2_object *o, uint32_t func)
{
	const struct btf_type *t = func ? btf__type_by_id(o->btf, func) : NULL;

	if (!t || !btf_is_func(t))
		return NULL;
	t = btf__type_by_id(o->btf, t->type);
	return t && btf_is_func_proto(t) ? t : NULL;
}

/* Registers that an argument takes: of structures by value small ones come in registers, large ones by address. */
static uint32_t regs_of(const struct k2_object *o, uint32_t type)
{
	const struct btf_type *t = k2_objbtf_strip(o, type);
	uint32_t size = k2_objbtf_size(o, type);

	if (t && btf_is_composite(t) && !size)
		return 0;
	return size > REG_SIZE && size <= 2 * REG_SIZE ? 2 : 1;
}

int k2_objbtf_n_args(const struct k2_object *o, uint32_t func)
{
	const struct btf_type *t = proto_of(o, func);
	uint32_t regs = 0;

	for (unsigned int k = 0; t && k < btf_vlen(t); k++) {
		if (!btf_params(t)[k].type) /* "..." */
			return -1;
		regs += regs_of(o, btf_params(t)[k].type);
	}
	return t ? (int)K2_MIN(regs, (uint32_t)MAX_ARGS) : -1;
}

const char *k2_objbtf_arg_type(const struct k2_object *o, uint32_t func)
{
	const struct btf_type *t = proto_of(o, func);
	const char *name;

	if (!t || !btf_vlen(t))
		return NULL;
	t = k2_objbtf_strip(o, btf_params(t)[0].type);
	if (!t || !btf_is_ptr(t))
		return NULL;
	t = k2_objbtf_strip(o, t->type);
	if (!t || !(btf_is_struct(t) || (btf_is_fwd(t) && !btf_kflag(t))))
		return NULL;
	name = btf__name_by_offset(o->btf, t->name_off);
	return name && name[0] ? name : NULL;
}

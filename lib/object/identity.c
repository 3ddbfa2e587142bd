// SPDX-License-Identifier: BSD-2-Clause
/* What a symbol stands for, as text that means the same in every object. */
#include "object_impl.h"
#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 8, FIELD_RSHIFT = 5, ENUM_VALUE_EXISTS = 10, ENUM_VALUE = 11 };

/* ---- CO-RE: names along the access, which is what loaders look for ---- */

static uint32_t resolve(const struct btf *btf, uint32_t id)
{
	for (unsigned int k = 0; k < 32; k++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (!t || !(btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t)))
			break;
		id = t->type;
	}
	return id;
}

static void put_enumerator(struct k2_string *out, const struct btf *btf, const struct btf_type *t, unsigned long index)
{
	uint32_t name = 0;

	if (btf_is_enum(t) && index < btf_vlen(t))
		name = btf_enum(t)[index].name_off;
	else if (btf_is_enum64(t) && index < btf_vlen(t))
		name = btf_enum64(t)[index].name_off;
	K2_PUT(out, ".%s", btf__str_by_offset(btf, name));
}

/* One index of the access goes into a member or an element; the type that it leads to, 0: none. */
static uint32_t put_step(struct k2_string *out, const struct btf *btf, uint32_t id, unsigned long index)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	if (t && btf_is_composite(t) && index < btf_vlen(t)) {
		K2_PUT(out, ".%s", btf__str_by_offset(btf, btf_members(t)[index].name_off));
		return resolve(btf, btf_members(t)[index].type);
	}
	K2_PUT(out, "[%lu]", index);
	return t && btf_is_array(t) ? resolve(btf, btf_array(t)->type) : 0;
}

static uint32_t type_of(const struct btf *btf, const char *type, size_t len)
{
	const char *at = memchr(type, '@', len);
	char name[256];
	int32_t id;

	if (at)
		return (uint32_t)strtoul(at + 1, NULL, 10);
	if (len >= sizeof(name))
		return 0;
	memcpy(name, type, len);
	name[len] = 0;
	id = btf__find_by_name(btf, name);
	return id > 0 ? (uint32_t)id : 0;
}

/* A CO-RE symbol's name taken apart: "llvm.TYPE:KIND:NUMBER$ACCESS" (core.c). */
struct core {
	const struct btf_type *type;
	uint32_t id;
	unsigned long kind; /* enum bpf_core_relo_kind */
	const char *access; /* behind the '$' */
};

static bool parse_core(const struct k2_object *o, const char *name, struct core *c)
{
	const char *type = strncmp(name, "llvm.", 5) ? name : name + 5, *kind = strchr(type, ':'), *access = strchr(type, '$');

	*c = (struct core){ 0 };
	if (!kind || !access || !o->btf)
		return false;
	c->kind = strtoul(kind + 1, NULL, 10);
	c->id = type_of(o->btf, type, (size_t)(kind - type));
	c->type = c->id ? btf__type_by_id(o->btf, c->id) : NULL;
	c->access = access + 1;
	return c->type != NULL;
}

/* "[0].member[3]"; the first index only if it is wanted, or not 0. */
static void put_access(struct k2_string *out, const struct k2_object *o, const struct core *c, bool all)
{
	uint32_t id = resolve(o->btf, c->id);
	bool first = true;

	for (const char *p = c->access; *p; p += *p == ':') {
		char *end;
		unsigned long index = strtoul(p, &end, 10);

		if (end == p)
			break;
		p = end;
		if (c->kind == ENUM_VALUE || c->kind == ENUM_VALUE_EXISTS)
			put_enumerator(out, o->btf, btf__type_by_id(o->btf, id), index);
		else if (!first)
			id = put_step(out, o->btf, id, index);
		else if (all || index)
			K2_PUT(out, "[%lu]", index);
		first = false;
	}
}

static void put_core(struct k2_string *out, const struct k2_object *o, const char *name)
{
	struct core c;

	if (!parse_core(o, name, &c)) {
		K2_PUT(out, "%s", name);
		return;
	}
	K2_PUT(out, "%s %s, %lu: ", btf_is_composite(c.type) ? "struct" : "type", btf__str_by_offset(o->btf, c.type->name_off), c.kind);
	put_access(out, o, &c, true);
}

/* By enum bpf_core_relo_kind; offsets of fields and values of enumerators go without a word. */
static const char *const core_words[] = { "",		"size ",      "exists ",    "signed ",	   "lshift ",	     "rshift ", "local id ",
					  "target id ", "exists ",    "size ",	    "exists ",	   "",		     "matches " };

static void put_core_name(struct k2_string *out, const struct k2_object *o, const char *name)
{
	struct core c;

	if (!parse_core(o, name, &c)) {
		K2_PUT(out, "%s", name);
		return;
	}
	K2_PUT(out, "%s%s", c.kind < K2_ARRAY_SIZE(core_words) ? core_words[c.kind] : "", btf__str_by_offset(o->btf, c.type->name_off));
	if (c.kind <= FIELD_RSHIFT || c.kind == ENUM_VALUE || c.kind == ENUM_VALUE_EXISTS)
		put_access(out, o, &c, false);
}

/* ---- maps ---- */

static void put_map(struct k2_string *out, const struct k2_object *o, uint32_t i, unsigned int depth)
{
	const struct k2_object_map *m = k2_object_map(o, i);
	const struct k2_object_value *v;

	if (!m || depth > DEPTH)
		return;
	K2_PUT(out, "map of type %u, key %u, value %u, entries %u, flags %#x", m->type, m->key_size, m->value_size, m->max_entries,
		m->flags);
	if (k2_object_map(o, m->inner)) {
		K2_PUT(out, "%s", " of {");
		put_map(out, o, m->inner, depth + 1);
		K2_PUT(out, "%s", "}");
	}
	for (uint32_t n = 0; (v = k2_object_value(o, n)); n++) {
		const struct k2_object_map *to = k2_object_map(o, v->to);
		const struct k2_func_desc *func = k2_object_func(o, v->to);

		if (v->map != i)
			continue;
		K2_PUT(out, " [%u]=%s", v->key, m->inner != UINT32_MAX ? (to ? to->name : "?") : func ? func->name : "?");
	}
}

/* Begins with nothing. */
static bool start(struct k2_string *t)
{
	t->arena = k2_arena_new(0);
	t->s = t->arena ? k2_arena_printf(t->arena, "%s", "") : NULL;
	return t->s != NULL;
}

/* As a malloc'd string; NULL: out of memory. */
static char *finish(struct k2_string *t)
{
	char *s = t->s ? strdup(t->s) : NULL;

	k2_arena_free(t->arena);
	return s;
}

char *k2_object_sym_identity(const struct k2_object *o, uint32_t func, uint32_t sym)
{
	const struct k2_object_sym *s = k2_object_sym(o, func, sym);
	const struct k2_func_desc *d = k2_object_func(o, func);
	const struct k2_object_map *m = s ? k2_object_map(o, s->map) : NULL;
	struct k2_string t = { 0 };

	if (!s || !d || !start(&t))
		return finish(&t);
	if (d->syms[sym].kind == K2_SYM_CORE)
		put_core(&t, o, d->syms[sym].name);
	else if (m && m->is_data)
		K2_PUT(&t, "%s + %llu", m->name, (unsigned long long)s->offset);
	else if (m)
		put_map(&t, o, s->map, 0);
	return finish(&t);
}

char *k2_object_sym_name(const struct k2_object *o, uint32_t func, uint32_t sym)
{
	const struct k2_object_sym *s = k2_object_sym(o, func, sym);
	const struct k2_func_desc *d = k2_object_func(o, func);
	struct k2_string t = { 0 };

	if (!s || !d || !start(&t))
		return finish(&t);
	if (d->syms[sym].kind == K2_SYM_CORE)
		put_core_name(&t, o, d->syms[sym].name);
	else
		K2_PUT(&t, "%s", d->syms[sym].name);
	return finish(&t);
}

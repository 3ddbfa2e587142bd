// SPDX-License-Identifier: BSD-2-Clause
/* .BTF.ext: which function type belongs to which code, source lines, CO-RE relocations. libbpf has no public access to its
   records, and before 1.6 refuses the other byte order: the tables are read here. */
#include "object_impl.h"
#include <bpf/btf.h>
#include <string.h>

enum { HEADER_SIZE = 24, CORE_HEADER_SIZE = 32, MAGIC = 0xeb9f };

struct ext {
	struct k2_object *o;
	const uint8_t *p;
	uint64_t size;
};

static uint32_t get16(const struct ext *e, const uint8_t *p)
{
	return e->o->big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t get32(const struct ext *e, const uint8_t *p)
{
	return e->o->big_endian ? get16(e, p) << 16 | get16(e, p + 2) : get16(e, p + 2) << 16 | get16(e, p);
}

/* A table: groups of records, one group for each section. */
struct table {
	const char *what;
	uint64_t at, len;    /* in .BTF.ext */
	uint32_t min_record; /* bytes that must be there; newer writers may add more */
	enum k2_status (*add)(struct ext *e, const struct objplace *at, const uint8_t *record);
};

static enum k2_status add_func(struct ext *e, const struct objplace *at, const uint8_t *record)
{
	struct objfinfo f = { .at = *at, .type = get32(e, record + 4) };
	const struct btf_type *t = btf__type_by_id(e->o->btf, f.type);

	if (!t || !btf_is_func(t))
		return k2_object_fail(e->o, ".BTF.ext: function record %u names type %u, which is no function", at->order, f.type);
	return K2_VEC_PUSH(e->o->arena, e->o->finfos, e->o->n_finfos, e->o->cap_finfos, f) ? K2_OK : K2_ENOMEM;
}

static enum k2_status add_line(struct ext *e, const struct objplace *at, const uint8_t *record)
{
	struct objline l = { .at = *at, .line = get32(e, record + 12) >> 10 };

	l.file = btf__str_by_offset(e->o->btf, get32(e, record + 4));
	if (!l.file)
		return k2_object_fail(e->o, ".BTF.ext: line record %u has a file name outside the strings", at->order);
	if (!l.file[0])
		l.file = NULL;
	l.text = btf__str_by_offset(e->o->btf, get32(e, record + 8));
	if (!l.text)
		return k2_object_fail(e->o, ".BTF.ext: line record %u has a source line outside the strings", at->order);
	l.text += strspn(l.text, " \t");
	if (!l.text[0])
		l.text = NULL;
	return K2_VEC_PUSH(e->o->arena, e->o->lines, e->o->n_lines, e->o->cap_lines, l) ? K2_OK : K2_ENOMEM;
}

static enum k2_status add_core(struct ext *e, const struct objplace *at, const uint8_t *record)
{
	struct objcore c = { .at = *at, .type = get32(e, record + 4), .kind = get32(e, record + 12) };

	c.access = btf__str_by_offset(e->o->btf, get32(e, record + 8));
	if (!c.access)
		return k2_object_fail(e->o, ".BTF.ext: CO-RE record %u has an access string outside the strings", at->order);
	if (!btf__type_by_id(e->o->btf, c.type))
		return k2_object_fail(e->o, ".BTF.ext: CO-RE record %u names type %u, which does not exist", at->order, c.type);
	return K2_VEC_PUSH(e->o->arena, e->o->cores, e->o->n_cores, e->o->cap_cores, c) ? K2_OK : K2_ENOMEM;
}

static enum k2_status read_group(struct ext *e, const struct table *t, struct objplace *at, const uint8_t *p, uint32_t n,
				 uint32_t record_size)
{
	const struct objsec *s = &e->o->secs[at->section];

	for (uint32_t k = 0; k < n; k++, at->order++, p += record_size) {
		enum k2_status st;

		at->offset = get32(e, p);
		if (at->offset % SLOT || at->offset >= s->size)
			return k2_object_fail(e->o, ".BTF.ext: %s record %u is for byte %#x of section %s, where no instruction is",
					      t->what, at->order, at->offset, s->name);
		st = t->add(e, at, p);
		if (st)
			return st;
	}
	return K2_OK;
}

/* The code section that a group is for; 0: none such here, as when a tool has removed it. */
static enum k2_status group_section(struct ext *e, const struct table *t, uint32_t name_off, uint32_t *section)
{
	const char *name = btf__str_by_offset(e->o->btf, name_off);

	if (!name)
		return k2_object_fail(e->o, ".BTF.ext: a section of the %s records has its name outside the strings", t->what);
	*section = k2_objsec_find(e->o, name);
	if (*section && !k2_objsec_is_code(&e->o->secs[*section]))
		*section = 0;
	return K2_OK;
}

static enum k2_status read_table(struct ext *e, const struct table *t)
{
	struct objplace at = { 0 };
	const uint8_t *p, *end;
	uint32_t record_size, n;

	if (!t->len)
		return K2_OK;
	if (t->at > e->size || t->len > e->size - t->at || t->len < 4)
		return k2_object_fail(e->o, ".BTF.ext: the %s records reach beyond the end", t->what);
	p = e->p + t->at;
	end = p + t->len;
	record_size = get32(e, p);
	if (record_size < t->min_record || record_size % 4)
		return k2_object_fail(e->o, ".BTF.ext: a %s record has %u bytes", t->what, record_size);
	for (p += 4; p < end; p += (uint64_t)n * record_size) {
		enum k2_status st;

		if (end - p < 8)
			return k2_object_fail(e->o, ".BTF.ext: the %s records are cut off", t->what);
		n = get32(e, p + 4);
		st = group_section(e, t, get32(e, p), &at.section);
		if (st)
			return st;
		p += 8;
		if ((uint64_t)n * record_size > (uint64_t)(end - p))
			return k2_object_fail(e->o, ".BTF.ext: the %s records are cut off", t->what);
		st = at.section ? read_group(e, t, &at, p, n, record_size) : K2_OK;
		if (st)
			return st;
	}
	return K2_OK;
}

static enum k2_status read_tables(struct ext *e)
{
	uint32_t header = get32(e, e->p + 4);
	struct table tables[] = {
		{ "function", get32(e, e->p + 8), get32(e, e->p + 12), 8, add_func },
		{ "line", get32(e, e->p + 16), get32(e, e->p + 20), 16, add_line },
		{ "CO-RE", 0, 0, 16, add_core },
	};

	if (header < HEADER_SIZE || header > e->size)
		return k2_object_fail(e->o, ".BTF.ext: the header has %u bytes", header);
	if (header >= CORE_HEADER_SIZE) {
		tables[2].at = get32(e, e->p + 24);
		tables[2].len = get32(e, e->p + 28);
	}
	for (unsigned int k = 0; k < K2_ARRAY_SIZE(tables); k++) {
		enum k2_status st;

		tables[k].at += header;
		st = read_table(e, &tables[k]);
		if (st)
			return st;
	}
	return K2_OK;
}

enum k2_status k2_objext_read(struct k2_object *o)
{
	uint32_t sec = k2_objsec_find(o, ".BTF.ext");
	struct ext e = { .o = o };
	enum k2_status st;

	if (!sec || !o->btf || !o->secs[sec].bytes)
		return K2_OK;
	e.p = o->secs[sec].bytes;
	e.size = o->secs[sec].size;
	if (e.size < HEADER_SIZE || get16(&e, e.p) != MAGIC || e.p[2] != BTF_VERSION)
		return k2_object_fail(o, ".BTF.ext: does not begin with a header of version %u", BTF_VERSION);
	st = read_tables(&e);
	if (st)
		return st;
	k2_objplace_sort(o->finfos, o->n_finfos, sizeof(*o->finfos));
	k2_objplace_sort(o->lines, o->n_lines, sizeof(*o->lines));
	k2_objplace_sort(o->cores, o->n_cores, sizeof(*o->cores));
	return K2_OK;
}

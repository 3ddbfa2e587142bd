// SPDX-License-Identifier: BSD-2-Clause
/* .BTF.ext for code that moved: functions, lines and CO-RE relocations, and the relocations that the section has itself. Records
   of other sections, and everything but offsets in the records that stay, are copied. The kernel wants lines in ascending order and
   one at the beginning of each function (check_btf_line); records of removed instructions go, and what comes instead has a line
   record where the line changes. */
#include "write_impl.h"
#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>

enum { CORE_HEADER_SIZE = 32, GROUP_SIZE = 8, REL_SIZE = 16, FUNCS = 0, LINES, CORES, N_TABLES };

struct table {
	uint64_t at, len;
	uint32_t number, record_size;
};

/* A record of the new section: offset of its instruction, and of the old record in .BTF.ext. */
struct record {
	uint32_t insn, old;
};

struct ext {
	struct writer *w;
	const uint8_t *old;
	uint64_t old_size;
	uint8_t *out;
	uint64_t len, cap;
	struct record *recs;   /* of one group */
	uint32_t n_recs, cap_recs;
	struct objplace *rels; /* by offset in the old .BTF.ext; `order` is the index in the table */
	uint32_t n_rels, cap_rels, rels_used;
	const uint8_t *rel_bytes;
	uint8_t *rel_out;
	uint32_t n_rel_out;
	uint32_t rel_cap;
};

static uint32_t get(const struct ext *e, uint64_t at)
{
	return (uint32_t)k2_write_get(e->w, e->old + at, 4);
}

static enum k2_status add(struct ext *e, uint32_t insn, uint64_t old)
{
	struct record r = { insn, (uint32_t)old };

	return K2_VEC_PUSH(e->w->arena, e->recs, e->n_recs, e->cap_recs, r) ? K2_OK : K2_ENOMEM;
}

static bool put_bytes(struct ext *e, const void *p, uint64_t n)
{
	if (n > e->cap - e->len) {
		uint64_t cap = (e->len + n) * 2 + 64;
		uint8_t *more = k2_arena_alloc(e->w->arena, cap);

		if (!more)
			return false;
		if (e->len)
			memcpy(more, e->out, e->len);
		e->out = more;
		e->cap = cap;
	}
	memcpy(e->out + e->len, p, n);
	e->len += n;
	return true;
}

/* ---- records of one section ---- */

/* The records of a group: `n` of them from byte `at`. */
struct group {
	uint32_t section, n, record_size;
	uint64_t at;
};

static uint32_t insn_of(const struct ext *e, const struct group *g, uint32_t k)
{
	return get(e, g->at + (uint64_t)k * g->record_size);
}

/* The changed function that byte `offset` of the section is in; NONE: none. */
static uint32_t changed_func(const struct writer *w, uint32_t section, uint64_t offset)
{
	for (uint32_t k = 0; k < w->o->n_funcs; k++) {
		const struct k2_object_func *f = &w->o->funcs[k].info;

		if (w->funcs[k].change && f->section == section && offset >= f->offset && offset < f->offset + f->size)
			return k;
	}
	return NONE;
}

/* Function records, and line records of what stays, move with the code. */
static enum k2_status move_records(struct ext *e, const struct group *g, bool lines)
{
	const struct newsec *s = &e->w->secs[g->section];
	enum k2_status st = K2_OK;

	for (uint32_t k = 0; k < g->n && !st; k++) {
		uint32_t at = insn_of(e, g, k);

		if (!lines || changed_func(e->w, g->section, at) == NONE)
			st = add(e, s->to[at / SLOT] * SLOT, g->at + (uint64_t)k * g->record_size);
	}
	return st;
}

/* CO-RE records stay with their instructions, and go with them. */
static enum k2_status move_cores(struct ext *e, const struct group *g)
{
	const struct newsec *s = &e->w->secs[g->section];
	uint64_t *of = k2_arena_calloc(e->w->arena, (size_t)s->n_old + 1, sizeof(*of)); /* by old slot: the record */
	enum k2_status st = of ? K2_OK : K2_ENOMEM;

	for (uint32_t k = 0; k < g->n && !st; k++)
		of[insn_of(e, g, k) / SLOT] = g->at + (uint64_t)k * g->record_size;
	for (uint32_t k = 0; k < s->n_new && !st; k++) {
		if (s->from[k] != NONE && of[s->from[k]])
			st = add(e, k * SLOT, of[s->from[k]]);
	}
	return st;
}

static int by_insn(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->insn != y->insn)
		return x->insn < y->insn ? -1 : 1;
	return x->old < y->old ? -1 : x->old > y->old;
}

/* The line records of a function, sorted by place, as they were. */
struct lines {
	const struct ext *e;
	struct record *v;
	uint32_t n;
};

static enum k2_status find_lines(struct ext *e, const struct group *g, const struct k2_object_func *f, struct lines *out)
{
	*out = (struct lines){ e, k2_arena_calloc(e->w->arena, (size_t)g->n + 1, sizeof(*out->v)), 0 };
	if (!out->v)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < g->n; k++) {
		uint32_t at = insn_of(e, g, k);

		if (at >= f->offset && at < f->offset + f->size)
			out->v[out->n++] = (struct record){ at, (uint32_t)(g->at + (uint64_t)k * g->record_size) };
	}
	qsort(out->v, out->n, sizeof(*out->v), by_insn);
	return K2_OK;
}

/* The record that holds for byte `at` of the section; NONE: none does. */
static uint32_t line_at(const struct lines *l, uint64_t at)
{
	uint32_t lo = 0, hi = l->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (l->v[mid].insn <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? lo - 1 : NONE;
}

static uint32_t number_of(const struct lines *l, uint32_t record)
{
	return get(l->e, l->v[record].old + 12) >> 10;
}

/* For an instruction that the optimiser made: the record before it if that has its line, else any with it. */
static uint32_t line_like(const struct lines *l, uint32_t line, uint32_t before)
{
	if (!line || (before != NONE && number_of(l, before) == line))
		return before;
	for (uint32_t k = 0; k < l->n; k++) {
		if (number_of(l, k) == line)
			return k;
	}
	return before;
}

static enum k2_status new_lines(struct ext *e, const struct group *g, uint32_t func)
{
	const struct k2_object_func *f = &e->w->o->funcs[func].info;
	struct newfunc *n = &e->w->funcs[func];
	uint32_t base = e->w->secs[g->section].to[f->offset / SLOT], now = NONE;
	struct lines l;
	enum k2_status st = find_lines(e, g, f, &l);

	if (!st && l.n && !(n->like = k2_arena_calloc(e->w->arena, n->change->n_insns, sizeof(*n->like))))
		return K2_ENOMEM;
	for (uint32_t k = 0; !st && l.n && k < n->change->n_insns; k++) {
		uint32_t old = n->same[k], r;

		r = old != NONE ? line_at(&l, f->offset + f->insn_offset[old]) : line_like(&l, n->change->insns[k].line, now);
		if (r == NONE && now == NONE && l.v[0].insn == f->offset)
			r = 0;
		if (r != NONE && r != now)
			st = add(e, (base + n->slot[k]) * SLOT, l.v[r].old);
		now = r;
		n->like[k] = old != NONE || r == NONE ? old : k2_objfunc_insn_at(&e->w->o->funcs[func], l.v[r].insn - f->offset);
	}
	return st;
}

static enum k2_status collect(struct ext *e, unsigned int table, const struct group *g)
{
	enum k2_status st;

	if (table == CORES)
		return move_cores(e, g);
	st = move_records(e, g, table == LINES);
	for (uint32_t k = 0; table == LINES && k < e->w->o->n_funcs && !st; k++) {
		if (e->w->funcs[k].change && e->w->o->funcs[k].info.section == g->section)
			st = new_lines(e, g, k);
	}
	return st;
}

/* ---- tables ---- */

static enum k2_status put_rel(struct ext *e, uint32_t old, uint64_t now)
{
	uint32_t k = k2_objplace_find(e->rels, e->n_rels, sizeof(*e->rels), 0, old);
	uint8_t *more;

	if (k == e->n_rels || e->rels[k].offset != old)
		return K2_OK;
	if (e->n_rel_out == e->rel_cap) {
		e->rel_cap = e->rel_cap * 2 + 16;
		more = k2_arena_calloc(e->w->arena, e->rel_cap, REL_SIZE);
		if (!more)
			return K2_ENOMEM;
		if (e->n_rel_out)
			memcpy(more, e->rel_out, (size_t)e->n_rel_out * REL_SIZE);
		e->rel_out = more;
	}
	more = e->rel_out + (size_t)REL_SIZE * e->n_rel_out++;
	memcpy(more, e->rel_bytes + (size_t)REL_SIZE * e->rels[k].order, REL_SIZE);
	k2_write_put(e->w, more, 8, now);
	return K2_OK;
}

static enum k2_status put_record(struct ext *e, const struct record *r, uint32_t size)
{
	enum k2_status st = put_rel(e, r->old, e->len);

	if (!st && !put_bytes(e, e->old + r->old, size))
		st = K2_ENOMEM;
	if (!st)
		k2_write_put(e->w, e->out + e->len - size, 4, r->insn);
	return st;
}

static enum k2_status put_group(struct ext *e, unsigned int table, const struct group *g)
{
	uint32_t code = g->section && e->w->secs[g->section].to ? g->section : 0, n = 0;
	uint64_t head = e->len;
	enum k2_status st = K2_OK;

	e->n_recs = 0;
	if (!put_bytes(e, e->old + g->at - GROUP_SIZE, GROUP_SIZE))
		return K2_ENOMEM;
	if (code)
		st = collect(e, table, g);
	for (uint32_t k = 0; !code && k < g->n && !st; k++)
		st = add(e, insn_of(e, g, k), g->at + (uint64_t)k * g->record_size);
	if (code && e->n_recs)
		qsort(e->recs, e->n_recs, sizeof(*e->recs), by_insn);
	for (uint32_t k = 0; k < e->n_recs && !st; k++) {
		/* One line for one instruction. */
		if (code && table == LINES && k + 1 < e->n_recs && e->recs[k + 1].insn == e->recs[k].insn)
			continue;
		st = put_record(e, &e->recs[k], g->record_size);
		n++;
	}
	if (!n) /* loaders take no group without records */
		e->len = head;
	else
		k2_write_put(e->w, e->out + head + 4, 4, n);
	return st;
}

/* Bounds are those that the reader has checked. */
static enum k2_status put_table(struct ext *e, struct table *t)
{
	struct group g = { .record_size = get(e, t->at) };
	uint64_t end = t->at + t->len, start = e->len;
	enum k2_status st = K2_OK;

	if (!put_bytes(e, e->old + t->at, 4))
		return K2_ENOMEM;
	for (uint64_t p = t->at + 4; p < end && !st; p = g.at + (uint64_t)g.n * g.record_size) {
		const char *name = btf__str_by_offset(e->w->o->btf, get(e, p));

		g.section = name ? k2_objsec_find(e->w->o, name) : 0;
		g.n = get(e, p + 4);
		g.at = p + GROUP_SIZE;
		st = put_group(e, t->number, &g);
	}
	if (e->len == start + 4)
		e->len = start;
	t->at = start;
	t->len = e->len - start;
	return st;
}

static int by_start(const void *a, const void *b)
{
	const struct table *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->len != y->len) /* empty ones first */
		return x->len < y->len ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* The tables in the order of the file. They must be all there is behind the header. */
static bool find_tables(const struct ext *e, struct table tables[N_TABLES], uint32_t *header)
{
	uint64_t at;

	*header = get(e, 4);
	for (uint32_t k = 0; k < N_TABLES; k++) {
		bool there = k < CORES || *header >= CORE_HEADER_SIZE;

		tables[k].number = k;
		tables[k].at = there ? (uint64_t)*header + get(e, 8 + 8 * k) : 0;
		tables[k].len = there ? get(e, 12 + 8 * k) : 0;
		if (!tables[k].len)
			tables[k].at = 0;
	}
	qsort(tables, N_TABLES, sizeof(*tables), by_start);
	at = *header;
	for (uint32_t k = 0; k < N_TABLES; k++) {
		if (tables[k].len && tables[k].at != at)
			return false;
		at += tables[k].len;
	}
	return at == e->old_size;
}

/* Records of nothing: GCC leaves a record size behind the header. */
static bool is_empty(const struct ext *e)
{
	uint32_t header = get(e, 4);
	bool none = header >= CORE_HEADER_SIZE - 8 && header <= e->old_size;

	for (uint32_t k = 0; k < N_TABLES && none; k++)
		none = (k == CORES && header < CORE_HEADER_SIZE) || !get(e, 12 + 8 * k);
	return none;
}

static enum k2_status read_rels(struct ext *e, uint32_t table)
{
	const struct objsec *t = &e->w->o->secs[table];

	e->rel_bytes = t->bytes;
	for (uint64_t at = 0; t->bytes && at + REL_SIZE <= t->size; at += REL_SIZE) {
		uint64_t offset = k2_write_get(e->w, t->bytes + at, 8);
		struct objplace r = { 0, (uint32_t)offset, (uint32_t)(at / REL_SIZE) };

		if (offset > e->old_size)
			return k2_write_refuse(e->w, ".BTF.ext: a relocation behind its end");
		if (!K2_VEC_PUSH(e->w->arena, e->rels, e->n_rels, e->cap_rels, r))
			return K2_ENOMEM;
	}
	k2_objplace_sort(e->rels, e->n_rels, sizeof(*e->rels));
	return K2_OK;
}

static enum k2_status rewrite(struct ext *e, uint32_t section, uint32_t table)
{
	struct table tables[N_TABLES];
	enum k2_status st = table ? read_rels(e, table) : K2_OK;
	uint32_t header;

	if (st)
		return st;
	if (is_empty(e))
		return K2_OK;
	if (!find_tables(e, tables, &header))
		return k2_write_refuse(e->w, ".BTF.ext has something besides the three tables");
	if (!put_bytes(e, e->old, header))
		return K2_ENOMEM;
	for (uint32_t k = 0; k < N_TABLES && !st; k++) {
		uint32_t field = 8 + 8 * tables[k].number;

		if (!tables[k].len)
			continue;
		st = put_table(e, &tables[k]);
		if (st)
			return st;
		k2_write_put(e->w, e->out + field, 4, tables[k].at - header);
		k2_write_put(e->w, e->out + field + 4, 4, tables[k].len);
	}
	/* Empty tables begin where the one before them ends, as everywhere. */
	for (uint32_t k = 0; k < N_TABLES; k++) {
		if (!tables[k].len && 12 + 8 * tables[k].number < header)
			k2_write_put(e->w, e->out + 8 + 8 * tables[k].number, 4, e->len - header);
	}
	e->w->secs[section].bytes = e->out;
	e->w->secs[section].size = e->len;
	e->w->secs[section].changed = true;
	if (table) {
		e->w->secs[table].bytes = e->rel_out ? e->rel_out : e->rel_bytes;
		e->w->secs[table].size = (uint64_t)REL_SIZE * e->n_rel_out;
		e->w->secs[table].changed = true;
	}
	return K2_OK;
}

enum k2_status k2_write_ext(struct writer *w)
{
	uint32_t section = k2_objsec_find(w->o, ".BTF.ext"), table = 0;
	struct ext e = { .w = w };

	if (!section || !w->o->secs[section].bytes || !w->o->secs[section].size)
		return K2_OK;
	if (!w->o->btf)
		return k2_write_refuse(w, ".BTF.ext cannot be understood without .BTF");
	for (uint32_t k = 1; k < w->o->n_secs; k++) {
		if (w->o->secs[k].type == SHT_REL && w->headers[k].sh_info == section) {
			if (table)
				return k2_write_refuse(w, ".BTF.ext has two tables of relocations");
			table = k;
		}
	}
	e.old = w->o->secs[section].bytes;
	e.old_size = w->o->secs[section].size;
	return rewrite(&e, section, table);
}

// SPDX-License-Identifier: BSD-2-Clause
/* The runner's maps: making them from definitions, filling them, and what a run changed in them. */
#include "run_impl.h"
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

enum { UNSAID_ENTRIES = 256, INDEX = 4 };

static bool is_array_type(uint32_t t)
{
	return t == BPF_MAP_TYPE_ARRAY || t == BPF_MAP_TYPE_PERCPU_ARRAY || t == BPF_MAP_TYPE_PROG_ARRAY ||
	       t == BPF_MAP_TYPE_ARRAY_OF_MAPS;
}

static bool is_hash_type(uint32_t t)
{
	return t == BPF_MAP_TYPE_HASH || t == BPF_MAP_TYPE_PERCPU_HASH || t == BPF_MAP_TYPE_LRU_HASH ||
	       t == BPF_MAP_TYPE_LRU_PERCPU_HASH || t == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static bool refers(uint32_t t)
{
	return t == BPF_MAP_TYPE_PROG_ARRAY || t == BPF_MAP_TYPE_ARRAY_OF_MAPS || t == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static enum k2_status add(struct k2_runner *r, struct k2_run_map m)
{
	struct k2_map_desc d = { m.type, m.key_size, m.value_size, m.max_entries };
	enum k2_status st;
	uint32_t number;

	m.is_array = is_array_type(m.type);
	m.is_hash = is_hash_type(m.type);
	m.refers = refers(m.type);
	st = k2_machine_add_map(r->machine, &d, &number);
	if (st == K2_EUNSUPPORTED) {
		/* It matters only to programs that use it. */
		m.is_array = m.is_hash = m.refers = false;
		d.type = BPF_MAP_TYPE_UNSPEC;
		st = k2_machine_add_map(r->machine, &d, &number);
	}
	if (st || !K2_VEC_PUSH(r->arena, r->maps, r->n_maps, r->cap_maps, m))
		return K2_ENOMEM;
	return K2_OK;
}

/* Where definitions leave something out that loaders know. */
static void complete(struct k2_run_map *m)
{
	if (refers(m->type) && !m->key_size)
		m->key_size = 4;
	if (refers(m->type) && !m->value_size)
		m->value_size = 4;
	if ((is_array_type(m->type) || is_hash_type(m->type)) && !m->max_entries)
		m->max_entries = UNSAID_ENTRIES;
}

static enum k2_status add_object_map(struct k2_runner *r, uint32_t n)
{
	const struct k2_object_map *o = k2_object_map(r->object, n);
	struct k2_run_map m = { .name = o->name, .type = o->type, .key_size = o->key_size, .value_size = o->value_size,
				.max_entries = o->max_entries, .is_data = o->is_data };
	uint32_t zero = 0;
	enum k2_status st;

	complete(&m);
	st = add(r, m);
	if (!st && o->is_data && o->data)
		k2_machine_map_update(r->machine, n, &zero, o->data, 0);
	return st;
}

/* One map for each symbol that is a map or a variable. */
static enum k2_status add_described_maps(struct k2_runner *r)
{
	enum k2_status st = K2_OK;
	uint32_t k;

	r->map_of_symbol = k2_arena_calloc(r->arena, r->one->n_syms, sizeof(*r->map_of_symbol));
	if (!r->map_of_symbol && r->one->n_syms)
		return K2_ENOMEM;
	for (k = 0; k < r->one->n_syms && !st; k++) {
		const struct k2_symbol *s = &r->one->syms[k];
		struct k2_run_map m = { .name = s->name, .type = s->map_type, .key_size = s->key_size,
					.value_size = s->value_size, .max_entries = s->max_entries };

		r->map_of_symbol[k] = UINT32_MAX;
		if (s->kind == K2_SYM_DATA && s->data_size)
			m = (struct k2_run_map){ .name = s->name, .type = BPF_MAP_TYPE_ARRAY, .key_size = 4,
						 .value_size = s->data_size, .max_entries = 1, .is_data = true };
		else if (s->kind != K2_SYM_MAP)
			continue;
		complete(&m);
		r->map_of_symbol[k] = r->n_maps;
		st = add(r, m);
	}
	return st;
}

/* Indices beyond the map are the definition's own mistake. */
static void set_given_values(struct k2_runner *r)
{
	bool big = k2_runner_func(r, r->func)->big_endian;
	const struct k2_object_value *v;
	uint32_t n, k;

	for (n = 0; (v = k2_object_value(r->object, n)); n++) {
		uint8_t key[INDEX];

		if (r->maps[v->map].key_size != INDEX)
			continue;
		for (k = 0; k < INDEX; k++)
			key[big ? INDEX - 1 - k : k] = (uint8_t)(v->key >> 8 * k);
		k2_machine_map_refer(r->machine, v->map, key, v->to);
	}
}

enum k2_status runner_add_maps(struct k2_runner *r)
{
	enum k2_status st = K2_OK;
	uint32_t k;

	if (!r->object)
		return add_described_maps(r);
	for (k = 0; k < k2_object_n_maps(r->object) && !st; k++)
		st = add_object_map(r, k);
	if (!st)
		set_given_values(r);
	return k2_arena_failed(r->arena) ? K2_ENOMEM : st;
}

uint32_t k2_runner_n_maps(const struct k2_runner *r)
{
	return r->n_maps;
}

bool k2_runner_map(const struct k2_runner *r, uint32_t map, struct k2_run_map *out)
{
	if (map >= r->n_maps)
		return false;
	*out = r->maps[map];
	return true;
}

enum k2_status k2_runner_map_set(struct k2_runner *r, uint32_t map, const void *key, const void *value)
{
	if (map >= r->n_maps || r->maps[map].refers || k2_machine_map_update(r->machine, map, key, value, 0))
		return K2_EINVAL;
	return k2_arena_failed(r->arena) ? K2_ENOMEM : K2_OK;
}

static uint32_t find_map(const struct k2_runner *r, const char *name)
{
	uint32_t k;

	for (k = 0; k < r->n_maps && strcmp(r->maps[k].name, name); k++)
		;
	return k;
}

static uint32_t find_program(const struct k2_runner *r, const char *name)
{
	uint32_t k = r->object ? k2_object_find_func(r->object, name) : UINT32_MAX;

	return k != UINT32_MAX && !k2_object_func(r->object, k)->is_subprog ? k : UINT32_MAX;
}

enum k2_status k2_runner_map_refer(struct k2_runner *r, uint32_t map, const void *key, const char *name)
{
	uint32_t to;

	if (map >= r->n_maps || !r->maps[map].refers)
		return K2_EINVAL;
	to = r->maps[map].type == BPF_MAP_TYPE_PROG_ARRAY ? find_program(r, name) : find_map(r, name);
	return k2_machine_map_refer(r->machine, map, key, to);
}

const void *k2_runner_map_get(struct k2_runner *r, uint32_t map, const void *key)
{
	return k2_machine_map_lookup(r->machine, map, key);
}

/* ---- what a run changed ---- */

static enum k2_status snapshot(struct k2_runner *r, uint32_t map, struct runner_snapshot *s)
{
	uint32_t pos = 0, key_size = r->maps[map].key_size, value_size = r->maps[map].value_size;
	const void *key, *value;

	for (; k2_machine_map_next(r->machine, map, &pos, &key, &value); s->n++) {
		if (!k2_vec_grow(r->arena, (void **)&s->keys, &s->cap_keys, s->n, key_size) ||
		    !k2_vec_grow(r->arena, (void **)&s->values, &s->cap_values, s->n, value_size))
			return K2_ENOMEM;
		memcpy(s->keys + (size_t)s->n * key_size, key, key_size);
		memcpy(s->values + (size_t)s->n * value_size, value, value_size);
	}
	return K2_OK;
}

static enum k2_status snapshots(struct k2_runner *r, struct runner_snapshot **out)
{
	enum k2_status st = K2_OK;
	uint32_t k;

	*out = k2_arena_calloc(r->arena, r->n_maps, sizeof(**out));
	if (!*out && r->n_maps)
		return K2_ENOMEM;
	for (k = 0; k < r->n_maps && !st; k++)
		st = snapshot(r, k, &(*out)[k]);
	return st;
}

enum k2_status runner_snapshot(struct k2_runner *r)
{
	return snapshots(r, &r->before);
}

struct order {
	const struct runner_snapshot *s;
	uint32_t key_size;
};

static int by_key(const void *a, const void *b, void *user)
{
	const struct order *o = user;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return memcmp(o->s->keys + (size_t)x * o->key_size, o->s->keys + (size_t)y * o->key_size, o->key_size);
}

/* The elements' numbers, by key; arrays have them in order of indices. NULL: out of memory. */
static uint32_t *sorted(struct k2_runner *r, uint32_t map, const struct runner_snapshot *s)
{
	struct order o = { s, r->maps[map].key_size };
	uint32_t *list = k2_arena_calloc(r->arena, s->n + 1u, sizeof(*list)), k;

	for (k = 0; list && k < s->n; k++)
		list[k] = k;
	if (list && r->maps[map].is_hash)
		qsort_r(list, s->n, sizeof(*list), by_key, &o);
	return list;
}

static bool changes(struct k2_runner *r, uint32_t map, const struct runner_snapshot *a, const struct runner_snapshot *b,
		    k2_runner_change *fn, void *user)
{
	uint32_t *la = sorted(r, map, a), *lb = sorted(r, map, b), x = 0, y = 0;
	size_t ks = r->maps[map].key_size, vs = r->maps[map].value_size;

	if (!la || !lb)
		return false;
	while (x < a->n || y < b->n) {
		const uint8_t *ka = a->keys + la[x] * ks, *kb = b->keys + lb[y] * ks;
		const uint8_t *va = a->values + la[x] * vs, *vb = b->values + lb[y] * vs;
		int c = x == a->n ? 1 : y == b->n ? -1 : r->maps[map].is_array ? 0 : memcmp(ka, kb, ks);

		if (c < 0)
			fn(user, map, ka, va, NULL);
		else if (c > 0)
			fn(user, map, kb, NULL, vb);
		else if (memcmp(va, vb, vs))
			fn(user, map, ka, va, vb);
		x += c <= 0;
		y += c >= 0;
	}
	return true;
}

enum k2_status k2_runner_changes(struct k2_runner *r, k2_runner_change *fn, void *user)
{
	struct runner_snapshot *now;
	enum k2_status st = r->before ? snapshots(r, &now) : K2_EINVAL;
	uint32_t k;

	for (k = 0; k < r->n_maps && !st; k++)
		st = changes(r, k, &r->before[k], &now[k], fn, user) ? K2_OK : K2_ENOMEM;
	return st;
}

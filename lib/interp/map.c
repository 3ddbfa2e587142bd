// SPDX-License-Identifier: BSD-2-Clause
/* The machine's maps: arrays and hashes, as one CPU sees them. Return values are those of the kernel's map operations.
   Elements are found by going through them all: test maps are small. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "machine_impl.h"

#define MAX_BYTES (1u << 28)
#define GAP       64u
#define INDEX     4u /* bytes of array indices, and of what maps of maps and of programs hold */

static bool is_array(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

/* Programs and maps of maps, as far as their definition is complete. */
static bool refers(const struct k2_map_desc *d)
{
	bool array = d->type == BPF_MAP_TYPE_PROG_ARRAY || d->type == BPF_MAP_TYPE_ARRAY_OF_MAPS;

	return d->value_size == INDEX && d->max_entries && (array ? d->key_size == INDEX : d->type == BPF_MAP_TYPE_HASH_OF_MAPS);
}

static bool is_lru(uint32_t type)
{
	return type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static bool is_hash(uint32_t type)
{
	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_PERCPU_HASH || is_lru(type);
}

static uint8_t *value_of(const struct k2_map *p, uint32_t n)
{
	return p->values + (size_t)n * p->stride;
}

static uint8_t *key_of(const struct k2_map *p, uint32_t n)
{
	return p->keys + (size_t)n * p->d.key_size;
}

/* Appends a zeroed element. */
static bool append(struct k2_machine *m, struct k2_map *p)
{
	if (((uint64_t)p->n + 1) * p->stride > MAX_BYTES ||
	    !k2_vec_grow(m->arena, (void **)&p->keys, &p->cap_keys, p->n, p->d.key_size ? p->d.key_size : 1) ||
	    !k2_vec_grow(m->arena, (void **)&p->values, &p->cap_values, p->n, p->stride) ||
	    !k2_vec_grow(m->arena, (void **)&p->alive, &p->cap_alive, p->n, sizeof(bool)))
		return false;
	p->alive[p->n] = true;
	p->live++;
	p->n++;
	return true;
}

enum k2_status k2_machine_add_map(struct k2_machine *m, const struct k2_map_desc *d, uint32_t *number)
{
	struct k2_map map = { .d = *d, .array = is_array(d->type), .hash = is_hash(d->type), .lru = is_lru(d->type),
			      .refers = refers(d) };
	uint64_t stride = ((uint64_t)d->value_size + 7) / 8 * 8 + GAP;
	uint32_t k;

	map.array |= map.refers && d->type != BPF_MAP_TYPE_HASH_OF_MAPS;
	map.hash |= map.refers && d->type == BPF_MAP_TYPE_HASH_OF_MAPS;
	if ((map.array || map.hash) &&
	    (!d->max_entries || !d->key_size || !d->value_size || d->key_size > 512 || stride > MAX_BYTES ||
	     (map.array && (d->key_size != INDEX || stride * d->max_entries > MAX_BYTES))))
		return K2_EUNSUPPORTED;
	if (m->n_maps >= MAPS_MAX)
		return K2_EUNSUPPORTED;
	map.stride = (uint32_t)stride;
	for (k = 0; map.array && k < d->max_entries; k++) {
		if (!append(m, &map))
			return K2_ENOMEM;
		memset(value_of(&map, k), 0, map.stride);
		machine_put(m, key_of(&map, k), INDEX, k);
	}
	if (!K2_VEC_PUSH(m->arena, m->maps, m->n_maps, m->cap_maps, map))
		return K2_ENOMEM;
	*number = m->n_maps - 1;
	return K2_OK;
}

void k2_machine_map_has_lock(struct k2_machine *m, uint32_t map)
{
	if (map < m->n_maps)
		m->maps[map].spin_lock = true;
}

/* The element with this key; false: none. */
static bool find(const struct k2_machine *m, const struct k2_map *p, const void *key, uint32_t *n)
{
	if (p->array) {
		*n = (uint32_t)machine_get(m, key, INDEX);
		return *n < p->n;
	}
	for (*n = 0; *n < p->n; ++*n)
		if (p->alive[*n] && !memcmp(key_of(p, *n), key, p->d.key_size))
			return true;
	return false;
}

/* The kernel throws out some element that was not used lately; here, the oldest. */
static void evict(struct k2_map *p)
{
	uint32_t n;

	for (n = 0; n < p->n; n++)
		if (p->alive[n]) {
			p->alive[n] = false;
			p->live--;
			return;
		}
}

static int64_t insert(struct k2_machine *m, struct k2_map *p, const void *key, const void *value)
{
	if (p->live >= p->d.max_entries) {
		if (!p->lru)
			return -E2BIG;
		evict(p);
	}
	if (!append(m, p))
		return -ENOMEM;
	memset(value_of(p, p->n - 1), 0, p->stride);
	memcpy(key_of(p, p->n - 1), key, p->d.key_size);
	memcpy(value_of(p, p->n - 1), value, p->d.value_size);
	return 0;
}

int64_t k2_machine_map_update(struct k2_machine *m, uint32_t map, const void *key, const void *value, uint64_t flags)
{
	struct k2_map *p = map < m->n_maps ? &m->maps[map] : NULL;
	bool no_lock = (flags & BPF_F_LOCK) && p && !p->spin_lock;
	uint32_t n;

	if (!p || !(p->array || p->hash) || (flags & ~(uint64_t)BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	if (no_lock && p->d.type != BPF_MAP_TYPE_ARRAY)
		return -EINVAL;
	if (!find(m, p, key, &n)) {
		if (p->array)
			return -E2BIG;
		return flags & BPF_EXIST ? -ENOENT : insert(m, p, key, value);
	}
	if (flags & BPF_NOEXIST)
		return -EEXIST;
	if (no_lock)
		return -EINVAL;
	/* A hash replaces the element: pointers to the old one keep the old value. Arrays and per-CPU maps write in place. */
	if (p->hash && p->d.type != BPF_MAP_TYPE_PERCPU_HASH && p->d.type != BPF_MAP_TYPE_LRU_PERCPU_HASH &&
	    !(flags & BPF_F_LOCK)) {
		p->alive[n] = false;
		p->live--;
		return insert(m, p, key, value);
	}
	memmove(value_of(p, n), value, p->d.value_size);
	return 0;
}

int64_t k2_machine_map_delete(struct k2_machine *m, uint32_t map, const void *key)
{
	struct k2_map *p = map < m->n_maps ? &m->maps[map] : NULL;
	uint32_t n;

	if (!p || !p->hash)
		return -EINVAL;
	if (!find(m, p, key, &n))
		return -ENOENT;
	p->alive[n] = false;
	p->live--;
	return 0;
}

void *k2_machine_map_lookup(struct k2_machine *m, uint32_t map, const void *key)
{
	uint32_t n;

	if (map >= m->n_maps || !(m->maps[map].array || m->maps[map].hash) || !find(m, &m->maps[map], key, &n))
		return NULL;
	return value_of(&m->maps[map], n);
}

bool k2_machine_map_next(struct k2_machine *m, uint32_t map, uint32_t *pos, const void **key, const void **value)
{
	const struct k2_map *p = map < m->n_maps ? &m->maps[map] : NULL;

	while (p && *pos < p->n && !p->alive[*pos])
		++*pos;
	if (!p || *pos >= p->n)
		return false;
	*key = key_of(p, *pos);
	*value = value_of(p, *pos);
	++*pos;
	return true;
}

bool k2_machine_map_element(struct k2_machine *m, uint32_t map, uint32_t nth, const void **key, const void **value)
{
	uint32_t pos = 0;

	while (k2_machine_map_next(m, map, &pos, key, value))
		if (nth-- == 0)
			return true;
	return false;
}

struct k2_map *machine_map_at(struct k2_machine *m, uint64_t addr)
{
	uint64_t off = addr - REGION_BASE(R_MAP);

	if (off % OBJECT_SPACING || off / OBJECT_SPACING >= m->n_maps) {
		machine_fault(m, "0x%llx is not a map", (unsigned long long)addr);
		return NULL;
	}
	return &m->maps[off / OBJECT_SPACING];
}

bool machine_map_referred(const struct k2_machine *m, const struct k2_map *p, uint32_t n, uint32_t *number)
{
	uint64_t v = p->refers ? machine_get(m, value_of(p, n), INDEX) : 0;

	*number = (uint32_t)v - 1;
	return v;
}

enum k2_status k2_machine_map_refer(struct k2_machine *m, uint32_t map, const void *key, uint32_t number)
{
	uint8_t value[INDEX];

	if (map >= m->n_maps || !m->maps[map].refers ||
	    number >= (m->maps[map].d.type == BPF_MAP_TYPE_PROG_ARRAY ? m->n_code : m->n_maps))
		return K2_EINVAL;
	machine_put(m, value, INDEX, number + 1);
	return k2_machine_map_update(m, map, key, value, 0) ? K2_EINVAL : K2_OK;
}

uint64_t machine_map_value_addr(struct k2_machine *m, uint32_t map, const void *key)
{
	uint32_t n;

	if (!find(m, &m->maps[map], key, &n))
		return 0;
	if (m->maps[map].refers)
		return machine_map_referred(m, &m->maps[map], n, &n) ? REGION_BASE(R_MAP) + (uint64_t)n * OBJECT_SPACING : 0;
	return REGION_BASE(R_VALUES + map) + (uint64_t)n * m->maps[map].stride;
}

uint8_t *machine_map_memory(struct k2_machine *m, uint32_t map, uint32_t off, uint64_t size)
{
	struct k2_map *p = &m->maps[map];

	if (off / p->stride >= p->n || off % p->stride + size > p->d.value_size)
		return NULL;
	return p->values + off;
}

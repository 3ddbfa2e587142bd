// SPDX-License-Identifier: BSD-2-Clause
/* The contents of maps: the same for all sides before, compared afterwards. */
#include "run.h"
#include <errno.h>
#include <linux/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEYS = 40, INNER = 2, CHUNK = 8 /* bytes that a mask leaves out together */ };

enum content { NOTHING, VALUES, KERNEL_OBJECTS };

struct map {
	const char *name;
	int fd;
	enum bpf_map_type type;
	uint32_t key_size, value_size, entries;
	const struct btf *btf; /* of the object, if it describes the key */
	uint32_t key_type, value_type;
	size_t read_size; /* of a value as user space reads it: of all CPUs */
	bool per_cpu, array, read_only, variables;
	enum content content;
	struct mask mask;
	uint8_t *old, *new; /* a value each */
	int inner[INNER];   /* maps in this map; -1: none */
};

/* --- masks ------------------------------------------------------------------------------------------------------------ */

long mask_compare(const struct mask *m, const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	if (m->all || !memcmp(a, b, size))
		return -1;
	for (size_t i = 0; i < size; i++)
		if (x[i] != y[i] && !(i / CHUNK < m->n && m->bytes[i / CHUNK]))
			return (long)i;
	return -1;
}

static bool mask_grow(struct mask *m, size_t n)
{
	uint8_t *p = n > m->n ? realloc(m->bytes, n) : m->bytes;

	if (!p)
		return false;
	if (n > m->n) {
		memset(p + m->n, 0, n - m->n);
		m->bytes = p;
		m->n = n;
	}
	return true;
}

void mask_learn(struct mask *m, const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	if (m->all || !memcmp(a, b, size))
		return;
	if (!mask_grow(m, size / CHUNK + 1)) {
		m->all = true;
		return;
	}
	for (size_t i = 0; i < size; i++)
		if (x[i] != y[i])
			m->bytes[i / CHUNK] = 1;
}

/* --- what kinds of maps there are ------------------------------------------------------------------------------------- */

static void classify(struct map *m)
{
	switch (m->type) {
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH: m->per_cpu = true; break;
	default: break;
	}
	switch (m->type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		m->array = true;
		m->content = VALUES;
		break;
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE: m->content = VALUES; break;
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_CPUMAP:
		m->array = true;
		m->content = KERNEL_OBJECTS;
		break;
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_CGROUP_ARRAY: m->content = KERNEL_OBJECTS; break;
	default: m->content = NOTHING; break;
	}
}

static bool describe(struct map *m, int fd, const char *name)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	m->fd = fd;
	m->name = name;
	m->type = (enum bpf_map_type)info.type;
	m->key_size = info.key_size;
	m->value_size = info.value_size;
	m->entries = info.max_entries;
	m->read_only = info.map_flags & BPF_F_RDONLY;
	classify(m);
	m->read_size = m->per_cpu ? (size_t)((m->value_size + 7) & ~7u) * (size_t)libbpf_num_possible_cpus() : m->value_size;
	m->old = calloc(2, m->read_size + 1);
	m->new = m->old ? m->old + m->read_size : NULL;
	return m->old != NULL;
}

/* Maps for a map of maps, described like the one that its declaration holds. */
static void make_inner(struct map *m, const struct bpf_map *map)
{
	struct bpf_map *like = bpf_map__inner_map((struct bpf_map *)(uintptr_t)map);

	for (int i = 0; like && i < INNER; i++) {
		LIBBPF_OPTS(bpf_map_create_opts, o, .map_flags = bpf_map__map_flags(like));

		m->inner[i] = bpf_map_create(bpf_map__type(like), NULL, bpf_map__key_size(like),
					     bpf_map__value_size(like), bpf_map__max_entries(like), &o);
	}
}

bool state_open(struct side *s)
{
	struct bpf_map *map;
	size_t n = 0;

	bpf_object__for_each_map(map, s->obj)
		n += 1 + INNER;
	s->maps = calloc(n + 1, sizeof(*s->maps));
	if (!s->maps)
		return false;
	bpf_object__for_each_map(map, s->obj) {
		struct map *m = &s->maps[s->n_maps];
		const char *name = bpf_map__name(map);

		memset(m->inner, -1, sizeof(m->inner));
		if (bpf_map__fd(map) < 0 || !describe(m, bpf_map__fd(map), name))
			continue;
		s->n_maps++;
		m->variables = bpf_map__is_internal(map);
		m->read_only |= m->variables && (strstr(name, ".rodata") || strstr(name, ".kconfig"));
		m->key_type = bpf_map__btf_key_type_id(map);
		m->value_type = bpf_map__btf_value_type_id(map);
		m->btf = m->key_type && m->value_type ? bpf_object__btf(s->obj) : NULL;
		make_inner(m, map);
		for (int i = 0; i < INNER; i++)
			if (m->inner[i] >= 0 && describe(&s->maps[s->n_maps], m->inner[i], name))
				memset(s->maps[s->n_maps++].inner, -1, sizeof(m->inner));
	}
	return true;
}

void state_close(struct side *s)
{
	for (size_t i = 0; i < s->n_maps; i++) {
		for (int k = 0; k < INNER; k++)
			if (s->maps[i].inner[k] >= 0)
				close(s->maps[i].inner[k]);
		free(s->maps[i].old);
		free(s->maps[i].mask.bytes);
	}
	free(s->maps);
	s->maps = NULL;
	s->n_maps = 0;
}

/* --- filling ---------------------------------------------------------------------------------------------------------- */

static void random_key(const struct map *m, struct rng *r, uint32_t n, uint8_t *key)
{
	uint32_t bits;

	if (m->array) {
		memcpy(key, &n, 4);
		return;
	}
	if (m->btf && m->key_size > 4 && n % 4)
		rng_fill_struct(r, m->btf, m->key_type, key, m->key_size);
	else
		rng_fill(r, key, m->key_size);
	if (m->type == BPF_MAP_TYPE_LPM_TRIE) {
		bits = 8 * (rng_below(r, m->key_size - 4) + 1);
		memcpy(key, &bits, 4);
	} else if (m->key_size == 4 && n < 8) {
		memcpy(key, &n, 4);
	}
}

static void fill_values(struct map *m, struct rng *r)
{
	uint32_t n = m->array ? m->entries : m->entries / 2 < KEYS ? m->entries / 2 : KEYS;
	uint8_t *key = calloc(1, m->key_size + 4);

	for (uint32_t i = 0; key && i < n; i++) {
		random_key(m, r, i, key);
		rng_fill(r, m->old, m->read_size);
		if (m->btf && m->value_size > 8 && i % 2)
			rng_fill_struct(r, m->btf, m->value_type, m->old, m->read_size);
		bpf_map_update_elem(m->fd, key, m->old, BPF_ANY);
	}
	free(key);
}

/* Devices, CPUs, maps, cgroups: what the kernel takes. Failures leave the map empty on all sides alike. */
static void fill_objects(const struct map *m)
{
	uint32_t value[8] = { 1 };
	int cgroup = m->type == BPF_MAP_TYPE_CGROUP_ARRAY ? open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY) : -1;
	uint8_t key[64] = { 0 };

	for (uint32_t i = 0; i < 4 && m->key_size <= sizeof(key) && m->value_size <= sizeof(value); i++) {
		memcpy(key, &i, m->key_size < 4 ? m->key_size : 4);
		if (m->type == BPF_MAP_TYPE_CPUMAP)
			value[0] = 192;
		else if (m->type == BPF_MAP_TYPE_CGROUP_ARRAY)
			value[0] = (uint32_t)cgroup;
		else if (m->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || m->type == BPF_MAP_TYPE_HASH_OF_MAPS)
			value[0] = (uint32_t)m->inner[i % INNER];
		if (i < 3) /* one is missing */
			bpf_map_update_elem(m->fd, key, value, BPF_ANY);
	}
	if (cgroup >= 0)
		close(cgroup);
}

void state_fill(struct side *s, uint64_t seed, bool globals)
{
	for (size_t i = 0; i < s->n_maps; i++) {
		struct map *m = &s->maps[i];
		struct rng r = { seed + i };

		if (m->read_only || (m->variables && !globals))
			continue;
		if (m->content == VALUES)
			fill_values(m, &r);
		else if (m->content == KERNEL_OBJECTS)
			fill_objects(m);
	}
}

void state_fill_programs(struct side *s)
{
	for (size_t i = 0; i < s->n_maps; i++) {
		struct bpf_program *p;
		uint32_t key = 0;

		if (s->maps[i].type != BPF_MAP_TYPE_PROG_ARRAY)
			continue;
		bpf_object__for_each_program(p, s->obj) {
			int fd = bpf_program__fd(p);

			if (fd < 0)
				continue;
			bpf_map_update_elem(s->maps[i].fd, &key, &fd, BPF_NOEXIST);
			key++;
		}
	}
}

/* --- comparing -------------------------------------------------------------------------------------------------------- */

/* Calls `visit` for each key until it says stop. */
static bool for_each_key(const struct map *m, bool (*visit)(const struct map *m, const void *key, void *arg), void *arg)
{
	uint8_t *key = calloc(2, m->key_size + 1), *next = key ? key + m->key_size : NULL, *have = NULL;
	bool stop = false;

	/* More steps than entries: the map changes under us. */
	for (uint32_t n = 0; key && !stop && n <= 2 * m->entries && !bpf_map_get_next_key(m->fd, have, next); n++) {
		memcpy(key, next, m->key_size);
		have = key;
		stop = visit(m, key, arg);
	}
	free(key);
	return stop;
}

struct comparison {
	struct map *a, *b;
	bool learn;
	char *text; /* of the first difference */
	size_t size;
};

static void describe_key(const struct map *m, const uint8_t *key, char *text, size_t size)
{
	size_t n = 0;

	for (uint32_t i = 0; i < m->key_size && n + 3 < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%02x", key[i]);
}

static bool compare_value(const struct map *m, const void *key, void *arg)
{
	struct comparison *c = arg;
	struct map *a = c->a;
	char name[80] = "";
	long at;

	if (bpf_map_lookup_elem(m->fd, key, a->old))
		return false;
	describe_key(m, key, name, sizeof(name));
	if (bpf_map_lookup_elem(c->b->fd, key, a->new)) {
		a->mask.all |= c->learn;
		if (!a->mask.all)
			snprintf(c->text, c->size, "map %s: key %s is missing", m->name, name);
		return !a->mask.all;
	}
	if (c->learn) {
		mask_learn(&a->mask, a->old, a->new, a->read_size);
		return false;
	}
	at = mask_compare(&a->mask, a->old, a->new, a->read_size);
	if (at >= 0)
		snprintf(c->text, c->size, "map %s: key %s byte %ld: %02x, not %02x", m->name, name, at, a->new[at],
			 a->old[at]);
	return at >= 0;
}

/* Keys of the second map that the first has not. */
static bool find_extra(const struct map *m, const void *key, void *arg)
{
	struct comparison *c = arg;
	struct map *a = c->a;
	char name[80] = "";

	if (!bpf_map_lookup_elem(a->fd, key, a->old))
		return false;
	a->mask.all |= c->learn;
	describe_key(m, key, name, sizeof(name));
	if (!a->mask.all)
		snprintf(c->text, c->size, "map %s: key %s is new", m->name, name);
	return !a->mask.all;
}

static bool compare(struct side *a, struct side *b, bool learn, char *text, size_t size)
{
	for (size_t i = 0; i < a->n_maps && i < b->n_maps; i++) {
		struct comparison c = { &a->maps[i], &b->maps[i], learn, text, size };

		if (c.a->content != VALUES || c.a->mask.all)
			continue;
		if (for_each_key(c.a, compare_value, &c) || (!c.a->array && for_each_key(c.b, find_extra, &c)))
			return true;
	}
	return false;
}

bool state_differs(struct side *a, struct side *b, char *text, size_t size)
{
	if (a->n_maps != b->n_maps) {
		snprintf(text, size, "%zu maps, not %zu", b->n_maps, a->n_maps);
		return true;
	}
	return compare(a, b, false, text, size);
}

void state_learn(struct side *a, struct side *twin)
{
	char text[REASON_SIZE];

	compare(a, twin, true, text, sizeof(text));
}

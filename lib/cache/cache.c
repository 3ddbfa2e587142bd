// SPDX-License-Identifier: BSD-2-Clause
/* The cache: a table in memory of what this process asked and found, in front of the file. What is new waits there, to be written many at
   a time. */
#include "cache.h"
#include "file.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { FLUSH_AT = 256, FIRST_CAP = 256 };

struct entry {
	struct k2_record r;
	uint64_t hash;
	bool fresh; /* not yet in the file */
};

struct k2_cache {
	pthread_mutex_t lock;
	struct k2_arena *arena;
	struct k2_cache_file *file; /* NULL: not used (any more) */
	struct entry **slots;       /* open addressing; cap is a power of two */
	uint32_t n, cap, n_fresh;
	struct k2_cache_stats stats;
	char trouble[300];
};

static void give_up(struct k2_cache *c)
{
	if (!c->file)
		return;
	if (!c->trouble[0])
		k2_cache_file_message(c->file, c->trouble, sizeof(c->trouble));
	if (k2_cache_file_usable(c->file))
		return;
	k2_cache_file_close(c->file);
	c->file = NULL;
}

struct k2_cache *k2_cache_open(const char *path)
{
	struct k2_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->arena = k2_arena_new(0);
	if (!c->arena || pthread_mutex_init(&c->lock, NULL)) {
		k2_arena_free(c->arena);
		free(c);
		return NULL;
	}
	c->file = path ? k2_cache_file_open(path, c->trouble, sizeof(c->trouble)) : NULL;
	give_up(c);
	return c;
}

static uint64_t hash_bytes(const unsigned char *p, size_t n)
{
	uint64_t h = n;

	for (size_t k = 0; k < n; k += 8) {
		uint64_t word = 0;

		memcpy(&word, p + k, K2_MIN(n - k, sizeof(word)));
		h = k2_hash_mix(h, word);
	}
	return h;
}

static struct entry **find(const struct k2_cache *c, const void *key, size_t size, uint64_t hash)
{
	for (uint64_t i = hash; c->cap; i++) {
		struct entry **e = &c->slots[i & (c->cap - 1)];

		if (!*e || ((*e)->hash == hash && (*e)->r.key_size == size && !memcmp((*e)->r.key, key, size)))
			return e;
	}
	return NULL;
}

static bool grow(struct k2_cache *c)
{
	struct entry **old = c->slots;
	uint32_t n = c->cap;

	if (c->n < c->cap / 2)
		return true;
	c->slots = k2_arena_calloc(c->arena, n ? 2 * (size_t)n : FIRST_CAP, sizeof(*c->slots));
	if (!c->slots) {
		c->slots = old;
		return false;
	}
	c->cap = n ? 2 * n : FIRST_CAP;
	for (uint32_t k = 0; k < n; k++) {
		if (old[k])
			*find(c, old[k]->r.key, old[k]->r.key_size, old[k]->hash) = old[k];
	}
	return true;
}

static void remember(struct k2_cache *c, const struct k2_record *r, bool fresh)
{
	uint64_t hash = hash_bytes(r->key, r->key_size);
	struct entry *e, **slot;

	if (!grow(c))
		return;
	slot = find(c, r->key, r->key_size, hash);
	e = *slot ? NULL : k2_arena_calloc(c->arena, 1, sizeof(*e));
	if (!e)
		return;
	e->r = (struct k2_record){ .key = k2_arena_dup(c->arena, r->key, r->key_size, 1), .key_size = r->key_size,
				   .value = k2_arena_dup(c->arena, r->value, r->size, 1), .size = r->size };
	e->hash = hash;
	e->fresh = fresh && c->file;
	if (!e->r.key || !e->r.value)
		return;
	*slot = e;
	c->n++;
	c->n_fresh += e->fresh;
}

static void flush(struct k2_cache *c)
{
	if (!c->file || !c->n_fresh)
		return;
	if (k2_cache_file_begin(c->file)) {
		for (uint32_t k = 0; k < c->cap; k++) {
			if (c->slots[k] && c->slots[k]->fresh)
				k2_cache_file_put(c->file, &c->slots[k]->r);
		}
		if (k2_cache_file_commit(c->file))
			c->stats.kept += c->n_fresh;
	}
	for (uint32_t k = 0; k < c->cap; k++) {
		if (c->slots[k])
			c->slots[k]->fresh = false;
	}
	c->n_fresh = 0;
	give_up(c);
}

bool k2_cache_get(struct k2_cache *c, const void *key, size_t key_size, struct k2_arena *a, void **value, size_t *size)
{
	struct entry **e;
	bool ok = false;

	pthread_mutex_lock(&c->lock);
	e = find(c, key, key_size, hash_bytes(key, key_size));
	if ((!e || !*e) && c->file) {
		struct k2_record r = { .key = key, .key_size = key_size };

		if (k2_cache_file_get(c->file, c->arena, &r))
			remember(c, &r, false);
		give_up(c);
		e = find(c, key, key_size, hash_bytes(key, key_size));
	}
	if (e && *e) {
		*size = (*e)->r.size;
		*value = k2_arena_dup(a, (*e)->r.value, *size, 1);
		ok = *value != NULL;
	}
	c->stats.hits += ok;
	c->stats.misses += !ok;
	pthread_mutex_unlock(&c->lock);
	return ok;
}

void k2_cache_put(struct k2_cache *c, const void *key, size_t key_size, const void *value, size_t size)
{
	const struct k2_record r = { .key = key, .key_size = key_size, .value = value, .size = size };

	pthread_mutex_lock(&c->lock);
	remember(c, &r, true);
	if (c->n_fresh >= FLUSH_AT)
		flush(c);
	pthread_mutex_unlock(&c->lock);
}

const char *k2_cache_trouble(struct k2_cache *c)
{
	return c->trouble[0] ? c->trouble : NULL;
}

struct k2_cache_stats k2_cache_stats(struct k2_cache *c)
{
	return c->stats;
}

void k2_cache_flush(struct k2_cache *c)
{
	pthread_mutex_lock(&c->lock);
	flush(c);
	pthread_mutex_unlock(&c->lock);
}

void k2_cache_close(struct k2_cache *c)
{
	if (!c)
		return;
	flush(c);
	if (c->file)
		k2_cache_file_close(c->file);
	pthread_mutex_destroy(&c->lock);
	k2_arena_free(c->arena);
	free(c);
}

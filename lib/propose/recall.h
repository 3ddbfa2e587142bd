/* SPDX-License-Identifier: BSD-2-Clause */
/* What engines ask the cache: keys that say everything on which a result depends. */
#ifndef K2_RECALL_H
#define K2_RECALL_H

#include "cache.h"

/* Bytes put one after the other, numbers little-endian. */
struct k2_bytes {
	struct k2_arena *arena;
	uint8_t *p;
	uint32_t n, cap;
	bool failed; /* out of memory */
};
/* A key begins with the engine's name and the versions of everything that decides what engines find. */
struct k2_bytes k2_key(struct k2_arena *a, const char *engine);
void k2_put(struct k2_bytes *b, uint64_t v, unsigned int size);
void k2_put_text(struct k2_bytes *b, const char *s); /* with its end */

/* Reading them back; past the end everything is 0 and `failed` is set. */
struct k2_reader {
	const uint8_t *p;
	size_t left;
	bool failed;
};
uint64_t k2_take(struct k2_reader *r, unsigned int size);

/* True: `r` reads what is kept under the key. `c` may be NULL. */
bool k2_recall(struct k2_cache *c, const struct k2_bytes *key, struct k2_arena *a, struct k2_reader *r);
void k2_remember(struct k2_cache *c, const struct k2_bytes *key, const struct k2_bytes *value);

#endif

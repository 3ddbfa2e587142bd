/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and values are bytes; what they mean is their owner's business. Thread-safe. */
#ifndef K2_CACHE_INTERNAL_H
#define K2_CACHE_INTERNAL_H

#include <k2/cache.h>
#include "util.h"

/* True: *value (in `a`) and *size are what was kept under the key. Also false: damaged, out of memory. */
bool k2_cache_get(struct k2_cache *c, const void *key, size_t key_size, struct k2_arena *a, void **value, size_t *size);
/* Keeps a copy. What is there already under this key stays. */
void k2_cache_put(struct k2_cache *c, const void *key, size_t key_size, const void *value, size_t size);

#endif

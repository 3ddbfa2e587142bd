// SPDX-License-Identifier: BSD-2-Clause
#include "recall.h"
#include "smt.h"
#include "version.h"
#include <string.h>

void k2_put(struct k2_bytes *b, uint64_t v, unsigned int size)
{
	for (unsigned int k = 0; k < size; k++)
		b->failed |= !K2_VEC_PUSH(b->arena, b->p, b->n, b->cap, (uint8_t)(v >> (8 * k)));
}

void k2_put_text(struct k2_bytes *b, const char *s)
{
	size_t n = strlen(s) + 1;

	for (size_t k = 0; k < n; k++)
		k2_put(b, (uint8_t)s[k], 1);
}

struct k2_bytes k2_key(struct k2_arena *a, const char *engine)
{
	struct k2_bytes b = { .arena = a };

	k2_put_text(&b, engine);
	k2_put_text(&b, K2_SYNTHESIS);
	k2_put_text(&b, k2_solver_version());
	return b;
}

uint64_t k2_take(struct k2_reader *r, unsigned int size)
{
	uint64_t v = 0;

	if (size > r->left) {
		r->failed = true;
		r->left = 0;
		return 0;
	}
	for (unsigned int k = 0; k < size; k++)
		v |= (uint64_t)*r->p++ << (8 * k);
	r->left -= size;
	return v;
}

bool k2_recall(struct k2_cache *c, const struct k2_bytes *key, struct k2_arena *a, struct k2_reader *r)
{
	void *p;
	size_t n;

	if (!c || key->failed || !k2_cache_get(c, key->p, key->n, a, &p, &n))
		return false;
	*r = (struct k2_reader){ .p = p, .left = n };
	return true;
}

void k2_remember(struct k2_cache *c, const struct k2_bytes *key, const struct k2_bytes *value)
{
	if (c && !key->failed && !value->failed)
		k2_cache_put(c, key->p, key->n, value->p, value->n);
}

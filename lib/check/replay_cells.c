// SPDX-License-Identifier: BSD-2-Clause
/* Bytes by address, of counterexamples: an open hash. */
#include "replay_impl.h"

struct k2_cell *k2_cell_find(const struct k2_cells *m, uint64_t addr)
{
	for (uint64_t k = k2_hash_mix(0, addr); m->cap; k++) {
		struct k2_cell *c = &m->c[k & (m->cap - 1)];

		if (!c->used)
			return NULL;
		if (c->addr == addr)
			return c;
	}
	return NULL;
}

static void cell_insert(struct k2_cells *m, struct k2_cell x)
{
	uint64_t k = k2_hash_mix(0, x.addr);

	while (m->c[k & (m->cap - 1)].used)
		k++;
	m->c[k & (m->cap - 1)] = x;
	m->n++;
}

static bool cells_grow(struct k2_arena *a, struct k2_cells *m)
{
	struct k2_cells more = { .cap = m->cap ? 2 * m->cap : 64 };

	more.c = k2_arena_calloc(a, more.cap, sizeof(*more.c));
	for (uint32_t k = 0; more.c && k < m->cap; k++) {
		if (m->c[k].used)
			cell_insert(&more, m->c[k]);
	}
	if (more.c)
		*m = more;
	return more.c;
}

bool k2_cell_put(struct k2_arena *a, struct k2_cells *m, uint64_t addr, uint8_t value, uint32_t by)
{
	struct k2_cell *c = k2_cell_find(m, addr);

	if (!c && 2 * m->n >= m->cap && !cells_grow(a, m))
		return false;
	if (c)
		*c = (struct k2_cell){ addr, value, true, by };
	else
		cell_insert(m, (struct k2_cell){ addr, value, true, by });
	return true;
}

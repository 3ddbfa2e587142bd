// SPDX-License-Identifier: BSD-2-Clause
/* coalesce: a copy goes where its two registers can be one over the whole function, if all others still find one. */
#include "graph_facts.h"

struct asked {
	const struct k2_graph *g;
	bool any;
};

static bool may(void *user, uint32_t block, uint32_t at)
{
	struct asked *a = user;
	bool yes = a->g->may(a->g, block, at, 1);

	a->any |= yes;
	return yes;
}

static void reshape(const struct k2_graph *g)
{
	struct asked asked = { .g = g };
	const struct k2_allocate_may ask = { may, &asked };
	struct k2_allocation with;
	struct k2_vcode *v = k2_graph_vcode(g);

	if (v && k2_allocate(g->arena, v, &ask, &with) && asked.any)
		k2_allocation_write(g, v, &with);
}

const struct k2_proposer k2_propose_coalesce = {
	.name = "coalesce",
	.about = "two registers become one over the whole function",
	.level = 1,
	.reshape = reshape,
};

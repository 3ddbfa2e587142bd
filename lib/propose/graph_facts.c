// SPDX-License-Identifier: BSD-2-Clause
#include "graph_facts.h"

enum { MAX_VREGS = 1500 /* for allocation: its graph grows with the square */ };

void k2_graph_facts_free(struct k2_graph_facts *facts)
{
	k2_absint_free(facts->ai);
	*facts = (struct k2_graph_facts){ .ai = NULL };
}

struct k2_absint *k2_graph_absint(const struct k2_graph *g)
{
	struct k2_graph_facts *x = g->facts;

	if (x->stale)
		k2_graph_facts_free(x);
	if (!x->ai && k2_absint_run(g->arena, g->f, &x->ai))
		k2_graph_facts_free(x);
	return x->ai;
}

struct k2_vcode *k2_graph_vcode(const struct k2_graph *g)
{
	struct k2_graph_facts *x = g->facts;

	if ((!x->v || x->stale) && k2_vcode_fits(g->f) && k2_graph_absint(g))
		x->v = k2_vcode_of(g->arena, g->f, x->ai);
	return x->stale ? NULL : x->v;
}

const struct k2_allocation *k2_graph_allocation(const struct k2_graph *g)
{
	struct k2_graph_facts *x = g->facts;
	const struct k2_vcode *v = k2_graph_vcode(g);

	if (v && !x->allocated && v->n <= MAX_VREGS)
		x->allocated = k2_allocate(g->arena, v, NULL, &x->with);
	return v && x->allocated ? &x->with : NULL;
}

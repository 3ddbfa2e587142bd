/* SPDX-License-Identifier: BSD-2-Clause */
/* What proposers that change the graph look at, found once for all of them, and anew after an edit. */
#ifndef K2_GRAPH_FACTS_H
#define K2_GRAPH_FACTS_H

#include "allocate.h"

struct k2_graph_facts {
	bool stale; /* there was an edit since */
	struct k2_absint *ai;
	struct k2_vcode *v;
	bool allocated;
	struct k2_allocation with; /* registers for v, with all copies gone that can go */
};

/* NULL: out of memory, or the function is too large for it. What they give stays until the next edit; the caller of `may` has it until
   he is done. */
struct k2_absint *k2_graph_absint(const struct k2_graph *g);
struct k2_vcode *k2_graph_vcode(const struct k2_graph *g);
const struct k2_allocation *k2_graph_allocation(const struct k2_graph *g);
void k2_graph_facts_free(struct k2_graph_facts *facts);

#endif

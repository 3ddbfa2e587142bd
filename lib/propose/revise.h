/* SPDX-License-Identifier: BSD-2-Clause */
/* Revisions of a function's virtual code: each draft is given registers, and kept where that takes fewer slots. For proposers that
   need to change what lives how long. */
#ifndef K2_REVISE_H
#define K2_REVISE_H

#include "graph_facts.h"

struct k2_revision {
	const struct k2_graph *g;
	struct k2_absint *ai;      /* facts of g->f */
	struct k2_vcode *v;        /* the best so far, not to be edited */
	struct k2_allocation with; /* its registers */
	uint32_t trials;           /* left */
	bool changed;
};

/* False: nothing can be done here. */
bool k2_revision_begin(struct k2_revision *r, const struct k2_graph *g);
/* A draft of the best so far; NULL: enough was tried. */
struct k2_vcode *k2_revision_draft(struct k2_revision *r);
/* Keeps the draft if it saves slots and nobody objects. `at`: the instruction of g->f that it is about. */
bool k2_revision_offer(struct k2_revision *r, struct k2_vcode *draft, uint32_t block, uint32_t at);
/* Writes what was kept. */
void k2_revision_end(struct k2_revision *r);

#endif

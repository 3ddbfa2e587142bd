// SPDX-License-Identifier: BSD-2-Clause
/* Drafts of virtual code, kept where they take fewer slots. */
#include "revise.h"

enum { TRIALS = 96 };

bool k2_revision_begin(struct k2_revision *r, const struct k2_graph *g)
{
	const struct k2_allocation *with = k2_graph_allocation(g);

	if (!with)
		return false;
	*r = (struct k2_revision){ .g = g, .ai = k2_graph_absint(g), .v = k2_graph_vcode(g), .with = *with, .trials = TRIALS };
	return true;
}

struct k2_vcode *k2_revision_draft(struct k2_revision *r)
{
	if (!r->trials)
		return NULL;
	r->trials--;
	return k2_vcode_draft(r->v);
}

bool k2_revision_offer(struct k2_revision *r, struct k2_vcode *draft, uint32_t block, uint32_t at)
{
	struct k2_allocation with;

	if (!k2_allocate(r->g->arena, draft, NULL, &with) || with.slots >= r->with.slots ||
	    !r->g->may(r->g, block, at, r->with.slots - with.slots))
		return false;
	r->v = draft;
	r->with = with;
	r->changed = true;
	return true;
}

void k2_revision_end(struct k2_revision *r)
{
	if (r->changed)
		k2_allocation_write(r->g, r->v, &r->with);
}

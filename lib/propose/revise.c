// SPDX-License-Identifier: BSD-2-Clause
/* Drafts of virtual code, kept where they take fewer slots. */
#include "revise.h"

enum { TRIALS = 96, MAX_VREGS = 1500 };

bool k2_revision_begin(struct k2_revision *r, const struct k2_graph *g)
{
	*r = (struct k2_revision){ .g = g, .trials = TRIALS };
	if (k2_absint_run(g->arena, g->f, &r->ai))
		return false;
	r->v = k2_vcode_of(g->arena, g->f, r->ai);
	if (r->v && r->v->n <= MAX_VREGS && k2_allocate(g->arena, r->v, NULL, &r->with))
		return true;
	k2_absint_free(r->ai);
	return false;
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
	k2_absint_free(r->ai);
}

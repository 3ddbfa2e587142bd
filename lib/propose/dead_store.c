// SPDX-License-Identifier: BSD-2-Clause
/* dead-store: stores to own stack that nobody reads, and stores that a later one in the window overwrites. */
#include "propose.h"

static bool stack_dead(const struct k2_site *s, uint32_t k)
{
	const struct k2_point *p = &s->w->old.points[k];
	int64_t off = (int64_t)p->off;

	for (unsigned int b = 0; b < k2_isa_access_size(&s->insns[k]); b++) {
		if (off + b < -K2_STACK_SIZE || off + b >= 0 || k2_live_byte(&s->live[k + 1], (int)(off + b)))
			return false;
	}
	return true;
}

/* A later store to the same base covers it, and nothing in between can look. */
static bool overwritten(const struct k2_site *s, uint32_t k)
{
	const struct k2_point *p = &s->w->old.points[k];
	unsigned int size = k2_isa_access_size(&s->insns[k]);

	for (uint32_t j = k + 1; j < s->n; j++) {
		const struct k2_point *q = &s->w->old.points[j];
		uint64_t rel = p->off - q->off;

		if (q->event)
			return false;
		if (q->access && k2_isa_kind(&s->insns[j]) == K2_KIND_STORE && q->base == p->base &&
		    rel + size <= k2_isa_access_size(&s->insns[j]) && rel < 8)
			return true;
	}
	return false;
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = s->n; k-- > 0;) {
		struct k2_edit e;
		bool stack;

		if (k2_isa_kind(&s->insns[k]) != K2_KIND_STORE || !k2_is_access(s, k))
			continue;
		stack = s->w->old.points[k].base == s->w->ctx.fp;
		if (!(stack && stack_dead(s, k)) && !overwritten(s, k))
			continue;
		if (!k2_edit_init(&e, s))
			return;
		k2_edit_delete(&e, k);
		if (k2_edit_offer(&e, k))
			return;
	}
}

const struct k2_proposer k2_propose_dead_store = {
	.name = "dead-store",
	.about = "stored bytes are not read",
	.level = 1,
	.propose = propose,
};

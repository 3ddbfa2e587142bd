// SPDX-License-Identifier: BSD-2-Clause
/* dead-call: a call that nobody would miss (a lookup, the time, a number of the task) and whose result nobody uses goes. */
#include "propose.h"

static bool is_dead(const struct k2_site *s, uint32_t k, uint32_t event)
{
	return s->w->old.events[event].silent && !k2_live_reg(&s->live[k + 1], 0) && k2_is_plain(&s->insns[k]);
}

static void propose(const struct k2_site *s)
{
	uint32_t event = 0;

	for (uint32_t k = 0; k < s->n; k++) {
		struct k2_edit e;

		if (!s->w->old.points[k].event)
			continue;
		if (is_dead(s, k, event++) && k2_edit_init(&e, s)) {
			k2_edit_delete(&e, k);
			if (k2_edit_offer(&e, k))
				return;
		}
	}
}

const struct k2_proposer k2_propose_dead_call = {
	.name = "dead-call",
	.about = "a call without effect, whose result is not used",
	.level = 1,
	.propose = propose,
};

// SPDX-License-Identifier: BSD-2-Clause
/* dead-code: instructions whose results nobody reads. The driver cleans every candidate of them, so the window itself is
   the candidate. */
#include "propose.h"

static bool is_dead(const struct k2_site *s, uint32_t k)
{
	uint16_t writes = k2_isa_writes(&s->insns[k]);

	for (unsigned int r = 0; r < 11; r++) {
		if ((writes >> r & 1) && k2_live_reg(&s->live[k + 1], r))
			return false;
	}
	return writes && k2_is_plain(&s->insns[k]) && k2_isa_kind(&s->insns[k]) != K2_KIND_CALL;
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		if (is_dead(s, k)) {
			s->offer(s, s->insns, s->n, k);
			return;
		}
	}
}

const struct k2_proposer k2_propose_dead_code = {
	.name = "dead-code",
	.about = "result is not used",
	.level = 1,
	.propose = propose,
};

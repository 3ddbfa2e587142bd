// SPDX-License-Identifier: BSD-2-Clause
/* All proposers, in the order in which they are asked. */
#include "propose.h"

#define PROPOSERS(P) \
	P(dead_code) \
	P(dead_call) \
	P(dead_store) \
	P(same_store) \
	P(const) \
	P(rules) \
	P(useless) \
	P(load_forward) \
	P(wide_load) \
	P(recopy) \
	P(wide_copy) \
	P(merge_stores) \
	P(st_imm) \
	P(reuse) \
	P(copy) \
	P(addr_fold) \
	P(packet_offset) \
	P(commute) \
	P(narrow) \
	P(carry) \
	/* search */ \
	P(search) \
	P(sketch) \
	P(stochastic) \
	/* of the whole function */ \
	P(stochastic_func) \
	P(thread) \
	P(select) \
	P(hoist) \
	P(dead_fill) \
	P(coalesce) \
	P(flip) \
	P(tail_merge) \
	P(branch_over) \
	P(early_arm) \
	P(share_value) \
	P(placement) \
	P(hot_path)

#define DECLARE(name) extern const struct k2_proposer k2_propose_##name;
PROPOSERS(DECLARE)

#define POINTER(name) &k2_propose_##name,
static const struct k2_proposer *const all[] = { PROPOSERS(POINTER) };

const struct k2_proposer *k2_proposer_at(unsigned int i)
{
	return i < K2_ARRAY_SIZE(all) ? all[i] : NULL;
}

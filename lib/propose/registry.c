// SPDX-License-Identifier: BSD-2-Clause
/* All proposers, in the order in which they are asked. */
#include "propose.h"

extern const struct k2_proposer k2_propose_dead_code, k2_propose_dead_call, k2_propose_dead_store, k2_propose_const, k2_propose_useless,
	k2_propose_load_forward, k2_propose_reuse, k2_propose_copy, k2_propose_st_imm, k2_propose_merge_stores,
	k2_propose_wide_load, k2_propose_wide_copy, k2_propose_addr_fold, k2_propose_commute,
	k2_propose_narrow, k2_propose_carry, k2_propose_recopy, k2_propose_sign_test, k2_propose_bit_test,
	k2_propose_packet_offset, k2_propose_search, k2_propose_coalesce, k2_propose_share_value, k2_propose_tail_merge, k2_propose_branch_over, k2_propose_placement;

static const struct k2_proposer *const all[] = {
	&k2_propose_dead_code, &k2_propose_dead_call, &k2_propose_dead_store, &k2_propose_const, &k2_propose_useless,
	&k2_propose_load_forward, &k2_propose_wide_load, &k2_propose_recopy, &k2_propose_wide_copy, &k2_propose_merge_stores,
	&k2_propose_st_imm, &k2_propose_reuse, &k2_propose_copy, &k2_propose_addr_fold, &k2_propose_packet_offset, &k2_propose_commute,
	&k2_propose_narrow, &k2_propose_carry, &k2_propose_sign_test, &k2_propose_bit_test,
	&k2_propose_search,
	&k2_propose_coalesce, &k2_propose_tail_merge, &k2_propose_branch_over, &k2_propose_share_value, &k2_propose_placement,
};

const struct k2_proposer *k2_proposer_at(unsigned int i)
{
	return i < K2_ARRAY_SIZE(all) ? all[i] : NULL;
}

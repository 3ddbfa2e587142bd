// SPDX-License-Identifier: BSD-2-Clause
/* st-imm: storing a known number takes no register (clang makes no store-immediate below -mcpu=v4). */
#include "propose.h"

static bool as_immediate(const struct k2_site *s, uint32_t k, struct k2_insn *out)
{
	const struct k2_insn *i = &s->insns[k];
	k2_t v = s->w->old.points[k].value;
	unsigned int size = k2_isa_access_size(i);

	if (K2_CLASS(i->code) != K2_STX || !k2_t_is_const(v) || (size == 8 && !k2_fits_imm32(v->imm)))
		return false;
	*out = k2_mk_store_imm(K2_SIZE(i->code), i->dst, i->off, (int32_t)v->imm);
	return true;
}

/* All stores of one register from instruction k on: only together do they set the register free. */
static bool try_register(const struct k2_site *s, uint32_t k)
{
	unsigned int r = s->insns[k].src;
	struct k2_edit e;

	if (!k2_edit_init(&e, s))
		return false;
	for (uint32_t j = k; j < s->n; j++) {
		struct k2_insn i;

		if (k2_isa_kind(&s->insns[j]) == K2_KIND_STORE && s->insns[j].src == r && k2_is_access(s, j) &&
		    as_immediate(s, j, &i))
			k2_edit_replace(&e, j, i);
		if (k2_writes(&s->insns[j], r))
			break;
	}
	return k2_edit_offer(&e, k);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		struct k2_insn i;

		if (k2_isa_kind(&s->insns[k]) == K2_KIND_STORE && k2_is_access(s, k) && as_immediate(s, k, &i) &&
		    try_register(s, k))
			return;
	}
}

const struct k2_proposer k2_propose_st_imm = {
	.name = "st-imm",
	.about = "a known number is stored without a register",
	.level = 1,
	.propose = propose,
};

// SPDX-License-Identifier: BSD-2-Clause
/* sign-test: a branch on the sign or on zero looks at the same bits before the shift back as behind it:
   `r <<= 32; r s>>= 32; if r s> -1` needs no second shift when r is not used behind the branch. Below -mcpu=v3 every test of an
   int is such a pair. */
#include "propose.h"

static bool sign_or_zero(const struct k2_insn *i)
{
	if (k2_isa_kind(i) != K2_KIND_JUMP || (i->code & K2_X) || K2_CLASS(i->code) != K2_JMP || !k2_is_plain(i))
		return false;
	switch (K2_OP(i->code)) {
	case K2_JEQ: case K2_JNE: case K2_JSLT: case K2_JSGE: return i->imm == 0;
	case K2_JSGT: case K2_JSLE: return i->imm == -1;
	default: return false;
	}
}

static bool shifts_right(const struct k2_insn *i, unsigned int r)
{
	return k2_isa_kind(i) == K2_KIND_ALU && K2_CLASS(i->code) == K2_ALU64 && i->dst == r && !(i->code & K2_X) &&
	       (K2_OP(i->code) == K2_RSH || K2_OP(i->code) == K2_ARSH) && k2_is_plain(i);
}

static void propose(const struct k2_site *s)
{
	uint32_t last = s->n - 1;
	unsigned int r;
	struct k2_edit e;

	if (s->n < 2)
		return;
	r = s->insns[last].dst;
	if (!sign_or_zero(&s->insns[last]) || k2_live_reg(&s->live[s->n], r))
		return;
	for (uint32_t k = last; k-- > 0;) {
		if (!k2_writes(&s->insns[k], r) && !k2_reads(&s->insns[k], r))
			continue;
		if (!shifts_right(&s->insns[k], r) || !k2_edit_init(&e, s))
			return;
		k2_edit_delete(&e, k);
		k2_edit_offer(&e, k);
		return;
	}
}

const struct k2_proposer k2_propose_sign_test = {
	.name = "sign-test",
	.about = "the branch sees sign or zero without the shift",
	.level = 1,
	.propose = propose,
};

// SPDX-License-Identifier: BSD-2-Clause
/* bit-test: `r &= bits; if r != 0` is `if r & bits` where nobody else wants the masked value; so is `r &= bit; if r == bit`. */
#include "propose.h"

static bool asks_for_bits(const struct k2_insn *jump, const struct k2_insn *mask)
{
	if (K2_OP(jump->code) == K2_JNE)
		return jump->imm == 0;
	return K2_OP(jump->code) == K2_JEQ && !(mask->code & K2_X) && jump->imm == mask->imm && jump->imm > 0 &&
	       !(jump->imm & (jump->imm - 1));
}

/* The instruction before the jump that masks register r, with nobody reading it in between; n: none. */
static uint32_t find_mask(const struct k2_site *s, unsigned int r)
{
	for (uint32_t k = s->n - 1; k-- > 0;) {
		const struct k2_insn *i = &s->insns[k];

		if (k2_writes(i, r))
			return k2_isa_kind(i) == K2_KIND_ALU && K2_OP(i->code) == K2_AND && k2_is_plain(i) ? k : s->n;
		if (k2_reads(i, r))
			break;
	}
	return s->n;
}

static void propose(const struct k2_site *s)
{
	const struct k2_insn *jump = s->n ? &s->insns[s->n - 1] : NULL, *mask;
	uint32_t at;
	struct k2_insn i;
	struct k2_edit e;
	bool narrow;

	if (!jump || k2_isa_kind(jump) != K2_KIND_JUMP || (jump->code & K2_X) || !k2_is_plain(jump) ||
	    k2_live_reg(&s->live[s->n], jump->dst))
		return;
	at = find_mask(s, jump->dst);
	if (at == s->n || !asks_for_bits(jump, &s->insns[at]))
		return;
	mask = &s->insns[at];
	narrow = K2_CLASS(jump->code) == K2_JMP32 || K2_CLASS(mask->code) == K2_ALU;
	i = *jump;
	i.origin = -1;
	i.code = (uint8_t)((narrow ? K2_JMP32 : K2_JMP) | K2_JSET | (mask->code & K2_X));
	i.src = mask->code & K2_X ? mask->src : 0;
	i.imm = mask->code & K2_X ? 0 : mask->imm;
	if (!k2_isa_allowed(&i, s->f->desc) || !k2_edit_init(&e, s))
		return;
	k2_edit_delete(&e, at);
	k2_edit_replace(&e, s->n - 1, i);
	k2_edit_offer(&e, s->n - 1);
}

const struct k2_proposer k2_propose_bit_test = {
	.name = "bit-test",
	.about = "the bits can be tested by the jump",
	.level = 1,
	.propose = propose,
};

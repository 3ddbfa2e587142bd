// SPDX-License-Identifier: BSD-2-Clause
/* const: results and operands that are known numbers become immediates. */
#include "propose.h"

/* One instruction for the value; where nobody reads its upper half, that is the sign's. */
static bool make(const struct k2_site *s, uint32_t k, k2_t v, struct k2_insn *out)
{
	const struct k2_insn *i = &s->insns[k];
	bool low = (s->live[k + 1].regs & K2_LIVE_BOTH(i->dst)) == K2_LIVE_LO(i->dst);
	uint64_t c;

	if (!v || (low ? !k2_t_is_const(v = k2_t_extract(s->w->ctx.terms, v, 0, 32)) : !k2_t_is_const(v)))
		return false;
	c = low ? (uint64_t)(int64_t)(int32_t)v->imm : v->imm;
	return k2_mk_const(s->f, i->dst, c, out) && !k2_same_insn(out, i);
}

static bool result_const(const struct k2_site *s, uint32_t k, struct k2_insn *out)
{
	const struct k2_insn *i = &s->insns[k];
	k2_t v = k2_term_at(s, k + 1, i->dst);
	enum k2_kind kind = k2_isa_kind(i);

	if (kind != K2_KIND_ALU && kind != K2_KIND_LOAD && kind != K2_KIND_LD_IMM64)
		return false;
	if (kind == K2_KIND_LD_IMM64 && (i->sym || i->src))
		return false;
	if (kind == K2_KIND_ALU && K2_OP(i->code) == K2_MOV && !(i->code & K2_X))
		return false;
	return make(s, k, v, out);
}

/* 32-bit operations look at the lower half only; 64-bit ones sign-extend the immediate. */
static bool operand_const(const struct k2_site *s, uint32_t k, struct k2_insn *out)
{
	const struct k2_insn *i = &s->insns[k];
	enum k2_kind kind = k2_isa_kind(i);
	bool narrow = K2_CLASS(i->code) == K2_ALU || K2_CLASS(i->code) == K2_JMP32;
	k2_t v;

	if ((kind != K2_KIND_ALU && kind != K2_KIND_JUMP) || !(i->code & K2_X))
		return false;
	if (kind == K2_KIND_ALU && (K2_OP(i->code) == K2_END || K2_OP(i->code) == K2_NEG || (i->off && K2_OP(i->code) == K2_MOV)))
		return false;
	v = k2_term_at(s, k, i->src);
	if (!v || !k2_t_is_const(v) || (!narrow && !k2_fits_imm32(v->imm)))
		return false;
	*out = *i;
	out->code &= (uint8_t)~K2_X;
	out->src = 0;
	out->imm = (int32_t)v->imm;
	return !k2_isa_validate(out);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		struct k2_edit e;
		struct k2_insn i;

		if (!k2_is_plain(&s->insns[k]) || (!result_const(s, k, &i) && !operand_const(s, k, &i)))
			continue;
		if (!k2_edit_init(&e, s))
			return;
		k2_edit_replace(&e, k, i);
		if (k2_edit_offer(&e, k))
			return;
	}
}

const struct k2_proposer k2_propose_const = {
	.name = "const",
	.about = "the value is a known number",
	.level = 1,
	.propose = propose,
};

// SPDX-License-Identifier: BSD-2-Clause
/* st-imm: storing a known number takes no register (clang makes no store-immediate below -mcpu=v4). A number of 64 bits that no
   immediate holds goes to the stack in two halves: text for trace_printk, mostly. */
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

/* The stack is nobody else's: a store to it may be split. */
static bool in_halves(const struct k2_site *s, uint32_t k, struct k2_insn half[2])
{
	const struct k2_insn *i = &s->insns[k];
	const struct k2_point *p = &s->w->old.points[k];
	bool big = s->f->desc->big_endian;

	if (K2_CLASS(i->code) != K2_STX || k2_isa_access_size(i) != 8 || p->base != s->w->ctx.fp || !k2_t_is_const(p->value) ||
	    i->off > INT16_MAX - 4)
		return false;
	half[0] = k2_mk_store_imm(K2_W, i->dst, i->off, (int32_t)(p->value->imm >> (big ? 32 : 0)));
	half[1] = k2_mk_store_imm(K2_W, i->dst, (int16_t)(i->off + 4), (int32_t)(p->value->imm >> (big ? 0 : 32)));
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
		struct k2_insn i, half[2];
		bool store = k2_isa_kind(&s->insns[j]) == K2_KIND_STORE && s->insns[j].src == r && k2_is_access(s, j);

		if (store && as_immediate(s, j, &i)) {
			k2_edit_replace(&e, j, i);
		} else if (store && in_halves(s, j, half)) {
			k2_edit_insert(&e, j, half[0]);
			k2_edit_replace(&e, j, half[1]);
		}
		if (k2_writes(&s->insns[j], r))
			break;
	}
	return k2_edit_offer(&e, k);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		struct k2_insn i, half[2];

		if (k2_isa_kind(&s->insns[k]) == K2_KIND_STORE && k2_is_access(s, k) &&
		    (as_immediate(s, k, &i) || in_halves(s, k, half)) && try_register(s, k))
			return;
	}
}

const struct k2_proposer k2_propose_st_imm = {
	.name = "st-imm",
	.about = "a known number is stored without a register",
	.level = 1,
	.propose = propose,
};

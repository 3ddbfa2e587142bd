// SPDX-License-Identifier: BSD-2-Clause
/* reuse: a value that some register holds already (an address on the stack, a constant, a map's address, a sum) is copied
   instead of computed. load-forward: the same for loads of what was just stored or loaded. */
#include "propose.h"

static k2_t low(const struct k2_site *s, k2_t v)
{
	return k2_t_extract(s->w->ctx.terms, v, 0, 32);
}

/* A register that holds what instruction k computes, as far as that is live. */
static int holder(const struct k2_site *s, uint32_t k)
{
	unsigned int dst = s->insns[k].dst;
	k2_t v = k2_term_at(s, k + 1, dst);
	int r = v ? k2_find_reg(s, k, v) : -1;

	if (r >= 0 || !v || (s->live[k + 1].regs & K2_LIVE_HI(dst)))
		return r;
	for (unsigned int q = 0; q < 10; q++) {
		if (k2_term_at(s, k, q) && low(s, k2_term_at(s, k, q)) == low(s, v))
			return (int)q;
	}
	return -1;
}

static bool is_copy(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_ALU && K2_OP(i->code) == K2_MOV && !(i->code & K2_X);
}

/* What the loader decides about an instruction (CO-RE) it decides of all with that symbol: one of them is enough. */
static bool may_go(const struct k2_insn *i)
{
	return !(i->flags & (K2_F_OPAQUE | K2_F_VOLATILE | K2_F_FROZEN));
}

static void try_all(const struct k2_site *s, bool loads)
{
	for (uint32_t k = 0; k < s->n; k++) {
		const struct k2_insn *i = &s->insns[k];
		enum k2_kind kind = k2_isa_kind(i);
		struct k2_edit e;
		int r;

		if (!may_go(i) || s->w->old.points[k].event)
			continue;
		if (loads ? kind != K2_KIND_LOAD : (kind != K2_KIND_ALU && kind != K2_KIND_LD_IMM64) || is_copy(i))
			continue;
		if (kind == K2_KIND_ALU && K2_OP(i->code) == K2_MOV && K2_CLASS(i->code) == K2_ALU64 && !i->off)
			continue;
		r = holder(s, k);
		if (r < 0 || !k2_edit_init(&e, s))
			continue;
		if (r == i->dst)
			k2_edit_delete(&e, k);
		else
			k2_edit_replace(&e, k, k2_mk_alu_reg(64, K2_MOV, i->dst, (uint8_t)r));
		if (k2_edit_offer(&e, k))
			return;
	}
}

static void propose_reuse(const struct k2_site *s)
{
	try_all(s, false);
}

static void propose_loads(const struct k2_site *s)
{
	try_all(s, true);
}

const struct k2_proposer k2_propose_reuse = {
	.name = "reuse",
	.about = "a register holds the value already",
	.level = 1,
	.propose = propose_reuse,
};

const struct k2_proposer k2_propose_load_forward = {
	.name = "load-forward",
	.about = "the loaded value is in a register already",
	.level = 1,
	.propose = propose_loads,
};

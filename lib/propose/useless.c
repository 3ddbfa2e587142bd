// SPDX-License-Identifier: BSD-2-Clause
/* useless: masks, extensions and other arithmetic that leaves a register as it was, in every half that is live; also
   as a chain of up to four instructions on one register (shift left, shift right). */
#include "propose.h"

enum { CHAIN = 4 };

static bool unchanged(const struct k2_site *s, uint32_t from, uint32_t to, unsigned int r)
{
	k2_t a = k2_term_at(s, from, r), b = k2_term_at(s, to, r);

	if (!a || !b)
		return false;
	if (s->live[to].regs & K2_LIVE_HI(r))
		return a == b;
	return k2_t_extract(s->w->ctx.terms, a, 0, 32) == k2_t_extract(s->w->ctx.terms, b, 0, 32);
}

static bool alu_on(const struct k2_insn *i, unsigned int r)
{
	return k2_isa_kind(i) == K2_KIND_ALU && i->dst == r && k2_is_plain(i);
}

static bool try_chain(const struct k2_site *s, uint32_t from, uint32_t to)
{
	struct k2_edit e;

	if (!k2_edit_init(&e, s))
		return false;
	for (uint32_t k = from; k < to; k++)
		k2_edit_delete(&e, k);
	return k2_edit_offer(&e, from);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		unsigned int r = s->insns[k].dst;

		for (uint32_t from = k + 1; from-- > 0 && k - from < CHAIN && alu_on(&s->insns[from], r);) {
			if (unchanged(s, from, k + 1, r) && try_chain(s, from, k + 1))
				return;
		}
	}
}

const struct k2_proposer k2_propose_useless = {
	.name = "useless",
	.about = "the register has this value already",
	.level = 1,
	.propose = propose,
};

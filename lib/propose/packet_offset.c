// SPDX-License-Identifier: BSD-2-Clause
/* packet-offset: a legacy packet load adds a number to its index itself: `r1 = r7; r1 += 12; r0 = skb[r1]` is `r0 = skb[r7 + 12]`. LLVM has
   no operand for the number. */
#include "propose.h"

static bool is_indexed(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LD_PKT && K2_MODE(i->code) == K2_IND && k2_is_plain(i);
}

/* The index is an int to the kernel. */
static k2_t index_in(const struct k2_site *s, uint32_t k, unsigned int r)
{
	k2_t v = k2_term_at(s, k, r);

	return v ? k2_t_extract(s->w->ctx.terms, v, 0, 32) : NULL;
}

/* The index by way of what register r holds before instruction `at`; false: they have nothing to do with each other. */
static bool by_way_of(const struct k2_site *s, uint32_t k, uint32_t at, uint8_t r, struct k2_insn *i)
{
	k2_t index = index_in(s, k, i->src), other = index_in(s, at, r), distance;
	int64_t imm;

	if (!index || !other)
		return false;
	distance = k2_t_sub(s->w->ctx.terms, index, other);
	if (!distance || !k2_t_is_const(distance))
		return false;
	imm = (int64_t)(int32_t)distance->imm + i->imm;
	i->src = r;
	i->imm = imm;
	return imm == (int32_t)imm;
}

static bool through_another(const struct k2_site *s, uint32_t k)
{
	for (uint8_t r = 0; r < 10; r++) {
		struct k2_insn i = s->insns[k];
		struct k2_edit e;

		if (r == i.src || !by_way_of(s, k, k, r, &i) || !k2_edit_init(&e, s))
			continue;
		k2_edit_replace(&e, k, i);
		if (k2_edit_offer(&e, k))
			return true;
	}
	return false;
}

/* The number was added to the index itself, for this load alone. */
static bool without_the_sum(const struct k2_site *s, uint32_t k)
{
	struct k2_insn i = s->insns[k];
	uint32_t at = k;
	struct k2_edit e;

	while (at-- > 0 && !k2_writes(&s->insns[at], i.src)) {
		if (k2_reads(&s->insns[at], i.src))
			return false;
	}
	if (at == UINT32_MAX || (i.src > 5 && k2_live_reg(&s->live[k + 1], i.src)) || !k2_is_plain(&s->insns[at]) ||
	    k2_isa_kind(&s->insns[at]) != K2_KIND_ALU || !by_way_of(s, k, at, i.src, &i) || !k2_edit_init(&e, s))
		return false;
	k2_edit_delete(&e, at);
	k2_edit_replace(&e, k, i);
	return k2_edit_offer(&e, k);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		if (is_indexed(&s->insns[k]) && (through_another(s, k) || without_the_sum(s, k)))
			return;
	}
}

const struct k2_proposer k2_propose_packet_offset = {
	.name = "packet-offset",
	.about = "the packet load adds the offset itself",
	.level = 1,
	.propose = propose,
};

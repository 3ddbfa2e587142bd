// SPDX-License-Identifier: BSD-2-Clause
/* mark_chain_precision() of the kernel's verifier: a number that decided something is followed back through the instructions
   of the way that it came by; in kept states only such numbers have to agree. */
#include "verifier.h"

uint64_t k2_vprecise_slots(const struct k2_absint *ai, const struct k2_insn *i, const struct k2_astate *s)
{
	enum k2_kind kind = k2_isa_kind(i);
	struct k2_stack_effect e;
	uint64_t slots = 0;

	if (kind != K2_KIND_LOAD && kind != K2_KIND_STORE)
		return 0;
	k2_absint_stack_effect(ai, i, s, &e);
	for (unsigned int k = 0; k < K2_SLOTS; k++) {
		if ((kind == K2_KIND_LOAD ? e.reads : e.kills)[k / 8] >> (k % 8 * 8) & 0xff)
			slots |= 1ull << k;
	}
	return slots;
}

/* backtrack_insn */
static void step_back(const struct k2_vstep *t, struct k2_vprecise *p)
{
	const struct k2_insn *i = t->insn;
	uint16_t writes = k2_isa_writes(i);

	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU:
		if (p->regs & writes)
			p->regs = (uint16_t)((p->regs & ~writes) | k2_isa_reads(i));
		break;
	case K2_KIND_LOAD:
		if (p->regs & writes)
			p->slots |= t->slots;
		p->regs &= (uint16_t)~writes;
		break;
	case K2_KIND_STORE:
		if ((p->slots & t->slots) && K2_CLASS(i->code) == K2_STX)
			p->regs |= (uint16_t)(1u << i->src);
		p->slots &= ~t->slots;
		break;
	case K2_KIND_JUMP:
		if ((i->code & K2_X) && (p->regs & k2_isa_reads(i)))
			p->regs |= k2_isa_reads(i);
		break;
	default: p->regs &= (uint16_t)~writes; break;
	}
	p->regs &= 0x3ff;
}

void k2_vprecise_mark(const struct k2_vstep *way, struct k2_vstate *kept, struct k2_vprecise p)
{
	if (kept && !kept->entered) {
		kept->precise.regs |= p.regs;
		kept->precise.slots |= p.slots;
	}
	for (; way && (p.regs || p.slots); way = way->before) {
		step_back(way, &p);
		if (!way->kept)
			continue;
		way->kept->precise.regs |= p.regs;
		way->kept->precise.slots |= p.slots;
	}
}

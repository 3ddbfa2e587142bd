// SPDX-License-Identifier: BSD-2-Clause
/* copy: removes register copies by letting the readers use the source, or by renaming one of the two registers over its
   whole life. */
#include "propose.h"

/* r's name is fixed in this instruction (call arguments and results, exit, atomics, inline asm). */
static bool is_tied(const struct k2_insn *i, unsigned int r)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU: case K2_KIND_LD_IMM64: case K2_KIND_LOAD: case K2_KIND_STORE: case K2_KIND_JUMP: return !k2_is_plain(i);
	case K2_KIND_ATOMIC: return k2_isa_writes(i) != 0 || (i->flags & K2_F_FROZEN);
	default: return k2_reads(i, r) || k2_writes(i, r);
	}
}

/* Readers of the copy read the source instead, up to where the copy dies. */
static bool forward(const struct k2_site *s, uint32_t k, unsigned int src)
{
	unsigned int d = s->insns[k].dst;
	struct k2_edit e;
	uint32_t j;

	if (!k2_edit_init(&e, s))
		return false;
	for (j = k + 1; j < s->n && k2_live_reg(&s->live[j], d); j++) {
		struct k2_insn i = s->insns[j];

		if (k2_reads(&i, d)) {
			if (is_tied(&i, d) || !k2_rename_read(&i, d, src))
				return false;
			k2_edit_replace(&e, j, i);
		}
		if (k2_writes(&i, src) && k2_live_reg(&s->live[j + 1], d) && !k2_writes(&s->insns[j], d))
			return false;
		if (k2_writes(&s->insns[j], d))
			break;
	}
	if (j == s->n && k2_live_reg(&s->live[j], d))
		return false;
	k2_edit_delete(&e, k);
	return k2_edit_offer(&e, k);
}

/* The source dies at the copy, or only its lower half lives on (an int that is extended for a test): the copy's whole life can be
   spent in the source register, if that leaves the half alone. */
static bool stay(const struct k2_site *s, uint32_t k)
{
	unsigned int d = s->insns[k].dst, src = s->insns[k].src;
	struct k2_edit e;
	uint32_t j;

	if (src == 10 || (s->live[k + 1].regs & K2_LIVE_HI(src)) || !k2_edit_init(&e, s))
		return false;
	for (j = k + 1; j < s->n && k2_live_reg(&s->live[j], d); j++) {
		struct k2_insn i = s->insns[j];

		if (k2_writes(&i, d) && !k2_reads(&i, d))
			break;
		if (is_tied(&i, d) || (k2_writes(&i, src) && k2_live_reg(&s->live[j + 1], d)))
			return false;
		k2_rename(&i, d, src);
		if (k2_reads(&s->insns[j], d) || k2_writes(&s->insns[j], d))
			k2_edit_replace(&e, j, i);
	}
	if (j == s->n && k2_live_reg(&s->live[j], d))
		return false;
	k2_edit_delete(&e, k);
	return k2_edit_offer(&e, k);
}

/* The source dies at the copy: its value can be computed in the copy's register from the start. */
static bool back(const struct k2_site *s, uint32_t k)
{
	unsigned int d = s->insns[k].dst, src = s->insns[k].src;
	struct k2_edit e;

	if (src == 10 || k2_live_reg(&s->live[k + 1], src) || !k2_edit_init(&e, s))
		return false;
	for (uint32_t j = k; j-- > 0;) {
		struct k2_insn i = s->insns[j];
		bool starts = k2_writes(&i, src) && !k2_reads(&i, src);

		if (is_tied(&i, src))
			return false;
		if (k2_writes(&i, d) || (k2_reads(&i, d) && !starts))
			return false;
		k2_rename(&i, src, d);
		/* A value that begins here may be computed from the register that it goes to. */
		if (starts && k2_reads(&s->insns[j], d) && k2_live_reg(&s->live[j + 1], d))
			return false;
		if (k2_reads(&s->insns[j], src) || k2_writes(&s->insns[j], src))
			k2_edit_replace(&e, j, i);
		if (!starts)
			continue;
		k2_edit_delete(&e, k);
		return k2_edit_offer(&e, k);
	}
	return false;
}

/* A number that another register holds already is as good as a copy of that register. */
static bool same_number(const struct k2_site *s, uint32_t k)
{
	const struct k2_insn *i = &s->insns[k];
	k2_t v = k2_term_at(s, k + 1, i->dst);

	if (k2_isa_kind(i) != K2_KIND_ALU || K2_OP(i->code) != K2_MOV || (i->code & K2_X) || !k2_is_plain(i) || !v)
		return false;
	for (unsigned int r = 0; r < 10; r++) {
		if (r != i->dst && k2_term_at(s, k, r) == v && forward(s, k, r))
			return true;
	}
	return false;
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		const struct k2_insn *i = &s->insns[k];

		if (k2_is_copy(i) ? forward(s, k, i->src) || stay(s, k) || back(s, k) : same_number(s, k))
			return;
	}
}

const struct k2_proposer k2_propose_copy = {
	.name = "copy",
	.about = "a register copy is not needed",
	.level = 1,
	.propose = propose,
};

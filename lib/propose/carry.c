// SPDX-License-Identifier: BSD-2-Clause
/* carry: a value that is computed again because a call or another value took its register (an address on the stack, a loaded
   number) is kept in a callee-saved register that is free over that stretch. Not map addresses: one ld_imm64 is one
   instruction to the verifier, as the copy would be, and the first copy comes on top. */
#include "propose.h"

enum { USES_MAX = 16 };

/* One of r6-r9 that nobody touches from instruction `from` to `to` and that is not live there; -1: none. */
static int free_saved(const struct k2_site *s, uint32_t from, uint32_t to)
{
	for (unsigned int r = 6; r < 10; r++) {
		bool busy = k2_live_reg(&s->live[to + 1], r);

		for (uint32_t k = from; k <= to && !busy; k++)
			busy = k2_live_reg(&s->live[k], r) || k2_reads(&s->insns[k], r) || k2_writes(&s->insns[k], r);
		if (!busy)
			return (int)r;
	}
	return -1;
}

static bool computes(const struct k2_site *s, uint32_t k, k2_t v)
{
	const struct k2_insn *i = &s->insns[k];

	return k2_isa_kind(i) == K2_KIND_ALU && K2_OP(i->code) != K2_MOV && k2_is_plain(i) && k2_term_at(s, k + 1, i->dst) == v;
}

/* An address on the stack, made anew several times. */
static bool keep_address(const struct k2_site *s, uint32_t k)
{
	k2_t v = k2_term_at(s, k + 1, s->insns[k].dst);
	uint32_t use[USES_MAX], n = 0;
	struct k2_edit e;
	int c;

	if (!v || k2_t_is_const(v) || !computes(s, k, v))
		return false;
	for (uint32_t j = k; j < s->n && n < USES_MAX; j++) {
		if (computes(s, j, v))
			use[n++] = j;
	}
	if (n < 3)
		return false;
	c = free_saved(s, k, use[n - 1]);
	if (c < 0 || !k2_edit_init(&e, s))
		return false;
	k2_edit_insert(&e, k + 1, k2_mk_alu_reg(64, K2_MOV, (uint8_t)c, s->insns[k].dst));
	for (uint32_t u = 1; u < n; u++)
		k2_edit_replace(&e, use[u], k2_mk_alu_reg(64, K2_MOV, s->insns[use[u]].dst, (uint8_t)c));
	return k2_edit_offer(&e, use[1]);
}

/* Only in explicit operands, so that another register can take its place. */
static bool renamable(const struct k2_insn *i, unsigned int r)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU: case K2_KIND_LD_IMM64: case K2_KIND_LOAD: case K2_KIND_STORE: case K2_KIND_JUMP: return k2_is_plain(i);
	default: return !k2_reads(i, r) && !k2_writes(i, r);
	}
}

/* Where the life of register r that instruction j takes part in begins. n: not in the window, or not renamable. */
static uint32_t life_start(const struct k2_site *s, uint32_t j, unsigned int r)
{
	for (uint32_t k = j + 1; k-- > 0;) {
		if (!renamable(&s->insns[k], r))
			return s->n;
		if (k2_writes(&s->insns[k], r) && !k2_reads(&s->insns[k], r))
			return k;
	}
	return s->n;
}

/* The last instruction of that life; n: it goes beyond the window, or is not renamable. */
static uint32_t life_end(const struct k2_site *s, uint32_t j, unsigned int r)
{
	uint32_t end = j;

	for (uint32_t k = j + 1; k < s->n && k2_live_reg(&s->live[k], r); k++) {
		if (k2_writes(&s->insns[k], r) && !k2_reads(&s->insns[k], r))
			return end;
		if (!renamable(&s->insns[k], r))
			return s->n;
		end = k;
	}
	return end + 1 == s->n && k2_live_reg(&s->live[s->n], r) ? s->n : end;
}

/* The life of r around instruction j is spent in c instead, so that c still holds the value at instruction k. */
static bool live_elsewhere(const struct k2_site *s, uint32_t j, unsigned int r, uint32_t k)
{
	uint32_t start = life_start(s, j, r), end = life_end(s, j, r);
	struct k2_edit e;
	int c;

	if (start == s->n || end == s->n || end >= k)
		return false;
	c = free_saved(s, start, k);
	if (c < 0 || !k2_edit_init(&e, s))
		return false;
	for (uint32_t m = start; m <= end; m++) {
		struct k2_insn i = s->insns[m];

		k2_rename(&i, r, (unsigned int)c);
		if (!k2_same_insn(&i, &s->insns[m]))
			k2_edit_replace(&e, m, i);
	}
	k2_edit_replace(&e, k, k2_mk_alu_reg(64, K2_MOV, s->insns[k].dst, (uint8_t)c));
	return k2_edit_offer(&e, k);
}

/* A load of what a register held when it was last stored or loaded. */
static bool keep_loaded(const struct k2_site *s, uint32_t k)
{
	k2_t v = k2_term_at(s, k + 1, s->insns[k].dst);

	for (uint32_t j = k; v && j-- > 0;) {
		unsigned int r = s->insns[j].dst;
		enum k2_kind kind = k2_isa_kind(&s->insns[j]);

		if ((kind == K2_KIND_ALU || kind == K2_KIND_LOAD) && k2_term_at(s, j + 1, r) == v)
			return live_elsewhere(s, j, r, k);
	}
	return false;
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		if (k2_isa_kind(&s->insns[k]) == K2_KIND_LOAD ? k2_is_access(s, k) && keep_loaded(s, k) :
								k + 1 < s->n && keep_address(s, k))
			return;
	}
}

const struct k2_proposer k2_propose_carry = {
	.name = "carry",
	.about = "the value is kept in a callee-saved register",
	.level = 1,
	.propose = propose,
};

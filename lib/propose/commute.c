// SPDX-License-Identifier: BSD-2-Clause
/* commute: `d = a; t = X; d += t` with t dead behind it is `d = X; d += a`. clang makes the long form for every CO-RE field
   address, whose offset X is decided at load time. */
#include "propose.h"

static bool commutes(const struct k2_insn *i)
{
	if (k2_isa_kind(i) != K2_KIND_ALU || !(i->code & K2_X) || !k2_is_plain(i) || i->dst == i->src)
		return false;
	switch (K2_OP(i->code)) {
	case K2_ADD: case K2_MUL: case K2_OR: case K2_AND: case K2_XOR: return true;
	default: return false;
	}
}

/* The last instruction before k that writes r; n: none. */
static uint32_t last_write(const struct k2_site *s, uint32_t k, unsigned int r)
{
	for (uint32_t j = k; j-- > 0;) {
		if (k2_writes(&s->insns[j], r))
			return j;
	}
	return s->n;
}

static bool untouched(const struct k2_site *s, uint32_t from, uint32_t to, unsigned int r, bool reads_too)
{
	for (uint32_t k = from; k < to; k++) {
		if (k2_writes(&s->insns[k], r) || (reads_too && k2_reads(&s->insns[k], r)))
			return false;
	}
	return true;
}

/* The definition of t may be made in another register: it is only written there. */
static bool can_retarget(const struct k2_insn *i, unsigned int t)
{
	enum k2_kind kind = k2_isa_kind(i);

	if (i->flags & (K2_F_OPAQUE | K2_F_VOLATILE | K2_F_FROZEN | K2_F_SYM_OFF))
		return false;
	if (kind == K2_KIND_LD_IMM64 || kind == K2_KIND_LOAD)
		return i->dst == t;
	return kind == K2_KIND_ALU && K2_OP(i->code) == K2_MOV && i->dst == t;
}

static bool try_op(const struct k2_site *s, uint32_t k)
{
	unsigned int d = s->insns[k].dst, t = s->insns[k].src, a;
	uint32_t copy = last_write(s, k, d), def = last_write(s, k, t);
	struct k2_insn i;
	struct k2_edit e;

	if (copy == s->n || def == s->n || !k2_is_copy(&s->insns[copy]) || !can_retarget(&s->insns[def], t))
		return false;
	a = s->insns[copy].src;
	/* When t is a's own register, its new definition is the one that goes to d. */
	if (k2_live_reg(&s->live[k + 1], t) || (a == t && def < copy) ||
	    !untouched(s, copy + 1, a == t ? def : k, a, false))
		return false;
	/* From its definition on, t's value lives in d: nobody may use either for something else in between. */
	if (!untouched(s, def + 1, k, t, true) || !untouched(s, copy + 1, k, d, true) ||
	    (def < copy && !untouched(s, def + 1, copy, d, true)) || !k2_edit_init(&e, s))
		return false;
	i = s->insns[def];
	i.dst = (uint8_t)d;
	k2_edit_replace(&e, def, i);
	i = s->insns[k];
	i.src = (uint8_t)a;
	k2_edit_replace(&e, k, i);
	k2_edit_delete(&e, copy);
	return k2_edit_offer(&e, k);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		if (commutes(&s->insns[k]) && try_op(s, k))
			return;
	}
}

const struct k2_proposer k2_propose_commute = {
	.name = "commute",
	.about = "the operands change places and a copy is not needed",
	.level = 1,
	.propose = propose,
};

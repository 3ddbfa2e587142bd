// SPDX-License-Identifier: BSD-2-Clause
/* addr-fold: an access through a register that holds another register plus a number goes through that other register, with
   the number in its offset; the sum is then often not needed. */
#include "propose.h"

/* Another register for the address of access k. */
static bool other_base(const struct k2_site *s, uint32_t k, unsigned int avoid, uint8_t *reg, int16_t *disp)
{
	const struct k2_point *p = &s->w->old.points[k];

	for (unsigned int r = 11; r-- > 0;) {
		k2_t v = k2_term_at(s, k, r), b;
		uint64_t c;
		int64_t d;

		if (!v || r == avoid)
			continue;
		k2_t_split_const(s->w->ctx.terms, v, &b, &c);
		d = (int64_t)(p->off - c);
		if (b != p->base || d < INT16_MIN || d > INT16_MAX)
			continue;
		*reg = (uint8_t)r;
		*disp = (int16_t)d;
		return true;
	}
	return false;
}

static unsigned int base_of(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LOAD ? i->src : i->dst;
}

static bool is_mem(const struct k2_site *s, uint32_t k)
{
	enum k2_kind kind = k2_isa_kind(&s->insns[k]);
	const struct k2_point *p = &s->w->old.points[k];

	return (kind == K2_KIND_LOAD || kind == K2_KIND_STORE) && p->access && k2_is_plain(&s->insns[k]);
}

/* Every access through this base register until it changes. */
static bool move_all(const struct k2_site *s, uint32_t k)
{
	unsigned int base = base_of(&s->insns[k]);
	struct k2_edit e;

	if (base == 10 || !k2_edit_init(&e, s))
		return false;
	for (uint32_t j = k; j < s->n; j++) {
		struct k2_insn i = s->insns[j];
		uint8_t reg;
		int16_t disp;

		if (is_mem(s, j) && base_of(&i) == base && other_base(s, j, base, &reg, &disp)) {
			if (k2_isa_kind(&i) == K2_KIND_LOAD)
				i.src = reg;
			else
				i.dst = reg;
			i.off = disp;
			k2_edit_replace(&e, j, i);
		}
		if (k2_writes(&s->insns[j], base))
			break;
	}
	return k2_edit_offer(&e, k);
}

/* r += s, of another register. */
static bool adds_register(const struct k2_insn *i, unsigned int r)
{
	return i->code == (K2_ALU64 | K2_ADD | K2_X) && i->dst == r && i->src != r && k2_is_plain(i);
}

/* r += c ; perhaps r += s ; access through r, which dies: the constant moves into the offsets. */
static bool drop_add(const struct k2_site *s, uint32_t k)
{
	const struct k2_insn *add = &s->insns[k];
	unsigned int r = add->dst;
	k2_t a = k2_term_at(s, k, r), b = k2_term_at(s, k + 1, r), d;
	struct k2_edit e;
	uint32_t j;

	if (!a || !b || !k2_edit_init(&e, s))
		return false;
	d = k2_t_sub(s->w->ctx.terms, b, a);
	if (!k2_t_is_const(d))
		return false;
	k2_edit_delete(&e, k);
	for (j = k + 1; j < s->n && k2_live_reg(&s->live[j], r); j++) {
		struct k2_insn i = s->insns[j];
		int64_t off = i.off + (int64_t)d->imm;
		bool store_of_it = k2_isa_kind(&i) == K2_KIND_STORE && K2_CLASS(i.code) == K2_STX && i.src == r;

		if (!k2_reads(&i, r)) {
			if (k2_writes(&i, r))
				break;
			continue;
		}
		if (adds_register(&i, r))
			continue;
		if (!is_mem(s, j) || base_of(&i) != r || store_of_it || off < INT16_MIN || off > INT16_MAX)
			return false;
		i.off = (int16_t)off;
		k2_edit_replace(&e, j, i);
		if (k2_writes(&i, r))
			break;
	}
	if (j == s->n && k2_live_reg(&s->live[j], r))
		return false;
	return k2_edit_offer(&e, k);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		const struct k2_insn *i = &s->insns[k];
		uint8_t reg;
		int16_t disp;

		if (is_mem(s, k) && other_base(s, k, base_of(i), &reg, &disp) && move_all(s, k))
			return;
		if (k2_isa_kind(i) == K2_KIND_ALU && K2_CLASS(i->code) == K2_ALU64 && K2_OP(i->code) == K2_ADD &&
		    k2_is_plain(i) && drop_add(s, k))
			return;
	}
}

const struct k2_proposer k2_propose_addr_fold = {
	.name = "addr-fold",
	.about = "the sum moves into the access's offset",
	.level = 1,
	.propose = propose,
};

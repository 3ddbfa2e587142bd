// SPDX-License-Identifier: BSD-2-Clause
/* wide-load: a number put together from narrow loads of neighbouring bytes is loaded at once, with a byte swap when the
   pieces were put together in the other order. */
#include "propose.h"

/* The instruction whose loaded number is bits [lo, lo + 8 * its size) of v, before instruction k; -1: none. */
static int piece(const struct k2_site *s, uint32_t k, k2_t v, unsigned int lo)
{
	for (uint32_t j = k; j-- > 0;) {
		const struct k2_point *p = &s->w->old.points[j];
		unsigned int bits = 8 * k2_isa_access_size(&s->insns[j]);

		if (k2_isa_kind(&s->insns[j]) != K2_KIND_LOAD || !k2_is_access(s, j) || lo + bits > v->width)
			continue;
		if (k2_t_extract(s->w->ctx.terms, v, lo, bits) == p->value)
			return (int)j;
	}
	return -1;
}

/* v without constant zeroes on top, rounded up to an access size; 0 when it is no such number. */
static unsigned int loaded_width(k2_t v)
{
	unsigned int w = v->zeros ? 64 - (unsigned int)__builtin_clzll(~v->zeros | 1) : 64;

	if (v->op != K2_T_CONCAT)
		return 0;
	return w <= 8 ? 0 : w <= 16 ? 16 : w <= 32 ? 32 : 64;
}

static struct k2_insn swap_insn(const struct k2_site *s, unsigned int width, uint8_t dst)
{
	/* "to the other order": be on a little-endian target, le on a big-endian one */
	struct k2_insn i = k2_mk_alu_imm(32, K2_END, dst, (int32_t)width);

	if (!s->f->desc->big_endian)
		i.code |= K2_X;
	return i;
}

static void put_load(struct k2_edit *e, uint32_t k, unsigned int width, uint8_t dst, uint8_t reg, int16_t disp, bool swap)
{
	k2_edit_insert(e, k, k2_mk_load(k2_size_code(width / 8), dst, reg, disp));
	if (swap)
		k2_edit_insert(e, k, swap_insn(e->s, width, dst));
}

/* At the place of the last piece's use: the address must still be in a register. */
static bool load_late(const struct k2_site *s, uint32_t k, const struct k2_point *p, unsigned int width, bool swap)
{
	uint8_t reg;
	int16_t disp;
	struct k2_edit e;

	if (!k2_find_addr(s, k, p->base, p->off, &reg, &disp) || !k2_edit_init(&e, s))
		return false;
	put_load(&e, k, width, s->insns[k].dst, reg, disp, swap);
	k2_edit_delete(&e, k);
	return k2_edit_offer(&e, k);
}

/* At the place of the first piece, into a register that stays free until then. */
static bool load_early(const struct k2_site *s, uint32_t first, uint32_t k, const struct k2_point *p, unsigned int width,
		       bool swap)
{
	uint8_t reg;
	int16_t disp;
	struct k2_edit e;
	int r = k2_find_free(s, first, k);

	if (r < 0 || !k2_find_addr(s, first, p->base, p->off, &reg, &disp) || !k2_edit_init(&e, s))
		return false;
	put_load(&e, first, width, (uint8_t)r, reg, disp, swap);
	k2_edit_replace(&e, k, k2_mk_alu_reg(64, K2_MOV, s->insns[k].dst, (uint8_t)r));
	return k2_edit_offer(&e, k);
}

static uint32_t first_load(const struct k2_site *s, uint32_t k, const struct k2_point *p, unsigned int bytes)
{
	uint32_t first = k;

	for (uint32_t j = k; j-- > 0;) {
		const struct k2_point *q = &s->w->old.points[j];

		if (k2_isa_kind(&s->insns[j]) == K2_KIND_LOAD && k2_is_access(s, j) && q->base == p->base &&
		    q->off - p->off < bytes)
			first = j;
	}
	return first;
}

static bool try_result(const struct k2_site *s, uint32_t k, k2_t v)
{
	unsigned int width = loaded_width(v), high_bits;
	const struct k2_point *pl, *ph, *start;
	int low, high;
	bool swap;

	if (!width)
		return false;
	low = piece(s, k, v, 0);
	if (low < 0)
		return false;
	pl = &s->w->old.points[low];
	high_bits = 8 * k2_isa_access_size(&s->insns[low]);
	high = piece(s, k, v, width - high_bits);
	if (high < 0)
		high = piece(s, k, v, width - 8);
	if (high < 0 || high == low)
		return false;
	ph = &s->w->old.points[high];
	if (pl->base != ph->base)
		return false;
	/* Where the low piece lies says in which order the bytes are. */
	swap = ((int64_t)(ph->off - pl->off) > 0) == s->f->desc->big_endian;
	start = (int64_t)(ph->off - pl->off) > 0 ? pl : ph;
	return load_late(s, k, start, width, swap) ||
	       load_early(s, first_load(s, k, start, width / 8), k, start, width, swap);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = s->n; k-- > 0;) {
		const struct k2_insn *i = &s->insns[k];
		k2_t v = k2_isa_kind(i) == K2_KIND_ALU && k2_is_plain(i) ? k2_term_at(s, k + 1, i->dst) : NULL;

		if (v && k2_live_reg(&s->live[k + 1], i->dst) && try_result(s, k, v))
			return;
	}
}

const struct k2_proposer k2_propose_wide_load = {
	.name = "wide-load",
	.about = "neighbouring bytes are loaded at once",
	.level = 1,
	.propose = propose,
};

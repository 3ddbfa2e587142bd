// SPDX-License-Identifier: BSD-2-Clause
/* Is every field of an instruction in the range that its row gives? */
#include "isa.h"

static bool fits_s32(int64_t v)
{
	return v >= INT32_MIN && v <= INT32_MAX;
}

static const char *check_reg(const struct k2_isa_field *f, uint8_t reg, bool is_src)
{
	switch (f->rule) {
	case K2_RULE_ZERO:
		if (!reg)
			return NULL;
		return is_src ? "the unused source register is not zero" :
				"the unused destination register is not zero";
	case K2_RULE_RD:
	case K2_RULE_WR:
	case K2_RULE_RW:
		if (reg > 10)
			return "there are no registers above r10";
		if (reg == 10 && f->rule != K2_RULE_RD)
			return "r10 cannot be written";
		return NULL;
	default: /* IS: has selected the row */
		return NULL;
	}
}

static const char *check_off(const struct k2_isa_field *f, const struct k2_insn *i)
{
	if (f->rule == K2_RULE_ZERO && i->off)
		return "the unused offset is not zero";
	if (f->rule == K2_RULE_NONNEG && i->off < 0)
		return "the module index of a kfunc is negative";
	return NULL;
}

static const char *check_imm(const struct k2_isa_row *r, const struct k2_insn *i)
{
	if (r->imm.rule == K2_RULE_IMM64)
		return NULL;
	if (r->imm.rule == K2_RULE_U32)
		return i->imm < 0 || i->imm > UINT32_MAX ? "the second slot's immediate is not zero" : NULL;
	if (!fits_s32(i->imm))
		return "the immediate does not fit 32 bits";
	/* Never read as a number. */
	if (i->flags & K2_F_SYM_IMM)
		return NULL;
	switch (r->imm.rule) {
	case K2_RULE_ZERO:
		return i->imm ? "the unused immediate is not zero" : NULL;
	case K2_RULE_SHIFT:
		return i->imm < 0 || i->imm >= r->width ? "the shift count is not below the operand's width" : NULL;
	case K2_RULE_NONZERO:
		return i->imm ? NULL : "division by an immediate zero";
	default:
		return NULL;
	}
}

/* Flags that make no sense on this row. */
static const char *check_flags(const struct k2_isa_row *r, const struct k2_insn *i)
{
	bool mem = r->kind == K2_KIND_LOAD || r->kind == K2_KIND_STORE || r->kind == K2_KIND_ATOMIC;

	if ((i->flags & K2_F_ONE_SLOT) && (r->kind != K2_KIND_LD_IMM64 || i->src || !fits_s32(i->imm)))
		return "only a 64-bit constant that fits 32 bits can take one slot";
	if ((i->flags & K2_F_SYM_OFF) && !mem)
		return "only loads and stores have a symbolic offset";
	if ((i->flags & K2_F_SYM_IMM) &&
	    (r->imm.rule == K2_RULE_ZERO || r->imm.rule == K2_RULE_IS || r->imm.rule == K2_RULE_JUMP))
		return "the instruction has no immediate that could be symbolic";
	return NULL;
}

static const char *check_opaque(const struct k2_insn *i)
{
	if (i->dst > 15 || i->src > 15)
		return "a register number does not fit 4 bits";
	return fits_s32(i->imm) ? NULL : "the immediate does not fit 32 bits";
}

const char *k2_isa_validate(const struct k2_insn *i)
{
	const struct k2_isa_row *r = k2_isa_row(i);
	const char *why;

	if (i->flags & K2_F_OPAQUE)
		return check_opaque(i);
	if (!r)
		return "no such instruction";
	if ((why = check_reg(&r->dst, i->dst, false)) || (why = check_reg(&r->src, i->src, true)))
		return why;
	if ((why = check_off(&r->off, i)) || (why = check_imm(r, i)))
		return why;
	return check_flags(r, i);
}

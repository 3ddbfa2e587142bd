// SPDX-License-Identifier: BSD-2-Clause
/* The expressions of rules over terms; expr.c says the same for known constants. */
#include "rules.h"

static k2_t number(struct k2_rule_terms *x, uint64_t v)
{
	return k2_t_const(x->t, 64, v);
}

static k2_t flag(struct k2_rule_terms *x, k2_t bit)
{
	return k2_t_zext(x->t, bit, 64);
}

static k2_t shift_by(struct k2_rule_terms *x, enum k2_rule_op op, k2_t a, k2_t n)
{
	k2_t most = number(x, 63), sign = k2_t_ashr(x->t, a, most), v;
	k2_t far = op == K2_RX_SAR ? sign : number(x, 0);

	if (k2_t_is_const(n) && n->imm > 63)
		return far;
	v = op == K2_RX_SHL ? k2_t_shl(x->t, a, n) : op == K2_RX_SHR ? k2_t_lshr(x->t, a, n) : k2_t_ashr(x->t, a, n);
	return k2_t_is_const(n) ? v : k2_t_ite(x->t, k2_t_ult(x->t, most, n), far, v);
}

static k2_t swapped(struct k2_rule_terms *x, k2_t a, unsigned int bits)
{
	k2_t v = k2_t_extract(x->t, a, 0, 8);

	for (unsigned int k = 8; k < bits; k += 8)
		v = k2_t_concat(x->t, v, k2_t_extract(x->t, a, k, 8));
	return k2_t_zext(x->t, v, 64);
}

static k2_t ones(struct k2_rule_terms *x, k2_t n)
{
	k2_t one = number(x, 1), all = number(x, ~0ull);

	if (k2_t_is_const(n))
		return number(x, k2_mask((unsigned int)K2_MIN(n->imm, 64u)));
	return k2_t_ite(x->t, k2_t_ult(x->t, number(x, 63), n), all, k2_t_sub(x->t, k2_t_shl(x->t, one, n), one));
}

static k2_t unary(struct k2_rule_terms *x, const struct k2_rule_expr *e)
{
	k2_t a = k2_rule_term(x, e->a);

	switch (e->op) {
	case K2_RX_NEG: return k2_t_sub(x->t, number(x, 0), a);
	case K2_RX_NOT: return k2_t_not(x->t, a);
	case K2_RX_ONES: return ones(x, a);
	case K2_RX_ZEXT: return k2_t_zext(x->t, k2_t_extract(x->t, a, 0, (unsigned int)e->value), 64);
	case K2_RX_SEXT: return k2_t_sext(x->t, k2_t_extract(x->t, a, 0, (unsigned int)e->value), 64);
	case K2_RX_SWAP: return swapped(x, a, (unsigned int)e->value);
	default: break; /* log2, of numbers only */
	}
	if (k2_t_is_const(a))
		return number(x, a->imm ? 63u - (unsigned int)__builtin_clzll(a->imm) : 0);
	x->why = "the logarithm of a constant that is not tried value by value";
	return a;
}

k2_t k2_rule_term(struct k2_rule_terms *x, uint16_t expr)
{
	const struct k2_rule_expr *e = &x->set->exprs[expr];
	k2_t a, b;

	if (e->op == K2_RX_NUMBER)
		return number(x, (uint64_t)e->value);
	if (e->op == K2_RX_SYMBOL)
		return x->sym[e->value];
	if (e->op < K2_RX_ADD)
		return unary(x, e);
	a = k2_rule_term(x, e->a);
	b = k2_rule_term(x, e->b);
	switch (e->op) {
	case K2_RX_ADD: return k2_t_add(x->t, a, b);
	case K2_RX_SUB: return k2_t_sub(x->t, a, b);
	case K2_RX_MUL: return k2_t_mul(x->t, a, b);
	case K2_RX_AND: return k2_t_and(x->t, a, b);
	case K2_RX_OR: return k2_t_or(x->t, a, b);
	case K2_RX_XOR: return k2_t_xor(x->t, a, b);
	case K2_RX_EQ: return flag(x, k2_t_eq(x->t, a, b));
	case K2_RX_NE: return flag(x, k2_t_not(x->t, k2_t_eq(x->t, a, b)));
	case K2_RX_LT: return flag(x, k2_t_slt(x->t, a, b));
	case K2_RX_LE: return flag(x, k2_t_not(x->t, k2_t_slt(x->t, b, a)));
	case K2_RX_ULT: return flag(x, k2_t_ult(x->t, a, b));
	case K2_RX_ULE: return flag(x, k2_t_not(x->t, k2_t_ult(x->t, b, a)));
	default: return shift_by(x, (enum k2_rule_op)e->op, a, b);
	}
}

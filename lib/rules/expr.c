// SPDX-License-Identifier: BSD-2-Clause
/* What the expressions of rules give for known constants. term.c says the same over terms. */
#include "rules.h"

static uint64_t swapped(uint64_t v, int64_t bits)
{
	switch (bits) {
	case 16: return __builtin_bswap16((uint16_t)v);
	case 32: return __builtin_bswap32((uint32_t)v);
	default: return __builtin_bswap64(v);
	}
}

static uint64_t unary(const struct k2_rule_expr *e, uint64_t a)
{
	switch (e->op) {
	case K2_RX_NEG: return 0 - a;
	case K2_RX_NOT: return ~a;
	case K2_RX_ONES: return k2_mask((unsigned int)K2_MIN(a, 64u));
	case K2_RX_ZEXT: return a & k2_mask((unsigned int)e->value);
	case K2_RX_SEXT: return (uint64_t)k2_sext(a, (unsigned int)e->value);
	case K2_RX_SWAP: return swapped(a, e->value);
	default: return a ? 63u - (unsigned int)__builtin_clzll(a) : 0;
	}
}

static uint64_t shifted(uint8_t op, uint64_t a, uint64_t n)
{
	if (n > 63)
		return op == K2_RX_SAR && (int64_t)a < 0 ? ~0ull : 0;
	switch (op) {
	case K2_RX_SHL: return a << n;
	case K2_RX_SHR: return a >> n;
	default: return (uint64_t)((int64_t)a >> n);
	}
}

static uint64_t binary(uint8_t op, uint64_t a, uint64_t b)
{
	switch (op) {
	case K2_RX_ADD: return a + b;
	case K2_RX_SUB: return a - b;
	case K2_RX_MUL: return a * b;
	case K2_RX_AND: return a & b;
	case K2_RX_OR: return a | b;
	case K2_RX_XOR: return a ^ b;
	case K2_RX_EQ: return a == b;
	case K2_RX_NE: return a != b;
	case K2_RX_LT: return (int64_t)a < (int64_t)b;
	case K2_RX_LE: return (int64_t)a <= (int64_t)b;
	case K2_RX_ULT: return a < b;
	case K2_RX_ULE: return a <= b;
	default: return shifted(op, a, b);
	}
}

uint64_t k2_rule_value(const struct k2_rules *rs, uint16_t expr, const uint64_t *syms)
{
	const struct k2_rule_expr *e = &rs->exprs[expr];

	if (e->op == K2_RX_NUMBER)
		return (uint64_t)e->value;
	if (e->op == K2_RX_SYMBOL)
		return syms[e->value];
	if (e->op < K2_RX_ADD)
		return unary(e, k2_rule_value(rs, e->a, syms));
	return binary(e->op, k2_rule_value(rs, e->a, syms), k2_rule_value(rs, e->b, syms));
}

int k2_rule_solve(const struct k2_rules *rs, uint16_t expr, uint64_t v, uint64_t *value)
{
	const struct k2_rule_expr *e = &rs->exprs[expr];

	if (e->op == K2_RX_SYMBOL) {
		*value = v;
		return (int)e->value;
	}
	if ((e->op != K2_RX_ADD && e->op != K2_RX_SUB) || rs->exprs[e->b].op != K2_RX_NUMBER)
		return -1;
	return k2_rule_solve(rs, e->a, e->op == K2_RX_ADD ? v - (uint64_t)rs->exprs[e->b].value : v + (uint64_t)rs->exprs[e->b].value,
			     value);
}

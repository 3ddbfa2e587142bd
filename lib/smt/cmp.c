// SPDX-License-Identifier: BSD-2-Clause
/* Comparisons. Constants stand on the right; "at most" is the complement of "less"; signed comparisons whose signs are
   known are unsigned ones. */
#include "terms_impl.h"

static k2_t bit(struct k2_terms *t, bool v)
{
	return k2_t_const(t, 1, v);
}

static bool const_choice(k2_t a)
{
	return a->op == K2_T_ITE && k2_t_is_const(a->args[1]) && k2_t_is_const(a->args[2]);
}

typedef k2_t (*compare)(struct k2_terms *t, k2_t a, k2_t b);

/* A choice of constants compared with a constant. */
static k2_t by_choice(struct k2_terms *t, compare f, k2_t a, k2_t b)
{
	if (const_choice(a) && k2_t_is_const(b))
		return k2_t_ite(t, a->args[0], f(t, a->args[1], b), f(t, a->args[2], b));
	if (const_choice(b) && k2_t_is_const(a))
		return k2_t_ite(t, b->args[0], f(t, a, b->args[1]), f(t, a, b->args[2]));
	return NULL;
}

/* Leaves out the slices in which both are equal: all of them, or those at the two ends. false: nothing to leave out. */
static bool strip(struct k2_terms *t, k2_t *a, k2_t *b, bool ends)
{
	uint64_t cuts = (concat_cuts(*a) | concat_cuts(*b)) >> 1, equal = 0;
	unsigned int w = (*a)->width, n = 0, first = 0, last, at[65];
	struct cat ca = { .n = 0 }, cb = { .n = 0 };

	if (!cuts || t->depth >= MAX_DEPTH)
		return false;
	at[0] = 0;
	for (; cuts; cuts &= cuts - 1)
		at[++n] = (unsigned int)__builtin_ctzll(cuts) + 1;
	at[++n] = w;
	for (unsigned int i = 0; i < n; i++)
		if (k2_t_extract(t, *a, at[i], at[i + 1] - at[i]) == k2_t_extract(t, *b, at[i], at[i + 1] - at[i]))
			equal |= 1ull << i;
	for (last = n; last > first && (equal >> (last - 1) & 1);)
		last--;
	while (first < last && (equal >> first & 1))
		first++;
	if (!equal || first == last || (ends && !first && last == n))
		return false;
	for (unsigned int i = first; i < last; i++) {
		if (!ends && (equal >> i & 1))
			continue;
		cat_push(t, &ca, k2_t_extract(t, *a, at[i], at[i + 1] - at[i]));
		cat_push(t, &cb, k2_t_extract(t, *b, at[i], at[i + 1] - at[i]));
	}
	*a = cat_done(t, &ca);
	*b = cat_done(t, &cb);
	return true;
}

static k2_t eq_node(struct k2_terms *t, k2_t a, k2_t b)
{
	k2_t args[2] = { a, b };

	if (k2_t_is_const(a) || (!k2_t_is_const(b) && a->id > b->id)) {
		args[0] = b;
		args[1] = a;
	}
	return term_make(t, K2_T_EQ, 1, 0, args, 2);
}

/* The inverse of an odd number mod 2^64. */
static uint64_t inverse(uint64_t c)
{
	uint64_t x = c;

	for (int i = 0; i < 6; i++)
		x *= 2 - c * x;
	return x;
}

static k2_t eq_pair(struct k2_terms *t, struct lin *l)
{
	k2_t x = l->u[0], y = l->u[1];
	uint64_t k = l->k;

	if ((l->c[0] & k2_mask(l->w)) != 1) {
		x = l->u[1];
		y = l->u[0];
	}
	/* x + k == y; the constant goes to the older one */
	if (x->id < y->id)
		return eq_node(t, k2_t_add(t, x, k2_t_const(t, l->w, k)), y);
	return eq_node(t, x, k2_t_add(t, y, k2_t_const(t, l->w, -k)));
}

/* Σ c·u + k == 0 */
static k2_t eq_linear(struct k2_terms *t, struct lin *l)
{
	uint64_t k = l->k, m = k2_mask(l->w), sum = 0;
	struct lin neg = *l;
	k2_t base, minus;

	if (l->n == 1 && (l->c[0] & 1))
		return eq_node(t, l->u[0], k2_t_const(t, l->w, -k * inverse(l->c[0])));
	for (unsigned int i = 0; i < l->n; i++) {
		uint64_t c = l->c[i] & m;

		sum += c == 1 ? 1 : c == m ? 0x10000 : 0x1000000;
		neg.c[i] = -l->c[i];
	}
	if (sum == 0x10001 && l->n == 2 && l->w > 1)
		return eq_pair(t, l);
	l->k = neg.k = 0;
	base = lin_build(t, l);
	minus = lin_build(t, &neg);
	return base->id <= minus->id ? eq_node(t, base, k2_t_const(t, l->w, -k)) :
				       eq_node(t, minus, k2_t_const(t, l->w, k));
}

static bool linear(k2_t a)
{
	return a->op == K2_T_ADD || (a->op == K2_T_MUL && k2_t_is_const(a->args[a->n_args - 1]));
}

static k2_t eq_difference(struct k2_terms *t, k2_t a, k2_t b)
{
	k2_t d = k2_t_sub(t, a, b);
	struct lin l;

	if (k2_t_is_const(d) || d->umin)
		return bit(t, is_zero(d));
	lin_init(&l, a->width);
	lin_add(t, &l, a, 1);
	lin_add(t, &l, b, ~0ull);
	for (unsigned int i = 0; i < l.n;) { /* cancelled units */
		if (l.c[i] & k2_mask(l.w)) {
			i++;
			continue;
		}
		l.u[i] = l.u[--l.n];
		l.c[i] = l.c[l.n];
	}
	return l.n ? eq_linear(t, &l) : bit(t, !(l.k & k2_mask(l.w)));
}

/* x ^ k == c, sext(x) == c, sext(x) == sext(y); NULL when it is none of these. */
static k2_t eq_moved(struct k2_terms *t, k2_t a, k2_t b)
{
	if (a->op == K2_T_NOT && (b->op == K2_T_NOT || k2_t_is_const(b)))
		return k2_t_eq(t, a->args[0], k2_t_not(t, b));
	if (a->op == K2_T_XOR && is_zero(b) && a->n_args == 2)
		return k2_t_eq(t, a->args[0], a->args[1]);
	if (a->op == K2_T_XOR && k2_t_is_const(b) && k2_t_is_const(a->args[a->n_args - 1])) {
		k2_t k = a->args[a->n_args - 1];

		return k2_t_eq(t, k2_t_xor(t, a, k), k2_t_xor(t, b, k));
	}
	if (a->op == K2_T_SEXT && k2_t_is_const(b)) {
		k2_t low = k2_t_extract(t, b, 0, a->args[0]->width);

		return k2_t_sext(t, low, a->width) == b ? k2_t_eq(t, a->args[0], low) : bit(t, false);
	}
	if (a->op == K2_T_SEXT && b->op == K2_T_SEXT && a->args[0]->width == b->args[0]->width)
		return k2_t_eq(t, a->args[0], b->args[0]);
	return NULL;
}

static k2_t eq_deep(struct k2_terms *t, k2_t a, k2_t b)
{
	k2_t r = by_choice(t, k2_t_eq, a, b);

	if (!r)
		r = eq_moved(t, a, b);
	if (!r && strip(t, &a, &b, false))
		r = k2_t_eq(t, a, b);
	if (!r && (linear(a) || linear(b)))
		r = eq_difference(t, a, b);
	return r ? r : eq_node(t, a, b);
}

k2_t k2_t_eq(struct k2_terms *t, k2_t a, k2_t b)
{
	k2_t r;

	if (a == b)
		return bit(t, true);
	if ((a->ones & b->zeros) || (a->zeros & b->ones) || a->umin > b->umax || b->umin > a->umax)
		return bit(t, false);
	if (a->width == 1)
		return k2_t_not(t, k2_t_xor(t, a, b));
	if (k2_t_is_const(a)) {
		r = a;
		a = b;
		b = r;
	}
	if (t->depth >= MAX_DEPTH)
		return eq_node(t, a, b);
	t->depth++;
	r = eq_deep(t, a, b);
	t->depth--;
	return r;
}

static bool power_of_2(uint64_t v)
{
	return v && !(v & (v - 1));
}

static k2_t ult_const(struct k2_terms *t, k2_t a, k2_t b)
{
	uint64_t m = k2_mask(a->width);
	unsigned int lo = b->imm ? (unsigned int)__builtin_ctzll(b->imm) : 0, w = a->width - lo;

	if (power_of_2(b->imm))
		return k2_t_eq(t, k2_t_extract(t, a, lo, w), k2_t_const(t, w, 0));
	if (power_of_2((m & ~b->imm) + 1))
		return k2_t_not(t, k2_t_eq(t, k2_t_extract(t, a, lo, w), k2_t_const(t, w, ~0ull)));
	return term_make(t, K2_T_ULT, 1, 0, (k2_t[]){ a, b }, 2);
}

static k2_t ult_deep(struct k2_terms *t, k2_t a, k2_t b)
{
	k2_t r = by_choice(t, k2_t_ult, a, b);

	if (r)
		return r;
	if (strip(t, &a, &b, true))
		return k2_t_ult(t, a, b);
	if (k2_t_is_const(a)) /* a is not the largest: b's range says so */
		return k2_t_not(t, k2_t_ult(t, b, k2_t_const(t, a->width, a->imm + 1)));
	if (k2_t_is_const(b))
		return ult_const(t, a, b);
	return term_make(t, K2_T_ULT, 1, 0, (k2_t[]){ a, b }, 2);
}

k2_t k2_t_ult(struct k2_terms *t, k2_t a, k2_t b)
{
	k2_t r;

	if (a == b || a->umin >= b->umax)
		return bit(t, false);
	if (a->umax < b->umin)
		return bit(t, true);
	if (a->width == 1)
		return k2_t_and(t, k2_t_not(t, a), b);
	if (t->depth >= MAX_DEPTH)
		return term_make(t, K2_T_ULT, 1, 0, (k2_t[]){ a, b }, 2);
	t->depth++;
	r = ult_deep(t, a, b);
	t->depth--;
	return r;
}

/* sext(x) against a constant that x's width cannot hold is decided; otherwise both get narrower. */
static k2_t slt_sext(struct k2_terms *t, k2_t a, k2_t b)
{
	k2_t x = a->op == K2_T_SEXT ? a : b, k = a->op == K2_T_SEXT ? b : a, low;
	unsigned int w = x->op == K2_T_SEXT ? x->args[0]->width : 0;
	bool negative;

	if (a->op == K2_T_SEXT && b->op == K2_T_SEXT && b->args[0]->width == w)
		return k2_t_slt(t, a->args[0], b->args[0]);
	if (!w || !k2_t_is_const(k))
		return NULL;
	low = k2_t_const(t, w, k->imm);
	if (k2_t_sext(t, low, k->width) == k)
		return x == a ? k2_t_slt(t, x->args[0], low) : k2_t_slt(t, low, x->args[0]);
	negative = k->imm >> (k->width - 1) & 1;
	return bit(t, x == a ? !negative : negative);
}

static k2_t slt_deep(struct k2_terms *t, k2_t a, k2_t b)
{
	uint64_t sign = 1ull << (a->width - 1);
	k2_t r = by_choice(t, k2_t_slt, a, b);

	if (!r)
		r = slt_sext(t, a, b);
	if (r)
		return r;
	if (is_zero(b))
		return k2_t_extract(t, a, a->width - 1u, 1);
	if (k2_t_is_const(a)) {
		if (a->imm == sign - 1)
			return bit(t, false);
		return k2_t_not(t, k2_t_slt(t, b, k2_t_const(t, a->width, a->imm + 1)));
	}
	if (k2_t_is_const(b) && b->imm == sign)
		return bit(t, false);
	return term_make(t, K2_T_SLT, 1, 0, (k2_t[]){ a, b }, 2);
}

k2_t k2_t_slt(struct k2_terms *t, k2_t a, k2_t b)
{
	uint64_t sign = 1ull << (a->width - 1);
	k2_t r;

	if (a == b)
		return bit(t, false);
	if ((a->zeros & b->zeros & sign) || (a->ones & b->ones & sign))
		return k2_t_ult(t, a, b);
	if ((a->zeros & b->ones & sign) || (a->ones & b->zeros & sign))
		return bit(t, (a->ones & sign) != 0);
	if (a->width == 1)
		return k2_t_and(t, a, k2_t_not(t, b));
	if (t->depth >= MAX_DEPTH)
		return term_make(t, K2_T_SLT, 1, 0, (k2_t[]){ a, b }, 2);
	t->depth++;
	r = slt_deep(t, a, b);
	t->depth--;
	return r;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Add, subtract, multiply, divide. */
#include "terms_impl.h"

typedef __int128 wide;

k2_t k2_t_add(struct k2_terms *t, k2_t a, k2_t b)
{
	struct lin l;

	if (is_zero(a))
		return b;
	if (is_zero(b))
		return a;
	lin_init(&l, a->width);
	lin_add(t, &l, a, 1);
	lin_add(t, &l, b, 1);
	return lin_build(t, &l);
}

k2_t k2_t_sub(struct k2_terms *t, k2_t a, k2_t b)
{
	struct lin l;

	if (is_zero(b))
		return a;
	lin_init(&l, a->width);
	lin_add(t, &l, a, 1);
	lin_add(t, &l, b, ~0ull);
	return lin_build(t, &l);
}

k2_t mul_flat(struct k2_terms *t, k2_t a, k2_t b)
{
	k2_t args[MAX_FLAT];
	unsigned int n = 0;

	if ((a->op == K2_T_MUL ? a->n_args : 1u) + (b->op == K2_T_MUL ? b->n_args : 1u) > MAX_FLAT) {
		args[n++] = a;
		args[n++] = b;
	} else {
		for (unsigned int i = 0; i < (a->op == K2_T_MUL ? a->n_args : 1u); i++)
			args[n++] = a->op == K2_T_MUL ? a->args[i] : a;
		for (unsigned int i = 0; i < (b->op == K2_T_MUL ? b->n_args : 1u); i++)
			args[n++] = b->op == K2_T_MUL ? b->args[i] : b;
	}
	sort_terms(args, n);
	for (unsigned int i = 0; i + 1 < n; i++) { /* the constant goes last */
		k2_t x = args[i];

		if (x->op != K2_T_CONST)
			continue;
		args[i] = args[i + 1];
		args[i + 1] = x;
	}
	return term_make(t, K2_T_MUL, a->width, 0, args, n);
}

/* a as c·u; u is `a` itself unless that is plain to see. */
static k2_t peel(struct k2_terms *t, k2_t a, uint64_t *c)
{
	struct lin l;

	*c = 1;
	if (a->op != K2_T_MUL && a->op != K2_T_CONCAT)
		return a;
	lin_init(&l, a->width);
	lin_add(t, &l, a, 1);
	if (l.n != 1 || l.k)
		return a;
	*c = l.c[0];
	return l.u[0];
}

k2_t k2_t_mul(struct k2_terms *t, k2_t a, k2_t b)
{
	uint64_t ca, cb;
	struct lin l;

	if (a->width == 1)
		return k2_t_and(t, a, b);
	lin_init(&l, a->width);
	if (k2_t_is_const(a)) {
		lin_add(t, &l, b, a->imm);
	} else if (k2_t_is_const(b)) {
		lin_add(t, &l, a, b->imm);
	} else {
		a = peel(t, a, &ca);
		b = peel(t, b, &cb);
		lin_add(t, &l, mul_flat(t, a, b), ca * cb);
	}
	return lin_build(t, &l);
}

/* One summand as coefficient times something, in integers: adds what it can be to lo and hi. */
static void widen_part(struct k2_terms *t, struct lin *l, k2_t a, wide *lo, wide *hi)
{
	wide limit = (wide)1 << a->width, c = 1;
	k2_t u = a;

	if (a->op == K2_T_CONST) {
		int64_t k = k2_sext(a->imm, a->width);

		*lo += k;
		*hi += k;
		l->k += (uint64_t)k;
		return;
	}
	if (a->op == K2_T_MUL && a->n_args == 2 && k2_t_is_const(a->args[1])) {
		c = k2_sext(a->args[1]->imm, a->width);
		u = a->args[0];
		if (c * u->umax >= limit || c * u->umax <= -limit) {
			c = 1;
			u = a;
		}
	}
	*lo += c * (c < 0 ? u->umax : u->umin);
	*hi += c * (c < 0 ? u->umin : u->umax);
	lin_add(t, l, k2_t_zext(t, u, l->w), (uint64_t)c);
}

static k2_t widen_mul(struct k2_terms *t, k2_t a, unsigned int w)
{
	unsigned __int128 max = 1;
	k2_t r = k2_t_const(t, w, 1);

	for (unsigned int i = 0; i < a->n_args; i++) {
		max *= a->args[i]->umax;
		if (max > k2_mask(a->width))
			return NULL;
	}
	for (unsigned int i = 0; i < a->n_args; i++)
		r = k2_t_mul(t, r, k2_t_zext(t, a->args[i], w));
	return r;
}

/* Deciding first would mean the same walk twice; terms made in vain are rare. */
k2_t sum_widen(struct k2_terms *t, k2_t a, unsigned int w)
{
	wide lo = 0, hi = 0;
	struct lin l;
	k2_t r = NULL;

	if (t->depth >= MAX_DEPTH || a->width == 1)
		return NULL;
	t->depth++;
	if (a->op == K2_T_MUL) {
		r = widen_mul(t, a, w);
	} else {
		lin_init(&l, w);
		for (unsigned int i = 0; i < a->n_args; i++)
			widen_part(t, &l, a->args[i], &lo, &hi);
		if (lo >= 0 && hi <= (wide)k2_mask(a->width))
			r = lin_build(t, &l);
	}
	t->depth--;
	return r && r->op == K2_T_CONCAT ? NULL : r;
}

/* Division of numbers that are small in their width is the same in a smaller one. */
static k2_t narrow_div(struct k2_terms *t, unsigned int op, k2_t a, k2_t b)
{
	uint64_t max = a->umax | b->umax;
	unsigned int w = 64u - (unsigned int)__builtin_clzll(max | 1), full = a->width;
	k2_t args[2] = { a, b };

	if (w >= full)
		return term_make(t, op, full, 0, args, 2);
	args[0] = k2_t_extract(t, a, 0, w);
	args[1] = k2_t_extract(t, b, 0, w);
	return k2_t_zext(t, term_make(t, op, w, 0, args, 2), full);
}

k2_t k2_t_udiv(struct k2_terms *t, k2_t a, k2_t b)
{
	if (is_zero(b))
		return k2_t_const(t, a->width, ~0ull);
	if (k2_t_is_const(b) && !(b->imm & (b->imm - 1)))
		return k2_t_lshr(t, a, k2_t_const(t, a->width, (unsigned int)__builtin_ctzll(b->imm)));
	if (a->umax < b->umin)
		return k2_t_const(t, a->width, 0);
	if (b->umin)
		return narrow_div(t, K2_T_UDIV, a, b);
	return term_make(t, K2_T_UDIV, a->width, 0, (k2_t[]){ a, b }, 2);
}

k2_t k2_t_urem(struct k2_terms *t, k2_t a, k2_t b)
{
	if (is_zero(b) || a->umax < b->umin)
		return a;
	if (k2_t_is_const(b) && !(b->imm & (b->imm - 1)))
		return k2_t_and(t, a, k2_t_const(t, a->width, b->imm - 1));
	return narrow_div(t, K2_T_UREM, a, b);
}

static bool both_positive(k2_t a, k2_t b)
{
	return (a->zeros & b->zeros) >> (a->width - 1) & 1;
}

k2_t k2_t_sdiv(struct k2_terms *t, k2_t a, k2_t b)
{
	/* a positive dividend over 0 is -1 signed and all ones unsigned: the same */
	if (both_positive(a, b))
		return k2_t_udiv(t, a, b);
	if (is_ones(b) && b->width > 1)
		return k2_t_sub(t, k2_t_const(t, a->width, 0), a);
	if (k2_t_is_const(b) && b->imm == 1 && b->width > 1)
		return a;
	return term_make(t, K2_T_SDIV, a->width, 0, (k2_t[]){ a, b }, 2);
}

k2_t k2_t_srem(struct k2_terms *t, k2_t a, k2_t b)
{
	if (is_zero(b))
		return a;
	if (both_positive(a, b))
		return k2_t_urem(t, a, b);
	if (is_ones(b) || (k2_t_is_const(b) && b->imm == 1))
		return k2_t_const(t, a->width, 0);
	return term_make(t, K2_T_SREM, a->width, 0, (k2_t[]){ a, b }, 2);
}

void k2_t_split_const(struct k2_terms *t, k2_t a, k2_t *base, uint64_t *c)
{
	unsigned int n = a->n_args - 1u;
	struct lin l;

	*base = a;
	*c = 0;
	if (a->op == K2_T_CONST) {
		*base = NULL;
		*c = a->imm;
	} else if (a->op == K2_T_ADD && k2_t_is_const(a->args[n])) {
		*c = a->args[n]->imm;
		*base = n == 1 ? a->args[0] : term_make(t, K2_T_ADD, a->width, 0, a->args, n);
	} else if (a->op == K2_T_CONCAT || a->op == K2_T_OR) {
		lin_init(&l, a->width);
		lin_add(t, &l, a, 1);
		*c = l.k & k2_mask(a->width);
		l.k = 0;
		*base = *c ? lin_build(t, &l) : a;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
/* Sums as linear forms with coefficients.

   A sum is Σ c·u + k. Its normal form: units distinct and no sums, coefficients collected; when all coefficients are
   even, the low bits that do not depend on any unit are split off (2x + 5 is CONCAT(x + 2, 1)); summands whose bits
   cannot meet are ORed, which makes them one CONCAT; -x + k where no borrow can happen is XOR(x, k). A summand c·u is
   u, or MUL(u, c) for odd c, or CONCAT(.., 0) for even c. */
#include "terms_impl.h"

void lin_init(struct lin *l, unsigned int w)
{
	l->n = 0;
	l->w = w;
	l->k = 0;
}

/* Too many units: half of them become one unit, a sum that stays closed. */
static void lin_close(struct k2_terms *t, struct lin *l)
{
	k2_t v[MAX_FLAT];
	unsigned int n = 0;

	while (l->n > MAX_FLAT / 2) {
		k2_t pair[2] = { l->u[--l->n], k2_t_const(t, l->w, l->c[l->n]) };

		v[n++] = term_make(t, K2_T_MUL, l->w, 0, pair, 2);
	}
	l->u[l->n] = term_make(t, K2_T_ADD, l->w, 0, v, n);
	l->c[l->n++] = 1;
}

static void lin_unit(struct k2_terms *t, struct lin *l, k2_t u, uint64_t coef)
{
	for (unsigned int i = 0; i < l->n; i++) {
		if (l->u[i] == u) {
			l->c[i] += coef;
			return;
		}
	}
	if (l->n == MAX_FLAT)
		lin_close(t, l);
	l->u[l->n] = u;
	l->c[l->n++] = coef;
}

/* Some value of width w whose low bits are `a`; the one that `a` was cut from, if that can be seen. */
static k2_t lift(struct k2_terms *t, k2_t a, unsigned int w)
{
	if (a->op == K2_T_EXTRACT && w <= a->args[0]->width - a->imm)
		return k2_t_extract(t, a->args[0], (unsigned int)a->imm, w);
	if (a->op == K2_T_SEXT)
		return k2_t_sext(t, a->args[0], w);
	if (a->op == K2_T_CONCAT) {
		unsigned int low = a->width - a->args[0]->width;

		return k2_t_concat(t, lift(t, a->args[0], w - low), k2_t_extract(t, a, 0, low));
	}
	if (a->op == K2_T_NOT)
		return k2_t_not(t, lift(t, a->args[0], w));
	return k2_t_zext(t, a, w);
}

/* coef · a where a is a sum or product modulo a smaller power of two, and coef makes up for that. */
static void lin_add_lifted(struct k2_terms *t, struct lin *l, k2_t a, uint64_t coef)
{
	if (a->op == K2_T_ADD) {
		for (unsigned int i = 0; i < a->n_args; i++)
			lin_add_lifted(t, l, a->args[i], coef);
	} else if (a->op == K2_T_MUL) {
		k2_t r = lift(t, a->args[0], l->w);

		for (unsigned int i = 1; i < a->n_args; i++)
			r = k2_t_mul(t, r, lift(t, a->args[i], l->w));
		lin_add(t, l, r, coef);
	} else {
		lin_add(t, l, lift(t, a, l->w), coef);
	}
}

/* Every piece is a constant or a complement: the complement of the whole is simpler. */
static bool all_flipped(k2_t a)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < a->n_args; i++) {
		if (a->args[i]->op != K2_T_NOT && a->args[i]->op != K2_T_CONST)
			return false;
		n += a->args[i]->op == K2_T_NOT;
	}
	return n > 0;
}

static k2_t without_constants(struct k2_terms *t, k2_t a, uint64_t *k)
{
	struct cat c = { .n = 0 };
	unsigned int pos = 0;

	*k = 0;
	for (unsigned int i = a->n_args; i--;) {
		k2_t p = a->args[i];

		if (p->op == K2_T_CONST) {
			*k |= p->imm << pos;
			p = k2_t_const(t, p->width, 0);
		}
		cat_push(t, &c, p);
		pos += p->width;
	}
	return *k ? cat_done(t, &c) : a;
}

static void lin_add_concat(struct k2_terms *t, struct lin *l, k2_t a, uint64_t coef)
{
	k2_t low = a->args[a->n_args - 1];
	uint64_t k;
	k2_t b;

	if (all_flipped(a)) {
		l->k -= coef;
		lin_add(t, l, k2_t_not(t, a), -coef);
		return;
	}
	b = without_constants(t, a, &k);
	l->k += coef * k;
	if (b != a) {
		lin_add(t, l, b, coef);
	} else if (is_zero(low)) {
		b = k2_t_extract(t, a, low->width, l->w - low->width);
		lin_add_lifted(t, l, b, coef << low->width);
	} else {
		lin_unit(t, l, a, coef);
	}
}

static void lin_add_mul(struct k2_terms *t, struct lin *l, k2_t a, uint64_t coef)
{
	unsigned int n = a->n_args - 1u;

	if (!k2_t_is_const(a->args[n]))
		lin_unit(t, l, a, coef);
	else
		lin_unit(t, l, n == 1 ? a->args[0] : term_make(t, K2_T_MUL, l->w, 0, a->args, n), coef * a->args[n]->imm);
}

/* XOR with a constant that covers all bits that may be set: k - x. OR with a constant that meets none: x + k. */
static bool lin_add_bitwise(struct k2_terms *t, struct lin *l, k2_t a, uint64_t coef)
{
	k2_t k = a->args[a->n_args - 1], rest;

	if (!k2_t_is_const(k))
		return false;
	rest = a->n_args == 2 ? a->args[0] : term_make(t, a->op, l->w, 0, a->args, a->n_args - 1u);
	if (a->op == K2_T_XOR && !(maybe(rest) & ~k->imm))
		lin_add(t, l, rest, -coef);
	else if (!(maybe(rest) & k->imm))
		lin_add(t, l, rest, coef);
	else
		return false;
	l->k += coef * k->imm;
	return true;
}

static void lin_add_deep(struct k2_terms *t, struct lin *l, k2_t a, uint64_t coef)
{
	switch (a->op) {
	case K2_T_ADD:
		for (unsigned int i = 0; i < a->n_args; i++)
			lin_add(t, l, a->args[i], coef);
		break;
	case K2_T_MUL: lin_add_mul(t, l, a, coef); break;
	case K2_T_CONCAT: lin_add_concat(t, l, a, coef); break;
	case K2_T_NOT:
		l->k -= coef;
		lin_add(t, l, a->args[0], -coef);
		break;
	case K2_T_OR: case K2_T_XOR:
		if (lin_add_bitwise(t, l, a, coef))
			break; /* fallthrough */
	default: lin_unit(t, l, a, coef);
	}
}

void lin_add(struct k2_terms *t, struct lin *l, k2_t a, uint64_t coef)
{
	if (a->op == K2_T_CONST) {
		l->k += coef * a->imm;
	} else if (t->depth >= MAX_DEPTH) {
		lin_unit(t, l, a, coef);
	} else {
		t->depth++;
		lin_add_deep(t, l, a, coef);
		t->depth--;
	}
}

/* Drops units whose coefficient became 0; the number of low zero bits all coefficients share. */
static unsigned int lin_clean(struct lin *l)
{
	uint64_t all = 0;
	unsigned int n = 0;

	l->k &= k2_mask(l->w);
	for (unsigned int i = 0; i < l->n; i++) {
		uint64_t c = l->c[i] & k2_mask(l->w);

		if (!c)
			continue;
		all |= c;
		l->u[n] = l->u[i];
		l->c[n++] = c;
	}
	l->n = n;
	return all ? (unsigned int)__builtin_ctzll(all) : 0;
}

static k2_t build_scaled(struct k2_terms *t, struct lin *l, unsigned int tz)
{
	struct lin s;

	lin_init(&s, l->w - tz);
	for (unsigned int i = 0; i < l->n; i++)
		lin_add(t, &s, k2_t_extract(t, l->u[i], 0, s.w), l->c[i] >> tz);
	s.k += l->k >> tz;
	return k2_t_concat(t, lin_build(t, &s), k2_t_const(t, tz, l->k));
}

static k2_t summand(struct k2_terms *t, k2_t u, uint64_t c, unsigned int w)
{
	struct lin l;

	if (c == 1)
		return u;
	if (c & 1)
		return mul_flat(t, u, k2_t_const(t, w, c));
	lin_init(&l, w);
	l.u[0] = u;
	l.c[0] = c;
	l.n = 1;
	return build_scaled(t, &l, (unsigned int)__builtin_ctzll(c));
}

static k2_t build_single(struct k2_terms *t, struct lin *l)
{
	k2_t u = l->u[0], k = k2_t_const(t, l->w, l->k), args[2] = { NULL, k };

	if (l->c[0] == 1 && !(maybe(u) & l->k))
		return k2_t_or(t, u, k);
	if (l->c[0] == k2_mask(l->w) && !(maybe(u) & ~l->k))
		return k2_t_xor(t, u, k);
	args[0] = summand(t, u, l->c[0], l->w);
	return l->k ? term_make(t, K2_T_ADD, l->w, 0, args, 2) : args[0];
}

/* ORs summands that cannot meet. true when there were any. */
static bool join_disjoint(struct k2_terms *t, k2_t *v, unsigned int *n)
{
	unsigned int before = *n;

	for (unsigned int i = 0; i < *n; i++) {
		for (unsigned int j = i + 1; j < *n;) {
			if (maybe(v[i]) & maybe(v[j])) {
				j++;
				continue;
			}
			v[i] = k2_t_or(t, v[i], v[j]);
			v[j] = v[--*n];
			j = i + 1;
		}
	}
	return *n < before;
}

static k2_t build_many(struct k2_terms *t, struct lin *l)
{
	k2_t v[MAX_FLAT + 1];
	unsigned int n = l->n;
	struct lin again;
	k2_t r;

	for (unsigned int i = 0; i < n; i++)
		v[i] = summand(t, l->u[i], l->c[i], l->w);
	sort_terms(v, n);
	if (join_disjoint(t, v, &n) && t->depth < MAX_DEPTH) {
		lin_init(&again, l->w);
		again.k = l->k;
		for (unsigned int i = 0; i < n; i++)
			lin_add(t, &again, v[i], 1);
		t->depth++;
		r = lin_build(t, &again);
		t->depth--;
		return r;
	}
	sort_terms(v, n);
	if (l->k)
		v[n++] = k2_t_const(t, l->w, l->k);
	return n == 1 ? v[0] : term_make(t, K2_T_ADD, l->w, 0, v, n);
}

k2_t lin_build(struct k2_terms *t, struct lin *l)
{
	unsigned int tz = lin_clean(l);
	k2_t r;

	if (!l->n)
		return k2_t_const(t, l->w, l->k);
	if (l->w == 1) { /* sums of bits */
		r = k2_t_const(t, 1, l->k);
		for (unsigned int i = 0; i < l->n; i++)
			r = k2_t_xor(t, r, l->u[i]);
		return r;
	}
	if (tz)
		return build_scaled(t, l, tz);
	return l->n == 1 ? build_single(t, l) : build_many(t, l);
}

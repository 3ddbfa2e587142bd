// SPDX-License-Identifier: BSD-2-Clause
/* Bitwise operations and ITE. All of them work bit by bit, so they go below CONCAT: operands are cut where either is a
   CONCAT or a mask, and what comes out is put together again. Single bits know no OR: it is NOT of AND of NOT. */
#include "terms_impl.h"

unsigned int mask_runs(uint64_t m)
{
	return (unsigned int)__builtin_popcountll(m & ~(m << 1));
}

static uint64_t mask_cuts(uint64_t m, unsigned int w)
{
	return mask_runs(m) <= MAX_RUNS ? (m ^ (m << 1)) & k2_mask(w) & ~1ull : 0;
}

static k2_t apply2(struct k2_terms *t, unsigned int op, k2_t a, k2_t b)
{
	return op == K2_T_AND ? k2_t_and(t, a, b) : op == K2_T_OR ? k2_t_or(t, a, b) : k2_t_xor(t, a, b);
}

static uint64_t bitwise_cuts(unsigned int op, k2_t a, k2_t b)
{
	uint64_t cuts = concat_cuts(a) | concat_cuts(b), m = maybe(a);

	if (op != K2_T_XOR && k2_t_is_const(b))
		cuts |= mask_cuts(b->imm, b->width);
	if (op != K2_T_AND && !(m & maybe(b)))
		cuts |= mask_runs(m) <= MAX_RUNS ? mask_cuts(m, a->width) : mask_cuts(maybe(b), a->width);
	return cuts;
}

/* The next cut above `lo`, or the end. */
static unsigned int next_cut(uint64_t cuts, unsigned int lo, unsigned int w)
{
	cuts &= ~k2_mask(lo + 1);
	return cuts ? (unsigned int)__builtin_ctzll(cuts) : w;
}

static k2_t split_bitwise(struct k2_terms *t, unsigned int op, k2_t a, k2_t b, uint64_t cuts)
{
	unsigned int w = a->width, hi;
	struct cat c;

	c.n = 0;
	for (unsigned int lo = 0; lo < w; lo = hi) {
		hi = next_cut(cuts, lo, w);
		cat_push(t, &c, apply2(t, op, k2_t_extract(t, a, lo, hi - lo), k2_t_extract(t, b, lo, hi - lo)));
	}
	return cat_done(t, &c);
}

/* The arguments of a flattened operation, the constant apart. */
struct flat {
	k2_t v[2 * MAX_FLAT];
	unsigned int n;
	uint64_t k;
};

static void flat_arg(struct flat *f, unsigned int op, k2_t a)
{
	if (k2_t_is_const(a))
		f->k = op == K2_T_AND ? f->k & a->imm : op == K2_T_OR ? f->k | a->imm : f->k ^ a->imm;
	else
		f->v[f->n++] = a;
}

/* One level only: an operation that is nested in its own kind was too long to be flat. */
static void flat_add(struct flat *f, unsigned int op, k2_t a)
{
	if (op == K2_T_XOR && a->op == K2_T_NOT) {
		f->k ^= k2_mask(a->width);
		a = a->args[0];
	}
	for (unsigned int i = 0; a->op == op && i < a->n_args; i++)
		flat_arg(f, op, a->args[i]);
	if (a->op != op)
		flat_arg(f, op, a);
}

static unsigned int flat_size(unsigned int op, k2_t a)
{
	if (op == K2_T_XOR && a->op == K2_T_NOT)
		a = a->args[0];
	return a->op == op ? a->n_args : 1;
}

/* Equal neighbours: one stays, or for XOR none. */
static void flat_unique(struct flat *f, unsigned int op)
{
	unsigned int n = 0;

	sort_terms(f->v, f->n);
	for (unsigned int i = 0; i < f->n; i++) {
		if (!n || f->v[n - 1] != f->v[i])
			f->v[n++] = f->v[i];
		else if (op == K2_T_XOR)
			n--;
	}
	f->n = n;
}

static bool has_complement(const struct flat *f)
{
	for (unsigned int i = 0; i < f->n; i++)
		for (unsigned int j = 0; f->v[i]->op == K2_T_NOT && j < f->n; j++)
			if (f->v[j] == f->v[i]->args[0])
				return true;
	return false;
}

static k2_t flat_rest(struct k2_terms *t, struct flat *f, unsigned int op, unsigned int w)
{
	return f->n == 1 ? f->v[0] : term_make(t, op, w, 0, f->v, f->n);
}

static k2_t flat_xor(struct k2_terms *t, struct flat *f, unsigned int w)
{
	k2_t rest;

	if (!f->n)
		return k2_t_const(t, w, f->k);
	if (!f->k)
		return flat_rest(t, f, K2_T_XOR, w);
	if (f->n == 1 && f->v[0]->op == K2_T_CONCAT)
		return k2_t_xor(t, f->v[0], k2_t_const(t, w, f->k));
	if (f->k != k2_mask(w)) {
		f->v[f->n++] = k2_t_const(t, w, f->k);
		return term_make(t, K2_T_XOR, w, 0, f->v, f->n);
	}
	rest = flat_rest(t, f, K2_T_XOR, w);
	return k2_t_is_const(rest) ? k2_t_const(t, w, ~rest->imm) : term_make(t, K2_T_NOT, w, 0, &rest, 1);
}

/* `k` is the constant that `b` brought along; a different one gets a second chance to be cut. */
static k2_t flat_and_or(struct k2_terms *t, struct flat *f, unsigned int op, unsigned int w, bool again)
{
	uint64_t unit = op == K2_T_AND ? k2_mask(w) : 0, may = k2_mask(w), must = 0;
	k2_t k;

	if (f->k == (unit ^ k2_mask(w)) || has_complement(f))
		return k2_t_const(t, w, ~unit);
	for (unsigned int i = 0; i < f->n; i++) {
		may &= maybe(f->v[i]);
		must |= f->v[i]->ones;
	}
	if (!f->n)
		return k2_t_const(t, w, f->k);
	if (op == K2_T_AND ? !(may & ~f->k) : !(f->k & ~must))
		return flat_rest(t, f, op, w);
	k = k2_t_const(t, w, f->k);
	if (again && mask_runs(f->k) <= MAX_RUNS)
		return apply2(t, op, flat_rest(t, f, op, w), k);
	f->v[f->n++] = k;
	return term_make(t, op, w, 0, f->v, f->n);
}

static k2_t flat_bitwise(struct k2_terms *t, unsigned int op, k2_t a, k2_t b)
{
	struct flat f;

	f.n = 0;
	f.k = op == K2_T_AND ? k2_mask(a->width) : 0;
	if (flat_size(op, a) + flat_size(op, b) > MAX_FLAT)
		return term_make(t, op, a->width, 0, (k2_t[]){ a, b }, 2);
	flat_add(&f, op, a);
	flat_add(&f, op, b);
	flat_unique(&f, op);
	if (op == K2_T_XOR)
		return flat_xor(t, &f, a->width);
	return flat_and_or(t, &f, op, a->width, !k2_t_is_const(b) || f.k != b->imm);
}

/* Decided by known bits alone, or NULL. */
static k2_t known_side(unsigned int op, k2_t a, k2_t b)
{
	if (op == K2_T_AND) {
		if (!(maybe(a) & ~b->ones))
			return a;
		return maybe(b) & ~a->ones ? NULL : b;
	}
	if (!maybe(b) || (op == K2_T_OR && !(maybe(b) & ~a->ones)))
		return a;
	return !maybe(a) || (op == K2_T_OR && !(maybe(a) & ~b->ones)) ? b : NULL;
}

static bool const_choice(k2_t a)
{
	return a->op == K2_T_ITE && k2_t_is_const(a->args[1]) && k2_t_is_const(a->args[2]);
}

static k2_t bitwise(struct k2_terms *t, unsigned int op, k2_t a, k2_t b)
{
	k2_t r;

	if (k2_t_is_const(a)) {
		r = a;
		a = b;
		b = r;
	}
	r = known_side(op, a, b);
	if (r)
		return r;
	if (a->width == 1 && op == K2_T_OR)
		return k2_t_not(t, k2_t_and(t, k2_t_not(t, a), k2_t_not(t, b)));
	if (const_choice(a) && k2_t_is_const(b))
		return k2_t_ite(t, a->args[0], apply2(t, op, a->args[1], b), apply2(t, op, a->args[2], b));
	if (t->depth >= MAX_DEPTH)
		return term_make(t, op, a->width, 0, (k2_t[]){ a, b }, 2);
	t->depth++;
	if (bitwise_cuts(op, a, b))
		r = split_bitwise(t, op, a, b, bitwise_cuts(op, a, b));
	else
		r = flat_bitwise(t, op, a, b);
	t->depth--;
	return r;
}

k2_t k2_t_and(struct k2_terms *t, k2_t a, k2_t b)
{
	return a == b ? a : bitwise(t, K2_T_AND, a, b);
}

k2_t k2_t_or(struct k2_terms *t, k2_t a, k2_t b)
{
	return a == b ? a : bitwise(t, K2_T_OR, a, b);
}

k2_t k2_t_xor(struct k2_terms *t, k2_t a, k2_t b)
{
	return a == b ? k2_t_const(t, a->width, 0) : bitwise(t, K2_T_XOR, a, b);
}

k2_t k2_t_not(struct k2_terms *t, k2_t a)
{
	if (k2_t_is_const(a))
		return k2_t_const(t, a->width, ~a->imm);
	return a->op == K2_T_NOT ? a->args[0] : k2_t_xor(t, a, k2_t_const(t, a->width, ~0ull));
}

static k2_t ite_const(struct k2_terms *t, k2_t c, k2_t a, k2_t b)
{
	uint64_t d = a->imm ^ b->imm;
	unsigned int lo = (unsigned int)__builtin_ctzll(d), n = (unsigned int)__builtin_popcountll(d), top = lo + n;
	k2_t r;

	if (mask_runs(d) != 1 || ((a->imm & d) != d && (a->imm & d) != 0))
		return term_make(t, K2_T_ITE, a->width, 0, (k2_t[]){ c, a, b }, 3);
	r = k2_t_sext(t, a->imm & d ? c : k2_t_not(t, c), n);
	if (lo)
		r = k2_t_concat(t, r, k2_t_const(t, lo, a->imm));
	return top < a->width ? k2_t_concat(t, k2_t_const(t, a->width - top, a->imm >> top), r) : r;
}

static k2_t ite_bit(struct k2_terms *t, k2_t c, k2_t a, k2_t b)
{
	if (k2_t_is_const(a))
		return a->imm ? k2_t_or(t, c, b) : k2_t_and(t, k2_t_not(t, c), b);
	if (k2_t_is_const(b))
		return b->imm ? k2_t_or(t, k2_t_not(t, c), a) : k2_t_and(t, c, a);
	if (c == a)
		return k2_t_or(t, c, b);
	if (c == b)
		return k2_t_and(t, c, a);
	return term_make(t, K2_T_ITE, 1, 0, (k2_t[]){ c, a, b }, 3);
}

static k2_t split_ite(struct k2_terms *t, k2_t c, k2_t a, k2_t b, uint64_t cuts)
{
	unsigned int w = a->width, hi;
	struct cat out;

	out.n = 0;
	t->depth++;
	for (unsigned int lo = 0; lo < w; lo = hi) {
		hi = next_cut(cuts, lo, w);
		cat_push(t, &out, k2_t_ite(t, c, k2_t_extract(t, a, lo, hi - lo), k2_t_extract(t, b, lo, hi - lo)));
	}
	t->depth--;
	return cat_done(t, &out);
}

/* What an arm is, given that the condition says so. */
static k2_t arm(k2_t c, k2_t x, bool yes)
{
	while (x->op == K2_T_ITE && x->args[0] == c)
		x = x->args[yes ? 1 : 2];
	if (yes && c->op == K2_T_EQ && c->args[0] == x && k2_t_is_const(c->args[1]))
		return c->args[1];
	return x;
}

k2_t k2_t_ite(struct k2_terms *t, k2_t c, k2_t a, k2_t b)
{
	uint64_t cuts;

	if (k2_t_is_const(c))
		return c->imm ? a : b;
	if (c->op == K2_T_NOT)
		return k2_t_ite(t, c->args[0], b, a);
	a = arm(c, a, true);
	b = arm(c, b, false);
	if (a == b || (c->op == K2_T_EQ && a == c->args[1] && b == c->args[0]))
		return b;
	if (k2_t_is_const(a) && k2_t_is_const(b))
		return ite_const(t, c, a, b);
	if (a->width == 1)
		return ite_bit(t, c, a, b);
	cuts = concat_cuts(a) | concat_cuts(b);
	if (cuts && t->depth < MAX_DEPTH)
		return split_ite(t, c, a, b, cuts);
	return term_make(t, K2_T_ITE, a->width, 0, (k2_t[]){ c, a, b }, 3);
}

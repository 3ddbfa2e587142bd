// SPDX-License-Identifier: BSD-2-Clause
/* Everything that only moves bits: EXTRACT, CONCAT, extensions, shifts by constants. */
#include "terms_impl.h"

uint64_t concat_cuts(k2_t a)
{
	uint64_t cuts = 0;
	unsigned int pos = 0;

	if (a->op != K2_T_CONCAT)
		return 0;
	for (unsigned int i = a->n_args; i-- > 1;) {
		pos += a->args[i]->width;
		cuts |= 1ull << pos;
	}
	return cuts;
}

/* Bits of the constant *hi that EXTRACT lo's value is known to have above it become part of the EXTRACT. */
static bool absorb_up(struct k2_terms *t, k2_t *hi, k2_t *lo)
{
	k2_t z = (*lo)->args[0], h = *hi;
	unsigned int at = (unsigned int)(*lo)->imm, top = at + (*lo)->width, k, left;
	uint64_t same;

	if (top >= z->width)
		return false;
	same = ((z->zeros & ~(h->imm << top)) | (z->ones & h->imm << top)) >> top;
	k = ~same ? (unsigned int)__builtin_ctzll(~same) : 64;
	k = K2_MIN(k, K2_MIN((unsigned int)h->width, z->width - top));
	if (!k)
		return false;
	left = h->width - k;
	*lo = k2_t_extract(t, z, at, (*lo)->width + k);
	*hi = left ? k2_t_const(t, left, h->imm >> k) : NULL;
	return true;
}

/* The same for a constant below an EXTRACT. */
static bool absorb_down(struct k2_terms *t, k2_t *hi, k2_t *lo)
{
	k2_t z = (*hi)->args[0], c = *lo;
	unsigned int at = (unsigned int)(*hi)->imm, k = 0;

	while (k < c->width && k < at) {
		uint64_t bit = c->imm >> (c->width - 1 - k) & 1;

		if (!((bit ? z->ones : z->zeros) >> (at - 1 - k) & 1))
			break;
		k++;
	}
	if (!k)
		return false;
	*hi = k2_t_extract(t, z, at - k, (*hi)->width + k);
	*lo = c->width > k ? k2_t_const(t, c->width - k, c->imm) : NULL;
	return true;
}

static bool absorb(struct k2_terms *t, k2_t *hi, k2_t *lo)
{
	if ((*hi)->op == K2_T_CONST && (*lo)->op == K2_T_EXTRACT)
		return absorb_up(t, hi, lo);
	if ((*lo)->op == K2_T_CONST && (*hi)->op == K2_T_EXTRACT)
		return absorb_down(t, hi, lo);
	return false;
}

static void push_all(struct k2_terms *t, struct cat *c, k2_t a)
{
	for (unsigned int i = a->n_args; i--;)
		cat_push(t, c, a->args[i]);
}

void cat_push(struct k2_terms *t, struct cat *c, k2_t hi)
{
	while (c->n) {
		k2_t lo = c->p[c->n - 1], m = merge_pieces(t, hi, lo, 0);

		if (m) {
			c->n--;
			hi = m;
			continue;
		}
		if (!absorb(t, &hi, &lo))
			break;
		c->n--;
		if (lo)
			cat_push(t, c, lo);
		if (!hi)
			return;
	}
	if (hi->op == K2_T_CONCAT)
		push_all(t, c, hi);
	else
		c->p[c->n++] = hi;
}

k2_t cat_done(struct k2_terms *t, struct cat *c)
{
	k2_t args[65];
	unsigned int w = 0;

	join_conditions(t, c);
	if (c->n == 1)
		return c->p[0];
	for (unsigned int i = 0; i < c->n; i++) {
		args[c->n - 1 - i] = c->p[i];
		w += c->p[i]->width;
	}
	return term_make(t, K2_T_CONCAT, w, 0, args, c->n);
}

k2_t k2_t_concat(struct k2_terms *t, k2_t hi, k2_t lo)
{
	struct cat c;

	if (hi->width + lo->width > 64)
		return term_fail(t, 64);
	c.n = 0;
	if (lo->op == K2_T_CONCAT) { /* its pieces are merged already */
		for (unsigned int i = lo->n_args; i--;)
			c.p[c.n++] = lo->args[i];
	} else {
		c.p[c.n++] = lo;
	}
	if (hi->op == K2_T_CONCAT)
		push_all(t, &c, hi);
	else
		cat_push(t, &c, hi);
	return cat_done(t, &c);
}

static k2_t extract_concat(struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w)
{
	unsigned int pos = 0, end = lo + w;
	struct cat c;

	c.n = 0;
	for (unsigned int i = a->n_args; i-- && pos < end;) {
		k2_t p = a->args[i];
		unsigned int from = K2_MAX(lo, pos), to = K2_MIN(end, pos + p->width);

		if (from < to)
			cat_push(t, &c, k2_t_extract(t, p, from - pos, to - from));
		pos += p->width;
	}
	return cat_done(t, &c);
}

static k2_t extract_sext(struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w)
{
	k2_t x = a->args[0];

	if (lo + w <= x->width)
		return k2_t_extract(t, x, lo, w);
	if (lo >= x->width)
		lo = x->width - 1u;
	return k2_t_sext(t, k2_t_extract(t, x, lo, x->width - lo), w);
}

static k2_t extract_bitwise(struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w)
{
	k2_t r = k2_t_extract(t, a->args[0], lo, w);

	for (unsigned int i = 1; i < a->n_args; i++) {
		k2_t b = k2_t_extract(t, a->args[i], lo, w);

		r = a->op == K2_T_AND ? k2_t_and(t, r, b) : a->op == K2_T_OR ? k2_t_or(t, r, b) : k2_t_xor(t, r, b);
	}
	return r;
}

/* The low bits of a sum or product depend on the low bits of its arguments only. */
static k2_t extract_low(struct k2_terms *t, k2_t a, unsigned int w)
{
	struct lin l;
	k2_t r;

	if (a->op == K2_T_ADD) {
		lin_init(&l, w);
		for (unsigned int i = 0; i < a->n_args; i++)
			lin_add(t, &l, k2_t_extract(t, a->args[i], 0, w), 1);
		return lin_build(t, &l);
	}
	r = k2_t_extract(t, a->args[0], 0, w);
	for (unsigned int i = 1; i < a->n_args; i++)
		r = k2_t_mul(t, r, k2_t_extract(t, a->args[i], 0, w));
	return r;
}

/* The slices that 32-bit code and narrow stores make go through everything. Others, as of rotations in a hash, would
   copy the computation below them for each width, and stop at what is not small. */
static bool goes_through(const struct k2_terms *t, k2_t a, unsigned int bits)
{
	return !(bits & 7) || t->height[a->id] <= SHALLOW;
}

static k2_t extract_arith(struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w)
{
	unsigned int n = lo + w;

	if (t->height[a->id] > SHALLOW)
		n = n <= 8 ? 8 : n <= 16 ? 16 : n <= 32 ? 32 : 64;
	if (!lo && w == n)
		return extract_low(t, a, w);
	if (n < a->width)
		return k2_t_extract(t, k2_t_extract(t, a, 0, n), lo, w);
	return term_make(t, K2_T_EXTRACT, w, lo, &a, 1);
}

static k2_t extract_deep(struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w)
{
	bool bitwise = a->op >= K2_T_AND && a->op <= K2_T_NOT;

	if ((bitwise || a->op == K2_T_ITE) && !goes_through(t, a, lo | w))
		return term_make(t, K2_T_EXTRACT, w, lo, &a, 1);
	switch (a->op) {
	case K2_T_AND: case K2_T_OR: case K2_T_XOR: return extract_bitwise(t, a, lo, w);
	case K2_T_NOT: return k2_t_not(t, k2_t_extract(t, a->args[0], lo, w));
	case K2_T_ITE:
		return k2_t_ite(t, a->args[0], k2_t_extract(t, a->args[1], lo, w), k2_t_extract(t, a->args[2], lo, w));
	case K2_T_ADD: case K2_T_MUL: return extract_arith(t, a, lo, w);
	case K2_T_CONCAT: return extract_concat(t, a, lo, w);
	case K2_T_SEXT: return extract_sext(t, a, lo, w);
	default: return term_make(t, K2_T_EXTRACT, w, lo, &a, 1);
	}
}

k2_t k2_t_extract(struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w)
{
	uint64_t m = k2_mask(w);
	k2_t r;

	if (!lo && w == a->width)
		return a;
	if (!w || lo + w > a->width)
		return term_fail(t, w);
	if (((a->zeros | a->ones) >> lo & m) == m)
		return k2_t_const(t, w, a->ones >> lo);
	if (a->op == K2_T_EXTRACT)
		return k2_t_extract(t, a->args[0], lo + (unsigned int)a->imm, w);
	if (a->op == K2_T_ATOM || a->op == K2_T_SELECT || t->depth >= MAX_DEPTH)
		return term_make(t, K2_T_EXTRACT, w, lo, &a, 1);
	/* the memo keeps this linear on shared arguments */
	r = memo_find(t, a, lo, w);
	if (r)
		return r;
	t->depth++;
	r = extract_deep(t, a, lo, w);
	t->depth--;
	memo_put(t, a, lo, w, r);
	return r;
}

k2_t k2_t_zext(struct k2_terms *t, k2_t a, unsigned int w)
{
	if (w < a->width || w > 64)
		return term_fail(t, w);
	return w > a->width ? k2_t_concat(t, k2_t_const(t, w - a->width, 0), a) : a;
}

static k2_t sext_concat(struct k2_terms *t, k2_t a, unsigned int w)
{
	unsigned int low = a->width - a->args[0]->width;

	return k2_t_concat(t, k2_t_sext(t, a->args[0], w - low), k2_t_extract(t, a, 0, low));
}

k2_t k2_t_sext(struct k2_terms *t, k2_t a, unsigned int w)
{
	uint64_t sign = 1ull << (a->width - 1);

	if (w < a->width || w > 64)
		return term_fail(t, w);
	if (w == a->width)
		return a;
	if (a->zeros & sign)
		return k2_t_zext(t, a, w);
	if (a->ones & sign)
		return k2_t_concat(t, k2_t_const(t, w - a->width, ~0ull), a);
	if (a->op == K2_T_SEXT)
		return k2_t_sext(t, a->args[0], w);
	if (a->op == K2_T_CONCAT)
		return sext_concat(t, a, w);
	if (a->op == K2_T_NOT && a->width == 1)
		return k2_t_not(t, k2_t_sext(t, a->args[0], w));
	if (a->op == K2_T_ITE && k2_t_is_const(a->args[1]) && k2_t_is_const(a->args[2]))
		return k2_t_ite(t, a->args[0], k2_t_sext(t, a->args[1], w), k2_t_sext(t, a->args[2], w));
	return term_make(t, K2_T_SEXT, w, 0, &a, 1);
}

static k2_t shift_const(struct k2_terms *t, unsigned int op, k2_t a, unsigned int n)
{
	unsigned int w = a->width;

	if (op == K2_T_SHL && (a->op == K2_T_ADD || a->op == K2_T_MUL))
		return k2_t_mul(t, a, k2_t_const(t, w, 1ull << n));
	if (op == K2_T_SHL)
		return k2_t_concat(t, k2_t_extract(t, a, 0, w - n), k2_t_const(t, n, 0));
	if (op == K2_T_LSHR)
		return k2_t_zext(t, k2_t_extract(t, a, n, w - n), w);
	return k2_t_sext(t, k2_t_extract(t, a, n, w - n), w);
}

static k2_t shift(struct k2_terms *t, unsigned int op, k2_t a, k2_t n)
{
	k2_t args[2] = { a, n };
	unsigned int w = a->width;

	if (op == K2_T_ASHR && (a->zeros >> (w - 1) & 1))
		op = K2_T_LSHR;
	if (is_zero(n) || is_zero(a))
		return a;
	if (n->umin >= w)
		return op == K2_T_ASHR ? shift_const(t, op, a, w - 1) : k2_t_const(t, w, 0);
	if (k2_t_is_const(n))
		return shift_const(t, op, a, (unsigned int)n->imm);
	return term_make(t, op, w, 0, args, 2);
}

k2_t k2_t_shl(struct k2_terms *t, k2_t a, k2_t b)
{
	return shift(t, K2_T_SHL, a, b);
}

k2_t k2_t_lshr(struct k2_terms *t, k2_t a, k2_t b)
{
	return shift(t, K2_T_LSHR, a, b);
}

k2_t k2_t_ashr(struct k2_terms *t, k2_t a, k2_t b)
{
	return shift(t, K2_T_ASHR, a, b);
}

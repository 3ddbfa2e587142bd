// SPDX-License-Identifier: BSD-2-Clause
/* Known bits and unsigned ranges of a node, from those of its arguments. Every function here gives a superset of the
   values the node can take: losing precision is allowed, losing a value never. */
#include "terms_impl.h"

typedef __int128 wide;

static void nothing(struct k2_term *x)
{
	x->zeros = x->ones = x->umin = 0;
	x->umax = k2_mask(x->width);
}

static void from_bits(struct k2_term *x, uint64_t zeros, uint64_t ones)
{
	x->zeros |= zeros & k2_mask(x->width);
	x->ones |= ones & k2_mask(x->width);
}

static void from_range(struct k2_term *x, uint64_t lo, uint64_t hi)
{
	x->umin = K2_MAX(x->umin, lo);
	x->umax = K2_MIN(x->umax, hi);
}

/* Bits and range tell each other what they know. */
static void tighten(struct k2_term *x)
{
	uint64_t diff, high;

	x->umin = K2_MAX(x->umin, x->ones);
	x->umax = K2_MIN(x->umax, k2_mask(x->width) & ~x->zeros);
	diff = x->umin ^ x->umax;
	high = diff ? ~k2_mask(64u - (unsigned int)__builtin_clzll(diff)) : ~0ull;
	from_bits(x, ~x->umin & high, x->umin & high);
	if (x->umin > x->umax || (x->zeros & x->ones))
		nothing(x);
}

bool known_next(unsigned int w, uint64_t zeros, uint64_t ones, uint64_t m, uint64_t *out)
{
	uint64_t bad = (m & zeros) | (~m & ones);

	if (!bad) {
		*out = m;
		return true;
	}
	/* share m's bits above i, be larger at i, minimal below */
	for (unsigned int i = 0; i < w; i++) {
		uint64_t bit = 1ull << i;

		if ((m & bit) || (zeros & bit) || (bad & ~k2_mask(i + 1)))
			continue;
		*out = (m & ~k2_mask(i + 1)) | bit | (ones & k2_mask(i));
		return true;
	}
	return false;
}

void known_atom(struct k2_term *x, const struct k2_known *k)
{
	uint64_t m = k2_mask(x->width), lo, hi;

	nothing(x);
	if (!k || !(k->zeros | k->ones | k->umin | k->umax))
		return;
	from_bits(x, k->zeros, k->ones);
	from_range(x, k->umin, k->umax);
	if ((x->zeros & x->ones) || x->umin > x->umax ||
	    !known_next(x->width, x->zeros, x->ones, x->umin, &lo) ||
	    !known_next(x->width, x->ones, x->zeros, m & ~x->umax, &hi) || lo > (m & ~hi)) {
		nothing(x);
		return;
	}
	x->umin = lo;
	x->umax = m & ~hi;
	tighten(x);
}

/* Carry-aware: a carry is known where the smallest and the largest sum agree on it. */
static void add_bits(uint64_t *zeros, uint64_t *ones, uint64_t bz, uint64_t bo)
{
	uint64_t max = ~*zeros + ~bz, min = *ones + bo;
	uint64_t carry0 = ~(max ^ *zeros ^ bz), carry1 = min ^ *ones ^ bo;
	uint64_t known = (*zeros | *ones) & (bz | bo) & (carry0 | carry1);

	*zeros = ~max & known;
	*ones = min & known;
}

/* An argument as an interval of integers that is right mod 2^width. */
static void interval(k2_t a, wide *lo, wide *hi)
{
	if (a->op == K2_T_MUL && a->n_args == 2 && is_ones(a->args[1])) {
		*lo = -(wide)a->args[0]->umax;
		*hi = -(wide)a->args[0]->umin;
	} else {
		*lo = a->umin;
		*hi = a->umax;
	}
}

static void mod_range(struct k2_term *x, wide lo, wide hi)
{
	if (lo >> x->width == hi >> x->width)
		from_range(x, (uint64_t)lo & k2_mask(x->width), (uint64_t)hi & k2_mask(x->width));
}

static void known_add(struct k2_term *x)
{
	uint64_t zeros = x->args[0]->zeros, ones = x->args[0]->ones;
	wide lo = 0, hi = 0;

	for (unsigned int i = 0; i < x->n_args; i++) {
		wide l, h;

		if (i)
			add_bits(&zeros, &ones, x->args[i]->zeros, x->args[i]->ones);
		interval(x->args[i], &l, &h);
		lo += l;
		hi += h;
	}
	from_bits(x, zeros, ones);
	mod_range(x, lo, hi);
}

static unsigned int low_known(k2_t a)
{
	uint64_t unknown = k2_mask(a->width) & ~(a->zeros | a->ones);

	return unknown ? (unsigned int)__builtin_ctzll(unknown) : a->width;
}

static unsigned int low_zeros(k2_t a)
{
	return maybe(a) ? (unsigned int)__builtin_ctzll(maybe(a)) : a->width;
}

static void known_mul2(struct k2_term *x, k2_t a, k2_t b)
{
	unsigned int low = K2_MIN(low_known(a), low_known(b));
	unsigned int tz = K2_MIN((unsigned int)x->width, low_zeros(a) + low_zeros(b));
	uint64_t prod = a->ones * b->ones;
	unsigned __int128 lo = (unsigned __int128)a->umin * b->umin, hi = (unsigned __int128)a->umax * b->umax;

	from_bits(x, ~prod & k2_mask(low), prod & k2_mask(low));
	from_bits(x, k2_mask(tz), 0);
	if (hi <= k2_mask(x->width))
		from_range(x, (uint64_t)lo, (uint64_t)hi);
	if (is_ones(b))
		mod_range(x, -(wide)a->umax, -(wide)a->umin);
}

static void known_mul(struct k2_term *x)
{
	struct k2_term acc = *x->args[0];

	for (unsigned int i = 1; i < x->n_args; i++) {
		struct k2_term next = { .op = K2_T_MUL, .width = x->width };

		nothing(&next);
		known_mul2(&next, &acc, x->args[i]);
		tighten(&next);
		acc = next;
	}
	from_bits(x, acc.zeros, acc.ones);
	from_range(x, acc.umin, acc.umax);
}

static void known_div(struct k2_term *x)
{
	k2_t a = x->args[0], b = x->args[1];

	if (x->op == K2_T_UREM)
		from_range(x, 0, b->umin ? K2_MIN(a->umax, b->umax - 1) : a->umax);
	else if (x->op == K2_T_UDIV && b->umin)
		from_range(x, a->umin / b->umax, a->umax / b->umin);
}

static void known_bitwise(struct k2_term *x)
{
	uint64_t zeros = x->args[0]->zeros, ones = x->args[0]->ones;

	for (unsigned int i = 0; i < x->n_args; i++) {
		k2_t b = x->args[i];
		uint64_t z = zeros, o = ones;

		if (x->op == K2_T_AND) {
			zeros = z | b->zeros;
			ones = o & b->ones;
			from_range(x, 0, b->umax);
		} else if (x->op == K2_T_OR) {
			zeros = z & b->zeros;
			ones = o | b->ones;
			from_range(x, b->umin, k2_mask(x->width));
		} else if (i) {
			zeros = (z & b->zeros) | (o & b->ones);
			ones = (z & b->ones) | (o & b->zeros);
		}
	}
	from_bits(x, zeros, ones);
}

static void known_shift(struct k2_term *x)
{
	k2_t a = x->args[0], n = x->args[1];
	unsigned int least = (unsigned int)K2_MIN(n->umin, (uint64_t)x->width);

	if (x->op == K2_T_SHL) {
		from_bits(x, k2_mask(K2_MIN(least + low_zeros(a), (unsigned int)x->width)), 0);
		if (n->umax < x->width && a->umax <= k2_mask(x->width) >> n->umax)
			from_range(x, a->umin << least, a->umax << n->umax);
	} else if (x->op == K2_T_LSHR || (a->zeros >> (x->width - 1) & 1)) {
		from_range(x, n->umax < x->width ? a->umin >> n->umax : 0, least < 64 ? a->umax >> least : 0);
	} else if (a->ones >> (x->width - 1) & 1) {
		from_bits(x, 0, 1ull << (x->width - 1));
	}
}

static void known_extract(struct k2_term *x)
{
	k2_t a = x->args[0];
	unsigned int lo = (unsigned int)x->imm, top = lo + x->width;
	uint64_t m = k2_mask(x->width);

	from_bits(x, a->zeros >> lo, a->ones >> lo);
	if (top == 64 || a->umin >> top == a->umax >> top)
		from_range(x, a->umin >> lo & m, a->umax >> lo & m);
}

static void known_concat(struct k2_term *x)
{
	uint64_t zeros = 0, ones = 0, lo = 0, hi = 0;
	unsigned int pos = x->width;

	for (unsigned int i = 0; i < x->n_args; i++) {
		k2_t a = x->args[i];

		pos -= a->width;
		zeros |= a->zeros << pos;
		ones |= a->ones << pos;
		lo |= a->umin << pos;
		hi |= a->umax << pos;
	}
	from_bits(x, zeros, ones);
	from_range(x, lo, hi);
}

static void known_sext(struct k2_term *x)
{
	k2_t a = x->args[0];
	uint64_t high = k2_mask(x->width) & ~k2_mask(a->width), sign = 1ull << (a->width - 1);

	from_bits(x, a->zeros | (a->zeros & sign ? high : 0), a->ones | (a->ones & sign ? high : 0));
	if (a->zeros & sign)
		from_range(x, a->umin, a->umax);
	else if (a->ones & sign)
		from_range(x, a->umin | high, a->umax | high);
}

static void known_ite(struct k2_term *x)
{
	k2_t a = x->args[1], b = x->args[2];

	from_bits(x, a->zeros & b->zeros, a->ones & b->ones);
	from_range(x, K2_MIN(a->umin, b->umin), K2_MAX(a->umax, b->umax));
}

static void known_fold(struct k2_term *x)
{
	uint64_t v[MAX_FLAT + 1], r;

	for (unsigned int i = 0; i < x->n_args; i++) {
		if (x->args[i]->op != K2_T_CONST || i > MAX_FLAT)
			return;
		v[i] = x->args[i]->imm;
	}
	r = fold_op(x, v);
	from_bits(x, ~r, r);
}

void known_compute(struct k2_term *x)
{
	nothing(x);
	switch (x->op) {
	case K2_T_ADD: known_add(x); break;
	case K2_T_MUL: known_mul(x); break;
	case K2_T_UDIV: case K2_T_UREM: known_div(x); break;
	case K2_T_AND: case K2_T_OR: case K2_T_XOR: known_bitwise(x); break;
	case K2_T_SHL: case K2_T_LSHR: case K2_T_ASHR: known_shift(x); break;
	case K2_T_EXTRACT: known_extract(x); break;
	case K2_T_CONCAT: known_concat(x); break;
	case K2_T_SEXT: known_sext(x); break;
	case K2_T_ITE: known_ite(x); break;
	case K2_T_NOT:
		from_bits(x, x->args[0]->ones, x->args[0]->zeros);
		from_range(x, k2_mask(x->width) - x->args[0]->umax, k2_mask(x->width) - x->args[0]->umin);
		break;
	default: break;
	}
	known_fold(x);
	tighten(x);
}

// SPDX-License-Identifier: BSD-2-Clause
/* Random expressions, built through the normalising constructors and computed beside them with plain numbers (division
   by zero and oversized shifts as in SMT-LIB). Value, known bits and ranges must agree for every subterm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "smt.h"

enum { POOL = 40, VECTORS = 6, ROUNDS = 6000 };

/* A term, and what it must be under each vector. */
struct node {
	k2_t t;
	unsigned int w;
	uint64_t v[VECTORS];
};

struct fuzz {
	struct k2_terms *t;
	uint64_t rng, first;
	struct node pool[POOL];
	unsigned int n;
};

static uint64_t at_most(struct fuzz *f, uint64_t n)
{
	return k2_rand(&f->rng) % (n + 1);
}

static uint64_t value_of(void *user, k2_t atom)
{
	return k2_t_sample(atom, *(uint64_t *)user);
}

static struct k2_known random_known(struct fuzz *f, unsigned int w)
{
	struct k2_known k = { 0, 0, 0, k2_mask(w) };
	uint64_t r = k2_rand(&f->rng), mask = k2_rand(&f->rng) & k2_rand(&f->rng);

	switch (at_most(f, 4)) {
	case 0:
		k.zeros = mask & ~r & k2_mask(w);
		k.ones = mask & r & k2_mask(w);
		break;
	case 1:
		k.umin = (r & k2_mask(w)) >> at_most(f, w - 1);
		k.umax = k.umin + at_most(f, (k2_mask(w) - k.umin) >> at_most(f, w - 1) >> 1);
		break;
	case 2:
		k.zeros = k2_mask(w) & ~k2_mask((unsigned int)at_most(f, w));
		break;
	case 3:
		k.zeros = k2_mask((unsigned int)at_most(f, w / 2));
		break;
	default:
		k.umax = 0;
	}
	return k;
}

static unsigned int random_width(struct fuzz *f)
{
	static const unsigned char COMMON[] = { 8, 16, 32, 64, 64, 32, 1, 64 };

	return at_most(f, 2) ? COMMON[at_most(f, 7)] : 1 + (unsigned int)at_most(f, 63);
}

static uint64_t random_const(struct fuzz *f)
{
	uint64_t r = k2_rand(&f->rng);

	switch (at_most(f, 6)) {
	case 0: return r & 7;
	case 1: return -(r & 7);
	case 2: return k2_mask((unsigned int)(r & 63)) << (r >> 8 & 63);
	case 3: return 1ull << (r & 63);
	case 4: return ~(k2_mask((unsigned int)(r & 63)) << (r >> 8 & 63));
	case 5: return r & 63;
	default: return r;
	}
}

static struct node leaf(struct fuzz *f, unsigned int w)
{
	struct node n = { .w = w };
	uint64_t c;

	if (at_most(f, 2)) {
		struct k2_known k = random_known(f, w);

		n.t = k2_t_fresh(f->t, w, &k, 0);
		for (uint64_t i = 0; i < VECTORS; i++)
			n.v[i] = k2_t_is_const(n.t) ? n.t->imm : k2_t_sample(n.t, f->first + i);
		for (uint64_t i = 0; i < VECTORS; i++) {
			assert_false(n.v[i] & n.t->zeros);
			assert_false(n.t->ones & ~n.v[i]);
			assert_true(n.v[i] >= n.t->umin && n.v[i] <= n.t->umax);
		}
		return n;
	}
	c = random_const(f);
	n.t = k2_t_const(f->t, w, c);
	for (unsigned int i = 0; i < VECTORS; i++)
		n.v[i] = c & k2_mask(w);
	return n;
}

/* A node of width w: from the pool if there is one, cut or extended from another, or new. */
static struct node pick(struct fuzz *f, unsigned int w)
{
	for (unsigned int tries = 0; tries < 6 && f->n; tries++) {
		struct node *n = &f->pool[at_most(f, f->n - 1)], r = { .w = w };

		if (n->w == w)
			return *n;
		if (tries < 4)
			continue;
		if (n->w > w) {
			unsigned int lo = at_most(f, 1) ? 0 : (unsigned int)at_most(f, n->w - w);

			r.t = k2_t_extract(f->t, n->t, lo, w);
			for (unsigned int i = 0; i < VECTORS; i++)
				r.v[i] = n->v[i] >> lo & k2_mask(w);
		} else {
			bool s = at_most(f, 1);

			r.t = s ? k2_t_sext(f->t, n->t, w) : k2_t_zext(f->t, n->t, w);
			for (unsigned int i = 0; i < VECTORS; i++)
				r.v[i] = s ? (uint64_t)k2_sext(n->v[i], n->w) & k2_mask(w) : n->v[i];
		}
		return r;
	}
	return leaf(f, w);
}

static uint64_t plain_div(unsigned int op, uint64_t a, uint64_t b, unsigned int w)
{
	int64_t x = k2_sext(a, w), y = k2_sext(b, w);

	if (op == K2_T_UDIV)
		return b ? a / b : ~0ull;
	if (op == K2_T_UREM)
		return b ? a % b : a;
	if (op == K2_T_SDIV)
		return !y ? (x < 0 ? 1 : ~0ull) : y == -1 ? 0 - a : (uint64_t)(x / y);
	return !y ? a : y == -1 ? 0 : (uint64_t)(x % y);
}

static uint64_t plain(unsigned int op, uint64_t a, uint64_t b, unsigned int w)
{
	switch (op) {
	case K2_T_ADD: return a + b;
	case K2_T_CONST: return a - b; /* stands for subtraction */
	case K2_T_MUL: return a * b;
	case K2_T_AND: return a & b;
	case K2_T_OR: return a | b;
	case K2_T_XOR: return a ^ b;
	case K2_T_NOT: return ~a;
	case K2_T_SHL: return b < w ? a << b : 0;
	case K2_T_LSHR: return b < w ? a >> b : 0;
	case K2_T_ASHR: return (uint64_t)(k2_sext(a, w) >> (b < w ? b : w - 1));
	case K2_T_EQ: return a == b;
	case K2_T_ULT: return a < b;
	case K2_T_SLT: return k2_sext(a, w) < k2_sext(b, w);
	default: return plain_div(op, a, b, w);
	}
}

static k2_t build(struct k2_terms *t, unsigned int op, k2_t a, k2_t b)
{
	switch (op) {
	case K2_T_ADD: return k2_t_add(t, a, b);
	case K2_T_CONST: return k2_t_sub(t, a, b);
	case K2_T_MUL: return k2_t_mul(t, a, b);
	case K2_T_AND: return k2_t_and(t, a, b);
	case K2_T_OR: return k2_t_or(t, a, b);
	case K2_T_XOR: return k2_t_xor(t, a, b);
	case K2_T_NOT: return k2_t_not(t, a);
	case K2_T_SHL: return k2_t_shl(t, a, b);
	case K2_T_LSHR: return k2_t_lshr(t, a, b);
	case K2_T_ASHR: return k2_t_ashr(t, a, b);
	case K2_T_EQ: return k2_t_eq(t, a, b);
	case K2_T_ULT: return k2_t_ult(t, a, b);
	case K2_T_SLT: return k2_t_slt(t, a, b);
	case K2_T_UDIV: return k2_t_udiv(t, a, b);
	case K2_T_UREM: return k2_t_urem(t, a, b);
	case K2_T_SDIV: return k2_t_sdiv(t, a, b);
	default: return k2_t_srem(t, a, b);
	}
}

static struct node two(struct fuzz *f, unsigned int w)
{
	static const unsigned char OPS[] = {
		K2_T_ADD, K2_T_ADD, K2_T_CONST, K2_T_CONST, K2_T_MUL, K2_T_AND, K2_T_AND, K2_T_OR, K2_T_OR, K2_T_XOR,
		K2_T_XOR, K2_T_NOT, K2_T_SHL, K2_T_SHL, K2_T_LSHR, K2_T_LSHR, K2_T_ASHR, K2_T_UDIV, K2_T_UREM,
		K2_T_SDIV, K2_T_SREM, K2_T_EQ, K2_T_EQ, K2_T_ULT, K2_T_ULT, K2_T_SLT, K2_T_SLT,
	};
	unsigned int op = OPS[at_most(f, sizeof(OPS) - 1)];
	struct node a = pick(f, w), b = pick(f, w), r;

	if (op >= K2_T_SHL && op <= K2_T_ASHR && at_most(f, 2)) {
		uint64_t n = at_most(f, w);

		b.t = k2_t_const(f->t, w, n);
		for (unsigned int i = 0; i < VECTORS; i++)
			b.v[i] = n & k2_mask(w);
	}
	r.w = op == K2_T_EQ || op == K2_T_ULT || op == K2_T_SLT ? 1 : w;
	r.t = build(f->t, op, a.t, b.t);
	for (unsigned int i = 0; i < VECTORS; i++)
		r.v[i] = plain(op, a.v[i], b.v[i], w) & k2_mask(r.w);
	return r;
}

static struct node other(struct fuzz *f, unsigned int w)
{
	struct node a, b, c, r = { .w = w };
	unsigned int wa = 1 + (unsigned int)at_most(f, w - 1);

	if (wa < w && at_most(f, 1)) {
		a = pick(f, w - wa);
		b = pick(f, wa);
		r.t = k2_t_concat(f->t, a.t, b.t);
		for (unsigned int i = 0; i < VECTORS; i++)
			r.v[i] = a.v[i] << wa | b.v[i];
		return r;
	}
	a = pick(f, w);
	b = pick(f, w);
	c = pick(f, 1);
	r.t = k2_t_ite(f->t, c.t, a.t, b.t);
	for (unsigned int i = 0; i < VECTORS; i++)
		r.v[i] = c.v[i] ? a.v[i] : b.v[i];
	return r;
}

static void check(struct fuzz *f, const struct node *n)
{
	k2_t base;
	uint64_t c, got[2];

	assert_int_equal(n->t->width, n->w);
	k2_t_split_const(f->t, n->t, &base, &c);
	for (uint64_t i = 0; i < VECTORS; i++) {
		uint64_t vector = f->first + i, v = n->v[i];
		k2_t what[2] = { n->t, base ? base : n->t };

		assert_int_equal(k2_t_eval(f->t, what, 2, value_of, &vector, got), K2_OK);
		if (got[0] != v || (v & n->t->zeros) || (n->t->ones & ~v) || v < n->t->umin || v > n->t->umax ||
		    (((base ? got[1] : 0) + c) & k2_mask(n->w)) != v) {
			char buf[2000];

			k2_t_print(buf, sizeof(buf), n->t);
			print_error("width %u want %llx got %llx base %llx + %llx: %s\n", n->w, (unsigned long long)v,
				    (unsigned long long)got[0], (unsigned long long)got[1], (unsigned long long)c, buf);
			fail();
		}
	}
}

static void run_round(uint64_t seed, uint64_t *checked)
{
	struct k2_arena *a = k2_arena_new(0);
	struct fuzz f = { .t = k2_terms_new(a), .rng = seed, .first = seed % 5 * 4 };
	unsigned int w = random_width(&f);

	for (unsigned int i = 0; i < POOL; i++) {
		unsigned int ww = at_most(&f, 2) ? w : random_width(&f);
		struct node n = at_most(&f, 3) ? two(&f, ww) : other(&f, ww);

		check(&f, &n);
		(*checked)++;
		if (!k2_t_is_const(n.t) || !at_most(&f, 3))
			f.pool[f.n++] = n;
	}
	assert_false(k2_terms_failed(f.t));
	k2_arena_free(a);
}

static void agrees_with_numbers(void **state)
{
	uint64_t checked = 0;
	const char *first = getenv("K2_SEED"), *rounds = getenv("K2_ROUNDS");
	uint64_t from = first ? strtoull(first, NULL, 0) : 1, n = rounds ? strtoull(rounds, NULL, 0) : ROUNDS;

	(void)state;
	for (uint64_t i = from; i < from + n; i++)
		run_round(i * 0x1000193, &checked);
	assert_true(rounds || checked >= 200000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(agrees_with_numbers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

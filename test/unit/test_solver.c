// SPDX-License-Identifier: BSD-2-Clause
/* The solver: what it proves, that its models check, its limits, failure of every allocation, and agreement
   with exhaustive evaluation on random terms. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "smt.h"

enum { PLENTY = 20000000 };

struct env {
	struct k2_arena *a;
	struct k2_terms *t;
	struct k2_solver *s;
};

static void open_env(struct env *e, uint64_t rlimit)
{
	e->a = k2_arena_new(0);
	assert_non_null(e->a);
	e->t = k2_terms_new(e->a);
	assert_non_null(e->t);
	e->s = k2_solver_new(e->a, e->t, rlimit);
	assert_non_null(e->s);
}

static void close_env(struct env *e)
{
	k2_solver_free(e->s);
	k2_arena_free(e->a);
}

static uint64_t model_value(void *user, k2_t atom)
{
	uint64_t v = k2_solver_model(user, atom);

	assert_int_equal(v & ~k2_mask(atom->width), 0);
	assert_int_equal(v & atom->zeros, 0);
	assert_int_equal(v & atom->ones, atom->ones);
	assert_true(v >= atom->umin && v <= atom->umax);
	return v;
}

/* K2_DIFFERENT must come with values that refute. */
static enum k2_verdict prove(struct env *e, const k2_t *assume, unsigned int n, k2_t claim)
{
	enum k2_verdict v = k2_solver_prove(e->s, assume, n, claim);
	uint64_t out;

	if (v != K2_DIFFERENT)
		return v;
	assert_int_equal(k2_t_eval(e->t, &claim, 1, model_value, e->s, &out), K2_OK);
	assert_int_equal(out, 0);
	for (unsigned int i = 0; i < n; i++) {
		assert_int_equal(k2_t_eval(e->t, &assume[i], 1, model_value, e->s, &out), K2_OK);
		assert_int_equal(out, 1);
	}
	return v;
}

static enum k2_verdict prove_eq(struct env *e, k2_t a, k2_t b)
{
	return prove(e, NULL, 0, k2_t_eq(e->t, a, b));
}

static void identities(void **state)
{
	struct env e;
	k2_t a, b, c, both, any, diff;

	(void)state;
	open_env(&e, PLENTY);
	a = k2_t_fresh(e.t, 64, NULL, 0);
	b = k2_t_fresh(e.t, 64, NULL, 0);
	c = k2_t_fresh(e.t, 64, NULL, 0);
	both = k2_t_and(e.t, a, b);
	any = k2_t_or(e.t, a, b);
	diff = k2_t_xor(e.t, a, b);
	assert_int_equal(prove_eq(&e, k2_t_add(e.t, both, any), k2_t_add(e.t, a, b)), K2_EQUAL);
	assert_int_equal(prove_eq(&e, k2_t_sub(e.t, any, both), diff), K2_EQUAL);
	assert_int_equal(prove_eq(&e, k2_t_xor(e.t, diff, b), a), K2_EQUAL);
	assert_int_equal(prove_eq(&e, k2_t_not(e.t, both), k2_t_or(e.t, k2_t_not(e.t, a), k2_t_not(e.t, b))),
			 K2_EQUAL);
	assert_int_equal(
		prove_eq(&e, k2_t_and(e.t, a, k2_t_or(e.t, b, c)), k2_t_or(e.t, both, k2_t_and(e.t, a, c))),
		K2_EQUAL);
	assert_int_equal(prove_eq(&e, k2_t_sub(e.t, k2_t_add(e.t, a, b), b), a), K2_EQUAL);
	assert_int_equal(prove_eq(&e, k2_t_add(e.t, k2_t_not(e.t, a), k2_t_const(e.t, 64, 1)),
				  k2_t_sub(e.t, k2_t_const(e.t, 64, 0), a)),
			 K2_EQUAL);
	close_env(&e);
}

static void extensions(void **state)
{
	struct env e;
	k2_t x, z, s, top;

	(void)state;
	open_env(&e, PLENTY);
	x = k2_t_fresh(e.t, 32, NULL, 0);
	z = k2_t_zext(e.t, x, 64);
	s = k2_t_sext(e.t, x, 64);
	top = k2_t_const(e.t, 64, 1ull << 32);
	assert_int_equal(prove(&e, NULL, 0, k2_t_ult(e.t, z, top)), K2_EQUAL);
	assert_int_equal(prove_eq(&e, k2_t_extract(e.t, s, 0, 32), x), K2_EQUAL);
	assert_int_equal(
		prove_eq(&e,
			 k2_t_ashr(e.t, k2_t_shl(e.t, z, k2_t_const(e.t, 64, 32)), k2_t_const(e.t, 64, 32)),
			 s),
		K2_EQUAL);
	assert_int_equal(prove_eq(&e, z, s), K2_DIFFERENT);
	/* (x ^ 2^31) - 2^31 is the sign extension */
	top = k2_t_const(e.t, 64, 1ull << 31);
	assert_int_equal(prove_eq(&e, k2_t_sub(e.t, k2_t_xor(e.t, z, top), top), s), K2_EQUAL);
	close_env(&e);
}

static void wrong_claims(void **state)
{
	struct env e;
	k2_t a, b, magic;

	(void)state;
	open_env(&e, PLENTY);
	a = k2_t_fresh(e.t, 64, NULL, 0);
	b = k2_t_fresh(e.t, 64, NULL, 0);
	assert_int_equal(prove_eq(&e, k2_t_add(e.t, a, b), k2_t_or(e.t, a, b)), K2_DIFFERENT);
	assert_int_equal(prove_eq(&e, k2_t_sub(e.t, a, b), k2_t_sub(e.t, b, a)), K2_DIFFERENT);
	assert_int_equal(prove(&e, NULL, 0, k2_t_const(e.t, 1, 0)), K2_DIFFERENT);
	assert_int_equal(k2_solver_stats(e.s).queries, 0);
	/* no test vector finds this one */
	magic = k2_t_const(e.t, 64, 0x123456789abcdef1ull);
	assert_int_equal(prove(&e, NULL, 0, k2_t_not(e.t, k2_t_eq(e.t, k2_t_mul(e.t, a, b), magic))),
			 K2_DIFFERENT);
	assert_int_equal(k2_solver_stats(e.s).queries, 1);
	assert_int_equal(k2_solver_stats(e.s).unknown, 0);
	assert_true(k2_solver_stats(e.s).rlimit > 0);
	close_env(&e);
}

static void assumptions(void **state)
{
	struct env e;
	k2_t a, b, as[2], claim;

	(void)state;
	open_env(&e, PLENTY);
	a = k2_t_fresh(e.t, 64, NULL, 0);
	b = k2_t_fresh(e.t, 64, NULL, 0);
	as[0] = k2_t_ult(e.t, a, k2_t_const(e.t, 64, 100));
	as[1] = k2_t_ult(e.t, b, k2_t_const(e.t, 64, 100));
	claim = k2_t_ult(e.t, k2_t_mul(e.t, a, b), k2_t_const(e.t, 64, 99 * 99 + 1));
	assert_int_equal(prove(&e, as, 2, claim), K2_EQUAL);
	assert_int_equal(prove(&e, as, 1, claim), K2_DIFFERENT);
	claim = k2_t_ult(e.t, k2_t_mul(e.t, a, b), k2_t_const(e.t, 64, 99 * 99));
	assert_int_equal(prove(&e, as, 2, claim), K2_DIFFERENT);
	/* an assumption proves itself; a contradiction proves all */
	assert_int_equal(prove(&e, as, 2, as[1]), K2_EQUAL);
	as[1] = k2_t_ult(e.t, k2_t_const(e.t, 64, 200), a);
	assert_int_equal(prove(&e, as, 2, k2_t_const(e.t, 1, 0)), K2_EQUAL);
	assert_int_equal(prove(&e, as, 1, k2_t_const(e.t, 1, 0)), K2_DIFFERENT);
	/* and nothing of it stays behind */
	assert_int_equal(prove(&e, NULL, 0, as[0]), K2_DIFFERENT);
	close_env(&e);
}

static void known_facts(void **state)
{
	const struct k2_known small = {.umin = 3, .umax = 10},
			      aligned = {.zeros = 7, .ones = 64, .umax = ~0ull};
	struct env e;
	k2_t a, b, f, args[1], eight;

	(void)state;
	open_env(&e, PLENTY);
	a = k2_t_fresh(e.t, 64, &small, 0);
	b = k2_t_fresh(e.t, 64, &aligned, 0);
	eight = k2_t_const(e.t, 64, 8);
	assert_int_equal(prove(&e, NULL, 0, k2_t_ult(e.t, k2_t_mul(e.t, a, a), k2_t_const(e.t, 64, 101))),
			 K2_EQUAL);
	assert_int_equal(prove(&e, NULL, 0, k2_t_ult(e.t, k2_t_mul(e.t, a, a), k2_t_const(e.t, 64, 100))),
			 K2_DIFFERENT);
	assert_int_equal(prove_eq(&e, k2_t_urem(e.t, b, eight), k2_t_const(e.t, 64, 0)), K2_EQUAL);
	assert_int_equal(prove_eq(&e, k2_t_urem(e.t, k2_t_mul(e.t, a, b), eight), k2_t_const(e.t, 64, 0)),
			 K2_EQUAL);
	assert_int_equal(prove_eq(&e, k2_t_urem(e.t, b, k2_t_const(e.t, 64, 16)), k2_t_const(e.t, 64, 0)),
			 K2_DIFFERENT);
	/* the same of SELECT terms */
	args[0] = a;
	f = k2_t_apply(e.t, 64, 1, args, 1, &small, 0);
	assert_int_equal(prove(&e, NULL, 0, k2_t_ult(e.t, k2_t_mul(e.t, f, a), k2_t_const(e.t, 64, 101))),
			 K2_EQUAL);
	assert_int_equal(prove_eq(&e, f, a), K2_DIFFERENT);
	close_env(&e);
}

/* a * b == (a | b) * (a & b) + (a & ~b) * (~a & b): true, but beyond z3 from about 12 bits, and no vector
 * refutes. */
static k2_t hard_claim(struct k2_terms *t, unsigned int w)
{
	k2_t a = k2_t_fresh(t, w, NULL, 0), b = k2_t_fresh(t, w, NULL, 0);
	k2_t left = k2_t_mul(t, k2_t_or(t, a, b), k2_t_and(t, a, b));
	k2_t right = k2_t_mul(t, k2_t_and(t, a, k2_t_not(t, b)), k2_t_and(t, k2_t_not(t, a), b));

	return k2_t_eq(t, k2_t_mul(t, a, b), k2_t_add(t, left, right));
}

static void limits(void **state)
{
	struct env e;
	k2_t a, b;

	(void)state;
	open_env(&e, 1);
	a = k2_t_fresh(e.t, 64, NULL, 0);
	b = k2_t_fresh(e.t, 64, NULL, 0);
	assert_int_equal(prove(&e, NULL, 0, hard_claim(e.t, 32)), K2_UNKNOWN);
	assert_int_equal(k2_solver_stats(e.s).unknown, 1);
	/* refuting by vectors does not need z3 */
	assert_int_equal(prove_eq(&e, a, b), K2_DIFFERENT);
	close_env(&e);
	/* The limit is each query's own: the easy one after the hard one is proved. */
	open_env(&e, 500000);
	a = k2_t_fresh(e.t, 64, NULL, 0);
	b = k2_t_fresh(e.t, 64, NULL, 0);
	for (int i = 0; i < 3; i++) {
		k2_t add = k2_t_add(e.t, k2_t_and(e.t, a, b), k2_t_or(e.t, a, b));

		assert_int_equal(prove(&e, NULL, 0, hard_claim(e.t, 32)), K2_UNKNOWN);
		assert_int_equal(prove_eq(&e, add, k2_t_add(e.t, a, b)), K2_EQUAL);
	}
	assert_true(k2_solver_stats(e.s).rlimit > 3 * 500000);
	assert_true(k2_solver_stats(e.s).rlimit < 6 * 500000);
	close_env(&e);
}

/* A term of depth `n` that the table cannot flatten. */
static k2_t deep(struct k2_terms *t, k2_t a, k2_t b, unsigned int n)
{
	k2_t x = a;

	for (unsigned int i = 0; i < n; i++)
		x = i & 1 ? k2_t_xor(t, x, b) : k2_t_add(t, k2_t_and(t, x, a), b);
	return x;
}

/* No verdict is asked for: that the walk and z3 get through without running out of stack is the point. */
static void depth(void **state)
{
	struct env e;
	k2_t a, b, x, y;
	enum k2_verdict v;

	(void)state;
	open_env(&e, 20000);
	a = k2_t_fresh(e.t, 8, NULL, 0);
	b = k2_t_fresh(e.t, 8, NULL, 0);
	x = deep(e.t, a, b, 30000);
	y = k2_t_not(e.t, k2_t_not(e.t, deep(e.t, a, b, 29999)));
	v = prove(&e, NULL, 0, k2_t_ult(e.t, k2_t_and(e.t, x, k2_t_const(e.t, 8, 3)), k2_t_const(e.t, 8, 4)));
	assert_int_not_equal(v, K2_DIFFERENT);
	v = prove_eq(&e, k2_t_and(e.t, x, y), k2_t_and(e.t, k2_t_or(e.t, x, y), k2_t_and(e.t, y, x)));
	assert_int_not_equal(v, K2_DIFFERENT);
	assert_int_equal(prove_eq(&e, a, b), K2_DIFFERENT);
	close_env(&e);
}

static uint64_t small_random(uint64_t *seed, uint64_t n)
{
	return k2_rand(seed) % n;
}

/* Two atoms of 4 bits, and terms made of them that two 16-value loops can check. */
struct fuzz {
	struct k2_terms *t;
	k2_t atom[2];
	uint64_t seed, value[2];
};

static k2_t fit(struct k2_terms *t, k2_t x, unsigned int w, bool sign)
{
	if (x->width > w)
		return k2_t_extract(t, x, 0, w);
	return sign ? k2_t_sext(t, x, w) : k2_t_zext(t, x, w);
}

static k2_t binary(struct fuzz *f, uint64_t op, k2_t a, k2_t b)
{
	static k2_t (*const ops[])(struct k2_terms *, k2_t, k2_t) = {
		k2_t_add, k2_t_sub, k2_t_mul, k2_t_udiv, k2_t_urem, k2_t_sdiv, k2_t_srem,
		k2_t_and, k2_t_or,  k2_t_xor, k2_t_shl,	 k2_t_lshr, k2_t_ashr,
	};

	return ops[op % K2_ARRAY_SIZE(ops)](f->t, a, b);
}

static k2_t compare(struct fuzz *f, uint64_t op, k2_t a, k2_t b)
{
	switch (op % 4) {
	case 0: return k2_t_eq(f->t, a, b);
	case 1: return k2_t_ult(f->t, a, b);
	case 2: return k2_t_slt(f->t, a, b);
	default: return k2_t_not(f->t, k2_t_ult(f->t, b, a));
	}
}

static k2_t random_term(struct fuzz *f, unsigned int w, unsigned int depth_left)
{
	uint64_t kind = depth_left ? small_random(&f->seed, 16) : small_random(&f->seed, 3);
	uint64_t r = k2_rand(&f->seed), lo;
	k2_t a, b;

	if (kind < 2)
		return fit(f->t, f->atom[kind], w, r & 1);
	if (kind == 2)
		return k2_t_const(f->t, w, r & 16 ? r : r & 3);
	a = random_term(f, w, depth_left - 1);
	b = kind > 5 ? random_term(f, w, depth_left - 1) : NULL;
	switch (kind) {
	case 3: return k2_t_not(f->t, a);
	case 4:
		lo = r % w;
		return fit(f->t, k2_t_extract(f->t, a, (unsigned int)lo, w - (unsigned int)lo), w,
			   r >> 32 & 1);
	case 5:
		if (w < 2)
			return a;
		lo = 1 + r % (w - 1);
		return k2_t_concat(f->t, k2_t_extract(f->t, a, 0, (unsigned int)lo),
				   random_term(f, w - (unsigned int)lo, depth_left - 1));
	case 6: return k2_t_ite(f->t, random_term(f, 1, depth_left - 1), a, b);
	case 7: return k2_t_ite(f->t, compare(f, r, a, b), b, a);
	case 8: return fit(f->t, compare(f, r, a, b), w, r >> 32 & 1);
	default: return binary(f, r, a, b);
	}
}

static uint64_t fuzz_value(void *user, k2_t atom)
{
	struct fuzz *f = user;

	return f->value[atom == f->atom[1]];
}

/* Is `claim` true for all values of the atoms where `assume` is? */
static bool exhaustive(struct fuzz *f, k2_t assume, k2_t claim)
{
	const k2_t both[2] = {assume, claim};
	uint64_t out[2];

	for (f->value[0] = 0; f->value[0] < 16; f->value[0]++)
		for (f->value[1] = 0; f->value[1] < 16; f->value[1]++) {
			assert_int_equal(k2_t_eval(f->t, both, 2, fuzz_value, f, out), K2_OK);
			if (out[0] && !out[1])
				return false;
		}
	return true;
}

/* The function that random term `x` computes, as a chain of ITE over all values of the atoms; one entry is
   off by `flip` at values (at, bt) of the atoms. Made by evaluation: the chain has nothing of the operations
   in x. */
static k2_t tabulate(struct fuzz *f, k2_t x, uint64_t flip, uint64_t at, uint64_t bt)
{
	k2_t res = k2_t_const(f->t, x->width, 0);
	uint64_t v;

	for (f->value[0] = 0; f->value[0] < 16; f->value[0]++)
		for (f->value[1] = f->atom[1]->umin; f->value[1] <= f->atom[1]->umax; f->value[1]++) {
			k2_t ca = k2_t_eq(f->t, f->atom[0], k2_t_const(f->t, 4, f->value[0]));
			k2_t cb = k2_t_eq(f->t, f->atom[1], k2_t_const(f->t, 4, f->value[1]));

			assert_int_equal(k2_t_eval(f->t, &x, 1, fuzz_value, f, &v), K2_OK);
			if (f->value[0] == at && f->value[1] == bt)
				v ^= flip;
			res = k2_t_ite(f->t, k2_t_and(f->t, ca, cb), k2_t_const(f->t, x->width, v), res);
		}
	return res;
}

static void table_case(struct env *e, struct fuzz *f, uint64_t counts[3])
{
	uint64_t lo = small_random(&f->seed, 15), at = small_random(&f->seed, 16);
	uint64_t bt = lo + small_random(&f->seed, 2);
	const struct k2_known range = {.umin = lo, .umax = lo + 3};
	unsigned int w = 8 + (unsigned int)small_random(&f->seed, 57);
	k2_t x, good, wrong, there, claim, ok;

	f->atom[0] = k2_t_fresh(f->t, 4, NULL, 0);
	f->atom[1] = k2_t_fresh(f->t, 4, &range, 0);
	x = random_term(f, w, 3);
	good = tabulate(f, x, 0, at, bt);
	wrong = tabulate(f, x, 1ull << small_random(&f->seed, w), at, bt);
	there = k2_t_and(f->t, k2_t_eq(f->t, f->atom[0], k2_t_const(f->t, 4, at)),
			 k2_t_eq(f->t, f->atom[1], k2_t_const(f->t, 4, bt)));
	enum k2_verdict v = prove_eq(e, x, good);

	assert_int_not_equal(v, K2_DIFFERENT);
	counts[v]++;
	v = prove_eq(e, x, wrong);
	assert_int_not_equal(v, K2_EQUAL);
	counts[v]++;
	/* elsewhere the wrong table is right */
	claim = k2_t_eq(f->t, x, wrong);
	ok = k2_t_not(f->t, there);
	v = prove(e, &ok, 1, claim);
	assert_int_not_equal(v, K2_DIFFERENT);
	counts[v]++;
}

static void fuzz_tables(void **state)
{
	struct fuzz f = {.seed = 7};
	uint64_t counts[3] = {0};

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct env e;

		open_env(&e, 1000000);
		f.t = e.t;
		for (int j = 0; j < 4; j++)
			table_case(&e, &f, counts);
		close_env(&e);
	}
	assert_true(counts[K2_UNKNOWN] * 10 < counts[K2_EQUAL]);
	assert_true(counts[K2_DIFFERENT] > 60);
}

static void fuzz_pairs(void **state)
{
	struct fuzz f = {.seed = 11};
	uint64_t counts[3] = {0};

	(void)state;
	for (int i = 0; i < 250; i++) {
		struct env e;
		k2_t x, y, claim, assume;
		unsigned int w;
		enum k2_verdict v;

		open_env(&e, 300000);
		f.t = e.t;
		w = 8 + (unsigned int)small_random(&f.seed, 57);
		f.atom[0] = k2_t_fresh(e.t, 4, NULL, 0);
		f.atom[1] = k2_t_fresh(e.t, 4, NULL, 0);
		x = random_term(&f, w, 3);
		y = random_term(&f, w, 2);
		/* an operation undone, a difference in few places, or two terms with nothing in common */
		if (i % 3 == 0)
			y = k2_t_sub(e.t, k2_t_add(e.t, k2_t_and(e.t, x, y), k2_t_or(e.t, x, y)), y);
		else if (i % 3 == 1)
			y = k2_t_ite(e.t, compare(&f, (uint64_t)i, x, y), x, k2_t_or(e.t, x, y));
		assume = random_term(&f, 1, 2);
		claim = i & 1 ? k2_t_eq(e.t, x, y) : compare(&f, (uint64_t)i, x, y);
		v = prove(&e, &assume, 1, claim);
		counts[v]++;
		if (v != K2_UNKNOWN)
			assert_int_equal(v == K2_EQUAL, exhaustive(&f, assume, claim));
		close_env(&e);
	}
	assert_true(counts[K2_UNKNOWN] < 25);
	assert_true(counts[K2_EQUAL] > 30);
	assert_true(counts[K2_DIFFERENT] > 30);
}

static struct k2_solver_stats one_run(uint64_t *digest)
{
	struct fuzz f = {.seed = 5};
	struct k2_solver_stats st;
	struct env e;

	open_env(&e, 200000);
	f.t = e.t;
	for (int i = 0; i < 100; i++) {
		k2_t claim;
		enum k2_verdict v;

		f.atom[0] = k2_t_fresh(e.t, 8, NULL, 0);
		f.atom[1] = k2_t_fresh(e.t, 8, NULL, 0);
		claim = k2_t_eq(e.t, random_term(&f, 16, 3), random_term(&f, 16, 3));
		claim = k2_t_or(e.t, claim, compare(&f, (uint64_t)i, random_term(&f, 8, 3), f.atom[1]));
		v = prove(&e, NULL, 0, i % 10 ? claim : hard_claim(e.t, 16));
		*digest = k2_hash_mix(*digest, v);
		if (v == K2_DIFFERENT)
			*digest = k2_hash_mix(*digest, k2_solver_model(e.s, f.atom[0]));
	}
	st = k2_solver_stats(e.s);
	close_env(&e);
	return st;
}

static void deterministic(void **state)
{
	uint64_t d1 = 0, d2 = 0;
	struct k2_solver_stats s1 = one_run(&d1), s2 = one_run(&d2);

	(void)state;
	assert_memory_equal(&s1, &s2, sizeof(s1));
	assert_int_equal(d1, d2);
	assert_true(s1.queries > 10);
}

/* Returns false when the run went through without meeting the failing allocation. */
static bool failing_run(uint64_t n)
{
	struct k2_arena *a = k2_arena_new(n);
	struct k2_terms *t = k2_terms_new(a);
	struct k2_solver *s = t ? k2_solver_new(a, t, PLENTY) : NULL;
	bool failed;

	if (s) {
		const struct k2_known k = {.zeros = 1, .umin = 2, .umax = 1000};
		k2_t x = k2_t_fresh(t, 32, &k, 0), y = k2_t_fresh(t, 32, NULL, 0);
		k2_t magic = k2_t_const(t, 32, 998 * 40001);
		k2_t as[2] = {k2_t_ult(t, y, k2_t_const(t, 32, 50000)), k2_t_ult(t, x, y)};
		k2_t claim = k2_t_not(t, k2_t_eq(t, k2_t_mul(t, x, y), magic));

		/* false with these assumptions: both factors exist; false without */
		assert_int_not_equal(k2_solver_prove(s, as, 2, claim), K2_EQUAL);
		assert_int_not_equal(k2_solver_prove(s, NULL, 0, k2_t_ult(t, x, y)), K2_EQUAL);
		assert_int_not_equal(k2_solver_prove(s, as, 1, k2_t_eq(t, y, k2_t_urem(t, y, x))), K2_EQUAL);
	}
	failed = k2_arena_failed(a);
	k2_solver_free(s);
	k2_arena_free(a);
	return failed;
}

static void allocation_failures(void **state)
{
	uint64_t n = 1;

	(void)state;
	assert_int_equal(k2_solver_prove(NULL, NULL, 0, NULL), K2_UNKNOWN);
	k2_solver_free(NULL);
	while (failing_run(n))
		n++;
	assert_true(n > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identities),
		cmocka_unit_test(extensions),
		cmocka_unit_test(wrong_claims),
		cmocka_unit_test(assumptions),
		cmocka_unit_test(known_facts),
		cmocka_unit_test(limits),
		cmocka_unit_test(depth),
		cmocka_unit_test(fuzz_tables),
		cmocka_unit_test(fuzz_pairs),
		cmocka_unit_test(deterministic),
		cmocka_unit_test(allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

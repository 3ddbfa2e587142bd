// SPDX-License-Identifier: BSD-2-Clause
/* The normal forms of terms: two ways to write one value must be the same pointer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "smt.h"

static struct k2_arena *A;
static struct k2_terms *T;

#define SAME(a, b) assert_same((a), (b), __FILE__, __LINE__)

static void assert_same(k2_t a, k2_t b, const char *file, int line)
{
	char x[2000], y[2000];

	if (a == b)
		return;
	k2_t_print(x, sizeof(x), a);
	k2_t_print(y, sizeof(y), b);
	print_error("%s\n%s\n", x, y);
	_fail(file, line);
}

static int setup(void **state)
{
	(void)state;
	A = k2_arena_new(0);
	T = k2_terms_new(A);
	return 0;
}

static int teardown(void **state)
{
	int bad = k2_terms_failed(T);

	(void)state;
	k2_arena_free(A);
	return bad;
}

static k2_t con(unsigned int w, uint64_t v) { return k2_t_const(T, w, v); }
static k2_t var(unsigned int w) { return k2_t_fresh(T, w, NULL, 0); }
static k2_t add(k2_t a, k2_t b) { return k2_t_add(T, a, b); }
static k2_t sub(k2_t a, k2_t b) { return k2_t_sub(T, a, b); }
static k2_t mul(k2_t a, k2_t b) { return k2_t_mul(T, a, b); }
static k2_t and(k2_t a, k2_t b) { return k2_t_and(T, a, b); }
static k2_t or(k2_t a, k2_t b) { return k2_t_or(T, a, b); }
static k2_t xor(k2_t a, k2_t b) { return k2_t_xor(T, a, b); }
static k2_t not(k2_t a) { return k2_t_not(T, a); }
static k2_t cat(k2_t a, k2_t b) { return k2_t_concat(T, a, b); }
static k2_t ext(k2_t a, unsigned int lo, unsigned int w) { return k2_t_extract(T, a, lo, w); }
static k2_t zx(k2_t a, unsigned int w) { return k2_t_zext(T, a, w); }
static k2_t sx(k2_t a, unsigned int w) { return k2_t_sext(T, a, w); }
static k2_t eq(k2_t a, k2_t b) { return k2_t_eq(T, a, b); }
static k2_t ult(k2_t a, k2_t b) { return k2_t_ult(T, a, b); }
static k2_t slt(k2_t a, k2_t b) { return k2_t_slt(T, a, b); }
static k2_t ite(k2_t c, k2_t a, k2_t b) { return k2_t_ite(T, c, a, b); }
static k2_t shl(k2_t a, unsigned int n) { return k2_t_shl(T, a, con(a->width, n)); }
static k2_t lshr(k2_t a, unsigned int n) { return k2_t_lshr(T, a, con(a->width, n)); }
static k2_t ashr(k2_t a, unsigned int n) { return k2_t_ashr(T, a, con(a->width, n)); }
static k2_t addk(k2_t a, uint64_t k) { return add(a, con(a->width, k)); }
static k2_t andk(k2_t a, uint64_t k) { return and(a, con(a->width, k)); }
static k2_t mulk(k2_t a, uint64_t k) { return mul(a, con(a->width, k)); }

static k2_t ranged(unsigned int w, uint64_t lo, uint64_t hi)
{
	struct k2_known k = { 0, 0, lo, hi };

	return k2_t_fresh(T, w, &k, 0);
}

/* Bytes glued by shift and or, in every order, at both widths, equal the wide load. */
static void glued_bytes(void **state)
{
	typedef k2_t (*op)(k2_t, k2_t);
	static const op OPS[] = { or, add, xor };
	k2_t b[4], wide, p[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		b[i] = var(8);
	wide = cat(b[3], cat(b[2], cat(b[1], b[0])));
	SAME(wide, cat(cat(b[3], b[2]), cat(b[1], b[0])));
	for (unsigned int o = 0; o < 3; o++) {
		op f = OPS[o];

		for (unsigned int i = 0; i < 4; i++)
			p[i] = shl(zx(b[i], 64), 8 * i);
		SAME(f(f(f(p[0], p[1]), p[2]), p[3]), zx(wide, 64));
		SAME(f(f(p[3], p[1]), f(p[2], p[0])), zx(wide, 64));
		SAME(f(p[2], f(p[0], f(p[3], p[1]))), zx(wide, 64));
		SAME(f(shl(f(shl(zx(b[3], 64), 8), zx(b[2], 64)), 16), f(p[1], p[0])), zx(wide, 64));
		for (unsigned int i = 0; i < 4; i++)
			p[i] = zx(ext(shl(zx(b[i], 64), 8 * i), 0, 32), 64);
		SAME(zx(ext(f(f(p[2], p[0]), f(p[3], p[1])), 0, 32), 64), zx(wide, 64));
		for (unsigned int i = 0; i < 4; i++)
			p[i] = shl(zx(b[i], 32), 8 * i);
		SAME(f(f(p[2], p[0]), f(p[3], p[1])), wide);
	}
}

static void byte_swaps(void **state)
{
	k2_t x = var(32), want, y = var(16);

	(void)state;
	want = cat(cat(ext(x, 0, 8), ext(x, 8, 8)), cat(ext(x, 16, 8), ext(x, 24, 8)));
	SAME(or(or(shl(x, 24), lshr(x, 24)), or(andk(lshr(x, 8), 0xff00), andk(shl(x, 8), 0xff0000))), want);
	SAME(or(or(shl(x, 24), lshr(x, 24)), or(lshr(andk(x, 0xff0000), 8), shl(andk(x, 0xff00), 8))), want);
	SAME(or(shl(zx(y, 64), 8), lshr(zx(y, 64), 8)), zx(cat(y, ext(y, 8, 8)), 64));
	SAME(andk(or(shl(zx(y, 64), 8), lshr(zx(y, 64), 8)), 0xffff), zx(cat(ext(y, 0, 8), ext(y, 8, 8)), 64));
}

static void shifts_and_masks(void **state)
{
	k2_t x = var(64), low = zx(ext(x, 0, 32), 64), small = ranged(64, 0, 255);

	(void)state;
	SAME(lshr(shl(x, 32), 32), low);
	SAME(andk(x, 0xffffffff), low);
	SAME(low, cat(con(32, 0), ext(x, 0, 32)));
	SAME(ashr(shl(x, 48), 48), sx(ext(x, 0, 16), 64));
	SAME(ashr(shl(x, 32), 32), sx(ext(x, 0, 32), 64));
	SAME(andk(small, 0xff), small);
	SAME(zx(ext(small, 0, 8), 64), small);
	SAME(lshr(shl(small, 40), 40), small);
	SAME(ashr(shl(small, 32), 32), small);
	SAME(lshr(andk(x, 0xff00), 8), andk(lshr(x, 8), 0xff));
	SAME(shl(x, 3), mulk(x, 8));
	SAME(shl(x, 1), add(x, x));
	SAME(k2_t_udiv(T, x, con(64, 16)), lshr(x, 4));
	SAME(k2_t_urem(T, x, con(64, 16)), andk(x, 15));
	SAME(andk(andk(x, 0xfff0), 0x0fff), andk(x, 0xff0));
	SAME(or(andk(x, ~0xffull), andk(x, 0xff)), x);
	SAME(k2_t_shl(T, x, con(64, 64)), con(64, 0));
	SAME(ashr(x, 64), sx(ext(x, 63, 1), 64));
}

/* Taking a value apart and putting it together gives the value. */
static void reassembly(void **state)
{
	k2_t x = var(64), y = var(64), c = var(1), small = ranged(64, 3, 1000), v[16];

	(void)state;
	v[0] = x;
	v[1] = add(x, y);
	v[2] = xor(x, y);
	v[3] = and(x, y);
	v[4] = ite(c, x, y);
	v[5] = not(add(x, y));
	v[6] = sx(ext(x, 3, 20), 64);
	v[7] = mul(x, y);
	v[8] = addk(mulk(x, 8), 20);
	v[9] = xor(x, con(64, 0x123456789abcdef0));
	v[10] = ite(c, con(64, 0x12345), con(64, 0x777777777777));
	v[11] = ite(c, x, con(64, 99));
	v[12] = small;
	v[13] = or(add(x, y), y);
	v[14] = add(zx(ext(x, 0, 32), 64), zx(ext(y, 0, 32), 64));
	v[15] = ite(c, cat(ext(x, 0, 32), con(32, 1)), y);
	for (unsigned int i = 0; i < 16; i++) {
		for (unsigned int step = 8; step < 64; step *= 2) {
			k2_t up = ext(v[i], 0, step), down = ext(v[i], 64 - step, step);

			for (unsigned int at = step; at < 64; at += step) {
				up = cat(ext(v[i], at, step), up);
				down = cat(down, ext(v[i], 64 - step - at, step));
			}
			SAME(up, v[i]);
			SAME(down, v[i]);
		}
	}
}

static void sums(void **state)
{
	k2_t x = var(64), y = var(64), z = var(64), base;
	k2_t i8 = shl(x, 3);
	uint64_t c;

	(void)state;
	SAME(add(add(x, y), z), add(z, add(y, x)));
	SAME(sub(add(x, y), x), y);
	SAME(sub(x, x), con(64, 0));
	SAME(addk(addk(x, 8), (uint64_t)-8), x);
	SAME(add(x, mulk(x, ~0ull)), con(64, 0));
	SAME(add(mulk(x, 3), mulk(x, 5)), shl(x, 3));
	SAME(sub(shl(x, 3), x), mulk(x, 7));
	SAME(mulk(add(x, y), 4), add(shl(x, 2), shl(y, 2)));
	SAME(shl(addk(x, 3), 2), addk(shl(x, 2), 12));
	SAME(addk(addk(i8, 4), 4), addk(i8, 8));
	SAME(addk(add(y, i8), 4), add(addk(i8, 4), y));
	SAME(addk(not(x), 1), sub(con(64, 0), x));
	SAME(sub(con(64, ~0ull), x), not(x));
	SAME(not(not(add(x, y))), add(x, y));
	SAME(mul(x, mul(y, z)), mul(mul(z, x), y));
	SAME(mul(mulk(x, 6), mulk(y, 5)), mulk(mul(x, y), 30));
	SAME(ext(add(x, y), 0, 32), add(ext(x, 0, 32), ext(y, 0, 32)));
	SAME(ext(addk(add(zx(ext(x, 0, 32), 64), y), 5), 0, 32), addk(add(ext(y, 0, 32), ext(x, 0, 32)), 5));
	k2_t_split_const(T, addk(add(x, y), 24), &base, &c);
	SAME(base, add(y, x));
	assert_int_equal(c, 24);
	k2_t_split_const(T, addk(i8, 4), &base, &c);
	SAME(base, i8);
	assert_int_equal(c, 4);
	k2_t_split_const(T, addk(i8, 20), &base, &c);
	SAME(base, i8);
	assert_int_equal(c, 20);
	k2_t_split_const(T, con(64, 5), &base, &c);
	assert_null(base);
	assert_int_equal(c, 5);
	k2_t_split_const(T, x, &base, &c);
	SAME(base, x);
	assert_int_equal(c, 0);
}

/* Arithmetic on small numbers is the same in 32 and in 64 bits. */
static void width_of_small_sums(void **state)
{
	k2_t a = var(8), b = var(16), n = ranged(32, 8, 1000);

	(void)state;
	SAME(zx(add(zx(a, 32), zx(b, 32)), 64), add(zx(a, 64), zx(b, 64)));
	SAME(zx(mul(zx(a, 32), zx(b, 32)), 64), mul(zx(a, 64), zx(b, 64)));
	SAME(zx(addk(n, (uint64_t)-8), 64), addk(zx(n, 64), (uint64_t)-8));
	SAME(zx(addk(shl(zx(a, 32), 4), 14), 64), addk(shl(zx(a, 64), 4), 14));
	SAME(zx(k2_t_urem(T, zx(a, 32), zx(b, 32)), 64), k2_t_urem(T, zx(a, 64), zx(b, 64)));
	SAME(zx(k2_t_udiv(T, zx(a, 32), con(32, 10)), 64), k2_t_udiv(T, zx(a, 64), con(64, 10)));
}

static void aligned_frame(void **state)
{
	struct k2_known k = { 7, 0, 0x1000, ~0ull >> 1 };
	k2_t fp = k2_t_fresh(T, 64, &k, 0), base;
	uint64_t c;

	(void)state;
	for (uint64_t off = 0; off < 64; off++) {
		k2_t_split_const(T, addk(fp, off - 32), &base, &c);
		SAME(base, fp);
		assert_int_equal(c, off - 32);
		SAME(addk(addk(fp, off - 32), 32 - off), fp);
	}
	SAME(or(fp, con(64, 4)), addk(fp, 4));
}

static void conditions(void **state)
{
	k2_t x = var(64), y = var(64), a = var(8), b = var(8), c = var(1), d = var(1);
	k2_t one = con(1, 1), zero = con(1, 0);

	(void)state;
	SAME(ite(c, one, zero), c);
	SAME(ite(c, zero, one), not(c));
	SAME(ite(c, con(64, 1), con(64, 0)), zx(c, 64));
	SAME(ite(not(c), x, y), ite(c, y, x));
	SAME(ite(c, x, x), x);
	SAME(ite(c, ite(c, x, y), y), ite(c, x, y));
	SAME(ite(c, zx(a, 64), zx(b, 64)), zx(ite(c, a, b), 64));
	SAME(ite(eq(x, con(64, 3)), con(64, 3), x), x);
	SAME(eq(ite(c, con(64, 7), con(64, 9)), con(64, 7)), c);
	SAME(eq(ite(c, con(64, 7), con(64, 9)), con(64, 9)), not(c));
	SAME(eq(ite(c, con(64, 7), con(64, 9)), con(64, 8)), zero);
	SAME(eq(zx(c, 64), con(64, 0)), not(c));
	SAME(not(and(not(c), not(d))), or(d, c));
	SAME(or(c, not(c)), one);
	SAME(and(c, and(d, c)), and(d, c));
	SAME(eq(eq(c, d), one), not(xor(c, d)));
	SAME(and(sx(c, 64), con(64, 5)), ite(c, con(64, 5), con(64, 0)));
	SAME(zx(ite(c, con(32, 2), con(32, 1)), 64), ite(c, con(64, 2), con(64, 1)));
}

static void comparisons(void **state)
{
	k2_t x = var(64), y = var(64), a = var(8), b = var(8), n = ranged(64, 10, 20);

	(void)state;
	SAME(eq(x, y), eq(y, x));
	SAME(eq(x, x), con(1, 1));
	SAME(eq(addk(x, 5), con(64, 12)), eq(x, con(64, 7)));
	SAME(eq(addk(x, 5), addk(y, 5)), eq(x, y));
	SAME(eq(addk(x, 5), addk(y, 7)), eq(y, addk(x, (uint64_t)-2)));
	SAME(eq(sub(x, y), con(64, 0)), eq(x, y));
	SAME(eq(xor(x, y), con(64, 0)), eq(x, y));
	SAME(eq(xor(x, con(64, 5)), con(64, 6)), eq(x, con(64, 3)));
	SAME(eq(zx(a, 64), con(64, 7)), eq(a, con(8, 7)));
	SAME(eq(zx(a, 64), con(64, 256)), con(1, 0));
	SAME(eq(zx(a, 32), zx(b, 32)), eq(a, b));
	SAME(eq(shl(zx(a, 64), 3), con(64, 24)), eq(a, con(8, 3)));
	SAME(eq(shl(x, 32), con(64, 0)), eq(ext(x, 0, 32), con(32, 0)));
	SAME(eq(not(x), not(y)), eq(x, y));
	SAME(ult(n, con(64, 21)), con(1, 1));
	SAME(ult(n, con(64, 10)), con(1, 0));
	SAME(eq(n, con(64, 21)), con(1, 0));
	SAME(ult(x, con(64, 1)), eq(x, con(64, 0)));
	SAME(ult(con(64, 0), x), not(eq(x, con(64, 0))));
	SAME(ult(con(64, 5), x), not(ult(x, con(64, 6))));
	SAME(ult(zx(a, 64), zx(b, 64)), ult(a, b));
	SAME(slt(zx(a, 64), zx(b, 64)), ult(a, b));
	SAME(ult(zx(a, 64), con(64, 20)), ult(a, con(8, 20)));
	SAME(slt(x, con(64, 0)), ext(x, 63, 1));
	SAME(slt(con(64, ~0ull), x), not(ext(x, 63, 1)));
	SAME(slt(sx(a, 64), con(64, 5)), slt(a, con(8, 5)));
	SAME(slt(sx(a, 64), con(64, 128)), con(1, 1));
	SAME(ult(x, con(64, 16)), eq(lshr(x, 4), con(64, 0)));
}

static void atoms(void **state)
{
	struct k2_known k = { ~5ull, 5, 0, 0 }, none = { 0, 0, 0, 0 }, bad = { 1, 1, 0, 9 }, zero = { ~0ull, 0, 0, 0 };
	k2_t x = var(64), y = var(64), args[2] = { x, y }, f;

	(void)state;
	assert_ptr_not_equal(x, y);
	k.umax = ~0ull;
	SAME(k2_t_fresh(T, 64, &k, 0), con(64, 5));
	SAME(k2_t_fresh(T, 64, &zero, 0), con(64, 0));
	assert_true(k2_t_fresh(T, 64, &none, 0)->umax == ~0ull);
	assert_true(k2_t_fresh(T, 64, &bad, 0)->umax == ~0ull);
	f = k2_t_apply(T, 64, 7, args, 2, NULL, 3);
	SAME(f, k2_t_apply(T, 64, 7, args, 2, NULL, 3));
	SAME(f, k2_t_apply(T, 64, 7, args, 2, &k, 3));
	assert_ptr_not_equal(f, k2_t_apply(T, 64, 7, args, 2, NULL, 4));
	assert_ptr_not_equal(f, k2_t_apply(T, 32, 7, args, 2, NULL, 3));
	assert_ptr_not_equal(f, k2_t_apply(T, 64, 8, args, 2, NULL, 3));
	assert_ptr_not_equal(f, k2_t_apply(T, 64, 7, args, 1, NULL, 3));
}

static uint64_t sample(void *user, k2_t atom)
{
	return k2_t_sample(atom, *(uint64_t *)user);
}

/* A chain of 100,000: neither eval nor print nor a constructor runs out of stack. */
static void deep(void **state)
{
	k2_t x = var(64), d = x;
	uint64_t v = 0, want, got, vector = 99;
	char buf[64];

	(void)state;
	want = k2_t_sample(x, vector);
	for (unsigned int i = 0; i < 100000; i++) {
		d = i & 1 ? mul(addk(d, i), addk(d, 3)) : k2_t_shl(T, addk(d, 1), andk(x, 3));
		want = i & 1 ? (want + i) * (want + 3) : (want + 1) << (k2_t_sample(x, vector) & 3);
	}
	assert_int_equal(k2_t_eval(T, &d, 1, sample, &vector, &got), K2_OK);
	assert_int_equal(got, want);
	assert_true(k2_t_print(buf, sizeof(buf), d) > 0);
	assert_true(strlen(buf) < sizeof(buf));
	d = ext(d, 0, 32);
	assert_int_equal(k2_t_eval(T, &d, 1, sample, &vector, &v), K2_OK);
	assert_int_equal(v, (uint32_t)want);
}

static void printing(void **state)
{
	char buf[200];
	k2_t x = var(64);

	(void)state;
	k2_t_print(buf, sizeof(buf), addk(x, (uint64_t)-8));
	assert_string_equal(buf, "(add v0 -8)");
	assert_int_equal(k2_t_print(NULL, 0, addk(x, (uint64_t)-8)), 11);
	assert_int_equal(k2_t_print(buf, 4, addk(x, (uint64_t)-8)), 11);
	assert_string_equal(buf, "(ad");
}

/* Every allocation may fail: no crash, and the table says so. */
static void failing_memory(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 400; n++) {
		struct k2_arena *a = k2_arena_new(n);
		struct k2_terms *t = k2_terms_new(a), *keep = T;
		uint64_t v, vector = 1;
		k2_t x, y, r;

		if (t) {
			T = t;
			x = var(64);
			y = var(64);
			for (unsigned int i = 0; i < 60; i++) {
				r = add(mul(x, addk(y, i)), ite(ult(x, y), shl(x, i), xor(y, con(64, i * 77))));
				y = cat(ext(r, 5, 32), ext(and(r, not(x)), 1, 32));
				(void)k2_t_eval(t, &r, 1, sample, &vector, &v);
				(void)k2_t_urem(t, r, y);
			}
			T = keep;
		}
		assert_true(k2_terms_failed(t));
		k2_arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(glued_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(byte_swaps, setup, teardown),
		cmocka_unit_test_setup_teardown(shifts_and_masks, setup, teardown),
		cmocka_unit_test_setup_teardown(reassembly, setup, teardown),
		cmocka_unit_test_setup_teardown(sums, setup, teardown),
		cmocka_unit_test_setup_teardown(width_of_small_sums, setup, teardown),
		cmocka_unit_test_setup_teardown(aligned_frame, setup, teardown),
		cmocka_unit_test_setup_teardown(conditions, setup, teardown),
		cmocka_unit_test_setup_teardown(comparisons, setup, teardown),
		cmocka_unit_test_setup_teardown(atoms, setup, teardown),
		cmocka_unit_test_setup_teardown(deep, setup, teardown),
		cmocka_unit_test_setup_teardown(printing, setup, teardown),
		cmocka_unit_test_setup_teardown(failing_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

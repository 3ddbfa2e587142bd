// SPDX-License-Identifier: BSD-2-Clause
/* The driver under bad weather: failing allocations, a solver that gives no answer, no budget, large functions. Whatever
   happens the result is the old function or one that the checker calls equal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <k2/check.h>
#include <k2/optimize.h>
#include <k2/text.h>

static const char packet[] =
	".section xdp\n.map m type=2 key=4 value=16\n"
	"r6 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr4 = r6\nr4 += 34\nr0 = 2\nif r4 > r3 goto L1\n"
	"r1 = *(u8 *)(r6 + 12)\nr2 = *(u8 *)(r6 + 13)\nr2 <<= 8\nr2 |= r1\nif r2 != 8 goto L1\n"
	"r1 = *(u16 *)(r6 + 0)\n*(u16 *)(r10 - 16) = r1\nr1 = *(u16 *)(r6 + 2)\n*(u16 *)(r10 - 14) = r1\n"
	"r1 = 0\n*(u32 *)(r10 - 4) = r1\n*(u32 *)(r10 - 12) = r1\nr2 = r10\nr2 += -4\nr1 = &m ll\ncall 1\n"
	"if r0 == 0 goto L2\nr1 = *(u64 *)(r0 + 0)\nr1 |= 7\nr1 ^= 7\n*(u64 *)(r0 + 0) = r1\n"
	"L2:\nr0 = 1\nL1:\nexit\n";

static struct k2_text *parse(const char *src)
{
	struct k2_text *t = NULL;
	char msg[200] = "";

	if (k2_text_parse(src, strlen(src), &t, msg, sizeof(msg)))
		fail_msg("%s", msg);
	return t;
}

static uint32_t slots(const struct k2_func_desc *d)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < d->n_insns; k++)
		n += d->insns[k].code == 0x18 ? 2 : 1;
	return n;
}

/* The result may replace the function. */
static void assert_sound(const struct k2_func_desc *d, const struct k2_result *r)
{
	struct k2_func_desc n = *d;
	enum k2_check_verdict v;
	char why[2000] = "";

	if (!r || !r->changed)
		return;
	n.insns = r->insns;
	n.n_insns = r->n_insns;
	assert_int_equal(k2_check_func(d, &n, &v, why, sizeof(why)), K2_OK);
	if (v != K2_CHECK_EQUAL)
		fail_msg("%s", why);
	assert_true(slots(&n) <= slots(d));
}

static void test_improves(void **state)
{
	struct k2_text *t = parse(packet);
	struct k2_options o;
	struct k2_result *r;

	(void)state;
	k2_options_init(&o);
	assert_int_equal(k2_optimize(k2_text_desc(t), &o, &r), K2_OK);
	assert_true(r->changed);
	assert_true(r->stats.slots_after < r->stats.slots_before);
	assert_sound(k2_text_desc(t), r);
	k2_result_free(r);
	k2_text_free(t);
}

static void test_failing_allocations(void **state)
{
	struct k2_text *t = parse(packet);
	unsigned int refused = 0;

	(void)state;
	for (uint64_t n = 1; n < 3000; n += 1 + n / 40) {
		struct k2_options o;
		struct k2_result *r;

		k2_options_init(&o);
		o.fail_alloc_after = n;
		refused += k2_optimize(k2_text_desc(t), &o, &r) != K2_OK;
		assert_sound(k2_text_desc(t), r);
		k2_result_free(r);
	}
	assert_true(refused > 10);
	k2_text_free(t);
}

static void test_silent_solver(void **state)
{
	/* x * 3 + x is x * 4 in normal form; this needs the solver: (a & b) + (a | b) */
	static const char src[] = ".section xdp\nr2 = *(u32 *)(r1 + 12)\nr3 = *(u32 *)(r1 + 16)\nr4 = r2\nr4 &= r3\n"
				  "r0 = r2\nr0 |= r3\nr0 += r4\nexit\n";
	struct k2_text *t = parse(src);
	struct k2_options o;
	struct k2_result *r;

	(void)state;
	k2_options_init(&o);
	o.solver_rlimit = 1;
	assert_int_equal(k2_optimize(k2_text_desc(t), &o, &r), K2_OK);
	assert_sound(k2_text_desc(t), r);
	assert_int_equal(r->stats.solver_queries, r->stats.solver_unknown);
	k2_result_free(r);
	k2_text_free(t);
}

static void test_budget(void **state)
{
	struct k2_text *t = parse(packet);

	(void)state;
	for (uint64_t budget = 1; budget < 100; budget += 7) {
		struct k2_options o;
		struct k2_result *r;

		k2_options_init(&o);
		o.budget = budget;
		assert_int_equal(k2_optimize(k2_text_desc(t), &o, &r), K2_OK);
		assert_true(r->stats.steps <= budget);
		assert_sound(k2_text_desc(t), r);
		k2_result_free(r);
	}
	k2_text_free(t);
}

static void test_bisection(void **state)
{
	struct k2_text *t = parse(packet);
	uint32_t before = UINT32_MAX;

	(void)state;
	for (uint32_t last = 1; last < 20; last++) {
		struct k2_options o;
		struct k2_result *r;

		k2_options_init(&o);
		o.last = last;
		assert_int_equal(k2_optimize(k2_text_desc(t), &o, &r), K2_OK);
		assert_sound(k2_text_desc(t), r);
		assert_true(r->stats.slots_after <= before);
		before = r->stats.slots_after;
		k2_result_free(r);
	}
	k2_text_free(t);
}

static bool applies(const struct k2_result *r, uint32_t number)
{
	for (uint32_t k = 0; k < r->n_remarks; k++) {
		if (r->remarks[k].kind == K2_REMARK_APPLIED && r->remarks[k].number == number)
			return true;
	}
	return false;
}

static struct k2_result *without(const struct k2_func_desc *d, uint32_t number, uint32_t last)
{
	struct k2_options o;
	struct k2_result *r;

	k2_options_init(&o);
	o.skip = &number;
	o.n_skip = number != 0;
	o.last = last;
	assert_int_equal(k2_optimize(d, &o, &r), K2_OK);
	assert_sound(d, r);
	return r;
}

/* One rewrite left out: those before it stay, and up to its number nothing else comes in its place. */
static void test_skipping(void **state)
{
	struct k2_text *t = parse(packet);
	struct k2_result *all = without(k2_text_desc(t), 0, 0);
	uint32_t n = 0;

	(void)state;
	while (applies(all, n + 1))
		n++;
	assert_true(n >= 4);
	for (uint32_t k = 1; k <= n; k++) {
		struct k2_result *skip = without(k2_text_desc(t), k, 0);
		struct k2_result *cut = without(k2_text_desc(t), k, k), *before = without(k2_text_desc(t), 0, k - 1);

		assert_false(applies(skip, k));
		assert_true(k == 1 || applies(skip, k - 1));
		assert_true(skip->stats.slots_after >= all->stats.slots_after);
		if (k > 1) {
			assert_int_equal(cut->n_insns, before->n_insns);
			for (uint32_t i = 0; before->changed && i < before->n_insns; i++)
				assert_memory_equal(&cut->insns[i], &before->insns[i], sizeof(cut->insns[i]));
		} else {
			assert_false(cut->changed);
		}
		k2_result_free(skip);
		k2_result_free(cut);
		k2_result_free(before);
	}
	k2_result_free(all);
	k2_text_free(t);
}

static void test_same_twice(void **state)
{
	struct k2_text *t = parse(packet);
	struct k2_result *a, *b;

	(void)state;
	assert_int_equal(k2_optimize(k2_text_desc(t), NULL, &a), K2_OK);
	assert_int_equal(k2_optimize(k2_text_desc(t), NULL, &b), K2_OK);
	assert_int_equal(a->n_insns, b->n_insns);
	for (uint32_t k = 0; k < a->n_insns; k++) {
		assert_int_equal(a->insns[k].code, b->insns[k].code);
		assert_int_equal(a->insns[k].imm, b->insns[k].imm);
		assert_int_equal(a->insns[k].off, b->insns[k].off);
		assert_int_equal(a->insns[k].dst, b->insns[k].dst);
		assert_int_equal(a->insns[k].src, b->insns[k].src);
	}
	assert_memory_equal(&a->stats, &b->stats, sizeof(a->stats));
	k2_result_free(a);
	k2_result_free(b);
	k2_text_free(t);
}

/* 30,000 instructions: in one block, and in 5,000 blocks. */
static void large(bool blocks)
{
	size_t size = 2 << 20, at;
	char *src = malloc(size);
	struct k2_text *t;
	struct k2_result *r;

	assert_non_null(src);
	at = (size_t)snprintf(src, size, ".section xdp\nr6 = *(u32 *)(r1 + 12)\nr0 = 0\n");
	for (unsigned int k = 0; k < 5000; k++) {
		at += (size_t)snprintf(src + at, size - at,
				       "L%u:\nr2 = %u\nr0 += r2\n*(u32 *)(r10 - %u) = r0\nr0 ^= %u\nr0 += r6\n", k, k,
				       4 + 4 * (k * 7 % 100), k);
		if (blocks)
			at += (size_t)snprintf(src + at, size - at, "if r0 == %u goto L%u\n", k, k + 1 + k * 13 % 40);
	}
	for (unsigned int k = 5000; k < 5041; k++)
		at += (size_t)snprintf(src + at, size - at, "L%u:\n", k);
	snprintf(src + at, size - at, "exit\n");
	t = parse(src);
	assert_int_equal(k2_optimize(k2_text_desc(t), NULL, &r), K2_OK);
	assert_true(r->changed);
	k2_result_free(r);
	k2_text_free(t);
	free(src);
}

static void test_large(void **state)
{
	(void)state;
	large(false);
	large(true);
}

static void test_options(void **state)
{
	struct k2_options o;

	(void)state;
	k2_options_init(&o);
	assert_int_equal(k2_options_set(&o, "level", "3"), K2_OK);
	assert_int_equal(o.level, 3);
	assert_int_equal(k2_options_set(&o, "level", "4"), K2_EINVAL);
	assert_int_equal(k2_options_set(&o, "level", "-1"), K2_EINVAL);
	assert_int_equal(k2_options_set(&o, "level", ""), K2_EINVAL);
	assert_int_equal(o.level, 3);
	assert_int_equal(k2_options_set(&o, "objective", "size"), K2_OK);
	assert_int_equal(k2_options_set(&o, "objective", "beauty"), K2_EINVAL);
	assert_int_equal(k2_options_set(&o, "disable", "st-imm,search"), K2_OK);
	assert_int_equal(k2_options_set(&o, "disable", "no-such"), K2_EINVAL);
	assert_int_equal(k2_options_set(&o, "nothing", "1"), K2_EINVAL);
}

/* Text that is none: one clear message. */
static void test_bad_text(void **state)
{
	static const char *const bad[] = {
		"", "nonsense\n", "exit\nL1: r0 = r11\n", "goto L7\nexit\n", "L1:\nL1:\nexit\n", ".isa v9\nexit\n", ".map\nexit\n",
		".subprog 9\nexit\n", ".what\nexit\n", "r1 = &gone ll\nexit\n", "exit\ngoto L3\nL3:\n",
	};

	(void)state;
	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
		struct k2_text *t = NULL;
		char msg[200] = "";

		assert_int_equal(k2_text_parse(bad[k], strlen(bad[k]), &t, msg, sizeof(msg)), K2_EINVAL);
		assert_null(t);
		assert_memory_equal(msg, "line ", 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_improves),    cmocka_unit_test(test_failing_allocations),
		cmocka_unit_test(test_silent_solver), cmocka_unit_test(test_budget),
		cmocka_unit_test(test_bisection),
		cmocka_unit_test(test_skipping),   cmocka_unit_test(test_same_twice),
		cmocka_unit_test(test_large),       cmocka_unit_test(test_options),
		cmocka_unit_test(test_bad_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: BSD-2-Clause
/* lib/diff: alignments are common subsequences, as long as possible; rows hold every instruction once, in order; jumps that go to
   one place have one label. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <k2/text.h>
#include "diff.h"

enum { LONGEST = 60 };

static uint32_t longest_common(const uint32_t *x, uint32_t n, const uint32_t *y, uint32_t m)
{
	uint32_t best[LONGEST + 1][LONGEST + 1] = { 0 };

	for (uint32_t i = 1; i <= n; i++)
		for (uint32_t j = 1; j <= m; j++)
			best[i][j] = x[i - 1] == y[j - 1] ? best[i - 1][j - 1] + 1 : K2_MAX(best[i - 1][j], best[i][j - 1]);
	return best[n][m];
}

/* Number of pairs; fails unless they are equal and in order. */
static uint32_t check_match(const uint32_t *x, uint32_t n, const uint32_t *y, uint32_t m, const uint32_t *match)
{
	uint32_t pairs = 0, next = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (match[i] == K2_DIFF_NONE)
			continue;
		assert_in_range(match[i], next, m - 1);
		assert_int_equal(x[i], y[match[i]]);
		next = match[i] + 1;
		pairs++;
	}
	return pairs;
}

static void random_seq(uint64_t *seed, uint32_t *v, uint32_t n, uint32_t kinds)
{
	for (uint32_t i = 0; i < n; i++)
		v[i] = (uint32_t)(k2_rand(seed) % kinds);
}

static void alignment_is_longest(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct k2_arena *a = k2_arena_new(0);
		uint32_t x[LONGEST], y[LONGEST], match[LONGEST], kinds = 1 + (uint32_t)(k2_rand(&seed) % 12);
		uint32_t n = (uint32_t)(k2_rand(&seed) % LONGEST), m = (uint32_t)(k2_rand(&seed) % LONGEST);

		random_seq(&seed, x, n, kinds);
		random_seq(&seed, y, m, kinds);
		assert_int_equal(k2_diff_align(a, (struct k2_diff_seq){ x, n }, (struct k2_diff_seq){ y, m }, match), K2_OK);
		assert_int_equal(check_match(x, n, y, m, match), longest_common(x, n, y, m));
		k2_arena_free(a);
	}
}

/* Where more edits are needed than are looked for, what comes out is still common, and not nothing. */
static void very_different(void **state)
{
	enum { N = 20000 };
	uint32_t *x = calloc(3 * N, sizeof(*x)), *y = x + N, *match = y + N;
	struct k2_arena *a = k2_arena_new(0);
	uint64_t seed = 2;

	(void)state;
	random_seq(&seed, x, N, 50);
	random_seq(&seed, y, N, 50);
	assert_int_equal(k2_diff_align(a, (struct k2_diff_seq){ x, N }, (struct k2_diff_seq){ y, N }, match), K2_OK);
	assert_true(check_match(x, N, y, N, match) > N / 8);
	k2_arena_free(a);
	free(x);
}

static unsigned int near(void *user, uint32_t i, uint32_t j)
{
	(void)user;
	return i + 2 == j ? 5 : 0;
}

static void pairs_are_as_many_as_possible(void **state)
{
	struct k2_arena *a = k2_arena_new(0);
	uint32_t match[9];

	(void)state;
	assert_int_equal(k2_diff_pair(a, 3, 5, near, NULL, match), K2_OK);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(match[i], i + 2);
	assert_int_equal(k2_diff_pair(a, 4, 2, near, NULL, match), K2_OK);
	assert_int_equal((match[0] != K2_DIFF_NONE) + (match[1] != K2_DIFF_NONE) + (match[2] != K2_DIFF_NONE) +
			 (match[3] != K2_DIFF_NONE), 2);
	assert_int_equal(k2_diff_pair(a, 2, 0, near, NULL, match), K2_OK);
	assert_int_equal(match[1], K2_DIFF_NONE);
	k2_arena_free(a);
}

static struct k2_text *parse(const char *src)
{
	struct k2_text *t = NULL;
	char msg[200] = "";

	if (k2_text_parse(src, strlen(src), &t, msg, sizeof(msg)))
		fail_msg("%s", msg);
	return t;
}

static struct k2_diff *diff_texts(const char *old, const char *new_, struct k2_text *t[2])
{
	struct k2_diff_side side[2] = { { 0 } };
	struct k2_diff *d = NULL;

	t[0] = parse(old);
	t[1] = parse(new_);
	side[0].func = k2_text_desc(t[0]);
	side[1].func = k2_text_desc(t[1]);
	assert_int_equal(k2_diff_funcs(side, &d), K2_OK);
	for (unsigned int s = 0; s < 2; s++) {
		uint32_t next = 0;

		for (uint32_t r = 0; r < d->n_rows; r++)
			if (d->rows[r].insn[s] != K2_DIFF_NONE)
				assert_int_equal(d->rows[r].insn[s], next++);
		assert_int_equal(next, side[s].func->n_insns);
	}
	return d;
}

static void free_diff(struct k2_diff *d, struct k2_text *t[2])
{
	k2_diff_free(d);
	k2_text_free(t[0]);
	k2_text_free(t[1]);
}

/* Something new in front of everything moves it, and changes nothing. */
static void moved_code_is_the_same(void **state)
{
	struct k2_text *t[2];
	struct k2_diff *d = diff_texts("r0 = 1\nif r1 == 0 goto L5\nr0 = 2\nL5: exit\n",
				       "r2 = 7\nr0 = 1\nif r1 == 0 goto L9\nr0 = 2\nL9: exit\n", t);

	(void)state;
	assert_int_equal(d->n_rows, 5);
	assert_int_equal(d->count[K2_DIFF_SAME], 4);
	assert_int_equal(d->rows[0].kind, K2_DIFF_NEW);
	assert_null(d->rows[0].text[0]);
	assert_string_equal(d->rows[0].text[1], "r2 = 7");
	assert_string_equal(d->rows[2].text[1], "if r1 == 0 goto L1");
	assert_int_equal(d->rows[4].label[0], 1);
	assert_int_equal(d->rows[4].label[1], 1);
	free_diff(d, t);
}

/* The target of a jump is gone; the jump goes to what is left of the place. */
static void place_stays_when_its_instruction_goes(void **state)
{
	struct k2_text *t[2];
	struct k2_diff *d = diff_texts("if r1 == 0 goto L5\nr0 = 2\nL5: r3 = r2\nr0 = r4\nexit\n",
				       "if r1 == 0 goto L5\nr0 = 2\nL5: r0 = r4\nexit\n", t);

	(void)state;
	assert_int_equal(d->count[K2_DIFF_SAME], 4);
	assert_int_equal(d->rows[2].kind, K2_DIFF_OLD);
	assert_int_equal(d->rows[2].label[0], 1);
	assert_int_equal(d->rows[3].label[1], 1);
	free_diff(d, t);
}

/* The same text, but the jump goes elsewhere. */
static void other_target_is_a_change(void **state)
{
	struct k2_text *t[2];
	struct k2_diff *d = diff_texts("if r1 == 0 goto L5\nr0 = 2\nL5: r0 = 3\nr0 = 4\nexit\n",
				       "if r1 == 0 goto L5\nr0 = 2\nr0 = 3\nL5: r0 = 4\nexit\n", t);

	(void)state;
	assert_int_equal(d->n_rows, 5);
	assert_int_equal(d->count[K2_DIFF_CHANGED], 1);
	assert_int_equal(d->rows[0].kind, K2_DIFF_CHANGED);
	assert_string_equal(d->rows[0].text[0], "if r1 == 0 goto L1");
	assert_string_equal(d->rows[0].text[1], "if r1 == 0 goto L2");
	free_diff(d, t);
}

static void names_of_things(void **state)
{
	const char *src = ".map counts type=1 key=4 value=8\n.subr twice\n"
			  "r1 = &counts ll\ncall 1\ncall &twice\nexit\n";
	struct k2_text *t[2];
	struct k2_diff *d = diff_texts(src, src, t);

	(void)state;
	assert_int_equal(d->count[K2_DIFF_SAME], 4);
	assert_string_equal(d->rows[0].text[0], "r1 = &counts ll");
	assert_string_equal(d->rows[1].text[0], "call bpf_map_lookup_elem#1");
	assert_string_equal(d->rows[2].text[0], "call twice");
	free_diff(d, t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alignment_is_longest),
		cmocka_unit_test(very_different),
		cmocka_unit_test(pairs_are_as_many_as_possible),
		cmocka_unit_test(moved_code_is_the_same),
		cmocka_unit_test(place_stays_when_its_instruction_goes),
		cmocka_unit_test(other_target_is_a_change),
		cmocka_unit_test(names_of_things),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

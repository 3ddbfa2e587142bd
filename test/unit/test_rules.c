// SPDX-License-Identifier: BSD-2-Clause
/* Rewrite rules: every shipped one is proved for all values and right about its example; wrong ones are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rules.h"

static void test_shipped(void **state)
{
	const struct k2_rules *rs = k2_rules_builtin();
	unsigned int bad = 0;

	(void)state;
	for (uint32_t k = 0; k < k2_rules_count(rs); k++) {
		struct k2_rule_info i;
		enum k2_proof proof;
		char msg[300];

		k2_rules_info(rs, k, &i);
		assert_int_equal(k2_rules_check(rs, k, &proof, msg, sizeof(msg)), K2_OK);
		if (proof != K2_PROVED || !i.about[0])
			fprintf(stderr, "%s: %s\n", i.name, msg[0] ? msg : "not proved, or without 'about'");
		bad += proof != K2_PROVED || !i.about[0];
	}
	assert_int_equal(bad, 0);
}

static enum k2_proof prove(const char *text)
{
	const struct k2_rules *rs;
	enum k2_proof proof;
	char msg[300];

	if (k2_rules_parse(text, strlen(text), &rs, msg, sizeof(msg)))
		fail_msg("%s\n%s", msg, text);
	assert_int_equal(k2_rules_count(rs), 1);
	assert_int_equal(k2_rules_check(rs, 0, &proof, msg, sizeof(msg)), K2_OK);
	k2_rules_free(rs);
	return proof;
}

/* A right rule and its twin, which differs in one place. */
static const struct {
	const char *right, *wrong;
} twins[] = {
	/* The mask is as wide as what is left. */
	{ "rule t\nmatch ra <<= N\n ra >>= N\ngive ra &= ones(64 - N)\nwhere N in 33..63\nexample r1 <<= 48; r1 >>= 48 -> r1 &= 65535\n",
	  "rule t\nmatch ra <<= N\n ra >>= N\ngive ra &= ones(63 - N)\nwhere N in 33..63\nexample r1 <<= 48; r1 >>= 48 -> r1 &= 32767\n" },
	/* An arithmetic shift leaves copies of the sign. */
	{ "rule t\nmatch ra <<= 32\n ra >>= 32\ngive wa = wa\nexample r1 <<= 32; r1 >>= 32 -> w1 = w1\n",
	  "rule t\nmatch ra <<= 32\n ra s>>= 32\ngive wa = wa\nexample r1 <<= 32; r1 s>>= 32 -> w1 = w1\n" },
	/* Bits that the first mask took do not come back. */
	{ "rule t\nmatch ra &= C\n ra &= D\ngive ra &= C & D\nexample r1 &= 7; r1 &= 3 -> r1 &= 3\n",
	  "rule t\nmatch ra &= C\n ra &= D\ngive ra &= D\nexample r1 &= 7; r1 &= 3 -> r1 &= 3\n" },
	/* The upper half of a 64-bit sum counts. */
	{ "rule t\nmatch wa += C\n wa += D\ngive wa += C + D\nexample w1 += 7; w1 += 3 -> w1 += 10\n",
	  "rule t\nmatch ra += C\n ra += D\ngive wa += C + D\nexample r1 += 7; r1 += 3 -> w1 += 10\n" },
	/* ... where somebody looks at it. */
	{ "rule t\nmatch ra += C\n ra += D\ngive wa += C + D\nwhere low(ra)\nexample r1 += 7; r1 += 3 -> w1 += 10\n",
	  "rule t\nmatch ra += C\n ra s>>= D\ngive wa += C + D\nwhere low(ra)\nexample r1 += 7; r1 s>>= 3 -> w1 += 10\n" },
	/* What is known of a value before. */
	{ "rule t\nmatch ra &= C\ngive nothing\nwhere zero(ra, ~C)\nexample r1 &= 7 -> nothing\n",
	  "rule t\nmatch ra &= C\ngive nothing\nwhere zero(ra, C)\nexample r1 &= 7 -> nothing\n" },
	{ "rule t\nmatch ra &= C\n if ra != 0 goto L\ngive if ra & C goto L\nwhere dead(ra)\nexample r1 &= 4; if r1 != 0 goto L1 -> if r1 & 4 goto L1\n",
	  "rule t\nmatch ra &= C\n if ra != 0 goto L\ngive if ra & C goto L\nexample r1 &= 4; if r1 != 0 goto L1 -> if r1 & 4 goto L1\n" },
	/* Two bytes make a number in one order only. */
	{ "rule t\nmatch ra = *(u8 *)(rp + O)\n rb = *(u8 *)(rp + O + 1)\n rb <<= 8\n rb |= ra\ngive rb = *(u16 *)(rp + O)\nwhere little\n"
	  "example r1 = *(u8 *)(r3 + 4); r2 = *(u8 *)(r3 + 5); r2 <<= 8; r2 |= r1 -> r2 = *(u16 *)(r3 + 4)\n",
	  "rule t\nmatch ra = *(u8 *)(rp + O)\n rb = *(u8 *)(rp + O + 1)\n rb <<= 8\n rb |= ra\ngive rb = *(u16 *)(rp + O)\nwhere big\n"
	  "example r1 = *(u8 *)(r3 + 4); r2 = *(u8 *)(r3 + 5); r2 <<= 8; r2 |= r1 -> r2 = *(u16 *)(r3 + 4)\n" },
	/* Stores may meet. */
	{ "rule t\nmatch *(u8 *)(rp + O) = C\n *(u8 *)(rp + O) = D\ngive *(u8 *)(rp + O) = D\n"
	  "example *(u8 *)(r1 + 4) = 1; *(u8 *)(r1 + 4) = 2 -> *(u8 *)(r1 + 4) = 2\n",
	  "rule t\nmatch *(u8 *)(rp + O) = C\n *(u8 *)(rq + P) = D\ngive *(u8 *)(rq + P) = D\n"
	  "example *(u8 *)(r1 + 4) = 1; *(u8 *)(r2 + 4) = 2 -> *(u8 *)(r2 + 4) = 2\n" },
	/* A branch. */
	{ "rule t\nmatch ra &= C\n if ra != 0 goto L\ngive if ra & C goto L\nwhere dead(ra)\nexample r1 &= 4; if r1 != 0 goto L1 -> if r1 & 4 goto L1\n",
	  "rule t\nmatch ra &= C\n if ra == 0 goto L\ngive if ra & C goto L\nwhere dead(ra)\nexample r1 &= 4; if r1 == 0 goto L1 -> if r1 & 4 goto L1\n" },
	/* A power of two. */
	{ "rule t\nmatch ra *= C\ngive ra <<= log2(C)\nwhere pow2(C)\nexample r1 *= 8 -> r1 <<= 3\n",
	  "rule t\nmatch ra *= C\ngive ra <<= C\nwhere pow2(C)\nexample r1 *= 8 -> r1 <<= 8\n" },
};

static void test_twins(void **state)
{
	(void)state;
	for (unsigned int k = 0; k < K2_ARRAY_SIZE(twins); k++) {
		if (prove(twins[k].right) != K2_PROVED)
			fail_msg("not proved:\n%s", twins[k].right);
		if (prove(twins[k].wrong) == K2_PROVED)
			fail_msg("proved:\n%s", twins[k].wrong);
	}
}

/* An example that the rule does not turn into what it says. */
static void test_examples(void **state)
{
	(void)state;
	assert_int_equal(prove("rule t\nmatch ra += C\n ra += D\ngive ra += C + D\nexample r1 += 7; r1 += 3 -> r1 += 11\n"), K2_WRONG);
	assert_int_equal(prove("rule t\nmatch ra += C\n ra += D\ngive ra += C + D\nexample r1 += 7; r2 += 3 -> r1 += 10\n"), K2_WRONG);
	assert_int_equal(prove("rule t\nmatch ra += C\n ra += D\ngive ra += C + D\n"), K2_WRONG);
}

static const struct {
	const char *text, *why;
} bad[] = {
	{ "match ra += 1\n", "line 1: a rule begins with 'rule NAME'" },
	{ "rule Bad\nmatch ra += 1\ngive ra += 1\n", "line 1: a rule's name has small letters, digits and '-'" },
	{ "rule t\n\nmatch ra += 1\n", "line 1: a rule without 'match'" },
	{ "rule t\nmatch ra += 1\n", "line 1: a rule without 'give' (an empty one is 'give nothing')" },
	{ "rule t\nmatch call 7\ngive nothing\n", "line 2: not an instruction for rules (arithmetic, load, store, conditional jump, 64-bit number)" },
	{ "rule t\nmatch ra += 1\ngive rb += 1\n", "line 1: the replacement reads a register that the pattern does not have" },
	{ "rule t\nmatch ra += 1\ngive ra += C\n", "line 1: a constant that does not stand by itself in the pattern" },
	{ "rule t\nmatch ra += 1\ngive ra += 1\nwhere dead(rb)\n", "line 4: a precondition about a register that the pattern does not have" },
	{ "rule t\nmatch ra += 1\ngive ra += 1\nwhere region(ra, heaven)\n", "line 4: no such memory region" },
	{ "rule t\nmatch ra += 1\ngive ra += 1\nwhich is true\n",
	  "line 4: no such field (rule, about, for, match, give, where, from, example)" },
	{ "rule t\nmatch ra += 1\ngive ra += 1\n\nrule t\nmatch ra += 1\ngive ra += 1\n", "line 5: a second rule of this name" },
	{ "rule t\nmatch ra = C\ngive nothing\n", "line 1: the replacement has nothing of what the pattern computes" },
	{ "rule t\nfor A = ra,\nmatch ra += 1\ngive ra += 1\n", "line 2: 'for' lacks a value" },
	{ "rule t\nmatch if ra == 0 goto L\n ra += 1\ngive ra += 1\n", "line 1: only the last instruction may be a jump" },
};

static void test_bad(void **state)
{
	(void)state;
	for (unsigned int k = 0; k < K2_ARRAY_SIZE(bad); k++) {
		const struct k2_rules *rs = NULL;
		char msg[300] = "";

		assert_int_equal(k2_rules_parse(bad[k].text, strlen(bad[k].text), &rs, msg, sizeof(msg)), K2_EINVAL);
		assert_string_equal(msg, bad[k].why);
	}
}

/* Every text that is cut off somewhere is read, or refused with a line; out of memory is told. */
static void test_cut_off(void **state)
{
	const struct k2_rules *rs = k2_rules_builtin();
	struct k2_rule_info i;

	(void)state;
	for (uint32_t k = 0; k < k2_rules_count(rs); k += 7) {
		k2_rules_info(rs, k, &i);
		for (size_t len = 0; len < strlen(i.text); len += 5) {
			struct k2_arena *a = k2_arena_new(len / 5 + 1);
			struct k2_rules out;
			char msg[300];

			assert_non_null(a);
			k2_rules_read(a, i.text, len, &out, msg, sizeof(msg));
			k2_arena_free(a);
		}
	}
}

/* ---- the index ---- */

static const char *const ops[] = { "+", "-", "*", "|", "&", "<<", ">>", "s>>", "^" };

/* The n-th chain of three operations on one register, in one of its two widths. */
static void print_chain(FILE *f, uint64_t seed, unsigned int n)
{
	fprintf(f, "rule t%u\nmatch ", n);
	for (unsigned int k = 0; k < 3; k++)
		fprintf(f, "      %ca %s= C%u\n", k2_rand(&seed) & 1 ? 'r' : 'w', ops[k2_rand(&seed) % K2_ARRAY_SIZE(ops)], k);
	fprintf(f, "give  ra += C0 + C1 + C2\n\n");
}

static const struct k2_rules *chains(unsigned int n)
{
	const struct k2_rules *rs;
	char *text = NULL, msg[200];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (unsigned int k = 0; k < n; k++)
		print_chain(f, k * 7919u + 1, k);
	fclose(f);
	assert_int_equal(k2_rules_parse(text, size, &rs, msg, sizeof(msg)), K2_OK);
	free(text);
	return rs;
}

/* Nodes and patterns looked at in code of such operations. */
static uint64_t work_of(const struct k2_rules *rs, const struct k2_func_desc *f)
{
	struct k2_rules_work w = { 0 };

	assert_int_equal(k2_rules_find(rs, f, &w), K2_OK);
	return w.visits + w.tries;
}

/* Thousands of rules cost what ten cost: a few nodes for each instruction. */
static void test_many(void **state)
{
	enum { INSNS = 400, MANY = 3000, FEW = 10 };
	const struct k2_rules *many = chains(MANY), *few = chains(FEW);
	struct k2_insn insns[INSNS];
	const struct k2_func_desc f = { .name = "f", .insns = insns, .n_insns = INSNS, .isa = K2_ISA_V3, .is_subprog = true, .n_args = 5 };
	uint64_t seed = 5;

	(void)state;
	for (unsigned int k = 0; k < INSNS; k++) {
		char line[40];
		const char *why;

		snprintf(line, sizeof(line), "%c%u %s= 3", k2_rand(&seed) & 1 ? 'r' : 'w', 1 + (unsigned int)(k2_rand(&seed) % 5),
			 ops[k2_rand(&seed) % K2_ARRAY_SIZE(ops)]);
		assert_int_equal(k2_isa_parse(k + 1 < INSNS ? line : "exit", &insns[k], &why), K2_OK);
	}
	assert_in_range(work_of(few, &f), 1, INSNS);
	assert_in_range(work_of(many, &f), 1, 4 * INSNS);
	k2_rules_free(many);
	k2_rules_free(few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped), cmocka_unit_test(test_twins), cmocka_unit_test(test_examples),
		cmocka_unit_test(test_bad),	cmocka_unit_test(test_cut_off), cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

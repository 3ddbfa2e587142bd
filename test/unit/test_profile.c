// SPDX-License-Identifier: BSD-2-Clause
/* Profiles: added, written, read, and applied to the code that they are of, and to no other; frequencies that follow from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <k2/profile.h>
#include <k2/text.h>
#include "frequency.h"

static const char branchy[] = ".section xdp\nr2 = *(u32 *)(r1 + 0)\nif r2 > 7 goto L1\nw0 = 1\nexit\nL1:\nw0 = 2\nexit\n";
static const char loop[] = ".section tc\nr6 = 10\nL1:\ncall 7\nr6 += -1\nif r6 != 0 goto L1\nw0 = 0\nexit\n";
static const char early[] = ".section xdp\nr6 = r1\ncall 7\nif r0 > 9 goto L1\nr1 = r6\nr2 = 4\ncall 44\nw0 = 2\nexit\nL1:\nw0 = 1\nexit\n";

static struct k2_text *read_text(const char *text)
{
	struct k2_text *t;
	char msg[200];

	assert_int_equal(k2_text_parse(text, strlen(text), &t, msg, sizeof(msg)), K2_OK);
	return t;
}

static struct k2_profile *of_branchy(const struct k2_func_desc *d, uint64_t runs, uint64_t taken)
{
	const uint64_t counts[] = { runs, runs, runs - taken, runs - taken, taken, taken }, jumps[] = { 0, taken, 0, 0, 0, 0 };
	struct k2_profile *p = k2_profile_new();
	bool dropped = true;

	assert_int_equal(d->n_insns, 6);
	assert_non_null(p);
	assert_int_equal(k2_profile_add(p, d, counts, jumps, &dropped), K2_OK);
	assert_false(dropped);
	return p;
}

static uint16_t share_in(const struct k2_profile *p, const struct k2_func_desc *d)
{
	struct k2_insn insns[6];

	memcpy(insns, d->insns, sizeof(insns));
	assert_int_equal(k2_profile_apply(p, d, insns), K2_PROFILE_USED);
	assert_int_equal(insns[0].taken, 0);
	return insns[1].taken;
}

static void test_apply(void **state)
{
	struct k2_text *t = read_text(branchy);
	const struct k2_func_desc *d = k2_text_desc(t);
	struct k2_profile *p = of_branchy(d, 100, 25), *never = of_branchy(d, 0, 0), *huge = of_branchy(d, UINT64_MAX, UINT64_MAX);

	(void)state;
	assert_int_equal(share_in(p, d), 1 + K2_TAKEN_MAX / 4);
	assert_int_equal(share_in(huge, d), 1 + K2_TAKEN_MAX);
	assert_int_equal(k2_profile_apply(never, d, NULL), K2_PROFILE_NONE);
	k2_profile_free(p);
	k2_profile_free(never);
	k2_profile_free(huge);
	k2_text_free(t);
}

/* Another number, another name, and numbers that a loader decides. */
static void test_stale(void **state)
{
	struct k2_text *t = read_text(branchy);
	struct k2_func_desc d = *k2_text_desc(t);
	struct k2_profile *p = of_branchy(&d, 10, 5);
	struct k2_insn insns[6];
	const uint64_t none[6] = { 1 };
	bool dropped;

	(void)state;
	memcpy(insns, d.insns, sizeof(insns));
	d.insns = insns;
	insns[2].imm++;
	assert_int_equal(k2_profile_apply(p, &d, NULL), K2_PROFILE_STALE);
	assert_int_equal(k2_profile_add(p, &d, none, none, &dropped), K2_OK);
	assert_true(dropped);
	assert_int_equal(k2_profile_apply(p, &d, NULL), K2_PROFILE_USED);
	assert_int_equal(k2_profile_apply(p, k2_text_desc(t), NULL), K2_PROFILE_STALE);
	d.name = "another";
	assert_int_equal(k2_profile_apply(p, &d, NULL), K2_PROFILE_NONE);
	k2_profile_free(p);
	k2_text_free(t);
}

static void test_patched(void **state)
{
	struct k2_text *t = read_text(branchy);
	struct k2_func_desc d = *k2_text_desc(t);
	struct k2_insn insns[6];
	struct k2_profile *p;

	(void)state;
	memcpy(insns, d.insns, sizeof(insns));
	d.insns = insns;
	insns[0].flags |= K2_F_SYM_OFF;
	insns[2].flags |= K2_F_SYM_IMM;
	p = of_branchy(&d, 10, 5);
	insns[0].off = 44;
	insns[2].imm = 17;
	assert_int_equal(k2_profile_apply(p, &d, NULL), K2_PROFILE_USED);
	insns[1].target = 2;
	assert_int_equal(k2_profile_apply(p, &d, NULL), K2_PROFILE_STALE);
	k2_profile_free(p);
	k2_text_free(t);
}

static char path[] = "/tmp/k2-profile-XXXXXX";

static void test_file(void **state)
{
	struct k2_text *t = read_text(branchy);
	const struct k2_func_desc *d = k2_text_desc(t);
	struct k2_profile *p = of_branchy(d, 100, 25), *q;
	char msg[200];

	(void)state;
	for (unsigned int k = 0; k < 2; k++) {
		const uint64_t counts[] = { 50, 50, 0, 0, 50, 50 }, taken[] = { 0, 50, 0, 0, 0, 0 };

		assert_int_equal(k2_profile_write(p, path, msg, sizeof(msg)), K2_OK);
		k2_profile_free(p);
		assert_int_equal(k2_profile_read(path, &q, msg, sizeof(msg)), K2_OK);
		p = q;
		assert_int_equal(k2_profile_add(p, d, counts, taken, NULL), K2_OK);
	}
	assert_int_equal(share_in(p, d), 1 + (uint64_t)K2_TAKEN_MAX * 125 / 200);
	k2_profile_free(p);
	k2_text_free(t);
}

static void test_bad_files(void **state)
{
	static const char *const texts[] = {
		"", "[]", "{", "{\"k2-profile\": 2, \"functions\": []}", "{\"k2-profile\": 1}",
		"{\"k2-profile\": 1, \"functions\": [{}]}",
		"{\"k2-profile\": 1, \"functions\": [{\"section\":\"\",\"function\":\"\",\"code\":\"0\",\"counts\":[],\"taken\":[]}]}",
		"{\"k2-profile\": 1, \"functions\": [{\"section\":\"\",\"function\":\"\",\"code\":\"0123456789abcdef\",\"counts\":[-1],\"taken\":[0]}]}",
		"{\"k2-profile\": 1, \"functions\": [{\"section\":\"\",\"function\":\"\",\"code\":\"0123456789abcdef\",\"counts\":[1],\"taken\":[]}]}",
	};
	struct k2_profile *p;
	char msg[200];

	(void)state;
	for (unsigned int k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(texts[k], f);
		fclose(f);
		assert_int_equal(k2_profile_read(path, &p, msg, sizeof(msg)), K2_EINVAL);
		assert_null(p);
		assert_non_null(strstr(msg, path));
	}
	assert_int_equal(k2_profile_read("/nonexistent/profile", &p, msg, sizeof(msg)), K2_EIO);
}

/* ---- frequencies ---- */

struct built {
	struct k2_arena *arena;
	struct k2_text *text;
	struct k2_func *f;
	uint64_t *freq;
};

static struct built build(const char *text)
{
	struct built b = { .arena = k2_arena_new(0), .text = read_text(text) };
	char msg[200];

	assert_int_equal(k2_func_build(b.arena, k2_text_desc(b.text), &b.f, msg, sizeof(msg)), K2_OK);
	b.freq = k2_frequencies(b.arena, b.f);
	assert_non_null(b.freq);
	return b;
}

static void done(struct built *b)
{
	k2_text_free(b->text);
	k2_arena_free(b->arena);
}

static void test_loop(void **state)
{
	struct built b = build(loop);

	(void)state;
	assert_int_equal(b.freq[0], K2_FREQUENCY_ONE);
	assert_in_range(b.freq[1], 7 * K2_FREQUENCY_ONE, 8 * K2_FREQUENCY_ONE);
	assert_in_range(b.freq[2], K2_FREQUENCY_ONE * 9 / 10, K2_FREQUENCY_ONE);
	assert_false(k2_has_profile(b.f));
	done(&b);
}

static void test_early_exit(void **state)
{
	struct built b = build(early);
	uint64_t guessed = k2_func_latency(b.arena, b.f);

	(void)state;
	assert_int_equal(k2_edge_share(b.f, 0, 0), K2_FREQUENCY_ONE * 7 / 8);
	assert_int_equal(b.freq[1], K2_FREQUENCY_ONE * 7 / 8);
	assert_int_equal(b.freq[2], K2_FREQUENCY_ONE / 8);
	b.f->blocks[0].insns[b.f->blocks[0].n - 1].taken = 1 + K2_TAKEN_MAX;
	assert_true(k2_has_profile(b.f));
	assert_true(k2_func_latency(b.arena, b.f) < guessed);
	assert_true(k2_isa_opposite(&b.f->blocks[0].insns[b.f->blocks[0].n - 1]));
	assert_int_equal(b.f->blocks[0].insns[b.f->blocks[0].n - 1].taken, 1);
	done(&b);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apply), cmocka_unit_test(test_stale), cmocka_unit_test(test_patched), cmocka_unit_test(test_file),
		cmocka_unit_test(test_bad_files), cmocka_unit_test(test_loop), cmocka_unit_test(test_early_exit),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}

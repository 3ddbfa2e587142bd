// SPDX-License-Identifier: BSD-2-Clause
/* The runner (k2/run.h) where the command does not get to: no memory, wrong order of calls, values as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <k2/text.h>
#include "run_impl.h"

static const char source[] =
	".section xdp\n"
	".map hash type=1 key=4 value=8\n"
	".map array type=2 key=4 value=8\n"
	".map out type=27 key=0 value=0\n"
	".data global size=8\n"
	"r6 = r1\n"
	"*(u32 *)(r10 - 4) = 7\n"
	"*(u64 *)(r10 - 16) = 9\n"
	"r1 = &hash ll\n"
	"r2 = r10\n"
	"r2 += -4\n"
	"r3 = r10\n"
	"r3 += -16\n"
	"r4 = 0\n"
	"call 2\n"
	"r1 = &array ll\n"
	"r2 = r10\n"
	"r2 += -4\n"
	"call 1\n"
	"if r0 == 0 goto L1\n"
	"*(u64 *)(r0 + 0) = 5\n"
	"L1:\n"
	"r7 = &global ll\n"
	"*(u32 *)(r7 + 4) = 3\n"
	"r1 = *(u32 *)(r6 + 0)\n"
	"r0 = 2\n"
	"exit\n";

static struct k2_text *text;

static enum k2_status make(const struct k2_run_options *o, uint64_t fail_after, struct k2_runner **r, char *msg, size_t size)
{
	const struct k2_runner like = { .one = k2_text_desc(text), .n_code = 1 };

	return runner_make(&like, o, fail_after, r, msg, size);
}

static void count(void *user, uint32_t map, const void *key, const void *before, const void *after)
{
	(void)map;
	(void)key;
	(void)before;
	(void)after;
	++*(unsigned int *)user;
}

static enum k2_status all_of_it(uint64_t fail_after, unsigned int *changes)
{
	static const uint8_t packet[64];
	const struct k2_run_options o = { .size = sizeof(o) };
	struct k2_runner *r = NULL;
	struct k2_run run;
	char msg[200];
	enum k2_status st = make(&o, fail_after, &r, msg, sizeof(msg));

	*changes = 0;
	if (!st)
		st = k2_runner_set_input(r, packet, sizeof(packet), NULL, 0, msg, sizeof(msg));
	if (st) {
		assert_int_equal(st, K2_ENOMEM);
		assert_string_equal(msg, k2_status_str(K2_ENOMEM));
	} else {
		st = k2_runner_run(r, &run);
	}
	if (!st) {
		assert_int_equal(run.status, K2_RUN_EXIT);
		assert_int_equal(run.r0, 2);
		st = k2_runner_changes(r, count, changes);
	}
	k2_runner_free(r);
	return st;
}

static void test_no_memory(void **state)
{
	unsigned int changes = 0;
	uint64_t n = 1;

	(void)state;
	while (all_of_it(n, &changes) != K2_OK)
		n++;
	assert_int_equal(changes, 3);
	assert_true(n > 10 && n < 5000);
}

static void test_order(void **state)
{
	const struct k2_run_options o = { .size = sizeof(o) };
	struct k2_runner *r;
	struct k2_run run;
	struct k2_run_map m;
	uint32_t key = 300;
	char msg[200];

	(void)state;
	assert_int_equal(make(&o, 0, &r, msg, sizeof(msg)), K2_OK);
	assert_int_equal(k2_runner_run(r, &run), K2_EINVAL);
	assert_int_equal(k2_runner_changes(r, count, NULL), K2_EINVAL);
	assert_int_equal(k2_runner_n_maps(r), 4);
	assert_true(k2_runner_map(r, 1, &m));
	assert_true(m.is_array && m.max_entries == 256);
	assert_false(k2_runner_map(r, 4, &m));
	assert_int_equal(k2_runner_map_set(r, 1, &key, &key), K2_EINVAL);
	assert_int_equal(k2_runner_map_set(r, 2, &key, &key), K2_EINVAL);
	assert_int_equal(k2_runner_map_set(r, 4, &key, &key), K2_EINVAL);
	assert_int_equal(k2_runner_map_refer(r, 1, &key, "array"), K2_EINVAL);
	assert_null(k2_runner_map_get(r, 1, &key));
	assert_null(k2_runner_map_get(r, 9, &key));
	assert_null(k2_runner_func(r, 1));
	k2_runner_free(r);
	k2_runner_free(NULL);
}

struct values {
	struct k2_runner *r;
	char all[600];
};

static void note(void *user, const struct k2_run_step *s)
{
	struct values *v = user;
	char value[64];

	if (s->reg < 0)
		return;
	k2_runner_value_text(v->r, s->regs[s->reg], value, sizeof(value));
	strncat(v->all, value, sizeof(v->all) - strlen(v->all) - 1);
	strncat(v->all, "; ", sizeof(v->all) - strlen(v->all) - 1);
}

static void test_values(void **state)
{
	static const uint8_t packet[64];
	struct values v = { 0 };
	const struct k2_run_options o = { .size = sizeof(o), .user = &v, .step = note };
	struct k2_run run;
	char msg[200], insn[64];

	(void)state;
	assert_int_equal(make(&o, 0, &v.r, msg, sizeof(msg)), K2_OK);
	assert_int_equal(k2_runner_set_input(v.r, packet, sizeof(packet), NULL, 0, msg, sizeof(msg)), K2_OK);
	assert_int_equal(k2_runner_run(v.r, &run), K2_OK);
	assert_string_equal(v.all, "context + 0; map hash; r10 + 0; r10 - 4; r10 + 0; r10 - 16; 0x0; 0x0; map array; r10 + 0; r10 - 4; "
				   "value of array + 0; global + 0; packet + 0; 0x2; ");
	assert_string_equal(k2_runner_result_name(v.r, run.r0), "XDP_PASS");
	assert_null(k2_runner_result_name(v.r, 5));
	k2_runner_insn_text(v.r, 0, 9, insn, sizeof(insn));
	assert_string_equal(insn, "call 2");
	k2_runner_insn_text(v.r, 0, 99, insn, sizeof(insn));
	assert_string_equal(insn, "");
	k2_runner_free(v.r);
}

static int setup(void **state)
{
	char msg[100];

	(void)state;
	return k2_text_parse(source, sizeof(source) - 1, &text, msg, sizeof(msg));
}

static int teardown(void **state)
{
	(void)state;
	k2_text_free(text);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

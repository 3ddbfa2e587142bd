// SPDX-License-Identifier: BSD-2-Clause
/* Bare instructions and the text that describes them (k2/text.h): what goes in comes out, numbers become symbols and back, and damaged
   input is refused with a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <k2/text.h>
#include "isa.h"

static const char about[] = ".section xdp\n.map counts fd=3 type=1 key=4 value=8 entries=16\n.data config fd=5 size=12 ro\n"
			    ".map ports idx=0 type=2 key=4 value=4\n";

/* r1 = map 3; r2 = value of map 5 + 8; r3 = map of index 0; r4 = map 9, not described; r0 = 0; exit */
static const uint8_t program[] = {
	0x18, 0x11, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 0x22, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0,
	0x18, 0x53, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 0x14, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0xb7, 0x00, 0, 0, 0, 0, 0, 0, 0x95, 0x00, 0, 0, 0, 0, 0, 0,
};

static enum k2_status read_raw(const void *bytes, size_t len, const char *text, struct k2_text **t, char *msg, size_t size)
{
	const struct k2_raw how = { .size = sizeof(how), .about = text, .about_len = text ? strlen(text) : 0 };

	*t = NULL;
	msg[0] = 0;
	return k2_text_from_raw(bytes, len, &how, t, msg, size);
}

static void assert_round_trip(const struct k2_text *t, const uint8_t *bytes, size_t n)
{
	const struct k2_func_desc *d = k2_text_desc(t);
	void *out;
	size_t len;
	char msg[200] = "";

	if (k2_text_to_raw(t, d->insns, d->n_insns, &out, &len, msg, sizeof(msg)))
		fail_msg("%s", msg);
	assert_int_equal(len, n);
	assert_memory_equal(out, bytes, n);
	free(out);
}

static void test_symbols(void **state)
{
	const struct k2_func_desc *d;
	struct k2_text *t;
	char msg[200];

	(void)state;
	assert_int_equal(read_raw(program, sizeof(program), about, &t, msg, sizeof(msg)), K2_OK);
	d = k2_text_desc(t);
	assert_string_equal(d->section, "xdp");
	assert_int_equal(d->n_syms, 3);
	assert_int_equal(d->syms[0].max_entries, 16);
	assert_int_equal(d->insns[0].sym, 1);
	assert_int_equal(d->insns[0].imm, 0);
	assert_int_equal(d->insns[1].sym, 2);
	assert_int_equal(d->insns[1].imm, 8);
	assert_int_equal(d->insns[2].sym, 3);
	assert_int_equal(d->insns[3].sym, 0);
	assert_int_equal(d->insns[3].src, K2_PSEUDO_MAP_FD);
	assert_round_trip(t, program, sizeof(program));
	k2_text_free(t);
}

/* The directives and the instructions as text are a text again. */
static void test_as_text(void **state)
{
	struct k2_text *t, *again = NULL;
	char msg[200], *head, *body, *both = NULL;

	(void)state;
	assert_int_equal(read_raw(program, sizeof(program), about, &t, msg, sizeof(msg)), K2_OK);
	head = k2_text_print_directives(t);
	body = k2_text_print(k2_text_desc(t));
	assert_true(head && body && asprintf(&both, "%s%s", head, body) > 0);
	if (k2_text_parse(both, strlen(both), &again, msg, sizeof(msg)))
		fail_msg("%s\n%s", msg, both);
	assert_round_trip(again, program, sizeof(program));
	free(head);
	free(body);
	free(both);
	k2_text_free(again);
	k2_text_free(t);
}

static void test_refused(void **state)
{
	static const struct {
		const char *about, *why;
	} cases[] = {
		{ ".map a fd=3\n.map b fd=3\n", "description, line 2: a second symbol for that map" },
		{ ".map a fd=3\n\n.data b fd=3 size=4\n", "description, line 3: a second symbol for that map" },
		{ ".map a\n.data a\n", "description, line 2: a second symbol of that name" },
		{ ".map a fd=3x\n", "description, line 1: unknown attribute of a symbol" },
		{ ".map a fd=-3\n", "description, line 1: unknown attribute of a symbol" },
		{ ".map a fd=4294967296\n", "description, line 1: unknown attribute of a symbol" },
		{ ".endian middle\n", "description, line 1: byte order must be little or big" },
		{ "r0 = 0\n", "description, line 1: an instruction among the directives" },
		{ ".data a fd=3 size=4\n", "instruction 0: map 3 is described as .data" },
		{ ".map a fd=5\n", "instruction 1: map 5 is described as .map" },
	};
	struct k2_text *t;
	char msg[200];

	(void)state;
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		assert_int_equal(read_raw(program, sizeof(program), cases[k].about, &t, msg, sizeof(msg)), K2_EINVAL);
		assert_null(t);
		assert_string_equal(msg, cases[k].why);
	}
}

/* A symbol that K2's caller put where raw instructions have no place, or that has no number. */
static void test_without_number(void **state)
{
	static const char src[] = ".map a type=1\nr1 = &a ll\nexit\n";
	struct k2_text *t = NULL;
	const struct k2_func_desc *d;
	char msg[200] = "";
	void *out;
	size_t len;

	(void)state;
	assert_int_equal(k2_text_parse(src, strlen(src), &t, msg, sizeof(msg)), K2_OK);
	d = k2_text_desc(t);
	assert_int_equal(k2_text_to_raw(t, d->insns, d->n_insns, &out, &len, msg, sizeof(msg)), K2_EINVAL);
	assert_null(out);
	assert_string_equal(msg, "instruction 0: a symbol without number");
	k2_text_free(t);
}

/* Bytes of any kind are refused or come out as they were, in both byte orders. */
static void test_any_bytes(void **state)
{
	uint64_t seed = 88172645463325252ull;
	unsigned int taken = 0;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		struct k2_raw how = { .size = sizeof(how), .big_endian = round & 1, .about = about, .about_len = strlen(about) };
		uint8_t bytes[sizeof(program)];
		struct k2_text *t;
		char msg[200] = "";

		memcpy(bytes, program, sizeof(bytes));
		for (unsigned int k = 0; k < 1 + round % 3; k++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			bytes[seed % sizeof(bytes)] = (uint8_t)(seed >> 32);
		}
		if (k2_text_from_raw(bytes, sizeof(bytes), &how, &t, msg, sizeof(msg))) {
			assert_true(msg[0]);
			continue;
		}
		assert_round_trip(t, bytes, sizeof(bytes));
		k2_text_free(t);
		taken++;
	}
	assert_true(taken > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symbols), cmocka_unit_test(test_as_text),	   cmocka_unit_test(test_refused),
		cmocka_unit_test(test_without_number), cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: BSD-2-Clause
/* Instructions as text: printing, parsing, symbols, flags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "test_isa_gen.h"

static const struct k2_symbol syms[] = {
	{ .kind = K2_SYM_MAP, .name = "counters" },	  { .kind = K2_SYM_FUNC, .name = "parse" },
	{ .kind = K2_SYM_KFUNC, .name = "bpf_task_acquire" }, { .kind = K2_SYM_CORE, .name = "llvm.sk_buff:0:104$0:2" },
	{ .kind = K2_SYM_DATA, .name = ".rodata.str1.1" }, { .kind = K2_SYM_OTHER, .name = "with space" },
	{ .kind = K2_SYM_OTHER, .name = "extern" },
	{ .kind = K2_SYM_OTHER, .name = "" },
};

static bool lookup(void *user, const char *name, size_t len, uint32_t *sym, enum k2_symbol_kind *kind)
{
	uint32_t k;

	(void)user;
	for (k = 0; k < K2_ARRAY_SIZE(syms); k++) {
		if (strlen(syms[k].name) == len && !memcmp(syms[k].name, name, len)) {
			*sym = k + 1;
			*kind = syms[k].kind;
			return true;
		}
	}
	return false;
}

static struct k2_insn parsed(const char *line)
{
	const char *msg = "";
	struct k2_insn i;

	if (k2_isa_parse_sym(line, &i, lookup, NULL, &msg) != K2_OK)
		fail_msg("%s: %s", line, msg);
	return i;
}

static void print_parse_same(const struct k2_insn *i)
{
	struct k2_insn back;
	char text[200];
	int n = k2_isa_print(text, sizeof(text), i, syms, K2_ARRAY_SIZE(syms));

	assert_in_range(n, 1, sizeof(text) - 1);
	assert_int_equal(strlen(text), n);
	back = parsed(text);
	gen_assert_same(i, &back);
}

static void rows_round_trip_as_text(void **state)
{
	const struct k2_isa_row *r;
	uint64_t seed = 3;
	unsigned int n, k;

	(void)state;
	for (n = 0; (r = k2_isa_row_at(n)); n++) {
		for (k = 0; k < 200; k++) {
			struct k2_insn i = gen_random(r, &seed);

			print_parse_same(&i);
			if (i.target != UINT32_MAX)
				continue;
			/* With a label the displacement is nobody's business. */
			i.target = (uint32_t)k2_rand(&seed) >> (k % 32);
			i.target -= i.target == UINT32_MAX;
			if (r->off.rule == K2_RULE_JUMP)
				i.off = 0;
			else
				i.imm = 0;
			print_parse_same(&i);
		}
	}
}

/* Every symbol and flag on every row where it is valid, and their numbers when there are no names. */
static void symbols_and_flags_round_trip(void **state)
{
	const struct k2_isa_row *r;
	uint64_t seed = 4;
	unsigned int n, k;

	(void)state;
	for (n = 0; (r = k2_isa_row_at(n)); n++) {
		for (k = 0; k < 300; k++) {
			struct k2_insn i = gen_random(r, &seed), back;
			const char *msg;
			char text[200];

			i.sym = (uint32_t)(k2_rand(&seed) % (K2_ARRAY_SIZE(syms) + 2));
			i.flags = (uint8_t)(k2_rand(&seed) & (K2_F_VOLATILE | K2_F_FROZEN | K2_F_SYM_IMM |
							      K2_F_SYM_OFF | K2_F_ONE_SLOT));
			if (i.use)
				i.use = (uint16_t)(k2_rand(&seed) & 0x7ff);
			if (k2_isa_validate(&i))
				continue;
			print_parse_same(&i);
			k2_isa_print(text, sizeof(text), &i, NULL, 0);
			assert_int_equal(k2_isa_parse(text, &back, &msg), K2_OK);
			gen_assert_same(&i, &back);
		}
	}
}

static void opaque_round_trips(void **state)
{
	uint64_t seed = 5;
	unsigned int k;

	(void)state;
	for (k = 0; k < 2000; k++) {
		struct k2_insn i = {
			.code = (uint8_t)k2_rand(&seed),
			.dst = k2_rand(&seed) & 15,
			.src = k2_rand(&seed) & 15,
			.off = (int16_t)k2_rand(&seed),
			.imm = (int32_t)k2_rand(&seed),
			.use = k2_rand(&seed) & 0x7ff,
			.def = k2_rand(&seed) & 0x7ff,
			.flags = K2_F_OPAQUE | (k2_rand(&seed) & K2_F_FROZEN),
			.sym = k % 9,
			.origin = -1,
		};

		print_parse_same(&i);
	}
}

/* Text that prints as it was written. */
static void canonical(void **state)
{
	static const char *const lines[] = {
		"r1 += 8",
		"w1 s>>= 31",
		"r1 %= r2",
		"w1 s%= -3",
		"r1 = -r1",
		"w9 = -w9",
		"r1 = (s32)r2",
		"w1 = (s16)w2",
		"r1 = be16 r1",
		"r9 = le64 r9",
		"r1 = bswap32 r1",
		"r1 = 0x5 ll",
		"r1 = 0xffffffffffffffff ll",
		"r1 = map_fd 0x5 ll",
		"r1 = map_value 0x800000005 ll",
		"r1 = btf_id 0x7 ll",
		"r1 = func 0x9 ll",
		"r1 = map_idx 0x0 ll",
		"r1 = map_idx_value 0x400000000 ll",
		"r1 = &counters ll",
		"r1 = &.rodata.str1.1 + 16 ll",
		"r1 = &#6 ll",
		"r1 = &llvm.sk_buff:0:104$0:2 + 104 ll {sym_imm} {one_slot}",
		"r1 += &llvm.sk_buff:0:104$0:2 - 4 {sym_imm}",
		"r1 = *(u32 *)(r6 + &llvm.sk_buff:0:104$0:2 + 104) {sym_off}",
		"*(u8 *)(r6 + &llvm.sk_buff:0:104$0:2) = 5 {sym_off}",
		"r1 = r2 {sym=&counters}",
		"r0 = *(u8 *)(r1 + 3)",
		"r0 = *(s16 *)(r1 - 3)",
		"*(u32 *)(r10 - 4) = r0 {volatile}",
		"*(u64 *)(r10 - 8) = -1 {frozen}",
		"r0 = *(u8 *)skb[4]",
		"r0 = *(u16 *)skb[r4]",
		"r0 = *(u32 *)skb[r4 - 2]",
		"lock *(u64 *)(r1 + 0) += r2",
		"lock *(u32 *)(r1 + 4) ^= w2",
		"r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)",
		"w2 = atomic_fetch_or((u32 *)(r1 + 0), w2)",
		"r0 = cmpxchg_64(r1 + 0, r0, r2)",
		"w0 = cmpxchg32_32(r1 + 0, w0, w2)",
		"r1 = xchg_64(r1 + 0, r1)",
		"w1 = xchg32_32(r2 + 0, w1)",
		"r0 = load_acquire((u32 *)(r1 + 0))",
		"store_release((u32 *)(r1 + 0), w2)",
		"store_release((u64 *)(r1 + 0), r2)",
		"goto L5",
		"goto +5",
		"gotol -70000",
		"gotol L70000",
		"gotox r3",
		"may_goto L3",
		"if w1 s> 5 goto L4",
		"if r1 & r2 goto -2",
		"call 1",
		"call 1 {use=0x6}",
		"call pc+7",
		"call pc-7",
		"call &parse",
		"call &extern",
		"call &bpf_task_acquire",
		"call &bpf_task_acquire fd 2",
		"call kfunc 1234",
		"call kfunc 1234 fd 1",
		"callx r1",
		"exit",
		"opaque 0xff 1 2 -3 4 {opaque use=0x7ff def=0x7ff}",
	};
	char text[200];
	size_t k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(lines); k++) {
		struct k2_insn i = parsed(lines[k]);

		k2_isa_print(text, sizeof(text), &i, syms, K2_ARRAY_SIZE(syms));
		assert_string_equal(text, lines[k]);
	}
}

/* Other ways to write it: LLVM's w registers on narrow accesses, the verifier's blanks, hexadecimal. */
static void lenient(void **state)
{
	static const char *const cases[][2] = {
		{ "w0 = *(u8 *)(r1 + 0x3)", "r0 = *(u8 *)(r1 + 3)" },
		{ "w0 = *(u32 *)(r1 -4)", "r0 = *(u32 *)(r1 - 4)" },
		{ "*(u32 *)(r10 - 4) = w0", "*(u32 *)(r10 - 4) = r0" },
		{ "w0 = load_acquire((u32 *)(r1 + 0))", "r0 = load_acquire((u32 *)(r1 + 0))" },
		{ "store_release((u8 *)(r1 + 0), r2)", "store_release((u8 *)(r1 + 0), w2)" },
		{ "lock *(u32 *)(r1 + 0) += r2", "lock *(u32 *)(r1 + 0) += w2" },
		{ "\tr1 += 0x8 \n", "r1 += 8" },
		{ "r1 += -0x80000000", "r1 += -2147483648" },
		{ "r1=r2", "r1 = r2" },
		{ "w1 = 0xffffffff", "w1 = -1" },
		{ "if w1 == 0xfffffffe goto +1", "if w1 == -2 goto +1" },
		{ "r1 = 5 ll", "r1 = 0x5 ll" },
		{ "r1 = -1 ll", "r1 = 0xffffffffffffffff ll" },
		{ "r0 = *(u64 *)(r1)", "r0 = *(u64 *)(r1 + 0)" },
		{ "goto +0x5", "goto +5" },
		{ "call 0x1", "call 1" },
		{ "call &parse + 2", "call &parse + 2" },
		{ "exit {frozen volatile}", "exit {volatile} {frozen}" },
		{ "exit{frozen}{line=12}", "exit {frozen}" },
		{ "r1 += 8 {opaque}", "opaque 0x07 1 0 0 8 {opaque use=0x7ff def=0x7ff}" },
		{ "r1 += 8 {use=0x2 opaque}", "opaque 0x07 1 0 0 8 {opaque use=0x2 def=0x7ff}" },
		{ "r1 += 0XfF", "r1 += 255" },
		{ "r1 += 0xABC", "r1 += 2748" },
		{ "opaque 7 1 0 0 8", "opaque 0x07 1 0 0 8 {opaque use=0x7ff def=0x7ff}" },
	};
	char text[200];
	size_t k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(cases); k++) {
		struct k2_insn i = parsed(cases[k][0]);

		k2_isa_print(text, sizeof(text), &i, syms, K2_ARRAY_SIZE(syms));
		assert_string_equal(text, cases[k][1]);
	}
	assert_int_equal(parsed("exit {line=12}").line, 12);
}

static void rejected(void **state)
{
	static const char *const cases[][2] = {
		{ "", "the line is empty" },
		{ "  {frozen}", "the line is empty" },
		{ "hello", "not an instruction" },
		{ "exit 5", "not an instruction" },
		{ "exit {hello}", "an unknown flag in braces" },
		{ "exit {frozen", "an unknown flag in braces" },
		{ "exit {frozen} x", "something follows the instruction" },
		{ "ifr1 == 0 goto L1", "not an instruction" },
		{ "r1 += w2", "not an instruction" },
		{ "r11 += 1", "there are no registers above r10" },
		{ "r10 += 1", "r10 cannot be written" },
		{ "r1 = -r2", "the instruction needs the same register twice" },
		{ "w0 = *(u64 *)(r1 + 0)", "not an instruction" },
		{ "w0 = *(s8 *)(r1 + 0)", "not an instruction" },
		{ "r1 = *(u8 *)(r2 + 32768)", "the offset does not fit 16 bits" },
		{ "r1 = *(u8 *)(r2 + )", "a number is expected after the sign" },
		{ "goto +40000", "the offset does not fit 16 bits" },
		{ "goto Lx", "a label is L and the number of an instruction" },
		{ "r1 += 0x80000000", "the immediate does not fit 32 bits" },
		{ "w1 += 0x100000000", "the immediate does not fit 32 bits" },
		{ "r1 += 18446744073709551616", "a number does not fit 64 bits" },
		{ "r1 <<= 64", "the shift count is not below the operand's width" },
		{ "w1 <<= 32", "the shift count is not below the operand's width" },
		{ "r1 /= 0", "division by an immediate zero" },
		{ "r1 = map_fd 0x100000000 ll", "the second slot's immediate is not zero" },
		{ "r1 = &nobody ll", "a symbol that is not known" },
		{ "call &nobody", "a symbol that is not known" },
		{ "call &counters", "not an instruction" },
		{ "r1 = &#0 ll", "a symbol's number is out of range" },
		{ "r1 += 1 {sym_off}", "only loads and stores have a symbolic offset" },
		{ "opaque 0x100 0 0 0 0", "opaque takes code, dst, src, off and imm" },
		{ "opaque 0 0 0 0", "opaque takes code, dst, src, off and imm" },
		{ "exit {use=0x1}", "use= is for calls and opaque instructions, def= for opaque ones" },
		{ "call 1 {def=0x1}", "use= is for calls and opaque instructions, def= for opaque ones" },
		{ "exit {line=x}", "line= takes a number" },
		{ "exit {use=0x800}", "use= and def= take a mask of registers" },
	};
	const char *msg;
	struct k2_insn i;
	size_t k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(cases); k++) {
		msg = NULL;
		assert_int_equal(k2_isa_parse_sym(cases[k][0], &i, lookup, NULL, &msg), K2_EINVAL);
		assert_string_equal(msg, cases[k][1]);
	}
	assert_int_equal(k2_isa_parse("call &parse", &i, &msg), K2_EINVAL);
	assert_string_equal(msg, "a symbol that is not known");
}

static void calls_by_symbol(void **state)
{
	struct k2_insn i = parsed("call &parse");

	(void)state;
	assert_int_equal(i.src, K2_PSEUDO_CALL);
	assert_int_equal(i.imm, -1);
	assert_int_equal(i.sym, 2);
	i = parsed("call &bpf_task_acquire");
	assert_int_equal(i.src, K2_PSEUDO_KFUNC_CALL);
	assert_int_equal(i.imm, 0);
	assert_int_equal(i.sym, 3);
}

/* As snprintf: the length of the whole text, and a terminated part of it. */
static void short_buffers(void **state)
{
	struct k2_insn i = parsed("r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)");
	char whole[100], part[100];
	int n = k2_isa_print(whole, sizeof(whole), &i, NULL, 0);
	size_t size;

	(void)state;
	assert_int_equal(k2_isa_print(NULL, 0, &i, NULL, 0), n);
	for (size = 1; size <= (size_t)n + 1; size++) {
		memset(part, 'x', sizeof(part));
		assert_int_equal(k2_isa_print(part, size, &i, NULL, 0), n);
		assert_int_equal(strlen(part), size - 1);
		assert_memory_equal(part, whole, size - 1);
		assert_int_equal(part[size], 'x');
	}
}

/* The parser survives lines that are nearly right: what it accepts prints and parses to the same again. */
static void damaged_lines(void **state)
{
	static const char alphabet[] = "rw0159 +-*/()[]{}&=<>sul#x,L_\t$";
	const struct k2_isa_row *r;
	uint64_t seed = 6;
	unsigned int n, k, accepted = 0;

	(void)state;
	for (n = 0; (r = k2_isa_row_at(n)); n++) {
		for (k = 0; k < 300; k++) {
			struct k2_insn i = gen_random(r, &seed);
			const char *msg;
			char text[200];
			char *line;
			int len = k2_isa_print(text, sizeof(text), &i, NULL, 0);

			text[k2_rand(&seed) % (unsigned int)len] = alphabet[k2_rand(&seed) % (sizeof(alphabet) - 1)];
			text[k % 7 ? (unsigned int)len : k2_rand(&seed) % (unsigned int)len] = '\0';
			line = strdup(text); /* its end is the sanitizer's to guard */
			if (k2_isa_parse(line, &i, &msg) == K2_OK) {
				print_parse_same(&i);
				accepted++;
			} else {
				assert_non_null(msg);
			}
			free(line);
		}
	}
	assert_in_range(accepted, 1000, 40000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_round_trip_as_text),
		cmocka_unit_test(symbols_and_flags_round_trip),
		cmocka_unit_test(opaque_round_trips),
		cmocka_unit_test(canonical),
		cmocka_unit_test(lenient),
		cmocka_unit_test(rejected),
		cmocka_unit_test(calls_by_symbol),
		cmocka_unit_test(short_buffers),
		cmocka_unit_test(damaged_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: BSD-2-Clause
/* The instruction table as bytes: rows, registers, validation, decoding, encoding, whole functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "test_isa_gen.h"

static void rows_are_found(void **state)
{
	const struct k2_isa_row *r, *other;
	unsigned int n, m;

	(void)state;
	for (n = 0; (r = k2_isa_row_at(n)); n++) {
		struct k2_insn i = gen_plain(r);

		assert_ptr_equal(k2_isa_row(&i), r);
		assert_int_equal(k2_isa_kind(&i), r->kind);
		assert_null(k2_isa_validate(&i));
		for (m = 0; m < n; m++) {
			other = k2_isa_row_at(m);
			assert_string_not_equal(other->name, r->name);
			assert_string_not_equal(other->syntax, r->syntax);
		}
	}
	assert_int_equal(n, 181);
}

/* The rules of the table once more, from the shape of the opcode, as kernel/bpf/verifier.c checks them and as the compiler
   chooses levels: a slip in one row shows. */
struct expected {
	enum k2_isa_rule dst, src, off, imm;
	enum k2_isa_level level;
	unsigned int width;
};

static unsigned int size_in_bits(uint8_t code)
{
	static const unsigned int bits[] = { 32, 16, 8, 64 };

	return bits[K2_SIZE(code) >> 3];
}

static struct expected expect_end(const struct k2_isa_row *r)
{
	return (struct expected){ K2_RULE_RW, K2_RULE_ZERO, K2_RULE_ZERO, K2_RULE_IS,
				  K2_CLASS(r->code) == K2_ALU64 ? K2_ISA_V4 : K2_ISA_V1, 64 };
}

static struct expected expect_alu(const struct k2_isa_row *r)
{
	uint8_t op = K2_OP(r->code);
	bool wide = K2_CLASS(r->code) == K2_ALU64, reg = r->code & K2_X, divides = op == K2_DIV || op == K2_MOD;
	struct expected e = { op == K2_MOV ? K2_RULE_WR : K2_RULE_RW,
			      reg ? K2_RULE_RD : K2_RULE_ZERO,
			      divides || (op == K2_MOV && reg) ? K2_RULE_IS : K2_RULE_ZERO,
			      reg || op == K2_NEG ? K2_RULE_ZERO : K2_RULE_ANY,
			      wide ? K2_ISA_V1 : K2_ISA_V3,
			      wide ? 64 : 32 };

	if (divides && !reg)
		e.imm = K2_RULE_NONZERO;
	if ((op == K2_LSH || op == K2_RSH || op == K2_ARSH) && !reg)
		e.imm = K2_RULE_SHIFT;
	if (r->off.value)
		e.level = K2_ISA_V4;
	return e;
}

static struct expected expect_cond(const struct k2_isa_row *r)
{
	uint8_t op = K2_OP(r->code);
	bool wide = K2_CLASS(r->code) == K2_JMP, reg = r->code & K2_X;

	return (struct expected){ K2_RULE_RD,
				  reg ? K2_RULE_RD : K2_RULE_ZERO,
				  K2_RULE_JUMP,
				  reg ? K2_RULE_ZERO : K2_RULE_ANY,
				  !wide ? K2_ISA_V3 : op >= K2_JLT ? K2_ISA_V2 : K2_ISA_V1,
				  wide ? 64 : 32 };
}

static struct expected expect_access(const struct k2_isa_row *r)
{
	bool load = K2_CLASS(r->code) == K2_LDX, imm = K2_CLASS(r->code) == K2_ST;

	return (struct expected){ load ? K2_RULE_WR : K2_RULE_RD,
				  imm ? K2_RULE_ZERO : K2_RULE_RD,
				  K2_RULE_ANY,
				  imm ? K2_RULE_ANY : K2_RULE_ZERO,
				  K2_MODE(r->code) == K2_MEMSX ? K2_ISA_V4 : K2_ISA_V1,
				  size_in_bits(r->code) };
}

static struct expected expect_atomic(const struct k2_isa_row *r)
{
	int op = r->imm.value;
	bool ordered = op == K2_LOAD_ACQ || op == K2_STORE_REL;

	return (struct expected){ op == K2_LOAD_ACQ ? K2_RULE_WR : K2_RULE_RD,
				  (op & K2_FETCH) && op != K2_CMPXCHG ? K2_RULE_RW : K2_RULE_RD,
				  K2_RULE_ANY,
				  K2_RULE_IS,
				  ordered ? K2_ISA_V4 : op ? K2_ISA_V3 : K2_ISA_V1,
				  size_in_bits(r->code) };
}

static struct expected expect_packet(const struct k2_isa_row *r)
{
	return (struct expected){ K2_RULE_ZERO, K2_MODE(r->code) == K2_IND ? K2_RULE_RD : K2_RULE_ZERO,
				  K2_RULE_ZERO, K2_RULE_ANY, K2_ISA_V1, size_in_bits(r->code) };
}

static void rows_follow_their_class(void **state)
{
	const struct k2_isa_row *r;
	unsigned int n;

	(void)state;
	for (n = 0; (r = k2_isa_row_at(n)); n++) {
		struct expected e;

		if (r->kind == K2_KIND_ALU)
			e = K2_OP(r->code) == K2_END ? expect_end(r) : expect_alu(r);
		else if (r->kind == K2_KIND_JUMP)
			e = expect_cond(r);
		else if (r->kind == K2_KIND_LOAD || r->kind == K2_KIND_STORE)
			e = expect_access(r);
		else if (r->kind == K2_KIND_ATOMIC)
			e = expect_atomic(r);
		else if (r->kind == K2_KIND_LD_PKT)
			e = expect_packet(r);
		else
			continue; /* a handful, each in the tables below */
		if (r->dst.rule != e.dst || r->src.rule != e.src || r->off.rule != e.off || r->imm.rule != e.imm ||
		    r->level != e.level || r->width != e.width)
			fail_msg("row %s is not like its class", r->name);
	}
}

static void rows_round_trip_as_bytes(void **state)
{
	const struct k2_isa_row *r;
	uint64_t seed = 1;
	unsigned int n, k, used, used2, big;
	uint8_t bytes[16], again[16];
	struct k2_insn i, back;

	(void)state;
	for (n = 0; (r = k2_isa_row_at(n)); n++) {
		for (k = 0; k < 200; k++) {
			big = k & 1;
			i = gen_random(r, &seed);
			assert_null(k2_isa_validate(&i));
			assert_int_equal(k2_isa_encode(&i, big, bytes, &used), K2_OK);
			assert_int_equal(used, 8 * k2_isa_slots(&i));
			assert_int_equal(k2_isa_decode(bytes, used, big, &back, &used2), K2_OK);
			assert_int_equal(used, used2);
			gen_assert_same(&i, &back);
			assert_int_equal(k2_isa_encode(&back, big, again, &used2), K2_OK);
			assert_memory_equal(bytes, again, used);
		}
	}
}

/* Two slots of noise behind an opcode, with fields left zero often enough that many are valid. */
static void random_slots(uint8_t bytes[16], uint8_t code, uint64_t *seed)
{
	uint64_t zero = k2_rand(seed);
	unsigned int k;

	for (k = 0; k < 16; k++)
		bytes[k] = (uint8_t)k2_rand(seed);
	bytes[0] = code;
	if (zero & 3)
		bytes[1] &= (uint8_t)(zero & 4 ? 0x77 : zero & 8 ? 0x07 : 0x70);
	if (zero & 0x30)
		memset(bytes + 2, 0, 2);
	if (zero & 0xc0)
		memset(bytes + 4, 0, 4);
	if (zero & 0x300)
		memset(bytes + 8, 0, 4);
	if (!(zero & 0x700)) /* one bit too many in the second slot */
		bytes[8 + (zero >> 11) % 4] = (uint8_t)(1u << (zero >> 13) % 8);
}

/* Whatever the bytes are: they decode to something valid or opaque, and encode to the same bytes. */
static void any_bytes_round_trip(void **state)
{
	uint64_t seed = 2;
	unsigned int n, used, used2, opaque = 0;
	uint8_t bytes[16], again[16];
	struct k2_insn i;

	(void)state;
	for (n = 0; n < 400000; n++) {
		random_slots(bytes, (uint8_t)n, &seed);
		assert_int_equal(k2_isa_decode(bytes, 16, n & 4096, &i, &used), K2_OK);
		assert_null(k2_isa_validate(&i));
		opaque += (i.flags & K2_F_OPAQUE) != 0;
		if (i.flags & K2_F_OPAQUE) {
			assert_int_equal(k2_isa_kind(&i), K2_KIND_OPAQUE);
			assert_int_equal(used, 8);
			assert_int_equal(k2_isa_reads(&i), 0x7ff);
		}
		assert_int_equal(k2_isa_encode(&i, n & 4096, again, &used2), K2_OK);
		assert_int_equal(used, used2);
		assert_memory_equal(bytes, again, used);
	}
	assert_in_range(opaque, 100000, 350000);
}

static void unknown_opcodes_are_opaque(void **state)
{
	static const uint8_t unknown[] = { 0x00, 0x02, 0x03, 0x08, 0x0e, 0x38, 0x58, 0x86, 0x8c, 0x8e, 0x8f, 0x96,
					   0x99, 0xdf, 0xe6, 0xe7, 0xec, 0xee, 0xef, 0xf5, 0xf7, 0xfd, 0xff };
	struct k2_insn i = { 0 };
	size_t k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(unknown); k++) {
		i.code = unknown[k];
		assert_null(k2_isa_row(&i));
		assert_int_equal(k2_isa_reads(&i), 0x7ff);
		assert_int_equal(k2_isa_writes(&i), 0x7ff);
		assert_string_equal(k2_isa_validate(&i), "no such instruction");
	}
}

static struct k2_insn parsed(const char *line)
{
	const char *msg = "";
	struct k2_insn i;

	if (k2_isa_parse(line, &i, &msg) != K2_OK)
		fail_msg("%s: %s", line, msg);
	return i;
}

static void registers_and_sizes(void **state)
{
	static const struct {
		const char *text;
		uint16_t reads, writes;
		unsigned int slots, access;
		bool ends;
	} cases[] = {
		{ "r1 += 8", 0x2, 0x2, 1, 0, false },
		{ "r1 += r2", 0x6, 0x2, 1, 0, false },
		{ "r1 = 8", 0, 0x2, 1, 0, false },
		{ "w1 = w2", 0x4, 0x2, 1, 0, false },
		{ "r1 = (s8)r2", 0x4, 0x2, 1, 0, false },
		{ "r1 = -r1", 0x2, 0x2, 1, 0, false },
		{ "r3 = be16 r3", 0x8, 0x8, 1, 0, false },
		{ "r1 = 0x5 ll", 0, 0x2, 2, 0, false },
		{ "r1 = 0x5 ll {one_slot}", 0, 0x2, 1, 0, false },
		{ "r1 = *(u16 *)(r2 + 4)", 0x4, 0x2, 1, 2, false },
		{ "*(u64 *)(r10 - 8) = r3", 0x408, 0, 1, 8, false },
		{ "*(u8 *)(r10 - 8) = 3", 0x400, 0, 1, 1, false },
		{ "r0 = *(u32 *)skb[4]", 0x40, 0x3f, 1, 4, false },
		{ "r0 = *(u16 *)skb[r7 + 4]", 0xc0, 0x3f, 1, 2, false },
		{ "lock *(u64 *)(r1 + 0) += r2", 0x6, 0, 1, 8, false },
		{ "w2 = atomic_fetch_add((u32 *)(r1 + 0), w2)", 0x6, 0x4, 1, 4, false },
		{ "r2 = xchg_64(r1 + 0, r2)", 0x6, 0x4, 1, 8, false },
		{ "r0 = cmpxchg_64(r1 + 0, r0, r2)", 0x7, 0x1, 1, 8, false },
		{ "r3 = load_acquire((u8 *)(r1 + 0))", 0x2, 0x8, 1, 1, false },
		{ "store_release((u16 *)(r1 + 0), w2)", 0x6, 0, 1, 2, false },
		{ "if r1 == r2 goto L0", 0x6, 0, 1, 0, true },
		{ "if w1 == 2 goto L0", 0x2, 0, 1, 0, true },
		{ "goto L0", 0, 0, 1, 0, true },
		{ "gotol L0", 0, 0, 1, 0, true },
		{ "gotox r3", 0x8, 0, 1, 0, true },
		{ "may_goto L0", 0, 0, 1, 0, true },
		{ "call 1", 0x3e, 0x3f, 1, 0, false },
		{ "call 1 {use=0x6}", 0x6, 0x3f, 1, 0, false },
		{ "callx r6", 0x7e, 0x3f, 1, 0, false },
		{ "exit", 0x1, 0, 1, 0, true },
		{ "opaque 0xff 1 2 3 4 {use=0x6 def=0x1}", 0x6, 0x1, 1, 0, false },
		{ "r1 += 8 {opaque use=0x2 def=0}", 0x2, 0, 1, 0, false },
	};
	size_t k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(cases); k++) {
		struct k2_insn i = parsed(cases[k].text);

		assert_int_equal(k2_isa_reads(&i), cases[k].reads);
		assert_int_equal(k2_isa_writes(&i), cases[k].writes);
		assert_int_equal(k2_isa_slots(&i), cases[k].slots);
		assert_int_equal(k2_isa_access_size(&i), cases[k].access);
		assert_int_equal(k2_isa_is_terminator(&i), cases[k].ends);
	}
}

static void levels(void **state)
{
	static const struct {
		const char *text;
		enum k2_isa_level from;
		bool alu32; /* enough below v3 */
	} cases[] = {
		{ "r1 += 8", K2_ISA_V1, true },
		{ "exit", K2_ISA_V1, true },
		{ "call 1", K2_ISA_V1, true },
		{ "call pc+1", K2_ISA_V1, true },
		{ "call kfunc 1", K2_ISA_V1, true },
		{ "goto L0", K2_ISA_V1, true },
		{ "r1 = 0x1 ll", K2_ISA_V1, true },
		{ "r1 = map_fd 0x1 ll", K2_ISA_V1, true },
		{ "r0 = *(u8 *)skb[1]", K2_ISA_V1, true },
		{ "r0 = *(u32 *)skb[r1]", K2_ISA_V1, true },
		{ "gotox r1", K2_ISA_V4, false },
		{ "if r1 > 8 goto L0", K2_ISA_V1, true },
		{ "*(u32 *)(r10 - 4) = 1", K2_ISA_V1, true },
		{ "lock *(u32 *)(r1 + 0) += w2", K2_ISA_V1, true },
		{ "r1 = be32 r1", K2_ISA_V1, true },
		{ "if r1 < 8 goto L0", K2_ISA_V2, false },
		{ "if r1 s<= r2 goto L0", K2_ISA_V2, false },
		{ "w1 += 8", K2_ISA_V3, true },
		{ "w1 = w1", K2_ISA_V3, true },
		{ "if w1 < 8 goto L0", K2_ISA_V3, true },
		{ "r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)", K2_ISA_V3, false },
		{ "lock *(u64 *)(r1 + 0) |= r2", K2_ISA_V3, false },
		{ "r0 = cmpxchg_64(r1 + 0, r0, r2)", K2_ISA_V3, false },
		{ "w1 s/= w2", K2_ISA_V4, false },
		{ "r1 s%= 3", K2_ISA_V4, false },
		{ "w1 = (s8)w2", K2_ISA_V4, false },
		{ "r1 = bswap64 r1", K2_ISA_V4, false },
		{ "r1 = *(s8 *)(r2 + 0)", K2_ISA_V4, false },
		{ "gotol L0", K2_ISA_V4, false },
		{ "may_goto L0", K2_ISA_V4, false },
		{ "r0 = load_acquire((u32 *)(r1 + 0))", K2_ISA_V4, false },
		{ "store_release((u64 *)(r1 + 0), r2)", K2_ISA_V4, false },
	};
	struct k2_func_desc f = { .name = "f" };
	struct k2_insn i;
	size_t k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(cases); k++) {
		i = parsed(cases[k].text);
		for (f.isa = K2_ISA_V1; f.isa <= K2_ISA_V4; f.isa++) {
			f.alu32 = false;
			assert_int_equal(k2_isa_allowed(&i, &f), f.isa >= cases[k].from);
			f.alu32 = true;
			assert_int_equal(k2_isa_allowed(&i, &f), f.isa >= cases[k].from || cases[k].alu32);
		}
	}
	f.isa = K2_ISA_V4;
	i = parsed("opaque 0xff 0 0 0 0");
	assert_false(k2_isa_allowed(&i, &f));
}

static void validate_rejects(void **state)
{
	static const struct {
		struct k2_insn i;
		const char *why;
	} cases[] = {
		{ { .code = 0x07, .dst = 11 }, "there are no registers above r10" },
		{ { .code = 0x0f, .dst = 1, .src = 12 }, "there are no registers above r10" },
		{ { .code = 0x07, .dst = 10 }, "r10 cannot be written" },
		{ { .code = 0x79, .dst = 10, .src = 1 }, "r10 cannot be written" },
		{ { .code = 0xdb, .dst = 1, .src = 10, .imm = 1 }, "r10 cannot be written" },
		{ { .code = 0x07, .src = 1 }, "the unused source register is not zero" },
		{ { .code = 0x55, .dst = 1, .src = 1 }, "the unused source register is not zero" },
		{ { .code = 0x95, .dst = 1 }, "the unused destination register is not zero" },
		{ { .code = 0x85, .dst = 1 }, "the unused destination register is not zero" },
		{ { .code = 0x07, .off = 1 }, "the unused offset is not zero" },
		{ { .code = 0x85, .off = 1, .imm = 1 }, "the unused offset is not zero" },
		{ { .code = 0x06, .off = 1, .imm = 1 }, "the unused offset is not zero" },
		{ { .code = 0x85, .src = 2, .off = -1 }, "the module index of a kfunc is negative" },
		{ { .code = 0x0f, .imm = 1 }, "the unused immediate is not zero" },
		{ { .code = 0x87, .imm = 1 }, "the unused immediate is not zero" },
		{ { .code = 0x79, .imm = 1 }, "the unused immediate is not zero" },
		{ { .code = 0x05, .imm = 1 }, "the unused immediate is not zero" },
		{ { .code = 0x1d, .imm = 1 }, "the unused immediate is not zero" },
		{ { .code = 0x67, .imm = 64 }, "the shift count is not below the operand's width" },
		{ { .code = 0x64, .imm = 32 }, "the shift count is not below the operand's width" },
		{ { .code = 0xc7, .imm = -1 }, "the shift count is not below the operand's width" },
		{ { .code = 0x37, .imm = 0 }, "division by an immediate zero" },
		{ { .code = 0x94, .imm = 0, .off = 1 }, "division by an immediate zero" },
		{ { .code = 0x07, .imm = 1ll << 31 }, "the immediate does not fit 32 bits" },
		{ { .code = 0x7a, .dst = 1, .imm = -(1ll << 31) - 1 }, "the immediate does not fit 32 bits" },
		{ { .code = 0x18, .src = 1, .imm = 1ll << 32 }, "the second slot's immediate is not zero" },
		{ { .code = 0x18, .src = 7 }, "no such instruction" },
		{ { .code = 0xbf, .off = 7 }, "no such instruction" },
		{ { .code = 0xbc, .off = 32 }, "no such instruction" },
		{ { .code = 0x37, .off = 2, .imm = 1 }, "no such instruction" },
		{ { .code = 0xd4, .imm = 8 }, "no such instruction" },
		{ { .code = 0xe5, .src = 1 }, "no such instruction" },
		{ { .code = 0x85, .src = 3 }, "no such instruction" },
		{ { .code = 0xdb, .imm = 0x10 }, "no such instruction" },
		{ { .code = 0xd3, .imm = K2_XCHG }, "no such instruction" },
		{ { .code = 0x07, .flags = K2_F_ONE_SLOT },
		  "only a 64-bit constant that fits 32 bits can take one slot" },
		{ { .code = 0x18, .flags = K2_F_ONE_SLOT, .imm = 1ll << 40 },
		  "only a 64-bit constant that fits 32 bits can take one slot" },
		{ { .code = 0x07, .flags = K2_F_SYM_OFF }, "only loads and stores have a symbolic offset" },
		{ { .code = 0x0f, .flags = K2_F_SYM_IMM }, "the instruction has no immediate that could be symbolic" },
		{ { .code = 0xff, .flags = K2_F_OPAQUE, .dst = 16 }, "a register number does not fit 4 bits" },
		{ { .code = 0xff, .flags = K2_F_OPAQUE, .imm = 1ll << 31 }, "the immediate does not fit 32 bits" },
	};
	size_t k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(cases); k++) {
		const char *why = k2_isa_validate(&cases[k].i);

		assert_non_null(why);
		assert_string_equal(why, cases[k].why);
	}
}

/* A symbolic immediate is no number: 64 as the shift count of a CO-RE relocation is replaced by the loader. */
static void validate_skips_symbolic(void **state)
{
	struct k2_insn i = { .code = 0x67, .imm = 64, .flags = K2_F_SYM_IMM };

	(void)state;
	assert_null(k2_isa_validate(&i));
	i.imm = 1ll << 32;
	assert_non_null(k2_isa_validate(&i));
}

struct fixture {
	struct k2_arena *a;
	struct k2_insn insns[16];
	struct k2_insn *decoded;
	uint8_t *bytes;
	size_t len;
	uint32_t n;
	char msg[100];
};

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	f->a = k2_arena_new(0);
	*state = f;
	return !f->a;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	k2_arena_free(f->a);
	test_free(f);
	return 0;
}

static enum k2_status encode_lines(struct fixture *f, const char *const *lines, uint32_t n, bool big)
{
	uint32_t k;

	for (k = 0; k < n; k++)
		f->insns[k] = parsed(lines[k]);
	return k2_isa_encode_all(f->a, f->insns, n, big, &f->bytes, &f->len, f->msg, sizeof(f->msg));
}

static const char *const with_jumps[] = {
	"if r1 == 0 goto L4", "r2 = 0x123456789abcdef0 ll", "if w2 s> -1 goto L0", "gotol L6",
	"r0 = 1",	      "may_goto L1",		    "exit",
};

static void functions_round_trip(void **state)
{
	static const int displacement[] = { 4, 0, -4, 2, 0, -6, 0 };
	struct fixture *f = *state;
	unsigned int big;
	uint32_t k;

	for (big = 0; big < 2; big++) {
		assert_int_equal(encode_lines(f, with_jumps, 7, big), K2_OK);
		assert_int_equal(f->len, 8 * 8);
		assert_int_equal(k2_isa_decode_all(f->a, f->bytes, f->len, big, &f->decoded, &f->n, f->msg,
						   sizeof(f->msg)),
				 K2_OK);
		assert_int_equal(f->n, 7);
		for (k = 0; k < 7; k++) {
			assert_int_equal(f->decoded[k].code, f->insns[k].code);
			assert_int_equal(f->decoded[k].target, f->insns[k].target);
			assert_int_equal(f->decoded[k].origin, k);
			if (k != 1 && k != 4)
				assert_int_equal(k == 3 ? f->decoded[k].imm : f->decoded[k].off, displacement[k]);
		}
	}
}

static void decode_says(struct fixture *f, const uint8_t *bytes, size_t len, enum k2_status st, const char *msg)
{
	assert_int_equal(k2_isa_decode_all(f->a, bytes, len, false, &f->decoded, &f->n, f->msg, sizeof(f->msg)), st);
	assert_string_equal(f->msg, msg);
}

static void broken_functions(void **state)
{
	static const uint8_t out_forward[] = { 0x05, 0, 1, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t out_backward[] = { 0x95, 0, 0, 0, 0, 0, 0, 0, 0x05, 0, 0xfd, 0xff, 0, 0, 0, 0 };
	static const uint8_t into_middle[] = { 0x05, 0, 1,    0, 0, 0, 0, 0, 0x18, 1, 0, 0, 5, 0, 0, 0,
					       0,    0, 0,    0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t unknown_jump[] = { 0x95, 0, 0, 0, 0, 0, 0, 0, 0xf5, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t bad_exit[] = { 0x95, 1, 0, 0, 0, 0, 0, 0 };
	static const uint8_t far_out[] = { 0x06, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f };
	struct fixture *f = *state;
	unsigned int used;

	decode_says(f, out_forward, 16, K2_EINVAL, "slot 0: a jump out of the function");
	decode_says(f, out_backward, 16, K2_EINVAL, "slot 1: a jump out of the function");
	decode_says(f, far_out, 8, K2_EINVAL, "slot 0: a jump out of the function");
	decode_says(f, into_middle, 32, K2_EINVAL, "slot 0: a jump into the middle of a 64-bit constant");
	decode_says(f, into_middle, 16, K2_EINVAL, "slot 1: the second half of a 64-bit constant is missing");
	decode_says(f, into_middle, 31, K2_EINVAL, "slot 3: the last instruction is truncated");
	decode_says(f, unknown_jump, 16, K2_EUNSUPPORTED, "slot 1: an unknown jump");
	decode_says(f, bad_exit, 8, K2_EUNSUPPORTED, "slot 0: an unknown jump");
	assert_int_equal(k2_isa_decode(bad_exit, 7, false, &f->insns[0], &used), K2_EINVAL);
	f->msg[0] = '\0';
	decode_says(f, NULL, 0, K2_OK, "");
	assert_int_equal(f->n, 0);
}

static void broken_encodings(void **state)
{
	static const char *const out[] = { "goto L1" }, *const unresolved[] = { "goto +0", "exit" };
	static const char *const reg[] = { "exit", "r1 = 1" };
	struct fixture *f = *state;

	assert_int_equal(encode_lines(f, out, 1, false), K2_EINVAL);
	assert_string_equal(f->msg, "slot 0: a jump out of the function");
	assert_int_equal(encode_lines(f, unresolved, 2, false), K2_EINVAL);
	assert_string_equal(f->msg, "slot 0: a jump out of the function");
	assert_int_equal(encode_lines(f, reg, 2, false), K2_OK);
	f->insns[1].imm = 1ll << 31;
	assert_int_equal(k2_isa_encode_all(f->a, f->insns, 2, false, &f->bytes, &f->len, f->msg, sizeof(f->msg)),
			 K2_EINVAL);
	f->insns[1].imm = -(1ll << 31) - 1;
	assert_int_equal(k2_isa_encode_all(f->a, f->insns, 2, false, &f->bytes, &f->len, f->msg, sizeof(f->msg)),
			 K2_EINVAL);
	f->insns[1].imm = 0;
	f->insns[1].dst = 16;
	assert_int_equal(k2_isa_encode_all(f->a, f->insns, 2, false, &f->bytes, &f->len, f->msg, sizeof(f->msg)),
			 K2_EINVAL);
	assert_string_equal(f->msg, "slot 1: a field does not fit its place in the instruction");
}

/* A distance of 32767 fits the 16 bits of goto, 32768 only gotol. */
static void jump_range(void **state)
{
	struct fixture *f = *state;
	uint32_t n = 32770, k;
	struct k2_insn *insns = k2_arena_calloc(f->a, n, sizeof(*insns));

	for (k = 0; k < n; k++)
		insns[k] = parsed("exit");
	insns[1] = parsed("goto L32769");
	assert_int_equal(k2_isa_encode_all(f->a, insns, n, false, &f->bytes, &f->len, f->msg, sizeof(f->msg)), K2_OK);
	insns[0] = parsed("goto L32769");
	assert_int_equal(k2_isa_encode_all(f->a, insns, n, false, &f->bytes, &f->len, f->msg, sizeof(f->msg)),
			 K2_EINVAL);
	assert_string_equal(f->msg, "slot 0: the distance of a jump does not fit 16 bits");
	insns[0] = parsed("gotol L32769");
	assert_int_equal(k2_isa_encode_all(f->a, insns, n, false, &f->bytes, &f->len, f->msg, sizeof(f->msg)), K2_OK);
	insns[0] = insns[n - 1];
	insns[n - 1] = parsed("goto L1");
	assert_int_equal(k2_isa_encode_all(f->a, insns, n, false, &f->bytes, &f->len, f->msg, sizeof(f->msg)),
			 K2_EINVAL);
}

static void no_memory(void **state)
{
	struct fixture *f = *state;
	uint64_t after;

	assert_int_equal(encode_lines(f, with_jumps, 7, false), K2_OK);
	for (after = 1; after <= 2; after++) {
		struct k2_arena *a = k2_arena_new(after);
		uint8_t *bytes;
		size_t len;

		assert_int_equal(k2_isa_decode_all(a, f->bytes, f->len, false, &f->decoded, &f->n, f->msg,
						   sizeof(f->msg)),
				 K2_ENOMEM);
		k2_arena_free(a);
		a = k2_arena_new(after);
		assert_int_equal(k2_isa_encode_all(a, f->insns, 7, false, &bytes, &len, f->msg, sizeof(f->msg)),
				 K2_ENOMEM);
		k2_arena_free(a);
	}
}

static void one_slot_is_a_mov(void **state)
{
	struct k2_insn i = parsed("r3 = 0x28 ll {one_slot} {sym_imm}");
	static const uint8_t want[] = { 0xb7, 3, 0, 0, 0x28, 0, 0, 0 };
	unsigned int used;
	uint8_t bytes[16];

	(void)state;
	assert_int_equal(k2_isa_encode(&i, false, bytes, &used), K2_OK);
	assert_int_equal(used, 8);
	assert_memory_equal(bytes, want, 8);
}

static void constructors(void **state)
{
	const struct k2_insn made[] = {
		k2_mk_alu_imm(64, K2_ADD, 1, -8), k2_mk_alu_imm(32, K2_MOV, 1, 7),  k2_mk_alu_reg(64, K2_MOV, 1, 10),
		k2_mk_alu_reg(32, K2_XOR, 1, 2),  k2_mk_load(K2_H, 1, 2, 6),	    k2_mk_store(K2_DW, 10, -8, 1),
		k2_mk_store_imm(K2_B, 10, -1, 5),
	};
	static const char *const text[] = {
		"r1 += -8",   "w1 = 7", "r1 = r10", "w1 ^= w2", "r1 = *(u16 *)(r2 + 6)", "*(u64 *)(r10 - 8) = r1",
		"*(u8 *)(r10 - 1) = 5",
	};
	size_t k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(made); k++) {
		struct k2_insn i = parsed(text[k]);

		gen_assert_same(&made[k], &i);
		assert_int_equal(made[k].origin, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(rows_follow_their_class),
		cmocka_unit_test(rows_round_trip_as_bytes),
		cmocka_unit_test(any_bytes_round_trip),
		cmocka_unit_test(unknown_opcodes_are_opaque),
		cmocka_unit_test(registers_and_sizes),
		cmocka_unit_test(levels),
		cmocka_unit_test(validate_rejects),
		cmocka_unit_test(validate_skips_symbolic),
		cmocka_unit_test_setup_teardown(functions_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_functions, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_encodings, setup, teardown),
		cmocka_unit_test_setup_teardown(jump_range, setup, teardown),
		cmocka_unit_test_setup_teardown(no_memory, setup, teardown),
		cmocka_unit_test(one_slot_is_a_mov),
		cmocka_unit_test(constructors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

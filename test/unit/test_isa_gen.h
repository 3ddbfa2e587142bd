/* SPDX-License-Identifier: BSD-2-Clause */
/* Random valid instructions for a row of isa.def, for all tests that go over the table. Include after cmocka.h. */
#ifndef K2_TEST_ISA_GEN_H
#define K2_TEST_ISA_GEN_H

#include "isa.h"

#define GEN_STATIC static __attribute__((unused))

/* Small and large numbers and the corners between them. */
GEN_STATIC int64_t gen_number(uint64_t *seed)
{
	static const int64_t corners[] = { 0, 1, -1, 127, 128, 255, 32767, -32768, INT32_MAX, INT32_MIN };
	uint64_t r = k2_rand(seed);

	switch (r & 3) {
	case 0:
		return corners[(r >> 8) % K2_ARRAY_SIZE(corners)];
	case 1:
		return (int64_t)(r >> 8) % 16;
	case 2:
		return (int16_t)(r >> 8);
	default:
		return (int32_t)(r >> 8);
	}
}

GEN_STATIC uint8_t gen_reg(const struct k2_isa_field *f, uint64_t *seed)
{
	switch (f->rule) {
	case K2_RULE_IS:
		return (uint8_t)f->value;
	case K2_RULE_RD:
		return (uint8_t)(k2_rand(seed) % 11);
	case K2_RULE_WR:
	case K2_RULE_RW:
		return (uint8_t)(k2_rand(seed) % 10);
	default:
		return 0;
	}
}

GEN_STATIC int64_t gen_field(const struct k2_isa_field *f, unsigned int width, uint64_t *seed)
{
	int64_t v = gen_number(seed);

	switch (f->rule) {
	case K2_RULE_IS:
		return f->value;
	case K2_RULE_ANY:
	case K2_RULE_JUMP:
		return v;
	case K2_RULE_SHIFT:
		return (int64_t)(k2_rand(seed) % width);
	case K2_RULE_NONZERO:
		return v ? v : 1;
	case K2_RULE_NONNEG:
		return v & 0x7fff;
	case K2_RULE_IMM64:
		return k2_rand(seed) & 1 ? v : (int64_t)k2_rand(seed);
	case K2_RULE_U32:
		return (uint32_t)v;
	default:
		return 0;
	}
}

/* As decoding gives it: a jump has a displacement and no target, a call reads r1-r5. */
GEN_STATIC struct k2_insn gen_random(const struct k2_isa_row *r, uint64_t *seed)
{
	bool jumps = r->off.rule == K2_RULE_JUMP || r->imm.rule == K2_RULE_JUMP;
	bool calls = r->kind == K2_KIND_CALL || r->kind == K2_KIND_CALLX;

	return (struct k2_insn){
		.code = r->code,
		.dst = gen_reg(&r->dst, seed),
		.src = gen_reg(&r->src, seed),
		.off = (int16_t)gen_field(&r->off, 0, seed),
		.imm = gen_field(&r->imm, r->width, seed),
		.target = jumps ? UINT32_MAX : 0,
		.use = calls ? 0x3e : 0,
		.origin = -1,
	};
}

GEN_STATIC struct k2_insn gen_plain(const struct k2_isa_row *r)
{
	uint64_t seed = 0;

	return gen_random(r, &seed);
}

GEN_STATIC void gen_assert_same(const struct k2_insn *a, const struct k2_insn *b)
{
	assert_int_equal(a->code, b->code);
	assert_int_equal(a->dst, b->dst);
	assert_int_equal(a->src, b->src);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->off, b->off);
	assert_int_equal(a->use, b->use);
	assert_int_equal(a->def, b->def);
	assert_int_equal(a->origin, b->origin);
	assert_int_equal(a->imm, b->imm);
	assert_int_equal(a->target, b->target);
	assert_int_equal(a->sym, b->sym);
	assert_int_equal(a->line, b->line);
}

#endif

// SPDX-License-Identifier: BSD-2-Clause
/* The table itself, and what other modules ask about an instruction: its row, registers, size, level. */
#include "code.h"

enum {
	R0 = 1 << 0,
	R6 = 1 << 6,
	R0_5 = 0x003f,
};

#define ZERO	 { K2_RULE_ZERO, 0 }
#define IS(n)	 { K2_RULE_IS, (n) }
#define OP(x)	 { K2_RULE_IS, K2_##x }
#define FETCH(x) { K2_RULE_IS, K2_##x + K2_FETCH }
#define RD	 { K2_RULE_RD, 0 }
#define WR	 { K2_RULE_WR, 0 }
#define RW	 { K2_RULE_RW, 0 }
#define ANY	 { K2_RULE_ANY, 0 }
#define SHIFT	 { K2_RULE_SHIFT, 0 }
#define NONZERO	 { K2_RULE_NONZERO, 0 }
#define NONNEG	 { K2_RULE_NONNEG, 0 }
#define JUMP	 { K2_RULE_JUMP, 0 }
#define IMM64	 { K2_RULE_IMM64, 0 }
#define U32	 { K2_RULE_U32, 0 }

static const struct k2_isa_row rows[] = {
#define ROW(name, cls, op, source, kind, level, width, dst, src, off, imm, syntax)                           \
	{ #name, K2_KIND_##kind, K2_ISA_##level, width, K2_##cls | K2_##op | K2_##source, dst, src, off, imm, syntax },
#define VAR ROW
#include "isa.def"
#undef ROW
#undef VAR
};

enum {
#define ROW(name, ...) ROW_##name,
#define VAR ROW
#include "isa.def"
#undef ROW
#undef VAR
	N_ROWS
};

/* 1 + the first row of each opcode, 0: none. Its variants follow it in rows[]. */
static const uint8_t first_row[256] = {
#define ROW(name, cls, op, source, ...) [K2_##cls | K2_##op | K2_##source] = 1 + ROW_##name,
#define VAR(...)
#include "isa.def"
#undef ROW
#undef VAR
};
_Static_assert(N_ROWS <= UINT8_MAX, "first_row holds row numbers in bytes");

const struct k2_isa_row *k2_isa_row_at(unsigned int n)
{
	return n < N_ROWS ? &rows[n] : NULL;
}

static bool selects(const struct k2_isa_field *f, int64_t value)
{
	return f->rule != K2_RULE_IS || f->value == value;
}

const struct k2_isa_row *k2_isa_row(const struct k2_insn *i)
{
	unsigned int n = first_row[i->code];

	if (!n || (i->flags & K2_F_OPAQUE))
		return NULL;
	for (n--; n < N_ROWS && rows[n].code == i->code; n++) {
		const struct k2_isa_row *r = &rows[n];

		if (selects(&r->src, i->src) && selects(&r->off, i->off) && selects(&r->imm, i->imm))
			return r;
	}
	return NULL;
}

enum k2_kind k2_isa_kind(const struct k2_insn *i)
{
	const struct k2_isa_row *r = k2_isa_row(i);

	return r ? r->kind : K2_KIND_OPAQUE;
}

static uint16_t reg_bit(const struct k2_isa_field *f, uint8_t reg, enum k2_isa_rule how)
{
	if ((f->rule != how && f->rule != K2_RULE_RW) || reg > 10)
		return 0;
	return (uint16_t)(1u << reg);
}

static uint16_t operands(const struct k2_isa_row *r, const struct k2_insn *i, enum k2_isa_rule how)
{
	return reg_bit(&r->dst, i->dst, how) | reg_bit(&r->src, i->src, how);
}

/* Registers that are read or written without being named. */
static uint16_t implied(const struct k2_isa_row *r, const struct k2_insn *i, bool write)
{
	switch (r->kind) {
	case K2_KIND_CALL:
	case K2_KIND_CALLX:
		return write ? R0_5 : i->use;
	case K2_KIND_LD_PKT:
		return write ? R0_5 : R6;
	case K2_KIND_EXIT:
		return write ? 0 : R0;
	case K2_KIND_ATOMIC:
		return i->imm == K2_CMPXCHG ? R0 : 0;
	default:
		return 0;
	}
}

uint16_t k2_isa_reads(const struct k2_insn *i)
{
	const struct k2_isa_row *r = k2_isa_row(i);

	if (!r)
		return i->flags & K2_F_OPAQUE ? i->use : ALL_REGS;
	return operands(r, i, K2_RULE_RD) | implied(r, i, false);
}

uint16_t k2_isa_writes(const struct k2_insn *i)
{
	const struct k2_isa_row *r = k2_isa_row(i);

	if (!r)
		return i->flags & K2_F_OPAQUE ? i->def : ALL_REGS;
	return operands(r, i, K2_RULE_WR) | implied(r, i, true);
}

unsigned int k2_isa_slots(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LD_IMM64 && !(i->flags & K2_F_ONE_SLOT) ? 2 : 1;
}

unsigned int k2_isa_access_size(const struct k2_insn *i)
{
	const struct k2_isa_row *r = k2_isa_row(i);

	if (!r)
		return 0;
	switch (r->kind) {
	case K2_KIND_LOAD:
	case K2_KIND_STORE:
	case K2_KIND_ATOMIC:
	case K2_KIND_LD_PKT:
		return r->width / 8;
	default:
		return 0;
	}
}

bool k2_isa_is_terminator(const struct k2_insn *i)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_JUMP:
	case K2_KIND_GOTO:
	case K2_KIND_MAY_GOTO:
	case K2_KIND_GOTOX:
	case K2_KIND_EXIT:
		return true;
	default:
		return false;
	}
}

bool k2_isa_opposite(struct k2_insn *i)
{
	static const struct { uint8_t op, opposite; } pairs[] = {
		{ K2_JEQ, K2_JNE }, { K2_JGT, K2_JLE }, { K2_JGE, K2_JLT }, { K2_JSGT, K2_JSLE }, { K2_JSGE, K2_JSLT },
	};

	if (k2_isa_kind(i) != K2_KIND_JUMP)
		return false;
	for (unsigned int k = 0; k < K2_ARRAY_SIZE(pairs); k++) {
		uint8_t op = K2_OP(i->code), to = op == pairs[k].op ? pairs[k].opposite : op == pairs[k].opposite ? pairs[k].op : 0;

		if (!to)
			continue;
		i->code = (uint8_t)(i->code - op + to);
		i->taken = i->taken ? (uint16_t)(K2_TAKEN_MAX + 2 - i->taken) : 0;
		return true;
	}
	return false; /* JSET */
}

bool k2_isa_allowed(const struct k2_insn *i, const struct k2_func_desc *f)
{
	const struct k2_isa_row *r = k2_isa_row(i);

	if (!r)
		return false;
	if (r->level <= f->isa)
		return true;
	/* 32-bit arithmetic and jumps are a choice of the compiler: -mcpu=v3, or +alu32 below that. */
	return f->alu32 && r->level == K2_ISA_V3 && (r->kind == K2_KIND_ALU || r->kind == K2_KIND_JUMP);
}

static struct k2_insn mk(unsigned int code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	return (struct k2_insn){
		.code = (uint8_t)code, .dst = dst, .src = src, .off = off, .origin = -1, .imm = imm
	};
}

struct k2_insn k2_mk_alu_imm(unsigned int width, uint8_t op, uint8_t dst, int32_t imm)
{
	return mk((width == 64 ? K2_ALU64 : K2_ALU) | op | K2_K, dst, 0, 0, imm);
}

struct k2_insn k2_mk_alu_reg(unsigned int width, uint8_t op, uint8_t dst, uint8_t src)
{
	return mk((width == 64 ? K2_ALU64 : K2_ALU) | op | K2_X, dst, src, 0, 0);
}

struct k2_insn k2_mk_load(uint8_t size, uint8_t dst, uint8_t src, int16_t off)
{
	return mk(K2_LDX | K2_MEM | size, dst, src, off, 0);
}

struct k2_insn k2_mk_store(uint8_t size, uint8_t dst, int16_t off, uint8_t src)
{
	return mk(K2_STX | K2_MEM | size, dst, src, off, 0);
}

struct k2_insn k2_mk_store_imm(uint8_t size, uint8_t dst, int16_t off, int32_t imm)
{
	return mk(K2_ST | K2_MEM | size, dst, 0, off, imm);
}

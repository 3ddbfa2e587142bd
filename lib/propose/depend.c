// SPDX-License-Identifier: BSD-2-Clause
/* Which instructions may change places, seen from their operands alone. */
#include "propose.h"

/* Bytes at a register's value. */
struct bytes {
	uint8_t base;
	int from, to;
};

static bool accessed(const struct k2_insn *i, struct bytes *out)
{
	enum k2_kind kind = k2_isa_kind(i);

	if ((kind != K2_KIND_LOAD && kind != K2_KIND_STORE) || (i->flags & K2_F_SYM_OFF))
		return false;
	*out = (struct bytes){ kind == K2_KIND_LOAD ? i->src : i->dst, i->off, i->off + (int)k2_isa_access_size(i) };
	return true;
}

static bool only_registers(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_ALU || kind == K2_KIND_LD_IMM64;
}

static bool memory_apart(const struct k2_insn *a, const struct k2_insn *b)
{
	struct bytes x, y;

	if (only_registers(a) || only_registers(b))
		return true;
	if (k2_isa_kind(a) == K2_KIND_LOAD && k2_isa_kind(b) == K2_KIND_LOAD)
		return true;
	return accessed(a, &x) && accessed(b, &y) && x.base == y.base && (x.to <= y.from || y.to <= x.from);
}

bool k2_may_swap(const struct k2_insn *a, const struct k2_insn *b)
{
	const uint8_t fixed = K2_F_OPAQUE | K2_F_FROZEN;
	uint16_t wa = k2_isa_writes(a), wb = k2_isa_writes(b), ra = k2_insn_reads(a), rb = k2_insn_reads(b);

	if (((a->flags | b->flags) & fixed) || (a->flags & b->flags & K2_F_VOLATILE))
		return false;
	if (k2_isa_is_terminator(a) || k2_isa_is_terminator(b))
		return false;
	return !(wa & (rb | wb)) && !(wb & ra) && memory_apart(a, b);
}

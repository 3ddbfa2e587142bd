// SPDX-License-Identifier: BSD-2-Clause
/* Liveness of register halves and of stack bytes. */
#include "func.h"
#include <string.h>

uint16_t k2_call_reads(const struct k2_insn *i)
{
	const struct k2_helper *h;

	if (k2_isa_kind(i) == K2_KIND_CALL && i->src == K2_CALL_HELPER && !(i->flags & K2_F_SYM_IMM)) {
		h = k2_helper_get((int32_t)i->imm);
		if (h)
			return k2_helper_use_mask(h);
	}
	return i->use;
}

uint16_t k2_insn_reads(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_CALL ? k2_call_reads(i) : k2_isa_reads(i);
}

void k2_stack_range(uint64_t set[8], int64_t off, int64_t size)
{
	int64_t lo = K2_MAX(off, -(int64_t)K2_STACK_SIZE), hi = K2_MIN(off + size, (int64_t)0);

	for (int64_t o = lo; o < hi; o++) {
		uint64_t bit = (uint64_t)(o + K2_STACK_SIZE);

		set[bit / 64] |= 1ull << (bit % 64);
	}
}

static uint32_t both_halves(uint16_t regs)
{
	uint32_t m = 0;

	for (unsigned int r = 0; r < 11; r++) {
		if (regs >> r & 1)
			m |= K2_LIVE_BOTH(r);
	}
	return m;
}

static uint32_t low_halves(uint16_t regs)
{
	return both_halves(regs) & 0x55555555u;
}

/* In these the lower half of the result comes from the lower halves of the operands alone. */
static bool low_from_low(const struct k2_insn *i)
{
	switch (K2_OP(i->code)) {
	case K2_ADD: case K2_SUB: case K2_MUL: case K2_OR: case K2_AND: case K2_XOR: case K2_NEG: return true;
	case K2_LSH: return !(i->code & K2_X);
	case K2_MOV: return true; /* movsx reads at most 32 bits anyway */
	default: return false;
	}
}

static uint32_t alu_reads(const struct k2_insn *i, uint32_t result_live)
{
	uint16_t regs = k2_isa_reads(i);
	bool by_imm = !(i->code & K2_X) && !(i->flags & K2_F_SYM_IMM);

	if (K2_OP(i->code) == K2_END)
		return i->imm == 64 ? both_halves(regs) : low_halves(regs);
	if (K2_OP(i->code) == K2_LSH && by_imm && i->imm >= 32)
		return low_halves(regs);
	if ((K2_OP(i->code) == K2_RSH || K2_OP(i->code) == K2_ARSH) && by_imm && i->imm >= 32)
		return both_halves(regs) & ~low_halves(regs);
	if (K2_CLASS(i->code) == K2_ALU)
		return low_halves(regs);
	if (K2_OP(i->code) == K2_MOV && i->off)
		return low_halves(regs);
	if (low_from_low(i) && result_live == K2_LIVE_LO(i->dst))
		return low_halves(regs);
	return both_halves(regs);
}

static uint32_t reads(const struct k2_func *f, const struct k2_insn *i, uint32_t result_live)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU: return alu_reads(i, result_live);
	case K2_KIND_JUMP:
		return K2_CLASS(i->code) == K2_JMP32 ? low_halves(k2_isa_reads(i)) : both_halves(k2_isa_reads(i));
	case K2_KIND_STORE:
		if (K2_CLASS(i->code) == K2_STX && K2_SIZE(i->code) != K2_DW)
			return both_halves((uint16_t)(1u << i->dst)) | low_halves((uint16_t)(1u << i->src));
		return both_halves(k2_isa_reads(i));
	/* The index of skb[r] is an int to the kernel (bpf_skb_load_helper_8). */
	case K2_KIND_LD_PKT: return K2_LIVE_BOTH(6) | (K2_MODE(i->code) == K2_IND ? K2_LIVE_LO(i->src) : 0);
	case K2_KIND_EXIT: return f->returns32 ? K2_LIVE_LO(0) : K2_LIVE_BOTH(0);
	default: return both_halves(k2_insn_reads(i));
	}
}

void k2_live_step_regs(const struct k2_func *f, const struct k2_insn *i, struct k2_live *l)
{
	uint32_t writes = both_halves(k2_isa_writes(i));
	uint32_t result_live = l->regs & writes;

	/* Opaque instructions may write conditionally (inline asm with branches inside). */
	if (k2_isa_kind(i) != K2_KIND_OPAQUE)
		l->regs &= ~writes;
	l->regs |= reads(f, i, result_live);
}

void k2_live_step_stack(const struct k2_stack_effect *e, struct k2_live *l)
{
	for (unsigned int k = 0; k < 8; k++)
		l->stack[k] = (l->stack[k] & ~e->kills[k]) | e->reads[k];
}

static bool merge(struct k2_live *to, const struct k2_live *from)
{
	struct k2_live old = *to;

	to->regs |= from->regs;
	for (unsigned int k = 0; k < 8; k++)
		to->stack[k] |= from->stack[k];
	return memcmp(&old, to, sizeof(old)) != 0;
}

static void step_block(const struct k2_func *f, uint32_t b, k2_stack_oracle oracle, void *user, struct k2_live *l)
{
	const struct k2_block *blk = &f->blocks[b];

	for (uint32_t k = blk->n; k-- > 0;) {
		struct k2_stack_effect e;

		memset(&e, 0, sizeof(e));
		oracle(user, b, k, &e);
		k2_live_step_stack(&e, l);
		k2_live_step_regs(f, &blk->insns[k], l);
	}
}

/* Where control ends other than by exit (behind a call that does not return), everything counts as live. */
static void live_at_end(const struct k2_block *blk, struct k2_live *l)
{
	if (!blk->n_succ && (!blk->n || k2_isa_kind(&blk->insns[blk->n - 1]) != K2_KIND_EXIT))
		memset(l, 0xff, sizeof(*l));
}

enum k2_status k2_liveness(struct k2_arena *a, const struct k2_func *f, k2_stack_oracle oracle, void *user,
			   struct k2_liveness *out)
{
	bool again = true;

	out->in = k2_arena_calloc(a, f->n_blocks, sizeof(*out->in));
	out->out = k2_arena_calloc(a, f->n_blocks, sizeof(*out->out));
	if (!out->in || !out->out)
		return K2_ENOMEM;
	for (uint32_t b = 0; b < f->n_blocks; b++)
		live_at_end(&f->blocks[b], &out->out[b]);
	while (again) {
		again = false;
		for (uint32_t k = f->n_order; k-- > 0;) {
			uint32_t b = f->order[k];
			struct k2_live l;

			for (unsigned int s = 0; s < f->blocks[b].n_succ; s++)
				merge(&out->out[b], &out->in[f->blocks[b].succ[s]]);
			l = out->out[b];
			step_block(f, b, oracle, user, &l);
			again |= merge(&out->in[b], &l);
		}
	}
	return K2_OK;
}

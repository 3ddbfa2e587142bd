// SPDX-License-Identifier: BSD-2-Clause
/* What proposers share: editing a copy of the window, questions about instructions. */
#include "propose.h"
#include <string.h>

bool k2_edit_init(struct k2_edit *e, const struct k2_site *s)
{
	e->s = s;
	e->insns = k2_arena_dup(s->arena, s->insns, s->n, sizeof(*s->insns));
	e->drop = k2_arena_calloc(s->arena, s->n, 1);
	e->before = k2_arena_calloc(s->arena, (size_t)s->n * K2_BEFORE_MAX, sizeof(*e->before));
	e->n_before = k2_arena_calloc(s->arena, s->n, 1);
	return e->insns && e->drop && e->before && e->n_before;
}

/* New code stands for the source line of what it replaces. */
static struct k2_insn made(const struct k2_edit *e, uint32_t k, struct k2_insn i)
{
	i.origin = -1;
	if (!i.line)
		i.line = e->s->insns[k].line;
	return i;
}

void k2_edit_replace(struct k2_edit *e, uint32_t k, struct k2_insn i)
{
	e->insns[k] = made(e, k, i);
}

void k2_edit_delete(struct k2_edit *e, uint32_t k)
{
	e->drop[k] = 1;
}

void k2_edit_insert(struct k2_edit *e, uint32_t k, struct k2_insn i)
{
	if (e->n_before[k] < K2_BEFORE_MAX)
		e->before[k * K2_BEFORE_MAX + e->n_before[k]++] = made(e, k, i);
}

bool k2_edit_offer(struct k2_edit *e, uint32_t at)
{
	const struct k2_site *s = e->s;
	struct k2_insn *out;
	uint32_t n = 0;

	out = k2_arena_calloc(s->arena, (size_t)s->n * (1 + K2_BEFORE_MAX), sizeof(*out));
	if (!out)
		return false;
	for (uint32_t k = 0; k < s->n; k++) {
		for (unsigned int b = 0; b < e->n_before[k]; b++)
			out[n++] = e->before[k * K2_BEFORE_MAX + b];
		if (!e->drop[k])
			out[n++] = e->insns[k];
	}
	return s->offer(s, out, n, at);
}

int k2_find_reg(const struct k2_site *s, uint32_t k, k2_t v)
{
	for (unsigned int r = 0; r < 11; r++) {
		if (k2_term_at(s, k, r) == v)
			return (int)r;
	}
	return -1;
}

bool k2_reads(const struct k2_insn *i, unsigned int r)
{
	return k2_insn_reads(i) >> r & 1;
}

bool k2_writes(const struct k2_insn *i, unsigned int r)
{
	return k2_isa_writes(i) >> r & 1;
}

bool k2_rename_read(struct k2_insn *i, unsigned int from, unsigned int to)
{
	enum k2_kind kind = k2_isa_kind(i);
	bool has_src = false, dst_read = false;

	switch (kind) {
	case K2_KIND_ALU:
		has_src = i->code & K2_X && K2_OP(i->code) != K2_END && K2_OP(i->code) != K2_NEG;
		if (K2_OP(i->code) != K2_MOV && i->dst == from)
			return false;
		break;
	case K2_KIND_LOAD: has_src = true; break;
	case K2_KIND_ATOMIC:
		if ((k2_isa_writes(i) >> from & 1) || i->imm == K2_CMPXCHG)
			return !k2_reads(i, from);
		has_src = dst_read = true;
		break;
	case K2_KIND_STORE:
		has_src = K2_CLASS(i->code) == K2_STX;
		dst_read = true;
		break;
	case K2_KIND_JUMP:
		has_src = i->code & K2_X;
		dst_read = true;
		break;
	default: return !k2_reads(i, from);
	}
	if (has_src && i->src == from)
		i->src = (uint8_t)to;
	if (dst_read && i->dst == from)
		i->dst = (uint8_t)to;
	return true;
}

void k2_rename(struct k2_insn *i, unsigned int from, unsigned int to)
{
	/* The source bit of a byte swap says to which order. */
	bool swap = k2_isa_kind(i) == K2_KIND_ALU && K2_OP(i->code) == K2_END;
	bool has_src = k2_isa_kind(i) == K2_KIND_LOAD || K2_CLASS(i->code) == K2_STX ||
		       (K2_CLASS(i->code) >= K2_ALU && (i->code & K2_X) && !swap);

	if (!((k2_isa_reads(i) | k2_isa_writes(i)) >> from & 1))
		return;
	if (i->dst == from)
		i->dst = (uint8_t)to;
	if (has_src && i->src == from)
		i->src = (uint8_t)to;
}

bool k2_is_copy(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_ALU && i->code == (K2_ALU64 | K2_MOV | K2_X) && !i->off && k2_is_plain(i) &&
	       i->dst != i->src;
}

bool k2_is_plain(const struct k2_insn *i)
{
	return !(i->flags & (K2_F_OPAQUE | K2_F_VOLATILE | K2_F_FROZEN | K2_F_SYM_IMM | K2_F_SYM_OFF));
}

bool k2_is_goto(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_GOTO && k2_is_plain(i);
}

bool k2_fits_imm32(uint64_t v)
{
	return (uint64_t)(int64_t)(int32_t)v == v;
}

bool k2_mk_const(const struct k2_func *f, uint8_t dst, uint64_t c, struct k2_insn *out)
{
	bool alu32 = f->desc->isa >= K2_ISA_V3 || f->desc->alu32;

	if (k2_fits_imm32(c))
		*out = k2_mk_alu_imm(64, K2_MOV, dst, (int32_t)c);
	else if (alu32 && c <= UINT32_MAX)
		*out = k2_mk_alu_imm(32, K2_MOV, dst, (int32_t)c);
	else
		return false;
	return true;
}

bool k2_is_access(const struct k2_site *s, uint32_t k)
{
	const struct k2_point *p = &s->w->old.points[k];

	return p->access && !p->event && p->value && k2_is_plain(&s->insns[k]);
}

uint8_t k2_size_code(unsigned int bytes)
{
	switch (bytes) {
	case 1: return K2_B;
	case 2: return K2_H;
	case 4: return K2_W;
	default: return K2_DW;
	}
}

bool k2_find_addr(const struct k2_site *s, uint32_t k, k2_t base, uint64_t off, uint8_t *reg, int16_t *disp)
{
	for (unsigned int r = 11; r-- > 0;) {
		k2_t v = k2_term_at(s, k, r), b;
		uint64_t c;
		int64_t d;

		if (!v)
			continue;
		k2_t_split_const(s->w->ctx.terms, v, &b, &c);
		d = (int64_t)(off - c);
		if (b != base || d < INT16_MIN || d > INT16_MAX)
			continue;
		*reg = (uint8_t)r;
		*disp = (int16_t)d;
		return true;
	}
	return false;
}

static bool touched(const struct k2_insn *i, unsigned int r)
{
	return k2_reads(i, r) || k2_writes(i, r);
}

int k2_find_free(const struct k2_site *s, uint32_t from, uint32_t to)
{
	for (unsigned int r = 0; r < 10; r++) {
		uint32_t k;

		/* r6-r9 cost a save in the prologue when the function does not use them yet. */
		for (k = from; k <= to && !k2_live_reg(&s->live[k], r) && !touched(&s->insns[k], r); k++)
			;
		if (k > to && !k2_live_reg(&s->live[to + 1], r))
			return (int)r;
	}
	return -1;
}

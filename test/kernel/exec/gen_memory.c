// SPDX-License-Identifier: BSD-2-Clause
/* Loads, stores and atomics, and the pointers they go through. */
#include <linux/bpf.h>
#include <stddef.h>
#include "gen.h"

/* A base register and an offset for an access of `size` bytes. false: none found. */
static bool place(struct gen *g, unsigned int size, bool atomic, uint8_t *base, int16_t *off)
{
	struct held own = { FRAME, (int16_t)g->stack_lo, (int16_t)g->stack_hi, true };
	unsigned int try, at;
	const struct held *h;

	for (try = 0; try < 12; try++) {
		*base = pick(g, 3) ? (uint8_t)pick(g, 10) : 10;
		h = *base == 10 ? &own : &g->s.reg[*base];
		if (h->kind != MEMORY && h->kind != FRAME && (atomic || h->kind != PACKET) && h->kind != HASHED)
			continue;
		if (h->hi - h->lo < (int)size || (atomic && !h->aligned))
			continue;
		at = pick(g, (unsigned int)(h->hi - h->lo) - size + 1);
		*off = (int16_t)(h->lo + (int)at);
		if (h->kind == FRAME || atomic)
			*off = (int16_t)(*off & -(int)size);
		if (*off >= h->lo)
			return true;
	}
	return false;
}

static bool own_frame(const struct gen *g, unsigned int base)
{
	return base == 10 || g->s.reg[base].kind == FRAME;
}

/* Kernel 6.18 believes that the number which is in a stack slot on one path is what an atomic fetches from it on every path, and
   drops branches that are taken. A detour over a map value makes it forget the number; ours are compared all the same. */
static void launder(struct gen *g, unsigned int reg)
{
	emit(g, k2_mk_store(K2_DW, g->val, A_SCRATCH, (uint8_t)reg));
	emit(g, k2_mk_load(K2_DW, (uint8_t)reg, g->val, A_SCRATCH));
}

static void gen_atomic(struct gen *g)
{
	struct k2_insn i = random_row(g, K2_KIND_ATOMIC);
	unsigned int size = k2_isa_access_size(&i);
	uint8_t base, number;
	bool frame;

	number = number_reg(g);
	if (!place(g, size, true, &base, &i.off))
		return;
	frame = own_frame(g, base);
	i.dst = i.imm == K2_LOAD_ACQ ? free_reg(g) : base;
	i.src = i.imm == K2_LOAD_ACQ ? base : number;
	if (i.imm == K2_CMPXCHG) {
		if (base == 0)
			return;
		if (pick(g, 2)) /* succeeds */
			emit(g, k2_mk_load(K2_SIZE(i.code), 0, base, i.off));
		else if (g->s.reg[0].kind != NUMBER)
			mov_imm(g, 0, 0);
		set_kind(g, 0, NUMBER);
	}
	emit(g, i);
	/* Kernel 6.18 may forget the zero extension of r0 (test_cmpxchg_pruned of test_interp.c). */
	if (i.imm == K2_CMPXCHG && size == 4)
		emit(g, k2_mk_alu_reg(32, K2_MOV, 0, 0));
	if (i.imm == K2_LOAD_ACQ)
		set_kind(g, i.dst, NUMBER);
	else if (frame && (i.imm == K2_CMPXCHG || (i.imm & K2_FETCH)))
		launder(g, i.imm == K2_CMPXCHG ? 0 : i.src);
}

void gen_access(struct gen *g)
{
	unsigned int what = pick(g, 5);
	struct k2_insn i;
	uint8_t base;

	if (what == 4) {
		gen_atomic(g);
		return;
	}
	i = random_row(g, what < 2 ? K2_KIND_LOAD : K2_KIND_STORE);
	i.src = what >= 2 && K2_CLASS(i.code) == K2_STX ? number_reg(g) : 0;
	if (!place(g, k2_isa_access_size(&i), false, &base, &i.off))
		return;
	if (what < 2) {
		i.src = base;
		i.dst = free_reg(g);
	} else {
		i.dst = base;
		if (K2_CLASS(i.code) == K2_ST)
			i.imm = (int32_t)exec_number(&g->rnd);
	}
	emit(g, i);
	if (what < 2)
		set_kind(g, i.dst, NUMBER);
}

/* A field of struct __sk_buff: fields but cb are written whole. */
static void skb_field(struct gen *g, struct k2_insn *i, bool write)
{
	static const unsigned int fields[] = { offsetof(struct __sk_buff, mark), offsetof(struct __sk_buff, priority),
					       offsetof(struct __sk_buff, len) };
	unsigned int size = k2_isa_access_size(i), cb = offsetof(struct __sk_buff, cb);

	if (size == 8 || pick(g, 2) || (write && (size != 4 || g->prog->type == EXEC_FILTER))) {
		i->off = (int16_t)(cb + pick(g, 20 / size) * size);
		return;
	}
	i->off = (int16_t)fields[pick(g, write ? 2 : 3)];
	i->off = (int16_t)(i->off + (int)(pick(g, 4 / size) * size));
}

void gen_context(struct gen *g)
{
	bool write = g->prog->type != EXEC_XDP && pick(g, 2);
	struct k2_insn i = random_row(g, write ? K2_KIND_STORE : K2_KIND_LOAD);

	if (!g->main)
		return;
	if (g->prog->type == EXEC_XDP) {
		i.code = K2_LDX | K2_MEM | K2_W;
		i.off = pick(g, 2) ? offsetof(struct xdp_md, ingress_ifindex) : offsetof(struct xdp_md, rx_queue_index);
	} else {
		skb_field(g, &i, write);
	}
	if (write) {
		i.dst = g->ctx;
		if (K2_CLASS(i.code) == K2_STX)
			i.src = number_reg(g);
		else
			i.imm = (int32_t)exec_number(&g->rnd);
	} else {
		i.src = g->ctx;
		i.dst = free_reg(g);
	}
	emit(g, i);
	if (!write)
		set_kind(g, i.dst, NUMBER);
}

/* dst = a number from 0 to *max, a multiple of 8 if `aligned`. */
static void bounded(struct gen *g, unsigned int dst, bool aligned, int *max)
{
	*max = aligned ? 8 << pick(g, 3) : (1 << pick(g, 5)) - 1;
	mov(g, dst, number_reg(g));
	emit(g, k2_mk_alu_imm(64, K2_AND, (uint8_t)dst, *max));
}

/* A frame address: where an index selects among the initialised bytes. */
static void frame_pointer(struct gen *g)
{
	uint8_t d = free_reg(g), n = free_reg_not(g, 1u << d);
	int at = g->stack_lo + 8 * (int)pick(g, (unsigned int)(g->stack_hi - g->stack_lo) / 8), max = 0;
	bool variable = g->main && pick(g, 3) == 0;

	if (variable) {
		bounded(g, n, true, &max);
		set_kind(g, n, NUMBER);
	}
	mov(g, d, 10);
	add_imm(g, d, at);
	if (variable)
		emit(g, k2_mk_alu_reg(64, K2_ADD, d, n));
	/* The verifier takes no atomics there. */
	set_memory(g, d, FRAME, g->stack_lo - at, g->stack_hi - at - max, !variable);
}

/* Another pointer to where one points, or near it. */
void gen_pointer(struct gen *g)
{
	uint8_t s = pick(g, 2) ? g->val : (uint8_t)pick(g, 10), d, n;
	struct held h = g->s.reg[s];
	bool aligned = pick(g, 2);
	int k = (int)pick(g, 24);

	if (pick(g, 4) == 0 || (h.kind != MEMORY && h.kind != PACKET && h.kind != HASHED)) {
		frame_pointer(g);
		return;
	}
	d = free_reg_not(g, 1u << s);
	n = free_reg_not(g, 1u << s | 1u << d);
	if (h.kind == PACKET || pick(g, 2)) {
		mov(g, d, s);
		if (pick(g, 3) == 0)
			emit(g, k2_mk_alu_imm(64, K2_SUB, d, -k));
		else
			add_imm(g, d, k);
		set_memory(g, d, h.kind, h.lo - k, h.hi - k, h.aligned && k % 8 == 0);
		return;
	}
	bounded(g, n, aligned, &k);
	set_kind(g, n, NUMBER);
	if (pick(g, 2)) {
		mov(g, d, s);
		emit(g, k2_mk_alu_reg(64, K2_ADD, d, n));
	} else {
		mov(g, d, n);
		emit(g, k2_mk_alu_reg(64, K2_ADD, d, s));
	}
	set_memory(g, d, h.kind, h.lo, h.hi - k, h.aligned && aligned);
}

/* if (t > e) goto out, in all the ways that prove bytes of the packet. Returns what has to land. */
static uint32_t prove(struct gen *g, unsigned int t, unsigned int e)
{
	unsigned int how = pick(g, 4);

	g->jumps++;
	if (how < 2) {
		emit(g, how ? mk_jump_reg(K2_JGT, t, e) : mk_jump_reg(K2_JLT, e, t));
		return g->f->n - 1;
	}
	emit(g, how == 2 ? mk_jump_reg(K2_JLE, t, e) : mk_jump_reg(K2_JGE, e, t));
	g->f->insns[g->f->n - 1].target = g->f->n + 1;
	emit(g, random_row(g, K2_KIND_GOTO));
	return g->f->n - 1;
}

void gen_packet(struct gen *g)
{
	bool xdp = g->prog->type == EXEC_XDP, meta = pick(g, 6) == 0;
	int data = xdp ? offsetof(struct xdp_md, data) : offsetof(struct __sk_buff, data);
	int end = xdp ? offsetof(struct xdp_md, data_end) : offsetof(struct __sk_buff, data_end);
	int before = xdp ? offsetof(struct xdp_md, data_meta) : offsetof(struct __sk_buff, data_meta);
	uint8_t d = free_reg(g), e = free_reg_not(g, 1u << d), t = free_reg_not(g, 1u << d | 1u << e);
	int n = meta ? 4 : 1 + (int)pick(g, 80), max;
	struct state out;
	uint32_t at;

	if (!g->main || g->prog->type == EXEC_FILTER)
		return;
	if (pick(g, 4) == 0) { /* the number of bytes */
		emit(g, k2_mk_load(K2_W, e, g->ctx, (int16_t)(meta ? data : end)));
		emit(g, k2_mk_load(K2_W, d, g->ctx, (int16_t)(meta ? before : data)));
		mov(g, t, e);
		emit(g, k2_mk_alu_reg(64, K2_SUB, t, d));
		emit(g, k2_mk_store(K2_DW, g->val, A_SCRATCH + 8, t));
	} else {
		emit(g, k2_mk_load(K2_W, d, g->ctx, (int16_t)(meta ? before : data)));
		emit(g, k2_mk_load(K2_W, e, g->ctx, (int16_t)(meta ? data : end)));
	}
	set_kind(g, d, COUNTER); /* nobody takes them */
	set_kind(g, e, COUNTER);
	if (pick(g, 3) == 0) {
		bounded(g, t, pick(g, 2), &max);
		emit(g, k2_mk_alu_reg(64, K2_ADD, d, t));
	}
	mov(g, t, d);
	set_kind(g, t, NOTHING);
	add_imm(g, t, n);
	at = prove(g, t, e);
	set_kind(g, d, NOTHING);
	set_kind(g, e, NOTHING);
	out = g->s;
	set_memory(g, d, PACKET, 0, n, false);
	statements(g, 1 + pick(g, 6));
	land(g, at);
	merge(&g->s, &out);
}

/* Registers to their places below the frame's other bytes, and back. */
void gen_spill(struct gen *g)
{
	unsigned int k = pick(g, SPILLS), r = pick(g, 10);
	int16_t off = (int16_t)(SPILL_OFF + 8 * (int)k);
	struct held *slot = &g->s.spill[k];
	uint8_t size = K2_DW, d;

	if (slot->kind == NOTHING || pick(g, 2)) {
		if (g->s.reg[r].kind == NOTHING || g->s.reg[r].kind == COUNTER)
			return;
		*slot = g->s.reg[r];
		if (slot->kind == NUMBER)
			size = pick(g, 2) ? K2_DW : K2_W;
		slot->hi = slot->kind == NUMBER ? size == K2_DW ? 8 : 4 : slot->hi;
		emit(g, k2_mk_store(size, 10, off, (uint8_t)r));
		return;
	}
	d = free_reg(g);
	if (slot->kind == NUMBER)
		size = slot->hi == 8 ? K2_DW : K2_W;
	emit(g, k2_mk_load(size, d, 10, off));
	g->s.reg[d] = *slot;
}

void gen_global(struct gen *g)
{
	uint8_t d = free_reg(g);

	ld_symbol(g, d, 1 + EXEC_G, K2_PSEUDO_MAP_VALUE);
	g->f->insns[g->f->n - 1].imm = pick(g, 2) ? 16 : 0;
	set_memory(g, d, MEMORY, 0, G_SIZE - (int)g->f->insns[g->f->n - 1].imm, true);
}

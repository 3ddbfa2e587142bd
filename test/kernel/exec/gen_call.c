// SPDX-License-Identifier: BSD-2-Clause
/* Calls: map operations, other helpers, subprograms; and legacy packet loads, which are calls to the registers. */
#include <linux/bpf.h>
#include "gen.h"

static void after_call(struct gen *g)
{
	unsigned int r;

	for (r = 1; r <= 5; r++)
		set_kind(g, r, NOTHING);
	set_kind(g, 0, NUMBER);
}

static void helper(struct gen *g, int id)
{
	emit(g, (struct k2_insn){ .code = K2_JMP | K2_CALL, .imm = id });
	after_call(g);
}

/* The address of frame bytes. */
static void frame_address(struct gen *g, unsigned int reg, int off)
{
	mov(g, reg, 10);
	add_imm(g, reg, off);
	set_kind(g, reg, NOTHING);
}

/* A key on the stack: known or not. */
static void put_key(struct gen *g)
{
	uint8_t r;

	if (pick(g, 2)) {
		emit(g, k2_mk_store_imm(K2_W, 10, KEY_OFF, (int32_t)pick(g, H_KEYS)));
		return;
	}
	r = number_reg(g);
	emit(g, k2_mk_alu_imm(pick(g, 2) ? 64 : 32, K2_AND, r, H_KEYS - 1));
	emit(g, k2_mk_store(K2_W, 10, KEY_OFF, r));
}

/* r1 = map, r2 = key. */
static uint32_t map_and_key(struct gen *g)
{
	uint32_t map = pick(g, 2) ? EXEC_B : EXEC_H;

	g->prog->uses_hash |= map == EXEC_H;
	put_key(g);
	frame_address(g, 2, KEY_OFF);
	ld_symbol(g, 1, 1 + map, K2_PSEUDO_MAP_FD);
	return map;
}

void gen_lookup(struct gen *g)
{
	uint32_t map = map_and_key(g), at;
	struct state out;

	helper(g, BPF_FUNC_map_lookup_elem);
	emit(g, mk_jump_imm(K2_JEQ, 0, 0));
	g->jumps++;
	at = g->f->n - 1;
	out = g->s;
	set_memory(g, 0, map == EXEC_H ? HASHED : MEMORY, 0, B_SIZE, true);
	statements(g, 1 + pick(g, 5));
	land(g, at);
	merge(&g->s, &out);
}

void gen_map_change(struct gen *g)
{
	static const int32_t flags[] = { 0, 0, BPF_NOEXIST, BPF_EXIST, 3, BPF_F_LOCK, 8 };
	uint32_t map = map_and_key(g);

	if (pick(g, 3) == 0) {
		helper(g, BPF_FUNC_map_delete_elem);
	} else {
		mov_imm(g, 4, flags[pick(g, K2_ARRAY_SIZE(flags))]);
		if (pick(g, 2)) {
			frame_address(g, 3, g->stack_lo);
		} else {
			mov(g, 3, g->val);
			add_imm(g, 3, A_DATA + (int)pick(g, A_DATA_SIZE - B_SIZE));
		}
		helper(g, BPF_FUNC_map_update_elem);
	}
	if (map == EXEC_H)
		drop_kind(g, HASHED);
}

static void csum_diff(struct gen *g)
{
	mov(g, 5, number_reg(g));
	frame_address(g, 1, g->stack_lo);
	mov_imm(g, 2, (int32_t)(pick(g, 8) ? 4 * pick(g, 5) : pick(g, 17)));
	mov(g, 3, g->val);
	add_imm(g, 3, A_DATA + 8);
	mov_imm(g, 4, (int32_t)(4 * pick(g, 5)));
	helper(g, BPF_FUNC_csum_diff);
}

/* Bytes of the packet from or to frame or map value. */
static void skb_bytes(struct gen *g, bool store)
{
	static const int32_t flags[] = { 0, 0, 0, BPF_F_RECOMPUTE_CSUM, BPF_F_INVALIDATE_HASH, 4 };
	unsigned int len = 1 + pick(g, 16);

	mov(g, 2, number_reg(g));
	if (pick(g, 8))
		emit(g, k2_mk_alu_imm(64, K2_AND, 2, pick(g, 2) ? 63 : 255));
	mov(g, 1, g->ctx);
	if (pick(g, 2)) {
		frame_address(g, 3, g->stack_lo);
	} else {
		mov(g, 3, g->val);
		add_imm(g, 3, A_DATA);
	}
	mov_imm(g, 4, (int32_t)len);
	mov_imm(g, 5, flags[pick(g, K2_ARRAY_SIZE(flags))]);
	helper(g, store ? BPF_FUNC_skb_store_bytes : BPF_FUNC_skb_load_bytes);
	if (store)
		drop_kind(g, PACKET);
}

void gen_helper(struct gen *g)
{
	if (!g->main)
		return;
	if (g->prog->type != EXEC_FILTER && pick(g, 3) == 0)
		csum_diff(g);
	else if (g->prog->type != EXEC_XDP)
		skb_bytes(g, g->prog->type == EXEC_TC && pick(g, 2));
}

void gen_adjust(struct gen *g)
{
	static const int ids[] = { BPF_FUNC_xdp_adjust_head, BPF_FUNC_xdp_adjust_meta, BPF_FUNC_xdp_adjust_tail };

	if (!g->main || g->prog->type != EXEC_XDP)
		return;
	mov(g, 2, number_reg(g));
	if (pick(g, 8)) {
		emit(g, k2_mk_alu_imm(64, K2_AND, 2, 60));
		add_imm(g, 2, -32);
	}
	mov(g, 1, g->ctx);
	helper(g, ids[pick(g, 3)]);
	drop_kind(g, PACKET);
}

/* Offsets below zero mean parts of the packet's headers: not modelled. */
void gen_legacy(struct gen *g)
{
	struct k2_insn i = random_row(g, K2_KIND_LD_PKT);

	if (!g->main || g->prog->type == EXEC_XDP || g->in_loop)
		return;
	i.imm = pick(g, pick(g, 16) ? 40 : 300);
	if (K2_MODE(i.code) == K2_IND) {
		i.src = number_reg(g);
		emit(g, k2_mk_alu_imm(64, K2_AND, i.src, pick(g, 4) ? 7 : 0x7fff));
	}
	emit(g, i);
	after_call(g);
}

void gen_subprog(struct gen *g)
{
	uint32_t own = (uint32_t)(g->f - g->prog->funcs), callee;

	if (own + 1 >= g->prog->n_funcs || g->in_loop || g->calls == 3)
		return;
	callee = own + 1 + pick(g, g->prog->n_funcs - own - 1);
	if (g->prog->funcs[callee].callback)
		return;
	g->called |= 1u << callee;
	g->calls++;
	mov(g, 2, number_reg(g));
	set_kind(g, 2, NUMBER);
	mov(g, 3, number_reg(g));
	frame_address(g, 4, g->stack_lo);
	mov(g, 1, g->val);
	emit(g, (struct k2_insn){ .code = K2_JMP | K2_CALL, .src = K2_PSEUDO_CALL,
				  .sym = EXEC_SYM_FUNC + callee, .use = 0x1e });
	after_call(g);
	drop_kind(g, HASHED);
}

/* bpf_loop over the last function, if that is a callback. What it gets is a place of the frame, and there the value of A. */
void gen_callback(struct gen *g)
{
	const int place = SPILL_OFF + 8 * (SPILLS - 1);
	uint32_t callee = g->prog->n_funcs - 1;

	if (!g->main || !g->prog->funcs[callee].callback || g->in_loop || g->calls == 3)
		return;
	g->calls++;
	g->called |= 1u << callee;
	if (pick(g, 2)) {
		mov(g, 1, number_reg(g));
		emit(g, k2_mk_alu_imm(64, K2_AND, 1, 7));
	} else {
		/* No more than BPF_MAX_LOOPS: where the verifier inlines the call, kernel 6.18 then leaves the 32 bits of -E2BIG in
		   r0, and where it does not, the 64 bits (inline_bpf_loop). */
		mov_imm(g, 1, (int32_t)pick(g, 6));
	}
	ld_symbol(g, 2, EXEC_SYM_FUNC + callee, K2_PSEUDO_FUNC);
	emit(g, k2_mk_store(K2_DW, 10, place, g->val));
	g->s.spill[SPILLS - 1] = g->s.reg[g->val];
	frame_address(g, 3, place);
	mov_imm(g, 4, pick(g, 16) == 0);
	helper(g, BPF_FUNC_loop);
	drop_kind(g, HASHED);
}

// SPDX-License-Identifier: BSD-2-Clause
/* dead-fill: stores to a buffer in front of a helper that fills it when it returns 0, and a branch on that behind which, on the other way, nobody
   reads the buffer: they go. (`char b[60] = {}; if (bpf_xdp_load_bytes(ctx, 0, b, 60)) return ...`) */
#include "graph_facts.h"
#include <string.h>

/* A call that fills bytes off .. off + size of the frame. */
struct fill {
	uint32_t call;
	int64_t off, size;
};

struct look {
	const struct k2_graph *g;
	struct k2_absint *ai;
	struct k2_liveness live;
};

static bool overlaps(const struct fill *x, int64_t off, int64_t size)
{
	return off < x->off + x->size && x->off < off + size;
}

/* ---- one instruction and the buffer ---- */

static bool is_fill(const struct k2_func *f, const struct k2_insn *i, const struct k2_aval reg[11], struct fill *x)
{
	const struct k2_helper *h;
	struct k2_arg_access acc;

	if (k2_isa_kind(i) != K2_KIND_CALL || i->src != K2_CALL_HELPER || !k2_is_plain(i))
		return false;
	h = k2_helper_get((int32_t)i->imm);
	for (unsigned int n = 1; h && (h->flags & K2_HELPER_FILLS) && n <= 5; n++) {
		if (h->arg[n - 1] != K2_ARG_MEM_WRITE_PART || !k2_absint_arg(f, i, reg, n, &acc))
			continue;
		x->off = acc.off;
		x->size = acc.size;
		return acc.init && acc.size > 0;
	}
	return false;
}

static bool is_access(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_LOAD || kind == K2_KIND_STORE || kind == K2_KIND_ATOMIC;
}

/* A plain store of bytes of the buffer and no others. */
static bool stores_within(const struct k2_insn *i, const struct k2_aval reg[11], const struct fill *x)
{
	int64_t at = (int64_t)reg[i->dst].num.umin + i->off;

	return k2_isa_kind(i) == K2_KIND_STORE && k2_is_plain(i) && reg[i->dst].region == K2_RG_STACK && k2_known_const(&reg[i->dst].num) &&
	       at >= x->off && at + (int64_t)k2_isa_access_size(i) <= x->off + x->size;
}

/* May it look at the buffer, or do what is not known? */
static bool may_look(const struct k2_func *f, const struct k2_insn *i, const struct k2_aval reg[11], const struct fill *x)
{
	unsigned int base = k2_isa_kind(i) == K2_KIND_LOAD ? i->src : i->dst;
	struct k2_arg_access acc;

	if (is_access(i) && reg[base].region == K2_RG_STACK && k2_known_const(&reg[base].num))
		return k2_isa_kind(i) != K2_KIND_STORE && overlaps(x, (int64_t)reg[base].num.umin + i->off, (int64_t)k2_isa_access_size(i));
	if (is_access(i))
		return reg[base].region == K2_RG_ANY || reg[base].region == K2_RG_STACK;
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU: case K2_KIND_LD_IMM64: case K2_KIND_JUMP: return false;
	case K2_KIND_CALL: break;
	default: return true;
	}
	for (unsigned int n = 1; n <= 5; n++) {
		if (k2_absint_arg(f, i, reg, n, &acc) && overlaps(x, acc.off, acc.size))
			return true;
	}
	return i->src != K2_CALL_HELPER;
}

/* ---- a block ---- */

/* The way that is gone when r0 is not 0; K2_NO_BLOCK: the block does not end in that question, or something else comes first. */
static uint32_t failed_way(const struct k2_block *b, uint32_t call)
{
	const struct k2_insn *last = &b->insns[b->n - 1];

	for (uint32_t k = call + 1; k + 1 < b->n; k++) {
		enum k2_kind kind = k2_isa_kind(&b->insns[k]);

		if ((k2_isa_writes(&b->insns[k]) & 1) || (kind != K2_KIND_ALU && kind != K2_KIND_LD_IMM64))
			return K2_NO_BLOCK;
	}
	if (call + 1 >= b->n || k2_isa_kind(last) != K2_KIND_JUMP || last->dst || (last->code & K2_X) || last->imm || !k2_is_plain(last) ||
	    (K2_OP(last->code) != K2_JEQ && K2_OP(last->code) != K2_JNE))
		return K2_NO_BLOCK;
	return b->succ[K2_OP(last->code) == K2_JNE];
}

static bool is_live(const struct look *l, uint32_t block, const struct fill *x)
{
	for (int64_t at = x->off; at < x->off + x->size; at++) {
		if (k2_live_byte(&l->live.in[block], (int)at))
			return true;
	}
	return false;
}

/* Marks the stores that go, from the call upwards. */
static bool mark_stores(const struct look *l, uint32_t b, const struct fill *x, bool *drop)
{
	const struct k2_block *blk = &l->g->f->blocks[b];
	struct k2_astate s = *k2_absint_entry(l->ai, b);
	bool any = false;

	for (uint32_t k = 0; k < x->call; k++) {
		const struct k2_insn *i = &blk->insns[k];

		drop[k] = stores_within(i, s.reg, x);
		any |= drop[k];
		if (!drop[k] && may_look(l->g->f, i, s.reg, x)) {
			memset(drop, 0, (k + 1) * sizeof(*drop));
			any = false;
		}
		k2_absint_step(l->ai, i, &s);
	}
	return any;
}

static void remove_stores(const struct look *l, uint32_t b, const struct fill *x)
{
	struct k2_block *blk = &l->g->f->blocks[b];
	bool *drop = k2_arena_calloc(l->g->arena, blk->n, sizeof(*drop));
	struct k2_insn *v = k2_arena_calloc(l->g->arena, blk->n, sizeof(*v));
	uint32_t n = 0, saved = 0;

	if (!drop || !v || !mark_stores(l, b, x, drop))
		return;
	for (uint32_t k = 0; k < blk->n; k++) {
		saved += drop[k];
		if (!drop[k])
			v[n++] = blk->insns[k];
	}
	if (!l->g->may(l->g, b, x->call, (int)saved))
		return;
	blk->insns = v;
	blk->cap = blk->n;
	blk->n = n;
}

static void look_at_block(const struct look *l, uint32_t b)
{
	const struct k2_block *blk = &l->g->f->blocks[b];
	struct k2_astate s = *k2_absint_entry(l->ai, b);
	struct fill x;

	for (uint32_t k = 0; s.reached && k < blk->n; k++) {
		x.call = k;
		if (is_fill(l->g->f, &blk->insns[k], s.reg, &x)) {
			uint32_t failed = failed_way(blk, k);

			if (failed != K2_NO_BLOCK && !is_live(l, failed, &x))
				remove_stores(l, b, &x);
			return;
		}
		k2_absint_step(l->ai, &blk->insns[k], &s);
	}
}

static bool any_fill(const struct k2_func *f)
{
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		for (uint32_t k = 0; k < f->blocks[b].n; k++) {
			const struct k2_insn *i = &f->blocks[b].insns[k];
			const struct k2_helper *h = k2_isa_kind(i) == K2_KIND_CALL && i->src == K2_CALL_HELPER ? k2_helper_get((int32_t)i->imm) : NULL;

			if (h && (h->flags & K2_HELPER_FILLS))
				return true;
		}
	}
	return false;
}

static void reshape(const struct k2_graph *g)
{
	struct look l = { .g = g };

	if (!any_fill(g->f))
		return;
	l.ai = k2_graph_absint(g);
	if (!l.ai || k2_absint_liveness(g->arena, l.ai, &l.live))
		return;
	for (uint32_t b = 0; b < g->f->n_blocks; b++)
		look_at_block(&l, b);
}

const struct k2_proposer k2_propose_dead_fill = {
	.name = "dead-fill",
	.about = "what a helper fills when it succeeds is not stored before",
	.level = 3,
	.reshape = reshape,
};

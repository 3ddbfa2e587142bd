// SPDX-License-Identifier: BSD-2-Clause
/* Webs by union-find over what reaches what, and which of them are alive together (Chaitin's graph). */
#include "webs.h"
#include <string.h>

enum { MAX_WEBS = 6000 };

/* Nodes: registers for good; what is in each register at the entry of each block; what each instruction writes. */
struct find {
	struct k2_webs *w;
	const struct k2_liveness *live;
	uint32_t *up, *web; /* by node */
	uint32_t **def;     /* node that an instruction writes, by block */
	uint32_t n;
};

static uint32_t root(struct find *x, uint32_t k)
{
	while (x->up[k] != k)
		k = x->up[k] = x->up[x->up[k]];
	return k;
}

/* Lower numbers are roots: registers stay themselves. */
static void join(struct find *x, uint32_t a, uint32_t b)
{
	a = root(x, a);
	b = root(x, b);
	x->up[K2_MAX(a, b)] = K2_MIN(a, b);
}

static uint32_t at_entry(uint32_t b, unsigned int r)
{
	return K2_WEB_REGS + b * K2_WEB_REGS + r;
}

static uint16_t regs_of(const struct k2_live *l)
{
	uint16_t m = 0;

	for (unsigned int r = 0; r < K2_WEB_REGS; r++)
		m |= (uint16_t)(k2_live_reg(l, r) << r);
	return m;
}

/* What an instruction names. Others than plain ones keep their registers. */
struct operands {
	bool reads_dst, writes_dst, reads_src;
	uint16_t reads, writes; /* without naming them */
};

static struct operands operands_of(const struct k2_insn *i)
{
	uint16_t reads = k2_insn_reads(i), writes = k2_isa_writes(i);
	enum k2_kind kind = k2_isa_kind(i);
	struct operands o = { .reads = reads, .writes = writes };

	if (!k2_is_plain(i))
		return o;
	switch (kind) {
	case K2_KIND_ALU: case K2_KIND_LD_IMM64: case K2_KIND_LOAD: case K2_KIND_STORE: case K2_KIND_JUMP:
		o = (struct operands){ .writes_dst = writes, .reads_src = kind == K2_KIND_LOAD };
		o.reads_dst = kind != K2_KIND_LOAD && kind != K2_KIND_LD_IMM64 && !(kind == K2_KIND_ALU && K2_OP(i->code) == K2_MOV);
		if (kind == K2_KIND_STORE)
			o.reads_src = K2_CLASS(i->code) == K2_STX;
		if (kind == K2_KIND_JUMP || (kind == K2_KIND_ALU && K2_OP(i->code) != K2_END && K2_OP(i->code) != K2_NEG))
			o.reads_src = i->code & K2_X;
		break;
	case K2_KIND_ATOMIC:
		if (!writes)
			o = (struct operands){ .reads_dst = true, .reads_src = true };
		break;
	case K2_KIND_LD_PKT:
		o.reads_src = K2_MODE(i->code) == K2_IND && i->src != 6;
		o.reads &= (uint16_t)~(o.reads_src ? 1u << i->src : 0);
		break;
	default: break;
	}
	return o;
}

/* ---- what reaches what ---- */

static uint32_t named(bool is, unsigned int reg, const uint32_t *now)
{
	return is && reg < K2_WEB_REGS ? now[reg] : K2_NO_WEB;
}

static void walk_insn(struct find *x, const struct k2_insn *i, struct k2_web_use *u, uint32_t *now)
{
	struct operands o = operands_of(i);

	for (unsigned int r = 0; r < K2_WEB_REGS; r++) {
		if (o.reads >> r & 1)
			join(x, now[r], r);
	}
	u->read = named(o.reads_dst, i->dst, now);
	u->source = named(o.reads_src, i->src, now);
	u->written = K2_NO_WEB;
	for (unsigned int r = 0; r < K2_WEB_REGS; r++) {
		if (o.writes >> r & 1)
			now[r] = r;
	}
	if (!o.writes_dst || i->dst >= K2_WEB_REGS)
		return;
	u->written = now[i->dst] = x->n;
	x->up[x->n] = x->n;
	x->n++;
	if (o.reads_dst)
		join(x, u->read, u->written);
}

static void walk_block(struct find *x, uint32_t b)
{
	const struct k2_block *blk = &x->w->f->blocks[b];
	uint32_t now[K2_WEB_REGS];

	for (unsigned int r = 0; r < K2_WEB_REGS; r++)
		now[r] = at_entry(b, r);
	for (uint32_t k = 0; k < blk->n; k++)
		walk_insn(x, &blk->insns[k], &x->w->use[b][k], now);
	for (unsigned int e = 0; e < blk->n_succ; e++) {
		uint16_t in = regs_of(&x->live->in[blk->succ[e]]);

		for (unsigned int r = 0; r < K2_WEB_REGS; r++) {
			if (in >> r & 1)
				join(x, now[r], at_entry(blk->succ[e], r));
		}
	}
}

/* Numbers for what is left. */
static bool number_webs(struct find *x)
{
	struct k2_webs *w = x->w;
	uint32_t n = 0;

	for (uint32_t k = 0; k < x->n; k++)
		n += root(x, k) == k;
	if (n > MAX_WEBS)
		return false;
	w->reg = k2_arena_calloc(w->arena, n, 1);
	x->web = k2_arena_calloc(w->arena, x->n, sizeof(*x->web));
	if (!w->reg || !x->web)
		return false;
	for (uint32_t k = 0; k < x->n; k++)
		x->web[k] = root(x, k) == k ? w->n++ : x->web[root(x, k)];
	for (uint32_t k = 0; k < K2_WEB_REGS; k++)
		w->reg[k] = (uint8_t)k;
	return true;
}

static void rename_uses(struct find *x)
{
	struct k2_webs *w = x->w;

	for (uint32_t b = 0; b < w->f->n_blocks; b++) {
		for (uint32_t k = 0; k < w->f->blocks[b].n; k++) {
			const struct k2_insn *i = &w->f->blocks[b].insns[k];
			struct k2_web_use *u = &w->use[b][k];

			u->read = u->read == K2_NO_WEB ? u->read : x->web[u->read];
			u->written = u->written == K2_NO_WEB ? u->written : x->web[u->written];
			u->source = u->source == K2_NO_WEB ? u->source : x->web[u->source];
			if (u->read != K2_NO_WEB)
				w->reg[u->read] = i->dst;
			if (u->written != K2_NO_WEB)
				w->reg[u->written] = i->dst;
			if (u->source != K2_NO_WEB)
				w->reg[u->source] = i->src;
		}
	}
}

/* ---- what is alive together ---- */

static void set_apart(struct k2_webs *w, uint32_t a, uint32_t b)
{
	if (a == b)
		return;
	w->apart[(size_t)a * w->words + b / 64] |= 1ull << (b % 64);
	w->apart[(size_t)b * w->words + a / 64] |= 1ull << (a % 64);
}

bool k2_webs_is_copy(const struct k2_insn *i, const struct k2_astate *before)
{
	if (k2_isa_kind(i) != K2_KIND_ALU || K2_OP(i->code) != K2_MOV || !(i->code & K2_X) || i->off || !k2_is_plain(i) || i->src >= 10)
		return false;
	return K2_CLASS(i->code) == K2_ALU64 ||
	       (before->reached && before->reg[i->src].region == K2_RG_SCALAR && before->reg[i->src].num.umax <= UINT32_MAX);
}

static void apart_in_block(struct find *x, struct k2_absint *ai, uint32_t b)
{
	struct k2_webs *w = x->w;
	const struct k2_block *blk = &w->f->blocks[b];
	struct k2_astate s = *k2_absint_entry(ai, b);
	uint32_t now[K2_WEB_REGS];

	for (unsigned int r = 0; r < K2_WEB_REGS; r++)
		now[r] = x->web[at_entry(b, r)];
	for (uint32_t k = 0; k < blk->n; k++) {
		const struct k2_insn *i = &blk->insns[k];
		uint16_t writes = k2_isa_writes(i);
		uint32_t source = k2_webs_is_copy(i, &s) ? w->use[b][k].source : K2_NO_WEB;

		for (unsigned int r = 0; r < K2_WEB_REGS; r++) {
			if (writes >> r & 1)
				now[r] = w->use[b][k].written != K2_NO_WEB && r == i->dst ? w->use[b][k].written : r;
		}
		for (unsigned int d = 0; d < K2_WEB_REGS; d++) {
			for (unsigned int r = 0; (writes >> d & 1) && r < K2_WEB_REGS; r++) {
				if (r != d && ((w->live[b][k] | writes) >> r & 1) && now[r] != source)
					set_apart(w, now[d], now[r]);
			}
		}
		if (s.reached)
			k2_absint_step(ai, i, &s);
	}
}

static bool find_apart(struct find *x, struct k2_absint *ai)
{
	struct k2_webs *w = x->w;
	uint16_t args = regs_of(&x->live->in[0]);

	w->words = (w->n + 63) / 64;
	w->apart = k2_arena_calloc(w->arena, (size_t)w->n * w->words, sizeof(*w->apart));
	if (!w->apart)
		return false;
	for (unsigned int a = 0; a < K2_WEB_REGS; a++) {
		for (unsigned int b = 0; b < K2_WEB_REGS; b++) {
			set_apart(w, a, b);
			if ((args >> a & 1) && (args >> b & 1))
				set_apart(w, x->web[at_entry(0, a)], x->web[at_entry(0, b)]);
		}
	}
	for (uint32_t b = 0; b < w->f->n_blocks; b++)
		apart_in_block(x, ai, b);
	return true;
}

/* ---- all of it ---- */

static bool prepare(struct find *x)
{
	struct k2_webs *w = x->w;
	uint32_t nodes = K2_WEB_REGS + K2_WEB_REGS * w->f->n_blocks;

	w->use = k2_arena_calloc(w->arena, w->f->n_blocks, sizeof(*w->use));
	w->live = k2_arena_calloc(w->arena, w->f->n_blocks, sizeof(*w->live));
	for (uint32_t b = 0; w->use && w->live && b < w->f->n_blocks; b++) {
		const struct k2_block *blk = &w->f->blocks[b];
		struct k2_live l = x->live->out[b];

		nodes += blk->n;
		w->use[b] = k2_arena_calloc(w->arena, blk->n + 1, sizeof(**w->use));
		w->live[b] = k2_arena_calloc(w->arena, blk->n + 1, sizeof(**w->live));
		for (uint32_t k = blk->n; w->live[b] && k-- > 0;) {
			w->live[b][k] = regs_of(&l);
			k2_live_step_regs(w->f, &blk->insns[k], &l);
		}
		if (!w->use[b] || !w->live[b])
			return false;
	}
	x->up = k2_arena_calloc(w->arena, nodes, sizeof(*x->up));
	return x->up && w->use && w->live;
}

struct k2_webs *k2_webs_find(struct k2_arena *a, const struct k2_func *f, struct k2_absint *ai)
{
	struct k2_webs *w = k2_arena_alloc(a, sizeof(*w));
	struct k2_liveness live;
	struct find x = { .w = w, .live = &live };

	if (!w)
		return NULL;
	w->arena = a;
	w->f = f;
	if (k2_absint_liveness(a, ai, &live) || !prepare(&x))
		return NULL;
	x.n = K2_WEB_REGS + K2_WEB_REGS * f->n_blocks;
	for (uint32_t k = 0; k < x.n; k++)
		x.up[k] = k;
	for (unsigned int r = 0; r < K2_WEB_REGS; r++)
		join(&x, at_entry(0, r), r); /* arguments, or nothing */
	for (uint32_t b = 0; b < f->n_blocks; b++)
		walk_block(&x, b);
	if (!number_webs(&x))
		return NULL;
	rename_uses(&x);
	return find_apart(&x, ai) ? w : NULL;
}

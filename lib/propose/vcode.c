// SPDX-License-Identifier: BSD-2-Clause
/* Virtual registers by union-find over what reaches what, and what of them is live. */
#include "vcode.h"
#include <string.h>

enum { MAX_VREGS = 6000, FIXED = (1 << K2_VREG_FIXED) - 1 };

/* Nodes: fixed registers; what is in each register at the entry of each block; what each instruction writes. */
struct find {
	struct k2_vcode *v;
	const struct k2_liveness *live;
	uint32_t *up, *vreg; /* by node */
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
	return K2_VREG_FIXED + b * K2_VREG_FIXED + r;
}

/* What an instruction names. Others than understood ones keep their registers. */
struct operands {
	bool reads_dst, writes_dst, reads_src;
	uint16_t reads, writes; /* without naming them */
};

static struct operands operands_of(const struct k2_insn *i)
{
	uint16_t reads = k2_insn_reads(i), writes = k2_isa_writes(i);
	enum k2_kind kind = k2_isa_kind(i);
	struct operands o = { .reads = reads & FIXED, .writes = writes & FIXED };

	/* The compiler can make no others of those that the loader patches a part of. */
	if ((i->flags & (K2_F_OPAQUE | K2_F_FROZEN | K2_F_SYM_OFF)) || (i->sym && i->imm))
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

uint16_t k2_vinsn_writes(const struct k2_vinsn *v)
{
	return operands_of(&v->i).writes;
}

/* ---- what reaches what ---- */

static uint32_t named(bool is, unsigned int reg, const uint32_t *now)
{
	return is && reg < K2_VREG_FIXED ? now[reg] : K2_NO_VREG;
}

static void walk_insn(struct find *x, struct k2_vinsn *u, uint32_t *now)
{
	const struct k2_insn *i = &u->i;
	struct operands o = operands_of(i);

	for (unsigned int r = 0; r < K2_VREG_FIXED; r++) {
		if (o.reads >> r & 1)
			join(x, now[r], r);
	}
	u->read = named(o.reads_dst, i->dst, now);
	u->source = named(o.reads_src, i->src, now);
	u->written = K2_NO_VREG;
	for (unsigned int r = 0; r < K2_VREG_FIXED; r++) {
		if (o.writes >> r & 1)
			now[r] = r;
	}
	if (!o.writes_dst || i->dst >= K2_VREG_FIXED)
		return;
	u->written = now[i->dst] = x->n;
	x->up[x->n] = x->n;
	x->n++;
	if (o.reads_dst)
		join(x, u->read, u->written);
}

static void walk_block(struct find *x, uint32_t b)
{
	const struct k2_block *blk = &x->v->f->blocks[b];
	uint32_t now[K2_VREG_FIXED];

	for (unsigned int r = 0; r < K2_VREG_FIXED; r++)
		now[r] = at_entry(b, r);
	for (uint32_t k = 0; k < blk->n; k++)
		walk_insn(x, &x->v->blocks[b].v[k], now);
	for (unsigned int e = 0; e < blk->n_succ; e++) {
		const struct k2_live *in = &x->live->in[blk->succ[e]];

		for (unsigned int r = 0; r < K2_VREG_FIXED; r++) {
			if (k2_live_reg(in, r))
				join(x, now[r], at_entry(blk->succ[e], r));
		}
	}
}

/* Numbers for what is left. */
static bool number(struct find *x)
{
	struct k2_vcode *v = x->v;
	uint32_t n = 0;

	for (uint32_t k = 0; k < x->n; k++)
		n += root(x, k) == k;
	x->vreg = k2_arena_calloc(v->arena, x->n, sizeof(*x->vreg));
	if (n > MAX_VREGS || !x->vreg)
		return false;
	for (uint32_t k = 0; k < x->n; k++)
		x->vreg[k] = root(x, k) == k ? k2_vcode_add(v, (uint8_t)(k < K2_VREG_FIXED ? k : 0)) : x->vreg[root(x, k)];
	return v->n == n;
}

static void rename_to(struct find *x, uint32_t *name, uint8_t reg)
{
	if (*name == K2_NO_VREG)
		return;
	*name = x->vreg[*name];
	x->v->reg[*name] = reg;
}

static void rename_all(struct find *x)
{
	for (uint32_t b = 0; b < x->v->f->n_blocks; b++) {
		for (uint32_t k = 0; k < x->v->blocks[b].n; k++) {
			struct k2_vinsn *u = &x->v->blocks[b].v[k];

			rename_to(x, &u->read, u->i.dst);
			rename_to(x, &u->written, u->i.dst);
			rename_to(x, &u->source, u->i.src);
		}
	}
}

/* ---- the code ---- */

/* Does the copy (64 bits, or 32 where the upper half is 0) leave the same number in both registers? */
static bool is_copy(const struct k2_insn *i, const struct k2_astate *before)
{
	if (k2_isa_kind(i) != K2_KIND_ALU || K2_OP(i->code) != K2_MOV || !(i->code & K2_X) || i->off || !k2_is_plain(i) || i->src >= 10 ||
	    !before->reached)
		return false;
	return K2_CLASS(i->code) == K2_ALU64 ||
	       (before->reg[i->src].region == K2_RG_SCALAR && before->reg[i->src].num.umax <= UINT32_MAX);
}

static bool fill_block(struct k2_vcode *v, struct k2_absint *ai, uint32_t b)
{
	const struct k2_block *blk = &v->f->blocks[b];
	struct k2_astate s = *k2_absint_entry(ai, b);
	struct k2_vblock *to = &v->blocks[b];

	to->n = blk->n;
	to->v = k2_arena_calloc(v->arena, blk->n + 1, sizeof(*to->v));
	for (uint32_t k = 0; to->v && k < blk->n; k++) {
		to->v[k] = (struct k2_vinsn){ .i = blk->insns[k], .at = k, .copy = is_copy(&blk->insns[k], &s) };
		if (s.reached)
			k2_absint_step(ai, &blk->insns[k], &s);
	}
	return to->v;
}

static bool fill(struct find *x, struct k2_absint *ai)
{
	struct k2_vcode *v = x->v;
	uint32_t nodes = K2_VREG_FIXED + K2_VREG_FIXED * v->f->n_blocks;

	v->blocks = k2_arena_calloc(v->arena, v->f->n_blocks, sizeof(*v->blocks));
	for (uint32_t b = 0; v->blocks && b < v->f->n_blocks; b++) {
		if (!fill_block(v, ai, b))
			return false;
		nodes += v->blocks[b].n;
	}
	x->up = k2_arena_calloc(v->arena, nodes, sizeof(*x->up));
	return v->blocks && x->up;
}

bool k2_vcode_fits(const struct k2_func *f)
{
	uint32_t n = 0;

	for (uint32_t b = 0; b < f->n_blocks; b++)
		n += f->blocks[b].n;
	return n <= 2 * MAX_VREGS;
}

struct k2_vcode *k2_vcode_of(struct k2_arena *a, const struct k2_func *f, struct k2_absint *ai)
{
	struct k2_vcode *v = k2_arena_alloc(a, sizeof(*v));
	struct k2_liveness live;
	struct find x = { .v = v, .live = &live };

	if (!v)
		return NULL;
	*v = (struct k2_vcode){ .arena = a, .f = f };
	if (k2_absint_liveness(a, ai, &live) || !fill(&x, ai))
		return NULL;
	x.n = K2_VREG_FIXED + K2_VREG_FIXED * f->n_blocks;
	for (uint32_t k = 0; k < x.n; k++)
		x.up[k] = k;
	for (unsigned int r = 0; r < K2_VREG_FIXED; r++)
		join(&x, at_entry(0, r), r); /* arguments, or nothing */
	for (uint32_t b = 0; b < f->n_blocks; b++)
		walk_block(&x, b);
	if (!number(&x))
		return NULL;
	rename_all(&x);
	return v;
}

struct k2_vcode *k2_vcode_draft(const struct k2_vcode *v)
{
	struct k2_vcode *d = k2_arena_dup(v->arena, v, 1, sizeof(*d));

	if (!d)
		return NULL;
	d->blocks = k2_arena_dup(v->arena, v->blocks, v->f->n_blocks, sizeof(*d->blocks));
	d->reg = k2_arena_dup(v->arena, v->reg, v->n, 1);
	d->cap = v->n;
	return d->blocks && d->reg ? d : NULL;
}

uint32_t k2_vcode_add(struct k2_vcode *v, uint8_t reg)
{
	return K2_VEC_PUSH(v->arena, v->reg, v->n, v->cap, reg) ? v->n - 1 : K2_NO_VREG;
}

struct k2_vinsn k2_vcode_copy(uint32_t to, uint32_t from)
{
	struct k2_vinsn v = k2_vcode_set(k2_mk_alu_reg(64, K2_MOV, 0, 1), to);

	v.source = from;
	v.copy = true;
	return v;
}

struct k2_vinsn k2_vcode_set(struct k2_insn i, uint32_t to)
{
	i.origin = -1;
	return (struct k2_vinsn){ .i = i, .read = K2_NO_VREG, .written = to, .source = K2_NO_VREG, .at = K2_NO_VREG };
}

/* ---- liveness ---- */

static void add(uint64_t *set, uint32_t k)
{
	if (k != K2_NO_VREG)
		set[k / 64] |= 1ull << (k % 64);
}

void k2_vcode_step_back(const struct k2_vinsn *v, uint64_t *live)
{
	struct operands o = operands_of(&v->i);

	if (v->written != K2_NO_VREG)
		live[v->written / 64] &= ~(1ull << (v->written % 64));
	live[0] = (live[0] & ~(uint64_t)o.writes) | o.reads;
	add(live, v->read);
	add(live, v->source);
}

bool k2_vcode_live_out(struct k2_arena *a, const struct k2_vcode *v, struct k2_vsets *out)
{
	const struct k2_func *f = v->f;
	struct k2_vsets in = { .words = (v->n + 63) / 64 };
	uint64_t *live = k2_arena_calloc(a, in.words, sizeof(*live));
	bool again = true;

	out->words = in.words;
	out->bits = k2_arena_calloc(a, (size_t)f->n_blocks * in.words, sizeof(*out->bits));
	in.bits = k2_arena_calloc(a, (size_t)f->n_blocks * in.words, sizeof(*in.bits));
	if (!live || !out->bits || !in.bits)
		return false;
	while (again) {
		again = false;
		for (uint32_t k = f->n_order; k-- > 0;) {
			uint32_t b = f->order[k];

			for (unsigned int e = 0; e < f->blocks[b].n_succ; e++) {
				for (uint32_t j = 0; j < in.words; j++)
					k2_vset(out, b)[j] |= k2_vset(&in, f->blocks[b].succ[e])[j];
			}
			memcpy(live, k2_vset(out, b), in.words * sizeof(*live));
			for (uint32_t j = v->blocks[b].n; j-- > 0;)
				k2_vcode_step_back(&v->blocks[b].v[j], live);
			again |= memcmp(live, k2_vset(&in, b), in.words * sizeof(*live)) != 0;
			memcpy(k2_vset(&in, b), live, in.words * sizeof(*live));
		}
	}
	return true;
}

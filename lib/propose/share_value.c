// SPDX-License-Identifier: BSD-2-Clause
/* share-value: a constant, or the address of a map, a variable or the frame, that is made in several places is made once on the way to all of
   them and stays in a register. */
#include "revise.h"

/* What makes the same value: with the same instruction, in another register. */
struct value {
	enum { NUMBER, SYMBOL, FRAME } kind;
	uint8_t src; /* SYMBOL: the pseudo value */
	uint32_t sym;
	int64_t imm; /* FRAME: the offset */
};

/* Where one is made: instructions `first` and `last` of the block, which may be the same. */
struct site {
	uint32_t block, first, last;
	struct value value;
};

struct share {
	struct k2_revision r;
	struct k2_arena *arena;
	const uint32_t *idom;
	struct site *sites;
	uint32_t n, cap;
};

static bool same(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && a->src == b->src && a->sym == b->sym && a->imm == b->imm;
}

/* ---- sites ---- */

/* The addition behind `r = r10` that makes it an address, with nothing of it used in between. */
static uint32_t frame_offset(const struct k2_vblock *b, uint32_t k)
{
	uint32_t to = b->v[k].written;

	while (++k < b->n) {
		const struct k2_vinsn *i = &b->v[k];

		if (i->written == to && i->read == to && i->source == K2_NO_VREG && i->i.code == (K2_ALU64 | K2_ADD) && k2_is_plain(&i->i))
			return k;
		if (i->written == to || i->read == to || i->source == to || (to < K2_VREG_FIXED && k2_isa_kind(&i->i) == K2_KIND_CALL))
			break;
	}
	return b->n;
}

static bool site_at(const struct k2_vblock *b, uint32_t k, struct site *s)
{
	const struct k2_vinsn *v = &b->v[k];
	const struct k2_insn *i = &v->i;
	enum k2_kind kind = k2_isa_kind(i);

	s->first = s->last = k;
	if (v->written == K2_NO_VREG || v->read != K2_NO_VREG || v->source != K2_NO_VREG || !k2_is_plain(i))
		return false;
	if (kind == K2_KIND_LD_IMM64) {
		s->value = (struct value){ .kind = i->sym || i->src ? SYMBOL : NUMBER, .src = i->src, .sym = i->sym, .imm = i->imm };
		return true;
	}
	if (kind != K2_KIND_ALU || K2_OP(i->code) != K2_MOV || i->off)
		return false;
	if (i->code & K2_X) {
		s->last = i->src == 10 && K2_CLASS(i->code) == K2_ALU64 ? frame_offset(b, k) : b->n;
		if (s->last < b->n)
			s->value = (struct value){ .kind = FRAME, .imm = b->v[s->last].i.imm };
		return s->last < b->n;
	}
	/* Calls want numbers in registers of their own: there a copy costs as much. */
	s->value = (struct value){ .kind = NUMBER, .imm = K2_CLASS(i->code) == K2_ALU64 ? i->imm : (int64_t)(uint32_t)i->imm };
	return v->written >= K2_VREG_FIXED;
}

/* All sites, or those of one value, as control comes to them. Not in loops: there a few instructions less move the places where the verifier
   keeps states, and it walks more rounds (docs/decisions.md). */
static void find_sites(struct share *s, const struct value *only)
{
	const struct k2_func *f = s->r.g->f;

	s->n = 0;
	for (uint32_t o = 0; o < f->n_order; o++) {
		const struct k2_vblock *b = &s->r.v->blocks[f->order[o]];

		for (uint32_t k = 0; k < b->n && !f->blocks[f->order[o]].in_loop; k++) {
			struct site at = { .block = f->order[o] };

			if (site_at(b, k, &at) && (!only || same(only, &at.value)))
				K2_VEC_PUSH(s->arena, s->sites, s->n, s->cap, at);
		}
	}
}

/* ---- drafts ---- */

/* The instructions that make `what` in `to`, as the site `from` has them. */
static uint32_t make(const struct k2_vblock *b, const struct site *from, uint32_t to, struct k2_vinsn out[2])
{
	out[0] = k2_vcode_set(b->v[from->first].i, to);
	if (from->last == from->first)
		return 1;
	out[1] = k2_vcode_set(b->v[from->last].i, to);
	out[1].read = to;
	return 2;
}

static bool ends_in_jump(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_JUMP || kind == K2_KIND_GOTO || kind == K2_KIND_MAY_GOTO;
}

/* Where the value is made once: at instruction `at` of the block. */
struct place {
	uint32_t block, at;
};

static struct place place_for(const struct share *s, const struct site *sites, uint32_t n)
{
	const struct k2_func *f = s->r.g->f;
	struct place p = { sites[0].block, 0 };
	const struct k2_vblock *b;

	for (uint32_t k = 1; k < n; k++)
		p.block = k2_dominator_of(f, s->idom, p.block, sites[k].block);
	b = &s->r.v->blocks[p.block];
	p.at = b->n - (b->n && ends_in_jump(&b->v[b->n - 1].i));
	for (uint32_t k = 0; k < n; k++) {
		if (sites[k].block == p.block)
			p.at = K2_MIN(p.at, sites[k].last);
	}
	return p;
}

/* Block `b` with the value in `shared`: made at p, if that is here, and copied where it was made. */
static bool edit_block(const struct share *s, struct k2_vcode *draft, uint32_t b, const struct site *sites, uint32_t n, struct place p,
		       uint32_t shared)
{
	const struct k2_vblock *from = &s->r.v->blocks[b];
	struct k2_vinsn *to = k2_arena_calloc(draft->arena, (size_t)from->n + n + 2, sizeof(*to));
	uint32_t have = 0;

	for (uint32_t k = 0; to && k <= from->n; k++) {
		bool keep = k < from->n;

		if (b == p.block && k == p.at)
			have += make(&s->r.v->blocks[sites[0].block], &sites[0], shared, to + have);
		for (uint32_t j = 0; j < n && k < from->n; j++) {
			if (sites[j].block != b || (sites[j].first != k && sites[j].last != k))
				continue;
			keep = false;
			if (sites[j].last == k) {
				to[have] = k2_vcode_copy(from->v[k].written, shared);
				to[have++].i.line = from->v[k].i.line;
			}
		}
		if (keep)
			to[have++] = from->v[k];
	}
	draft->blocks[b] = (struct k2_vblock){ to, have };
	return to;
}

static bool share(struct share *s, const struct site *sites, uint32_t n)
{
	struct k2_vcode *draft = k2_revision_draft(&s->r);
	struct place p = place_for(s, sites, n);
	uint32_t shared = draft ? k2_vcode_add(draft, 6) : K2_NO_VREG, last = K2_NO_BLOCK, at;
	bool good = shared != K2_NO_VREG && edit_block(s, draft, p.block, sites, n, p, shared);

	for (uint32_t k = 0; good && k < n; k++) {
		if (sites[k].block != p.block && sites[k].block != last)
			good = edit_block(s, draft, sites[k].block, sites, n, p, shared);
		last = sites[k].block;
	}
	at = s->r.v->blocks[sites[0].block].v[sites[0].last].at;
	return good && at != K2_NO_VREG && k2_revision_offer(&s->r, draft, sites[0].block, at);
}

/* All sites of the value, or those that one of them is on the way to. */
static void look_at(struct share *s, const struct value *v)
{
	struct site *group;
	uint32_t n;

	find_sites(s, v);
	if (s->n < 2 || share(s, s->sites, s->n))
		return;
	group = k2_arena_calloc(s->arena, s->n, sizeof(*group));
	for (uint32_t k = 0; group && k + 1 < s->n; k++) {
		n = 0;
		for (uint32_t j = k; j < s->n; j++) {
			if (k2_dominator_of(s->r.g->f, s->idom, s->sites[k].block, s->sites[j].block) == s->sites[k].block)
				group[n++] = s->sites[j];
		}
		if (n >= 2 && n < s->n && share(s, group, n))
			return;
	}
}

static void reshape(const struct k2_graph *g)
{
	struct share s = { .arena = g->arena };
	struct site *all;
	uint32_t n;

	if (!k2_revision_begin(&s.r, g))
		return;
	s.idom = k2_func_dominators(g->arena, g->f);
	find_sites(&s, NULL);
	all = k2_arena_dup(g->arena, s.sites, s.n, sizeof(*all));
	n = s.n;
	for (uint32_t k = 0; all && s.idom && k < n; k++) {
		bool seen = false;

		for (uint32_t j = 0; j < k && !seen; j++)
			seen = same(&all[j].value, &all[k].value);
		if (!seen)
			look_at(&s, &all[k].value);
	}
	k2_revision_end(&s.r);
}

const struct k2_proposer k2_propose_share_value = {
	.name = "share-value",
	.about = "a value that is made again is kept in a register",
	.level = 2,
	.reshape = reshape,
};

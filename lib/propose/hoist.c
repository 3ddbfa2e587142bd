// SPDX-License-Identifier: BSD-2-Clause
/* hoist: what both ways behind a branch do first is done once, in front of it. */
#include "propose.h"

struct hoist {
	const struct k2_graph *g;
	uint32_t from, way[2];
	uint32_t at[2]; /* the same instruction on both ways */
};

/* The block behind edge e, past gotos that lead only there; K2_NO_BLOCK: others come there, too. */
static uint32_t only_way(const struct k2_func *f, uint32_t b, unsigned int e)
{
	uint32_t to = f->blocks[b].succ[e];

	for (uint32_t hops = 0; hops <= f->n_blocks && f->blocks[to].n_preds == 1; hops++) {
		const struct k2_block *blk = &f->blocks[to];

		if (blk->n && !k2_is_goto(&blk->insns[0]))
			return to;
		if (blk->n_succ != 1)
			break;
		to = blk->succ[0];
	}
	return K2_NO_BLOCK;
}

/* What the branch looked at is known better behind it than in front of it, so who reads that stays there: only of a copy the verifier knows
   that it is the same. */
static bool may_stand_before(const struct k2_insn *i, const struct k2_insn *branch)
{
	uint16_t looked_at = k2_isa_reads(branch);
	enum k2_kind kind = k2_isa_kind(i);

	if ((kind != K2_KIND_ALU && kind != K2_KIND_LD_IMM64 && kind != K2_KIND_LOAD) || (i->flags & (K2_F_OPAQUE | K2_F_FROZEN | K2_F_VOLATILE)) || (k2_isa_writes(i) & looked_at))
		return false;
	return !(k2_insn_reads(i) & looked_at) || k2_is_copy(i);
}

static bool comes_first(const struct k2_block *b, uint32_t at)
{
	for (uint32_t k = at; k-- > 0;) {
		if (!k2_may_swap(&b->insns[k], &b->insns[at]))
			return false;
	}
	return true;
}

static bool find(struct hoist *h)
{
	const struct k2_func *f = h->g->f;
	const struct k2_block *from = &f->blocks[h->from], *a = &f->blocks[h->way[0]], *b = &f->blocks[h->way[1]];

	for (uint32_t x = 0; x < a->n; x++) {
		if (!may_stand_before(&a->insns[x], &from->insns[from->n - 1]) || !comes_first(a, x))
			continue;
		for (uint32_t y = 0; y < b->n; y++) {
			if (!k2_same_insn(&a->insns[x], &b->insns[y]) || !comes_first(b, y))
				continue;
			h->at[0] = x;
			h->at[1] = y;
			return true;
		}
	}
	return false;
}

static struct k2_insn *with_room(const struct k2_graph *g, struct k2_block *b, const struct k2_insn *last)
{
	struct k2_insn *v = k2_arena_calloc(g->arena, b->n + 1u, sizeof(*v));

	for (uint32_t k = 0; v && k < b->n; k++)
		v[k] = b->insns[k];
	if (v && last)
		v[b->n] = *last;
	return v;
}

static void set(struct k2_block *b, struct k2_insn *v, uint32_t n)
{
	b->insns = v;
	b->cap = n;
	b->n = n;
}

static bool move(struct hoist *h)
{
	struct k2_block *from = &h->g->f->blocks[h->from];
	struct k2_insn moved = h->g->f->blocks[h->way[0]].insns[h->at[0]], branch = from->insns[from->n - 1];
	struct k2_insn *v = with_room(h->g, from, &branch), *rest[2];

	for (unsigned int e = 0; e < 2; e++)
		rest[e] = with_room(h->g, &h->g->f->blocks[h->way[e]], NULL);
	if (!v || !rest[0] || !rest[1] || !h->g->may(h->g, h->way[0], h->at[0], (int)k2_isa_slots(&moved)))
		return false;
	v[from->n - 1] = moved;
	set(from, v, from->n + 1);
	for (unsigned int e = 0; e < 2; e++) {
		struct k2_block *b = &h->g->f->blocks[h->way[e]];

		for (uint32_t k = h->at[e]; k + 1 < b->n; k++)
			rest[e][k] = rest[e][k + 1];
		set(b, rest[e], b->n - 1);
	}
	return true;
}

/* From the end of the function, so that what was moved once may be moved again. */
static void reshape(const struct k2_graph *g)
{
	const struct k2_func *f = g->f;

	for (uint32_t k = f->n_order; k-- > 0;) {
		struct hoist h = { .g = g, .from = f->order[k] };
		const struct k2_block *b = &f->blocks[h.from];

		if (b->n_succ != 2 || k2_isa_kind(&b->insns[b->n - 1]) != K2_KIND_JUMP || (b->insns[b->n - 1].flags & K2_F_OPAQUE))
			continue;
		h.way[0] = only_way(f, h.from, 0);
		h.way[1] = only_way(f, h.from, 1);
		if (h.way[0] == K2_NO_BLOCK || h.way[1] == K2_NO_BLOCK)
			continue;
		while (find(&h) && move(&h))
			;
	}
}

const struct k2_proposer k2_propose_hoist = {
	.name = "hoist",
	.about = "both ways begin with it",
	.level = 1,
	.reshape = reshape,
};

// SPDX-License-Identifier: BSD-2-Clause
/* placement: code that is only jumped to goes right behind a goto (or a conditional jump and a goto) that leads there, which then is not
   needed. */
#include "propose.h"

struct placement {
	const struct k2_graph *g;
	uint32_t *next;
	uint8_t *entered; /* by block: what stands before it falls into it */
};

static bool ends_in_goto(const struct k2_block *b)
{
	return b->n && k2_is_goto(&b->insns[b->n - 1]);
}

static bool falls(const struct k2_block *b)
{
	return b->n_succ == 2 || (b->n_succ == 1 && !(b->n && k2_isa_is_terminator(&b->insns[b->n - 1])));
}

/* Would `to`, put behind b, come back to b? */
static bool leads_to(const struct placement *p, uint32_t to, uint32_t b)
{
	for (uint32_t hops = 0; to != K2_NO_BLOCK && hops <= p->g->f->n_blocks; hops++) {
		if (to == b)
			return true;
		to = falls(&p->g->f->blocks[to]) || p->next[to] != to + 1 ? p->next[to] : K2_NO_BLOCK;
	}
	return to != K2_NO_BLOCK;
}

static bool put(struct placement *p, uint32_t b, uint32_t to, uint32_t at_block)
{
	const struct k2_block *blk = &p->g->f->blocks[at_block];

	if (!to || p->entered[to] || leads_to(p, to, b) || !p->g->may(p->g, at_block, blk->n - 1, 1))
		return false;
	p->next[b] = to;
	p->entered[to] = 1;
	return true;
}

/* Behind b, which falls into nothing or into a block that is just a goto. */
static bool look_at(struct placement *p, uint32_t b)
{
	const struct k2_func *f = p->g->f;
	const struct k2_block *blk = &f->blocks[b], *jump;
	struct k2_insn i;

	if (blk->rpo == K2_NO_BLOCK || !blk->n)
		return false;
	if (ends_in_goto(blk))
		return blk->n > 1 && put(p, b, blk->succ[0], b);
	if (blk->n_succ != 2)
		return false;
	jump = &f->blocks[blk->succ[0]];
	i = blk->insns[blk->n - 1];
	if (jump->n != 1 || !ends_in_goto(jump) || jump->n_preds != 1)
		return false;
	return put(p, b, jump->succ[0], blk->succ[0]) ||
	       (k2_is_plain(&i) && k2_isa_opposite(&i) && k2_isa_allowed(&i, f->desc) && put(p, b, blk->succ[1], blk->succ[0]));
}

static void reshape(const struct k2_graph *g)
{
	struct placement p = { .g = g };
	struct k2_func *f = g->f;
	bool changed = false;

	p.next = k2_arena_calloc(g->arena, f->n_blocks, sizeof(*p.next));
	p.entered = k2_arena_calloc(g->arena, f->n_blocks, 1);
	if (!p.next || !p.entered || !k2_func_may_lay_out(f))
		return;
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		p.next[b] = b + 1 < f->n_blocks ? b + 1 : K2_NO_BLOCK;
		if (b + 1 < f->n_blocks && falls(&f->blocks[b]))
			p.entered[b + 1] = 1;
	}
	for (uint32_t b = 0; b < f->n_blocks; b++)
		changed |= look_at(&p, b);
	if (changed)
		k2_func_lay_out(f, p.next);
}

const struct k2_proposer k2_propose_placement = {
	.name = "placement",
	.about = "what is jumped to goes where the jump was",
	.level = 3, /* one goto less can move the verifier's checkpoints: selftests' strobemeta_nounroll2 walked 20 % more */
	.reshape = reshape,
};

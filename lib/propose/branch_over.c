// SPDX-License-Identifier: BSD-2-Clause
/* branch-over: `if c goto L; goto M; L:` is `if not c goto M; L:`. clang's BPF target does not turn branches round. */
#include "propose.h"

static bool is_goto(const struct k2_block *b)
{
	return b->n == 1 && k2_isa_kind(&b->insns[0]) == K2_KIND_GOTO && k2_is_plain(&b->insns[0]);
}

/* The next block with code in it. */
static uint32_t behind(const struct k2_func *f, uint32_t b)
{
	do
		b++;
	while (b < f->n_blocks && !f->blocks[b].n);
	return b;
}

static bool turn_round(const struct k2_graph *g, uint32_t b)
{
	struct k2_block *from = &g->f->blocks[b];
	uint32_t over = behind(g->f, b);
	struct k2_block *jump = over < g->f->n_blocks ? &g->f->blocks[over] : NULL;
	struct k2_insn *v, i;

	if (from->n_succ != 2 || !jump || !is_goto(jump) || behind(g->f, from->succ[1] - 1) != behind(g->f, over))
		return false;
	i = from->insns[from->n - 1];
	if (k2_isa_kind(&i) != K2_KIND_JUMP || !k2_is_plain(&i) || !k2_isa_opposite(&i) || !k2_isa_allowed(&i, g->f->desc) ||
	    jump->n_preds != 1 || !g->may(g, b, 1))
		return false;
	v = k2_arena_dup(g->arena, from->insns, from->n, sizeof(*v));
	if (!v)
		return false;
	i.origin = -1;
	i.target = jump->succ[0];
	v[from->n - 1] = i;
	from->insns = v;
	from->cap = from->n;
	from->succ[1] = jump->succ[0];
	jump->n = 0;
	jump->succ[0] = over + 1;
	return true;
}

static void reshape(const struct k2_graph *g)
{
	for (uint32_t b = 0; b < g->f->n_blocks; b++) {
		if (g->f->blocks[b].n && g->f->blocks[b].rpo != K2_NO_BLOCK)
			turn_round(g, b);
	}
}

const struct k2_proposer k2_propose_branch_over = {
	.name = "branch-over",
	.about = "a branch over a goto is the opposite branch",
	.level = 1,
	.reshape = reshape,
};

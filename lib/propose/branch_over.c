// SPDX-License-Identifier: BSD-2-Clause
/* branch-over: `if c goto L; goto M; L:` is `if not c goto M; L:`. clang's BPF target does not turn branches round. */
#include "propose.h"

enum { COMMON = 24 }; /* instructions */

static bool is_goto(const struct k2_block *b)
{
	return b->n == 1 && k2_is_goto(&b->insns[0]);
}

/* The next block with code in it. */
static uint32_t behind(const struct k2_func *f, uint32_t b)
{
	do
		b++;
	while (b < f->n_blocks && !f->blocks[b].n);
	return b;
}

static bool mark_reached(const struct k2_graph *g, uint32_t from, uint8_t bit, uint8_t *reached)
{
	uint32_t *todo = k2_arena_calloc(g->arena, g->f->n_blocks, sizeof(*todo)), n = 0;

	if (!todo)
		return false;
	todo[n++] = from;
	reached[from] |= bit;
	while (n) {
		const struct k2_block *b = &g->f->blocks[todo[--n]];

		for (unsigned int e = 0; e < b->n_succ; e++) {
			if (reached[b->succ[e]] & bit)
				continue;
			reached[b->succ[e]] |= bit;
			todo[n++] = b->succ[e];
		}
	}
	return true;
}

/* The two ways have little in common behind the branch. The verifier walks what is fallen into before what is jumped to; where both
   lead to the same code, the order decides whose states the other one meets there (selftests' bpf_flow: 213 to 387 processed
   instructions). */
static bool part_for_good(const struct k2_graph *g, uint32_t a, uint32_t b)
{
	struct k2_arena_mark mark = k2_arena_mark(g->arena);
	uint8_t *reached = k2_arena_calloc(g->arena, g->f->n_blocks, 1);
	bool good = reached && mark_reached(g, a, 1, reached) && mark_reached(g, b, 2, reached);
	uint32_t common = 0;

	for (uint32_t k = 0; good && k < g->f->n_blocks; k++)
		common += reached[k] == 3 ? g->f->blocks[k].n : 0;
	k2_arena_release(g->arena, mark);
	return good && common <= COMMON;
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
	if (!part_for_good(g, jump->succ[0], from->succ[1]))
		return false;
	if (k2_isa_kind(&i) != K2_KIND_JUMP || !k2_is_plain(&i) || !k2_isa_opposite(&i) || !k2_isa_allowed(&i, g->f->desc) ||
	    jump->n_preds != 1 || !g->may(g, b, from->n - 1, 1))
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

// SPDX-License-Identifier: BSD-2-Clause
/* early-arm: `if c goto A; ...; A: w1 = 3; goto T` is `w1 = 3; if c goto T` where the other way has no use for w1: what switches become that give
   a number. Allocation finds a register for it that is free in front of the branch. */
#include "path.h"
#include "revise.h"
#include <string.h>

enum { TRIES = 16 };

/* A block of one cheap instruction that one conditional jump goes to. */
struct arm {
	uint32_t block, from, to;
};

struct arms {
	const struct k2_graph *g;
	struct k2_revision r;
	struct k2_vsets out;
	struct arm *v;
	uint32_t n, cap;
};

static bool cheap(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_ALU && K2_OP(i->code) == K2_MOV && !i->off && k2_is_plain(i);
}

static bool find_arm(const struct k2_func *f, uint32_t b, struct arm *a)
{
	const struct k2_block *blk = &f->blocks[b], *from;

	if (blk->n_succ != 1 || blk->n_preds != 1 || blk->n < 1 || blk->n > 2 || !cheap(&blk->insns[0]) ||
	    (blk->n == 2 && !k2_is_goto(&blk->insns[1])))
		return false;
	*a = (struct arm){ b, blk->preds[0], k2_path_pass_empty(f, blk->succ[0]) };
	from = &f->blocks[a->from];
	return from->rpo != K2_NO_BLOCK && from->n_succ == 2 && k2_isa_kind(&from->insns[from->n - 1]) == K2_KIND_JUMP &&
	       k2_is_plain(&from->insns[from->n - 1]) && from->succ[1] == b && from->succ[0] != b && a->to != b;
}

/* Is the arm's register of no use on the other way, and to the branch? */
static bool other_way_is_free(const struct arms *s, const struct arm *a)
{
	const struct k2_vblock *from = &s->r.v->blocks[a->from];
	const struct k2_vinsn *branch = &from->v[from->n - 1];
	uint32_t to = s->r.v->blocks[a->block].v[0].written, other = s->g->f->blocks[a->from].succ[0];
	uint64_t *live = k2_arena_dup(s->g->arena, k2_vset(&s->out, other), s->out.words, sizeof(*live));

	for (uint32_t k = s->r.v->blocks[other].n; live && k-- > 0;)
		k2_vcode_step_back(&s->r.v->blocks[other].v[k], live);
	return live && to != K2_NO_VREG && branch->read != to && branch->source != to && !k2_vset_has(live, to);
}

static void find_arms(struct arms *s)
{
	const struct k2_func *f = s->g->f;
	struct arm a;

	for (uint32_t k = 0; k < f->n_order; k++) {
		if (find_arm(f, f->order[k], &a) && other_way_is_free(s, &a))
			K2_VEC_PUSH(s->g->arena, s->v, s->n, s->cap, a);
	}
}

static bool any_arm(const struct k2_func *f)
{
	struct arm a;

	for (uint32_t k = 0; k < f->n_order; k++) {
		if (find_arm(f, f->order[k], &a))
			return true;
	}
	return false;
}

/* The arm's instruction in front of the branch, in the draft. */
static bool move(struct k2_vcode *draft, const struct arm *a)
{
	struct k2_vblock *from = &draft->blocks[a->from];
	struct k2_vinsn *to = k2_arena_calloc(draft->arena, from->n + 1, sizeof(*to));

	if (!to)
		return false;
	memcpy(to, from->v, (from->n - 1) * sizeof(*to));
	to[from->n - 1] = draft->blocks[a->block].v[0];
	to[from->n] = from->v[from->n - 1];
	*from = (struct k2_vblock){ to, from->n + 1 };
	draft->blocks[a->block].n = 0;
	return true;
}

/* Those arms that go to `target` (K2_NO_BLOCK: all of them) moved in a copy of the function; NULL: it cannot be, or saves nothing. */
static struct k2_func *moved(struct arms *s, uint32_t target)
{
	struct k2_graph copy = { .f = k2_func_copy(s->g->arena, s->g->f), .arena = s->g->arena };
	struct k2_vcode *draft = k2_revision_draft(&s->r);
	struct k2_allocation with;
	uint32_t *next = k2_arena_calloc(s->g->arena, s->g->f->n_blocks, sizeof(*next)), n = 0;

	if (!copy.f || !draft || !next)
		return NULL;
	memset(next, 0xff, s->g->f->n_blocks * sizeof(*next));
	for (uint32_t k = 0; k < s->n; k++) {
		if (target != K2_NO_BLOCK && s->v[k].to != target)
			continue;
		if (!move(draft, &s->v[k]))
			return NULL;
		copy.f->blocks[s->v[k].from].succ[1] = s->v[k].to;
		n++;
	}
	if (!n || !k2_allocate(s->g->arena, draft, NULL, &with) || !k2_allocation_write(&copy, draft, &with) || k2_func_relink(copy.f) ||
	    k2_func_lay_out(copy.f, next))
		return NULL;
	return k2_func_slots(copy.f) < k2_func_slots(s->g->f) ? copy.f : NULL;
}

/* Moves all arms, or all of one place to go to. */
static bool take(struct arms *s)
{
	uint32_t tried = K2_NO_BLOCK;
	struct k2_func *f = moved(s, K2_NO_BLOCK);
	uint32_t about = 0;

	for (uint32_t k = 0; k < s->n && !f; k++) {
		about = k;
		f = s->v[k].to == tried ? NULL : moved(s, s->v[k].to);
		tried = s->v[k].to;
	}
	if (!f || !s->g->may(s->g, s->v[about].block, 0, (int)k2_func_slots(s->g->f) - (int)k2_func_slots(f)))
		return false;
	*s->g->f = *f;
	return true;
}

static void reshape(const struct k2_graph *g)
{
	bool again = k2_func_may_lay_out(g->f);

	for (unsigned int k = 0; k < TRIES && again && any_arm(g->f); k++) {
		struct arms s = { .g = g };

		again = false;
		if (!k2_revision_begin(&s.r, g))
			return;
		if (k2_vcode_live_out(g->arena, s.r.v, &s.out))
			find_arms(&s);
		again = s.n && take(&s);
		k2_revision_end(&s.r);
	}
}

const struct k2_proposer k2_propose_early_arm = {
	.name = "early-arm",
	.about = "what a branch's target only sets is set in front of the branch",
	.level = 2,
	.reshape = reshape,
};

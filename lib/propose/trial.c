// SPDX-License-Identifier: BSD-2-Clause
#include "path.h"
#include "trial.h"
#include <string.h>

bool k2_trial_begin(struct k2_trial *t, const struct k2_graph *g)
{
	*t = (struct k2_trial){ .g = g, .n_blocks = g->f->n_blocks, .mark = k2_arena_mark(g->f->arena) };
	if (!k2_func_may_lay_out(g->f))
		return false;
	t->f = k2_func_copy(g->f->arena, g->f);
	t->loose = k2_arena_calloc(g->f->arena, t->n_blocks, 1);
	return t->f && t->loose;
}

uint32_t k2_trial_copy_block(struct k2_trial *t, uint32_t b, uint32_t n, uint32_t to)
{
	struct k2_block *all = k2_arena_calloc(t->f->arena, t->f->n_blocks + 1u, sizeof(*all)), *made;

	if (!all)
		return K2_NO_BLOCK;
	memcpy(all, t->f->blocks, t->f->n_blocks * sizeof(*all));
	t->f->blocks = all;
	made = &all[t->f->n_blocks];
	*made = (struct k2_block){ .n = n, .n_succ = 1, .succ = { to }, .was = K2_NO_BLOCK };
	made->insns = k2_arena_dup(t->f->arena, all[b].insns, n, sizeof(*made->insns));
	if (n && !made->insns)
		return K2_NO_BLOCK;
	for (uint32_t k = 0; k < n; k++)
		made->insns[k].origin = -1; /* the other one is the caller's */
	made->cap = n;
	return t->f->n_blocks++;
}

/* A goto at the end is not needed any more, laying out makes it where one is. */
void k2_trial_lead(struct k2_trial *t, uint32_t b, unsigned int edge, uint32_t to)
{
	struct k2_block *blk = &t->f->blocks[b];

	if (blk->n && k2_is_goto(&blk->insns[blk->n - 1]))
		blk->n--;
	blk->succ[edge] = to;
	if (b < t->n_blocks)
		t->loose[b] = 1;
}

struct k2_insn *k2_trial_edit(struct k2_trial *t, uint32_t b, uint32_t more)
{
	struct k2_block *blk = &t->f->blocks[b];
	struct k2_insn *v = k2_arena_calloc(t->f->arena, blk->n + more + 1u, sizeof(*v));

	if (!v)
		return NULL;
	if (blk->n)
		memcpy(v, blk->insns, blk->n * sizeof(*v));
	blk->insns = v;
	blk->cap = blk->n + more;
	return v;
}

/* ---- what is not needed any more ---- */

static void drop_branches(struct k2_trial *t)
{
	for (uint32_t b = 0; b < t->f->n_blocks; b++) {
		struct k2_block *blk = &t->f->blocks[b];
		struct k2_insn *last = blk->n ? &blk->insns[blk->n - 1] : NULL;

		if (blk->n_succ != 2 || !last || k2_isa_kind(last) != K2_KIND_JUMP || !k2_is_plain(last) ||
		    k2_path_pass_empty(t->f, blk->succ[0]) != k2_path_pass_empty(t->f, blk->succ[1]))
			continue;
		blk->n--;
		blk->n_succ = 1;
		if (b < t->n_blocks)
			t->loose[b] = 1;
	}
}

static void no_effect(void *user, uint32_t block, uint32_t index, struct k2_stack_effect *e)
{
	(void)user;
	(void)block;
	(void)index;
	(void)e;
}

bool k2_trial_regs_live(struct k2_arena *a, const struct k2_func *f, struct k2_liveness *out)
{
	return !k2_liveness(a, f, no_effect, NULL, out);
}

static bool is_dead(const struct k2_insn *i, const struct k2_live *behind)
{
	enum k2_kind kind = k2_isa_kind(i);

	return (kind == K2_KIND_ALU || kind == K2_KIND_LD_IMM64 || kind == K2_KIND_LOAD) && k2_is_plain(i) && !k2_live_reg(behind, i->dst);
}

static bool any_dead(const struct k2_func *f, const struct k2_block *blk, struct k2_live live)
{
	for (uint32_t k = blk->n; k-- > 0;) {
		if (is_dead(&blk->insns[k], &live))
			return true;
		k2_live_step_regs(f, &blk->insns[k], &live);
	}
	return false;
}

static bool drop_dead_of(struct k2_trial *t, uint32_t b, struct k2_live live)
{
	struct k2_block *blk = &t->f->blocks[b];
	uint32_t at = blk->n;
	struct k2_insn *v;

	if (!any_dead(t->f, blk, live))
		return true;
	v = k2_arena_alloc(t->f->arena, (blk->n + 1u) * sizeof(*v));
	if (!v)
		return false;
	for (uint32_t k = blk->n; k-- > 0;) {
		if (is_dead(&blk->insns[k], &live))
			continue;
		k2_live_step_regs(t->f, &blk->insns[k], &live);
		v[--at] = blk->insns[k];
	}
	if (at) {
		blk->insns = v + at;
		blk->n -= at;
		blk->cap = blk->n;
	}
	return true;
}

static bool drop_dead(struct k2_trial *t)
{
	struct k2_arena *a = k2_arena_like(t->f->arena);
	struct k2_liveness live;
	bool ok = a && k2_trial_regs_live(a, t->f, &live);

	for (uint32_t b = 0; ok && b < t->f->n_blocks; b++) {
		if (t->f->blocks[b].rpo != K2_NO_BLOCK)
			ok = drop_dead_of(t, b, live.out[b]);
	}
	k2_arena_free(a);
	return ok;
}

/* ---- what follows what ---- */

static bool falls(const struct k2_block *b)
{
	return b->n_succ == 2 || (b->n_succ == 1 && !(b->n && k2_isa_is_terminator(&b->insns[b->n - 1])));
}

static bool leads_to(const uint32_t *next, uint32_t from, uint32_t to)
{
	while (from != to && from != K2_NO_BLOCK)
		from = next[from];
	return from == to;
}

/* Blocks fall where they fell; those that do not any more, and new ones, get what they go on to if nobody else falls there. */
static uint32_t *choose_next(const struct k2_trial *t)
{
	const struct k2_func *f = t->f;
	uint32_t *next = k2_arena_calloc(f->arena, f->n_blocks, sizeof(*next));
	uint8_t *entered = k2_arena_calloc(f->arena, f->n_blocks, 1);

	if (!next || !entered)
		return NULL;
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		const struct k2_block *blk = &f->blocks[b];
		bool stays = b + 1 < t->n_blocks && blk->rpo != K2_NO_BLOCK && falls(blk) && blk->succ[0] == b + 1;

		next[b] = stays ? b + 1 : K2_NO_BLOCK;
		if (stays)
			entered[b + 1] = 1;
	}
	for (uint32_t k = 0; k < f->n_order; k++) {
		uint32_t b = f->order[k], to = f->blocks[b].n_succ ? f->blocks[b].succ[0] : K2_NO_BLOCK;

		if (to == K2_NO_BLOCK || next[b] != K2_NO_BLOCK || (b < t->n_blocks && !t->loose[b]) || !to || entered[to] ||
		    leads_to(next, to, b))
			continue;
		next[b] = to;
		entered[to] = 1;
	}
	return next;
}

bool k2_trial_end(struct k2_trial *t, int *saved)
{
	uint32_t *next;

	drop_branches(t);
	if (k2_func_relink(t->f) || !drop_dead(t))
		return false;
	next = choose_next(t);
	if (!next || k2_func_lay_out(t->f, next))
		return false;
	*saved = (int)k2_func_slots(t->g->f) - (int)k2_func_slots(t->f);
	return true;
}

void k2_trial_drop(struct k2_trial *t)
{
	k2_arena_release(t->g->f->arena, t->mark);
}

void k2_trial_take(struct k2_trial *t)
{
	*t->g->f = *t->f;
}

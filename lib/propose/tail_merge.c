// SPDX-License-Identifier: BSD-2-Clause
/* tail-merge: two blocks that end alike and go on to the same places share the end: one of them keeps it, the other one goes there. */
#include "path.h"
#include "propose.h"
#include <string.h>

enum { SAVED_MIN = 2 /* slots: a goto more is walked, too */, MERGES = 64, LIKE_MAX = 32 /* blocks with the same last instruction */ };

struct merge {
	const struct k2_graph *g;
	uint32_t *next;
	uint8_t *refused; /* by block: somebody said no */
};

/* Two that end alike: `keeps` has it from `at` on, `goes` from `from` on will go there. */
struct pair {
	uint32_t keeps, at, goes, from;
	int saved;
};

/* Without the goto at the end. */
static uint32_t body(const struct k2_block *b)
{
	return b->n && k2_is_goto(&b->insns[b->n - 1]) ? b->n - 1 : b->n;
}

static bool go_on_alike(const struct k2_func *f, const struct k2_block *a, const struct k2_block *b)
{
	if (a->n_succ != b->n_succ)
		return false;
	for (unsigned int e = 0; e < a->n_succ; e++) {
		if (k2_path_pass_empty(f, a->succ[e]) != k2_path_pass_empty(f, b->succ[e]))
			return false;
	}
	return true;
}

/* What may not be there twice may not become one either. */
static bool alike(const struct k2_insn *a, const struct k2_insn *b)
{
	struct k2_insn x = *a;

	if (a->flags & (K2_F_OPAQUE | K2_F_FROZEN))
		return false;
	if (k2_isa_kind(a) == K2_KIND_JUMP) { /* its target has been looked at */
		x.target = b->target;
		x.off = b->off;
	}
	return k2_same_insn(&x, b);
}

static bool is_fallen_into(const struct k2_func *f, uint32_t b)
{
	for (uint32_t k = 0; k < f->blocks[b].n_preds; k++) {
		const struct k2_block *from = &f->blocks[f->blocks[b].preds[k]];

		if (from->succ[0] == b && body(from) == from->n)
			return true;
	}
	return !b;
}

static struct pair look_at(const struct merge *m, uint32_t keeps, uint32_t goes)
{
	const struct k2_block *a = &m->g->f->blocks[keeps], *b = &m->g->f->blocks[goes];
	struct pair p = { keeps, body(a), goes, body(b), 0 };
	int slots = 0;

	if (!go_on_alike(m->g->f, a, b))
		return p;
	while (p.at && p.from && alike(&a->insns[p.at - 1], &b->insns[p.from - 1])) {
		p.at--;
		p.from--;
		slots += (int)k2_isa_slots(&b->insns[p.from]);
	}
	/* A goto to the common end is needed where something is left of the block, or where what stands before it does not jump. */
	p.saved = slots + (b->n != body(b)) - (p.from || is_fallen_into(m->g->f, goes));
	return p;
}

static bool candidate(const struct merge *m, uint32_t b)
{
	const struct k2_block *blk = &m->g->f->blocks[b];

	return !m->refused[b] && blk->rpo != K2_NO_BLOCK && body(blk);
}

static struct pair best_pair(const struct merge *m)
{
	const struct k2_func *f = m->g->f;
	struct pair best = { .saved = 0 };

	for (uint32_t x = 0; x < f->n_blocks; x++) {
		uint32_t left = LIKE_MAX;

		for (uint32_t y = x + 1; candidate(m, x) && y < f->n_blocks && left; y++) {
			const struct k2_block *a = &f->blocks[x], *b = &f->blocks[y];
			struct pair p;

			if (!candidate(m, y) || a->n_succ != b->n_succ || !alike(&a->insns[body(a) - 1], &b->insns[body(b) - 1]))
				continue;
			left--;
			p = look_at(m, y, x);
			best = p.saved > best.saved ? p : best;
			p = look_at(m, x, y);
			best = p.saved > best.saved ? p : best;
		}
	}
	return best;
}

/* Layout as it is. */
static bool keep_layout(struct merge *m)
{
	const struct k2_func *f = m->g->f;

	m->next = k2_arena_calloc(m->g->arena, f->n_blocks + 1u, sizeof(*m->next));
	m->refused = k2_arena_calloc(m->g->arena, f->n_blocks + 1u, 1);
	for (uint32_t b = 0; m->next && b <= f->n_blocks; b++)
		m->next[b] = b + 1 < f->n_blocks ? b + 1 : K2_NO_BLOCK;
	return m->next && m->refused;
}

static bool merge(struct merge *m, const struct pair *p)
{
	struct k2_func *f = m->g->f;
	uint32_t tail = p->keeps;
	struct k2_block *goes;

	if (p->at) {
		tail = k2_func_split(f, p->keeps, p->at);
		if (tail == K2_NO_BLOCK)
			return false;
		m->next[tail] = m->next[p->keeps];
		m->next[p->keeps] = tail;
	}
	goes = &f->blocks[p->goes];
	goes->n = p->from;
	goes->cap = 0;
	goes->n_succ = 1;
	goes->succ[0] = tail;
	return k2_func_lay_out(f, m->next) == K2_OK;
}

static void reshape(const struct k2_graph *g)
{
	for (unsigned int k = 0; k < MERGES && k2_func_may_lay_out(g->f); k++) {
		struct merge m = { .g = g };
		struct pair p;

		if (!keep_layout(&m))
			return;
		do {
			p = best_pair(&m);
			if (p.saved < SAVED_MIN)
				return;
			m.refused[p.goes] = 1;
		} while (!g->may(g, p.goes, p.from, p.saved));
		if (!merge(&m, &p))
			return;
	}
}

const struct k2_proposer k2_propose_tail_merge = {
	.name = "tail-merge",
	.about = "blocks that end alike share the end",
	.level = 1,
	.reshape = reshape,
};

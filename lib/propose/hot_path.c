// SPDX-License-Identifier: BSD-2-Clause
/* hot-path: of the ways out of a block, the one that runs most falls through. Chains of blocks grow along the edges that run most, as Pettis
   and Hansen laid procedures out ("Profile guided code positioning"). Asked only where a profile says what runs, or where latency is what
   counts. What is cold and goes out of line needs a goto to come back: that slot is paid only where latency is the objective. */
#include "frequency.h"
#include "path.h"
#include "propose.h"
#include <stdlib.h>

enum { GROWTH = 16 /* one part in so many */ };

struct edge {
	uint64_t runs;
	uint32_t from, to;
	uint8_t rank; /* among edges that run alike: the smaller first */
};

/* Edges that run alike: those that are as they should be already first, or those that close loops, so that the test of a loop comes to
   stand at its end. */
enum order { AS_IT_IS, LOOPS_CLOSED, ORDERS };

struct chains {
	const struct k2_func *f;
	struct k2_arena *arena;
	struct edge *edges;
	uint32_t n;
	uint32_t *next;  /* by block */
	uint32_t *other; /* by first or last block of a chain: its other end */
	uint8_t *entered;
};

static bool is_empty(const struct k2_block *b)
{
	return b->n_succ == 1 && (!b->n || (b->n == 1 && k2_is_goto(&b->insns[0])));
}

/* Can `b` be made to fall into its edge e? */
static bool may_fall(const struct k2_func *f, const struct k2_block *b, unsigned int e)
{
	struct k2_insn i;

	if (!b->n)
		return true;
	i = b->insns[b->n - 1];
	if (b->n_succ == 1)
		return !k2_isa_is_terminator(&i) || k2_is_goto(&i);
	return !e || (k2_is_plain(&i) && k2_isa_opposite(&i) && k2_isa_allowed(&i, f->desc));
}

static uint8_t rank(const struct k2_func *f, uint32_t from, uint32_t to, unsigned int e, enum order order)
{
	if (order == LOOPS_CLOSED && f->blocks[to].loop_head && f->blocks[to].rpo <= f->blocks[from].rpo)
		return 0;
	return e ? 3 : to == from + 1 ? 1 : 2;
}

static void add_edges(struct chains *c, const uint64_t *freq, uint32_t b, enum order order)
{
	const struct k2_block *blk = &c->f->blocks[b];

	for (unsigned int e = 0; e < blk->n_succ; e++) {
		uint32_t to = k2_path_pass_empty(c->f, blk->succ[e]);

		if (!to || to == b || !may_fall(c->f, blk, e))
			continue;
		c->edges[c->n++] = (struct edge){ freq[b] * k2_edge_share(c->f, b, e) / K2_FREQUENCY_ONE, b, to,
						  rank(c->f, b, to, e, order) };
	}
}

static int compare(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	if (a->runs != b->runs)
		return a->runs > b->runs ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

static void join(struct chains *c, const struct edge *e)
{
	uint32_t first = c->other[e->from], last = c->other[e->to];

	if (c->next[e->from] != K2_NO_BLOCK || c->entered[e->to] || first == e->to)
		return;
	c->next[e->from] = e->to;
	c->entered[e->to] = 1;
	c->other[first] = last;
	c->other[last] = first;
}

static bool make_chains(struct chains *c, enum order order)
{
	const struct k2_func *f = c->f;
	uint64_t *freq = k2_frequencies(c->arena, f);

	c->n = 0;
	c->edges = k2_arena_calloc(c->arena, 2u * (size_t)f->n_blocks, sizeof(*c->edges));
	c->next = k2_arena_calloc(c->arena, f->n_blocks, sizeof(*c->next));
	c->other = k2_arena_calloc(c->arena, f->n_blocks, sizeof(*c->other));
	c->entered = k2_arena_calloc(c->arena, f->n_blocks, 1);
	if (!freq || !c->edges || !c->next || !c->other || !c->entered)
		return false;
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		c->next[b] = K2_NO_BLOCK;
		c->other[b] = b;
		if (f->blocks[b].rpo != K2_NO_BLOCK && !is_empty(&f->blocks[b]))
			add_edges(c, freq, b, order);
	}
	qsort(c->edges, c->n, sizeof(*c->edges), compare);
	for (uint32_t k = 0; k < c->n; k++)
		join(c, &c->edges[k]);
	return true;
}

/* The function laid out along its chains; NULL: out of memory. */
static struct k2_func *lay_out(const struct k2_graph *g, enum order order)
{
	struct k2_func *copy = k2_func_copy(g->arena, g->f);
	struct chains c = { .f = copy, .arena = g->arena };

	return copy && make_chains(&c, order) && !k2_func_lay_out(copy, c.next) ? copy : NULL;
}

/* The first branch or goto, to say where it was. */
static bool first_jump(const struct k2_func *f, uint32_t *block)
{
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		const struct k2_block *blk = &f->blocks[b];

		if (blk->rpo != K2_NO_BLOCK && blk->n && blk->n_succ && k2_isa_is_terminator(&blk->insns[blk->n - 1])) {
			*block = b;
			return true;
		}
	}
	return false;
}

static void reshape(const struct k2_graph *g)
{
	uint32_t slots = k2_func_slots(g->f), most = slots, at;
	uint64_t least;
	struct k2_func *best = NULL;

	if ((g->objective != K2_OBJ_LATENCY && !k2_has_profile(g->f)) || !k2_func_may_lay_out(g->f) || !first_jump(g->f, &at))
		return;
	most += g->objective == K2_OBJ_LATENCY ? slots / GROWTH + 1 : 0;
	least = k2_func_latency(g->arena, g->f);
	for (unsigned int order = 0; order < ORDERS; order++) {
		struct k2_func *made = lay_out(g, (enum order)order);
		uint64_t latency = made ? k2_func_latency(g->arena, made) : UINT64_MAX;

		if (latency < least && k2_func_slots(made) <= most) {
			least = latency;
			best = made;
		}
	}
	if (best && g->may(g, at, g->f->blocks[at].n - 1, (int)slots - (int)k2_func_slots(best)))
		*g->f = *best;
}

const struct k2_proposer k2_propose_hot_path = {
	.name = "hot-path",
	.about = "what runs most falls through",
	.level = 1,
	.reshape = reshape,
};

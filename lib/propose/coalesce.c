// SPDX-License-Identifier: BSD-2-Clause
/* coalesce: a copy goes where its two registers can be one over the whole function, if all others still find one (Chaitin's graph,
   Briggs's and George's tests, and colouring by trial where those say nothing). */
#include "webs.h"
#include <string.h>

enum { TRIALS = 64, TRIAL_WEBS = 600 };

struct coalesce {
	const struct k2_graph *g;
	struct k2_arena *arena;
	struct k2_webs *w;
	struct k2_absint *ai;
	uint32_t *up;      /* webs that became one */
	uint8_t *colour;   /* what try_colours found, by web */
	uint32_t *order, *degree;
	uint8_t *gone;
	uint32_t trials;
	bool merged;
};

static uint32_t web(const struct coalesce *c, uint32_t k)
{
	while (c->up[k] != k)
		k = c->up[k];
	return k;
}

static uint64_t *row(const struct coalesce *c, uint32_t k)
{
	return c->w->apart + (size_t)k * c->w->words;
}

static bool has(const uint64_t *set, uint32_t k)
{
	return set[k / 64] >> (k % 64) & 1;
}

static uint32_t degree(const struct coalesce *c, uint32_t k)
{
	uint32_t n = 0;

	for (uint32_t j = 0; j < c->w->words; j++)
		n += (uint32_t)__builtin_popcountll(row(c, k)[j]);
	return n;
}

/* b becomes a; rows name only webs that are still there. */
static void merge(struct coalesce *c, uint32_t a, uint32_t b)
{
	for (uint32_t k = 0; k < c->w->n; k++) {
		if (!has(row(c, b), k))
			continue;
		row(c, k)[b / 64] &= ~(1ull << (b % 64));
		row(c, k)[a / 64] |= 1ull << (a % 64);
		row(c, a)[k / 64] |= 1ull << (k % 64);
	}
	c->up[b] = a;
}

/* ---- can all webs still have a register? ---- */

/* Few enough neighbours that count (Briggs), or all those of b are no trouble to a (George). */
static bool surely(const struct coalesce *c, uint32_t a, uint32_t b)
{
	uint32_t many = 0;
	bool george = true;

	for (uint32_t k = 0; k < c->w->n; k++) {
		bool counts = k < K2_WEB_REGS || ((has(row(c, a), k) || has(row(c, b), k)) && degree(c, k) >= K2_WEB_REGS);

		if (has(row(c, b), k) && counts && !has(row(c, a), k))
			george = false;
		many += counts && (has(row(c, a), k) || has(row(c, b), k));
	}
	return george || (a >= K2_WEB_REGS && many < K2_WEB_REGS);
}

/* The web to take away next: one that surely finds a register, or the one with the fewest neighbours. */
static uint32_t simplest(const struct coalesce *c)
{
	uint32_t best = K2_NO_WEB;

	for (uint32_t k = K2_WEB_REGS; k < c->w->n; k++) {
		if (c->gone[k] || c->up[k] != k)
			continue;
		if (c->degree[k] < K2_WEB_REGS)
			return k;
		if (best == K2_NO_WEB || c->degree[k] < c->degree[best])
			best = k;
	}
	return best;
}

/* Its own register if that is free, else the first one that is. */
static bool pick(struct coalesce *c, uint32_t k)
{
	uint16_t taken = 0;

	for (uint32_t j = 0; j < c->w->n; j++) {
		if (has(row(c, k), j) && !c->gone[j])
			taken |= (uint16_t)(1u << c->colour[j]);
	}
	c->colour[k] = c->w->reg[k];
	for (uint8_t r = 0; (taken >> c->colour[k] & 1) && r < K2_WEB_REGS; r++)
		c->colour[k] = r;
	c->gone[k] = 0;
	return !(taken >> c->colour[k] & 1);
}

static bool try_colours(struct coalesce *c)
{
	uint32_t n = 0, k;
	bool good = true;

	memset(c->gone, 0, c->w->n);
	for (k = 0; k < c->w->n; k++) {
		c->degree[k] = degree(c, k);
		c->colour[k] = (uint8_t)(k < K2_WEB_REGS ? k : K2_WEB_REGS);
	}
	while ((k = simplest(c)) != K2_NO_WEB) {
		c->gone[k] = 1;
		c->order[n++] = k;
		for (uint32_t j = 0; j < c->w->n; j++)
			c->degree[j] -= has(row(c, k), j) && !c->gone[j];
	}
	while (n && good)
		good = pick(c, c->order[--n]);
	return good;
}

/* Merges for a look, and takes it back. */
static bool trial(struct coalesce *c, uint32_t a, uint32_t b)
{
	size_t size = (size_t)c->w->n * c->w->words * sizeof(uint64_t);
	struct k2_arena_mark mark = k2_arena_mark(c->arena);
	uint64_t *saved;
	bool good;

	if (c->trials >= TRIALS || c->w->n > TRIAL_WEBS)
		return false;
	c->trials++;
	saved = k2_arena_alloc(c->arena, size);
	if (!saved)
		return false;
	memcpy(saved, c->w->apart, size);
	merge(c, a, b);
	good = try_colours(c);
	c->up[b] = b;
	memcpy(c->w->apart, saved, size);
	k2_arena_release(c->arena, mark);
	return good;
}

/* ---- copies ---- */

static void look_at_copy(struct coalesce *c, uint32_t b, uint32_t at)
{
	const struct k2_web_use *u = &c->w->use[b][at];
	uint32_t x, y;

	if (u->written == K2_NO_WEB || u->source == K2_NO_WEB)
		return;
	x = web(c, K2_MIN(u->written, u->source));
	y = web(c, K2_MAX(u->written, u->source));
	if (x > y) {
		uint32_t t = x;

		x = y;
		y = t;
	}
	if (x == y || y < K2_WEB_REGS || has(row(c, x), y))
		return;
	if ((surely(c, x, y) || trial(c, x, y)) && c->g->may(c->g, b, at, 1)) {
		merge(c, x, y);
		c->merged = true;
	}
}

static void look_at_block(struct coalesce *c, uint32_t b)
{
	const struct k2_block *blk = &c->w->f->blocks[b];
	struct k2_astate s = *k2_absint_entry(c->ai, b);

	for (uint32_t k = 0; s.reached && k < blk->n; k++) {
		if (k2_webs_is_copy(&blk->insns[k], &s))
			look_at_copy(c, b, k);
		k2_absint_step(c->ai, &blk->insns[k], &s);
	}
}

/* ---- the code ---- */

static uint8_t named(const struct coalesce *c, uint32_t k, uint8_t reg)
{
	return k == K2_NO_WEB ? reg : c->colour[web(c, k)];
}

static bool rewrite(const struct coalesce *c, uint32_t b)
{
	struct k2_block *blk = &c->g->f->blocks[b];
	struct k2_insn *v = k2_arena_dup(c->g->arena, blk->insns, blk->n, sizeof(*v));
	struct k2_astate s = *k2_absint_entry(c->ai, b);
	uint32_t n = 0;
	bool changed = false;

	if (!v)
		return false;
	for (uint32_t k = 0; k < blk->n; k++) {
		const struct k2_web_use *u = &c->w->use[b][k];
		bool copy = s.reached && k2_webs_is_copy(&blk->insns[k], &s);
		struct k2_insn i = blk->insns[k];

		if (s.reached)
			k2_absint_step(c->ai, &blk->insns[k], &s);
		i.dst = named(c, u->written != K2_NO_WEB ? u->written : u->read, i.dst);
		i.src = named(c, u->source, i.src);
		if (i.dst != blk->insns[k].dst || i.src != blk->insns[k].src) {
			i.origin = -1;
			changed = true;
		}
		if (copy && i.dst == i.src)
			changed = true;
		else
			v[n++] = i;
	}
	if (changed) {
		blk->insns = v;
		blk->cap = blk->n;
		blk->n = n;
	}
	return true;
}

static bool prepare(struct coalesce *c)
{
	uint32_t n;

	if (k2_absint_run(c->arena, c->g->f, &c->ai))
		return false;
	c->w = k2_webs_find(c->arena, c->g->f, c->ai);
	if (!c->w)
		return false;
	n = c->w->n;
	c->up = k2_arena_calloc(c->arena, n, sizeof(*c->up));
	c->colour = k2_arena_calloc(c->arena, n, 1);
	c->order = k2_arena_calloc(c->arena, n, sizeof(*c->order));
	c->degree = k2_arena_calloc(c->arena, n, sizeof(*c->degree));
	c->gone = k2_arena_calloc(c->arena, n, 1);
	for (uint32_t k = 0; c->up && k < n; k++)
		c->up[k] = k;
	return c->up && c->colour && c->order && c->degree && c->gone;
}

static void reshape(const struct k2_graph *g)
{
	struct coalesce c = { .g = g, .arena = g->arena };

	if (prepare(&c)) {
		for (uint32_t k = 0; k < g->f->n_order; k++)
			look_at_block(&c, g->f->order[k]);
		/* Nothing is written before all of it has a register. */
		if (c.merged && try_colours(&c)) {
			for (uint32_t b = 0; b < g->f->n_blocks; b++)
				rewrite(&c, b);
		}
	}
	k2_absint_free(c.ai);
}

const struct k2_proposer k2_propose_coalesce = {
	.name = "coalesce",
	.about = "two registers become one over the whole function",
	.level = 1,
	.reshape = reshape,
};

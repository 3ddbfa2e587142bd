// SPDX-License-Identifier: BSD-2-Clause
/* Chaitin's graph; copies go by Briggs's and George's tests, and by trial where those say nothing. */
#include "allocate.h"
#include <string.h>

enum { TRIALS = 64, TRIAL_VREGS = 600 };

struct alloc {
	struct k2_arena *arena;
	const struct k2_vcode *v;
	struct k2_vsets apart; /* alive together */
	uint32_t *up;          /* those that became one */
	uint8_t *colour;       /* what try_colours found */
	uint32_t *order, *degree;
	uint8_t *gone;
	uint32_t trials;
};

static uint32_t one_of(const struct alloc *c, uint32_t k)
{
	while (c->up[k] != k)
		k = c->up[k];
	return k;
}

static uint64_t *row(const struct alloc *c, uint32_t k)
{
	return k2_vset(&c->apart, k);
}

static uint32_t degree(const struct alloc *c, uint32_t k)
{
	uint32_t n = 0;

	for (uint32_t j = 0; j < c->apart.words; j++)
		n += (uint32_t)__builtin_popcountll(row(c, k)[j]);
	return n;
}

/* ---- what is alive together ---- */

static void set_apart(struct alloc *c, uint32_t a, uint32_t b)
{
	if (a == b)
		return;
	row(c, a)[b / 64] |= 1ull << (b % 64);
	row(c, b)[a / 64] |= 1ull << (a % 64);
}

/* What is written is apart from all that is read later on, but for a copy's source. */
static void apart_from_live(struct alloc *c, uint32_t d, const uint64_t *live, uint32_t source)
{
	for (uint32_t j = 0; j < c->apart.words; j++) {
		for (uint64_t left = live[j]; left; left &= left - 1) {
			uint32_t k = j * 64 + (uint32_t)__builtin_ctzll(left);

			if (k != source)
				set_apart(c, d, k);
		}
	}
}

static void apart_in_block(struct alloc *c, uint32_t b, uint64_t *live)
{
	const struct k2_vblock *blk = &c->v->blocks[b];

	for (uint32_t k = blk->n; k-- > 0;) {
		const struct k2_vinsn *i = &blk->v[k];

		for (uint16_t w = k2_vinsn_writes(i); w; w &= (uint16_t)(w - 1))
			apart_from_live(c, (uint32_t)__builtin_ctz(w), live, K2_NO_VREG);
		if (i->written != K2_NO_VREG)
			apart_from_live(c, i->written, live, i->copy ? i->source : K2_NO_VREG);
		k2_vcode_step_back(i, live);
	}
}

static bool find_apart(struct alloc *c)
{
	const struct k2_vcode *v = c->v;
	struct k2_vsets out;
	uint64_t *live;

	if (!k2_vcode_live_out(c->arena, v, &out))
		return false;
	c->apart.words = out.words;
	c->apart.bits = k2_arena_calloc(c->arena, (size_t)v->n * out.words, sizeof(*c->apart.bits));
	live = k2_arena_calloc(c->arena, out.words, sizeof(*live));
	if (!c->apart.bits || !live)
		return false;
	for (uint32_t a = 0; a < K2_VREG_FIXED; a++) {
		for (uint32_t b = 0; b < a; b++)
			set_apart(c, a, b);
	}
	for (uint32_t b = 0; b < v->f->n_blocks; b++) {
		memcpy(live, k2_vset(&out, b), out.words * sizeof(*live));
		apart_in_block(c, b, live);
	}
	return true;
}

/* ---- can all still have a register? ---- */

/* b becomes a; rows name only those that are still there. */
static void merge(struct alloc *c, uint32_t a, uint32_t b)
{
	for (uint32_t k = 0; k < c->v->n; k++) {
		if (!k2_vset_has(row(c, b), k))
			continue;
		row(c, k)[b / 64] &= ~(1ull << (b % 64));
		row(c, k)[a / 64] |= 1ull << (a % 64);
		row(c, a)[k / 64] |= 1ull << (k % 64);
	}
	c->up[b] = a;
}

/* Few enough neighbours that count (Briggs), or all those of b are no trouble to a (George). */
static bool surely(const struct alloc *c, uint32_t a, uint32_t b)
{
	uint32_t many = 0;
	bool george = true;

	for (uint32_t k = 0; k < c->v->n; k++) {
		bool of_a = k2_vset_has(row(c, a), k), of_b = k2_vset_has(row(c, b), k);
		bool counts = k < K2_VREG_FIXED || ((of_a || of_b) && degree(c, k) >= K2_VREG_FIXED);

		if (of_b && counts && !of_a)
			george = false;
		many += counts && (of_a || of_b);
	}
	return george || (a >= K2_VREG_FIXED && many < K2_VREG_FIXED);
}

/* The one to take away next: one that surely finds a register, or the one with the fewest neighbours. */
static uint32_t simplest(const struct alloc *c)
{
	uint32_t best = K2_NO_VREG;

	for (uint32_t k = K2_VREG_FIXED; k < c->v->n; k++) {
		if (c->gone[k] || c->up[k] != k)
			continue;
		if (c->degree[k] < K2_VREG_FIXED)
			return k;
		if (best == K2_NO_VREG || c->degree[k] < c->degree[best])
			best = k;
	}
	return best;
}

/* Its own register if that is free, else the first one that is. */
static bool pick(struct alloc *c, uint32_t k)
{
	uint16_t taken = 0;

	for (uint32_t j = 0; j < c->v->n; j++) {
		if (k2_vset_has(row(c, k), j) && !c->gone[j])
			taken |= (uint16_t)(1u << c->colour[j]);
	}
	c->colour[k] = c->v->reg[k];
	for (uint8_t r = 0; (taken >> c->colour[k] & 1) && r < K2_VREG_FIXED; r++)
		c->colour[k] = r;
	c->gone[k] = 0;
	return !(taken >> c->colour[k] & 1);
}

static bool try_colours(struct alloc *c)
{
	uint32_t n = 0, k;
	bool good = true;

	memset(c->gone, 0, c->v->n);
	for (k = 0; k < c->v->n; k++) {
		c->degree[k] = degree(c, k);
		c->colour[k] = (uint8_t)(k < K2_VREG_FIXED ? k : K2_VREG_FIXED);
	}
	while ((k = simplest(c)) != K2_NO_VREG) {
		c->gone[k] = 1;
		c->order[n++] = k;
		for (uint32_t j = 0; j < c->v->n; j++)
			c->degree[j] -= k2_vset_has(row(c, k), j) && !c->gone[j];
	}
	while (n && good)
		good = pick(c, c->order[--n]);
	return good;
}

/* Merges for a look, and takes it back. */
static bool trial(struct alloc *c, uint32_t a, uint32_t b)
{
	size_t size = (size_t)c->v->n * c->apart.words * sizeof(uint64_t);
	struct k2_arena_mark mark = k2_arena_mark(c->arena);
	uint64_t *saved;
	bool good;

	if (c->trials >= TRIALS || c->v->n > TRIAL_VREGS)
		return false;
	c->trials++;
	saved = k2_arena_alloc(c->arena, size);
	if (!saved)
		return false;
	memcpy(saved, c->apart.bits, size);
	merge(c, a, b);
	good = try_colours(c);
	c->up[b] = b;
	memcpy(c->apart.bits, saved, size);
	k2_arena_release(c->arena, mark);
	return good;
}

/* ---- copies ---- */

static void look_at_copy(struct alloc *c, const struct k2_vinsn *i, uint32_t block, const struct k2_allocate_may *may)
{
	uint32_t x, y;

	if (!i->copy || i->written == K2_NO_VREG || i->source == K2_NO_VREG)
		return;
	x = one_of(c, i->written);
	y = one_of(c, i->source);
	if (x > y) {
		uint32_t t = x;

		x = y;
		y = t;
	}
	if (x == y || y < K2_VREG_FIXED || k2_vset_has(row(c, x), y))
		return;
	if ((surely(c, x, y) || trial(c, x, y)) && (!may || may->may(may->user, block, i->at)))
		merge(c, x, y);
}

static bool goes(const struct k2_vinsn *i, const struct k2_allocation *with)
{
	return i->copy && i->written != K2_NO_VREG && i->source != K2_NO_VREG && with->reg[i->written] == with->reg[i->source];
}

static int32_t slots(const struct k2_vcode *v, const struct k2_allocation *with)
{
	int32_t n = 0;

	for (uint32_t b = 0; b < v->f->n_blocks; b++) {
		for (uint32_t k = 0; k < v->blocks[b].n; k++)
			n += goes(&v->blocks[b].v[k], with) ? 0 : (int32_t)k2_isa_slots(&v->blocks[b].v[k].i);
	}
	return n;
}

static bool prepare(struct alloc *c)
{
	uint32_t n = c->v->n;

	c->up = k2_arena_calloc(c->arena, n, sizeof(*c->up));
	c->colour = k2_arena_calloc(c->arena, n, 1);
	c->order = k2_arena_calloc(c->arena, n, sizeof(*c->order));
	c->degree = k2_arena_calloc(c->arena, n, sizeof(*c->degree));
	c->gone = k2_arena_calloc(c->arena, n, 1);
	for (uint32_t k = 0; c->up && k < n; k++)
		c->up[k] = k;
	return c->up && c->colour && c->order && c->degree && c->gone && find_apart(c);
}

static bool allocate(struct alloc *c, const struct k2_allocate_may *may, uint8_t *reg)
{
	const struct k2_vcode *v = c->v;

	if (!prepare(c))
		return false;
	for (uint32_t k = 0; k < v->f->n_order; k++) {
		const struct k2_vblock *blk = &v->blocks[v->f->order[k]];

		for (uint32_t j = 0; j < blk->n; j++)
			look_at_copy(c, &blk->v[j], v->f->order[k], may);
	}
	if (!try_colours(c))
		return false;
	for (uint32_t k = 0; k < v->n; k++)
		reg[k] = c->colour[one_of(c, k)];
	return true;
}

bool k2_allocate(struct k2_arena *a, const struct k2_vcode *v, const struct k2_allocate_may *may, struct k2_allocation *out)
{
	struct alloc c = { .arena = k2_arena_like(a), .v = v };
	bool good;

	out->reg = k2_arena_calloc(a, v->n, 1);
	good = c.arena && out->reg && allocate(&c, may, out->reg);
	k2_arena_free(c.arena);
	if (good)
		out->slots = slots(v, out);
	return good;
}

/* ---- the code ---- */

static bool write_block(const struct k2_graph *g, const struct k2_vcode *v, const struct k2_allocation *with, uint32_t b)
{
	const struct k2_vblock *from = &v->blocks[b];
	struct k2_block *blk = &g->f->blocks[b];
	struct k2_insn *to = k2_arena_calloc(g->arena, from->n + 1, sizeof(*to));
	uint32_t n = 0;
	bool changed = false;

	if (!to)
		return false;
	for (uint32_t k = 0; k < from->n; k++) {
		const struct k2_vinsn *u = &from->v[k];
		struct k2_insn i = u->i;

		if (u->written != K2_NO_VREG || u->read != K2_NO_VREG)
			i.dst = with->reg[u->written != K2_NO_VREG ? u->written : u->read];
		if (u->source != K2_NO_VREG)
			i.src = with->reg[u->source];
		if (i.dst != u->i.dst || i.src != u->i.src)
			i.origin = -1;
		changed |= i.origin < 0 || u->at != k;
		if (!goes(u, with))
			to[n++] = i;
	}
	if (changed || n != blk->n) {
		blk->insns = to;
		blk->cap = from->n + 1;
		blk->n = n;
	}
	return true;
}

bool k2_allocation_write(const struct k2_graph *g, const struct k2_vcode *v, const struct k2_allocation *with)
{
	for (uint32_t b = 0; b < g->f->n_blocks; b++) {
		if (!write_block(g, v, with, b))
			return false;
	}
	return true;
}

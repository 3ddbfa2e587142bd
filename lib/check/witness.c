// SPDX-License-Identifier: BSD-2-Clause
/* Which block of one function stands for which of another. Where nobody says so, both are walked in step from their entries, along
   branches that look alike. Nothing here is believed. */
#include "check.h"
#include "path.h"
#include <string.h>

struct pair {
	uint32_t old, new_;
};

struct walk {
	struct k2_arena *arena;
	const struct k2_func *old, *new_;
	uint32_t *origin;
	struct pair *todo;
	uint32_t n_todo, cap_todo;
	bool failed;
};

static bool is_branch(const struct k2_block *b)
{
	return b->n_succ == 2;
}

/* The next block that ends in a branch or not at all, from b on; b itself in loops without any. */
static uint32_t to_branch(const struct k2_func *f, uint32_t b)
{
	uint32_t at = b;

	for (uint32_t hops = 0; hops < f->n_blocks && f->blocks[at].n_succ == 1; hops++)
		at = f->blocks[at].succ[0];
	return f->blocks[at].n_succ == 1 ? b : at;
}

static void visit(struct walk *w, uint32_t o, uint32_t n)
{
	struct pair p = { k2_path_pass_empty(w->old, o), k2_path_pass_empty(w->new_, n) };

	if (w->origin[p.new_] != K2_NO_BLOCK)
		return;
	w->origin[p.new_] = p.old;
	w->failed |= !K2_VEC_PUSH(w->arena, w->todo, w->n_todo, w->cap_todo, p);
}

/* `if r == 0` goes where `if r & bits` does not. */
static bool asks_for_none(const struct k2_insn *a, const struct k2_insn *b)
{
	return K2_OP(a->code) == K2_JEQ && !(a->code & K2_X) && !a->imm && K2_OP(b->code) == K2_JSET;
}

/* Does the new branch go where the old one does not? */
static bool crossed(const struct k2_block *o, const struct k2_block *n)
{
	struct k2_insn a = o->insns[o->n - 1];
	const struct k2_insn *b = &n->insns[n->n - 1];

	if (asks_for_none(&a, b) || asks_for_none(b, &a))
		return true;
	return a.code != b->code && k2_isa_opposite(&a) && a.code == b->code;
}

/* A branch over one block. */
static bool is_triangle(const struct k2_func *f, const struct k2_block *b)
{
	const struct k2_block *arm = &f->blocks[b->succ[0]];

	return arm->n_succ == 1 && k2_path_pass_empty(f, arm->succ[0]) == k2_path_pass_empty(f, b->succ[1]);
}

static uint32_t calls(const struct k2_block *b)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < b->n; k++)
		n += k2_isa_kind(&b->insns[k]) == K2_KIND_CALL;
	return n;
}

/* The block in which the last of `n` calls is made, from b on, without a branch in between. */
static const struct k2_block *up_to_call(const struct k2_func *f, const struct k2_block *b, uint32_t n)
{
	uint32_t made = calls(b);

	for (uint32_t hops = 0; made < n && b->n_succ == 1 && hops < f->n_blocks; hops++) {
		const struct k2_block *next = &f->blocks[b->succ[0]];

		if (is_branch(next) || made + calls(next) > n)
			break;
		b = next;
		made += calls(b);
	}
	return b;
}

static void step(struct walk *w, struct pair p)
{
	const struct k2_block *o = &w->old->blocks[p.old], *n = &w->new_->blocks[p.new_];

	if (!is_branch(o) && !is_branch(n) && o->n_succ == 1 && n->n_succ == 1) {
		/* The end of one may be a block that others go to, too. */
		const struct k2_block *last = up_to_call(w->old, o, calls(n));

		n = up_to_call(w->new_, n, calls(o));
		if (last->n_succ == 1 && n->n_succ == 1)
			visit(w, last->succ[0], n->succ[0]);
		return;
	}
	/* A block that was cut in two, or two that became one. */
	if (!is_branch(o))
		o = &w->old->blocks[to_branch(w->old, p.old)];
	if (!is_branch(n))
		n = &w->new_->blocks[to_branch(w->new_, p.new_)];
	if (!is_branch(o) || !is_branch(n))
		return;
	if (crossed(o, n) && is_triangle(w->old, o) && is_triangle(w->new_, n)) {
		/* What is done on the one way and on the other changed places. */
		visit(w, o->succ[1], n->succ[1]);
		visit(w, o->succ[0], n->succ[0]);
		return;
	}
	for (unsigned int e = 0; e < 2; e++)
		visit(w, o->succ[e], n->succ[crossed(o, n) ? 1 - e : e]);
}

enum k2_status k2_witness(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, const uint32_t **origin)
{
	struct walk w = { .arena = a, .old = old, .new_ = new_ };

	w.origin = k2_arena_alloc(a, new_->n_blocks * sizeof(*w.origin));
	if (!w.origin)
		return K2_ENOMEM;
	memset(w.origin, 0xff, new_->n_blocks * sizeof(*w.origin));
	visit(&w, 0, 0);
	for (uint32_t k = 0; k < w.n_todo; k++)
		step(&w, w.todo[k]);
	*origin = w.origin;
	return w.failed ? K2_ENOMEM : K2_OK;
}

static bool same_graph(const struct k2_func *a, const struct k2_func *b)
{
	bool same = a->n_blocks == b->n_blocks;

	for (uint32_t k = 0; same && k < a->n_blocks; k++)
		same = a->blocks[k].n_succ == b->blocks[k].n_succ &&
		       !memcmp(a->blocks[k].succ, b->blocks[k].succ, sizeof(a->blocks[k].succ[0]) * a->blocks[k].n_succ);
	return same;
}

bool k2_witness_same(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, const uint32_t **origin)
{
	uint32_t *o = same_graph(old, new_) ? k2_arena_alloc(a, new_->n_blocks * sizeof(*o)) : NULL;

	for (uint32_t b = 0; o && b < new_->n_blocks; b++)
		o[b] = b;
	*origin = o;
	return o;
}

enum k2_status k2_witness_was(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, uint32_t n,
			      const uint32_t **origin)
{
	uint32_t *stands, *o;

	if (k2_witness_same(a, old, new_, origin))
		return K2_OK;
	stands = k2_arena_alloc(a, n * sizeof(*stands));
	o = k2_arena_alloc(a, new_->n_blocks * sizeof(*o));
	if (!stands || !o)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < n; k++)
		stands[k] = K2_NO_MEETING;
	for (uint32_t b = 0; b < old->n_blocks; b++) {
		if (old->blocks[b].was < n)
			stands[old->blocks[b].was] = k2_path_pass_empty(old, b);
	}
	for (uint32_t b = 0; b < new_->n_blocks; b++)
		o[b] = new_->blocks[b].was < n ? stands[new_->blocks[b].was] : K2_NO_MEETING;
	*origin = o;
	return K2_OK;
}

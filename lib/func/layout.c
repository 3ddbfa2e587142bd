// SPDX-License-Identifier: BSD-2-Clause
/* Edits that cut blocks and put them in another order. In between, edges say where control goes, and no plain goto is there: laying out puts
   gotos back where the next block is not the one to go to. */
#include "func.h"
#include <string.h>

bool k2_func_may_lay_out(const struct k2_func *f)
{
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		const struct k2_block *blk = &f->blocks[b];

		if (!blk->n_succ && !(blk->n && k2_isa_is_terminator(&blk->insns[blk->n - 1])))
			return false;
	}
	return true;
}

uint32_t k2_func_split(struct k2_func *f, uint32_t b, uint32_t at)
{
	struct k2_block *all = k2_arena_calloc(f->arena, f->n_blocks + 1u, sizeof(*all)), *tail;

	if (!all)
		return K2_NO_BLOCK;
	memcpy(all, f->blocks, f->n_blocks * sizeof(*all));
	f->blocks = all;
	tail = &all[f->n_blocks];
	*tail = all[b];
	tail->was = K2_NO_BLOCK;
	tail->insns += at;
	tail->n -= at;
	tail->cap = 0;
	all[b].n = at;
	all[b].cap = 0;
	all[b].n_succ = 1;
	all[b].succ[0] = f->n_blocks;
	return f->n_blocks++;
}

static bool is_goto(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_GOTO && !(i->flags & (K2_F_OPAQUE | K2_F_FROZEN | K2_F_VOLATILE));
}

/* Where control really goes: past blocks without code, if it does not run in circles there. */
static uint32_t pass_empty(const struct k2_func *f, uint32_t b)
{
	for (uint32_t hops = 0; hops < f->n_blocks && !f->blocks[b].n && f->blocks[b].n_succ == 1; hops++)
		b = f->blocks[b].succ[0];
	return b;
}

/* Gotos go, and edges lead past blocks that are empty. */
static void loosen(struct k2_func *f)
{
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		struct k2_block *blk = &f->blocks[b];

		if (blk->n && is_goto(&blk->insns[blk->n - 1]))
			blk->n--;
	}
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		for (unsigned int e = 0; e < f->blocks[b].n_succ; e++)
			f->blocks[b].succ[e] = pass_empty(f, f->blocks[b].succ[e]);
	}
}

/* The new order: blocks, and gotos that stand alone behind a conditional jump. */
struct item {
	uint32_t block; /* K2_NO_BLOCK: a goto, */
	uint32_t to;    /* to this block */
	uint32_t line;
};
struct layout {
	struct k2_func *f;
	uint32_t *next;       /* as wished, past blocks that are gone */
	uint32_t *order, n;
	struct item *items;
	uint32_t n_items, cap_items;
	uint32_t *place;      /* by block: its new number */
};

static bool reached(const struct k2_func *f, uint32_t b)
{
	return f->blocks[b].rpo != K2_NO_BLOCK;
}

/* Of what is to stand behind b, the first block that is still there. */
static uint32_t wish(const struct k2_func *f, const uint32_t *next, uint32_t b)
{
	uint32_t hops = 0;

	do
		b = next[b];
	while (b != K2_NO_BLOCK && !reached(f, b) && hops++ < f->n_blocks);
	return b != K2_NO_BLOCK && reached(f, b) ? b : K2_NO_BLOCK;
}

static void put_chain(struct layout *l, uint32_t b)
{
	while (b != K2_NO_BLOCK && l->place[b] == K2_NO_BLOCK) {
		l->place[b] = 0;
		l->order[l->n++] = b;
		b = l->next[b];
	}
}

/* Chains in the order of their first blocks. Blocks that nobody comes to any more stay out. */
static void order_blocks(struct layout *l, const uint8_t *behind)
{
	put_chain(l, 0);
	for (unsigned int pass = 0; pass < 2; pass++) { /* the second one for chains that bite their tails */
		for (uint32_t b = 1; b < l->f->n_blocks; b++) {
			if ((pass || !behind[b]) && reached(l->f, b))
				put_chain(l, b);
		}
	}
}

/* `if c goto next; goto other` where somebody asked for it is `if not c goto other`. */
static bool turn(const struct layout *l, uint32_t b, uint32_t behind)
{
	struct k2_block *blk = &l->f->blocks[b];
	struct k2_insn i = blk->insns[blk->n - 1];

	if (l->next[b] != behind || blk->succ[1] != behind || !k2_isa_opposite(&i))
		return false;
	blk->insns = k2_arena_dup(l->f->arena, blk->insns, blk->n, sizeof(*blk->insns));
	if (!blk->insns)
		return false;
	i.origin = -1;
	blk->insns[blk->n - 1] = i;
	blk->succ[1] = blk->succ[0];
	blk->succ[0] = behind;
	return true;
}

static bool put_item(struct layout *l, struct item x)
{
	if (x.block != K2_NO_BLOCK)
		l->place[x.block] = l->n_items;
	return K2_VEC_PUSH(l->f->arena, l->items, l->n_items, l->cap_items, x);
}

static bool place_items(struct layout *l)
{
	for (uint32_t k = 0; k < l->n; k++) {
		uint32_t b = l->order[k], behind = k + 1 < l->n ? l->order[k + 1] : K2_NO_BLOCK;
		const struct k2_block *blk = &l->f->blocks[b];

		if (!put_item(l, (struct item){ .block = b }))
			return false;
		if (blk->n_succ == 2 && blk->succ[0] != behind && !turn(l, b, behind) &&
		    !put_item(l, (struct item){ K2_NO_BLOCK, blk->succ[0], blk->insns[blk->n - 1].line }))
			return false;
	}
	return true;
}

static struct k2_insn mk_goto(uint32_t to, uint32_t line)
{
	return (struct k2_insn){ .code = K2_JMP | K2_JA, .origin = -1, .target = to, .line = line };
}

/* The block of item k under its new number. */
static bool make_block(const struct layout *l, uint32_t k, struct k2_block *out)
{
	const struct item *x = &l->items[k];
	struct k2_insn *v;
	uint32_t n;

	if (x->block != K2_NO_BLOCK)
		*out = l->f->blocks[x->block];
	else
		*out = (struct k2_block){ .n_succ = 1, .succ = { x->to }, .was = K2_NO_BLOCK };
	n = out->n;
	v = k2_arena_calloc(l->f->arena, n + 1u, sizeof(*v));
	if (!v)
		return false;
	if (n)
		memcpy(v, out->insns, n * sizeof(*v));
	for (unsigned int e = 0; e < out->n_succ; e++)
		out->succ[e] = l->place[out->succ[e]];
	if (out->n_succ == 2) {
		v[n - 1].target = out->succ[1];
		out->succ[0] = k + 1; /* or the goto there */
	} else if (out->n_succ == 1 && n && k2_isa_is_terminator(&v[n - 1])) {
		v[n - 1].target = out->succ[0]; /* a goto that is not plain */
	} else if (out->n_succ == 1 && out->succ[0] != k + 1) {
		v[n] = mk_goto(out->succ[0], x->block == K2_NO_BLOCK ? x->line : n ? v[n - 1].line : 0);
		n++;
	}
	out->insns = v;
	out->cap = out->n + 1;
	out->n = n;
	return true;
}

enum k2_status k2_func_lay_out(struct k2_func *f, const uint32_t *next)
{
	struct layout l = { .f = f };
	uint8_t *behind = k2_arena_calloc(f->arena, f->n_blocks, 1);
	struct k2_block *made;

	l.order = k2_arena_calloc(f->arena, f->n_blocks, sizeof(*l.order));
	l.place = k2_arena_calloc(f->arena, f->n_blocks, sizeof(*l.place));
	l.next = k2_arena_calloc(f->arena, f->n_blocks, sizeof(*l.next));
	if (!behind || !l.order || !l.place || !l.next)
		return K2_ENOMEM;
	loosen(f);
	if (k2_func_relink(f))
		return K2_ENOMEM;
	memset(l.place, 0xff, f->n_blocks * sizeof(*l.place));
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		l.next[b] = wish(f, next, b);
		if (l.next[b] != K2_NO_BLOCK && reached(f, b))
			behind[l.next[b]] = 1;
	}
	order_blocks(&l, behind);
	made = place_items(&l) ? k2_arena_calloc(f->arena, l.n_items, sizeof(*made)) : NULL;
	if (!made)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < l.n_items; k++) {
		if (!make_block(&l, k, &made[k]))
			return K2_ENOMEM;
	}
	f->blocks = made;
	f->n_blocks = l.n_items;
	return k2_func_relink(f);
}

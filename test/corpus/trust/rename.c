// SPDX-License-Identifier: BSD-2-Clause
/* The same function in other words: callee-saved registers under other names, blocks in another order. */
#include <string.h>
#include "trust.h"

/* A random order of the numbers 0..n-1, the first `fixed` of which stay. */
static void shuffle(uint32_t *v, uint32_t n, uint32_t fixed, uint64_t *rnd)
{
	for (uint32_t k = 0; k < n; k++)
		v[k] = k;
	for (uint32_t k = n; k-- > fixed + 1;) {
		uint32_t j = fixed + (uint32_t)(k2_rand(rnd) % (k - fixed + 1)), t = v[k];

		v[k] = v[j];
		v[j] = t;
	}
}

static const struct k2_func_desc *with_code(struct k2_arena *a, const struct k2_func_desc *d, const struct k2_insn *insns, uint32_t n)
{
	struct k2_func_desc *copy = k2_arena_dup(a, d, 1, sizeof(*d));

	if (copy) {
		copy->insns = insns;
		copy->n_insns = n;
	}
	return copy;
}

static uint8_t renamed(const uint32_t to[4], uint8_t r)
{
	return r >= 6 && r <= 9 ? (uint8_t)(6 + to[r - 6]) : r;
}

/* The source field of ld_imm64 and of calls is no register. */
static bool src_is_register(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind != K2_KIND_LD_IMM64 && kind != K2_KIND_CALL;
}

const struct k2_func_desc *rename_registers(struct k2_arena *a, const struct k2_func *f, uint64_t seed)
{
	struct k2_insn *v = k2_arena_dup(a, f->desc->insns, f->desc->n_insns, sizeof(*v));
	uint64_t rnd = k2_hash_mix(seed, 1);
	uint32_t to[4], rounds = 0;

	/* Packet loads have their context in r6. */
	do
		shuffle(to, 4, f->packet_loads, &rnd);
	while (to[0] == 0 && to[1] == 1 && to[2] == 2 && ++rounds < 20);
	for (uint32_t k = 0; v && k < f->desc->n_insns; k++) {
		v[k].dst = renamed(to, v[k].dst);
		if (src_is_register(&v[k]))
			v[k].src = renamed(to, v[k].src);
	}
	return v ? with_code(a, f->desc, v, f->desc->n_insns) : NULL;
}

struct layout {
	const struct k2_func *f;
	const uint32_t *order;
	uint32_t *start;
	struct k2_insn *v;
	uint32_t n;
};

static void put_block(struct layout *l, uint32_t at)
{
	uint32_t b = l->order[at], next = at + 1 < l->f->n_blocks ? l->order[at + 1] : K2_NO_BLOCK;
	const struct k2_block *blk = &l->f->blocks[b];
	bool leaves;

	l->start[b] = l->n;
	for (uint32_t k = 0; k < blk->n; k++)
		l->v[l->n++] = blk->insns[k];
	leaves = blk->n && k2_isa_kind(&blk->insns[blk->n - 1]) == K2_KIND_GOTO;
	if (leaves && blk->succ[0] == next)
		l->n--;
	else if (!leaves && blk->n_succ && blk->succ[0] != next)
		l->v[l->n++] = (struct k2_insn){ .code = K2_JMP | K2_JA, .target = blk->succ[0], .origin = -1 };
}

static bool has_target(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_JUMP || kind == K2_KIND_GOTO || kind == K2_KIND_MAY_GOTO;
}

const struct k2_func_desc *shuffle_blocks(struct k2_arena *a, const struct k2_func *f, uint64_t seed)
{
	uint32_t *order = k2_arena_calloc(a, f->n_blocks, sizeof(*order));
	struct layout l = { .f = f, .order = order };
	uint64_t rnd = k2_hash_mix(seed, 2);

	l.start = k2_arena_calloc(a, f->n_blocks, sizeof(*l.start));
	l.v = k2_arena_calloc(a, (size_t)f->desc->n_insns + f->n_blocks, sizeof(*l.v));
	if (!order || !l.start || !l.v)
		return NULL;
	shuffle(order, f->n_blocks, 1, &rnd);
	for (uint32_t k = 0; k < f->n_blocks; k++)
		put_block(&l, k);
	for (uint32_t k = 0; k < l.n; k++)
		if (has_target(&l.v[k]))
			l.v[k].target = l.start[l.v[k].target];
	return with_code(a, f->desc, l.v, l.n);
}

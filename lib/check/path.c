// SPDX-License-Identifier: BSD-2-Clause
#include "path.h"
#include <string.h>

struct k2_path k2_path_of(const struct k2_func *f, uint32_t block)
{
	return (struct k2_path){ .f = f, .insns = f->blocks[block].insns, .n = f->blocks[block].n, .n_blocks = 1, .last = block };
}

static const struct k2_insn *last_insn(const struct k2_path *p)
{
	const struct k2_block *b = &p->f->blocks[p->last];

	return b->n ? &b->insns[b->n - 1] : NULL;
}

enum k2_path_end k2_path_end(const struct k2_path *p)
{
	const struct k2_block *b = &p->f->blocks[p->last];
	const struct k2_insn *last = last_insn(p);
	enum k2_kind kind = last ? k2_isa_kind(last) : K2_KIND_ALU;

	if (p->at_head)
		return K2_PATH_AT_HEAD;
	switch (b->n_succ) {
	case 0: return kind == K2_KIND_EXIT ? K2_PATH_EXIT : kind == K2_KIND_CALL ? K2_PATH_STOPS : K2_PATH_BAD;
	case 1: return kind == K2_KIND_JUMP || kind == K2_KIND_MAY_GOTO ? K2_PATH_BAD : K2_PATH_ONE;
	default: return kind == K2_KIND_JUMP ? K2_PATH_BRANCH : kind == K2_KIND_MAY_GOTO ? K2_PATH_MAY : K2_PATH_BAD;
	}
}

uint32_t k2_path_pass_empty(const struct k2_func *f, uint32_t b)
{
	for (uint32_t hops = 0; hops < f->n_blocks; hops++) {
		const struct k2_block *blk = &f->blocks[b];

		if (blk->n_succ != 1 || blk->n > 1 || (blk->n && k2_isa_kind(&blk->insns[0]) != K2_KIND_GOTO))
			break;
		b = blk->succ[0];
	}
	return b;
}

/* An own copy with room for `more` instructions. */
static enum k2_status make_room(struct k2_arena *a, struct k2_path *p, uint32_t more)
{
	uint32_t need = p->n + more + 1;
	struct k2_insn *v;

	if (p->cap >= need)
		return K2_OK;
	need = p->cap ? 2 * need : need;
	v = k2_arena_calloc(a, need, sizeof(*v));
	if (!v)
		return K2_ENOMEM;
	memcpy(v, p->insns, p->n * sizeof(*v));
	p->insns = v;
	p->cap = p->cap ? need : 0;
	return K2_OK;
}

enum k2_status k2_path_leave(struct k2_arena *a, struct k2_path *p, unsigned int edge)
{
	const struct k2_insn *last = last_insn(p);

	p->next = k2_path_pass_empty(p->f, p->f->blocks[p->last].succ[edge]);
	p->at_head = true;
	if (last && k2_isa_kind(last) == K2_KIND_JUMP) {
		if (make_room(a, p, 0))
			return K2_ENOMEM;
		p->insns[p->n - 1].flags |= edge ? K2_F_GOES : K2_F_STAYS;
	} else if (last && k2_isa_kind(last) == K2_KIND_GOTO) {
		p->n--; /* the way is known */
	}
	return K2_OK;
}

enum k2_status k2_path_enter(struct k2_arena *a, struct k2_path *p)
{
	const struct k2_block *b = &p->f->blocks[p->next];

	if (make_room(a, p, b->n))
		return K2_ENOMEM;
	memcpy(p->insns + p->n, b->insns, b->n * sizeof(*b->insns));
	p->n += b->n;
	p->last = p->next;
	p->at_head = false;
	p->n_blocks++;
	return K2_OK;
}

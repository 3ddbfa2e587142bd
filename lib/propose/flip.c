// SPDX-License-Identifier: BSD-2-Clause
/* flip: `r7 = r0; r7 += r8` with r8 used up is `r8 += r0`, and what reads r7 reads r8: a copy less where r7 cannot be r0. */
#include "revise.h"

static bool is_move(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_ALU && K2_OP(i->code) == K2_MOV && (i->code & K2_X) && !i->off && k2_is_plain(i);
}

static bool commutes(const struct k2_insn *i)
{
	uint8_t op = K2_OP(i->code);

	return k2_isa_kind(i) == K2_KIND_ALU && (i->code & K2_X) && !i->off && k2_is_plain(i) &&
	       (op == K2_ADD || op == K2_MUL || op == K2_AND || op == K2_OR || op == K2_XOR);
}

static bool names(const struct k2_vinsn *v, uint32_t r)
{
	return v->read == r || v->written == r || v->source == r;
}

static bool writes(const struct k2_vinsn *v, uint32_t r)
{
	return v->written == r || (r < K2_VREG_FIXED && k2_vinsn_writes(v) >> r & 1);
}

/* The operation behind the copy at k that this is for; b->n: none. */
static uint32_t operation(const struct k2_vblock *b, uint32_t k)
{
	const struct k2_vinsn *copy = &b->v[k];
	bool half = K2_CLASS(copy->i.code) == K2_ALU;

	if (!is_move(&copy->i) || copy->written < K2_VREG_FIXED || copy->written == K2_NO_VREG || copy->source == K2_NO_VREG)
		return b->n;
	for (uint32_t j = k + 1; j < b->n; j++) {
		const struct k2_vinsn *v = &b->v[j];

		if (names(v, copy->written)) {
			bool fits = commutes(&v->i) && v->read == copy->written && v->source != K2_NO_VREG && v->source != v->read &&
				    v->source != copy->source && (copy->copy || (half && K2_CLASS(v->i.code) == K2_ALU));

			return fits ? j : b->n;
		}
		if (writes(v, copy->source))
			break;
	}
	return b->n;
}

static bool any_order_of(const struct k2_aval *v)
{
	return v->region == K2_RG_SCALAR || v->region == K2_RG_PKT || v->region == K2_RG_MAP_VALUE || v->region == K2_RG_DATA ||
	       v->region == K2_RG_MEM;
}

/* To the verifier sums have no order, but for those with addresses of a frame (lit/regress/number-plus-frame.s). */
static bool any_order(const struct k2_revision *r, uint32_t b, uint32_t at)
{
	struct k2_astate s = *k2_absint_entry(r->ai, b);
	const struct k2_insn *i = r->g->f->blocks[b].insns;

	for (uint32_t k = 0; s.reached && k < at; k++)
		k2_absint_step(r->ai, &i[k], &s);
	return s.reached && any_order_of(&s.reg[i[at].dst]) && any_order_of(&s.reg[i[at].src]);
}

static bool flip(struct k2_revision *r, uint32_t b, uint32_t k, uint32_t j)
{
	const struct k2_vblock *from = &r->v->blocks[b];
	struct k2_vcode *draft = k2_revision_draft(r);
	struct k2_vinsn *to = draft ? k2_arena_dup(draft->arena, from->v, from->n, sizeof(*to)) : NULL;
	uint32_t at = from->v[k].at;

	if (!to || at == K2_NO_VREG || from->v[j].at == K2_NO_VREG || !any_order(r, b, from->v[j].at))
		return false;
	/* The copy, of the other one, stands right in front of the operation. */
	for (uint32_t n = k; n + 1 < j; n++)
		to[n] = from->v[n + 1];
	to[j - 1] = k2_vcode_copy(from->v[k].written, from->v[j].source);
	to[j - 1].i.line = from->v[k].i.line;
	to[j].source = from->v[k].source;
	to[j].i.origin = -1;
	draft->blocks[b].v = to;
	return k2_revision_offer(r, draft, b, at);
}

static void reshape(const struct k2_graph *g)
{
	struct k2_revision r;

	if (!k2_revision_begin(&r, g))
		return;
	for (uint32_t b = 0; b < g->f->n_blocks; b++) {
		for (uint32_t k = 0; k < r.v->blocks[b].n; k++) {
			const struct k2_vblock *blk = &r.v->blocks[b];
			uint32_t j = operation(blk, k);

			if (j < blk->n && r.with.reg[blk->v[k].written] != r.with.reg[blk->v[k].source])
				flip(&r, b, k, j);
		}
	}
	k2_revision_end(&r);
}

const struct k2_proposer k2_propose_flip = {
	.name = "flip",
	.about = "the operands of a commutative operation change places, and a copy goes",
	.level = 3,
	.reshape = reshape,
};

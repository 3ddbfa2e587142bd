// SPDX-License-Identifier: BSD-2-Clause
/* reload: a value that also stands on the stack, where nothing else is written, is loaded from there behind calls, when a register less that
   calls leave alone makes copies go. */
#include "revise.h"
#include <string.h>

enum { LOADS = 3 };

/* `source` stored to a whole slot of the frame. */
struct spill {
	uint32_t block, at, source;
	uint32_t store; /* the instruction of the function that does it */
	int16_t off;
};

struct reload {
	struct k2_revision r;
	const uint32_t *idom;
};

/* ---- who else writes there ---- */

static bool overlaps(const struct spill *p, int64_t off, int64_t size)
{
	return off < p->off + 8 && p->off < off + size;
}

static bool call_writes(const struct k2_func *f, const struct k2_insn *i, const struct k2_astate *s, const struct spill *p)
{
	struct k2_arg_access a;

	for (unsigned int n = 1; n <= 5; n++) {
		if (k2_absint_arg(f, i, s->reg, n, &a) && a.writes && overlaps(p, a.off, a.size))
			return true;
	}
	return false;
}

static bool writes(const struct k2_func *f, const struct k2_insn *i, const struct k2_astate *s, const struct spill *p)
{
	enum k2_kind kind = k2_isa_kind(i);
	const struct k2_aval *to = &s->reg[i->dst <= 10 ? i->dst : 10];

	if (kind == K2_KIND_CALL)
		return call_writes(f, i, s, p);
	if (kind != K2_KIND_STORE && kind != K2_KIND_ATOMIC)
		return kind == K2_KIND_OPAQUE || kind == K2_KIND_CALLX;
	if (to->region == K2_RG_ANY)
		return true;
	return to->region == K2_RG_STACK &&
	       (!k2_known_const(&to->num) || overlaps(p, (int64_t)to->num.umin + i->off, (int64_t)k2_isa_access_size(i)));
}

/* Does only the store itself write there? */
static bool is_alone(const struct reload *x, const struct spill *p)
{
	const struct k2_func *f = x->r.g->f;

	for (uint32_t b = 0; b < f->n_blocks; b++) {
		struct k2_astate s = *k2_absint_entry(x->r.ai, b);

		for (uint32_t k = 0; s.reached && k < f->blocks[b].n; k++) {
			if (!(b == p->block && k == p->store) && writes(f, &f->blocks[b].insns[k], &s, p))
				return false;
			k2_absint_step(x->r.ai, &f->blocks[b].insns[k], &s);
		}
	}
	return !(f->calls_subprogs && k2_absint_escapes(x->r.ai));
}

/* ---- what is stored ---- */

static bool spill_at(const struct reload *x, uint32_t b, uint32_t k, struct spill *p)
{
	const struct k2_vinsn *v = &x->r.v->blocks[b].v[k];

	if (k2_isa_kind(&v->i) != K2_KIND_STORE || K2_CLASS(v->i.code) != K2_STX || v->i.dst != 10 || !k2_is_plain(&v->i) ||
	    v->source == K2_NO_VREG || v->source < K2_VREG_FIXED)
		return false;
	*p = (struct spill){ b, k, v->source, v->at, v->i.off };
	return v->at != K2_NO_VREG && k2_isa_access_size(&v->i) == 8;
}

static bool written_once(const struct k2_vcode *v, uint32_t r)
{
	uint32_t n = 0;

	for (uint32_t b = 0; b < v->f->n_blocks; b++) {
		for (uint32_t k = 0; k < v->blocks[b].n; k++)
			n += v->blocks[b].v[k].written == r;
	}
	return n == 1;
}

/* ---- drafts ---- */

static bool names(const struct k2_vinsn *v, uint32_t r)
{
	return v->read == r || v->source == r;
}

/* The first instruction of the block that may load the value: behind the store and, in its block, behind a call. */
static uint32_t first_use(const struct reload *x, const struct spill *p, uint32_t b)
{
	const struct k2_vblock *blk = &x->r.v->blocks[b];
	uint32_t k = b == p->block ? p->at + 1 : 0;

	while (b == p->block && k < blk->n && k2_isa_kind(&blk->v[k].i) != K2_KIND_CALL)
		k++;
	while (k < blk->n && !names(&blk->v[k], p->source))
		k++;
	return k;
}

static bool load_in(struct k2_vcode *draft, const struct spill *p, uint32_t b, uint32_t at)
{
	struct k2_vblock *blk = &draft->blocks[b];
	struct k2_vinsn *to = k2_arena_calloc(draft->arena, blk->n + 1, sizeof(*to));
	uint32_t loaded = k2_vcode_add(draft, draft->reg[p->source]);

	if (!to || loaded == K2_NO_VREG)
		return false;
	memcpy(to, blk->v, at * sizeof(*to));
	to[at] = k2_vcode_set(k2_mk_load(K2_DW, 0, 10, p->off), loaded);
	to[at].i.line = blk->v[at].i.line;
	for (uint32_t k = at; k < blk->n; k++) {
		to[k + 1] = blk->v[k];
		to[k + 1].read = to[k + 1].read == p->source ? loaded : to[k + 1].read;
		to[k + 1].source = to[k + 1].source == p->source ? loaded : to[k + 1].source;
	}
	*blk = (struct k2_vblock){ to, blk->n + 1 };
	return true;
}

static bool reload(struct reload *x, const struct spill *p)
{
	const struct k2_func *f = x->r.g->f;
	uint32_t where[LOADS], at[LOADS], n = 0;
	struct k2_vcode *draft;

	for (uint32_t k = 0; k < f->n_order; k++) {
		uint32_t b = f->order[k], first = first_use(x, p, b);

		if (first == x->r.v->blocks[b].n)
			continue;
		if (k2_dominator_of(f, x->idom, p->block, b) != p->block)
			continue;
		if (f->blocks[b].in_loop || n == LOADS)
			return false;
		where[n] = b;
		at[n++] = first;
	}
	draft = n && written_once(x->r.v, p->source) && is_alone(x, p) ? k2_revision_draft(&x->r) : NULL;
	for (uint32_t k = 0; draft && k < n; k++) {
		if (!load_in(draft, p, where[k], at[k]))
			return false;
	}
	return draft && k2_revision_offer(&x->r, draft, p->block, p->store);
}

static void look_at(struct reload *x, uint32_t b)
{
	const struct k2_block *blk = &x->r.g->f->blocks[b];
	struct spill p;

	for (uint32_t k = 0; !blk->in_loop && k < x->r.v->blocks[b].n; k++) {
		if (spill_at(x, b, k, &p) && reload(x, &p))
			return;
	}
}

static void reshape(const struct k2_graph *g)
{
	struct reload x;

	if (!k2_revision_begin(&x.r, g))
		return;
	x.idom = k2_func_dominators(g->arena, g->f);
	for (uint32_t k = 0; x.idom && k < g->f->n_order; k++)
		look_at(&x, g->f->order[k]);
	k2_revision_end(&x.r);
}

const struct k2_proposer k2_propose_reload = {
	.name = "reload",
	.about = "a value that is on the stack is loaded from there instead of being kept",
	.level = 2,
	.reshape = reshape,
};

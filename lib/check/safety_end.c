// SPDX-License-Identifier: BSD-2-Clause
/* Behind a window: is as much known of the new code's registers and stack slots as of the old's, of what is live and where the
   verifier looks at it? */
#include "relation.h"
#include "safety.h"

bool k2_slot_kept(const struct k2_absint *ai, const struct k2_astate *a, const struct k2_astate *o, unsigned int k,
		  const uint64_t set[8])
{
	uint8_t seen = (uint8_t)(set[k / 8] >> (k % 8 * 8)), init = o->init[k] & (uint8_t)~a->init[k];
	uint8_t demand = seen & (uint8_t)(k2_absint_demand(ai)[k / 8] >> (k % 8 * 8));

	if (!seen)
		return true;
	if (init & seen)
		return false;
	if (o->slot[k].region != K2_RG_SCALAR)
		demand = seen;
	return !demand || k2_slot_within(a, o, k, demand);
}

/* What the old code's verifier knows of the places that a place of the new code is equal to: the first of them counts. */
static struct k2_aval known_of(const struct k2_window *w, const struct k2_place_set *from)
{
	if (from->regs)
		return w->exit->reg[__builtin_ctz(from->regs)];
	return k2_astate_slot(w->ctx.f, w->exit, (unsigned int)__builtin_ctzll(from->slots));
}

static bool reg_kept(const struct k2_window *w, const struct k2_astate *a, unsigned int r, const struct k2_relation *rel)
{
	const struct k2_place_set *from = rel ? &rel->reg[r] : NULL;
	struct k2_aval old = w->exit->reg[r];

	if (from && k2_place_free(from))
		return true;
	if (from && !(from->regs >> r & 1))
		old = known_of(w, from);
	return k2_aval_within(&a->reg[r], &old);
}

/* A slot of the new code that holds what another place of the old code holds has to hold it as a whole. */
static bool moved_slot_kept(const struct k2_window *w, const struct k2_astate *a, unsigned int k, const struct k2_relation *rel)
{
	const struct k2_place_set *from = k2_relation_slot(rel, k);
	struct k2_aval old, now = k2_astate_slot(w->ctx.f, a, k);

	if (!from || k2_place_free(from))
		return from;
	old = known_of(w, from);
	return a->init[k] == 0xff && k2_aval_within(&now, &old);
}

/* Where in the function the window's code ends: block, and index behind it. Windows of more than one block are copies, their
   last instruction says where it is from (a goto behind it is left out). False: nobody knows. */
static bool find_place(const struct k2_func *f, const struct k2_window *w, uint32_t *block, uint32_t *end)
{
	const struct k2_insn *last = w->n ? &w->insns[w->n - 1] : NULL;

	for (uint32_t b = 0; last && b < f->n_blocks; b++) {
		uintptr_t first = (uintptr_t)f->blocks[b].insns, at = (uintptr_t)last;

		if (!f->blocks[b].n || at < first || at >= first + f->blocks[b].n * sizeof(*last))
			continue;
		*block = b;
		*end = (uint32_t)((at - first) / sizeof(*last)) + 1;
		return true;
	}
	for (uint32_t b = 0; last && last->origin >= 0 && b < f->n_blocks; b++) {
		const struct k2_block *blk = &f->blocks[b];

		*block = b;
		*end = blk->n;
		for (uint32_t j = blk->n > 2 ? blk->n - 2 : 0; j < blk->n; j++) {
			if (blk->insns[j].origin == last->origin)
				return true;
		}
	}
	return false;
}

static bool are_numbers(const struct k2_aval *a, const struct k2_aval *b)
{
	return !a->uninit && a->region == K2_RG_SCALAR && b->region == K2_RG_SCALAR;
}

/* No more is known of the old code's register q than `v`. */
static void weaken(struct k2_astate *n, unsigned int q, const struct k2_aval *v)
{
	if (k2_aval_within(v, &n->reg[q]))
		return;
	n->reg[q] = k2_aval_within(&n->reg[q], v) ? *v : k2_aval_region(K2_RG_SCALAR, 0);
}

/* Register r of the new code is less well known: that goes for the old code's places that it stands for. */
static bool weaken_from(const struct k2_window *w, const struct k2_astate *a, unsigned int r, const struct k2_relation *rel,
			struct k2_astate *n)
{
	uint32_t from = rel ? rel->reg[r].regs : 1u << r;

	for (unsigned int q = 0; q < 10; q++) {
		if (!(from >> q & 1))
			continue;
		if (!are_numbers(&a->reg[r], &w->exit->reg[q]))
			return false;
		weaken(n, q, &a->reg[r]);
	}
	return from;
}

/* The same comparison, or its opposite, of these or other registers. */
static bool same_comparison(const struct k2_insn *o, const struct k2_insn *i)
{
	struct k2_insn as = *i;

	if (k2_isa_kind(o) != K2_KIND_JUMP || k2_isa_kind(i) != K2_KIND_JUMP)
		return false;
	if (o->code != i->code && !k2_isa_opposite(&as))
		return false;
	return o->code == as.code && o->sym == i->sym && (i->code & K2_X || o->imm == i->imm);
}

/* Operand q of the old code's last jump is r in the new one's: is less known of it? What the jump tells of another register than
   before is told of none, so the old one may not be needed any more. False: not comparable. */
static bool weaken_operand(const struct k2_window *w, const struct k2_astate *a, const struct k2_live *live, unsigned int q,
			   unsigned int r, struct k2_astate *n, bool *weak)
{
	if (k2_aval_within(&a->reg[r], &w->exit->reg[q]))
		return q == r || !k2_live_reg(live, q);
	if (q != r || !are_numbers(&a->reg[r], &w->exit->reg[q]))
		return false;
	weaken(n, q, &a->reg[r]);
	*weak = true;
	return true;
}

/* Is the last jump's decision the same, and what the verifier knows of numbers later where it looks at them? `n` is what it would
   know of the old code's registers; `weak`: that is less than it was. */
static bool same_ways(struct k2_checker *ck, const struct k2_window *w, const struct k2_live *live, const struct k2_astate *a,
		      struct k2_astate *n, bool weak)
{
	const struct k2_insn *o = w->n ? &w->insns[w->n - 1] : NULL, *i = ck->last;
	bool comparable = true;
	uint32_t block, end;

	if ((o && k2_isa_kind(o) == K2_KIND_JUMP) || (i && k2_isa_kind(i) == K2_KIND_JUMP)) {
		comparable = o && i && same_comparison(o, i) && weaken_operand(w, a, live, o->dst, i->dst, n, &weak);
		if (comparable && (i->code & K2_X))
			comparable = weaken_operand(w, a, live, o->src, i->src, n, &weak);
	}
	return !weak || (comparable && find_place(ck->f, w, &block, &end) &&
			 k2_absint_same_ways(ck->ai, block, end, w->exit, n));
}

/* Program types whose result the verifier does not look at still have to return a number. */
static bool result_kept(const struct k2_window *w, const struct k2_astate *a)
{
	if (w->ctx.f->returns_any && w->exit->reg[0].region == K2_RG_SCALAR)
		return !a->reg[0].uninit && a->reg[0].region == K2_RG_SCALAR;
	return k2_aval_within(&a->reg[0], &w->exit->reg[0]);
}

const char *k2_safe_end(struct k2_checker *ck, const struct k2_window *w, const struct k2_astate *a, const struct k2_live *live,
			const struct k2_relation *rel)
{
	struct k2_astate *n = k2_arena_dup(ck->work, w->exit, 1, sizeof(*n));
	bool weak = false;

	if (!n)
		return "out of memory";
	if (w->old.exits)
		return result_kept(w, a) ? NULL : "less is known of the return value";
	for (unsigned int r = 0; r < 10; r++) {
		if (!k2_live_reg(live, r) || reg_kept(w, a, r, rel))
			continue;
		weak = true;
		if (!weaken_from(w, a, r, rel, n))
			return "the verifier would know less of a register";
	}
	for (unsigned int k = 0; k < K2_SLOTS; k++) {
		bool moved = rel && (rel->moved >> k & 1) && (live->stack[k / 8] >> (k % 8 * 8) & 0xff);

		if (moved ? !moved_slot_kept(w, a, k, rel) : !k2_slot_kept(ck->ai, a, w->exit, k, live->stack))
			return "the verifier would know less of a stack slot";
	}
	return same_ways(ck, w, live, a, n, weak) ? NULL : "the verifier would know less of a register";
}

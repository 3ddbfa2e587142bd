// SPDX-License-Identifier: BSD-2-Clause
/* Two states of knowledge walked through the same code at once, one way at a time as the kernel's verifier goes: does it
   decide the same branches with the weaker one, and is every number that it looks at as well known? Registers are *weak* where
   less is known in the new state; a way ends where no weak register's number is looked at any more. */
#include "absint_impl.h"

enum { STEPS_MAX = 2000, SEEN_MAX = 256 };

struct pair {
	struct pair *next;
	uint32_t block, at;
	struct k2_astate old, new_;
};

struct lockstep {
	struct k2_absint *ai;
	struct k2_arena *arena;
	struct pair *pending;
	struct pair *seen;  /* at heads of blocks */
	uint32_t n_seen, steps;
};

static uint16_t weak_regs(const struct k2_astate *old, const struct k2_astate *new_)
{
	uint16_t set = 0;

	for (unsigned int r = 0; r < 10; r++)
		set |= (uint16_t)(!k2_aval_within(&new_->reg[r], &old->reg[r]) << r);
	return set;
}

static struct k2_known low_half(const struct k2_known *k)
{
	struct k2_known r = { (k->zeros & UINT32_MAX) | ~(uint64_t)UINT32_MAX, k->ones & UINT32_MAX, 0, 0 };

	r.umin = k->umax <= UINT32_MAX ? k->umin : r.ones;
	r.umax = k->umax <= UINT32_MAX ? k->umax : ~r.zeros;
	return r;
}

/* Signed bounds of numbers of `width` bits. */
static void signed_range(const struct k2_known *k, unsigned int width, int64_t *min, int64_t *max)
{
	uint64_t sign = 1ull << (width - 1);
	bool one_side = (k->umin & sign) == (k->umax & sign);

	*min = one_side ? k2_sext(k->umin, width) : k2_sext(sign, width);
	*max = one_side ? k2_sext(k->umax, width) : (int64_t)(sign - 1);
}

static enum k2_way if_greater(bool surely, bool never)
{
	return surely ? K2_TAKEN : never ? K2_NOT_TAKEN : K2_BOTH_WAYS;
}

static enum k2_way opposite(enum k2_way w)
{
	return w == K2_BOTH_WAYS ? K2_BOTH_WAYS : w == K2_TAKEN ? K2_NOT_TAKEN : K2_TAKEN;
}

static enum k2_way if_equal(const struct k2_known *a, const struct k2_known *b)
{
	if (a->umax < b->umin || b->umax < a->umin || (a->ones & b->zeros) || (a->zeros & b->ones))
		return K2_NOT_TAKEN;
	return k2_known_const(a) && k2_known_const(b) ? K2_TAKEN : K2_BOTH_WAYS;
}

/* is_branch_taken */
static enum k2_way way_of(uint8_t op, const struct k2_known *a, const struct k2_known *b, unsigned int width)
{
	int64_t amin, amax, bmin, bmax;

	signed_range(a, width, &amin, &amax);
	signed_range(b, width, &bmin, &bmax);
	switch (op) {
	case K2_JEQ: return if_equal(a, b);
	case K2_JNE: return opposite(if_equal(a, b));
	case K2_JGT: return if_greater(a->umin > b->umax, a->umax <= b->umin);
	case K2_JLE: return opposite(if_greater(a->umin > b->umax, a->umax <= b->umin));
	case K2_JLT: return if_greater(b->umin > a->umax, b->umax <= a->umin);
	case K2_JGE: return opposite(if_greater(b->umin > a->umax, b->umax <= a->umin));
	case K2_JSGT: return if_greater(amin > bmax, amax <= bmin);
	case K2_JSLE: return opposite(if_greater(amin > bmax, amax <= bmin));
	case K2_JSLT: return if_greater(bmin > amax, bmax <= amin);
	case K2_JSGE: return opposite(if_greater(bmin > amax, bmax <= amin));
	case K2_JSET: return if_greater(a->ones & b->ones, !(~a->zeros & ~b->zeros));
	default: return K2_BOTH_WAYS;
	}
}

enum k2_way k2_absint_way(const struct k2_insn *i, const struct k2_astate *s)
{
	struct k2_aval imm = k2_aval_scalar((uint64_t)i->imm);
	const struct k2_aval *b = i->code & K2_X ? &s->reg[i->src] : &imm;
	struct k2_known x = s->reg[i->dst].num, y = b->num;

	if ((i->flags & K2_F_SYM_IMM) || s->reg[i->dst].region != K2_RG_SCALAR || b->region != K2_RG_SCALAR)
		return K2_BOTH_WAYS;
	if (K2_CLASS(i->code) == K2_JMP32) {
		x = low_half(&x);
		y = low_half(&y);
		return way_of(K2_OP(i->code), &x, &y, 32);
	}
	return way_of(K2_OP(i->code), &x, &y, 64);
}

/* A number compared with another that is not known exactly tells something of that one, too (reg_set_min_max): where the
   one is weak, neither may be looked at behind the jump. */
static uint16_t entangled(const struct k2_insn *i, const struct k2_astate *old, uint16_t weak)
{
	uint16_t both;

	if (k2_isa_kind(i) != K2_KIND_JUMP || !(i->code & K2_X))
		return 0;
	both = (uint16_t)(1u << i->dst | 1u << i->src);
	if (!(both & weak) || (k2_aval_fixed(&old->reg[i->src]) && !(weak >> i->src & 1)))
		return 0;
	return both;
}

/* A state from which more can go wrong was already walked from here. */
static bool seen(const struct lockstep *x, const struct pair *p)
{
	for (const struct pair *q = x->seen; q; q = q->next) {
		bool covers = q->block == p->block;

		for (unsigned int r = 0; r < 11 && covers; r++)
			covers = k2_aval_within(&q->old.reg[r], &p->old.reg[r]) && k2_aval_within(&p->new_.reg[r], &q->new_.reg[r]);
		for (unsigned int k = 0; k < K2_SLOTS && covers; k++)
			covers = k2_slot_within(&q->old, &p->old, k, 0xff) && k2_slot_within(&p->new_, &q->new_, k, 0xff);
		if (covers)
			return true;
	}
	return false;
}

/* The two states flow along edge `e`, behind the jump (NULL: none), to a block. False: refused. */
static bool flow(struct lockstep *x, uint32_t to, unsigned int e, const struct k2_insn *jump, const struct k2_astate *old,
		 const struct k2_astate *new_)
{
	uint16_t tangled = jump ? entangled(jump, old, weak_regs(old, new_)) : 0, looked_at = x->ai->numbers[to];
	struct pair *p;

	if (tangled & looked_at)
		return false;
	p = k2_arena_alloc(x->arena, sizeof(*p));
	if (!p)
		return false;
	p->block = to;
	p->at = 0;
	p->old = *old;
	p->new_ = *new_;
	if (jump) {
		k2_astate_refine(x->ai, jump, e, &p->old);
		k2_astate_refine(x->ai, jump, e, &p->new_);
	}
	if (!(weak_regs(&p->old, &p->new_) & looked_at) || seen(x, p))
		return true;
	p->next = x->pending;
	x->pending = p;
	return true;
}

/* The jump decides the same; then along every edge that the new state allows. */
static bool flow_out(struct lockstep *x, const struct pair *p)
{
	const struct k2_block *b = &x->ai->f->blocks[p->block];
	const struct k2_insn *last = b->n ? &b->insns[b->n - 1] : NULL;
	const struct k2_insn *jump = last && k2_isa_kind(last) == K2_KIND_JUMP ? last : NULL;
	enum k2_way was = jump ? k2_absint_way(jump, &p->old) : K2_BOTH_WAYS;
	enum k2_way is = jump ? k2_absint_way(jump, &p->new_) : K2_BOTH_WAYS;

	if (was != K2_BOTH_WAYS && was != is)
		return false;
	for (unsigned int e = 0; e < b->n_succ; e++) {
		if (is != K2_BOTH_WAYS && e != (unsigned int)is)
			continue;
		if (!flow(x, b->succ[e], e, jump, &p->old, &p->new_))
			return false;
	}
	return true;
}

static bool keeps_in_slot(const struct lockstep *x, const struct k2_insn *i, const struct pair *p, uint16_t weak)
{
	struct k2_stack_effect e;

	if (k2_isa_kind(i) != K2_KIND_STORE || K2_CLASS(i->code) != K2_STX || !(weak >> i->src & 1))
		return true;
	k2_absint_stack_effect(x->ai, i, &p->old, &e);
	for (unsigned int k = 0; k < 8; k++) {
		if (e.kills[k] & x->ai->demand[k])
			return false;
	}
	return p->old.reg[i->dst].region != K2_RG_STACK || k2_known_const(&p->old.reg[i->dst].num);
}

/* One block from p->at to its end. */
static bool walk(struct lockstep *x, struct pair *p)
{
	const struct k2_block *b = &x->ai->f->blocks[p->block];

	for (uint32_t k = p->at; k < b->n; k++) {
		const struct k2_insn *i = &b->insns[k];
		uint16_t weak = weak_regs(&p->old, &p->new_);

		if (!weak)
			return true;
		if (++x->steps > STEPS_MAX)
			return false;
		if (k2_isa_kind(i) == K2_KIND_JUMP)
			continue;
		if ((k2_absint_numbers_used(x->ai->f, i, &p->old) | k2_absint_numbers_used(x->ai->f, i, &p->new_)) & weak)
			return false;
		if (!keeps_in_slot(x, i, p, weak))
			return false;
		k2_absint_step(x->ai, i, &p->old);
		k2_absint_step(x->ai, i, &p->new_);
	}
	return flow_out(x, p);
}

static bool walk_all(struct lockstep *x)
{
	while (x->pending) {
		struct pair *p = x->pending, *s = k2_arena_dup(x->arena, p, 1, sizeof(*s));

		x->pending = p->next;
		if (!s || ++x->n_seen > SEEN_MAX)
			return false;
		s->next = x->seen;
		x->seen = s;
		if (!walk(x, p))
			return false;
	}
	return true;
}

bool k2_absint_same_ways(struct k2_absint *ai, uint32_t block, uint32_t at, const struct k2_astate *old,
			 const struct k2_astate *new_)
{
	struct lockstep x = { .ai = ai, .arena = k2_arena_like(ai->arena) };
	struct pair *p = x.arena ? k2_arena_alloc(x.arena, sizeof(*p)) : NULL;
	bool ok = false;

	if (p) {
		p->block = block;
		p->at = at;
		p->old = *old;
		p->new_ = *new_;
		ok = (at < ai->f->blocks[block].n ? walk(&x, p) : flow_out(&x, p)) && walk_all(&x);
	}
	k2_arena_free(x.arena);
	return ok;
}

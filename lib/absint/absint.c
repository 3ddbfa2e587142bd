// SPDX-License-Identifier: BSD-2-Clause
/* The fixpoint over the control-flow graph: joins, refinement along branches, widening. */
#include "absint_impl.h"
#include <string.h>

/* A loop head's numbers are given up after so many visits. */
enum { WIDEN_AFTER = 3, ROUNDS_MAX = 100 };

static bool same_known(const struct k2_known *a, const struct k2_known *b)
{
	return a->zeros == b->zeros && a->ones == b->ones && a->umin == b->umin && a->umax == b->umax;
}

static bool same_aval(const struct k2_aval *a, const struct k2_aval *b)
{
	return a->region == b->region && a->uninit == b->uninit && a->id == b->id && same_known(&a->num, &b->num);
}

static struct k2_known join_known(const struct k2_known *a, const struct k2_known *b)
{
	return (struct k2_known){ a->zeros & b->zeros, a->ones & b->ones, K2_MIN(a->umin, b->umin),
				  K2_MAX(a->umax, b->umax) };
}

struct k2_aval k2_aval_join(const struct k2_aval *a, const struct k2_aval *b)
{
	struct k2_aval r = *a;
	bool own = a->region == K2_RG_ANY || b->region == K2_RG_ANY || a->region == K2_RG_STACK ||
		   b->region == K2_RG_STACK;

	if (a->uninit || b->uninit) {
		r = k2_aval_region(K2_RG_ANY, 0);
		r.uninit = true;
		return r;
	}
	if (a->region == b->region && (a->id == b->id || a->region != K2_RG_DATA)) {
		r.id = a->id == b->id ? a->id : 0;
		r.num = join_known(&a->num, &b->num);
		return r;
	}
	return k2_aval_region(own ? K2_RG_ANY : K2_RG_FOREIGN, 0);
}

bool k2_aval_within(const struct k2_aval *a, const struct k2_aval *b)
{
	struct k2_aval j;

	if (b->uninit)
		return true;
	if (a->uninit)
		return false;
	j = k2_aval_join(a, b);
	return same_aval(&j, b);
}

static bool merge_aval(struct k2_aval *to, const struct k2_aval *from, bool widen)
{
	struct k2_aval r;

	if (!memcmp(to, from, sizeof(*to))) /* as most are */
		return false;
	r = k2_aval_join(to, from);
	if (same_aval(&r, to))
		return false;
	if (widen && !same_known(&r.num, &to->num))
		r.num = (struct k2_known){ 0, 0, 0, UINT64_MAX };
	*to = r;
	return true;
}

static bool merge_slot(struct k2_astate *to, const struct k2_astate *from, unsigned int k, bool widen)
{
	uint8_t init = to->init[k] & from->init[k], zero = to->zero[k] & from->zero[k];
	bool changed = init != to->init[k] || zero != to->zero[k];
	struct k2_aval a = to->slot[k], b = from->slot[k];

	to->init[k] = init;
	to->zero[k] = zero;
	if (to->spill[k] != from->spill[k]) {
		/* No common value: what is left is what the bytes may be. */
		a.num = b.num = (struct k2_known){ 0, 0, 0, UINT64_MAX };
		if (to->spill[k]) {
			to->spill[k] = 0;
			changed = true;
		}
		if (memcmp(&to->slot[k], &a, sizeof(a))) {
			to->slot[k] = a;
			changed = true;
		}
	}
	return merge_aval(&to->slot[k], &b, widen) || changed;
}

bool k2_astate_merge(struct k2_astate *to, const struct k2_astate *from, bool widen)
{
	bool changed = false;

	if (!from->reached)
		return false;
	if (!to->reached) {
		*to = *from;
		return true;
	}
	for (unsigned int r = 0; r < 11; r++)
		changed |= merge_aval(&to->reg[r], &from->reg[r], widen);
	for (unsigned int k = 0; k < K2_SLOTS; k++)
		changed |= merge_slot(to, from, k, widen);
	return changed;
}

unsigned int k2_slot_shift(const struct k2_func *f, unsigned int byte, unsigned int size)
{
	return 8 * (f->desc->big_endian ? 8 - byte - size : byte);
}

struct k2_aval k2_astate_slot(const struct k2_func *f, const struct k2_astate *s, unsigned int k)
{
	struct k2_aval r = k2_aval_region((enum k2_region)s->slot[k].region, 0);
	unsigned int n = s->spill[k];

	if (n == 8)
		return s->slot[k];
	if (n)
		r.region = K2_RG_SCALAR;
	if (r.region != K2_RG_SCALAR)
		return r;
	if (n) {
		r.num.zeros |= (s->slot[k].num.zeros & k2_mask(8 * n)) << k2_slot_shift(f, 0, n);
		r.num.ones |= (s->slot[k].num.ones & k2_mask(8 * n)) << k2_slot_shift(f, 0, n);
	}
	for (unsigned int b = n; b < 8; b++) {
		if (s->zero[k] >> b & 1)
			r.num.zeros |= 0xffull << k2_slot_shift(f, b, 1);
	}
	r.num.umin = r.num.ones;
	r.num.umax = ~r.num.zeros;
	return r;
}

/* Nothing is known but how many bytes there are: any load of that width says as much. */
static bool says_nothing(const struct k2_aval *v, unsigned int bytes)
{
	return v->region == K2_RG_SCALAR && !v->num.ones && !v->num.umin && !(v->num.zeros & k2_mask(8 * bytes)) &&
	       v->num.umax >= k2_mask(8 * bytes);
}

bool k2_slot_within(const struct k2_astate *a, const struct k2_astate *b, unsigned int k, uint8_t mask)
{
	uint8_t zeroes = (uint8_t)(b->zero[k] & mask), over = (uint8_t)k2_mask(b->spill[k]);

	if (b->init[k] & mask & ~a->init[k])
		return false;
	if ((over & mask) && !says_nothing(&b->slot[k], b->spill[k]) && (a->spill[k] != b->spill[k] || !k2_aval_within(&a->slot[k], &b->slot[k])))
		return false;
	return !(zeroes & ~a->zero[k]);
}

static void tighten(struct k2_known *k)
{
	k->umin = K2_MAX(k->umin, k->ones);
	k->umax = K2_MIN(k->umax, ~k->zeros);
	if (k->umax < UINT64_MAX)
		k->zeros |= ~k2_mask(k->umax ? 64 - (unsigned int)__builtin_clzll(k->umax) : 0);
	if (k->umin == k->umax) {
		k->ones = k->umin;
		k->zeros = ~k->umin;
	}
}

static bool contradictory(const struct k2_known *k)
{
	return k->umin > k->umax || (k->zeros & k->ones);
}

/* The relation that holds on the edge, as a jump operation. */
static uint8_t on_edge(uint8_t op, unsigned int taken)
{
	if (taken)
		return op;
	switch (op) {
	case K2_JEQ: return K2_JNE;
	case K2_JNE: return K2_JEQ;
	case K2_JGT: return K2_JLE;
	case K2_JGE: return K2_JLT;
	case K2_JLT: return K2_JGE;
	case K2_JLE: return K2_JGT;
	case K2_JSGT: return K2_JSLE;
	case K2_JSGE: return K2_JSLT;
	case K2_JSLT: return K2_JSGE;
	case K2_JSLE: return K2_JSGT;
	default: return 0; /* JSET not taken is handled by its caller */
	}
}

/* Signed relations between numbers that are not negative on both sides are unsigned ones. */
static uint8_t as_unsigned(uint8_t op)
{
	switch (op) {
	case K2_JSGT: return K2_JGT;
	case K2_JSGE: return K2_JGE;
	case K2_JSLT: return K2_JLT;
	case K2_JSLE: return K2_JLE;
	default: return op;
	}
}

static void apply_relation(uint8_t op, uint64_t c, struct k2_known *k)
{
	switch (op) {
	case K2_JEQ:
		k->umin = K2_MAX(k->umin, c);
		k->umax = K2_MIN(k->umax, c);
		break;
	case K2_JNE:
		if (k->umin == c && c != UINT64_MAX)
			k->umin++;
		else if (k->umax == c && c != 0)
			k->umax--;
		break;
	case K2_JGT:
		if (c != UINT64_MAX)
			k->umin = K2_MAX(k->umin, c + 1);
		break;
	case K2_JGE: k->umin = K2_MAX(k->umin, c); break;
	case K2_JLT:
		if (c)
			k->umax = K2_MIN(k->umax, c - 1);
		break;
	case K2_JLE: k->umax = K2_MIN(k->umax, c); break;
	default: break;
	}
}

void k2_astate_refine(struct k2_absint *ai, const struct k2_insn *i, unsigned int edge, struct k2_astate *s)
{
	bool narrow = K2_CLASS(i->code) == K2_JMP32, is_reg = i->code & K2_X;
	struct k2_aval *d = &s->reg[i->dst];
	uint64_t c = is_reg ? s->reg[i->src].num.umin : (uint64_t)i->imm, limit;
	struct k2_known k = d->num;
	uint8_t op = K2_OP(i->code);

	(void)ai;
	if (k2_isa_kind(i) != K2_KIND_JUMP || d->region != K2_RG_SCALAR || (i->flags & K2_F_SYM_IMM))
		return;
	if (is_reg && (s->reg[i->src].region != K2_RG_SCALAR || !k2_known_const(&s->reg[i->src].num)))
		return;
	if (narrow) {
		if (k.umax > UINT32_MAX)
			return;
		c &= UINT32_MAX;
	}
	limit = narrow ? INT32_MAX : INT64_MAX;
	if (op == K2_JSET) {
		if (!edge)
			k.zeros |= c;
	} else {
		op = on_edge(op, edge);
		if (as_unsigned(op) != op && (c > limit || k.umax > limit))
			return;
		apply_relation(as_unsigned(op), c, &k);
	}
	tighten(&k);
	if (!contradictory(&k))
		d->num = k;
}

static struct k2_aval passed_value(const struct k2_passed *p)
{
	static const enum k2_region region[] = {
		[K2_PASSED_ANYTHING] = K2_RG_FOREIGN, [K2_PASSED_NUMBER] = K2_RG_SCALAR, [K2_PASSED_FRAME] = K2_RG_FRAME,
		[K2_PASSED_CONTEXT] = K2_RG_CTX, [K2_PASSED_PACKET] = K2_RG_PKT, [K2_PASSED_PACKET_END] = K2_RG_PKT_END,
		[K2_PASSED_MAP_VALUE] = K2_RG_MAP_VALUE, [K2_PASSED_GLOBAL] = K2_RG_DATA, [K2_PASSED_RECORD] = K2_RG_MEM,
	};
	struct k2_aval v = k2_aval_region(region[p->kind], p->sym);

	if (p->kind == K2_PASSED_NUMBER || p->kind == K2_PASSED_FRAME || p->kind == K2_PASSED_CONTEXT)
		v.num = (struct k2_known){ p->zeros, p->ones, p->min, p->max };
	return v;
}

static void entry_state(const struct k2_func *f, struct k2_astate *s)
{
	s->reached = true;
	for (unsigned int r = 0; r < 10; r++) {
		bool arg = r >= 1 && r <= f->n_args;

		s->reg[r] = k2_aval_region(arg ? K2_RG_FOREIGN : K2_RG_ANY, 0);
		if (arg && f->desc->passed)
			s->reg[r] = passed_value(&f->desc->passed[r - 1]);
		s->reg[r].uninit = !arg;
	}
	if (f->type && !f->desc->is_subprog) {
		s->reg[1] = k2_aval_region(K2_RG_CTX, 0);
		s->reg[1].num = k2_aval_scalar(0).num;
	}
	s->reg[10] = k2_aval_region(K2_RG_STACK, 0);
	s->reg[10].num = k2_aval_scalar(0).num;
	for (unsigned int k = 0; k < K2_SLOTS; k++)
		s->slot[k] = k2_aval_region(K2_RG_SCALAR, 0);
}

static void flow_out(struct k2_absint *ai, uint32_t b, const struct k2_astate *end, bool *again)
{
	const struct k2_block *blk = &ai->f->blocks[b];

	for (unsigned int e = 0; e < blk->n_succ; e++) {
		uint32_t to = blk->succ[e];
		struct k2_astate s = *end;

		if (blk->n_succ == 2)
			k2_astate_refine(ai, &blk->insns[blk->n - 1], e, &s);
		if (k2_astate_merge(&ai->entry[to], &s, ai->visits[to] > WIDEN_AFTER)) {
			*again |= ai->f->blocks[to].rpo <= blk->rpo;
			ai->entry[to].reached = true;
		}
	}
}

/* Rounds over the blocks in reverse postorder until nothing changes. Widening bounds the rounds: a loop head's numbers
   are given up after WIDEN_AFTER, and regions only ever get weaker. */
static enum k2_status fixpoint(struct k2_absint *ai)
{
	const struct k2_func *f = ai->f;
	bool again = true;

	memset(ai->entry, 0, f->n_blocks * sizeof(*ai->entry));
	memset(ai->visits, 0, f->n_blocks);
	entry_state(f, &ai->entry[0]);
	for (unsigned int round = 0; again; round++) {
		again = false;
		if (round > ROUNDS_MAX)
			return K2_EBUDGET;
		for (uint32_t k = 0; k < f->n_order; k++) {
			uint32_t b = f->order[k];
			struct k2_astate s = ai->entry[b];

			if (ai->visits[b] < UINT8_MAX)
				ai->visits[b]++;
			for (uint32_t j = 0; j < f->blocks[b].n; j++)
				k2_absint_step(ai, &f->blocks[b].insns[j], &s);
			flow_out(ai, b, &s, &again);
		}
	}
	return K2_OK;
}

enum k2_status k2_absint_run(struct k2_arena *a, const struct k2_func *f, struct k2_absint **out)
{
	struct k2_absint *ai = k2_arena_alloc(a, sizeof(*ai));
	enum k2_status st;

	if (!ai)
		return K2_ENOMEM;
	ai->f = f;
	ai->arena = a;
	ai->entry = k2_arena_calloc(a, f->n_blocks, sizeof(*ai->entry));
	ai->visits = k2_arena_calloc(a, f->n_blocks, 1);
	if (!ai->entry || !ai->visits)
		return K2_ENOMEM;
	st = fixpoint(ai);
	if (!st && ai->escapes) /* what was believed before that was known does not hold */
		st = fixpoint(ai);
	if (!st)
		st = k2_absint_find_demand(ai);
	if (st) {
		k2_absint_free(ai);
		return st;
	}
	*out = ai;
	return K2_OK;
}

bool k2_absint_escapes(const struct k2_absint *ai)
{
	return ai->escapes;
}

void k2_absint_free(struct k2_absint *ai)
{
	if (!ai)
		return;
	k2_arena_free(ai->scratch);
	ai->scratch = NULL;
	ai->terms = NULL;
}

const struct k2_astate *k2_absint_entry(const struct k2_absint *ai, uint32_t block)
{
	return &ai->entry[block];
}

/* The stack effect of every instruction that has one, found by position. */
struct effects {
	uint32_t *first;  /* by block: index into `at` */
	uint32_t *at;     /* 1 + index into e, by instruction; 0: none */
	struct k2_stack_effect *e;
	uint32_t n, cap;
};

static bool is_empty(const struct k2_stack_effect *e)
{
	static const struct k2_stack_effect none;

	return !memcmp(e, &none, sizeof(none));
}

static enum k2_status collect_effects(struct k2_arena *a, struct k2_absint *ai, struct effects *fx)
{
	const struct k2_func *f = ai->f;
	uint32_t total = 0;

	fx->first = k2_arena_calloc(a, f->n_blocks, sizeof(*fx->first));
	if (!fx->first)
		return K2_ENOMEM;
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		fx->first[b] = total;
		total += f->blocks[b].n;
	}
	fx->at = k2_arena_calloc(a, total, sizeof(*fx->at));
	if (!fx->at)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < f->n_order; k++) {
		uint32_t b = f->order[k];
		struct k2_astate s = ai->entry[b];

		for (uint32_t j = 0; j < f->blocks[b].n; j++) {
			struct k2_stack_effect e;

			k2_absint_stack_effect(ai, &f->blocks[b].insns[j], &s, &e);
			k2_absint_step(ai, &f->blocks[b].insns[j], &s);
			if (is_empty(&e))
				continue;
			if (!K2_VEC_PUSH(a, fx->e, fx->n, fx->cap, e))
				return K2_ENOMEM;
			fx->at[fx->first[b] + j] = fx->n;
		}
	}
	return K2_OK;
}

static void look_up_effect(void *user, uint32_t block, uint32_t index, struct k2_stack_effect *e)
{
	const struct effects *fx = user;
	uint32_t at = fx->at[fx->first[block] + index];

	if (at)
		*e = fx->e[at - 1];
}

enum k2_status k2_absint_liveness(struct k2_arena *a, struct k2_absint *ai, struct k2_liveness *out)
{
	struct effects fx = { 0 };
	enum k2_status st = collect_effects(a, ai, &fx);

	return st ? st : k2_liveness(a, ai->f, look_up_effect, &fx, out);
}

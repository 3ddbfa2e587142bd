// SPDX-License-Identifier: BSD-2-Clause
/* Problems cut out of windows. A result and the instructions on which it alone depends need not stand together: what is in between stays
   where it is, and the new code stands where the result was complete. */
#include "problem.h"
#include <string.h>

/* Definitions are numbered by instruction; what is there before the first one is ENTRY + register. */
enum { ENTRY = 1 << 16, NOBODY = 1 << 17 };

struct k2_uses {
	uint32_t n;
	uint32_t (*def)[11]; /* by instruction, then register: who made what it holds before; [n]: behind the window */
	uint32_t *count;     /* by instruction: readers of what it makes, what is behind the window counting as one */
};

struct k2_uses *k2_uses_of(const struct k2_site *s)
{
	struct k2_uses *u = k2_arena_alloc(s->arena, sizeof(*u));

	if (!u)
		return NULL;
	u->n = s->n;
	u->def = k2_arena_calloc(s->arena, (size_t)s->n + 1, sizeof(*u->def));
	u->count = k2_arena_calloc(s->arena, (size_t)s->n + 1, sizeof(*u->count));
	if (!u->def || !u->count)
		return NULL;
	for (unsigned int r = 0; r < 11; r++)
		u->def[0][r] = ENTRY + r;
	for (uint32_t k = 0; k <= s->n; k++) {
		for (unsigned int r = 0; r < 11; r++) {
			uint32_t by = u->def[k][r];
			bool used = k < s->n ? k2_reads(&s->insns[k], r) : k2_live_reg(&s->live[k], r);

			if (used && by < ENTRY)
				u->count[by]++;
			if (k < s->n)
				u->def[k + 1][r] = k2_writes(&s->insns[k], r) ? k : by;
		}
	}
	return u;
}

/* Not surely a pointer: the checker knows better. */
static bool maybe_number(const struct k2_site *s, k2_t v)
{
	return v && k2_sym_aval(&s->w->ctx, v).region <= K2_RG_SCALAR;
}

static bool is_arithmetic(const struct k2_insn *i)
{
	return k2_is_plain(i) && (k2_isa_kind(i) == K2_KIND_ALU || (k2_isa_kind(i) == K2_KIND_LD_IMM64 && !i->sym && !i->src));
}

static bool is_member(const struct k2_cut *c, uint32_t k)
{
	for (unsigned int m = 0; m < c->n_members; m++) {
		if (c->member[m] == k)
			return true;
	}
	return k == c->at;
}

/* ---- the slice ---- */

/* All who read what instruction k makes are members. */
static bool only_for_members(const struct k2_site *s, const struct k2_uses *u, const struct k2_cut *c, uint32_t k)
{
	uint8_t r = s->insns[k].dst;
	uint32_t count = 0;

	for (uint32_t j = k + 1; j <= c->at; j++)
		count += is_member(c, j) && u->def[j][r] == k && k2_reads(&s->insns[j], r);
	return count == u->count[k];
}

/* The last instruction that could join: one of its members reads what it makes, and nobody else does. NOBODY: none. */
static uint32_t next_member(const struct k2_site *s, const struct k2_uses *u, const struct k2_cut *c)
{
	for (uint32_t k = c->at; k-- > 0;) {
		if (!is_member(c, k) && is_arithmetic(&s->insns[k]) && u->count[k] && only_for_members(s, u, c, k))
			return k;
	}
	return NOBODY;
}

/* ---- values ---- */

struct build {
	const struct k2_site *s;
	const struct k2_uses *u;
	struct k2_cut *c;
	k2_t in[K2_PB_INPUTS];
	uint32_t made[K2_PB_OPS]; /* the instruction of each operation */
	bool closed;              /* no new inputs, but constants */
	bool failed;
};

static k2_t term_of(const struct build *b, uint32_t def, unsigned int r)
{
	return k2_term_at(b->s, def < ENTRY ? def + 1 : 0, r);
}

static uint8_t input(struct build *b, k2_t v)
{
	struct k2_problem *p = &b->c->p;

	for (uint8_t k = 0; k < p->n_in; k++) {
		if (b->in[k] == v)
			return k;
	}
	if (!maybe_number(b->s, v) || p->n_in == K2_PB_INPUTS || (b->closed && !k2_t_is_const(v))) {
		b->failed = true;
		return 0;
	}
	b->in[p->n_in] = v;
	p->in[p->n_in] = (struct k2_known){ v->zeros, v->ones, v->umin, v->umax };
	return p->n_in++;
}

/* Operations count behind the inputs, of which there may be more later: 64 + number until all are known. */
enum { OP = 64 };

static uint8_t value(struct build *b, uint32_t def, unsigned int r, unsigned int depth);

static struct k2_op operation(struct build *b, uint32_t k, unsigned int depth)
{
	const struct k2_insn *i = &b->s->insns[k];
	struct k2_op op = { i->code, K2_PB_NONE, K2_PB_NONE, i->off, i->imm };
	uint16_t reads = k2_isa_reads(i);
	bool two = (i->code & K2_X) && K2_CLASS(i->code) >= K2_ALU && !(K2_CLASS(i->code) == K2_ALU && K2_OP(i->code) == K2_END);
	bool mov = K2_CLASS(i->code) != K2_JMP && K2_CLASS(i->code) != K2_JMP32 && K2_OP(i->code) == K2_MOV;

	if (k2_isa_kind(i) != K2_KIND_LD_IMM64 && !mov && (reads >> i->dst & 1))
		op.a = value(b, b->u->def[k][i->dst], i->dst, depth);
	if (k2_isa_kind(i) != K2_KIND_LD_IMM64 && two && (reads >> i->src & 1))
		op.b = value(b, b->u->def[k][i->src], i->src, depth);
	return op;
}

/* What definition `def` of register r made: an operation of members, of others down to some depth, or an input. */
static uint8_t value(struct build *b, uint32_t def, unsigned int r, unsigned int depth)
{
	struct k2_problem *p = &b->c->p;
	bool member = def < ENTRY && is_member(b->c, def);
	struct k2_op op;

	if (b->failed)
		return 0;
	for (uint8_t k = 0; def < ENTRY && k < p->n_ops; k++) {
		if (b->made[k] == def)
			return (uint8_t)(OP + k);
	}
	if (!member && (def >= ENTRY || !depth || !is_arithmetic(&b->s->insns[def])))
		return input(b, term_of(b, def, r));
	op = operation(b, def, member ? depth : depth - 1);
	if (p->n_ops == K2_PB_OPS)
		b->failed = true;
	if (b->failed)
		return 0;
	b->made[p->n_ops] = def;
	p->op[p->n_ops] = op;
	return (uint8_t)(OP + p->n_ops++);
}

/* The same, or nothing has happened: first with what was computed before, then as an input. */
static uint8_t try_value(struct build *b, uint32_t def, unsigned int r)
{
	struct k2_problem *p = &b->c->p;
	uint8_t n_in = p->n_in, n_ops = p->n_ops, v = K2_PB_NONE;

	if (!maybe_number(b->s, term_of(b, def, r)))
		return K2_PB_NONE;
	for (unsigned int depth = 3; depth-- > 0;) {
		b->failed = false;
		v = value(b, def, r, depth);
		if (!b->failed)
			return v;
		p->n_in = n_in;
		p->n_ops = n_ops;
	}
	return K2_PB_NONE;
}

static void renumber(const struct k2_problem *p, uint8_t *v)
{
	if (*v >= OP && *v != K2_PB_NONE)
		*v = (uint8_t)(*v - OP + p->n_in);
}

static void number_values(struct k2_problem *p)
{
	for (unsigned int k = 0; k < p->n_ops; k++) {
		renumber(p, &p->op[k].a);
		renumber(p, &p->op[k].b);
	}
	renumber(p, &p->jump.a);
	renumber(p, &p->jump.b);
	renumber(p, &p->target);
	for (unsigned int k = 0; k < p->n_regs; k++)
		renumber(p, &p->reg[k]);
}

/* ---- registers ---- */

/* Who made what register r holds before the new code, when the members are gone. NOBODY: it holds nothing. */
static uint32_t def_without_members(const struct build *b, unsigned int r)
{
	for (uint32_t k = b->c->at; k-- > 0;) {
		if (!is_member(b->c, k) && k2_writes(&b->s->insns[k], r))
			return k;
	}
	return k2_live_reg(&b->s->live[0], r) ? ENTRY + r : NOBODY;
}

static uint8_t holds(struct build *b, unsigned int r)
{
	uint32_t def = def_without_members(b, r);

	return def == NOBODY ? K2_PB_NONE : try_value(b, def, r);
}

/* Registers whose values have to do with the result: only what its inputs decide can be of use. Those with low values first. */
static void add_registers(struct build *b, int d)
{
	struct k2_problem *p = &b->c->p;
	uint8_t v[10];

	b->closed = true;
	for (unsigned int r = 0; r < 10; r++)
		v[r] = holds(b, r);
	p->reg[0] = d < 0 ? K2_PB_NONE : v[d];
	b->c->reg[0] = (uint8_t)(d < 0 ? 0 : d);
	p->n_regs = 1;
	if (d >= 0)
		v[d] = K2_PB_NONE;
	for (unsigned int want = 0; want < OP + K2_PB_OPS; want++) {
		for (unsigned int r = 0; r < 10 && p->n_regs < K2_PB_REGS; r++) {
			if (v[r] != want)
				continue;
			b->c->reg[p->n_regs] = (uint8_t)r;
			p->reg[p->n_regs++] = v[r];
			break; /* the same value once more is of no use */
		}
	}
}

/* Bits of register r that instruction `i`, which reads it, looks at. */
static uint64_t bits_read(const struct k2_insn *i, unsigned int r)
{
	uint8_t class = K2_CLASS(i->code), op = K2_OP(i->code);
	enum k2_kind kind = k2_isa_kind(i);

	if (!k2_is_plain(i))
		return UINT64_MAX;
	if (kind == K2_KIND_STORE)
		return i->dst == r || class != K2_STX ? UINT64_MAX : k2_mask(8 * k2_isa_access_size(i));
	if (kind == K2_KIND_JUMP)
		return class == K2_JMP32 ? UINT32_MAX : UINT64_MAX;
	if (kind != K2_KIND_ALU)
		return UINT64_MAX;
	if (op == K2_END)
		return k2_mask((unsigned int)i->imm);
	if (op == K2_AND && !(i->code & K2_X))
		return (uint64_t)i->imm & (class == K2_ALU ? UINT32_MAX : UINT64_MAX);
	return class == K2_ALU ? UINT32_MAX : UINT64_MAX;
}

/* Bits of the result that somebody looks at. */
static uint64_t bits_that_count(const struct k2_site *s, const struct k2_uses *u, uint32_t at)
{
	uint8_t r = s->insns[at].dst;
	uint64_t bits = 0;
	uint32_t k = at + 1;

	for (; k < s->n && u->def[k][r] == at; k++)
		bits |= k2_reads(&s->insns[k], r) ? bits_read(&s->insns[k], r) : 0;
	if (u->def[k][r] == at)
		bits |= (s->live[k].regs & K2_LIVE_LO(r) ? UINT32_MAX : 0) | (s->live[k].regs & K2_LIVE_HI(r) ? ~(uint64_t)UINT32_MAX : 0);
	return bits & (s->live[at + 1].regs & K2_LIVE_HI(r) ? UINT64_MAX : UINT32_MAX);
}

/* The register that the new code of a branch may use: one that it compares and nobody wants afterwards. -1: none. */
static int scratch_of_jump(const struct k2_site *s, uint32_t at)
{
	const struct k2_insn *i = &s->insns[at];

	if (!k2_live_reg(&s->live[at + 1], i->dst))
		return i->dst;
	return (i->code & K2_X) && !k2_live_reg(&s->live[at + 1], i->src) ? i->src : -1;
}

static bool build(const struct k2_site *s, const struct k2_uses *u, struct k2_cut *c)
{
	const struct k2_insn *root = &s->insns[c->at];
	struct build b = { .s = s, .u = u, .c = c };
	struct k2_problem *p = &c->p;
	int d;

	memset(p, 0, sizeof(*p));
	p->isa = (uint8_t)s->f->desc->isa;
	p->alu32 = s->f->desc->alu32;
	p->big_endian = s->f->desc->big_endian;
	p->level = (uint8_t)s->level;
	p->objective = (uint8_t)s->objective;
	p->branch = k2_isa_kind(root) == K2_KIND_JUMP;
	for (unsigned int m = 0; m < c->n_members; m++)
		p->slots = (uint8_t)(p->slots + k2_isa_slots(&s->insns[c->member[m]]));
	p->slots = (uint8_t)(p->slots + p->branch);
	if (p->branch) {
		p->jump = operation(&b, c->at, 0);
		d = scratch_of_jump(s, c->at);
		p->fixed = d < 0;
	} else {
		d = root->dst;
		p->target = value(&b, c->at, root->dst, 0);
		p->mask = bits_that_count(s, u, c->at);
		if (!maybe_number(s, k2_term_at(s, c->at + 1, root->dst)))
			return false;
	}
	if (b.failed)
		return false;
	add_registers(&b, d);
	number_values(p);
	return true;
}

static bool may_be_root(const struct k2_site *s, uint32_t at)
{
	const struct k2_insn *i = &s->insns[at];

	return k2_isa_kind(i) == K2_KIND_JUMP ? k2_is_plain(i) && at + 1 == s->n :
						is_arithmetic(i) && k2_live_reg(&s->live[at + 1], i->dst);
}

bool k2_cut_next(const struct k2_site *s, const struct k2_uses *u, uint32_t at, struct k2_cut *c)
{
	bool jump = k2_isa_kind(&s->insns[at]) == K2_KIND_JUMP;

	if (!c->n_members) {
		if (!may_be_root(s, at))
			return false;
		c->at = at;
		if (!jump)
			c->member[c->n_members++] = at;
		if (!jump && build(s, u, c))
			return true;
	}
	while (c->n_members < K2_PB_MEMBERS) {
		uint32_t k = next_member(s, u, c);

		if (k == NOBODY)
			return false;
		c->member[c->n_members++] = k;
		if (build(s, u, c))
			return true;
	}
	return false;
}

static struct k2_insn in_window(const struct k2_cut *c, struct k2_insn i)
{
	uint8_t src = i.src;

	i.dst = c->reg[i.dst];
	if ((i.code & K2_X) && !(K2_CLASS(i.code) == K2_ALU && K2_OP(i.code) == K2_END))
		i.src = c->reg[src];
	return i;
}

bool k2_cut_offer(const struct k2_site *s, const struct k2_cut *c, const struct k2_answers *found)
{
	for (unsigned int n = 0; n < found->n; n++) {
		const struct k2_answer *a = &found->a[n];
		unsigned int body = a->n - (c->p.branch ? 1u : 0u);
		struct k2_edit e;

		if (body > K2_BEFORE_MAX || !k2_edit_init(&e, s))
			continue;
		for (unsigned int m = 0; m < c->n_members; m++)
			k2_edit_delete(&e, c->member[m]);
		for (unsigned int k = 0; k < body; k++)
			k2_edit_insert(&e, c->at, in_window(c, a->code[k]));
		if (c->p.branch) {
			struct k2_insn jump = in_window(c, a->code[body]);

			jump.target = s->insns[c->at].target;
			k2_edit_replace(&e, c->at, jump);
		}
		if (k2_edit_offer(&e, c->at))
			return true;
	}
	return false;
}

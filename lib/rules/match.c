// SPDX-License-Identifier: BSD-2-Clause
/* Matching. A pattern is found from its last instruction backwards along definitions, so what stands in between does not matter
   unless it interferes (make.c asks that). The checker decides about every match: here it is enough to be right mostly. */
#include "rules.h"

enum {
	SCAN = 24,   /* instructions before the root in which unconnected parts of a pattern are looked for */
	VISITS = 64, /* nodes of the index that one root may lead to */
};

struct matcher {
	const struct k2_rules *set;
	const struct k2_rule_site *s;
	uint32_t (*def)[2];        /* 1 + the instruction that computed what k reads as dst and src; 0: none in the window */
	uint32_t way[K2_RULE_INSNS]; /* by order of matching */
	unsigned int left;         /* of VISITS */
	bool (*found)(void *user, const struct k2_rule_match *m);
	void *user;
	struct k2_rule_counts *counts;
};

static bool find_definitions(struct matcher *x)
{
	uint32_t last[11] = { 0 };

	x->def = k2_arena_calloc(x->s->arena, (size_t)x->s->n + 1, sizeof(*x->def));
	if (!x->def)
		return false;
	for (uint32_t k = 0; k < x->s->n; k++) {
		const struct k2_insn *i = &x->s->insns[k];
		uint16_t writes = k2_isa_writes(i);

		for (unsigned int side = 0; side < 2; side++) {
			int r = k2_rule_operand(i, side);

			x->def[k][side] = r < 0 || r > 10 ? 0 : last[r];
		}
		for (unsigned int r = 0; r < 11; r++) {
			if (writes >> r & 1)
				last[r] = k + 1;
		}
	}
	return true;
}

/* ---- one pattern in full ---- */

static bool bind_register(struct k2_rule_match *m, unsigned int var, uint8_t reg)
{
	if (var == K2_RULE_FP)
		return reg == 10;
	if (m->bound >> var & 1)
		return m->reg[var] == reg;
	m->reg[var] = reg;
	m->bound |= (uint16_t)(1u << var);
	return true;
}

static bool bind_registers(struct k2_rule_match *m, const struct k2_insn *p, const struct k2_insn *i)
{
	int result = k2_rule_result(p);

	for (unsigned int side = 0; side < 2; side++) {
		int r = k2_rule_operand(p, side);

		if (r >= 0 && !bind_register(m, (unsigned int)r, (uint8_t)k2_rule_operand(i, side)))
			return false;
	}
	return result < 0 || bind_register(m, (unsigned int)result, i->dst);
}

static bool is_kept(const struct k2_rules *set, const struct k2_rule *r, unsigned int k)
{
	for (unsigned int g = 0; g < r->n_give; g++) {
		if (set->insns[r->give + g].keeps == k + 1)
			return true;
	}
	return false;
}

static bool same_field(uint64_t want, int64_t have, const struct k2_insn *i)
{
	bool narrow = K2_CLASS(i->code) == K2_ALU || K2_CLASS(i->code) == K2_JMP32;

	return narrow ? (uint32_t)want == (uint32_t)have : want == (uint64_t)have;
}

/* Constants that stand by themselves get their values first; then everything has to agree. */
static bool bind_constants(const struct k2_rules *set, struct k2_rule_match *m, const struct k2_insn *insns)
{
	const struct k2_rule_insn *p = set->insns + m->rule->match;
	uint32_t known = 0;

	for (unsigned int k = 0; k < m->rule->n_match; k++) {
		const uint16_t e[2] = { p[k].off, p[k].imm };
		const int64_t field[2] = { insns[m->at[k]].off, insns[m->at[k]].imm };

		for (unsigned int f = 0; f < 2; f++) {
			uint64_t v;
			int sym = e[f] == K2_RULE_NONE ? -1 : k2_rule_solve(set, e[f], (uint64_t)field[f], &v);

			if (sym < 0 || (known >> sym & 1))
				continue;
			m->sym[sym] = v;
			known |= 1u << sym;
		}
	}
	for (unsigned int k = 0; k < m->rule->n_match; k++) {
		const struct k2_insn *i = &insns[m->at[k]];
		uint64_t imm = p[k].imm == K2_RULE_NONE ? (uint64_t)p[k].insn.imm : k2_rule_value(set, p[k].imm, m->sym);
		uint64_t off = p[k].off == K2_RULE_NONE ? (uint64_t)p[k].insn.off : k2_rule_value(set, p[k].off, m->sym);

		if (off != (uint64_t)i->off || !same_field(imm, i->imm, i))
			return false;
	}
	return true;
}

/* Every value read is the one that the pattern says: computed by that instruction of it, or one and the same from before. */
static bool same_flow(const struct matcher *x, const struct k2_rule_match *m)
{
	const struct k2_rule_insn *p = x->set->insns + m->rule->match;
	uint32_t now[K2_RULE_VARS + 1], entry[K2_RULE_VARS + 1];
	uint16_t written = 0, seen = 0;

	for (unsigned int k = 0; k < m->rule->n_match; k++) {
		int result = k2_rule_result(&p[k].insn);

		for (unsigned int side = 0; side < 2; side++) {
			int r = k2_rule_operand(&p[k].insn, side);
			uint32_t def = x->def[m->at[k]][side];

			if (r < 0 || r == K2_RULE_FP)
				continue;
			if (written >> r & 1 ? def != now[r] : (seen >> r & 1) && def != entry[r])
				return false;
			if (!(written >> r & 1))
				entry[r] = def;
			seen |= (uint16_t)(1u << r);
		}
		if (result >= 0) {
			now[result] = m->at[k] + 1;
			written |= (uint16_t)(1u << result);
		}
	}
	return true;
}

static bool registers_differ(const struct k2_rule_match *m)
{
	for (unsigned int x = 0; x < K2_RULE_VARS; x++) {
		for (unsigned int y = x + 1; y < K2_RULE_VARS; y++) {
			if ((m->bound >> x & 1) && (m->bound >> y & 1) && m->reg[x] == m->reg[y] && !(m->rule->share[x] >> y & 1))
				return false;
		}
	}
	return true;
}

/* ---- preconditions ---- */

/* The value of a register from before the pattern, at the first instruction that reads it. */
static k2_t value_before(const struct matcher *x, const struct k2_rule_match *m, unsigned int var)
{
	const struct k2_rule_insn *p = x->set->insns + m->rule->match;

	if (var == K2_RULE_FP)
		return x->s->points[m->at[0]].reg[10];
	for (unsigned int k = 0; k < m->rule->n_match; k++) {
		if (k2_isa_reads(&p[k].insn) >> var & 1)
			return x->s->points[m->at[k]].reg[m->reg[var]];
	}
	return NULL;
}

static bool is_aligned(const struct matcher *x, k2_t v, uint64_t off, uint64_t size)
{
	struct k2_aval a = k2_sym_aval(x->s->ctx, v);

	if (a.region != K2_RG_STACK)
		return !x->s->desc->strict_align;
	return k2_known_const(&a.num) && size && (a.num.umin + off) % size == 0;
}

static bool value_holds(const struct matcher *x, const struct k2_rule_match *m, const struct k2_rule_cond *c)
{
	k2_t v = x->s->ctx ? value_before(x, m, c->var) : NULL;
	uint64_t a = c->when == K2_RC_REGION ? 0 : k2_rule_value(x->set, c->a, m->sym);

	if (!v)
		return !x->s->ctx;
	switch (c->when) {
	case K2_RC_ZERO: return (v->zeros & a) == a;
	case K2_RC_MAX: return v->umax <= a;
	case K2_RC_ALIGNED: return is_aligned(x, v, a, k2_rule_value(x->set, c->b, m->sym));
	default: return c->value >> k2_sym_aval(x->s->ctx, v).region & 1;
	}
}

static bool holds(const struct matcher *x, const struct k2_rule_match *m, const struct k2_rule_cond *c)
{
	const struct k2_live *behind = &x->s->live[m->at[m->rule->n_match - 1] + 1];
	uint64_t v;

	switch ((enum k2_rule_when)c->when) {
	case K2_RC_TEST: return k2_rule_value(x->set, c->a, m->sym) != 0;
	case K2_RC_IN:
		v = m->sym[c->var];
		return (int64_t)v >= (int64_t)k2_rule_value(x->set, c->a, m->sym) &&
		       (int64_t)v <= (int64_t)k2_rule_value(x->set, c->b, m->sym);
	case K2_RC_POW2: return m->sym[c->var] && !(m->sym[c->var] & (m->sym[c->var] - 1));
	case K2_RC_DEAD: return !k2_live_reg(behind, m->reg[c->var]);
	case K2_RC_LOW: return !(behind->regs & K2_LIVE_HI(m->reg[c->var]));
	case K2_RC_ISA: return x->s->desc->isa >= (enum k2_isa_level)c->value;
	case K2_RC_LITTLE: return !x->s->desc->big_endian;
	case K2_RC_BIG: return x->s->desc->big_endian;
	case K2_RC_ZERO: case K2_RC_MAX: case K2_RC_ALIGNED: case K2_RC_REGION: return value_holds(x, m, c);
	}
	return false;
}

static bool try_rule(struct matcher *x, const struct k2_rule *r)
{
	const struct k2_rule_insn *p = x->set->insns + r->match;
	struct k2_rule_match m = { .set = x->set, .rule = r };

	x->counts->tries++;
	for (unsigned int k = 0; k < r->n_match; k++)
		m.at[r->order[k]] = x->way[k];
	for (unsigned int k = 0; k < r->n_match; k++) {
		const struct k2_insn *i = &x->s->insns[m.at[k]];

		if ((i->flags & K2_F_OPAQUE) || ((i->flags || i->sym) && !is_kept(x->set, r, k)) ||
		    (k2_isa_kind(i) == K2_KIND_LD_IMM64 && i->src) || !bind_registers(&m, &p[k].insn, i))
			return false;
	}
	if (!same_flow(x, &m) || !registers_differ(&m) || !bind_constants(x->set, &m, x->s->insns))
		return false;
	for (unsigned int k = 0; k < r->n_cond; k++) {
		if (!holds(x, &m, &x->set->conds[r->cond + k]))
			return false;
	}
	return x->found(x->user, &m);
}

/* ---- the index ---- */

static bool visit(struct matcher *x, const struct k2_rule_node *n);

/* Takes the step to instruction k, `delta` bytes from where it comes from, among the children lo..hi, which are one kind of step. */
static bool go(struct matcher *x, unsigned int depth, uint32_t lo, uint32_t hi, uint32_t k, int delta)
{
	uint8_t code = x->s->insns[k].code;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct k2_rule_node *n = &x->set->nodes[mid];

		if (n->code == code && n->delta == delta) {
			x->way[depth] = k;
			return visit(x, n);
		}
		if (n->delta < delta || (n->delta == delta && n->code < code))
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static bool on_way(const struct matcher *x, unsigned int depth, uint32_t k)
{
	for (unsigned int d = 0; d < depth; d++) {
		if (x->way[d] == k)
			return true;
	}
	return false;
}

/* Backwards from the root; with `near`, the access that the step comes from, only through the same register. */
static bool scan(struct matcher *x, unsigned int depth, uint32_t lo, uint32_t hi, const struct k2_insn *near)
{
	for (uint32_t k = x->way[0]; k-- > 0 && x->way[0] - k <= SCAN;) {
		enum k2_kind kind = k2_isa_kind(&x->s->insns[k]);

		if (kind == K2_KIND_CALL || kind == K2_KIND_CALLX || kind == K2_KIND_OPAQUE)
			break;
		if (near && k2_rule_base(&x->s->insns[k]) != k2_rule_base(near))
			continue;
		if (!on_way(x, depth, k) && go(x, depth, lo, hi, k, near ? x->s->insns[k].off - near->off : 0))
			return true;
	}
	return false;
}

static bool visit(struct matcher *x, const struct k2_rule_node *n)
{
	uint32_t end = n->child + n->n_child;

	x->counts->visits++;
	if (!x->left)
		return false;
	x->left--;
	for (uint32_t lo = n->child, hi; lo < end; lo = hi) {
		const struct k2_rule_node *c = &x->set->nodes[lo];
		uint32_t def;

		for (hi = lo + 1; hi < end && x->set->nodes[hi].link == c->link && x->set->nodes[hi].from == c->from;)
			hi++;
		if (c->link >= K2_LINK_NEAR) {
			if (scan(x, n->at, lo, hi, c->link == K2_LINK_NEAR ? &x->s->insns[x->way[c->from]] : NULL))
				return true;
			continue;
		}
		def = x->def[x->way[c->from]][c->link == K2_LINK_SRC];
		if (def && !on_way(x, n->at, def - 1) && go(x, n->at, lo, hi, def - 1, 0))
			return true;
	}
	for (uint32_t k = 0; k < n->n_leaf; k++) {
		if (try_rule(x, &x->set->rules[x->set->leaves[n->leaf + k]]))
			return true;
	}
	return false;
}

bool k2_rules_match(const struct k2_rules *set, const struct k2_rule_site *s,
		    bool (*found)(void *user, const struct k2_rule_match *m), void *user, struct k2_rule_counts *counts)
{
	struct k2_rule_counts none = { 0 };
	struct matcher x = { .set = set, .s = s, .found = found, .user = user, .counts = counts ? counts : &none };

	if (!set->n_rules || !find_definitions(&x))
		return false;
	for (uint32_t k = 0; k < s->n; k++) {
		x.left = VISITS;
		if (go(&x, 0, set->nodes[0].child, set->nodes[0].child + set->nodes[0].n_child, k, 0))
			return true;
	}
	return false;
}

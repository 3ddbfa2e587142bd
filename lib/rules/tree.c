// SPDX-License-Identifier: BSD-2-Clause
/* What follows from a rule's text: in which order its pattern is matched, which registers it needs, and the index over all
   patterns, a tree of the ways from a root along dependences. Matching looks at one child of each kind of step, found by opcode,
   however many rules there are. */
#include <stdlib.h>
#include <string.h>
#include "rules.h"

static bool fail(struct k2_rule_maker *m, const char *why)
{
	if (!m->why)
		m->why = why;
	return false;
}

/* The last instruction before `k` that writes register `r`; -1: none. */
static int definition(const struct k2_rule_insn *v, unsigned int k, int r)
{
	while (k-- > 0) {
		if (k2_rule_result(&v[k].insn) == r)
			return (int)k;
	}
	return -1;
}

static void add_step(struct k2_rule *r, struct k2_rule_insn *match, unsigned int *n, unsigned int k, enum k2_rule_link link,
		     unsigned int from, uint32_t *seen)
{
	match[k].link = (uint8_t)link;
	match[k].from = (uint8_t)from;
	r->order[(*n)++] = (uint8_t)k;
	*seen |= 1u << k;
}

/* How far instruction a's offset is from instruction b's, whatever the constants are. False: that depends on them. */
static bool distance(const struct k2_rules *rs, const struct k2_rule_insn *a, const struct k2_rule_insn *b, int64_t *delta)
{
	uint64_t x, y;

	if (a->off == K2_RULE_NONE || b->off == K2_RULE_NONE) {
		*delta = (int64_t)a->insn.off - b->insn.off;
		return a->off == b->off;
	}
	if (k2_rule_solve(rs, a->off, 0, &x) < 0 || k2_rule_solve(rs, a->off, 0, &x) != k2_rule_solve(rs, b->off, 0, &y))
		return false;
	*delta = (int64_t)(y - x);
	return *delta >= INT16_MIN && *delta <= INT16_MAX;
}

/* A step to instruction k from an access through the same register that is known already, at a fixed distance. */
static bool add_near(const struct k2_rules *rs, struct k2_rule *r, struct k2_rule_insn *match, unsigned int *n, unsigned int k, uint32_t *seen)
{
	int base = k2_rule_base(&match[k].insn);
	int64_t delta;

	for (unsigned int from = 0; base >= 0 && from < *n; from++) {
		const struct k2_rule_insn *other = &match[r->order[from]];

		if (k2_rule_base(&other->insn) != base || !distance(rs, &match[k], other, &delta))
			continue;
		match[k].delta = (int16_t)delta;
		add_step(r, match, n, k, K2_LINK_NEAR, from, seen);
		return true;
	}
	return false;
}

/* From the last instruction along what it depends on; then the last of those that are left, and so on. */
static void order_match(const struct k2_rules *rs, struct k2_rule *r, struct k2_rule_insn *match)
{
	unsigned int n = 0;
	uint32_t seen = 0;

	add_step(r, match, &n, r->n_match - 1u, K2_LINK_ROOT, 0, &seen);
	for (unsigned int k = 0; n < r->n_match; k++) {
		for (unsigned int side = 0; k < n && side < 2; side++) {
			int reg = k2_rule_operand(&match[r->order[k]].insn, side);
			int def = reg < 0 ? -1 : definition(match, r->order[k], reg);

			if (def >= 0 && !(seen >> def & 1))
				add_step(r, match, &n, (unsigned int)def, side ? K2_LINK_SRC : K2_LINK_DST, k, &seen);
		}
		if (k + 1 >= n && n < r->n_match) {
			unsigned int left = r->n_match - 1u;

			while (seen >> left & 1)
				left--;
			if (!add_near(rs, r, match, &n, left, &seen))
				add_step(r, match, &n, left, K2_LINK_SCAN, 0, &seen);
		}
	}
}

static void find_registers(struct k2_rule *r, const struct k2_rule_insn *match, const struct k2_rule_insn *give)
{
	uint16_t read_first = 0;

	for (unsigned int k = 0; k < r->n_match; k++) {
		read_first |= k2_isa_reads(&match[k].insn) & (uint16_t)~r->set_match;
		r->set_match |= k2_isa_writes(&match[k].insn);
		r->in_match |= k2_isa_reads(&match[k].insn) | k2_isa_writes(&match[k].insn);
	}
	for (unsigned int k = 0; k < r->n_give; k++) {
		r->needs |= k2_isa_reads(&give[k].insn) & (uint16_t)~r->set_give;
		r->set_give |= k2_isa_writes(&give[k].insn);
		r->in_give |= k2_isa_reads(&give[k].insn) | k2_isa_writes(&give[k].insn);
	}
	r->passing = r->set_match & (uint16_t)~r->set_give & (uint16_t)~read_first;
}

/* A store, a branch, or a register that somebody may look at. */
static bool has_effect(const struct k2_rule_maker *m, const struct k2_rule *r, const struct k2_rule_insn *match)
{
	uint16_t dead = 0;

	for (unsigned int k = 0; k < r->n_cond; k++) {
		const struct k2_rule_cond *c = &m->conds[r->cond + k];

		if (c->when == K2_RC_DEAD)
			dead = (uint16_t)(dead | 1u << c->var);
	}
	for (unsigned int k = 0; k < r->n_match; k++) {
		if (k2_rule_result(&match[k].insn) < 0)
			return true;
	}
	return r->set_match & ~r->passing & ~dead;
}

/* x is only read, and never behind the first write of y: in the same register, y begins where x ends. */
static bool may_share(const struct k2_rule_insn *v, unsigned int n, unsigned int x, unsigned int y)
{
	bool written = false;

	for (unsigned int k = 0; k < n; k++) {
		uint16_t reads = k2_isa_reads(&v[k].insn), writes = k2_isa_writes(&v[k].insn);

		if ((writes >> x & 1) || (!written && (reads >> y & 1)) || (written && (reads >> x & 1)))
			return false;
		written |= writes >> y & 1;
	}
	return true;
}

static void find_shared(struct k2_rule *r, const struct k2_rule_insn *match, const struct k2_rule_insn *give)
{
	for (unsigned int x = 0; x < K2_RULE_VARS; x++) {
		for (unsigned int y = 0; y < K2_RULE_VARS; y++) {
			if (x == y || !(r->set_match >> y & 1) || !may_share(match, r->n_match, x, y) ||
			    !may_share(give, r->n_give, x, y))
				continue;
			r->share[x] |= (uint16_t)(1u << y);
			r->share[y] |= (uint16_t)(1u << x);
		}
	}
}

static bool same_expr(const struct k2_rule_maker *m, uint16_t a, uint16_t b)
{
	const struct k2_rule_expr *x, *y;

	if (a == b || a == K2_RULE_NONE || b == K2_RULE_NONE)
		return a == b;
	x = &m->exprs[a];
	y = &m->exprs[b];
	if (x->op != y->op || x->value != y->value || x->op <= K2_RX_SYMBOL)
		return x->op == y->op && x->value == y->value;
	return same_expr(m, x->a, y->a) && (x->op < K2_RX_ADD || same_expr(m, x->b, y->b));
}

/* Is give[g] match[k], computed from the same? */
static bool same_step(const struct k2_rule_maker *m, const struct k2_rule_insn *match, unsigned int k,
		      const struct k2_rule_insn *give, unsigned int g)
{
	if (!k2_same_insn(&match[k].insn, &give[g].insn) || !same_expr(m, match[k].imm, give[g].imm) ||
	    !same_expr(m, match[k].off, give[g].off))
		return false;
	for (unsigned int side = 0; side < 2; side++) {
		int reg = k2_rule_operand(&match[k].insn, side), a, b;

		if (reg < 0)
			continue;
		a = definition(match, k, reg);
		b = definition(give, g, reg);
		if (b < 0 ? a >= 0 : give[b].keeps != a + 1)
			return false;
	}
	return true;
}

static void find_kept(const struct k2_rule_maker *m, const struct k2_rule *r, const struct k2_rule_insn *match,
		      struct k2_rule_insn *give)
{
	unsigned int next = 0;

	for (unsigned int g = 0; g < r->n_give; g++) {
		for (unsigned int k = next; k < r->n_match && !give[g].keeps; k++) {
			if (same_step(m, match, k, give, g)) {
				give[g].keeps = (uint8_t)(k + 1);
				next = k + 1;
			}
		}
	}
}

static uint8_t field_bits(const struct k2_insn *i)
{
	uint8_t op = K2_OP(i->code);

	if (k2_isa_kind(i) == K2_KIND_LD_IMM64)
		return 64;
	if (k2_isa_kind(i) == K2_KIND_ALU && (op == K2_LSH || op == K2_RSH || op == K2_ARSH))
		return K2_CLASS(i->code) == K2_ALU64 ? 6 : 5;
	return 32;
}

static void bind(const struct k2_rules *rs, struct k2_rule *r, uint16_t expr, uint8_t bits)
{
	uint64_t value;
	int sym = expr == K2_RULE_NONE ? -1 : k2_rule_solve(rs, expr, 0, &value);

	if (sym >= 0 && (!r->domain[sym] || bits < r->domain[sym]))
		r->domain[sym] = bits;
}

/* Every constant stands by itself in the pattern, so that matching tells its value. */
static bool find_domains(struct k2_rule_maker *m, struct k2_rule *r, const struct k2_rule_insn *match)
{
	const struct k2_rules rs = { .exprs = m->exprs };

	for (unsigned int k = 0; k < r->n_match; k++) {
		bind(&rs, r, match[k].imm, field_bits(&match[k].insn));
		bind(&rs, r, match[k].off, 16);
	}
	for (unsigned int s = 0; s < m->n_sym; s++) {
		if (!r->domain[s])
			return fail(m, "a constant that does not stand by itself in the pattern");
	}
	r->n_syms = (uint8_t)m->n_sym;
	return true;
}

bool k2_rule_finish(struct k2_rule_maker *m, struct k2_rule *r)
{
	struct k2_rule_insn *match = m->insns + r->match, *give = m->insns + r->give;
	const struct k2_rules rs = { .exprs = m->exprs };
	unsigned int made = 0;

	order_match(&rs, r, match);
	find_registers(r, match, give);
	if (r->needs & ~r->in_match & ~(1u << K2_RULE_FP))
		return fail(m, "the replacement reads a register that the pattern does not have");
	for (unsigned int k = 0; k + 1 < r->n_match; k++) {
		if (k2_isa_is_terminator(&match[k].insn))
			return fail(m, "only the last instruction may be a jump");
	}
	for (unsigned int k = 0; k < r->n_give; k++) {
		if (k2_isa_is_terminator(&give[k].insn) != (k + 1u == r->n_give && k2_isa_is_terminator(&match[r->n_match - 1].insn)))
			return fail(m, "the replacement has to end as the pattern does");
	}
	if (!has_effect(m, r, match))
		return fail(m, "the replacement has nothing of what the pattern computes");
	find_shared(r, match, give);
	find_kept(m, r, match, give);
	for (unsigned int k = 0; k < r->n_give; k++)
		made += !give[k].keeps;
	if (made > K2_RULE_NEW)
		return fail(m, "a replacement with more than four new instructions");
	return find_domains(m, r, match);
}

/* ---- the index ---- */

struct indexer {
	const struct k2_rule_maker *m;
	struct k2_rule_node *nodes;
	uint32_t *leaves; /* numbers of rules, in the order of their patterns */
	uint32_t n_nodes;
};

static const struct k2_rule_insn *step(const struct k2_rule_maker *m, uint32_t rule, unsigned int depth)
{
	const struct k2_rule *r = &m->rules[rule];

	return &m->insns[r->match + r->order[depth]];
}

static int compare_steps(const struct k2_rule_insn *a, const struct k2_rule_insn *b)
{
	if (a->link != b->link)
		return a->link < b->link ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->delta != b->delta)
		return a->delta < b->delta ? -1 : 1;
	return (a->insn.code > b->insn.code) - (a->insn.code < b->insn.code);
}

static int compare_rules(const void *pa, const void *pb, void *user)
{
	const struct k2_rule_maker *m = user;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	unsigned int na = m->rules[a].n_match, nb = m->rules[b].n_match;

	for (unsigned int k = 0; k < na && k < nb; k++) {
		int c = compare_steps(step(m, a, k), step(m, b, k));

		if (c)
			return c;
	}
	if (na != nb)
		return na < nb ? -1 : 1;
	return a < b ? -1 : 1;
}

/* The end of the rules from lo on that go the same step at this depth. */
static uint32_t group_end(const struct indexer *x, uint32_t lo, uint32_t hi, unsigned int depth)
{
	uint32_t k = lo + 1;

	while (k < hi && !compare_steps(step(x->m, x->leaves[lo], depth), step(x->m, x->leaves[k], depth)))
		k++;
	return k;
}

/* Rules lo..hi agree in their first `depth` steps, which is the way to `node`. */
static void build(struct indexer *x, uint32_t node, uint32_t lo, uint32_t hi, unsigned int depth)
{
	struct k2_rule_node *n = &x->nodes[node];
	uint32_t child;

	n->leaf = lo;
	while (lo < hi && x->m->rules[x->leaves[lo]].n_match == depth)
		lo++;
	n->n_leaf = lo - n->leaf;
	n->at = (uint8_t)depth;
	n->child = child = x->n_nodes;
	for (uint32_t k = lo; k < hi; k = group_end(x, k, hi, depth))
		n->n_child++;
	x->n_nodes += n->n_child;
	for (uint32_t k = lo, end; k < hi; k = end, child++) {
		const struct k2_rule_insn *s = step(x->m, x->leaves[k], depth);

		end = group_end(x, k, hi, depth);
		x->nodes[child] = (struct k2_rule_node){ .link = s->link, .from = s->from, .delta = s->delta, .code = s->insn.code };
		build(x, child, k, end, depth + 1);
	}
}

bool k2_rules_index(struct k2_rule_maker *m, struct k2_rules *out)
{
	struct indexer x = { .m = m, .n_nodes = 1 };

	x.nodes = k2_arena_calloc(m->arena, (size_t)m->n_insns + 1, sizeof(*x.nodes));
	x.leaves = k2_arena_calloc(m->arena, (size_t)m->n_rules + 1, sizeof(*x.leaves));
	if (!x.nodes || !x.leaves)
		return fail(m, "out of memory");
	for (uint32_t k = 0; k < m->n_rules; k++)
		x.leaves[k] = k;
	qsort_r(x.leaves, m->n_rules, sizeof(*x.leaves), compare_rules, m);
	build(&x, 0, 0, m->n_rules, 0);
	*out = (struct k2_rules){
		.rules = m->rules, .insns = m->insns, .exprs = m->exprs, .conds = m->conds, .strings = m->strings,
		.nodes = x.nodes, .leaves = x.leaves, .n_rules = m->n_rules, .n_insns = m->n_insns, .n_exprs = m->n_exprs,
		.n_conds = m->n_conds, .n_strings = m->n_strings, .n_nodes = x.n_nodes, .n_leaves = m->n_rules,
	};
	return true;
}

// SPDX-License-Identifier: BSD-2-Clause
/* The proof of a rule for all values: pattern and replacement are executed over terms, from one state in which every register, every
   byte of memory and every constant is an unknown; preconditions are assumptions. Shift counts and constants with few values are
   tried one by one. Memory is one array of bytes: two addresses are the same byte when they are equal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "rules.h"
#include "termsem.h"

enum { ASSUMPTIONS = 64, CASES = 300000, STORES = 64, MESSAGE = 300, FN_BYTE = 1 };

struct side {
	k2_t reg[11], branch;
	struct {
		k2_t addr, byte;
	} store[STORES];
	unsigned int n_stores;
};

/* One choice of the constants that are tried value by value. */
struct proof {
	struct k2_arena *arena;
	const struct k2_rules *set;
	const struct k2_rule *r;
	struct k2_terms *t;
	struct k2_solver *solver;
	struct k2_rule_terms terms; /* of the constants */
	k2_t start[11];
	k2_t assume[ASSUMPTIONS];
	unsigned int n_assume;
	bool big_endian, never; /* never: the assumptions cannot hold */
	const char *why;
};

/* The values of a constant that is tried. */
struct range {
	bool tried, powers;
	int64_t lo, hi;
};

static k2_t number(struct proof *p, uint64_t v)
{
	return k2_t_const(p->t, 64, v);
}

static k2_t value(struct proof *p, uint16_t expr)
{
	return k2_rule_term(&p->terms, expr);
}

/* ---- assumptions ---- */

static void assume(struct proof *p, k2_t bit)
{
	if (k2_t_is_const(bit)) {
		p->never |= !bit->imm;
		return;
	}
	if (p->n_assume == ASSUMPTIONS)
		p->why = "too many preconditions";
	else
		p->assume[p->n_assume++] = bit;
}

static k2_t fits_signed(struct proof *p, k2_t v, unsigned int bits)
{
	return k2_t_eq(p->t, k2_t_sext(p->t, k2_t_extract(p->t, v, 0, bits), 64), v);
}

static k2_t either(struct proof *p, k2_t a, k2_t b)
{
	return k2_t_or(p->t, a, b);
}

/* As make.c and the matcher see to: the constant can be encoded. */
static void assume_fits(struct proof *p, const struct k2_rule_insn *i)
{
	uint8_t op = K2_OP(i->insn.code), c = K2_CLASS(i->insn.code);
	bool alu = k2_isa_kind(&i->insn) == K2_KIND_ALU, shift = alu && (op == K2_LSH || op == K2_RSH || op == K2_ARSH);
	bool narrow = c == K2_ALU || c == K2_JMP32 || (c == K2_ST && K2_SIZE(i->insn.code) != K2_DW);
	k2_t v;

	if (i->off != K2_RULE_NONE)
		assume(p, fits_signed(p, value(p, i->off), 16));
	if (i->imm == K2_RULE_NONE || k2_isa_kind(&i->insn) == K2_KIND_LD_IMM64)
		return;
	v = value(p, i->imm);
	if (shift)
		assume(p, k2_t_ult(p->t, v, number(p, c == K2_ALU64 ? 64 : 32)));
	else if (narrow)
		assume(p, either(p, fits_signed(p, v, 32), k2_t_ult(p->t, v, number(p, 1ull << 32))));
	else
		assume(p, fits_signed(p, v, 32));
	if (alu && (op == K2_DIV || op == K2_MOD))
		assume(p, k2_t_not(p->t, k2_t_eq(p->t, v, number(p, 0))));
}

static void assume_condition(struct proof *p, const struct k2_rule_cond *c)
{
	k2_t zero = number(p, 0);

	switch (c->when) {
	case K2_RC_TEST: assume(p, k2_t_not(p->t, k2_t_eq(p->t, value(p, c->a), zero))); break;
	case K2_RC_ZERO: assume(p, k2_t_eq(p->t, k2_t_and(p->t, p->start[c->var], value(p, c->a)), zero)); break;
	case K2_RC_MAX: assume(p, k2_t_not(p->t, k2_t_ult(p->t, value(p, c->a), p->start[c->var]))); break;
	case K2_RC_IN:
		assume(p, k2_t_not(p->t, k2_t_slt(p->t, p->terms.sym[c->var], value(p, c->a))));
		assume(p, k2_t_not(p->t, k2_t_slt(p->t, value(p, c->b), p->terms.sym[c->var])));
		break;
	default: break;
	}
}

static void assume_all(struct proof *p)
{
	for (unsigned int k = 0; k < p->r->n_match; k++)
		assume_fits(p, &p->set->insns[p->r->match + k]);
	for (unsigned int k = 0; k < p->r->n_give; k++)
		assume_fits(p, &p->set->insns[p->r->give + k]);
	for (unsigned int k = 0; k < p->r->n_cond; k++)
		assume_condition(p, &p->set->conds[p->r->cond + k]);
}

/* What is known of a register before, where it is a number: terms use that better than an assumption. */
static k2_t start_value(struct proof *p, unsigned int var)
{
	struct k2_known known = { 0, 0, 0, UINT64_MAX };

	for (unsigned int k = 0; k < p->r->n_cond; k++) {
		const struct k2_rule_cond *c = &p->set->conds[p->r->cond + k];
		k2_t v;

		if (c->var != var || (c->when != K2_RC_ZERO && c->when != K2_RC_MAX))
			continue;
		v = value(p, c->a);
		if (!k2_t_is_const(v))
			continue;
		if (c->when == K2_RC_ZERO)
			known.zeros |= v->imm;
		else
			known.umax = K2_MIN(known.umax, v->imm);
	}
	return k2_t_fresh(p->t, 64, &known, 0);
}

/* ---- execution ---- */

static k2_t load_byte(struct proof *p, const struct side *s, unsigned int n, k2_t addr)
{
	while (n-- > 0) {
		k2_t same = k2_t_eq(p->t, s->store[n].addr, addr);

		if (!k2_t_is_const(same))
			return k2_t_ite(p->t, same, s->store[n].byte, load_byte(p, s, n, addr));
		if (same->imm)
			return s->store[n].byte;
	}
	return k2_t_apply(p->t, 8, FN_BYTE, &addr, 1, NULL, 0);
}

/* Byte `k` in memory order is this one of the number, from its low end. */
static unsigned int byte_place(const struct proof *p, unsigned int k, unsigned int size)
{
	return p->big_endian ? size - 1 - k : k;
}

static k2_t load(struct proof *p, const struct side *s, k2_t addr, unsigned int size)
{
	k2_t byte[8] = { NULL }, v;

	for (unsigned int k = 0; k < size; k++)
		byte[byte_place(p, k, size)] = load_byte(p, s, s->n_stores, k2_t_add(p->t, addr, number(p, k)));
	v = byte[0];
	for (unsigned int k = 1; k < size; k++)
		v = k2_t_concat(p->t, byte[k], v);
	return v;
}

static void store(struct proof *p, struct side *s, k2_t addr, unsigned int size, k2_t v)
{
	for (unsigned int k = 0; k < size; k++) {
		if (s->n_stores == STORES) {
			p->why = "too many stores";
			return;
		}
		s->store[s->n_stores].addr = k2_t_add(p->t, addr, number(p, k));
		s->store[s->n_stores++].byte = k2_t_extract(p->t, v, 8 * byte_place(p, k, size), 8);
	}
}

static void execute(struct proof *p, struct side *s, const struct k2_rule_insn *t)
{
	struct k2_insn i = t->insn;
	k2_t imm = t->imm == K2_RULE_NONE ? number(p, (uint64_t)i.imm) : value(p, t->imm);
	k2_t off = t->off == K2_RULE_NONE ? number(p, (uint64_t)i.off) : value(p, t->off);
	bool is_reg = k2_rule_operand(&i, 1) >= 0;
	k2_t src = is_reg ? s->reg[i.src] : imm, dst = s->reg[i.dst];

	/* Executed as with an immediate that is decided later: it comes as a value. */
	if (!is_reg && t->imm != K2_RULE_NONE)
		i.flags |= K2_F_SYM_IMM;
	switch (k2_isa_kind(&t->insn)) {
	case K2_KIND_ALU: s->reg[i.dst] = sym_alu(p->t, &i, p->big_endian, dst, src); break;
	case K2_KIND_LD_IMM64: s->reg[i.dst] = imm; break;
	case K2_KIND_LOAD:
		s->reg[i.dst] = sym_load(p->t, &i, load(p, s, k2_t_add(p->t, s->reg[i.src], off), k2_isa_access_size(&i)));
		break;
	case K2_KIND_STORE:
		store(p, s, k2_t_add(p->t, dst, off), k2_isa_access_size(&i), sym_store(p->t, &i, src));
		break;
	default: s->branch = sym_cond(p->t, &i, dst, src); break;
	}
}

static void run(struct proof *p, struct side *s, uint32_t first, unsigned int n)
{
	*s = (struct side){ .n_stores = 0 };
	for (unsigned int r = 0; r < 11; r++)
		s->reg[r] = p->start[r];
	for (unsigned int k = 0; k < n; k++)
		execute(p, s, &p->set->insns[first + k]);
}

/* ---- comparison ---- */

static const char *nth_name(const struct proof *p, uint32_t at, unsigned int n)
{
	const char *s = k2_rule_string(p->set, at);

	while (n--)
		s += strlen(s) + 1;
	return s;
}

/* What the solver found, as far as it says something: the constants. */
static const char *explain(struct proof *p, enum k2_verdict v, const char *what)
{
	struct k2_string s = { p->arena, "" };

	K2_PUT(&s, "%s %s", what, v == K2_DIFFERENT ? "differs" : "is not proved equal");
	for (unsigned int k = 0; k < p->r->n_syms; k++) {
		uint64_t n;

		if (k2_t_is_const(p->terms.sym[k]))
			n = p->terms.sym[k]->imm;
		else if (v == K2_DIFFERENT && p->terms.sym[k]->op == K2_T_SEXT)
			n = (uint64_t)k2_sext(k2_solver_model(p->solver, p->terms.sym[k]->args[0]), p->terms.sym[k]->args[0]->width);
		else
			continue;
		K2_PUT(&s, "%s%s = %" PRId64, k ? ", " : ", for example with ", nth_name(p, p->r->syms, k), (int64_t)n);
	}
	return s.s;
}

static enum k2_verdict prove_equal(struct proof *p, k2_t a, k2_t b, const char *what)
{
	enum k2_verdict v = a == b ? K2_EQUAL : k2_solver_prove(p->solver, p->assume, p->n_assume, k2_t_eq(p->t, a, b));

	if (v != K2_EQUAL)
		p->why = explain(p, v, what);
	return v;
}

static bool has_condition(const struct proof *p, enum k2_rule_when when, unsigned int var)
{
	for (unsigned int k = 0; k < p->r->n_cond; k++) {
		const struct k2_rule_cond *c = &p->set->conds[p->r->cond + k];

		if (c->when == when && c->var == var)
			return true;
	}
	return false;
}

/* Values on the way are dead, or the pattern's own instructions stay. */
static enum k2_verdict compare_registers(struct proof *p, const struct side *a, const struct side *b)
{
	enum k2_verdict v = K2_EQUAL;

	for (unsigned int r = 0; r < K2_RULE_VARS && v == K2_EQUAL; r++) {
		bool low = has_condition(p, K2_RC_LOW, r);
		char name[24];

		if (!((p->r->set_give | p->r->set_match) >> r & 1) || !(p->r->in_match >> r & 1) || (p->r->passing >> r & 1) ||
		    has_condition(p, K2_RC_DEAD, r))
			continue;
		snprintf(name, sizeof(name), "%c%s", low ? 'w' : 'r', nth_name(p, p->r->vars, r));
		v = prove_equal(p, low ? k2_t_extract(p->t, a->reg[r], 0, 32) : a->reg[r],
				low ? k2_t_extract(p->t, b->reg[r], 0, 32) : b->reg[r], name);
	}
	return v;
}

static enum k2_verdict compare_memory(struct proof *p, const struct side *a, const struct side *b)
{
	enum k2_verdict v = K2_EQUAL;

	for (unsigned int side = 0; side < 2; side++) {
		const struct side *s = side ? b : a;

		for (unsigned int k = 0; k < s->n_stores && v == K2_EQUAL; k++) {
			v = prove_equal(p, load_byte(p, a, a->n_stores, s->store[k].addr),
					load_byte(p, b, b->n_stores, s->store[k].addr), "memory");
		}
	}
	return v;
}

static enum k2_verdict compare(struct proof *p)
{
	struct side *s = k2_arena_calloc(p->arena, 2, sizeof(*s));
	enum k2_verdict v;

	if (!s)
		return K2_UNKNOWN;
	run(p, &s[0], p->r->match, p->r->n_match);
	run(p, &s[1], p->r->give, p->r->n_give);
	if (p->terms.why)
		p->why = p->terms.why;
	if (p->why)
		return K2_UNKNOWN;
	v = compare_registers(p, &s[0], &s[1]);
	if (v == K2_EQUAL)
		v = compare_memory(p, &s[0], &s[1]);
	if (v == K2_EQUAL && s[0].branch)
		v = prove_equal(p, s[0].branch, s[1].branch, "the branch");
	return v;
}

/* ---- cases ---- */

static bool is_constant(const struct k2_rules *set, uint16_t expr)
{
	const struct k2_rule_expr *e = &set->exprs[expr];

	if (e->op <= K2_RX_SYMBOL)
		return e->op == K2_RX_NUMBER;
	return is_constant(set, e->a) && (e->op < K2_RX_ADD || is_constant(set, e->b));
}

static void find_range(const struct k2_rules *set, const struct k2_rule *r, unsigned int sym, struct range *out)
{
	uint8_t bits = r->domain[sym];

	*out = (struct range){ .tried = bits <= 6, .hi = bits <= 6 ? (1 << bits) - 1 : 0 };
	for (unsigned int k = 0; k < r->n_cond; k++) {
		const struct k2_rule_cond *c = &set->conds[r->cond + k];

		if (c->when == K2_RC_POW2 && c->var == sym)
			*out = (struct range){ .tried = true, .powers = true, .hi = bits == 64 ? 63 : bits - 2 };
		if (c->when == K2_RC_IN && c->var == sym && is_constant(set, c->a) && is_constant(set, c->b))
			*out = (struct range){ .tried = true, .lo = (int64_t)k2_rule_value(set, c->a, NULL),
					       .hi = (int64_t)k2_rule_value(set, c->b, NULL) };
	}
}

static k2_t unknown_constant(struct proof *p, uint8_t bits)
{
	return bits == 64 ? k2_t_fresh(p->t, 64, NULL, 0) : k2_t_sext(p->t, k2_t_fresh(p->t, bits, NULL, 0), 64);
}

static enum k2_verdict prove_case(struct proof *p, const struct range *range, const int64_t *now, bool *ever)
{
	enum k2_verdict v;

	for (unsigned int k = 0; k < p->r->n_syms; k++) {
		if (!range[k].tried)
			p->terms.sym[k] = unknown_constant(p, p->r->domain[k]);
		else
			p->terms.sym[k] = number(p, range[k].powers ? 1ull << now[k] : (uint64_t)now[k]);
	}
	for (unsigned int r = 0; r < 11; r++)
		p->start[r] = start_value(p, r);
	assume_all(p);
	if (p->never)
		return K2_EQUAL;
	if (!*ever)
		*ever = !p->n_assume || k2_solver_prove(p->solver, p->assume, p->n_assume, k2_t_const(p->t, 1, 0)) == K2_DIFFERENT;
	v = compare(p);
	return k2_terms_failed(p->t) ? K2_UNKNOWN : v;
}

static enum k2_verdict in_fresh_terms(struct k2_arena *a, const struct proof *like, uint64_t rlimit, const struct range *range,
				      const int64_t *now, bool *ever, char why[MESSAGE])
{
	struct k2_arena *own = k2_arena_like(a);
	struct proof p = *like;
	enum k2_verdict v = K2_UNKNOWN;

	if (!own)
		return v;
	p.arena = own;
	p.t = k2_terms_new(own);
	p.solver = p.t ? k2_solver_new(own, p.t, rlimit) : NULL;
	p.terms = (struct k2_rule_terms){ .t = p.t, .set = p.set };
	if (p.solver) {
		v = prove_case(&p, range, now, ever);
		snprintf(why, MESSAGE, "%s%s", p.why ? p.why : "", v != K2_EQUAL && p.big_endian ? " (big endian)" : "");
		k2_solver_free(p.solver);
	}
	k2_arena_free(own);
	return v;
}

static bool next_case(const struct range *range, unsigned int n, int64_t *now)
{
	for (unsigned int k = 0; k < n; k++) {
		if (!range[k].tried)
			continue;
		if (now[k]++ < range[k].hi)
			return true;
		now[k] = range[k].lo;
	}
	return false;
}

static enum k2_verdict prove_all(struct k2_arena *a, const struct proof *like, uint64_t rlimit, bool *ever, char why[MESSAGE])
{
	struct range range[K2_RULE_SYMS];
	int64_t now[K2_RULE_SYMS] = { 0 };
	uint64_t cases = 1;
	enum k2_verdict v;

	for (unsigned int k = 0; k < like->r->n_syms; k++) {
		find_range(like->set, like->r, k, &range[k]);
		now[k] = range[k].lo;
		if (range[k].tried && range[k].hi < range[k].lo)
			return K2_EQUAL;
		if (range[k].tried && cases <= CASES)
			cases *= (uint64_t)(range[k].hi - range[k].lo) + 1;
	}
	if (cases > CASES) {
		snprintf(why, MESSAGE, "too many values to try");
		return K2_UNKNOWN;
	}
	do
		v = in_fresh_terms(a, like, rlimit, range, now, ever, why);
	while (v == K2_EQUAL && next_case(range, like->r->n_syms, now));
	return v;
}

static bool depends_on_order(const struct k2_rules *set, const struct k2_rule *r)
{
	for (unsigned int k = 0; k < (unsigned int)r->n_match + r->n_give; k++) {
		const struct k2_insn *i = &set->insns[k < r->n_match ? r->match + k : r->give + k - r->n_match].insn;

		if (k2_isa_access_size(i) > 1 || (k2_isa_kind(i) == K2_KIND_ALU && K2_OP(i->code) == K2_END))
			return true;
	}
	return false;
}

enum k2_verdict k2_rule_prove(struct k2_arena *a, const struct k2_rules *set, const struct k2_rule *r, uint64_t rlimit, const char **why)
{
	struct proof p = { .set = set, .r = r };
	bool little = true, big = depends_on_order(set, r), ever = false;
	enum k2_verdict v = K2_EQUAL;
	char text[MESSAGE] = "";

	for (unsigned int k = 0; k < r->n_cond; k++) {
		const struct k2_rule_cond *c = &set->conds[r->cond + k];

		big = (big || c->when == K2_RC_BIG) && c->when != K2_RC_LITTLE;
		little = little && c->when != K2_RC_BIG;
	}
	if (little)
		v = prove_all(a, &p, rlimit, &ever, text);
	p.big_endian = true;
	if (big && v == K2_EQUAL)
		v = prove_all(a, &p, rlimit, &ever, text);
	if (v == K2_EQUAL && !ever) {
		snprintf(text, sizeof(text), "the preconditions never hold");
		v = K2_UNKNOWN;
	}
	*why = k2_arena_printf(a, "%s", text);
	return v;
}

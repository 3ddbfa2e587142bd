// SPDX-License-Identifier: BSD-2-Clause
/* From a match to instructions: constants computed, registers chosen, places found. What the pattern computes on the way and
   somebody else still wants stays where it is. */
#include <string.h>
#include "rules.h"

struct making {
	const struct k2_rule_site *s;
	const struct k2_rule_match *m;
	const struct k2_rule *r;
	const struct k2_rule_insn *match, *give;
	struct k2_rule_made *out;
	uint8_t reg[K2_RULE_VARS + 1];
	uint32_t first, root; /* the stretch of the window that it is about */
};

static bool touches(const struct k2_insn *i, unsigned int r)
{
	return (k2_insn_reads(i) | k2_isa_writes(i)) >> r & 1;
}

static bool in_pattern(const struct making *x, uint32_t k)
{
	for (unsigned int p = 0; p < x->r->n_match; p++) {
		if (x->m->at[p] == k)
			return true;
	}
	return false;
}

/* A register below r10 that nobody uses in the stretch, for what only the replacement has. */
static int free_register(const struct making *x, uint16_t taken)
{
	for (unsigned int r = 0; r < 10; r++) {
		bool busy = (taken >> r & 1) || k2_live_reg(&x->s->live[x->root + 1], r);

		for (uint32_t k = x->first; k <= x->root && !busy; k++)
			busy = k2_live_reg(&x->s->live[k], r) || touches(&x->s->insns[k], r);
		if (!busy)
			return (int)r;
	}
	return -1;
}

static bool choose_registers(struct making *x)
{
	uint16_t fresh = x->r->in_give & (uint16_t)~x->r->in_match & 0x3ff, taken = 0;

	memcpy(x->reg, x->m->reg, sizeof(x->reg));
	x->reg[K2_RULE_FP] = 10;
	for (unsigned int v = 0; v < K2_RULE_VARS; v++) {
		if ((x->r->set_give >> v & 1) && (x->m->bound >> v & 1) && x->reg[v] == 10)
			return false;
	}
	for (unsigned int v = 0; v < K2_RULE_VARS; v++) {
		int r = fresh >> v & 1 ? free_register(x, taken) : 0;

		if (r < 0)
			return false;
		if (fresh >> v & 1) {
			x->reg[v] = (uint8_t)r;
			taken |= (uint16_t)(1u << r);
		}
	}
	return true;
}

/* ---- what stays ---- */

static unsigned int kept_as(const struct making *x, unsigned int g)
{
	return x->give[g].keeps;
}

/* Does the replacement have instruction k of the pattern as it is? */
static bool given_again(const struct making *x, unsigned int k)
{
	for (unsigned int g = 0; g < x->r->n_give; g++) {
		if (kept_as(x, g) == k + 1)
			return true;
	}
	return false;
}

/* Is the register of variable v given a value by the replacement, perhaps as another variable? */
static bool is_given(const struct making *x, unsigned int v)
{
	for (unsigned int y = 0; y < K2_RULE_VARS; y++) {
		if ((x->r->set_give >> y & 1) && x->reg[y] == x->reg[v])
			return true;
	}
	return false;
}

/* Somebody outside of the pattern reads what instruction k of it computes. */
static bool is_wanted(const struct making *x, unsigned int k)
{
	unsigned int v = (unsigned int)k2_rule_result(&x->match[k].insn), r = x->reg[v];

	for (uint32_t q = x->m->at[k] + 1; q <= x->root; q++) {
		const struct k2_insn *i = &x->s->insns[q];

		if (!in_pattern(x, q) && (k2_insn_reads(i) >> r & 1))
			return true;
		if (k2_isa_writes(i) >> r & 1)
			return false;
	}
	return k2_live_reg(&x->s->live[x->root + 1], r);
}

static void keep(struct making *x, unsigned int k);

/* What instruction k of the pattern is computed from stays with it. */
static void keep_operands(struct making *x, unsigned int k)
{
	for (unsigned int side = 0; side < 2; side++) {
		int reg = k2_rule_operand(&x->match[k].insn, side);

		for (unsigned int d = k; reg >= 0 && d-- > 0;) {
			if (k2_rule_result(&x->match[d].insn) == reg) {
				keep(x, d);
				break;
			}
		}
	}
}

static void keep(struct making *x, unsigned int k)
{
	if (x->out->keep[k])
		return;
	x->out->keep[k] = true;
	keep_operands(x, k);
}

/* False: what is wanted cannot stay, because the replacement needs its register for something else. */
static bool choose_kept(struct making *x)
{
	for (unsigned int k = 0; k + 1 < x->r->n_match; k++) {
		int v = k2_rule_result(&x->match[k].insn);

		if (v >= 0 && (x->r->passing >> v & 1) && !given_again(x, k) && !is_given(x, (unsigned int)v) && is_wanted(x, k))
			keep(x, k);
	}
	for (unsigned int k = 0; k < x->r->n_match; k++) {
		int v = k2_rule_result(&x->match[k].insn);

		if (given_again(x, k)) {
			x->out->keep[k] = true;
			continue;
		}
		if (x->out->keep[k] && (v < 0 || is_given(x, (unsigned int)v) || (x->r->needs >> v & 1)))
			return false;
	}
	return true;
}

/* ---- where the new instructions go ---- */

/* A new load is made where the last old one through the same register was: behind it the register may be another's. */
static uint32_t natural_place(const struct making *x, unsigned int g)
{
	uint32_t place = x->root;

	if (kept_as(x, g))
		return x->m->at[kept_as(x, g) - 1];
	if (k2_isa_kind(&x->give[g].insn) != K2_KIND_LOAD)
		return place;
	for (unsigned int k = 0; k < x->r->n_match; k++) {
		if (k2_isa_kind(&x->match[k].insn) == K2_KIND_LOAD && x->match[k].insn.src == x->give[g].insn.src)
			place = x->m->at[k];
	}
	return place;
}

static bool place_all(struct making *x)
{
	uint32_t next = x->root;

	for (unsigned int g = x->r->n_give; g-- > 0;) {
		uint32_t place = natural_place(x, g);

		if (kept_as(x, g) && place > next)
			return false;
		x->out->at[g] = next = K2_MIN(place, next);
	}
	return true;
}

/* ---- what stands in between ---- */

struct span {
	uint32_t touched, written; /* from here on the register is the rule's; its old value is gone */
	bool any_write;
	uint32_t last;             /* the last place where the replacement touches it */
};

static void extend(struct span *s, const struct k2_insn *i, unsigned int var, uint32_t at)
{
	if (!touches(i, var))
		return;
	s->touched = K2_MIN(s->touched, at);
	s->last = K2_MAX(s->last, at);
	if (k2_isa_writes(i) >> var & 1) {
		s->written = K2_MIN(s->written, at);
		s->any_write = true;
	}
}

static struct span span_of(const struct making *x, unsigned int var)
{
	struct span s = { .touched = UINT32_MAX, .written = UINT32_MAX };

	for (unsigned int k = 0; k < x->r->n_match; k++) {
		if (!x->out->keep[k])
			extend(&s, &x->match[k].insn, var, x->m->at[k]);
		else if (k2_isa_reads(&x->match[k].insn) >> var & 1)
			s.touched = K2_MIN(s.touched, x->m->at[k]);
	}
	for (unsigned int g = 0; g < x->r->n_give; g++) {
		if (!kept_as(x, g))
			extend(&s, &x->give[g].insn, var, x->out->at[g]);
	}
	if (s.any_write)
		s.last = x->root;
	return s;
}

static bool nothing_between(const struct making *x)
{
	for (unsigned int v = 0; v < K2_RULE_VARS; v++) {
		struct span s;

		if (!((x->r->in_match | x->r->in_give) >> v & 1))
			continue;
		s = span_of(x, v);
		for (uint32_t q = x->first; q < x->root && q < s.last; q++) {
			const struct k2_insn *i = &x->s->insns[q];

			if (in_pattern(x, q) || q < s.touched)
				continue;
			if ((k2_isa_writes(i) >> x->reg[v] & 1) || (q >= s.written && (k2_insn_reads(i) >> x->reg[v] & 1)))
				return false;
		}
	}
	return true;
}

/* ---- the instructions ---- */

static bool set_imm(struct k2_insn *i, uint64_t v)
{
	bool narrow = K2_CLASS(i->code) == K2_ALU || K2_CLASS(i->code) == K2_JMP32 ||
		      (K2_CLASS(i->code) == K2_ST && K2_SIZE(i->code) != K2_DW);

	i->imm = k2_isa_kind(i) == K2_KIND_LD_IMM64 ? (int64_t)v : (int32_t)v;
	return (uint64_t)i->imm == v || (narrow && v == (uint32_t)v);
}

static bool instantiate(const struct making *x, unsigned int g, struct k2_insn *out)
{
	const struct k2_rule_insn *t = &x->give[g];
	int result = k2_rule_result(&t->insn);
	uint64_t off = 0;

	*out = t->insn;
	if (result >= 0 || k2_rule_operand(&t->insn, 0) >= 0)
		out->dst = x->reg[t->insn.dst];
	if (k2_rule_operand(&t->insn, 1) >= 0)
		out->src = x->reg[t->insn.src];
	if (t->imm != K2_RULE_NONE && !set_imm(out, k2_rule_value(x->m->set, t->imm, x->m->sym)))
		return false;
	if (t->off != K2_RULE_NONE) {
		off = k2_rule_value(x->m->set, t->off, x->m->sym);
		out->off = (int16_t)off;
		if ((uint64_t)out->off != off)
			return false;
	}
	if (k2_isa_is_terminator(out))
		out->target = x->s->insns[x->root].target;
	return !k2_isa_validate(out) && k2_isa_allowed(out, x->s->desc);
}

static bool fill_in(struct making *x)
{
	unsigned int gone = 0, made = 0;

	for (unsigned int k = 0; k < x->r->n_match; k++)
		gone += x->out->keep[k] ? 0 : k2_isa_slots(&x->s->insns[x->m->at[k]]);
	for (unsigned int g = 0; g < x->r->n_give; g++) {
		if (kept_as(x, g))
			continue;
		if (!instantiate(x, g, &x->out->insn[x->out->n]))
			return false;
		made += k2_isa_slots(&x->out->insn[x->out->n]);
		x->out->at[x->out->n++] = x->out->at[g];
	}
	return made <= gone;
}

bool k2_rule_make(const struct k2_rule_site *s, const struct k2_rule_match *m, struct k2_rule_made *out)
{
	const struct k2_rule *r = m->rule;
	struct making x = { .s = s, .m = m, .r = r, .out = out, .match = m->set->insns + r->match, .give = m->set->insns + r->give,
			    .first = UINT32_MAX, .root = m->at[r->n_match - 1] };

	memset(out, 0, sizeof(*out));
	for (unsigned int k = 0; k < r->n_match; k++)
		x.first = K2_MIN(x.first, m->at[k]);
	return choose_registers(&x) && choose_kept(&x) && place_all(&x) && nothing_between(&x) && fill_in(&x);
}

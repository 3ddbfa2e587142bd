// SPDX-License-Identifier: BSD-2-Clause
/* rules: the rewrite rules of lib/rules, and the user's own. */
#include "cost.h"
#include "propose.h"
#include "rules.h"

enum { FOUND = 64 /* matches in a window that are compared */ };

struct proposing {
	const struct k2_site *s;
	const struct k2_rule_site *site;
	struct candidate {
		struct k2_rule_match match;
		struct k2_rule_made made;
		uint32_t saved; /* slots */
	} found[FOUND];
	uint32_t n;
};

static uint64_t hash_match(const struct k2_site *s, const struct k2_rule_match *m)
{
	uint64_t h = k2_hash_mix(m->set == &k2_rules_shipped, (uint64_t)(m->rule - m->set->rules));

	for (unsigned int k = 0; k < m->rule->n_match; k++) {
		const struct k2_insn *i = &s->insns[m->at[k]];

		h = k2_hash_mix(h, m->at[k] | (uint64_t)i->dst << 32 | (uint64_t)i->src << 40 | (uint64_t)(uint16_t)i->off << 48);
		h = k2_hash_mix(h, (uint64_t)i->imm);
	}
	return k2_hash_mix(h, s->live[m->at[m->rule->n_match - 1] + 1].regs | (uint64_t)s->n << 32);
}

/* What goes against what comes: no use to build a candidate that the driver finds as dear. */
static bool may_be_cheaper(const struct k2_site *s, struct candidate *c)
{
	struct k2_insn gone[K2_RULE_INSNS];
	struct k2_cost old, new_;
	uint32_t n = 0;

	for (unsigned int k = 0; k < c->match.rule->n_match; k++) {
		if (!c->made.keep[k])
			gone[n++] = s->insns[c->match.at[k]];
	}
	old = k2_cost_of(gone, n);
	new_ = k2_cost_of(c->made.insn, c->made.n);
	c->saved = old.slots - K2_MIN(new_.slots, old.slots);
	return c->saved || k2_cheaper(K2_OBJ_DEFAULT, &old, &new_);
}

static bool found(void *user, const struct k2_rule_match *m)
{
	struct proposing *p = user;
	struct candidate *c = &p->found[p->n];

	if (!k2_rule_make(p->site, m, &c->made))
		return false;
	c->match = *m;
	p->n += may_be_cheaper(p->s, c);
	return p->n == FOUND;
}

/* What saves most comes first, and of equals what was found first. */
static struct candidate *best(struct proposing *p)
{
	struct candidate *b = NULL;

	for (uint32_t k = 0; k < p->n; k++) {
		if (p->found[k].match.rule && (!b || p->found[k].saved > b->saved))
			b = &p->found[k];
	}
	return b;
}

static bool offer(const struct k2_site *s, const struct candidate *c)
{
	const struct k2_rule *r = c->match.rule;
	struct k2_arena_mark mark = k2_arena_mark(s->arena);
	struct k2_edit e;
	bool taken;

	if (s->seen(s, hash_match(s, &c->match)) || !k2_edit_init(&e, s))
		return false;
	for (unsigned int k = 0; k < r->n_match; k++) {
		if (!c->made.keep[k])
			k2_edit_delete(&e, c->match.at[k]);
	}
	for (unsigned int g = 0; g < c->made.n; g++)
		k2_edit_insert(&e, c->made.at[g], c->made.insn[g]);
	*s->detail = k2_rule_string(c->match.set, r->name);
	taken = k2_edit_offer(&e, c->match.at[r->n_match - 1]);
	k2_arena_release(s->arena, mark);
	return taken;
}

static void propose(const struct k2_site *s)
{
	const struct k2_rule_site site = { .desc = s->f->desc, .insns = s->insns, .n = s->n, .live = s->live, .ctx = &s->w->ctx,
					   .points = s->w->old.points, .arena = s->arena };
	struct proposing *p = k2_arena_alloc(s->arena, sizeof(*p));
	struct candidate *c;

	if (!p)
		return;
	p->s = s;
	p->site = &site;
	k2_rules_match(&k2_rules_shipped, &site, found, p, NULL);
	if (s->rules && p->n < FOUND)
		k2_rules_match(s->rules, &site, found, p, NULL);
	while ((c = best(p)) && !offer(s, c))
		c->match.rule = NULL;
}

const struct k2_proposer k2_propose_rules = {
	.name = "rules",
	.about = "a rewrite rule",
	.level = 1,
	.propose = propose,
};

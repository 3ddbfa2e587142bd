// SPDX-License-Identifier: BSD-2-Clause
/* rules: the rewrite rules of lib/rules, and the user's own. */
#include "cost.h"
#include "propose.h"
#include "rules.h"

struct proposing {
	const struct k2_site *s;
	const struct k2_rule_site *site;
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
static bool may_be_cheaper(const struct k2_site *s, const struct k2_rule_match *m, const struct k2_rule_made *made)
{
	struct k2_insn gone[K2_RULE_INSNS];
	struct k2_cost old, new_;
	uint32_t n = 0;

	for (unsigned int k = 0; k < m->rule->n_match; k++) {
		if (!made->keep[k])
			gone[n++] = s->insns[m->at[k]];
	}
	old = k2_cost_of(gone, n);
	new_ = k2_cost_of(made->insn, made->n);
	return new_.slots < old.slots || k2_cheaper(K2_OBJ_DEFAULT, &old, &new_);
}

static bool found(void *user, const struct k2_rule_match *m)
{
	const struct proposing *p = user;
	const struct k2_site *s = p->s;
	const struct k2_rule *r = m->rule;
	struct k2_arena_mark mark = k2_arena_mark(s->arena);
	struct k2_rule_made made;
	struct k2_edit e;
	bool taken;

	if (!k2_rule_make(p->site, m, &made) || !may_be_cheaper(s, m, &made) || s->seen(s, hash_match(s, m)) || !k2_edit_init(&e, s))
		return false;
	for (unsigned int k = 0; k < r->n_match; k++) {
		if (!made.keep[k])
			k2_edit_delete(&e, m->at[k]);
	}
	for (unsigned int g = 0; g < made.n; g++)
		k2_edit_insert(&e, made.at[g], made.insn[g]);
	*s->detail = k2_rule_string(m->set, r->name);
	taken = k2_edit_offer(&e, m->at[r->n_match - 1]);
	k2_arena_release(s->arena, mark);
	return taken;
}

static void propose(const struct k2_site *s)
{
	const struct k2_rule_site site = { .desc = s->f->desc, .insns = s->insns, .n = s->n, .live = s->live, .ctx = &s->w->ctx,
					   .points = s->w->old.points, .arena = s->arena };
	struct proposing p = { s, &site };

	if (!k2_rules_match(&k2_rules_shipped, &site, found, &p, NULL) && s->rules)
		k2_rules_match(s->rules, &site, found, &p, NULL);
}

const struct k2_proposer k2_propose_rules = {
	.name = "rules",
	.about = "a rewrite rule",
	.level = 1,
	.propose = propose,
};

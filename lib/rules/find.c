// SPDX-License-Identifier: BSD-2-Clause
/* What matching in a whole function costs, for measuring it. */
#include <string.h>
#include "rules.h"

struct counting {
	const struct k2_rule_site *site;
	struct k2_rules_work *work;
};

static bool count(void *user, const struct k2_rule_match *m)
{
	const struct counting *c = user;
	struct k2_rule_made made;

	c->work->matches += k2_rule_make(c->site, m, &made);
	return false;
}

static enum k2_status match_block(struct k2_arena *a, const struct k2_rules *rs, const struct k2_func *f, const struct k2_block *b,
				  struct k2_rules_work *out)
{
	struct k2_live *live = k2_arena_calloc(a, (size_t)b->n + 1, sizeof(*live));
	struct k2_rule_site site = { .desc = f->desc, .insns = b->insns, .n = b->n, .live = live, .arena = a };
	struct counting c = { &site, out };
	struct k2_rule_counts counts = { 0 };

	if (!live)
		return K2_ENOMEM;
	for (uint32_t k = 0; k <= b->n; k++)
		memset(&live[k].regs, 0xff, sizeof(live[k].regs));
	k2_rules_match(rs, &site, count, &c, &counts);
	out->blocks++;
	out->insns += b->n;
	out->visits += counts.visits;
	out->tries += counts.tries;
	return K2_OK;
}

enum k2_status k2_rules_find(const struct k2_rules *rs, const struct k2_func_desc *d, struct k2_rules_work *out)
{
	struct k2_arena *a = k2_arena_new(0);
	struct k2_func *f = NULL;
	enum k2_status st;
	char msg[80];

	if (!a)
		return K2_ENOMEM;
	st = k2_func_build(a, d, &f, msg, sizeof(msg));
	for (uint32_t b = 0; !st && b < f->n_blocks; b++) {
		struct k2_arena_mark mark = k2_arena_mark(a);

		st = match_block(a, rs, f, &f->blocks[b], out);
		k2_arena_release(a, mark);
	}
	k2_arena_free(a);
	return st;
}

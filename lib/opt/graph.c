// SPDX-License-Identifier: BSD-2-Clause
/* Proposers that change the graph: all their edits are made on a copy, which is then validated as a whole. */
#include "opt.h"
#include <string.h>

static bool may(const struct k2_graph *g, uint32_t block, uint32_t at, int saved)
{
	struct k2_opt *op = g->driver;
	const struct k2_insn *i = &g->f->blocks[block].insns[at];
	uint32_t number = op->n_edits++;

	if (!op->steps_left || !(number < 64 ? op->edits >> number & 1 : op->edits == UINT64_MAX) ||
	    !k2_opt_wanted(op, i))
		return false;
	op->steps_left--;
	op->block = block;
	k2_opt_remark(op, K2_REMARK_APPLIED, op->proposer->name, i, saved, "%s: %d slot%s saved",
		      op->proposer->about, saved, saved == 1 ? "" : "s");
	op->changed = true;
	return true;
}

enum k2_status k2_opt_reshape(struct k2_opt *op, const struct k2_func *f, uint64_t edits, struct k2_func **out)
{
	struct k2_graph g = { .f = k2_func_copy(op->arena, f), .arena = op->arena, .may = may, .driver = op };

	*out = NULL;
	op->changed = false;
	op->edits = edits;
	op->n_edits = 0;
	if (!g.f)
		return K2_ENOMEM;
	for (unsigned int k = 0; k2_proposer_at(k); k++) {
		op->proposer = k2_proposer_at(k);
		if (!op->proposer->reshape || op->proposer->level > op->o->level || k2_opt_disabled(op->o->disable, op->proposer->name))
			continue;
		op->proposer->reshape(&g);
		if (k2_func_relink(g.f))
			return K2_ENOMEM;
	}
	*out = op->changed ? g.f : NULL;
	return k2_arena_failed(op->arena) ? K2_ENOMEM : K2_OK;
}

// SPDX-License-Identifier: BSD-2-Clause
/* What the caller gets: code, where its blocks are, figures, remarks. */
#include "opt.h"
#include <stdlib.h>
#include <string.h>

static void count_slots(const struct k2_opt *op, const struct k2_func_desc *d, bool changed, struct k2_result *res)
{
	res->stats = op->stats;
	for (uint32_t k = 0; k < d->n_insns; k++)
		res->stats.slots_before += k2_isa_slots(&d->insns[k]);
	res->stats.slots_after = changed ? k2_func_slots(op->f) : res->stats.slots_before;
}

static void remark_summary(struct k2_opt *op, const struct k2_result *res)
{
	const struct k2_stats *s = &op->stats;

	op->block = 0;
	k2_opt_remark(op, K2_REMARK_ANALYSIS, "summary", NULL, 0,
		      "%u to %u slots; %u candidates checked, %u accepted; equal %u, different %u, unknown %u; %llu steps",
		      res->stats.slots_before, res->stats.slots_after, s->proposals, s->accepted, s->equal, s->different,
		      s->unknown, (unsigned long long)s->steps);
}

/* Where the blocks of `old` begin in the result. */
static uint32_t *block_starts(const struct k2_func *old, const struct k2_func *new_, const uint32_t *starts)
{
	uint32_t *v = malloc(old->desc->n_insns * sizeof(*v));

	if (!v)
		return NULL;
	memset(v, 0xff, old->desc->n_insns * sizeof(*v));
	for (uint32_t b = 0; b < new_->n_blocks; b++) {
		if (new_->blocks[b].was != K2_NO_BLOCK)
			v[old->blocks[new_->blocks[b].was].insns[0].origin] = starts[b];
	}
	return v;
}

static enum k2_status hand_over_code(struct k2_opt *op, const struct k2_func *old, struct k2_result *res)
{
	struct k2_insn *flat;
	uint32_t *starts, n;

	if (k2_func_flatten(op->arena, op->f, &flat, &n, &starts))
		return K2_ENOMEM;
	res->insns = malloc(n * sizeof(*flat));
	res->starts = block_starts(old, op->f, starts);
	if (!res->insns || !res->starts) {
		free(res->insns);
		free(res->starts);
		res->insns = NULL;
		res->starts = NULL;
		return K2_ENOMEM;
	}
	for (uint32_t k = 0; k < n; k++) {
		res->insns[k] = flat[k];
		if (flat[k].origin >= 0) /* without what k2_func_build added */
			res->insns[k].flags = old->desc->insns[flat[k].origin].flags;
	}
	res->n_insns = n;
	res->changed = true;
	return K2_OK;
}

/* The result owns copies: the arenas go. */
static enum k2_status hand_over_remarks(struct k2_opt *op, struct k2_result *res)
{
	size_t text = 0;
	char *at;

	for (uint32_t k = 0; k < op->n_remarks; k++)
		text += strlen(op->remarks[k].text) + 1;
	res->remarks = op->n_remarks ? malloc(op->n_remarks * sizeof(*res->remarks) + text) : NULL;
	if (op->n_remarks && !res->remarks)
		return K2_ENOMEM;
	at = (char *)(res->remarks + op->n_remarks);
	for (uint32_t k = 0; k < op->n_remarks; k++) {
		res->remarks[k] = op->remarks[k];
		res->remarks[k].text = strcpy(at, op->remarks[k].text);
		at += strlen(at) + 1;
	}
	res->n_remarks = op->n_remarks;
	return K2_OK;
}

enum k2_status k2_opt_hand_over(struct k2_opt *op, const struct k2_func_desc *d, const struct k2_func *old, bool changed,
				struct k2_result *res)
{
	enum k2_status st = changed ? hand_over_code(op, old, res) : K2_OK;

	if (!res->changed)
		k2_opt_unsay(op, K2_NO_BLOCK);
	count_slots(op, d, res->changed, res);
	remark_summary(op, res);
	return st ? st : hand_over_remarks(op, res);
}

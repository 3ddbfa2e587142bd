// SPDX-License-Identifier: BSD-2-Clause
/* What the driver has to say, collected for the caller. */
#include "opt.h"
#include <stdio.h>
#include <string.h>

void k2_opt_remark(struct k2_opt *op, enum k2_remark_kind kind, const char *name, const struct k2_insn *about,
		   int32_t saved, const char *fmt, ...)
{
	struct k2_remark r = { .kind = kind, .name = name, .origin = about ? about->origin : -1,
			       .line = about ? about->line : 0, .slots_saved = saved,
			       .number = kind == K2_REMARK_APPLIED ? op->stats.accepted : 0 };
	char text[240];
	uint32_t n;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (uint32_t k = 0; kind == K2_REMARK_MISSED && k < op->n_remarks; k++) {
		const struct k2_remark *o = &op->remarks[k];

		if (o->kind == kind && o->line == r.line && o->origin == r.origin && !strcmp(o->text, text))
			return;
	}
	r.text = k2_arena_dup(op->arena, text, strlen(text) + 1, 1);
	n = op->n_remarks;
	if (!r.text || !K2_VEC_PUSH(op->arena, op->remark_blocks, n, op->cap_remark_blocks, op->block))
		return;
	K2_VEC_PUSH(op->arena, op->remarks, op->n_remarks, op->cap_remarks, r);
}

void k2_opt_unsay(struct k2_opt *op, uint32_t block)
{
	uint32_t n = op->settled;

	for (uint32_t k = n; k < op->n_remarks; k++) {
		if (op->remarks[k].kind == K2_REMARK_APPLIED && (block == K2_NO_BLOCK || op->remark_blocks[k] == block))
			continue;
		op->remarks[n] = op->remarks[k];
		op->remark_blocks[n++] = op->remark_blocks[k];
	}
	op->n_remarks = n;
}

bool k2_opt_disabled(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (list && *list) {
		size_t n = strcspn(list, ",");

		if (n == len && !memcmp(list, name, n))
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

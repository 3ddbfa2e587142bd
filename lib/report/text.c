/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions as text. */
#include <stdio.h>
#include "isa.h"
#include "report.h"
#include "util.h"

enum { LINE = 320, NOTES = 44 };

/* One flag per instruction: something jumps to it. NULL when out of memory, then there are no labels. */
static bool *find_targets(struct k2_arena *a, const struct k2_insn *insns, uint32_t n)
{
	bool *is_target = a ? k2_arena_calloc(a, n, sizeof(*is_target)) : NULL;
	uint32_t i;

	for (i = 0; is_target && i < n; i++)
		if (k2_isa_is_terminator(&insns[i]) && insns[i].target < n)
			is_target[insns[i].target] = true;
	return is_target;
}

void k2_text_insns(const struct k2_insn *insns, uint32_t n, const struct k2_symbol *syms, uint32_t n_syms,
		   k2_put_line *put, void *ctx)
{
	struct k2_arena *arena = k2_arena_new(0);
	bool *is_target = find_targets(arena, insns, n);
	char insn[LINE - 64], line[LINE];
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (is_target && is_target[i]) {
			snprintf(line, sizeof(line), "L%u:", i);
			put(ctx, line);
		}
		k2_isa_print(insn, sizeof(insn), &insns[i], syms, n_syms);
		if (insns[i].line)
			snprintf(line, sizeof(line), "%6u: %-*s ; line %u", i, NOTES, insn, insns[i].line);
		else
			snprintf(line, sizeof(line), "%6u: %s", i, insn);
		put(ctx, line);
	}
	k2_arena_free(arena);
}

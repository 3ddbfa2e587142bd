/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions as text. */
#include <stdio.h>
#include <string.h>
#include "isa.h"
#include "report.h"

enum { LINE = 256 };

static void print_masks(char *buf, const struct k2_insn *i)
{
	snprintf(buf, LINE, "(opaque: reads 0x%03x, writes 0x%03x)", (unsigned int)i->use, (unsigned int)i->def);
}

/* What the instruction's own syntax does not show. */
static void append_notes(char *buf, const struct k2_insn *i)
{
	static const struct {
		uint8_t flag;
		const char *name;
	} notes[] = { { K2_F_VOLATILE, " volatile" }, { K2_F_FROZEN, " frozen" }, { K2_F_SYM_IMM, " core-imm" },
		      { K2_F_SYM_OFF, " core-off" }, { K2_F_ONE_SLOT, " one-slot" } };
	size_t n, len = strlen(buf);
	bool any = i->line != 0;

	for (n = 0; n < K2_ARRAY_SIZE(notes); n++)
		any |= (i->flags & notes[n].flag) != 0;
	if (!any)
		return;
	len += (size_t)snprintf(buf + len, LINE - len, "%*s;", len < 44 ? (int)(44 - len) : 1, "");
	if (i->line && len < LINE)
		len += (size_t)snprintf(buf + len, LINE - len, " line %u", i->line);
	for (n = 0; n < K2_ARRAY_SIZE(notes) && len < LINE; n++)
		if (i->flags & notes[n].flag)
			len += (size_t)snprintf(buf + len, LINE - len, "%s", notes[n].name);
}

static bool is_target(const struct k2_insn *insns, uint32_t n, uint32_t index)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (k2_isa_is_terminator(&insns[i]) && insns[i].target == index)
			return true;
	return false;
}

void k2_text_insns(const struct k2_insn *insns, uint32_t n, const struct k2_symbol *syms, uint32_t n_syms,
		   k2_put_line *put, void *ctx)
{
	char insn[LINE - 32], line[LINE];
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (is_target(insns, n, i)) {
			snprintf(line, sizeof(line), "L%u:", i);
			put(ctx, line);
		}
		if (insns[i].flags & K2_F_OPAQUE)
			print_masks(insn, &insns[i]);
		else
			k2_isa_print(insn, sizeof(insn), &insns[i], syms, n_syms);
		snprintf(line, sizeof(line), "%6u: %s", i, insn);
		append_notes(line, &insns[i]);
		put(ctx, line);
	}
}

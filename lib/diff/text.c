// SPDX-License-Identifier: BSD-2-Clause
/* An instruction as people read it: symbols and helpers by name, nothing of K2's own notes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "diff.h"
#include "helpers.h"

enum { TEXT = 160 };

static const char *name_of(const struct k2_diff_side *side, uint32_t sym)
{
	if (sym >= side->func->n_syms)
		return NULL;
	return side->names && side->names[sym] ? side->names[sym] : side->func->syms[sym].name;
}

/* An address is written "&name"; what is called, and the value of a CO-RE relocation, by name alone. */
static bool is_address(const struct k2_diff_side *side, const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LD_IMM64 && side->func->syms[i->sym - 1].kind != K2_SYM_CORE;
}

/* "... &#3 ..." with the name of symbol 3. */
static const char *put_name(struct k2_arena *a, const struct k2_diff_side *side, const struct k2_insn *i, char *text)
{
	char *at = strstr(text, "&#"), *end;
	unsigned long sym = at ? strtoul(at + 2, &end, 10) : 0;
	const char *name = sym ? name_of(side, (uint32_t)(sym - 1)) : NULL;

	if (!name)
		return k2_arena_printf(a, "%s", text);
	*at = 0;
	return k2_arena_printf(a, "%s%s%s%s", text, is_address(side, i) ? "&" : "", name, end);
}

static const char *put_helper(struct k2_arena *a, const struct k2_insn *i)
{
	const struct k2_helper *h = k2_helper_get((int32_t)i->imm);

	return h ? k2_arena_printf(a, "call bpf_%s#%" PRId64, h->name, i->imm) : k2_arena_printf(a, "call %" PRId64, i->imm);
}

const char *k2_diff_text(struct k2_arena *a, const struct k2_diff_side *side, uint32_t insn, uint32_t label)
{
	struct k2_insn i = side->func->insns[insn];
	char text[TEXT], *notes;

	if (k2_isa_kind(&i) == K2_KIND_CALL && i.src == K2_CALL_HELPER && !i.sym)
		return put_helper(a, &i);
	if (i.target != UINT32_MAX)
		i.target = label;
	/* Without symbols the printer writes their numbers. */
	k2_isa_print(text, sizeof(text), &i, NULL, 0);
	notes = strstr(text, " {");
	if (notes && k2_isa_kind(&i) != K2_KIND_OPAQUE)
		*notes = 0;
	return put_name(a, side, &i, text);
}

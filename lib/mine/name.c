// SPDX-License-Identifier: BSD-2-Clause
/* Names of new rules: the proposer's, and what the pattern is made of. */
#include <stdio.h>
#include "mine.h"

static void operation_name(const struct k2_insn *i, char *out, size_t size)
{
	static const char *const alu[] = { "add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "mod", "xor", "mov", "arsh", "swap" };
	static const char *const jump[] = { "", "jeq", "jgt", "jge", "jset", "jne", "jsgt", "jsge", "", "", "jlt", "jle", "jslt", "jsle" };
	static const char *const sizes[] = { "w", "h", "b", "d" };
	const char *width = K2_CLASS(i->code) == K2_ALU || K2_CLASS(i->code) == K2_JMP32 ? "32" : "";

	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU:
		if (K2_OP(i->code) == K2_END)
			width = "";
		snprintf(out, size, "%s%s", alu[K2_OP(i->code) >> 4], width);
		break;
	case K2_KIND_JUMP: snprintf(out, size, "%s%s", jump[K2_OP(i->code) >> 4], width); break;
	case K2_KIND_LOAD: snprintf(out, size, "ld%s", sizes[K2_SIZE(i->code) >> 3]); break;
	case K2_KIND_STORE: snprintf(out, size, "%s%s", K2_CLASS(i->code) == K2_ST ? "sti" : "st", sizes[K2_SIZE(i->code) >> 3]); break;
	default: snprintf(out, size, "imm64"); break;
	}
}

void k2_shape_name(const struct k2_win *w, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "%s", w->proposer);

	for (unsigned int k = 0; k < w->n_match && n + 8 < size; k++) {
		char op[16];

		operation_name(&w->match[k], op, sizeof(op));
		n += (size_t)snprintf(out + n, size - n, "-%s", op);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the printer and the parser must agree on beyond the syntax strings of isa.def. Internal to lib/isa. */
#ifndef K2_ISA_TEXT_H
#define K2_ISA_TEXT_H

#include "code.h"

/* A call names a subprogram by a symbol of one of these kinds; a kfunc has its own. */
static inline bool names_subprog(enum k2_symbol_kind kind)
{
	return kind == K2_SYM_FUNC || kind == K2_SYM_OTHER;
}

/* The immediate of a subprogram call that waits for its relocation, as compilers leave it and libbpf expects it. */
enum { SUBPROG_ADDEND = -1 };

/* Ends the name of a symbol in text. */
static inline bool ends_name(char c)
{
	return (unsigned char)c <= ' ' || c == ')' || c == ']' || c == ',' || c == '{' || c == '}';
}

static inline bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

#endif

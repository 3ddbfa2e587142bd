/* SPDX-License-Identifier: BSD-2-Clause */
/* What reads line programs (write_dwarf_line.c) and what writes them (write_dwarf_encode.c). */
#ifndef K2_OBJECT_WRITE_DWARF_LINE_H
#define K2_OBJECT_WRITE_DWARF_LINE_H

#include "write_dwarf.h"

enum { LNS_EXTENDED, LNS_COPY, LNS_ADVANCE_PC, LNS_ADVANCE_LINE, LNS_SET_FILE, LNS_SET_COLUMN, LNS_NEGATE_STMT, LNS_SET_BASIC_BLOCK,
       LNS_CONST_ADD_PC, LNS_FIXED_ADVANCE_PC, LNS_SET_PROLOGUE_END, LNS_SET_EPILOGUE_BEGIN, LNS_SET_ISA, N_LNS };
enum { LNE_END_SEQUENCE = 1, LNE_SET_ADDRESS, LNE_SET_DISCRIMINATOR = 4 };

/* The header of a unit. */
struct dwline {
	uint64_t start, program, end; /* in the section, bytes */
	unsigned int version, min_insn, line_range, opcode_base;
	int line_base;
	bool is_stmt;
};

/* The new section. */
struct dwout {
	struct dwarf *d;
	uint8_t *bytes, *rels;
	uint64_t len, cap, n_rels, cap_rels;
};

/* Bytes of the old section from `from` to `end`, with their relocations. */
enum k2_status dw_copy_lines(struct dwout *o, uint64_t from, uint64_t end);
/* One sequence of rows. */
enum k2_status dw_put_sequence(struct dwout *o, const struct dwline *h, const struct dwseq *s);
/* The section and its relocations are what was put. */
void dw_finish_lines(const struct dwout *o);

#endif

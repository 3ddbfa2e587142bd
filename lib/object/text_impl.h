/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that are in no object: what text.c (the parser), text_passed.c, text_print.c and raw.c (bare
   instructions) share. */
#ifndef K2_TEXT_IMPL_H
#define K2_TEXT_IMPL_H

#include <k2/text.h>
#include "isa.h"

struct text_label {
	uint32_t number, index;
};

/* By what raw instructions name a map: file descriptor or index (linux/bpf.h: BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_IDX). */
enum text_naming { TEXT_NO_NUMBER, TEXT_FD, TEXT_IDX };
struct text_place {
	enum text_naming naming;
	uint32_t number;
};

struct k2_text {
	struct k2_arena *arena;
	struct k2_func_desc desc;
	struct k2_passed passed[5]; /* desc.passed, when something is said */
	struct k2_insn *insns;
	struct k2_symbol *syms;
	struct text_place *places; /* by symbol */
	struct text_label *labels;
	uint32_t n_insns, cap_insns, n_syms, cap_syms, cap_places, n_labels, cap_labels;
	bool isa_said, endian_said, directives_only;
};

/* Without instructions, arguments of a program. NULL: out of memory. */
struct k2_text *k2_text_new(const char *name);
/* Reads lines into `t`; NULL, or what is wrong, with *lineno set. */
const char *k2_text_parse_lines(struct k2_text *t, const char *src, size_t len, uint32_t *lineno);
/* The symbol of that name, as in k2_insn.sym; 0: none. */
uint32_t k2_text_find_symbol(const struct k2_text *t, const char *name, size_t len);
/* text_passed.c: `.passed` with these words; NULL, or what is wrong. And the directives for what `d` says. */
const char *k2_text_set_passed(struct k2_text *t, char *args);
void k2_text_put_passed(struct k2_string *out, const struct k2_func_desc *d);
/* The symbol that has this place: its number as in k2_insn.sym; 0: none. */
uint32_t k2_text_find_place(const struct k2_text *t, enum k2_symbol_kind kind, enum text_naming naming, uint32_t number);

#endif

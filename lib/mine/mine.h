/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules out of accepted rewrites. win.c: what a rewrite changes, and the instructions around it on which that rests. shape.c: a win as
   the text of a rule, some of its constants as symbols; name.c: a name for it. general.c: the most general rule that is proved. mine.c: all of a corpus. */
#ifndef K2_MINE_INTERNAL_H
#define K2_MINE_INTERNAL_H

#include <k2/mine.h>
#include "opt.h"
#include "rules.h"

enum { K2_WIN_INSNS = 10, K2_WIN_GIVES = 8, K2_WIN_TEXT = 4000 };

/* A rewrite as a rule without generality: real registers, real numbers. */
struct k2_win {
	struct k2_insn match[K2_WIN_INSNS], give[K2_WIN_GIVES];
	unsigned int n_match, n_give;
	uint16_t dead;         /* registers that change and nobody reads behind */
	uint16_t low;          /* written registers whose upper half is dead behind */
	uint64_t zeros[11];    /* bits that are known to be 0 before */
	bool big_endian;
	const char *proposer;
	uint32_t line;
	uint32_t slots;        /* that it saves */
};

/* The first, narrowest way to see a rewrite, and wider ones: `width` 0, 1, ... False: there is none of that width. */
bool k2_win_find(struct k2_arena *a, const struct k2_rewrite *r, unsigned int width, struct k2_win *out);

/* What instruction k of the pattern computes is a value on the way, which the replacement does not have. */
bool k2_win_passes(const struct k2_win *w, unsigned int k);

/* How general a rule made from a win is. */
struct k2_shape {
	uint32_t literal;  /* constants (bit n is the n-th of the pattern) that stay numbers */
	bool together;     /* offsets from one register are one constant and distances from it, not constants of their own */
	bool apart;        /* equal numbers are constants of their own */
	uint16_t dead;     /* registers whose result does not count */
	uint16_t low;      /* registers of whose result only the lower half counts */
	uint8_t zero[11];  /* by register: how many of the bits that are known to be 0 before are demanded, 0 (none) to K2_SHAPE_ZEROS */
	unsigned int zero_by; /* n: they are demanded by the n-th expression over constants instead, of the first register that has any; 0: not so */
	bool order;        /* for the win's byte order only */
	int relation;      /* between constants: the n-th that holds; -1: none */
	unsigned int guess; /* the n-th way to compute the replacement's constants */
};
enum { K2_SHAPE_ZEROS = 4 };
/* The number of constants of a win. */
unsigned int k2_shape_symbols(const struct k2_win *w, bool together, bool apart);
/* The rule as text without name and provenance, and its example. False: there is no such guess or relation, or too many constants. */
bool k2_shape_print(const struct k2_win *w, const struct k2_shape *s, char out[K2_WIN_TEXT]);
/* A name for the rule: proposer and what it is about. */
void k2_shape_name(const struct k2_win *w, char *out, size_t size);
/* The bits that level `zero` of a register stands for, as far as they are known to be 0. */
uint64_t k2_shape_zeros(uint8_t level);

/* The most general shape that is proved; leaves out of the win what is in pattern and replacement and not needed for the proof. False:
   not even the win itself is proved, or what is left of it is no win. */
bool k2_win_generalise(struct k2_win *w, struct k2_shape *out);
/* Is the rule right? */
bool k2_win_proves(const struct k2_win *w, const struct k2_shape *s);

#endif

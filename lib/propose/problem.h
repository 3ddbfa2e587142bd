/* SPDX-License-Identifier: BSD-2-Clause */
/* A problem of synthesis: a piece of arithmetic cut out of a window, and everything that an engine may look at. Engines (search.c,
   sketch.c) are functions of this alone, so that what they find can be kept and used wherever the same problem comes again.

   Values are numbered: inputs first, then one for each operation. New code works on registers: number 0 is the register of the result
   and may be overwritten, the others are read only. Registers have numbers in the order of their values, whatever they are called in
   the window. */
#ifndef K2_PROBLEM_H
#define K2_PROBLEM_H

#include "propose.h"

enum {
	K2_PB_INPUTS = 6,
	K2_PB_OPS = 10,
	K2_PB_REGS = 7,
	K2_PB_MEMBERS = 6,   /* instructions that a replacement stands for, the jump not counted */
	K2_PB_NONE = 0xff,
	K2_PB_VECTORS = 40,
	K2_PB_CODE = 4,      /* of an answer */
	K2_PB_ANSWERS = 3,
};

struct k2_problem {
	uint8_t n_in, n_ops, n_regs;
	uint8_t slots;                    /* of the old code that goes */
	uint8_t isa, alu32, big_endian, level, objective;
	struct k2_known in[K2_PB_INPUTS];
	struct k2_op {
		uint8_t code, a, b;       /* values of dst and src; NONE: it has none */
		int16_t off;
		int64_t imm;
	} op[K2_PB_OPS], jump;            /* `jump`, if `branch`: whether it is taken is the result */
	bool branch;
	uint8_t target;                   /* value of the result, if not `branch` */
	uint64_t mask;                    /* bits of it that count */
	uint8_t reg[K2_PB_REGS];          /* values of the registers; reg[0] may be NONE */
	bool fixed;                       /* nothing may be overwritten (of a branch, whose operands live on) */
};

/* Code in the problem's registers. Of a branch, the last instruction is the jump. */
struct k2_answer {
	uint8_t n;
	struct k2_insn code[K2_PB_CODE];
};

/* What an engine found, best first, all of it proved; and what that took, of the driver's budget. */
struct k2_answers {
	uint8_t n;
	struct k2_answer a[K2_PB_ANSWERS];
	uint64_t steps;
	bool failed; /* out of memory: there may be more */
};

/* Where a problem was cut out. */
struct k2_cut {
	struct k2_problem p;
	uint32_t at;                      /* the instruction that gives the result; new code stands there */
	uint32_t member[K2_PB_MEMBERS + 1]; /* instructions that go; member[0] == at, unless it is a jump, which is replaced */
	uint8_t n_members;
	uint8_t reg[K2_PB_REGS];          /* the window's registers */
};

/* Who computes what of whom in a window. NULL: out of memory. */
struct k2_uses;
struct k2_uses *k2_uses_of(const struct k2_site *s);
/* The problems whose result instruction `at` gives: *cut, and then with one more instruction of its slice each time. Begin with
   n_members 0; false: there is none, or no more. */
bool k2_cut_next(const struct k2_site *s, const struct k2_uses *u, uint32_t at, struct k2_cut *cut);
/* Offers the answers in turn. True: one was accepted. */
bool k2_cut_offer(const struct k2_site *s, const struct k2_cut *cut, const struct k2_answers *found);

/* ---- for engines (trials.c) ---- */

/* A problem's test vectors, and a solver that tells right from wrong, and gives a vector where something is wrong. */
struct k2_trials {
	const struct k2_problem *p;
	unsigned int n;
	uint64_t in[K2_PB_INPUTS][K2_PB_VECTORS];
	uint64_t reg[K2_PB_REGS][K2_PB_VECTORS];
	uint64_t want[K2_PB_VECTORS];     /* the result, bits that do not count left out; of a branch 0 or 1 */
	struct k2_func_desc desc;         /* as far as k2_isa_allowed looks */
	/* The solver's side, made when first asked. */
	struct k2_arena *parent, *arena;
	struct k2_terms *terms;
	struct k2_solver *solver;
	k2_t value[K2_PB_INPUTS + K2_PB_OPS], result;
	uint64_t rlimit;                  /* used */
	unsigned int unknown;
	bool failed;
};
/* `a` says which allocations fail. */
void k2_trials_init(struct k2_trials *t, const struct k2_problem *p, struct k2_arena *a);
/* False: something failed for want of memory, and what was found may not be all. */
bool k2_trials_free(struct k2_trials *t);
/* Is this an answer? K2_DIFFERENT: no, and there is one vector more that says so, if there was room. */
enum k2_verdict k2_trials_check(struct k2_trials *t, const struct k2_answer *a);
/* The solver's side; false: out of memory. */
bool k2_trials_solver(struct k2_trials *t);
/* The result of the code as a term; of a branch of width 1. Immediates for which `hole` (by instruction) has a term are that. */
k2_t k2_trials_term(struct k2_trials *t, const struct k2_answer *a, const k2_t *reg, const k2_t *hole);
/* One more vector, by the value of each input. False: no room. */
bool k2_trials_add(struct k2_trials *t, const uint64_t in[K2_PB_INPUTS]);
/* Keeps an answer; false: there are enough. */
bool k2_answers_add(struct k2_answers *to, const struct k2_answer *a);

/* The engines. Each is a function of the problem; `a` only says which allocations fail. */
void k2_search(const struct k2_problem *p, struct k2_arena *a, struct k2_answers *out);
void k2_sketch(const struct k2_problem *p, struct k2_arena *a, struct k2_answers *out);

/* synth.c: asks an engine for every problem of the window. */
typedef void (*k2_engine)(const struct k2_problem *p, struct k2_arena *a, struct k2_answers *out);
void k2_synthesize(const struct k2_site *s, const char *name, k2_engine engine);

#endif

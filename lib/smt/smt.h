/* SPDX-License-Identifier: BSD-2-Clause */
/* Bit-vector terms and a solver. The only folder that includes z3.h.

   Terms are hash-consed: within one table, equal structure is the same pointer, and the constructors bring terms into a
   normal form, so that most equal values are the same pointer and need no solver. Normal form:
   - constants fold; commutative operands are ordered by id; sums are flattened with one trailing constant: x + c;
   - x - c is x + -c, and x - y for equal x, y is 0; a truncation moves inward through add, sub, mul, and, or, xor and
     left shifts; shifts by constants, masks with runs of ones, zero extension and truncation all become EXTRACT, CONCAT
     and constants; `or`, `xor` and `add` of values whose set bits cannot meet become CONCAT; adjacent EXTRACTs of one
     value inside a CONCAT merge; EXTRACT of CONCAT picks the part;
   - ITE with equal arms or constant condition folds; comparisons that known bits and ranges decide fold.
   Every term carries known-zero and known-one bits and an unsigned range.

   Memory failures are sticky: constructors then return some term, and k2_terms_failed() tells. */
#ifndef K2_SMT_H
#define K2_SMT_H

#include <stdbool.h>
#include <stdint.h>
#include "util.h"

enum k2_term_op {
	K2_T_CONST,   /* imm */
	K2_T_ATOM,    /* an unknown value; imm is the caller's number, `tag` the caller's own word about it */
	K2_T_SELECT,  /* an uninterpreted function of its arguments (see k2_t_apply); imm is the function's number */
	K2_T_ADD, K2_T_MUL, K2_T_UDIV, K2_T_UREM, K2_T_SDIV, K2_T_SREM, /* division by zero as SMT-LIB; callers guard with ITE */
	K2_T_AND, K2_T_OR, K2_T_XOR, K2_T_NOT,
	K2_T_SHL, K2_T_LSHR, K2_T_ASHR, /* shift counts >= width as SMT-LIB; callers mask */
	K2_T_EXTRACT, /* imm: lowest bit */
	K2_T_CONCAT,  /* arg 0 is the high part */
	K2_T_SEXT,
	K2_T_EQ, K2_T_ULT, K2_T_SLT, /* width 1 */
	K2_T_ITE,     /* arg 0 has width 1 */
};

typedef const struct k2_term *k2_t;
struct k2_term {
	uint8_t op, width; /* width 1..64 */
	uint16_t n_args;
	uint32_t id;     /* creation number in its table: deterministic */
	uint64_t imm;
	uint64_t zeros, ones; /* bits known to be 0, known to be 1; within the width */
	uint64_t umin, umax;  /* unsigned range */
	uint64_t tag;    /* ATOM and SELECT: the caller's; 0 otherwise */
	const k2_t *args;
};

/* A term table; lives in `a`, dies with it. NULL when out of memory. */
struct k2_terms;
struct k2_terms *k2_terms_new(struct k2_arena *a);
bool k2_terms_failed(const struct k2_terms *t);
uint32_t k2_terms_count(const struct k2_terms *t);

/* What is known of an atom. All-zero `k` (NULL) means nothing. */
struct k2_known {
	uint64_t zeros, ones, umin, umax;
};
k2_t k2_t_const(struct k2_terms *t, unsigned int w, uint64_t v);
/* A new unknown value, different from all others so far, however often it is called. */
k2_t k2_t_fresh(struct k2_terms *t, unsigned int w, const struct k2_known *k, uint64_t tag);
/* The unknown value fn(args): same fn and args, same term. The solver is told nothing about it. n up to 65535. */
k2_t k2_t_apply(struct k2_terms *t, unsigned int w, uint64_t fn, const k2_t *args, unsigned int n,
		const struct k2_known *k, uint64_t tag);
k2_t k2_t_add(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_sub(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_mul(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_udiv(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_urem(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_sdiv(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_srem(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_and(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_or(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_xor(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_not(struct k2_terms *t, k2_t a);
k2_t k2_t_shl(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_lshr(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_ashr(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_extract(struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w);
k2_t k2_t_concat(struct k2_terms *t, k2_t hi, k2_t lo); /* width sum at most 64 */
k2_t k2_t_zext(struct k2_terms *t, k2_t a, unsigned int w);
k2_t k2_t_sext(struct k2_terms *t, k2_t a, unsigned int w);
k2_t k2_t_eq(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_ult(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_slt(struct k2_terms *t, k2_t a, k2_t b);
k2_t k2_t_ite(struct k2_terms *t, k2_t c, k2_t a, k2_t b);

static inline bool k2_t_is_const(k2_t t)
{
	return t->op == K2_T_CONST;
}
/* x + c split into x and c (c is 0 when there is none; x is NULL for a pure constant). Both mod 2^width. */
void k2_t_split_const(struct k2_terms *t, k2_t a, k2_t *base, uint64_t *c);

/* Concrete evaluation. `value` gives ATOM and SELECT terms their number (masked to width by the evaluator); it must
   answer the same for the same term. Linear in the number of distinct subterms; memo is per call. *out only on K2_OK. */
typedef uint64_t (*k2_valuation)(void *user, k2_t atom);
enum k2_status k2_t_eval(struct k2_terms *t, const k2_t *what, unsigned int n, k2_valuation value, void *user,
			 uint64_t *out);
/* A pseudo-random value of `atom` for test vector number `vector` that satisfies what is known of it (bits and range).
   The first vectors are corner values. A ready valuation body for tests. */
uint64_t k2_t_sample(k2_t atom, uint64_t vector);

enum k2_verdict { K2_EQUAL, K2_DIFFERENT, K2_UNKNOWN };

/* A solver with z3 inside; made on first need; several queries share it. */
struct k2_solver;
struct k2_solver *k2_solver_new(struct k2_arena *a, struct k2_terms *t, uint64_t rlimit_per_query);
void k2_solver_free(struct k2_solver *s); /* releases z3's memory; must be called before the arena goes */
/* Is `claim` (width 1) true in every valuation where all of `assume` (width 1) are true and every atom is as its known
   bits and range say? K2_EQUAL: yes, proved. K2_DIFFERENT: no; then k2_solver_model gives the values. K2_UNKNOWN: limit,
   failure, out of memory. Tries in order: pointer equality and folding, test vectors, z3 (QF_BV). SELECT terms are
   free values (equal arguments give the same pointer; that is all). */
enum k2_verdict k2_solver_prove(struct k2_solver *s, const k2_t *assume, unsigned int n, k2_t claim);
/* The value of an ATOM or SELECT in the last K2_DIFFERENT's model; atoms that do not matter get a sample. */
uint64_t k2_solver_model(struct k2_solver *s, k2_t atom);

struct k2_solver_stats {
	uint64_t folded, refuted, queries, unknown, rlimit; /* closed by folding; by vectors; asked of z3; z3's unknowns; units */
};
struct k2_solver_stats k2_solver_stats(const struct k2_solver *s);

/* A term as text for messages: "(add r1 8)". Deep terms are cut with "…". */
int k2_t_print(char *buf, size_t size, k2_t t);

#endif

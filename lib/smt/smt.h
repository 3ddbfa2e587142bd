/* SPDX-License-Identifier: BSD-2-Clause */
/* Bit-vector terms and a solver. The only folder that includes z3.h.

   Terms are hash-consed: within one table, equal structure is the same pointer, and the constructors bring terms into a
   normal form, so that most equal values are the same pointer and need no solver. Normal form:
   - constants fold, and so does every term whose known bits or range leave one value;
   - ADD, MUL, AND, OR, XOR and CONCAT are flat: two or more arguments, no argument of the same op (but for very long
     ones, over 64 arguments, which nest). ADD to XOR are ordered by id, and a constant is the last argument;
   - a sum is Σ c·u + k with collected coefficients. A summand is u, MUL(u, c) for odd c, or for even c a CONCAT with
     zeros below. Where all coefficients are even, the sum is a CONCAT with the low bits of k below. x - y is x + MUL(y,
     ~0); ~x is -x - 1 inside sums. x << k, x * 2^k and repeated x + x are one form. Zero extension of a sum or product
     that cannot wrap is the sum or product of the extended: small numbers add the same in 32 and 64 bits;
   - there is no ZEXT: it is CONCAT with constant zeros on top. Shifts by constants, masks with at most 8 runs of ones,
     truncations and extensions all become EXTRACT, SEXT, CONCAT and constants;
   - CONCAT: args[0] is the highest piece; no neighbours are both constant or slices of one value. Taking a value apart
     and putting it together gives the value. OR, XOR and ADD of values whose set bits cannot meet become CONCAT;
   - EXTRACT stands only above ATOM, SELECT, variable shifts, divisions, and, when it leaves out low bits, ADD and MUL (which
     then have no bits above it);
   - AND, OR, XOR, NOT and ITE do not stand above CONCAT: they are cut at its pieces. NOT is XOR with all ones;
   - bits (width 1): OR is NOT of AND of NOTs; EQ is NOT of XOR; sums are XOR. ITE(c, 1, 0) is c extended;
   - comparisons have constants on the right: k < x is NOT(x < k + 1). x < 2^k is EQ of the high bits with 0; signed
     comparisons of values with known signs are unsigned ones or constant. x + c == d is x == d - c.
   Normalisation goes some 48 levels deep and then makes nodes as they come: deep terms cost time linear in their size,
   and may miss an equality, never gain one. Every term carries known-zero and known-one bits and an unsigned range.

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
	K2_T_ADD, K2_T_MUL, /* two or more arguments, as AND, OR, XOR; a constant is last */
	K2_T_UDIV, K2_T_UREM, K2_T_SDIV, K2_T_SREM, /* division by zero as SMT-LIB; callers guard with ITE */
	K2_T_AND, K2_T_OR, K2_T_XOR, K2_T_NOT,
	K2_T_SHL, K2_T_LSHR, K2_T_ASHR, /* shift counts >= width as SMT-LIB; callers mask */
	K2_T_EXTRACT, /* imm: lowest bit */
	K2_T_CONCAT,  /* two or more parts; arg 0 is the highest */
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
/* A new unknown value, different from all others so far, however often it is called; imm counts them. Contradictory
   knowledge counts as none; knowledge of a single value gives the constant. */
k2_t k2_t_fresh(struct k2_terms *t, unsigned int w, const struct k2_known *k, uint64_t tag);
/* The unknown value fn(args): same w, fn, args and tag, same term. `k` is taken from the first such call, so it has to be
   true of the value wherever it is used. The solver is told nothing else about it. n up to 65535. */
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
/* x + c split into x and c (c is 0 when there is none; x is NULL for a pure constant). Both mod 2^width. Also sees the c
   in a CONCAT: 8i + 4 is 8i and 4. */
void k2_t_split_const(struct k2_terms *t, k2_t a, k2_t *base, uint64_t *c);

/* Concrete evaluation. `value` gives ATOM and SELECT terms their number (masked to width by the evaluator); it must
   answer the same for the same term, and not make terms or evaluate. Linear in the number of distinct subterms; memo is
   per call. *out only on K2_OK. */
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

/* The solver's own version: another one may answer what this one does not. */
const char *k2_solver_version(void);

struct k2_solver_stats {
	uint64_t folded, refuted, queries, unknown, rlimit; /* closed by folding; by vectors; asked of z3; z3's unknowns; units */
};
struct k2_solver_stats k2_solver_stats(const struct k2_solver *s);

/* A term as text for messages: "(add r1 8)". Deep terms are cut with "…". */
int k2_t_print(char *buf, size_t size, k2_t t);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Between solver.c (the order of attempts, models) and solver_z3.c (the only file that includes z3.h). */
#ifndef K2_SOLVER_IMPL_H
#define K2_SOLVER_IMPL_H

#include "smt.h"

/* z3's side of a solver: context, tactic and the translation of each term, made on first need. */
struct k2_z3;
/* What a query found. On K2_Z3_SAT, k2_z3_value answers for the atoms of that query. */
enum k2_z3_result { K2_Z3_UNSAT, K2_Z3_SAT, K2_Z3_UNKNOWN };

struct k2_z3 *k2_z3_new(struct k2_arena *a, uint64_t rlimit);
void k2_z3_free(struct k2_z3 *z);
/* Is there a valuation of the atoms, as their known bits and ranges say, where all `assume` are true and
   `claim` is false? Adds the units consumed to *used. */
enum k2_z3_result k2_z3_check(struct k2_z3 *z, const k2_t *assume, unsigned int n, k2_t claim,
			      uint64_t *used);
/* The value of `atom` in the model of the last query. false: it did not occur there, or there is no model. */
bool k2_z3_value(const struct k2_z3 *z, k2_t atom, uint64_t *value);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a piece of code costs, and which of two is cheaper under an objective. */
#ifndef K2_COST_H
#define K2_COST_H

#include <k2/optimize.h>
#include "func.h"

struct k2_cost {
	uint32_t slots;    /* 8-byte slots in the object */
	uint32_t latency;  /* tenths of a cycle, straight through */
	uint32_t verifier; /* instructions that the kernel's verifier processes, once through */
	uint32_t operands; /* registers read: breaks ties, so that copies and constants move on towards their uses */
};
struct k2_cost k2_cost_of(const struct k2_insn *insns, uint32_t n);
/* `b` is better than `a` for the objective, and not worse in what the objective may not trade away. */
bool k2_cheaper(enum k2_objective o, const struct k2_cost *a, const struct k2_cost *b);
/* Instructions that the verifier processes for the whole function, estimated by a walk of at most `limit`; `limit` also when it
   cannot be told. For comparing versions of one function. */
enum k2_walk {
	K2_WALK_STATES, /* with abstract states: what they decide, and where they differ */
	K2_WALK_BLIND,  /* no branch is decided, states at one instruction are equal: only where states are kept counts */
};
uint64_t k2_verifier_walk(struct k2_arena *a, const struct k2_func *f, enum k2_walk mode, uint64_t limit);

#endif

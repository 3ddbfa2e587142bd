/* SPDX-License-Identifier: BSD-2-Clause */
/* Stochastic search, in the manner of STOKE and K2: a Markov chain over programs of one length, which accepts what is better and sometimes what is
   worse. Several chains with fixed seeds, one after the other, each from the best that there is. */
#ifndef K2_CHAIN_H
#define K2_CHAIN_H

#include "bed.h"

/* Asked about code that is right on all tests and cheaper than the best so far; nops count nothing. True: it is the best from now on. */
typedef bool (*k2_chain_better)(void *user, const struct k2_insn *insns, uint32_t n);
struct k2_chain_how {
	unsigned int seeds, proposals; /* of each seed */
	enum k2_objective objective;
	k2_chain_better better;
	void *user;
};
/* `fixed`: instructions that stay as they are. *steps gets what it took. */
void k2_chain_run(struct k2_bed *b, const struct k2_insn *insns, const bool *fixed, uint32_t n, const struct k2_chain_how *how,
		  uint64_t *steps);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* States that the walk of verifier.c keeps, and which numbers in them are precise. Internal to lib/cost. */
#ifndef K2_COST_VERIFIER_H
#define K2_COST_VERIFIER_H

#include "absint.h"

/* Registers and stack slots, bit n is rn, or the slot at r10 - 512 + 8n. */
struct k2_vprecise {
	uint16_t regs;
	uint64_t slots;
};

/* A state kept at a prune point. */
struct k2_vstate {
	struct k2_vstate *next;   /* of the same block */
	struct k2_vstate *parent; /* the one before it on the way */
	uint32_t block, at;
	uint32_t ways;            /* not yet walked to their end */
	bool entered;             /* the way has gone on from here */
	struct k2_vprecise precise;
	struct k2_astate state;
};

/* One instruction of a way's history. */
struct k2_vstep {
	struct k2_vstep *before;
	const struct k2_insn *insn;
	struct k2_vstate *kept;   /* a state was kept in front of it */
	uint64_t slots;           /* own stack slots that it loads or stores */
};

/* The stack slots that a load or store of the state's own stack touches. */
uint64_t k2_vprecise_slots(const struct k2_absint *ai, const struct k2_insn *i, const struct k2_astate *s);
/* The numbers `p` at the end of the history decided something: marks what they came from in all states kept on the way.
   `kept`: the last one, in case that it is not in the history yet. */
void k2_vprecise_mark(const struct k2_vstep *way, struct k2_vstate *kept, struct k2_vprecise p);

#endif

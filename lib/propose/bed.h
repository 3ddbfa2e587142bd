/* SPDX-License-Identifier: BSD-2-Clause */
/* A test bed: some code, run on pseudo-random states, and what it did there, for judging code that is to do the same. The world is made up
   as it is read: an address holds what its number and the test's seed say. So it knows nothing of maps or packets, and an answer says
   "probably", which is enough for a proposer. */
#ifndef K2_BED_H
#define K2_BED_H

#include "propose.h"

enum { K2_BED_TESTS = 24, K2_BED_ACTIVE = 6, K2_BED_CODE = 64, K2_BED_POOL = 32 };

/* Bytes by address; emptied by counting the epoch. */
enum { K2_CELLS = 512 };
struct k2_cellmap {
	uint32_t epoch, n;
	bool full;
	uint16_t used[K2_CELLS / 2];
	struct k2_bed_cell {
		uint64_t key;
		uint32_t epoch;
		uint8_t value, how;
	} c[K2_CELLS];
};

/* What a run did. */
struct k2_outcome {
	bool fault, exits;
	uint16_t has;      /* registers that hold something */
	uint64_t reg[11], trace;
	struct k2_cellmap *written;
};

struct k2_bed {
	struct k2_arena *arena;
	const struct k2_func *f;
	const struct k2_live *live;  /* at the end; NULL: it is a whole function */
	uint64_t pool[K2_BED_POOL];  /* numbers that stand in the code */
	unsigned int n_pool;
	unsigned int n, n_active;    /* tests; those that are asked first */
	struct k2_test {
		uint64_t seed, reg[11];
		uint16_t has;
		struct k2_outcome want;
		struct k2_cellmap *touched; /* bytes that the old code loaded and stored */
	} test[K2_BED_TESTS];
	uint8_t order[K2_BED_TESTS];
	struct k2_cellmap *scratch;
	uint64_t executed;           /* instructions */
};

/* What a register holds at the start. */
struct k2_bed_start {
	enum { K2_BED_NOTHING, K2_BED_NUMBER, K2_BED_PLACE, K2_BED_CTX } kind;
	struct k2_known known; /* NUMBER */
	uint32_t base;         /* PLACE: which; 0 is the frame */
	uint64_t off;
};
/* Runs the old code. `live` as above. Jump targets are indices. False: it cannot be run on enough tests, or out of memory. */
bool k2_bed_init(struct k2_bed *b, struct k2_arena *a, const struct k2_func *f, const struct k2_live *live,
		 const struct k2_bed_start start[11], const struct k2_insn *insns, uint32_t n);
/* How wrong the code is, 0 to 100: half of it the average, half the worst test; more than `limit`: at least so much. What is right on the active tests is tried on all, and
   a test on which it is wrong becomes active. */
uint32_t k2_bed_error(struct k2_bed *b, const struct k2_insn *insns, uint32_t n, uint32_t limit);

/* An instruction that does nothing: there is none to be had in BPF. */
static inline struct k2_insn k2_nop(void)
{
	return (struct k2_insn){ .code = K2_JMP | K2_JA, .target = UINT32_MAX, .origin = -1 };
}
static inline bool k2_is_nop(const struct k2_insn *i)
{
	return i->code == (K2_JMP | K2_JA) && i->target == UINT32_MAX;
}

#endif

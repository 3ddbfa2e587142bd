/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions with one instruction changed. */
#ifndef K2_TEST_MUTATE_H
#define K2_TEST_MUTATE_H

#include "trust.h"

enum mutation {
	M_REGISTER, M_CONSTANT, M_OPCODE, M_ORDER, M_WIDTH, M_OFFSET, M_SENSE, M_TARGET, M_DROP, M_DROP_STORE, M_REPEAT_STORE, N_MUTATIONS,
};
extern const char *const mutation_names[N_MUTATIONS];

struct mutant {
	struct k2_func_desc d; /* its instructions are in the arena */
	enum mutation how;
	uint32_t at;           /* the instruction of the original that is changed */
};

/* A mutant of d that is not the same text and that has a graph; `allowed` (by instruction) says where. False: none was found. */
bool mutate(struct k2_arena *a, const struct k2_func_desc *d, const uint8_t *allowed, uint64_t seed, struct mutant *m);

#endif

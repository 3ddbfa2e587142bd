/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of this folder only. */
#ifndef K2_ABSINT_IMPL_H
#define K2_ABSINT_IMPL_H

#include "absint.h"

struct k2_absint {
	const struct k2_func *f;
	struct k2_arena *arena;
	struct k2_arena *scratch; /* numbers in flight; belongs to terms */
	struct k2_terms *terms;
	struct k2_astate *entry;  /* by block */
	uint8_t *visits;          /* by block, saturating */
	uint64_t demand[8];       /* k2_absint_demand */
	uint16_t *numbers;        /* by block: registers at its head whose number the verifier looks at, there or later */
	bool escapes;             /* an address of the frame may be in memory, where callees can find it */
};

/* The position of byte `byte` (of a value of `size` bytes stored there) in the slot's 64-bit number. */
unsigned int k2_slot_shift(const struct k2_func *f, unsigned int byte, unsigned int size);
/* `from` flows into `to` (both reached or not). `widen`: numbers that change become unknown. True if `to` changed. */
bool k2_astate_merge(struct k2_astate *to, const struct k2_astate *from, bool widen);
/* lib/absint/demand.c: fills in demand and numbers. K2_ENOMEM. */
enum k2_status k2_absint_find_demand(struct k2_absint *ai);

#endif

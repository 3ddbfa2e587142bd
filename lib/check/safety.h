/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by safety.c and safety_end.c. */
#ifndef K2_SAFETY_H
#define K2_SAFETY_H

#include "check.h"

/* Of the slot's bytes in `set`: are they initialised, is a pointer still one, and are numbers known where the verifier will look at
   them? */
bool k2_slot_kept(const struct k2_absint *ai, const struct k2_astate *a, const struct k2_astate *o, unsigned int k,
		  const uint64_t set[8]);

#endif

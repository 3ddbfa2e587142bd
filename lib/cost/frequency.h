/* SPDX-License-Identifier: BSD-2-Clause */
/* How often each block of a function runs: as a profile says (k2_insn, taken), or by the shape of loops and branches. */
#ifndef K2_FREQUENCY_H
#define K2_FREQUENCY_H

#include "func.h"

#define K2_FREQUENCY_ONE (1u << 16) /* once per run of the function */

/* How often control leaves block b by edge e of its two, of K2_FREQUENCY_ONE times. */
uint32_t k2_edge_share(const struct k2_func *f, uint32_t b, unsigned int e);
/* By block; blocks that nobody comes to have 0. NULL: out of memory. In `a`. */
uint64_t *k2_frequencies(struct k2_arena *a, const struct k2_func *f);
/* Some branch's share is a profile's. */
bool k2_has_profile(const struct k2_func *f);
/* Tenths of a cycle of one run, blocks and branches by how often they run. UINT64_MAX: out of memory. */
uint64_t k2_func_latency(struct k2_arena *a, const struct k2_func *f);

#endif

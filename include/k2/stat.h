/* SPDX-License-Identifier: BSD-2-Clause */
/* A function in figures. */
#ifndef K2_STAT_H
#define K2_STAT_H

#include <stddef.h>
#include <k2/func.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* verifier, blocks, loops and stack of functions that cannot be analysed. */
enum { K2_STAT_UNKNOWN = -1 };

struct k2_func_stat {
	int64_t slots, insns;
	int64_t loads, stores, atomics;    /* instructions; legacy packet loads are loads */
	int64_t jumps;                     /* conditional and not; without exit */
	int64_t helpers, subprogs, kfuncs; /* call instructions; callx counts as a subprogram's */
	/* What the objectives of k2_optimize look at, beside the slots. */
	int64_t latency;                   /* tenths of a cycle, every instruction once */
	int64_t verifier;                  /* instructions that the kernel's verifier processes in this function, estimated */
	int64_t blocks, loops;             /* basic blocks that can be reached; heads of loops among them */
	int64_t stack;                     /* bytes below r10 that are used, in multiples of 8 */
};

/* *out gets the figures of `f`. `limit`: the estimate for the verifier gives up beyond that many instructions (UNKNOWN). K2_OK also if not
   everything could be found out: then `msg` (`size` bytes) says why, else it is empty. K2_ENOMEM. */
K2_API enum k2_status k2_func_stat(const struct k2_func_desc *f, uint64_t limit, struct k2_func_stat *out, char *msg, size_t size);

#ifdef __cplusplus
}
#endif
#endif

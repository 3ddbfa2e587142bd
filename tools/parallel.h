/* SPDX-License-Identifier: BSD-2-Clause */
/* The same work on many things, by several threads. */
#ifndef K2_TOOLS_PARALLEL_H
#define K2_TOOLS_PARALLEL_H

#include <stdint.h>

/* Calls work(ctx, i) once for each i below n, up to `threads` at a time, in the order of i as far as there is one. Where no thread can
   be made the caller's does it all. */
void parallel_each(unsigned int threads, uint32_t n, void (*work)(void *ctx, uint32_t i), void *ctx);

#endif

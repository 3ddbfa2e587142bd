/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules out of code: functions are optimised, each accepted rewrite is generalised, proved for all values, and kept if no rule so far
   does the same. */
#ifndef K2_MINE_H
#define K2_MINE_H

#include <k2/optimize.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k2_mine;
/* `o` (NULL: the defaults) says how functions are optimised; kept by pointer. NULL: out of memory. */
K2_API struct k2_mine *k2_mine_new(const struct k2_options *o);
/* Optimises `f` and learns from it; `where` ("prog.o") is for the rules' provenance. As k2_optimize. */
K2_API enum k2_status k2_mine_function(struct k2_mine *m, const struct k2_func_desc *f, const char *where);
struct k2_mine_stats {
	uint32_t rewrites, rules; /* seen; new */
	uint32_t repeated;        /* rewrites that are one of the new rules again */
	uint32_t unproved;        /* rewrites that rest on what a rule cannot say */
};
K2_API struct k2_mine_stats k2_mine_stats(const struct k2_mine *m);
/* The new rules, without those that another one makes superfluous, those first that were met most often; a malloc'd string. NULL: out of
   memory. */
K2_API char *k2_mine_print(struct k2_mine *m);
K2_API void k2_mine_free(struct k2_mine *m);

#ifdef __cplusplus
}
#endif
#endif

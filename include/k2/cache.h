/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that remembers what searches found, and what they did not find. Many processes may use one file at once. What it says is a
   hint: every use is proved anew, and the code that comes out is the same with and without it. */
#ifndef K2_CACHE_H
#define K2_CACHE_H

#include <stddef.h>
#include <k2/func.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k2_cache;
/* Opens the file, or makes it. A file that is no cache of K2's, is damaged, locked for long or cannot be opened is left alone, and the
   cache is then this process's memory only: k2_cache_trouble says so. `path` NULL: memory only, too. NULL: out of memory. */
K2_API struct k2_cache *k2_cache_open(const char *path);
/* What went wrong with the file so far, in one sentence that names it; NULL: nothing. The first trouble only; from then on the file
   is not used any more (one that can be read and not written is still read). Valid until k2_cache_close. */
K2_API const char *k2_cache_trouble(struct k2_cache *c);
/* Puts what is new into the file. What goes wrong there shows in k2_cache_trouble. */
K2_API void k2_cache_flush(struct k2_cache *c);
/* Flushes, and frees. */
K2_API void k2_cache_close(struct k2_cache *c);

struct k2_cache_stats {
	uint64_t hits, misses, kept; /* questions answered; not answered; results put into the file */
};
K2_API struct k2_cache_stats k2_cache_stats(struct k2_cache *c);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiles: how often each instruction of functions ran, and how often each conditional jump was taken. Made by runs (`k2 run --profile`),
   kept in a file, given to k2_optimize by way of the jumps (struct k2_insn, taken).

   A file is JSON:
     {"k2-profile": 1, "functions": [{"section": "xdp", "function": "prog", "code": "0123456789abcdef",
                                      "counts": [12, 12, 7], "taken": [0, 5, 0]}]}
   with a count for each instruction (ld_imm64 is one). "code" is a hash of the instructions: what was made from other code is not
   used. What loaders and linkers fill in (relocated numbers, CO-RE offsets, call targets) is not part of it, so a plain object and the
   same function in the compiler are alike. Functions stand in the order in which they came; equal runs make equal files. */
#ifndef K2_PROFILE_H
#define K2_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <k2/func.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k2_profile;

/* An empty one; NULL: out of memory. */
K2_API struct k2_profile *k2_profile_new(void);
/* Reads a file. K2_EIO, K2_EINVAL (no such file, no profile), K2_ENOMEM, with a sentence in `msg` (`size` bytes); *out is to be freed when K2_OK. */
K2_API enum k2_status k2_profile_read(const char *path, struct k2_profile **out, char *msg, size_t size);
K2_API void k2_profile_free(struct k2_profile *p);

/* Adds runs of a function: `counts` by instruction, and `taken`, how often of these a conditional jump went to its target. Sums that
   do not fit stay at the largest number. Counts of other code under the same section and name are dropped, and *dropped (may be NULL) is set.
   Copies. K2_ENOMEM. */
K2_API enum k2_status k2_profile_add(struct k2_profile *p, const struct k2_func_desc *f, const uint64_t *counts,
				     const uint64_t *taken, bool *dropped);
/* Writes the file as k2_file_replace does. K2_EIO with a sentence in `msg`. */
K2_API enum k2_status k2_profile_write(const struct k2_profile *p, const char *path, char *msg, size_t size);

enum k2_profile_match {
	K2_PROFILE_NONE,  /* has nothing of the function, or it never ran */
	K2_PROFILE_STALE, /* was made from other code under this name: not used */
	K2_PROFILE_USED,
};
/* Writes what is known of function `f` into the conditional jumps of `insns`, the caller's copy of its f->n_insns instructions (NULL:
   nowhere). */
K2_API enum k2_profile_match k2_profile_apply(const struct k2_profile *p, const struct k2_func_desc *f, struct k2_insn *insns);

#ifdef __cplusplus
}
#endif
#endif

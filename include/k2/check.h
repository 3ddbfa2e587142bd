/* SPDX-License-Identifier: BSD-2-Clause */
/* The checker by itself: may one function replace another? */
#ifndef K2_CHECK_PUBLIC_H
#define K2_CHECK_PUBLIC_H

#include <stddef.h>
#include <k2/func.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum k2_check_verdict { K2_CHECK_EQUAL, K2_CHECK_DIFFERENT, K2_CHECK_UNKNOWN };

/* May `new_` replace `old`? Equal: proved for every input; the same calls and fixed memory accesses in the same order, the same bytes in
   all memory that outlives the function, the same result. Different: two runs of the interpreter on one input show it. Unknown: neither.
   Symbols are the same where kind, name and properties are. What `old` says in `passed` and `context` is taken for what both are given, and what
   `new_` says there is not looked at: the inputs are those of the old function's calls. `text` (size bytes) gets the reason for unknown, and for different the
   counterexample, one fact a line: what differs, the instructions to blame, the input, and what both sides executed last. K2_EINVAL,
   K2_EUNSUPPORTED (`text` says which instruction), K2_ENOMEM: *verdict is K2_CHECK_UNKNOWN. */
K2_API enum k2_status k2_check_func(const struct k2_func_desc *old, const struct k2_func_desc *new_,
				    enum k2_check_verdict *verdict, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif

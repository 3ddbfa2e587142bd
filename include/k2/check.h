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

/* The functions are compared block by block. "Different" means that some block, entered in a state that satisfies what is known
   there, ends in one that its successors (or the outside) may tell apart, and that two runs in the interpreter confirm it; a
   difference that no later block looks at after all still counts.
   `text` (size bytes) gets the reason, and for K2_CHECK_DIFFERENT the counterexample, one fact a line. Both descriptions
   name the same symbols in the same order. K2_EINVAL, K2_ENOMEM: *verdict is K2_CHECK_UNKNOWN. */
K2_API enum k2_status k2_check_func(const struct k2_func_desc *old, const struct k2_func_desc *new_,
				    enum k2_check_verdict *verdict, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif

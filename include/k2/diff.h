/* SPDX-License-Identifier: BSD-2-Clause */
/* Two versions of a function side by side. Instructions are equal when their text is; jumps are equal when they go to the same
   place, wherever that lies: code that only moved along with what stands in front of it has not changed. */
#ifndef K2_DIFF_H
#define K2_DIFF_H

#include <k2/func.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum k2_diff_kind {
	K2_DIFF_SAME,
	K2_DIFF_CHANGED, /* one instruction stands where another stood */
	K2_DIFF_OLD,     /* only in the old version */
	K2_DIFF_NEW,     /* only in the new version */
};

struct k2_diff_row {
	enum k2_diff_kind kind;
	/* Old and new: the instruction's index, UINT32_MAX where this side has none; its text, with "L3" for a jump's target, the names of
	   symbols and helpers; and the number of its own label, 0: nothing jumps there. */
	uint32_t insn[2];
	const char *text[2];
	uint32_t label[2];
};

/* Every instruction of both versions, in order. */
struct k2_diff {
	struct k2_diff_row *rows;
	uint32_t n_rows;
	uint32_t count[4]; /* of rows, by kind */
};

struct k2_diff_side {
	const struct k2_func_desc *func;
	const char *const *names; /* what to call its symbols; NULL, or NULL for one of them: by their own names */
};

/* Aligns old (side[0]) and new. *out is set on K2_OK only, to be freed with k2_diff_free. K2_ENOMEM. Deterministic; a shortest edit
   unless the two are very different. */
K2_API enum k2_status k2_diff_funcs(const struct k2_diff_side side[2], struct k2_diff **out);
K2_API void k2_diff_free(struct k2_diff *d);

#ifdef __cplusplus
}
#endif
#endif

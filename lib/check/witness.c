// SPDX-License-Identifier: BSD-2-Clause
/* Which block of one function stands for which of another, when nobody says so. Nothing here is believed. */
#include "check.h"

enum k2_status k2_witness(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_, const uint32_t **origin)
{
	uint32_t *v = k2_arena_calloc(a, new_->n_blocks, sizeof(*v));

	if (!v)
		return K2_ENOMEM;
	for (uint32_t b = 0; b < new_->n_blocks; b++)
		v[b] = b < old->n_blocks ? b : K2_NO_BLOCK;
	*origin = v;
	return K2_OK;
}

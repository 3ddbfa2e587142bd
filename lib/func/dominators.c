// SPDX-License-Identifier: BSD-2-Clause
/* Dominators, as Cooper, Harvey and Kennedy find them: by walking up until two ways meet. */
#include "func.h"

uint32_t k2_dominator_of(const struct k2_func *f, const uint32_t *idom, uint32_t a, uint32_t b)
{
	while (a != b) {
		while (f->blocks[a].rpo > f->blocks[b].rpo)
			a = idom[a];
		while (f->blocks[b].rpo > f->blocks[a].rpo)
			b = idom[b];
	}
	return a;
}

uint32_t *k2_func_dominators(struct k2_arena *a, const struct k2_func *f)
{
	uint32_t *idom = k2_arena_calloc(a, f->n_blocks, sizeof(*idom));
	bool again = idom;

	for (uint32_t b = 0; idom && b < f->n_blocks; b++)
		idom[b] = K2_NO_BLOCK;
	if (idom)
		idom[f->order[0]] = f->order[0];
	while (again) {
		again = false;
		for (uint32_t k = 1; k < f->n_order; k++) {
			const struct k2_block *b = &f->blocks[f->order[k]];
			uint32_t d = K2_NO_BLOCK;

			for (uint32_t p = 0; p < b->n_preds; p++) {
				if (f->blocks[b->preds[p]].rpo == K2_NO_BLOCK || idom[b->preds[p]] == K2_NO_BLOCK)
					continue;
				d = d == K2_NO_BLOCK ? b->preds[p] : k2_dominator_of(f, idom, d, b->preds[p]);
			}
			again |= idom[f->order[k]] != d;
			idom[f->order[k]] = d;
		}
	}
	return idom;
}

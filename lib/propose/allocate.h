/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers for virtual code, with as few copies between them as can be. */
#ifndef K2_ALLOCATE_H
#define K2_ALLOCATE_H

#include "vcode.h"

struct k2_allocation {
	uint8_t *reg;  /* of each virtual register */
	int32_t slots; /* of the code, without the copies that go */
};

/* Asked before two virtual registers become one for a copy at instruction `at` (as in k2_vinsn); NULL: always. */
struct k2_allocate_may {
	bool (*may)(void *user, uint32_t block, uint32_t at);
	void *user;
};

/* False: there is none that it finds, or no memory. What it gives is in `a`. */
bool k2_allocate(struct k2_arena *a, const struct k2_vcode *v, const struct k2_allocate_may *may, struct k2_allocation *out);
/* The code with these registers, to blocks of `g`. False: out of memory. */
bool k2_allocation_write(const struct k2_graph *g, const struct k2_vcode *v, const struct k2_allocation *with);

#endif

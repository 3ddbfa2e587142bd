/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share. */
#ifndef K2_PROFILE_IMPL_H
#define K2_PROFILE_IMPL_H

#include <k2/profile.h>
#include "util.h"

struct k2_profile_func {
	const char *section, *name;
	uint64_t code; /* hash */
	uint64_t *counts, *taken;
	uint32_t n;    /* instructions */
};

struct k2_profile {
	struct k2_arena *arena; /* holds this struct */
	struct k2_profile_func *funcs;
	uint32_t n_funcs, cap_funcs;
};

#endif

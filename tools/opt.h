/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of k2 opt share: opt.c has the options and functions in text form, opt_object.c objects. */
#ifndef K2_TOOLS_OPT_H
#define K2_TOOLS_OPT_H

#include "k2.h"
#include <k2/optimize.h>

struct opt_args {
	struct k2_options o;
	const char *path, *out, *prog, *report;
	enum k2_isa_level isa; /* 0: as the file says */
	bool in_place, check, strip_debug, assume_no_volatile, no_freeze;
	bool remarks, stats;
};

/* As comments ("; ...") on standard output, for functions in text form and for objects. */
void k2_opt_print_remarks(const struct k2_result *r);
void k2_opt_print_stats(const struct k2_stats *s);

int k2_opt_object(const struct opt_args *a, struct k2_object *o);

#endif

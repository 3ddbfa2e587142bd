// SPDX-License-Identifier: BSD-2-Clause
/* The checker as a service: two function descriptions in, a verdict out. */
#include <k2/check.h>
#include "check.h"
#include "replay.h"
#include <stdio.h>

enum { RLIMIT = 4000000 };

enum k2_status k2_check_func(const struct k2_func_desc *old, const struct k2_func_desc *new_,
			     enum k2_check_verdict *verdict, char *text, size_t size)
{
	struct k2_arena *a = k2_arena_new(0);
	struct k2_func *fo = NULL, *fn = NULL;
	const struct k2_validation how = { .rlimit = RLIMIT, .equal_only = true };
	struct k2_explain explain = { .text = text, .size = size };
	struct k2_solver_stats solver_stats = { 0 };
	struct k2_check_stats stats = { 0 };
	const char *why = NULL;
	enum k2_status st = K2_ENOMEM;
	enum k2_verdict v;

	*verdict = K2_CHECK_UNKNOWN;
	if (a)
		st = k2_func_build(a, old, &fo, text, size);
	if (!st)
		st = k2_func_build(a, new_, &fn, text, size);
	if (!st) {
		v = k2_validate(a, fo, fn, &how, &stats, &solver_stats, &why);
		if (v != K2_EQUAL)
			v = k2_counterexample(a, fo, fn, RLIMIT, &explain);
		*verdict = v == K2_EQUAL ? K2_CHECK_EQUAL : v == K2_DIFFERENT ? K2_CHECK_DIFFERENT : K2_CHECK_UNKNOWN;
		if (v != K2_DIFFERENT) /* that one has its counterexample there */
			snprintf(text, size, "%s", v == K2_EQUAL ? "" : why);
	}
	k2_arena_free(a);
	return st;
}

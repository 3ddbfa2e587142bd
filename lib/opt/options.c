// SPDX-License-Identifier: BSD-2-Clause
/* The caller's options, by name. */
#include "opt.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void k2_options_init(struct k2_options *o)
{
	memset(o, 0, sizeof(*o));
	o->size = sizeof(*o);
	o->level = 2;
}

static enum k2_status parse_number(const char *value, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(value, &end, 0);
	return errno || end == value || *end || *value == '-' || *out > max ? K2_EINVAL : K2_OK;
}

static enum k2_status parse_objective(const char *value, enum k2_objective *out)
{
	static const char *const names[] = { "default", "size", "latency", "verifier" };

	for (unsigned int k = 0; k < K2_ARRAY_SIZE(names); k++) {
		if (!strcmp(value, names[k])) {
			*out = (enum k2_objective)k;
			return K2_OK;
		}
	}
	return K2_EINVAL;
}

static bool known_names(const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ",");
		bool known = n == 0;

		for (unsigned int k = 0; k2_proposer_at(k); k++) {
			const char *name = k2_proposer_at(k)->name;

			known |= strlen(name) == n && !memcmp(name, list, n);
		}
		if (!known)
			return false;
		list += n + (list[n] == ',');
	}
	return true;
}

enum k2_status k2_options_set(struct k2_options *o, const char *name, const char *value)
{
	uint64_t v = 0;
	enum k2_status st = K2_OK;

	if (!strcmp(name, "objective"))
		return parse_objective(value, &o->objective);
	if (!strcmp(name, "disable")) {
		o->disable = value;
		return known_names(value) ? K2_OK : K2_EINVAL;
	}
	if (!strcmp(name, "level")) {
		st = parse_number(value, K2_OPT_LEVELS - 1, &v);
		o->level = st ? o->level : (int)v;
	} else if (!strcmp(name, "budget")) {
		st = parse_number(value, UINT64_MAX, &v);
		o->budget = st ? o->budget : v;
	} else if (!strcmp(name, "first")) {
		st = parse_number(value, UINT32_MAX, &v);
		o->first = st ? o->first : (uint32_t)v;
	} else if (!strcmp(name, "last")) {
		st = parse_number(value, UINT32_MAX, &v);
		o->last = st ? o->last : (uint32_t)v;
	} else {
		return K2_EINVAL;
	}
	return st;
}

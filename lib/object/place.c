// SPDX-License-Identifier: BSD-2-Clause
/* Tables sorted by place in the object. */
#include "object_impl.h"
#include <stdlib.h>

static int by_place(const void *a, const void *b)
{
	const struct objplace *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

uint32_t k2_objplace_find(const void *table, uint32_t n, size_t size, uint32_t section, uint64_t offset)
{
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct objplace *at = (const void *)((const char *)table + mid * size);

		if (at->section < section || (at->section == section && at->offset < offset))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void k2_objplace_sort(void *table, uint32_t n, size_t size)
{
	if (n)
		qsort(table, n, size, by_place);
}

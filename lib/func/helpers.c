// SPDX-License-Identifier: BSD-2-Clause
/* The helper table and its lookups. The facts are in helpers.def. */
#include "helpers.h"
#include "util.h"

/* Tokens of the .def file beside the enumerators. An argument is its kind, with the fixed size in bits 8-15 and "may be
   NULL" in bit 16; a return kind has the number of the size argument in bits 8-15. */
#define K2_ARG_NULLABLE(kind) (K2_ARG_##kind | 1 << 16)
#define K2_ARG_FIXED_READ(n)  (K2_ARG_FIXED_READ | (n) << 8)
#define K2_ARG_FIXED_RW(n)    (K2_ARG_FIXED_RW | (n) << 8)
#define K2_RET_MEM_OR_NULL(n) (K2_RET_MEM_OR_NULL | (n) << 8)

enum {
	NO = 0,
	RO = K2_HELPER_READS_EXT,
	RW = K2_HELPER_READS_EXT | K2_HELPER_WRITES_EXT,
	NOTHING = 0,
	DISCARD = K2_HELPER_DISCARDABLE,
	FILLS = K2_HELPER_FILLS,
	PURE = K2_HELPER_PURE_IN_RUN | K2_HELPER_DISCARDABLE,
	CHANGES_PKT = K2_HELPER_CHANGES_PKT,
	DEREFS = K2_HELPER_DEREFS,
	TAIL_CALL = K2_HELPER_TAIL_CALL,
	CALLS_BACK = K2_HELPER_CALLS_BACK,
	ACQUIRES = K2_HELPER_ACQUIRES,
	RELEASES = K2_HELPER_RELEASES,
	RET_LE_SIZE = K2_HELPER_RET_LE_SIZE,
	SLEEPS = K2_HELPER_SLEEPS,
	LOOSE_ARGS = K2_HELPER_LOOSE_ARGS,
};

#define KIND(x)    ((x) & 0xff)
#define NUMBER(x)  ((x) >> 8 & 0xff)
#define NULL_ARGS(a, b, c, d, e)                                                                             \
	(((a) >> 16) * K2_HELPER_NULL1 | ((b) >> 16) * K2_HELPER_NULL2 | ((c) >> 16) * K2_HELPER_NULL3 |      \
	 ((d) >> 16) * K2_HELPER_NULL4 | ((e) >> 16) * K2_HELPER_NULL5)

/* (a, b) to a, b, NONE, NONE, NONE */
#define UNPACK(...)              __VA_ARGS__
#define ROW(...)                 ROW_(__VA_ARGS__)
#define ROW_(n, nm, r, fl, a, b, c, d, e, ...)                                                               \
	{ .id = (n), .name = (nm), .ret = KIND(r), .ret_size_arg = NUMBER(r),                                  \
	  .arg = { KIND(K2_ARG_##a), KIND(K2_ARG_##b), KIND(K2_ARG_##c), KIND(K2_ARG_##d), KIND(K2_ARG_##e) },  \
	  .fixed_size = { NUMBER(K2_ARG_##a), NUMBER(K2_ARG_##b), NUMBER(K2_ARG_##c), NUMBER(K2_ARG_##d),       \
			  NUMBER(K2_ARG_##e) },                                                                 \
	  .flags = (fl) | NULL_ARGS(K2_ARG_##a, K2_ARG_##b, K2_ARG_##c, K2_ARG_##d, K2_ARG_##e) },
#define K2_HELPER(n, nm, r, args, ext, fl)                                                                   \
	ROW(n, #nm, K2_RET_##r, (ext) | (fl), UNPACK args, NONE, NONE, NONE, NONE, NONE)

static const struct k2_helper helpers[] = {
#include "helpers.def"
};

const struct k2_helper *k2_helper_at(uint32_t index)
{
	return index < K2_ARRAY_SIZE(helpers) ? &helpers[index] : NULL;
}

const struct k2_helper *k2_helper_get(int32_t id)
{
	size_t lo = 0, hi = K2_ARRAY_SIZE(helpers);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (helpers[mid].id == id)
			return &helpers[mid];
		if (helpers[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

uint16_t k2_helper_use_mask(const struct k2_helper *h)
{
	unsigned int mask = 0, i;

	if (!h)
		return 0x3e;
	for (i = 0; i < 5; i++)
		if (h->arg[i] != K2_ARG_NONE)
			mask |= 2u << i;
	return (uint16_t)mask;
}

bool k2_helper_arg_or_null(const struct k2_helper *h, unsigned int arg)
{
	return arg < 5 && (h->flags & (uint32_t)K2_HELPER_NULL1 << arg);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Damage to objects, for tests of who reads them. */
#ifndef K2_TEST_OBJECT_MUTATE_H
#define K2_TEST_OBJECT_MUTATE_H

#include "object_bases.h"

enum { HEADER = 64 };

static void put(const struct base *b, uint8_t *data, size_t at, unsigned int bytes, uint64_t v)
{
	for (unsigned int k = 0; k < bytes; k++)
		data[at + k] = (uint8_t)(v >> 8 * (b->big_endian ? bytes - 1 - k : k));
}

/* Numbers that break sums and comparisons, and such as could be sizes, offsets and references of this file. */
static uint64_t odd_number(uint64_t *seed, size_t size)
{
	static const uint64_t odd[] = { 0, 1, 7, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8,
					0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff };
	uint64_t r = k2_rand(seed);

	switch (r % 4) {
	case 0: return r >> 8 & 0xff;
	case 1: return (r >> 8) % (2 * size);
	default: return odd[(r >> 8) % K2_ARRAY_SIZE(odd)];
	}
}

/* A place: anywhere, in the ELF header, in the section headers, or in one of the sections. */
static size_t place(const struct base *b, size_t size, uint64_t *seed)
{
	uint64_t r = k2_rand(seed), n = get(b, 60, 2), sec = (r >> 8) % n, at, len;

	if (r % 8 == 0)
		return (r >> 8) % HEADER;
	if (r % 8 == 1)
		return b->headers + (r >> 8) % (64 * n);
	if (r % 8 == 2)
		return (r >> 8) % size;
	at = get(b, b->headers + 64 * sec + 24, 8);
	len = get(b, b->headers + 64 * sec + 32, 8);
	r = k2_rand(seed);
	if (!len || r % 4 == 0) /* the beginnings, where sizes and counts are */
		return at + (r >> 8) % 64;
	return at + (r >> 8) % len;
}

static void change_once(const struct base *b, uint8_t *data, size_t *size, uint64_t *seed)
{
	uint64_t r = k2_rand(seed);
	size_t at = place(b, *size, seed), other = place(b, *size, seed);
	unsigned int bytes = 1u << (r >> 8) % 4;

	at -= r & 0x1000 ? at % bytes : 0;
	if (at + 8 > *size || other + 8 > *size)
		return;
	switch (r % 8) {
	case 0: case 1: data[at] ^= (uint8_t)(1u << (r >> 16) % 8); break;
	case 2: case 3: put(b, data, at, bytes, odd_number(seed, *size)); break;
	case 4: put(b, data, at, bytes, get(b, at, bytes) + (r >> 16) % 32 - 16); break;
	case 5: memmove(data + at, data + other, 8); break; /* references that lead back */
	case 6: /* one section's header for another's */
		at = b->headers + 64 * ((r >> 16) % get(b, 60, 2));
		other = b->headers + 64 * ((r >> 32) % get(b, 60, 2));
		if (at + 64 <= *size && other + 64 <= *size)
			memmove(data + at, data + other, 64);
		break;
	default: *size = r % 32 < 8 && at ? at : *size; break;
	}
}

/* A copy of the object with up to `max` changes; malloc'd. */
static uint8_t *mutate(const struct base *b, uint64_t seed, unsigned int max, size_t *size)
{
	uint8_t *data = malloc(b->size);

	assert_non_null(data);
	memcpy(data, b->data, b->size);
	*size = b->size;
	for (unsigned int changes = 1 + (unsigned int)(k2_rand(&seed) % max); changes; changes--)
		change_once(b, data, size, &seed);
	return data;
}

#endif

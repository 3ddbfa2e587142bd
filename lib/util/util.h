/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory, vectors and hashing for the whole library. No other lib/ folder calls malloc. */
#ifndef K2_UTIL_H
#define K2_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <k2/status.h>

#define K2_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define K2_MIN(a, b) ((a) < (b) ? (a) : (b))
#define K2_MAX(a, b) ((a) > (b) ? (a) : (b))

/* An arena: allocations live until the arena is reset or freed. Zeroed memory, 16-byte aligned. A failed allocation
   returns NULL and sets the arena's sticky failure flag, so that a long computation may look once at its end. */
struct k2_arena;
/* `fail_after`: the n-th allocation of this arena and all later ones fail (tests); 0: never. NULL when out of memory. */
struct k2_arena *k2_arena_new(uint64_t fail_after);
/* An arena of its own whose allocations fail as those of `a` do. */
struct k2_arena *k2_arena_like(const struct k2_arena *a);
void k2_arena_free(struct k2_arena *a);
void *k2_arena_alloc(struct k2_arena *a, size_t size);
void *k2_arena_calloc(struct k2_arena *a, size_t n, size_t size); /* checks n * size for overflow */
void *k2_arena_dup(struct k2_arena *a, const void *p, size_t n, size_t size); /* copy of n elements; n may be 0 */
/* Frees everything allocated since `mark`. The failure flag stays. */
struct k2_arena_mark {
	void *chunk;
	size_t used;
};
struct k2_arena_mark k2_arena_mark(const struct k2_arena *a);
void k2_arena_release(struct k2_arena *a, struct k2_arena_mark m);
bool k2_arena_failed(const struct k2_arena *a);
char *k2_arena_printf(struct k2_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Text that is put together piece by piece: short ones, for each piece copies what was there. It begins as ""; NULL: out of memory. */
struct k2_string {
	struct k2_arena *arena;
	const char *s;
};
#define K2_PUT(t, format, ...) ((t)->s = (t)->s ? k2_arena_printf((t)->arena, "%s" format, (t)->s, ##__VA_ARGS__) : NULL)

/* Makes room for element number `n` (from 0) of an arena-backed array with element size `size`. Old storage stays
   behind in the arena. false when out of memory. */
bool k2_vec_grow(struct k2_arena *a, void **data, uint32_t *cap, uint32_t n, size_t size);
#define K2_VEC_PUSH(a, v, n, cap, x)                                                                         \
	(k2_vec_grow((a), (void **)&(v), &(cap), (n), sizeof(*(v))) ? ((v)[(n)++] = (x), true) : false)

/* Mixes `x` into hash `h`. Deterministic over runs and machines. */
static inline uint64_t k2_hash_mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * 0x9e3779b97f4a7c15ull;
	return h ^ (h >> 29);
}

/* A deterministic pseudo-random sequence (splitmix64). */
static inline uint64_t k2_rand(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* The low `w` bits set; w in 0..64. */
static inline uint64_t k2_mask(unsigned int w)
{
	return w >= 64 ? ~0ull : (1ull << w) - 1;
}

/* The low `w` bits of v as a signed number; w in 1..64. */
static inline int64_t k2_sext(uint64_t v, unsigned int w)
{
	uint64_t sign = 1ull << (w - 1);

	return (int64_t)(((v & k2_mask(w)) ^ sign) - sign);
}

#endif

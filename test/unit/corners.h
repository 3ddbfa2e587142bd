/* SPDX-License-Identifier: BSD-2-Clause */
/* The corners of the instruction set, one instruction each with its result by hand from the kernel's
   Documentation/bpf/standardization/instruction-set.rst. unit/test_interp.c holds the concrete reading to it,
   kernel/test_interp.c the kernel. */
#ifndef K2_TEST_CORNERS_H
#define K2_TEST_CORNERS_H

#include <stdint.h>

enum corner_result { R0, R1, R2, MEM, TAKEN };

/* Before: r0, r1, r2, and 8 bytes at r9 + 256, little-endian. */
struct corner {
	const char *text;
	uint64_t r0, r1, r2, mem;
	enum corner_result what;
	uint64_t want;
};

#define MIN64 0x8000000000000000ull
#define MIN32 0x80000000ull
#define ONES  0xffffffffffffffffull
#define ONES32 0xffffffffull
#define PAT   0x1122334455667788ull
#define NEGP  0x9a8b7c6dfeedface

static const struct corner corners[] = {
	/* movsx: from each width, to each */
	{ "r1 = (s8)r2", 0, 0, 0x180, 0, R1, 0xffffffffffffff80 },
	{ "r1 = (s8)r2", 0, ONES, 0xff7f, 0, R1, 0x7f },
	{ "r1 = (s16)r2", 0, 0, 0x18000, 0, R1, 0xffffffffffff8000 },
	{ "r1 = (s16)r2", 0, ONES, 0xf7fff, 0, R1, 0x7fff },
	{ "r1 = (s32)r2", 0, 0, 0x180000000, 0, R1, 0xffffffff80000000 },
	{ "r1 = (s32)r2", 0, 0, 0xffffffff7fffffff, 0, R1, 0x7fffffff },
	{ "w1 = (s8)w2", 0, ONES, 0x80, 0, R1, 0xffffff80 },
	{ "w1 = (s16)w2", 0, ONES, 0x8000, 0, R1, 0xffff8000 },
	/* immediates: sign-extended for 64 bits, not for 32 */
	{ "r1 = -1", 0, 0, 0, 0, R1, ONES },
	{ "w1 = -1", 0, 0, 0, 0, R1, ONES32 },
	{ "r1 += -1", 0, 0, 0, 0, R1, ONES },
	{ "w1 += -1", 0, ONES, 0, 0, R1, 0xfffffffe },
	{ "r1 &= -256", 0, PAT, 0, 0, R1, 0x1122334455667700 },
	{ "w1 &= -256", 0, PAT, 0, 0, R1, 0x55667700 },
	{ "r1 |= -2147483648", 0, 1, 0, 0, R1, 0xffffffff80000001 },
	{ "r1 ^= -1", 0, PAT, 0, 0, R1, ~PAT },
	{ "w1 ^= -1", 0, PAT, 0, 0, R1, 0xaa998877 },
	{ "r1 *= -1", 0, 1, 0, 0, R1, ONES },
	{ "r1 /= -2147483648", 0, ONES, 0, 0, R1, 1 },
	{ "r1 /= -1", 0, 0xfffffffffffffffe, 0, 0, R1, 0 },
	{ "r1 %= -1", 0, ONES, 0, 0, R1, 0 },
	{ "r1 = 0x80000000 ll", 0, 0, 0, 0, R1, 0x80000000 },
	{ "w1 = w2", 0, 0, NEGP, 0, R1, 0xfeedface },
	{ "w1 = -w1", 0, ONES, 0, 0, R1, 1 },
	{ "w1 = -w1", 0, MIN32, 0, 0, R1, MIN32 },
	{ "r1 = -r1", 0, MIN64, 0, 0, R1, MIN64 },
	{ "w1 *= w2", 0, 0x1ffffffff, 0x2ffffffff, 0, R1, 1 },
	/* division by zero; by what is zero in 32 bits; overflow */
	{ "r1 /= r2", 0, PAT, 0, 0, R1, 0 },
	{ "r1 %= r2", 0, PAT, 0, 0, R1, PAT },
	{ "r1 s/= r2", 0, PAT, 0, 0, R1, 0 },
	{ "r1 s/= r2", 0, NEGP, 0, 0, R1, 0 },
	{ "r1 s%= r2", 0, NEGP, 0, 0, R1, NEGP },
	{ "w1 /= w2", 0, PAT, 0x700000000, 0, R1, 0 },
	{ "w1 %= w2", 0, PAT, 0x700000000, 0, R1, 0x55667788 },
	{ "w1 s/= w2", 0, NEGP, 0x700000000, 0, R1, 0 },
	{ "w1 s%= w2", 0, NEGP, 0x700000000, 0, R1, 0xfeedface },
	{ "r1 /= r2", 0, PAT, 0x100000000, 0, R1, 0x11223344 },
	{ "r1 s/= r2", 0, MIN64, ONES, 0, R1, MIN64 },
	{ "r1 s%= r2", 0, MIN64, ONES, 0, R1, 0 },
	{ "w1 s/= w2", 0, MIN32, ONES32, 0, R1, MIN32 },
	{ "w1 s%= w2", 0, MIN32, ONES32, 0, R1, 0 },
	{ "r1 s/= -1", 0, MIN64, 0, 0, R1, MIN64 },
	{ "r1 s%= -1", 0, MIN64, 0, 0, R1, 0 },
	{ "w1 s/= -1", 0, MIN32, 0, 0, R1, MIN32 },
	{ "w1 s%= -1", 0, MIN32, 0, 0, R1, 0 },
	{ "r1 s/= r2", 0, MIN32, ONES32, 0, R1, 0 },
	{ "r1 s/= r2", 0, (uint64_t)-7, 2, 0, R1, (uint64_t)-3 },
	{ "r1 s%= r2", 0, (uint64_t)-7, 2, 0, R1, ONES },
	{ "r1 s%= r2", 0, 7, (uint64_t)-2, 0, R1, 1 },
	{ "w1 s/= w2", 0, 0xfffffff9, 2, 0, R1, 0xfffffffd },
	{ "w1 s%= w2", 0, 0xfffffff9, 2, 0, R1, ONES32 },
	{ "w1 s/= 2", 0, 0xfffffff9, 0, 0, R1, 0xfffffffd },
	/* shift counts beyond the width */
	{ "r1 <<= r2", 0, 1, 64, 0, R1, 1 },
	{ "r1 <<= r2", 0, 1, 127, 0, R1, MIN64 },
	{ "r1 >>= r2", 0, MIN64, ONES, 0, R1, 1 },
	{ "r1 s>>= r2", 0, MIN64, ONES, 0, R1, ONES },
	{ "r1 s>>= r2", 0, NEGP, 64, 0, R1, NEGP },
	{ "w1 <<= w2", 0, 0xff00000001, 32, 0, R1, 1 },
	{ "w1 <<= w2", 0, 1, 63, 0, R1, MIN32 },
	{ "w1 >>= w2", 0, NEGP, 33, 0, R1, 0x7f76fd67 },
	{ "w1 s>>= w2", 0, NEGP, 36, 0, R1, 0xffeedfac },
	{ "w1 s>>= w2", 0, 0x100000000 | MIN32, 31, 0, R1, ONES32 },
	{ "w1 s>>= 31", 0, MIN32, 0, 0, R1, ONES32 },
	{ "w1 >>= 0", 0, ONES, 0, 0, R1, ONES32 },
	/* swaps: the upper part becomes zero */
	{ "r1 = be16 r1", 0, NEGP, 0, 0, R1, 0xcefa },
	{ "r1 = be32 r1", 0, NEGP, 0, 0, R1, 0xcefaedfe },
	{ "r1 = be64 r1", 0, NEGP, 0, 0, R1, 0xcefaedfe6d7c8b9a },
	{ "r1 = le16 r1", 0, NEGP, 0, 0, R1, 0xface },
	{ "r1 = le32 r1", 0, NEGP, 0, 0, R1, 0xfeedface },
	{ "r1 = le64 r1", 0, NEGP, 0, 0, R1, NEGP },
	{ "r1 = bswap16 r1", 0, NEGP, 0, 0, R1, 0xcefa },
	{ "r1 = bswap32 r1", 0, NEGP, 0, 0, R1, 0xcefaedfe },
	{ "r1 = bswap64 r1", 0, NEGP, 0, 0, R1, 0xcefaedfe6d7c8b9a },
	/* compares: of which bits, with which immediate */
	{ "if w1 == w2 goto +1", 0, 0x100000005, 0x200000005, 0, TAKEN, 1 },
	{ "if r1 == r2 goto +1", 0, 0x100000005, 0x200000005, 0, TAKEN, 0 },
	{ "if w1 s> w2 goto +1", 0, 1, ONES32, 0, TAKEN, 1 },
	{ "if r1 s> r2 goto +1", 0, 1, ONES32, 0, TAKEN, 0 },
	{ "if w1 > w2 goto +1", 0, ONES32, 0x100000001, 0, TAKEN, 1 },
	{ "if r1 > -1 goto +1", 0, ONES, 0, 0, TAKEN, 0 },
	{ "if r1 >= -1 goto +1", 0, ONES32, 0, 0, TAKEN, 0 },
	{ "if r1 < -1 goto +1", 0, ONES32, 0, 0, TAKEN, 1 },
	{ "if w1 >= -1 goto +1", 0, ONES32, 0, 0, TAKEN, 1 },
	{ "if r1 == -1 goto +1", 0, ONES32, 0, 0, TAKEN, 0 },
	{ "if w1 == -1 goto +1", 0, ONES32, 0, 0, TAKEN, 1 },
	{ "if r1 s< 0 goto +1", 0, MIN32, 0, 0, TAKEN, 0 },
	{ "if w1 s< 0 goto +1", 0, MIN32, 0, 0, TAKEN, 1 },
	{ "if r1 & -2147483648 goto +1", 0, MIN64, 0, 0, TAKEN, 1 },
	{ "if w1 & -2147483648 goto +1", 0, MIN64, 0, 0, TAKEN, 0 },
	{ "if w1 & w2 goto +1", 0, 0x100000000, 0x100000000, 0, TAKEN, 0 },
	{ "if r1 & r2 goto +1", 0, 0x100000000, 0x100000000, 0, TAKEN, 1 },
	/* loads extend, stores truncate; ST of 64 bits sign-extends */
	{ "r1 = *(u8 *)(r9 + 256)", 0, ONES, 0, 0x8180, R1, 0x80 },
	{ "r1 = *(u16 *)(r9 + 256)", 0, ONES, 0, 0x818080, R1, 0x8080 },
	{ "r1 = *(u32 *)(r9 + 256)", 0, ONES, 0, ONES, R1, ONES32 },
	{ "r1 = *(s8 *)(r9 + 256)", 0, 0, 0, 0x80, R1, 0xffffffffffffff80 },
	{ "r1 = *(s16 *)(r9 + 256)", 0, 0, 0, 0x8000, R1, 0xffffffffffff8000 },
	{ "r1 = *(s32 *)(r9 + 256)", 0, 0, 0, MIN32, R1, 0xffffffff80000000 },
	{ "*(u64 *)(r9 + 256) = -2", 0, 0, 0, PAT, MEM, 0xfffffffffffffffe },
	{ "*(u32 *)(r9 + 256) = -2", 0, 0, 0, PAT, MEM, 0x11223344fffffffe },
	{ "*(u8 *)(r9 + 257) = 257", 0, 0, 0, PAT, MEM, 0x1122334455660188 },
	{ "*(u16 *)(r9 + 256) = -1", 0, 0, 0, PAT, MEM, 0x112233445566ffff },
	{ "*(u16 *)(r9 + 256) = r2", 0, 0, NEGP, PAT, MEM, 0x112233445566face },
	/* atomics: what is written, what the register gets */
	{ "lock *(u32 *)(r9 + 256) += r2", 0, 0, 0x100000001, ONES, MEM, 0xffffffff00000000 },
	{ "w2 = atomic_fetch_add((u32 *)(r9 + 256), w2)", 0, 0, 0x7700000001, NEGP, R2, 0xfeedface },
	{ "w2 = atomic_fetch_or((u32 *)(r9 + 256), w2)", 0, 0, 0x7700000001, NEGP, MEM, 0x9a8b7c6dfeedfacf },
	{ "r2 = atomic_fetch_xor((u64 *)(r9 + 256), r2)", 0, 0, ONES, PAT, MEM, ~PAT },
	{ "r2 = atomic_fetch_and((u64 *)(r9 + 256), r2)", 0, 0, 0xff, PAT, R2, PAT },
	{ "w2 = xchg32_32(r9 + 256, w2)", 0, 0, ONES, PAT, R2, 0x55667788 },
	{ "w2 = xchg32_32(r9 + 256, w2)", 0, 0, NEGP, PAT, MEM, 0x11223344feedface },
	{ "w0 = cmpxchg32_32(r9 + 256, w0, w2)", 0x7755667788, 0, NEGP, PAT, R0, 0x55667788 },
	{ "w0 = cmpxchg32_32(r9 + 256, w0, w2)", 0x7755667788, 0, NEGP, PAT, MEM, 0x11223344feedface },
	{ "w0 = cmpxchg32_32(r9 + 256, w0, w2)", 0x7700000000, 0, NEGP, PAT, R0, 0x55667788 },
	{ "w0 = cmpxchg32_32(r9 + 256, w0, w2)", 0x7700000000, 0, NEGP, PAT, MEM, PAT },
	{ "r0 = cmpxchg_64(r9 + 256, r0, r2)", PAT, 0, NEGP, PAT, MEM, NEGP },
	{ "r0 = cmpxchg_64(r9 + 256, r0, r2)", PAT, 0, NEGP, PAT, R0, PAT },
	{ "r0 = cmpxchg_64(r9 + 256, r0, r2)", 0x55667788, 0, NEGP, PAT, R0, PAT },
	{ "r0 = cmpxchg_64(r9 + 256, r0, r2)", 0x55667788, 0, NEGP, PAT, MEM, PAT },
	{ "w1 = load_acquire((u8 *)(r9 + 256))", 0, ONES, 0, NEGP, R1, 0xce },
	{ "w1 = load_acquire((u32 *)(r9 + 256))", 0, ONES, 0, NEGP, R1, 0xfeedface },
	{ "store_release((u16 *)(r9 + 256), w2)", 0, 0, NEGP, PAT, MEM, 0x112233445566face },
};

#endif

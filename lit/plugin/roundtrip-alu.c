// SPDX-License-Identifier: BSD-2-Clause
// Arithmetic at both widths, immediates at the borders of their fields, swaps, sign extension, 64-bit constants, and jumps
// of every kind.
// RUN: bash %inputs/roundtrip.sh "%clang" %plugin %t %s
#include "Inputs/bpf.h"

SEC("tc") u64 alu(u64 *p)
{
	u64 a = p[0], b = p[1];
	u32 x = (u32)p[2], y = (u32)p[3];

	a = (a + 0x7fffffff) * 3 - b;
	a ^= 0xffffffff80000000ull;
	b |= 0x123456789abcdef0ull;
	b = (b << 13) >> 7 ^ (u64)((s64)b >> 3);
	x = (x / 7 + y % 11) ^ 0x80000000u;
	x = -x & 0xffffff00u;
	y = (y << 3) | (y >> 29);
	b = a / (b | 1) + a % (b | 3);
	return a + b + x + y + (u64)(s64)(signed char)x + (u64)(s64)(short)y + (u64)(s64)(s32)x;
}

SEC("tc") u64 swaps(u64 *p)
{
	return __builtin_bswap16((u16)p[0]) + __builtin_bswap32((u32)p[1]) + __builtin_bswap64(p[2]);
}

SEC("tc") int jumps(u64 *p)
{
	s64 a = (s64)p[0], b = (s64)p[1];
	int x = (int)p[2], n = 0;

	if (a > b)
		n += bpf_ktime_get_ns() & 1;
	if ((u64)a >= (u64)b)
		n += bpf_ktime_get_ns() & 2;
	if (x < -5)
		n += bpf_ktime_get_ns() & 4;
	if ((u32)x <= 0xfffffff0u)
		n += bpf_ktime_get_ns() & 8;
	while (b != 77 && n < 100) {
		n += (int)bpf_ktime_get_ns();
		b = (s64)p[n & 7];
	}
	return a == 0x7fffffff ? n : n + 1;
}

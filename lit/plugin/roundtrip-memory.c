// SPDX-License-Identifier: BSD-2-Clause
// Every width of load, store and atomic: W and R registers, sign-extending loads (v4), store-immediate (v4), and the
// 32-bit atomics whose operands the decoder leaves out because they are tied to the result.
// RUN: bash %inputs/roundtrip.sh "%clang" %plugin %t %s v3 v4
#include "Inputs/bpf.h"

SEC("tc") s64 loads(s64 *p)
{
	return *(u8 *)p + *(u16 *)(p + 1) + *(u32 *)(p + 2) + p[3] + *(signed char *)(p + 4) + *(short *)(p + 5) +
	       *(s32 *)(p - 6);
}

SEC("tc") int stores(u64 *p)
{
	*(u8 *)p = 255;
	*(u16 *)(p + 1) = 0xffff;
	*(u32 *)(p + 2) = 0xffffffff;
	p[3] = ~0ull;
	p[4] = 0x7fffffff;
	p[5] = 0x80000000;
	*(u8 *)(p - 1) = (u8)p[6];
	*(u16 *)(p - 2) = (u16)p[6];
	*(u32 *)(p - 3) = (u32)p[6];
	return 0;
}

SEC("tc") u64 atomics(u64 *p)
{
	u32 *w = (u32 *)p;
	u64 r = __sync_fetch_and_add(p, 3) + __sync_fetch_and_or(p, 5) + __sync_fetch_and_xor(w, 6);

	__sync_fetch_and_add(p + 1, 1);
	__sync_fetch_and_add(w + 4, 1);
	__sync_fetch_and_and(w + 5, 15);
	r += __sync_val_compare_and_swap(p, 1, 2) + __sync_val_compare_and_swap(w, 3, 4);
	return r + __sync_lock_test_and_set(p, 9) + __sync_lock_test_and_set(w, 10);
}

SEC("tc") int volatiles(volatile u32 *p)
{
	p[0] = 1;
	p[0] = 2;
	return (int)(p[1] + p[1]);
}

// SPDX-License-Identifier: BSD-2-Clause
// Only the compiler knows which accesses are volatile or atomic; in the object they look like all others.
// RUN: %k2clang -O2 -mcpu=v4 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck %s
#include "Inputs/bpf.h"

// CHECK: # k2: plain:
// CHECK-NOT: volatile
// CHECK: # k2: marked:
// CHECK: *(u64 *)(r1 + 0) = 2 {volatile}
// CHECK: r0 = *(u64 *)(r1 + 0) {volatile}
// CHECK: # k2: atomic:
// CHECK: load_acquire({{.*}} {volatile}
SEC("tc") u64 plain(u64 *p)
{
	*p = 2;
	return p[1];
}

SEC("tc") u64 marked(volatile u64 *p)
{
	*p = 2;
	return *p;
}

SEC("tc") u64 atomic(u64 *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

// SPDX-License-Identifier: BSD-2-Clause
// Inline assembly is opaque: its text stays, and K2 is told the registers it reads and writes, including clobbers.
// RUN: bash %inputs/roundtrip.sh "%clang" %plugin %t %s v3 v4
// RUN: %k2clang -O2 -mcpu=v3 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck %s
#include "Inputs/bpf.h"

// Reads r1 and writes r0 and the clobbered r3.
// CHECK: # k2: tied:
// CHECK: {opaque use=0x{{[0-9a-f]*}}2 def=0x{{[0-9a-f]*}}9}
SEC("tc") u64 tied(u64 a)
{
	register u64 in asm("r1") = a;
	register u64 out asm("r0");

	asm volatile("%0 = %1; %0 += 5" : "=r"(out) : "r"(in) : "r3");
	return out;
}

// An empty one keeps a variable from the optimiser.
// CHECK: # k2: barrier:
// CHECK: {opaque use=0x[[MASK:[0-9a-f]+]] def=0x[[MASK]]}
SEC("tc") u64 barrier(u32 *p)
{
	u64 x = p[0];

	barrier_var(x);
	return x;
}

// Memory operands are base registers.
SEC("tc") u64 memory(u64 *p)
{
	u64 x;

	asm volatile("%0 = *(u64 *)%1" : "=r"(x) : "m"(p[3]));
	asm volatile("lock *(u64 *)(%0 + 8) += %1" ::"r"(p), "r"(x) : "memory");
	return x;
}

// SPDX-License-Identifier: BSD-2-Clause
// Functions that K2 leaves alone as a whole: their control flow is not in their instructions. Each gives one remark "frozen",
// and the object is the plain one.
// RUN: %clang -O2 -mcpu=v3 -c %s -o %t.plain.o
// RUN: %k2clang -O2 -mcpu=v3 -c %s -o %t.k2.o -Rpass-missed=k2 2>&1 | FileCheck %s
// RUN: cmp %t.plain.o %t.k2.o
#include "Inputs/bpf.h"

// CHECK: remark: {{.*}}jumps: left alone: {{.*}} [-Rpass-missed=k2]
SEC("tc") int jumps(u32 *p)
{
	asm goto("if %0 == 7 goto %l[out]" ::"r"(p[0]) : : out);
	return 1;
out:
	return 2;
}

// CHECK: remark: {{.*}}naked: left alone: a naked function is inline assembly throughout
__attribute__((naked)) SEC("tc") int naked(void)
{
	asm volatile("r0 = 0; exit");
}

// SPDX-License-Identifier: BSD-2-Clause
// Loaders set read-only variables and remove the branches that these decide; they look for the address, the load and the jump (Cilium). All
// three stay as they are. What only flows into a result is free.
// RUN: %k2clang -O2 -mcpu=v3 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck %s
#include "Inputs/bpf.h"

const volatile u32 enabled = 0, other = 0;

// CHECK: # k2: branch:
// CHECK: = &enabled ll {frozen}
// CHECK: *(u32 *)({{.*}}frozen
// CHECK: if {{.*}} {frozen}
SEC("tc") int branch(void *ctx)
{
	return enabled ? 7 : 0;
}

// CHECK: # k2: sum:
// CHECK-NOT: frozen
SEC("tc") int sum(void *ctx)
{
	return enabled + other;
}

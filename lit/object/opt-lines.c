// SPDX-License-Identifier: BSD-2-Clause
// Line records follow their instructions; what K2 made has the line of what it came for. Function records and symbols are where functions
// begin now.
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %k2 opt %t.o -o %t.new.o
// RUN: %describe %t.new.o | FileCheck %s
// RUN: %readelf -sW %t.new.o | FileCheck %s --check-prefix=SYMBOL
#include "../plugin/Inputs/bpf.h"
struct {
	__uint(type, 1);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 16);
} counts SEC(".maps");

// CHECK: # k2: first: section xdp
// CHECK: *(u64 *)(r10 - 8) = 5 ; line [[@LINE+4]]
// CHECK: exit ; line
SEC("xdp") int first(struct xdp_md *c)
{
	u64 value = 5;

	return bpf_map_update_elem(&counts, &value, &value, 0);
}
// CHECK: # k2: second: section xdp, {{.*}}, program, arguments: 1
// CHECK-NEXT: context xdp_md
// CHECK: *(u32 *)(r1 + 0) ; line [[@LINE+9]]
// CHECK: = &counts
// CHECK-SAME: line [[@LINE+12]]
// CHECK: call 2 {{.*}}; line [[@LINE+11]]
// SYMBOL-DAG: 0000000000000000 {{ *}}[[#%u,SIZE:]] FUNC {{.*}} first
// SYMBOL-DAG: FUNC {{.*}} second
SEC("xdp") int second(struct xdp_md *c)
{
	u64 value =
		c->data;

	if (!value)
		return 3;
	return
		bpf_map_update_elem(&counts, &value, &value, 0);
}

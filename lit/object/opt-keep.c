// SPDX-License-Identifier: BSD-2-Clause
// What a finished object does not say is taken for the worst: accesses that may be volatile stay, and so does the pattern by which loaders
// remove code that a read-only variable turns off.
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %k2 opt --strip-debug %t.o -o %t.keep.o
// RUN: %objdump -dr --no-show-raw-insn %t.keep.o | FileCheck %s --check-prefixes=CHECK,KEEP
// RUN: %k2 opt --strip-debug --assume-no-volatile --no-freeze %t.o -o %t.free.o
// RUN: %objdump -dr --no-show-raw-insn %t.free.o | FileCheck %s --check-prefixes=CHECK,FREE
// RUN: %k2 check %t.o %t.keep.o | FileCheck %s --check-prefix=SAME
// RUN: %k2 check %t.o %t.free.o | FileCheck %s --check-prefix=SAME
// SAME: 0 different, 0 unknown
#include "../plugin/Inputs/bpf.h"

const volatile u32 enabled = 1;
struct {
	u32 a, b;
} shared;
struct {
	u16 a, b;
} bytes;

// The first store is overwritten, if nobody looks before that.
// CHECK-LABEL: <stores>:
// KEEP: *(u32 *)(r[[A:[0-9]]] + 0x0) =
// KEEP: *(u32 *)(r[[A]] + 0x0) =
// FREE: *(u32 *)(r{{[0-9]}} + 0x0) =
// FREE-NOT: + 0x0) =
// CHECK: *(u32 *)(r{{[0-9]}} + 0x4) =
// CHECK: exit
SEC("xdp") int stores(struct xdp_md *c)
{
	shared.a = c->data_end;
	barrier_var(c);
	shared.a = 1;
	shared.b = 2;
	return 2;
}

// Nobody relies on stores of 2 bytes: one of 4 replaces them in both cases.
// CHECK-LABEL: <small_stores>:
// CHECK: *(u32 *)(r{{[0-9]}} + 0x0) =
// CHECK-NOT: u16
// CHECK: exit
SEC("xdp") int small_stores(struct xdp_md *c)
{
	bytes.a = 1;
	bytes.b = 2;
	return 2;
}

// All three loads give the same: one would do, but for the branch.
// CHECK-LABEL: <config>:
// KEEP: w[[V:[0-9]]] = *(u32 *)(r[[A:[0-9]]] + 0x0)
// KEEP-NEXT: *(u32 *)(r10 - 0x8) = w[[V]]
// KEEP-NEXT: *(u32 *)(r10 - 0x4) = w[[V]]
// KEEP: w[[V:[0-9]]] = *(u32 *)(r[[A]] + 0x0)
// KEEP-NEXT: if w[[V]] ==
// FREE: = *(u32 *)(r{{[0-9]}} + 0x0)
// FREE-NOT: = *(u32 *)(r{{[0-9]}} + 0x0)
// FREE: if w{{[0-9]}} ==
// CHECK: exit
SEC("xdp") int config(struct xdp_md *c)
{
	u32 on_stack[2] = { enabled, enabled }, key = 0;

	if (enabled)
		return bpf_map_update_elem(&shared, on_stack, &key, 0);
	return 1;
}

// The address may come from far away.
// CHECK-LABEL: <config_again>:
// KEEP: w[[V:[0-9]]] = *(u32 *)(r{{[0-9]}} + 0x0)
// KEEP-NEXT: if w[[V]] ==
// KEEP: w[[V:[0-9]]] = *(u32 *)(r{{[0-9]}} + 0x0)
// KEEP: w[[V:[0-9]]] = *(u32 *)(r{{[0-9]}} + 0x0)
// KEEP-NEXT: if w[[V]]
// CHECK: exit
SEC("xdp") int config_again(struct xdp_md *c)
{
	u32 on_stack[2] = { 0, 0 };

	if (!enabled)
		return 1;
	on_stack[0] = enabled;
	if (enabled == 3)
		return bpf_map_update_elem(&shared, on_stack, on_stack, 0);
	return 2;
}

// CO-RE: what loaders patch stays where it is, whatever else changes.
struct outer {
	u32 a;
	u32 b;
} __attribute__((preserve_access_index));
// CHECK-LABEL: <core>:
// CHECK: *(u32 *)(r{{[0-9]}} + 0x4)
// CHECK-NEXT: CO-RE <byte_off> [{{[0-9]+}}] struct outer::b
SEC("tc") int core(struct outer *o)
{
	u64 on_stack = 5;

	return bpf_map_update_elem(&shared, &on_stack, &on_stack, o->b);
}

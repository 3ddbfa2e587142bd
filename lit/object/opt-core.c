// SPDX-License-Identifier: BSD-2-Clause
// CO-RE in finished objects: instructions with one record give one value, so that one of them is enough; they take other registers and
// keep their records and numbers; and what the loader makes of the result does the kernel take.
// REQUIRES: root, bpf
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %k2 opt %t.o -o %t.new.o
// RUN: %objdump -dr --no-show-raw-insn %t.new.o | FileCheck %s
// RUN: %k2 check %t.o %t.new.o | FileCheck %s --check-prefix=SAME
// RUN: %k2 load --json %t.o > %t.json
// RUN: %k2 load --json %t.new.o > %t.new.json
// RUN: python3 %S/Inputs/no-more-work.py %t.json %t.new.json | FileCheck %s --check-prefix=LOAD
// SAME: 0 different, 0 unknown
// LOAD: one: fewer slots, no more work
// LOAD: two: fewer slots, no more work
#include "../plugin/Inputs/bpf.h"

struct {
	__uint(type, 1);
	__uint(max_entries, 8);
	__uint(key_size, 8);
	__uint(value_size, 8);
} keys SEC(".maps");
struct iphdr {
	u32 saddr, daddr;
} __attribute__((preserve_access_index));
struct key {
	u32 len;
	u8 b[4];
};

// CHECK-LABEL: <one>:
// CHECK: if r
// CHECK: w[[V:[0-9]]] = *(u32 *)(r{{[0-9]}} + 0x4)
// CHECK-NEXT: CO-RE <byte_off> [{{[0-9]+}}] struct iphdr::daddr
// CHECK-NOT: CO-RE
// CHECK: *(u32 *)(r10 - 0x4) = w[[V]]
// CHECK: exit
SEC("xdp/one") int one(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	struct iphdr *ip = data;

	if (data + 40 > (void *)(long)ctx->data_end)
		return 1;
	struct key k = { 32, { ip->daddr & 255, ip->daddr >> 8, ip->daddr >> 16, ip->daddr >> 24 } };

	return bpf_map_update_elem(&keys, &k, &k, 0);
}

// Two records are two values, even where the compiler's numbers agree.
struct iphdr___other {
	u32 tot_len_and_id, daddr;
} __attribute__((preserve_access_index));
// CHECK-LABEL: <two>:
// CHECK: CO-RE
// CHECK: w[[B:[0-9]]] =
// CHECK-NEXT: CO-RE
// CHECK: *(u32 *)(r10 - 0x4) = w[[B]]
// CHECK: exit
SEC("xdp/two") int two(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;

	if (data + 40 > (void *)(long)ctx->data_end)
		return 1;
	u32 a = ((struct iphdr *)data)->daddr, b = ((struct iphdr___other *)data)->daddr;
	struct key k = { a, { b & 255, b >> 8, b >> 16, b >> 24 } };

	return bpf_map_update_elem(&keys, &k, &k, 0);
}

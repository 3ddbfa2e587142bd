// SPDX-License-Identifier: BSD-2-Clause
// The accesses that LLVM makes of relocated fields have no memory operand. The IR knows which were volatile; the others are accesses
// like all others, and two with one record are one value.
// RUN: %k2clang -O2 -g -mcpu=v3 -c %s -o %t.o -mllvm -k2-dump 2> %t.dump
// RUN: FileCheck %s --check-prefix=DUMP < %t.dump
// RUN: %objdump -dr --no-show-raw-insn %t.o | FileCheck %s
#include "Inputs/bpf.h"

struct {
	__uint(type, 1);
	__uint(max_entries, 8);
	__uint(key_size, 8);
	__uint(value_size, 8);
} keys SEC(".maps");
struct iphdr {
	u32 other[4];
	u32 daddr;
} __attribute__((preserve_access_index));
struct key {
	u32 len;
	u8 b[4];
};
#define SPLIT(load)             \
	struct key k = { 32 };  \
	k.b[0] = (load) & 255;  \
	k.b[1] = (load) >> 8;   \
	k.b[2] = (load) >> 16;  \
	k.b[3] = (load) >> 24

// DUMP: # k2: plain before
// DUMP-NOT: volatile
// DUMP: # k2: plain after
// CHECK-LABEL: <plain>:
// CHECK: w[[V:[0-9]]] = *(u32 *)(r{{[0-9]}} + 0x10)
// CHECK-NEXT: CO-RE
// CHECK-NOT: CO-RE
// CHECK: *(u32 *)(r10 - 0x4) = w[[V]]
// CHECK: exit
SEC("xdp") int plain(struct xdp_md *ctx)
{
	struct iphdr *ip = (void *)(long)ctx->data;

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
		return 1;
	SPLIT(*(&ip->daddr));
	return bpf_map_update_elem(&keys, &k, &k, 0);
}

// Each of these has to be made.
// DUMP: # k2: fixed before
// DUMP-COUNT-4: {volatile}
// DUMP: # k2: fixed after
// CHECK-LABEL: <fixed>:
// CHECK-COUNT-4: CO-RE
// CHECK: exit
SEC("xdp") int fixed(struct xdp_md *ctx)
{
	struct iphdr *ip = (void *)(long)ctx->data;

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
		return 1;
	SPLIT(*(volatile u32 *)(&ip->daddr));
	return bpf_map_update_elem(&keys, &k, &k, 0);
}

// One volatile access is enough: nobody knows which instruction it became.
// DUMP: # k2: mixed before
// DUMP-COUNT-2: {volatile}
SEC("xdp") int mixed(struct xdp_md *ctx)
{
	struct iphdr *ip = (void *)(long)ctx->data;

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
		return 1;
	u32 a = ip->daddr;

	return a + *(volatile u32 *)(&ip->daddr);
}

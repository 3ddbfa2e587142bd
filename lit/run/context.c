// SPDX-License-Identifier: BSD-2-Clause
// k2 run on contexts: bytes for programs without packets, members of struct __sk_buff on top of a packet; subprograms, callbacks,
// tail calls and maps of maps.
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: printf '\001\002\003\004\005\006\007\010\011\000\000\000\000\000\000\000' >%t.ctx
// RUN: printf '\377\377\377\377\377\377\007\010\011\012\013\014\010\000ABCDEFGHIJKLMNOPQRSTUVWXYZ' >%t.packet
// RUN: printf '\000\000\000\000\000\000\000\000\003\000\000\000' >%t.skb
// RUN: %k2 run %t.o -p traced --ctx %t.ctx | FileCheck --check-prefix=TRACED %s
// RUN: %k2 run %t.o -p classify --packet %t.packet --ctx %t.skb | FileCheck --check-prefix=SKB %s
// RUN: %k2 run %t.o -p classify --packet %t.packet --ctx %t.skb --map jumps:3=target | FileCheck --check-prefix=TAIL %s
// RUN: %k2 run %t.o -p classify --packet %t.packet --map outer:0=inner | FileCheck --check-prefix=OUTER %s
#include "../plugin/Inputs/bpf.h"
struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol;
};

struct inner {
	__uint(type, 2);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} inner SEC(".maps");

struct {
	__uint(type, 12);
	__uint(max_entries, 4);
	__type(key, u32);
	__array(values, struct inner);
} outer SEC(".maps");

struct {
	__uint(type, 3);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} jumps SEC(".maps");

static int add(u32 n, u64 *sum)
{
	*sum += n;
	return 0;
}

SEC("raw_tp/sys_enter")
int traced(u64 *ctx)
{
	u64 sum = 0;

	bpf_loop((u32)ctx[1], add, &sum, 0);
	return sum + (ctx[0] >> 56);
}

static noinline int follow(struct __sk_buff *skb)
{
	int failed = 5;

	bpf_tail_call(skb, &jumps, skb->mark);
	barrier_var(failed);
	return failed;
}

SEC("tc")
int classify(struct __sk_buff *skb)
{
	u32 key = 0;
	void *in = bpf_map_lookup_elem(&outer, &key);
	u64 *v = in ? bpf_map_lookup_elem(in, &key) : 0;

	if (v)
		*v = skb->protocol;
	return follow(skb);
}

SEC("tc")
int target(struct __sk_buff *skb)
{
	skb->mark = 0x70;
	return -1;
}
// 9 rounds give 36.
// TRACED: result 44
// TRACED-NOT: {{.}}
// SKB: result 5 (TC_ACT_QUEUED)
// SKB-NOT: {{.}}
// TAIL: result -1 (TC_ACT_UNSPEC)
// TAIL-NEXT: context: 192 bytes
// TAIL-NEXT: - 0000: 28 00 00 00 02 00 00 00 03 00 00 00
// TAIL-NEXT: + 0000: 28 00 00 00 02 00 00 00 70 00 00 00
// OUTER: result 5
// OUTER-NEXT: map inner:
// OUTER-NEXT: 00 00 00 00: 00 00 00 00 00 00 00 00 -> 08 00 00 00 00 00 00 00

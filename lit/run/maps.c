// SPDX-License-Identifier: BSD-2-Clause
// k2 run: contents of maps from files of bytes and of what bpftool prints.
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: printf '\001\002\003\004\005\006\007\010\011\012\013\014\010\000AB' >%t.packet
// RUN: printf '\001\000\000\000\000\000\000\000\002\000\000\000\000\000\000\000' >%t.values
// RUN: printf '\007\000\000\000\011\000\000\000\000\000\000\000' >%t.records
// RUN: printf '\006\000\000\000' >%t.data
// RUN: echo '[{"key":["0x07","0x00","0x00","0x00"],"values":[{"cpu":0,"value":["0x05","0","0","0","0","0","0","0"]}]}]' >%t.json
// RUN: %k2 run %t.o --packet %t.packet | FileCheck --check-prefix=EMPTY %s
// RUN: %k2 run %t.o --packet %t.packet --map values=%t.values --map records=%t.records --map .rodata=%t.data | FileCheck --check-prefix=FULL %s
// RUN: %k2 run %t.o --packet %t.packet --map records=%t.json | FileCheck --check-prefix=JSON %s
#include "../plugin/Inputs/bpf.h"
struct {
	__uint(type, 2);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} values SEC(".maps");

struct {
	__uint(type, 5);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} records SEC(".maps");

const volatile u32 factor = 10;

SEC("xdp")
int sum(struct xdp_md *ctx)
{
	u32 one = 1, seven = 7;
	u64 *a = bpf_map_lookup_elem(&values, &one), *b = bpf_map_lookup_elem(&records, &seven), n = 0;

	if (a)
		n += *a;
	if (b) {
		n += *b * factor;
		*b += 1;
	}
	return n;
}
// EMPTY: result 0 (XDP_ABORTED)
// EMPTY-NOT: {{.}}
// FULL: result 56
// FULL-NEXT: map records:
// FULL-NEXT: 07 00 00 00: 09 00 00 00 00 00 00 00 -> 0a 00 00 00 00 00 00 00
// JSON: result 50

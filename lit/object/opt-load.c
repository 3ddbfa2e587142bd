// SPDX-License-Identifier: BSD-2-Clause
// The kernel takes the optimised object as it took the old one, with no more work, and finds the functions and lines that it has BTF
// records for.
// REQUIRES: root, bpf
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %k2 opt %t.o -o %t.new.o
// RUN: %k2 opt --strip-debug %t.o -o %t.strip.o
// RUN: not cmp %t.o %t.new.o
// RUN: %k2 load --json %t.o > %t.json
// RUN: %k2 load --json %t.new.o > %t.new.json
// RUN: %k2 load --json %t.strip.o > %t.strip.json
// RUN: python3 %S/Inputs/no-more-work.py %t.json %t.new.json | FileCheck %s
// RUN: python3 %S/Inputs/no-more-work.py %t.json %t.strip.json | FileCheck %s
// CHECK: count: fewer slots, no more work
// CHECK: glue: fewer slots, no more work
#include "../plugin/Inputs/bpf.h"

struct {
	__uint(type, 1);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 16);
} counts SEC(".maps");
static volatile u64 total;

static noinline u32 count_one(u32 n)
{
	u32 key = n & 15;
	u64 one = 1, *v = bpf_map_lookup_elem(&counts, &key);

	if (v)
		*v += 1;
	else
		bpf_map_update_elem(&counts, &key, &one, 0);
	return total++;
}
static long callback(u32 i, void *ctx)
{
	u32 key = 3;

	return !bpf_map_lookup_elem(&counts, &key) || count_one(i);
}
SEC("xdp") int count(struct xdp_md *c)
{
	u64 zero = 0;

	bpf_map_update_elem(&counts, &zero, &zero, 0);
	bpf_loop(4, callback, 0, 0);
	return count_one(c->ingress_ifindex) ? 1 : 2;
}
SEC("xdp") int glue(struct xdp_md *c)
{
	u8 *p = (void *)(long)c->data, *end = (void *)(long)c->data_end;

	if (p + 14 > end)
		return 1;
	return count_one(p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24) ? 1 : 2;
}
char LICENSE[] SEC("license") = "GPL";

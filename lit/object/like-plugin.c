// SPDX-License-Identifier: BSD-2-Clause
// A function read from an object must be the function that the plugin saw when the object was made: the same instructions, symbols with
// their facts, section, arguments and lines.
// RUN: bash %S/Inputs/like-plugin.sh "%k2clang" %describe %t %s %inputs/../roundtrip-alu.c %inputs/../roundtrip-calls.c %inputs/../roundtrip-core.c
#include "../plugin/Inputs/bpf.h"

struct {
	__uint(type, 1);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 16);
} counts SEC(".maps");
static volatile u64 total;
static u64 slots[10];
static const volatile u32 limit = 5;
u32 shared;
extern int from_kernel(int) SEC(".ksyms");
extern u32 CONFIG_HZ SEC(".kconfig");

// Referred to by their section and an offset, called without a relocation.
static noinline int scale(u32 a)
{
	return a * 3 + total;
}
noinline int global(struct xdp_md *c)
{
	total++;
	return scale(c->data_meta);
}
static long callback(u32 i, void *ctx)
{
	slots[i & 7]++;
	return 0;
}
// The compiler drops the second argument, so that the third comes in r2.
static noinline u32 drops_one(u32 a, u32 unused, u32 b)
{
	return (a ^ b) + total;
}

// Two programs in one section.
SEC("xdp") int first(struct xdp_md *c)
{
	u32 key = scale(c->ingress_ifindex);
	u64 *value = bpf_map_lookup_elem(&counts, &key);

	if (value)
		*value += shared + limit + CONFIG_HZ;
	bpf_loop(4, callback, 0, 0);
	return global(c) + from_kernel(3);
}
SEC("xdp") int second(struct xdp_md *c)
{
	return drops_one(c->data, 7, c->data_end) + global(c);
}

// SPDX-License-Identifier: BSD-2-Clause
/* LLVM removes an argument that nobody reads: the first register then holds the second argument, which is no context. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct val { unsigned int x, y; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, struct val); } m SEC(".maps");
static __attribute__((noinline)) int twice(struct xdp_md *ctx, struct val *v)
{
	int k = 0;
	struct val *w = bpf_map_lookup_elem(&m, &k);
	if (!w) return 0;
	unsigned int a = v->y;
	w->y = a + 5;
	return a + v->y * 16;
}
SEC("xdp") int prog(struct xdp_md *ctx)
{
	int k = 0;
	struct val *v = bpf_map_lookup_elem(&m, &k);
	if (!v) return 0;
	v->y = 1;
	return twice(ctx, v);
}
char _license[] SEC("license") = "GPL";

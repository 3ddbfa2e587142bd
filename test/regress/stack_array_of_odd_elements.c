// SPDX-License-Identifier: BSD-2-Clause
/* An element of an array on the stack, chosen by a 64-bit number from a map: frame + 5 * n is an address of the frame,
   whatever n may be. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, unsigned long long); } m SEC(".maps");
struct flow { unsigned char proto; unsigned short a, b; } __attribute__((packed));

SEC("xdp") int prog(struct xdp_md *ctx)
{
	int k = 0;
	struct flow f[4] = {};
	unsigned long long *v = bpf_map_lookup_elem(&m, &k), n;
	if (!v) return 0;
	n = *v;
	if (n > 3) return 0;
	f[0].proto = 5;
	f[n].proto = 7;
	return f[0].proto;
}
char _license[] SEC("license") = "GPL";

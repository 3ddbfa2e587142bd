// SPDX-License-Identifier: BSD-2-Clause
/* The frame's address minus a 64-bit number from a map is an address of the frame. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, unsigned long long); } m SEC(".maps");

SEC("xdp") int prog(struct xdp_md *ctx)
{
	int k = 0;
	unsigned char buf[32];
	unsigned long long *v = bpf_map_lookup_elem(&m, &k), n, i;
	if (!v) return 0;
	__builtin_memset(buf, 0, sizeof buf);
	asm volatile("" :: "r"(buf) : "memory");
	n = *v & 0xff;
	*v = n + 7;
	n = *(volatile unsigned long long *)v; /* 7 */
	if (n > 31) return 0;
	buf[24] = 7;
	i = 31 - n;
	*v = i;
	buf[i] = 1;      /* n == 7: the same byte */
	return buf[24];
}
char _license[] SEC("license") = "GPL";

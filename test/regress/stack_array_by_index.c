// SPDX-License-Identifier: BSD-2-Clause
/* Arrays on the stack, read and written by an index that is only known as a range: the array's place moves into the accesses. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, unsigned long long); } m SEC(".maps");

SEC("xdp") int prog(struct xdp_md *ctx)
{
	int k = 0;
	unsigned char buf[48];
	unsigned long long *v = bpf_map_lookup_elem(&m, &k), n, sum;

	if (!v) return 0;
	for (n = 0; n < sizeof(buf); n++)
		*(volatile unsigned char *)&buf[n] = n * 5;
	n = *v & 15;
	asm volatile("" : "+r"(n));
	if (n > 40) return 0;
	sum = buf[n] + 3 * buf[n + 2];
	buf[n + 1] = 99;
	asm volatile("" ::: "memory");
	*v += 3;
	return sum + buf[1] + buf[4] + buf[16];
}
char _license[] SEC("license") = "GPL";

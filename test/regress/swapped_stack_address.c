// SPDX-License-Identifier: BSD-2-Clause
/* An address of the frame, byte-swapped into a number and back, is read through: the store before it is not dead. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
volatile unsigned long long box;
SEC("xdp") int prog(struct xdp_md *ctx)
{
	unsigned long long x, y = 0;
	x = 42;
	box = __builtin_bswap64((unsigned long long)&x);
	bpf_probe_read_kernel(&y, 8, (void *)__builtin_bswap64(box));
	return y;
}
char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: BSD-2-Clause
/* A subprogram keeps the address of its caller's variable; a helper reads through it later. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
unsigned long long addr;
static __attribute__((noinline)) int leak(unsigned long long *p) { addr = (unsigned long long)p; return 0; }
SEC("xdp") int prog(struct xdp_md *ctx)
{
	unsigned long long x = 1, y = 0;
	leak(&x);
	x = 42;
	bpf_probe_read_kernel(&y, 8, (void *)addr);
	return y;
}
char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: BSD-2-Clause
/* A subprogram adds an index to an address of its caller's frame; the context is spilled there. Kernel 6.18 takes the sum for an address
   in the main program's frame when the number stands first. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct key {
	unsigned int a[8];
	unsigned short b, c;
};

static __attribute__((noinline)) int fill(struct key *k, unsigned int n, unsigned int v, void *ctx)
{
	int at = n == 20 ? 8 : n == 40 ? 32 : -1;

	if (at < 0)
		return 0;
	*(volatile unsigned int *)&k->a[0] = v;
	*(volatile unsigned short *)((char *)k + at) = (unsigned short)v;
	*(volatile unsigned short *)((char *)k + at + 2) = 7;
	return at;
}

static __attribute__((noinline)) int ask(struct __sk_buff *skb, unsigned int n)
{
	struct __sk_buff *volatile kept = skb;
	struct key k = {};
	int r = fill(&k, n, skb->len, skb);

	bpf_skb_load_bytes(kept, 0, &k.a[3], 4);
	return r + k.a[0] + k.a[3] + k.b + k.c;
}

SEC("tc") int prog(struct __sk_buff *skb)
{
	return ask(skb, 20) + ask(skb, 40) + ask(skb, 41);
}
char _license[] SEC("license") = "GPL";

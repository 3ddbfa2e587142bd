// SPDX-License-Identifier: BSD-2-Clause
/* bpf_xdp_load_bytes leaves its buffer alone when it fails: what was stored before is read then, in the second program. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp") int filled(struct xdp_md *ctx)
{
	unsigned long long b[4] = {};

	if (bpf_xdp_load_bytes(ctx, 8, b, sizeof b))
		return 1;
	return (int)(b[0] ^ b[1] ^ b[2] ^ b[3]);
}

SEC("xdp") int left_alone(struct xdp_md *ctx)
{
	unsigned long long b[4] = { 3, 5, 7, 11 };
	long r = bpf_xdp_load_bytes(ctx, 8, b, ctx->rx_queue_index ? 32 : 31);

	if (r)
		return (int)(b[0] ^ b[3]);
	return (int)(b[0] ^ b[1] ^ b[2] ^ b[3]);
}
/* It fills as much as it is asked for. */
SEC("xdp") int in_part(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	union { unsigned long long v; unsigned char c[8]; } b;
	unsigned int n;

	if (data + 24 > end)
		return 1;
	n = data[0];
	b.v = *(unsigned long long *)(data + 8);
	if (n > 200)
		return b.c[1];
	b.v = *(unsigned long long *)(data + 16);
	if (bpf_xdp_load_bytes(ctx, 0, &b, (n & 7) + 1))
		return 3;
	return b.c[7];
}
char _license[] SEC("license") = "GPL";

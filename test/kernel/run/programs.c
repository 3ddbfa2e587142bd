// SPDX-License-Identifier: BSD-2-Clause
/* Programs for test_run.c: what contexts hold, and calls that go on in the program. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define FIELDS 64

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FIELDS);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

__u64 calls;
__u64 order[4] = { 4, 3, 2, 1 };

static __always_inline void see(__u32 n, __u64 v)
{
	__u64 *p = bpf_map_lookup_elem(&seen, &n);

	if (p)
		*p = v;
	calls++;
}

static __always_inline void see_common(struct __sk_buff *skb)
{
	see(0, skb->len);
	see(1, skb->pkt_type);
	see(2, skb->mark);
	see(3, skb->queue_mapping);
	see(4, skb->protocol);
	see(5, skb->vlan_present);
	see(6, skb->vlan_tci);
	see(7, skb->vlan_proto);
	see(8, skb->priority);
	see(9, skb->ingress_ifindex);
	see(10, skb->ifindex);
	see(11, skb->hash);
	see(12, skb->gso_segs);
	see(13, skb->gso_size);
	for (int k = 0; k < 5; k++) {
		see(14 + k, skb->cb[k]);
		skb->cb[k] += k;
	}
}

SEC("tc")
int frame(struct __sk_buff *skb)
{
	see_common(skb);
	see(20, skb->tc_index);
	see(21, skb->tc_classid);
	see(22, skb->tstamp);
	see(23, skb->wire_len);
	see(24, skb->data_end - skb->data);
	see(25, skb->data - skb->data_meta);
	skb->mark += 3;
	skb->priority = skb->mark;
	skb->tc_index = 5;
	return -1;
}

SEC("cgroup_skb/egress")
int network(struct __sk_buff *skb)
{
	unsigned char *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	see_common(skb);
	see(20, end - data);
	see(21, skb->family);
	see(22, skb->remote_ip4);
	see(23, skb->local_ip4);
	see(24, skb->remote_ip6[1]);
	see(25, skb->local_ip6[3]);
	see(26, skb->remote_port);
	see(27, skb->local_port);
	if (data + 4 <= end)
		see(28, data[1] << 8 | data[3]);
	return 1;
}

SEC("socket")
int filter(struct __sk_buff *skb)
{
	__u8 first = 0;

	see_common(skb);
	see(20, skb->napi_id);
	see(21, bpf_skb_load_bytes(skb, 0, &first, sizeof(first)));
	see(22, first);
	return skb->len;
}

SEC("xdp")
int driver(struct xdp_md *ctx)
{
	unsigned char *meta = (void *)(long)ctx->data_meta, *data = (void *)(long)ctx->data;

	see(0, ctx->ingress_ifindex);
	see(1, ctx->rx_queue_index);
	see(2, ctx->data_end - ctx->data);
	see(3, data - meta);
	if (meta + 4 <= data) {
		see(4, meta[0] << 8 | meta[3]);
		meta[1]++;
	}
	return bpf_xdp_adjust_head(ctx, -8) ? XDP_DROP : XDP_PASS;
}

SEC("raw_tp/sys_enter")
int traced(struct bpf_raw_tracepoint_args *ctx)
{
	see(0, ctx->args[0]);
	see(1, ctx->args[1] + 1);
	return 7;
}

SEC("syscall")
int command(__u64 *ctx)
{
	see(0, ctx[0]);
	ctx[1] = ctx[0] * 3;
	return (int)ctx[1];
}

/* ---- records ---- */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

SEC("tc")
int tell(struct __sk_buff *skb)
{
	__u64 *record = bpf_ringbuf_reserve(&ring, 24, 0), one[2] = { skb->mark, calls };

	if (record) {
		record[0] = skb->len;
		record[1] = record[2] = skb->mark;
		if (skb->mark & 1)
			bpf_ringbuf_discard(record, 0);
		else
			bpf_ringbuf_submit(record, 0);
	}
	see(0, bpf_ringbuf_output(&ring, one, 1 + (skb->mark & 15), 0));
	record = bpf_ringbuf_reserve(&ring, 4040, 0); /* too much, behind the others */
	if (record)
		bpf_ringbuf_submit(record, 0);
	return bpf_strncmp((char *)one, 4, "a\0b");
}

/* ---- calls ---- */

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} one SEC(".maps"), two SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner);
} maps SEC(".maps") = { .values = { [0] = &one, [2] = &two } };

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u64);
	__array(values, struct inner);
} named SEC(".maps");

int last(struct __sk_buff *skb);
int again(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, int(struct __sk_buff *));
} jumps SEC(".maps") = { .values = { [1] = &last, [2] = &again } };

static int round(__u32 n, void *context)
{
	*(__u64 *)context += n;
	return n == 9;
}

static __noinline int descend(struct __sk_buff *skb, __u32 where)
{
	see(40 + (where & 3), calls);
	bpf_tail_call(skb, &jumps, where);
	return 100 + where; /* there is no such program */
}

SEC("tc")
int last(struct __sk_buff *skb)
{
	see(50, skb->mark);
	order[3] ^= skb->mark;
	return 42;
}

/* Until the kernel's limit of tail calls. */
SEC("tc")
int again(struct __sk_buff *skb)
{
	see(51, ++order[0]);
	bpf_tail_call(skb, &jumps, 2);
	return 6;
}

SEC("tc")
int root(struct __sk_buff *skb)
{
	__u32 which = skb->mark % 5, key = skb->mark % 7;
	__u64 name = skb->mark % 3, sum = 0;
	void *inner = bpf_map_lookup_elem(&maps, &which);
	__u64 *v = inner ? bpf_map_lookup_elem(inner, &key) : NULL;

	if (v)
		*v += 1;
	inner = bpf_map_lookup_elem(&named, &name);
	v = inner ? bpf_map_lookup_elem(inner, &key) : NULL;
	if (v)
		*v += 100;
	see(0, bpf_loop(skb->mark % 20, round, &sum, 0));
	see(1, sum);
	see(2, descend(skb, skb->mark % 6));
	if (skb->mark & 64)
		bpf_tail_call(skb, &jumps, 1);
	return 1;
}

char _license[] SEC("license") = "GPL";

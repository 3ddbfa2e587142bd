// SPDX-License-Identifier: BSD-2-Clause
/* A traffic monitor and policer in tc: counts bytes per flow and per DSCP class, drops flows over their quota, marks the
   rest with a class, clears the DSCP of untrusted hosts (with the checksum), and reports each new flow by a ring buffer. */
#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_VLANS 2
#define CLASSES   64
#define TRUSTED   1

struct vlan {
	__be16 tci;
	__be16 proto;
};

struct flow {
	__be32 src_addr[4];
	__be32 dst_addr[4];
	__be16 src_port;
	__be16 dst_port;
	__u8 proto;
	__u8 dscp;
	__u16 vlan;
};

struct usage {
	__u64 packets;
	__u64 bytes;
	__u64 dropped;
	__u32 first_mark;
	__u8 flags;
	__u8 pad[3];
};

struct policy {
	__u64 quota; /* bytes; 0: none */
	__u32 mark;
	__u16 flags;
	__u16 priority;
};

struct report {
	struct flow flow;
	__u32 len;
	__u32 mark;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct flow);
	__type(value, struct usage);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, struct policy);
} hosts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CLASSES);
	__type(key, __u32);
	__type(value, struct usage);
} classes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} reports SEC(".maps");

const volatile __u32 report_new = 1;
__u64 short_packets;

struct cursor {
	void *pos;
	void *end;
};

static __always_inline void *pull(struct cursor *c, __u32 size)
{
	void *p = c->pos;

	if (p + size > c->end)
		return NULL;
	c->pos = p + size;
	return p;
}

static __always_inline int parse_ethernet(struct cursor *c, struct flow *f)
{
	struct ethhdr *eth = pull(c, sizeof(*eth));
	__be16 proto;

	if (!eth)
		return -1;
	proto = eth->h_proto;
	for (int i = 0; i < MAX_VLANS; i++) {
		struct vlan *v;

		if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD))
			break;
		v = pull(c, sizeof(*v));
		if (!v)
			return -1;
		f->vlan = bpf_ntohs(v->tci) & 0xfff;
		proto = v->proto;
	}
	return proto;
}

static __always_inline int parse_ipv4(struct cursor *c, struct flow *f)
{
	struct iphdr *ip = pull(c, sizeof(*ip));

	if (!ip || ip->ihl < 5)
		return -1;
	f->src_addr[0] = ip->saddr;
	f->dst_addr[0] = ip->daddr;
	f->proto = ip->protocol;
	f->dscp = ip->tos >> 2;
	if (!pull(c, (ip->ihl * 4 - sizeof(*ip)) & 0x3f)) /* the mask bounds it for the verifier */
		return -1;
	return bpf_ntohs(ip->frag_off) & 0x1fff ? 1 : 0;
}

static __always_inline int parse_ipv6(struct cursor *c, struct flow *f)
{
	struct ipv6hdr *ip = pull(c, sizeof(*ip));

	if (!ip)
		return -1;
	__builtin_memcpy(f->src_addr, &ip->saddr, sizeof(f->src_addr));
	__builtin_memcpy(f->dst_addr, &ip->daddr, sizeof(f->dst_addr));
	f->proto = ip->nexthdr;
	f->dscp = ip->priority << 2 | ip->flow_lbl[0] >> 6;
	return 0;
}

static __always_inline int parse_ports(struct cursor *c, struct flow *f)
{
	struct udphdr *udp; /* the ports are at the same place in TCP */

	if (f->proto != IPPROTO_TCP && f->proto != IPPROTO_UDP)
		return 0;
	udp = pull(c, sizeof(*udp));
	if (!udp)
		return -1;
	f->src_port = udp->source;
	f->dst_port = udp->dest;
	return 0;
}

static __always_inline void report(const struct flow *f, struct __sk_buff *skb)
{
	struct report *r = bpf_ringbuf_reserve(&reports, sizeof(*r), 0);

	if (!r)
		return;
	r->flow = *f;
	r->len = skb->len;
	r->mark = skb->mark;
	bpf_ringbuf_submit(r, 0);
}

static __always_inline struct usage *find_flow(const struct flow *f, struct __sk_buff *skb)
{
	struct usage *u = bpf_map_lookup_elem(&flows, f), fresh = { .first_mark = skb->mark };

	if (u)
		return u;
	bpf_map_update_elem(&flows, f, &fresh, BPF_NOEXIST);
	if (report_new)
		report(f, skb);
	return bpf_map_lookup_elem(&flows, f);
}

static __always_inline void count_class(const struct flow *f, __u32 len)
{
	__u32 class = f->dscp & (CLASSES - 1);
	struct usage *u = bpf_map_lookup_elem(&classes, &class);

	if (!u)
		return;
	u->packets++;
	u->bytes += len;
}

/* The address and the DSCP byte are at fixed places: packets with VLAN tags or of IPv6 keep theirs. */
static __always_inline void clear_dscp(struct __sk_buff *skb, __u8 tos)
{
	const __u32 at = ETH_HLEN + offsetof(struct iphdr, tos), sum = ETH_HLEN + offsetof(struct iphdr, check);
	__u8 fresh = tos & 3;

	bpf_l3_csum_replace(skb, sum, bpf_htons(tos), bpf_htons(fresh), 2);
	bpf_skb_store_bytes(skb, at, &fresh, sizeof(fresh), 0);
}

SEC("tc")
int monitor(struct __sk_buff *skb)
{
	struct cursor c = { (void *)(long)skb->data, (void *)(long)skb->data_end };
	struct flow f = {};
	struct policy *policy;
	struct usage *u;
	int proto = parse_ethernet(&c, &f), more = 0;

	if (proto == bpf_htons(ETH_P_IP))
		more = parse_ipv4(&c, &f);
	else if (proto == bpf_htons(ETH_P_IPV6))
		more = parse_ipv6(&c, &f);
	else if (proto >= 0)
		return TC_ACT_OK;
	if (proto < 0 || more < 0 || (!more && parse_ports(&c, &f))) {
		__sync_fetch_and_add(&short_packets, 1);
		return TC_ACT_SHOT;
	}
	count_class(&f, skb->len);
	u = find_flow(&f, skb);
	if (!u)
		return TC_ACT_OK;
	u->packets++;
	u->bytes += skb->len;
	policy = bpf_map_lookup_elem(&hosts, &f.src_addr[0]);
	if (!policy)
		return TC_ACT_OK;
	if (policy->quota && u->bytes > policy->quota) {
		u->dropped++;
		return TC_ACT_SHOT;
	}
	skb->mark = policy->mark;
	skb->priority = policy->priority;
	if (!(policy->flags & TRUSTED) && f.dscp && proto == bpf_htons(ETH_P_IP) && !f.vlan)
		clear_dscp(skb, f.dscp << 2);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";

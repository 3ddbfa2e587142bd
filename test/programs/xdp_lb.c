// SPDX-License-Identifier: BSD-2-Clause
/* A layer-4 load balancer in XDP: Ethernet with up to two VLAN tags, IPv4 and IPv6, TCP and UDP. Packets for a virtual
   address go to a backend, chosen by the hash of the flow and remembered per flow, by rewriting the destination address
   and MAC (direct return is off: answers pass through the balancer as well and get the virtual address back). */
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ETH_ALEN     6
#define ETH_P_IP     0x0800
#define ETH_P_IPV6   0x86dd
#define ETH_P_8021Q  0x8100
#define ETH_P_8021AD 0x88a8
#define IPPROTO_TCP  6
#define IPPROTO_UDP  17
#define IP_OFFSET    0x1fff
#define TCP_FIN      0x01
#define TCP_SYN      0x02
#define TCP_RST      0x04

#define __packed __attribute__((packed))

struct ether_hdr {
	__u8 dst[ETH_ALEN];
	__u8 src[ETH_ALEN];
	__be16 type;
} __packed;

struct vlan_hdr {
	__be16 tci;
	__be16 type;
} __packed;

struct ipv4_hdr {
	__u8 ver_ihl;
	__u8 tos;
	__be16 total_length;
	__be16 id;
	__be16 frag_off;
	__u8 ttl;
	__u8 proto;
	__be16 checksum;
	__be32 src;
	__be32 dst;
} __packed;

struct ipv6_hdr {
	__be32 ver_class_flow;
	__be16 payload_len;
	__u8 next_header;
	__u8 hop_limit;
	__be32 src[4];
	__be32 dst[4];
} __packed;

struct tcp_hdr {
	__be16 src;
	__be16 dst;
	__be32 seq;
	__be32 ack;
	__u8 off_reserved;
	__u8 flags;
	__be16 window;
	__be16 checksum;
	__be16 urgent;
} __packed;

struct udp_hdr {
	__be16 src;
	__be16 dst;
	__be16 len;
	__be16 checksum;
} __packed;

struct addr {
	__be32 word[4]; /* IPv4: word[0], the others 0 */
};

struct flow_key {
	struct addr src;
	struct addr dst;
	__be16 sport;
	__be16 dport;
	__u8 proto;
	__u8 family;
	__u16 vlan;
} __packed;

struct vip_key {
	struct addr addr;
	__be16 port;
	__u8 proto;
	__u8 family;
} __packed;

struct vip_info {
	__u32 id;
	__u32 flags;
	__u32 first_backend;
	__u32 n_backends;
};

struct backend {
	struct addr addr;
	__u8 mac[ETH_ALEN];
	__be16 port;
	__u32 flags;
} __packed;

struct flow_state {
	__u64 last_seen;
	__u64 packets;
	__u64 bytes;
	__u32 backend;
	__u8 tcp_flags;
	__u8 pad[3];
};

struct counters {
	__u64 packets;
	__u64 bytes;
};

struct event {
	__u64 time;
	struct flow_key flow;
	__u32 backend;
	__u32 ifindex;
} __packed;

enum stat { STAT_PASS, STAT_SHORT, STAT_FRAGMENT, STAT_NO_VIP, STAT_NO_BACKEND, STAT_NEW_FLOW, STAT_FORWARD, STAT_MAX };

#define VIP_F_UDP_STATELESS (1 << 0)
#define BACKEND_F_DOWN      (1 << 0)
#define MAX_BACKENDS        4096

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, struct vip_key);
	__type(value, struct vip_info);
} vips SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_BACKENDS);
	__type(key, __u32);
	__type(value, struct backend);
} backends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, struct flow_state);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, STAT_MAX);
	__type(key, __u32);
	__type(value, struct counters);
} stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 512);
	__type(key, __u32);
	__type(value, struct counters);
} vip_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

/* What the parser found. */
struct packet {
	struct flow_key flow;
	struct ether_hdr *eth;
	void *l3; /* struct ipv4_hdr or ipv6_hdr, by flow.family */
	__u16 length;
	__u8 tcp_flags;
};

static __always_inline void count(enum stat which, __u64 bytes)
{
	__u32 key = which;
	struct counters *c = bpf_map_lookup_elem(&stats, &key);

	if (c) {
		c->packets++;
		c->bytes += bytes;
	}
}

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

/* RFC 1624: the checksum after `from` became `to`. */
static __always_inline __be16 adjust_word(__be16 checksum, __be32 from, __be32 to)
{
	__u64 sum = (__u16)~checksum;

	sum += (__u16)~(from & 0xffff);
	sum += (__u16)~(from >> 16);
	sum += to & 0xffff;
	sum += to >> 16;
	return (__be16)~fold(sum);
}

static __always_inline __be16 adjust_half(__be16 checksum, __be16 from, __be16 to)
{
	__u64 sum = (__u16)~checksum;

	sum += (__u16)~from;
	sum += to;
	return (__be16)~fold(sum);
}

static __always_inline __u32 mix(__u32 h, __u32 v)
{
	v *= 0xcc9e2d51;
	v = (v << 15) | (v >> 17);
	v *= 0x1b873593;
	h ^= v;
	h = (h << 13) | (h >> 19);
	return h * 5 + 0xe6546b64;
}

static __always_inline __u32 hash_flow(const struct flow_key *k)
{
	__u32 h = 0x9747b28c;

	for (int i = 0; i < 4; i++)
		h = mix(h, k->src.word[i]);
	h = mix(h, (__u32)k->sport << 16 | k->dport);
	h = mix(h, k->proto);
	h ^= h >> 16;
	h *= 0x85ebca6b;
	h ^= h >> 13;
	return h;
}

/* Everything up to and with the transport header; false if the packet is not for us. */
static __always_inline bool parse_l4(struct packet *p, void *data, void *end)
{
	if (p->flow.proto == IPPROTO_TCP) {
		struct tcp_hdr *tcp = data;

		if ((void *)(tcp + 1) > end) {
			count(STAT_SHORT, p->length);
			return false;
		}
		p->flow.sport = tcp->src;
		p->flow.dport = tcp->dst;
		p->tcp_flags = tcp->flags;
		return true;
	}
	if (p->flow.proto == IPPROTO_UDP) {
		struct udp_hdr *udp = data;

		if ((void *)(udp + 1) > end) {
			count(STAT_SHORT, p->length);
			return false;
		}
		p->flow.sport = udp->src;
		p->flow.dport = udp->dst;
		return true;
	}
	return false;
}

static __always_inline bool parse_ipv4(struct packet *p, void *data, void *end)
{
	struct ipv4_hdr *ip = data;

	if ((void *)(ip + 1) > end || ip->ver_ihl != 0x45) {
		count(STAT_SHORT, p->length);
		return false;
	}
	if (ip->frag_off & bpf_htons(IP_OFFSET)) {
		count(STAT_FRAGMENT, p->length);
		return false;
	}
	p->l3 = ip;
	p->flow.family = 4;
	p->flow.proto = ip->proto;
	p->flow.src.word[0] = ip->src;
	p->flow.dst.word[0] = ip->dst;
	return parse_l4(p, ip + 1, end);
}

static __always_inline bool parse_ipv6(struct packet *p, void *data, void *end)
{
	struct ipv6_hdr *ip = data;

	if ((void *)(ip + 1) > end) {
		count(STAT_SHORT, p->length);
		return false;
	}
	p->l3 = ip;
	p->flow.family = 6;
	p->flow.proto = ip->next_header;
	for (int i = 0; i < 4; i++) {
		p->flow.src.word[i] = ip->src[i];
		p->flow.dst.word[i] = ip->dst[i];
	}
	return parse_l4(p, ip + 1, end);
}

static __always_inline bool parse(struct packet *p, void *data, void *end)
{
	struct ether_hdr *eth = data;
	__be16 type;

	if ((void *)(eth + 1) > end) {
		count(STAT_SHORT, p->length);
		return false;
	}
	p->eth = eth;
	type = eth->type;
	data = eth + 1;
	for (int i = 0; i < 2; i++) {
		struct vlan_hdr *vlan = data;

		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(vlan + 1) > end) {
			count(STAT_SHORT, p->length);
			return false;
		}
		p->flow.vlan = bpf_ntohs(vlan->tci) & 0xfff;
		type = vlan->type;
		data = vlan + 1;
	}
	if (type == bpf_htons(ETH_P_IP))
		return parse_ipv4(p, data, end);
	if (type == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(p, data, end);
	return false;
}

static __always_inline struct vip_info *find_vip(const struct packet *p)
{
	struct vip_key key = {
		.addr = p->flow.dst,
		.port = p->flow.dport,
		.proto = p->flow.proto,
		.family = p->flow.family,
	};

	return bpf_map_lookup_elem(&vips, &key);
}

static __always_inline void report(struct xdp_md *ctx, const struct packet *p, __u32 backend)
{
	struct event e = {
		.time = bpf_ktime_get_ns(),
		.flow = p->flow,
		.backend = backend,
		.ifindex = ctx->ingress_ifindex,
	};

	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &e, sizeof(e));
}

/* The index of the backend for this flow: the remembered one, or a new choice. */
static __always_inline __u32 choose_backend(struct xdp_md *ctx, const struct packet *p, const struct vip_info *vip)
{
	struct flow_state fresh = { 0 };
	struct flow_state *state;

	if (!(p->tcp_flags & TCP_SYN)) {
		state = bpf_map_lookup_elem(&flows, &p->flow);
		if (state) {
			state->last_seen = bpf_ktime_get_ns();
			state->packets++;
			state->bytes += p->length;
			state->tcp_flags |= p->tcp_flags;
			return state->backend;
		}
	}
	fresh.backend = vip->first_backend + hash_flow(&p->flow) % vip->n_backends;
	if (p->flow.proto == IPPROTO_UDP && (vip->flags & VIP_F_UDP_STATELESS))
		return fresh.backend;
	fresh.last_seen = bpf_ktime_get_ns();
	fresh.packets = 1;
	fresh.bytes = p->length;
	fresh.tcp_flags = p->tcp_flags;
	bpf_map_update_elem(&flows, &p->flow, &fresh, BPF_ANY);
	count(STAT_NEW_FLOW, p->length);
	report(ctx, p, fresh.backend);
	return fresh.backend;
}

static __always_inline void rewrite_ipv4(struct packet *p, const struct backend *to, void *end)
{
	struct ipv4_hdr *ip = p->l3;
	__be32 old = ip->dst, new = to->addr.word[0];

	if (p->flow.proto == IPPROTO_TCP) {
		struct tcp_hdr *tcp = (void *)(ip + 1);

		if ((void *)(tcp + 1) > end)
			return;
		tcp->checksum = adjust_word(tcp->checksum, old, new);
		tcp->checksum = adjust_half(tcp->checksum, tcp->dst, to->port);
		tcp->dst = to->port;
	} else {
		struct udp_hdr *udp = (void *)(ip + 1);

		if ((void *)(udp + 1) > end)
			return;
		if (udp->checksum) {
			udp->checksum = adjust_word(udp->checksum, old, new);
			udp->checksum = adjust_half(udp->checksum, udp->dst, to->port);
		}
		udp->dst = to->port;
	}
	ip->dst = new;
	ip->checksum = adjust_word(ip->checksum, old, new);
	ip->ttl--;
	ip->checksum = adjust_half(ip->checksum, bpf_htons(0x0100), 0);
}

static __always_inline void rewrite_ipv6(struct packet *p, const struct backend *to, void *end)
{
	struct ipv6_hdr *ip = p->l3;

	if (p->flow.proto == IPPROTO_TCP) {
		struct tcp_hdr *tcp = (void *)(ip + 1);

		if ((void *)(tcp + 1) > end)
			return;
		tcp->checksum = adjust_half(tcp->checksum, tcp->dst, to->port);
		tcp->dst = to->port;
		for (int i = 0; i < 4; i++)
			tcp->checksum = adjust_word(tcp->checksum, ip->dst[i], to->addr.word[i]);
	} else {
		struct udp_hdr *udp = (void *)(ip + 1);

		if ((void *)(udp + 1) > end)
			return;
		udp->checksum = adjust_half(udp->checksum, udp->dst, to->port);
		udp->dst = to->port;
		for (int i = 0; i < 4; i++)
			udp->checksum = adjust_word(udp->checksum, ip->dst[i], to->addr.word[i]);
	}
	for (int i = 0; i < 4; i++)
		ip->dst[i] = to->addr.word[i];
	ip->hop_limit--;
}

static __always_inline void rewrite_ether(struct packet *p, const struct backend *to)
{
	__builtin_memcpy(p->eth->src, p->eth->dst, ETH_ALEN);
	__builtin_memcpy(p->eth->dst, to->mac, ETH_ALEN);
}

SEC("xdp")
int balance(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct packet p = { .length = (__u16)(end - data) };
	struct counters *c;
	struct vip_info *vip;
	struct backend *to;
	__u32 index;

	if (!parse(&p, data, end)) {
		count(STAT_PASS, p.length);
		return XDP_PASS;
	}
	vip = find_vip(&p);
	if (!vip) {
		count(STAT_NO_VIP, p.length);
		return XDP_PASS;
	}
	if (!vip->n_backends) {
		count(STAT_NO_BACKEND, p.length);
		return XDP_DROP;
	}
	index = choose_backend(ctx, &p, vip);
	to = bpf_map_lookup_elem(&backends, &index);
	if (!to || (to->flags & BACKEND_F_DOWN)) {
		bpf_map_delete_elem(&flows, &p.flow);
		count(STAT_NO_BACKEND, p.length);
		return XDP_DROP;
	}
	c = bpf_map_lookup_elem(&vip_stats, &vip->id);
	if (c) {
		c->packets++;
		c->bytes += p.length;
	}
	if (p.flow.family == 4)
		rewrite_ipv4(&p, to, end);
	else
		rewrite_ipv6(&p, to, end);
	rewrite_ether(&p, to);
	count(STAT_FORWARD, p.length);
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: BSD-2-Clause
/* Packet and context, as BPF_PROG_TEST_RUN makes them (net/bpf/test_run.c). */
#include "run_impl.h"
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <string.h>

enum {
	ETH_HEADER = 14,
	ETH_TYPE = 12,          /* offset */
	ETH_TYPE_MIN = 0x600,   /* ETH_P_802_3_MIN: below it is a length */
	TYPE_802_3 = 1,         /* ETH_P_802_3 */
	TYPE_802_2 = 4,         /* ETH_P_802_2 */
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
	IPV4_HEADER = 20, IPV4_SRC = 12, IPV4_DST = 16,
	IPV6_HEADER = 40, IPV6_SRC = 8, IPV6_DST = 24,
	FAMILY_INET = 2, FAMILY_INET6 = 10,
	LOOPBACK = 1,           /* number of the device */
	PACKET_MAX = 1 << 16,
	XDP_PACKET_MAX = 4096 - 256 - 320, /* a page without XDP_PACKET_HEADROOM and struct skb_shared_info */
	MSG_CTX_MAX = 80,
};

enum form { BYTES, XDP, FRAME, NETWORK, STREAM, MESSAGE };

static enum form form_of(const struct k2_runner *r)
{
	switch (r->type->id) {
	case BPF_PROG_TYPE_XDP: return XDP;
	case BPF_PROG_TYPE_SCHED_CLS: case BPF_PROG_TYPE_SCHED_ACT: return FRAME;
	case BPF_PROG_TYPE_SOCKET_FILTER: case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_LWT_IN: case BPF_PROG_TYPE_LWT_OUT: case BPF_PROG_TYPE_LWT_XMIT:
	case BPF_PROG_TYPE_LWT_SEG6LOCAL: return NETWORK;
	case BPF_PROG_TYPE_SK_SKB: return STREAM;
	case BPF_PROG_TYPE_SK_MSG: case BPF_PROG_TYPE_SK_REUSEPORT: return MESSAGE;
	default: return BYTES;
	}
}

bool k2_runner_takes_packet(const struct k2_runner *r)
{
	return form_of(r) != BYTES;
}

/* A 4-byte number of the context in the program's byte order. */
static void put32(const struct k2_runner *r, uint8_t *p, uint32_t v)
{
	bool big = k2_runner_func(r, r->func)->big_endian;
	unsigned int k;

	for (k = 0; k < 4; k++, v >>= 8)
		p[big ? 3 - k : k] = (uint8_t)v;
}

static uint32_t get32(const struct k2_runner *r, const uint8_t *p)
{
	bool big = k2_runner_func(r, r->func)->big_endian;
	uint32_t v = 0;
	unsigned int k;

	for (k = 0; k < 4; k++)
		v = v << 8 | p[big ? k : 3 - k];
	return v;
}

/* ---- struct __sk_buff ---- */

#define MEMBER(m) { offsetof(struct __sk_buff, m), offsetof(struct __sk_buff, m) + sizeof(((struct __sk_buff *)0)->m) }

/* convert___skb_to_skb */
static const struct span {
	uint32_t from, to;
} taken[] = { MEMBER(mark), MEMBER(priority), MEMBER(ingress_ifindex), MEMBER(ifindex), MEMBER(cb), MEMBER(tstamp),
	      MEMBER(wire_len), MEMBER(gso_segs), MEMBER(gso_size), MEMBER(hwtstamp) };

static enum k2_status check_skb(const uint8_t *ctx, size_t len, char *msg, size_t size)
{
	uint32_t at, k;

	if (len > sizeof(struct __sk_buff))
		return runner_say(K2_EINVAL, msg, size, "context of %zu bytes: struct __sk_buff has %zu", len, sizeof(struct __sk_buff));
	for (at = 0; at < len; at++) {
		for (k = 0; k < K2_ARRAY_SIZE(taken) && (at < taken[k].from || at >= taken[k].to); k++)
			;
		if (ctx[at] && k == K2_ARRAY_SIZE(taken))
			return runner_say(K2_EINVAL, msg, size, "context byte %u is not 0: that member of struct __sk_buff cannot be set", at);
	}
	return K2_OK;
}

/* eth_type_trans: what the first bytes say about the rest. */
static uint16_t protocol_of(const uint8_t *packet, size_t len)
{
	uint16_t type = (uint16_t)(packet[ETH_TYPE] << 8 | packet[ETH_TYPE + 1]);

	if (type >= ETH_TYPE_MIN)
		return type;
	return len >= ETH_HEADER + 2 && packet[ETH_HEADER] == 0xff && packet[ETH_HEADER + 1] == 0xff ? TYPE_802_3 : TYPE_802_2;
}

/* The loopback device's address is zero, and so is its broadcast address. */
static uint32_t packet_type(const uint8_t *packet)
{
	static const uint8_t zero[6];

	if (packet[0] & 1)
		return PACKET_MULTICAST;
	return memcmp(packet, zero, sizeof(zero)) ? PACKET_OTHERHOST : PACKET_HOST;
}

#define AT(m) (skb + offsetof(struct __sk_buff, m))

/* The socket's end points, from the IP header. */
static void put_addresses(const struct k2_runner *r, uint8_t *skb, uint16_t type, const uint8_t *ip, size_t len)
{
	if (type == TYPE_IPV4 && len >= IPV4_HEADER) {
		put32(r, AT(family), FAMILY_INET);
		memcpy(AT(local_ip4), ip + IPV4_SRC, 4);
		memcpy(AT(remote_ip4), ip + IPV4_DST, 4);
	} else if (type == TYPE_IPV6 && len >= IPV6_HEADER) {
		put32(r, AT(family), FAMILY_INET6);
		memcpy(AT(local_ip6), ip + IPV6_SRC, 16);
		memcpy(AT(remote_ip6), ip + IPV6_DST, 16);
	}
}

static void fill_skb(const struct k2_runner *r, uint8_t *skb, const uint8_t *packet, size_t len, size_t visible)
{
	uint16_t type;

	put32(r, AT(len), (uint32_t)visible);
	if (!get32(r, AT(ifindex)))
		put32(r, AT(ifindex), LOOPBACK);
	if (form_of(r) == STREAM)
		return;
	type = protocol_of(packet, len);
	/* A big-endian number of two bytes in a member of four. */
	put32(r, AT(protocol), k2_runner_func(r, r->func)->big_endian ? type : (uint32_t)(uint16_t)(type << 8 | type >> 8));
	put32(r, AT(pkt_type), packet_type(packet));
	put_addresses(r, skb, type, packet + ETH_HEADER, len - ETH_HEADER);
}

static enum k2_status set_skb(struct k2_runner *r, const uint8_t *packet, size_t len, const uint8_t *ctx, size_t ctx_len,
			      char *msg, size_t size)
{
	uint8_t skb[sizeof(struct __sk_buff)] = { 0 };
	size_t skip = form_of(r) == NETWORK ? ETH_HEADER : 0;
	enum k2_status st = check_skb(ctx, ctx_len, msg, size);

	if (st)
		return st;
	if (ctx_len)
		memcpy(skb, ctx, ctx_len);
	/* Without a context it stays 0. */
	if (ctx_len && !get32(r, AT(wire_len)))
		put32(r, AT(wire_len), (uint32_t)(len - skip));
	fill_skb(r, skb, packet, len, len - skip);
	st = k2_machine_set_packet(r->machine, packet + skip, (uint32_t)(len - skip));
	return st ? st : k2_machine_set_ctx(r->machine, K2_CTX_SKB, skb, sizeof(skb));
}

/* ---- the others ---- */

/* bpf_prog_test_run_xdp, xdp_convert_md_to_buff: in `data` the context says how many of the packet's bytes are metadata. */
static enum k2_status set_xdp(struct k2_runner *r, const uint8_t *packet, size_t len, const uint8_t *ctx, size_t ctx_len,
			      char *msg, size_t size)
{
	uint8_t md[sizeof(struct xdp_md)] = { 0 };
	uint32_t meta, end;
	enum k2_status st;

	if (ctx_len > sizeof(md))
		return runner_say(K2_EINVAL, msg, size, "context of %zu bytes: struct xdp_md has %zu", ctx_len, sizeof(md));
	if (ctx_len)
		memcpy(md, ctx, ctx_len);
	if (!get32(r, md + offsetof(struct xdp_md, ingress_ifindex)))
		put32(r, md + offsetof(struct xdp_md, ingress_ifindex), LOOPBACK);
	meta = get32(r, md + offsetof(struct xdp_md, data));
	end = get32(r, md + offsetof(struct xdp_md, data_end));
	if (end && end != len)
		return runner_say(K2_EINVAL, msg, size, "data_end of the context is %u, but the packet has %zu bytes", end, len);
	if (get32(r, md + offsetof(struct xdp_md, data_meta)))
		return runner_say(K2_EINVAL, msg, size, "data_meta of the context is not 0");
	st = k2_machine_set_packet(r->machine, packet, (uint32_t)len);
	if (st)
		return st;
	if (len < (size_t)meta + ETH_HEADER || k2_machine_set_meta(r->machine, meta))
		return runner_say(K2_EINVAL, msg, size, "data of the context is %u: not a possible length of metadata", meta);
	return k2_machine_set_ctx(r->machine, K2_CTX_XDP, md, sizeof(md));
}

static enum k2_status set_message(struct k2_runner *r, const uint8_t *packet, size_t len, const uint8_t *ctx, size_t ctx_len,
				  char *msg, size_t size)
{
	bool is_msg = r->type->id == BPF_PROG_TYPE_SK_MSG;
	uint8_t md[MSG_CTX_MAX] = { 0 };
	enum k2_status st;

	if (ctx_len > r->type->ctx_size)
		return runner_say(K2_EINVAL, msg, size, "context of %zu bytes: struct %s has %u", ctx_len, r->type->ctx,
				  r->type->ctx_size);
	if (ctx_len)
		memcpy(md, ctx, ctx_len);
	put32(r, md + (is_msg ? offsetof(struct sk_msg_md, size) : offsetof(struct sk_reuseport_md, len)), (uint32_t)len);
	st = k2_machine_set_packet(r->machine, packet, (uint32_t)len);
	return st ? st : k2_machine_set_ctx(r->machine, K2_CTX_MSG, md, r->type->ctx_size);
}

static enum k2_status set_bytes(struct k2_runner *r, const uint8_t *ctx, size_t ctx_len, char *msg, size_t size)
{
	size_t want = K2_MAX(ctx_len, r->type->ctx_size);
	uint8_t *bytes;

	if (r->type->ctx_size && ctx_len > r->type->ctx_size)
		return runner_say(K2_EINVAL, msg, size, "context of %zu bytes: programs of type %s have %u", ctx_len, r->type->name,
				  r->type->ctx_size);
	if (ctx_len >= PACKET_MAX)
		return runner_say(K2_EINVAL, msg, size, "context of %zu bytes: too long", ctx_len);
	bytes = k2_arena_calloc(r->arena, 1, want + 1);
	if (!bytes)
		return K2_ENOMEM;
	if (ctx_len)
		memcpy(bytes, ctx, ctx_len);
	return k2_machine_set_ctx(r->machine, K2_CTX_BYTES, bytes, (uint32_t)want);
}

static enum k2_status set_packet(struct k2_runner *r, const void *packet, size_t len, const void *ctx, size_t ctx_len, char *msg,
				 size_t size)
{
	enum form f = form_of(r);
	size_t least = f == XDP || f == FRAME || f == NETWORK ? ETH_HEADER : 0, most = f == XDP ? XDP_PACKET_MAX : PACKET_MAX;

	if (f == BYTES)
		return runner_say(K2_EINVAL, msg, size, "programs of type %s cannot be run on a packet", r->type->name);
	if (len < least || len > most)
		return runner_say(K2_EINVAL, msg, size, "packet of %zu bytes: programs of type %s take %zu to %zu", len, r->type->name,
				  least, most);
	if (f == XDP)
		return set_xdp(r, packet, len, ctx, ctx_len, msg, size);
	if (f == MESSAGE)
		return set_message(r, packet, len, ctx, ctx_len, msg, size);
	return set_skb(r, packet, len, ctx, ctx_len, msg, size);
}

enum k2_status k2_runner_set_input(struct k2_runner *r, const void *packet, size_t packet_len, const void *ctx, size_t ctx_len,
				   char *msg, size_t msg_size)
{
	enum k2_status st;

	if (msg_size)
		msg[0] = 0;
	if (packet)
		st = set_packet(r, packet, packet_len, ctx, ctx_len, msg, msg_size);
	else if (k2_runner_takes_packet(r))
		return runner_say(K2_EINVAL, msg, msg_size, "programs of type %s need a packet", r->type->name);
	else
		st = set_bytes(r, ctx, ctx_len, msg, msg_size);
	if (st == K2_ENOMEM && msg_size)
		runner_say(st, msg, msg_size, "%s", k2_status_str(st));
	r->has_input = !st;
	return st;
}

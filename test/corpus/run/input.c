// SPDX-License-Identifier: BSD-2-Clause
/* Packets and contexts: mostly what a network carries, from few addresses and ports so that flows and map keys come again,
   and partly cut off or damaged. */
#include "run.h"
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(rng_next(r) >> 32) % n;
}

static bool chance(struct rng *r, uint32_t percent)
{
	return rng_below(r, 100) < percent;
}

static const uint16_t ports[] = { 80, 443, 53, 22, 7, 8080, 4789, 50000 };
enum { N_PORTS = sizeof(ports) / sizeof(ports[0]), N_HOSTS = 6 };

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put_address4(uint8_t *p, uint32_t host)
{
	const uint8_t a[4] = { host & 1 ? 10 : 192, host & 1 ? 0 : 168, (uint8_t)(host >> 1), (uint8_t)(host + 1) };

	memcpy(p, a, 4);
}

static void put_address6(uint8_t *p, uint32_t host)
{
	static const uint8_t prefix[4] = { 0x20, 0x01, 0x0d, 0xb8 };

	memset(p, 0, 16);
	memcpy(p, prefix, 4);
	p[15] = (uint8_t)(host + 1);
}

/* One 4-byte word that a program may look for. */
static void fill_word(struct rng *r, uint8_t *p)
{
	uint32_t v;

	switch (rng_below(r, 6)) {
	case 0: memset(p, 0, 4); return;
	case 1: put_address4(p, rng_below(r, N_HOSTS)); return;
	case 2:
		put16(p, ports[rng_below(r, N_PORTS)]);
		put16(p + 2, ports[rng_below(r, N_PORTS)]);
		return;
	case 3:
	case 4: v = rng_below(r, 20); break;
	default: v = (uint32_t)rng_next(r); break;
	}
	memcpy(p, &v, 4);
}

void rng_fill(struct rng *r, void *out, size_t size)
{
	uint8_t *p = out, word[4];

	if (size == 16 && chance(r, 50)) {
		put_address6(p, rng_below(r, N_HOSTS));
		return;
	}
	for (size_t i = 0; i < size; i += 4) {
		fill_word(r, word);
		memcpy(p + i, word, size - i < 4 ? size - i : 4);
	}
}

static uint32_t pick_port(struct rng *r)
{
	return ports[chance(r, 60) ? rng_below(r, 2) : rng_below(r, N_PORTS)];
}

/* One integer of a key, by the name that it has. `v6`: the key is about IPv6. */
static void fill_named(struct rng *r, const char *name, bool v6, uint8_t *p, size_t size)
{
	uint16_t v;

	if (strstr(name, "port") && size >= 2) {
		put16(p, pick_port(r));
	} else if (strstr(name, "family") && size >= 2) {
		v = v6 ? AF_INET6 : AF_INET;
		memcpy(p, &v, 2);
	} else if (strstr(name, "proto")) {
		p[0] = chance(r, 50) ? 6 : 17;
	} else if (!strstr(name, "pad") && size == 4) {
		if (strstr(name, "addr") || strstr(name, "src") || strstr(name, "dst") || chance(r, 30))
			put_address4(p, rng_below(r, N_HOSTS));
		else
			p[0] = (uint8_t)rng_below(r, 8);
	} else if (!strstr(name, "pad") && size) {
		p[0] = (uint8_t)rng_below(r, 8);
	}
}

static const struct btf_type *skip_modifiers(const struct btf *btf, uint32_t *id)
{
	const struct btf_type *t = btf__type_by_id(btf, *id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t))) {
		*id = t->type;
		t = btf__type_by_id(btf, *id);
	}
	return t;
}

static void fill_type(struct rng *r, const struct btf *btf, uint32_t id, const char *name, bool v6, uint8_t *p,
		      size_t size)
{
	const struct btf_type *t = skip_modifiers(btf, &id);
	int64_t own = t ? btf__resolve_size(btf, id) : -1;

	if (own < 0 || (size_t)own > size)
		return;
	if (own == 16 && !btf_is_struct(t)) { /* an address, or a union of addresses */
		if (v6)
			put_address6(p, rng_below(r, N_HOSTS));
		else
			put_address4(p, rng_below(r, N_HOSTS));
	} else if (btf_is_composite(t)) {
		const struct btf_member *m = btf_members(t);
		uint32_t n = btf_is_union(t) && btf_vlen(t) ? 1 : btf_vlen(t);

		for (uint32_t i = 0; i < n; i++)
			fill_type(r, btf, m[i].type, btf__name_by_offset(btf, m[i].name_off), v6,
				  p + btf_member_bit_offset(t, i) / 8, size - btf_member_bit_offset(t, i) / 8);
	} else {
		fill_named(r, name, v6, p, (size_t)own);
	}
}

void rng_fill_struct(struct rng *r, const struct btf *btf, uint32_t type, void *out, size_t size)
{
	memset(out, 0, size);
	fill_type(r, btf, type, "", chance(r, 30), out, size);
}

/* --- packets ---------------------------------------------------------------------------------------------------------- */

static void put_mac(struct rng *r, uint8_t *p)
{
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };
	const uint8_t one[6] = { 2, 0, 0, 0, 0, (uint8_t)(rng_below(r, N_HOSTS) + 1) };

	memcpy(p, chance(r, 5) ? all : one, 6);
}

/* The header checksum of IPv4. */
static uint32_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
}

static void put_ports(struct rng *r, uint8_t *p)
{
	put16(p, chance(r, 70) ? pick_port(r) : rng_below(r, 65536));
	put16(p + 2, chance(r, 90) ? pick_port(r) : rng_below(r, 65536));
}

static void random_bytes(struct rng *r, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)rng_next(r);
}

/* Each put_ function writes at `p`, has `room` bytes, more than it can need, and returns what it has written. */
static size_t put_tcp(struct rng *r, uint8_t *p)
{
	static const uint8_t options[20] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7 };
	static const uint8_t flags[] = { 0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x00, 0x29 };
	uint32_t words = 5 + (chance(r, 40) ? rng_below(r, 6) : 0);

	put_ports(r, p);
	random_bytes(r, p + 4, 8);
	p[12] = (uint8_t)(words << 4);
	p[13] = flags[rng_below(r, sizeof(flags))];
	random_bytes(r, p + 14, 6);
	memcpy(p + 20, options, (size_t)words * 4 - 20);
	return (size_t)words * 4;
}

static size_t put_l4(struct rng *r, uint8_t *p, uint8_t proto, size_t payload)
{
	switch (proto) {
	case 6: return put_tcp(r, p);
	case 17:
		put_ports(r, p);
		put16(p + 4, (uint32_t)(payload + 8));
		random_bytes(r, p + 6, 2);
		return 8;
	case 1:
		random_bytes(r, p, 8);
		p[0] = (uint8_t[]){ 0, 8, 3, 11 }[rng_below(r, 4)];
		return 8;
	case 58:
		random_bytes(r, p, 8);
		p[0] = (uint8_t[]){ 128, 129, 135, 1 }[rng_below(r, 4)];
		return 8;
	case 47:
		memset(p, 0, 4);
		put16(p + 2, 0x0800);
		return 4;
	default: random_bytes(r, p, 12); return 12;
	}
}

static size_t put_ip(struct rng *r, uint8_t *p, bool v6, size_t payload, unsigned int depth);

/* What follows an IP header that names `proto`. */
static size_t put_inner(struct rng *r, uint8_t *p, uint8_t proto, size_t payload, unsigned int depth)
{
	size_t n;

	if (proto == 4 || proto == 41)
		return put_ip(r, p, proto == 41, payload, depth + 1);
	n = put_l4(r, p, proto, payload);
	if (proto == 47)
		return n + put_ip(r, p + n, false, payload, depth + 1);
	random_bytes(r, p + n, payload);
	return n + payload;
}

static uint8_t pick_proto(struct rng *r, bool v6, unsigned int depth)
{
	static const uint8_t protos[] = { 6, 6, 6, 17, 17, 17, 1, 4, 47, 41, 132, 50 };
	uint8_t proto = protos[rng_below(r, depth ? 7 : sizeof(protos))];

	return proto == 1 && v6 ? 58 : proto;
}

static size_t put_ip4(struct rng *r, uint8_t *p, size_t payload, unsigned int depth)
{
	uint32_t words = 5 + (chance(r, 15) ? 1 + rng_below(r, 3) : 0);
	uint8_t proto = pick_proto(r, false, depth);
	size_t head = (size_t)words * 4, n = head + put_inner(r, p + head, proto, payload, depth);

	memset(p, 0, head);
	memset(p + 20, 1, head - 20);
	p[0] = (uint8_t)(0x40 | words);
	p[1] = chance(r, 30) ? (uint8_t)rng_next(r) : 0;
	put16(p + 2, (uint32_t)n);
	random_bytes(r, p + 4, 2);
	put16(p + 6, chance(r, 10) ? rng_below(r, 65536) : chance(r, 50) ? 0x4000 : 0);
	p[8] = chance(r, 10) ? (uint8_t)rng_below(r, 3) : 64;
	p[9] = proto;
	put_address4(p + 12, rng_below(r, N_HOSTS));
	put_address4(p + 16, rng_below(r, N_HOSTS));
	put16(p + 10, checksum(p, head));
	return n;
}

static size_t put_ip6(struct rng *r, uint8_t *p, size_t payload, unsigned int depth)
{
	uint8_t proto = pick_proto(r, true, depth), *next = p + 6, *q = p + 40;
	size_t n;

	memset(p, 0, 40);
	p[0] = 0x60;
	if (chance(r, 20))
		random_bytes(r, p + 1, 3);
	p[7] = chance(r, 10) ? (uint8_t)rng_below(r, 3) : 64;
	put_address6(p + 8, rng_below(r, N_HOSTS));
	put_address6(p + 24, rng_below(r, N_HOSTS));
	while (chance(r, 12) && q < p + 72) { /* hop-by-hop options, routing, fragment, destination options */
		*next = (uint8_t[]){ 0, 43, 44, 60 }[rng_below(r, 4)];
		next = q;
		memset(q, 0, 8);
		random_bytes(r, q + 2, 6);
		q += 8;
	}
	*next = proto;
	n = (size_t)(q - p) + put_inner(r, q, proto, payload, depth);
	put16(p + 4, (uint32_t)(n - 40));
	return n;
}

static size_t put_ip(struct rng *r, uint8_t *p, bool v6, size_t payload, unsigned int depth)
{
	return v6 ? put_ip6(r, p, payload, depth) : put_ip4(r, p, payload, depth);
}

static size_t put_ethernet(struct rng *r, uint8_t *p, bool *v6)
{
	static const uint16_t others[] = { 0x0806, 0x8847, 0x88cc, 0x0000, 0x0004, 0x894f };
	uint32_t type = chance(r, 5) ? others[rng_below(r, 6)] : *v6 ? 0x86dd : 0x0800;
	size_t n = 12;

	put_mac(r, p);
	put_mac(r, p + 6);
	for (int tags = chance(r, 20) ? 1 + (int)rng_below(r, 2) : 0; tags; tags--) {
		put16(p + n, tags == 2 ? 0x88a8 : 0x8100);
		put16(p + n + 2, chance(r, 50) ? rng_below(r, 5) : rng_below(r, 65536));
		n += 4;
	}
	put16(p + n, type);
	return n + 2;
}

/* Some bytes changed, mostly in the headers. */
static void damage(struct rng *r, uint8_t *p, size_t n)
{
	for (uint32_t k = 1 + rng_below(r, 3); k; k--)
		p[rng_below(r, (uint32_t)(chance(r, 80) && n > 60 ? 60 : n))] = (uint8_t)rng_next(r);
}

static uint32_t make_packet(struct rng *r, uint8_t *p)
{
	static const uint16_t payloads[] = { 0, 1, 2, 7, 18, 40, 100, 500, 1000, 1300 };
	size_t n, payload = payloads[rng_below(r, 10)];
	bool v6 = chance(r, 35);

	if (chance(r, 4)) {
		n = 14 + rng_below(r, 200);
		random_bytes(r, p, n);
		return (uint32_t)n;
	}
	n = put_ethernet(r, p, &v6);
	n += put_ip(r, p + n, v6, payload, 0);
	if (chance(r, 15))
		damage(r, p, n);
	if (chance(r, 15))
		n = 14 + rng_below(r, (uint32_t)(n - 13));
	return (uint32_t)n;
}

/* --- contexts --------------------------------------------------------------------------------------------------------- */

static const struct run_type types[] = {
	{ BPF_PROG_TYPE_XDP, true, false },
	{ BPF_PROG_TYPE_SCHED_CLS, true, false },
	{ BPF_PROG_TYPE_SCHED_ACT, true, false },
	{ BPF_PROG_TYPE_SOCKET_FILTER, true, false },
	{ BPF_PROG_TYPE_CGROUP_SKB, true, false },
	{ BPF_PROG_TYPE_LWT_IN, true, false },
	{ BPF_PROG_TYPE_LWT_OUT, true, false },
	{ BPF_PROG_TYPE_LWT_XMIT, true, false },
	{ BPF_PROG_TYPE_LWT_SEG6LOCAL, true, false },
	{ BPF_PROG_TYPE_FLOW_DISSECTOR, true, true },
	{ BPF_PROG_TYPE_SK_LOOKUP, false, false },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT, false, true },
	{ BPF_PROG_TYPE_SYSCALL, false, true },
};

const struct run_type *run_type(enum bpf_prog_type type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

/* In every second context the packet has some bytes of metadata before it. */
static void make_xdp(struct rng *r, struct input *in)
{
	struct xdp_md md = { .ingress_ifindex = 1 };
	uint32_t meta = chance(r, 30) ? 4 * (1 + rng_below(r, 4)) : 0;

	if (chance(r, 30))
		return;
	memmove(in->data + meta, in->data, in->data_len);
	rng_fill(r, in->data, meta);
	in->data_len += meta;
	md.data = meta;
	md.data_end = in->data_len;
	in->ctx_len = sizeof(md);
	memcpy(in->ctx, &md, sizeof(md));
}

/* Programs that start at the network header here, but start at the Ethernet header in life, find one there. */
static void repeat_ethernet(struct input *in)
{
	memmove(in->data + 14, in->data, in->data_len);
	in->data_len += 14;
}

static void make_skb(struct rng *r, enum bpf_prog_type type, struct input *in)
{
	struct __sk_buff skb = { .ifindex = 1 };

	if (type == BPF_PROG_TYPE_SOCKET_FILTER && chance(r, 70))
		repeat_ethernet(in);
	if (chance(r, 10))
		return;
	skb.mark = chance(r, 50) ? rng_below(r, 8) : (uint32_t)rng_next(r);
	skb.priority = chance(r, 50) ? rng_below(r, 8) : (uint32_t)rng_next(r);
	rng_fill(r, skb.cb, sizeof(skb.cb));
	skb.tstamp = chance(r, 30) ? rng_next(r) >> 8 : 0;
	in->ctx_len = sizeof(skb);
	memcpy(in->ctx, &skb, sizeof(skb));
}

static void make_lookup(struct rng *r, struct input *in)
{
	struct bpf_sk_lookup l = { .family = chance(r, 60) ? AF_INET : AF_INET6 };

	l.protocol = chance(r, 50) ? 6 : 17;
	if (l.family == AF_INET) {
		put_address4((uint8_t *)&l.remote_ip4, rng_below(r, N_HOSTS));
		put_address4((uint8_t *)&l.local_ip4, rng_below(r, N_HOSTS));
	} else {
		put_address6((uint8_t *)l.remote_ip6, rng_below(r, N_HOSTS));
		put_address6((uint8_t *)l.local_ip6, rng_below(r, N_HOSTS));
	}
	put16((uint8_t *)&l.remote_port, ports[rng_below(r, N_PORTS)]);
	l.local_port = ports[rng_below(r, N_PORTS)];
	l.ingress_ifindex = 1;
	in->ctx_len = sizeof(l);
	memcpy(in->ctx, &l, sizeof(l));
}

/* Registers or fields: small numbers, process numbers, addresses of memory that programs may read, anything. */
static void make_words(struct rng *r, struct input *in, size_t size)
{
	static uint8_t memory[1 << 16];
	uint64_t v;

	rng_fill(&(struct rng){ 1 }, memory, 4096);
	for (size_t i = 0; i < size; i += 8) {
		switch (rng_below(r, 8)) {
		case 0: v = 0; break;
		case 1:
		case 2: v = rng_below(r, 16); break;
		case 3: v = rng_below(r, 4096); break;
		case 4: v = (uint64_t)getpid() << (32 * rng_below(r, 2)); break;
		case 5: v = (uint64_t)(uintptr_t)memory + 8 * rng_below(r, 512); break;
		case 6: v = (uint64_t)-1 - rng_below(r, 40); break;
		default: v = rng_next(r); break;
		}
		memcpy(in->ctx + i, &v, 8);
	}
	in->ctx_len = (uint32_t)size;
}

void make_input(struct rng *r, enum bpf_prog_type type, struct input *in)
{
	in->data_len = in->ctx_len = 0;
	if (run_type(type)->packet)
		in->data_len = make_packet(r, in->data);
	switch (type) {
	case BPF_PROG_TYPE_XDP: make_xdp(r, in); break;
	case BPF_PROG_TYPE_FLOW_DISSECTOR: break;
	case BPF_PROG_TYPE_SK_LOOKUP: make_lookup(r, in); break;
	case BPF_PROG_TYPE_RAW_TRACEPOINT: make_words(r, in, 96); break; /* MAX_BPF_FUNC_ARGS of them */
	case BPF_PROG_TYPE_SYSCALL: make_words(r, in, CTX_MAX); break;
	default: make_skb(r, type, in); break;
	}
}

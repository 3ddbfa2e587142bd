// SPDX-License-Identifier: BSD-2-Clause
/* Inputs and outputs of a run: making, comparing, and the machine's side of them. */
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>
#include "exec.h"

enum { ETH_HEADER = 14 };

static void fill(uint8_t *p, unsigned int n, uint64_t *rnd)
{
	unsigned int k;
	uint64_t v;

	for (k = 0; k < n; k += 8) {
		v = exec_number(rnd);
		memcpy(p + k, &v, 8);
	}
}

void exec_random_world(struct exec_world *w, enum exec_type t, uint64_t *rnd)
{
	unsigned int k;

	memset(w, 0, offsetof(struct exec_world, packet));
	fill(w->a + A_IN, 80, rnd);
	fill(w->a + A_DATA, A_DATA_SIZE, rnd);
	fill(w->b, sizeof(w->b), rnd);
	fill(w->g, sizeof(w->g), rnd);
	for (k = 0; k < H_KEYS; k++) {
		/* One key is never there at the start: the map has no room for all. */
		w->h_has[k] = k < H_ENTRIES && k2_rand(rnd) % 2;
		if (w->h_has[k])
			fill(w->h[k], H_SIZE, rnd);
	}
	w->mark = (uint32_t)exec_number(rnd);
	w->priority = (uint32_t)exec_number(rnd);
	for (k = 0; k < 5; k++)
		w->cb[k] = (uint32_t)exec_number(rnd);
	w->len = ETH_HEADER + 2 + (uint32_t)(k2_rand(rnd) % (EXEC_PACKET - ETH_HEADER - 8));
	fill(w->packet, EXEC_PACKET, rnd);
	/* BPF_PROG_TEST_RUN wants whole IP headers behind the protocol numbers of IP. */
	if (t != EXEC_XDP)
		w->packet[12] |= 1;
}

const char *exec_difference(const struct exec_world *a, const struct exec_world *b)
{
	if (a->ret != b->ret)
		return "return value";
	if (memcmp(a->a, b->a, sizeof(a->a)))
		return "registers, stack or value of map a";
	if (memcmp(a->b, b->b, sizeof(a->b)))
		return "map b";
	if (memcmp(a->g, b->g, sizeof(a->g)))
		return "global variable";
	if (memcmp(a->h_has, b->h_has, sizeof(a->h_has)) || memcmp(a->h, b->h, sizeof(a->h)))
		return "hash";
	if (a->mark != b->mark || a->priority != b->priority || memcmp(a->cb, b->cb, sizeof(a->cb)))
		return "context";
	if (a->len != b->len || memcmp(a->packet, b->packet, a->len))
		return "packet";
	return NULL;
}

static enum k2_status set_context(struct k2_machine *m, const struct exec_prog *p, const struct exec_world *in)
{
	struct __sk_buff skb = { .mark = in->mark, .priority = in->priority };
	struct xdp_md xdp = { .ingress_ifindex = 1 }; /* BPF_PROG_TEST_RUN: the loopback device */
	unsigned int skip = p->type == EXEC_FILTER ? ETH_HEADER : 0; /* socket filters see no Ethernet header */

	memcpy(skb.cb, in->cb, sizeof(skb.cb));
	if (k2_machine_set_packet(m, in->packet + skip, in->len - skip) != K2_OK)
		return K2_ENOMEM;
	return p->type == EXEC_XDP ? k2_machine_set_ctx(m, K2_CTX_XDP, &xdp, sizeof(xdp)) :
				     k2_machine_set_ctx(m, K2_CTX_SKB, &skb, sizeof(skb));
}

static bool add_maps(struct k2_machine *m, const struct exec_world *in)
{
	static const struct k2_map_desc descs[EXEC_MAPS] = {
		[EXEC_A] = { BPF_MAP_TYPE_ARRAY, 4, A_SIZE, 1 },
		[EXEC_B] = { BPF_MAP_TYPE_ARRAY, 4, B_SIZE, B_ENTRIES },
		[EXEC_H] = { BPF_MAP_TYPE_HASH, 4, H_SIZE, H_ENTRIES },
		[EXEC_G] = { BPF_MAP_TYPE_ARRAY, 4, G_SIZE, 1 },
	};
	uint32_t k, number, key = 0;

	for (k = 0; k < EXEC_MAPS; k++)
		if (k2_machine_add_map(m, &descs[k], &number) != K2_OK)
			return false;
	memcpy(k2_machine_map_lookup(m, EXEC_A, &key), in->a, A_SIZE);
	memcpy(k2_machine_map_lookup(m, EXEC_G, &key), in->g, G_SIZE);
	for (k = 0; k < B_ENTRIES; k++)
		memcpy(k2_machine_map_lookup(m, EXEC_B, &k), in->b + k * B_SIZE, B_SIZE);
	for (k = 0; k < H_KEYS; k++)
		if (in->h_has[k])
			k2_machine_map_update(m, EXEC_H, &k, in->h[k], 0);
	return true;
}

struct k2_machine *exec_machine(struct k2_arena *a, const struct exec_prog *p, const struct exec_world *in,
				const struct k2_machine_opts *o, struct k2_bind *binds, struct k2_code *code)
{
	struct k2_machine *m;
	uint32_t k;

	for (k = 0; k < EXEC_SYMS; k++) {
		binds[k] = (struct k2_bind){ .kind = K2_BIND_MAP, .index = k };
		if (k == EXEC_G)
			binds[k].kind = K2_BIND_DATA;
		if (k >= EXEC_MAPS)
			binds[k] = (struct k2_bind){ .kind = K2_BIND_FUNC, .index = k - EXEC_MAPS };
	}
	for (k = 0; k < p->n_funcs; k++)
		code[k] = (struct k2_code){ p->funcs[k].insns, p->funcs[k].n, binds, EXEC_SYMS };
	m = k2_machine_new(a, code, p->n_funcs, o);
	if (!m || !add_maps(m, in) || set_context(m, p, in) != K2_OK)
		return NULL;
	return m;
}

static void look(struct k2_machine *m, const struct exec_prog *p, struct exec_world *out)
{
	const struct __sk_buff *skb;
	const uint8_t *packet;
	uint32_t key = 0, k, len;
	const void *v;

	memcpy(out->a, k2_machine_map_lookup(m, EXEC_A, &key), A_SIZE);
	memcpy(out->g, k2_machine_map_lookup(m, EXEC_G, &key), G_SIZE);
	for (k = 0; k < B_ENTRIES; k++)
		memcpy(out->b + k * B_SIZE, k2_machine_map_lookup(m, EXEC_B, &k), B_SIZE);
	for (k = 0; k < H_KEYS; k++) {
		v = k2_machine_map_lookup(m, EXEC_H, &k);
		out->h_has[k] = v != NULL;
		if (v)
			memcpy(out->h[k], v, H_SIZE);
	}
	packet = k2_machine_packet(m, &out->len, &out->meta);
	out->len = p->type == EXEC_FILTER ? 0 : out->len + out->meta;
	memcpy(out->packet, packet - out->meta, out->len);
	if (p->type != EXEC_XDP) {
		skb = k2_machine_ctx(m, &len);
		out->mark = skb->mark;
		out->priority = skb->priority;
		memcpy(out->cb, skb->cb, sizeof(out->cb));
	}
}

void exec_run_machine(struct k2_arena *a, const struct exec_prog *p, const struct exec_world *in, struct exec_world *out,
		      const struct k2_machine_opts *o, struct k2_run *run)
{
	struct k2_bind binds[EXEC_SYMS];
	struct k2_code code[EXEC_FUNCS];
	struct k2_machine *m = exec_machine(a, p, in, o, binds, code);

	memset(out, 0, offsetof(struct exec_world, packet));
	memset(run, 0, sizeof(*run));
	run->status = K2_RUN_LIMIT;
	if (!m)
		return;
	k2_machine_run(m, 0, run);
	out->ret = (uint32_t)run->r0;
	look(m, p, out);
}

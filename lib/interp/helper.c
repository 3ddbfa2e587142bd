// SPDX-License-Identifier: BSD-2-Clause
/* Helpers of the machine. Those with a row in `special`, and those of the files helper_*.c, do what the kernel's do. All others
   go by their prototype (lib/func, helpers.h): memory they read must be readable, memory they write is filled from the
   script, and so is r0. The script is a pseudo-random sequence from the machine's seed. Helpers whose effect on the
   program's memory a prototype cannot say are unsupported: they need the caller's hook. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "helpers.h"
#include "machine_impl.h"
#include "util.h"

enum {
	ETH_HEADER = 14,
	XDP_FRAME = 40,      /* sizeof(struct xdp_frame): kept free at the start of the headroom */
	TC_SHOT = 2,
	TC_REDIRECT = 7,
	TICK = 1000,         /* nanoseconds between two looks at a clock */
};

static uint64_t error(int e)
{
	return (uint64_t)-(int64_t)e;
}

static bool has_elements(struct k2_machine *m, const struct k2_map *p, const char *what)
{
	if (p->array || p->hash)
		return true;
	m->unsupported = true;
	return machine_fault(m, "%s a map of type %u", what, p->d.type);
}

static bool lookup(struct k2_machine *m, uint64_t regs[11])
{
	struct k2_map *p = machine_map_at(m, regs[1]);
	const void *key = p ? k2_machine_memory(m, regs[2], p->d.key_size, false) : NULL;

	if (!key || !has_elements(m, p, "lookup in"))
		return false;
	regs[0] = machine_map_value_addr(m, (uint32_t)(p - m->maps), key);
	return true;
}

static bool lookup_percpu(struct k2_machine *m, uint64_t regs[11])
{
	bool other_cpu = (uint32_t)regs[3];

	if (!lookup(m, regs))
		return false;
	regs[0] = other_cpu ? 0 : regs[0];
	return true;
}

static bool update(struct k2_machine *m, uint64_t regs[11])
{
	struct k2_map *p = machine_map_at(m, regs[1]);
	const void *key = p ? k2_machine_memory(m, regs[2], p->d.key_size, false) : NULL;
	const void *value = key ? k2_machine_memory(m, regs[3], p->d.value_size, false) : NULL;

	if (!value || !has_elements(m, p, "update of"))
		return false;
	regs[0] = (uint64_t)k2_machine_map_update(m, (uint32_t)(p - m->maps), key, value, regs[4]);
	return true;
}

static bool delete(struct k2_machine *m, uint64_t regs[11])
{
	struct k2_map *p = machine_map_at(m, regs[1]);
	const void *key = p ? k2_machine_memory(m, regs[2], p->d.key_size, false) : NULL;

	if (!key || !has_elements(m, p, "delete in"))
		return false;
	regs[0] = (uint64_t)k2_machine_map_delete(m, (uint32_t)(p - m->maps), key);
	return true;
}

static bool look_at_clock(struct k2_machine *m, uint64_t regs[11])
{
	regs[0] = m->clock += TICK;
	m->invented = true;
	return true;
}

static bool prandom(struct k2_machine *m, uint64_t regs[11])
{
	regs[0] = (uint32_t)k2_rand(&m->random);
	m->invented = true;
	return true;
}

static bool zero(struct k2_machine *m, uint64_t regs[11])
{
	(void)m;
	regs[0] = 0;
	return true;
}

/* csum_partial(): the sum of native 32-bit words, the last one filled up with zeroes, with end-around carry. false: not readable. */
static bool csum_partial(struct k2_machine *m, uint64_t addr, uint32_t size, uint32_t *sum)
{
	const uint8_t *p = k2_machine_memory(m, addr, size, false);
	uint64_t s = *sum;
	uint32_t k, j, word;

	if (!p)
		return false;
	for (k = 0; k < size; k += 4) {
		for (word = 0, j = k; j < K2_MIN(k + 4, size); j++)
			word |= (uint32_t)p[j] << 8 * (m->opt.big_endian ? 3 - j % 4 : j % 4);
		s += word;
		s = (s & UINT32_MAX) + (s >> 32);
	}
	*sum = (uint32_t)s;
	return true;
}

/* The kernel since 6.13: older ones do not fold to 16 bits, and refuse sizes that are no multiple of 4. */
static bool csum_diff(struct k2_machine *m, uint64_t regs[11])
{
	uint32_t from_size = (uint32_t)regs[2], to_size = (uint32_t)regs[4], seed = (uint32_t)regs[5];
	uint32_t from = to_size ? 0 : ~seed, to = seed;
	uint64_t sum;

	if ((from_size && !csum_partial(m, regs[1], from_size, &from)) ||
	    (to_size && !csum_partial(m, regs[3], to_size, &to)))
		return false;
	sum = seed;
	if (to_size)
		sum = to;
	if (from_size)
		sum = to_size ? (uint64_t)to + (uint32_t)~from : (uint32_t)~from;
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	regs[0] = (sum & 0xffff) + (sum >> 16);
	return true;
}

static bool skb_load_bytes(struct k2_machine *m, uint64_t regs[11])
{
	uint32_t off = (uint32_t)regs[2], len = (uint32_t)regs[4];
	uint8_t *to = k2_machine_memory(m, regs[3], len, true);

	if (!to)
		return false;
	regs[0] = 0;
	if ((uint64_t)off + len <= m->end - m->data) {
		memcpy(to, m->packet + m->data + off, len);
	} else {
		memset(to, 0, len);
		regs[0] = error(EFAULT);
	}
	return true;
}

static bool skb_store_bytes(struct k2_machine *m, uint64_t regs[11])
{
	uint32_t off = (uint32_t)regs[2], len = (uint32_t)regs[4];
	const uint8_t *from = k2_machine_memory(m, regs[3], len, false);

	if (!from)
		return false;
	regs[0] = 0;
	if (regs[5] & ~(uint64_t)(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH))
		regs[0] = error(EINVAL);
	else if ((uint64_t)off + len > m->end - m->data)
		regs[0] = error(EFAULT);
	else
		memmove(m->packet + m->data + off, from, len);
	return true;
}

static bool redirect(struct k2_machine *m, uint64_t regs[11])
{
	if (m->ctx_kind == K2_CTX_XDP)
		regs[0] = regs[2] ? XDP_ABORTED : XDP_REDIRECT;
	else
		regs[0] = regs[2] & ~(uint64_t)BPF_F_INGRESS ? TC_SHOT : TC_REDIRECT;
	return true;
}

/* Device, CPU and socket maps have no elements here. */
static bool redirect_map(struct k2_machine *m, uint64_t regs[11])
{
	uint64_t action = XDP_ABORTED | XDP_DROP | XDP_PASS | XDP_TX;

	(void)m;
	regs[0] = regs[3] & ~(action | BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS) ? XDP_ABORTED : regs[3] & action;
	return true;
}

static bool adjust_head(struct k2_machine *m, uint64_t regs[11])
{
	int64_t delta = (int32_t)regs[2], data = (int64_t)m->data + delta;
	uint32_t len = m->data - m->meta;

	regs[0] = error(EINVAL);
	if (data < (int64_t)XDP_FRAME + len || data > (int64_t)m->end - ETH_HEADER)
		return true;
	memmove(m->packet + data - len, m->packet + m->meta, len);
	m->data = (uint32_t)data;
	m->meta = m->data - len;
	regs[0] = 0;
	return true;
}

static bool adjust_meta(struct k2_machine *m, uint64_t regs[11])
{
	int64_t meta = (int64_t)m->meta + (int32_t)regs[2];

	regs[0] = error(EINVAL);
	if (meta < XDP_FRAME || meta > m->data)
		return true;
	regs[0] = error(EACCES);
	if ((m->data - meta) % 4 || m->data - meta > META_MAX)
		return true;
	m->meta = (uint32_t)meta;
	regs[0] = 0;
	return true;
}

static bool adjust_tail(struct k2_machine *m, uint64_t regs[11])
{
	int64_t end = (int64_t)m->end + (int32_t)regs[2];

	regs[0] = error(EINVAL);
	if (end > m->room || end < (int64_t)m->data + ETH_HEADER)
		return true;
	if (end > m->end)
		memset(m->packet + m->end, 0, (size_t)(end - m->end));
	m->end = (uint32_t)end;
	regs[0] = 0;
	return true;
}

static const struct {
	int32_t id;
	machine_helper_fn fn;
} special[] = {
	{ BPF_FUNC_map_lookup_elem, lookup },
	{ BPF_FUNC_map_update_elem, update },
	{ BPF_FUNC_map_delete_elem, delete },
	{ BPF_FUNC_map_lookup_percpu_elem, lookup_percpu },
	{ BPF_FUNC_ktime_get_ns, look_at_clock },
	{ BPF_FUNC_ktime_get_boot_ns, look_at_clock },
	{ BPF_FUNC_ktime_get_coarse_ns, look_at_clock },
	{ BPF_FUNC_ktime_get_tai_ns, look_at_clock },
	{ BPF_FUNC_get_prandom_u32, prandom },
	{ BPF_FUNC_get_smp_processor_id, zero },
	{ BPF_FUNC_get_numa_node_id, zero },
	{ BPF_FUNC_set_hash_invalid, zero },
	{ BPF_FUNC_spin_lock, zero },
	{ BPF_FUNC_spin_unlock, zero },
	{ BPF_FUNC_csum_diff, csum_diff },
	{ BPF_FUNC_skb_load_bytes, skb_load_bytes },
	{ BPF_FUNC_skb_store_bytes, skb_store_bytes },
	{ BPF_FUNC_redirect, redirect },
	{ BPF_FUNC_redirect_map, redirect_map },
	{ BPF_FUNC_xdp_adjust_head, adjust_head },
	{ BPF_FUNC_xdp_adjust_meta, adjust_meta },
	{ BPF_FUNC_xdp_adjust_tail, adjust_tail },
};

static bool fill(struct k2_machine *m, uint64_t addr, uint64_t size)
{
	uint8_t *p = k2_machine_memory(m, addr, size, true);
	uint64_t k;

	for (k = 0; p && k < size; k++)
		p[k] = (uint8_t)k2_rand(&m->random);
	return p;
}

/* Reads and writes what the prototype says of argument n (from 0). `map` is the map argument, if there was one. */
static bool argument(struct k2_machine *m, const struct k2_helper *h, unsigned int n, const uint64_t regs[11],
		     struct k2_map **map)
{
	uint64_t v = regs[1 + n], size = n < 4 ? (uint32_t)regs[2 + n] : 0;

	if (v == 0 && k2_helper_arg_or_null(h, n))
		return true;
	switch (h->arg[n]) {
	case K2_ARG_NONE:
	case K2_ARG_SCALAR:
	case K2_ARG_ADDR:
	case K2_ARG_ADDR_ANY:
	case K2_ARG_SIZE:
	case K2_ARG_SIZE_OR_ZERO:
	case K2_ARG_CTX:
	case K2_ARG_OTHER_PTR:
		return true;
	case K2_ARG_MAP:
		return (*map = machine_map_at(m, v));
	case K2_ARG_MAP_KEY:
		return *map && k2_machine_memory(m, v, (*map)->d.key_size, false);
	case K2_ARG_MAP_VALUE:
		return *map && k2_machine_memory(m, v, (*map)->d.value_size, false);
	case K2_ARG_MEM_READ:
		return !size || k2_machine_memory(m, v, size, false);
	case K2_ARG_MEM_WRITE:
	case K2_ARG_MEM_WRITE_PART:
	case K2_ARG_MEM_RW:
		return !size || fill(m, v, size);
	case K2_ARG_FIXED_READ:
		return k2_machine_memory(m, v, h->fixed_size[n], false);
	case K2_ARG_FIXED_RW:
		return fill(m, v, h->fixed_size[n]);
	default:
		m->unsupported = true;
		return false;
	}
}

/* Queries that look at nothing but their arguments answer the same within a run. Actions succeed. */
static uint64_t result(struct k2_machine *m, const struct k2_helper *h, const uint64_t regs[11])
{
	uint64_t v = k2_hash_mix(m->opt.seed, (uint64_t)h->id);
	unsigned int n;

	if (h->flags & K2_HELPER_RET_LE_SIZE) {
		for (n = 0; n < 5; n++)
			if (h->arg[n] == K2_ARG_SIZE || h->arg[n] == K2_ARG_SIZE_OR_ZERO)
				return regs[1 + n] ? k2_rand(&m->random) % ((uint64_t)(uint32_t)regs[1 + n] + 1) : 0;
	}
	if (h->flags & K2_HELPER_PURE_IN_RUN) {
		for (n = 0; n < 5; n++)
			v = h->arg[n] == K2_ARG_NONE ? v : k2_hash_mix(v, regs[1 + n]);
		return v;
	}
	return h->flags & K2_HELPER_DISCARDABLE ? k2_rand(&m->random) : 0;
}

/* By the prototype alone. */
static bool scripted(struct k2_machine *m, const struct k2_helper *h, uint64_t regs[11])
{
	const uint32_t never = K2_HELPER_CHANGES_PKT | K2_HELPER_WRITES_EXT | K2_HELPER_CALLS_BACK | K2_HELPER_DEREFS;
	struct k2_map *map = NULL;
	unsigned int n;

	if ((h->flags & never) || (h->ret != K2_RET_SCALAR && h->ret != K2_RET_VOID))
		m->unsupported = true;
	for (n = 0; n < 5 && !m->unsupported; n++)
		if (!argument(m, h, n, regs, &map) && !m->unsupported)
			return false;
	if (m->unsupported)
		return machine_fault(m, "helper %s is not modelled", h->name);
	m->invented = true;
	regs[0] = h->ret == K2_RET_VOID ? 0 : result(m, h, regs);
	return true;
}

static machine_helper_fn find_special(int32_t id)
{
	machine_helper_fn fn = machine_skb_helper(id);
	unsigned int k;

	fn = fn ? fn : machine_output_helper(id);
	fn = fn ? fn : machine_probe_helper(id);
	for (k = 0; k < K2_ARRAY_SIZE(special) && !fn; k++)
		fn = id == special[k].id ? special[k].fn : NULL;
	return fn;
}

bool machine_helper(struct k2_machine *m, const struct k2_insn *i, uint64_t regs[11])
{
	machine_helper_fn fn = find_special((int32_t)i->imm);
	const struct k2_helper *h;

	m->invented = false;
	if (fn)
		return fn(m, regs);
	h = k2_helper_get((int32_t)i->imm);
	if (h)
		return scripted(m, h, regs);
	m->unsupported = true;
	return machine_fault(m, "unknown helper %lld", (long long)i->imm);
}

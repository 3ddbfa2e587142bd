// SPDX-License-Identifier: BSD-2-Clause
/* Helpers of the machine by which programs tell user space something: ring buffers, of which nobody reads during a run
   (kernel/bpf/ringbuf.c), and perf buffers with a reader on the one CPU. What they tell is kept, in order. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "machine_impl.h"

enum {
	RING_HEADER = 8,                /* BPF_RINGBUF_HDR_SZ */
	RECORD_GAP = 64,                /* bytes between records, to catch accesses past one */
};
#define RECORD_MAX (UINT32_MAX / 4) /* RINGBUF_MAX_RECORD_SZ */
#define RECORD_END (1u << 30)

static uint64_t error(int e)
{
	return (uint64_t)-(int64_t)e;
}

static bool out_of_memory(struct k2_machine *m)
{
	return machine_fault(m, "out of memory");
}

/* A record in m->records; *addr 0: the ring is full. */
static bool reserve(struct k2_machine *m, struct k2_map *map, uint64_t size, uint64_t *addr)
{
	uint32_t last = m->n_records ? m->records[m->n_records - 1].off + m->records[m->n_records - 1].size : 0;
	struct record r = { .map = (uint32_t)(map - m->maps), .size = (uint32_t)size, .live = true };
	uint64_t len = (size + RING_HEADER + 7) / 8 * 8;

	*addr = 0;
	r.off = (last + 2 * RECORD_GAP - 1) / RECORD_GAP * RECORD_GAP;
	if (size > RECORD_MAX || map->ring_used + len >= map->d.max_entries || r.off + size > RECORD_END)
		return true;
	r.memory = k2_arena_calloc(m->arena, 1, size ? size : 1);
	if (!r.memory || !K2_VEC_PUSH(m->arena, m->records, m->n_records, m->cap_records, r))
		return out_of_memory(m);
	map->ring_used += len;
	*addr = REGION_BASE(R_RECORD) + r.off;
	return true;
}

static struct k2_map *ring_at(struct k2_machine *m, uint64_t addr)
{
	struct k2_map *p = machine_map_at(m, addr);

	if (!p || p->d.type == BPF_MAP_TYPE_RINGBUF)
		return p;
	machine_fault(m, "a map of type %u is no ring buffer", p->d.type);
	return NULL;
}

static bool tell(struct k2_machine *m, uint32_t map, const void *data, uint32_t len)
{
	struct event e = { map, len, k2_arena_dup(m->arena, data, len, 1) };

	if ((!e.data && len) || !K2_VEC_PUSH(m->arena, m->events, m->n_events, m->cap_events, e))
		return out_of_memory(m);
	return true;
}

static bool ringbuf_reserve(struct k2_machine *m, uint64_t regs[11])
{
	struct k2_map *p = ring_at(m, regs[1]);

	regs[0] = 0;
	if (!p || regs[3])
		return p;
	return reserve(m, p, regs[2], &regs[0]);
}

/* The record is gone after it was submitted or discarded. */
static bool finish(struct k2_machine *m, uint64_t addr, bool submit)
{
	uint32_t k;

	for (k = 0; k < m->n_records; k++) {
		struct record *r = &m->records[k];

		if (!r->live || REGION_BASE(R_RECORD) + r->off != addr)
			continue;
		r->live = false;
		return !submit || tell(m, r->map, r->memory, r->size);
	}
	return machine_fault(m, "0x%llx is no reserved record", (unsigned long long)addr);
}

static bool ringbuf_submit(struct k2_machine *m, uint64_t regs[11])
{
	regs[0] = 0;
	return finish(m, regs[1], true);
}

static bool ringbuf_discard(struct k2_machine *m, uint64_t regs[11])
{
	regs[0] = 0;
	return finish(m, regs[1], false);
}

static bool ringbuf_output(struct k2_machine *m, uint64_t regs[11])
{
	struct k2_map *p = ring_at(m, regs[1]);
	const void *data = p ? k2_machine_memory(m, regs[2], regs[3], false) : NULL;
	uint64_t addr;

	regs[0] = error(EINVAL);
	if (!data || regs[4] & ~(uint64_t)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return data;
	if (!reserve(m, p, regs[3], &addr))
		return false;
	regs[0] = addr ? 0 : error(EAGAIN);
	if (!addr)
		return true;
	memcpy(m->records[m->n_records - 1].memory, data, regs[3]);
	return finish(m, addr, true);
}

static bool ringbuf_query(struct k2_machine *m, uint64_t regs[11])
{
	const struct k2_map *p = ring_at(m, regs[1]);

	if (!p)
		return false;
	switch (regs[2]) {
	case BPF_RB_AVAIL_DATA: case BPF_RB_PROD_POS: regs[0] = p->ring_used; break;
	case BPF_RB_RING_SIZE: regs[0] = p->d.max_entries; break;
	default: regs[0] = 0;
	}
	return true;
}

/* bpf_perf_event_output(context, map, flags, data, size); the flags' upper half: so many bytes of the packet follow. */
static bool perf_event_output(struct k2_machine *m, uint64_t regs[11])
{
	struct k2_map *p = machine_map_at(m, regs[2]);
	uint32_t size = (uint32_t)regs[5], extra = (uint32_t)((regs[3] & BPF_F_CTXLEN_MASK) >> 32);
	const void *data = p ? k2_machine_memory(m, regs[4], size, false) : NULL;
	uint64_t index = regs[3] & BPF_F_INDEX_MASK, known = BPF_F_INDEX_MASK | (m->packet ? BPF_F_CTXLEN_MASK : 0);
	uint8_t *all;

	if (!data)
		return false;
	regs[0] = error(EINVAL);
	if (regs[3] & ~known)
		return true;
	regs[0] = error(EFAULT);
	if (extra > m->end - m->data)
		return true;
	regs[0] = index == BPF_F_CURRENT_CPU || !index ? 0 : error(ENOENT);
	if (regs[0])
		return true;
	all = k2_arena_alloc(m->arena, (size_t)size + extra + 1);
	if (!all)
		return out_of_memory(m);
	memcpy(all, data, size);
	if (extra)
		memcpy(all + size, m->packet + m->data, extra);
	return tell(m, (uint32_t)(p - m->maps), all, size + extra);
}

uint8_t *machine_record_memory(struct k2_machine *m, uint32_t off, uint64_t size)
{
	uint32_t k;

	for (k = 0; k < m->n_records; k++) {
		const struct record *r = &m->records[k];

		if (r->live && off >= r->off && off - r->off + size <= r->size)
			return r->memory + (off - r->off);
	}
	return NULL;
}

uint32_t machine_record_offset(const struct k2_machine *m, uint32_t off)
{
	uint32_t k = m->n_records;

	while (k && off < m->records[k - 1].off)
		k--;
	return k ? off - m->records[k - 1].off : off;
}

bool k2_machine_event(const struct k2_machine *m, uint32_t n, uint32_t *map, const void **data, uint32_t *len)
{
	if (n >= m->n_events)
		return false;
	*map = m->events[n].map;
	*data = m->events[n].data;
	*len = m->events[n].len;
	return true;
}

machine_helper_fn machine_output_helper(int32_t id)
{
	switch (id) {
	case BPF_FUNC_ringbuf_reserve: return ringbuf_reserve;
	case BPF_FUNC_ringbuf_submit: return ringbuf_submit;
	case BPF_FUNC_ringbuf_discard: return ringbuf_discard;
	case BPF_FUNC_ringbuf_output: return ringbuf_output;
	case BPF_FUNC_ringbuf_query: return ringbuf_query;
	case BPF_FUNC_perf_event_output:
	case BPF_FUNC_skb_output:
	case BPF_FUNC_xdp_output: return perf_event_output;
	default: return NULL;
	}
}

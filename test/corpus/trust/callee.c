// SPDX-License-Identifier: BSD-2-Clause
/* What calls see, answer and change, by their prototypes. */
#include <linux/bpf.h>
#include <string.h>
#include "world.h"

enum { LONGEST = 4096, SILENT = 1 << 16 /* numbers of calls that nobody misses, from there on */ };

/* A call that is being done. */
struct call {
	struct run *r;
	const struct k2_insn *i;
	const struct k2_helper *h; /* NULL: anything may happen */
	const uint64_t *reg;
	uint32_t n;                /* number of the call */
	const struct k2_symbol *map;
};

static bool on_frame(uint64_t v)
{
	return v - (area_base(A_STACK, 0) - K2_STACK_SIZE) <= K2_STACK_SIZE;
}

static const struct k2_symbol *map_at(const struct run *r, uint64_t v)
{
	uint32_t sym = number_of(v);

	return area_of(v) == A_MAP && sym < r->d->n_syms && r->d->syms[sym].kind == K2_SYM_MAP ? &r->d->syms[sym] : NULL;
}

static uint64_t length_of(const struct call *c, unsigned int n, int from)
{
	unsigned int at = n + (unsigned int)from;

	return at < 5 && (c->h->arg[at] == K2_ARG_SIZE || c->h->arg[at] == K2_ARG_SIZE_OR_ZERO) ?
		       K2_MIN((uint64_t)(uint32_t)c->reg[1 + at], (uint64_t)LONGEST) : 0;
}

/* Bytes that argument n (from 0) stands for; `writes`: those that are written. */
static uint64_t bytes_of(const struct call *c, unsigned int n, bool writes)
{
	switch (c->h->arg[n]) {
	case K2_ARG_MAP_KEY: return c->map && !writes ? c->map->key_size : 0;
	case K2_ARG_MAP_VALUE: return c->map && !writes ? K2_MIN(c->map->value_size, (uint32_t)LONGEST) : 0;
	case K2_ARG_MAP_VALUE_RW: return c->map ? K2_MIN(c->map->value_size, (uint32_t)LONGEST) : 0;
	case K2_ARG_MAP_VALUE_WRITE_PART: return c->map && writes ? K2_MIN(c->map->value_size, (uint32_t)LONGEST) : 0;
	case K2_ARG_MEM_READ: return writes ? 0 : length_of(c, n, 1);
	case K2_ARG_MEM_WRITE: case K2_ARG_MEM_WRITE_PART: return writes ? length_of(c, n, 1) : 0;
	case K2_ARG_MEM_RW: return length_of(c, n, 1);
	case K2_ARG_ADDR: return writes || area_of(c->reg[1 + n]) == 0 || !n ? 0 : length_of(c, n, -1);
	case K2_ARG_ADDR_ANY: return writes || area_of(c->reg[1 + n]) == 0 ? 0 : 8;
	case K2_ARG_FIXED_READ: return writes ? 0 : c->h->fixed_size[n];
	case K2_ARG_FIXED_RW: return c->h->fixed_size[n];
	case K2_ARG_DYNPTR: return 16;
	default: return 0;
	}
}

static bool is_argument(const struct call *c, unsigned int n)
{
	return k2_call_reads(c->i) >> (n + 1) & 1;
}

/* Callees without a prototype, and callbacks, reach the whole frame through any pointer into it. */
static bool reaches_frame(const struct call *c)
{
	for (unsigned int n = 0; n < 5; n++)
		if (is_argument(c, n) && on_frame(c->reg[1 + n]) && (!c->h || c->h->arg[n] == K2_ARG_STACK))
			return true;
	return false;
}

static void write_down(struct call *c, bool outside)
{
	struct run *r = c->r;
	struct logged *l = &r->log[r->n_log++];
	uint64_t sum = outside ? digest_outside(r) : 0;

	*l = (struct logged){ .insn = c->i, .args = k2_call_reads(c->i), .sees_frame = reaches_frame(c) };
	memcpy(l->in, c->reg, sizeof(l->in));
	for (unsigned int n = 0; c->h && n < 5; n++)
		for (uint64_t k = 0; is_argument(c, n) && k < bytes_of(c, n, false); k++)
			sum = k2_hash_mix(sum, world_byte(r, c->reg[1 + n] + k));
	l->memory = sum;
	if (l->sees_frame && r->n_frames < K2_ARRAY_SIZE(r->frames)) {
		l->frame = r->n_frames;
		r->frames[r->n_frames++] = r->stack;
	} else {
		l->sees_frame = false;
	}
}

/* ---- what it does ---- */

static void scribble(const struct call *c, uint64_t addr, uint64_t n, unsigned int arg)
{
	for (uint64_t k = 0; k < n; k++)
		world_put(c->r, addr + k, (uint8_t)noise(c->r, 0x1000 + c->n * 8 + arg, k));
}

static void write_arguments(const struct call *c)
{
	for (unsigned int n = 0; n < 5; n++) {
		uint64_t v = c->reg[1 + n], bytes;

		if (!is_argument(c, n))
			continue;
		bytes = c->h ? bytes_of(c, n, true) : 0;
		if (c->h && (c->h->arg[n] == K2_ARG_MEM_WRITE_PART || c->h->arg[n] == K2_ARG_MEM_RW))
			bytes -= bytes ? noise(c->r, 15, c->n) % (bytes + 1) : 0;
		if ((!c->h || c->h->arg[n] == K2_ARG_STACK) && on_frame(v) && v + 8 <= area_base(A_STACK, 0))
			bytes = 8;
		if (v)
			scribble(c, v, bytes, n);
	}
}

/* The value of an element: the same one for equal keys; of few. */
static uint64_t element(const struct call *c)
{
	uint32_t size = c->map ? c->map->value_size : 64, number = number_of(c->reg[1]);
	uint64_t key = 3;

	for (unsigned int n = 0; n < 5; n++)
		for (uint64_t k = 0; c->h->arg[n] == K2_ARG_MAP_KEY && k < bytes_of(c, n, false); k++)
			key = k2_hash_mix(key, world_byte(c->r, c->reg[1 + n] + k));
	return area_base(A_VALUE, c->map ? number : 0xfff) + (key >> 9) % 3 * ((size + 71) & ~7ull);
}

/* What lookups give from now on is what was put there. */
static void update(const struct call *c)
{
	uint64_t to = element(c);

	for (uint32_t k = 0; c->map && k < K2_MIN(c->map->value_size, (uint32_t)LONGEST); k++)
		world_put(c->r, to + k, world_byte(c->r, c->reg[3] + k));
}

static uint64_t number_answer(const struct call *c)
{
	uint64_t v = 4;

	if (c->h->flags & K2_HELPER_RET_LE_SIZE) {
		for (unsigned int n = 0; n < 5; n++)
			if (c->h->arg[n] == K2_ARG_SIZE || c->h->arg[n] == K2_ARG_SIZE_OR_ZERO)
				return noise(c->r, 16, c->n) % 4 ? noise(c->r, 17, c->n) % ((uint64_t)(uint32_t)c->reg[1 + n] + 1) :
								  (uint64_t)-14;
	}
	if (!(c->h->flags & K2_HELPER_PURE_IN_RUN))
		return some_number(c->r, 18, c->n);
	for (unsigned int n = 0; n < 5; n++)
		v = is_argument(c, n) ? k2_hash_mix(v, c->reg[1 + n]) : v;
	return some_number(c->r, 19 + (uint64_t)c->h->id, v);
}

static uint64_t answer(const struct call *c)
{
	uint64_t some = noise(c->r, 20, c->n);

	switch (c->h ? c->h->ret : K2_RET_OTHER_PTR_OR_NULL) {
	case K2_RET_VOID: return 0xdead0badca110000ull;
	case K2_RET_SCALAR: return number_answer(c);
	case K2_RET_MAP_VALUE: return element(c);
	case K2_RET_MAP_VALUE_OR_NULL: return some % 4 ? element(c) : 0;
	case K2_RET_MEM_OR_NULL: return some % 4 ? area_base(A_RECORD, c->n) : 0;
	case K2_RET_OTHER_PTR: return kernel_pointer(c->r, 21, c->n);
	default: return !c->h && some % 2 ? some_number(c->r, 22, c->n) : some % 4 ? kernel_pointer(c->r, 21, c->n) : 0;
	}
}

static void do_it(struct call *c, bool outside)
{
	struct run *r = c->r;
	bool puts = c->h && c->h->id == BPF_FUNC_map_update_elem;

	write_arguments(c);
	if (outside && !puts)
		world_changes(r);
	if (c->h && (c->h->flags & K2_HELPER_CHANGES_PKT)) {
		r->packet = c->n + 1;
		r->length = (uint32_t)(14 + noise(r, 23, c->n) % (PACKET_MAX - 14));
	}
	r->reg[0] = answer(c);
	if (puts && !r->reg[0])
		update(c);
}

/* What the kernel's own functions do not change anything by. */
static bool is_silent(const struct call *c)
{
	if (!c->h)
		return false;
	if (c->h->id != BPF_FUNC_map_lookup_elem)
		return c->h->flags & K2_HELPER_DISCARDABLE;
	return c->map && (c->map->map_type == BPF_MAP_TYPE_HASH || c->map->map_type == BPF_MAP_TYPE_ARRAY ||
			  c->map->map_type == BPF_MAP_TYPE_PERCPU_HASH || c->map->map_type == BPF_MAP_TYPE_PERCPU_ARRAY ||
			  c->map->map_type == BPF_MAP_TYPE_LPM_TRIE || c->map->map_type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
			  c->map->map_type == BPF_MAP_TYPE_HASH_OF_MAPS);
}

bool world_call(void *run, const struct k2_insn *i, uint64_t regs[11])
{
	struct run *r = run;
	struct call c = { .r = r, .i = i, .reg = regs, .n = r->n_log };
	const uint32_t writes = K2_HELPER_WRITES_EXT | K2_HELPER_CALLS_BACK | K2_HELPER_CHANGES_PKT;

	if (i->src == K2_CALL_HELPER && !(i->flags & K2_F_SYM_IMM))
		c.h = k2_helper_get((int32_t)i->imm);
	if (r->n_log == MAX_LOG)
		return false;
	for (unsigned int n = 0; c.h && n < 5 && !c.map; n++)
		c.map = c.h->arg[n] == K2_ARG_MAP ? map_at(r, regs[1 + n]) : NULL;
	if (is_silent(&c)) { /* not written down, and the same answer until something is */
		c.n = SILENT + (uint32_t)(k2_hash_mix((uint64_t)c.h->id, r->n_log) % SILENT);
		do_it(&c, false);
		return true;
	}
	write_down(&c, !c.h || (c.h->flags & (writes | K2_HELPER_READS_EXT | K2_HELPER_TAIL_CALL)));
	if (c.h && (c.h->flags & K2_HELPER_TAIL_CALL) && noise(r, 24, c.n) % 2) {
		r->end = END_TAIL_CALL;
		return false;
	}
	do_it(&c, !c.h || (c.h->flags & writes));
	return true;
}

/* Legacy packet loads end the program behind the packet's end. */
bool world_packet_load(struct run *r, const struct k2_insn *i)
{
	uint64_t at = (uint32_t)i->imm + (K2_MODE(i->code) == K2_IND ? (uint32_t)r->reg[i->src] : 0), v = 0;
	unsigned int size = k2_isa_access_size(i);
	struct logged *l;

	if (r->n_log == MAX_LOG)
		return false;
	l = &r->log[r->n_log++];
	*l = (struct logged){ .insn = i, .in = { [1] = at & UINT32_MAX }, .args = 2, .memory = digest_outside(r) };
	if ((at & UINT32_MAX) + size > r->length) {
		r->end = END_PACKET;
		return false;
	}
	for (unsigned int k = 0; k < size; k++)
		v = v << 8 | world_byte(r, area_base(A_PACKET, r->packet) + (at & UINT32_MAX) + k);
	k2_interp_clobber(r->reg);
	r->reg[0] = v;
	return true;
}

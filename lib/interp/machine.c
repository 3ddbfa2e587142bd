// SPDX-License-Identifier: BSD-2-Clause
/* The machine: memory regions, context and packet, and the loop over instructions. */
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include "machine_impl.h"

#define DEFAULT_LIMIT 1000000u

struct k2_machine *k2_machine_new(struct k2_arena *a, const struct k2_code *code, uint32_t n_code,
				  const struct k2_machine_opts *o)
{
	struct k2_machine *m = k2_arena_alloc(a, sizeof(*m));

	if (!m)
		return NULL;
	m->arena = a;
	m->opt = *o;
	m->code = code;
	m->n_code = n_code;
	if (!m->opt.limit)
		m->opt.limit = DEFAULT_LIMIT;
	return m;
}

bool machine_fault(struct k2_machine *m, const char *fmt, ...)
{
	va_list ap;

	if (!m->why || m->why[0])
		return false;
	va_start(ap, fmt);
	vsnprintf(m->why, sizeof(((struct k2_run *)0)->why), fmt, ap);
	va_end(ap);
	return false;
}

enum k2_status k2_machine_set_packet(struct k2_machine *m, const void *data, uint32_t len)
{
	if (len > 1u << 24)
		return K2_EUNSUPPORTED;
	m->room = K2_MAX(ROOM, HEADROOM + len);
	m->packet = k2_arena_alloc(m->arena, m->room);
	if (!m->packet)
		return K2_ENOMEM;
	m->meta = m->data = HEADROOM;
	m->end = HEADROOM + len;
	if (len)
		memcpy(m->packet + m->data, data, len);
	return K2_OK;
}

enum k2_status k2_machine_set_meta(struct k2_machine *m, uint32_t len)
{
	if (len > META_MAX || len % 4 || len > m->end - m->meta)
		return K2_EINVAL;
	m->data = m->meta + len;
	return K2_OK;
}

const void *k2_machine_packet(const struct k2_machine *m, uint32_t *len, uint32_t *meta)
{
	*len = m->end - m->data;
	*meta = m->data - m->meta;
	return m->packet ? m->packet + m->data : NULL;
}

enum k2_status k2_machine_set_ctx(struct k2_machine *m, enum k2_machine_ctx kind, const void *bytes, uint32_t len)
{
	if (len > 1u << 16)
		return K2_EUNSUPPORTED;
	m->ctx = k2_arena_dup(m->arena, bytes, len, 1);
	m->ctx_kind = kind;
	m->ctx_len = len;
	return m->ctx || !len ? K2_OK : K2_ENOMEM;
}

const void *k2_machine_ctx(const struct k2_machine *m, uint32_t *len)
{
	*len = m->ctx_len;
	return m->ctx;
}

const uint8_t *k2_machine_stack(const struct k2_machine *m, unsigned int depth)
{
	return depth < FRAMES ? m->stack[depth] : NULL;
}

/* The bytes [off, off + size) of region r, or NULL. The sums do not overflow: off and size are below 2^32. */
static uint8_t *region(struct k2_machine *m, uint32_t r, uint32_t off, uint64_t size)
{
	if (r == R_CTX)
		return off + size <= m->ctx_len ? m->ctx + off : NULL;
	if (r == R_PACKET)
		return off >= m->meta && off + size <= m->end ? m->packet + off : NULL;
	if (r >= R_STACK && r <= R_STACK + m->depth)
		return off + size <= K2_STACK_SIZE ? m->stack[r - R_STACK] + off : NULL;
	if (r == R_RECORD)
		return machine_record_memory(m, off, size);
	if (r >= R_VALUES && r - R_VALUES < m->n_maps)
		return machine_map_memory(m, r - R_VALUES, off, size);
	return NULL;
}

static const char *region_name(uint32_t r)
{
	if (r == R_CTX)
		return "context";
	if (r == R_PACKET)
		return "packet";
	if (r >= R_STACK && r < R_STACK + FRAMES)
		return "stack";
	if (r == R_RECORD)
		return "record";
	return r >= R_VALUES ? "map value" : "memory";
}

uint8_t *machine_peek(struct k2_machine *m, uint64_t addr, uint64_t size)
{
	uint32_t r = (uint32_t)(addr >> 32) & 0xffff;

	return addr >> 48 == 0xffff && size < 1ull << 31 ? region(m, r, (uint32_t)addr, size) : NULL;
}

bool k2_machine_invented(const struct k2_machine *m)
{
	return m->invented;
}

void *k2_machine_memory(struct k2_machine *m, uint64_t addr, uint64_t size, bool write)
{
	uint8_t *p = machine_peek(m, addr, size);

	if (!p)
		machine_fault(m, "%s of %llu bytes at 0x%llx: outside %s", write ? "write" : "read",
			      (unsigned long long)size, (unsigned long long)addr,
			      addr >> 48 == 0xffff ? region_name((uint32_t)(addr >> 32) & 0xffff) : "any memory (no pointer)");
	return p;
}

bool k2_machine_place(const struct k2_machine *m, uint64_t value, struct k2_place *out)
{
	uint32_t r = (uint32_t)(value >> 32) & 0xffff, off = (uint32_t)value;
	struct k2_place p = { .offset = (int32_t)off };

	if (value >> 48 != 0xffff)
		return false;
	if (r == R_CTX) {
		p.kind = K2_PLACE_CTX;
	} else if (r == R_PACKET) {
		p.kind = K2_PLACE_PACKET;
		p.offset -= m->data;
	} else if (r == R_RECORD) {
		p.kind = K2_PLACE_RECORD;
		p.offset = machine_record_offset(m, off);
	} else if (r == R_MAP || r == R_FUNC) {
		p.kind = r == R_MAP ? K2_PLACE_MAP : K2_PLACE_FUNC;
		p.index = off / OBJECT_SPACING;
		p.offset = off % OBJECT_SPACING;
	} else if (r >= R_STACK && r < R_STACK + FRAMES) {
		p.kind = K2_PLACE_STACK;
		p.index = r - R_STACK;
		p.offset -= K2_STACK_SIZE;
	} else if (r >= R_VALUES && r - R_VALUES < m->n_maps) {
		p.kind = K2_PLACE_VALUE;
		p.index = r - R_VALUES;
		p.offset = off % m->maps[p.index].stride;
	} else {
		return false;
	}
	*out = p;
	return true;
}

/* Where in the context the pointers to the packet are. */
static const struct packet_fields {
	uint32_t data, data_end, data_meta; /* UINT32_MAX: there is none */
	uint32_t size;
} packet_fields[] = {
	[K2_CTX_BYTES] = { UINT32_MAX, UINT32_MAX, UINT32_MAX, 1 },
	[K2_CTX_XDP] = { offsetof(struct xdp_md, data), offsetof(struct xdp_md, data_end), offsetof(struct xdp_md, data_meta), 4 },
	[K2_CTX_SKB] = { offsetof(struct __sk_buff, data), offsetof(struct __sk_buff, data_end),
			 offsetof(struct __sk_buff, data_meta), 4 },
	[K2_CTX_MSG] = { offsetof(struct sk_msg_md, data), offsetof(struct sk_msg_md, data_end), UINT32_MAX, 8 },
};

/* The offset in the packet that a pointer field of the context holds; false: not in a pointer field. */
static bool packet_field(const struct k2_machine *m, uint32_t off, uint32_t *at)
{
	const struct packet_fields *f = &packet_fields[m->ctx_kind];

	off -= off % f->size;
	if (off == f->data)
		*at = m->data;
	else if (off == f->data_end)
		*at = m->end;
	else if (off == f->data_meta)
		*at = m->meta;
	else
		return false;
	return true;
}

uint64_t machine_get(const struct k2_machine *m, const uint8_t *p, unsigned int size)
{
	uint64_t v = 0;
	unsigned int k;

	for (k = 0; k < size; k++)
		v = v << 8 | p[m->opt.big_endian ? k : size - 1 - k];
	return v;
}

void machine_put(const struct k2_machine *m, uint8_t *p, unsigned int size, uint64_t v)
{
	unsigned int k;

	for (k = 0; k < size; k++, v >>= 8)
		p[m->opt.big_endian ? size - 1 - k : k] = (uint8_t)v;
}

static bool env_load(void *user, uint64_t addr, unsigned int size, uint64_t *value)
{
	struct k2_machine *m = user;
	const uint8_t *p;
	uint32_t at;

	if (addr >> 32 == REGION_BASE(R_CTX) >> 32 && packet_field(m, (uint32_t)addr, &at)) {
		*value = REGION_BASE(R_PACKET) + at;
		return (size == packet_fields[m->ctx_kind].size && addr % size == 0) ||
		       machine_fault(m, "read of %u bytes of a packet pointer in the context", size);
	}
	p = k2_machine_memory(m, addr, size, false);
	if (p)
		*value = machine_get(m, p, size);
	return p;
}

static bool env_store(void *user, uint64_t addr, unsigned int size, uint64_t value)
{
	struct k2_machine *m = user;
	uint8_t *p = k2_machine_memory(m, addr, size, true);
	uint32_t at;

	if (addr >> 32 == REGION_BASE(R_CTX) >> 32 && packet_field(m, (uint32_t)addr, &at))
		return machine_fault(m, "write to a packet pointer in the context");
	if (p)
		machine_put(m, p, size, value);
	return p;
}

static bool map_address(struct k2_machine *m, uint32_t number, uint64_t *value)
{
	*value = REGION_BASE(R_MAP) + (uint64_t)number * OBJECT_SPACING;
	return number < m->n_maps || machine_fault(m, "there is no map %u", number);
}

static bool data_address(struct k2_machine *m, uint32_t number, uint64_t off, uint64_t *value)
{
	*value = REGION_BASE(R_VALUES + (uint64_t)number) + off;
	return number < m->n_maps || machine_fault(m, "there is no map %u", number);
}

bool machine_bound(struct k2_machine *m, const struct k2_insn *i, uint64_t *value)
{
	const struct k2_code *f = &m->code[m->func];
	const struct k2_bind *b;

	if (i->sym > f->n_binds)
		return machine_fault(m, "symbol %u is not bound", i->sym);
	b = &f->binds[i->sym - 1];
	switch (b->kind) {
	case K2_BIND_NUMBER:
		*value = b->value;
		return true;
	case K2_BIND_MAP:
		return map_address(m, b->index, value);
	case K2_BIND_DATA:
		return data_address(m, b->index, b->value + (uint64_t)i->imm, value);
	case K2_BIND_FUNC:
		*value = REGION_BASE(R_FUNC) + (uint64_t)b->index * OBJECT_SPACING;
		return b->index < m->n_code || machine_fault(m, "there is no function %u", b->index);
	}
	return machine_fault(m, "symbol %u is bound to nothing", i->sym);
}

static bool env_symbol(void *user, const struct k2_insn *i, uint64_t *value)
{
	struct k2_machine *m = user;

	if (i->sym)
		return machine_bound(m, i, value);
	switch (K2_MODE(i->code) == K2_IMM && K2_CLASS(i->code) == K2_LD ? i->src : 0) {
	case K2_PSEUDO_MAP_FD:
	case K2_PSEUDO_MAP_IDX:
		return map_address(m, (uint32_t)i->imm, value);
	case K2_PSEUDO_MAP_VALUE:
	case K2_PSEUDO_MAP_IDX_VALUE:
		return data_address(m, (uint32_t)i->imm, (uint64_t)i->imm >> 32, value);
	}
	return machine_fault(m, "a relocated operand without symbol");
}

static bool env_call(void *user, const struct k2_insn *i, uint64_t regs[11])
{
	struct k2_machine *m = user;

	if (m->opt.helper && m->opt.helper(m->opt.user, m, i, regs))
		return true;
	if (i->src == K2_CALL_HELPER && !(i->flags & K2_F_SYM_IMM))
		return machine_helper(m, i, regs);
	m->unsupported = true;
	return machine_fault(m, "call of a kernel function");
}

/* Legacy packet load: big-endian number at an offset; past the end the program returns 0. */
static enum k2_step load_packet(struct k2_machine *m, const struct k2_insn *i, uint64_t regs[11])
{
	uint32_t off = (uint32_t)i->imm + (K2_MODE(i->code) == K2_IND ? (uint32_t)regs[i->src % 11] : 0);
	uint32_t size = k2_isa_access_size(i), k;

	if (i->src > 10 || m->ctx_kind != K2_CTX_SKB || (int32_t)off < 0)
		return K2_STEP_UNSUPPORTED;
	regs[0] = 0;
	k2_interp_clobber(regs);
	if ((uint64_t)m->data + off + size > m->end) {
		m->depth = 0; /* from whatever depth */
		return K2_STEP_EXIT;
	}
	for (k = 0; k < size; k++)
		regs[0] = regs[0] << 8 | m->packet[m->data + off + k];
	return K2_STEP_NEXT;
}

static enum k2_step step(struct k2_machine *m, const struct k2_interp_env *env, const struct k2_insn *i, uint64_t regs[11])
{
	enum k2_kind kind = k2_isa_kind(i);
	enum k2_step s;

	if (kind == K2_KIND_CALL && machine_is_control(m, i))
		return machine_control(m, i, regs);
	if (kind == K2_KIND_LD_PKT)
		s = load_packet(m, i, regs);
	else
		s = k2_interp_step(env, i, regs);
	if (s == K2_STEP_EXIT && m->depth > 0) {
		machine_leave(m, regs);
		return K2_STEP_NEXT;
	}
	if (s == K2_STEP_NEXT)
		m->pc++;
	else if (s == K2_STEP_TAKEN)
		m->pc = i->target;
	return s;
}

/* The instruction to execute next, or NULL with a reason. */
static const struct k2_insn *fetch(struct k2_machine *m, struct k2_run *out)
{
	if (m->func >= m->n_code || m->pc >= m->code[m->func].n_insns) {
		out->status = K2_RUN_FAULT;
		machine_fault(m, "control leaves the code");
		return NULL;
	}
	if (out->steps == m->opt.limit) {
		out->status = K2_RUN_LIMIT;
		machine_fault(m, "more than %llu instructions", (unsigned long long)m->opt.limit);
		return NULL;
	}
	out->func = m->func;
	out->insn = m->pc;
	out->steps++;
	return &m->code[m->func].insns[m->pc];
}

static void loop(struct k2_machine *m, const struct k2_interp_env *env, uint64_t regs[11], struct k2_run *out)
{
	const struct k2_insn *i;
	enum k2_step s;

	while ((i = fetch(m, out))) {
		if (m->opt.trace)
			m->opt.trace(m->opt.user, m->func, m->pc, i, regs);
		s = step(m, env, i, regs);
		if (m->opt.after && s <= K2_STEP_EXIT)
			m->opt.after(m->opt.user, out->func, out->insn, i, regs);
		switch (s) {
		case K2_STEP_NEXT:
		case K2_STEP_TAKEN:
			break;
		case K2_STEP_EXIT:
			out->status = K2_RUN_EXIT;
			out->r0 = regs[0];
			return;
		case K2_STEP_FAULT:
			out->status = m->unsupported ? K2_RUN_UNSUPPORTED : K2_RUN_FAULT;
			machine_fault(m, "refused");
			return;
		case K2_STEP_UNSUPPORTED:
			out->status = K2_RUN_UNSUPPORTED;
			machine_fault(m, "instruction 0x%02x is not modelled", i->code);
			return;
		}
	}
}

void k2_machine_run(struct k2_machine *m, uint32_t func, struct k2_run *out)
{
	const struct k2_interp_env env = { .user = m, .big_endian = m->opt.big_endian, .load = env_load,
					   .store = env_store, .call = env_call, .symbol = env_symbol };
	uint64_t regs[11];

	memset(out, 0, sizeof(*out));
	m->why = out->why;
	m->unsupported = false;
	m->depth = 0;
	m->random = m->opt.seed;
	m->clock = 0;
	m->tail_calls = 0;
	m->n_records = m->n_events = 0;
	memset(m->stack, STACK_FILL, sizeof(m->stack));
	k2_interp_clobber(regs);
	machine_enter(m, func, 0, regs);
	regs[1] = REGION_BASE(R_CTX);
	if (m->ctx_kind == K2_CTX_SKB && m->ctx_len >= 4)
		machine_put(m, m->ctx, 4, m->end - m->data); /* __sk_buff.len */
	loop(m, &env, regs, out);
	m->why = NULL;
}

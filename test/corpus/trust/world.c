// SPDX-License-Identifier: BSD-2-Clause
/* Memory and symbols of a world. */
#include <stdlib.h>
#include <string.h>
#include "world.h"

uint64_t noise(const struct run *r, uint64_t a, uint64_t b)
{
	uint64_t state = k2_hash_mix(k2_hash_mix(r->seed, a), b);

	return k2_rand(&state);
}

uint64_t some_number(const struct run *r, uint64_t a, uint64_t b)
{
	static const uint64_t often[] = { 0, 0, 1, 2, 4, 8, 64, (uint64_t)-1, (uint64_t)-14 };
	uint64_t n = noise(r, a, b), pick = n >> 8;

	switch (n % 8) {
	case 0: return pick << 8 | (n & 0xff);
	case 1: return pick & 0xffff;
	case 2: case 3: return often[pick % K2_ARRAY_SIZE(often)];
	default: return r->n_words ? r->words[pick % r->n_words] : pick & 0xff;
	}
}

/* Few, so that they meet. */
uint64_t kernel_pointer(const struct run *r, uint64_t a, uint64_t b)
{
	return area_base(A_KERNEL, 0) + noise(r, a, b) % 8 * 256;
}

/* ---- packet ---- */

/* Something that parsers like: IPv4 or IPv6, with or without a VLAN tag. */
static void make_packet(struct run *r)
{
	static const uint8_t protos[] = { 6, 17, 1, 58, 4, 41, 47 };
	uint64_t kind = noise(r, 1, 0);
	bool v6 = kind % 3 == 0;
	uint32_t at = 12;

	for (uint32_t k = 0; k < PACKET_MAX; k += 8) {
		uint64_t v = noise(r, 2, k) % 4 ? noise(r, 3, k) : some_number(r, 4, k);

		memcpy(r->data + k, &v, 8);
	}
	r->length = kind % 16 == 1 ? 14 + (uint32_t)(kind >> 8) % 40 : 14 + (uint32_t)(kind >> 8) % (PACKET_MAX - 14);
	if (kind >> 32 & 1 && kind % 8 == 2)
		at = 0; /* programs that start at the network header */
	if (kind % 8 == 1) {
		memcpy(r->data + at, "\x81\0\0\1", 4);
		at += 4;
	}
	if (at) {
		r->data[at++] = v6 ? 0x86 : 0x08;
		r->data[at++] = v6 ? 0xdd : 0;
	}
	r->data[at] = v6 ? 0x60 : 0x45;
	r->data[at + (v6 ? 6 : 9)] = protos[(kind >> 40) % K2_ARRAY_SIZE(protos)];
}

/* ---- bytes ---- */

/* What memory holds where nobody stored: by aligned words, each a pointer, one number or some. */
static uint8_t untouched(const struct run *r, uint64_t addr, uint32_t version)
{
	uint64_t at = addr & ~7ull, how = noise(r, at, version), v = 0;
	unsigned int area = area_of(addr), size = how >> 8 & 1 ? 8 : how >> 9 & 1 ? 4 : how >> 10 & 1 ? 2 : 1;
	bool pointers = area == A_KERNEL || area == A_CALLER || (area == A_CTX && (!r->type || (r->type->flags & K2_PT_CTX_PLAIN)));

	if (pointers && how % 2) {
		v = kernel_pointer(r, at, version + 1000);
	} else if (how % 8 > 1) {
		for (unsigned int k = 0; k < 8; k += size)
			v |= (some_number(r, at + k, version) & k2_mask(8 * size)) << 8 * k;
	}
	return (uint8_t)(v >> 8 * (addr & 7));
}

static bool is_constant(const struct run *r, uint64_t addr)
{
	uint32_t sym = number_of(addr);

	return area_of(addr) == A_DATA && sym < r->d->n_syms && r->d->syms[sym].read_only;
}

static uint8_t at_first(const struct run *r, uint64_t addr)
{
	uint64_t off = (addr & UINT32_MAX) - AREA_MIDDLE;

	if (area_of(addr) == A_PACKET && !r->version && off < PACKET_MAX)
		return r->data[off];
	return untouched(r, addr, is_constant(r, addr) ? 0 : r->version);
}

static struct cell *find(struct run *r, uint64_t addr)
{
	uint32_t at = (uint32_t)(k2_hash_mix(11, addr) >> 20) & (CELLS - 1);

	while (r->cells[at].run == r->run && r->cells[at].addr != addr)
		at = (at + 1) & (CELLS - 1);
	return &r->cells[at];
}

static bool in_frame(uint64_t addr, uint32_t *at)
{
	*at = (uint32_t)(addr - (area_base(A_STACK, 0) - K2_STACK_SIZE));
	return addr - (area_base(A_STACK, 0) - K2_STACK_SIZE) < K2_STACK_SIZE;
}

uint8_t world_byte(struct run *r, uint64_t addr)
{
	struct cell *c;
	uint32_t at;

	if (in_frame(addr, &at))
		return r->stack.byte[at];
	c = find(r, addr);
	return c->run == r->run ? c->value : at_first(r, addr);
}

void world_put(struct run *r, uint64_t addr, uint8_t value)
{
	struct cell *c;
	uint32_t at;

	if (in_frame(addr, &at)) {
		r->stack.byte[at] = value;
		r->stack.written[at / 64] |= 1ull << (at % 64);
		return;
	}
	c = find(r, addr);
	if (c->run != r->run) {
		if (r->n_used > CELLS / 2) {
			r->full = true;
			return;
		}
		r->used[r->n_used++] = (uint32_t)(c - r->cells);
	}
	*c = (struct cell){ addr, r->run, value };
}

uint64_t digest_outside(struct run *r)
{
	uint64_t sum = 0;

	for (uint32_t k = 0; k < r->n_used; k++) {
		const struct cell *c = &r->cells[r->used[k]];

		if (c->value != at_first(r, c->addr))
			sum += k2_hash_mix(k2_hash_mix(5, c->addr), c->value);
	}
	return sum;
}

void world_changes(struct run *r)
{
	r->version++;
	for (uint32_t k = 0; k < r->n_used; k++) {
		struct cell *c = &r->cells[r->used[k]];

		if (noise(r, c->addr, r->version) % 2)
			c->value = at_first(r, c->addr);
	}
}

/* ---- loads, stores, symbols ---- */

static unsigned int shift(const struct run *r, unsigned int size, unsigned int k)
{
	return 8 * (r->d->big_endian ? size - 1 - k : k);
}

/* Context fields for which the kernel gives a pointer. */
static bool pointer_field(const struct run *r, uint64_t addr, unsigned int size, uint64_t *value)
{
	int64_t off = (int64_t)(addr & UINT32_MAX) - (int64_t)AREA_MIDDLE;
	const struct k2_ctx_field *f = area_of(addr) == A_CTX && r->type ? k2_ctx_field(r->type, off, size) : NULL;
	uint64_t packet = area_base(A_PACKET, r->packet);

	switch (f ? f->kind : K2_CTX_SCALAR) {
	case K2_CTX_PKT_DATA: *value = packet; break;
	case K2_CTX_PKT_META: *value = packet - noise(r, 6, r->packet) % 3 * 8; break;
	case K2_CTX_PKT_END: *value = packet + r->length; break;
	case K2_CTX_OTHER_PTR: *value = noise(r, 7, addr) % 4 ? kernel_pointer(r, 8, addr) : 0; break;
	default: return false;
	}
	return size >= 4;
}

bool world_load(void *run, uint64_t addr, unsigned int size, uint64_t *value)
{
	struct run *r = run;

	if (pointer_field(r, addr, size, value))
		return true;
	*value = 0;
	for (unsigned int k = 0; k < size; k++)
		*value |= (uint64_t)world_byte(r, addr + k) << shift(r, size, k);
	return true;
}

bool world_store(void *run, uint64_t addr, unsigned int size, uint64_t value)
{
	struct run *r = run;

	for (unsigned int k = 0; k < size; k++)
		world_put(r, addr + k, (uint8_t)(value >> shift(r, size, k)));
	return true;
}

/* Fields' offsets are what the relocation's name says, as when it is resolved; other relocated numbers are anything. */
static uint64_t core_value(const struct run *r, uint32_t sym)
{
	const char *p = strstr(r->d->syms[sym].name, ":0:");

	return p ? strtoul(p + 3, NULL, 10) : noise(r, 9, sym) % 64;
}

bool world_symbol(void *run, const struct k2_insn *i, uint64_t *value)
{
	struct run *r = run;
	uint32_t sym = i->sym - 1;

	if (!i->sym) {
		*value = area_base(A_KERNEL, 16 + i->src) + (uint32_t)i->imm;
		return true;
	}
	switch (sym < r->d->n_syms ? r->d->syms[sym].kind : K2_SYM_OTHER) {
	case K2_SYM_MAP: *value = area_base(A_MAP, sym); break;
	case K2_SYM_DATA: *value = area_base(A_DATA, sym) + (uint64_t)i->imm; break;
	case K2_SYM_FUNC: *value = area_base(A_FUNC, sym); break;
	case K2_SYM_CORE: *value = core_value(r, sym); break;
	default: *value = area_base(A_KERNEL, 1 + sym) + (uint64_t)i->imm; break;
	}
	return true;
}

/* ---- entry ---- */

static uint64_t argument(const struct run *r, unsigned int n)
{
	if (n == 1 && (!r->d->is_subprog || r->d->arg_type))
		return area_base(A_CTX, 0);
	switch (noise(r, 10, n) % 4) {
	case 0: return kernel_pointer(r, 11, n);
	case 1: return area_base(A_CALLER, 0) - 8 * (noise(r, 12, n) % 32);
	default: return some_number(r, 13, n);
	}
}

void run_begin(struct run *r, const struct k2_func_desc *d, uint64_t seed)
{
	unsigned int n_args = d->is_subprog ? d->n_args : K2_MAX((unsigned int)d->n_args, 1u);

	r->d = d;
	r->seed = k2_hash_mix(seed, 77);
	r->run++;
	r->version = r->packet = r->ways = r->n_used = r->n_log = r->n_frames = r->steps = 0;
	r->full = false;
	for (unsigned int k = 0; k < 11; k++)
		r->reg[k] = 0xdead0badca110000ull | k;
	for (unsigned int k = 1; k <= n_args && k <= 5; k++)
		r->reg[k] = argument(r, k);
	r->reg[10] = area_base(A_STACK, 0);
	memset(&r->stack, 0, sizeof(r->stack));
	for (uint32_t k = 0; k < K2_STACK_SIZE; k += 8) {
		uint64_t v = noise(r, 14, k);

		memcpy(r->stack.byte + k, &v, 8);
	}
	make_packet(r);
}

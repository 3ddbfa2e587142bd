/* SPDX-License-Identifier: BSD-2-Clause */
/* Random functions for tests of the checker, and running them. A function is a prologue that makes pointers and numbers of all
   kinds, a block of random instructions (the window), and an epilogue that looks at some of what the window leaves behind.
   Everything is a tc program with two maps and one global variable. Include after cmocka.h and test_isa_gen.h. */
#ifndef K2_TEST_CHECK_GEN_H
#define K2_TEST_CHECK_GEN_H

#include <stdio.h>
#include <string.h>
#include "machine.h"
#include "test_isa_gen.h"

enum {
	GEN_MAX = 400,    /* instructions of a function */
	GEN_PACKET = 160, /* bytes; the prologue proves 96 */
	GEN_VALUE = 64,   /* bytes of a map value */
	GEN_FRAME = 64,   /* bytes of the frame that the prologue fills */
	GEN_EXITS = 32,   /* jumps to the exit */
	GEN_TRACE = 256,
};

/* What a register holds, as far as the generator needs to know. */
enum gen_kind { GEN_NOTHING, GEN_NUMBER, GEN_CTX, GEN_PKT, GEN_VAL, GEN_STACK, GEN_GLOBAL, GEN_ADDRESS };

struct gen {
	struct k2_insn code[GEN_MAX];
	uint32_t n, lo, hi; /* the window is [lo, hi) */
	uint32_t exits[GEN_EXITS], n_exits;
	enum gen_kind kind[11];
	bool spilled[2];    /* 8 bytes at r10 - 72 and r10 - 80 hold the address of a map value */
	uint64_t rnd;
	bool big;
	struct k2_func_desc desc;
};

static const struct k2_symbol gen_symbols[] = {
	{ .kind = K2_SYM_MAP, .name = "a", .map_type = 2, .key_size = 4, .value_size = GEN_VALUE },
	{ .kind = K2_SYM_MAP, .name = "h", .map_type = 1, .key_size = 4, .value_size = GEN_VALUE },
	{ .kind = K2_SYM_DATA, .name = "g", .data_size = GEN_VALUE },
	/* Reads and writes 8 bytes at r1 and what an address there points at, and changes memory; r2 is a number. */
	{ .kind = K2_SYM_KFUNC, .name = "k" },
	{ .kind = K2_SYM_MAP, .name = "u" }, /* the same map as h, of which nothing is known */
};

static uint64_t pick(struct gen *g, uint64_t n)
{
	return k2_rand(&g->rnd) % n;
}

static void emit(struct gen *g, struct k2_insn i)
{
	assert_true(g->n < GEN_MAX - 4);
	i.origin = (int32_t)g->n;
	g->code[g->n++] = i;
}

static bool gen_lookup(void *user, const char *name, size_t len, uint32_t *sym, enum k2_symbol_kind *kind)
{
	(void)user;
	for (uint32_t k = 0; k < K2_ARRAY_SIZE(gen_symbols); k++) {
		if (strlen(gen_symbols[k].name) == len && !memcmp(gen_symbols[k].name, name, len)) {
			*sym = k + 1;
			*kind = gen_symbols[k].kind;
			return true;
		}
	}
	return false;
}

static void emitf(struct gen *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void emitf(struct gen *g, const char *fmt, ...)
{
	struct k2_insn i;
	const char *msg = "";
	char line[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (k2_isa_parse_sym(line, &i, gen_lookup, NULL, &msg))
		fail_msg("%s: %s", line, msg);
	emit(g, i);
}

/* The instruction just made jumps to the exit. */
static void to_exit(struct gen *g)
{
	assert_true(g->n_exits < GEN_EXITS);
	g->exits[g->n_exits++] = g->n - 1;
}

static void next_block(struct gen *g)
{
	emitf(g, "goto L%u", g->n + 1);
}

/* ---- registers ---- */

static int some_reg(struct gen *g, enum gen_kind kind, unsigned int lo, unsigned int hi)
{
	unsigned int at = (unsigned int)pick(g, hi - lo), k;

	for (k = 0; k < hi - lo; k++) {
		unsigned int r = lo + (at + k) % (hi - lo);

		if (g->kind[r] == kind)
			return (int)r;
	}
	return -1;
}

static unsigned int scratch_reg(struct gen *g)
{
	return (unsigned int)pick(g, 6);
}

/* A register with a number; makes one if there is none. */
static unsigned int number_reg(struct gen *g)
{
	int r = some_reg(g, GEN_NUMBER, 0, 6);

	if (r >= 0)
		return (unsigned int)r;
	r = (int)scratch_reg(g);
	emit(g, k2_mk_alu_imm(64, K2_MOV, (uint8_t)r, (int32_t)gen_number(&g->rnd)));
	g->kind[r] = GEN_NUMBER;
	return (unsigned int)r;
}

/* ---- pieces of windows ---- */

static const uint8_t gen_sizes[] = { K2_B, K2_H, K2_W, K2_DW };

/* A place in memory: base register and offset for an access of 1 << log bytes. */
static bool some_place(struct gen *g, unsigned int log, bool aligned, uint8_t *base, int16_t *off)
{
	static const enum gen_kind kinds[] = { GEN_PKT, GEN_VAL, GEN_STACK, GEN_GLOBAL, GEN_VAL, GEN_STACK };
	enum gen_kind kind = kinds[pick(g, K2_ARRAY_SIZE(kinds))];
	int r = kind == GEN_STACK ? 10 : some_reg(g, kind, 0, 10);
	uint64_t at;

	if (r < 0)
		return false;
	if (kind == GEN_STACK) {
		*base = 10;
		*off = (int16_t)(-(int)GEN_FRAME + (int)(pick(g, GEN_FRAME >> log) << log));
		return true;
	}
	/* Few places, so that accesses meet. */
	at = pick(g, 3) ? pick(g, 3) * 4 : pick(g, 17);
	if (aligned)
		at &= ~((1ull << log) - 1);
	*base = (uint8_t)r;
	*off = (int16_t)at;
	return true;
}

static void piece_load(struct gen *g, uint8_t flags)
{
	unsigned int log = (unsigned int)pick(g, 4), d = scratch_reg(g);
	struct k2_insn i;
	uint8_t base;
	int16_t off;

	if (!some_place(g, log, flags, &base, &off))
		return;
	i = k2_mk_load(gen_sizes[log], (uint8_t)d, base, off);
	if (log < 3 && pick(g, 4) == 0)
		i.code = (uint8_t)((i.code & 0x1f) | K2_MEMSX);
	i.flags = flags;
	emit(g, i);
	g->kind[d] = GEN_NUMBER;
}

static void piece_store(struct gen *g, uint8_t flags)
{
	unsigned int log = (unsigned int)pick(g, 4);
	struct k2_insn i;
	uint8_t base;
	int16_t off;

	if (pick(g, 3) == 0)
		number_reg(g);
	if (!some_place(g, log, flags, &base, &off))
		return;
	if (pick(g, 3) && some_reg(g, GEN_NUMBER, 0, 6) >= 0)
		i = k2_mk_store(gen_sizes[log], base, off, (uint8_t)some_reg(g, GEN_NUMBER, 0, 6));
	else
		i = k2_mk_store_imm(gen_sizes[log], base, off, (int32_t)gen_number(&g->rnd));
	i.flags = flags;
	emit(g, i);
}

static void piece_context(struct gen *g)
{
	static const unsigned int fields[] = { 0, 4, 8, 16, 48, 52, 56 };
	unsigned int d = scratch_reg(g), off = fields[pick(g, K2_ARRAY_SIZE(fields))];
	int base = some_reg(g, GEN_CTX, 0, 10);

	if (base < 0)
		return;
	if (pick(g, 4) == 0) {
		emitf(g, "*(u32 *)(r%d + %u) = r%u", base, pick(g, 2) ? 8u : 48u, number_reg(g));
		return;
	}
	emitf(g, "r%u = *(u32 *)(r%d + %u)", d, base, off);
	g->kind[d] = GEN_NUMBER;
}

static const struct k2_isa_row *row_of_kind(struct gen *g, enum k2_kind kind)
{
	static const struct k2_isa_row *rows[256];
	static unsigned int n;
	const struct k2_isa_row *r;

	while (n < K2_ARRAY_SIZE(rows) && (r = k2_isa_row_at(n)))
		rows[n++] = r;
	do
		r = rows[pick(g, n)];
	while (r->kind != kind);
	return r;
}

static struct k2_insn random_alu(struct gen *g)
{
	struct k2_insn i = gen_random(row_of_kind(g, K2_KIND_ALU), &g->rnd);

	i.dst %= 6;
	i.src %= 6;
	return i;
}

static void piece_alu(struct gen *g)
{
	struct k2_insn i = random_alu(g);
	uint16_t reads;

	i.dst = (uint8_t)number_reg(g);
	if (i.code & K2_X && K2_OP(i.code) != K2_END)
		i.src = (uint8_t)number_reg(g);
	reads = k2_isa_reads(&i);
	if (!(reads >> i.dst & 1))
		i.dst = (uint8_t)scratch_reg(g);
	emit(g, i);
	g->kind[i.dst] = GEN_NUMBER;
}

static void piece_move(struct gen *g)
{
	unsigned int d = scratch_reg(g), s = (unsigned int)pick(g, 10);

	if (g->kind[s] == GEN_NOTHING)
		return;
	emit(g, k2_mk_alu_reg(64, K2_MOV, (uint8_t)d, (uint8_t)s));
	g->kind[d] = g->kind[s];
}

/* Another pointer to where one already points, or nearby, or somewhere nearby. */
static void piece_pointer(struct gen *g)
{
	static const enum gen_kind kinds[] = { GEN_PKT, GEN_VAL, GEN_GLOBAL };
	enum gen_kind kind = kinds[pick(g, 3)];
	int s = some_reg(g, kind, 6, 10);
	unsigned int d = scratch_reg(g);

	if (kind == GEN_GLOBAL) {
		emitf(g, "r%u = &g ll", d);
	} else if (s < 0) {
		return;
	} else if (pick(g, 2)) {
		emitf(g, "r%u = r%d", d, s);
		emitf(g, "r%u += %u", d, (unsigned int)pick(g, 9));
	} else {
		number_reg(g);
		emitf(g, "r%u = r%u", d, number_reg(g));
		emitf(g, "r%u &= %u", d, 1u << pick(g, 4));
		emitf(g, "r%u += r%d", d, s);
	}
	g->kind[d] = kind;
}

static void piece_atomic(struct gen *g)
{
	struct k2_insn i = gen_random(row_of_kind(g, K2_KIND_ATOMIC), &g->rnd);
	unsigned int log = k2_isa_access_size(&i) == 8 ? 3 : k2_isa_access_size(&i) == 4 ? 2 : k2_isa_access_size(&i) - 1;
	int base = some_reg(g, pick(g, 6) ? GEN_VAL : GEN_GLOBAL, 0, 10);
	unsigned int number = number_reg(g);

	if (base < 0)
		return;
	i.off = (int16_t)(pick(g, 3) << log);
	if (i.imm == K2_LOAD_ACQ) {
		i.src = (uint8_t)base;
		i.dst = (uint8_t)number;
	} else {
		i.dst = (uint8_t)base;
		i.src = (uint8_t)number;
	}
	if (i.imm == K2_CMPXCHG) {
		if (base == 0 || number == 0)
			return;
		emitf(g, "r0 = %u", (unsigned int)pick(g, 3));
		g->kind[0] = GEN_NUMBER;
	}
	emit(g, i);
}

/* The address of a byte of the frame goes into the frame, where callees that follow pointers find it. */
static void piece_escape(struct gen *g)
{
	unsigned int d = scratch_reg(g);

	emitf(g, "r%u = r10", d);
	emitf(g, "r%u += -%u", d, 1 + (unsigned int)pick(g, GEN_FRAME));
	emitf(g, "*(u64 *)(r10 - %u) = r%u", 8 + 8 * (unsigned int)pick(g, GEN_FRAME / 8), d);
	g->kind[d] = GEN_ADDRESS;
}

/* Somewhere in the frame. */
static void piece_frame(struct gen *g)
{
	unsigned int n = number_reg(g), d = (n + 1) % 6, log = (unsigned int)pick(g, 4), at = 16 + 8 * (unsigned int)pick(g, 5);

	emitf(g, "r%u &= 8", n);
	emitf(g, "r%u = r10", d);
	emitf(g, "r%u += -%u", d, at);
	emitf(g, "r%u += r%u", d, n);
	if (pick(g, 2)) {
		emitf(g, "*(u%u *)(r%u + 0) = r%u", 8u << log, d, n);
		g->kind[d] = GEN_ADDRESS;
	} else {
		emitf(g, "r%u = *(u%u *)(r%u + 0)", d, 8u << log, d);
		g->kind[d] = GEN_NUMBER;
	}
}

static void piece_spill(struct gen *g)
{
	unsigned int slot = (unsigned int)pick(g, 2), d = scratch_reg(g);
	int s = some_reg(g, GEN_VAL, 0, 10);

	if (pick(g, 2) && g->spilled[slot]) {
		emitf(g, "r%u = *(u64 *)(r10 - %u)", d, 72 + 8 * slot);
		g->kind[d] = GEN_VAL;
	} else if (s >= 0) {
		emitf(g, "*(u64 *)(r10 - %u) = r%d", 72 + 8 * slot, s);
		g->spilled[slot] = true;
	}
}

static void after_call(struct gen *g)
{
	for (unsigned int r = 1; r <= 5; r++)
		g->kind[r] = GEN_NOTHING;
	g->kind[0] = GEN_NUMBER;
}

static unsigned int frame_at(struct gen *g, unsigned int size)
{
	return GEN_FRAME - 4 * (unsigned int)pick(g, (GEN_FRAME - size) / 4 + 1);
}

static void piece_call(struct gen *g)
{
	unsigned int size = 4u << pick(g, 3);
	int other;

	switch (pick(g, 14)) {
	case 0: emitf(g, "call 5"); break;
	case 1: emitf(g, "call 7"); break;
	case 2: emitf(g, "call 8"); break;
	case 3: case 4: /* csum_diff */
		emitf(g, "r1 = r10");
		emitf(g, "r1 += -%u", frame_at(g, size));
		emitf(g, "r2 = %u", size);
		emitf(g, "r3 = 0");
		emitf(g, "r4 = 0");
		emitf(g, "r5 = 0");
		emitf(g, "call 28");
		break;
	case 5: case 6: /* perf_event_output */
		emitf(g, "r4 = r10");
		emitf(g, "r4 += -%u", frame_at(g, size));
		emitf(g, "r5 = %u", size);
		emitf(g, "r1 = r6");
		emitf(g, "r2 = &h ll");
		emitf(g, "r3 = 0");
		emitf(g, "call 25");
		break;
	case 7: /* update: key and value in the frame */
		emitf(g, "r2 = r10");
		emitf(g, "r2 += -%u", frame_at(g, 4));
		emitf(g, "r3 = r10");
		emitf(g, "r3 += -%u", GEN_VALUE);
		emitf(g, "r1 = &h ll");
		emitf(g, "r4 = 0");
		emitf(g, "call 2");
		break;
	case 8: /* delete: the key in the frame or elsewhere */
		other = some_reg(g, pick(g, 2) ? GEN_PKT : GEN_VAL, 6, 10);
		if (pick(g, 2) && other >= 0) {
			emitf(g, "r2 = r%d", other);
		} else {
			emitf(g, "r2 = r10");
			emitf(g, "r2 += -%u", frame_at(g, 4));
		}
		emitf(g, "r1 = &h ll");
		emitf(g, "call 3");
		break;
	case 9: case 10: /* probe_read_str: writes some of its buffer */
		if (pick(g, 2)) {
			emitf(g, "r2 = r%u", number_reg(g));
			emitf(g, "r2 &= %u", size - 1);
		} else {
			emitf(g, "r2 = %u", size);
		}
		emitf(g, "r1 = r10");
		emitf(g, "r1 += -%u", frame_at(g, size));
		emitf(g, "r3 = r7");
		if (g->kind[7] != GEN_PKT)
			emitf(g, "r3 = 0");
		emitf(g, "call 45");
		break;
	case 11:
		emitf(g, "r2 = r%u", number_reg(g));
		emitf(g, "r1 = r10");
		emitf(g, "r1 += -%u", (frame_at(g, 8) + 7) / 8 * 8);
		emitf(g, "call &k");
		break;
	case 12: /* skb_load_bytes into the frame */
		emitf(g, "r1 = r6");
		emitf(g, "r2 = %u", (unsigned int)pick(g, 200));
		emitf(g, "r3 = r10");
		emitf(g, "r3 += -%u", frame_at(g, size));
		emitf(g, "r4 = %u", size);
		emitf(g, "call 26");
		break;
	default: /* skb_store_bytes: packet pointers are gone */
		emitf(g, "r3 = r10");
		emitf(g, "r3 += -%u", frame_at(g, size));
		emitf(g, "r4 = %u", size);
		emitf(g, "r1 = r6");
		emitf(g, "r2 = %u", (unsigned int)pick(g, 64));
		emitf(g, "r5 = 0");
		emitf(g, "call 9");
		for (unsigned int r = 0; r < 10; r++)
			g->kind[r] = g->kind[r] == GEN_PKT ? GEN_NOTHING : g->kind[r];
	}
	after_call(g);
}

static void piece(struct gen *g)
{
	uint64_t what = pick(g, 100);

	if (what < 38) {
		piece_alu(g);
	} else if (what < 56) {
		piece_load(g, 0);
	} else if (what < 74) {
		piece_store(g, 0);
	} else if (what < 78) {
		piece_move(g);
	} else if (what < 83) {
		piece_pointer(g);
	} else if (what < 86) {
		piece_atomic(g);
	} else if (what < 88) {
		piece_load(g, K2_F_VOLATILE);
	} else if (what < 89) {
		piece_store(g, K2_F_VOLATILE);
	} else if (what < 92) {
		piece_context(g);
	} else if (what < 93) {
		piece_spill(g);
	} else if (what < 94) {
		if (pick(g, 4) == 0)
			piece_escape(g);
		else
			piece_frame(g);
	} else if (what < 96) {
		emitf(g, "r%u = 0x%llx ll", scratch_reg(g), (unsigned long long)k2_rand(&g->rnd));
		g->kind[g->code[g->n - 1].dst] = GEN_NUMBER;
	} else {
		piece_call(g);
	}
}

/* ---- whole functions ---- */

/* A number of some kind, of which facts know something. */
static void prologue_number(struct gen *g, unsigned int r)
{
	switch (pick(g, 6)) {
	case 0: emitf(g, "r%u = %lld", r, (long long)gen_number(&g->rnd)); break;
	case 1: emitf(g, "r%u = *(u8 *)(r7 + %u)", r, (unsigned int)pick(g, 64)); break;
	case 2: emitf(g, "r%u = *(u64 *)(r9 + %u)", r, (unsigned int)(8 * pick(g, 4))); break;
	case 3: emitf(g, "r%u = *(u32 *)(r6 + 8)", r); break;
	case 4: emitf(g, "r%u = *(u16 *)(r7 + %u)", r, (unsigned int)pick(g, 64)); break;
	default: emitf(g, "r%u = *(u64 *)(r7 + %u)", r, (unsigned int)pick(g, 64)); break;
	}
	g->kind[r] = GEN_NUMBER;
	switch (pick(g, 8)) {
	case 0: emitf(g, "r%u &= %u", r, (1u << pick(g, 12)) - 1); break;
	case 1: emitf(g, "r%u |= %u", r, (unsigned int)pick(g, 16)); break;
	case 2: emitf(g, "w%u = w%u", r, r); break;
	case 3: emitf(g, "r%u <<= %u", r, (unsigned int)pick(g, 8)); break;
	case 4:
		emitf(g, "r%u &= 255", r);
		emitf(g, "if r%u > %u goto L0", r, 150 + (unsigned int)pick(g, 100));
		to_exit(g);
		break;
	default: break;
	}
}

static void prologue_lookup(struct gen *g, const char *map, unsigned int key, unsigned int to)
{
	emitf(g, "*(u32 *)(r10 - 4) = %u", key);
	emitf(g, "r2 = r10");
	emitf(g, "r2 += -4");
	emitf(g, "r1 = &%s ll", map);
	emitf(g, "call 1");
	emitf(g, "if r0 == 0 goto L0");
	to_exit(g);
	emitf(g, "r%u = r0", to);
	g->kind[to] = GEN_VAL;
}

static void prologue(struct gen *g)
{
	memset(g->kind, 0, sizeof(g->kind));
	emitf(g, "r6 = r1");
	g->kind[6] = GEN_CTX;
	prologue_lookup(g, pick(g, 2) ? "a" : "h", (unsigned int)pick(g, 2), 9);
	prologue_lookup(g, pick(g, 3) == 0 ? "a" : pick(g, 3) ? "h" : "u", (unsigned int)pick(g, 2), 8);
	emitf(g, "r7 = *(u32 *)(r6 + 76)");
	emitf(g, "r3 = *(u32 *)(r6 + 80)");
	emitf(g, "r2 = r7");
	emitf(g, "r2 += 96");
	emitf(g, "if r2 > r3 goto L0");
	to_exit(g);
	g->kind[7] = GEN_PKT;
	for (unsigned int at = GEN_FRAME; at; at -= 8) {
		if (pick(g, 2)) {
			emitf(g, "r1 = *(u64 *)(r7 + %u)", at / 2);
			emitf(g, "*(u64 *)(r10 - %u) = r1", at);
		} else {
			emitf(g, "*(u64 *)(r10 - %u) = %lld", at, (long long)gen_number(&g->rnd));
		}
	}
	for (unsigned int r = 0; r < 6; r++) {
		if (pick(g, 8))
			prologue_number(g, r);
	}
	next_block(g);
}

/* Looks at some of the registers and of the frame. */
static void epilogue(struct gen *g)
{
	emitf(g, "r6 = %u", (unsigned int)pick(g, 100));
	for (unsigned int r = 0; r < 6; r++) {
		if (g->kind[r] != GEN_NUMBER || pick(g, 3) == 0)
			continue;
		emitf(g, "r6 *= 31");
		if (pick(g, 3))
			emitf(g, "r6 += r%u", r);
		else
			emitf(g, "w6 ^= w%u", r);
	}
	for (uint64_t k = pick(g, 5); k > 0; k--) {
		unsigned int log = (unsigned int)pick(g, 4), at = GEN_FRAME - ((unsigned int)pick(g, GEN_FRAME >> log) << log);

		emitf(g, "r1 = *(u%u *)(r10 - %u)", 8u << log, at);
		emitf(g, "r6 *= 31");
		emitf(g, "r6 += r1");
	}
	if (pick(g, 4) == 0) {
		emitf(g, "r1 = *(u32 *)(r9 + 0)");
		emitf(g, "r6 += r1");
	}
	emitf(g, "r0 = r6");
	emitf(g, "exit");
}

static void window_end(struct gen *g, uint32_t *branch)
{
	struct k2_insn i;

	*branch = 0;
	if (pick(g, 5) < 3) {
		next_block(g);
		return;
	}
	i = gen_random(row_of_kind(g, K2_KIND_JUMP), &g->rnd);
	i.dst = (uint8_t)number_reg(g);
	i.src = i.code & K2_X ? (uint8_t)number_reg(g) : 0;
	i.off = 0;
	emit(g, i);
	*branch = g->n - 1;
}

GEN_STATIC void generate(struct gen *g, uint64_t seed, unsigned int pieces)
{
	enum gen_kind kinds[11];
	uint32_t branch, exit_at;

	memset(g, 0, sizeof(*g));
	g->rnd = seed;
	g->big = pick(g, 6) == 0;
	prologue(g);
	g->lo = g->n;
	while (pieces-- > 0)
		piece(g);
	window_end(g, &branch);
	g->hi = g->n;
	memcpy(kinds, g->kind, sizeof(kinds));
	epilogue(g);
	if (branch) {
		g->code[branch].target = g->n;
		memcpy(g->kind, kinds, sizeof(kinds));
		epilogue(g);
	}
	exit_at = g->n;
	emitf(g, "r0 = 0");
	emitf(g, "exit");
	for (uint32_t k = 0; k < g->n_exits; k++)
		g->code[g->exits[k]].target = exit_at;
	g->desc = (struct k2_func_desc){ .name = "f", .section = "tc", .insns = g->code, .n_insns = g->n, .syms = gen_symbols,
					 .n_syms = K2_ARRAY_SIZE(gen_symbols), .isa = K2_ISA_V4, .alu32 = true,
					 .big_endian = g->big };
}

/* ---- running ---- */

/* One thing that the outside sees. */
struct gen_seen {
	uint64_t what, hash;
};
struct gen_run {
	struct k2_run run;
	struct gen_seen seen[GEN_TRACE];
	unsigned int n_seen;
	uint64_t memory; /* at the end */
	struct k2_machine *m;
	uint64_t script;
	unsigned int calls;
	bool big;
};

static uint64_t hash_bytes(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t k = 0; k < n; k++)
		h = k2_hash_mix(h, b[k]);
	return h;
}

/* Packet, context and maps. */
static uint64_t hash_memory(struct k2_machine *m)
{
	const void *key, *value, *p;
	uint32_t len, meta;
	uint64_t h = 0;

	p = k2_machine_packet(m, &len, &meta);
	h = hash_bytes(h, p, len);
	p = k2_machine_ctx(m, &len);
	h = hash_bytes(h, p, len);
	for (uint32_t map = 0; map < 3; map++) {
		for (uint32_t k = 0; k2_machine_map_element(m, map, k, &key, &value); k++) {
			h = hash_bytes(h, key, 4);
			h = hash_bytes(h, value, GEN_VALUE);
		}
		h = k2_hash_mix(h, map);
	}
	return h;
}

static void saw(struct gen_run *x, uint64_t what, uint64_t hash)
{
	assert_true(x->n_seen < GEN_TRACE);
	x->seen[x->n_seen++] = (struct gen_seen){ what, hash };
}

static uint64_t hash_at(struct k2_machine *m, uint64_t h, uint64_t addr, uint64_t size)
{
	const void *p = size && size < 1024 ? k2_machine_memory(m, addr, size, false) : NULL;

	return p ? hash_bytes(h, p, size) : k2_hash_mix(h, 1);
}

/* Packet and map values in reach of a callee that may write anything. */
static void change_memory(struct k2_machine *m, uint64_t chance)
{
	uint32_t len, meta;
	uint8_t *packet = (uint8_t *)(uintptr_t)k2_machine_packet(m, &len, &meta);
	const void *key, *value;

	packet[chance % 24] ^= (uint8_t)(chance >> 8);
	for (uint32_t map = 0; map < 3; map++) {
		if (k2_machine_map_element(m, map, (uint32_t)(chance >> 16) % 2, &key, &value))
			((uint8_t *)(uintptr_t)value)[(chance >> 20) % 24] ^= (uint8_t)(chance >> 28);
	}
}

static bool gen_kfunc(struct gen_run *x, struct k2_machine *m, uint64_t regs[11], uint64_t chance, bool big)
{
	uint8_t *p = k2_machine_memory(m, regs[1], 8, true), *q;
	uint64_t to = 0;

	if (!p)
		return false;
	for (unsigned int k = 0; k < 8; k++)
		to = to << 8 | p[big ? k : 7 - k];
	saw(x, 4000, k2_hash_mix(hash_bytes(k2_hash_mix(regs[1], regs[2]), p, 8), hash_memory(m)));
	if (to >> 32 == regs[10] >> 32 && to < regs[10]) {
		q = k2_machine_memory(m, to, 1, true);
		saw(x, 4001, q ? *q : 0);
		if (q)
			*q ^= (uint8_t)(chance >> 40);
	}
	if (chance & 1)
		p[chance % 8] = (uint8_t)(chance >> 32);
	change_memory(m, chance);
	regs[0] = chance;
	return true;
}

/* Those that change nothing but what they give: nobody notices when they are left out. Until something else is called they give the
   same answer. */
static bool gen_silent(int64_t id)
{
	return id == 1 || id == 5 || id == 7 || id == 8 || id == 26 || id == 28 || id == 45;
}

/* What the helpers of piece_call look at: from the kernel's sources, not from lib/func. */
static bool gen_helper(void *user, struct k2_machine *m, const struct k2_insn *i, uint64_t regs[11])
{
	static const unsigned int n_args[] = { [1] = 2, [2] = 4, [3] = 2, [9] = 5, [25] = 5, [26] = 4, [28] = 5, [45] = 2 };
	struct gen_run *x = user;
	bool silent = i->src == K2_CALL_HELPER && gen_silent(i->imm);
	uint64_t h = 0, n = silent ? x->calls : x->calls++, chance = k2_hash_mix(x->script + (silent ? (uint64_t)i->imm : 0), n);
	unsigned int args = i->imm >= 0 && (uint64_t)i->imm < K2_ARRAY_SIZE(n_args) ? n_args[i->imm] : 0;
	void *to;

	if (i->src == K2_PSEUDO_KFUNC_CALL)
		return gen_kfunc(x, m, regs, chance, x->big);
	/* Of a buffer in the frame these helpers keep no address. */
	for (unsigned int k = 1; k <= args; k++)
		h = k2_hash_mix(h, regs[10] - regs[k] <= K2_STACK_SIZE ? 1 : regs[k]);
	switch (i->imm) {
	case 1: case 3: h = hash_at(m, h, regs[2], 4); break;
	case 2: h = hash_at(m, hash_at(m, h, regs[2], 4), regs[3], GEN_VALUE); break;
	case 9: h = hash_at(m, h, regs[3], regs[4]); break;
	case 25: h = hash_at(m, h, regs[4], regs[5]); break;
	case 28: h = hash_at(m, h, regs[1], regs[2]); break;
	default: break;
	}
	if (i->imm == 2 || i->imm == 3 || i->imm == 9 || i->imm == 25 || i->imm == 26 || i->imm == 45)
		h = k2_hash_mix(h, hash_memory(m));
	if (!silent)
		saw(x, (uint64_t)i->imm, h);
	if ((i->imm == 2 || i->imm == 3) && chance % 4 == 0) { /* no memory, say */
		regs[0] = (uint64_t)-12;
		return true;
	}
	switch (i->imm) {
	case 1: case 2: case 3: case 28: return false; /* the machine's own */
	case 9:
		to = k2_machine_memory(m, regs[3], regs[4], false);
		if (to && chance % 4) {
			uint32_t len, meta;
			uint8_t *packet = (uint8_t *)(uintptr_t)k2_machine_packet(m, &len, &meta);

			memmove(packet + regs[2] % 64, to, regs[4]);
		}
		regs[0] = chance % 4 ? 0 : (uint64_t)-14;
		return to;
	case 45:
		to = k2_machine_memory(m, regs[1], regs[2], true);
		for (uint64_t k = 0; to && k < chance % (regs[2] + 1); k++)
			((uint8_t *)to)[k] = (uint8_t)k2_hash_mix(chance, k);
		regs[0] = chance % (regs[2] + 1);
		return to;
	case 26:
		to = k2_machine_memory(m, regs[3], regs[4], true);
		for (uint64_t k = 0; to && k < regs[4]; k++)
			((uint8_t *)to)[k] = (uint8_t)k2_hash_mix(chance, k);
		regs[0] = 0;
		return to;
	default: regs[0] = chance % 3 ? chance : chance % 8; return true;
	}
}

/* Volatile accesses and atomics, in order and as wide as they are. */
static void gen_trace(void *user, uint32_t func, uint32_t at, const struct k2_insn *i, const uint64_t regs[11])
{
	struct gen_run *x = user;
	enum k2_kind kind = k2_isa_kind(i);
	bool from = kind == K2_KIND_LOAD || (kind == K2_KIND_ATOMIC && i->imm == K2_LOAD_ACQ);
	uint64_t addr = regs[from ? i->src : i->dst] + (uint64_t)(int64_t)i->off, h = addr;

	(void)func;
	(void)at;
	if (kind != K2_KIND_ATOMIC && !((i->flags & K2_F_VOLATILE) && (kind == K2_KIND_LOAD || kind == K2_KIND_STORE)))
		return;
	if (kind == K2_KIND_ATOMIC && i->imm != K2_LOAD_ACQ)
		h = k2_hash_mix(h, K2_SIZE(i->code) == K2_DW ? regs[i->src] : (uint32_t)regs[i->src]);
	if (kind == K2_KIND_ATOMIC && i->imm == K2_CMPXCHG)
		h = k2_hash_mix(h, K2_SIZE(i->code) == K2_DW ? regs[0] : (uint32_t)regs[0]);
	saw(x, 1000 + (uint64_t)K2_SIZE(i->code) + (uint64_t)kind * 64 + ((uint64_t)i->imm << 16) * (kind == K2_KIND_ATOMIC), h);
}

/* A byte that likes corners. */
static uint8_t gen_byte(uint64_t *rnd, uint64_t style)
{
	static const uint8_t corners[] = { 0, 0xff, 0x80, 0x7f, 1, 0 };
	uint64_t r = k2_rand(rnd);

	return style % 4 == 0 || r % 2 ? (uint8_t)(r >> 8) : corners[(r >> 8) % (1 + style % 6)];
}

static void gen_fill(uint8_t *p, size_t n, uint64_t *rnd, uint64_t style)
{
	for (size_t k = 0; k < n; k++)
		p[k] = gen_byte(rnd, style);
}

/* Runs `insns` (of the function g) from random input number `seed`. */
static void gen_execute(struct k2_arena *a, const struct gen *g, const struct k2_insn *insns, uint32_t n, uint64_t seed,
			struct gen_run *x)
{
	static const struct k2_bind binds[] = { { .kind = K2_BIND_MAP, .index = 0 }, { .kind = K2_BIND_MAP, .index = 1 },
						{ .kind = K2_BIND_DATA, .index = 2 }, { .kind = K2_BIND_NUMBER },
						{ .kind = K2_BIND_MAP, .index = 1 } };
	struct k2_code code = { insns, n, binds, K2_ARRAY_SIZE(binds) };
	struct k2_machine_opts opts = { .big_endian = g->big, .limit = 5000, .user = x, .helper = gen_helper, .trace = gen_trace };
	struct k2_map_desc array = { 2, 4, GEN_VALUE, 2 }, hash = { 1, 4, GEN_VALUE, 8 }, global = { 2, 4, GEN_VALUE, 1 };
	uint8_t bytes[256], key[4] = { 0 };
	uint64_t rnd = seed, style = k2_rand(&rnd) % 8;
	uint32_t map;

	memset(x, 0, sizeof(*x));
	x->script = k2_rand(&rnd);
	x->big = g->big;
	x->m = k2_machine_new(a, &code, 1, &opts);
	k2_machine_add_map(x->m, &array, &map);
	k2_machine_add_map(x->m, &hash, &map);
	k2_machine_add_map(x->m, &global, &map);
	for (unsigned int k = 0; k < 2; k++) {
		key[g->big ? 3 : 0] = (uint8_t)k;
		gen_fill(bytes, GEN_VALUE, &rnd, style);
		k2_machine_map_update(x->m, 1, key, bytes, 0);
		gen_fill(bytes, GEN_VALUE, &rnd, style);
		k2_machine_map_update(x->m, 0, key, bytes, 0);
	}
	gen_fill(bytes, GEN_VALUE, &rnd, style);
	key[0] = key[3] = 0;
	k2_machine_map_update(x->m, 2, key, bytes, 0);
	gen_fill(bytes, sizeof(bytes), &rnd, style);
	k2_machine_set_packet(x->m, bytes, GEN_PACKET);
	gen_fill(bytes, 192, &rnd, style);
	k2_machine_set_ctx(x->m, K2_CTX_SKB, bytes, 192);
	k2_machine_run(x->m, 0, &x->run);
	x->memory = hash_memory(x->m);
}

#endif

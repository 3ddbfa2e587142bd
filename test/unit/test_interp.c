// SPDX-License-Identifier: BSD-2-Clause
/* The concrete reading on the corners, and the machine: what it runs, what it refuses, and why. */
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "machine.h"
#include "test_isa_gen.h"
#include "unit/corners.h"

static struct k2_insn parse(const char *text)
{
	const char *why = NULL;
	struct k2_insn i;

	if (k2_isa_parse(text, &i, &why) != K2_OK)
		fail_msg("%s: %s", text, why);
	return i;
}

/* Corners, with nothing but eight bytes of memory at 256. */

struct cell {
	uint8_t bytes[8];
};

static bool cell_load(void *user, uint64_t addr, unsigned int size, uint64_t *v)
{
	struct cell *c = user;

	if (addr < 256 || addr + size > 264)
		return false;
	*v = 0;
	memcpy(v, c->bytes + addr - 256, size);
	return true;
}

static bool cell_store(void *user, uint64_t addr, unsigned int size, uint64_t v)
{
	struct cell *c = user;

	if (addr < 256 || addr + size > 264)
		return false;
	memcpy(c->bytes + addr - 256, &v, size);
	return true;
}

static void test_corners(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(corners); k++) {
		const struct corner *c = &corners[k];
		struct cell cell;
		const struct k2_interp_env env = { .user = &cell, .load = cell_load, .store = cell_store };
		uint64_t regs[11] = { c->r0, c->r1, c->r2 }, mem, got;
		struct k2_insn i = parse(c->text);
		enum k2_step s;

		memcpy(cell.bytes, &c->mem, 8);
		s = k2_interp_step(&env, &i, regs);
		memcpy(&mem, cell.bytes, 8);
		got = c->what == MEM ? mem : c->what == TAKEN ? s == K2_STEP_TAKEN : regs[c->what];
		if (s > K2_STEP_TAKEN || got != c->want)
			fail_msg("%s: %llx, not %llx", c->text, (unsigned long long)got, (unsigned long long)c->want);
	}
}

/* Swaps where the machine's order is the other one. */
static void test_big_endian_swaps(void **state)
{
	static const struct {
		const char *text;
		uint64_t want;
	} cases[] = {
		{ "r1 = le16 r1", 0xcefa },     { "r1 = le32 r1", 0xcefaedfe },    { "r1 = le64 r1", 0xcefaedfe6d7c8b9a },
		{ "r1 = be16 r1", 0xface },     { "r1 = be32 r1", 0xfeedface },    { "r1 = be64 r1", NEGP },
		{ "r1 = bswap16 r1", 0xcefa },  { "r1 = bswap32 r1", 0xcefaedfe },
	};
	const struct k2_interp_env env = { .big_endian = true };
	unsigned int k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(cases); k++) {
		struct k2_insn i = parse(cases[k].text);
		uint64_t regs[11] = { 0, NEGP };

		assert_int_equal(k2_interp_step(&env, &i, regs), K2_STEP_NEXT);
		assert_int_equal(regs[1], cases[k].want);
	}
}

/* What relocation decides is asked for, never read off the instruction. */
static bool forty_two(void *user, const struct k2_insn *i, uint64_t *v)
{
	(void)user;
	(void)i;
	*v = 42;
	return true;
}

static void test_symbolic_operands(void **state)
{
	static const char *const lines[] = { "r1 = 7", "w1 = 7", "r1 = 7 ll" };
	const struct k2_interp_env env = { .symbol = forty_two }, none = { .user = NULL };
	unsigned int k;

	(void)state;
	for (k = 0; k < K2_ARRAY_SIZE(lines); k++) {
		struct k2_insn i = parse(lines[k]);
		uint64_t regs[11] = { 0 };

		i.flags = K2_F_SYM_IMM;
		i.sym = 1;
		assert_int_equal(k2_interp_step(&env, &i, regs), K2_STEP_NEXT);
		assert_int_equal(regs[1], 42);
		assert_int_equal(k2_interp_step(&none, &i, regs), K2_STEP_FAULT);
	}
}

static void test_step_refuses(void **state)
{
	const struct k2_interp_env env = { .user = NULL };
	uint64_t regs[11] = { 0 };
	struct k2_insn opaque = parse("r1 = 7"), wild = parse("r1 = 7"), unknown = { .code = 0xff };

	(void)state;
	opaque.flags = K2_F_OPAQUE;
	wild.dst = 15;
	assert_int_equal(k2_interp_step(&env, &opaque, regs), K2_STEP_UNSUPPORTED);
	assert_int_equal(k2_interp_step(&env, &wild, regs), K2_STEP_UNSUPPORTED);
	assert_int_equal(k2_interp_step(&env, &unknown, regs), K2_STEP_UNSUPPORTED);
}

/* The machine. Programs are text; L<n> is the n-th line. */

struct fixture {
	struct k2_arena *arena;
	struct k2_insn insns[64];
	struct k2_code code;
	struct k2_machine *m;
	struct k2_run run;
};

static void load_text(struct fixture *f, const char *const *lines, const struct k2_machine_opts *o)
{
	uint32_t n;

	f->arena = k2_arena_new(0);
	for (n = 0; lines[n]; n++)
		f->insns[n] = parse(lines[n]);
	f->code = (struct k2_code){ .insns = f->insns, .n_insns = n };
	f->m = k2_machine_new(f->arena, &f->code, 1, o);
	assert_non_null(f->m);
}

static void run_plain(struct fixture *f, const char *const *lines)
{
	const struct k2_machine_opts o = { .limit = 1000 };

	load_text(f, lines, &o);
	k2_machine_run(f->m, 0, &f->run);
}

#define PROGRAM(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void expect_r0(struct fixture *f, uint64_t want)
{
	if (f->run.status != K2_RUN_EXIT)
		fail_msg("stopped at %u: %s", f->run.insn, f->run.why);
	assert_int_equal(f->run.r0, want);
	k2_arena_free(f->arena);
}

static void expect_stop(struct fixture *f, enum k2_run_status status, uint32_t insn, const char *why)
{
	assert_int_equal(f->run.status, status);
	assert_int_equal(f->run.insn, insn);
	if (!strstr(f->run.why, why))
		fail_msg("stopped because: %s", f->run.why);
	k2_arena_free(f->arena);
}

static void test_faults(void **state)
{
	struct fixture f;

	(void)state;
	run_plain(&f, PROGRAM("r0 = *(u64 *)(r10 - 520)", "exit"));
	expect_stop(&f, K2_RUN_FAULT, 0, "outside memory");
	run_plain(&f, PROGRAM("r0 = *(u64 *)(r10 - 4)", "exit"));
	expect_stop(&f, K2_RUN_FAULT, 0, "outside stack");
	run_plain(&f, PROGRAM("r0 = 0", "*(u8 *)(r0 + 0) = 1", "exit"));
	expect_stop(&f, K2_RUN_FAULT, 1, "no pointer");
	run_plain(&f, PROGRAM("r0 = *(u32 *)(r1 + 0)", "exit"));
	expect_stop(&f, K2_RUN_FAULT, 0, "outside context");
	run_plain(&f, PROGRAM("r0 = 0", "goto L1"));
	expect_stop(&f, K2_RUN_LIMIT, 1, "1000 instructions");
	run_plain(&f, PROGRAM("r0 = 0"));
	expect_stop(&f, K2_RUN_FAULT, 0, "leaves the code");
	run_plain(&f, PROGRAM("call 99999", "exit"));
	expect_stop(&f, K2_RUN_UNSUPPORTED, 0, "unknown helper");
	run_plain(&f, PROGRAM("call kfunc 7", "exit"));
	expect_stop(&f, K2_RUN_UNSUPPORTED, 0, "kernel function");
	run_plain(&f, PROGRAM("r1 = r10", "call 1", "exit"));
	expect_stop(&f, K2_RUN_FAULT, 1, "not a map");
}

/* A callee has its own frame and gives r6-r9 back; r1-r5 are gone. */
static void test_subprogram(void **state)
{
	static const char *const lines[] = { "r6 = 5", "*(u64 *)(r10 - 8) = 3", "r1 = r10", "call pc+4",
					     "r1 = *(u64 *)(r10 - 8)", "r0 += r6", "r0 += r1", "exit",
					     "r6 = *(u64 *)(r1 - 8)", "*(u64 *)(r10 - 8) = 77", "r0 = r6", "r0 *= 100", "exit", NULL };
	static const char *const lost[] = { "r1 = 5", "call pc+2", "r0 = r1", "exit", "r0 = 0", "exit", NULL };
	static const char *const deep[] = { "call pc-1", "exit", NULL };
	struct fixture f;

	(void)state;
	run_plain(&f, lines);
	expect_r0(&f, 308);
	run_plain(&f, lost);
	expect_r0(&f, 0xdead0badca110001);
	run_plain(&f, deep);
	expect_stop(&f, K2_RUN_FAULT, 0, "frames");
}

/* Two functions, linked by a symbol. */
static void test_bound_call(void **state)
{
	static const struct k2_bind binds[] = { { .kind = K2_BIND_FUNC, .index = 1 }, { .kind = K2_BIND_NUMBER, .value = 30 } };
	struct k2_insn main_insns[] = { parse("r1 = 4"), parse("call pc+0"), parse("exit") };
	struct k2_insn sub[] = { parse("r0 = 1"), parse("r0 += r1"), parse("exit") };
	const struct k2_code code[] = { { main_insns, 3, binds, 2 }, { sub, 3, binds, 2 } };
	const struct k2_machine_opts o = { .seed = 1 };
	struct k2_arena *a = k2_arena_new(0);
	struct k2_run run;

	(void)state;
	main_insns[1].sym = 1;
	sub[0].sym = 2;
	sub[0].flags = K2_F_SYM_IMM;
	k2_machine_run(k2_machine_new(a, code, 2, &o), 0, &run);
	assert_int_equal(run.status, K2_RUN_EXIT);
	assert_int_equal(run.r0, 34);
	k2_arena_free(a);
}

static void run_packet(struct fixture *f, enum k2_machine_ctx kind, const void *packet, uint32_t len, const char *const *lines)
{
	const struct k2_machine_opts o = { .limit = 1000 };
	static const uint8_t ctx[192];

	load_text(f, lines, &o);
	assert_int_equal(k2_machine_set_packet(f->m, packet, len), K2_OK);
	assert_int_equal(k2_machine_set_ctx(f->m, kind, ctx, kind == K2_CTX_XDP ? sizeof(struct xdp_md) : sizeof(ctx)), K2_OK);
	k2_machine_run(f->m, 0, &f->run);
}

static void test_xdp(void **state)
{
	static const uint8_t packet[20] = { 1, 2, 3, 4, [19] = 9 };
	struct fixture f;
	const uint8_t *p;
	uint32_t len, meta;

	(void)state;
	run_packet(&f, K2_CTX_XDP, packet, 20, PROGRAM("r2 = *(u32 *)(r1 + 0)", "r3 = *(u32 *)(r1 + 4)", "r0 = r3", "r0 -= r2", "exit"));
	expect_r0(&f, 20);
	/* A pointer is no 32-bit number. */
	run_packet(&f, K2_CTX_XDP, packet, 20, PROGRAM("r0 = *(u32 *)(r1 + 0)", "r0 >>= 32", "exit"));
	expect_r0(&f, 0xffff3a52);
	run_packet(&f, K2_CTX_XDP, packet, 20, PROGRAM("r2 = *(u32 *)(r1 + 4)", "r0 = *(u8 *)(r2 - 1)", "exit"));
	expect_r0(&f, 9);
	run_packet(&f, K2_CTX_XDP, packet, 20, PROGRAM("r2 = *(u32 *)(r1 + 4)", "r0 = *(u16 *)(r2 - 1)", "exit"));
	expect_stop(&f, K2_RUN_FAULT, 1, "outside packet");
	run_packet(&f, K2_CTX_XDP, packet, 20, PROGRAM("r0 = *(u16 *)(r1 + 0)", "exit"));
	expect_stop(&f, K2_RUN_FAULT, 0, "packet pointer");
	run_packet(&f, K2_CTX_XDP, packet, 20, PROGRAM("r6 = r1", "r2 = 4", "call 44", "r1 = *(u32 *)(r6 + 0)", "*(u8 *)(r1 + 1) = 7", "exit"));
	assert_int_equal(f.run.status, K2_RUN_EXIT);
	p = k2_machine_packet(f.m, &len, &meta);
	assert_int_equal(len, 16);
	assert_int_equal(p[1], 7);
	expect_r0(&f, 0);
	run_packet(&f, K2_CTX_XDP, packet, 20, PROGRAM("r2 = 7", "call 44", "exit"));
	expect_r0(&f, (uint64_t)-EINVAL);
}

static void test_skb(void **state)
{
	static const uint8_t packet[20] = { 1, 2, 3, 4, [19] = 9 };
	struct fixture f;

	(void)state;
	run_packet(&f, K2_CTX_SKB, packet, 20, PROGRAM("r0 = *(u32 *)(r1 + 0)", "r2 = *(u32 *)(r1 + 76)", "r2 = *(u8 *)(r2 + 1)", "r0 += r2", "exit"));
	expect_r0(&f, 22);
	run_packet(&f, K2_CTX_SKB, packet, 20, PROGRAM("r6 = r1", "r0 = *(u16 *)skb[1]", "exit"));
	expect_r0(&f, 0x0203);
	run_packet(&f, K2_CTX_SKB, packet, 20, PROGRAM("r6 = r1", "r0 = *(u32 *)skb[17]", "r0 = 5", "exit"));
	expect_r0(&f, 0);
	run_packet(&f, K2_CTX_SKB, packet, 20, PROGRAM("*(u32 *)(r1 + 76) = 0", "exit"));
	expect_stop(&f, K2_RUN_FAULT, 0, "packet pointer");
}

static void test_maps(void **state)
{
	static const struct k2_map_desc descs[] = { { BPF_MAP_TYPE_HASH, 4, 8, 2 }, { BPF_MAP_TYPE_ARRAY, 4, 6, 3 },
						    { BPF_MAP_TYPE_LRU_HASH, 4, 8, 2 } };
	/* key at fp-4, value at fp-16 */
	static const char *const update[] = { "*(u32 *)(r10 - 4) = 9", "*(u64 *)(r10 - 16) = 11", "r1 = map_fd 0 ll", "r2 = r10",
					      "r2 += -4", "r3 = r10", "r3 += -16", "r4 = 0", "call 2", "r1 = map_fd 0 ll", "r2 = r10",
					      "r2 += -4", "call 1", "if r0 == 0 goto L15", "r0 = *(u64 *)(r0 + 0)", "exit", NULL };
	static const char *const past[] = { "r1 = map_value 1 ll", "r0 = *(u32 *)(r1 + 4)", "exit", NULL };
	const struct k2_machine_opts o = { .limit = 0 };
	struct fixture f;
	uint32_t k, number, key;
	const void *got_key, *got_value;
	uint64_t value = 5;

	(void)state;
	load_text(&f, update, &o);
	for (k = 0; k < 3; k++) {
		assert_int_equal(k2_machine_add_map(f.m, &descs[k], &number), K2_OK);
		assert_int_equal(number, k);
	}
	k2_machine_run(f.m, 0, &f.run);
	assert_int_equal(f.run.status, K2_RUN_EXIT);
	assert_int_equal(f.run.r0, 11);
	assert_true(k2_machine_map_element(f.m, 0, 0, &got_key, &got_value));
	assert_int_equal(*(const uint32_t *)got_key, 9);
	assert_false(k2_machine_map_element(f.m, 0, 1, &got_key, &got_value));
	key = 9;
	assert_int_equal(k2_machine_map_update(f.m, 0, &key, &value, BPF_NOEXIST), -EEXIST);
	key = 10;
	assert_int_equal(k2_machine_map_update(f.m, 0, &key, &value, BPF_EXIST), -ENOENT);
	assert_int_equal(k2_machine_map_update(f.m, 0, &key, &value, BPF_ANY), 0);
	key = 11;
	assert_int_equal(k2_machine_map_update(f.m, 0, &key, &value, BPF_ANY), -E2BIG);
	assert_int_equal(k2_machine_map_delete(f.m, 0, &key), -ENOENT);
	key = 3;
	assert_int_equal(k2_machine_map_update(f.m, 1, &key, &value, BPF_ANY), -E2BIG);
	assert_int_equal(k2_machine_map_delete(f.m, 1, &key), -EINVAL);
	for (key = 1; key <= 3; key++)
		assert_int_equal(k2_machine_map_update(f.m, 2, &key, &value, BPF_ANY), 0);
	key = 1;
	assert_null(k2_machine_map_lookup(f.m, 2, &key));
	k2_arena_free(f.arena);
	load_text(&f, past, &o);
	for (k = 0; k < 2; k++)
		assert_int_equal(k2_machine_add_map(f.m, &descs[k], &number), K2_OK);
	k2_machine_run(f.m, 0, &f.run);
	expect_stop(&f, K2_RUN_FAULT, 1, "outside map value");
}

static void count(void *user, uint32_t func, uint32_t insn, const struct k2_insn *i, const uint64_t regs[11])
{
	(void)func;
	(void)insn;
	(void)i;
	(void)regs;
	++*(unsigned int *)user;
}

static bool answer(void *user, struct k2_machine *m, const struct k2_insn *i, uint64_t regs[11])
{
	(void)user;
	(void)m;
	regs[0] = 1000 + (uint64_t)i->imm;
	return i->imm == 14;
}

static void test_hooks(void **state)
{
	static const char *const lines[] = { "call 14", "r6 = r0", "call 8", "r0 += r6", "exit", NULL };
	unsigned int steps = 0;
	const struct k2_machine_opts o = { .user = &steps, .trace = count, .helper = answer };
	struct fixture f;

	(void)state;
	load_text(&f, lines, &o);
	k2_machine_run(f.m, 0, &f.run);
	assert_int_equal(steps, 5);
	assert_int_equal(f.run.steps, 5);
	expect_r0(&f, 1014);
}

/* Helpers known by prototype: memory they read must be there, memory they write changes; equal seeds, equal answers. */
static void test_scripted(void **state)
{
	static const char *const comm[] = { "r1 = r10", "r1 += -16", "r2 = 16", "call 16", "r6 = r0", "r0 = *(u64 *)(r10 - 16)",
					    "r0 += r6", "exit", NULL };
	static const char *const bad[] = { "r1 = r10", "r1 += -8", "r2 = 16", "call 16", "exit", NULL };
	static const char *const pure[] = { "call 14", "r6 = r0", "call 14", "r0 -= r6", "exit", NULL };
	struct fixture f;
	uint64_t first;

	(void)state;
	run_plain(&f, comm);
	assert_int_equal(f.run.status, K2_RUN_EXIT);
	first = f.run.r0;
	k2_arena_free(f.arena);
	run_plain(&f, comm);
	expect_r0(&f, first);
	run_plain(&f, bad);
	expect_stop(&f, K2_RUN_FAULT, 3, "write of 16 bytes");
	run_plain(&f, pure);
	expect_r0(&f, 0);
}

static void test_big_endian_machine(void **state)
{
	const struct k2_machine_opts o = { .big_endian = true };
	struct fixture f;

	(void)state;
	load_text(&f, PROGRAM("*(u32 *)(r10 - 4) = 0x11223344", "r0 = *(u8 *)(r10 - 4)", "exit"), &o);
	k2_machine_run(f.m, 0, &f.run);
	assert_int_equal(k2_machine_stack(f.m, 0)[511], 0x44);
	expect_r0(&f, 0x11);
}

/* Out of memory anywhere is a status, not a crash. */
static void test_no_memory(void **state)
{
	static const struct k2_map_desc desc = { BPF_MAP_TYPE_HASH, 4, 8, 64 };
	const struct k2_machine_opts o = { .limit = 10 };
	const struct k2_insn exits = { .code = K2_JMP | K2_EXIT };
	const struct k2_code code = { .insns = &exits, .n_insns = 1 };
	uint32_t number, key;
	uint64_t fail, value = 1;
	int64_t st = -ENOMEM;

	(void)state;
	for (fail = 1; st; fail++) {
		struct k2_arena *a = k2_arena_new(fail);
		struct k2_machine *m = k2_machine_new(a, &code, 1, &o);

		assert_true(fail < 100);
		if (m && k2_machine_set_packet(m, "x", 1) == K2_OK && k2_machine_set_ctx(m, K2_CTX_BYTES, "x", 1) == K2_OK &&
		    k2_machine_add_map(m, &desc, &number) == K2_OK)
			for (key = 0, st = 0; key < 20 && !st; key++)
				st = k2_machine_map_update(m, number, &key, &value, BPF_ANY);
		assert_true(st == 0 || st == -ENOMEM);
		k2_arena_free(a);
	}
}

/* Whatever the instructions are, a run ends with a status and touches nothing but the machine's memory (sanitizers look on). */
static void test_nonsense(void **state)
{
	static const struct k2_map_desc desc = { BPF_MAP_TYPE_HASH, 4, 8, 4 };
	const struct k2_machine_opts o = { .limit = 200 };
	unsigned int n_rows = 0, round, k;
	uint64_t rnd = 11;
	uint32_t number;

	(void)state;
	while (k2_isa_row_at(n_rows))
		n_rows++;
	for (round = 0; round < 5000; round++) {
		struct k2_arena *a = k2_arena_new(0);
		struct k2_insn insns[20];
		const struct k2_code code = { .insns = insns, .n_insns = 20 };
		struct k2_machine *m = k2_machine_new(a, &code, 1, &o);
		struct k2_run run;

		for (k = 0; k < 20; k++) {
			insns[k] = gen_random(k2_isa_row_at((unsigned int)(k2_rand(&rnd) % n_rows)), &rnd);
			insns[k].target = (uint32_t)(k2_rand(&rnd) % 20);
			if (k2_rand(&rnd) % 4 == 0)
				insns[k] = k2_mk_alu_reg(64, K2_MOV, (uint8_t)(1 + k2_rand(&rnd) % 5), (uint8_t)(k2_rand(&rnd) % 2 * 9 + 1));
			if (k2_isa_kind(&insns[k]) == K2_KIND_CALL && insns[k].src == K2_CALL_HELPER)
				insns[k].imm = (int64_t)(k2_rand(&rnd) % 220);
		}
		assert_int_equal(k2_machine_add_map(m, &desc, &number), K2_OK);
		assert_int_equal(k2_machine_set_packet(m, "a packet", 8), K2_OK);
		assert_int_equal(k2_machine_set_ctx(m, (enum k2_machine_ctx)(round % 3), insns, 192), K2_OK);
		k2_machine_run(m, 0, &run);
		assert_true(run.status == K2_RUN_EXIT ? run.why[0] == 0 : run.why[0] != 0);
		k2_arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_corners),
		cmocka_unit_test(test_big_endian_swaps),
		cmocka_unit_test(test_symbolic_operands),
		cmocka_unit_test(test_step_refuses),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_subprogram),
		cmocka_unit_test(test_bound_call),
		cmocka_unit_test(test_xdp),
		cmocka_unit_test(test_skb),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_scripted),
		cmocka_unit_test(test_big_endian_machine),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

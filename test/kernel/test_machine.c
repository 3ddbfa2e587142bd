// SPDX-License-Identifier: BSD-2-Clause
/* The machine's helpers, maps, context and packet against the kernel's, at their limits. Programs are text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "exec/exec.h"
#include "kernel.h"

static bool have_kernel;

enum { PACKET = 64, PACKET_ROOM = 4096, WORLD_INSNS = 256 };

struct world {
	struct k2_arena *arena;
	enum bpf_prog_type type;
	struct k2_insn insns[WORLD_INSNS];
	uint32_t n, n_maps;
	int fds[2];
	struct k2_map_desc maps[2];
	uint8_t packet[PACKET];
};

/* Appends instructions, separated by "; ". */
static void text(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void text(struct world *w, const char *fmt, ...)
{
	char all[512], *rest = all, *one;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(all, sizeof(all), fmt, ap);
	va_end(ap);
	while ((one = strsep(&rest, ";"))) {
		assert_true(w->n < WORLD_INSNS);
		w->insns[w->n++] = parse(one + strspn(one, " "));
	}
}

static void world_begin(struct world *w, enum bpf_prog_type type)
{
	unsigned int k;

	*w = (struct world){ .arena = k2_arena_new(0), .type = type };
	for (k = 0; k < PACKET; k++)
		w->packet[k] = (uint8_t)(k * 37 + 11);
}

static void world_map(struct world *w, uint32_t type, uint32_t value_size, uint32_t entries)
{
	union bpf_attr attr = { .map_type = type, .key_size = 4, .value_size = value_size, .max_entries = entries };

	w->maps[w->n_maps] = (struct k2_map_desc){ type, 4, value_size, entries };
	w->fds[w->n_maps] = (int)bpf(BPF_MAP_CREATE, &attr);
	assert_true(w->fds[w->n_maps] >= 0);
	w->n_maps++;
}

static void world_ring(struct world *w, uint32_t size)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = size };

	w->maps[w->n_maps] = (struct k2_map_desc){ BPF_MAP_TYPE_RINGBUF, 0, 0, size };
	w->fds[w->n_maps] = (int)bpf(BPF_MAP_CREATE, &attr);
	assert_true(w->fds[w->n_maps++] >= 0);
}

static void machine_of(struct world *w, struct k2_run *run, const uint8_t **packet, uint32_t *len)
{
	static const uint8_t ctx[sizeof(struct __sk_buff)];
	bool xdp = w->type == BPF_PROG_TYPE_XDP;
	const struct k2_machine_opts opts = { .limit = 100000 };
	struct k2_code *code = k2_arena_alloc(w->arena, sizeof(*code));
	struct k2_machine *m;
	uint32_t k, number, meta;

	*code = (struct k2_code){ .insns = w->insns, .n_insns = w->n };
	m = k2_machine_new(w->arena, code, 1, &opts);
	for (k = 0; k < w->n_maps; k++)
		assert_int_equal(k2_machine_add_map(m, &w->maps[k], &number), K2_OK);
	assert_int_equal(k2_machine_set_packet(m, w->packet, PACKET), K2_OK);
	assert_int_equal(k2_machine_set_ctx(m, xdp ? K2_CTX_XDP : K2_CTX_SKB, ctx, xdp ? sizeof(struct xdp_md) : sizeof(ctx)),
			 K2_OK);
	k2_machine_run(m, 0, run);
	*packet = k2_machine_packet(m, len, &meta);
	*packet -= meta;
	*len += meta;
}

/* The kernel's bytes have file descriptors where the machine has map numbers. */
static int load_world(struct world *w)
{
	struct k2_insn *insns = k2_arena_dup(w->arena, w->insns, w->n, sizeof(insns[0]));
	char msg[128];
	uint8_t *bytes;
	size_t len;
	uint32_t k;

	for (k = 0; k < w->n; k++)
		if (insns[k].code == K2_LD_IMM64 && insns[k].src == K2_PSEUDO_MAP_FD)
			insns[k].imm = w->fds[insns[k].imm];
	assert_int_equal(k2_isa_encode_all(w->arena, insns, w->n, false, &bytes, &len, msg, sizeof(msg)), K2_OK);
	return load_program(w->type, bytes, len, true);
}

/* Runs both; same return value, same metadata and packet. */
static void world_end(struct world *w)
{
	static uint8_t packet[PACKET_ROOM];
	union bpf_attr attr = { .test = { .data_in = (uintptr_t)w->packet, .data_size_in = PACKET, .data_out = (uintptr_t)packet,
					  .data_size_out = sizeof(packet) } };
	int fd = load_world(w);
	struct k2_run run;
	const uint8_t *mine;
	uint32_t len, k;

	if (fd < 0) {
		print(w->insns, 0, w->n);
		fail_msg("refused: %s", verifier_log);
	}
	attr.test.prog_fd = (uint32_t)fd;
	assert_int_equal(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	machine_of(w, &run, &mine, &len);
	if (run.status != K2_RUN_EXIT || (uint32_t)run.r0 != attr.test.retval || len != attr.test.data_size_out ||
	    memcmp(mine, packet, len)) {
		print(w->insns, 0, w->n);
		fail_msg("kernel %x, %u bytes; machine %x, %u bytes (%s)", attr.test.retval, attr.test.data_size_out,
			 (uint32_t)run.r0, len, run.why);
	}
	close(fd);
	for (k = 0; k < w->n_maps; k++)
		close(w->fds[k]);
	k2_arena_free(w->arena);
}

/* adjust_head, adjust_meta, adjust_tail around their limits; a second call starts from what the first one left. */
static void test_adjust(void **state)
{
	static const int helpers[] = { BPF_FUNC_xdp_adjust_head, BPF_FUNC_xdp_adjust_meta, BPF_FUNC_xdp_adjust_tail };
	static const int deltas[] = { 0, 1, 4, 14, 49, 50, 51, -1, -4, -6, -32, -36, -49, -50, -51, -200, -208, -212, -215, -216,
				      -217, -220, -224, -228, -252, -256, -257, 3455, 3456, 3457, 4000, 1 << 30, -(1 << 30) };
	struct world w;
	unsigned int h, g, d;

	(void)state;
	if (!have_kernel)
		skip();
	for (h = 0; h < 3; h++)
		for (g = 0; g < 3; g++)
			for (d = 0; d < K2_ARRAY_SIZE(deltas); d++) {
				world_begin(&w, BPF_PROG_TYPE_XDP);
				text(&w, "r6 = r1; r2 = -16; call %d; r7 = r0", helpers[g]);
				text(&w, "r1 = r6; r2 = %d; call %d; r7 *= 1000; r0 += r7", deltas[d], helpers[h]);
				text(&w, "r1 = *(u32 *)(r6 + 0); r2 = *(u32 *)(r6 + 8); r1 -= r2; r1 *= 1000000; r0 += r1; exit");
				world_end(&w);
			}
}

static void test_csum_diff(void **state)
{
	uint64_t rnd = 3;
	unsigned int k;
	struct world w;
	int b;

	(void)state;
	if (!have_kernel)
		skip();
	for (k = 0; k < 400; k++) {
		world_begin(&w, k % 2 ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS);
		for (b = 8; b <= 32; b += 8)
			text(&w, "r1 = %lld ll; *(u64 *)(r10 - %d) = r1", (long long)exec_number(&rnd), b);
		text(&w, "r1 = r10; r1 += -16; r2 = %u; r3 = r10", 4 * (unsigned int)(k2_rand(&rnd) % 5));
		text(&w, "r3 += -32; r4 = %u", 4 * (unsigned int)(k2_rand(&rnd) % 5));
		text(&w, "r5 = %d; call 28; exit", (int32_t)exec_number(&rnd));
		world_end(&w);
	}
}

/* A sequence of map operations; their results are folded into the return value. */
static void test_map_operations(void **state)
{
	static const uint32_t types[] = { BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY };
	uint64_t rnd = 5;
	unsigned int k, op;
	struct world w;

	(void)state;
	if (!have_kernel)
		skip();
	for (k = 0; k < 200; k++) {
		world_begin(&w, BPF_PROG_TYPE_SCHED_CLS);
		world_map(&w, types[k % 4], 8, 3);
		text(&w, "r6 = 0");
		for (op = 0; op < 12; op++) {
			unsigned int what = (unsigned int)(k2_rand(&rnd) % 3);

			text(&w, "*(u32 *)(r10 - 4) = %u", (unsigned int)(k2_rand(&rnd) % 4));
			text(&w, "*(u64 *)(r10 - 16) = %u; r1 = map_fd 0 ll; r2 = r10; r2 += -4", op + 1);
			text(&w, "r3 = r10; r3 += -16; r4 = %u", (unsigned int)(k2_rand(&rnd) % 4));
			text(&w, "call %u", 1 + what);
			if (what == 0)
				text(&w, "if r0 == 0 goto L%u; r0 = *(u64 *)(r0 + 0)", w.n + 2);
			text(&w, "r6 *= 31; r6 += r0");
		}
		text(&w, "r0 = r6; exit");
		world_end(&w);
	}
}

/* skb_load_bytes, skb_store_bytes, legacy loads, redirect, subprograms. */
static void test_skb_and_calls(void **state)
{
	static const int offs[] = { 0, 1, 30, 59, 60, 61, 63, 64, 1000, 0x7fffffff };
	struct world w;
	unsigned int k, store_bytes;

	(void)state;
	if (!have_kernel)
		skip();
	for (k = 0; k < K2_ARRAY_SIZE(offs); k++)
		for (store_bytes = 0; store_bytes < 2; store_bytes++) {
			world_begin(&w, BPF_PROG_TYPE_SCHED_CLS);
			text(&w, "r6 = r1; *(u64 *)(r10 - 8) = -3; r2 = %d; r3 = r10; r3 += -8; r4 = 4; r5 = 0; call %d",
			     offs[k], store_bytes ? BPF_FUNC_skb_store_bytes : BPF_FUNC_skb_load_bytes);
			text(&w, "r7 = *(u64 *)(r10 - 8); r0 += r7; r7 = *(u32 *)(r6 + 0); r0 += r7; exit");
			world_end(&w);
			world_begin(&w, BPF_PROG_TYPE_SCHED_CLS);
			text(&w, "r6 = r1; r7 = %d", offs[k] / 2);
			text(&w, store_bytes ? "r0 = *(u16 *)skb[r7 + 3]" : "r0 = *(u32 *)skb[%d]", offs[k]);
			text(&w, "r0 += 5; exit");
			world_end(&w);
		}
	for (k = 0; k < 4; k++) {
		world_begin(&w, k < 2 ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS);
		text(&w, "r1 = 1; r2 = %d; call 23; exit", k % 2 * 2);
		world_end(&w);
	}
	world_begin(&w, BPF_PROG_TYPE_SCHED_CLS);
	text(&w, "r6 = 5; r7 = 6; r1 = 7 ll; call pc+3; r0 += r6; r0 += r7; exit; r6 = r1; r6 *= 100; r0 = r6; exit");
	world_end(&w);
}

/* The checksum in the packet is replaced twice; results, and the packet itself. */
static void test_csum_replace(void **state)
{
	static const int offs[] = { 0, 10, 24, 61, 62, 63, 64, 70000 };
	static const int flags[] = { 0, 2, 4, 1, 3, 0x10, 0x12, 0x14, 0x20, 0x22, 0x64, 0x100 };
	uint64_t rnd = 11;
	unsigned int k, twice;
	struct world w;

	(void)state;
	if (!have_kernel)
		skip();
	for (k = 0; k < 400; k++) {
		world_begin(&w, BPF_PROG_TYPE_SCHED_CLS);
		w.packet[24] = w.packet[25] = k % 8 ? w.packet[24] : 0;
		text(&w, "r6 = r1; r7 = 0");
		for (twice = 0; twice < 2; twice++) {
			uint64_t from = k % 3 ? (uint64_t)(uint16_t)exec_number(&rnd) << k % 17 : 0;

			text(&w, "r1 = r6; r2 = %d; r3 = %lld ll; r4 = %lld ll", offs[k2_rand(&rnd) % K2_ARRAY_SIZE(offs)],
			     (long long)from, (long long)exec_number(&rnd));
			text(&w, "r5 = %d; call %d; r7 *= 1000; r7 += r0", flags[k2_rand(&rnd) % K2_ARRAY_SIZE(flags)],
			     k % 2 ? BPF_FUNC_l3_csum_replace : BPF_FUNC_l4_csum_replace);
		}
		text(&w, "r0 = r7; exit");
		world_end(&w);
	}
}

/* Copies of XDP packets, and what pull_data and csum_update say. */
static void test_packet_bytes(void **state)
{
	static const int offs[] = { 0, 1, 56, 57, 64, 65, 0xffff, 0x10000, -1 };
	struct world w;
	unsigned int k;

	(void)state;
	if (!have_kernel)
		skip();
	for (k = 0; k < 2 * K2_ARRAY_SIZE(offs); k++) {
		world_begin(&w, BPF_PROG_TYPE_XDP);
		text(&w, "r6 = r1; *(u64 *)(r10 - 8) = -3; r2 = %d; r3 = r10; r3 += -8; r4 = 8; call %d", offs[k / 2],
		     k % 2 ? BPF_FUNC_xdp_load_bytes : BPF_FUNC_xdp_store_bytes);
		text(&w, "r7 = r0; r1 = r6; call %d; r0 *= 1000; r0 += r7", BPF_FUNC_xdp_get_buff_len);
		text(&w, "r7 = *(u64 *)(r10 - 8); r0 ^= r7; exit");
		world_end(&w);
		world_begin(&w, BPF_PROG_TYPE_SCHED_CLS);
		text(&w, "r6 = r1; r2 = %d; call %d; r7 = r0; r1 = r6; r2 = 5; call %d; r0 *= 1000; r0 += r7; exit", offs[k / 2],
		     BPF_FUNC_skb_pull_data, BPF_FUNC_csum_update);
		world_end(&w);
	}
}

/* A ring of one page: records until it is full, submitted or discarded; queries; flags. */
static void test_ring_buffer(void **state)
{
	static const int sizes[] = { 1, 8, 9, 500, 1000, 2000, 4000, 4080, 4088, 4089, 5000 };
	uint64_t rnd = 17;
	unsigned int k, op;
	struct world w;

	(void)state;
	if (!have_kernel)
		skip();
	for (k = 0; k < 100; k++) {
		world_begin(&w, BPF_PROG_TYPE_SCHED_CLS);
		world_ring(&w, 4096);
		text(&w, "r6 = 0");
		for (op = 0; op < 5; op++) {
			int size = sizes[k2_rand(&rnd) % K2_ARRAY_SIZE(sizes)];

			text(&w, "r1 = map_fd 0 ll; r2 = %d; r3 = %u; call %d", size, k2_rand(&rnd) % 8 == 0, BPF_FUNC_ringbuf_reserve);
			text(&w, "if r0 == 0 goto L%u; r6 += 1; *(u8 *)(r0 + 0) = 5; r1 = r0; r2 = 0; call %d", w.n + 6,
			     k2_rand(&rnd) % 2 ? BPF_FUNC_ringbuf_submit : BPF_FUNC_ringbuf_discard);
			text(&w, "r6 *= 3; *(u64 *)(r10 - 8) = 7; r1 = map_fd 0 ll; r2 = r10; r2 += -8; r3 = 8; r4 = %u; call %d",
			     (unsigned int)(k2_rand(&rnd) % 5), BPF_FUNC_ringbuf_output);
			text(&w, "r6 += r0; r1 = map_fd 0 ll; r2 = %u; call %d; r6 *= 7; r6 += r0",
			     (unsigned int)(k2_rand(&rnd) % 5), BPF_FUNC_ringbuf_query);
		}
		text(&w, "r0 = r6; exit");
		world_end(&w);
	}
}

/* Reads at addresses: the frame's, and none. */
static void test_probe(void **state)
{
	static const int helpers[] = { BPF_FUNC_probe_read_kernel, BPF_FUNC_probe_read_kernel_str, BPF_FUNC_probe_read_user,
				       BPF_FUNC_probe_read_user_str };
	struct world w;
	unsigned int h, size, bad;

	(void)state;
	if (!have_kernel)
		skip();
	for (h = 0; h < K2_ARRAY_SIZE(helpers); h++)
		for (size = 1; size < 9; size++)
			for (bad = 0; bad < 2; bad++) {
				world_begin(&w, BPF_PROG_TYPE_SCHED_CLS);
				text(&w, "r1 = 0x44003322 ll; *(u64 *)(r10 - 8) = r1; *(u64 *)(r10 - 16) = -1");
				text(&w, "r1 = r10; r1 += -16; r2 = %u; r3 = r10; r3 += -8", size);
				if (bad || h > 1)
					text(&w, "r3 = 8");
				text(&w, "call %d; r0 *= 1000; r1 = *(u64 *)(r10 - 16); r0 += r1; exit", helpers[h]);
				world_end(&w);
			}
}

static int setup(void **state)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	int fd = (int)bpf(BPF_MAP_CREATE, &attr);

	(void)state;
	have_kernel = fd >= 0; /* without bpf(2) the tests skip */
	if (have_kernel)
		close(fd);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adjust),
		cmocka_unit_test(test_csum_diff),
		cmocka_unit_test(test_map_operations),
		cmocka_unit_test(test_skb_and_calls),
		cmocka_unit_test(test_csum_replace),
		cmocka_unit_test(test_packet_bytes),
		cmocka_unit_test(test_ring_buffer),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}

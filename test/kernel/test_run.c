// SPDX-License-Identifier: BSD-2-Clause
/* What `k2 run` does with programs (k2/run.h) against BPF_PROG_TEST_RUN: compiled programs on random packets and contexts.
   Before each run the runner gets the kernel's map contents; afterwards result, packet, context, ring buffer and all maps
   are the same. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>
#include <k2/run.h>
#include "util.h"

enum {
	ROUNDS = 200,
	PACKET = 200, ROOM = 4096, /* bytes of the longest packet that goes in; comes out */
	ETH_HEADER = 14,
	KEY_MAX = 512, VALUE_MAX = 1 << 16,
	RECORDS = 8, RECORD = 256, /* of a ring buffer in one run; bytes of the longest */
};

static char folder[] = "/tmp/k2-run-XXXXXX";
static bool ready; /* a compiler and bpf(2) */

struct program {
	struct k2_object *object;
	struct bpf_object *kernel;
	struct bpf_program *prog;
	const char *name;
	const char *clock_map; /* its values begin with a time */
	struct ring_buffer *ring; /* NULL: the object has none */
	struct sent {
		uint32_t n, len[RECORDS];
		uint8_t data[RECORDS][RECORD];
	} sent;                /* what came through it in the last run */
	int cpus;
};

struct input {
	struct __sk_buff ctx; /* or another context */
	uint8_t packet[PACKET];
	uint32_t len, ctx_len;
};

struct outcome {
	struct __sk_buff ctx;
	uint32_t result, len, ctx_len;
	uint8_t packet[ROOM];
};

/* ---- the kernel's side ---- */

static bool compile(const char *source, const char *object)
{
	const char *clang = getenv("K2_CLANG") ? getenv("K2_CLANG") : "clang-22";
	char command[1024];

	snprintf(command, sizeof(command),
		 "%s --target=bpf -O2 -g -mcpu=v3 -idirafter /usr/include/$(uname -m)-linux-gnu -c %.*s%s -o %s 2>%s/log", clang,
		 (int)(strlen(__FILE__) - strlen("kernel/test_run.c")), __FILE__, source, object, folder);
	return system(command) == 0;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static int keep_record(void *user, void *data, size_t len)
{
	struct sent *s = user;

	assert_true(s->n < RECORDS && len <= RECORD);
	memcpy(s->data[s->n], data, len);
	s->len[s->n++] = (uint32_t)len;
	return 0;
}

static void open_ring(struct program *p)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, p->kernel)
		if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
			p->ring = ring_buffer__new(bpf_map__fd(map), keep_record, &p->sent, NULL);
}

static void open_program(struct program *p, const char *file, const char *name)
{
	char msg[200] = "";

	if (k2_object_read_file(file, &p->object, msg, sizeof(msg)))
		fail_msg("%s", msg);
	p->kernel = bpf_object__open(file);
	assert_non_null(p->kernel);
	p->name = name;
	p->prog = bpf_object__find_program_by_name(p->kernel, name);
	assert_non_null(p->prog);
	assert_int_equal(bpf_object__load(p->kernel), 0);
	p->cpus = libbpf_num_possible_cpus();
	open_ring(p);
}

static void close_program(struct program *p)
{
	ring_buffer__free(p->ring);
	bpf_object__close(p->kernel);
	k2_object_free(p->object);
}

static const char *map_name(const struct bpf_map *map)
{
	const char *name = bpf_map__name(map), *dot = strchr(name, '.');

	return dot ? dot : name; /* data sections: libbpf puts the object's name before it */
}

static bool has_elements(const struct k2_run_map *m)
{
	return (m->is_array || m->is_hash) && !m->refers;
}

/* CPU 0's value. */
static bool kernel_get(const struct program *p, const struct bpf_map *map, const void *key, uint8_t *value)
{
	uint8_t *all = calloc((size_t)p->cpus, (bpf_map__value_size(map) + 7) / 8 * 8);
	bool ok = all && !bpf_map_lookup_elem(bpf_map__fd(map), key, all);

	if (ok)
		memcpy(value, all, bpf_map__value_size(map));
	free(all);
	return ok;
}

static void kernel_to_runner(const struct program *p, struct k2_runner *r)
{
	static uint8_t value[VALUE_MAX];
	uint8_t key[KEY_MAX], next[KEY_MAX];
	struct bpf_map *map;
	struct k2_run_map m;
	uint32_t n;

	bpf_object__for_each_map(map, p->kernel) {
		bool first = true;

		for (n = 0; k2_runner_map(r, n, &m) && strcmp(m.name, map_name(map)); n++)
			;
		if (!k2_runner_map(r, n, &m) || !has_elements(&m))
			continue;
		for (; !bpf_map_get_next_key(bpf_map__fd(map), first ? NULL : key, next); first = false) {
			memcpy(key, next, m.key_size);
			assert_true(kernel_get(p, map, key, value));
			assert_int_equal(k2_runner_map_set(r, n, key, value), K2_OK);
		}
	}
}

/* ---- comparing ---- */

static void complain(const struct program *p, const char *what, const void *kernel, const void *runner, size_t n)
{
	size_t k;

	print_message("%s, %s:\nkernel", p->name, what);
	for (k = 0; k < n; k++)
		print_message(" %02x", ((const uint8_t *)kernel)[k]);
	print_message("\nrunner");
	for (k = 0; k < n; k++)
		print_message(" %02x", ((const uint8_t *)runner)[k]);
	print_message("\n");
	fail_msg("%s of %s", what, p->name);
}

static void same(const struct program *p, const char *what, const void *kernel, const void *runner, size_t n)
{
	if (memcmp(kernel, runner, n))
		complain(p, what, kernel, runner, n);
}

static void same_map(const struct program *p, struct k2_runner *r, struct bpf_map *map)
{
	static uint8_t value[VALUE_MAX];
	uint8_t key[KEY_MAX], next[KEY_MAX];
	struct k2_run_map m;
	uint32_t n;
	size_t skip;
	bool first = true;

	for (n = 0; k2_runner_map(r, n, &m) && strcmp(m.name, map_name(map)); n++)
		;
	if (!k2_runner_map(r, n, &m) || !has_elements(&m))
		return;
	skip = p->clock_map && !strcmp(m.name, p->clock_map) ? sizeof(uint64_t) : 0;
	for (; !bpf_map_get_next_key(bpf_map__fd(map), first ? NULL : key, next); first = false) {
		const uint8_t *mine = k2_runner_map_get(r, n, next);

		memcpy(key, next, m.key_size);
		assert_true(kernel_get(p, map, key, value));
		if (!mine)
			complain(p, m.name, key, key, m.key_size);
		same(p, m.name, value + skip, mine + skip, m.value_size - skip);
	}
}

struct left {
	const struct program *p;
	const struct k2_runner *r;
};

/* Elements that the runner made must be in the kernel's map. */
static void in_kernel(void *user, uint32_t map, const void *key, const void *before, const void *after)
{
	static uint8_t value[VALUE_MAX];
	const struct left *l = user;
	struct bpf_map *k;
	struct k2_run_map m;

	(void)before;
	k2_runner_map(l->r, map, &m);
	bpf_object__for_each_map(k, l->p->kernel)
		if (!strcmp(map_name(k), m.name) && has_elements(&m))
			assert_int_equal(kernel_get(l->p, k, key, value), after != NULL);
}

static void same_maps(const struct program *p, struct k2_runner *r)
{
	struct left l = { p, r };
	struct bpf_map *map;

	bpf_object__for_each_map(map, p->kernel)
		same_map(p, r, map);
	assert_int_equal(k2_runner_changes(r, in_kernel, &l), K2_OK);
}

/* ---- one input in both ---- */

static int run_kernel(const struct program *p, const struct input *in, struct outcome *out)
{
	bool raw = bpf_program__type(p->prog) == BPF_PROG_TYPE_RAW_TRACEPOINT || bpf_program__type(p->prog) == BPF_PROG_TYPE_SYSCALL;
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = in->len ? in->packet : NULL, .data_size_in = in->len,
		    .ctx_in = in->ctx_len ? &in->ctx : NULL,
		    .ctx_size_in = in->ctx_len);
	int err;

	memset(out, 0, sizeof(*out));
	if (!raw) {
		o.data_out = out->packet;
		o.data_size_out = sizeof(out->packet);
	}
	if (!raw && in->ctx_len) {
		o.ctx_out = &out->ctx;
		o.ctx_size_out = sizeof(out->ctx);
	}
	err = bpf_prog_test_run_opts(bpf_program__fd(p->prog), &o);
	out->result = o.retval;
	out->len = o.data_size_out;
	out->ctx_len = o.ctx_size_out;
	if (bpf_program__type(p->prog) == BPF_PROG_TYPE_SYSCALL)
		memcpy(&out->ctx, &in->ctx, in->ctx_len); /* written in place */
	return err;
}

/* What the kernel gives out of struct __sk_buff: convert_skb_to___skb. */
static void same_skb(const struct program *p, const struct __sk_buff *kernel, const struct __sk_buff *mine)
{
	same(p, "mark", &kernel->mark, &mine->mark, 4);
	same(p, "priority", &kernel->priority, &mine->priority, 4);
	same(p, "ifindex", &kernel->ifindex, &mine->ifindex, 4);
	same(p, "cb", kernel->cb, mine->cb, sizeof(kernel->cb));
	same(p, "tstamp", &kernel->tstamp, &mine->tstamp, 8);
	same(p, "wire_len", &kernel->wire_len, &mine->wire_len, 4);
}

static void same_outcome(const struct program *p, const struct k2_runner *r, const struct input *in, const struct outcome *out)
{
	enum bpf_prog_type type = bpf_program__type(p->prog);
	bool network = type == BPF_PROG_TYPE_CGROUP_SKB || type == BPF_PROG_TYPE_SOCKET_FILTER;
	uint32_t len, ctx_len, skip = 0;
	const uint8_t *packet = k2_runner_packet(r, &len);
	const void *ctx = k2_runner_ctx(r, &ctx_len);

	if (network)
		skip = ETH_HEADER; /* comes back as zeroes */
	if (type == BPF_PROG_TYPE_XDP && in->ctx_len)
		skip = ((const struct xdp_md *)&out->ctx)->data;
	if (packet) {
		assert_int_equal(out->len, len + skip);
		same(p, "packet", out->packet + skip, packet, len);
	}
	if (in->ctx_len && (network || type == BPF_PROG_TYPE_SCHED_CLS))
		same_skb(p, &out->ctx, ctx);
	if (type == BPF_PROG_TYPE_SYSCALL)
		same(p, "context", &out->ctx, ctx, in->ctx_len);
}

static void same_records(struct program *p, const struct k2_runner *r)
{
	const void *data;
	uint32_t map, len, n;

	if (!p->ring)
		return;
	p->sent.n = 0;
	assert_true(ring_buffer__consume(p->ring) >= 0);
	for (n = 0; k2_runner_event(r, n, &map, &data, &len); n++) {
		assert_true(n < p->sent.n);
		assert_int_equal(len, p->sent.len[n]);
		same(p, "record", p->sent.data[n], data, len);
	}
	assert_int_equal(n, p->sent.n);
}

/* False: the kernel does not take the input. `refer` fills what kernel_to_runner cannot. */
static bool run_both(struct program *p, const struct input *in, void (*refer)(struct k2_runner *r))
{
	const struct k2_run_options o = { .size = sizeof(o) };
	struct outcome out;
	struct k2_runner *r;
	struct k2_run run;
	char msg[200];

	if (k2_runner_new(p->object, k2_object_find_func(p->object, p->name), &o, &r, msg, sizeof(msg)))
		fail_msg("%s", msg);
	kernel_to_runner(p, r);
	if (refer)
		refer(r);
	if (k2_runner_set_input(r, in->len ? in->packet : NULL, in->len, in->ctx_len ? &in->ctx : NULL, in->ctx_len, msg, sizeof(msg)))
		fail_msg("%s", msg);
	if (run_kernel(p, in, &out)) {
		k2_runner_free(r);
		return false;
	}
	assert_int_equal(k2_runner_run(r, &run), K2_OK);
	if (run.status != K2_RUN_EXIT)
		fail_msg("%s: instruction %u: %s", p->name, run.insn, run.why);
	assert_int_equal((uint32_t)run.r0, out.result);
	same_outcome(p, r, in, &out);
	same_maps(p, r);
	same_records(p, r);
	k2_runner_free(r);
	return true;
}

/* ---- inputs ---- */

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Few hosts and ports, so that flows and services are met again. */
static void random_packet(struct input *in, uint64_t *rnd)
{
	uint8_t *p = in->packet + 12;
	bool v6 = k2_rand(rnd) % 4 == 0, fragment = k2_rand(rnd) % 16 == 0;
	unsigned int k, proto = k2_rand(rnd) % 3 ? 6 : 17, host;

	for (k = 0; k < PACKET; k++)
		in->packet[k] = (uint8_t)k2_rand(rnd);
	if (k2_rand(rnd) % 4 == 0)
		memset(in->packet, k2_rand(rnd) % 2 ? 0xff : 0, 6);
	for (k = (unsigned int)(k2_rand(rnd) % 8); k < 2; k++, p += 4)
		put16(p, k % 2 ? 0x8100 : 0x88a8);
	put16(p, v6 ? 0x86dd : k2_rand(rnd) % 16 ? 0x0800 : (unsigned int)k2_rand(rnd) & 0xffff);
	p += 2;
	memset(p, 0, v6 ? 40 : 20);
	p[0] = v6 ? 0x60 : (uint8_t)(0x45 + (k2_rand(rnd) % 16 == 0));
	p[1] = (uint8_t)(k2_rand(rnd) % 3 << 4);
	p[v6 ? 6 : 9] = (uint8_t)proto;
	p[v6 ? 7 : 8] = 64;
	put16(p + (v6 ? 4 : 6), fragment && !v6 ? 5 : 0);
	for (host = 0; host < 2; host++)
		p[(v6 ? 23 : 15) + host * (v6 ? 16 : 4)] = (uint8_t)(1 + k2_rand(rnd) % 3);
	p += v6 ? 40 : 20;
	put16(p, 1000 + (unsigned int)(k2_rand(rnd) % 2));
	put16(p + 2, k2_rand(rnd) % 2 ? 80 : 443);
	in->len = k2_rand(rnd) % 8 ? PACKET : (uint32_t)(ETH_HEADER + k2_rand(rnd) % (PACKET - ETH_HEADER));
	in->ctx_len = 0;
}

static void random_skb(struct input *in, uint64_t *rnd)
{
	struct __sk_buff skb = { .mark = (uint32_t)k2_rand(rnd), .priority = (uint32_t)k2_rand(rnd), .tstamp = k2_rand(rnd) % 3,
				 .wire_len = k2_rand(rnd) % 2 ? 60000 : 0, .gso_segs = (uint16_t)(k2_rand(rnd) % 9),
				 .gso_size = (uint16_t)(k2_rand(rnd) % 99) };
	unsigned int k;

	random_packet(in, rnd);
	for (k = 0; k < 5; k++)
		skb.cb[k] = (uint32_t)k2_rand(rnd);
	if (k2_rand(rnd) % 8 == 0)
		return;
	memcpy(&in->ctx, &skb, sizeof(skb));
	in->ctx_len = sizeof(skb);
}

static void random_xdp(struct input *in, uint64_t *rnd)
{
	struct xdp_md md = { .data = (uint32_t)(k2_rand(rnd) % 5) * 4 };

	do {
		random_packet(in, rnd);
	} while (in->len < 64);
	if (k2_rand(rnd) % 2)
		return;
	md.data_end = in->len;
	memcpy(&in->ctx, &md, sizeof(md));
	in->ctx_len = sizeof(md);
}

static void random_args(struct input *in, uint64_t *rnd)
{
	uint64_t args[2] = { k2_rand(rnd) % 1000, k2_rand(rnd) };

	memcpy(&in->ctx, args, sizeof(args));
	in->len = 0;
	in->ctx_len = sizeof(args);
}

/* Most inputs are ones that the kernel takes. */
static void run_many(struct program *p, void (*make)(struct input *in, uint64_t *rnd), unsigned int rounds,
		     void (*refer)(struct k2_runner *r))
{
	uint64_t rnd = 4711;
	unsigned int k, ran = 0;
	struct input in;

	for (k = 0; k < rounds; k++) {
		make(&in, &rnd);
		ran += run_both(p, &in, refer);
	}
	assert_true(ran > rounds * 3 / 4);
}

/* ---- the programs of test/programs ---- */

static int map_fd(const struct program *p, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(p->kernel, name);

	assert_true(fd >= 0);
	return fd;
}

static void fill_balancer(const struct program *p)
{
	struct { uint8_t addr[16]; uint8_t port[2]; uint8_t proto, family; } key = { .proto = 6 };
	uint32_t value[4] = { 1, 0, 0, 3 }, k;
	uint8_t backend[28];

	for (k = 0; k < 12; k++) {
		memset(key.addr, 0, sizeof(key.addr));
		key.family = k % 4 ? 4 : 6;
		key.proto = k % 2 ? 6 : 17;
		key.addr[k % 4 ? 3 : 15] = (uint8_t)(1 + k / 4);
		put16(key.port, k % 3 ? 80 : 443);
		value[0] = k;
		value[1] = k % 5 == 0;
		value[2] = k / 2;
		value[3] = k == 7 ? 0 : 1 + k % 3;
		assert_int_equal(bpf_map_update_elem(map_fd(p, "vips"), &key, value, 0), 0);
	}
	for (k = 0; k < 16; k++) {
		memset(backend, (int)k * 9, sizeof(backend));
		memset(backend + 24, k % 6 == 5, 4);
		assert_int_equal(bpf_map_update_elem(map_fd(p, "backends"), &k, backend, 0), 0);
	}
}

static void fill_monitor(const struct program *p)
{
	struct { uint64_t quota; uint32_t mark; uint16_t flags, priority; } policy = { 0 };
	uint8_t host[4] = { 0 };

	for (host[3] = 1; host[3] < 3; host[3]++) {
		policy.quota = host[3] == 1 ? 3000 : 0;
		policy.mark = host[3] * 5u;
		policy.priority = host[3];
		assert_int_equal(bpf_map_update_elem(map_fd(p, "hosts"), host, &policy, 0), 0);
	}
}

static void run_source(const char *source, const char *name, const char *clock_map, void (*fill)(const struct program *p),
		       void (*make)(struct input *in, uint64_t *rnd))
{
	struct program p = { .clock_map = clock_map };
	char object[64];

	if (!ready)
		skip();
	snprintf(object, sizeof(object), "%s/object.o", folder);
	assert_true(compile(source, object));
	open_program(&p, object, name);
	if (fill)
		fill(&p);
	run_many(&p, make, ROUNDS, NULL);
	close_program(&p);
}

static void test_balancer(void **state)
{
	(void)state;
	run_source("programs/xdp_lb.c", "balance", "flows", fill_balancer, random_packet);
}

static void test_monitor(void **state)
{
	(void)state;
	run_source("programs/tc_monitor.c", "monitor", NULL, fill_monitor, random_skb);
}

/* ---- contexts and calls ---- */

static void test_contexts(void **state)
{
	static const char *const source = "kernel/run/programs.c";

	(void)state;
	run_source(source, "frame", NULL, NULL, random_skb);
	run_source(source, "tell", NULL, NULL, random_skb);
	run_source(source, "network", NULL, NULL, random_skb);
	run_source(source, "filter", NULL, NULL, random_skb);
	run_source(source, "driver", NULL, NULL, random_xdp);
	run_source(source, "traced", NULL, NULL, random_args);
	run_source(source, "command", NULL, NULL, random_args);
}

/* The other maps of maps and of programs have their elements from the object. */
static void refer_calls(struct k2_runner *r)
{
	static const struct { const char *map; uint64_t key; const char *to; } refs[] = {
		{ "named", 1, "two" }, { "named", 2, "one" },
	};
	struct k2_run_map m;
	unsigned int k;
	uint32_t n;

	for (k = 0; k < K2_ARRAY_SIZE(refs); k++) {
		for (n = 0; k2_runner_map(r, n, &m) && strcmp(m.name, refs[k].map); n++)
			;
		assert_int_equal(k2_runner_map_refer(r, n, &refs[k].key, refs[k].to), K2_OK);
		assert_int_equal(k2_runner_map_refer(r, n, &refs[k].key, "nobody"), K2_EINVAL);
	}
}

static void fill_calls(const struct program *p)
{
	uint64_t name[] = { 1, 2 };
	int one = map_fd(p, "one"), two = map_fd(p, "two");

	assert_int_equal(bpf_map_update_elem(map_fd(p, "named"), &name[0], &two, 0), 0);
	assert_int_equal(bpf_map_update_elem(map_fd(p, "named"), &name[1], &one, 0), 0);
}

static void test_calls(void **state)
{
	struct program p = { 0 };
	char object[64];

	(void)state;
	if (!ready)
		skip();
	snprintf(object, sizeof(object), "%s/object.o", folder);
	assert_true(compile("kernel/run/programs.c", object));
	open_program(&p, object, "root");
	fill_calls(&p);
	run_many(&p, random_skb, ROUNDS, refer_calls);
	close_program(&p);
}

static int setup(void **state)
{
	LIBBPF_OPTS(bpf_map_create_opts, o);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, &o);
	cpu_set_t first;

	(void)state;
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	libbpf_set_print(quiet);
	ready = fd >= 0 && !sched_setaffinity(0, sizeof(first), &first) && mkdtemp(folder) &&
		compile("kernel/run/programs.c", "/dev/null");
	if (fd >= 0)
		close(fd);
	return 0;
}

static int teardown(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/object.o", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/log", folder);
	unlink(path);
	rmdir(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_balancer),
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_contexts),
		cmocka_unit_test(test_calls),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

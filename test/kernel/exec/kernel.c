// SPDX-License-Identifier: BSD-2-Clause
/* The kernel's side: maps, loading, BPF_PROG_TEST_RUN. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "exec.h"

enum { ALL_INSNS = EXEC_INSNS * EXEC_FUNCS };

static const int prog_types[EXEC_TYPES] = { [EXEC_TC] = BPF_PROG_TYPE_SCHED_CLS, [EXEC_XDP] = BPF_PROG_TYPE_XDP,
					    [EXEC_FILTER] = BPF_PROG_TYPE_SOCKET_FILTER };

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static bool make_map(struct exec_kernel *k, unsigned int map, uint32_t type, uint32_t value_size, uint32_t entries)
{
	union bpf_attr attr = { .map_type = type, .key_size = 4, .value_size = value_size, .max_entries = entries,
				.map_flags = type == BPF_MAP_TYPE_ARRAY ? BPF_F_MMAPABLE : 0 };

	k->fds[map] = (int)bpf(BPF_MAP_CREATE, &attr);
	if (k->fds[map] < 0 || type != BPF_MAP_TYPE_ARRAY)
		return k->fds[map] >= 0;
	k->mem[map] = mmap(NULL, (size_t)value_size * entries, PROT_READ | PROT_WRITE, MAP_SHARED, k->fds[map], 0);
	return k->mem[map] != MAP_FAILED;
}

/* Type information for programs with callbacks, where the kernel wants it: every function is `static int f(void)`. */
static int load_types(void)
{
	enum { INT = 1, PROTO, FUNC };
	static const char names[] = "\0int\0f";
	static const struct {
		struct btf_header h;
		struct btf_type integer;
		uint32_t bits;
		struct btf_type proto, func;
		char names[sizeof(names)];
	} types = {
		.h = { .magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(types.h), .type_len = 3 * 12 + 4,
		       .str_off = 3 * 12 + 4, .str_len = sizeof(names) },
		.integer = { .name_off = 1, .info = BTF_KIND_INT << 24, .size = 4 },
		.bits = BTF_INT_SIGNED << 24 | 32,
		.proto = { .info = BTF_KIND_FUNC_PROTO << 24, .type = INT },
		.func = { .name_off = 5, .info = BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC, .type = PROTO },
		.names = "\0int\0f",
	};
	union bpf_attr attr = { .btf = (uintptr_t)&types, .btf_size = sizeof(types.h) + 3 * 12 + 4 + sizeof(names) };

	return (int)bpf(BPF_BTF_LOAD, &attr);
}

bool exec_kernel_open(struct exec_kernel *k)
{
	memset(k, 0, sizeof(*k));
	return make_map(k, EXEC_A, BPF_MAP_TYPE_ARRAY, A_SIZE, 1) && make_map(k, EXEC_B, BPF_MAP_TYPE_ARRAY, B_SIZE, B_ENTRIES) &&
	       make_map(k, EXEC_H, BPF_MAP_TYPE_HASH, H_SIZE, H_ENTRIES) && make_map(k, EXEC_G, BPF_MAP_TYPE_ARRAY, G_SIZE, 1) &&
	       (k->types = load_types()) >= 0;
}

/* All functions one after the other, symbols replaced by what the kernel wants: file descriptors and distances in slots. */
static uint32_t link_program(const struct exec_kernel *k, const struct exec_prog *p, struct k2_insn *all,
			     struct bpf_func_info *info, uint32_t *n_info)
{
	static uint32_t slot[ALL_INSNS + 1];
	uint32_t first[EXEC_FUNCS], n = 0, f, j;

	for (f = 0; f < p->n_funcs; f++) {
		first[f] = n;
		if (p->funcs[f].n)
			info[(*n_info)++] = (struct bpf_func_info){ .insn_off = slot[n], .type_id = 3 };
		for (j = 0; j < p->funcs[f].n; j++, n++) {
			all[n] = p->funcs[f].insns[j];
			all[n].target += first[f];
			slot[n + 1] = slot[n] + k2_isa_slots(&all[n]);
		}
	}
	for (j = 0; j < n; j++) {
		uint32_t sym = all[j].sym;

		all[j].sym = 0;
		if (sym >= EXEC_SYM_FUNC)
			all[j].imm = (int64_t)slot[first[sym - EXEC_SYM_FUNC]] - (int64_t)slot[j] - 1;
		else if (sym)
			all[j].imm = (int64_t)((uint64_t)all[j].imm << 32 | (uint32_t)k->fds[sym - 1]);
	}
	return n;
}

int exec_kernel_load(struct exec_kernel *k, const struct exec_prog *p, bool log)
{
	static struct k2_insn all[ALL_INSNS];
	union bpf_attr attr = { .prog_type = (uint32_t)prog_types[p->type], .license = (uintptr_t)"Dual BSD/GPL",
				.log_buf = log ? (uintptr_t)k->log : 0, .log_size = log ? sizeof(k->log) : 0, .log_level = log };
	struct bpf_func_info info[EXEC_FUNCS];
	struct k2_arena *a = k2_arena_new(0);
	uint32_t n_info = 0, n = link_program(k, p, all, info, &n_info);
	char msg[128] = "";
	uint8_t *bytes;
	size_t len;
	int fd = -1;

	k->log[0] = 0;
	if (k2_isa_encode_all(a, all, n, false, &bytes, &len, msg, sizeof(msg)) == K2_OK) {
		attr.insns = (uintptr_t)bytes;
		attr.insn_cnt = (uint32_t)(len / 8);
		if (p->funcs[p->n_funcs - 1].callback) {
			attr.prog_btf_fd = (uint32_t)k->types;
			attr.func_info_rec_size = sizeof(info[0]);
			attr.func_info = (uintptr_t)info;
			attr.func_info_cnt = n_info;
		}
		fd = (int)bpf(BPF_PROG_LOAD, &attr);
	} else {
		errno = EDOM; /* no answer of bpf(2) */
	}
	k2_arena_free(a);
	return fd;
}

static bool hash(struct exec_kernel *k, int cmd, uint32_t key, void *value)
{
	union bpf_attr attr = { .map_fd = (uint32_t)k->fds[EXEC_H], .key = (uintptr_t)&key, .value = (uintptr_t)value };

	return bpf(cmd, &attr) == 0;
}

static void put_world(struct exec_kernel *k, const struct exec_prog *p, const struct exec_world *in)
{
	uint32_t key;

	memcpy(k->mem[EXEC_A], in->a, sizeof(in->a));
	memcpy(k->mem[EXEC_B], in->b, sizeof(in->b));
	memcpy(k->mem[EXEC_G], in->g, sizeof(in->g));
	if (!p->uses_hash)
		return;
	for (key = 0; key < H_KEYS; key++)
		hash(k, BPF_MAP_DELETE_ELEM, key, NULL);
	for (key = 0; key < H_KEYS; key++)
		if (in->h_has[key])
			hash(k, BPF_MAP_UPDATE_ELEM, key, (void *)in->h[key]);
}

static void get_world(struct exec_kernel *k, const struct exec_prog *p, const struct exec_world *in, struct exec_world *out)
{
	uint32_t key;

	memcpy(out->a, k->mem[EXEC_A], sizeof(out->a));
	memcpy(out->b, k->mem[EXEC_B], sizeof(out->b));
	memcpy(out->g, k->mem[EXEC_G], sizeof(out->g));
	memset(out->h, 0, sizeof(out->h));
	for (key = 0; p->uses_hash && key < H_KEYS; key++)
		out->h_has[key] = hash(k, BPF_MAP_LOOKUP_ELEM, key, out->h[key]);
	if (p->uses_hash)
		return;
	memcpy(out->h, in->h, sizeof(out->h));
	memcpy(out->h_has, in->h_has, sizeof(out->h_has));
}

bool exec_kernel_run(struct exec_kernel *k, int fd, const struct exec_prog *p, const struct exec_world *in,
		     struct exec_world *out)
{
	struct __sk_buff ctx = { .mark = in->mark, .priority = in->priority }, ctx_out = { 0 };
	union bpf_attr attr = { .test = { .prog_fd = (uint32_t)fd, .data_in = (uintptr_t)in->packet, .data_size_in = in->len,
					  .data_out = (uintptr_t)out->packet, .data_size_out = sizeof(out->packet) } };

	if (p->type != EXEC_XDP) {
		memcpy(ctx.cb, in->cb, sizeof(ctx.cb));
		attr.test.ctx_in = (uintptr_t)&ctx;
		attr.test.ctx_out = (uintptr_t)&ctx_out;
		attr.test.ctx_size_in = attr.test.ctx_size_out = sizeof(ctx);
	}
	put_world(k, p, in);
	if (bpf(BPF_PROG_TEST_RUN, &attr))
		return false;
	get_world(k, p, in, out);
	out->ret = attr.test.retval;
	out->len = p->type == EXEC_FILTER ? 0 : attr.test.data_size_out;
	out->mark = ctx_out.mark;
	out->priority = ctx_out.priority;
	memcpy(out->cb, ctx_out.cb, sizeof(out->cb));
	return true;
}

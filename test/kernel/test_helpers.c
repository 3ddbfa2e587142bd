// SPDX-License-Identifier: BSD-2-Clause
/* The tables of lib/func against the verifier of the running kernel, which is the judge. For every helper, program type and
   argument, programs of one call are loaded that pass good values everywhere but in one argument, and the kernel's answer
   must not contradict the row:
     - what is said not to be the stack (socket, map, context, timer ...) must be refused as a stack pointer;
     - what is said to be a number must be accepted as one, and what is said to be a pointer refused;
     - what is said to be only read must be accepted as read-only memory, what is said to be only written must be taken for
       uninitialised memory; a length that is too long for the memory must be refused;
     - registers said to be no input may be uninitialised, all others not; NULL only where said;
     - r0 is nothing, a number or a pointer, as said; packet pointers survive unless said otherwise.
   Rows may be more conservative than this kernel: they hold for older ones too. Then contexts: every load of 1, 2, 4 and 8
   bytes that the kernel takes must give a pointer exactly where the table says so, and every access that the table allows
   must be taken in some attach type. Whatever cannot be built here is counted and printed as not covered. K2_VERBOSE=1 shows
   each answer that was not understood. Needs root. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>
#include "helpers.h"
#include "progtypes.h"
#include "util.h"

enum {
	/* not in the uapi header of Linux 6.1 */
	TYPE_NETFILTER = 32, ATTACH_NETFILTER = 45, MAP_CGRP_STORAGE = 32, FUNC_cgrp_storage_get = 210, FUNC_cgrp_storage_delete = 211,
	KEY_SIZE = 8, VALUE_SIZE = 64,
	/* the stack of a test program */
	MEM = -64,     /* initialised */
	DYNPTR = -80,  /* a struct bpf_dynptr, when asked for */
	HOLE = -192,   /* never written */
};

static bool verbose;
static char verifier_log[1 << 16];

/* ---- The kernel's types ---- */

enum { KIND_INT = 1, KIND_PTR = 2, KIND_STRUCT = 4, KIND_TYPEDEF = 8, KIND_FUNC = 12, KIND_FUNC_PROTO = 13, KIND_VAR = 14,
       KIND_DATASEC = 15, KIND_TYPE_TAG = 18 };

struct type {
	uint32_t name, info, size;
};

struct btf_head {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len, type_off, type_len, str_off, str_len;
};

static const char *vmlinux;

static uint32_t type_bytes(const struct type *t)
{
	static const uint8_t one[20] = { [1] = 4, [3] = 12, [14] = 4, [17] = 4 }, each[20] = { [4] = 12, [5] = 12, [6] = 8,
		[13] = 8, [15] = 12, [19] = 12 };
	uint32_t kind = t->info >> 24 & 31;

	return kind < 20 ? (uint32_t)sizeof(*t) + one[kind] + each[kind] * (t->info & 0xffff) : (uint32_t)sizeof(*t);
}

/* The id of a type of /sys/kernel/btf/vmlinux, 0 if there is none. */
static uint32_t kernel_type(uint32_t kind, const char *name)
{
	struct btf_head h;
	const char *at, *end, *strings;
	uint32_t id = 1;

	if (!vmlinux)
		return 0;
	memcpy(&h, vmlinux, sizeof(h));
	at = vmlinux + h.hdr_len + h.type_off;
	end = at + h.type_len;
	strings = vmlinux + h.hdr_len + h.str_off;
	for (; at < end; id++) {
		struct type t;

		memcpy(&t, at, sizeof(t));
		if ((t.info >> 24 & 31) == kind && !strcmp(strings + t.name, name))
			return id;
		at += type_bytes(&t);
	}
	return 0;
}

static void map_kernel_types(void)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	struct stat st;
	char *p;
	ssize_t got;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st))
		return;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	while (p != MAP_FAILED && (got = read(fd, p + n, (size_t)st.st_size - n)) > 0)
		n += (size_t)got;
	if (n == (size_t)st.st_size)
		vmlinux = p;
	close(fd);
}

/* ---- Where a program can run ---- */

struct env {
	const char *name;
	uint32_t type, attach, flags;
	/* BTF object to attach to */
	uint32_t kind;
	const char *target;
	int sk, data, data_end; /* offsets of context fields plus 1, 0: none */
	int object;             /* offset of the argument that O_ARG means */
	bool wide;              /* 64-bit packet pointers */
	uint32_t id;            /* of the target */
	bool here;              /* this kernel loads such programs */
};

#define T(t) BPF_PROG_TYPE_##t
static struct env envs[] = {
	{ .name = "socket_filter", .type = T(SOCKET_FILTER), .sk = 169 },
	{ .name = "kprobe", .type = T(KPROBE) },
	{ .name = "sched_cls", .type = T(SCHED_CLS), .sk = 169, .data = 77, .data_end = 81 },
	{ .name = "tracepoint", .type = T(TRACEPOINT) },
	{ .name = "xdp", .type = T(XDP), .data = 1, .data_end = 5 },
	{ .name = "xdp of a devmap", .type = T(XDP), .attach = BPF_XDP_DEVMAP, .data = 1, .data_end = 5 },
	{ .name = "perf_event", .type = T(PERF_EVENT) },
	{ .name = "cgroup_skb", .type = T(CGROUP_SKB), .attach = BPF_CGROUP_INET_EGRESS, .sk = 169, .data = 77, .data_end = 81 },
	{ .name = "cgroup_sock", .type = T(CGROUP_SOCK), .attach = BPF_CGROUP_INET_SOCK_CREATE },
	{ .name = "post_bind4", .type = T(CGROUP_SOCK), .attach = BPF_CGROUP_INET4_POST_BIND },
	{ .name = "post_bind6", .type = T(CGROUP_SOCK), .attach = BPF_CGROUP_INET6_POST_BIND },
	{ .name = "lwt_in", .type = T(LWT_IN), .data = 77, .data_end = 81 },
	{ .name = "lwt_out", .type = T(LWT_OUT), .data = 77, .data_end = 81 },
	{ .name = "lwt_xmit", .type = T(LWT_XMIT), .data = 77, .data_end = 81 },
	{ .name = "lwt_seg6local", .type = T(LWT_SEG6LOCAL), .data = 77, .data_end = 81 },
	{ .name = "sock_ops", .type = T(SOCK_OPS), .attach = BPF_CGROUP_SOCK_OPS, .sk = 185, .data = 193, .data_end = 201, .wide = true },
	{ .name = "sk_skb", .type = T(SK_SKB), .attach = BPF_SK_SKB_STREAM_VERDICT, .sk = 169, .data = 77, .data_end = 81 },
	{ .name = "cgroup_device", .type = T(CGROUP_DEVICE), .attach = BPF_CGROUP_DEVICE },
	{ .name = "sk_msg", .type = T(SK_MSG), .attach = BPF_SK_MSG_VERDICT, .sk = 73, .data = 1, .data_end = 9, .wide = true },
	{ .name = "raw_tracepoint", .type = T(RAW_TRACEPOINT) },
	{ .name = "raw_tracepoint_writable", .type = T(RAW_TRACEPOINT_WRITABLE) },
	{ .name = "connect4", .type = T(CGROUP_SOCK_ADDR), .attach = BPF_CGROUP_INET4_CONNECT, .sk = 65 },
	{ .name = "bind4", .type = T(CGROUP_SOCK_ADDR), .attach = BPF_CGROUP_INET4_BIND, .sk = 65 },
	{ .name = "sendmsg4", .type = T(CGROUP_SOCK_ADDR), .attach = BPF_CGROUP_UDP4_SENDMSG, .sk = 65 },
	{ .name = "sendmsg6", .type = T(CGROUP_SOCK_ADDR), .attach = BPF_CGROUP_UDP6_SENDMSG, .sk = 65 },
	{ .name = "lirc_mode2", .type = T(LIRC_MODE2), .attach = BPF_LIRC_MODE2 },
	{ .name = "sk_reuseport", .type = T(SK_REUSEPORT), .attach = BPF_SK_REUSEPORT_SELECT_OR_MIGRATE, .data = 1, .data_end = 9, .wide = true, .sk = 41 },
	{ .name = "flow_dissector", .type = T(FLOW_DISSECTOR), .attach = BPF_FLOW_DISSECTOR, .data = 77, .data_end = 81 },
	{ .name = "sysctl", .type = T(CGROUP_SYSCTL), .attach = BPF_CGROUP_SYSCTL },
	{ .name = "getsockopt", .type = T(CGROUP_SOCKOPT), .attach = BPF_CGROUP_GETSOCKOPT, .sk = 1, .data = 9, .data_end = 17, .wide = true },
	{ .name = "setsockopt", .type = T(CGROUP_SOCKOPT), .attach = BPF_CGROUP_SETSOCKOPT, .sk = 1, .data = 9, .data_end = 17, .wide = true },
	{ .name = "sk_lookup", .type = T(SK_LOOKUP), .attach = BPF_SK_LOOKUP, .sk = 1 },
	{ .name = "syscall", .type = T(SYSCALL), .flags = BPF_F_SLEEPABLE },
	{ .name = "netfilter", .type = TYPE_NETFILTER, .attach = ATTACH_NETFILTER },
	{ .name = "fentry", .type = T(TRACING), .attach = BPF_TRACE_FENTRY, .kind = KIND_FUNC, .target = "bpf_fentry_test1" },
	{ .name = "fexit", .type = T(TRACING), .attach = BPF_TRACE_FEXIT, .kind = KIND_FUNC, .target = "bpf_fentry_test1" },
	{ .name = "fmod_ret", .type = T(TRACING), .attach = BPF_MODIFY_RETURN, .kind = KIND_FUNC, .target = "bpf_modify_return_test" },
	{ .name = "fentry of a path", .type = T(TRACING), .attach = BPF_TRACE_FENTRY, .kind = KIND_FUNC, .target = "vfs_getattr" },
	{ .name = "fentry of an xdp_buff", .type = T(TRACING), .attach = BPF_TRACE_FENTRY, .kind = KIND_FUNC, .target = "xdp_return_buff" },
	{ .name = "fentry of a socket", .type = T(TRACING), .attach = BPF_TRACE_FENTRY, .kind = KIND_FUNC, .target = "tcp_close" },
	{ .name = "tp_btf of an skb", .type = T(TRACING), .attach = BPF_TRACE_RAW_TP, .kind = KIND_TYPEDEF, .target = "btf_trace_kfree_skb" },
	{ .name = "tp_btf of a cgroup", .type = T(TRACING), .attach = BPF_TRACE_RAW_TP, .kind = KIND_TYPEDEF, .target = "btf_trace_cgroup_mkdir" },
	{ .name = "tp_btf of a task", .type = T(TRACING), .attach = BPF_TRACE_RAW_TP, .kind = KIND_TYPEDEF, .target = "btf_trace_task_newtask" },
	{ .name = "iter", .type = T(TRACING), .attach = BPF_TRACE_ITER, .kind = KIND_FUNC, .target = "bpf_iter_task" },
	{ .name = "iter of files", .type = T(TRACING), .attach = BPF_TRACE_ITER, .kind = KIND_FUNC, .target = "bpf_iter_task_file",
	  .object = 24 },
	{ .name = "lsm of a file", .type = T(LSM), .attach = BPF_LSM_MAC, .kind = KIND_FUNC, .target = "bpf_lsm_file_open" },
	{ .name = "lsm of a file, sleepable", .type = T(LSM), .attach = BPF_LSM_MAC, .flags = BPF_F_SLEEPABLE, .kind = KIND_FUNC, .target = "bpf_lsm_file_open" },
	{ .name = "lsm of an inode", .type = T(LSM), .attach = BPF_LSM_MAC, .kind = KIND_FUNC, .target = "bpf_lsm_inode_unlink" },
	{ .name = "lsm of an inode, sleepable", .type = T(LSM), .attach = BPF_LSM_MAC, .flags = BPF_F_SLEEPABLE, .kind = KIND_FUNC, .target = "bpf_lsm_inode_create" },
	{ .name = "lsm of a bprm", .type = T(LSM), .attach = BPF_LSM_MAC, .kind = KIND_FUNC, .target = "bpf_lsm_bprm_creds_for_exec" },
	{ .name = "lsm of a socket", .type = T(LSM), .attach = BPF_LSM_MAC, .kind = KIND_FUNC, .target = "bpf_lsm_inet_csk_clone" },
	{ .name = "lsm_cgroup", .type = T(LSM), .attach = BPF_LSM_CGROUP, .kind = KIND_FUNC, .target = "bpf_lsm_inet_csk_clone" },
	/* the member is tcp_congestion_ops.ssthresh */
	{ .name = "struct_ops", .type = T(STRUCT_OPS), .kind = KIND_STRUCT, .target = "tcp_congestion_ops" },
};

static long sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

/* ---- Maps ---- */

/* Types of our own, as BTF: what map values with special fields and callbacks need. */
enum { T_INT = 1, T_U64, T_LOCK, T_TIMER, T_TASK, T_TAG, T_KPTR, T_VALUE, T_PROTO, T_MAIN, T_CALLBACK };
static const char type_names[] = "\0int\0u64\0bpf_spin_lock\0bpf_timer\0task_struct\0kptr\0value\0main\0callback\0a\0b\0c";
#define NAME_OF(s) name_of(s, sizeof(s))

static uint32_t name_of(const char *s, size_t n)
{
	uint32_t at = 1;

	while (at < sizeof(type_names) && memcmp(type_names + at, s, n) != 0)
		at += (uint32_t)strlen(type_names + at) + 1;
	return at;
}

#define INFO(kind, n) ((uint32_t)(kind) << 24 | (uint32_t)(n))
static int load_types(void)
{
	const uint32_t types[] = {
		NAME_OF("int"), INFO(KIND_INT, 0), 4, 1 << 24 | 32,
		NAME_OF("u64"), INFO(KIND_INT, 0), 8, 64,
		NAME_OF("bpf_spin_lock"), INFO(KIND_STRUCT, 1), 4, NAME_OF("a"), T_INT, 0,
		NAME_OF("bpf_timer"), INFO(KIND_STRUCT, 2), 16, NAME_OF("a"), T_U64, 0, NAME_OF("b"), T_U64, 64,
		NAME_OF("task_struct"), INFO(KIND_STRUCT, 0), 0,
		NAME_OF("kptr"), INFO(KIND_TYPE_TAG, 0), T_TASK,
		0, INFO(KIND_PTR, 0), T_TAG,
		NAME_OF("value"), INFO(KIND_STRUCT, 3), 32, NAME_OF("a"), T_TIMER, 0, NAME_OF("b"), T_LOCK, 128, NAME_OF("c"),
		T_KPTR, 192,
		0, INFO(KIND_FUNC_PROTO, 0), T_INT,
		NAME_OF("main"), INFO(KIND_FUNC, 0), T_PROTO,
		NAME_OF("callback"), INFO(KIND_FUNC, 0), T_PROTO,
	};
	struct btf_head h = { 0xeb9f, 1, 0, sizeof(h), 0, sizeof(types), sizeof(types), sizeof(type_names) };
	static char blob[2048];
	union bpf_attr attr;

	memcpy(blob, &h, sizeof(h));
	memcpy(blob + sizeof(h), types, sizeof(types));
	memcpy(blob + sizeof(h) + sizeof(types), type_names, sizeof(type_names));
	memset(&attr, 0, sizeof(attr));
	attr.btf = (uintptr_t)blob;
	attr.btf_size = (uint32_t)(sizeof(h) + sizeof(types) + sizeof(type_names));
	attr.btf_log_buf = (uintptr_t)verifier_log;
	attr.btf_log_size = sizeof(verifier_log);
	attr.btf_log_level = 1;
	return (int)sys_bpf(BPF_BTF_LOAD, &attr);
}

static int btf_fd = -1;

struct map {
	uint32_t type, key, value, entries, flags, value_type;
	int fd;
};

/* By use. The first ones are for programs themselves. */
enum { M_HASH, M_ARRAY, M_CONST, M_SPECIAL, M_PROGS, M_PERF, M_STACKS, M_CGROUPS, M_DEV, M_SOCKMAP, M_SOCKHASH, M_CG_STORAGE,
       M_REUSEPORT, M_QUEUE, M_SK_STORAGE, M_INODE_STORAGE, M_TASK_STORAGE, M_CGRP_STORAGE, M_RINGBUF, M_USER_RINGBUF,
       M_PERCPU, M_BLOOM };
#define M(t) BPF_MAP_TYPE_##t
static struct map maps[] = {
	[M_HASH] = { M(HASH), KEY_SIZE, VALUE_SIZE, 4, 0, 0, -1 },
	[M_ARRAY] = { M(ARRAY), 4, VALUE_SIZE, 1, 0, 0, -1 },
	[M_CONST] = { M(ARRAY), 4, VALUE_SIZE, 1, BPF_F_RDONLY_PROG, 0, -1 },
	[M_SPECIAL] = { M(ARRAY), 4, 32, 1, 0, T_VALUE, -1 },
	[M_PROGS] = { M(PROG_ARRAY), 4, 4, 4, 0, 0, -1 },
	[M_PERF] = { M(PERF_EVENT_ARRAY), 4, 4, 4, 0, 0, -1 },
	[M_STACKS] = { M(STACK_TRACE), 4, 80, 4, 0, 0, -1 },
	[M_CGROUPS] = { M(CGROUP_ARRAY), 4, 4, 4, 0, 0, -1 },
	[M_DEV] = { M(DEVMAP), 4, 4, 4, 0, 0, -1 },
	[M_SOCKMAP] = { M(SOCKMAP), 4, 4, 4, 0, 0, -1 },
	[M_SOCKHASH] = { M(SOCKHASH), KEY_SIZE, 4, 4, 0, 0, -1 },
	[M_CG_STORAGE] = { M(CGROUP_STORAGE), sizeof(struct bpf_cgroup_storage_key), VALUE_SIZE, 0, 0, 0, -1 },
	[M_REUSEPORT] = { M(REUSEPORT_SOCKARRAY), 4, 4, 4, 0, 0, -1 },
	[M_QUEUE] = { M(QUEUE), 0, 8, 4, 0, 0, -1 },
	[M_SK_STORAGE] = { M(SK_STORAGE), 4, 8, 0, BPF_F_NO_PREALLOC, T_U64, -1 },
	[M_INODE_STORAGE] = { M(INODE_STORAGE), 4, 8, 0, BPF_F_NO_PREALLOC, T_U64, -1 },
	[M_TASK_STORAGE] = { M(TASK_STORAGE), 4, 8, 0, BPF_F_NO_PREALLOC, T_U64, -1 },
	[M_CGRP_STORAGE] = { MAP_CGRP_STORAGE, 4, 8, 0, BPF_F_NO_PREALLOC, T_U64, -1 },
	[M_RINGBUF] = { M(RINGBUF), 0, 0, 4096, 0, 0, -1 },
	[M_USER_RINGBUF] = { M(USER_RINGBUF), 0, 0, 4096, 0, 0, -1 },
	[M_BLOOM] = { M(BLOOM_FILTER), 0, 8, 4, 0, 0, -1 },
	[M_PERCPU] = { M(PERCPU_ARRAY), 4, VALUE_SIZE, 4, 0, 0, -1 },
};

static int create_map(const struct map *m)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = m->type;
	attr.key_size = m->key;
	attr.value_size = m->value;
	attr.max_entries = m->entries;
	attr.map_flags = m->flags;
	if (m->value_type) {
		attr.btf_fd = (uint32_t)btf_fd;
		attr.btf_key_type_id = T_INT;
		attr.btf_value_type_id = m->value_type;
	}
	return (int)sys_bpf(BPF_MAP_CREATE, &attr);
}

/* The constant map holds a string, and nobody may change it any more. */
static void freeze_constants(void)
{
	union bpf_attr attr;
	static const char text[VALUE_SIZE] = "text";
	uint32_t key = 0;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)maps[M_CONST].fd;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)text;
	sys_bpf(BPF_MAP_UPDATE_ELEM, &attr);
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)maps[M_CONST].fd;
	sys_bpf(BPF_MAP_FREEZE, &attr);
}

/* ---- What a helper wants ---- */

enum object { O_NONE, O_SK, O_FULL_SK, O_SOCK_REF, O_TASK, O_ARG, O_SEQ, O_RECORD, O_PERCPU };
enum { AT_TIMER = 0, AT_LOCK = 16, AT_KPTR = 24 };

enum dynptr { D_NONE, D_MEM, D_RECORD };

struct want {
	int32_t id;
	uint8_t map;
	enum object object;
	enum dynptr dynptr; /* an initialised one */
};

#define F(x) BPF_FUNC_##x
static const struct want wants[] = {
	{ .id = F(tail_call), .map = M_PROGS },
	{ .id = F(perf_event_read), .map = M_PERF },
	{ .id = F(perf_event_output), .map = M_PERF },
	{ .id = F(perf_event_read_value), .map = M_PERF },
	{ .id = F(skb_output), .map = M_PERF, .object = O_ARG },
	{ .id = F(xdp_output), .map = M_PERF, .object = O_ARG },
	{ .id = F(get_stackid), .map = M_STACKS },
	{ .id = F(skb_under_cgroup), .map = M_CGROUPS },
	{ .id = F(current_task_under_cgroup), .map = M_CGROUPS },
	{ .id = F(redirect_map), .map = M_DEV },
	{ .id = F(sk_redirect_map), .map = M_SOCKMAP },
	{ .id = F(sock_map_update), .map = M_SOCKMAP },
	{ .id = F(msg_redirect_map), .map = M_SOCKMAP },
	{ .id = F(sk_redirect_hash), .map = M_SOCKHASH },
	{ .id = F(sock_hash_update), .map = M_SOCKHASH },
	{ .id = F(msg_redirect_hash), .map = M_SOCKHASH },
	{ .id = F(get_local_storage), .map = M_CG_STORAGE },
	{ .id = F(sk_select_reuseport), .map = M_REUSEPORT },
	{ .id = F(map_push_elem), .map = M_QUEUE },
	{ .id = F(map_pop_elem), .map = M_QUEUE },
	{ .id = F(map_peek_elem), .map = M_BLOOM }, /* reads the value, unlike that of a queue */
	{ .id = F(sk_storage_get), .map = M_SK_STORAGE, .object = O_FULL_SK },
	{ .id = F(sk_storage_delete), .map = M_SK_STORAGE, .object = O_FULL_SK },
	{ .id = F(inode_storage_get), .map = M_INODE_STORAGE, .object = O_ARG },
	{ .id = F(inode_storage_delete), .map = M_INODE_STORAGE, .object = O_ARG },
	{ .id = F(task_storage_get), .map = M_TASK_STORAGE, .object = O_TASK },
	{ .id = F(task_storage_delete), .map = M_TASK_STORAGE, .object = O_TASK },
	{ .id = FUNC_cgrp_storage_get, .map = M_CGRP_STORAGE, .object = O_ARG },
	{ .id = FUNC_cgrp_storage_delete, .map = M_CGRP_STORAGE, .object = O_ARG },
	{ .id = F(ringbuf_output), .map = M_RINGBUF },
	{ .id = F(ringbuf_reserve), .map = M_RINGBUF },
	{ .id = F(ringbuf_submit), .object = O_RECORD },
	{ .id = F(ringbuf_discard), .object = O_RECORD },
	{ .id = F(ringbuf_query), .map = M_RINGBUF },
	{ .id = F(ringbuf_reserve_dynptr), .map = M_RINGBUF },
	{ .id = F(user_ringbuf_drain), .map = M_USER_RINGBUF },
	{ .id = F(map_lookup_percpu_elem), .map = M_PERCPU },
	{ .id = F(timer_init), .map = M_SPECIAL },
	{ .id = F(setsockopt), .object = O_ARG },
	{ .id = F(getsockopt), .object = O_ARG },
	{ .id = F(get_socket_cookie), .object = O_ARG },
	{ .id = F(get_task_stack), .object = O_TASK },
	{ .id = F(task_pt_regs), .object = O_TASK },
	{ .id = F(find_vma), .object = O_TASK },
	{ .id = F(copy_from_user_task), .object = O_TASK },
	{ .id = F(d_path), .object = O_ARG },
	{ .id = F(bprm_opts_set), .object = O_ARG },
	{ .id = F(ima_inode_hash), .object = O_ARG },
	{ .id = F(ima_file_hash), .object = O_ARG },
	{ .id = F(sock_from_file), .object = O_ARG },
	{ .id = F(tcp_send_ack), .object = O_ARG },
	{ .id = F(xdp_get_buff_len), .object = O_ARG },
	{ .id = F(seq_printf), .object = O_SEQ },
	{ .id = F(seq_write), .object = O_SEQ },
	{ .id = F(seq_printf_btf), .object = O_SEQ },
	{ .id = F(per_cpu_ptr), .object = O_PERCPU },
	{ .id = F(this_cpu_ptr), .object = O_PERCPU },
	{ .id = F(sk_release), .object = O_SOCK_REF },
	{ .id = F(sk_fullsock), .object = O_SK },
	{ .id = F(tcp_sock), .object = O_SK },
	{ .id = F(get_listener_sock), .object = O_SK },
	{ .id = F(tcp_check_syncookie), .object = O_SOCK_REF },
	{ .id = F(tcp_gen_syncookie), .object = O_SOCK_REF },
	{ .id = F(sk_assign), .object = O_SOCK_REF },
	{ .id = F(sk_cgroup_id), .object = O_FULL_SK },
	{ .id = F(sk_ancestor_cgroup_id), .object = O_FULL_SK },
	{ .id = F(skc_to_tcp6_sock), .object = O_SK },
	{ .id = F(skc_to_tcp_sock), .object = O_SK },
	{ .id = F(skc_to_tcp_timewait_sock), .object = O_SK },
	{ .id = F(skc_to_tcp_request_sock), .object = O_SK },
	{ .id = F(skc_to_udp6_sock), .object = O_SK },
	{ .id = F(skc_to_unix_sock), .object = O_SK },
	{ .id = F(skc_to_mptcp_sock), .object = O_SK },
	{ .id = F(ringbuf_submit_dynptr), .dynptr = D_RECORD },
	{ .id = F(ringbuf_discard_dynptr), .dynptr = D_RECORD },
	{ .id = F(dynptr_read), .dynptr = D_MEM },
	{ .id = F(dynptr_write), .dynptr = D_MEM },
	{ .id = F(dynptr_data), .dynptr = D_MEM },
};

static struct want want_of(int32_t id)
{
	struct want none = { .id = id, .map = M_HASH };
	size_t i;

	for (i = 0; i < K2_ARRAY_SIZE(wants); i++)
		if (wants[i].id == id)
			return wants[i];
	return none;
}

/* ---- Programs ---- */

/* What to put into an argument register. */
enum value { V_NOTHING, V_GOOD, V_ZERO, V_ONE, V_HUGE, V_UNKNOWN, V_HOLE, V_DYNPTR, V_CONST,
	     V_FIT,  /* as many bytes of a map value as a fixed-size argument needs */
	     V_SHORT /* 4 less */ };

enum after { A_EXIT, A_TEST_R0, A_LOAD_PKT };

struct prog {
	struct bpf_insn insn[160];
	uint32_t n;
	uint32_t callback; /* instruction that wants its address, plus 1 */
};

static void emit(struct prog *p, uint8_t code, uint8_t dst, uint8_t src, int off, int32_t imm)
{
	struct bpf_insn *i = &p->insn[p->n++];

	memset(i, 0, sizeof(*i));
	i->code = code;
	i->dst_reg = (uint8_t)(dst & 15);
	i->src_reg = (uint8_t)(src & 15);
	i->off = (int16_t)off;
	i->imm = imm;
}

static void emit_mov(struct prog *p, uint8_t dst, int32_t imm)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

static void emit_move(struct prog *p, uint8_t dst, uint8_t src)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void emit_stack(struct prog *p, uint8_t dst, int off)
{
	emit_move(p, dst, 10);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, off);
}

static void emit_wide(struct prog *p, uint8_t dst, uint8_t pseudo, int32_t lo, int32_t hi)
{
	emit(p, BPF_LD | BPF_IMM | BPF_DW, dst, pseudo, 0, lo);
	emit(p, 0, 0, 0, 0, hi);
}

static void emit_call(struct prog *p, int32_t id)
{
	emit(p, BPF_JMP | BPF_CALL, 0, 0, 0, id);
}

static void emit_exit(struct prog *p)
{
	emit_mov(p, 0, 0);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Leaves unless r0 is not NULL. */
static void emit_null_check(struct prog *p, uint8_t reg)
{
	emit(p, BPF_JMP | BPF_JNE | BPF_K, reg, 0, 2, 0);
	emit_exit(p);
}

static void emit_lookup_socket(struct prog *p)
{
	emit_move(p, 1, 6);
	emit_stack(p, 2, MEM);
	emit_mov(p, 3, 12);
	emit_mov(p, 4, -1);
	emit_mov(p, 5, 0);
	emit_call(p, BPF_FUNC_skc_lookup_tcp);
	emit_null_check(p, 0);
	emit_move(p, 7, 0);
}

/* r7 = a good pointer of the wanted kind, as far as this program type can get one. */
static void emit_object(struct prog *p, const struct env *e, enum object o)
{
	bool btf = e->kind != 0;

	if ((o == O_SK || o == O_FULL_SK) && e->sk) {
		emit(p, BPF_LDX | BPF_MEM | BPF_DW, 7, 6, e->sk - 1, 0);
		if (e->type != BPF_PROG_TYPE_CGROUP_SOCK_ADDR)
			emit_null_check(p, 7);
		if (o == O_FULL_SK && e->sk == 169) {
			emit_move(p, 1, 7);
			emit_call(p, BPF_FUNC_sk_fullsock);
			emit_null_check(p, 0);
			emit_move(p, 7, 0);
		}
	} else if (o == O_SOCK_REF) {
		emit_lookup_socket(p);
	} else if (o == O_TASK) {
		emit_call(p, BPF_FUNC_get_current_task_btf);
		emit_move(p, 7, 0);
	} else if (o == O_SEQ && btf) {
		emit(p, BPF_LDX | BPF_MEM | BPF_DW, 7, 6, 0, 0);
		emit(p, BPF_LDX | BPF_MEM | BPF_DW, 7, 7, 0, 0);
	} else if (o == O_RECORD) {
		emit_wide(p, 1, BPF_PSEUDO_MAP_FD, maps[M_RINGBUF].fd, 0);
		emit_mov(p, 2, 8);
		emit_mov(p, 3, 0);
		emit_call(p, BPF_FUNC_ringbuf_reserve);
		emit_null_check(p, 0);
		emit_move(p, 7, 0);
	} else if (o == O_PERCPU) {
		emit_wide(p, 7, BPF_PSEUDO_BTF_ID, (int32_t)kernel_type(KIND_VAR, "runqueues"), 0);
	} else if (o != O_NONE && btf) {
		emit(p, BPF_LDX | BPF_MEM | BPF_DW, 7, 6, e->object, 0);
		emit_null_check(p, 7);
	}
}

static void emit_dynptr(struct prog *p, enum dynptr kind)
{
	if (kind == D_RECORD) {
		emit_wide(p, 1, BPF_PSEUDO_MAP_FD, maps[M_RINGBUF].fd, 0);
		emit_mov(p, 2, 8);
		emit_mov(p, 3, 0);
		emit_stack(p, 4, DYNPTR);
		emit_call(p, BPF_FUNC_ringbuf_reserve_dynptr);
		return;
	}
	emit_wide(p, 1, BPF_PSEUDO_MAP_VALUE, maps[M_ARRAY].fd, 0);
	emit_mov(p, 2, 8);
	emit_mov(p, 3, 0);
	emit_stack(p, 4, DYNPTR);
	emit_call(p, BPF_FUNC_dynptr_from_mem);
}

/* r9 = packet, 8 bytes of it checked. */
static void emit_packet(struct prog *p, const struct env *e)
{
	uint8_t size = e->wide ? BPF_DW : BPF_W;

	emit(p, BPF_LDX | BPF_MEM | size, 9, 6, e->data - 1, 0);
	emit(p, BPF_LDX | BPF_MEM | size, 1, 6, e->data_end - 1, 0);
	emit_move(p, 2, 9);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, 8);
	emit(p, BPF_JMP | BPF_JLE | BPF_X, 2, 1, 2, 0);
	emit_exit(p);
}

static void emit_special(struct prog *p, uint8_t reg, int32_t off)
{
	emit_wide(p, reg, BPF_PSEUDO_MAP_VALUE, maps[M_SPECIAL].fd, off);
}

static void emit_good(struct prog *p, const struct k2_helper *h, const struct env *e, const struct want *w, unsigned int n)
{
	uint8_t reg = (uint8_t)(n + 1);

	switch (h->arg[n]) {
	case K2_ARG_NONE: break;
	case K2_ARG_SCALAR:
	case K2_ARG_ADDR:
	case K2_ARG_ADDR_ANY: emit_mov(p, reg, 0); break;
	case K2_ARG_SIZE:
	case K2_ARG_SIZE_OR_ZERO:
	case K2_ARG_ALLOC_SIZE: emit_mov(p, reg, 8); break;
	case K2_ARG_CTX:
		/* In tracing programs a socket takes the place of the context. */
		emit_move(p, reg, w->object != O_NONE && e->kind && e->kind != KIND_STRUCT ? 7 : 6);
		break;
	case K2_ARG_MAP: emit_wide(p, reg, BPF_PSEUDO_MAP_FD, maps[w->map].fd, 0); break;
	case K2_ARG_CONST_STR: emit_wide(p, reg, BPF_PSEUDO_MAP_VALUE, maps[M_CONST].fd, 0); break;
	case K2_ARG_FUNC:
		p->callback = p->n + 1;
		emit_wide(p, reg, BPF_PSEUDO_FUNC, 0, 0);
		break;
	case K2_ARG_TIMER: emit_special(p, reg, AT_TIMER); break;
	case K2_ARG_SPIN_LOCK: emit_special(p, reg, AT_LOCK); break;
	case K2_ARG_KPTR: emit_special(p, reg, AT_KPTR); break;
	case K2_ARG_OTHER_PTR:
		if (h->id == BPF_FUNC_kptr_xchg)
			emit_mov(p, reg, 0);
		else
			emit_move(p, reg, h->arg[0] == K2_ARG_MAP && e->type == BPF_PROG_TYPE_CGROUP_SOCK ? 6 : 7);
		break;
	case K2_ARG_DYNPTR: emit_stack(p, reg, w->dynptr ? DYNPTR : HOLE); break;
	default:
		if (h->id == BPF_FUNC_dynptr_from_mem)
			emit_wide(p, reg, BPF_PSEUDO_MAP_VALUE, maps[M_ARRAY].fd, 0);
		else
			emit_stack(p, reg, MEM);
	}
}

static void emit_value(struct prog *p, uint8_t reg, enum value v, int fixed)
{
	switch (v) {
	case V_NOTHING:
	case V_GOOD: break;
	case V_FIT: emit_wide(p, reg, BPF_PSEUDO_MAP_VALUE, maps[M_ARRAY].fd, VALUE_SIZE - fixed); break;
	case V_SHORT: emit_wide(p, reg, BPF_PSEUDO_MAP_VALUE, maps[M_ARRAY].fd, VALUE_SIZE - fixed + 4); break;
	case V_ZERO: emit_mov(p, reg, 0); break;
	case V_ONE: emit_mov(p, reg, 1); break;
	case V_HUGE: emit_mov(p, reg, 1024); break;
	case V_UNKNOWN: emit_move(p, reg, 8); break;
	case V_HOLE: emit_stack(p, reg, HOLE); break;
	case V_DYNPTR: emit_stack(p, reg, DYNPTR); break;
	case V_CONST: emit_wide(p, reg, BPF_PSEUDO_MAP_VALUE, maps[M_CONST].fd, 0); break;
	}
}

static bool is_size(enum k2_helper_arg a)
{
	return a == K2_ARG_SIZE || a == K2_ARG_SIZE_OR_ZERO;
}

/* One call with good arguments, but argument n is v. */
static void build(struct prog *p, const struct k2_helper *h, const struct env *e, unsigned int n, enum value v, enum after after)
{
	struct want w = want_of(h->id);
	unsigned int i;
	int off;

	memset(p, 0, sizeof(*p));
	emit_move(p, 6, 1);
	for (off = MEM; off < 0; off += 8)
		emit(p, BPF_ST | BPF_MEM | BPF_DW, 10, 0, off, 0);
	if (after == A_LOAD_PKT)
		emit_packet(p, e);
	emit_call(p, BPF_FUNC_get_prandom_u32); /* r1 to r5 are uninitialised from here */
	emit_move(p, 8, 0);
	emit_move(p, 7, 0);
	emit_object(p, e, w.object);
	if (w.dynptr || v == V_DYNPTR)
		emit_dynptr(p, w.dynptr);
	for (i = 0; i < 5; i++) {
		if (i == n && v != V_GOOD)
			emit_value(p, (uint8_t)(i + 1), v, h->fixed_size[i]);
		else if (i == n + 1 && v == V_ZERO && is_size(h->arg[i]))
			emit_value(p, (uint8_t)(i + 1), V_ZERO, 0); /* NULL goes with no bytes */
		else
			emit_good(p, h, e, &w, i);
	}
	emit_call(p, h->id);
	if (after == A_TEST_R0) {
		emit_move(p, 7, 0);
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, 7, 0, 0, 1);
	} else if (after == A_LOAD_PKT) {
		emit(p, BPF_LDX | BPF_MEM | BPF_B, 0, 9, 0, 0);
	}
	emit_exit(p);
	if (p->callback) {
		p->insn[p->callback - 1].imm = (int32_t)(p->n - p->callback);
		emit_exit(p);
	}
}

static bool load(const struct prog *p, const struct env *e)
{
	struct bpf_func_info funcs[2] = { { 0, T_MAIN }, { p->n - 2, T_CALLBACK } };
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = e->type;
	attr.expected_attach_type = e->attach;
	attr.insns = (uintptr_t)p->insn;
	attr.insn_cnt = p->n;
	attr.license = (uintptr_t) "GPL";
	attr.log_level = 1;
	attr.log_buf = (uintptr_t)verifier_log;
	attr.log_size = sizeof(verifier_log);
	attr.prog_flags = e->flags;
	attr.attach_btf_id = e->id;
	if (p->callback) {
		attr.prog_btf_fd = (uint32_t)btf_fd;
		attr.func_info = (uintptr_t)funcs;
		attr.func_info_cnt = 2;
		attr.func_info_rec_size = sizeof(funcs[0]);
	}
	verifier_log[0] = '\0';
	fd = (int)sys_bpf(BPF_PROG_LOAD, &attr);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The verifier's last words. */
static const char *last_line(void)
{
	static char line[512];
	char *at = verifier_log, *end;
	char *processed = strstr(verifier_log, "processed ");

	line[0] = '\0';
	if (processed)
		*processed = '\0';
	for (; *at; at = end + 1) {
		end = strchrnul(at, '\n');
		if (end > at)
			snprintf(line, sizeof(line), "%.*s", (int)(end - at), at);
		if (!*end)
			break;
	}
	return line;
}

enum answer { ACCEPTED, REFUSED, UNCLEAR };

/* Complaints of check_helper_call that come after all arguments were checked. */
static bool after_arguments(const char *line)
{
	static const char *const text[] = { "Unreleased reference", "reference leak", "R0 ", "cannot pass map_type", "lock-ed region", "taking a lock",
					    "tail_call is only allowed", "At program exit", "func bpf_", "R7 ", "R9 ", "R8 " };
	size_t i;

	for (i = 0; i < K2_ARRAY_SIZE(text); i++)
		if (strstr(line, text[i]))
			return true;
	return false;
}

/* What the kernel said about argument n (from 0), whose register is rn+1. */
static enum answer ask(const struct k2_helper *h, const struct env *e, unsigned int n, enum value v, const char **why)
{
	struct prog p;
	const char *line, *r;

	build(&p, h, e, n, v, A_EXIT);
	*why = "";
	if (load(&p, e))
		return ACCEPTED;
	*why = line = last_line();
	for (r = strchr(line, 'R'); r; r = strchr(r + 1, 'R'))
		if (r[1] >= '1' && r[1] <= '5' && (r[2] < '0' || r[2] > '9') && (r == line || r[-1] == ' ')) {
			unsigned int reg = (unsigned int)(r[1] - '1');

			return reg == n ? REFUSED : reg > n ? ACCEPTED : UNCLEAR;
		}
	r = strstr(line, "arg#");
	if (r)
		return (unsigned int)(r[4] - '0') == n || (unsigned int)(r[4] - '1') == n ? REFUSED : UNCLEAR;
	if (after_arguments(line))
		return ACCEPTED;
	if (verbose)
		print_message("unclear: %s in %s, argument %u as %d: %s\n", h->name, e->name, n + 1, (int)v, line);
	return UNCLEAR;
}

/* ---- The checks ---- */

static unsigned int wrong, covered, uncovered;
static bool seen[512][5];   /* arguments whose kind the kernel confirmed at least once */
static bool accessed[512][5]; /* the same for "only read" and "only written" */
static bool returned[512];  /* the same for the result */

static void complain(const struct k2_helper *h, const struct env *e, unsigned int n, const char *what, const char *why)
{
	print_error("%s (%d) in %s, argument %u: %s: %s\n", h->name, h->id, e->name, n + 1, what, why);
	wrong++;
}

static bool in_memory(enum k2_helper_arg a)
{
	return a >= K2_ARG_MAP_KEY && a <= K2_ARG_FIXED_RW;
}

static bool never_stack(enum k2_helper_arg a)
{
	return a == K2_ARG_CTX || a == K2_ARG_MAP || a == K2_ARG_CONST_STR || a == K2_ARG_FUNC || a == K2_ARG_TIMER ||
	       a == K2_ARG_SPIN_LOCK || a == K2_ARG_KPTR || a == K2_ARG_OTHER_PTR || a == K2_ARG_SIZE ||
	       a == K2_ARG_SIZE_OR_ZERO || a == K2_ARG_ALLOC_SIZE;
}

static bool number(enum k2_helper_arg a)
{
	return a == K2_ARG_SCALAR || a == K2_ARG_ADDR || a == K2_ARG_ADDR_ANY;
}

static bool only_read(enum k2_helper_arg a)
{
	return a == K2_ARG_MAP_KEY || a == K2_ARG_MAP_VALUE || a == K2_ARG_MEM_READ || a == K2_ARG_FIXED_READ;
}

static bool only_written(enum k2_helper_arg a)
{
	return a == K2_ARG_MAP_VALUE_WRITE_PART || a == K2_ARG_MEM_WRITE || a == K2_ARG_MEM_WRITE_PART;
}

static void check_number(const struct k2_helper *h, const struct env *e, unsigned int n)
{
	static const enum value values[] = { V_UNKNOWN, V_ONE, V_ZERO };
	enum answer a = UNCLEAR;
	const char *why = "";
	size_t i;

	/* Some flags must be constants; 0 alone would not tell a number from NULL. */
	for (i = 0; i < K2_ARRAY_SIZE(values) && a != ACCEPTED; i++)
		a = ask(h, e, n, values[i], &why);
	if (a == REFUSED)
		complain(h, e, n, "not a number", why);
	if (a == ACCEPTED && i == K2_ARRAY_SIZE(values) && ask(h, e, n, V_HOLE, &why) == ACCEPTED)
		complain(h, e, n, "takes NULL or the stack, no number", why);
	seen[h->id][n] |= a == ACCEPTED;
}

static void check_memory(const struct k2_helper *h, const struct env *e, unsigned int n)
{
	enum k2_helper_arg a = h->arg[n];
	const char *why;

	seen[h->id][n] |= ask(h, e, n, V_HOLE, &why) == ACCEPTED || ask(h, e, n, V_GOOD, &why) == ACCEPTED;
	if (only_read(a)) {
		enum answer constant = ask(h, e, n, V_CONST, &why);

		accessed[h->id][n] |= constant == ACCEPTED;
		if (constant != ACCEPTED && strstr(why, "write into map"))
			complain(h, e, n, "not only read", why);
	}
	/* The verifier says differently why uninitialised memory must not hold a dynptr, and why memory that is read. */
	if (only_written(a)) {
		enum answer dynptr = ask(h, e, n, V_DYNPTR, &why);

		accessed[h->id][n] |= strstr(why, "write to dynptr") != NULL;
		if (dynptr == ACCEPTED || strstr(why, "read from stack"))
			complain(h, e, n, "not only written", why);
	}
	if (h->fixed_size[n] && ask(h, e, n, V_FIT, &why) == REFUSED)
		complain(h, e, n, "is larger", why);
	if (h->fixed_size[n] && ask(h, e, n, V_SHORT, &why) == ACCEPTED)
		complain(h, e, n, "is smaller", why);
	if (n < 4 && is_size(h->arg[n + 1]) &&
	    ask(h, e, n + 1, V_HUGE, &why) == ACCEPTED && !strstr(why, "R"))
		complain(h, e, n, "not bounded by the next argument", why);
}

static void check_argument(const struct k2_helper *h, const struct env *e, unsigned int n)
{
	enum k2_helper_arg a = h->arg[n];
	enum answer nothing, zero;
	const char *why;

	nothing = ask(h, e, n, V_NOTHING, &why);
	if (a == K2_ARG_NONE) {
		seen[h->id][n] |= nothing == ACCEPTED;
		if (nothing == REFUSED)
			complain(h, e, n, "is an input", why);
		return;
	}
	/* This program type's variant has fewer arguments, or the kernel does not check them all. */
	if (nothing == ACCEPTED && !(h->flags & K2_HELPER_LOOSE_ARGS))
		complain(h, e, n, "need not be initialised", why);
	if (nothing != REFUSED || !strstr(why, "!read_ok"))
		return;
	if (never_stack(a)) {
		enum answer stack = ask(h, e, n, V_HOLE, &why);

		seen[h->id][n] |= stack == REFUSED;
		if (stack == ACCEPTED)
			complain(h, e, n, "may be the stack", why);
	}
	if (number(a))
		check_number(h, e, n);
	if (in_memory(a))
		check_memory(h, e, n);
	if (a == K2_ARG_STACK || a == K2_ARG_DYNPTR)
		seen[h->id][n] |= ask(h, e, n, V_HOLE, &why) == ACCEPTED || ask(h, e, n, V_GOOD, &why) == ACCEPTED;
	if (number(a) || is_size(a) || a == K2_ARG_ALLOC_SIZE)
		return;
	if (ask(h, e, n, V_UNKNOWN, &why) == ACCEPTED)
		complain(h, e, n, "may be a number", why);
	zero = ask(h, e, n, V_ZERO, &why);
	if (zero == ACCEPTED && !k2_helper_arg_or_null(h, n))
		complain(h, e, n, "may be NULL", why);
}

static void check_return(const struct k2_helper *h, const struct env *e)
{
	bool ptr = h->ret != K2_RET_VOID && h->ret != K2_RET_SCALAR, null;
	struct prog p;
	const char *line;

	build(&p, h, e, 5, V_GOOD, A_EXIT);
	if (!load(&p, e) && !strstr(last_line(), "Unreleased") && !strstr(last_line(), "reference leak"))
		return;
	returned[h->id] = true;
	null = h->ret == K2_RET_MAP_VALUE_OR_NULL || h->ret == K2_RET_MEM_OR_NULL || h->ret == K2_RET_OTHER_PTR_OR_NULL;
	build(&p, h, e, 5, V_GOOD, A_TEST_R0);
	line = load(&p, e) ? "a number" : last_line();
	if (strstr(line, "R0 !read_ok") ? h->ret != K2_RET_VOID :
	    strstr(line, "prohibited") ? !ptr || !!strstr(line, "or_null") != null :
					 h->ret != K2_RET_SCALAR)
		complain(h, e, 5, "returns something else", line);
}

static void check_packet(const struct k2_helper *h, const struct env *e)
{
	struct prog p;
	const char *line;

	if (!e->data || (h->flags & K2_HELPER_CHANGES_PKT))
		return;
	build(&p, h, e, 5, V_GOOD, A_LOAD_PKT);
	if (load(&p, e))
		return;
	line = last_line();
	if (strstr(line, "R9 "))
		complain(h, e, 5, "invalidates packet pointers", line);
}

/* Whether programs of this type may call the helper at all. */
static bool callable(const struct k2_helper *h, const struct env *e)
{
	static const char *const no[] = { "cannot use helper", "unknown func", "invalid func", "is not allowed", "might sleep",
					  "helper call is not", "Loading program", "not supported", "cannot use bpf_spin_lock" };
	struct prog p;
	const char *line;
	size_t i;

	if (!e->here)
		return false;
	build(&p, h, e, 5, V_GOOD, A_EXIT);
	if (load(&p, e))
		return true;
	line = last_line();
	if (!*line && verbose)
		print_message("%s in %s: nothing said, error %d\n", h->name, e->name, errno);
	if (!*line)
		return false;
	for (i = 0; i < K2_ARRAY_SIZE(no); i++)
		if (strstr(line, no[i]))
			return false;
	if (verbose)
		print_message("%s in %s: %s\n", h->name, e->name, line);
	return true;
}

static bool claims_access(const struct k2_helper *h, unsigned int n)
{
	return only_read(h->arg[n]) || only_written(h->arg[n]);
}

static void count(const struct k2_helper *h, bool called)
{
	unsigned int n;

	if (!called)
		print_message("not covered: %s, not callable here\n", h->name);
	for (n = 0; n < 5; n++) {
		bool ok = called && seen[h->id][n] && (accessed[h->id][n] || !claims_access(h, n));

		covered += ok;
		uncovered += !ok;
		if (called && !ok)
			print_message("not covered: %s, argument %u%s\n", h->name, n + 1,
				      seen[h->id][n] ? ": how it is accessed" : "");
	}
	if (called && !returned[h->id])
		print_message("not covered: %s, result\n", h->name);
}

static void helpers_as_the_kernel_sees_them(void **state)
{
	const struct k2_helper *h;
	uint32_t i;
	unsigned int n;
	size_t k;

	(void)state;
	for (i = 0; (h = k2_helper_at(i)); i++) {
		bool called = false;

		for (k = 0; k < K2_ARRAY_SIZE(envs); k++) {
			if (!callable(h, &envs[k]))
				continue;
			called = true;
			for (n = 0; n < 5; n++)
				check_argument(h, &envs[k], n);
			check_return(h, &envs[k]);
			check_packet(h, &envs[k]);
		}
		count(h, called);
	}
	print_message("helper arguments covered: %u, not covered: %u\n", covered, uncovered);
	assert_int_equal(wrong, 0);
	assert_true(covered > 800);
}

/* ---- Contexts ---- */

/* Accesses that the kernel takes in some attach type: by program type, offset, log2 of the size. */
enum { MAX_CTX = 256 };
static bool may_load[33][MAX_CTX][4], may_store[33][MAX_CTX][4];

static bool takes_store(const struct env *e, int off, uint8_t code)
{
	struct prog p;

	memset(&p, 0, sizeof(p));
	emit_mov(&p, 2, 0);
	emit(&p, BPF_STX | BPF_MEM | code, 1, 2, off, 0);
	emit_exit(&p);
	return load(&p, e);
}

static bool takes_load(const struct env *e, int off, uint8_t code)
{
	struct prog p;

	memset(&p, 0, sizeof(p));
	emit(&p, BPF_LDX | BPF_MEM | code, 7, 1, off, 0);
	emit_exit(&p);
	return load(&p, e);
}

/* Whether the table allows an access of this size; `narrow` is the flag for less than an element. */
static bool claims(const struct k2_ctx_field *f, int off, int size, unsigned int flag, unsigned int narrow)
{
	int rel = f ? off - f->off : 0;

	if (!f || !(f->flags & flag) || off % size)
		return false;
	if (size < f->elem)
		return f->flags & narrow;
	return (size == f->elem && rel % size == 0) || (size > f->elem && (f->flags & K2_CTX_WIDE));
}

static void check_claims(const struct k2_prog_type *pt)
{
	int off, s;

	for (off = 0; off < (pt->ctx_size ? pt->ctx_size : 64); off++)
		for (s = 0; s < 4; s++) {
			const struct k2_ctx_field *f = k2_ctx_field(pt, off, 1u << s);

			if (f && f->kind == K2_CTX_UNKNOWN)
				continue;
			if (claims(f, off, 1 << s, K2_CTX_LOAD, K2_CTX_NARROW) && !may_load[pt->id][off][s]) {
				print_error("%s: no load of %d bytes at %d\n", pt->name, 1 << s, off);
				wrong++;
			}
			if (claims(f, off, 1 << s, K2_CTX_STORE, K2_CTX_NARROW_STORE) && !may_store[pt->id][off][s]) {
				print_error("%s: no store of %d bytes at %d\n", pt->name, 1 << s, off);
				wrong++;
			}
		}
}

static void check_load(const struct env *e, const struct k2_prog_type *pt, int off, uint8_t code, unsigned int size)
{
	const struct k2_ctx_field *f = k2_ctx_field(pt, off, size);
	struct prog p;
	bool pointer;

	if (!takes_load(e, off, code))
		return;
	covered++;
	memset(&p, 0, sizeof(p));
	emit(&p, BPF_LDX | BPF_MEM | code, 7, 1, off, 0);
	emit(&p, BPF_ALU64 | BPF_AND | BPF_K, 7, 0, 0, 1);
	emit_exit(&p);
	pointer = !load(&p, e);
	/* A piece of a pointer in ordinary memory is a number. */
	if (f && size < f->elem && (pt->flags & K2_PT_CTX_PLAIN) && !pointer)
		return;
	if (f ? f->kind != K2_CTX_UNKNOWN && pointer != (f->kind != K2_CTX_SCALAR) : pointer) {
		print_error("%s: load of %u bytes at %d is a %s: %s\n", e->name, size, off, pointer ? "pointer" : "number",
			    last_line());
		wrong++;
	}
	if (verbose && (!f || !(f->flags & K2_CTX_LOAD)))
		print_message("%s: load of %u bytes at %d is allowed, but not in the table\n", e->name, size, off);
}

static void contexts_as_the_kernel_sees_them(void **state)
{
	static const uint8_t codes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	size_t k, s;
	int off;

	(void)state;
	wrong = covered = 0;
	for (k = 0; k < K2_ARRAY_SIZE(envs); k++) {
		const struct env *e = &envs[k];
		const struct k2_prog_type *pt = k2_prog_type_by_id((int32_t)e->type);

		assert_non_null(pt);
		if (!e->here)
			continue;
		for (off = 0; off < (pt->ctx_size ? pt->ctx_size + 16 : 128); off++)
			for (s = 0; s < K2_ARRAY_SIZE(codes); s++) {
				check_load(e, pt, off, codes[s], 1u << s);
				may_load[e->type][off][s] |= takes_load(e, off, codes[s]);
				may_store[e->type][off][s] |= takes_store(e, off, codes[s]);
			}
	}
	for (k = 0; k < K2_ARRAY_SIZE(envs); k++)
		if (envs[k].here && (k == 0 || envs[k].type != envs[k - 1].type))
			check_claims(k2_prog_type_by_id((int32_t)envs[k].type));
	print_message("context loads that the kernel takes: %u\n", covered);
	assert_int_equal(wrong, 0);
	assert_true(covered > 500);
}

/* Says which program types cannot be loaded at all here. */
static void try_env(struct env *e)
{
	struct prog p;

	memset(&p, 0, sizeof(p));
	emit_exit(&p);
	if (e->target && !e->id)
		print_message("not here: %s, no %s\n", e->name, e->target);
	else if (load(&p, e) || *last_line())
		e->here = true;
	else
		print_message("not here: %s, %s\n", e->name, strerror(errno));
}

static int set_up(void **state)
{
	size_t i;

	(void)state;
	map_kernel_types();
	btf_fd = load_types();
	for (i = 0; i < K2_ARRAY_SIZE(maps); i++) {
		maps[i].fd = create_map(&maps[i]);
		if (maps[i].fd < 0)
			print_message("no map of type %u: %s\n", maps[i].type, strerror(errno));
	}
	freeze_constants();
	for (i = 0; i < K2_ARRAY_SIZE(envs); i++) {
		if (envs[i].target)
			envs[i].id = kernel_type(envs[i].kind, envs[i].target);
		try_env(&envs[i]);
	}
	return btf_fd < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(helpers_as_the_kernel_sees_them),
		cmocka_unit_test(contexts_as_the_kernel_sees_them),
	};

	verbose = getenv("K2_VERBOSE") != NULL;
	if (geteuid() != 0) {
		puts("needs root: skipped");
		return 0;
	}
	return cmocka_run_group_tests(tests, set_up, NULL);
}

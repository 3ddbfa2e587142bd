// SPDX-License-Identifier: BSD-2-Clause
/* Opens and loads an object so that one of its programs can be executed by BPF_PROG_TEST_RUN: types for old section names,
   stand-in types for programs whose own type cannot be executed, sizes of maps, what programs compare process numbers
   with. */
#include "run.h"
#include <bpf/btf.h>
#include <errno.h>
#include <k2/progtype.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char warning[REASON_SIZE];

/* The first warning since side_load began is the reason; later ones say less. */
static int keep_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char text[REASON_SIZE];
	int n;

	if (level != LIBBPF_WARN || warning[0])
		return 0;
	n = vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = 0;
	if (n > 0 && !strstr(text, "BEGIN PROG LOAD LOG"))
		memcpy(warning, text, sizeof(text));
	return n;
}

const char *last_warning(void)
{
	return warning;
}

/* For sections that libbpf 1.x has no rule for. */
static void guess_type(struct bpf_program *p, enum bpf_prog_type type)
{
	int32_t attach, guess = k2_section_prog_type(bpf_program__section_name(p), &attach);

	if (type == BPF_PROG_TYPE_UNSPEC)
		type = (enum bpf_prog_type)guess;
	bpf_program__set_type(p, type);
	if (type == (enum bpf_prog_type)guess)
		bpf_program__set_expected_attach_type(p, (enum bpf_attach_type)attach);
}

/* Types that the kernel does not execute on demand are loaded as another one that reads its context in the same way: a
   program of type syscall may read and write any bytes of its context, as those of kprobes and tracepoints are plain
   memory. It sleeps, which some maps do not allow: a raw tracepoint does not, but its context is short and read only. What
   neither takes is left out. */
static void stand_in(struct bpf_program *p, bool sleepable)
{
	switch ((int)bpf_program__type(p)) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_CGROUP_DEVICE:
		if (!sleepable) {
			bpf_program__set_type(p, BPF_PROG_TYPE_RAW_TRACEPOINT);
			break;
		}
		bpf_program__set_type(p, BPF_PROG_TYPE_SYSCALL);
		bpf_program__set_expected_attach_type(p, 0);
		bpf_program__set_flags(p, bpf_program__flags(p) | BPF_F_SLEEPABLE);
		break;
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE: bpf_program__set_type(p, BPF_PROG_TYPE_RAW_TRACEPOINT); break;
	case BPF_PROG_TYPE_SK_SKB:
		bpf_program__set_type(p, BPF_PROG_TYPE_SCHED_CLS);
		bpf_program__set_expected_attach_type(p, 0);
		break;
	case BPF_PROG_TYPE_XDP: bpf_program__set_expected_attach_type(p, BPF_XDP); break;
	default: break;
	}
}

static bool takes_any_size(enum bpf_map_type type)
{
	switch (type) {
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case BPF_MAP_TYPE_STRUCT_OPS: return false;
	default: return true;
	}
}

static void prepare_map(struct bpf_map *map)
{
	enum bpf_map_type type = bpf_map__type(map);
	uint32_t n = bpf_map__max_entries(map);

	bpf_map__set_pin_path(map, NULL);
	if (type == BPF_MAP_TYPE_RINGBUF || type == BPF_MAP_TYPE_USER_RINGBUF)
		bpf_map__set_max_entries(map, 1 << 20);
	else if (takes_any_size(type) && (!n || n > ENTRIES_MAX))
		bpf_map__set_max_entries(map, n ? ENTRIES_MAX : 16);
}

/* A variable that is compared with the current process gets its number: else nothing but that comparison would be
   executed. Both objects have the same variables. */
static void set_pid(const struct btf *btf, const struct btf_var_secinfo *v, uint8_t *data, size_t size)
{
	const char *name = btf__name_by_offset(btf, btf__type_by_id(btf, v->type)->name_off);
	uint64_t pid = (uint64_t)getpid();

	if (name && strstr(name, "pid") && (v->size == 4 || v->size == 8) && v->offset + v->size <= size)
		memcpy(data + v->offset, &pid, v->size);
}

static void set_pids(struct bpf_object *obj, struct bpf_map *map)
{
	const struct btf *btf = bpf_object__btf(obj);
	const struct btf_type *t = btf ? btf__type_by_id(btf, bpf_map__btf_value_type_id(map)) : NULL;
	size_t size = 0;
	uint8_t *data = bpf_map__is_internal(map) ? (uint8_t *)(uintptr_t)bpf_map__initial_value(map, &size) : NULL;

	if (!data || !t || !btf_is_datasec(t))
		return;
	for (uint32_t i = 0; i < btf_vlen(t); i++)
		set_pid(btf, btf_var_secinfos(t) + i, data, size);
}

static bool has_tail_calls(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY)
			return true;
	return false;
}

/* Program number n; NULL when there are fewer. */
static struct bpf_program *nth_program(struct bpf_object *obj, int n)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, obj)
		if (!n--)
			return p;
	return NULL;
}

/* Ways to load, in the order in which they are tried. */
static const struct way {
	bool with_others; /* with all programs of the same type, for tail calls */
	bool sleepable;
} ways[] = { { true, true }, { false, true }, { true, false }, { false, false } };

static int load(struct side *s, const char *file, int n, enum bpf_prog_type type, struct way w)
{
	struct bpf_program *p;
	struct bpf_map *map;
	int err;

	s->obj = bpf_object__open_file(file, NULL);
	if (!s->obj)
		return -errno;
	s->prog = nth_program(s->obj, n);
	if (!s->prog)
		return -ENOENT;
	bpf_object__for_each_program(p, s->obj) {
		if (bpf_program__type(p) == BPF_PROG_TYPE_UNSPEC)
			guess_type(p, type);
		stand_in(p, w.sleepable);
	}
	s->type = bpf_program__type(s->prog);
	if (!run_type(s->type)) {
		snprintf(warning, sizeof(warning), "type %s cannot be executed",
			 s->type ? libbpf_bpf_prog_type_str(s->type) : "unknown");
		return -EOPNOTSUPP;
	}
	w.with_others &= has_tail_calls(s->obj);
	bpf_object__for_each_program(p, s->obj)
		bpf_program__set_autoload(p, p == s->prog || (w.with_others && bpf_program__type(p) == s->type));
	bpf_object__for_each_map(map, s->obj) {
		prepare_map(map);
		set_pids(s->obj, map);
	}
	err = bpf_object__load(s->obj);
	return err;
}

bool side_load(struct side *s, const char *file, int n, enum bpf_prog_type type, char reason[REASON_SIZE])
{
	int err = 0;

	libbpf_set_print(keep_warning);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		*s = (struct side){ 0 };
		warning[0] = 0;
		err = load(s, file, n, type, ways[i]);
		if (!err && state_open(s) && stream_open(s)) {
			state_fill_programs(s);
			return true;
		}
		side_free(s);
	}
	snprintf(reason, REASON_SIZE, "%s", warning[0] ? warning : strerror(err ? -err : ENOMEM));
	return false;
}

void side_free(struct side *s)
{
	stream_close(s);
	state_close(s);
	bpf_object__close(s->obj);
	*s = (struct side){ 0 };
}

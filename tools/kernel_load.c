// SPDX-License-Identifier: BSD-2-Clause
/* See kernel_load.h. */
#include "kernel_load.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <k2/progtype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { LOG_STATS = 4, LOG_FULL = 1, LOG_SIZE = 16 << 20 };

struct kernel_loader {
	char log[LOG_SIZE];
};

/* The last warning of libbpf, which is the reason for a refusal that has no verifier log. */
static char last_warning[KERNEL_REASON_SIZE];

static int keep_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char text[KERNEL_REASON_SIZE];
	int n;

	/* What follows a failure ("failed to load object 'x'") says less than the failure. */
	if (level != LIBBPF_WARN || last_warning[0])
		return 0;
	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n > 0 && !strstr(text, "BEGIN PROG LOAD LOG"))
		snprintf(last_warning, sizeof(last_warning), "%s", text);
	return n;
}

/* Without libbpf's name and the line's end. */
const char *kernel_warning(void)
{
	last_warning[strcspn(last_warning, "\n")] = 0;
	return last_warning + (strncmp(last_warning, "libbpf: ", 8) ? 0 : 8);
}

enum bpf_prog_type kernel_type_by_name(const char *name)
{
	const char *s;

	for (int t = 1; (s = libbpf_bpf_prog_type_str((enum bpf_prog_type)t)); t++)
		if (!strcmp(s, name))
			return (enum bpf_prog_type)t;
	return BPF_PROG_TYPE_UNSPEC;
}

/* For sections that libbpf 1.x has no rule for, as used before it. */
static void guess_type(struct bpf_program *p, const struct kernel_source *s)
{
	int32_t attach, type = k2_section_prog_type(bpf_program__section_name(p), &attach);

	if (s->type != BPF_PROG_TYPE_UNSPEC) {
		bpf_program__set_type(p, s->type);
		return;
	}
	bpf_program__set_type(p, (enum bpf_prog_type)type);
	bpf_program__set_expected_attach_type(p, (enum bpf_attach_type)attach);
}

/* Slots (8 bytes each) without `goto +0`. */
static size_t count_slots(const struct bpf_program *p)
{
	const struct bpf_insn *insns = bpf_program__insns(p);
	size_t n = bpf_program__insn_cnt(p), slots = 0;

	for (size_t i = 0; i < n; i++) {
		bool nop = insns[i].code == (BPF_JMP | BPF_JA) && !insns[i].off && !insns[i].src_reg;

		slots += !nop;
		if (insns[i].code == (BPF_LD | BPF_IMM | BPF_DW) && i + 1 < n) {
			slots++;
			i++;
		}
	}
	return slots;
}

/* max_entries for a map that leaves it to its loader; 0: such maps have none. */
static __u32 default_entries(enum bpf_map_type type)
{
	switch (type) {
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF: return 1 << 16;
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_STACK_TRACE:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_CPUMAP:
	case BPF_MAP_TYPE_XSKMAP:
	case BPF_MAP_TYPE_SOCKMAP:
	case BPF_MAP_TYPE_SOCKHASH:
	case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_BLOOM_FILTER: return 1;
	default: return 0;
	}
}

/* What the loaders of programs do to maps between open and load: sizes that only they know. Nothing is pinned. */
static void prepare_maps(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj) {
		bpf_map__set_pin_path(map, NULL);
		if (!bpf_map__max_entries(map))
			bpf_map__set_max_entries(map, default_entries(bpf_map__type(map)));
	}
}

static struct bpf_program *nth_program(struct bpf_object *obj, int n)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, obj)
		if (!n--)
			return p;
	return NULL;
}

struct bpf_object *kernel_open(const struct kernel_source *s, int n, struct bpf_program **prog)
{
	struct bpf_object *obj;
	struct bpf_program *p;

	*prog = NULL;
	last_warning[0] = 0;
	obj = s->data ? bpf_object__open_mem(s->data, s->size, NULL) : bpf_object__open_file(s->path, NULL);
	if (!obj)
		return NULL;
	*prog = nth_program(obj, n);
	bpf_object__for_each_program(p, obj) {
		if (bpf_program__type(p) == BPF_PROG_TYPE_UNSPEC)
			guess_type(p, s);
		bpf_program__set_autoload(p, p == *prog);
	}
	prepare_maps(obj);
	return obj;
}

static void read_stats(struct kernel_figures *r, const char *log)
{
	const char *s = strstr(log, "verification time "), *t;

	if (s)
		sscanf(s, "verification time %lld", &r->usec);
	s = strstr(log, "stack depth ");
	if (s)
		sscanf(s, "stack depth %2047[0-9+]", r->stack);
	for (t = log; (t = strstr(t, "processed ")); s = t++)
		;
	if (s)
		sscanf(s, "processed %lld insns (limit %lld) max_states_per_insn %lld total_states %lld peak_states %lld mark_read %lld",
		       &r->processed, &r->limit, &r->max_states, &r->total_states, &r->peak_states, &r->mark_read);
}

static bool is_statistics(const char *line)
{
	static const char *const starts[] = { "processed ", "verification time ", "stack depth ", "insns processed" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(line, starts[i], strlen(starts[i])))
			return true;
	return false;
}

/* The last line of the verifier's log that is not statistics; false if there is none. Cuts `log` into lines. */
static bool last_line(char *log, char *out, size_t size)
{
	char *found = NULL;

	for (char *save, *line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!is_statistics(line) && strspn(line, " \t") != strlen(line))
			found = line;
	if (found)
		snprintf(out, size, "%s", found);
	return found != NULL;
}

/* Loads once. 0 or a negative errno; the log is cut at LOG_SIZE (the kernel keeps its end, since 6.4). */
static int load_once(struct bpf_object *obj, struct bpf_program *p, char *log, unsigned level)
{
	log[0] = 0;
	bpf_program__set_log_buf(p, log, LOG_SIZE);
	bpf_program__set_log_level(p, level);
	last_warning[0] = 0;
	return bpf_object__load(obj);
}

static void explain(struct kernel_figures *r, int err, char *log)
{
	if (last_line(log, r->reason, sizeof(r->reason)))
		return;
	if (last_warning[0] && !strstr(last_warning, "BPF program load failed"))
		snprintf(r->reason, sizeof(r->reason), "%s", kernel_warning());
	else
		snprintf(r->reason, sizeof(r->reason), "%s", strerror(-err));
}

/* The statistics log says nothing about a refusal, so the load is tried again with the whole log. */
static void explain_again(struct kernel_figures *r, const struct kernel_source *s, int n, char *log)
{
	struct bpf_program *p;
	struct bpf_object *obj = kernel_open(s, n, &p);
	int err = -errno;

	if (obj)
		err = load_once(obj, p, log, LOG_FULL);
	explain(r, err ? err : -EAGAIN, log);
	bpf_object__close(obj);
}

static void read_info(struct kernel_figures *r, const struct bpf_program *p)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &size))
		return;
	r->xlated = info.xlated_prog_len;
	r->jited = info.jited_prog_len;
}

void kernel_load(struct kernel_loader *k, const struct kernel_source *s, int n, struct bpf_object *obj, struct bpf_program *p,
		 struct kernel_figures *out)
{
	*out = (struct kernel_figures){ .slots = count_slots(p) };
	if (bpf_program__type(p) == BPF_PROG_TYPE_UNSPEC) {
		snprintf(out->reason, sizeof(out->reason), "section '%s' does not tell the program type (use --type)",
			 bpf_program__section_name(p));
		return;
	}
	if (load_once(obj, p, k->log, LOG_STATS)) {
		explain_again(out, s, n, k->log);
		return;
	}
	out->loaded = true;
	out->slots_linked = count_slots(p);
	read_stats(out, k->log);
	read_info(out, p);
}

struct kernel_loader *kernel_loader_new(void)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct kernel_loader *k = malloc(sizeof(*k));

	setrlimit(RLIMIT_MEMLOCK, &unlimited); /* kernels before 5.11 count maps; a failure shows in the figures */
	libbpf_set_print(keep_warning);
	return k;
}

void kernel_loader_free(struct kernel_loader *k)
{
	free(k);
}

// SPDX-License-Identifier: BSD-2-Clause
/* k2 load: loads every program of every object, each one alone, into the running kernel and tells what the verifier and
   the JIT made of it. Nothing is attached or pinned, and nothing stays loaded. The figures are those of the verifier's
   own statistics (kernel/bpf/verifier.c: print_verification_stats) and of struct bpf_prog_info; the JSON names are those
   of Cilium's verifier-complexity records. */
#include "k2.h"
#include <argp.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <jansson.h>
#include <k2/progtype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { LOG_STATS = 4, LOG_FULL = 1, LOG_SIZE = 16 << 20, REASON_SIZE = 512 };

struct options {
	bool json;
	enum bpf_prog_type type; /* of programs whose section libbpf has no rule for; BPF_PROG_TYPE_UNSPEC: guess */
	const char *program;     /* only this one; NULL: all */
	const char *build, *load; /* labels for the records */
	char **files;
	int n_files;
};

/* One program's record. Numbers are valid only if `loaded`, `slots` always. */
struct record {
	const char *object, *program, *section, *type;
	bool loaded;
	char reason[REASON_SIZE];
	size_t slots, slots_linked;
	long long processed, limit, max_states, total_states, peak_states, mark_read, usec;
	char stack[128];
	unsigned xlated, jited; /* bytes */
};

/* The last warning of libbpf, which is the reason for a refusal that has no verifier log. */
static char last_warning[REASON_SIZE];

static int keep_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char text[REASON_SIZE];
	int n;

	/* What follows a failure ("failed to load object 'x'") says less than the failure. */
	if (level != LIBBPF_WARN || last_warning[0])
		return 0;
	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n > 0 && !strstr(text, "BEGIN PROG LOAD LOG"))
		snprintf(last_warning, sizeof(last_warning), "%s", text);
	return n;
}

/* The last warning without libbpf's name and the line's end. */
static const char *bare_warning(void)
{
	last_warning[strcspn(last_warning, "\n")] = 0;
	return last_warning + (strncmp(last_warning, "libbpf: ", 8) ? 0 : 8);
}

/* For sections that libbpf 1.x has no rule for, as used before it. */
static void guess_type(struct bpf_program *p, const struct options *o)
{
	int32_t attach, type = k2_section_prog_type(bpf_program__section_name(p), &attach);

	if (o->type != BPF_PROG_TYPE_UNSPEC) {
		bpf_program__set_type(p, o->type);
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

/* Opens `file` with only program number `n` (from 0) to be loaded. NULL with errno on failure; *prog is NULL when there
   are fewer programs. */
static struct bpf_object *open_for(const char *file, int n, const struct options *o, struct bpf_program **prog)
{
	struct bpf_object *obj;
	struct bpf_program *p;

	*prog = NULL;
	last_warning[0] = 0;
	obj = bpf_object__open_file(file, NULL);
	if (!obj)
		return NULL;
	*prog = nth_program(obj, n);
	bpf_object__for_each_program(p, obj) {
		if (bpf_program__type(p) == BPF_PROG_TYPE_UNSPEC)
			guess_type(p, o);
		bpf_program__set_autoload(p, p == *prog);
	}
	prepare_maps(obj);
	return obj;
}

static void read_stats(struct record *r, const char *log)
{
	const char *s = strstr(log, "verification time "), *t;

	if (s)
		sscanf(s, "verification time %lld", &r->usec);
	s = strstr(log, "stack depth ");
	if (s)
		sscanf(s, "stack depth %127[0-9+]", r->stack);
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

static void explain(struct record *r, int err, char *log)
{
	if (last_line(log, r->reason, sizeof(r->reason)))
		return;
	if (last_warning[0] && !strstr(last_warning, "BPF program load failed"))
		snprintf(r->reason, sizeof(r->reason), "%s", bare_warning());
	else
		snprintf(r->reason, sizeof(r->reason), "%s", strerror(-err));
}

/* The statistics log says nothing about a refusal, so the load is tried again with the whole log. */
static void explain_again(struct record *r, const char *file, int n, const struct options *o, char *log)
{
	struct bpf_program *p;
	struct bpf_object *obj = open_for(file, n, o, &p);
	int err = -errno;

	if (obj)
		err = load_once(obj, p, log, LOG_FULL);
	explain(r, err ? err : -EAGAIN, log);
	bpf_object__close(obj);
}

static void read_info(struct record *r, const struct bpf_program *p)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &size))
		return;
	r->xlated = info.xlated_prog_len;
	r->jited = info.jited_prog_len;
}

static json_t *number(const struct record *r, long long n)
{
	return r->loaded ? json_integer(n) : json_null();
}

static json_t *to_json(const struct record *r, const struct options *o, const char *kernel, const char *collection)
{
	json_t *j = json_object();

	json_object_set_new(j, "kernel", json_string(kernel));
	json_object_set_new(j, "collection", json_string(collection));
	json_object_set_new(j, "build", json_string(o->build));
	json_object_set_new(j, "load", json_string(o->load));
	json_object_set_new(j, "program", json_string(r->program));
	json_object_set_new(j, "insns_processed", number(r, r->processed));
	json_object_set_new(j, "insns_limit", number(r, r->limit));
	json_object_set_new(j, "max_states_per_insn", number(r, r->max_states));
	json_object_set_new(j, "total_states", number(r, r->total_states));
	json_object_set_new(j, "peak_states", number(r, r->peak_states));
	json_object_set_new(j, "mark_read", number(r, r->mark_read));
	json_object_set_new(j, "verification_time_microseconds", number(r, r->usec));
	json_object_set_new(j, "stack_depth", r->loaded ? json_string(r->stack) : json_null());
	json_object_set_new(j, "object", json_string(r->object));
	json_object_set_new(j, "section", json_string(r->section));
	json_object_set_new(j, "type", json_string(r->type));
	json_object_set_new(j, "status", json_string(r->loaded ? "loaded" : "refused"));
	json_object_set_new(j, "error", r->loaded ? json_null() : json_string_nocheck(r->reason));
	json_object_set_new(j, "slots", json_integer((json_int_t)r->slots));
	json_object_set_new(j, "slots_linked", number(r, (long long)r->slots_linked));
	json_object_set_new(j, "xlated_bytes", number(r, r->xlated));
	json_object_set_new(j, "jited_bytes", number(r, r->jited));
	return j;
}

static void print_text(const struct record *r)
{
	printf("%-28s %-14s ", r->program, r->type);
	if (r->loaded)
		printf("%7zu %9lld %7lld %8u %8u %8lld  loaded\n", r->slots, r->processed, r->total_states,
		       r->xlated, r->jited, r->usec);
	else
		printf("%7zu %9s %7s %8s %8s %8s  refused: %s\n", r->slots, "-", "-", "-", "-", "-", r->reason);
}

/* Where the records go, and what is common to them. */
struct output {
	const struct options *o;
	json_t *array; /* NULL: text to stdout */
	const char *kernel;
	char *log;
	unsigned refused;
};

static void put_record(struct output *out, const struct record *r)
{
	const char *base = strrchr(r->object, '/');
	char collection[256];
	size_t n;

	snprintf(collection, sizeof(collection), "%s", base ? base + 1 : r->object);
	n = strlen(collection);
	if (n > 2 && !strcmp(collection + n - 2, ".o"))
		collection[n - 2] = 0;
	out->refused += !r->loaded;
	if (out->array)
		json_array_append_new(out->array, to_json(r, out->o, out->kernel, collection));
	else
		print_text(r);
}

/* Loads program number `n` of an object that is open for it. */
static void load_program(struct output *out, const char *file, int n, struct bpf_object *obj, struct bpf_program *p)
{
	struct record r = {
		.object = file,
		.program = bpf_program__name(p),
		.section = bpf_program__section_name(p),
		.type = libbpf_bpf_prog_type_str(bpf_program__type(p)),
		.slots = count_slots(p),
	};
	int err;

	if (bpf_program__type(p) == BPF_PROG_TYPE_UNSPEC) {
		snprintf(r.reason, sizeof(r.reason), "section '%s' does not tell the program type (use --type)",
			 r.section);
		put_record(out, &r);
		return;
	}
	err = load_once(obj, p, out->log, LOG_STATS);
	if (!err) {
		r.loaded = true;
		r.slots_linked = count_slots(p);
		read_stats(&r, out->log);
		read_info(&r, p);
	} else {
		explain_again(&r, file, n, out->o, out->log);
	}
	put_record(out, &r);
}

/* An object that cannot be opened. Legacy map definitions make a record (its programs are refused by every libbpf 1.x);
   anything else is bad input. */
static bool bad_object(struct output *out, const char *file, int err)
{
	struct record r = { .object = file, .program = "*", .section = "", .type = "unspec" };

	if (strstr(last_warning, "legacy map definitions")) {
		snprintf(r.reason, sizeof(r.reason), "legacy maps");
		put_record(out, &r);
		return true;
	}
	fprintf(stderr, "k2 load: %s: %s\n", file, last_warning[0] ? bare_warning() : strerror(err));
	return false;
}

static bool load_file(struct output *out, const char *file)
{
	for (int n = 0;; n++) {
		struct bpf_program *p;
		struct bpf_object *obj = open_for(file, n, out->o, &p);

		if (!obj)
			return bad_object(out, file, errno);
		if (!n && !out->array)
			printf("%s\n%-28s %-14s %7s %9s %7s %8s %8s %8s  status\n", file, "program", "type",
			       "slots", "processed", "states", "xlated", "jited", "usec");
		if (p && (!out->o->program || !strcmp(out->o->program, bpf_program__name(p))))
			load_program(out, file, n, obj, p);
		bpf_object__close(obj);
		if (!p)
			return true;
	}
}

/* The type that libbpf calls `name`; UNSPEC if there is none. */
static enum bpf_prog_type type_by_name(const char *name)
{
	const char *s;

	for (int t = 1; (s = libbpf_bpf_prog_type_str((enum bpf_prog_type)t)); t++)
		if (!strcmp(s, name))
			return (enum bpf_prog_type)t;
	return BPF_PROG_TYPE_UNSPEC;
}

enum { KEY_BUILD = 256, KEY_LOAD };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'j': o->json = true; return 0;
	case 'p': o->program = arg; return 0;
	case KEY_BUILD: o->build = arg; return 0;
	case KEY_LOAD: o->load = arg; return 0;
	case 't':
		o->type = type_by_name(arg);
		if (o->type == BPF_PROG_TYPE_UNSPEC)
			argp_failure(state, K2_EXIT_USAGE, 0, "unknown program type '%s'", arg);
		return 0;
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		o->n_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS: argp_failure(state, K2_EXIT_USAGE, 0, "no object given (see 'k2 load --help')"); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
	{ "json", 'j', NULL, 0, "Write a JSON array with one record per program", 0 },
	{ "program", 'p', "NAME", 0, "Load only the program of this name", 0 },
	{ "type", 't', "TYPE", 0, "Program type where the section name does not tell it (xdp, sched_cls, ...)", 0 },
	{ "build", KEY_BUILD, "TEXT", 0, "The records' \"build\": how the objects were compiled", 0 },
	{ "load", KEY_LOAD, "TEXT", 0, "The records' \"load\": how they are configured", 0 },
	{ 0 },
};

static int run(const struct options *o)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct output out = { .o = o };
	bool good = true;
	struct utsname un;

	uname(&un);
	out.kernel = un.release;
	out.log = malloc(LOG_SIZE);
	out.array = o->json ? json_array() : NULL;
	if (!out.log || (o->json && !out.array)) {
		fprintf(stderr, "k2 load: out of memory\n");
		free(out.log);
		return K2_EXIT_USAGE;
	}
	setrlimit(RLIMIT_MEMLOCK, &unlimited); /* kernels before 5.11 count maps; a failure shows in the records */
	libbpf_set_print(keep_warning);
	for (int i = 0; i < o->n_files; i++)
		good &= load_file(&out, o->files[i]);
	if (out.array) {
		json_dumpf(out.array, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(out.array);
	}
	free(out.log);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "k2 load: cannot write the output\n");
		return K2_EXIT_USAGE;
	}
	return !good ? K2_EXIT_USAGE : out.refused ? K2_EXIT_NO : K2_EXIT_OK;
}

int k2_cmd_load(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "OBJECT...",
		.doc = "Load each program of the objects, one at a time, into the running kernel, and print the verifier's "
		       "work and the sizes of the result. Nothing is attached, and nothing stays loaded.\v"
		       "Exit status: 0 all loaded, 1 some refused, 2 bad usage or input.",
	};
	struct options o = { .build = "", .load = "" };

	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return K2_EXIT_USAGE;
	return run(&o);
}

// SPDX-License-Identifier: BSD-2-Clause
/* k2 load: loads every program of every object, each one alone, into the running kernel and tells what the verifier and
   the JIT made of it (kernel_load.c). The JSON names are those of Cilium's verifier-complexity records. */
#include "k2.h"
#include "kernel_load.h"
#include "kernel_stack.h"
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

struct options {
	bool json;
	enum bpf_prog_type type; /* of programs whose section libbpf has no rule for; BPF_PROG_TYPE_UNSPEC: guess */
	const char *program;     /* only this one; NULL: all */
	const char *build, *load; /* labels for the records */
	char **files;
	int n_files;
};

struct record {
	const char *object, *program, *section, *type;
	struct kernel_figures f;
	long long stack; /* bytes, -1: unknown */
};

static json_t *number(const struct record *r, long long n)
{
	return r->f.loaded ? json_integer(n) : json_null();
}

static json_t *to_json(const struct record *r, const struct options *o, const char *kernel, const char *collection)
{
	json_t *j = json_object();

	json_object_set_new(j, "kernel", json_string(kernel));
	json_object_set_new(j, "collection", json_string(collection));
	json_object_set_new(j, "build", json_string(o->build));
	json_object_set_new(j, "load", json_string(o->load));
	json_object_set_new(j, "program", json_string(r->program));
	json_object_set_new(j, "insns_processed", number(r, r->f.processed));
	json_object_set_new(j, "insns_limit", number(r, r->f.limit));
	json_object_set_new(j, "max_states_per_insn", number(r, r->f.max_states));
	json_object_set_new(j, "total_states", number(r, r->f.total_states));
	json_object_set_new(j, "peak_states", number(r, r->f.peak_states));
	json_object_set_new(j, "mark_read", number(r, r->f.mark_read));
	json_object_set_new(j, "verification_time_microseconds", number(r, r->f.usec));
	json_object_set_new(j, "stack_depth", r->stack < 0 ? json_null() : number(r, r->stack));
	json_object_set_new(j, "stack_depths", r->f.loaded ? json_string(r->f.stack) : json_null());
	json_object_set_new(j, "object", json_string(r->object));
	json_object_set_new(j, "section", json_string(r->section));
	json_object_set_new(j, "type", json_string(r->type));
	json_object_set_new(j, "status", json_string(r->f.loaded ? "loaded" : "refused"));
	json_object_set_new(j, "error", r->f.loaded ? json_null() : json_string_nocheck(r->f.reason));
	json_object_set_new(j, "slots", json_integer((json_int_t)r->f.slots));
	json_object_set_new(j, "slots_linked", number(r, (long long)r->f.slots_linked));
	json_object_set_new(j, "xlated_bytes", number(r, r->f.xlated));
	json_object_set_new(j, "jited_bytes", number(r, r->f.jited));
	return j;
}

static void print_text(const struct record *r)
{
	printf("%-28s %-14s ", r->program, r->type);
	if (r->f.loaded)
		printf("%7zu %9lld %7lld %8u %8u %8lld  loaded\n", r->f.slots, r->f.processed, r->f.total_states,
		       r->f.xlated, r->f.jited, r->f.usec);
	else
		printf("%7zu %9s %7s %8s %8s %8s  refused: %s\n", r->f.slots, "-", "-", "-", "-", "-", r->f.reason);
}

/* Where the records go, and what is common to them. */
struct output {
	const struct options *o;
	json_t *array; /* NULL: text to stdout */
	const char *kernel;
	struct kernel_loader *loader;
	unsigned programs, refused;
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
	out->refused += !r->f.loaded;
	if (out->array)
		json_array_append_new(out->array, to_json(r, out->o, out->kernel, collection));
	else
		print_text(r);
}

/* Loads program number `n` of an object that is open for it. */
static void load_program(struct output *out, const struct kernel_source *s, int n, struct bpf_object *obj, struct bpf_program *p)
{
	struct record r = {
		.object = s->path,
		.program = bpf_program__name(p),
		.section = bpf_program__section_name(p),
		.type = libbpf_bpf_prog_type_str(bpf_program__type(p)),
	};

	kernel_load(out->loader, s, n, obj, p, &r.f);
	r.stack = r.f.loaded ? kernel_stack_depth(bpf_program__insns(p), bpf_program__insn_cnt(p), r.f.stack) : -1;
	out->programs++;
	put_record(out, &r);
}

/* An object that cannot be opened. Legacy map definitions make a record (its programs are refused by every libbpf 1.x);
   anything else is bad input. */
static bool bad_object(struct output *out, const char *file, int err)
{
	struct record r = { .object = file, .program = "*", .section = "", .type = "unspec" };

	if (strstr(kernel_warning(), "legacy map definitions")) {
		snprintf(r.f.reason, sizeof(r.f.reason), "legacy maps");
		put_record(out, &r);
		return true;
	}
	fprintf(stderr, "k2: %s: %s\n", file, kernel_warning()[0] ? kernel_warning() : strerror(err));
	return false;
}

static bool load_file(struct output *out, const char *file)
{
	const struct kernel_source s = { .path = file, .type = out->o->type };

	for (int n = 0;; n++) {
		struct bpf_program *p;
		struct bpf_object *obj = kernel_open(&s, n, &p);

		if (!obj)
			return bad_object(out, file, errno);
		if (!n && !out->array)
			printf("%s\n%-28s %-14s %7s %9s %7s %8s %8s %8s  status\n", file, "program", "type",
			       "slots", "processed", "states", "xlated", "jited", "usec");
		if (p && (!out->o->program || !strcmp(out->o->program, bpf_program__name(p))))
			load_program(out, &s, n, obj, p);
		bpf_object__close(obj);
		if (!p)
			return true;
	}
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
		o->type = kernel_type_by_name(arg);
		if (o->type == BPF_PROG_TYPE_UNSPEC)
			argp_error(state, "unknown program type '%s'", arg);
		return 0;
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		o->n_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS: argp_error(state, "no object"); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
	{ "json", 'j', NULL, 0, "Print JSON: an array with a record for each program", 0 },
	{ "prog", 'p', "NAME", 0, "Only the program NAME", 0 },
	{ "program", 'p', NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 0 },
	{ "type", 't', "TYPE", 0, "Program type where the section name does not tell it (xdp, sched_cls, ...)", 0 },
	{ "build", KEY_BUILD, "TEXT", 0, "The records' \"build\": how the objects were compiled", 0 },
	{ "load", KEY_LOAD, "TEXT", 0, "The records' \"load\": how they are configured", 0 },
	{ 0 },
};

static int run(const struct options *o)
{
	struct output out = { .o = o };
	bool good = true;
	struct utsname un;

	uname(&un);
	out.kernel = un.release;
	out.loader = kernel_loader_new();
	out.array = o->json ? json_array() : NULL;
	if (!out.loader || (o->json && !out.array)) {
		fprintf(stderr, "k2: out of memory\n");
		kernel_loader_free(out.loader);
		return K2_EXIT_USAGE;
	}
	for (int i = 0; i < o->n_files; i++)
		good &= load_file(&out, o->files[i]);
	if (good && o->program && !out.programs) {
		fprintf(stderr, "k2: no program %s\n", o->program);
		good = false;
	}
	if (out.array) {
		json_dumpf(out.array, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(out.array);
	}
	kernel_loader_free(out.loader);
	return !good ? K2_EXIT_USAGE : out.refused ? K2_EXIT_NO : K2_EXIT_OK;
}

int k2_cmd_load(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "OBJECT...",
		.doc = "Loads each program of the objects, one at a time, into the running kernel, and prints the verifier's "
		       "work and the sizes of the result. Nothing is attached, and nothing stays loaded.\v"
		       "Exit status: 0 all loaded, 1 some refused, 2 bad usage or input.",
	};
	struct options o = { .build = "", .load = "" };

	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return K2_EXIT_USAGE;
	return run(&o);
}

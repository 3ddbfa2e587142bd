// SPDX-License-Identifier: BSD-2-Clause
/* The options of k2 opt. */
#include "opt.h"
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPT_LEVEL = 256, OPT_OBJECTIVE, OPT_BUDGET, OPT_FIRST, OPT_LAST, OPT_DISABLE, OPT_FAIL_ALLOC, OPT_RLIMIT, OPT_LIST,
       OPT_CHECK, OPT_REPORT, OPT_MCPU, OPT_STRIP_DEBUG, OPT_NO_VOLATILE, OPT_NO_FREEZE, OPT_KERNEL, OPT_DUMP,
       OPT_STRICT_ALIGN, OPT_RULES, OPT_CACHE, OPT_PROFILE };

enum { MAX_THREADS = 256 };

static const struct argp_option options[] = {
	{ "level", OPT_LEVEL, "N", 0, "0 nothing, 1 rewrites, 2 rewrites and cheap search (default), 3 deep search", 0 },
	{ "objective", OPT_OBJECTIVE, "WHAT", 0, "default, size, latency or verifier", 0 },
	{ "budget", OPT_BUDGET, "STEPS", 0, "Steps per function", 0 },
	{ "first", OPT_FIRST, "N", 0, "Apply accepted rewrites from number N on", 0 },
	{ "last", OPT_LAST, "N", 0, "Apply accepted rewrites up to number N", 0 },
	{ "disable", OPT_DISABLE, "NAME,...", 0, "Leave out these proposers", 0 },
	{ "rules", OPT_RULES, "FILE", 0, "Also use the rewrite rules in FILE (see k2-rules)", 0 },
	{ "cache", OPT_CACHE, "FILE", 0, "Keep what searches find in FILE, for the next time; the result is the same", 0 },
	{ "profile", OPT_PROFILE, "FILE", 0, "Lay code out for what 'k2 run --profile' saw of the same object", 0 },
	{ "mcpu", OPT_MCPU, "vN", 0, "Newest instruction set to use (default: the lowest that has all instructions of the object)", 0 },
	{ "strict-align", OPT_STRICT_ALIGN, NULL, 0, "The target lacks efficient unaligned access", 0 },
	{ "assume-no-volatile", OPT_NO_VOLATILE, NULL, 0,
	  "Also merge and drop accesses of 4 and 8 bytes to maps, globals and kernel memory, which may be volatile in the source", 0 },
	{ "no-freeze", OPT_NO_FREEZE, NULL, 0, "Also change branches on read-only variables, by which loaders remove dead code", 0 },
	{ "prog", 'p', "NAME", 0, "Only the function NAME", 0 },
	{ "remarks", 'r', NULL, 0, "Print what was done, and what was not and why, as comments", 0 },
	{ "stats", 's', NULL, 0, "Print counters as comments", 0 },
	{ "dump", OPT_DUMP, NULL, 0, "Print each function before and after, as comments", 0 },
	{ "list", OPT_LIST, NULL, 0, "List the proposers and exit", 0 },
	{ NULL, 0, NULL, 0, "Files:", 2 },
	{ "output", 'o', "FILE", 0, "Write the result there ('-': standard output); with several inputs, FILE is a directory", 2 },
	{ "in-place", 'i', NULL, 0, "Write the result in place of each FILE", 2 },
	{ "check", OPT_CHECK, NULL, 0, "Write nothing; exit status 2 if something would change, 3 on errors", 2 },
	{ "report", OPT_REPORT, "FILE", 0,
	  "Write JSON: slots, rewrites with source lines, verdicts; an array of this for several inputs", 2 },
	{ "jobs", 'j', "N", 0, "Work on N functions at a time (default 1; 0: one for each processor); the result is the same", 2 },
	{ "kernel", OPT_KERNEL, NULL, 0,
	  "Load each changed program into the running kernel, and take back rewrites by which it is refused or costs the verifier more", 2 },
	{ "strip-debug", OPT_STRIP_DEBUG, NULL, 0, "Drop DWARF sections; BTF stays", 2 },
	{ "fail-alloc", OPT_FAIL_ALLOC, "N", OPTION_HIDDEN, "", 0 },
	{ "solver-rlimit", OPT_RLIMIT, "N", OPTION_HIDDEN, "", 0 },
	{ 0 },
};

static void set(struct argp_state *state, struct opt_args *a, const char *name, const char *value)
{
	if (k2_options_set(&a->o, name, value))
		argp_error(state, "bad value for --%s: '%s'", name, value);
}

static void set_profile(struct argp_state *state, struct opt_args *a, const char *path)
{
	char msg[300];

	k2_profile_free(a->profile);
	if (k2_profile_read(path, &a->profile, msg, sizeof(msg)))
		argp_failure(state, argp_err_exit_status, 0, "%s", msg);
}

static void set_isa(struct argp_state *state, struct opt_args *a, const char *value)
{
	if (value[0] != 'v' || value[1] < '1' || value[1] > '4' || value[2])
		argp_error(state, "bad value for --mcpu: '%s' (v1, v2, v3, v4)", value);
	a->isa = (enum k2_isa_level)(value[1] - '0');
}

static void set_threads(struct argp_state *state, struct opt_args *a, const char *value)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno || n > MAX_THREADS)
		argp_error(state, "bad value for --jobs: '%s' (0 to %d)", value, MAX_THREADS);
	if (!n) {
		long cpus = sysconf(_SC_NPROCESSORS_ONLN);

		n = cpus < 1 ? 1 : cpus > MAX_THREADS ? MAX_THREADS : (unsigned long)cpus;
	}
	a->threads = (unsigned int)n;
}

static void set_rules(struct argp_state *state, struct opt_args *a, const char *path)
{
	if (a->o.rules)
		argp_error(state, "one --rules");
	a->o.rules = k2_read_rules(path);
	if (!a->o.rules)
		exit(argp_err_exit_status);
}

static void list_proposers(void)
{
	for (unsigned int k = 0; k2_proposer_name(k); k++)
		printf("%-14s %s\n", k2_proposer_name(k), k2_proposer_about(k));
}

static void add_path(struct argp_state *state, struct opt_args *a, char *path)
{
	if (a->n_paths == a->cap_paths) {
		uint32_t cap = a->cap_paths ? 2 * a->cap_paths : 8;
		char **more = realloc(a->paths, cap * sizeof(*more));

		if (!more) {
			argp_failure(state, argp_err_exit_status, ENOMEM, "%s", path);
			return;
		}
		a->paths = more;
		a->cap_paths = cap;
	}
	a->paths[a->n_paths++] = path;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Every input needs a place of its own in the directory. */
static void check_directory(struct argp_state *state, const struct opt_args *a)
{
	for (uint32_t k = 0; k < a->n_paths; k++) {
		if (!strcmp(a->paths[k], "-"))
			argp_error(state, "standard input has no name in '%s'", a->out);
		for (uint32_t i = 0; i < k; i++) {
			if (!strcmp(base_name(a->paths[i]), base_name(a->paths[k])))
				argp_error(state, "%s and %s would be one file in '%s'", a->paths[i], a->paths[k], a->out);
		}
	}
}

/* The directory of `path`; false: there is none, errno says why. */
static bool stat_directory(const char *path, struct stat *st)
{
	size_t len = (size_t)(base_name(path) - path);
	char *dir = strndup(path, len);
	bool ok = dir && !stat(len ? dir : ".", st);

	free(dir);
	return ok;
}

/* Both are one regular file, or would be. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	if (!stat(a, &x) && !stat(b, &y))
		return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
	return !strcmp(base_name(a), base_name(b)) && stat_directory(a, &x) && stat_directory(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* The report replaces neither an object nor what becomes of it. */
static void check_report(struct argp_state *state, const struct opt_args *a)
{
	char *out = NULL;

	for (uint32_t k = 0; k < a->n_paths; k++) {
		if (strcmp(a->paths[k], "-") != 0 && is_same_file(a->paths[k], a->report))
			argp_error(state, "--report=%s is an input", a->report);
		if (a->out_is_dir && asprintf(&out, "%s/%s", a->out, base_name(a->paths[k])) < 0)
			argp_failure(state, argp_err_exit_status, ENOMEM, "%s", a->paths[k]);
		if (a->out_is_dir && is_same_file(out, a->report))
			argp_error(state, "--report=%s is the output for %s", a->report, a->paths[k]);
		free(out);
		out = NULL;
	}
	if (a->out && !a->out_is_dir && strcmp(a->out, "-") != 0 && is_same_file(a->out, a->report))
		argp_error(state, "--report=%s is the output", a->report);
}

/* Nor is the cache made of an object. */
static void check_cache(struct argp_state *state, const struct opt_args *a)
{
	if ((a->report && is_same_file(a->cache, a->report)) || (a->out && !a->out_is_dir && is_same_file(a->cache, a->out)))
		argp_error(state, "--cache=%s is the output or the report", a->cache);
	for (uint32_t k = 0; k < a->n_paths; k++) {
		if (strcmp(a->paths[k], "-") != 0 && is_same_file(a->paths[k], a->cache))
			argp_error(state, "--cache=%s is an input", a->cache);
	}
}

static void check_together(struct argp_state *state, struct opt_args *a)
{
	struct stat st;

	if (!!a->out + a->in_place + a->check > 1)
		argp_error(state, "one of -o, -i and --check");
	if ((a->remarks || a->stats || a->dump) && a->out && !strcmp(a->out, "-"))
		argp_error(state, "standard output is the object's: -r, -s and --dump go with another file");
	a->out_is_dir = a->out && !stat(a->out, &st) && S_ISDIR(st.st_mode);
	if (a->out && a->n_paths > 1 && !a->out_is_dir)
		argp_error(state, "several files need a directory that exists: -o %s is none", a->out);
	if (a->out_is_dir)
		check_directory(state, a);
	if (a->report)
		check_report(state, a);
	if (a->cache)
		check_cache(state, a);
	for (uint32_t k = 0; a->in_place && k < a->n_paths; k++) {
		if (!strcmp(a->paths[k], "-"))
			argp_error(state, "-i needs a file");
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opt_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->form; break;
	case OPT_LEVEL: set(state, a, "level", arg); break;
	case OPT_OBJECTIVE: set(state, a, "objective", arg); break;
	case OPT_BUDGET: set(state, a, "budget", arg); break;
	case OPT_FIRST: set(state, a, "first", arg); break;
	case OPT_LAST: set(state, a, "last", arg); break;
	case OPT_DISABLE: set(state, a, "disable", arg); break;
	case OPT_RULES: set_rules(state, a, arg); break;
	case OPT_CACHE: a->cache = arg; break;
	case OPT_FAIL_ALLOC: a->o.fail_alloc_after = strtoull(arg, NULL, 0); break;
	case OPT_RLIMIT: a->o.solver_rlimit = strtoull(arg, NULL, 0); break;
	case OPT_LIST:
		list_proposers();
		exit(K2_EXIT_OK);
	case OPT_CHECK: a->check = true; break;
	case 'p': a->prog = arg; break;
	case OPT_REPORT: a->report = arg; break;
	case OPT_PROFILE: set_profile(state, a, arg); break;
	case OPT_MCPU: set_isa(state, a, arg); break;
	case OPT_STRICT_ALIGN: a->strict_align = true; break;
	case OPT_STRIP_DEBUG: a->strip_debug = true; break;
	case OPT_NO_VOLATILE: a->assume_no_volatile = true; break;
	case OPT_NO_FREEZE: a->no_freeze = true; break;
	case OPT_KERNEL: a->kernel = true; break;
	case OPT_DUMP: a->dump = true; break;
	case 'j': set_threads(state, a, arg); break;
	case 'o': a->out = arg; break;
	case 'i': a->in_place = true; break;
	case 'r': a->remarks = true; break;
	case 's': a->stats = true; break;
	case ARGP_KEY_ARG: add_path(state, a, arg); break;
	case ARGP_KEY_NO_ARGS: argp_error(state, "which file?"); break;
	case ARGP_KEY_END: check_together(state, a); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Also an error in an option before --check has its exit status. Names of options may be shortened. */
static bool asks_check(int argc, char **argv)
{
	for (int k = 1; k < argc && strcmp(argv[k], "--") != 0; k++) {
		size_t len = strlen(argv[k]);

		if (len > 2 && !strncmp(argv[k], "--check", len))
			return true;
	}
	return false;
}

bool k2_opt_parse(int argc, char **argv, struct opt_args *a)
{
	static const struct argp argp = {
		.options = options,
		.children = k2_form_children,
		.parser = parse,
		.args_doc = "FILE...",
		.doc = "Optimises every function of each BPF object FILE and writes the object where -o or -i says. A function in text form "
		       "(see k2/text.h; '-': standard input) or of bare instructions (--raw) is printed, if nothing else is said.\v"
		       "Exit status: 0 done, 2 bad usage or some input could not be worked on (the others are); --check: 0 nothing would "
		       "change, 2 something would, 3 errors.",
	};

	k2_options_init(&a->o);
	a->threads = 1;
	if (asks_check(argc, argv))
		argp_err_exit_status = K2_CHECK_EXIT_ERROR;
	return !argp_parse(&argp, argc, argv, 0, NULL, a);
}

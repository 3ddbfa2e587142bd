// SPDX-License-Identifier: BSD-2-Clause
/* k2 mine: new rewrite rules out of objects. */
#include "k2.h"
#include <k2/mine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_LEVEL = 256, OPT_DISABLE, OPT_RULES };

struct args {
	struct k2_options o;
	bool quiet;
	char **files;
	int n_files;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool mine_file(struct k2_mine *m, const char *path)
{
	const struct k2_form form = { 0 };
	struct k2_input in;
	bool good = k2_input_read(&in, path, &form);

	for (uint32_t i = 0; good && i < k2_input_n_funcs(&in); i++) {
		const struct k2_object_func *info = in.object ? k2_object_func_info(in.object, i) : NULL;

		if (!info || !info->status)
			k2_mine_function(m, k2_input_func(&in, i), base_name(path));
	}
	k2_input_free(&in);
	return good;
}

static void set(struct argp_state *state, struct args *a, const char *name, const char *value)
{
	if (k2_options_set(&a->o, name, value))
		argp_error(state, "bad value for --%s: '%s'", name, value);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case OPT_LEVEL: set(state, a, "level", arg); return 0;
	case OPT_DISABLE: set(state, a, "disable", arg); return 0;
	case OPT_RULES:
		if (a->o.rules)
			argp_error(state, "one --rules");
		a->o.rules = k2_read_rules(arg);
		if (!a->o.rules)
			exit(argp_err_exit_status);
		return 0;
	case 'q': a->quiet = true; return 0;
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->n_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS: argp_error(state, "no file"); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static int print(struct k2_mine *m, bool quiet)
{
	char *text = k2_mine_print(m);
	struct k2_mine_stats s = k2_mine_stats(m);

	if (!text) {
		fprintf(stderr, "k2: %s\n", k2_status_str(K2_ENOMEM));
		return K2_EXIT_USAGE;
	}
	fputs(text, stdout);
	if (!quiet)
		printf("%s# %u rewrites: %u new rules, %u uses of them more, %u rest on more than a rule says\n", s.rules ? "\n" : "", s.rewrites, s.rules, s.repeated,
		       s.unproved);
	free(text);
	return K2_EXIT_OK;
}

int k2_cmd_mine(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "level", OPT_LEVEL, "N", 0, "Effort as in k2 opt (default 3)", 0 },
		{ "disable", OPT_DISABLE, "NAME,...", 0, "Leave out these proposers; rules: also learn again what K2's rules say", 0 },
		{ "rules", OPT_RULES, "FILE", 0, "Rules that are known already, next to those of K2", 0 },
		{ "quiet", 'q', NULL, 0, "No line with figures at the end", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE...",
		.doc = "Optimises the functions of BPF objects, or functions in text form, and prints each rewrite that no rule knows as a new rule: "
		       "generalised, proved for all values, with an example and where it comes from; those first that were met most often.\v"
		       "Exit status: 0 done, 2 bad usage, or a file that could not be read.",
	};
	struct args a = { .n_files = 0 };
	struct k2_mine *m;
	bool good = true;
	int status;

	k2_options_init(&a.o);
	a.o.level = 3;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return K2_EXIT_USAGE;
	m = k2_mine_new(&a.o);
	if (!m) {
		fprintf(stderr, "k2: %s\n", k2_status_str(K2_ENOMEM));
		return K2_EXIT_USAGE;
	}
	for (int k = 0; k < a.n_files; k++)
		good &= mine_file(m, a.files[k]);
	status = print(m, a.quiet);
	k2_mine_free(m);
	k2_rules_free(a.o.rules);
	return good ? status : K2_EXIT_USAGE;
}

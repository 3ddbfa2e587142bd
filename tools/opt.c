// SPDX-License-Identifier: BSD-2-Clause
/* k2 opt: one function in text form through the optimiser. */
#include "k2.h"
#include <argp.h>
#include <k2/optimize.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args {
	struct k2_options o;
	const char *path;
	bool remarks, stats;
};

enum { OPT_LEVEL = 256, OPT_OBJECTIVE, OPT_BUDGET, OPT_FIRST, OPT_LAST, OPT_DISABLE, OPT_FAIL_ALLOC, OPT_RLIMIT, OPT_LIST };

static const struct argp_option options[] = {
	{ "level", OPT_LEVEL, "N", 0, "0 nothing, 1 rewrites, 2 rewrites and cheap search (default), 3 deep search", 0 },
	{ "objective", OPT_OBJECTIVE, "WHAT", 0, "default, size, latency or verifier", 0 },
	{ "budget", OPT_BUDGET, "STEPS", 0, "Steps per function", 0 },
	{ "first", OPT_FIRST, "N", 0, "Apply accepted rewrites from number N on", 0 },
	{ "last", OPT_LAST, "N", 0, "Apply accepted rewrites up to number N", 0 },
	{ "disable", OPT_DISABLE, "NAME,...", 0, "Leave out these proposers", 0 },
	{ "remarks", 'r', NULL, 0, "Print what was done, and what was not and why, as comments", 0 },
	{ "stats", 's', NULL, 0, "Print counters as comments", 0 },
	{ "list", OPT_LIST, NULL, 0, "List the proposers and exit", 0 },
	{ "fail-alloc", OPT_FAIL_ALLOC, "N", OPTION_HIDDEN, "", 0 },
	{ "solver-rlimit", OPT_RLIMIT, "N", OPTION_HIDDEN, "", 0 },
	{ 0 },
};

static void set(struct argp_state *state, struct args *a, const char *name, const char *value)
{
	if (k2_options_set(&a->o, name, value))
		argp_error(state, "bad value for --%s: '%s'", name, value);
}

static void list_proposers(void)
{
	for (unsigned int k = 0; k2_proposer_name(k); k++)
		printf("%-14s %s\n", k2_proposer_name(k), k2_proposer_about(k));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case OPT_LEVEL: set(state, a, "level", arg); break;
	case OPT_OBJECTIVE: set(state, a, "objective", arg); break;
	case OPT_BUDGET: set(state, a, "budget", arg); break;
	case OPT_FIRST: set(state, a, "first", arg); break;
	case OPT_LAST: set(state, a, "last", arg); break;
	case OPT_DISABLE: set(state, a, "disable", arg); break;
	case OPT_FAIL_ALLOC: a->o.fail_alloc_after = strtoull(arg, NULL, 0); break;
	case OPT_RLIMIT: a->o.solver_rlimit = strtoull(arg, NULL, 0); break;
	case OPT_LIST:
		list_proposers();
		exit(K2_EXIT_OK);
	case 'r': a->remarks = true; break;
	case 's': a->stats = true; break;
	case ARGP_KEY_ARG:
		if (a->path)
			argp_error(state, "one file at a time");
		a->path = arg;
		break;
	case ARGP_KEY_NO_ARGS: argp_error(state, "which file?"); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_remarks(const struct k2_result *r)
{
	static const char *const kinds[] = { "applied", "missed", "analysis" };

	for (uint32_t k = 0; k < r->n_remarks; k++)
		printf("; %s %s line %u: %s\n", kinds[r->remarks[k].kind], r->remarks[k].name, r->remarks[k].line,
		       r->remarks[k].text);
}

static void print_stats(const struct k2_stats *s)
{
	printf("; slots %u -> %u; proposals %u, accepted %u; equal %u, different %u, unknown %u; not cheaper %u; "
	       "solver queries %u, unknown %u, rlimit %llu; steps %llu\n",
	       s->slots_before, s->slots_after, s->proposals, s->accepted, s->equal, s->different, s->unknown,
	       s->not_cheaper, s->solver_queries, s->solver_unknown, (unsigned long long)s->solver_rlimit,
	       (unsigned long long)s->steps);
}

static int optimize(const struct args *a, const struct k2_text *t)
{
	struct k2_func_desc d = *k2_text_desc(t);
	struct k2_result *r;
	enum k2_status st = k2_optimize(&d, &a->o, &r);
	char *text;

	if (st)
		fprintf(stderr, "k2: %s: %s\n", a->path, r && r->message[0] ? r->message : k2_status_str(st));
	if (r && r->changed) {
		d.insns = r->insns;
		d.n_insns = r->n_insns;
	}
	text = k2_text_print(&d);
	if (text)
		fputs(text, stdout);
	if (r && a->remarks)
		print_remarks(r);
	if (r && r->message[0] && a->remarks)
		printf("; message: %s\n", r->message);
	if (r && a->stats)
		print_stats(&r->stats);
	free(text);
	k2_result_free(r);
	return st ? K2_EXIT_USAGE : K2_EXIT_OK;
}

int k2_cmd_opt(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Optimises the function in text form (see k2/text.h) in FILE ('-': standard input) and prints it.",
	};
	struct args a = { 0 };
	struct k2_text *t;
	int rc;

	k2_options_init(&a.o);
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return K2_EXIT_USAGE;
	t = k2_read_text(a.path);
	if (!t)
		return K2_EXIT_USAGE;
	rc = optimize(&a, t);
	k2_text_free(t);
	return rc;
}

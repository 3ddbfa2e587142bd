// SPDX-License-Identifier: BSD-2-Clause
/* k2 opt: options, and one function in text form through the optimiser. */
#include "opt.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_LEVEL = 256, OPT_OBJECTIVE, OPT_BUDGET, OPT_FIRST, OPT_LAST, OPT_DISABLE, OPT_FAIL_ALLOC, OPT_RLIMIT, OPT_LIST,
       OPT_CHECK, OPT_PROG, OPT_REPORT, OPT_MCPU, OPT_STRIP_DEBUG, OPT_NO_VOLATILE, OPT_NO_FREEZE };

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
	{ NULL, 0, NULL, 0, "Objects:", 1 },
	{ "output", 'o', "FILE", 0, "Write the object there ('-': standard output)", 1 },
	{ "in-place", 'i', NULL, 0, "Write the object in place of FILE", 1 },
	{ "check", OPT_CHECK, NULL, 0, "Write nothing; exit status 2 if the object would change, 3 on errors", 1 },
	{ "prog", OPT_PROG, "NAME", 0, "Only the function NAME", 1 },
	{ "report", OPT_REPORT, "FILE", 0, "Write JSON: slots, rewrites with source lines, verdicts", 1 },
	{ "mcpu", OPT_MCPU, "vN", 0, "Newest instruction set to use (default: the lowest that has all instructions of the object)", 1 },
	{ "strip-debug", OPT_STRIP_DEBUG, NULL, 0, "Drop DWARF sections; BTF stays", 1 },
	{ "assume-no-volatile", OPT_NO_VOLATILE, NULL, 0,
	  "Also merge and drop accesses of 4 and 8 bytes to maps, globals and kernel memory, which may be volatile in the source", 1 },
	{ "no-freeze", OPT_NO_FREEZE, NULL, 0, "Also change branches on read-only variables, by which loaders remove dead code", 1 },
	{ "fail-alloc", OPT_FAIL_ALLOC, "N", OPTION_HIDDEN, "", 0 },
	{ "solver-rlimit", OPT_RLIMIT, "N", OPTION_HIDDEN, "", 0 },
	{ 0 },
};

static void set(struct argp_state *state, struct opt_args *a, const char *name, const char *value)
{
	if (k2_options_set(&a->o, name, value))
		argp_error(state, "bad value for --%s: '%s'", name, value);
}

static void set_isa(struct argp_state *state, struct opt_args *a, const char *value)
{
	if (value[0] != 'v' || value[1] < '1' || value[1] > '4' || value[2])
		argp_error(state, "bad value for --mcpu: '%s' (v1, v2, v3, v4)", value);
	a->isa = (enum k2_isa_level)(value[1] - '0');
}

static void list_proposers(void)
{
	for (unsigned int k = 0; k2_proposer_name(k); k++)
		printf("%-14s %s\n", k2_proposer_name(k), k2_proposer_about(k));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opt_args *a = state->input;

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
	case OPT_CHECK:
		a->check = true;
		argp_err_exit_status = K2_CHECK_EXIT_ERROR;
		break;
	case OPT_PROG: a->prog = arg; break;
	case OPT_REPORT: a->report = arg; break;
	case OPT_MCPU: set_isa(state, a, arg); break;
	case OPT_STRIP_DEBUG: a->strip_debug = true; break;
	case OPT_NO_VOLATILE: a->assume_no_volatile = true; break;
	case OPT_NO_FREEZE: a->no_freeze = true; break;
	case 'o': a->out = arg; break;
	case 'i': a->in_place = true; break;
	case 'r': a->remarks = true; break;
	case 's': a->stats = true; break;
	case ARGP_KEY_ARG:
		if (a->path)
			argp_error(state, "one file at a time");
		a->path = arg;
		break;
	case ARGP_KEY_NO_ARGS: argp_error(state, "which file?"); break;
	case ARGP_KEY_END:
		if (!!a->out + a->in_place + a->check > 1)
			argp_error(state, "one of -o, -i and --check");
		if ((a->remarks || a->stats) && a->out && !strcmp(a->out, "-"))
			argp_error(state, "standard output is the object's: -r and -s go with another file");
		if (a->in_place && a->path && !strcmp(a->path, "-"))
			argp_error(state, "-i needs a file");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

void k2_opt_print_remarks(const struct k2_result *r)
{
	static const char *const kinds[] = { "applied", "missed", "analysis" };

	for (uint32_t k = 0; k < r->n_remarks; k++)
		printf("; %s %s line %u: %s\n", kinds[r->remarks[k].kind], r->remarks[k].name, r->remarks[k].line,
		       r->remarks[k].text);
}

void k2_opt_print_stats(const struct k2_stats *s)
{
	printf("; slots %u -> %u; proposals %u, accepted %u; equal %u, different %u, unknown %u; not cheaper %u; "
	       "solver queries %u, unknown %u, rlimit %llu; steps %llu\n",
	       s->slots_before, s->slots_after, s->proposals, s->accepted, s->equal, s->different, s->unknown,
	       s->not_cheaper, s->solver_queries, s->solver_unknown, (unsigned long long)s->solver_rlimit,
	       (unsigned long long)s->steps);
}

static int optimize(const struct opt_args *a, const struct k2_text *t)
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
		k2_opt_print_remarks(r);
	if (r && r->message[0] && a->remarks)
		printf("; message: %s\n", r->message);
	if (r && a->stats)
		k2_opt_print_stats(&r->stats);
	free(text);
	k2_result_free(r);
	return st ? K2_EXIT_USAGE : K2_EXIT_OK;
}

static int run(const struct opt_args *a, const struct k2_input *in)
{
	bool object_option = a->out || a->in_place || a->check;

	if (in->object && !object_option)
		fprintf(stderr, "k2: %s: where to? (-o FILE, -i or --check)\n", a->path);
	else if (in->object)
		return k2_opt_object(a, in->object);
	else if (object_option || a->prog || a->report || a->strip_debug)
		fprintf(stderr, "k2: %s: not an object: -o, -i, --check, --prog, --report and --strip-debug go with objects\n", a->path);
	else
		return optimize(a, in->text);
	return K2_EXIT_USAGE;
}

int k2_cmd_opt(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Optimises every function of the BPF object FILE and writes the object to the file that -o names; or optimises one "
		       "function in text form (see k2/text.h; '-': standard input) and prints it.",
	};
	const struct k2_form form = { 0 };
	struct opt_args a = { 0 };
	struct k2_input in;
	int rc = K2_EXIT_USAGE;

	k2_options_init(&a.o);
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return K2_EXIT_USAGE;
	if (k2_input_read(&in, a.path, &form))
		rc = run(&a, &in);
	else if (a.check)
		rc = K2_CHECK_EXIT_ERROR;
	k2_input_free(&in);
	return rc;
}

// SPDX-License-Identifier: BSD-2-Clause
/* k2 run: a program on one packet or context, without a kernel. Arguments, and the course of a run. */
#include "run.h"
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_PACKET = 1, OPT_CTX, OPT_MAP, OPT_SEED, OPT_LIMIT, OPT_JSON, OPT_TRACE, OPT_COUNT, OPT_PROFILE };

static bool number(const char *arg, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(arg, &end, 0);
	return *arg >= '0' && *arg <= '9' && !*end && !errno;
}

static void add_map(struct run_args *a, const char *arg, const struct argp_state *state)
{
	const char **more = realloc(a->maps, (a->n_maps + 1) * sizeof(*more));

	if (!strchr(arg, '='))
		argp_error(state, "--map takes NAME=FILE or NAME:KEY=TARGET, not '%s'", arg);
	if (!more) {
		argp_failure(state, K2_EXIT_USAGE, ENOMEM, "--map");
		return;
	}
	a->maps = more;
	a->maps[a->n_maps++] = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->form; return 0;
	case 'p': a->prog = arg; return 0;
	case OPT_PACKET: a->packet = arg; return 0;
	case OPT_CTX: a->ctx = arg; return 0;
	case OPT_MAP: add_map(a, arg, state); return 0;
	case OPT_JSON: a->json = true; return 0;
	case OPT_TRACE: a->trace = true; return 0;
	case OPT_COUNT: a->count = true; return 0;
	case OPT_PROFILE: a->profile = arg; return 0;
	case OPT_SEED:
		if (!number(arg, &a->seed))
			argp_error(state, "--seed takes a number, not '%s'", arg);
		return 0;
	case OPT_LIMIT:
		if (!number(arg, &a->limit) || !a->limit)
			argp_error(state, "--limit takes a number above 0, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "one file");
		a->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->path)
			argp_error(state, "no file");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* ---- the program ---- */

static bool is_program(const struct k2_input *in, uint32_t k)
{
	return !k2_input_func(in, k)->is_subprog;
}

static void list_programs(const struct k2_input *in)
{
	for (uint32_t k = 0; k < k2_input_n_funcs(in); k++) {
		const char *name = k2_input_func(in, k)->name;

		if (is_program(in, k))
			fprintf(stderr, " %s", name ? name : "(no name)");
	}
	fputc('\n', stderr);
}

static bool find_program(struct run_session *s)
{
	const char *want = s->args->prog;
	unsigned int n = 0;

	for (uint32_t k = 0; k < k2_input_n_funcs(&s->in); k++) {
		const char *name = k2_input_func(&s->in, k)->name;

		if (!is_program(&s->in, k) || (want && strcmp(want, name ? name : "")))
			continue;
		s->func = k;
		n++;
	}
	if (n == 1)
		return true;
	fprintf(stderr, "k2: %s: ", s->in.path);
	if (!n && !want)
		fprintf(stderr, "no programs\n");
	else if (!n)
		fprintf(stderr, "no program %s; there are:", want);
	else if (want)
		fprintf(stderr, "several programs %s; there are:", want);
	else
		fprintf(stderr, "several programs, choose one with --prog:");
	if (n || want)
		list_programs(&s->in);
	return false;
}

/* ---- what is kept of a run ---- */

static void keep_call(struct run_session *s, const struct k2_run_step *step)
{
	struct run_call *c;

	if (s->n_calls == s->cap_calls) {
		size_t cap = s->cap_calls ? 2 * s->cap_calls : 64;
		struct run_call *more = realloc(s->calls, cap * sizeof(*more));

		s->no_memory |= !more;
		if (!more)
			return;
		s->calls = more;
		s->cap_calls = cap;
	}
	c = &s->calls[s->n_calls++];
	c->step = *step;
	c->result = step->regs[0];
	memcpy(c->args, step->args, sizeof(c->args));
}

static void on_step(void *user, const struct k2_run_step *step)
{
	struct run_session *s = user;

	if (s->counts)
		run_count(s, step);
	if (step->helper)
		keep_call(s, step);
	if (s->args->trace && !s->args->json)
		run_trace(s, step);
}

static bool make_runner(struct run_session *s)
{
	struct k2_run_options o = { .size = sizeof(o), .seed = s->args->seed, .limit = s->args->limit, .user = s, .step = on_step };
	char msg[300];
	enum k2_status st;

	if (s->in.object)
		st = k2_runner_new(s->in.object, s->func, &o, &s->runner, msg, sizeof(msg));
	else
		st = k2_runner_new_func(k2_input_func(&s->in, 0), &o, &s->runner, msg, sizeof(msg));
	if (st)
		fprintf(stderr, "k2: %s: %s\n", s->in.path, msg);
	return !st;
}

static int no_memory(const struct run_session *s)
{
	fprintf(stderr, "k2: %s: %s\n", s->in.path, k2_status_str(K2_ENOMEM));
	return K2_EXIT_USAGE;
}

static void end_run(struct run_session *s)
{
	k2_runner_free(s->runner);
	free(s->packet);
	free(s->ctx);
	s->runner = NULL;
	s->packet = s->ctx = NULL;
	s->n_calls = 0;
}

/* With the next packet, if there are packets. False: said why. */
static bool run_once(struct run_session *s)
{
	if (!make_runner(s) || !run_set_maps(s) || !run_set_input(s))
		return false;
	s->no_memory |= !run_count_start(s);
	if (!s->no_memory)
		s->no_memory = k2_runner_run(s->runner, &s->run);
	if (!s->no_memory && s->profile && s->run.status == K2_RUN_EXIT)
		run_profile_add(s);
	if (s->no_memory)
		no_memory(s);
	return !s->no_memory;
}

static int run_one(struct run_session *s)
{
	if (!run_once(s))
		return K2_EXIT_USAGE;
	if (s->args->json)
		run_print_json(s);
	else if (s->run.status == K2_RUN_EXIT || s->args->count)
		run_print(s);
	if (s->run.status != K2_RUN_EXIT)
		run_print_stop(s);
	return s->run.status == K2_RUN_EXIT ? K2_EXIT_OK : K2_EXIT_NO;
}

/* Every packet of a capture, each with maps as they are in the beginning. */
static int run_capture(struct run_session *s)
{
	uint64_t runs = 0, stopped = 0;

	for (; run_packets_more(&s->packets); runs++) {
		if (!run_once(s))
			return K2_EXIT_USAGE;
		if (s->run.status != K2_RUN_EXIT && !stopped++)
			run_print_stop(s);
		end_run(s);
	}
	printf("%llu packets, %llu of them counted\n", (unsigned long long)runs, (unsigned long long)(runs - stopped));
	return stopped ? K2_EXIT_NO : K2_EXIT_OK;
}

static int run(struct run_session *s)
{
	const struct run_args *a = s->args;
	int rc;

	if (!find_program(s) || (a->packet && !run_packets_open(&s->packets, a->packet)))
		return K2_EXIT_USAGE;
	if (a->profile && !run_profile_open(s))
		return s->no_memory ? no_memory(s) : K2_EXIT_USAGE;
	rc = a->profile && s->packets.pcap && !s->packets.number ? run_capture(s) : run_one(s);
	if (a->profile && rc != K2_EXIT_USAGE && !run_profile_write(s))
		rc = K2_EXIT_USAGE;
	return rc;
}

static void free_session(struct run_session *s)
{
	end_run(s);
	run_counts_free(&s->in, s->counts);
	run_counts_free(&s->in, s->taken);
	run_packets_free(&s->packets);
	k2_profile_free(s->profile);
	free(s->calls);
	k2_input_free(&s->in);
}

int k2_cmd_run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "prog", 'p', "NAME", 0, "The program, where the object has several", 0 },
		{ "packet", OPT_PACKET, "FILE[:N]", 0,
		  "The packet, from the Ethernet header on: its bytes, or number N (from 1) of a pcap file", 0 },
		{ "ctx", OPT_CTX, "FILE", 0,
		  "The context's bytes; with a packet, the members of struct __sk_buff or xdp_md that BPF_PROG_TEST_RUN takes", 0 },
		{ "map", OPT_MAP, "NAME=FILE", 0,
		  "Contents of a map: values of an array or data section, keys and values of a hash, one after the other; "
		  "or (FILE.json) what 'bpftool map dump -j' prints. NAME:KEY=TARGET: an element of a program array or map of maps, "
		  "by name", 0 },
		{ "seed", OPT_SEED, "N", 0, "Of random numbers and all other results of helpers that are made up", 0 },
		{ "limit", OPT_LIMIT, "N", 0, "Stop after N instructions (default 1000000)", 0 },
		{ "trace", OPT_TRACE, NULL, 0, "Print each executed instruction and what it wrote", 0 },
		{ "count", OPT_COUNT, NULL, 0, "Print how often each instruction ran", 0 },
		{ "profile", OPT_PROFILE, "FILE", 0,
		  "Add how often each instruction ran, and each jump was taken, to the profile FILE (for 'k2 opt --profile' and clang's "
		  "-k2-profile); of a capture without a number every packet is run", 0 },
		{ "json", OPT_JSON, NULL, 0, "Print JSON", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.children = k2_form_children,
		.parser = parse,
		.args_doc = "OBJ",
		.doc = "Runs a program of OBJ, a BPF object or a function in text form (see k2/text.h), on one packet or context, and "
		       "prints its result and what it changed. '-' is standard input.\v"
		       "Exit status: 0 it ran, 1 it did something that is not allowed or not modelled (a line says what and where), "
		       "2 bad usage or input.",
	};
	struct run_args a = { 0 };
	struct run_session s = { .args = &a };
	int rc = K2_EXIT_USAGE;

	if (!argp_parse(&argp, argc, argv, 0, NULL, &a) && k2_input_read(&s.in, a.path, &a.form))
		rc = run(&s);
	free_session(&s);
	free(a.maps);
	return rc;
}

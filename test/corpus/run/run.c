// SPDX-License-Identifier: BSD-2-Clause
/* run OLD NEW: executes each program of both objects in the kernel (BPF_PROG_TEST_RUN) on the same packets and contexts,
   with the same contents of maps, and compares return value, packet, context, maps and records of ring and perf buffers.
   What a second copy of OLD does not repeat either (time, random numbers, addresses) is left out. */
#include "run.h"
#include <argp.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { OLD, NEW, TWIN, SIDES };
enum { EXIT_EQUAL, EXIT_DIFFERENT, EXIT_USAGE };
enum { STATE_EVERY = 50, CONFIRM = 2, RESULTS_MAX = 32 };

struct options {
	const char *old, *new, *program;
	enum bpf_prog_type type;
	unsigned int inputs;
	uint64_t seed;
	bool quiet;
};

enum verdict { SKIPPED, EQUAL, UNSTABLE, DIFFERENT };

/* The course of one program. */
struct course {
	struct side side[SIDES];
	struct outcome out[SIDES];
	struct mask data, ctx;
	bool no_retval, no_error, no_len; /* left out */
	bool changed;                     /* NEW is not the same code */
	unsigned int executed, done;      /* inputs that ran; inputs tried */
	uint32_t results[RESULTS_MAX];    /* different return values */
	unsigned int n_results;
	char text[REASON_SIZE]; /* why skipped, or what differs */
};

struct totals {
	unsigned int programs, changed, equal, unstable, different, skipped;
	unsigned long inputs;
};

/* --- one execution ---------------------------------------------------------------------------------------------------- */

static void execute(const struct side *s, const struct input *in, struct outcome *out)
{
	const struct run_type *t = run_type(s->type);
	LIBBPF_OPTS(bpf_test_run_opts, o);

	memset(out, 0, sizeof(*out));
	memcpy(out->ctx, in->ctx, in->ctx_len);
	out->ctx_len = in->ctx_len;
	if (in->ctx_len) {
		o.ctx_in = t->ctx_in_only ? out->ctx : in->ctx;
		o.ctx_size_in = in->ctx_len;
	}
	if (in->ctx_len && !t->ctx_in_only) {
		o.ctx_out = out->ctx;
		o.ctx_size_out = sizeof(out->ctx);
	}
	if (t->packet) {
		o.data_in = in->data;
		o.data_size_in = in->data_len;
		o.data_out = out->data;
		o.data_size_out = sizeof(out->data);
		o.repeat = 1;
	}
	out->error = bpf_prog_test_run_opts(bpf_program__fd(s->prog), &o) ? errno : 0;
	out->retval = o.retval;
	out->data_len = t->packet ? o.data_size_out : 0;
	if (o.ctx_out)
		out->ctx_len = o.ctx_size_out;
}

static bool outcome_differs(struct course *c)
{
	const struct outcome *a = &c->out[OLD], *b = &c->out[NEW];
	long at;

	if (a->error != b->error && !c->no_error) {
		snprintf(c->text, sizeof(c->text), "error %d, not %d", b->error, a->error);
		return true;
	}
	if (a->error || b->error)
		return false;
	if (a->retval != b->retval && !c->no_retval) {
		snprintf(c->text, sizeof(c->text), "returns %#x, not %#x", b->retval, a->retval);
		return true;
	}
	if (c->no_len)
		return false;
	if (a->data_len != b->data_len || a->ctx_len != b->ctx_len) {
		snprintf(c->text, sizeof(c->text), "packet of %u bytes, not %u", b->data_len, a->data_len);
		return true;
	}
	at = a->data_len <= OUTPUT_MAX ? mask_compare(&c->data, a->data, b->data, a->data_len) : -1;
	if (at >= 0) {
		snprintf(c->text, sizeof(c->text), "packet byte %ld: %02x, not %02x", at, b->data[at], a->data[at]);
		return true;
	}
	at = a->ctx_len <= CTX_MAX ? mask_compare(&c->ctx, a->ctx, b->ctx, a->ctx_len) : -1;
	if (at >= 0)
		snprintf(c->text, sizeof(c->text), "context byte %ld: %02x, not %02x", at, b->ctx[at], a->ctx[at]);
	return at >= 0;
}

static void outcome_learn(struct course *c)
{
	const struct outcome *a = &c->out[OLD], *b = &c->out[TWIN];

	c->no_error |= a->error != b->error;
	if (a->error || b->error)
		return;
	c->no_retval |= a->retval != b->retval;
	c->no_len |= a->data_len != b->data_len || a->ctx_len != b->ctx_len;
	if (c->no_len || a->data_len > OUTPUT_MAX || a->ctx_len > CTX_MAX)
		return;
	mask_learn(&c->data, a->data, b->data, a->data_len);
	mask_learn(&c->ctx, a->ctx, b->ctx, a->ctx_len);
}

static void note_result(struct course *c)
{
	const struct outcome *o = &c->out[OLD];
	unsigned int i;

	c->done++;
	if (o->error)
		return;
	c->executed++;
	for (i = 0; i < c->n_results && c->results[i] != o->retval; i++)
		;
	if (i == c->n_results && i < RESULTS_MAX)
		c->results[c->n_results++] = o->retval;
}

/* --- one program ------------------------------------------------------------------------------------------------------ */

/* Runs one input; true when something differs. */
static bool step(struct course *c, const struct input *in, bool with_state)
{
	struct side *s = c->side;

	for (int i = 0; i < SIDES; i++) {
		execute(&s[i], in, &c->out[i]);
		stream_read(&s[i]);
	}
	note_result(c);
	outcome_learn(c);
	stream_learn(&s[OLD], &s[TWIN]);
	if (with_state)
		state_learn(&s[OLD], &s[TWIN]);
	return outcome_differs(c) || stream_differs(&s[OLD], &s[NEW], c->text, sizeof(c->text)) ||
	       (with_state && state_differs(&s[OLD], &s[NEW], c->text, sizeof(c->text)));
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All inputs, in the second half with random variables; true when something differs. */
static bool run_inputs(struct course *c, const struct options *o, uint64_t seed)
{
	static struct input in;
	struct rng r = { seed };
	double start = seconds();
	unsigned int n = o->inputs;
	char text[REASON_SIZE];

	for (unsigned int i = 0; i < n; i++) {
		if (i == 0 || i == n / 2)
			for (int s = 0; s < SIDES; s++)
				state_fill(&c->side[s], seed + i, i);
		if (i == 10 && seconds() - start > 0.5) /* loops of a million steps */
			n = n > 40 ? 40 : n;
		make_input(&r, c->side[OLD].type, &in);
		if (step(c, &in, i % STATE_EVERY == 0 || i + 1 == n || i + 1 == n / 2)) {
			memcpy(text, c->text, sizeof(text));
			snprintf(c->text, sizeof(c->text), "input %u: %.400s", i, text);
			return true;
		}
	}
	return false;
}

static bool same_code(const struct side *a, const struct side *b)
{
	size_t n = bpf_program__insn_cnt(a->prog);
	const struct bpf_insn *x = bpf_program__insns(a->prog), *y = bpf_program__insns(b->prog);

	if (n != bpf_program__insn_cnt(b->prog))
		return false;
	for (size_t i = 0; i < n; i++) { /* not the immediates of ld_imm64: descriptors of maps */
		if (x[i].code != y[i].code || x[i].dst_reg != y[i].dst_reg || x[i].src_reg != y[i].src_reg ||
		    x[i].off != y[i].off)
			return false;
		if (x[i].code == (BPF_LD | BPF_IMM | BPF_DW) && x[i].src_reg)
			i++;
		else if (x[i].imm != y[i].imm)
			return false;
	}
	return true;
}

static void course_free(struct course *c)
{
	for (int i = 0; i < SIDES; i++)
		side_free(&c->side[i]);
	free(c->data.bytes);
	free(c->ctx.bytes);
	c->data = c->ctx = (struct mask){ 0 };
}

static enum verdict run_program(struct course *c, const struct options *o, int n, uint64_t seed)
{
	const char *files[SIDES] = { o->old, o->new, o->old };
	bool different;

	memset(c, 0, sizeof(*c));
	for (int i = 0; i < SIDES; i++) {
		char reason[REASON_SIZE];

		if (side_load(&c->side[i], files[i], n, o->type, reason))
			continue;
		snprintf(c->text, sizeof(c->text), "%s%.490s", i == NEW ? "is refused: " : "", reason);
		return i == NEW ? DIFFERENT : SKIPPED;
	}
	c->changed = !same_code(&c->side[OLD], &c->side[NEW]);
	different = run_inputs(c, o, seed);
	if (different)
		return DIFFERENT;
	if (!c->executed) {
		snprintf(c->text, sizeof(c->text), "every input fails: %s", strerror(c->out[OLD].error));
		return SKIPPED;
	}
	return EQUAL;
}

/* A difference counts when it is there again in further runs with other inputs or the same: else chance has its hand in
   it. */
static enum verdict run_confirmed(struct course *c, const struct options *o, int n)
{
	enum verdict v = run_program(c, o, n, o->seed);
	char text[REASON_SIZE];

	for (int i = 0; v == DIFFERENT && i < CONFIRM; i++) {
		memcpy(text, c->text, sizeof(text));
		course_free(c);
		if (run_program(c, o, n, o->seed) != DIFFERENT)
			v = UNSTABLE;
		memcpy(c->text, text, sizeof(text));
	}
	return v;
}

/* --- the objects ------------------------------------------------------------------------------------------------------ */

static void count(struct totals *t, const struct course *c, enum verdict v)
{
	t->programs++;
	t->skipped += v == SKIPPED;
	t->equal += v == EQUAL;
	t->unstable += v == UNSTABLE;
	t->different += v == DIFFERENT;
	if (v != SKIPPED)
		t->changed += c->changed;
	t->inputs += c->executed;
}

static void print_course(const char *name, const struct course *c, enum verdict v)
{
	static const char *const words[] = { "skipped", "equal", "unstable", "DIFFERENT" };
	const char *type = c->side[OLD].type ? libbpf_bpf_prog_type_str(c->side[OLD].type) : "-";

	printf("%-28s %-14s %4u inputs %2u results %s%s%s%s\n", name, type, c->executed, c->n_results,
	       words[v], v != SKIPPED && !c->changed ? " (same code)" : "", c->text[0] ? ": " : "", c->text);
	fflush(stdout);
}

/* The name of program number n; false when there are fewer. -1: the object cannot be opened. */
static int program_name(const char *file, int n, char *name, size_t size)
{
	struct bpf_object *obj = bpf_object__open_file(file, NULL);
	struct bpf_program *p;

	if (!obj)
		return -1;
	bpf_object__for_each_program(p, obj)
		if (!n--)
			break;
	if (p)
		snprintf(name, size, "%s", bpf_program__name(p));
	bpf_object__close(obj);
	return p != NULL;
}

static int no_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static bool run_objects(const struct options *o, struct totals *t)
{
	static struct course c;
	char name[256];
	int have;

	for (int n = 0; (have = program_name(o->old, n, name, sizeof(name))) > 0; n++) {
		enum verdict v;

		if (o->program && strcmp(o->program, name))
			continue;
		v = run_confirmed(&c, o, n);
		count(t, &c, v);
		if (!o->quiet || v == DIFFERENT)
			print_course(name, &c, v);
		course_free(&c);
	}
	return have == 0;
}

/* --- arguments -------------------------------------------------------------------------------------------------------- */

static enum bpf_prog_type type_by_name(const char *name)
{
	const char *s;

	for (int t = 1; (s = libbpf_bpf_prog_type_str((enum bpf_prog_type)t)); t++)
		if (!strcmp(s, name))
			return (enum bpf_prog_type)t;
	return BPF_PROG_TYPE_UNSPEC;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'p': o->program = arg; return 0;
	case 'n': o->inputs = (unsigned int)strtoul(arg, NULL, 0); return 0;
	case 's': o->seed = strtoull(arg, NULL, 0); return 0;
	case 'q': o->quiet = true; return 0;
	case 't':
		o->type = type_by_name(arg);
		if (o->type == BPF_PROG_TYPE_UNSPEC)
			argp_error(state, "unknown program type '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			o->old = arg;
		else if (state->arg_num == 1)
			o->new = arg;
		else
			argp_error(state, "two objects, old and new");
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "two objects, old and new");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
	{ "inputs", 'n', "N", 0, "Inputs for each program (default: 400)", 0 },
	{ "program", 'p', "NAME", 0, "Only the program of this name", 0 },
	{ "quiet", 'q', NULL, 0, "Print differences and the total only", 0 },
	{ "seed", 's', "N", 0, "Other inputs", 0 },
	{ "type", 't', "TYPE", 0, "Program type where the section name does not tell it (xdp, sched_cls, ...)", 0 },
	{ 0 },
};

/* One CPU, so that programs see the same one each time; no signal that a program may send. */
static void calm_down(void)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	cpu_set_t one;
	sigset_t signals;

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	sigfillset(&signals);
	sigdelset(&signals, SIGINT);
	sigdelset(&signals, SIGTERM);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	libbpf_set_print(no_print);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "OLD NEW",
		.doc = "Execute the programs of two BPF objects in the kernel on the same inputs and compare what they do.\v"
		       "Exit status: 0 equal, 1 different, 2 bad usage or input.",
	};
	struct options o = { .inputs = 400, .seed = 1 };
	struct totals t = { 0 };

	argp_err_exit_status = EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_USAGE;
	calm_down();
	if (!run_objects(&o, &t)) {
		fprintf(stderr, "run: cannot open %s\n", o.old);
		return EXIT_USAGE;
	}
	printf("%u programs: %u equal, %u different, %u unstable, %u skipped; %u changed, %lu inputs\n", t.programs,
	       t.equal, t.different, t.unstable, t.skipped, t.changed, t.inputs);
	return t.different ? EXIT_DIFFERENT : EXIT_EQUAL;
}

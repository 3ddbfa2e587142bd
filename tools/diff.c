// SPDX-License-Identifier: BSD-2-Clause
/* k2 diff: the code of two objects side by side. Arguments, and which function goes with which. */
#include "diff.h"
#include "kernel_load.h"
#include "term.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_CONTEXT = 1, OPT_FULL, OPT_KERNEL, OPT_NO_SOURCE, OPT_WIDTH, CONTEXT = 3 };

static unsigned int number(struct argp_state *state, const char *name, const char *arg)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || n > INT_MAX)
		argp_error(state, "%s takes a number, not '%s'", name, arg);
	return (unsigned int)n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct diff_args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->form;
		state->child_inputs[1] = &a->color;
		return 0;
	case 'p': a->prog = arg; return 0;
	case 'a': a->all = true; return 0;
	case 'b': a->brief = true; return 0;
	case 'u': a->unified = true; return 0;
	case 't':
		a->type = (int)kernel_type_by_name(arg);
		if (!a->type)
			argp_error(state, "unknown program type '%s'", arg);
		return 0;
	case OPT_FULL: a->full = true; return 0;
	case OPT_KERNEL: a->kernel = true; return 0;
	case OPT_NO_SOURCE: a->no_source = true; return 0;
	case OPT_CONTEXT: a->context = number(state, "--context", arg); return 0;
	case OPT_WIDTH: a->width = number(state, "--width", arg); return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num >= 2)
			argp_error(state, "two files, old and new");
		a->path[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "two files, old and new");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* ---- one pair ---- */

/* What to call the symbols of a function: by symbol, malloc'd; NULL: no memory. */
static char **name_symbols(const struct k2_input *in, uint32_t func)
{
	uint32_t n = k2_input_func(in, func)->n_syms;
	char **names = calloc(n + 1u, sizeof(*names));

	for (uint32_t k = 0; names && in->object && k < n; k++)
		names[k] = k2_object_sym_name(in->object, func, k);
	return names;
}

static void free_names(char **names, uint32_t n)
{
	for (uint32_t k = 0; names && k < n; k++)
		free(names[k]);
	free(names);
}

/* Why there is nothing to compare; NULL: there is. */
static const char *unreadable(const struct diff_session *s, const struct diff_pair *p)
{
	for (unsigned int side = 0; side < 2; side++) {
		const struct k2_object_func *info = NULL;

		if (s->in[side].object && p->func[side] != UINT32_MAX)
			info = k2_object_func_info(s->in[side].object, p->func[side]);
		if (info && info->status)
			return info->message ? info->message : k2_status_str(info->status);
	}
	return NULL;
}

static enum k2_status diff_pair(struct diff_session *s, const struct diff_pair *p)
{
	struct k2_diff_side side[2];
	char **names[2];
	struct k2_diff *d = NULL;
	enum k2_status st = K2_ENOMEM;
	bool same;

	for (unsigned int k = 0; k < 2; k++) {
		names[k] = name_symbols(&s->in[k], p->func[k]);
		side[k] = (struct k2_diff_side){ k2_input_func(&s->in[k], p->func[k]), (const char *const *)names[k] };
	}
	if (names[0] && names[1])
		st = k2_diff_funcs(side, &d);
	if (!st) {
		same = d->count[K2_DIFF_SAME] == d->n_rows;
		s->different += !same;
		if (!same || s->args->all)
			diff_print_summary(s, p, d, NULL);
		if (!s->args->brief && (!same || (s->args->all && s->args->full))) {
			diff_print_rows(s, p, d);
			putchar('\n');
		}
	}
	k2_diff_free(d);
	for (unsigned int k = 0; k < 2; k++)
		free_names(names[k], side[k].func->n_syms);
	return st;
}

static enum k2_status look_at(struct diff_session *s, const struct diff_pair *p)
{
	const char *why = unreadable(s, p);

	s->funcs++;
	for (unsigned int side = 0; side < 2; side++) {
		const struct k2_func_desc *f = p->func[side] == UINT32_MAX ? NULL : k2_input_func(&s->in[side], p->func[side]);

		for (uint32_t i = 0; f && i < f->n_insns; i++)
			s->slots[side] += diff_insn_slots(&f->insns[i]);
	}
	if (!why && p->func[0] != UINT32_MAX && p->func[1] != UINT32_MAX)
		return diff_pair(s, p);
	s->trouble |= why != NULL;
	s->different += !why;
	diff_print_summary(s, p, NULL, why);
	return K2_OK;
}

/* ---- which function goes with which ---- */

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* The first free function of that name, in that section if it must be. */
static uint32_t find(const struct k2_input *in, const struct k2_func_desc *like, const bool *taken, bool section)
{
	for (uint32_t k = 0; k < k2_input_n_funcs(in); k++) {
		const struct k2_func_desc *d = k2_input_func(in, k);

		if (!taken[k] && same_text(d->name, like->name) && (!section || same_text(d->section, like->section)))
			return k;
	}
	return UINT32_MAX;
}

/* By name and section, then by name alone; the only functions of two files in text form in any case. */
static void pair_up(const struct diff_session *s, uint32_t *with, bool *taken)
{
	uint32_t n = k2_input_n_funcs(&s->in[0]);

	for (uint32_t k = 0; k < n; k++)
		with[k] = UINT32_MAX;
	if (!s->in[0].object)
		with[0] = 0;
	for (unsigned int section = 2; s->in[0].object && section-- > 0;) {
		for (uint32_t k = 0; k < n; k++) {
			if (with[k] != UINT32_MAX)
				continue;
			with[k] = find(&s->in[1], k2_input_func(&s->in[0], k), taken, section);
			if (with[k] != UINT32_MAX)
				taken[with[k]] = true;
		}
	}
	if (!s->in[0].object)
		taken[0] = true;
}

static bool wanted(const struct diff_session *s, unsigned int side, uint32_t func)
{
	return !s->args->prog || same_text(s->args->prog, k2_input_func(&s->in[side], func)->name);
}

static enum k2_status diff_all(struct diff_session *s)
{
	uint32_t n = k2_input_n_funcs(&s->in[0]), m = k2_input_n_funcs(&s->in[1]);
	uint32_t *with = calloc(n + 1u, sizeof(*with));
	bool *taken = calloc(m + 1u, sizeof(*taken));
	enum k2_status st = with && taken ? K2_OK : K2_ENOMEM;

	if (!st)
		pair_up(s, with, taken);
	for (uint32_t k = 0; !st && k < n; k++)
		if (wanted(s, 0, k))
			st = look_at(s, &(struct diff_pair){ { k, with[k] } });
	for (uint32_t k = 0; !st && k < m; k++)
		if (!taken[k] && wanted(s, 1, k))
			st = look_at(s, &(struct diff_pair){ { UINT32_MAX, k } });
	free(with);
	free(taken);
	return st;
}

static int diff(struct diff_session *s)
{
	uint32_t maps = 0;
	enum k2_status st;

	if (!s->in[0].object != !s->in[1].object) {
		fprintf(stderr, "k2: %s and %s: an object and a function in text form cannot be compared\n", s->args->path[0], s->args->path[1]);
		return K2_EXIT_USAGE;
	}
	if (s->args->kernel && !s->in[0].object) {
		fprintf(stderr, "k2: %s: --kernel goes with objects\n", s->args->path[0]);
		return K2_EXIT_USAGE;
	}
	s->trouble = s->args->kernel && !diff_kernel(s);
	st = diff_all(s);
	if (st) {
		fprintf(stderr, "k2: %s: %s\n", s->args->path[0], k2_status_str(st));
		return K2_EXIT_USAGE;
	}
	if (s->args->prog && !s->funcs) {
		fprintf(stderr, "k2: no function %s in %s or %s\n", s->args->prog, s->args->path[0], s->args->path[1]);
		return K2_EXIT_USAGE;
	}
	if (!s->args->prog)
		maps = diff_maps(s);
	if (s->in[0].object && (s->different || s->args->all))
		printf("%u of %u functions differ: slots %u -> %u (%+lld)\n", s->different, s->funcs, s->slots[0], s->slots[1],
		       (long long)s->slots[1] - s->slots[0]);
	return s->trouble ? K2_EXIT_USAGE : s->different || maps ? K2_EXIT_NO : K2_EXIT_OK;
}

static const struct argp_option options[] = {
	{ "prog", 'p', "NAME", 0, "Only the function NAME", 0 },
	{ "all", 'a', NULL, 0, "Also a line for each function that is the same", 0 },
	{ "brief", 'b', NULL, 0, "Only a line for each function", 0 },
	{ "unified", 'u', NULL, 0, "Old and new one below the other", 0 },
	{ "context", OPT_CONTEXT, "N", 0, "Instructions around a change (default 3)", 0 },
	{ "full", OPT_FULL, NULL, 0, "Functions as a whole; with --all also those that are the same", 0 },
	{ "no-source", OPT_NO_SOURCE, NULL, 0, "No source lines", 0 },
	{ "width", OPT_WIDTH, "COLUMNS", 0, "Width of the output (default: the terminal's, or 160)", 0 },
	{ "kernel", OPT_KERNEL, NULL, 0, "Load the programs into the kernel; show how many instructions its verifier processed", 0 },
	{ "type", 't', "TYPE", 0, "With --kernel: program type where the section name does not tell it (xdp, sched_cls, ...)", 0 },
	{ 0 },
};

int k2_cmd_diff(int argc, char **argv)
{
	const struct argp_child children[] = { k2_form_children[0], { &term_color_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		.options = options,
		.children = children,
		.parser = parse,
		.args_doc = "OLD NEW",
		.doc = "Shows how the instructions of two BPF objects, or of two functions in text form (see k2/text.h), differ: side by side, "
		       "with source lines and numbers of slots. Marks: '|' changed, '<' only in OLD, '>' only in NEW.\v"
		       "Exit status: 0 the same, 1 different, 2 trouble.",
	};
	struct diff_args a = { .context = CONTEXT };
	struct diff_session s = { .args = &a };
	int rc = K2_EXIT_USAGE;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return rc;
	if (k2_input_read(&s.in[0], a.path[0], &a.form) && k2_input_read(&s.in[1], a.path[1], &a.form))
		rc = diff(&s);
	diff_kernel_free(&s);
	k2_input_free(&s.in[0]);
	k2_input_free(&s.in[1]);
	return rc;
}

// SPDX-License-Identifier: BSD-2-Clause
/* k2 check: may one function replace another, or one object's functions those of another? */
#include "k2.h"
#include <argp.h>
#include <jansson.h>
#include <k2/check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args {
	const char *path[2];
	const char *prog;
	bool json;
	struct k2_form form;
};

enum { TEXT_SIZE = 1 << 16, OPT_JSON = 1 };

static const char *const words[] = { "equal", "different", "unknown" };

struct session {
	const struct args *args;
	struct k2_input in[2];
	json_t *list;           /* of functions, for --json */
	unsigned int count[3];  /* by verdict */
	bool failed;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT: state->child_inputs[0] = &a->form; return 0;
	case OPT_JSON: a->json = true; return 0;
	case 'p': a->prog = arg; return 0;
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

/* ---- what is said ---- */

static void say_json(struct session *s, const char *name, const char *section, enum k2_check_verdict v, char *text)
{
	json_t *j = json_object(), *details = json_array();
	char *line = strtok(text, "\n");

	json_object_set_new(j, "function", json_string(name));
	json_object_set_new(j, "section", section ? json_string(section) : json_null());
	json_object_set_new(j, "verdict", json_string(words[v]));
	json_object_set_new(j, "reason", line ? json_string(line) : json_null());
	while (line && (line = strtok(NULL, "\n")))
		json_array_append_new(details, json_string(line));
	json_object_set_new(j, "details", details);
	json_array_append_new(s->list, j);
}

static void say(struct session *s, const char *name, const char *section, enum k2_check_verdict v, char *text)
{
	s->count[v]++;
	if (s->args->json) {
		say_json(s, name, section, v, text);
		return;
	}
	if (s->in[0].object)
		printf("%s: ", name);
	printf("%s%s%s\n", words[v], text[0] ? ": " : "", text);
}

/* ---- objects ---- */

static uint32_t find(const struct k2_input *in, const struct k2_func_desc *like, unsigned int *n)
{
	uint32_t found = UINT32_MAX;

	*n = 0;
	for (uint32_t k = 0; k < k2_input_n_funcs(in); k++) {
		const struct k2_func_desc *d = k2_input_func(in, k);

		if (strcmp(d->name, like->name) || strcmp(d->section ? d->section : "", like->section ? like->section : ""))
			continue;
		found = (*n)++ ? found : k;
	}
	return found;
}

/* Data sections of that name hold the same. */
static bool same_contents(const struct k2_object_map *a, const struct k2_object_map *b)
{
	if (!a || !b || !a->is_data)
		return true;
	return b->is_data && a->value_size == b->value_size && !a->data == !b->data &&
	       (!a->data || !memcmp(a->data, b->data, a->value_size));
}

/* The symbol of that kind and name; its count when there is none. */
static uint32_t find_sym(const struct k2_func_desc *d, const struct k2_symbol *like)
{
	uint32_t k = 0;

	while (k < d->n_syms && (d->syms[k].kind != like->kind || strcmp(d->syms[k].name, like->name)))
		k++;
	return k;
}

/* Symbols that both functions use stand for the same thing in both objects. */
static bool same_symbols(struct session *s, uint32_t func, uint32_t other, char *text)
{
	const struct k2_object *o = s->in[0].object, *n = s->in[1].object;
	const struct k2_func_desc *a = k2_object_func(o, func), *b = k2_object_func(n, other);
	bool same = true;

	for (uint32_t k = 0; same && k < a->n_syms; k++) {
		uint32_t j = find_sym(b, &a->syms[k]);
		char *x, *y;

		if (j == b->n_syms)
			continue;
		x = k2_object_sym_identity(o, func, k);
		y = k2_object_sym_identity(n, other, j);
		same = x && y && !strcmp(x, y);
		if (!same)
			snprintf(text, TEXT_SIZE, "%s is another thing: %s; %s", a->syms[k].name, x ? x : "", y ? y : "");
		else if (!same_contents(k2_object_map(o, k2_object_sym(o, func, k)->map), k2_object_map(n, k2_object_sym(n, other, j)->map)))
			same = !snprintf(text, TEXT_SIZE, "the section of %s has other contents", a->syms[k].name);
		free(x);
		free(y);
	}
	return same;
}

static void check_func(struct session *s, uint32_t func, char *text)
{
	const struct k2_func_desc *old = k2_input_func(&s->in[0], func);
	enum k2_check_verdict v = K2_CHECK_UNKNOWN;
	unsigned int n = 1, n_old = 1;
	uint32_t other = 0;
	enum k2_status st;

	text[0] = 0;
	if (s->in[0].object) {
		find(&s->in[0], old, &n_old);
		other = find(&s->in[1], old, &n);
	}
	if (n != 1 || n_old != 1) {
		snprintf(text, TEXT_SIZE, n ? "several functions of that name" : "not in the new object");
	} else if (!s->in[0].object || same_symbols(s, func, other, text)) {
		st = k2_check_func(old, k2_input_func(&s->in[1], other), &v, text, TEXT_SIZE);
		if (st == K2_ENOMEM || (st && !s->in[0].object)) {
			fprintf(stderr, "k2: %s: %s\n", old->name ? old->name : s->in[0].path, text[0] ? text : k2_status_str(st));
			s->failed = true;
			return;
		}
	}
	say(s, old->name ? old->name : "", old->section, v, text);
}

static int finish(const struct session *s)
{
	if (s->failed)
		return K2_CHECK_EXIT_ERROR;
	if (s->args->json) {
		json_t *j = json_object();

		json_object_set_new(j, "old", json_string(s->in[0].path));
		json_object_set_new(j, "new", json_string(s->in[1].path));
		json_object_set(j, "functions", s->list);
		for (unsigned int v = 0; v < 3; v++)
			json_object_set_new(j, words[v], json_integer(s->count[v]));
		json_dumpf(j, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(j);
	} else if (s->in[0].object) {
		printf("%u equal, %u different, %u unknown\n", s->count[K2_CHECK_EQUAL], s->count[K2_CHECK_DIFFERENT],
		       s->count[K2_CHECK_UNKNOWN]);
	}
	return s->count[K2_CHECK_DIFFERENT] ? K2_CHECK_DIFFERENT : s->count[K2_CHECK_UNKNOWN] ? K2_CHECK_UNKNOWN : K2_CHECK_EQUAL;
}

static int check(struct session *s)
{
	char *text = malloc(TEXT_SIZE);
	unsigned int n = 0;

	if (!s->in[0].object != !s->in[1].object) {
		fprintf(stderr, "k2: %s and %s: an object and a function in text form cannot be compared\n", s->in[0].path, s->in[1].path);
		s->failed = true;
	}
	s->failed |= !text;
	for (uint32_t k = 0; !s->failed && k < k2_input_n_funcs(&s->in[0]); k++) {
		const char *name = k2_input_func(&s->in[0], k)->name;

		if (s->args->prog && strcmp(s->args->prog, name ? name : ""))
			continue;
		check_func(s, k, text);
		n++;
	}
	if (!n && !s->failed) {
		fprintf(stderr, s->args->prog ? "k2: %s: no function %s\n" : "k2: %s: no functions\n", s->in[0].path, s->args->prog);
		s->failed = true;
	}
	free(text);
	return finish(s);
}

int k2_cmd_check(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", OPT_JSON, NULL, 0, "Print JSON", 0 },
		{ "prog", 'p', "NAME", 0, "Only the function NAME", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		.options = options,
		.children = k2_form_children,
		.parser = parse,
		.args_doc = "OLD NEW",
		.doc = "Says of each function of OLD whether the one of that name in NEW may replace it. OLD and NEW are BPF objects, "
		       "or functions in text form (see k2/text.h).\v"
		       "Exit status: 0 all equal, 1 some different, 2 none different and some unknown, 3 error.",
	};
	struct args a = { 0 };
	struct session s = { .args = &a, .list = json_array() };
	int rc = K2_CHECK_EXIT_ERROR;

	argp_err_exit_status = K2_CHECK_EXIT_ERROR;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return rc;
	if (!k2_input_read(&s.in[0], a.path[0], &a.form) || !k2_input_read(&s.in[1], a.path[1], &a.form))
		;
	else if (s.in[0].object && k2_object_find_passed(s.in[0].object))
		fprintf(stderr, "k2: %s: %s\n", a.path[0], k2_status_str(K2_ENOMEM));
	else
		rc = check(&s);
	k2_input_free(&s.in[0]);
	k2_input_free(&s.in[1]);
	json_decref(s.list);
	return rc;
}

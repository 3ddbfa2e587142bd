// SPDX-License-Identifier: BSD-2-Clause
/* k2 check: may one function replace another? */
#include "k2.h"
#include <argp.h>
#include <k2/check.h>
#include <stdio.h>

struct args {
	const char *path[2];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
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

static int check(struct k2_text *t[2])
{
	static const char *const words[] = { "equal", "different", "unknown" };
	enum k2_check_verdict v;
	char text[4096] = "";
	enum k2_status st = k2_check_func(k2_text_desc(t[0]), k2_text_desc(t[1]), &v, text, sizeof(text));

	if (st) {
		fprintf(stderr, "k2: %s\n", text[0] ? text : k2_status_str(st));
		return K2_CHECK_EXIT_ERROR;
	}
	printf("%s%s%s\n", words[v], text[0] ? ": " : "", text);
	return (int)v;
}

int k2_cmd_check(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "OLD NEW",
		.doc = "Says whether the function in text form in NEW may replace the one in OLD.\v"
		       "Exit status: 0 equal, 1 different, 2 unknown, 3 error.",
	};
	struct args a = { 0 };
	struct k2_text *t[2] = { NULL, NULL };
	int rc = K2_CHECK_EXIT_ERROR;

	argp_err_exit_status = K2_CHECK_EXIT_ERROR;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return rc;
	t[0] = k2_read_text(a.path[0]);
	t[1] = t[0] ? k2_read_text(a.path[1]) : NULL;
	if (t[1])
		rc = check(t);
	k2_text_free(t[0]);
	k2_text_free(t[1]);
	return rc;
}

// SPDX-License-Identifier: BSD-2-Clause
/* k2 rules: rewrite rules for people: list, show, check, bench. */
#include "rules.h"
#include "k2.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_WIDTH = 34 };

struct args {
	const char *rules; /* a file; NULL: the shipped ones */
	const char *verb;
	char **words;
	int n_words;
};

const struct k2_rules *k2_read_rules(const char *path)
{
	const struct k2_rules *rs = NULL;
	char msg[200];
	size_t len;
	char *text = k2_read_whole(path, &len);
	enum k2_status st;

	if (!text)
		return NULL;
	st = k2_rules_parse(text, len, &rs, msg, sizeof(msg));
	if (st == K2_EINVAL && !strncmp(msg, "line ", 5))
		fprintf(stderr, "k2: %s:%s\n", path, msg + 5);
	else if (st)
		fprintf(stderr, "k2: %s: %s\n", path, k2_status_str(st));
	free(text);
	return rs;
}

/* ---- list, show ---- */

static int list(const struct k2_rules *rs)
{
	for (uint32_t k = 0; k < k2_rules_count(rs); k++) {
		struct k2_rule_info i;

		k2_rules_info(rs, k, &i);
		printf("%-*s %s\n", NAME_WIDTH, i.name, i.about);
	}
	return K2_EXIT_OK;
}

static bool show_one(const struct k2_rules *rs, const char *name)
{
	for (uint32_t k = 0; k < k2_rules_count(rs); k++) {
		struct k2_rule_info i;

		k2_rules_info(rs, k, &i);
		if (!strcmp(i.name, name)) {
			puts(i.text);
			return true;
		}
	}
	fprintf(stderr, "k2: no rule '%s'\n", name);
	return false;
}

static int show(const struct k2_rules *rs, char **names, int n)
{
	bool good = true;

	for (int k = 0; k < n; k++) {
		if (k)
			putchar('\n');
		good &= show_one(rs, names[k]);
	}
	return good ? K2_EXIT_OK : K2_EXIT_USAGE;
}

/* ---- check ---- */

/* A line for each rule. False: out of memory. */
static bool check_set(const struct k2_rules *rs, const char *path, uint32_t *n, uint32_t *proved)
{
	static const char *const words[] = { [K2_PROVED] = "proved", [K2_WRONG] = "WRONG", [K2_NOT_PROVED] = "not proved" };

	for (uint32_t k = 0; k < k2_rules_count(rs); k++) {
		struct k2_rule_info i;
		enum k2_proof proof;
		char msg[300];

		k2_rules_info(rs, k, &i);
		if (k2_rules_check(rs, k, &proof, msg, sizeof(msg))) {
			fprintf(stderr, "k2: %s\n", k2_status_str(K2_ENOMEM));
			return false;
		}
		if (path)
			printf("%s:%u: ", path, i.line);
		printf("%s: %s%s%s\n", i.name, words[proof], msg[0] ? ": " : "", msg);
		fflush(stdout);
		*proved += proof == K2_PROVED;
		++*n;
	}
	return true;
}

static int check(const struct k2_rules *shipped, char **files, int n_files)
{
	uint32_t n = 0, proved = 0;
	bool good = n_files || check_set(shipped, NULL, &n, &proved);

	for (int k = 0; k < n_files; k++) {
		const struct k2_rules *rs = k2_read_rules(files[k]);

		good &= rs && check_set(rs, files[k], &n, &proved);
		k2_rules_free(rs);
	}
	printf("%u of %u rules proved\n", proved, n);
	return !good ? K2_EXIT_USAGE : proved == n ? K2_EXIT_OK : K2_EXIT_NO;
}

/* ---- arguments ---- */

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'f': a->rules = arg; return 0;
	case ARGP_KEY_ARG:
		if (a->verb)
			return ARGP_ERR_UNKNOWN;
		a->verb = arg;
		return 0;
	case ARGP_KEY_ARGS:
		a->words = state->argv + state->next;
		a->n_words = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS: argp_error(state, "list, show, check or bench?"); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static int run(const struct args *a, const struct k2_rules *rs)
{
	if (!strcmp(a->verb, "list") && !a->n_words)
		return list(rs);
	if (!strcmp(a->verb, "show") && a->n_words)
		return show(rs, a->words, a->n_words);
	if (!strcmp(a->verb, "check"))
		return check(rs, a->words, a->n_words);
	if (!strcmp(a->verb, "bench") && a->n_words)
		return rules_bench(a->rules ? rs : NULL, a->words, a->n_words);
	fprintf(stderr, "k2 rules: list, show NAME..., check [FILE...] or bench FILE...\n");
	return K2_EXIT_USAGE;
}

int k2_cmd_rules(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "rules", 'f', "FILE", 0, "The rules of FILE instead of those of K2 (list, show, check), or next to them (bench)", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "list\nshow NAME...\ncheck [FILE...]\nbench FILE...",
		.doc = "Rewrite rules. 'list' prints a line for each, 'show' the text of some, 'check' proves each for all values and applies it to "
		       "its example, 'bench' optimises the functions of BPF objects (or text form) and prints how often each rule was used, and what "
		       "matching costs.\v"
		       "Exit status: 0 done, 1 a rule is not proved, 2 bad usage, or a file that could not be read.",
	};
	struct args a = { 0 };
	const struct k2_rules *rs;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return K2_EXIT_USAGE;
	rs = a.rules ? k2_read_rules(a.rules) : k2_rules_builtin();
	if (!rs)
		return K2_EXIT_USAGE;
	status = run(&a, rs);
	k2_rules_free(rs);
	return status;
}

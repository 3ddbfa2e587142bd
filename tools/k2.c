// SPDX-License-Identifier: BSD-2-Clause
/* The k2 command: picks the subcommand. A new one is a row of `commands`, a line of k2.h, and its own file. */
#include "k2.h"
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command {
	const char *name;
	const char *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "check", "Say whether one function may replace another", k2_cmd_check },
	{ "diff", "Show how the code of two objects differs", k2_cmd_diff },
	{ "load", "Load each program of objects into the kernel; say what it costs", k2_cmd_load },
	{ "mine", "Find new rewrite rules in objects", k2_cmd_mine },
	{ "opt", "Optimise objects, with a proof for every change", k2_cmd_opt },
	{ "rules", "List, show, prove and measure rewrite rules", k2_cmd_rules },
	{ "run", "Run a program without a kernel; show what it does", k2_cmd_run },
	{ "stat", "Print figures of the functions of objects", k2_cmd_stat },
};
enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* Read by libc, so it must be visible to it. */
__attribute__((visibility("default"))) const char *argp_program_version = "k2 " K2_VERSION;

struct choice {
	const char *name;
	int index; /* of `name` in argv */
};

static const struct command *find_command(const char *name)
{
	for (int i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* Appends the list of commands to the help text. */
static char *help_filter(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t size;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC || !(f = open_memstream(&out, &size)))
		return (char *)text;
	fputs("Commands:\n", f);
	for (int i = 0; i < N_COMMANDS; i++)
		fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\n'k2 help COMMAND' or 'k2 COMMAND --help' describes a command.", f);
	return fclose(f) ? NULL : out;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct choice *c = state->input;

	if (key == ARGP_KEY_ARG) {
		c->name = arg;
		c->index = state->next - 1;
		state->next = state->argc; /* the rest belongs to the command */
		return 0;
	}
	if (key == ARGP_KEY_NO_ARGS) {
		argp_state_help(state, stderr, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK);
		exit(K2_EXIT_USAGE);
	}
	return ARGP_ERR_UNKNOWN;
}

static int run(const char *command, int argc, char **argv)
{
	const struct command *cmd = find_command(command);
	char name[64];

	if (!cmd) {
		fprintf(stderr, "k2: unknown command '%s' (see 'k2 --help')\n", command);
		return K2_EXIT_USAGE;
	}
	snprintf(name, sizeof(name), "k2 %s", cmd->name);
	argv[0] = name;
	return cmd->run(argc, argv);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [ARG...]",
		.doc = "Optimise compiled Linux BPF programs, with a proof for every change.\v ",
		.help_filter = help_filter,
	};
	static char help[] = "--help";
	struct choice c = { NULL, 0 };

	argp_err_exit_status = K2_EXIT_USAGE;
	k2_close_stdout_at_exit();
	signal(SIGXFSZ, SIG_IGN); /* a file that gets too long is an error of write() */
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &c))
		return K2_EXIT_USAGE;
	if (!strcmp(c.name, "help")) {
		/* "k2 help [COMMAND]" is "k2 [COMMAND] --help". */
		argv[c.index] = argc - c.index > 1 ? argv[c.index + 1] : help;
		if (argc - c.index <= 1)
			argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &c);
		c.name = argv[c.index];
		argv[c.index + 1] = help;
		argc = c.index + 2;
	}
	return run(c.name, argc - c.index, argv + c.index);
}

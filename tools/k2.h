/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands of the k2 command. Each lives in tools/NAME.c, parses its own arguments with argp (argv[0] is
   "k2 NAME") and returns the exit status: 0 done, 1 done with a negative answer, 2 bad usage or input. */
#ifndef K2_TOOLS_H
#define K2_TOOLS_H

#include <argp.h>
#include <stdbool.h>
#include <k2/object.h>
#include <k2/rules.h>
#include <k2/text.h>

enum { K2_EXIT_OK = 0, K2_EXIT_NO = 1, K2_EXIT_USAGE = 2, K2_CHECK_EXIT_ERROR = 3 };

int k2_cmd_check(int argc, char **argv);
int k2_cmd_diff(int argc, char **argv);
int k2_cmd_load(int argc, char **argv);
int k2_cmd_mine(int argc, char **argv);
int k2_cmd_opt(int argc, char **argv);
int k2_cmd_rules(int argc, char **argv);
int k2_cmd_run(int argc, char **argv);
int k2_cmd_stat(int argc, char **argv);

/* From now on the process ends with argp_err_exit_status and a line on standard error if standard output could not be written. */
void k2_close_stdout_at_exit(void);

/* The whole file ('-': standard input), malloc'd; NULL: said why on standard error. */
char *k2_read_whole(const char *path, size_t *len);

/* The rules in a file ('-': standard input). NULL: said why on standard error, with the line. To be freed with k2_rules_free. */
const struct k2_rules *k2_read_rules(const char *path);

/* Options of subcommands that read functions: k2_form_children is their struct argp's list of children, and the one child's input a
   struct k2_form. */
struct k2_form {
	bool raw;            /* files are bare instructions */
	const char *section; /* of raw functions; NULL: not said */
	const char *about;   /* file with directives for raw functions; NULL: none */
};
extern const struct argp_child k2_form_children[];

/* The functions of a file ('-': standard input): an object, or one function in text form or raw. One of the two is set. */
struct k2_input {
	const char *path;
	struct k2_object *object;
	struct k2_text *text;
};
/* False: said why on standard error. To be freed in both cases. */
bool k2_input_read(struct k2_input *in, const char *path, const struct k2_form *form);
/* The same, but why is in `msg` (`size` bytes). */
bool k2_input_open(struct k2_input *in, const char *path, const struct k2_form *form, char *msg, size_t size);
void k2_input_free(struct k2_input *in);
uint32_t k2_input_n_funcs(const struct k2_input *in);
const struct k2_func_desc *k2_input_func(const struct k2_input *in, uint32_t i);

#endif

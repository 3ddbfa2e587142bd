/* SPDX-License-Identifier: BSD-2-Clause */
/* k2 run, shared by its files: run.c (arguments, the course of a run), run_input.c (packets and maps from files), run_report.c
   and run_json.c (what is said). */
#ifndef K2_TOOLS_RUN_H
#define K2_TOOLS_RUN_H

#include "k2.h"
#include <k2/run.h>

struct run_args {
	const char *path, *prog, *packet, *ctx;
	const char **maps; /* NAME=FILE, NAME:KEY=TARGET */
	unsigned int n_maps;
	bool json, trace, count;
	struct k2_form form;
	uint64_t seed, limit;
};

struct run_call {
	struct k2_run_step step;
	uint64_t args[5], result;
};

struct run_session {
	const struct run_args *args;
	struct k2_input in;
	struct k2_runner *runner;
	uint32_t func;
	struct k2_run run;
	/* before the run; NULL: none */
	uint8_t *packet, *ctx;
	uint32_t packet_len, ctx_len;
	uint64_t **counts;        /* by function and instruction; NULL without --count */
	struct run_call *calls;   /* of helpers */
	size_t n_calls, cap_calls;
	uint32_t traced;          /* 1 + function of the last line of the trace */
	bool no_memory;
};

/* run_input.c. False: said why on standard error. */
bool run_set_input(struct run_session *s);
bool run_set_maps(struct run_session *s);

/* run_report.c */
void run_trace(struct run_session *s, const struct k2_run_step *step);
void run_print(struct run_session *s);
/* One line on standard error: why the run stopped. */
void run_print_stop(const struct run_session *s);
/* "instruction 12 (line 34): r0 = ..." */
void run_insn_text(const struct run_session *s, uint32_t func, uint32_t insn, char *text, size_t size);

/* run_json.c */
void run_print_json(struct run_session *s);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* k2 run, shared by its files: run.c (arguments, the course of a run), run_packets.c (packets from files), run_input.c (what a run
   gets), run_profile.c (counts), run_report.c and run_json.c (what is said). */
#ifndef K2_TOOLS_RUN_H
#define K2_TOOLS_RUN_H

#include "k2.h"
#include <k2/profile.h>
#include <k2/run.h>

struct run_args {
	const char *path, *prog, *packet, *ctx, *profile;
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

/* The packets of --packet. */
struct run_packets {
	char *path;
	uint8_t *bytes;       /* of the file */
	size_t len, at;
	unsigned long number; /* of the one that is wanted; 0: not said */
	bool pcap, big;
};

struct run_session {
	const struct run_args *args;
	struct k2_input in;
	struct k2_runner *runner;
	uint32_t func;
	struct k2_run run;
	struct run_packets packets;
	/* before the run; NULL: none */
	uint8_t *packet, *ctx;
	uint32_t packet_len, ctx_len;
	uint64_t **counts;        /* of the run, by function and instruction; NULL without --count and --profile */
	uint64_t **taken;         /* the same, how often jumps were taken */
	const struct k2_insn *jumped; /* the last instruction, if it was a jump, */
	uint32_t jump;            /* and where it stands */
	struct k2_profile *profile; /* NULL without --profile */
	struct run_call *calls;   /* of helpers */
	size_t n_calls, cap_calls;
	uint32_t traced;          /* 1 + function of the last line of the trace */
	bool no_memory;
};

/* run_packets.c. False: said why on standard error. Whatever was opened is to be freed. */
bool run_packets_open(struct run_packets *p, const char *spec);
bool run_packets_more(const struct run_packets *p);
bool run_packets_next(struct run_packets *p, uint8_t **packet, size_t *len); /* malloc'd */
void run_packets_free(struct run_packets *p);

/* run_profile.c. False: out of memory, or said why. */
bool run_count_start(struct run_session *s); /* all counts 0 */
void run_count(struct run_session *s, const struct k2_run_step *step);
void run_counts_free(const struct k2_input *in, uint64_t **v);
bool run_profile_open(struct run_session *s);
bool run_profile_add(struct run_session *s); /* the run's counts */
bool run_profile_write(const struct run_session *s);

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

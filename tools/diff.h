/* SPDX-License-Identifier: BSD-2-Clause */
/* k2 diff, shared by its files: diff.c (arguments, which functions go together), diff_print.c (rows on paper), diff_maps.c (maps that are not
   the same), diff_kernel.c (what the kernel says of the programs). */
#ifndef K2_TOOLS_DIFF_H
#define K2_TOOLS_DIFF_H

#include "k2.h"
#include <k2/diff.h>

struct diff_args {
	const char *path[2], *prog;
	struct k2_form form;
	bool all, full, brief, unified, kernel, no_source, color;
	int type;                    /* enum bpf_prog_type of programs whose section does not tell; 0: guess */
	unsigned int context, width; /* rows around a change; columns, 0: the terminal's */
};

/* What it cost the kernel to verify one program, or why it did not take it. */
struct diff_figure {
	char *name, *section, *reason;
	bool loaded;
	long long processed;
};
struct diff_figures {
	struct diff_figure *v;
	size_t n;
};

struct diff_session {
	const struct diff_args *args;
	struct k2_input in[2];
	struct diff_figures kernel[2];
	uint32_t funcs, different, slots[2]; /* functions looked at; those that differ; all their slots */
	bool trouble;                        /* something could not be compared */
};

/* One function of both files; func[s] UINT32_MAX: this one has none. */
struct diff_pair {
	uint32_t func[2];
};

/* ---- diff_print.c ---- */
/* 8-byte slots of instruction i. */
uint32_t diff_insn_slots(const struct k2_insn *i);
/* The line that says how a function differs; `d` NULL: it is in one file only, or `why` it was not compared. */
void diff_print_summary(const struct diff_session *s, const struct diff_pair *p, const struct k2_diff *d, const char *why);
/* The rows, as asked for. */
void diff_print_rows(const struct diff_session *s, const struct diff_pair *p, const struct k2_diff *d);
/* Text of the input: without what terminals would take for commands. */
void diff_put_clean(const char *text);

/* ---- diff_maps.c ---- */
/* Prints a line for each map that is not in both objects, or not the same. The number of lines. */
uint32_t diff_maps(const struct diff_session *s);

/* ---- diff_kernel.c ---- */
/* Loads each program of both objects. False: not all could be opened; said why on standard error. */
bool diff_kernel(struct diff_session *s);
/* NULL: no such program. */
const struct diff_figure *diff_kernel_find(const struct diff_figures *f, const char *name, const char *section);
void diff_kernel_free(struct diff_session *s);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of k2 opt share. opt.c goes over the inputs, opt_args.c has the options, opt_object.c objects, opt_func.c functions in
   text form and raw, opt_say.c what is said of functions, opt_kernel.c asks the running kernel, parallel.c and progress.c are what they
   are called. */
#ifndef K2_TOOLS_OPT_H
#define K2_TOOLS_OPT_H

#include "k2.h"
#include <k2/optimize.h>
#include <k2/profile.h>
#include <k2/report.h>

struct opt_args {
	struct k2_options o;
	char **paths;
	uint32_t n_paths, cap_paths;
	const char *out, *prog, *report, *cache;
	struct k2_profile *profile; /* NULL: none */
	struct k2_form form;
	enum k2_isa_level isa; /* 0: as the file says */
	unsigned int threads;
	bool out_is_dir;
	bool in_place, check, kernel, strip_debug, assume_no_volatile, no_freeze, strict_align;
	bool remarks, stats, dump;
};
/* False: bad usage, said on standard error. `paths` is to be freed. */
bool k2_opt_parse(int argc, char **argv, struct opt_args *a);

/* What became of one input. */
enum opt_outcome { OPT_SAME, OPT_CHANGED, OPT_FAILED };

/* One input on its way. */
struct opt_input {
	const struct opt_args *args;
	const char *path, *out;   /* `out` NULL: standard output (text), or nowhere */
	struct k2_report *report; /* NULL: not wanted */
	char error[300];          /* OPT_FAILED: why, as it was said */
};
/* Says on standard error what is wrong with the input, and keeps it. */
void k2_opt_fail(struct opt_input *in, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Writes an input's result to in->out; false: said why. */
bool k2_opt_write(struct opt_input *in, const void *data, size_t size);

enum opt_outcome k2_opt_object(struct opt_input *in, const struct k2_object *o);
enum opt_outcome k2_opt_text(struct opt_input *in, const struct k2_text *t);

/* A copy of the instructions of `d`, with its flags for what has to stay where nothing is known of volatile accesses and of
   loaders; *out is malloc'd. What cannot be analysed has no flags: k2_optimize refuses it, with a reason. */
enum k2_status k2_opt_mark(const struct opt_args *a, const struct k2_func_desc *d, struct k2_insn **out);

/* Tells the copy `insns` of `d` what the profile says of it. */
void k2_opt_use_profile(const struct opt_args *a, const struct k2_func_desc *d, struct k2_insn *insns);

/* ---- opt_say.c ---- */

/* What became of a function. */
struct opt_said {
	const struct k2_func_desc *func;
	enum k2_status status;
	const struct k2_result *result; /* may be NULL */
	const char *why;                /* why it is as it was, or NULL */
};
/* A note on standard error where the profile is of other code. */
void k2_opt_say_stale(const struct opt_input *in, const struct k2_func_desc *d);
/* As -r, -s and --dump want it, as comments ("; ...") on standard output. */
void k2_opt_print(const struct opt_args *a, const struct opt_said *s);

/* ---- objects ---- */

/* A rewrite that was taken back because of the kernel. */
struct opt_dropped {
	uint32_t func;
	struct k2_remark remark; /* `text` is malloc'd */
};

/* The work on an object. By function, where it says so. */
struct opt_job {
	struct opt_input *in;
	const struct opt_args *args;
	const struct k2_object *o;
	struct k2_object_change *changes;
	uint32_t n_changes;
	struct k2_result **results; /* by function; NULL: not looked at */
	enum k2_status *status;     /* by function */
	struct opt_dropped *dropped;
	uint32_t n_dropped, cap_dropped;
	bool refused;    /* the object has a form that cannot be written: it stays as it was */
	char dwarf[200]; /* why DWARF is that of the old code; "": it is not */
};
/* Function `i` with these options. *out may be NULL, also with K2_OK. */
enum k2_status k2_opt_function(const struct opt_job *j, uint32_t i, const struct k2_options *o, struct k2_result **out);
/* Fills j->changes from `results` (by function) and makes the object: *data is malloc'd. K2_EUNSUPPORTED with `msg`: it cannot be changed. */
enum k2_status k2_opt_build(struct opt_job *j, struct k2_result *const *results, void **data, size_t *size, char *msg,
			    size_t msg_size);
/* Takes back what the running kernel would refuse or process more of; changes j->results. False: said why. */
bool k2_opt_ask_kernel(struct opt_job *j);

#endif

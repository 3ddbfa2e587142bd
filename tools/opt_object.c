// SPDX-License-Identifier: BSD-2-Clause
/* k2 opt on objects: every function through the optimiser, and the object written with what came out. */
#include "opt.h"
#include <k2/object.h>
#include <k2/report.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_CHANGES = 2 }; /* of --check */

struct job {
	const struct opt_args *args;
	const struct k2_object *o;
	struct k2_report *report;          /* NULL: not wanted */
	struct k2_object_change *changes;
	struct k2_result **results;        /* by function; NULL: not looked at */
	enum k2_status *status;            /* by function */
	uint32_t n_changes;
};

static bool wanted(const struct job *j, uint32_t i)
{
	return !j->args->prog || !strcmp(j->args->prog, k2_object_func(j->o, i)->name);
}

/* The function, with what has to stay. *insns is malloc'd and holds its instructions. */
static enum k2_status describe(const struct job *j, uint32_t i, struct k2_func_desc *d, struct k2_insn **insns)
{
	uint32_t keep = (j->args->assume_no_volatile ? 0 : K2_KEEP_VOLATILE) | (j->args->no_freeze ? 0 : K2_KEEP_FROZEN);

	*d = *k2_object_func(j->o, i);
	if (j->args->isa) {
		d->isa = j->args->isa;
		d->alu32 = d->isa >= K2_ISA_V3;
	}
	*insns = malloc(d->n_insns * sizeof(**insns));
	if (!*insns)
		return K2_ENOMEM;
	d->insns = *insns;
	return k2_mark_kept(k2_object_func(j->o, i), keep, *insns);
}

static enum k2_status optimize(struct job *j, uint32_t i)
{
	const struct k2_object_func *info = k2_object_func_info(j->o, i);
	struct k2_insn *insns = NULL;
	struct k2_func_desc d;
	enum k2_status st;

	if (info->status)
		return info->status;
	st = describe(j, i, &d, &insns);
	/* What k2_mark_kept cannot analyse, k2_optimize refuses, with a reason. */
	if (st != K2_ENOMEM) {
		if (st)
			d.insns = k2_object_func(j->o, i)->insns;
		st = k2_optimize(&d, &j->args->o, &j->results[i]);
	}
	free(insns);
	if (!st && j->results[i]->changed)
		j->changes[j->n_changes++] = (struct k2_object_change){
			.func = i, .insns = j->results[i]->insns, .n_insns = j->results[i]->n_insns, .starts = j->results[i]->starts
		};
	return st;
}

/* ---- what is said ---- */

static const char *refusal(const struct job *j, uint32_t i)
{
	for (uint32_t k = 0; k < j->n_changes; k++) {
		if (j->changes[k].func == i && j->changes[k].status)
			return j->changes[k].message;
	}
	return NULL;
}

static bool report_func(const struct job *j, uint32_t i)
{
	const struct k2_func_desc *d = k2_object_func(j->o, i);
	const struct k2_object_func *info = k2_object_func_info(j->o, i);

	if (info->status)
		return !k2_report_add_skipped(j->report, d->name, d->section, "unknown", info->message);
	return !k2_report_add(j->report, d, j->status[i], j->results[i], refusal(j, i));
}

static void print_func(const struct job *j, uint32_t i)
{
	const struct k2_object_func *info = k2_object_func_info(j->o, i);
	const struct k2_result *r = j->results[i];
	const char *why = refusal(j, i);

	printf("; function %s\n", k2_object_func(j->o, i)->name);
	if (!why && info->status)
		why = info->message;
	if (!why && j->status[i])
		why = r && r->message[0] ? r->message : k2_status_str(j->status[i]);
	if (why)
		printf("; left as it was: %s\n", why);
	if (r && j->args->remarks)
		k2_opt_print_remarks(r);
	if (r && j->args->stats)
		k2_opt_print_stats(&r->stats);
}

static int say(struct job *j)
{
	char msg[300];

	for (uint32_t i = 0; i < k2_object_n_funcs(j->o); i++) {
		if (!wanted(j, i))
			continue;
		if (j->args->remarks || j->args->stats)
			print_func(j, i);
		if (j->report && !report_func(j, i)) {
			fprintf(stderr, "k2: %s: %s\n", j->args->path, k2_status_str(K2_ENOMEM));
			return K2_EXIT_USAGE;
		}
	}
	if (j->report && k2_report_write(j->report, j->args->report, msg, sizeof(msg))) {
		fprintf(stderr, "k2: %s\n", msg);
		return K2_EXIT_USAGE;
	}
	return K2_EXIT_OK;
}

/* Lines and variables of DWARF are by distances that change. */
static void warn_of_dwarf(const struct job *j)
{
	bool changed = false;

	for (uint32_t k = 0; k < j->n_changes; k++)
		changed |= j->changes[k].status == K2_OK;
	if (changed && !j->args->strip_debug && !j->args->check && k2_object_has_dwarf(j->o))
		fprintf(stderr, "k2: %s: note: DWARF still has the lines and variables of the old code in changed functions "
			"(BTF has the new ones); --strip-debug drops it\n", j->args->path);
}

/* ---- the object ---- */

static int write_out(const struct job *j, const void *data, size_t size)
{
	const char *path = j->args->in_place ? j->args->path : j->args->out;
	char msg[300] = "standard output cannot be written";

	if (!strcmp(path, "-")) {
		if (fwrite(data, 1, size, stdout) == size && !fflush(stdout))
			return K2_EXIT_OK;
	} else if (!k2_file_replace(path, data, size, msg, sizeof(msg))) {
		return K2_EXIT_OK;
	}
	fprintf(stderr, "k2: %s\n", msg);
	return K2_EXIT_USAGE;
}

static bool would_change(const struct job *j)
{
	for (uint32_t k = 0; k < j->n_changes; k++) {
		if (!j->changes[k].status)
			return true;
	}
	return j->args->strip_debug && k2_object_has_dwarf(j->o);
}

/* The new object; the old one where it has a form that cannot be written. */
static enum k2_status rewrite(struct job *j, void **data, size_t *size)
{
	const struct k2_object_writing how = { sizeof(how), j->args->strip_debug };
	char msg[300];
	enum k2_status st = k2_object_rewrite(j->o, j->changes, j->n_changes, &how, data, size, msg, sizeof(msg));

	if (st)
		fprintf(stderr, "k2: %s: %s%s\n", j->args->path, st == K2_EUNSUPPORTED ? "nothing is changed: " : "", msg);
	if (st != K2_EUNSUPPORTED)
		return st;
	for (uint32_t k = 0; k < j->n_changes; k++) {
		j->changes[k].status = st;
		snprintf(j->changes[k].message, sizeof(j->changes[k].message), "%.*s", (int)sizeof(j->changes[k].message) - 1, msg);
	}
	return k2_object_rewrite(j->o, NULL, 0, NULL, data, size, msg, sizeof(msg));
}

static int work(struct job *j)
{
	uint32_t n = k2_object_n_funcs(j->o);
	void *data = NULL;
	size_t size = 0;
	int rc;

	for (uint32_t i = 0; i < n; i++) {
		if (wanted(j, i))
			j->status[i] = optimize(j, i);
	}
	if (rewrite(j, &data, &size))
		return K2_EXIT_USAGE;
	warn_of_dwarf(j);
	rc = say(j);
	if (!rc && !j->args->check)
		rc = write_out(j, data, size);
	free(data);
	return rc || !j->args->check ? rc : would_change(j) ? K2_EXIT_NO : K2_EXIT_OK;
}

static int run(const struct opt_args *a, struct k2_object *o)
{
	uint32_t n = k2_object_n_funcs(o);
	struct job j = { .args = a, .o = o };
	int rc = K2_EXIT_USAGE;

	if (a->prog && k2_object_find_func(o, a->prog) == UINT32_MAX) {
		fprintf(stderr, "k2: %s: no function %s\n", a->path, a->prog);
		return rc;
	}
	j.changes = calloc(n + 1u, sizeof(*j.changes));
	j.results = calloc(n + 1u, sizeof(*j.results));
	j.status = calloc(n + 1u, sizeof(*j.status));
	j.report = a->report ? k2_report_new(a->path, &a->o) : NULL;
	if (j.changes && j.results && j.status && !j.report == !a->report)
		rc = work(&j);
	else
		fprintf(stderr, "k2: %s: %s\n", a->path, k2_status_str(K2_ENOMEM));
	for (uint32_t i = 0; j.results && i < n; i++)
		k2_result_free(j.results[i]);
	k2_report_free(j.report);
	free(j.changes);
	free(j.results);
	free(j.status);
	return rc;
}

int k2_opt_object(const struct opt_args *a, struct k2_object *o)
{
	int rc = run(a, o);

	if (!a->check || !rc)
		return rc;
	return rc == K2_EXIT_NO ? EXIT_CHANGES : K2_CHECK_EXIT_ERROR;
}

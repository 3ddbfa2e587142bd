// SPDX-License-Identifier: BSD-2-Clause
/* k2 opt on objects: every function through the optimiser, and the object written with what came out. */
#include "opt.h"
#include "parallel.h"
#include "progress.h"
#include <k2/object.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wanted(const struct opt_job *j, uint32_t i)
{
	return !j->args->prog || !strcmp(j->args->prog, k2_object_func(j->o, i)->name);
}

enum k2_status k2_opt_function(const struct opt_job *j, uint32_t i, const struct k2_options *o, struct k2_result **out)
{
	struct k2_func_desc d = *k2_object_func(j->o, i);
	struct k2_insn *insns = NULL;
	enum k2_status st = k2_object_func_info(j->o, i)->status;

	*out = NULL;
	if (st)
		return st;
	if (j->args->isa) {
		d.isa = j->args->isa;
		d.alu32 = d.isa >= K2_ISA_V3;
	}
	d.strict_align |= j->args->strict_align;
	st = k2_opt_mark(j->args, &d, &insns);
	if (!st) {
		k2_opt_use_profile(j->args, &d, insns);
		d.insns = insns;
		st = k2_optimize(&d, o, out);
	}
	free(insns);
	return st;
}

static void optimize(void *ctx, uint32_t i)
{
	struct opt_job *j = ctx;

	if (!wanted(j, i))
		return;
	progress_at("function", i + 1, k2_object_n_funcs(j->o), k2_object_func(j->o, i)->name);
	j->status[i] = k2_opt_function(j, i, &j->args->o, &j->results[i]);
}

/* ---- the object ---- */

enum k2_status k2_opt_build(struct opt_job *j, struct k2_result *const *results, void **data, size_t *size, char *msg,
			    size_t msg_size)
{
	const struct k2_object_writing how = {
		.size = sizeof(how), .strip_debug = j->args->strip_debug, .dwarf_message = j->dwarf, .dwarf_message_size = sizeof(j->dwarf)
	};

	j->n_changes = 0;
	for (uint32_t i = 0; i < k2_object_n_funcs(j->o); i++) {
		const struct k2_result *r = results[i];

		if (r && r->changed && !j->status[i])
			j->changes[j->n_changes++] = (struct k2_object_change){
				.func = i, .insns = r->insns, .n_insns = r->n_insns, .starts = r->starts
			};
	}
	return k2_object_rewrite(j->o, j->changes, j->n_changes, &how, data, size, msg, msg_size);
}

/* The new object; the old one where it has a form that cannot be written. */
static bool make(struct opt_job *j, void **data, size_t *size)
{
	char msg[300];
	enum k2_status st = k2_opt_build(j, j->results, data, size, msg, sizeof(msg));

	if (st && st != K2_EUNSUPPORTED)
		k2_opt_fail(j->in, "%s", msg);
	if (st != K2_EUNSUPPORTED)
		return !st;
	fprintf(stderr, "k2: %s: nothing is changed: %s\n", j->in->path, msg);
	j->refused = true;
	j->dwarf[0] = 0;
	for (uint32_t k = 0; k < j->n_changes; k++) {
		j->changes[k].status = st;
		snprintf(j->changes[k].message, sizeof(j->changes[k].message), "%.*s", (int)sizeof(j->changes[k].message) - 1, msg);
	}
	st = k2_object_rewrite(j->o, NULL, 0, NULL, data, size, msg, sizeof(msg));
	if (st)
		k2_opt_fail(j->in, "%s", msg);
	return !st;
}

static bool has_changes(const struct opt_job *j)
{
	for (uint32_t k = 0; k < j->n_changes; k++) {
		if (!j->changes[k].status)
			return true;
	}
	return false;
}

/* ---- what is said ---- */

static const char *refusal(const struct opt_job *j, uint32_t i)
{
	for (uint32_t k = 0; k < j->n_changes; k++) {
		if (j->changes[k].func == i && j->changes[k].status)
			return j->changes[k].message;
	}
	return NULL;
}

/* Takes out what is said of code that was not written. */
static void unsay(struct k2_result *r, struct k2_remark *remarks)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < r->n_remarks; k++) {
		if (remarks[k].kind != K2_REMARK_APPLIED && strcmp(remarks[k].name, "summary") != 0)
			remarks[n++] = remarks[k];
	}
	r->n_remarks = n;
	r->stats.accepted = 0;
	r->stats.slots_after = r->stats.slots_before;
}

/* A function's result as it is said, with what was dropped as further remarks. *all is malloc'd; false: out of memory. */
static bool to_say(const struct opt_job *j, uint32_t i, bool refused, struct k2_result *out, struct k2_remark **all)
{
	*out = j->results[i] ? *j->results[i] : (struct k2_result){ 0 };
	*all = malloc((out->n_remarks + (size_t)j->n_dropped + 1) * sizeof(**all));
	if (!*all)
		return false;
	if (out->n_remarks)
		memcpy(*all, out->remarks, out->n_remarks * sizeof(**all));
	if (refused)
		unsay(out, *all);
	out->remarks = *all;
	for (uint32_t k = 0; k < j->n_dropped; k++) {
		if (j->dropped[k].func == i)
			out->remarks[out->n_remarks++] = j->dropped[k].remark;
	}
	return true;
}

static bool say_func(const struct opt_job *j, uint32_t i)
{
	const struct k2_func_desc *d = k2_object_func(j->o, i);
	const struct k2_object_func *info = k2_object_func_info(j->o, i);
	struct opt_said s = { .func = d, .status = j->status[i], .why = refusal(j, i) };
	const char *refused = s.why;
	struct k2_result result;
	struct k2_remark *remarks;
	bool ok = to_say(j, i, refused != NULL, &result, &remarks);

	s.result = j->results[i] ? &result : NULL;
	if (!s.why && info->status)
		s.why = info->message;
	if (!s.why && s.status)
		s.why = s.result && result.message[0] ? result.message : k2_status_str(s.status);
	k2_opt_say_stale(j->in, d);
	if (ok)
		k2_opt_print(j->args, &s);
	if (ok && j->in->report && info->status)
		ok = !k2_report_add_skipped(j->in->report, d->name, d->section, "unknown", info->message);
	else if (ok && j->in->report)
		ok = !k2_report_add(j->in->report, d, s.status, s.result, refused);
	free(remarks);
	return ok;
}

static void warn_of_dwarf(const struct opt_job *j)
{
	if (j->dwarf[0] && !j->args->check)
		fprintf(stderr, "k2: %s: note: DWARF still has the lines and variables of the old code in changed functions: %s; "
			"--strip-debug drops it\n", j->in->path, j->dwarf);
}

static enum opt_outcome finish(struct opt_job *j, const void *data, size_t size)
{
	bool ok = true;

	warn_of_dwarf(j);
	for (uint32_t i = 0; ok && i < k2_object_n_funcs(j->o); i++)
		ok = !wanted(j, i) || say_func(j, i);
	if (!ok)
		k2_opt_fail(j->in, "%s", k2_status_str(K2_ENOMEM));
	else if (!j->args->check)
		ok = k2_opt_write(j->in, data, size);
	if (!ok)
		return OPT_FAILED;
	return has_changes(j) || (j->args->strip_debug && !j->refused && k2_object_has_dwarf(j->o)) ? OPT_CHANGED : OPT_SAME;
}

static enum opt_outcome work(struct opt_job *j)
{
	enum opt_outcome outcome = OPT_FAILED;
	void *data = NULL;
	size_t size = 0;
	bool ok;

	progress_begin(j->in->path);
	parallel_each(j->args->threads, k2_object_n_funcs(j->o), optimize, j);
	ok = !j->args->kernel || k2_opt_ask_kernel(j);
	progress_end();
	if (ok && make(j, &data, &size))
		outcome = finish(j, data, size);
	free(data);
	return outcome;
}

enum opt_outcome k2_opt_object(struct opt_input *in, const struct k2_object *o)
{
	uint32_t n = k2_object_n_funcs(o);
	struct opt_job j = { .in = in, .args = in->args, .o = o };
	enum opt_outcome outcome = OPT_FAILED;

	if (in->args->prog && k2_object_find_func(o, in->args->prog) == UINT32_MAX) {
		k2_opt_fail(in, "no function %s", in->args->prog);
		return outcome;
	}
	j.changes = calloc(n + 1u, sizeof(*j.changes));
	j.results = calloc(n + 1u, sizeof(*j.results));
	j.status = calloc(n + 1u, sizeof(*j.status));
	if (j.changes && j.results && j.status)
		outcome = work(&j);
	else
		k2_opt_fail(in, "%s", k2_status_str(K2_ENOMEM));
	for (uint32_t i = 0; j.results && i < n; i++)
		k2_result_free(j.results[i]);
	for (uint32_t k = 0; k < j.n_dropped; k++)
		free((char *)j.dropped[k].remark.text);
	free(j.dropped);
	free(j.changes);
	free(j.results);
	free(j.status);
	return outcome;
}

// SPDX-License-Identifier: BSD-2-Clause
/* k2 opt: one input after the other, each by itself. */
#include "opt.h"
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_CHANGES = 2 }; /* of --check */

void k2_opt_fail(struct opt_input *in, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(in->error, sizeof(in->error), fmt, ap);
	va_end(ap);
	fprintf(stderr, "k2: %s: %s\n", in->path, in->error);
}

bool k2_opt_write(struct opt_input *in, const void *data, size_t size)
{
	if (!strcmp(in->out, "-")) {
		fwrite(data, 1, size, stdout); /* whether it went well is asked when the process ends */
		return true;
	}
	if (!k2_file_replace(in->out, data, size, in->error, sizeof(in->error)))
		return true;
	fprintf(stderr, "k2: %s\n", in->error);
	return false;
}

enum k2_status k2_opt_mark(const struct opt_args *a, const struct k2_func_desc *d, struct k2_insn **out)
{
	uint32_t keep = (a->assume_no_volatile ? 0 : K2_KEEP_VOLATILE) | (a->no_freeze ? 0 : K2_KEEP_FROZEN);
	enum k2_status st;

	*out = malloc(((size_t)d->n_insns + 1) * sizeof(**out));
	if (!*out)
		return K2_ENOMEM;
	st = k2_mark_kept(d, keep, *out);
	if (st && st != K2_ENOMEM)
		memcpy(*out, d->insns, d->n_insns * sizeof(**out));
	return st == K2_ENOMEM ? st : K2_OK;
}

void k2_opt_use_profile(const struct opt_args *a, const struct k2_func_desc *d, struct k2_insn *insns)
{
	if (a->profile)
		k2_profile_apply(a->profile, d, insns);
}

/* Where the result goes; `buf` has room for a path. */
static const char *output_of(const struct opt_args *a, const char *path, char *buf, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (!a->out_is_dir)
		return a->in_place ? path : a->out;
	snprintf(buf, size, "%s/%s", a->out, slash ? slash + 1 : path);
	return buf;
}

static enum opt_outcome work(struct opt_input *in, const struct k2_input *file)
{
	const struct opt_args *a = in->args;

	if (a->n_paths > 1 && (a->remarks || a->stats || a->dump))
		printf("; file %s\n", in->path);
	if (!file->object)
		return k2_opt_text(in, file->text);
	if (!in->out && !a->check)
		k2_opt_fail(in, "where to? (-o FILE, -i or --check)");
	else if (k2_object_find_passed(file->object))
		k2_opt_fail(in, "%s", k2_status_str(K2_ENOMEM));
	else
		return k2_opt_object(in, file->object);
	return OPT_FAILED;
}

/* *report gets the input's report, where one is wanted and there was memory. */
static enum opt_outcome optimize(const struct opt_args *a, const char *path, struct k2_report **report)
{
	enum opt_outcome outcome = OPT_FAILED;
	char out[PATH_MAX];
	struct opt_input in = { .args = a, .path = path, .out = output_of(a, path, out, sizeof(out)) };
	struct k2_input file;

	*report = in.report = a->report ? k2_report_new(path, &a->o) : NULL;
	if (a->report && !in.report) {
		k2_opt_fail(&in, "%s", k2_status_str(K2_ENOMEM));
		return OPT_FAILED;
	}
	if (!k2_input_open(&file, path, &a->form, in.error, sizeof(in.error)))
		k2_opt_fail(&in, "%s", strdupa(in.error));
	else
		outcome = work(&in, &file);
	k2_input_free(&file);
	if (in.report && outcome == OPT_FAILED && k2_report_fail(in.report, in.error))
		fprintf(stderr, "k2: %s: %s\n", path, k2_status_str(K2_ENOMEM));
	return outcome;
}

/* One input that failed has no report; of several, those that failed say so in theirs. */
static bool write_reports(const struct opt_args *a, struct k2_report **reports, bool failed)
{
	char msg[300];

	if (!a->report || (failed && a->n_paths == 1))
		return true;
	if (a->n_paths == 1 ? !k2_report_write(reports[0], a->report, msg, sizeof(msg)) :
			      !k2_report_write_all((const struct k2_report *const *)reports, a->n_paths, a->report, msg, sizeof(msg)))
		return true;
	fprintf(stderr, "k2: %s\n", msg);
	return false;
}

static int run(const struct opt_args *a)
{
	struct k2_report **reports = calloc(a->n_paths, sizeof(*reports));
	bool changes = false, failed = false;

	for (uint32_t k = 0; reports && k < a->n_paths; k++) {
		enum opt_outcome outcome = optimize(a, a->paths[k], &reports[k]);

		changes |= outcome == OPT_CHANGED;
		failed |= outcome == OPT_FAILED;
	}
	if (!reports || !write_reports(a, reports, failed))
		failed = true;
	for (uint32_t k = 0; reports && k < a->n_paths; k++)
		k2_report_free(reports[k]);
	free(reports);
	if (a->check)
		return failed ? K2_CHECK_EXIT_ERROR : changes ? EXIT_CHANGES : K2_EXIT_OK;
	return failed ? K2_EXIT_USAGE : K2_EXIT_OK;
}

/* Trouble with the cache is no error: the result is the same without it. */
static void close_cache(const struct opt_args *a)
{
	const char *trouble;

	if (!a->cache)
		return;
	if (a->o.cache)
		k2_cache_flush(a->o.cache);
	trouble = a->o.cache ? k2_cache_trouble(a->o.cache) : k2_status_str(K2_ENOMEM);
	if (trouble)
		fprintf(stderr, "k2: %s\n", trouble);
	k2_cache_close(a->o.cache);
}

int k2_cmd_opt(int argc, char **argv)
{
	struct opt_args a = { 0 };
	int rc = K2_EXIT_USAGE;

	if (k2_opt_parse(argc, argv, &a)) {
		a.o.cache = a.cache ? k2_cache_open(a.cache) : NULL;
		rc = run(&a);
		close_cache(&a);
	}
	k2_rules_free(a.o.rules);
	k2_profile_free(a.profile);
	free(a.paths);
	return rc;
}

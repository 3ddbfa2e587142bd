// SPDX-License-Identifier: BSD-2-Clause
/* k2 opt on one function in text form. */
#include "opt.h"
#include <stdio.h>
#include <stdlib.h>

static void print(const struct k2_func_desc *d)
{
	char *text = k2_text_print(d);

	if (text)
		fputs(text, stdout);
	free(text);
}

static enum opt_outcome optimize(struct opt_input *in, const struct k2_text *t)
{
	const struct opt_args *a = in->args;
	struct k2_func_desc d = *k2_text_desc(t);
	struct opt_said said = { .func = k2_text_desc(t) };
	struct k2_result *r;

	d.strict_align |= a->strict_align;
	said.status = k2_optimize(&d, &a->o, &r);
	said.result = r;
	if (said.status)
		k2_opt_fail(in, "%s", r && r->message[0] ? r->message : k2_status_str(said.status));
	if (r && r->changed) {
		d.insns = r->insns;
		d.n_insns = r->n_insns;
	}
	print(&d);
	k2_opt_print(a, &said);
	k2_result_free(r);
	return said.status ? OPT_FAILED : OPT_SAME;
}

enum opt_outcome k2_opt_text(struct opt_input *in, const struct k2_text *t)
{
	const struct opt_args *a = in->args;

	if (a->n_paths > 1 || in->out || a->check || a->kernel || a->prog || a->report || a->strip_debug) {
		k2_opt_fail(in, "not an object: several files, -o, -i, --check, --kernel, --prog, --report and --strip-debug go with objects");
		return OPT_FAILED;
	}
	return optimize(in, t);
}

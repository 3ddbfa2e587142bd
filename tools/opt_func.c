// SPDX-License-Identifier: BSD-2-Clause
/* k2 opt on one function in text form or raw. Text says what is volatile, bare instructions do not: for them the rules for objects
   hold. */
#include "opt.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LD_IMM64 = 0x18 };

/* Numbers that the loader replaces and of which nothing is known. */
static void freeze_numbers(struct k2_insn *insns, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		if (insns[k].code == LD_IMM64 && insns[k].src && !insns[k].sym)
			insns[k].flags |= K2_F_FROZEN;
	}
}

static enum k2_status copy(const struct k2_func_desc *d, struct k2_insn **out)
{
	*out = malloc(((size_t)d->n_insns + 1) * sizeof(**out));
	if (*out && d->n_insns)
		memcpy(*out, d->insns, d->n_insns * sizeof(**out));
	return *out ? K2_OK : K2_ENOMEM;
}

static enum k2_status optimize(const struct opt_args *a, const struct k2_func_desc *old, struct k2_result **r)
{
	struct k2_func_desc d = *old;
	struct k2_insn *insns = NULL;
	enum k2_status st = K2_OK;

	*r = NULL;
	d.strict_align |= a->strict_align;
	if (a->isa) {
		d.isa = a->isa;
		d.alu32 = d.isa >= K2_ISA_V3;
	}
	st = a->form.raw ? k2_opt_mark(a, &d, &insns) : copy(&d, &insns);
	if (!st && a->form.raw)
		freeze_numbers(insns, d.n_insns);
	if (!st)
		k2_opt_use_profile(a, &d, insns);
	d.insns = insns;
	if (!st)
		st = k2_optimize(&d, &a->o, r);
	free(insns);
	return st;
}

static bool print(const struct k2_text *t, const struct k2_func_desc *d, bool whole)
{
	char *head = whole ? k2_text_print_directives(t) : NULL, *text = k2_text_print(d);
	bool ok = text && (head || !whole);

	if (ok)
		printf("%s%s", head ? head : "", text);
	free(head);
	free(text);
	return ok;
}

static bool write_raw(struct opt_input *in, const struct k2_text *t, const struct k2_func_desc *d)
{
	char msg[200] = "";
	void *bytes;
	size_t len;
	enum k2_status st = k2_text_to_raw(t, d->insns, d->n_insns, &bytes, &len, msg, sizeof(msg));
	bool ok;

	if (st) {
		k2_opt_fail(in, "%s", msg[0] ? msg : k2_status_str(st));
		return false;
	}
	ok = k2_opt_write(in, bytes, len);
	free(bytes);
	return ok;
}

/* The new function `d` where it is wanted. */
static bool put(struct opt_input *in, const struct k2_text *t, const struct k2_func_desc *d)
{
	if (in->out)
		return write_raw(in, t, d);
	if (in->args->check || print(t, d, in->args->form.raw))
		return true;
	k2_opt_fail(in, "%s", k2_status_str(K2_ENOMEM));
	return false;
}

static bool may(struct opt_input *in)
{
	const struct opt_args *a = in->args;

	if (a->kernel || a->prog || a->strip_debug)
		k2_opt_fail(in, "not an object: --kernel, --prog and --strip-debug go with objects");
	else if (!a->form.raw && (a->n_paths > 1 || in->out || a->check || a->report))
		k2_opt_fail(in, "not an object: several files, -o, -i, --check and --report go with objects and --raw");
	else if (a->n_paths > 1 && !in->out && !a->check)
		k2_opt_fail(in, "where to? (-o DIRECTORY, -i or --check)");
	else
		return true;
	return false;
}

enum opt_outcome k2_opt_text(struct opt_input *in, const struct k2_text *t)
{
	struct k2_func_desc d = *k2_text_desc(t);
	struct opt_said said = { .func = k2_text_desc(t) };
	struct k2_result *r;
	bool ok;

	if (!may(in))
		return OPT_FAILED;
	said.status = optimize(in->args, said.func, &r);
	said.result = r;
	ok = !said.status;
	if (!ok)
		k2_opt_fail(in, "%s", r && r->message[0] ? r->message : k2_status_str(said.status));
	if (ok && r && r->changed) {
		d.insns = r->insns;
		d.n_insns = r->n_insns;
	}
	if (!in->out || ok)
		ok &= put(in, t, &d);
	k2_opt_say_stale(in, said.func);
	k2_opt_print(in->args, &said);
	if (in->report && k2_report_add(in->report, said.func, said.status, r, NULL))
		ok = false;
	k2_result_free(r);
	return !ok ? OPT_FAILED : d.insns == said.func->insns ? OPT_SAME : OPT_CHANGED;
}

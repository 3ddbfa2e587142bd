// SPDX-License-Identifier: BSD-2-Clause
/* The checker as a service: two function descriptions in, a verdict out. */
#include <k2/check.h>
#include "check.h"
#include "replay.h"
#include <stdio.h>
#include <string.h>

enum { RLIMIT = 1500000 };

/* The only symbol of that kind and name; n: none, or several, which cannot be told apart between functions. */
static uint32_t find_symbol(const struct k2_symbol *syms, uint32_t n, const struct k2_symbol *like)
{
	uint32_t found = n;

	for (uint32_t k = 0; k < n; k++) {
		if (syms[k].kind != like->kind || strcmp(syms[k].name, like->name))
			continue;
		if (found < n)
			return n;
		found = k;
	}
	return found;
}

static bool same_symbol(const struct k2_symbol *a, const struct k2_symbol *b)
{
	return a->map_type == b->map_type && a->key_size == b->key_size && a->value_size == b->value_size &&
	       a->data_size == b->data_size && a->read_only == b->read_only;
}

static bool is_numbered(const struct k2_passed *p)
{
	bool numbered = false;

	for (unsigned int k = 0; p && k < 5; k++)
		numbered |= p[k].sym >= K2_SYM_ELSEWHERE;
	return numbered;
}

/* Both functions over one list of symbols: the old one's, and those of the new one that the old one does not have. */
static enum k2_status share_symbols(struct k2_arena *a, struct k2_func_desc *old, struct k2_func_desc *new_)
{
	struct k2_symbol *syms = k2_arena_calloc(a, (size_t)old->n_syms + new_->n_syms, sizeof(*syms));
	uint32_t *number = k2_arena_calloc(a, new_->n_syms, sizeof(*number)), n = old->n_syms;
	const uint32_t old_syms = n;
	struct k2_insn *insns = k2_arena_dup(a, new_->insns, new_->n_insns, sizeof(*insns));

	if (!syms || (!number && new_->n_syms) || !insns)
		return K2_ENOMEM;
	if (n)
		memcpy(syms, old->syms, n * sizeof(*syms));
	for (uint32_t k = 0; k < new_->n_syms; k++) {
		const struct k2_symbol *s = &new_->syms[k];
		uint32_t o = find_symbol(old->syms, old->n_syms, s);

		if (o < old->n_syms && same_symbol(&old->syms[o], s) && find_symbol(new_->syms, new_->n_syms, s) == k) {
			number[k] = o;
			continue;
		}
		number[k] = n;
		syms[n++] = *s;
	}
	for (uint32_t k = 0; k < new_->n_insns; k++) {
		if (insns[k].sym > new_->n_syms)
			return K2_EINVAL;
		insns[k].sym = insns[k].sym ? 1 + number[insns[k].sym - 1] : 0;
	}
	old->syms = new_->syms = syms;
	old->n_syms = new_->n_syms = n;
	new_->insns = insns;
	/* A map that only the new function refers to may be one that the old one knows by number only. */
	new_->context = old->context;
	old->passed = new_->passed = n > old_syms && is_numbered(old->passed) ? NULL : old->passed;
	return K2_OK;
}

/* Why the two cannot stand for each other, whatever their code; NULL: nothing. */
static const char *other_contract(const struct k2_func *a, const struct k2_func *b)
{
	if (a->desc->big_endian != b->desc->big_endian)
		return "another byte order";
	if (a->desc->is_subprog != b->desc->is_subprog || a->type != b->type || a->returns32 != b->returns32)
		return "another type of program";
	if (b->n_args > a->n_args)
		return "more arguments";
	return NULL;
}

static enum k2_check_verdict compare(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_,
				     struct k2_explain *explain)
{
	const struct k2_validation how = { .rlimit = RLIMIT, .equal_only = true };
	struct k2_solver_stats solver_stats = { 0 };
	struct k2_check_stats stats = { 0 };
	const char *why = other_contract(old, new_);
	enum k2_verdict v;

	if (why) {
		snprintf(explain->text, explain->size, "%s", why);
		return K2_CHECK_UNKNOWN;
	}
	v = k2_validate(a, old, new_, &how, &stats, &solver_stats, &why);
	if (v != K2_EQUAL && k2_counterexample(a, old, new_, explain) == K2_DIFFERENT)
		return K2_CHECK_DIFFERENT;
	snprintf(explain->text, explain->size, "%s", v == K2_EQUAL ? "" : why);
	return v == K2_EQUAL ? K2_CHECK_EQUAL : K2_CHECK_UNKNOWN;
}

enum k2_status k2_check_func(const struct k2_func_desc *old, const struct k2_func_desc *new_,
			     enum k2_check_verdict *verdict, char *text, size_t size)
{
	struct k2_arena *a = k2_arena_new(0);
	struct k2_func_desc o = *old, n = *new_;
	struct k2_func *fo = NULL, *fn = NULL;
	struct k2_explain explain = { .text = text, .size = size };
	enum k2_status st = K2_ENOMEM;

	*verdict = K2_CHECK_UNKNOWN;
	if (size)
		text[0] = 0;
	if (a)
		st = share_symbols(a, &o, &n);
	if (!st)
		st = k2_func_build(a, &o, &fo, text, size);
	if (!st)
		st = k2_func_build(a, &n, &fn, text, size);
	if (!st)
		*verdict = compare(a, fo, fn, &explain);
	k2_arena_free(a);
	return st;
}

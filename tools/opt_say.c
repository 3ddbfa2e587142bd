// SPDX-License-Identifier: BSD-2-Clause
/* What k2 opt says of a function, as comments on standard output. */
#include "opt.h"
#include <stdio.h>

static void print_remarks(const struct k2_result *r)
{
	static const char *const kinds[] = { "applied", "missed", "analysis" };

	for (uint32_t k = 0; k < r->n_remarks; k++)
		printf("; %s %s line %u: %s\n", kinds[r->remarks[k].kind], r->remarks[k].name, r->remarks[k].line,
		       r->remarks[k].text);
}

static void print_stats(const struct k2_stats *s)
{
	printf("; slots %u -> %u; proposals %u, accepted %u; equal %u, different %u, unknown %u; not cheaper %u; "
	       "solver queries %u, unknown %u, rlimit %llu; steps %llu\n",
	       s->slots_before, s->slots_after, s->proposals, s->accepted, s->equal, s->different, s->unknown,
	       s->not_cheaper, s->solver_queries, s->solver_unknown, (unsigned long long)s->solver_rlimit,
	       (unsigned long long)s->steps);
}

static void print_line(void *ctx, const char *line)
{
	(void)ctx;
	printf("; %s\n", line);
}

static void dump(const struct opt_said *s)
{
	const struct k2_func_desc *d = s->func;

	printf("; before:\n");
	k2_text_insns(d->insns, d->n_insns, d->syms, d->n_syms, print_line, NULL);
	if (!s->result || !s->result->changed || s->why)
		return;
	printf("; after:\n");
	k2_text_insns(s->result->insns, s->result->n_insns, d->syms, d->n_syms, print_line, NULL);
}

void k2_opt_say_stale(const struct opt_input *in, const struct k2_func_desc *d)
{
	if (in->args->profile && k2_profile_apply(in->args->profile, d, NULL) == K2_PROFILE_STALE)
		fprintf(stderr, "k2: %s: note: the profile of %s is of other code, and not used\n", in->path, d->name);
}

void k2_opt_print(const struct opt_args *a, const struct opt_said *s)
{
	if (!a->remarks && !a->stats && !a->dump)
		return;
	printf("; function %s\n", s->func->name);
	if (s->why)
		printf("; left as it was: %s\n", s->why);
	if (s->result && a->remarks)
		print_remarks(s->result);
	if (s->result && a->stats)
		print_stats(&s->result->stats);
	if (a->dump)
		dump(s);
}

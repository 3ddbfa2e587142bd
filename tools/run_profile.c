// SPDX-License-Identifier: BSD-2-Clause
/* k2 run: how often each instruction ran (--count), and what becomes of that in a profile (--profile). */
#include "run.h"
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t **by_function(const struct k2_input *in)
{
	uint32_t n = k2_input_n_funcs(in);
	uint64_t **v = calloc(n, sizeof(*v));
	bool ok = v;

	for (uint32_t k = 0; ok && k < n; k++) {
		v[k] = calloc(k2_input_func(in, k)->n_insns + 1u, sizeof(**v));
		ok = v[k];
	}
	if (!ok)
		run_counts_free(in, v);
	return ok ? v : NULL;
}

void run_counts_free(const struct k2_input *in, uint64_t **v)
{
	for (uint32_t k = 0; v && k < k2_input_n_funcs(in); k++)
		free(v[k]);
	free(v);
}

bool run_count_start(struct run_session *s)
{
	s->jumped = NULL;
	if (!s->args->count && !s->args->profile)
		return true;
	run_counts_free(&s->in, s->counts);
	run_counts_free(&s->in, s->taken);
	s->counts = by_function(&s->in);
	s->taken = by_function(&s->in);
	return s->counts && s->taken;
}

static bool is_conditional(const struct k2_insn *i)
{
	uint8_t op = BPF_OP(i->code);

	return (BPF_CLASS(i->code) == BPF_JMP || BPF_CLASS(i->code) == BPF_JMP32) && op != BPF_JA && op != BPF_CALL && op != BPF_EXIT;
}

/* A jump was taken when what runs next is its target, and not what stands behind it. */
void run_count(struct run_session *s, const struct k2_run_step *step)
{
	const struct k2_insn *i = s->jumped;

	s->counts[step->func][step->insn]++;
	if (i && i->target == step->insn && s->jump + 1 != step->insn)
		s->taken[step->func][s->jump]++;
	s->jumped = is_conditional(step->i) ? step->i : NULL;
	s->jump = step->insn;
}

bool run_profile_open(struct run_session *s)
{
	char msg[300];

	if (!access(s->args->profile, F_OK)) {
		if (!k2_profile_read(s->args->profile, &s->profile, msg, sizeof(msg)))
			return true;
		fprintf(stderr, "k2: %s\n", msg);
		return false;
	}
	s->profile = k2_profile_new();
	s->no_memory |= !s->profile;
	return s->profile;
}

static bool ran(const uint64_t *counts, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		if (counts[k])
			return true;
	}
	return false;
}

bool run_profile_add(struct run_session *s)
{
	for (uint32_t k = 0; k < k2_input_n_funcs(&s->in); k++) {
		const struct k2_func_desc *d = k2_input_func(&s->in, k);
		bool dropped;

		if (!ran(s->counts[k], d->n_insns))
			continue;
		if (k2_profile_add(s->profile, d, s->counts[k], s->taken[k], &dropped)) {
			s->no_memory = true;
			return false;
		}
		if (dropped)
			fprintf(stderr, "k2: %s: note: what it had of %s was of other code, and is dropped\n", s->args->profile, d->name);
	}
	return true;
}

bool run_profile_write(const struct run_session *s)
{
	char msg[300];

	if (!k2_profile_write(s->profile, s->args->profile, msg, sizeof(msg)))
		return true;
	fprintf(stderr, "k2: %s\n", msg);
	return false;
}

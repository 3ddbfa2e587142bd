// SPDX-License-Identifier: BSD-2-Clause
/* Mutants of every function. One that the checker calls equal is run against the original in many worlds, first in those where
   the original comes to the changed instruction; one difference and the checker was wrong. For the others a counterexample is
   searched; where there is none, the runs may still tell. */
#include <stdlib.h>
#include <string.h>
#include "mutate.h"
#include "replay.h"
#include "times.h"
#include "world.h"

enum {
	RLIMIT = 4000000,
	WORLDS = 160,       /* of which the original is known to come to which instructions */
	STEPS = 6000,       /* of a run of the original; twice that of a mutant's */
	WEIGHT_MAX = 300,   /* instructions that count when mutants are given to functions */
	TEXT = 8192,
};

/* DIFFERENT: by the checker's own counterexample. UNKNOWN_: it found none; RUNS_: it was not asked for one; and the runs differ or not. */
enum outcome {
	EQUAL, EQUAL_UNREACHED, DIFFERENT, UNKNOWN_DIFFERS, UNKNOWN_SAME, RUNS_DIFFER, RUNS_SAME, WRONG, N_OUTCOMES,
};

struct result {
	uint32_t count[N_MUTATIONS][N_OUTCOMES];
	uint32_t none, worlds;
	double hunt, judge, slowest;       /* seconds */
	struct times validate, solver;     /* of each mutant; of each question to z3 in that */
};

/* One function under test. */
struct bench {
	const struct options *o;
	const struct subject *s;
	struct k2_arena *a, *each;
	struct k2_func *f;
	uint8_t *allowed;           /* instructions in blocks that are reached */
	uint8_t *reached[WORLDS];   /* by instruction */
	uint64_t words[MAX_WORDS];
	struct result *out;
};

static struct run *runs[2];

static uint64_t seed_of(const struct bench *b, uint64_t number)
{
	return k2_hash_mix(k2_hash_mix(k2_hash_mix(b->o->seed, hash_name(b->s->d->name)), b->s->d->n_insns), number);
}

/* ---- runs ---- */

static const char *judge_in(struct bench *b, const struct k2_func_desc *d, uint64_t world)
{
	b->out->worlds++;
	runs[0]->reached = NULL;
	run_function(runs[0], b->s->d, seed_of(b, world), STEPS);
	run_function(runs[1], d, seed_of(b, world), 2 * STEPS);
	return runs_differ(runs[0], runs[1]);
}

/* NULL: no difference in any world. *reached: the original came to the changed instruction in one of them at least. */
static const char *judge(struct bench *b, const struct mutant *m, bool *reached)
{
	const char *why = NULL;
	uint32_t n = 0;

	*reached = false;
	for (uint32_t pass = 0; pass < 2 && !why; pass++) {
		for (uint32_t k = 0; k < WORLDS && n < b->o->runs && !why; k++) {
			if ((b->reached[k][m->at] != 0) != (pass == 0))
				continue;
			*reached |= pass == 0;
			why = judge_in(b, &m->d, k);
			n++;
		}
	}
	return why;
}

static void print_wrong(const struct bench *b, const struct mutant *m, uint32_t number, const char *why)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	fprintf(f, "WRONGLY EQUAL: %s: %s, mutant %u (%s at %u): %s\n", b->s->path, b->s->d->name, number, mutation_names[m->how], m->at, why);
	print_code(f, b->s->d);
	fprintf(f, "mutant:\n");
	print_code(f, &m->d);
	print_run(f, "original", runs[0]);
	print_run(f, "mutant", runs[1]);
	fclose(f);
	fputs(text, stdout);
	fflush(stdout);
	free(text);
}

/* ---- verdicts ---- */

static enum k2_verdict validate(struct bench *b, const struct k2_func *f)
{
	const struct k2_validation how = { .rlimit = RLIMIT, .equal_only = true };
	struct k2_check_stats stats = { 0 };
	struct k2_solver_stats solver_stats = { 0 };
	enum k2_verdict verdict;
	double start = cpu_now();
	const char *why;

	solver_times = &b->out->solver;
	verdict = k2_validate(b->each, b->f, f, &how, &stats, &solver_stats, &why);
	solver_times = NULL;
	times_add(&b->out->validate, cpu_now() - start);
	return verdict;
}

static bool find_counterexample(struct bench *b, const struct k2_func *f)
{
	static char text[TEXT];
	struct k2_explain explain = { text, sizeof(text) };

	return k2_counterexample(b->each, b->f, f, &explain) == K2_DIFFERENT;
}

static enum outcome outcome_of(struct bench *b, const struct mutant *m, uint32_t number)
{
	double start = now(), validated, hunted;
	enum outcome outcome;
	const char *why = NULL;
	struct k2_func *f;
	bool equal, reached, asked;
	char msg[96];

	if (k2_func_build(b->each, &m->d, &f, msg, sizeof(msg)))
		abort();
	equal = validate(b, f) == K2_EQUAL;
	validated = now();
	asked = !equal && seed_of(b, number) % b->o->search == 0;
	outcome = asked && find_counterexample(b, f) ? DIFFERENT : N_OUTCOMES;
	hunted = now();
	if (outcome != DIFFERENT) {
		why = judge(b, m, &reached);
		if (equal)
			outcome = why ? WRONG : reached ? EQUAL : EQUAL_UNREACHED;
		else if (asked)
			outcome = why ? UNKNOWN_DIFFERS : UNKNOWN_SAME;
		else
			outcome = why ? RUNS_DIFFER : RUNS_SAME;
	}
	if (outcome == WRONG)
		print_wrong(b, m, number, why);
	b->out->hunt += hunted - validated;
	b->out->judge += now() - hunted;
	b->out->slowest = K2_MAX(b->out->slowest, now() - start);
	return outcome;
}

/* ---- one function ---- */

/* A function that may leave r0 unset where it exits has no result: the kernel takes that only where nobody looks at it. */
static bool has_result(const struct bench *b, struct k2_absint *ai)
{
	for (uint32_t k = 0; k < b->f->n_blocks; k++) {
		const struct k2_block *blk = &b->f->blocks[k];
		struct k2_astate s = *k2_absint_entry(ai, k);

		if (!s.reached || !blk->n || k2_isa_kind(&blk->insns[blk->n - 1]) != K2_KIND_EXIT)
			continue;
		for (uint32_t j = 0; j < blk->n; j++)
			k2_absint_step(ai, &blk->insns[j], &s);
		if (s.reg[0].uninit)
			return false;
	}
	return true;
}

static bool find_reached(struct bench *b)
{
	struct k2_absint *ai;
	uint32_t n = 0;
	bool result;

	b->allowed = k2_arena_calloc(b->a, b->s->d->n_insns, 1);
	if (!b->allowed || k2_absint_run(b->a, b->f, &ai))
		return false;
	for (uint32_t k = 0; k < b->f->n_blocks; k++)
		for (uint32_t j = 0; j < b->f->blocks[k].n; j++, n++)
			b->allowed[n] = b->f->blocks[k].rpo != K2_NO_BLOCK && k2_absint_entry(ai, k)->reached;
	result = has_result(b, ai);
	k2_absint_free(ai);
	runs[0]->type = runs[1]->type = b->f->type;
	runs[0]->result_mask = runs[1]->result_mask = !result ? 0 : b->f->returns32 ? UINT32_MAX : UINT64_MAX;
	runs[0]->words = runs[1]->words = b->words;
	runs[0]->n_words = runs[1]->n_words = find_words(b->s->d, b->words);
	for (uint32_t k = 0; k < WORLDS; k++) {
		b->reached[k] = k2_arena_calloc(b->a, b->s->d->n_insns, 1);
		runs[0]->reached = b->reached[k];
		if (!b->reached[k])
			return false;
		run_function(runs[0], b->s->d, seed_of(b, k), STEPS);
	}
	return true;
}

static void test_function(struct bench *b, uint32_t n)
{
	char msg[96];

	if (k2_func_build(b->a, b->s->d, &b->f, msg, sizeof(msg)) || !find_reached(b))
		abort();
	for (uint32_t k = 0; k < n; k++) {
		struct mutant m;

		k2_arena_release(b->each, (struct k2_arena_mark){ 0 });
		if (mutate(b->each, b->s->d, b->allowed, seed_of(b, 1000000 + k), &m))
			b->out->count[m.how][outcome_of(b, &m, k)]++;
		else
			b->out->none++;
	}
}

static uint32_t weight(const struct subject *s)
{
	return s->odd ? 0 : K2_MIN(s->d->n_insns, (uint32_t)WEIGHT_MAX);
}

/* By number of the subject: how many mutants before it, and of it. */
static struct share {
	uint64_t before, total;
} share;
static uint64_t *starts; /* sums of weights before each subject */
static const struct subjects *subjects;

static uint32_t mutants_of(const struct options *o, const struct subject *s)
{
	uint64_t before = starts[s - subjects->s];

	return (uint32_t)((before + weight(s)) * o->mutants / share.total - before * o->mutants / share.total);
}

static void do_one(const struct options *o, const struct subject *s, void *out)
{
	struct bench b = { .o = o, .s = s, .a = k2_arena_new(0), .each = k2_arena_new(0), .out = out };

	for (unsigned int k = 0; k < 2; k++)
		if (!runs[k])
			runs[k] = calloc(1, sizeof(*runs[k]));
	if (!b.a || !b.each || !runs[0] || !runs[1])
		abort();
	if (mutants_of(o, s))
		test_function(&b, mutants_of(o, s));
	k2_arena_free(b.a);
	k2_arena_free(b.each);
}

/* ---- table ---- */

static void add(struct result *to, const struct result *r)
{
	for (unsigned int m = 0; m < N_MUTATIONS; m++)
		for (unsigned int k = 0; k < N_OUTCOMES; k++)
			to->count[m][k] += r->count[m][k];
	to->none += r->none;
	to->worlds += r->worlds;
	times_join(&to->validate, &r->validate);
	times_join(&to->solver, &r->solver);
	to->hunt += r->hunt;
	to->judge += r->judge;
	to->slowest = K2_MAX(to->slowest, r->slowest);
}

static void print_row(const char *name, const uint32_t c[N_OUTCOMES])
{
	uint32_t n = 0;

	for (unsigned int k = 0; k < N_OUTCOMES; k++)
		n += c[k];
	printf("| %-16s | %7u | %7u | %7u | %9u | %7u | %7u | %7u | %7u | %5u |\n", name, n, c[EQUAL], c[EQUAL_UNREACHED], c[DIFFERENT],
	       c[UNKNOWN_DIFFERS], c[UNKNOWN_SAME], c[RUNS_DIFFER], c[RUNS_SAME], c[WRONG]);
}

static void print_times(const char *what, const struct times *t)
{
	printf("%u %s, ms of CPU time: median %.2f, nine in ten below %.2f, 99 %% below %.1f, slowest %.0f\n", times_count(t), what,
	       1e3 * times_quantile(t, 0.5), 1e3 * times_quantile(t, 0.9), 1e3 * times_quantile(t, 0.99), 1e3 * times_quantile(t, 1));
}

static void print_table(const struct result *sum)
{
	uint32_t all[N_OUTCOMES] = { 0 };

	printf("|                  |         |  called equal     | counter-  | none found        | not searched      |       |\n"
	       "| change           | mutants | reached | not r.  | example   | differs | no diff | differs | no diff | wrong |\n"
	       "|------------------|--------:|--------:|--------:|----------:|--------:|--------:|--------:|--------:|------:|\n");
	for (unsigned int m = 0; m < N_MUTATIONS; m++) {
		print_row(mutation_names[m], sum->count[m]);
		for (unsigned int k = 0; k < N_OUTCOMES; k++)
			all[k] += sum->count[m][k];
	}
	print_row("all", all);
	printf("seconds: counterexamples %.1f, runs %.1f (%u worlds); slowest mutant %.2f; %u mutants could not be made\n",
	       sum->hunt, sum->judge, sum->worlds, sum->slowest, sum->none);
	print_times("validations", &sum->validate);
	print_times("questions to z3 in them", &sum->solver);
}

bool mutants(const struct options *o, const struct subjects *all)
{
	struct result sum = { 0 }, *r;
	uint32_t wrong = 0;

	subjects = all;
	starts = calloc(all->n + 1u, sizeof(*starts));
	for (uint32_t k = 0; starts && k < all->n; k++) {
		starts[k] = share.total;
		share.total += weight(&all->s[k]);
	}
	r = starts && share.total ? pool_run(o, all, sizeof(*r), do_one) : NULL;
	if (!r)
		return false;
	for (uint32_t k = 0; k < all->n; k++) {
		add(&sum, &r[k]);
		if (o->verbose)
			printf("%s %s: counterexamples %.2f s, runs %.2f s, slowest %.2f s\n", all->s[k].path, all->s[k].d->name,
			       r[k].hunt, r[k].judge, r[k].slowest);
	}
	print_table(&sum);
	for (unsigned int m = 0; m < N_MUTATIONS; m++)
		wrong += sum.count[m][WRONG];
	pool_free(r, all, sizeof(*r));
	free(starts);
	return !wrong;
}

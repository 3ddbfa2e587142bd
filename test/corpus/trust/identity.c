// SPDX-License-Identifier: BSD-2-Clause
/* Every function against itself, against itself with other names for registers, and with its blocks in another order. The first of
   these executes all code on both sides. */
#include <stdlib.h>
#include <string.h>
#include "replay.h"
#include "trust.h"

enum { AS_IT_IS, RENAMED, SHUFFLED, N_VARIANTS, RLIMIT = 4000000, TEXT = 4096 };
static const char *const variants[N_VARIANTS] = { "itself", "other registers", "other order of blocks" };

struct verdict {
	enum k2_verdict v;
	bool done;
	double seconds;
	uint32_t failed; /* block */
	char why[96];
};
struct result {
	uint32_t blocks;
	bool done;
	struct verdict of[N_VARIANTS];
};

/* What is not proved may be different: then two runs show it, and that is printed. */
static void hunt(struct k2_arena *a, const struct subject *s, const struct k2_func *old, const struct k2_func *new_, unsigned int variant,
		 struct verdict *v)
{
	char text[TEXT] = "";
	struct k2_explain explain = { text, sizeof(text) };

	if (k2_counterexample(a, old, new_, &explain) != K2_DIFFERENT)
		return;
	v->v = K2_DIFFERENT;
	printf("WRONGLY DIFFERENT: %s: %s and %s\n%s\n", s->path, s->d->name, variants[variant], text);
	print_code(stdout, new_->desc);
}

static void validate(struct k2_arena *a, const struct subject *s, const struct k2_func *old, const struct k2_func_desc *d, unsigned int variant,
		     struct verdict *v)
{
	const struct k2_validation how = { .rlimit = RLIMIT, .equal_only = true, .thorough = true };
	struct k2_check_stats stats = { 0 };
	struct k2_solver_stats solver_stats = { 0 };
	double start = now();
	struct k2_func *f;
	const char *why = "";
	char msg[96];

	if (!d)
		return;
	v->done = true;
	v->v = K2_UNKNOWN;
	if (k2_func_build(a, d, &f, msg, sizeof(msg))) {
		snprintf(v->why, sizeof(v->why), "no graph: %.80s", msg);
		return;
	}
	v->v = k2_validate(a, old, f, &how, &stats, &solver_stats, &why);
	v->seconds = now() - start;
	v->failed = stats.failed;
	if (v->v == K2_EQUAL)
		return;
	v->v = K2_UNKNOWN;
	snprintf(v->why, sizeof(v->why), "%s", why);
	hunt(a, s, old, f, variant, v);
}

static void do_one(const struct options *o, const struct subject *s, void *out)
{
	struct result *r = out;

	for (unsigned int k = 0; k < N_VARIANTS; k++) {
		struct k2_arena *a = k2_arena_new(0);
		uint64_t seed = k2_hash_mix(o->seed, hash_name(s->d->name));
		const struct k2_func_desc *d = s->d;
		struct k2_func *f;
		char msg[96];

		if (!a || k2_func_build(a, s->d, &f, msg, sizeof(msg)))
			abort();
		r->blocks = f->n_order;
		if (k == RENAMED)
			d = s->odd ? NULL : rename_registers(a, f, seed);
		else if (k == SHUFFLED)
			d = shuffle_blocks(a, f, seed);
		validate(a, s, f, d, k, &r->of[k]);
		k2_arena_free(a);
	}
	r->done = true;
}

/* ---- tables ---- */

static const uint32_t classes[] = { 50, 200, 1000, 2000, UINT32_MAX };
enum { N_CLASSES = 5 };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct row {
	uint32_t n, by_verdict[3], blocks;
	double sum, median, max;
};

static bool in_class(const struct subject *s, unsigned int class)
{
	return s->slots < classes[class] && (!class || s->slots >= classes[class - 1]);
}

/* odd: the functions with opaque instructions, of whatever size. */
static struct row make_row(const struct subjects *all, const struct result *r, unsigned int variant, unsigned int class, bool odd)
{
	double *t = calloc(all->n + 1u, sizeof(*t));
	struct row row = { 0 };

	for (uint32_t k = 0; t && k < all->n; k++) {
		const struct verdict *v = &r[k].of[variant];

		if (!r[k].done || !v->done || all->s[k].odd != odd || (!odd && !in_class(&all->s[k], class)))
			continue;
		t[row.n++] = v->seconds;
		row.by_verdict[v->v]++;
		row.blocks += r[k].blocks;
		row.sum += v->seconds;
	}
	if (row.n) {
		qsort(t, row.n, sizeof(*t), by_value);
		row.median = t[row.n / 2];
		row.max = t[row.n - 1];
	}
	free(t);
	return row;
}

static void print_row(const char *name, const struct row *row)
{
	printf("| %-12s | %5u | %5u | %4u | %4u | %8.2f | %8.1f | %8.3f |\n", name, row->n, row->by_verdict[K2_EQUAL],
	       row->by_verdict[K2_UNKNOWN], row->by_verdict[K2_DIFFERENT], 1e3 * row->median, 1e3 * row->max,
	       row->blocks ? 1e3 * row->sum / row->blocks : 0);
}

static void print_table(const struct subjects *all, const struct result *r, unsigned int variant)
{
	static const char *const names[N_CLASSES] = { "< 50", "< 200", "< 1000", "< 2000", "more" };
	struct row row;

	printf("\nAgainst %s:\n| slots        | funcs | equal | unkn | diff | med. ms  | max ms   | ms/block |\n", variants[variant]);
	printf("|--------------|------:|------:|-----:|-----:|---------:|---------:|---------:|\n");
	for (unsigned int c = 0; c < N_CLASSES; c++) {
		row = make_row(all, r, variant, c, false);
		print_row(names[c], &row);
	}
	row = make_row(all, r, variant, 0, true);
	if (row.n)
		print_row("opaque, any", &row);
}

/* Each reason once, with how often it was given. */
static void print_reasons(const struct subjects *all, const struct result *r, unsigned int variant)
{
	for (uint32_t k = 0; k < all->n; k++) {
		const char *why = r[k].of[variant].why;
		uint32_t n = 0, before = 0;

		for (uint32_t j = 0; j < all->n && why[0]; j++) {
			bool same = !strcmp(r[j].of[variant].why, why);

			n += same;
			before += same && j < k;
		}
		if (n && !before)
			printf("  unknown %4u: %s\n", n, why);
	}
}

static void print_each(const struct subjects *all, const struct result *r)
{
	static const char *const words[] = { [K2_EQUAL] = "equal", [K2_DIFFERENT] = "different", [K2_UNKNOWN] = "unknown" };

	for (uint32_t k = 0; k < all->n; k++)
		for (unsigned int v = 0; r[k].done && v < N_VARIANTS; v++)
			if (r[k].of[v].done)
				printf("%s %s slots %u blocks %u %s: %s %.1f ms %s %d\n", all->s[k].path, all->s[k].d->name, all->s[k].slots,
				       r[k].blocks, variants[v], words[r[k].of[v].v], 1e3 * r[k].of[v].seconds, r[k].of[v].why,
				       (int)r[k].of[v].failed);
}

bool identity(const struct options *o, const struct subjects *all)
{
	struct result *r = pool_run(o, all, sizeof(*r), do_one);
	uint32_t different = 0;

	if (!r)
		return false;
	if (o->verbose)
		print_each(all, r);
	for (unsigned int v = 0; v < N_VARIANTS; v++) {
		print_table(all, r, v);
		print_reasons(all, r, v);
	}
	for (uint32_t k = 0; k < all->n; k++)
		for (unsigned int v = 0; v < N_VARIANTS; v++)
			different += r[k].of[v].v == K2_DIFFERENT && r[k].of[v].done;
	printf("\n%u functions, %u not decoded; %u wrongly different\n", all->n, all->undecoded, different);
	pool_free(r, all, sizeof(*r));
	return !different;
}

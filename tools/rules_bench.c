// SPDX-License-Identifier: BSD-2-Clause
/* k2 rules bench: each rule's uses in the functions of files, and the cost of matching with all rules and with ten. */
#include "rules.h"
#include "k2.h"
#include <k2/optimize.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FEW = 10 };

struct use {
	const char *name;
	uint32_t uses;
	int64_t slots;
};

struct bench {
	const struct k2_rules *own, *few;
	struct use *use;
	uint32_t n;
	uint32_t functions;
	struct k2_rules_work all_work, few_work;
	double all_time, few_time;
};

static void list_rules(struct bench *b, const struct k2_rules *rs)
{
	for (uint32_t k = 0; rs && k < k2_rules_count(rs); k++) {
		struct k2_rule_info i;

		k2_rules_info(rs, k, &i);
		b->use[b->n++].name = i.name;
	}
}

/* Ten rules of the set, evenly. */
static const struct k2_rules *few_of(const struct k2_rules *rs)
{
	const struct k2_rules *out = NULL;
	uint32_t n = k2_rules_count(rs);
	char *text = NULL, msg[200];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (uint32_t k = 0; k < FEW && k < n; k++) {
		struct k2_rule_info i;

		k2_rules_info(rs, n < FEW ? k : k * n / FEW, &i);
		fprintf(f, "%s\n\n", i.text);
	}
	if (!fclose(f) && k2_rules_parse(text, size, &out, msg, sizeof(msg)))
		out = NULL;
	free(text);
	return out;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Remarks of the proposer begin with the rule's name. */
static void count_uses(struct bench *b, const struct k2_result *r)
{
	for (uint32_t k = 0; k < r->n_remarks; k++) {
		const struct k2_remark *m = &r->remarks[k];
		size_t len = strcspn(m->text, ":");

		if (m->kind != K2_REMARK_APPLIED || strcmp(m->name, "rules") != 0)
			continue;
		for (uint32_t i = 0; i < b->n; i++) {
			if (strlen(b->use[i].name) == len && !memcmp(b->use[i].name, m->text, len)) {
				b->use[i].uses++;
				b->use[i].slots += m->slots_saved;
			}
		}
	}
}

static void bench_function(struct bench *b, const struct k2_func_desc *f)
{
	struct k2_result *r = NULL;
	struct k2_options o;
	double start;

	k2_options_init(&o);
	o.rules = b->own;
	o.level = 1; /* what searches find is not the rules' business */
	b->functions++;
	start = now();
	k2_rules_find(k2_rules_builtin(), f, &b->all_work);
	b->all_time += now() - start;
	start = now();
	k2_rules_find(b->few, f, &b->few_work);
	b->few_time += now() - start;
	if (!k2_optimize(f, &o, &r))
		count_uses(b, r);
	k2_result_free(r);
}

static int by_uses(const void *pa, const void *pb)
{
	const struct use *a = pa, *b = pb;

	return a->uses != b->uses ? (a->uses < b->uses ? 1 : -1) : strcmp(a->name, b->name);
}

static void print_cost(const char *what, uint32_t rules, const struct k2_rules_work *w, double time)
{
	double insns = w->insns ? (double)w->insns : 1;

	printf("%-8s %6u rules: %6.1f ns, %.2f nodes and %.3f patterns for each of %llu instructions\n", what, rules, 1e9 * time / insns,
	       (double)w->visits / insns, (double)w->tries / insns, (unsigned long long)w->insns);
}

static void print(struct bench *b)
{
	uint32_t used = 0, uses = 0;
	int64_t slots = 0;

	qsort(b->use, b->n, sizeof(*b->use), by_uses);
	printf("%8s %8s  rule\n", "uses", "slots");
	for (uint32_t k = 0; k < b->n; k++) {
		printf("%8u %8lld  %s\n", b->use[k].uses, (long long)b->use[k].slots, b->use[k].name);
		used += b->use[k].uses > 0;
		uses += b->use[k].uses;
		slots += b->use[k].slots;
	}
	printf("%8u %8lld  by %u of %u rules in %u functions\n", uses, (long long)slots, used, b->n, b->functions);
	print_cost("all", k2_rules_count(k2_rules_builtin()), &b->all_work, b->all_time);
	print_cost("few", k2_rules_count(b->few), &b->few_work, b->few_time);
}

int rules_bench(const struct k2_rules *own, char **files, int n_files)
{
	const struct k2_rules *shipped = k2_rules_builtin();
	struct bench b = { .own = own, .few = few_of(shipped) };
	const struct k2_form form = { 0 };
	bool good = true;

	b.use = calloc(k2_rules_count(shipped) + (own ? k2_rules_count(own) : 0) + 1u, sizeof(*b.use));
	if (!b.use || !b.few) {
		fprintf(stderr, "k2: %s\n", k2_status_str(K2_ENOMEM));
		free(b.use);
		k2_rules_free(b.few);
		return K2_EXIT_USAGE;
	}
	list_rules(&b, shipped);
	list_rules(&b, own);
	for (int k = 0; k < n_files; k++) {
		struct k2_input in;
		bool read = k2_input_read(&in, files[k], &form);

		for (uint32_t i = 0; read && i < k2_input_n_funcs(&in); i++)
			bench_function(&b, k2_input_func(&in, i));
		k2_input_free(&in);
		good &= read;
	}
	print(&b);
	free(b.use);
	k2_rules_free(b.few);
	return good ? K2_EXIT_OK : K2_EXIT_USAGE;
}

// SPDX-License-Identifier: BSD-2-Clause
/* trust identity|mutants [OPTIONS] OBJECT...: see usage() below. Exit status: 0 all is well, 1 a wrong answer, a crash or a hang, 2 usage. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "trust.h"

static int usage(void)
{
	fprintf(stderr,
		"usage: trust identity|mutants [OPTIONS] OBJECT...\n"
		"  identity: every function against itself, also with registers renamed and blocks in another order\n"
		"  mutants:  every function against functions with one instruction changed; those called equal are run against it\n"
		"  --jobs N        processes (1)\n"
		"  --shard K/N     the K-th of N parts (1/1)\n"
		"  --mutants TOTAL mutants of all functions (1000)\n"
		"  --runs N        runs of each mutant that is called equal (50)\n"
		"  --search N      a counterexample is searched for every N-th mutant that is not equal (1)\n"
		"  --hang SECONDS  of CPU time that one function may take (600)\n"
		"  --seed S        (1)\n"
		"  --verbose       a line for each function\n");
	return 2;
}

static bool number(const char *s, uint64_t max, uint64_t *v)
{
	char *end;

	*v = strtoull(s, &end, 0);
	return *s && !*end && *v <= max;
}

static bool set(struct options *o, int option, const char *arg)
{
	uint64_t v = 0;

	switch (option) {
	case 'j': return number(arg, 64, &v) && (o->jobs = (uint32_t)v);
	case 's': return sscanf(arg, "%u/%u", &o->shard, &o->shards) == 2 && o->shard && o->shard-- <= o->shards;
	case 'm': return number(arg, UINT32_MAX, &v) && (o->mutants = (uint32_t)v);
	case 'r': return number(arg, 1000, &v) && (o->runs = (uint32_t)v);
	case 'c': return number(arg, UINT32_MAX, &v) && (o->search = (uint32_t)v);
	case 'h': return number(arg, 1000000, &v) && (o->hang = (uint32_t)v);
	case 'S': return number(arg, UINT64_MAX, &o->seed);
	case 'v': return o->verbose = true;
	default: return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "jobs", 1, NULL, 'j' }, { "shard", 1, NULL, 's' }, { "mutants", 1, NULL, 'm' }, { "runs", 1, NULL, 'r' },
		{ "search", 1, NULL, 'c' }, { "hang", 1, NULL, 'h' }, { "seed", 1, NULL, 'S' }, { "verbose", 0, NULL, 'v' }, { 0 },
	};
	struct options o = { .jobs = 1, .shards = 1, .mutants = 1000, .runs = 50, .search = 1, .hang = 600, .seed = 1 };
	static struct subjects all; /* stays to the end */
	bool good = true;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!set(&o, c, optarg))
			return usage();
	if (optind + 1 >= argc)
		return usage();
	for (int k = optind + 1; k < argc; k++)
		good &= subjects_add(&all, argv[k]);
	if (!strcmp(argv[optind], "identity"))
		good &= identity(&o, &all);
	else if (!strcmp(argv[optind], "mutants"))
		good &= mutants(&o, &all);
	else
		return usage();
	return good ? 0 : 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* How far the checker's word can be trusted: every function of many objects against itself, and against mutants of itself. */
#ifndef K2_TEST_TRUST_H
#define K2_TEST_TRUST_H

#include <k2/object.h>
#include <stdio.h>
#include "check.h"

struct options {
	uint32_t jobs;          /* processes */
	uint32_t shard, shards; /* every shards-th function from number `shard` on */
	uint32_t mutants;       /* of all functions of all shards */
	uint32_t runs;          /* of a mutant that is called equal, against the original */
	uint32_t search;        /* counterexamples are searched for one in so many mutants */
	uint32_t hang;          /* seconds of CPU time that one function may take */
	uint64_t seed;
	bool verbose;
};

/* A function of an object. */
struct subject {
	const char *path;
	const struct k2_func_desc *d;
	uint32_t slots;
	bool odd;               /* has opaque instructions or indirect calls */
};

struct subjects {
	struct subject *s;
	uint32_t n, cap;
	uint32_t undecoded;     /* functions that the object reader or the graph does not take */
};

/* subject.c: adds the functions of the object. False: it cannot be read; says so on stderr. */
bool subjects_add(struct subjects *all, const char *path);

/* pool.c: do_one(number, result) for each of n numbers, in `jobs` processes; results (zeroed before) are `size` bytes each. A process that
   crashes or hangs ends the run: NULL, after a line on stderr that names the subject. */
void *pool_run(const struct options *o, const struct subjects *all, size_t size,
	       void (*do_one)(const struct options *o, const struct subject *s, void *result));
void pool_free(void *results, const struct subjects *all, size_t size);

/* identity.c and mutants.c: the whole of a mode. False: something is wrong. */
bool identity(const struct options *o, const struct subjects *all);
bool mutants(const struct options *o, const struct subjects *all);

/* rename.c: the same function in other words. NULL: out of memory, or nothing to do. */
const struct k2_func_desc *rename_registers(struct k2_arena *a, const struct k2_func *f, uint64_t seed);
const struct k2_func_desc *shuffle_blocks(struct k2_arena *a, const struct k2_func *f, uint64_t seed);

double now(void);           /* seconds */
uint64_t hash_name(const char *s);
void print_code(FILE *to, const struct k2_func_desc *d);

#endif

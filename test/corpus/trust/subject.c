// SPDX-License-Identifier: BSD-2-Clause
/* The functions of objects. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "trust.h"

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

uint64_t hash_name(const char *s)
{
	uint64_t h = 1;

	for (; *s; s++)
		h = k2_hash_mix(h, (uint8_t)*s);
	return h;
}

void print_code(FILE *to, const struct k2_func_desc *d)
{
	char line[256];

	for (uint32_t k = 0; k < d->n_insns; k++) {
		k2_isa_print(line, sizeof(line), &d->insns[k], d->syms, d->n_syms);
		fprintf(to, "%5u: %s\n", k, line);
	}
}

/* What K2 does not know: inline asm, unknown instructions, calls of a register. */
static bool is_odd(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_OPAQUE || kind == K2_KIND_CALLX || kind == K2_KIND_GOTOX;
}

static bool has_graph(const struct k2_func_desc *d)
{
	struct k2_arena *a = k2_arena_new(0);
	struct k2_func *f;
	char msg[128];
	bool good = a && d->n_insns && !k2_func_build(a, d, &f, msg, sizeof(msg));

	k2_arena_free(a);
	return good;
}

static void add(struct subjects *all, const char *path, const struct k2_func_desc *d)
{
	struct subject s = { .path = path, .d = d };

	if (!has_graph(d)) {
		all->undecoded++;
		return;
	}
	for (uint32_t k = 0; k < d->n_insns; k++) {
		s.slots += k2_isa_slots(&d->insns[k]);
		s.odd |= is_odd(&d->insns[k]);
	}
	if (all->n == all->cap) {
		all->cap = all->cap ? 2 * all->cap : 64;
		all->s = realloc(all->s, all->cap * sizeof(*all->s));
		if (!all->s)
			abort();
	}
	all->s[all->n++] = s;
}

bool subjects_add(struct subjects *all, const char *path)
{
	struct k2_object *o; /* stays: its functions are used to the end */
	char msg[256];

	if (k2_object_read_file(path, &o, msg, sizeof(msg))) {
		fprintf(stderr, "trust: %s: %s\n", path, msg);
		return false;
	}
	for (uint32_t k = 0; k < k2_object_n_funcs(o); k++)
		add(all, path, k2_object_func(o, k));
	return true;
}

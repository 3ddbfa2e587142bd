// SPDX-License-Identifier: BSD-2-Clause
/* Abstract values against concrete runs: at every instruction that the machine executes, its registers and stack are among
   those that lib/absint says are possible. Random programs, and functions from files:

     unit_absint_runs [--programs N] [--runs N] [--seed S] [FILE.s ...] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <k2/unit.h>
#include "absint_facts.h"
#include "absint_files.h"
#include "kernel/exec/exec.h"

static unsigned long programs = 1500, runs = 4, seed = 1;
static char **files;
static int n_files;
static unsigned long kinds_seen[K2_PASSED_RECORD + 1];

struct subject {
	struct exec_prog p;
	struct k2_symbol syms[EXEC_SYMS];
	struct k2_func_desc desc[EXEC_FUNCS];
	struct k2_passed passed[EXEC_FUNCS][5];
	struct facts facts[EXEC_FUNCS];
};

/* One run over the states of `s`; what it found is in *r. */
static void run_once(struct k2_arena *a, struct subject *s, const struct exec_world *in, struct run *r)
{
	const struct k2_machine_opts opts = { .user = r, .trace = look_at_state };
	struct k2_bind binds[EXEC_SYMS];
	struct k2_code code[EXEC_FUNCS];
	struct k2_machine *m = exec_machine(a, &s->p, in, &opts, binds, code);
	struct k2_run out;

	assert_non_null(m);
	r->facts = s->facts;
	r->n_facts = s->p.n_funcs;
	r->place = (struct place){ .m = m, .binds = binds, .n_binds = EXEC_SYMS };
	k2_machine_run(m, 0, &out);
}

static void fail_at(const struct subject *s, uint64_t number, const struct run *r)
{
	exec_print(&s->p);
	fflush(stdout);
	fail_msg("program %llu, function %u before instruction %u: %s", (unsigned long long)number, r->func, r->insn, r->why);
}

static uint64_t check_input(struct k2_arena *a, struct subject *s, const struct exec_world *in, uint64_t number)
{
	static uint64_t first[MAX_DIGESTS], second[MAX_DIGESTS];
	static struct run r;
	uint64_t k, n;

	r = (struct run){ .fill = 0xa5, .paths = true, .digests = first };
	run_once(a, s, in, &r);
	if (r.why[0])
		fail_at(s, number, &r);
	/* Bytes that were written are the same whatever the frame held before. */
	n = r.n_digests;
	r = (struct run){ .fill = 0x5a, .digests = second };
	run_once(a, s, in, &r);
	for (k = 0; k < K2_MIN(n, r.n_digests); k++)
		if (first[k] != second[k]) {
			exec_print(&s->p);
			fail_msg("program %llu, step %llu: a byte is said to be initialised that nobody wrote", (unsigned long long)number,
				 (unsigned long long)k);
		}
	return r.steps;
}

/* What calls give subprograms, in every other program. */
static void find_passed(struct subject *s)
{
	static uint32_t callee[EXEC_SYMS];
	struct k2_unit_func u[EXEC_FUNCS];

	for (uint32_t k = 0; k < EXEC_SYMS; k++)
		callee[k] = k < EXEC_MAPS ? UINT32_MAX : k - EXEC_MAPS;
	for (uint32_t f = 0; f < s->p.n_funcs; f++)
		u[f] = (struct k2_unit_func){ .desc = &s->desc[f], .callee = callee, .closed = f && !s->p.funcs[f].callback };
	assert_int_equal(k2_find_passed(u, s->p.n_funcs), K2_OK);
	for (uint32_t f = 0; f < s->p.n_funcs; f++) {
		memcpy(s->passed[f], u[f].passed, sizeof(u[f].passed));
		s->desc[f].passed = u[f].called ? s->passed[f] : NULL;
		for (unsigned int n = 0; u[f].called && n < s->desc[f].n_args; n++)
			kinds_seen[u[f].passed[n].kind]++;
	}
}

static uint64_t check_program(uint64_t number)
{
	static struct subject s;
	static struct exec_world in;
	struct k2_arena *a = k2_arena_new(0);
	uint64_t rnd = number, steps = 0;
	unsigned long k;
	uint32_t f;

	exec_generate(&s.p, number);
	for (f = 0; f < s.p.n_funcs; f++) {
		s.facts[f] = (struct facts){ 0 };
		exec_describe(&s.p, f, s.syms, &s.desc[f]);
	}
	if (number & 1)
		find_passed(&s);
	for (f = 0; f < s.p.n_funcs; f++) {
		if (!s.p.funcs[f].n)
			continue;
		assert_true(facts_make(a, &s.desc[f], &s.facts[f]));
	}
	for (k = 0; k < runs; k++) {
		exec_random_world(&in, s.p.type, &rnd);
		steps += check_input(a, &s, &in, number);
	}
	for (f = 0; f < s.p.n_funcs; f++)
		k2_absint_free(s.facts[f].ai);
	k2_arena_free(a);
	return steps;
}

static void test_programs(void **state)
{
	uint64_t steps = 0, n;

	(void)state;
	for (n = 0; n < programs; n++)
		steps += check_program(seed + n);
	print_message("%lu programs, %lu runs each, %llu states\n", programs, runs, (unsigned long long)steps);
	print_message("arguments: %lu numbers, %lu in frames, %lu contexts, %lu in values, %lu of which nothing is known\n",
		      kinds_seen[K2_PASSED_NUMBER], kinds_seen[K2_PASSED_FRAME], kinds_seen[K2_PASSED_CONTEXT],
		      kinds_seen[K2_PASSED_MAP_VALUE], kinds_seen[K2_PASSED_ANYTHING]);
	assert_true(steps > programs);
}

static void test_files(void **state)
{
	uint64_t steps = 0;
	int k, done = 0;

	(void)state;
	for (k = 0; k < n_files; k++) {
		uint64_t n = file_check(files[k], 16 * runs, seed);

		steps += n;
		done += n > 0;
	}
	print_message("%d functions of %d, %llu of %llu instructions, %llu states\n", done, n_files, (unsigned long long)file_seen,
		      (unsigned long long)file_insns, (unsigned long long)steps);
	assert_int_equal(file_violations, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest without[] = { cmocka_unit_test(test_programs) };
	const struct CMUnitTest with[] = { cmocka_unit_test(test_programs), cmocka_unit_test(test_files) };
	int k;

	for (k = 1; k + 1 < argc && argv[k][0] == '-'; k += 2) {
		if (!strcmp(argv[k], "--programs"))
			programs = strtoul(argv[k + 1], NULL, 0);
		else if (!strcmp(argv[k], "--runs"))
			runs = strtoul(argv[k + 1], NULL, 0);
		else if (!strcmp(argv[k], "--seed"))
			seed = strtoul(argv[k + 1], NULL, 0);
		else
			break;
	}
	files = argv + k;
	n_files = argc - k;
	return n_files ? cmocka_run_group_tests(with, NULL, NULL) : cmocka_run_group_tests(without, NULL, NULL);
}

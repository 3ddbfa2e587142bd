// SPDX-License-Identifier: BSD-2-Clause
/* The concrete reading against the kernel: random whole programs, run by BPF_PROG_TEST_RUN and by the machine from the same
   registers, stack, maps, packet and context, leave the same.

     kernel_exec [--executions N] [--inputs N] [--seed S] [--verbose]

   Programs that the kernel refuses are not counted; their share has a limit. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "exec/exec.h"

static unsigned long executions = 400000, inputs = 128, seed = 1;
static bool verbose;

static struct exec_kernel kernel;
static bool have_kernel;
static uint64_t rows_ran[256];
static struct exec_world kernels, machines; /* after the last run */

static void count_row(void *user, uint32_t func, uint32_t insn, const struct k2_insn *i, const uint64_t regs[11])
{
	const struct k2_isa_row *row = k2_isa_row(i), *r;
	unsigned int n;

	(void)user, (void)func, (void)insn, (void)regs;
	for (n = 0; row && (r = k2_isa_row_at(n)); n++)
		if (r == row && n < K2_ARRAY_SIZE(rows_ran))
			rows_ran[n]++;
}

/* Runs both from `in`. NULL when they agree. */
static const char *compare(const struct exec_prog *p, int fd, const struct exec_world *in, bool count)
{
	const struct k2_machine_opts opts = { .trace = count ? count_row : NULL };
	static char why[160];
	static struct k2_arena *a;
	struct k2_arena_mark mark;
	struct k2_run run;

	a = a ? a : k2_arena_new(0);
	mark = k2_arena_mark(a);
	exec_run_machine(a, p, in, &machines, &opts, &run);
	k2_arena_release(a, mark);
	if (run.status != K2_RUN_EXIT) {
		snprintf(why, sizeof(why), "machine stopped in function %u at %u: %s", run.func, run.insn, run.why);
		return why;
	}
	if (!exec_kernel_run(&kernel, fd, p, in, &kernels)) {
		snprintf(why, sizeof(why), "BPF_PROG_TEST_RUN: %s, packet of %u bytes, type %02x%02x", strerror(errno), in->len,
			 in->packet[12], in->packet[13]);
		return why;
	}
	return exec_difference(&kernels, &machines);
}

struct finding {
	const struct exec_world *in;
	char what[160];
};

static bool differs(void *user, const struct exec_prog *p)
{
	const struct finding *f = user;
	int fd = exec_kernel_load(&kernel, p, false);
	const char *what = fd >= 0 ? compare(p, fd, f->in, false) : NULL;

	if (fd >= 0)
		close(fd);
	return what && !strcmp(what, f->what);
}

static void report(struct exec_prog *p, struct exec_world *in, uint64_t number, const char *what)
{
	struct finding f = { .in = in };

	snprintf(f.what, sizeof(f.what), "%s", what);
	printf("program %llu: %s\n", (unsigned long long)number, what);
	exec_shrink(p, differs, &f);
	differs(&f, p);
	exec_print(p);
	exec_print_difference(in, &kernels, &machines);
	fflush(stdout);
	fail_msg("the machine differs from the kernel");
}

struct counts {
	unsigned long programs, refused, executions;
};

static void run_program(uint64_t number, struct counts *c)
{
	static struct exec_prog p;
	static struct exec_world in;
	uint64_t rnd = number;
	const char *what;
	unsigned long k;
	int fd;

	exec_generate(&p, number);
	fd = exec_kernel_load(&kernel, &p, false);
	c->programs++;
	if (fd < 0) {
		c->refused++;
		if (verbose) {
			exec_kernel_load(&kernel, &p, true);
			printf("program %llu: refused (errno %d)\n%s\n", (unsigned long long)number, errno,
			       kernel.log + (strlen(kernel.log) > 600 ? strlen(kernel.log) - 600 : 0));
		}
		return;
	}
	for (k = 0; k < inputs; k++, c->executions++) {
		exec_random_world(&in, p.type, &rnd);
		what = compare(&p, fd, &in, k < 8);
		if (!what)
			continue;
		report(&p, &in, number, what);
	}
	close(fd);
}

/* Rows that no program of this generator can have, and why. */
static bool left_out(const char *name)
{
	static const char *const names[] = {
		"JA_REG", "CALL_REG",    /* this kernel takes none */
		"CALL_KFUNC", "LD_BTF_ID", /* not modelled: kernel functions and their variables */
		"LD_MAP_IDX", "LD_MAP_IDX_VALUE", /* the same to the program as LD_MAP_FD and LD_MAP_VALUE */
	};
	unsigned int k;

	for (k = 0; k < K2_ARRAY_SIZE(names); k++)
		if (!strcmp(name, names[k]))
			return true;
	return false;
}

static void test_programs(void **state)
{
	struct counts c = { 0 };
	const struct k2_isa_row *r;
	unsigned int n, missing = 0;
	uint64_t number;

	(void)state;
	if (!have_kernel)
		skip();
	for (number = seed; c.executions < executions; number++)
		run_program(number, &c);
	for (n = 0; (r = k2_isa_row_at(n)); n++)
		if (!rows_ran[n] && !left_out(r->name)) {
			print_message("never ran: %s\n", r->name);
			missing++;
		}
	print_message("%lu programs, %lu refused (%.2f %%); %lu executions, no disagreement\n", c.programs, c.refused,
		      100.0 * (double)c.refused / (double)c.programs, c.executions);
	assert_int_equal(missing, 0);
	assert_true(c.refused * 20 < c.programs);
}

static bool option(int argc, char **argv, int *at, const char *name, unsigned long *value)
{
	if (strcmp(argv[*at], name) || *at + 1 == argc)
		return false;
	*value = strtoul(argv[++*at], NULL, 0);
	return true;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_programs) };
	int k;

	for (k = 1; k < argc; k++) {
		if (!strcmp(argv[k], "--verbose"))
			verbose = true;
		else if (!option(argc, argv, &k, "--executions", &executions) && !option(argc, argv, &k, "--inputs", &inputs) &&
			 !option(argc, argv, &k, "--seed", &seed)) {
			fprintf(stderr, "%s: what is \"%s\"?\n", argv[0], argv[k]);
			return 2;
		}
	}
	if (!inputs)
		inputs = 1;
	have_kernel = exec_kernel_open(&kernel);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

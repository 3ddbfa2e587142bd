// SPDX-License-Identifier: BSD-2-Clause
/* What calls give subprograms, against execution. Random whole programs: their functions are optimised, and subprograms edited, with what
   is known of their arguments; what the optimiser makes, and every edit that the checker calls equal, has to leave the same as
   the program did, and the kernel has to take the optimised program where it took the old one.

     kernel_passed [--programs N] [--seed S] */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <k2/check.h>
#include <k2/optimize.h>
#include <k2/unit.h>
#include "exec/exec.h"
#include "func.h"

enum { INPUTS = 24, EDITS = 80 };

static unsigned long programs = 60, seed = 1;
static struct exec_kernel kernel;
static bool have_kernel;

struct subject {
	struct exec_prog p, other; /* as generated; with other code */
	struct k2_symbol syms[EXEC_SYMS];
	struct k2_func_desc desc[EXEC_FUNCS];
	struct k2_passed passed[EXEC_FUNCS][5];
};

static struct {
	unsigned long subprogs, given, changed, edits, equal, wider, loaded;
} n;

static void describe(struct subject *s)
{
	static uint32_t callee[EXEC_SYMS];
	struct k2_unit_func u[EXEC_FUNCS];

	for (uint32_t k = 0; k < EXEC_SYMS; k++)
		callee[k] = k < EXEC_MAPS ? UINT32_MAX : k - EXEC_MAPS;
	for (uint32_t f = 0; f < s->p.n_funcs; f++) {
		for (uint32_t k = 0; k < s->p.funcs[f].n; k++)
			s->p.funcs[f].insns[k].origin = (int32_t)k;
		exec_describe(&s->p, f, s->syms, &s->desc[f]);
		u[f] = (struct k2_unit_func){ .desc = &s->desc[f], .callee = callee, .closed = f && !s->p.funcs[f].callback };
	}
	assert_int_equal(k2_find_passed(u, s->p.n_funcs), K2_OK);
	for (uint32_t f = 0; f < s->p.n_funcs; f++) {
		memcpy(s->passed[f], u[f].passed, sizeof(u[f].passed));
		s->desc[f].passed = u[f].called ? s->passed[f] : NULL;
		n.subprogs += f && s->p.funcs[f].n;
		n.given += u[f].called;
	}
	s->other = s->p;
}

static void run_both(struct subject *s, uint64_t number, const char *what)
{
	static struct exec_world in, old, new_;
	const struct k2_machine_opts opts = { 0 };
	struct k2_arena *a = k2_arena_new(0);
	struct k2_arena_mark mark = k2_arena_mark(a);
	uint64_t rnd = number;

	for (unsigned int k = 0; k < INPUTS; k++) {
		const char *why;
		struct k2_run run;

		exec_random_world(&in, s->p.type, &rnd);
		exec_run_machine(a, &s->p, &in, &old, &opts, &run);
		assert_int_equal(run.status, K2_RUN_EXIT);
		exec_run_machine(a, &s->other, &in, &new_, &opts, &run);
		why = run.status == K2_RUN_EXIT ? exec_difference(&old, &new_) : run.why;
		k2_arena_release(a, mark);
		if (!why)
			continue;
		exec_print(&s->p);
		exec_print(&s->other);
		exec_print_difference(&in, &old, &new_);
		fail_msg("program %llu, %s: %s", (unsigned long long)number, what, why);
	}
	k2_arena_free(a);
}

/* ---- the optimiser ---- */

static bool optimise(struct subject *s, uint32_t f)
{
	struct exec_func *out = &s->other.funcs[f];
	struct k2_result *r = NULL;
	struct k2_options o;
	bool changed;

	k2_options_init(&o);
	o.level = 1;
	assert_int_equal(k2_optimize(&s->desc[f], &o, &r), K2_OK);
	changed = r->changed && r->n_insns <= EXEC_INSNS;
	if (changed) {
		memcpy(out->insns, r->insns, r->n_insns * sizeof(*r->insns));
		out->n = out->body_end = r->n_insns;
	}
	k2_result_free(r);
	return changed;
}

static void load_both(struct subject *s, uint64_t number)
{
	int fd = exec_kernel_load(&kernel, &s->p, false), other;

	if (fd < 0)
		return;
	close(fd);
	other = exec_kernel_load(&kernel, &s->other, false);
	if (other < 0) {
		size_t len;

		exec_kernel_load(&kernel, &s->other, true);
		len = strlen(kernel.log);
		exec_print(&s->other);
		fail_msg("program %llu: refused (%s): %s", (unsigned long long)number, strerror(errno), kernel.log + (len > 1500 ? len - 600 : 0));
	}
	close(other);
	n.loaded++;
}

static void test_optimised(void **state)
{
	static struct subject s;

	(void)state;
	for (uint64_t number = seed; number < seed + programs; number++) {
		unsigned long changed = 0;

		exec_generate(&s.p, number);
		describe(&s);
		for (uint32_t f = 0; f < s.p.n_funcs; f++)
			changed += s.p.funcs[f].n && optimise(&s, f);
		n.changed += changed;
		if (!changed)
			continue;
		run_both(&s, number, "optimised");
		if (have_kernel)
			load_both(&s, number);
	}
	print_message("%lu programs with %lu subprograms, of %lu is known what they are given; %lu functions changed, %lu programs loaded\n",
		      programs, n.subprogs, n.given, n.changed, n.loaded);
	assert_true(n.given && n.changed);
}

/* ---- edits ---- */

static uint32_t pick(uint64_t *rnd, uint32_t limit)
{
	*rnd = *rnd * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*rnd >> 33) % limit;
}

static bool may_move(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_ALU || kind == K2_KIND_LOAD || kind == K2_KIND_STORE;
}

/* One instruction of the body becomes another, goes, or changes places with its neighbour. */
static bool edit(struct exec_func *f, uint64_t *rnd)
{
	struct k2_insn *i = &f->insns[f->body + pick(rnd, f->body_end - f->body)], old = *i;

	switch (pick(rnd, 10)) {
	case 0: i->dst = (uint8_t)pick(rnd, 10); break;
	case 1: i->src = (uint8_t)pick(rnd, 10); break;
	case 2: i->off = (int16_t)(i->off + (int16_t)pick(rnd, 9) - 4); break;
	case 3: i->imm = (int32_t)(i->imm ^ (1 << pick(rnd, 8))); break;
	case 4: i->code ^= (uint8_t)(1u << (3 + pick(rnd, 5))); break;
	case 5: case 6:
		if (!may_move(i))
			return false;
		*i = k2_mk_alu_reg(64, K2_MOV, 9, 9);
		return true;
	default:
		if (!may_move(i) || !may_move(i + 1))
			return false;
		i[0] = i[1];
		i[1] = old;
		return true;
	}
	return !k2_isa_validate(i) && !k2_same_insn(i, &old) && k2_isa_kind(i) == k2_isa_kind(&old) &&
	       (k2_isa_kind(i) != K2_KIND_LD_IMM64 || i->src == old.src);
}

static void try_edit(struct subject *s, uint32_t f, uint64_t number, uint64_t *rnd)
{
	struct k2_func_desc d = s->desc[f], without = s->desc[f];
	enum k2_check_verdict v;
	char text[2000];

	s->other = s->p;
	if (!edit(&s->other.funcs[f], rnd))
		return;
	d.insns = s->other.funcs[f].insns;
	n.edits++;
	if (k2_check_func(&s->desc[f], &d, &v, text, sizeof(text)))
		return;
	if (v == K2_CHECK_EQUAL)
		run_both(s, number, "edited");
	n.equal += v == K2_CHECK_EQUAL;
	if (v != K2_CHECK_EQUAL)
		return;
	without.passed = NULL;
	assert_int_equal(k2_check_func(&without, &d, &v, text, sizeof(text)), K2_OK);
	n.wider += v != K2_CHECK_EQUAL;
}

static void test_edits(void **state)
{
	static struct subject s;

	(void)state;
	for (uint64_t number = seed; number < seed + programs; number++) {
		uint64_t rnd = number;

		exec_generate(&s.p, number);
		describe(&s);
		for (uint32_t f = 1; f < s.p.n_funcs; f++)
			for (unsigned int k = 0; s.desc[f].passed && k < EDITS; k++)
				try_edit(&s, f, number, &rnd);
	}
	print_message("%lu edits, %lu equal, %lu of them only with what is passed\n", n.edits, n.equal, n.wider);
	assert_true(n.equal);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_optimised), cmocka_unit_test(test_edits) };

	for (int k = 1; k + 1 < argc; k += 2) {
		if (!strcmp(argv[k], "--programs"))
			programs = strtoul(argv[k + 1], NULL, 0);
		else if (!strcmp(argv[k], "--seed"))
			seed = strtoul(argv[k + 1], NULL, 0);
	}
	have_kernel = exec_kernel_open(&kernel);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

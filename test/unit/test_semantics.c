// SPDX-License-Identifier: BSD-2-Clause
/* The symbolic reading against the concrete one, row by row of the instruction table: on constants (everything folds), on
   unknowns, and on unknowns of which something is known, so that normal forms which use known bits and ranges are met. Then short windows, for
   terms within terms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "concsem.h"
#include "termsem.h"
#include "test_isa_gen.h"

enum {
	ROUNDS = 300, /* per row */
	N_IN = 4,     /* dst, src, r0, memory */
	N_OUT = 3,
	WINDOWS = 20000,
	WINDOW = 8,   /* instructions */
};

/* Numbers that like corners. */
static uint64_t number(uint64_t *rnd)
{
	uint64_t r = k2_rand(rnd);

	switch (r % 6) {
	case 0:
		return k2_rand(rnd);
	case 1:
		return (r >> 8) % 70;
	case 2:
		return (1ull << (r >> 8) % 64) - (r >> 20) % 2;
	case 3:
		return (uint64_t)k2_sext(k2_rand(rnd), 1 + (unsigned int)(r >> 8) % 64);
	case 4:
		return (uint64_t)gen_number(rnd);
	default:
		return (uint64_t)gen_number(rnd) << 32;
	}
}

/* Something true of the `w` bits of v. */
static struct k2_known known_of(uint64_t v, unsigned int w, uint64_t *rnd)
{
	uint64_t mask = k2_mask(w), bits = k2_rand(rnd) & k2_rand(rnd) & mask;
	struct k2_known k = { .umin = 0, .umax = mask };

	if (k2_rand(rnd) % 2)
		bits |= mask & ~k2_mask((unsigned int)(k2_rand(rnd) % 65));
	k.zeros = bits & ~v;
	k.ones = bits & v;
	if (k2_rand(rnd) % 2) {
		k.umin = v - k2_rand(rnd) % (v + (v != UINT64_MAX));
		k.umax = v + k2_rand(rnd) % (mask - v + (mask - v != UINT64_MAX));
	}
	return k;
}

static unsigned int input_width(const struct k2_insn *i, unsigned int n)
{
	bool memory = k2_isa_kind(i) == K2_KIND_LOAD || k2_isa_kind(i) == K2_KIND_ATOMIC;

	return n == 3 && memory ? sem_access_width(i) : 64;
}

/* Both readings of one instruction. Returns the number of results. */
static unsigned int concrete(const struct k2_insn *i, bool big, const uint64_t in[N_IN], uint64_t out[N_OUT])
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU:
		out[0] = conc_alu(0, i, big, in[0], in[1]);
		return 1;
	case K2_KIND_JUMP:
		out[0] = conc_cond(0, i, in[0], in[1]);
		return 1;
	case K2_KIND_LOAD:
		out[0] = conc_load(0, i, in[3]);
		return 1;
	case K2_KIND_STORE:
		out[0] = conc_store(0, i, in[1]);
		return 1;
	case K2_KIND_ATOMIC:
		conc_atomic(0, i, in[3], in[1], in[2], &out[0], &out[1]);
		return 2;
	default:
		return 0;
	}
}

static void symbolic(struct k2_terms *t, const struct k2_insn *i, bool big, const k2_t in[N_IN], k2_t out[N_OUT])
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU:
		out[0] = sym_alu(t, i, big, in[0], in[1]);
		break;
	case K2_KIND_JUMP:
		out[0] = sym_cond(t, i, in[0], in[1]);
		break;
	case K2_KIND_LOAD:
		out[0] = sym_load(t, i, in[3]);
		break;
	case K2_KIND_STORE:
		out[0] = sym_store(t, i, in[1]);
		break;
	case K2_KIND_ATOMIC:
		sym_atomic(t, i, in[3], in[1], in[2], &out[0], &out[1]);
		break;
	default:
		break;
	}
}

/* The tag of an unknown is the number of the input that it is. */
static uint64_t value_of(void *user, k2_t atom)
{
	return ((const uint64_t *)user)[atom->tag];
}

static void differ(const struct k2_insn *i, const uint64_t in[N_IN], k2_t term, uint64_t want, uint64_t got)
{
	char text[128], shape[512];

	k2_isa_print(text, sizeof(text), i, NULL, 0);
	k2_t_print(shape, sizeof(shape), term);
	fail_msg("%s\n dst %llx src %llx r0 %llx mem %llx: concrete %llx, symbolic %llx\n %s", text, (unsigned long long)in[0],
		 (unsigned long long)in[1], (unsigned long long)in[2], (unsigned long long)in[3], (unsigned long long)want,
		 (unsigned long long)got, shape);
}

static void compare(struct k2_terms *t, const struct k2_insn *i, bool big, uint64_t in[N_IN], const k2_t terms[N_IN])
{
	uint64_t want[N_OUT], got[N_OUT];
	k2_t out[N_OUT];
	unsigned int n = concrete(i, big, in, want), k;

	symbolic(t, i, big, terms, out);
	assert_int_equal(k2_t_eval(t, out, n, value_of, in, got), K2_OK);
	for (k = 0; k < n; k++) {
		if (got[k] != want[k])
			differ(i, in, out[k], want[k], got[k]);
		/* What the term says is known of it must hold as well. */
		if ((want[k] & out[k]->zeros) || (~want[k] & out[k]->ones) || want[k] < out[k]->umin || want[k] > out[k]->umax)
			differ(i, in, out[k], want[k], out[k]->zeros);
	}
}

static void try_row(const struct k2_isa_row *row, uint64_t *rnd)
{
	struct k2_insn i = gen_random(row, rnd);
	struct k2_arena *a = k2_arena_new(0);
	struct k2_terms *t = k2_terms_new(a);
	bool big = k2_rand(rnd) % 2, same = k2_rand(rnd) % 8 == 0;
	k2_t consts[N_IN], atoms[N_IN], hinted[N_IN];
	uint64_t in[N_IN];
	k2_t folded[N_OUT];
	unsigned int n, w;

	if (row->imm.rule == K2_RULE_ANY)
		i.imm = (int32_t)number(rnd);
	for (n = 0; n < N_IN; n++)
		in[n] = number(rnd) & k2_mask(input_width(&i, n));
	if (same)
		in[1] = in[0];
	if (k2_rand(rnd) % 2)
		in[2] = (in[2] & 0xffffffff00000000) | (in[3] & 0xffffffff); /* a cmpxchg that succeeds, perhaps */
	for (n = 0; n < N_IN; n++) {
		struct k2_known k;

		w = input_width(&i, n);
		k = known_of(in[n], w, rnd);
		consts[n] = k2_t_const(t, w, in[n]);
		atoms[n] = k2_t_fresh(t, w, NULL, n);
		hinted[n] = k2_t_fresh(t, w, &k, n);
	}
	if (same) {
		atoms[1] = atoms[0];
		hinted[1] = hinted[0];
	}
	compare(t, &i, big, in, consts);
	compare(t, &i, big, in, atoms);
	compare(t, &i, big, in, hinted);
	symbolic(t, &i, big, consts, folded);
	assert_true(k2_t_is_const(folded[0]));
	assert_false(k2_terms_failed(t));
	k2_arena_free(a);
}

static bool computes(const struct k2_isa_row *row)
{
	return row->kind == K2_KIND_ALU || row->kind == K2_KIND_JUMP || row->kind == K2_KIND_LOAD ||
	       row->kind == K2_KIND_STORE || row->kind == K2_KIND_ATOMIC;
}

static void test_rows(void **state)
{
	const struct k2_isa_row *row;
	uint64_t rnd = 7;
	unsigned int n, round;

	(void)state;
	for (n = 0; (row = k2_isa_row_at(n)); n++)
		for (round = 0; round < ROUNDS && computes(row); round++)
			try_row(row, &rnd);
}

/* One instruction of a window over four registers. A jump that is taken stands for a move: that makes an ITE. */
static void window_step(struct k2_terms *t, const struct k2_insn *i, uint64_t regs[4], k2_t terms[4])
{
	if (k2_isa_kind(i) == K2_KIND_ALU) {
		regs[i->dst] = conc_alu(0, i, false, regs[i->dst], regs[i->src]);
		terms[i->dst] = sym_alu(t, i, false, terms[i->dst], terms[i->src]);
	} else {
		k2_t c = sym_cond(t, i, terms[i->dst], terms[i->src]);

		if (conc_cond(0, i, regs[i->dst], regs[i->src]))
			regs[i->dst] = regs[3];
		terms[i->dst] = k2_t_ite(t, c, terms[3], terms[i->dst]);
	}
}

static void try_window(uint64_t *rnd, const struct k2_isa_row *const *rows, unsigned int n_rows)
{
	struct k2_arena *a = k2_arena_new(0);
	struct k2_terms *t = k2_terms_new(a);
	struct k2_insn insns[WINDOW];
	uint64_t in[4], regs[4], got[4];
	k2_t terms[4];
	unsigned int n, k;

	for (k = 0; k < 4; k++) {
		struct k2_known known;

		in[k] = regs[k] = number(rnd);
		known = known_of(in[k], 64, rnd);
		terms[k] = k2_t_fresh(t, 64, k2_rand(rnd) % 2 ? &known : NULL, k);
	}
	for (n = 0; n < WINDOW; n++) {
		insns[n] = gen_random(rows[k2_rand(rnd) % n_rows], rnd);
		insns[n].dst %= 4;
		insns[n].src %= 4;
		window_step(t, &insns[n], regs, terms);
		assert_int_equal(k2_t_eval(t, terms, 4, value_of, in, got), K2_OK);
		if (!memcmp(got, regs, sizeof(got)))
			continue;
		for (k = 0; k <= n; k++) {
			char text[128];

			k2_isa_print(text, sizeof(text), &insns[k], NULL, 0);
			print_message("%s\n", text);
		}
		k = insns[n].dst;
		differ(&insns[n], in, terms[k], regs[k], got[k]);
	}
	assert_false(k2_terms_failed(t));
	k2_arena_free(a);
}

static void test_windows(void **state)
{
	const struct k2_isa_row *rows[256], *row;
	unsigned int n_rows = 0, n;
	uint64_t rnd = 13;

	(void)state;
	for (n = 0; (row = k2_isa_row_at(n)); n++)
		if (row->kind == K2_KIND_ALU || row->kind == K2_KIND_JUMP)
			rows[n_rows++] = row;
	for (n = 0; n < WINDOWS; n++)
		try_window(&rnd, rows, n_rows);
}

/* An instruction without meaning gives something about which nothing can be proved. */
static void test_undefined(void **state)
{
	struct k2_insn odd = { .code = K2_ALU64 | K2_MOV | K2_X, .dst = 1, .src = 2, .off = 7 };
	struct k2_arena *a = k2_arena_new(0);
	struct k2_terms *t = k2_terms_new(a);
	k2_t x = k2_t_fresh(t, 64, NULL, 0);

	(void)state;
	assert_ptr_not_equal(sym_alu(t, &odd, false, x, x), sym_alu(t, &odd, false, x, x));
	k2_arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_undefined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

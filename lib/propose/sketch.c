// SPDX-License-Identifier: BSD-2-Clause
/* sketch: short sequences with unknown immediates, which the solver fills (counterexample-guided synthesis). It is asked for immediates that
   are right on a few test vectors; what it says is tried on all vectors, then proved; a vector on which it is wrong joins the few. Search
   computes the last constant of a sequence itself, so sketches are those with one further up, and comparisons with a bound. */
#include "concsem.h"
#include "problem.h"
#include <string.h>

enum { QUERIES = 400, ROUNDS = 24, FEW = 12, FIRST = 3, RLIMIT = 20000 };

struct sketch {
	const struct k2_problem *p;
	struct k2_trials t;
	struct k2_answers *out;
	struct k2_solver *solver;        /* with a smaller limit than the one that proves */
	unsigned int queries;
	bool done;
	struct k2_answer code;           /* the template */
	bool hole[K2_PB_CODE];
	k2_t atom[K2_PB_CODE];
	unsigned int few[FEW], n_few;    /* vectors that the immediates have to be right on */
};

/* ---- one template ---- */

static uint64_t run(const struct sketch *x, const struct k2_answer *a, unsigned int vector)
{
	uint64_t d = x->t.reg[0][vector];

	for (unsigned int k = 0; k < a->n; k++) {
		const struct k2_insn *i = &a->code[k];
		uint64_t dst = i->dst ? x->t.reg[i->dst][vector] : d;
		uint64_t src = i->code & K2_X ? (i->src ? x->t.reg[i->src][vector] : d) : 0;

		if (x->p->branch && k + 1 == a->n)
			return conc_cond(0, i, dst, src);
		d = conc_alu(0, i, x->p->big_endian, dst, src);
	}
	return d & x->p->mask;
}

/* The first vector on which it is wrong; their number: none. */
static unsigned int wrong_on(const struct sketch *x, const struct k2_answer *a)
{
	unsigned int k = 0;

	while (k < x->t.n && run(x, a, k) == x->t.want[k])
		k++;
	return k;
}

/* "On this vector the template is right", over the immediates. */
static k2_t right_on(struct sketch *x, unsigned int vector)
{
	struct k2_terms *s = x->t.terms;
	k2_t reg[K2_PB_REGS], holes[K2_PB_CODE], r;

	for (unsigned int k = 0; k < x->p->n_regs; k++)
		reg[k] = k2_t_const(s, 64, x->t.reg[k][vector]);
	for (unsigned int k = 0; k < x->code.n; k++)
		holes[k] = x->hole[k] ? k2_t_sext(s, x->atom[k], 64) : NULL;
	r = k2_trials_term(&x->t, &x->code, reg, holes);
	return k2_t_eq(s, r, k2_t_const(s, r->width, x->t.want[vector]));
}

static bool is_shift(const struct k2_insn *i)
{
	uint8_t op = K2_OP(i->code);

	return K2_CLASS(i->code) != K2_JMP && K2_CLASS(i->code) != K2_JMP32 && (op == K2_LSH || op == K2_RSH || op == K2_ARSH);
}

static void make_holes(struct sketch *x)
{
	for (unsigned int k = 0; k < x->code.n; k++) {
		const struct k2_insn *i = &x->code.code[k];
		struct k2_known count = { .umin = 1, .umax = K2_CLASS(i->code) == K2_ALU64 ? 63 : 31 };

		count.zeros = ~count.umax & UINT32_MAX;
		x->atom[k] = x->hole[k] ? k2_t_fresh(x->t.terms, 32, is_shift(i) ? &count : NULL, 0) : NULL;
	}
}

/* Immediates that are right on the few vectors. */
static bool fill(struct sketch *x, struct k2_answer *a)
{
	k2_t right[FEW];

	for (unsigned int k = 0; k < x->n_few; k++)
		right[k] = right_on(x, x->few[k]);
	x->queries++;
	if (k2_solver_prove(x->solver, right, x->n_few, k2_t_const(x->t.terms, 1, 0)) != K2_DIFFERENT)
		return false;
	*a = x->code;
	for (unsigned int k = 0; k < a->n; k++) {
		if (x->hole[k])
			a->code[k].imm = (int32_t)k2_solver_model(x->solver, x->atom[k]);
	}
	return true;
}

static void solve(struct sketch *x)
{
	struct k2_answer a;

	make_holes(x);
	x->n_few = 0;
	for (unsigned int k = 0; k < FIRST && k < x->t.n; k++)
		x->few[x->n_few++] = k * (x->t.n - 1) / FIRST;
	for (unsigned int round = 0; round < ROUNDS && fill(x, &a); round++) {
		unsigned int wrong = wrong_on(x, &a);

		if (wrong == x->t.n) {
			enum k2_verdict v = k2_trials_check(&x->t, &a);

			if (v == K2_EQUAL)
				x->done = !k2_answers_add(x->out, &a);
			if (v != K2_DIFFERENT || wrong == x->t.n)
				return;
		}
		if (x->n_few == FEW)
			return;
		x->few[x->n_few++] = wrong;
	}
}

/* ---- templates ---- */

static void extend(struct sketch *x, unsigned int len, unsigned int width);

static void with(struct sketch *x, struct k2_insn i, bool hole, unsigned int len, unsigned int width)
{
	if (!k2_isa_allowed(&i, &x->t.desc))
		return;
	x->hole[x->code.n] = hole;
	x->code.code[x->code.n++] = i;
	extend(x, len, width);
	x->code.n--;
}

/* The same operation twice, with two immediates, is one. */
static bool again(const struct sketch *x, uint8_t op)
{
	return x->code.n && x->hole[x->code.n - 1] && K2_OP(x->code.code[x->code.n - 1].code) == op;
}

static void steps(struct sketch *x, unsigned int len, unsigned int width)
{
	static const uint8_t with_imm[] = { K2_AND, K2_RSH, K2_LSH, K2_ADD, K2_XOR, K2_OR, K2_ARSH };
	static const uint8_t with_reg[] = { K2_ADD, K2_SUB, K2_AND, K2_OR, K2_XOR };

	for (unsigned int o = 0; o < sizeof(with_imm); o++) {
		if (!again(x, with_imm[o]))
			with(x, k2_mk_alu_imm(width, with_imm[o], 0, 1), true, len, width);
	}
	for (uint8_t r = x->code.n ? 1 : 0; r < x->p->n_regs; r++) {
		for (unsigned int o = 0; o < sizeof(with_reg); o++)
			with(x, k2_mk_alu_reg(width, with_reg[o], 0, r), false, len, width);
	}
	for (int32_t w = 16; w <= (int32_t)width; w *= 2) {
		struct k2_insn i = k2_mk_alu_imm(32, K2_END, 0, w);

		i.code = (uint8_t)(i.code | (x->p->big_endian ? 0 : K2_X));
		with(x, i, false, len, width);
	}
}

static void jumps(struct sketch *x, unsigned int len, unsigned int width)
{
	static const uint8_t ops[] = { K2_JSET, K2_JEQ, K2_JNE, K2_JGT, K2_JLT, K2_JSGT, K2_JSLT };

	for (unsigned int o = 0; o < sizeof(ops); o++) {
		struct k2_insn i = { .code = (uint8_t)((width == 64 ? K2_JMP : K2_JMP32) | ops[o]), .origin = -1 };

		for (uint8_t r = x->code.n || x->p->reg[0] != K2_PB_NONE ? 0 : 1; r < x->p->n_regs; r++) {
			i.dst = r;
			with(x, i, true, len, width);
			if (x->code.n)
				break; /* what was computed is in register 0 */
		}
	}
}

static bool worth_asking(const struct sketch *x)
{
	bool any = false;

	for (unsigned int k = 0; k + 1u < x->code.n; k++)
		any |= x->hole[k];
	return any || (x->p->branch && x->code.n == 1);
}

/* All ways to go on to `len` instructions. */
static void extend(struct sketch *x, unsigned int len, unsigned int width)
{
	if (x->done || x->queries >= QUERIES)
		return;
	if (x->code.n == len) {
		if (worth_asking(x))
			solve(x);
		return;
	}
	if (x->p->branch && x->code.n + 1u == len) {
		jumps(x, len, width);
		return;
	}
	if (x->p->fixed)
		return;
	if (x->code.n || x->p->reg[0] != K2_PB_NONE)
		steps(x, len, width);
	for (uint8_t r = 1; !x->code.n && r < x->p->n_regs; r++)
		with(x, k2_mk_alu_reg(width, K2_MOV, 0, r), false, len, width);
}

void k2_sketch(const struct k2_problem *p, struct k2_arena *a, struct k2_answers *out)
{
	struct sketch x = { .p = p, .out = out };
	unsigned int longest = K2_MIN((unsigned int)p->slots - 1, 3u);

	out->steps = 1;
	if (longest < 2 && !p->branch)
		return;
	k2_trials_init(&x.t, p, a);
	if (k2_trials_solver(&x.t))
		x.solver = k2_solver_new(x.t.arena, x.t.terms, RLIMIT);
	for (unsigned int len = 1; x.solver && len <= longest && !out->n; len++) {
		for (unsigned int width = 64; width >= 32; width -= 32)
			extend(&x, len, width);
	}
	if (x.solver)
		out->steps += (x.t.rlimit + k2_solver_stats(x.solver).rlimit) / 100;
	k2_solver_free(x.solver);
	out->failed = !k2_trials_free(&x.t) || !x.solver;
}

static void propose(const struct k2_site *s)
{
	k2_synthesize(s, "sketch", k2_sketch);
}

const struct k2_proposer k2_propose_sketch = {
	.name = "sketch",
	.about = "a shorter sequence with other constants computes the same",
	.level = 3,
	.propose = propose,
};

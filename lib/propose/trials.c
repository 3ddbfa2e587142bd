// SPDX-License-Identifier: BSD-2-Clause
/* Right or wrong, for engines: test vectors first, which cost little, then a proof. What the solver says of a wrong answer becomes a
   vector. Terms and solver belong to one problem, so that a verdict depends on nothing else. */
#include "concsem.h"
#include "problem.h"
#include "termsem.h"
#include <string.h>

enum { FIRST_VECTORS = 16, DRAWS = 96, RLIMIT = 60000, RLIMIT_DEEP = 400000 };

static bool is_ld_imm64(uint8_t code)
{
	return code == K2_LD_IMM64;
}

static struct k2_insn insn_of(const struct k2_op *op)
{
	return (struct k2_insn){ .code = op->code, .off = op->off, .imm = op->imm };
}

/* ---- numbers ---- */

static uint64_t number(const uint64_t *v, uint8_t k)
{
	return k == K2_PB_NONE ? 0 : v[k];
}

/* All values from those of the inputs. */
static void compute(const struct k2_problem *p, uint64_t v[K2_PB_INPUTS + K2_PB_OPS])
{
	for (unsigned int k = 0; k < p->n_ops; k++) {
		struct k2_insn i = insn_of(&p->op[k]);

		v[p->n_in + k] = is_ld_imm64(i.code) ? (uint64_t)i.imm :
						       conc_alu(0, &i, p->big_endian, number(v, p->op[k].a), number(v, p->op[k].b));
	}
}

static uint64_t result_of(const struct k2_problem *p, const uint64_t *v)
{
	struct k2_insn jump = insn_of(&p->jump);

	return p->branch ? conc_cond(0, &jump, number(v, p->jump.a), number(v, p->jump.b)) : v[p->target] & p->mask;
}

bool k2_trials_add(struct k2_trials *t, const uint64_t in[K2_PB_INPUTS])
{
	uint64_t v[K2_PB_INPUTS + K2_PB_OPS];

	if (t->n == K2_PB_VECTORS)
		return false;
	memcpy(v, in, sizeof(*in) * t->p->n_in);
	compute(t->p, v);
	for (unsigned int k = 0; k < t->p->n_in; k++)
		t->in[k][t->n] = v[k];
	for (unsigned int k = 0; k < t->p->n_regs; k++)
		t->reg[k][t->n] = number(v, t->p->reg[k]);
	t->want[t->n++] = result_of(t->p, v);
	return true;
}

/* A value that the input may have: corners, random numbers, and numbers of which only one piece is not zero, on which comparisons and
   masks turn. */
static uint64_t draw(const struct k2_problem *p, unsigned int input, unsigned int n)
{
	const struct k2_known *k = &p->in[input];
	struct k2_term atom = { .op = K2_T_ATOM, .width = 64, .id = input + 1, .zeros = k->zeros, .ones = k->ones,
				.umin = k->umin, .umax = k->umax };
	uint64_t v = k2_t_sample(&atom, n), piece;

	if (n < FIRST_VECTORS || n % 2)
		return v;
	piece = v & (0xffull << (8 * ((n / 2 + input) % 8)) | k->ones);
	return piece >= k->umin && piece <= k->umax ? piece : v;
}

/* Of a branch, half of the vectors should take it, as far as any do. */
static void draw_all(struct k2_trials *t)
{
	const struct k2_problem *p = t->p;
	unsigned int left[2] = { FIRST_VECTORS / 2, FIRST_VECTORS / 2 };

	for (unsigned int n = 0; n < DRAWS && t->n < FIRST_VECTORS; n++) {
		uint64_t in[K2_PB_INPUTS];

		for (unsigned int k = 0; k < p->n_in; k++)
			in[k] = draw(p, k, n);
		k2_trials_add(t, in);
		if (!p->branch)
			continue;
		if (left[t->want[t->n - 1]])
			left[t->want[t->n - 1]]--;
		else
			t->n--;
	}
}

void k2_trials_init(struct k2_trials *t, const struct k2_problem *p, struct k2_arena *a)
{
	memset(t, 0, sizeof(*t));
	t->p = p;
	t->parent = a;
	t->desc.isa = (enum k2_isa_level)p->isa;
	t->desc.alu32 = p->alu32;
	t->desc.big_endian = p->big_endian;
	draw_all(t);
}

bool k2_trials_free(struct k2_trials *t)
{
	bool ok = !t->failed && !(t->terms && k2_terms_failed(t->terms)) && !(t->arena && k2_arena_failed(t->arena));

	if (t->solver)
		k2_solver_free(t->solver);
	k2_arena_free(t->arena);
	return ok;
}

/* ---- terms ---- */

static k2_t term(struct k2_trials *t, uint8_t k)
{
	return k == K2_PB_NONE ? k2_t_const(t->terms, 64, 0) : t->value[k];
}

static k2_t counted(struct k2_trials *t, k2_t v)
{
	return k2_t_and(t->terms, v, k2_t_const(t->terms, 64, t->p->mask));
}

bool k2_trials_solver(struct k2_trials *t)
{
	const struct k2_problem *p = t->p;

	if (t->solver)
		return true;
	t->arena = k2_arena_like(t->parent);
	t->terms = t->arena ? k2_terms_new(t->arena) : NULL;
	t->solver = t->terms ? k2_solver_new(t->arena, t->terms, p->level >= 3 ? RLIMIT_DEEP : RLIMIT) : NULL;
	if (!t->solver) {
		t->failed = true;
		return false;
	}
	for (unsigned int k = 0; k < p->n_in; k++)
		t->value[k] = k2_t_fresh(t->terms, 64, &p->in[k], 0);
	for (unsigned int k = 0; k < p->n_ops; k++) {
		struct k2_insn i = insn_of(&p->op[k]);

		t->value[p->n_in + k] = is_ld_imm64(i.code) ?
			k2_t_const(t->terms, 64, (uint64_t)i.imm) :
			sym_alu(t->terms, &i, p->big_endian, term(t, p->op[k].a), term(t, p->op[k].b));
	}
	if (p->branch) {
		struct k2_insn jump = insn_of(&p->jump);

		t->result = sym_cond(t->terms, &jump, term(t, p->jump.a), term(t, p->jump.b));
	} else {
		t->result = counted(t, t->value[p->target]);
	}
	return true;
}

k2_t k2_trials_term(struct k2_trials *t, const struct k2_answer *a, const k2_t *reg, const k2_t *hole)
{
	k2_t d = reg[0];

	for (unsigned int k = 0; k < a->n; k++) {
		struct k2_insn i = a->code[k];
		k2_t src = i.code & K2_X ? (i.src ? reg[i.src] : d) : NULL, dst = i.dst ? reg[i.dst] : d;

		if (hole && hole[k]) {
			i.flags |= K2_F_SYM_IMM; /* as semantics.inc has it: the immediate comes as the source */
			src = hole[k];
		}
		src = src ? src : k2_t_const(t->terms, 64, 0);
		if (t->p->branch && k + 1 == a->n)
			return sym_cond(t->terms, &i, dst, src);
		d = is_ld_imm64(i.code) ? k2_t_const(t->terms, 64, (uint64_t)i.imm) : sym_alu(t->terms, &i, t->p->big_endian, dst, src);
	}
	return counted(t, d);
}

/* The solver's model as a vector. */
static void learn(struct k2_trials *t)
{
	uint64_t in[K2_PB_INPUTS];

	for (unsigned int k = 0; k < t->p->n_in; k++)
		in[k] = k2_t_is_const(t->value[k]) ? t->value[k]->imm : k2_solver_model(t->solver, t->value[k]);
	k2_trials_add(t, in);
}

enum k2_verdict k2_trials_check(struct k2_trials *t, const struct k2_answer *a)
{
	k2_t reg[K2_PB_REGS];
	enum k2_verdict v;

	if (!k2_trials_solver(t))
		return K2_UNKNOWN;
	for (unsigned int k = 0; k < t->p->n_regs; k++)
		reg[k] = term(t, t->p->reg[k]);
	v = k2_solver_prove(t->solver, NULL, 0, k2_t_eq(t->terms, t->result, k2_trials_term(t, a, reg, NULL)));
	t->rlimit = k2_solver_stats(t->solver).rlimit;
	if (v == K2_DIFFERENT)
		learn(t);
	t->unknown += v == K2_UNKNOWN;
	return v;
}

bool k2_answers_add(struct k2_answers *to, const struct k2_answer *a)
{
	if (to->n == K2_PB_ANSWERS)
		return false;
	to->a[to->n++] = *a;
	return to->n < K2_PB_ANSWERS;
}

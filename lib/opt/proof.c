// SPDX-License-Identifier: BSD-2-Clause
/* Functions proved equal, and the steps from the caller's function to the result. */
#include "opt.h"

void k2_opt_add_up(struct k2_opt *op, const struct k2_check_stats *c, const struct k2_solver_stats *s)
{
	struct k2_stats *st = &op->stats;

	st->equal += c->equal;
	st->different += c->different;
	st->unknown += c->unknown;
	st->solver_queries += (uint32_t)s->queries;
	st->solver_unknown += (uint32_t)s->unknown;
	st->solver_rlimit += s->rlimit;
}

static bool proved_as(struct k2_opt *op, const struct k2_func *old, const struct k2_validation *how, struct k2_check_stats *c,
		      const char **why)
{
	struct k2_solver_stats s = { 0 };
	enum k2_verdict v;

	*c = (struct k2_check_stats){ 0 };
	v = k2_validate(op->round, old, op->f, how, c, &s, why);
	k2_arena_release(op->round, (struct k2_arena_mark){ 0 });
	k2_opt_add_up(op, c, &s);
	return v == K2_EQUAL;
}

bool k2_opt_proved(struct k2_opt *op, const struct k2_func *old, struct k2_check_stats *c, const char **why)
{
	struct k2_validation how = { .rlimit = op->rlimit };

	k2_witness_same(op->round, old, op->f, &how.origin);
	return proved_as(op, old, &how, c, why);
}

/* By what the blocks were; then by the guess, which is right where that says too little. */
bool k2_opt_proved_graph(struct k2_opt *op, const struct k2_func *old, const char **why)
{
	struct k2_check_stats c;

	for (unsigned int k = 0; k < 2; k++) {
		struct k2_validation how = { .rlimit = op->rlimit };

		if (!k && k2_witness_was(op->round, old, op->f, op->caller->n_blocks, &how.origin))
			continue;
		if (proved_as(op, old, &how, &c, why))
			return true;
	}
	return false;
}

/* ---- steps ---- */

enum k2_status k2_opt_add_step(struct k2_opt *op, struct k2_steps *s)
{
	struct k2_step x = { op->f, op->n_remarks };

	return K2_VEC_PUSH(op->arena, s->step, s->n, s->cap, x) ? K2_OK : K2_ENOMEM;
}

/* Blocks of `made`, which was built from the flat code of f, get the names of f's. */
static void name_blocks(struct k2_func *made, const struct k2_func *f, const uint32_t *starts)
{
	uint32_t b = 0;

	for (uint32_t k = 0; k < made->n_blocks; k++) {
		uint32_t at = (uint32_t)made->blocks[k].insns[0].origin;

		while (b + 1 < f->n_blocks && (starts[b] < at || !f->blocks[b].n))
			b++;
		made->blocks[k].was = starts[b] == at ? f->blocks[b].was : K2_NO_BLOCK;
	}
}

/* Instructions that nobody knows (inline assembly) are the same only if they are the same one of the caller's. */
static void name_insns(struct k2_func *made, const struct k2_insn *flat)
{
	for (uint32_t b = 0; b < made->n_blocks; b++) {
		for (uint32_t k = 0; k < made->blocks[b].n; k++)
			made->blocks[b].insns[k].origin = flat[made->blocks[b].insns[k].origin].origin;
	}
}

/* The function's flat code as a function of its own, so that nothing is shared with what it was made from. NULL: it is none. */
static struct k2_func *afresh(struct k2_opt *op, const struct k2_func *f)
{
	struct k2_func_desc *d = k2_arena_dup(op->arena, f->desc, 1, sizeof(*d));
	struct k2_func *made = NULL;
	struct k2_insn *flat;
	uint32_t *starts;
	char msg[80];

	if (!d || k2_func_flatten(op->arena, f, &flat, &d->n_insns, &starts))
		return NULL;
	d->insns = flat;
	if (k2_func_build(op->arena, d, &made, msg, sizeof(msg)))
		return NULL;
	name_blocks(made, f, starts);
	name_insns(made, flat);
	return made;
}

/* Is the step, built afresh (*made), equal to `old`? */
static bool equals(struct k2_opt *op, const struct k2_func *old, const struct k2_step *x, struct k2_func **made, const char **why)
{
	*made = afresh(op, x->f);
	*why = "its code is no function";
	op->f = *made;
	return *made && k2_opt_proved_graph(op, old, why);
}

enum k2_status k2_opt_choose_step(struct k2_opt *op, const struct k2_func_desc *d, const struct k2_steps *s, bool *changed)
{
	struct k2_func *old, *made;
	const char *why = NULL;
	uint32_t n = s->n;
	char msg[80];

	if (n && k2_func_build(op->arena, d, &old, msg, sizeof(msg)))
		return K2_ENOMEM;
	if (n && !equals(op, old, &s->step[n - 1], &made, &why)) {
		for (n = 0; n < s->n && equals(op, old, &s->step[n], &made, &why); n++)
			old = made;
	}
	if (n < s->n) {
		if (n)
			op->n_remarks = s->step[n - 1].said;
		else
			k2_opt_unsay(op, K2_NO_BLOCK);
		k2_opt_remark(op, K2_REMARK_MISSED, "validation", NULL, 0, "%u of %u steps go back: %s", s->n - n, s->n, why);
	}
	if (n)
		op->f = s->step[n - 1].f;
	*changed = n;
	return K2_OK;
}

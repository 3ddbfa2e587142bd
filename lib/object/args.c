// SPDX-License-Identifier: BSD-2-Clause
/* Registers that pass arguments. Global functions and kernel functions take what their BTF prototype says, since the kernel
   checks calls against it. Static ones take what they read: the compiler drops and splits their arguments, and BTF keeps the
   source's prototype. */
#include "object_impl.h"

enum { ARG_REGS = 0x3e }; /* r1-r5 */

enum state { UNSEEN, OPEN, DONE };

struct walk {
	struct k2_object *o;
	struct k2_arena *work;
	uint8_t *state;     /* by function */
	uint32_t *next;     /* by function: its symbol to look at */
	uint32_t *stack;
};

static uint16_t first_regs(int n)
{
	return (uint16_t)((1u << (n + 1)) - 2);
}

/* Registers are all that counts here. */
static void no_stack(void *user, uint32_t block, uint32_t index, struct k2_stack_effect *e)
{
	(void)user, (void)block, (void)index, (void)e;
}

/* What the function may read of r1-r5 before writing it. */
static enum k2_status find_reads(struct walk *w, struct objfunc *f)
{
	struct k2_arena_mark mark = k2_arena_mark(w->work);
	struct k2_liveness live;
	struct k2_func *g;
	enum k2_status st;
	char msg[80];

	f->reads = ARG_REGS;
	st = k2_func_build(w->work, &f->desc, &g, msg, sizeof(msg));
	if (!st)
		st = k2_liveness(w->work, g, no_stack, NULL, &live);
	if (!st) {
		f->reads = 0;
		for (unsigned int r = 1; r <= 5; r++)
			f->reads |= (uint16_t)(k2_live_reg(&live.in[0], r) << r);
	}
	k2_arena_release(w->work, mark);
	return st == K2_ENOMEM ? st : K2_OK;
}

static uint16_t call_reads(const struct k2_object *o, const struct objfunc *f, const struct k2_insn *i)
{
	const struct k2_symbol *s = i->sym ? &f->syms[i->sym - 1] : NULL;
	uint32_t func = s && s->kind == K2_SYM_FUNC ? f->refs[i->sym - 1].func : NONE;
	int n = -1;

	if (func != NONE)
		return o->funcs[func].reads;
	if (s && (s->kind == K2_SYM_KFUNC || s->kind == K2_SYM_FUNC))
		n = k2_objbtf_n_args(o, k2_objbtf_find_func(o, s->name));
	return s && n >= 0 ? first_regs(n) : k2_call_reads(i);
}

/* All functions that `f` calls are done, but for recursion. */
static enum k2_status finish(struct walk *w, struct objfunc *f)
{
	int n = k2_objbtf_n_args(w->o, f->type);

	for (uint32_t k = 0; k < f->desc.n_insns; k++) {
		if (k2_isa_kind(&f->insns[k]) == K2_KIND_CALL)
			f->insns[k].use = call_reads(w->o, f, &f->insns[k]);
	}
	if (n >= 0 && (f->info.global || f->address_taken)) {
		f->reads = first_regs(n);
		f->desc.n_args = (uint8_t)n;
		return K2_OK;
	}
	if (f->info.entry) {
		f->desc.n_args = 1; /* the context */
		f->reads = first_regs(1);
		return K2_OK;
	}
	if (find_reads(w, f))
		return K2_ENOMEM;
	for (unsigned int r = 1; r <= 5; r++) {
		if (f->reads >> r & 1)
			f->desc.n_args = (uint8_t)r;
	}
	/* Nobody says what it is given, and a linker may put another one in its place that reads more. */
	if (f->info.global || f->address_taken)
		f->reads = first_regs(5);
	return K2_OK;
}

/* Depth first, callees before callers. */
static enum k2_status walk_from(struct walk *w, uint32_t root)
{
	uint32_t depth = 0;

	w->stack[depth++] = root;
	w->state[root] = OPEN;
	while (depth) {
		uint32_t k = w->stack[depth - 1], callee;
		struct objfunc *f = &w->o->funcs[k];

		if (w->next[k] < f->desc.n_syms) {
			callee = f->refs[w->next[k]++].func;
			if (callee != NONE && w->state[callee] == UNSEEN) {
				w->state[callee] = OPEN;
				w->stack[depth++] = callee;
			}
			continue;
		}
		if (finish(w, f))
			return K2_ENOMEM;
		w->state[k] = DONE;
		depth--;
	}
	return K2_OK;
}

enum k2_status k2_objargs_set(struct k2_object *o)
{
	struct walk w = { .o = o, .work = k2_arena_like(o->arena) };
	enum k2_status st = K2_ENOMEM;

	w.state = k2_arena_calloc(o->arena, o->n_funcs, sizeof(*w.state));
	w.next = k2_arena_calloc(o->arena, o->n_funcs, sizeof(*w.next));
	w.stack = k2_arena_calloc(o->arena, o->n_funcs, sizeof(*w.stack));
	if (!w.work || !w.state || !w.next || !w.stack)
		goto out;
	for (uint32_t k = 0; k < o->n_funcs; k++)
		o->funcs[k].reads = ARG_REGS;
	st = K2_OK;
	for (uint32_t k = 0; k < o->n_funcs && !st; k++) {
		if (w.state[k] == UNSEEN)
			st = walk_from(&w, k);
	}
out:
	k2_arena_free(w.work);
	return st;
}

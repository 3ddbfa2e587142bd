// SPDX-License-Identifier: BSD-2-Clause
/* A function in figures: counting, and what the graph and the abstract states say. */
#include <stdio.h>
#include <k2/stat.h>
#include "absint.h"
#include "cost.h"

static void count_call(const struct k2_insn *i, struct k2_func_stat *s)
{
	if (k2_isa_kind(i) == K2_KIND_CALLX || i->src == K2_PSEUDO_CALL)
		s->subprogs++;
	else if (i->src == K2_PSEUDO_KFUNC_CALL)
		s->kfuncs++;
	else
		s->helpers++;
}

static void count(const struct k2_func_desc *f, struct k2_func_stat *s)
{
	for (uint32_t k = 0; k < f->n_insns; k++) {
		const struct k2_insn *i = &f->insns[k];

		s->slots += (int64_t)k2_isa_slots(i);
		switch (k2_isa_kind(i)) {
		case K2_KIND_LOAD: case K2_KIND_LD_PKT: s->loads++; break;
		case K2_KIND_STORE: s->stores++; break;
		case K2_KIND_ATOMIC: s->atomics++; break;
		case K2_KIND_JUMP: case K2_KIND_GOTO: case K2_KIND_MAY_GOTO: case K2_KIND_GOTOX: s->jumps++; break;
		case K2_KIND_CALL: case K2_KIND_CALLX: count_call(i, s); break;
		default: break;
		}
	}
}

/* ---- the stack, as the verifier counts it (update_stack_depth): how far below r10 accesses and arguments of calls reach, in slots ---- */

static void deepen(int64_t *depth, const struct k2_aval *v, int64_t off)
{
	if (v->region != K2_RG_STACK || v->uninit || !k2_known_const(&v->num))
		return;
	off += (int64_t)v->num.umin;
	if (off >= -K2_STACK_SIZE && -off > *depth)
		*depth = -off;
}

/* A pointer whose offset is not known may be to any byte that something else made: those are counted there. */
static void stack_of_insn(const struct k2_insn *i, const struct k2_astate *s, int64_t *depth)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_LOAD:
		deepen(depth, &s->reg[i->src], i->off);
		break;
	case K2_KIND_STORE: case K2_KIND_ATOMIC:
		deepen(depth, &s->reg[i->dst], i->off);
		break;
	case K2_KIND_CALL: case K2_KIND_CALLX:
		for (unsigned int r = 1; r <= 5; r++)
			if (k2_call_reads(i) >> r & 1)
				deepen(depth, &s->reg[r], 0);
		break;
	default: break;
	}
}

static enum k2_status stack_depth(struct k2_arena *a, const struct k2_func *f, int64_t *depth)
{
	struct k2_absint *ai = NULL;
	enum k2_status st = k2_absint_run(a, f, &ai);

	if (st)
		return st;
	*depth = 0;
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		struct k2_astate s = *k2_absint_entry(ai, b);

		for (uint32_t k = 0; s.reached && k < f->blocks[b].n; k++) {
			stack_of_insn(&f->blocks[b].insns[k], &s, depth);
			k2_absint_step(ai, &f->blocks[b].insns[k], &s);
		}
	}
	*depth = (*depth + 7) / 8 * 8;
	k2_absint_free(ai);
	return K2_OK;
}

static enum k2_status analyse(struct k2_arena *a, const struct k2_func_desc *d, uint64_t limit, struct k2_func_stat *s, char *msg,
			      size_t size)
{
	struct k2_func *f;
	enum k2_status st = k2_func_build(a, d, &f, msg, size);
	uint64_t work;

	if (st)
		return st;
	s->blocks = f->n_order;
	s->loops = 0;
	for (uint32_t b = 0; b < f->n_order; b++)
		s->loops += f->blocks[f->order[b]].loop_head;
	st = stack_depth(a, f, &s->stack);
	if (st) {
		snprintf(msg, size, "%s", k2_status_str(st));
		return st;
	}
	work = k2_verifier_walk(a, f, K2_WALK_STATES, limit);
	if (k2_arena_failed(a))
		return K2_ENOMEM;
	if (work < limit)
		s->verifier = (int64_t)work;
	return K2_OK;
}

enum k2_status k2_func_stat(const struct k2_func_desc *f, uint64_t limit, struct k2_func_stat *out, char *msg, size_t size)
{
	struct k2_arena *a = k2_arena_new(0);
	enum k2_status st;

	if (size)
		msg[0] = 0;
	*out = (struct k2_func_stat){ .insns = f->n_insns, .verifier = K2_STAT_UNKNOWN, .blocks = K2_STAT_UNKNOWN,
				      .loops = K2_STAT_UNKNOWN, .stack = K2_STAT_UNKNOWN };
	if (!a)
		return K2_ENOMEM;
	count(f, out);
	out->latency = k2_cost_of(f->insns, f->n_insns).latency;
	st = analyse(a, f, limit, out, msg, size);
	k2_arena_free(a);
	return st == K2_ENOMEM ? st : K2_OK;
}

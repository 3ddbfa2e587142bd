// SPDX-License-Identifier: BSD-2-Clause
/* The control-flow graph: from a flat array to blocks and back. */
#include "func.h"
#include <stdio.h>
#include <string.h>

static bool has_target(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_JUMP || kind == K2_KIND_GOTO || kind == K2_KIND_MAY_GOTO;
}

static bool is_symbol(const struct k2_func_desc *d, uint32_t sym, enum k2_symbol_kind kind)
{
	return sym <= d->n_syms && d->syms[sym - 1].kind == kind;
}

static const char *check_passed(const struct k2_func_desc *d)
{
	for (unsigned int n = 0; n < 5; n++) {
		const struct k2_passed *p = &d->passed[n];
		bool ranged = p->kind == K2_PASSED_NUMBER || p->kind == K2_PASSED_FRAME || p->kind == K2_PASSED_CONTEXT;

		if ((unsigned int)p->kind > K2_PASSED_RECORD)
			return "of an unknown kind";
		if (ranged && (p->min > p->max || (p->zeros & p->ones)))
			return "a number that cannot be";
		if (p->sym && p->kind == K2_PASSED_MAP_VALUE && p->sym < K2_SYM_ELSEWHERE && !is_symbol(d, p->sym, K2_SYM_MAP))
			return "in a value of something that is no map";
		if (p->sym && p->kind == K2_PASSED_GLOBAL && !is_symbol(d, p->sym, K2_SYM_DATA))
			return "in something that is no global variable";
	}
	return NULL;
}

static enum k2_status check_input(const struct k2_func_desc *d, char *msg, size_t size)
{
	const char *wrong;

	for (uint32_t k = 0; k < d->n_insns; k++) {
		const struct k2_insn *i = &d->insns[k];
		enum k2_kind kind = k2_isa_kind(i);

		wrong = kind == K2_KIND_OPAQUE ? NULL : k2_isa_validate(i);
		if (wrong) {
			snprintf(msg, size, "instruction %u: %s", k, wrong);
			return K2_EINVAL;
		}
		if (i->sym > d->n_syms) {
			snprintf(msg, size, "instruction %u: symbol %u of %u", k, i->sym, d->n_syms);
			return K2_EINVAL;
		}
		if (has_target(i) && i->target >= d->n_insns) {
			snprintf(msg, size, "instruction %u: jump outside the function", k);
			return K2_EINVAL;
		}
		if (kind == K2_KIND_GOTOX) {
			snprintf(msg, size, "instruction %u: indirect jump", k);
			return K2_EUNSUPPORTED;
		}
	}
	wrong = !d->n_insns ? "no instructions" : d->passed ? check_passed(d) : NULL;
	if (wrong)
		snprintf(msg, size, "%s%s", d->n_insns ? "what is passed is " : "", wrong);
	return wrong ? K2_EINVAL : K2_OK;
}

/* number[k] = 1 + block number for the first instruction of a block, 0 otherwise. Returns the number of blocks. */
static uint32_t mark_leaders(const struct k2_func_desc *d, uint32_t *number)
{
	uint32_t n = 0;

	number[0] = 1;
	for (uint32_t k = 0; k < d->n_insns; k++) {
		if (has_target(&d->insns[k]))
			number[d->insns[k].target] = 1;
		if (k2_isa_is_terminator(&d->insns[k]) && k + 1 < d->n_insns)
			number[k + 1] = 1;
	}
	for (uint32_t k = 0; k < d->n_insns; k++) {
		if (number[k])
			number[k] = ++n;
	}
	return n;
}

static void set_successors(struct k2_func *f, uint32_t b)
{
	struct k2_block *blk = &f->blocks[b];
	const struct k2_insn *last = &blk->insns[blk->n - 1];

	blk->n_succ = 0;
	switch (k2_isa_kind(last)) {
	case K2_KIND_EXIT: return;
	case K2_KIND_GOTO: blk->succ[blk->n_succ++] = last->target; return;
	default: break;
	}
	if (b + 1 < f->n_blocks)
		blk->succ[blk->n_succ++] = b + 1;
	if (has_target(last))
		blk->succ[blk->n_succ++] = last->target;
}

static enum k2_status set_predecessors(struct k2_func *f)
{
	for (uint32_t b = 0; b < f->n_blocks; b++)
		f->blocks[b].n_preds = 0;
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		for (unsigned int s = 0; s < f->blocks[b].n_succ; s++)
			f->blocks[f->blocks[b].succ[s]].n_preds++;
	}
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		struct k2_block *blk = &f->blocks[b];

		blk->preds = k2_arena_calloc(f->arena, blk->n_preds, sizeof(*blk->preds));
		if (!blk->preds)
			return K2_ENOMEM;
		blk->n_preds = 0;
	}
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		for (unsigned int s = 0; s < f->blocks[b].n_succ; s++) {
			struct k2_block *to = &f->blocks[f->blocks[b].succ[s]];

			to->preds[to->n_preds++] = b;
		}
	}
	return K2_OK;
}

/* Blocks between head and tail of a back edge in reverse postorder: all that are on the cycle, and maybe a few more. */
static void mark_loop(struct k2_func *f, uint32_t head, uint32_t tail)
{
	for (uint32_t k = head; k <= tail; k++)
		f->blocks[f->order[k]].in_loop = true;
}

/* Depth-first with an explicit stack: functions may have tens of thousands of blocks in a chain. */
static enum k2_status set_order(struct k2_func *f)
{
	uint32_t *stack = k2_arena_calloc(f->arena, f->n_blocks, sizeof(*stack));
	uint8_t *next = k2_arena_calloc(f->arena, f->n_blocks, 1); /* 1 + successor to visit; 0: not seen */
	uint32_t depth = 0, done = 0;

	f->order = k2_arena_calloc(f->arena, f->n_blocks, sizeof(*f->order));
	if (!stack || !next || !f->order)
		return K2_ENOMEM;
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		f->blocks[b].rpo = K2_NO_BLOCK;
		f->blocks[b].loop_head = f->blocks[b].in_loop = false;
	}
	stack[depth++] = 0;
	next[0] = 1;
	while (depth) {
		uint32_t b = stack[depth - 1];
		struct k2_block *blk = &f->blocks[b];

		if (next[b] <= blk->n_succ) {
			uint32_t s = blk->succ[next[b]++ - 1];

			if (!next[s]) {
				next[s] = 1;
				stack[depth++] = s;
			}
		} else {
			f->order[f->n_blocks - 1 - done++] = b;
			depth--;
		}
	}
	memmove(f->order, f->order + f->n_blocks - done, done * sizeof(*f->order));
	f->n_order = done;
	for (uint32_t k = 0; k < done; k++)
		f->blocks[f->order[k]].rpo = k;
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		for (unsigned int s = 0; s < f->blocks[b].n_succ; s++) {
			struct k2_block *to = &f->blocks[f->blocks[b].succ[s]];

			if (f->blocks[b].rpo != K2_NO_BLOCK && to->rpo <= f->blocks[b].rpo) {
				to->loop_head = true;
				mark_loop(f, to->rpo, f->blocks[b].rpo);
			}
		}
	}
	return K2_OK;
}

/* What has to stay because the kernel looks at whether it is there. */
static uint8_t more_flags(const struct k2_func *f, const struct k2_insn *i)
{
	bool tells = k2_isa_kind(i) == K2_KIND_LOAD && k2_ctx_load_tells(f->type, i->off, k2_isa_access_size(i));

	return tells ? K2_F_VOLATILE : 0;
}

/* The displacement that a decoded jump came with says where it stood: two jumps are alike without it. */
static void set_target(struct k2_insn *i, const uint32_t *number)
{
	if (!has_target(i)) {
		i->target = UINT32_MAX;
		return;
	}
	i->target = number[i->target] - 1;
	i->off = 0;
	if (k2_isa_kind(i) == K2_KIND_GOTO)
		i->imm = 0;
}

static enum k2_status fill_blocks(struct k2_func *f, const uint32_t *number)
{
	const struct k2_func_desc *d = f->desc;
	struct k2_insn *insns = k2_arena_dup(f->arena, d->insns, d->n_insns, sizeof(*insns));
	uint32_t b = K2_NO_BLOCK;

	f->blocks = k2_arena_calloc(f->arena, f->n_blocks, sizeof(*f->blocks));
	if (!insns || !f->blocks)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < d->n_insns; k++) {
		enum k2_kind kind = k2_isa_kind(&insns[k]);

		f->packet_loads |= kind == K2_KIND_LD_PKT;
		f->calls_subprogs |= kind == K2_KIND_CALL && insns[k].src == K2_PSEUDO_CALL;
		if (number[k]) {
			b = number[k] - 1;
			f->blocks[b].insns = &insns[k];
		}
		f->blocks[b].n++;
		insns[k].flags |= more_flags(f, &insns[k]);
		insns[k].origin = (int32_t)k;
		set_target(&insns[k], number);
	}
	for (b = 0; b < f->n_blocks; b++) {
		set_successors(f, b);
		f->blocks[b].was = b;
	}
	return K2_OK;
}

enum k2_status k2_func_relink(struct k2_func *f)
{
	enum k2_status st = set_predecessors(f);

	return st ? st : set_order(f);
}

static bool replaces(const struct k2_func_desc *d)
{
	const struct k2_prog_type *t = d->section ? k2_prog_type_by_section(d->section) : NULL;

	return t && t == k2_prog_type_by_section("freplace");
}

/* What a subprogram's first argument points at is not known: its type may be a context's, and the memory a map's value; and LLVM may
   have removed arguments that nobody reads. The same holds for a program that replaces a subprogram. Only its callers tell what
   a context is. */
static const struct k2_prog_type *type_of(const struct k2_func_desc *d)
{
	const struct k2_prog_type *t;

	if (d->is_subprog)
		return d->context ? k2_prog_type_by_context(d->context) : NULL;
	if (replaces(d))
		return NULL;
	t = d->section ? k2_prog_type_by_section(d->section) : NULL;
	return t ? t : k2_prog_type_by_context(d->arg_type);
}

enum k2_status k2_func_build(struct k2_arena *a, const struct k2_func_desc *desc, struct k2_func **out, char *msg,
			     size_t size)
{
	enum k2_status st = check_input(desc, msg, size);
	struct k2_func *f;
	uint32_t *number, returns;

	if (st)
		return st;
	f = k2_arena_alloc(a, sizeof(*f));
	number = k2_arena_calloc(a, desc->n_insns, sizeof(*number));
	if (!f || !number)
		return K2_ENOMEM;
	f->arena = a;
	f->desc = desc;
	f->type = type_of(desc);
	f->n_args = desc->is_subprog || (replaces(desc) && desc->n_args) ? desc->n_args : 1;
	returns = desc->is_subprog ? 0 : k2_prog_return_flags(desc->section, desc->arg_type);
	f->returns32 = returns & K2_PT_RET32;
	f->returns_any = returns & K2_PT_RET_ANY;
	f->n_blocks = mark_leaders(desc, number);
	st = fill_blocks(f, number);
	if (!st)
		st = k2_func_relink(f);
	if (!st)
		*out = f;
	return st;
}

struct k2_func *k2_func_copy(struct k2_arena *a, const struct k2_func *f)
{
	struct k2_func *c = k2_arena_dup(a, f, 1, sizeof(*f));

	if (!c)
		return NULL;
	c->arena = a;
	c->blocks = k2_arena_dup(a, f->blocks, f->n_blocks, sizeof(*f->blocks));
	for (uint32_t b = 0; c->blocks && b < c->n_blocks; b++)
		c->blocks[b].cap = 0; /* the array is not the copy's own */
	return c->blocks ? c : NULL;
}

enum k2_status k2_func_flatten(struct k2_arena *a, const struct k2_func *f, struct k2_insn **out, uint32_t *n,
			       uint32_t **starts)
{
	uint32_t *start = k2_arena_calloc(a, f->n_blocks, sizeof(*start));
	struct k2_insn *v;
	uint32_t total = 0;

	if (!start)
		return K2_ENOMEM;
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		start[b] = total;
		total += f->blocks[b].n;
	}
	v = k2_arena_calloc(a, total, sizeof(*v));
	if (!v)
		return K2_ENOMEM;
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		for (uint32_t k = 0; k < f->blocks[b].n; k++) {
			struct k2_insn *i = &v[start[b] + k];

			*i = f->blocks[b].insns[k];
			if (has_target(i))
				i->target = start[i->target];
		}
	}
	*out = v;
	*n = total;
	if (starts)
		*starts = start;
	return K2_OK;
}

uint32_t k2_func_slots(const struct k2_func *f)
{
	uint32_t slots = 0;

	for (uint32_t b = 0; b < f->n_blocks; b++) {
		for (uint32_t k = 0; k < f->blocks[b].n; k++)
			slots += k2_isa_slots(&f->blocks[b].insns[k]);
	}
	return slots;
}

const struct k2_symbol *k2_func_symbol(const struct k2_func *f, const struct k2_insn *i)
{
	return i->sym ? &f->desc->syms[i->sym - 1] : NULL;
}

bool k2_same_insn(const struct k2_insn *a, const struct k2_insn *b)
{
	return a->code == b->code && a->dst == b->dst && a->src == b->src && a->flags == b->flags && a->off == b->off &&
	       a->use == b->use && a->def == b->def && a->imm == b->imm && a->target == b->target && a->sym == b->sym &&
	       (!(a->flags & K2_F_OPAQUE) || a->origin == b->origin);
}

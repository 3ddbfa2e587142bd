// SPDX-License-Identifier: BSD-2-Clause
/* Where the kernel's verifier looks at numbers: a backward analysis, like liveness, of the registers and stack bytes whose
   number (range, known bits) can decide something. Numbers decide in sums with pointers, conditional jumps, arguments of
   calls that are not "anything", keys of array lookups, and return values. Storing a number outside of the own frame, an
   atomic's operand, an index of a legacy packet load decide nothing (check_mem_access, check_atomic, check_ld_abs).
   A pointer's offset is no such number: what is known of pointers always counts. */
#include "absint_impl.h"
#include <string.h>

enum { ALL_REGS = 0x7ff };

/* What one instruction looks at. */
struct look {
	uint16_t numbers;   /* registers whose number it uses itself */
	int16_t at, size;   /* own stack that it loads from or stores to; size 0: none */
	bool inside;        /* numbers in the stack bytes are looked at: keys that decide lookups, frames that other code gets */
};

static bool maybe_own(const struct k2_aval *v)
{
	return v->region == K2_RG_STACK || v->region == K2_RG_ANY;
}

static uint16_t bit(unsigned int r)
{
	return (uint16_t)(1u << r);
}

static const struct k2_helper *helper_of(const struct k2_insn *i)
{
	bool helper = i->src == K2_CALL_HELPER && !(i->flags & K2_F_SYM_IMM);

	return helper ? k2_helper_get((int32_t)i->imm) : NULL;
}

/* ARG_ANYTHING of the prototype. check_helper_call looks at such an argument all the same where it must be 0
   (get_local_storage), where it may become a direct tail call (record_func_key), and where a callback is run so often
   (bpf_loop). */
static bool takes_anything(const struct k2_helper *h, unsigned int arg)
{
	enum { GET_LOCAL_STORAGE = 81 };
	enum k2_helper_arg kind = h->arg[arg];

	if ((h->flags & (K2_HELPER_TAIL_CALL | K2_HELPER_CALLS_BACK)) || h->id == GET_LOCAL_STORAGE)
		return false;
	return kind == K2_ARG_SCALAR || kind == K2_ARG_ADDR || kind == K2_ARG_ADDR_ANY;
}

static uint16_t call_numbers(const struct k2_insn *i)
{
	const struct k2_helper *h = helper_of(i);
	uint16_t set = k2_insn_reads(i);

	for (unsigned int n = 0; h && n < 5; n++) {
		if (takes_anything(h, n))
			set &= (uint16_t)~bit(n + 1);
	}
	return set;
}

static uint16_t alu_numbers(const struct k2_insn *i, const struct k2_astate *s)
{
	bool sum = K2_CLASS(i->code) == K2_ALU64 && (K2_OP(i->code) == K2_ADD || K2_OP(i->code) == K2_SUB);
	bool is_reg = i->code & K2_X;

	if (!sum || (s->reg[i->dst].region == K2_RG_SCALAR && (!is_reg || s->reg[i->src].region == K2_RG_SCALAR)))
		return 0;
	return (uint16_t)(bit(i->dst) | (is_reg ? bit(i->src) : 0));
}

/* A place in another frame than the own, or in the own one but nobody knows where: the verifier keeps the number that is stored there. */
static bool may_be_frame(const struct k2_func *f, const struct k2_aval *v)
{
	return v->region == K2_RG_ANY || v->region == K2_RG_FRAME || (v->region == K2_RG_FOREIGN && f->desc->is_subprog);
}

uint16_t k2_absint_numbers_used(const struct k2_func *f, const struct k2_insn *i, const struct k2_astate *s)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU: return alu_numbers(i, s);
	case K2_KIND_LOAD: return bit(i->src);
	/* An own stack slot keeps the number: who stores there at a known place is asked later. */
	case K2_KIND_STORE: return may_be_frame(f, &s->reg[i->dst]) ? k2_isa_reads(i) : bit(i->dst);
	case K2_KIND_ATOMIC:
		if (i->imm == K2_LOAD_ACQ)
			return bit(i->src);
		return maybe_own(&s->reg[i->dst]) ? k2_isa_reads(i) : bit(i->dst);
	case K2_KIND_CALL: return call_numbers(i);
	case K2_KIND_LD_PKT: return bit(6);
	case K2_KIND_LD_IMM64: case K2_KIND_GOTO: case K2_KIND_MAY_GOTO: return 0;
	case K2_KIND_EXIT: return f->returns_any ? 0 : bit(0);
	default: return k2_insn_reads(i);
	}
}

/* The one range that covers a set of stack bytes. */
static void cover(const uint64_t set[8], struct look *l)
{
	int lo = -1, hi = -1;

	for (int b = 0; b < K2_STACK_SIZE; b++) {
		if (!k2_stack_has(set, (unsigned int)b))
			continue;
		lo = lo < 0 ? b : lo;
		hi = b + 1;
	}
	l->at = (int16_t)(lo - K2_STACK_SIZE);
	l->size = (int16_t)(hi - lo);
}

/* Subprograms and callbacks are walked with what the caller knows of its frame. */
static bool reads_numbers(const struct k2_absint *ai, const struct k2_insn *i, const struct k2_astate *s)
{
	enum k2_kind kind = k2_isa_kind(i);
	const struct k2_helper *h = kind == K2_KIND_CALL ? helper_of(i) : NULL;

	if (kind != K2_KIND_CALL)
		return kind == K2_KIND_CALLX || kind == K2_KIND_OPAQUE;
	return !h || (h->flags & K2_HELPER_CALLS_BACK) || k2_absint_decides(ai->f, i, s->reg);
}

static void look_at(const struct k2_absint *ai, const struct k2_insn *i, const struct k2_astate *s, struct look *l)
{
	enum k2_kind kind = k2_isa_kind(i);
	struct k2_stack_effect e;

	memset(l, 0, sizeof(*l));
	l->numbers = k2_absint_numbers_used(ai->f, i, s);
	l->inside = reads_numbers(ai, i, s);
	if (!l->inside && kind != K2_KIND_LOAD && kind != K2_KIND_STORE)
		return;
	k2_absint_stack_effect(ai, i, s, &e);
	cover(kind == K2_KIND_STORE ? e.kills : e.reads, l);
	if (kind == K2_KIND_STORE && !l->size && maybe_own(&s->reg[i->dst]))
		l->numbers = k2_isa_reads(i);
}

static bool wanted(const struct k2_absint *ai, const struct look *l)
{
	uint64_t set[8] = { 0 };
	bool any = false;

	k2_stack_range(set, l->at, l->size);
	for (unsigned int k = 0; k < 8; k++)
		any |= (set[k] & ai->demand[k]) != 0;
	return any;
}

/* The demand behind the instruction becomes the one before it. */
static uint16_t step_back(struct k2_absint *ai, const struct k2_insn *i, const struct look *l, uint16_t d)
{
	enum k2_kind kind = k2_isa_kind(i);
	uint16_t writes = k2_isa_writes(i), flow = 0;

	if (l->size && (l->inside || (kind == K2_KIND_LOAD && (d & writes))))
		k2_stack_range(ai->demand, l->at, l->size);
	if (kind == K2_KIND_ALU && (d & writes))
		flow = k2_isa_reads(i);
	if (kind == K2_KIND_STORE && l->size && K2_CLASS(i->code) == K2_STX && wanted(ai, l))
		flow = bit(i->src);
	if (kind != K2_KIND_OPAQUE)
		d &= (uint16_t)~writes;
	return d | l->numbers | flow;
}

static uint16_t behind(const struct k2_absint *ai, uint32_t b)
{
	const struct k2_block *blk = &ai->f->blocks[b];
	uint16_t d = 0;

	if (!blk->n_succ && (!blk->n || k2_isa_kind(&blk->insns[blk->n - 1]) != K2_KIND_EXIT))
		return ALL_REGS;
	for (unsigned int e = 0; e < blk->n_succ; e++)
		d |= ai->numbers[blk->succ[e]];
	return d;
}

static bool all_blocks(struct k2_absint *ai, const struct look *looks, const uint32_t *first)
{
	uint64_t stack[8];
	bool again = false;

	memcpy(stack, ai->demand, sizeof(stack));
	for (uint32_t k = ai->f->n_order; k-- > 0;) {
		uint32_t b = ai->f->order[k];
		uint16_t d = behind(ai, b);

		for (uint32_t j = ai->f->blocks[b].n; j-- > 0;)
			d = step_back(ai, &ai->f->blocks[b].insns[j], &looks[first[b] + j], d);
		again |= d != ai->numbers[b];
		ai->numbers[b] = d;
	}
	return again || memcmp(stack, ai->demand, sizeof(stack));
}

enum k2_status k2_absint_find_demand(struct k2_absint *ai)
{
	const struct k2_func *f = ai->f;
	struct k2_arena *a = k2_arena_like(ai->arena);
	uint32_t *first = a ? k2_arena_calloc(a, f->n_blocks, sizeof(*first)) : NULL, total = 0;
	struct look *looks;

	ai->numbers = k2_arena_calloc(ai->arena, f->n_blocks, sizeof(*ai->numbers));
	for (uint32_t b = 0; first && b < f->n_blocks; b++) {
		first[b] = total;
		total += f->blocks[b].n;
	}
	looks = first && ai->numbers ? k2_arena_calloc(a, total, sizeof(*looks)) : NULL;
	for (uint32_t k = 0; looks && k < f->n_order; k++) {
		uint32_t b = f->order[k];
		struct k2_astate s = ai->entry[b];

		for (uint32_t j = 0; j < f->blocks[b].n; j++) {
			look_at(ai, &f->blocks[b].insns[j], &s, &looks[first[b] + j]);
			k2_absint_step(ai, &f->blocks[b].insns[j], &s);
		}
	}
	while (looks && all_blocks(ai, looks, first))
		;
	k2_arena_free(a);
	return looks ? K2_OK : K2_ENOMEM;
}

const uint64_t *k2_absint_demand(const struct k2_absint *ai)
{
	return ai->demand;
}

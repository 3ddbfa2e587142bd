// SPDX-License-Identifier: BSD-2-Clause
/* Would the kernel's verifier take the new code where it took the old? An instruction that does what an old one did on
   the same values needs no reason; every other one needs a rule of this file. Behind the window and at every call the
   abstract state must be as precise as the old code's (safety_end.c). */
#include "check.h"
#include "safety.h"
#include <string.h>

struct safety {
	struct k2_checker *ck;
	const struct k2_window *w;
	const struct k2_insn *insns;
	uint32_t n;
	const struct k2_sym *s;
	uint8_t *used;          /* by old instruction: its access stands for a new one already */
	uint32_t next;          /* where had() looks first */
	bool forgets;           /* of the number that the instruction loads the verifier may know less than the facts say */
	uint64_t stored[8];     /* stack bytes that the old code stores to */
	struct k2_aval (*known)[2]; /* by old instruction: what is known of dst and src where it adds, compares or stores registers */
};

static unsigned int base_reg(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LOAD || (k2_isa_kind(i) == K2_KIND_ATOMIC && i->imm == K2_LOAD_ACQ) ? i->src : i->dst;
}

/* Same operation on the same values, whatever registers they are in. */
static bool same_work(const struct k2_insn *a, const struct k2_point *pa, const struct k2_insn *b, const struct k2_point *pb)
{
	uint16_t ra, rb;

	if (a->code != b->code || a->imm != b->imm || a->sym != b->sym || a->flags != b->flags)
		return false;
	if (pa->access)
		return pb->access && pa->base == pb->base && pa->off == pb->off && pa->value == pb->value &&
		       pa->reg[base_reg(a)] == pb->reg[base_reg(b)];
	if (a->off != b->off || (k2_isa_kind(a) == K2_KIND_LD_IMM64 && a->src != b->src))
		return false;
	ra = k2_isa_reads(a);
	rb = k2_isa_reads(b);
	if ((ra >> a->dst & 1) != (rb >> b->dst & 1))
		return false;
	if ((ra >> a->dst & 1) && pa->reg[a->dst] != pb->reg[b->dst])
		return false;
	if ((a->code & K2_X) && (K2_CLASS(a->code) >= K2_ALU) && pa->reg[a->src] != pb->reg[b->src])
		return false;
	return true;
}

/* Index of an old instruction that did the same; -1: none. */
static int had(struct safety *x, uint32_t k, bool unused_only)
{
	/* Code mostly keeps its order: the search goes on behind the last find. */
	for (uint32_t m = 0; m < x->w->n; m++) {
		uint32_t j = (x->next + m) % x->w->n;

		if (unused_only && x->used[j])
			continue;
		if (same_work(&x->insns[k], &x->s->points[k], &x->w->insns[j], &x->w->old.points[j])) {
			x->next = j + 1;
			return (int)j;
		}
	}
	return -1;
}

/* A part of the value goes to a known place of the own stack: pointers are refused (check_stack_write_fixed_off: "invalid size of
   register spill"). */
static bool spills_part(const struct safety *x, const struct k2_insn *i, const struct k2_point *p, k2_t v)
{
	return k2_isa_kind(i) == K2_KIND_STORE && K2_CLASS(i->code) == K2_STX && p->base == x->w->ctx.fp && p->reg[i->src] == v &&
	       k2_isa_access_size(i) < 8;
}

/* The old code does with the value what may be done with numbers only (adjust_reg_min_max_vals refuses pointers): it
   was accepted, so it is a number. Sums and moves say nothing, nor do negation and swaps. */
static bool used_as_number(const struct safety *x, k2_t v)
{
	for (uint32_t j = 0; j < x->w->n; j++) {
		const struct k2_insn *i = &x->w->insns[j];
		const struct k2_point *p = &x->w->old.points[j];
		uint8_t op = K2_OP(i->code);
		bool sum = K2_CLASS(i->code) == K2_ALU64 && (op == K2_ADD || op == K2_SUB);

		if (spills_part(x, i, p, v))
			return true;
		if (k2_isa_kind(i) != K2_KIND_ALU || sum || op == K2_MOV || op == K2_NEG || op == K2_END)
			continue;
		if (p->reg[i->dst] == v || ((i->code & K2_X) && p->reg[i->src] == v))
			return true;
	}
	return false;
}

static enum k2_region region_of(const struct safety *x, k2_t v)
{
	enum k2_region r = v ? (enum k2_region)k2_sym_aval(&x->w->ctx, v).region : K2_RG_ANY;

	return v && (r == K2_RG_ANY || r == K2_RG_FOREIGN) && used_as_number(x, v) ? K2_RG_SCALAR : r;
}

/* adjust_ptr_min_max_vals: constants may be added to these pointers. Map values and records are left out: before the
   null check the verifier refuses arithmetic on them, and terms do not tell. */
static bool takes_constant(enum k2_region r)
{
	return r == K2_RG_STACK || r == K2_RG_FRAME || r == K2_RG_PKT || r == K2_RG_DATA;
}

/* The old code made the same sum with its operands the other way round: number += pointer is pointer += number
   (adjust_reg_min_max_vals). Its index; -1: it did not. */
static int had_swapped_sum(const struct safety *x, const struct k2_insn *i, const struct k2_point *p)
{
	if (i->code != (K2_ALU64 | K2_ADD | K2_X))
		return -1;
	for (uint32_t j = 0; j < x->w->n; j++) {
		const struct k2_insn *o = &x->w->insns[j];
		const struct k2_point *q = &x->w->old.points[j];

		if (o->code == i->code && q->reg[o->dst] == p->reg[i->src] && q->reg[o->src] == p->reg[i->dst])
			return (int)j;
	}
	return -1;
}

/* The old code added the same number to an address of the own frame a constant away: the verifier checks where the sum is used
   (check_stack_access_within_bounds), and there what is added up is the same. Its index; -1: it did not. */
static int had_frame_sum(const struct safety *x, const struct k2_insn *i, const struct k2_point *p)
{
	k2_t base, old;
	uint64_t off;

	if (i->code != (K2_ALU64 | K2_ADD | K2_X))
		return -1;
	k2_t_split_const(x->w->ctx.terms, p->reg[i->dst], &base, &off);
	for (uint32_t j = 0; j < x->w->n && base == x->w->ctx.fp; j++) {
		const struct k2_insn *o = &x->w->insns[j];
		const struct k2_point *q = &x->w->old.points[j];

		if (o->code != i->code || q->reg[o->src] != p->reg[i->src])
			continue;
		k2_t_split_const(x->w->ctx.terms, q->reg[o->dst], &old, &off);
		if (old == base)
			return (int)j;
	}
	return -1;
}

/* An ALU instruction, jump or store. */
static bool takes_src(const struct k2_insn *i)
{
	uint8_t class = K2_CLASS(i->code);

	return class == K2_STX || (class != K2_ST && (i->code & K2_X));
}

/* What the old code knows where it adds registers, jumps or stores. */
static bool find_known(struct safety *x)
{
	struct k2_astate *s = k2_arena_dup(x->ck->work, x->w->entry, 1, sizeof(*s));

	x->known = k2_arena_calloc(x->ck->work, x->w->n, sizeof(*x->known));
	if (!x->known || !s)
		return false;
	for (uint32_t j = 0; j < x->w->n; j++) {
		const struct k2_insn *i = &x->w->insns[j];

		if (k2_isa_kind(i) == K2_KIND_JUMP || k2_isa_kind(i) == K2_KIND_ALU || k2_isa_kind(i) == K2_KIND_STORE) {
			x->known[j][0] = s->reg[i->dst];
			x->known[j][1] = takes_src(i) ? s->reg[i->src] : k2_aval_scalar(0);
		}
		k2_absint_step(x->ck->ai, i, s);
	}
	return true;
}

/* The verifier looks at the numbers that instruction k adds to a pointer, or compares on the way of this window: as much is
   known of them as where the old code did it, in instruction j, with its operands the other way round if `swapped`. */
static bool as_known_as(struct safety *x, uint32_t k, const struct k2_astate *a, int j, bool swapped)
{
	const struct k2_insn *i = &x->insns[k];

	if (j < 0)
		return true;
	if (!x->known && !find_known(x))
		return false;
	if (!k2_aval_within(&a->reg[i->dst], &x->known[j][swapped]))
		return false;
	return !takes_src(i) || k2_aval_within(&a->reg[i->src], &x->known[j][!swapped]);
}

static bool sum_as_precise(struct safety *x, uint32_t k, const struct k2_astate *a, int twin)
{
	const struct k2_insn *i = &x->insns[k];
	int moved;

	if (k2_isa_kind(i) != K2_KIND_ALU || !(i->code & K2_X) || !k2_absint_numbers_used(x->w->ctx.f, i, a))
		return true;
	moved = twin < 0 ? had_frame_sum(x, i, &x->s->points[k]) : -1;
	if (moved >= 0)
		return (x->known || find_known(x)) && k2_aval_within(&a->reg[i->src], &x->known[moved][1]);
	return twin >= 0 ? as_known_as(x, k, a, twin, false) :
			   as_known_as(x, k, a, had_swapped_sum(x, i, &x->s->points[k]), true);
}

/* number += pointer copies the pointer's kind and offset, but not the frame that it points into (adjust_ptr_min_max_vals of kernel
   6.18): the verifier then takes it for the main program's. */
static bool mistakes_frame(const struct safety *x, enum k2_region src)
{
	bool frame = src == K2_RG_STACK || src == K2_RG_FRAME || src == K2_RG_FOREIGN || src == K2_RG_ANY;

	return frame && x->w->ctx.f->desc->is_subprog;
}

static const char *safe_alu(const struct safety *x, const struct k2_insn *i, const struct k2_point *p)
{
	bool wide = K2_CLASS(i->code) == K2_ALU64, is_reg = i->code & K2_X;
	uint8_t op = K2_OP(i->code);
	enum k2_region d, s;

	if (wide && op == K2_MOV && !i->off)
		return NULL;
	d = k2_isa_reads(i) >> i->dst & 1 && op != K2_MOV ? region_of(x, p->reg[i->dst]) : K2_RG_SCALAR;
	s = is_reg && op != K2_END && op != K2_NEG ? region_of(x, p->reg[i->src]) : K2_RG_SCALAR;
	if (d == K2_RG_SCALAR && s == K2_RG_SCALAR)
		return NULL;
	if (wide && op == K2_ADD && takes_constant(d) && !is_reg)
		return NULL;
	if (had_frame_sum(x, i, p) >= 0)
		return NULL;
	return had_swapped_sum(x, i, p) >= 0 && !mistakes_frame(x, s) ? NULL : "new arithmetic on what may be a pointer";
}

/* Does old access j touch some of the bytes that `p` needs, and is it not yet taken? Gets its bytes relative to p. */
static bool takes_part(const struct safety *x, uint32_t j, const struct k2_point *p, unsigned int size, bool store,
		       uint64_t *bytes, bool *inside)
{
	const struct k2_point *o = &x->w->old.points[j];
	const struct k2_insn *i = &x->w->insns[j];
	int64_t rel = (int64_t)(o->off - p->off), end;

	if (!o->access || o->event || o->base != p->base || o->region != p->region || x->used[j] ||
	    (k2_isa_kind(i) == K2_KIND_STORE) != store)
		return false;
	end = rel + k2_isa_access_size(i);
	if (rel >= (int64_t)size || end <= 0)
		return false;
	*inside = rel >= 0 && end <= (int64_t)size;
	*bytes = k2_mask((unsigned int)K2_MIN(end, (int64_t)size)) & ~k2_mask((unsigned int)K2_MAX(rel, (int64_t)0));
	return true;
}

/* Old accesses that together touch every byte of the new one; they are taken then, so that none is split or made twice:
   merging, narrowing and leaving out remain, and chains of these. */
static bool take(struct safety *x, const struct k2_point *p, unsigned int size, bool store)
{
	uint64_t need = k2_mask(size), bytes;
	bool inside;

	for (unsigned int pass = 0; pass < 2 && need; pass++) {
		for (uint32_t j = 0; j < x->w->n && need; j++) {
			if (!takes_part(x, j, p, size, store, &bytes, &inside) || (!inside && !pass) || !(bytes & need))
				continue;
			need &= ~bytes;
			x->used[j] = 1;
		}
	}
	return !need;
}

static const char *safe_merge(struct safety *x, const struct k2_point *p, unsigned int size, bool store)
{
	if (p->region != K2_RG_PKT && p->region != K2_RG_MAP_VALUE && p->region != K2_RG_DATA && p->region != K2_RG_MEM)
		return "an access of another width to memory that is not plain bytes";
	if (x->w->ctx.f->desc->strict_align)
		return "a wider access may be misaligned";
	return take(x, p, size, store) ? NULL : "an access to bytes that the old code did not access, or not so often";
}

/* The old code loads the whole slot and computes with what it got as with a number. */
static bool slot_is_number(const struct safety *x, unsigned int slot)
{
	for (uint32_t j = 0; j < x->w->n; j++) {
		const struct k2_point *o = &x->w->old.points[j];

		if (k2_isa_kind(&x->w->insns[j]) == K2_KIND_LOAD && o->base == x->w->ctx.fp && o->value && o->value->width == 64 &&
		    (int64_t)o->off + K2_STACK_SIZE == 8 * (int64_t)slot && used_as_number(x, o->value))
			return true;
	}
	return false;
}

static const char *safe_stack_load(const struct safety *x, const struct k2_point *p, unsigned int size,
				   const struct k2_astate *a)
{
	unsigned int index = (unsigned int)((int64_t)p->off + K2_STACK_SIZE);

	if (index % size)
		return "a misaligned stack access";
	for (unsigned int b = index; b < index + size; b++) {
		if (!(a->init[b / 8] >> (b % 8) & 1))
			return "reads stack bytes that hold nothing";
	}
	if (size < 8 && a->slot[index / 8].region != K2_RG_SCALAR && !slot_is_number(x, index / 8))
		return "reads a part of a spilled pointer";
	return NULL;
}

/* In a caller's frame as in the own one accesses are aligned (check_ptr_alignment). What the old code read in pieces was written,
   and was no spilled pointer (check_stack_read_fixed_off). But some of the pieces may be known to be 0, which the verifier forgets
   when it reads them together with others. */
static const char *safe_frame_load(struct safety *x, const struct k2_insn *i, const struct k2_point *p, const struct k2_aval *base)
{
	unsigned int size = k2_isa_access_size(i);
	uint64_t low = size - 1, at = base->num.ones + (uint64_t)(int64_t)i->off;

	if (base->region != K2_RG_FRAME || (low & ~(base->num.zeros | base->num.ones)) || (at & low))
		return "a stack access that may be misaligned";
	x->forgets = true;
	return take(x, p, size, false) ? NULL : "an access to bytes that the old code did not access, or not so often";
}

static const char *safe_load(struct safety *x, const struct k2_insn *i, const struct k2_point *p, const struct k2_astate *a)
{
	if (p->event)
		return NULL;
	if (p->region == K2_RG_STACK)
		return safe_stack_load(x, p, k2_isa_access_size(i), a);
	if (p->region == K2_RG_FRAME)
		return safe_frame_load(x, i, p, &a->reg[i->src]);
	return safe_merge(x, p, k2_isa_access_size(i), false);
}

/* The caller's slot keeps what the verifier knows of a number (check_stack_write_fixed_off): neither pieces nor the whole may be
   stored otherwise than by a constant of the same width. */
static const char *safe_frame_store(struct safety *x, const struct k2_insn *i, const struct k2_point *p)
{
	for (uint32_t j = 0; j < x->w->n && K2_CLASS(i->code) == K2_ST; j++) {
		const struct k2_point *o = &x->w->old.points[j];

		if (k2_isa_kind(&x->w->insns[j]) != K2_KIND_STORE || x->used[j] || !o->access || o->event || o->base != p->base ||
		    o->off != p->off || k2_isa_access_size(&x->w->insns[j]) != k2_isa_access_size(i))
			continue;
		x->used[j] = 1;
		return NULL;
	}
	return "another store to a caller's frame";
}

/* A caller's slot gets a number of which the verifier knows as much. */
static bool stored_as_precise(struct safety *x, uint32_t k, const struct k2_astate *a, int twin)
{
	const struct k2_insn *i = &x->insns[k];

	if (k2_isa_kind(i) != K2_KIND_STORE || x->s->points[k].region != K2_RG_FRAME)
		return true;
	return as_known_as(x, k, a, twin, false);
}

static const char *safe_store(struct safety *x, const struct k2_insn *i, const struct k2_point *p)
{
	unsigned int size = k2_isa_access_size(i), index;

	if (K2_CLASS(i->code) == K2_STX && !x->w->ctx.escapes &&
	    (region_of(x, p->reg[i->src]) == K2_RG_STACK || region_of(x, p->reg[i->src]) == K2_RG_ANY))
		return "stores an address of the frame where the old code did not";
	if (K2_CLASS(i->code) == K2_STX && size < 8 && region_of(x, p->reg[i->src]) != K2_RG_SCALAR)
		return "stores a part of what may be a pointer";
	if (p->event)
		return p->region == K2_RG_CTX ? "a new store to the context" : NULL;
	if (p->region == K2_RG_FRAME)
		return safe_frame_store(x, i, p);
	if (p->region != K2_RG_STACK)
		return safe_merge(x, p, size, true);
	index = (unsigned int)((int64_t)p->off + K2_STACK_SIZE);
	if (index % size)
		return "a misaligned stack access";
	for (unsigned int b = index; b < index + size; b++) {
		if (!k2_stack_has(x->stored, b))
			return "stores to stack bytes that the old code left alone";
	}
	return NULL;
}

/* The old code made the opposite comparison of the same values: the verifier learns the same on the two ways out (reg_set_min_max,
   find_good_pkt_pointers and mark_ptr_or_null_regs know both senses). Its index; -1: it did not. */
static int had_opposite(const struct safety *x, const struct k2_insn *i, const struct k2_point *p)
{
	struct k2_insn o = *i;

	if (!k2_isa_opposite(&o))
		return -1;
	for (uint32_t j = 0; j < x->w->n; j++) {
		if (same_work(&o, p, &x->w->insns[j], &x->w->old.points[j]))
			return (int)j;
	}
	return -1;
}

/* The last jump of a window is looked at behind it. */
static bool jump_as_precise(struct safety *x, uint32_t k, const struct k2_astate *a, int twin)
{
	const struct k2_insn *i = &x->insns[k];

	if (k2_isa_kind(i) != K2_KIND_JUMP || !(i->flags & (K2_F_GOES | K2_F_STAYS)))
		return true;
	return as_known_as(x, k, a, twin >= 0 ? twin : had_opposite(x, i, &x->s->points[k]), false);
}

static const char *safe_jump(const struct safety *x, const struct k2_insn *i, const struct k2_point *p)
{
	enum k2_region d = region_of(x, p->reg[i->dst]);
	enum k2_region s = i->code & K2_X ? region_of(x, p->reg[i->src]) : K2_RG_SCALAR;

	if ((d == K2_RG_SCALAR && s == K2_RG_SCALAR) || had_opposite(x, i, p) >= 0)
		return NULL;
	return "a new comparison of what may be a pointer";
}

static const char *safe_one(struct safety *x, uint32_t k, const struct k2_astate *a)
{
	const struct k2_insn *i = &x->insns[k];
	const struct k2_point *p = &x->s->points[k];
	enum k2_kind kind = k2_isa_kind(i);
	bool far = p->access && !p->event && p->region != K2_RG_STACK;
	int old;

	if (i->origin < 0 && k2_isa_validate(i))
		return "not a valid instruction";
	if (!k2_isa_allowed(i, x->w->ctx.f->desc))
		return i->origin >= 0 ? NULL : "not in the target's instruction set";
	old = had(x, k, far);
	if (!sum_as_precise(x, k, a, old))
		return "the verifier would know less of what is added to a pointer";
	if (!jump_as_precise(x, k, a, old))
		return "the verifier would know less where it branches";
	if (!stored_as_precise(x, k, a, old))
		return "the verifier would know less of what is stored to a caller's frame";
	if (old >= 0) {
		x->used[old] |= far;
		return NULL;
	}
	switch (kind) {
	case K2_KIND_ALU: return safe_alu(x, i, p);
	case K2_KIND_LOAD: return safe_load(x, i, p, a);
	case K2_KIND_STORE: return safe_store(x, i, p);
	case K2_KIND_JUMP: return safe_jump(x, i, p);
	case K2_KIND_LD_IMM64: return i->src && !i->sym ? "refers to a kernel object that the old code did not" : NULL;
	case K2_KIND_GOTO: case K2_KIND_EXIT: return NULL;
	/* Arguments are compared as inputs of the event, and of an index the verifier only asks that there is one (check_ld_abs). */
	case K2_KIND_CALL: case K2_KIND_LD_PKT: return NULL;
	default: return "an instruction that may not be new";
	}
}

/* Steps over the old code up to and excluding its event of that number. *next: the number of the first one from j on. */
static uint32_t to_event(struct safety *x, uint32_t j, uint32_t number, uint32_t *next, struct k2_astate *o)
{
	for (; j < x->w->n; k2_absint_step(x->ck->ai, &x->w->insns[j++], o)) {
		if (x->w->old.points[j].event && (*next)++ == number)
			break;
	}
	return j;
}

static const char *as_precise_at_event(const struct safety *x, uint32_t j, const struct k2_astate *o, uint32_t k,
				       const struct k2_astate *a, uint32_t event)
{
	const uint64_t *seen = x->w->old.events[event].seen;
	uint16_t ro = k2_insn_reads(&x->w->insns[j]), rn = k2_insn_reads(&x->insns[k]);
	const struct k2_func *f = x->w->ctx.f;
	uint16_t used = k2_absint_numbers_used(f, &x->insns[k], a) | k2_absint_numbers_used(f, &x->w->insns[j], o);
	enum k2_kind kind = k2_isa_kind(&x->insns[k]);

	if ((kind != K2_KIND_CALL && kind != K2_KIND_CALLX && kind != K2_KIND_OPAQUE) || ro != rn)
		return NULL;
	for (unsigned int r = 0; r < 10; r++) {
		bool number = a->reg[r].region == K2_RG_SCALAR && o->reg[r].region == K2_RG_SCALAR && !a->reg[r].uninit;

		if ((rn >> r & 1) && ((used >> r & 1) || !number) && !k2_aval_within(&a->reg[r], &o->reg[r]))
			return "the verifier would know less of an argument";
	}
	if (kind != K2_KIND_CALL)
		return NULL;
	for (unsigned int b = 0; b < K2_SLOTS; b++) {
		if (!k2_slot_kept(x->ck->ai, a, o, b, seen))
			return "the verifier would know less of the stack at a call";
	}
	return NULL;
}

/* The stack bytes that some code stores to. */
static void stored_bytes(const struct safety *x, const struct k2_insn *insns, uint32_t n, const struct k2_sym *s,
			 uint64_t set[8])
{
	for (uint32_t k = 0; k < n; k++) {
		const struct k2_point *p = &s->points[k];

		if (p->access && p->base == x->w->ctx.fp && k2_isa_kind(&insns[k]) == K2_KIND_STORE)
			k2_stack_range(set, (int64_t)p->off, k2_isa_access_size(&insns[k]));
	}
}

/* Kernel 6.18 looks for the origin of a stack slot's value (backtrack_insn) by walking backwards over every instruction up to
   the store. A subprogram that was left through a legacy packet load has no exit on that way, and the verifier gives up
   with "verifier bug: static subprog leftover stack slots". A dead store in between ends the walk: it has to stay. */
static const char *keeps_stores(const struct safety *x)
{
	const struct k2_func *f = x->w->ctx.f;
	uint64_t new_[8] = { 0 };

	if (!f->packet_loads || !f->calls_subprogs)
		return NULL;
	stored_bytes(x, x->insns, x->n, x->s, new_);
	return memcmp(new_, x->stored, sizeof(new_)) ? "a stack store may hide a kernel bug with legacy packet loads" : NULL;
}

const char *k2_safe_code(struct k2_checker *ck, const struct k2_window *w, const struct k2_insn *insns, uint32_t n,
			 const struct k2_sym *s, struct k2_astate **end)
{
	struct safety x = { .ck = ck, .w = w, .insns = insns, .n = n, .s = s };
	struct k2_astate *a = k2_arena_dup(ck->work, w->new_entry, 1, sizeof(*a));
	struct k2_astate *o = k2_arena_dup(ck->work, w->entry, 1, sizeof(*o));
	const char *why = NULL;
	uint32_t j = 0, event = 0, next = 0;

	x.used = k2_arena_calloc(ck->work, w->n, 1);
	if (!a || !o || !x.used)
		return "out of memory";
	*end = a;
	ck->last = n ? &insns[n - 1] : NULL;
	stored_bytes(&x, w->insns, w->n, &w->old, x.stored);
	why = keeps_stores(&x);
	for (uint32_t k = 0; k < n && !why; k++) {
		why = safe_one(&x, k, a);
		if (!why && s->points[k].event) {
			uint32_t number = s->events[event++].number;

			j = to_event(&x, j, number, &next, o);
			why = j < w->n ? as_precise_at_event(&x, j, o, k, a, number) : "another sequence of calls";
			if (j < w->n)
				k2_absint_step(ck->ai, &w->insns[j++], o);
		}
		k2_absint_step(ck->ai, &insns[k], a);
		if (x.forgets)
			a->reg[insns[k].dst] = k2_aval_region(K2_RG_SCALAR, 0);
		x.forgets = false;
	}
	return why;
}

const char *k2_accesses_kept(struct k2_checker *ck, const struct k2_window *w, const struct k2_insn *insns, uint32_t n,
			     const struct k2_sym *s)
{
	struct safety x = { .ck = ck, .w = w, .insns = insns, .n = n, .s = s };

	x.used = k2_arena_calloc(ck->work, (size_t)w->n + 1, 1);
	if (!x.used)
		return "out of memory";
	for (uint32_t k = 0; k < n; k++) {
		const struct k2_point *p = &s->points[k];
		bool store = k2_isa_kind(&insns[k]) == K2_KIND_STORE;
		int old;

		if (!p->access || p->event || p->region == K2_RG_STACK || p->region == K2_RG_CTX)
			continue;
		old = had(&x, k, true);
		if (old >= 0)
			x.used[old] = 1;
		else if (!take(&x, p, k2_isa_access_size(&insns[k]), store))
			return "memory that others see is accessed more often";
	}
	return NULL;
}

// SPDX-License-Identifier: BSD-2-Clause
/* One instruction's effect on an abstract state. Numbers go through the symbolic reading of the instruction: what the term
   constructors know of the result is what we know. */
#include "absint_impl.h"
#include "termsem.h"
#include <string.h>

static const struct k2_known NOTHING = { 0, 0, 0, UINT64_MAX };

static struct k2_known known_of(k2_t t)
{
	return (struct k2_known){ t->zeros, t->ones, t->umin, t->umax };
}

/* The scratch term table is for numbers only and starts anew before it gets large. */
static struct k2_terms *scratch(struct k2_absint *ai)
{
	if (!ai->terms || k2_terms_count(ai->terms) > 20000) {
		k2_arena_free(ai->scratch);
		ai->scratch = k2_arena_like(ai->arena);
		ai->terms = ai->scratch ? k2_terms_new(ai->scratch) : NULL;
	}
	return ai->terms;
}

static k2_t num_term(struct k2_terms *t, const struct k2_aval *v)
{
	return k2_t_fresh(t, 64, v->region == K2_RG_SCALAR ? &v->num : &NOTHING, 0);
}

static bool maybe_own(const struct k2_aval *v)
{
	return v->region == K2_RG_STACK || v->region == K2_RG_ANY;
}

static bool is_pointer(const struct k2_aval *v)
{
	return v->region >= K2_RG_STACK;
}

static struct k2_known alu_number(struct k2_absint *ai, const struct k2_insn *i, const struct k2_aval *d,
				  const struct k2_aval *s)
{
	struct k2_terms *t = scratch(ai);
	struct k2_known k = NOTHING;
	k2_t a, r;

	if (!t)
		return k;
	a = num_term(t, d);
	r = sym_alu(t, i, ai->f->desc->big_endian, a, i->src == i->dst ? a : num_term(t, s));
	return k2_terms_failed(t) ? k : known_of(r);
}

/* pointer + number and number + pointer keep the region; frames and the context keep the offset. */
static struct k2_aval pointer_plus(struct k2_absint *ai, const struct k2_insn *i, const struct k2_aval *ptr,
				   const struct k2_aval *num)
{
	struct k2_aval r = *ptr;
	struct k2_terms *t = scratch(ai);
	k2_t a, b;

	r.num = NOTHING;
	if (!t || (ptr->region != K2_RG_STACK && ptr->region != K2_RG_CTX && ptr->region != K2_RG_FRAME))
		return r;
	a = k2_t_fresh(t, 64, &ptr->num, 0);
	b = num_term(t, num);
	a = K2_OP(i->code) == K2_SUB ? k2_t_sub(t, a, b) : k2_t_add(t, a, b);
	if (!k2_terms_failed(t))
		r.num = known_of(a);
	return r;
}

static struct k2_aval weakest(const struct k2_aval *a, const struct k2_aval *b)
{
	bool own = a->region == K2_RG_ANY || b->region == K2_RG_ANY || a->region == K2_RG_STACK ||
		   b->region == K2_RG_STACK;

	return k2_aval_region(own ? K2_RG_ANY : K2_RG_FOREIGN, 0);
}

static struct k2_aval alu64_sum(struct k2_absint *ai, const struct k2_insn *i, const struct k2_aval *d,
				const struct k2_aval *s)
{
	struct k2_aval r = k2_aval_region(K2_RG_SCALAR, 0);

	if (is_pointer(d) && is_pointer(s))
		return K2_OP(i->code) == K2_SUB ? r : weakest(d, s);
	if (is_pointer(d))
		return pointer_plus(ai, i, d, s);
	if (is_pointer(s) && K2_OP(i->code) == K2_ADD && d->region == K2_RG_SCALAR)
		return pointer_plus(ai, i, s, d);
	if (d->region != K2_RG_SCALAR || s->region != K2_RG_SCALAR)
		return weakest(d, s);
	r.num = alu_number(ai, i, d, s);
	return r;
}

/* Before 6.13 the verifier knew nothing of what byte swaps and negation give (check_alu_op: mark_reg_unknown); at least up to 6.18 it
   knows nothing of division and of shifts by a number that is not known (is_safe_to_compute_dst_reg_range). */
static bool is_tracked(const struct k2_insn *i, const struct k2_aval *s)
{
	switch (K2_OP(i->code)) {
	case K2_END: case K2_NEG: case K2_DIV: case K2_MOD: return false;
	case K2_LSH: case K2_RSH: case K2_ARSH: return s->region == K2_RG_SCALAR && k2_known_const(&s->num);
	default: return true;
	}
}

/* Makes a number of an address of the frame, from which a later instruction may make the address again. */
static bool hides_address(const struct k2_insn *i, const struct k2_aval *d, const struct k2_aval *s)
{
	bool reads_d = k2_isa_reads(i) >> i->dst & 1, reads_s = (i->code & K2_X) && K2_OP(i->code) != K2_END && K2_OP(i->code) != K2_NEG;
	bool own_d = reads_d && maybe_own(d) && !d->uninit, own_s = reads_s && maybe_own(s) && !s->uninit;
	uint8_t op = K2_OP(i->code);

	if (!own_d && !own_s)
		return false;
	if (K2_CLASS(i->code) != K2_ALU64)
		return true;
	if (op == K2_MOV)
		return i->off; /* sign-extending */
	if (op == K2_SUB) /* of two addresses of the frame: a distance */
		return reads_s && own_d != own_s && s->region != K2_RG_SCALAR;
	return op != K2_ADD || (reads_s && d->region != K2_RG_SCALAR && s->region != K2_RG_SCALAR);
}

static struct k2_aval alu_value(struct k2_absint *ai, const struct k2_insn *i, const struct k2_aval *d,
				const struct k2_aval *s)
{
	struct k2_aval r = k2_aval_region(K2_RG_SCALAR, 0), imm = k2_aval_scalar((uint64_t)i->imm);
	bool reg = i->code & K2_X;

	if (i->flags & K2_F_SYM_IMM)
		return r;
	if (!reg && K2_OP(i->code) != K2_END)
		s = &imm;
	if (K2_CLASS(i->code) == K2_ALU64) {
		if (K2_OP(i->code) == K2_MOV && !i->off)
			return *s;
		if (K2_OP(i->code) == K2_ADD || K2_OP(i->code) == K2_SUB)
			return alu64_sum(ai, i, d, s);
	}
	if (is_tracked(i, s))
		r.num = alu_number(ai, i, d, s);
	return r;
}

/* Own stack: constant offset, inside the frame. */
static bool stack_at(const struct k2_aval *addr, int16_t off, unsigned int size, int64_t *at)
{
	if (addr->region != K2_RG_STACK || !k2_known_const(&addr->num))
		return false;
	*at = (int64_t)addr->num.umin + off;
	return *at >= -K2_STACK_SIZE && *at + (int64_t)size <= 0;
}

/* A narrow load gives a number when it reads exactly what was stored, or zeroes. */
static struct k2_aval stack_loaded(const struct k2_astate *s, int64_t at, unsigned int size)
{
	unsigned int slot = (unsigned int)(at + K2_STACK_SIZE) / 8, byte = (unsigned int)(at + K2_STACK_SIZE) % 8;
	uint8_t mask = (uint8_t)(k2_mask(size) << byte);
	struct k2_aval r = k2_aval_region(K2_RG_SCALAR, 0);

	if (byte + size > 8)
		return k2_aval_region(size == 8 ? K2_RG_ANY : K2_RG_SCALAR, 0);
	if (byte == 0 && s->spill[slot] == size)
		return s->slot[slot];
	if ((s->zero[slot] & mask) == mask)
		return k2_aval_scalar(0);
	if (size == 8)
		return k2_aval_region((enum k2_region)s->slot[slot].region, 0);
	r.num.zeros = ~k2_mask(8 * size);
	r.num.umax = k2_mask(8 * size);
	return r;
}

/* What the lower `size` bytes of a value are, as a number. */
static struct k2_aval truncated(struct k2_absint *ai, const struct k2_aval *v, unsigned int size)
{
	struct k2_aval r = k2_aval_region(K2_RG_SCALAR, 0);
	struct k2_terms *t = scratch(ai);

	if (t) {
		k2_t n = k2_t_zext(t, k2_t_extract(t, num_term(t, v), 0, 8 * size), 64);

		if (!k2_terms_failed(t))
			r.num = known_of(n);
	}
	return r;
}

/* Bytes of a slot lose what is known of them; a value spilled over them is gone as a whole. */
static void forget(struct k2_astate *s, unsigned int slot, uint8_t mask, enum k2_region r)
{
	uint8_t covered = (uint8_t)k2_mask(s->spill[slot]);

	if (covered & mask) {
		s->spill[slot] = 0;
		s->slot[slot] = k2_aval_region(r, 0);
	} else if (!s->spill[slot] && s->slot[slot].region != r) {
		s->slot[slot] = weakest(&s->slot[slot], &(struct k2_aval){ .region = (uint8_t)r });
	}
	s->zero[slot] &= (uint8_t)~mask;
}

static void stack_store(struct k2_absint *ai, struct k2_astate *s, int64_t at, unsigned int size,
			const struct k2_aval *v)
{
	unsigned int pos = (unsigned int)(at + K2_STACK_SIZE), slot = pos / 8, byte = pos % 8;
	uint8_t mask = (uint8_t)(k2_mask(size) << byte);

	for (unsigned int k = pos; k < pos + size; k++) {
		s->init[k / 8] |= (uint8_t)(1u << (k % 8));
		forget(s, k / 8, (uint8_t)(1u << (k % 8)), K2_RG_SCALAR);
	}
	if (byte + size > 8)
		return;
	if (byte == 0) {
		s->spill[slot] = (uint8_t)size;
		s->slot[slot] = size == 8 ? *v : truncated(ai, v, size);
	} else if (v->region == K2_RG_SCALAR && k2_known_const(&v->num) && !(v->num.umin & k2_mask(8 * size))) {
		s->zero[slot] |= mask;
	}
}

/* Anything may have been written anywhere in the frame. */
static void havoc_stack(struct k2_astate *s, enum k2_region r)
{
	for (unsigned int k = 0; k < K2_SLOTS; k++) {
		s->slot[k] = k2_aval_region(r, 0);
		s->spill[k] = s->zero[k] = 0;
	}
}

static void havoc_bytes(struct k2_astate *s, int64_t off, int64_t size, enum k2_region r, bool init)
{
	for (int64_t o = K2_MAX(off, -(int64_t)K2_STACK_SIZE); o < K2_MIN(off + size, (int64_t)0); o++) {
		unsigned int pos = (unsigned int)(o + K2_STACK_SIZE);

		forget(s, pos / 8, (uint8_t)(1u << (pos % 8)), r);
		if (init)
			s->init[pos / 8] |= (uint8_t)(1u << (pos % 8));
	}
}

static void step_load(struct k2_absint *ai, const struct k2_insn *i, struct k2_astate *s)
{
	const struct k2_aval *addr = &s->reg[i->src];
	unsigned int size = k2_isa_access_size(i);
	struct k2_aval v;
	int64_t at;

	if ((i->flags & K2_F_SYM_OFF) && k2_absint_core_field(ai->f, i, addr, &at))
		v = k2_absint_loaded(ai->f, addr, at, size);
	else if (i->flags & K2_F_SYM_OFF)
		v = k2_aval_region(addr->region == K2_RG_STACK || addr->region == K2_RG_ANY ? K2_RG_ANY : K2_RG_FOREIGN, 0);
	else if (stack_at(addr, i->off, size, &at))
		v = stack_loaded(s, at, size);
	else
		v = k2_absint_loaded(ai->f, addr, i->off, size);
	if (K2_MODE(i->code) == K2_MEMSX) {
		struct k2_terms *t = scratch(ai);

		v = k2_aval_region(K2_RG_SCALAR, 0);
		if (t) {
			k2_t n = sym_load(t, i, k2_t_fresh(t, 8 * size, NULL, 0));

			if (!k2_terms_failed(t))
				v.num = known_of(n);
		}
	}
	s->reg[i->dst] = v;
}

static void step_store(struct k2_absint *ai, const struct k2_insn *i, struct k2_astate *s)
{
	const struct k2_aval *addr = &s->reg[i->dst];
	unsigned int size = k2_isa_access_size(i);
	struct k2_aval v = K2_CLASS(i->code) == K2_STX ? s->reg[i->src] : k2_aval_scalar((uint64_t)i->imm);
	int64_t at;

	ai->escapes |= maybe_own(&v) && !v.uninit;
	if (!(i->flags & K2_F_SYM_OFF) && stack_at(addr, i->off, size, &at))
		stack_store(ai, s, at, size, &v);
	else if (addr->region == K2_RG_STACK || addr->region == K2_RG_ANY)
		havoc_stack(s, K2_RG_ANY);
}

static void step_atomic(struct k2_absint *ai, const struct k2_insn *i, struct k2_astate *s)
{
	uint16_t writes = k2_isa_writes(i);
	unsigned int base = i->imm == K2_LOAD_ACQ ? i->src : i->dst;

	ai->escapes |= i->imm != K2_LOAD_ACQ && maybe_own(&s->reg[i->src]);

	if (s->reg[base].region == K2_RG_STACK || s->reg[base].region == K2_RG_ANY)
		havoc_stack(s, K2_RG_ANY);
	for (unsigned int r = 0; r < 10; r++) {
		if (writes >> r & 1)
			s->reg[r] = k2_aval_region(K2_RG_ANY, 0);
	}
}

static void clobber_call(struct k2_astate *s, const struct k2_aval *r0)
{
	s->reg[0] = *r0;
	for (unsigned int r = 1; r <= 5; r++) {
		s->reg[r] = k2_aval_region(K2_RG_ANY, 0);
		s->reg[r].uninit = true;
	}
}

/* Follows pointers that it finds in memory, and may write through them. Unknown callees do. */
static bool follows_and_writes(const struct k2_helper *h)
{
	return !h || ((h->flags & K2_HELPER_DEREFS) && (h->flags & (K2_HELPER_CALLS_BACK | K2_HELPER_WRITES_EXT)));
}

static void step_call(struct k2_absint *ai, const struct k2_insn *i, struct k2_astate *s)
{
	struct k2_aval r0 = k2_absint_result(ai->f, i, s->reg);
	const struct k2_helper *h = i->src == K2_CALL_HELPER ? k2_helper_get((int32_t)i->imm) : NULL;

	for (unsigned int n = 1; n <= 5; n++) {
		struct k2_arg_access acc;

		/* Code of the program itself may keep an address that it is given, where others find it. */
		ai->escapes |= (!h || (h->flags & K2_HELPER_CALLS_BACK)) && (k2_insn_reads(i) >> n & 1) && maybe_own(&s->reg[n]) &&
			       !s->reg[n].uninit;
		if (k2_absint_arg(ai->f, i, s->reg, n, &acc) && acc.writes)
			havoc_bytes(s, acc.off, acc.size, acc.data ? K2_RG_SCALAR : K2_RG_FOREIGN, acc.exact || acc.init);
	}
	/* A callee may leave an address of the frame where it was. (It stores none there: "cannot spill pointers to stack into
	   stack frame of the caller", check_stack_write_fixed_off.) */
	if (ai->escapes && follows_and_writes(h))
		havoc_stack(s, K2_RG_ANY);
	if (h && h->ret == K2_RET_VOID)
		r0.uninit = true;
	clobber_call(s, &r0);
}

static void step_opaque(struct k2_absint *ai, const struct k2_insn *i, struct k2_astate *s)
{
	ai->escapes = true;
	havoc_stack(s, K2_RG_ANY);
	for (unsigned int r = 0; r < 10; r++) {
		if (i->def >> r & 1)
			s->reg[r] = k2_aval_region(K2_RG_ANY, 0);
	}
}

void k2_absint_step(struct k2_absint *ai, const struct k2_insn *i, struct k2_astate *s)
{
	struct k2_aval any = k2_aval_region(K2_RG_FOREIGN, 0), number = k2_aval_region(K2_RG_SCALAR, 0);

	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU:
		ai->escapes |= hides_address(i, &s->reg[i->dst], &s->reg[i->src]);
		s->reg[i->dst] = alu_value(ai, i, &s->reg[i->dst], &s->reg[i->src]);
		break;
	case K2_KIND_LD_IMM64: s->reg[i->dst] = k2_absint_ld_imm64(ai->f, i); break;
	case K2_KIND_LOAD: step_load(ai, i, s); break;
	case K2_KIND_STORE: step_store(ai, i, s); break;
	case K2_KIND_ATOMIC: step_atomic(ai, i, s); break;
	/* The verifier knows only that it is a number; so do the facts that precision is measured by. */
	case K2_KIND_LD_PKT: clobber_call(s, &number); break;
	case K2_KIND_CALL: step_call(ai, i, s); break;
	case K2_KIND_CALLX:
		ai->escapes = true;
		havoc_stack(s, K2_RG_ANY);
		clobber_call(s, &any);
		break;
	case K2_KIND_JUMP:
		if (i->flags & (K2_F_GOES | K2_F_STAYS))
			k2_astate_refine(ai, i, (i->flags & K2_F_GOES) != 0, s);
		break;
	case K2_KIND_GOTO: case K2_KIND_MAY_GOTO: case K2_KIND_GOTOX: case K2_KIND_EXIT: break;
	case K2_KIND_OPAQUE: step_opaque(ai, i, s); break;
	}
}

static void whole_frame(uint64_t set[8])
{
	memset(set, 0xff, 8 * sizeof(set[0]));
}

static void call_effect(const struct k2_absint *ai, const struct k2_insn *i, const struct k2_astate *s,
			struct k2_stack_effect *e)
{
	const struct k2_helper *h = i->src == K2_CALL_HELPER ? k2_helper_get((int32_t)i->imm) : NULL;
	bool any = false;

	for (unsigned int n = 1; n <= 5; n++) {
		struct k2_arg_access acc;

		if (!k2_absint_arg(ai->f, i, s->reg, n, &acc))
			continue;
		any = true;
		if (acc.reads)
			k2_stack_range(e->reads, acc.off, acc.size);
		else if (acc.exact)
			k2_stack_range(e->kills, acc.off, acc.size);
	}
	/* Callees that follow stored pointers, and unknown ones that were given any way into the frame. */
	if ((!h && any) || (ai->escapes && (!h || (h->flags & K2_HELPER_DEREFS))))
		whole_frame(e->reads);
}

void k2_absint_stack_effect(const struct k2_absint *ai, const struct k2_insn *i, const struct k2_astate *s,
			    struct k2_stack_effect *e)
{
	enum k2_kind kind = k2_isa_kind(i);
	unsigned int size = k2_isa_access_size(i);
	unsigned int base = kind == K2_KIND_LOAD ? i->src : i->dst;
	const struct k2_aval *addr = &s->reg[base < 11 ? base : 0]; /* opaque instructions have any number there */
	int64_t at;

	memset(e, 0, sizeof(*e));
	switch (kind) {
	case K2_KIND_LOAD:
		if (!(i->flags & K2_F_SYM_OFF) && stack_at(addr, i->off, size, &at))
			k2_stack_range(e->reads, at, size);
		else if (maybe_own(addr))
			whole_frame(e->reads);
		break;
	case K2_KIND_STORE:
		if (!(i->flags & K2_F_SYM_OFF) && stack_at(addr, i->off, size, &at))
			k2_stack_range(e->kills, at, size);
		break;
	case K2_KIND_ATOMIC:
		if (maybe_own(&s->reg[i->imm == K2_LOAD_ACQ ? i->src : i->dst]))
			whole_frame(e->reads);
		break;
	case K2_KIND_CALL: call_effect(ai, i, s, e); break;
	case K2_KIND_CALLX: case K2_KIND_OPAQUE: whole_frame(e->reads); break;
	default: break;
	}
}

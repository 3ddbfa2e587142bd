// SPDX-License-Identifier: BSD-2-Clause
/* Symbolic execution: instructions over terms. Memory outside of the stack: memory.c. What a call sees: event.c. */
#include "symexec_impl.h"
#include "termsem.h"
#include <string.h>

static const struct k2_known NOTHING = { 0, 0, 0, UINT64_MAX };

enum { MEMO = 128 }; /* more than there are sums in most windows */
struct k2_sym_memo {
	k2_t term;
	struct k2_aval aval;
};

static uint64_t tag_of(const struct k2_aval *v)
{
	return v->region | (uint64_t)v->id << 8;
}

k2_t k2_sym_unknown(struct k2_symctx *c, const struct k2_aval *v)
{
	return k2_t_fresh(c->terms, 64, v->region == K2_RG_SCALAR ? &v->num : NULL, tag_of(v));
}

static k2_t constant(struct k2_symctx *c, uint64_t v)
{
	return k2_t_const(c->terms, 64, v);
}

static k2_t named(struct k2_symctx *c, enum k2_fn fn, uint64_t number, const struct k2_aval *v)
{
	k2_t arg = constant(c, number);

	return k2_t_apply(c->terms, 64, fn, &arg, 1, v->region == K2_RG_SCALAR ? &v->num : NULL, tag_of(v));
}

k2_t k2_sym_fixed(struct k2_symctx *c, const struct k2_aval *v)
{
	struct k2_aval ctx = k2_aval_region(K2_RG_CTX, 0);

	if (!k2_aval_fixed(v))
		return NULL;
	switch (v->region) {
	case K2_RG_STACK: return k2_t_add(c->terms, c->fp, constant(c, v->num.umin));
	case K2_RG_CTX: return k2_t_add(c->terms, named(c, K2_FN_CTX, 0, &ctx), constant(c, v->num.umin));
	case K2_RG_MAP: return named(c, K2_FN_SYMBOL, v->id, v);
	default: return constant(c, v->num.umin);
	}
}

/* The term for an abstract value at the entry of the code. */
static k2_t entry_value(struct k2_symctx *c, const struct k2_aval *v)
{
	k2_t fixed = k2_sym_fixed(c, v);

	if (fixed)
		return fixed;
	if (v->region == K2_RG_STACK)
		return k2_t_add(c->terms, c->fp, k2_t_fresh(c->terms, 64, &v->num, K2_RG_SCALAR));
	return k2_sym_unknown(c, v);
}

enum k2_status k2_symctx_init(struct k2_symctx *c, struct k2_arena *a, struct k2_terms *t, const struct k2_func *f,
			      const struct k2_astate *facts, bool escapes)
{
	struct k2_aval stack = k2_aval_region(K2_RG_STACK, 0);

	memset(c, 0, sizeof(*c));
	c->arena = a;
	c->terms = t;
	c->f = f;
	c->facts = facts;
	c->escapes = escapes;
	c->fp = named(c, K2_FN_FP, 0, &stack);
	c->zero = constant(c, 0);
	c->memo = k2_arena_calloc(a, MEMO, sizeof(*c->memo));
	for (unsigned int r = 0; r < 11; r++)
		c->reg[r] = facts->reg[r].uninit ? NULL : entry_value(c, &facts->reg[r]);
	return k2_terms_failed(t) || k2_arena_failed(a) ? K2_ENOMEM : K2_OK;
}

/* ---- what terms point at ---- */

static struct k2_aval untagged(k2_t v)
{
	struct k2_aval r = k2_aval_region(K2_RG_SCALAR, 0);

	r.num = (struct k2_known){ v->zeros, v->ones, v->umin, v->umax };
	return r;
}

/* Eight bytes read as one may be a pointer; anything put together from less is a number. */
static struct k2_aval concat_aval(k2_t v)
{
	k2_t high = v->args[0];

	if (v->width != 64 || (high->op != K2_T_SELECT && high->op != K2_T_ATOM))
		return untagged(v);
	return k2_aval_region(high->tag == K2_RG_ANY ? K2_RG_ANY : K2_RG_FOREIGN, 0);
}

/* What is subtracted in the addend -1 * x; NULL: it is something else. */
static k2_t subtracted(k2_t v)
{
	if (v->op != K2_T_MUL || v->n_args != 2)
		return NULL;
	for (unsigned int k = 0; k < 2; k++) {
		if (k2_t_is_const(v->args[k]) && v->args[k]->imm == k2_mask(v->width))
			return v->args[1 - k];
	}
	return NULL;
}

/* Pointer and numbers; the distance between two pointers is a number. What is subtracted and may be either is a number where
   the result is a pointer, and no pointer to memory where it is not. */
static struct k2_aval sum_aval(const struct k2_symctx *c, k2_t v)
{
	struct k2_aval best = k2_aval_region(K2_RG_SCALAR, 0), minus = best;
	unsigned int pointers = 0, negated = 0;

	for (unsigned int k = 0; k < v->n_args; k++) {
		k2_t sub = subtracted(v->args[k]);
		struct k2_aval a = k2_sym_aval(c, sub ? sub : v->args[k]);

		if (a.region == K2_RG_SCALAR)
			continue;
		*(sub ? &minus : &best) = a;
		*(sub ? &negated : &pointers) += 1;
	}
	if (!negated && pointers <= 1)
		return best;
	if (pointers != 1 || negated != 1)
		return k2_aval_region(K2_RG_ANY, 0);
	if (best.region >= K2_RG_STACK && minus.region >= K2_RG_STACK)
		return k2_aval_region(K2_RG_SCALAR, 0);
	return best.region >= K2_RG_STACK ? best : k2_aval_region(K2_RG_ANY, 0);
}

/* Sums are remembered: their terms share parts, and walking each as a tree takes exponential time. */
static struct k2_aval sum_aval_once(const struct k2_symctx *c, k2_t v)
{
	struct k2_sym_memo *m = c->memo ? &c->memo[v->id % MEMO] : NULL;
	struct k2_aval r;

	if (m && m->term == v)
		return m->aval;
	r = sum_aval(c, v);
	if (m)
		*m = (struct k2_sym_memo){ v, r };
	return r;
}

struct k2_aval k2_sym_aval(const struct k2_symctx *c, k2_t v)
{
	k2_t base;
	uint64_t off;
	struct k2_aval r;

	switch (v->op) {
	case K2_T_ATOM: case K2_T_SELECT:
		r = k2_aval_region((enum k2_region)(v->tag & 0xff), (uint32_t)(v->tag >> 8));
		if (r.region == K2_RG_SCALAR)
			return untagged(v);
		if (r.region == K2_RG_STACK || r.region == K2_RG_CTX)
			r.num = v == c->fp || v->imm == K2_FN_CTX ? k2_aval_scalar(0).num : NOTHING;
		return r;
	case K2_T_ADD:
		k2_t_split_const(c->terms, v, &base, &off);
		if (off && base) {
			r = k2_sym_aval(c, base);
			if ((r.region == K2_RG_STACK || r.region == K2_RG_CTX) && k2_known_const(&r.num))
				r.num = k2_aval_scalar(r.num.umin + off).num;
			return r.region == K2_RG_SCALAR ? untagged(v) : r;
		}
		r = sum_aval_once(c, v);
		if (r.region == K2_RG_SCALAR)
			return untagged(v);
		r.num = NOTHING;
		return r;
	case K2_T_ITE: return k2_aval_region(K2_RG_ANY, 0);
	case K2_T_CONCAT: return concat_aval(v);
	default: return untagged(v);
	}
}

/* ---- stack ---- */

k2_t k2_sym_entry_slot(struct k2_symctx *c, unsigned int slot)
{
	if (!c->slot[slot]) {
		struct k2_aval v = k2_astate_slot(c->f, c->facts, slot);

		c->slot[slot] = entry_value(c, &v);
	}
	return c->slot[slot];
}

/* Did a jump find the number to be 0? */
static bool found_zero(struct k2_symctx *c, const struct k2_sym *s, k2_t v)
{
	k2_t wide, half;

	if (!s->n_assumed)
		return false;
	wide = k2_t_eq(c->terms, v, k2_t_const(c->terms, 64, 0));
	half = k2_t_eq(c->terms, k2_t_extract(c->terms, v, 0, 32), k2_t_const(c->terms, 32, 0));
	for (uint32_t k = 0; k < s->n_assumed; k++) {
		if (s->assumed[k] == wide || s->assumed[k] == half)
			return true;
	}
	return false;
}

k2_t k2_sym_stack_byte(struct k2_symctx *c, const struct k2_sym *s, unsigned int index)
{
	k2_t b = s->stack[index];

	if (b && b->op == K2_T_SELECT && b->imm == K2_FN_PARTLY && b->n_args == 3 && found_zero(c, s, b->args[2]))
		return b->args[0];
	return b ? b : k2_byte_of(c, k2_sym_entry_slot(c, index / 8), 8, index % 8);
}

static k2_t stack_load(struct k2_symctx *c, const struct k2_sym *s, unsigned int index, unsigned int size)
{
	k2_t bytes[8] = { NULL };

	for (unsigned int k = 0; k < size; k++)
		bytes[k] = k2_sym_stack_byte(c, s, index + k);
	return k2_bytes_join(c, bytes, size);
}

/* ---- instructions ---- */

static bool fault(struct k2_exec *x, const char *why)
{
	x->s->fault = why;
	return false;
}

static k2_t reg(struct k2_exec *x, unsigned int r)
{
	if (!x->s->reg[r]) {
		fault(x, "reads a register that holds nothing");
		return x->c->zero;
	}
	return x->s->reg[r];
}

/* The load-time immediate or offset of a CO-RE relocation, sign-extended. */
static k2_t core_value(struct k2_exec *x, const struct k2_insn *i)
{
	k2_t arg = constant(x->c, i->sym);

	return k2_t_sext(x->c->terms, k2_t_apply(x->c->terms, 32, K2_FN_CORE, &arg, 1, NULL, K2_RG_SCALAR), 64);
}

static bool exec_alu(struct k2_exec *x, const struct k2_insn *i)
{
	uint16_t reads = k2_isa_reads(i);
	k2_t d = reads >> i->dst & 1 ? reg(x, i->dst) : x->c->zero, s = x->c->zero;

	if (i->flags & K2_F_SYM_IMM)
		s = core_value(x, i);
	else if (i->code & K2_X && K2_OP(i->code) != K2_END && K2_OP(i->code) != K2_NEG)
		s = reg(x, i->src);
	if (x->s->fault)
		return false;
	x->s->reg[i->dst] = sym_alu(x->c->terms, i, x->c->f->desc->big_endian, d, s);
	return true;
}

static bool exec_ld_imm64(struct k2_exec *x, const struct k2_insn *i)
{
	struct k2_aval v = k2_absint_ld_imm64(x->c->f, i);
	const struct k2_symbol *sym = k2_func_symbol(x->c->f, i);
	k2_t r, args[2];

	if (sym && sym->kind == K2_SYM_CORE) {
		r = named(x->c, K2_FN_CORE, i->sym, &v);
	} else if (sym) {
		r = named(x->c, K2_FN_SYMBOL, i->sym, &v);
		if (i->imm)
			r = k2_t_add(x->c->terms, r, constant(x->c, (uint64_t)i->imm));
	} else if (i->src) {
		args[0] = constant(x->c, i->src);
		args[1] = constant(x->c, (uint64_t)i->imm);
		r = k2_t_apply(x->c->terms, 64, K2_FN_PSEUDO, args, 2, NULL, tag_of(&v));
	} else {
		r = constant(x->c, (uint64_t)i->imm);
	}
	x->s->reg[i->dst] = r;
	return true;
}

/* Classifies address reg + off. For own stack at a constant place inside the frame *index is the byte's number. */
enum place { AT_STACK, AT_BYTES, AT_CTX, AT_FAR, AT_UNKNOWN };

static enum place classify(struct k2_exec *x, const struct k2_insn *i, unsigned int base_reg, unsigned int *index)
{
	struct k2_point *p = x->point;
	k2_t addr = reg(x, base_reg);
	struct k2_aval v;
	int64_t at;

	addr = k2_t_add(x->c->terms, addr,
			i->flags & K2_F_SYM_OFF ? core_value(x, i) : constant(x->c, (uint64_t)(int64_t)i->off));
	v = k2_sym_aval(x->c, addr);
	k2_t_split_const(x->c->terms, addr, &p->base, &p->off);
	if (!p->base)
		p->base = x->c->zero;
	p->access = true;
	p->region = (enum k2_region)v.region;
	p->id = v.id;
	switch (v.region) {
	case K2_RG_STACK:
		at = (int64_t)v.num.umin + K2_STACK_SIZE;
		if (!k2_known_const(&v.num) || at < 0 || at + (int64_t)k2_isa_access_size(i) > K2_STACK_SIZE)
			return AT_UNKNOWN;
		*index = (unsigned int)at;
		return AT_STACK;
	case K2_RG_PKT: case K2_RG_MAP_VALUE: case K2_RG_DATA: case K2_RG_MEM: case K2_RG_FRAME:
		return i->flags & K2_F_SYM_OFF ? AT_FAR : AT_BYTES;
	case K2_RG_CTX: return AT_CTX;
	case K2_RG_ANY: return AT_UNKNOWN;
	default: return AT_FAR;
	}
}

/* A load whose bytes are not modelled: the context (rewritten by the kernel) or memory behind other pointers. One unknown per
   state of memory, address and size. */
static k2_t opaque_load(struct k2_exec *x, const struct k2_insn *i, enum k2_fn fn)
{
	struct k2_symctx *c = x->c;
	struct k2_point *p = x->point;
	struct k2_aval addr = { .region = (uint8_t)p->region, .id = p->id, .num = NOTHING }, v;
	unsigned int size = k2_isa_access_size(i);
	k2_t args[4];

	if (fn == K2_FN_CTX_LOAD) {
		addr = k2_sym_aval(c, p->base);
		if (k2_known_const(&addr.num))
			addr.num = k2_aval_scalar(addr.num.umin + p->off).num;
	}
	v = k2_absint_loaded(c->f, &addr, 0, size);
	if ((i->flags & K2_F_SYM_OFF) && fn != K2_FN_CTX_LOAD) /* the loader may widen the access to the field it finds */
		v = k2_aval_region(K2_RG_FOREIGN, 0);
	args[0] = fn == K2_FN_CTX_LOAD ? constant(c, x->s->ext.ctx_version) : k2_ext_version(c, &x->s->ext);
	args[1] = p->base;
	args[2] = constant(c, p->off);
	args[3] = constant(c, size);
	return k2_t_apply(c->terms, 64, fn, args, 4, v.region == K2_RG_SCALAR ? &v.num : NULL, tag_of(&v));
}

static bool exec_load(struct k2_exec *x, const struct k2_insn *i)
{
	unsigned int index = 0, size = k2_isa_access_size(i);
	enum place place = classify(x, i, i->src, &index);
	k2_t raw;

	if (x->s->fault)
		return false;
	if ((i->flags & K2_F_VOLATILE) || place == AT_UNKNOWN)
		return k2_exec_event(x, i);
	if (place == AT_STACK || place == AT_BYTES) {
		raw = place == AT_STACK ? stack_load(x->c, x->s, index, size) :
					  k2_ext_load(x->c, &x->s->ext, x->point->region, x->point->id, x->point->base,
						      x->point->off, size);
		x->point->value = raw;
		x->s->reg[i->dst] = sym_load(x->c->terms, i, raw);
		return true;
	}
	raw = opaque_load(x, i, place == AT_CTX ? K2_FN_CTX_LOAD : K2_FN_FAR_LOAD);
	if (K2_MODE(i->code) == K2_MEMSX)
		raw = sym_load(x->c->terms, i, k2_t_extract(x->c->terms, raw, 0, 8 * size));
	x->s->reg[i->dst] = raw;
	return true;
}

static bool exec_store(struct k2_exec *x, const struct k2_insn *i)
{
	unsigned int index = 0, size = k2_isa_access_size(i);
	k2_t v = K2_CLASS(i->code) == K2_STX ? reg(x, i->src) : x->c->zero;
	enum place place = classify(x, i, i->dst, &index);

	if (x->s->fault)
		return false;
	v = sym_store(x->c->terms, i, v);
	x->point->value = v;
	if ((i->flags & K2_F_VOLATILE) || (place != AT_STACK && place != AT_BYTES))
		return k2_exec_event(x, i);
	if (place == AT_BYTES) {
		k2_ext_store(x->c, &x->s->ext, x->point->region, x->point->id, x->point->base, x->point->off, size, v);
		return true;
	}
	for (unsigned int k = 0; k < size; k++)
		x->s->stack[index + k] = k2_byte_of(x->c, v, size, k);
	return true;
}

static bool exec_jump(struct k2_exec *x, const struct k2_insn *i)
{
	k2_t d = reg(x, i->dst), s = i->code & K2_X ? reg(x, i->src) : x->c->zero, taken;

	if (x->s->fault)
		return false;
	if (i->flags & K2_F_SYM_IMM)
		s = core_value(x, i);
	taken = sym_cond(x->c->terms, i, d, s);
	if (!(i->flags & (K2_F_GOES | K2_F_STAYS))) {
		x->s->branch = taken;
		return true;
	}
	if (i->flags & K2_F_STAYS)
		taken = k2_t_not(x->c->terms, taken);
	return K2_VEC_PUSH(x->c->arena, x->s->assumed, x->s->n_assumed, x->s->cap_assumed, taken) || fault(x, "out of memory");
}

static bool exec_one(struct k2_exec *x, const struct k2_insn *i)
{
	unsigned int index;

	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU: return exec_alu(x, i);
	case K2_KIND_LD_IMM64: return exec_ld_imm64(x, i);
	case K2_KIND_LOAD: return exec_load(x, i);
	case K2_KIND_STORE: return exec_store(x, i);
	case K2_KIND_ATOMIC:
		classify(x, i, i->imm == K2_LOAD_ACQ ? i->src : i->dst, &index);
		return x->s->fault ? false : k2_exec_event(x, i);
	case K2_KIND_LD_PKT: case K2_KIND_CALL: case K2_KIND_CALLX: case K2_KIND_OPAQUE: return k2_exec_event(x, i);
	case K2_KIND_JUMP: return exec_jump(x, i);
	/* Whether a may_goto is taken is the kernel's to decide, by how many were executed: old and new have the same ones. */
	case K2_KIND_GOTO: case K2_KIND_MAY_GOTO: return true;
	case K2_KIND_EXIT: x->s->exits = true; return true;
	case K2_KIND_GOTOX: break;
	}
	return fault(x, "an instruction that is not modelled");
}

enum k2_status k2_sym_run(struct k2_symctx *c, const struct k2_start *start, const struct k2_insn *insns, uint32_t n,
			  k2_on_event on_event, void *user, struct k2_sym *out)
{
	struct k2_exec x = { .c = c, .s = out, .on_event = on_event, .user = user };

	memset(out, 0, sizeof(*out));
	memcpy(out->reg, start->reg, sizeof(out->reg));
	memcpy(out->stack, start->stack, sizeof(out->stack));
	out->points = k2_arena_calloc(c->arena, (size_t)n + 1, sizeof(*out->points));
	if (!out->points)
		return K2_ENOMEM;
	out->n_points = n + 1;
	for (uint32_t k = 0; k < n; k++) {
		x.point = &out->points[k];
		memcpy(x.point->reg, out->reg, sizeof(out->reg));
		if (!exec_one(&x, &insns[k])) {
			out->fault_at = k;
			break;
		}
	}
	memcpy(out->points[n].reg, out->reg, sizeof(out->reg));
	return k2_terms_failed(c->terms) || k2_arena_failed(c->arena) ? K2_ENOMEM : K2_OK;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Events: what calls, atomics, volatile and unknown accesses and inline asm see and change. */
#include "symexec_impl.h"
#include <string.h>

static void all_stack(uint64_t set[8])
{
	memset(set, 0xff, 8 * sizeof(set[0]));
}

static void add_input(struct k2_event *e, k2_t v)
{
	e->in[e->n_in++] = v;
}

/* Everything that the program can reach is seen and changed. */
static void touches_all(struct k2_event *e, bool writes)
{
	all_stack(e->seen);
	e->sees_ext = e->may_not_look = true;
	if (writes) {
		all_stack(e->written);
		e->writes_ext = e->writes_ctx = true;
	}
}

static void set_result(struct k2_event *e, unsigned int r, struct k2_aval v)
{
	e->out_regs |= (uint16_t)(1u << r);
	e->fresh_regs |= (uint16_t)(1u << r);
	e->result = v;
}

static bool own_stack(const struct k2_point *p)
{
	return p->region == K2_RG_STACK || p->region == K2_RG_ANY;
}

/* The bytes of a stack access at a constant place; false: somewhere in the frame. */
static bool stack_bytes(const struct k2_exec *x, unsigned int size, uint64_t set[8])
{
	int64_t at = (int64_t)x->point->off;

	if (x->point->base != x->c->fp || at < -K2_STACK_SIZE || at + (int64_t)size > 0)
		return false;
	k2_stack_range(set, at, size);
	return true;
}

static void load_event(struct k2_exec *x, const struct k2_insn *i, struct k2_event *e)
{
	unsigned int size = k2_isa_access_size(i);
	struct k2_aval addr = k2_sym_aval(x->c, e->in[0]), base = k2_sym_aval(x->c, x->s->reg[i->src]), v;
	int64_t off = 0;
	bool field = (i->flags & K2_F_SYM_OFF) && k2_absint_core_field(x->c->f, i, &base, &off);

	if (field)
		addr = base;
	if (own_stack(x->point) && !stack_bytes(x, size, e->seen))
		touches_all(e, false);
	/* What was stored there before is seen. */
	e->sees_ext |= x->point->region != K2_RG_STACK && x->point->region != K2_RG_CTX;
	v = k2_absint_loaded(x->c->f, &addr, off, size);
	if ((i->flags & K2_F_SYM_OFF) && !field) /* the loader may widen the access to the field it finds */
		v = k2_aval_region(own_stack(x->point) ? K2_RG_ANY : K2_RG_FOREIGN, 0);
	set_result(e, i->dst, K2_MODE(i->code) == K2_MEMSX ? k2_aval_region(K2_RG_SCALAR, 0) : v);
}

static void store_event(struct k2_exec *x, const struct k2_insn *i, struct k2_event *e)
{
	unsigned int size = k2_isa_access_size(i);

	add_input(e, x->point->value);
	if (own_stack(x->point)) {
		if (!stack_bytes(x, size, e->written))
			touches_all(e, true);
	} else if (x->point->region == K2_RG_CTX) {
		e->writes_ctx = true;
	} else {
		e->sees_ext = e->writes_ext = e->writes_ctx = true;
	}
}

/* A register that has to hold something. */
static void add_register(struct k2_exec *x, struct k2_event *e, unsigned int r)
{
	if (x->s->reg[r])
		add_input(e, x->s->reg[r]);
	else
		x->s->fault = "reads a register that holds nothing";
}

/* Of 32-bit atomics nobody looks at the upper halves of the operands. */
static void add_operand(struct k2_exec *x, struct k2_event *e, unsigned int r, unsigned int size)
{
	add_register(x, e, r);
	if (!x->s->fault && size == 4)
		e->in[e->n_in - 1] = k2_t_extract(x->c->terms, e->in[e->n_in - 1], 0, 32);
}

static void atomic_event(struct k2_exec *x, const struct k2_insn *i, struct k2_event *e)
{
	uint16_t writes = k2_isa_writes(i);
	unsigned int src = i->imm == K2_LOAD_ACQ ? i->dst : i->src;

	if (i->imm != K2_LOAD_ACQ)
		add_operand(x, e, src, k2_isa_access_size(i));
	if (i->imm == K2_CMPXCHG)
		add_operand(x, e, 0, k2_isa_access_size(i));
	if (own_stack(x->point))
		touches_all(e, true);
	e->sees_ext = e->writes_ext = true;
	/* Nothing is believed of the result, not even that a 32-bit one is zero-extended: kernels up to 6.18 at least forget that
	   for cmpxchg when pruning hides the reader of the upper half (test/kernel/test_interp.c). */
	for (unsigned int r = 0; r < 10; r++) {
		if (writes >> r & 1)
			set_result(e, r, k2_aval_region(own_stack(x->point) ? K2_RG_ANY : K2_RG_FOREIGN, 0));
	}
}

/* A helper's buffer in the own frame, at a known place and of a known size. */
static bool is_view(const struct k2_helper *h, const struct k2_aval *reg, unsigned int n, const struct k2_arg_access *acc)
{
	return h && !(h->flags & (K2_HELPER_CALLS_BACK | K2_HELPER_TAIL_CALL)) && h->arg[n - 1] >= K2_ARG_MAP_KEY &&
	       h->arg[n - 1] <= K2_ARG_FIXED_RW && reg->region == K2_RG_STACK && k2_known_const(&reg->num) &&
	       acc->off == (int64_t)reg->num.umin && acc->off >= -K2_STACK_SIZE && acc->size > 0 && acc->off + acc->size <= 0;
}

static bool in_view(const struct k2_event *e, unsigned int r)
{
	for (unsigned int k = 0; k < e->n_views; k++) {
		if (e->view[k].arg == r)
			return true;
	}
	return false;
}

/* No two bytes that the event sees or changes have become one: a callee that reads one buffer while it fills another would tell. */
static bool stay_apart(const struct k2_event *e, const uint16_t map[K2_STACK_SIZE])
{
	bool taken[K2_STACK_SIZE] = { false };

	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (!k2_stack_has(e->seen, b) && !k2_stack_has(e->written, b))
			continue;
		if (taken[map[b]])
			return false;
		taken[map[b]] = true;
	}
	return true;
}

bool k2_event_moves(const struct k2_event *of, const struct k2_view *to, uint8_t n, uint16_t map[K2_STACK_SIZE])
{
	bool taken[K2_STACK_SIZE] = { false };

	for (unsigned int b = 0; b < K2_STACK_SIZE; b++)
		map[b] = (uint16_t)b;
	if (of->n_views != n)
		return false;
	for (unsigned int k = 0; k < n; k++) {
		const struct k2_view *v = &of->view[k], *w = &to[k];

		if (v->arg != w->arg || v->size != w->size)
			return false;
		for (unsigned int b = 0; b < v->size; b++) {
			uint16_t place = (uint16_t)(w->at + b);

			if (taken[v->at + b] && map[v->at + b] != place)
				return false;
			taken[v->at + b] = true;
			map[v->at + b] = place;
		}
	}
	return stay_apart(of, map);
}

/* A lookup by prefix does not look at key bytes behind the prefix. */
static bool looks_at_part(const struct k2_exec *x, const struct k2_helper *h, const struct k2_aval reg[11])
{
	enum { LPM_TRIE = 11 };
	const struct k2_func_desc *d = x->c->f->desc;

	return h && h->arg[0] == K2_ARG_MAP &&
	       (reg[1].region != K2_RG_MAP || !reg[1].id || reg[1].id > d->n_syms || d->syms[reg[1].id - 1].map_type == LPM_TRIE);
}

/* What is known of a helper's effect on memory outside; unknown callees do anything. */
static void call_memory(struct k2_exec *x, const struct k2_insn *i, const struct k2_aval reg[11], struct k2_event *e)
{
	const struct k2_helper *h = NULL;
	bool own = false;

	if (k2_isa_kind(i) == K2_KIND_CALL && i->src == K2_CALL_HELPER && !(i->flags & K2_F_SYM_IMM))
		h = k2_helper_get((int32_t)i->imm);
	for (unsigned int n = 1; n <= 5; n++) {
		struct k2_arg_access acc;

		if (k2_absint_arg(x->c->f, i, reg, n, &acc)) {
			own = true;
			if (is_view(h, &reg[n], n, &acc))
				e->view[e->n_views++] = (struct k2_view){ (uint8_t)n, (uint16_t)(acc.off + K2_STACK_SIZE), (uint16_t)acc.size };
			if (acc.reads)
				k2_stack_range(e->seen, acc.off, acc.size);
			if (acc.writes)
				k2_stack_range(e->written, acc.off, acc.size);
			if (acc.writes && !acc.exact)
				k2_stack_range(e->partly, acc.off, acc.size);
			/* Only what it is asked for, at a known place and of a known size: the range may be more. */
			if (h && (h->flags & K2_HELPER_FILLS) && h->arg[n - 1] == K2_ARG_MEM_WRITE_PART && acc.init)
				k2_stack_range(e->fills, acc.off, acc.size);
		}
		/* The same argument kinds pointing outside of the stack. */
		if (h && h->arg[n - 1] >= K2_ARG_MAP_KEY && h->arg[n - 1] <= K2_ARG_FIXED_RW && reg[n].region != K2_RG_STACK) {
			e->sees_ext = true;
			e->writes_ext |= h->arg[n - 1] != K2_ARG_MAP_KEY && h->arg[n - 1] != K2_ARG_MAP_VALUE &&
					 h->arg[n - 1] != K2_ARG_MEM_READ && h->arg[n - 1] != K2_ARG_FIXED_READ;
		}
	}
	e->may_not_look |= looks_at_part(x, h, reg);
	if (!h) {
		e->sees_ext = e->writes_ext = true;
		if (own || x->c->escapes)
			touches_all(e, true);
	} else {
		e->sees_ext |= (h->flags & (K2_HELPER_READS_EXT | K2_HELPER_WRITES_EXT | K2_HELPER_TAIL_CALL)) != 0;
		e->writes_ext |= (h->flags & (K2_HELPER_WRITES_EXT | K2_HELPER_CHANGES_PKT | K2_HELPER_CALLS_BACK)) != 0;
		if ((h->flags & K2_HELPER_DEREFS) && x->c->escapes)
			touches_all(e, (h->flags & (K2_HELPER_CALLS_BACK | K2_HELPER_WRITES_EXT)) != 0);
	}
	/* Replacing memory as a whole forgets its layers, so they must have been compared. */
	e->sees_ext |= e->writes_ext;
	e->writes_ctx |= e->writes_ext;
}

static void call_event(struct k2_exec *x, const struct k2_insn *i, struct k2_event *e)
{
	const struct k2_helper *h = i->src == K2_CALL_HELPER ? k2_helper_get((int32_t)i->imm) : NULL;
	uint16_t reads = k2_insn_reads(i);
	struct k2_aval reg[11];

	memset(reg, 0, sizeof(reg));
	for (unsigned int r = 0; r < 11; r++) {
		reg[r].uninit = !x->s->reg[r];
		if (x->s->reg[r])
			reg[r] = k2_sym_aval(x->c, x->s->reg[r]);
	}
	call_memory(x, i, reg, e);
	for (unsigned int r = 0; r < 11; r++) {
		if (r > 5 || !(reads >> r & 1))
			continue;
		if (!x->s->reg[r]) {
			/* Subprograms and kfuncs are said to read more than they do, and some helpers' last arguments are not
			   checked by the kernel. */
			if (h && !(h->flags & K2_HELPER_LOOSE_ARGS))
				x->s->fault = "a call reads a register that holds nothing";
			continue;
		}
		if (!in_view(e, r))
			add_input(e, x->s->reg[r]);
		e->in_regs |= (uint16_t)(1u << r);
	}
	if (k2_isa_kind(i) == K2_KIND_CALLX && x->s->reg[i->dst])
		add_input(e, x->s->reg[i->dst]);
	e->out_regs = 0x3f;
	e->silent = k2_absint_discardable(x->c->f, i, reg);
	if (!h || h->ret != K2_RET_VOID)
		set_result(e, 0, k2_absint_result(x->c->f, i, reg));
}

static void opaque_event(struct k2_exec *x, const struct k2_insn *i, struct k2_event *e)
{
	for (unsigned int r = 0; r < 10; r++) {
		if (!(i->use >> r & 1) || !x->s->reg[r])
			continue;
		add_input(e, x->s->reg[r]);
		e->in_regs |= (uint16_t)(1u << r);
	}
	touches_all(e, true);
	e->out_regs = e->fresh_regs = i->def & 0x3ff;
	e->result = k2_aval_region(K2_RG_ANY, 0);
}

static void describe(struct k2_exec *x, const struct k2_insn *i, struct k2_event *e)
{
	struct k2_point *p = x->point;

	e->insn = i;
	if (p->access)
		add_input(e, k2_t_add(x->c->terms, p->base, k2_t_const(x->c->terms, 64, p->off)));
	switch (k2_isa_kind(i)) {
	case K2_KIND_LOAD: load_event(x, i, e); break;
	case K2_KIND_STORE: store_event(x, i, e); break;
	case K2_KIND_ATOMIC: atomic_event(x, i, e); break;
	case K2_KIND_LD_PKT: /* may end the program, so what was stored before is seen */
		e->sees_ext = true;
		add_register(x, e, 6);
		if (K2_MODE(i->code) == K2_IND)
			add_register(x, e, i->src);
		if (e->n_in == 2) /* with the number that is added an int to the kernel (bpf_skb_load_helper_8) */
			e->in[1] = k2_t_add(x->c->terms, k2_t_extract(x->c->terms, e->in[1], 0, 32),
					    k2_t_const(x->c->terms, 32, (uint32_t)i->imm));
		e->out_regs = 0x3f;
		set_result(e, 0, k2_absint_packet_load(k2_isa_access_size(i)));
		break;
	case K2_KIND_CALL: case K2_KIND_CALLX: call_event(x, i, e); break;
	default: opaque_event(x, i, e); break;
	}
}

static bool look(struct k2_exec *x, struct k2_event *e)
{
	e->stack = k2_arena_calloc(x->c->arena, K2_STACK_SIZE, sizeof(*e->stack));
	if (!e->stack)
		return false;
	for (unsigned int k = 0; k < K2_STACK_SIZE; k++) {
		if (k2_stack_has(e->seen, k))
			e->stack[k] = k2_sym_stack_byte(x->c, x->s, k);
	}
	if (e->sees_ext)
		e->ext = k2_ext_copy(x->c, &x->s->ext);
	return true;
}

/* A byte that a call may write or leave alone: what is there afterwards depends on what was there before, unless (with a third argument) the
   result is 0. */
static k2_t maybe_written(struct k2_symctx *c, const struct k2_sym *s, const struct k2_event *e, unsigned int b)
{
	k2_t args[3] = { e->after[b], k2_sym_stack_byte(c, s, b), e->out[0] };

	return k2_t_apply(c->terms, 8, K2_FN_PARTLY, args, k2_stack_has(e->fills, b) ? 3 : 2, NULL, e->after[b]->tag);
}

static void apply(struct k2_symctx *c, struct k2_sym *s, const struct k2_event *e)
{
	for (unsigned int r = 0; r < 10; r++) {
		if (e->out_regs >> r & 1)
			s->reg[r] = e->out[r];
	}
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (k2_stack_has(e->written, b))
			s->stack[b] = k2_stack_has(e->partly, b) ? maybe_written(c, s, e, b) : e->after[b];
	}
	if (e->writes_ext) {
		s->ext.version = e->number + 1;
		s->ext.top = NULL;
	}
	if (e->writes_ctx)
		s->ext.ctx_version = e->number + 1;
}

const char *k2_event_fresh(void *symctx, struct k2_sym *s, struct k2_event *e, uint32_t k)
{
	struct k2_symctx *c = symctx;
	enum k2_kind kind = k2_isa_kind(e->insn);
	/* A callee may leave an address of the frame where it was, if it can find one. */
	bool call = kind == K2_KIND_CALL || kind == K2_KIND_CALLX;
	uint64_t tag = call && !c->escapes ? K2_RG_FOREIGN : K2_RG_ANY;

	(void)s;
	e->number = k;
	for (unsigned int r = 0; r < 10; r++) {
		if (e->fresh_regs >> r & 1)
			e->out[r] = k2_sym_unknown(c, &e->result);
	}
	e->after = k2_arena_calloc(c->arena, K2_STACK_SIZE, sizeof(*e->after));
	if (!e->after)
		return "out of memory";
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (!k2_stack_has(e->written, b))
			continue;
		/* A volatile store is no mystery. */
		if (kind == K2_KIND_STORE && e->n_in == 2 && !k2_stack_has(e->seen, b))
			e->after[b] = NULL;
		else
			e->after[b] = k2_t_fresh(c->terms, 8, NULL, tag);
	}
	return NULL;
}

/* A volatile store to the stack writes what it says. */
static void plain_stack_store(struct k2_exec *x, const struct k2_insn *i, struct k2_event *e)
{
	unsigned int at = 0, size = k2_isa_access_size(i);

	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (k2_stack_has(e->written, b) && !e->after[b])
			e->after[b] = k2_byte_of(x->c, x->point->value, size, at++);
	}
}

bool k2_exec_event(struct k2_exec *x, const struct k2_insn *i)
{
	struct k2_sym *s = x->s;
	struct k2_event *e;
	struct k2_event empty;

	memset(&empty, 0, sizeof(empty));
	if (!K2_VEC_PUSH(x->c->arena, s->events, s->n_events, s->cap_events, empty)) {
		s->fault = "out of memory";
		return false;
	}
	e = &s->events[s->n_events - 1];
	x->point->event = true;
	describe(x, i, e);
	if (s->fault)
		return false;
	if (!look(x, e)) {
		s->fault = "out of memory";
		return false;
	}
	s->fault = x->on_event(x->user, s, e, s->n_events - 1);
	if (s->fault)
		return false;
	if (k2_isa_kind(i) == K2_KIND_STORE)
		plain_stack_store(x, i, e);
	apply(x->c, s, e);
	return true;
}

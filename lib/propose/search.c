// SPDX-License-Identifier: BSD-2-Clause
/* search: bottom-up enumeration of short arithmetic sequences. A window of up to six arithmetic instructions with one live
   result d is replaced by up to three instructions that build d step by step from the registers live before it.
   Candidates are values on test vectors; equal values are kept once; the last step's constant is computed, not guessed.
   What agrees on all vectors is offered. */
#include "concsem.h"
#include "propose.h"
#include <string.h>

enum { VECTORS = 16, WINDOW_MIN = 2, WINDOW_MAX = 6, SOURCES_MAX = 6, CONSTS_MAX = 12, OFFERS_MAX = 6,
       OPS_PER_STEP = 2000, SHALLOW_VALUES = 512, DEEP_VALUES = 8192 };

struct value {
	uint64_t v[VECTORS];
	struct k2_insn code[3];
	unsigned int n;
	bool holds; /* d holds a number at all */
};

struct search {
	const struct k2_site *s;
	uint32_t lo, hi;
	uint8_t d;
	uint64_t live_mask;              /* bits of d that count */
	uint64_t target[VECTORS];
	uint8_t src[SOURCES_MAX];
	uint64_t in[SOURCES_MAX][VECTORS];
	unsigned int n_src;
	int32_t consts[CONSTS_MAX];
	unsigned int n_consts;
	struct value *values;
	uint64_t *hashes;                /* open addressing over values, 2 * max_values */
	unsigned int n_values, max_values, max_len, offers;
	uint64_t ops;
	bool done;
};

/* Not surely a pointer: the checker knows better. */
static bool maybe_number(const struct k2_site *s, k2_t v)
{
	return v && k2_sym_aval(&s->w->ctx, v).region <= K2_RG_SCALAR;
}

static bool in_window(const struct k2_insn *i)
{
	return k2_is_plain(i) && (k2_isa_kind(i) == K2_KIND_ALU || (k2_isa_kind(i) == K2_KIND_LD_IMM64 && !i->sym && !i->src));
}

/* The one live register that [lo, hi) writes; -1: none or several. */
static int single_result(const struct k2_site *s, uint32_t lo, uint32_t hi)
{
	uint16_t writes = 0;
	int d = -1;

	for (uint32_t k = lo; k < hi; k++)
		writes |= k2_isa_writes(&s->insns[k]);
	for (unsigned int r = 0; r < 10; r++) {
		if (!(writes >> r & 1) || !k2_live_reg(&s->live[hi], r))
			continue;
		if (d >= 0)
			return -1;
		d = (int)r;
	}
	return d;
}

static uint64_t sample(void *user, k2_t atom)
{
	return k2_t_sample(atom, *(uint64_t *)user);
}

static void add_const(struct search *x, int32_t c)
{
	for (unsigned int k = 0; k < x->n_consts; k++) {
		if (x->consts[k] == c)
			return;
	}
	if (x->n_consts < CONSTS_MAX)
		x->consts[x->n_consts++] = c;
}

static bool prepare(struct search *x)
{
	const struct k2_site *s = x->s;
	k2_t what[SOURCES_MAX + 1];
	uint64_t out[SOURCES_MAX + 1];

	what[0] = k2_term_at(s, x->hi, x->d);
	if (!maybe_number(s, what[0]))
		return false;
	for (uint8_t r = 0; r < 10 && x->n_src < SOURCES_MAX; r++) {
		if (k2_live_reg(&s->live[x->lo], r) && maybe_number(s, k2_term_at(s, x->lo, r))) {
			what[++x->n_src] = k2_term_at(s, x->lo, r);
			x->src[x->n_src - 1] = r;
		}
	}
	for (uint64_t v = 0; v < VECTORS; v++) {
		if (k2_t_eval(s->w->ctx.terms, what, x->n_src + 1, sample, &v, out))
			return false;
		x->target[v] = out[0] & x->live_mask;
		for (unsigned int k = 0; k < x->n_src; k++)
			x->in[k][v] = out[k + 1];
	}
	for (uint32_t k = x->lo; k < x->hi; k++) {
		if (!(s->insns[k].code & K2_X) && k2_fits_imm32((uint64_t)s->insns[k].imm))
			add_const(x, (int32_t)s->insns[k].imm);
	}
	add_const(x, 1);
	add_const(x, -1);
	add_const(x, 255);
	add_const(x, 65535);
	return true;
}

static uint64_t run(const struct search *x, const struct k2_insn *i, uint64_t d, uint64_t src)
{
	return conc_alu(0, i, x->s->f->desc->big_endian, d, src);
}

static void offer(struct search *x, const struct value *from, const struct k2_insn *last)
{
	struct k2_edit e;

	if (x->offers >= OFFERS_MAX || !k2_edit_init(&e, x->s))
		return;
	x->offers++;
	for (uint32_t k = x->lo; k < x->hi; k++)
		k2_edit_delete(&e, k);
	for (unsigned int k = 0; k < from->n; k++)
		k2_edit_insert(&e, x->hi - 1, from->code[k]);
	if (last)
		k2_edit_insert(&e, x->hi - 1, *last);
	x->done = k2_edit_offer(&e, x->lo);
}

/* Keeps a new value unless an equal one is there. */
static void keep(struct search *x, const struct value *from, const struct k2_insn *i, const uint64_t v[VECTORS])
{
	uint64_t h = 1;
	unsigned int at;
	struct value *n;

	for (unsigned int k = 0; k < VECTORS; k++)
		h = k2_hash_mix(h, v[k]);
	for (at = (unsigned int)(h % (2 * x->max_values)); x->hashes[at]; at = (at + 1) % (2 * x->max_values)) {
		if (x->hashes[at] == h)
			return;
	}
	if (x->n_values == x->max_values)
		return;
	x->hashes[at] = h;
	n = &x->values[x->n_values++];
	*n = *from;
	memcpy(n->v, v, sizeof(n->v));
	n->code[n->n++] = *i;
	n->holds = true;
}

/* One instruction on top of a value: a result, or a value to go on from. */
static void step(struct search *x, const struct value *from, const struct k2_insn *i, const uint64_t *src)
{
	uint64_t v[VECTORS];
	bool hit = true;

	if (x->done || !k2_isa_allowed(i, x->s->f->desc))
		return;
	x->ops++;
	for (unsigned int k = 0; k < VECTORS; k++) {
		v[k] = run(x, i, from->v[k], src ? src[k] : 0);
		hit = hit && (v[k] & x->live_mask) == x->target[k];
		if (!hit && from->n + 1 >= x->max_len)
			return;
	}
	if (hit)
		offer(x, from, i);
	else
		keep(x, from, i, v);
}

static const uint8_t binary_ops[] = { K2_ADD, K2_SUB, K2_OR, K2_AND, K2_XOR, K2_LSH, K2_RSH, K2_ARSH, K2_MUL };

static void steps_with_const(struct search *x, const struct value *from, unsigned int width)
{
	for (unsigned int k = 0; k < x->n_consts; k++) {
		for (unsigned int o = 0; o < sizeof(binary_ops); o++) {
			uint8_t op = binary_ops[o];
			bool shift = op == K2_LSH || op == K2_RSH || op == K2_ARSH;
			struct k2_insn i = k2_mk_alu_imm(width, op, x->d, x->consts[k]);

			if (!shift || (x->consts[k] > 0 && x->consts[k] < (int32_t)width))
				step(x, from, &i, NULL);
		}
	}
}

/* The constant that would make the last instruction right, from the first vector. */
static void steps_solved(struct search *x, const struct value *from, unsigned int width)
{
	uint64_t t = x->target[0], a = from->v[0], ones = 0;
	struct k2_insn i;

	i = k2_mk_alu_imm(width, K2_ADD, x->d, (int32_t)(t - a));
	step(x, from, &i, NULL);
	i = k2_mk_alu_imm(width, K2_XOR, x->d, (int32_t)(t ^ a));
	step(x, from, &i, NULL);
	for (unsigned int k = 0; k < VECTORS; k++)
		ones |= x->target[k];
	i = k2_mk_alu_imm(width, K2_AND, x->d, (int32_t)ones);
	step(x, from, &i, NULL);
}

static void steps_with_regs(struct search *x, const struct value *from, unsigned int width)
{
	for (unsigned int k = 0; k < x->n_src; k++) {
		if (x->src[k] == x->d && from->n)
			continue; /* overwritten by now */
		for (unsigned int o = 0; o < sizeof(binary_ops); o++) {
			struct k2_insn i = k2_mk_alu_reg(width, binary_ops[o], x->d, x->src[k]);

			step(x, from, &i, x->in[k]);
		}
	}
}

static void steps_unary(struct search *x, const struct value *from)
{
	struct k2_insn i;

	i = k2_mk_alu_reg(32, K2_MOV, x->d, x->d);
	step(x, from, &i, from->v);
	for (unsigned int w = 16; w <= 64; w *= 2) {
		for (unsigned int to = 0; to < 2; to++) {
			i = k2_mk_alu_imm(32, K2_END, x->d, (int32_t)w);
			i.code = (uint8_t)(i.code | (to ? K2_X : 0));
			step(x, from, &i, NULL);
		}
	}
	i = k2_mk_alu_imm(64, K2_NEG, x->d, 0);
	step(x, from, &i, NULL);
}

static void expand(struct search *x, const struct value *from)
{
	if (from->holds)
		steps_unary(x, from);
	for (unsigned int width = 32; width <= 64; width += 32) {
		if (from->n == 0) {
			for (unsigned int k = 0; k < x->n_src; k++) {
				struct k2_insn i = k2_mk_alu_reg(width, K2_MOV, x->d, x->src[k]);

				if (x->src[k] != x->d)
					step(x, from, &i, x->in[k]);
			}
		}
		if (!from->holds)
			continue;
		steps_solved(x, from, width);
		steps_with_const(x, from, width);
		steps_with_regs(x, from, width);
	}
}

static void enumerate(struct search *x)
{
	struct value start = { .n = 0 };

	for (unsigned int k = 0; k < x->n_src; k++) {
		if (x->src[k] == x->d) {
			memcpy(start.v, x->in[k], sizeof(start.v));
			start.holds = true;
		}
	}
	x->values[x->n_values++] = start;
	for (unsigned int k = 0; k < x->n_values && !x->done && *x->s->steps; k++) {
		struct value from = x->values[k];

		if (from.n >= x->max_len)
			continue;
		x->ops = 0;
		expand(x, &from);
		*x->s->steps -= K2_MIN(*x->s->steps, 1 + x->ops / OPS_PER_STEP);
	}
}

static uint64_t hash_window(const struct k2_site *s, uint32_t lo, uint32_t hi)
{
	uint64_t h = k2_hash_mix(s->live[hi].regs, s->live[lo].regs);

	for (uint32_t k = lo; k < hi; k++) {
		const struct k2_insn *i = &s->insns[k];

		h = k2_hash_mix(h, i->code | (uint64_t)i->dst << 8 | (uint64_t)i->src << 16 | (uint64_t)(uint16_t)i->off << 24);
		h = k2_hash_mix(h, (uint64_t)i->imm);
	}
	return h;
}

static bool search_window(const struct k2_site *s, uint32_t lo, uint32_t hi)
{
	int d = single_result(s, lo, hi);
	uint32_t slots = 0;
	struct search x = { .s = s, .lo = lo, .hi = hi };

	for (uint32_t k = lo; k < hi; k++)
		slots += k2_isa_slots(&s->insns[k]);
	if (d < 0 || s->seen(s, hash_window(s, lo, hi)))
		return false;
	x.d = (uint8_t)d;
	x.live_mask = s->live[hi].regs & K2_LIVE_HI(d) ? UINT64_MAX : UINT32_MAX;
	x.max_len = K2_MIN(slots - 1, s->level >= 3 ? 3u : 2u);
	x.max_values = x.max_len > 2 ? DEEP_VALUES : SHALLOW_VALUES;
	x.values = k2_arena_calloc(s->arena, x.max_values, sizeof(*x.values));
	x.hashes = k2_arena_calloc(s->arena, 2 * (size_t)x.max_values, sizeof(*x.hashes));
	if (!x.values || !x.hashes || !prepare(&x))
		return false;
	enumerate(&x);
	return x.done;
}

static void propose(const struct k2_site *s)
{
	for (uint32_t lo = 0; lo < s->n; lo++) {
		for (uint32_t hi = lo; hi < s->n && hi - lo < WINDOW_MAX && in_window(&s->insns[hi]); hi++) {
			struct k2_arena_mark mark = k2_arena_mark(s->arena);
			bool done = hi + 1 - lo >= WINDOW_MIN && search_window(s, lo, hi + 1);

			k2_arena_release(s->arena, mark);
			if (done)
				return;
		}
	}
}

const struct k2_proposer k2_propose_search = {
	.name = "search",
	.about = "a shorter sequence computes the same",
	.level = 2,
	.propose = propose,
};

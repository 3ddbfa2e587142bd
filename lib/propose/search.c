// SPDX-License-Identifier: BSD-2-Clause
/* search: bottom-up enumeration. Short sequences that build a value step by step in the result's register, from the registers that have
   to do with it. A sequence is its values on the test vectors: equal ones are kept once, so what the inputs' known bits and ranges make
   equal is tried once. The last step's constant is computed from the vectors, not guessed. What agrees on all vectors is proved, or
   gives one vector more, and the enumeration starts again. */
#include "concsem.h"
#include "problem.h"
#include <string.h>

enum { CONSTS_MAX = 20, OPS_PER_STEP = 2000, SHALLOW_VALUES = 512, DEEP_VALUES = 8192, UNKNOWN_MAX = 4 };

struct value {
	uint64_t v[K2_PB_VECTORS];
	struct k2_answer code;
	bool holds; /* the register holds a number at all */
};

struct search {
	const struct k2_problem *p;
	struct k2_trials t;
	struct k2_answers *out;
	uint64_t all;                    /* bits that some result has */
	int32_t consts[CONSTS_MAX];
	unsigned int n_consts;
	struct value *values;
	uint64_t *hashes;                /* open addressing over values, 2 * max_values */
	unsigned int n_values, max_values, max_len;
	uint64_t ops;
	bool again, done;
};

static void add_const(struct search *x, uint64_t c)
{
	if (!k2_fits_imm32(c))
		return;
	for (unsigned int k = 0; k < x->n_consts; k++) {
		if (x->consts[k] == (int32_t)c)
			return;
	}
	if (x->n_consts < CONSTS_MAX)
		x->consts[x->n_consts++] = (int32_t)c;
}

static void find_consts(struct search *x)
{
	for (unsigned int k = 0; k <= x->p->n_ops; k++) {
		const struct k2_op *o = k < x->p->n_ops ? &x->p->op[k] : &x->p->jump;

		if (!o->code || (o->code & K2_X))
			continue;
		add_const(x, (uint64_t)o->imm);
		if (x->p->branch) {
			add_const(x, (uint64_t)(int64_t)(int32_t)__builtin_bswap32((uint32_t)o->imm));
			add_const(x, __builtin_bswap16((uint16_t)o->imm));
		}
	}
	add_const(x, 1);
	add_const(x, (uint64_t)-1);
	add_const(x, 255);
	add_const(x, 65535);
}

/* An answer, if it is proved. `last` NULL: the value is it. */
static void found(struct search *x, const struct value *from, const struct k2_insn *last)
{
	struct k2_answer a = from->code;

	if (last)
		a.code[a.n++] = *last;
	switch (k2_trials_check(&x->t, &a)) {
	case K2_EQUAL: x->done |= !k2_answers_add(x->out, &a); break;
	case K2_DIFFERENT:
		x->again = x->t.n < K2_PB_VECTORS;
		x->done = true;
		break;
	case K2_UNKNOWN: x->done |= x->t.unknown >= UNKNOWN_MAX; break;
	}
}

/* Keeps a new value unless an equal one is there. */
static void keep(struct search *x, const struct value *from, const struct k2_insn *i, const uint64_t *v)
{
	uint64_t h = 1;
	unsigned int at;
	struct value *n;

	for (unsigned int k = 0; k < x->t.n; k++)
		h = k2_hash_mix(h, v[k]);
	h |= 1;
	for (at = (unsigned int)(h % (2 * x->max_values)); x->hashes[at]; at = (at + 1) % (2 * x->max_values)) {
		if (x->hashes[at] == h)
			return;
	}
	if (x->n_values == x->max_values)
		return;
	x->hashes[at] = h;
	n = &x->values[x->n_values++];
	*n = *from;
	memcpy(n->v, v, sizeof(*v) * x->t.n);
	n->code.code[n->code.n++] = *i;
	n->holds = true;
}

/* One instruction on top of a value: a result, or a value to go on from. */
static void step(struct search *x, const struct value *from, const struct k2_insn *i, const uint64_t *src)
{
	bool more = from->code.n + 1u < x->max_len, hit = !x->p->branch;
	uint64_t v[K2_PB_VECTORS];

	if (x->done || (!more && !hit) || !k2_isa_allowed(i, &x->t.desc))
		return;
	x->ops++;
	for (unsigned int k = 0; k < x->t.n; k++) {
		v[k] = conc_alu(0, i, x->p->big_endian, from->v[k], src ? src[k] : 0);
		hit = hit && (v[k] & x->p->mask) == x->t.want[k];
		if (!hit && !more)
			return;
	}
	if (hit)
		found(x, from, i);
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
			struct k2_insn i = k2_mk_alu_imm(width, op, 0, x->consts[k]);

			if (!shift || (x->consts[k] > 0 && x->consts[k] < (int32_t)width))
				step(x, from, &i, NULL);
		}
	}
}

/* The constant that would make the last instruction right, from the vectors. */
static void steps_solved(struct search *x, const struct value *from, unsigned int width)
{
	uint64_t t = x->t.want[0], a = from->v[0];
	struct k2_insn i;

	if (x->p->branch)
		return;
	i = k2_mk_alu_imm(width, K2_ADD, 0, (int32_t)(t - a));
	step(x, from, &i, NULL);
	i = k2_mk_alu_imm(width, K2_XOR, 0, (int32_t)(t ^ a));
	step(x, from, &i, NULL);
	i = k2_mk_alu_imm(width, K2_AND, 0, (int32_t)x->all);
	step(x, from, &i, NULL);
}

/* Shifts by counts that stand nowhere, as the last instruction. */
static void steps_shifted(struct search *x, const struct value *from, unsigned int width)
{
	static const uint8_t shifts[] = { K2_LSH, K2_RSH, K2_ARSH };

	for (unsigned int o = 0; from->code.n + 1u == x->max_len && o < sizeof(shifts); o++) {
		for (int32_t count = 1; count < (int32_t)width; count++) {
			struct k2_insn i = k2_mk_alu_imm(width, shifts[o], 0, count);

			step(x, from, &i, NULL);
		}
	}
}

static void steps_with_regs(struct search *x, const struct value *from, unsigned int width)
{
	/* Register 0 as a source is what it was only before the first step. */
	for (uint8_t r = from->code.n ? 1 : 0; r < x->p->n_regs; r++) {
		for (unsigned int o = 0; o < sizeof(binary_ops); o++) {
			struct k2_insn i = k2_mk_alu_reg(width, binary_ops[o], 0, r);

			step(x, from, &i, x->t.reg[r]);
		}
	}
}

static void steps_unary(struct search *x, const struct value *from)
{
	struct k2_insn i;

	i = k2_mk_alu_reg(32, K2_MOV, 0, 0);
	step(x, from, &i, from->v);
	for (unsigned int w = 16; w <= 64; w *= 2) {
		for (unsigned int to = 0; to < 2; to++) {
			i = k2_mk_alu_imm(32, K2_END, 0, (int32_t)w);
			i.code = (uint8_t)(i.code | (to ? K2_X : 0));
			step(x, from, &i, NULL);
		}
	}
	for (int16_t bits = 8; bits <= 32; bits = (int16_t)(bits * 2)) {
		i = k2_mk_alu_reg(64, K2_MOV, 0, 0);
		i.off = bits;
		step(x, from, &i, from->v);
	}
	i = k2_mk_alu_imm(64, K2_NEG, 0, 0);
	step(x, from, &i, NULL);
}

/* ---- branches: the last step is the jump ---- */

static void jump_step(struct search *x, const struct value *from, const struct k2_insn *i, const uint64_t *dst, const uint64_t *src)
{
	if (x->done || !k2_isa_allowed(i, &x->t.desc))
		return;
	x->ops++;
	for (unsigned int k = 0; k < x->t.n; k++) {
		if (conc_cond(0, i, dst[k], src ? src[k] : 0) != x->t.want[k])
			return;
	}
	found(x, from, i);
}

static struct k2_insn mk_jump(unsigned int width, uint8_t op, uint8_t dst)
{
	return (struct k2_insn){ .code = (uint8_t)((width == 64 ? K2_JMP : K2_JMP32) | op), .dst = dst, .origin = -1 };
}

/* What the constant of this jump must be, by the vectors, if there is one. */
static uint64_t jump_const(const struct search *x, uint8_t op, unsigned int width, const uint64_t *v)
{
	bool is_signed = op == K2_JSGT || op == K2_JSLT, first = true;
	bool from_taken = op == K2_JEQ, least = op == K2_JLT || op == K2_JSLT;
	uint64_t c = op == K2_JSET ? UINT64_MAX : 0;

	for (unsigned int k = 0; k < x->t.n; k++) {
		uint64_t w = v[k] & k2_mask(width);
		bool less = is_signed ? k2_sext(w, width) < k2_sext(c, width) : w < c;

		if (x->t.want[k] != from_taken)
			continue;
		if (op == K2_JSET)
			c &= ~w;
		else if (first || ((op == K2_JGT || op == K2_JSGT || least) && less == least))
			c = w;
		first = false;
	}
	if (op == K2_JSET)
		c &= x->all;
	return (uint64_t)k2_sext(c, width);
}

static void jumps_on(struct search *x, const struct value *from, uint8_t reg, const uint64_t *v)
{
	static const uint8_t solved[] = { K2_JEQ, K2_JNE, K2_JSET, K2_JGT, K2_JLT, K2_JSGT, K2_JSLT };
	static const uint8_t ops[] = { K2_JEQ, K2_JNE, K2_JSET, K2_JGT, K2_JGE, K2_JLT, K2_JLE, K2_JSGT, K2_JSGE, K2_JSLT, K2_JSLE };

	for (unsigned int width = 32; width <= 64; width += 32) {
		for (unsigned int o = 0; o < sizeof(solved); o++) {
			struct k2_insn i = mk_jump(width, solved[o], reg);
			uint64_t c = jump_const(x, solved[o], width, v);

			i.imm = (int32_t)c;
			if (k2_fits_imm32(c))
				jump_step(x, from, &i, v, NULL);
		}
		for (unsigned int o = 0; o < sizeof(ops); o++) {
			struct k2_insn i = mk_jump(width, ops[o], reg);

			for (unsigned int k = 0; k < x->n_consts; k++) {
				i.imm = x->consts[k];
				jump_step(x, from, &i, v, NULL);
			}
			i.code |= K2_X;
			i.imm = 0;
			for (uint8_t r = from->code.n ? 1 : 0; r < x->p->n_regs; r++) {
				i.src = r;
				if (r != reg && x->p->reg[r] != K2_PB_NONE)
					jump_step(x, from, &i, v, x->t.reg[r]);
			}
		}
	}
}

static void jumps(struct search *x, const struct value *from)
{
	if (from->code.n >= x->max_len)
		return;
	if (from->holds)
		jumps_on(x, from, 0, from->v);
	for (uint8_t r = 1; !from->code.n && r < x->p->n_regs; r++)
		jumps_on(x, from, r, x->t.reg[r]);
}

/* ---- the enumeration ---- */

static void expand(struct search *x, const struct value *from)
{
	if (x->p->branch)
		jumps(x, from);
	if (x->p->fixed || from->code.n + (x->p->branch ? 1u : 0u) >= x->max_len)
		return;
	if (from->holds)
		steps_unary(x, from);
	for (unsigned int width = 32; width <= 64; width += 32) {
		for (uint8_t r = 1; !from->code.n && r < x->p->n_regs; r++) {
			struct k2_insn i = k2_mk_alu_reg(width, K2_MOV, 0, r);

			step(x, from, &i, x->t.reg[r]);
		}
		if (!from->holds)
			continue;
		steps_solved(x, from, width);
		steps_shifted(x, from, width);
		steps_with_const(x, from, width);
		steps_with_regs(x, from, width);
	}
}

/* What counts of the result is in its register already. */
static bool is_there(const struct search *x, const struct value *start)
{
	for (unsigned int k = 0; k < x->t.n; k++) {
		if ((start->v[k] & x->p->mask) != x->t.want[k])
			return false;
	}
	return start->holds && !x->p->branch;
}

static void enumerate(struct search *x)
{
	struct value start = { .holds = x->p->reg[0] != K2_PB_NONE };

	x->again = x->done = false;
	x->n_values = 0;
	memset(x->hashes, 0, 2 * sizeof(*x->hashes) * x->max_values);
	x->all = 0;
	for (unsigned int k = 0; k < x->t.n; k++)
		x->all |= x->p->branch ? 0 : x->t.want[k];
	x->all |= x->p->branch ? UINT32_MAX : 0;
	memcpy(start.v, x->t.reg[0], sizeof(start.v));
	x->values[x->n_values++] = start;
	if (is_there(x, &start))
		found(x, &start, NULL);
	if (x->out->n)
		return;
	for (unsigned int k = 0, len = 0; k < x->n_values && !x->done; k++) {
		struct value from = x->values[k];

		/* Longer answers are no use once there is one. */
		if (from.code.n > len && x->out->n)
			return;
		len = from.code.n;
		expand(x, &from);
	}
}

void k2_search(const struct k2_problem *p, struct k2_arena *a, struct k2_answers *out)
{
	struct k2_arena_mark mark = k2_arena_mark(a);
	struct search x = { .p = p, .out = out, .max_len = K2_MIN(p->slots - 1u, p->level >= 3 ? 3u : 2u) };

	k2_trials_init(&x.t, p, a);
	x.max_values = x.max_len > 2 ? DEEP_VALUES : SHALLOW_VALUES;
	x.values = k2_arena_calloc(a, x.max_values, sizeof(*x.values));
	x.hashes = k2_arena_calloc(a, 2 * (size_t)x.max_values, sizeof(*x.hashes));
	x.again = x.values && x.hashes;
	find_consts(&x);
	while (x.again && !out->n)
		enumerate(&x);
	out->steps = 1 + x.ops / OPS_PER_STEP + x.t.rlimit / 100;
	out->failed = !k2_trials_free(&x.t) || !x.values || !x.hashes;
	k2_arena_release(a, mark);
}

static void propose(const struct k2_site *s)
{
	k2_synthesize(s, "search", k2_search);
}

const struct k2_proposer k2_propose_search = {
	.name = "search",
	.about = "a shorter sequence computes the same",
	.level = 2,
	.propose = propose,
};

// SPDX-License-Identifier: BSD-2-Clause
/* What goes wrong in an instruction. */
#include <string.h>
#include "func.h"
#include "mutate.h"

enum { TRIES = 60 };

const char *const mutation_names[N_MUTATIONS] = {
	[M_REGISTER] = "operand register", [M_CONSTANT] = "constant", [M_OPCODE] = "opcode", [M_ORDER] = "order",
	[M_WIDTH] = "access width", [M_OFFSET] = "offset", [M_SENSE] = "branch sense", [M_TARGET] = "branch target",
	[M_DROP] = "dropped", [M_DROP_STORE] = "dropped store", [M_REPEAT_STORE] = "repeated store",
};

struct code {
	const struct k2_func_desc *d;
	struct k2_insn *v;
	uint32_t n, at;
	uint64_t rnd;
};

static uint32_t pick(struct code *c, uint32_t n)
{
	return (uint32_t)(k2_rand(&c->rnd) >> 33) % n;
}

static bool jumps(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_JUMP || kind == K2_KIND_GOTO || kind == K2_KIND_MAY_GOTO;
}

static bool is_store(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_STORE || k2_isa_kind(i) == K2_KIND_ATOMIC;
}

static void drop(struct code *c, uint32_t at)
{
	memmove(&c->v[at], &c->v[at + 1], (c->n - at - 1) * sizeof(*c->v));
	c->n--;
	for (uint32_t k = 0; k < c->n; k++)
		c->v[k].target -= jumps(&c->v[k]) && c->v[k].target > at;
}

static void insert(struct code *c, uint32_t at, struct k2_insn i)
{
	memmove(&c->v[at + 1], &c->v[at], (c->n - at) * sizeof(*c->v));
	c->v[at] = i;
	c->n++;
	for (uint32_t k = 0; k < c->n; k++)
		c->v[k].target += k != at && jumps(&c->v[k]) && c->v[k].target > at;
}

/* ---- each returns false where there is nothing of the kind to change ---- */

static bool other_register(struct code *c)
{
	struct k2_insn *i = &c->v[c->at];
	enum k2_kind kind = k2_isa_kind(i);
	uint8_t to = (uint8_t)pick(c, 10);

	if (kind == K2_KIND_CALL || kind == K2_KIND_EXIT || kind == K2_KIND_GOTO)
		return false;
	if (kind != K2_KIND_LD_IMM64 && pick(c, 2))
		i->src = to;
	else
		i->dst = to;
	return true;
}

/* Another symbol of the same kind, or an address beside it. */
static bool other_symbol(struct code *c, struct k2_insn *i)
{
	uint32_t to = 1 + pick(c, c->d->n_syms);

	if (i->flags & (K2_F_SYM_IMM | K2_F_SYM_OFF))
		return false;
	if (c->d->syms[i->sym - 1].kind == K2_SYM_DATA && pick(c, 2)) {
		i->imm += 1 + pick(c, 8);
		return true;
	}
	if (c->d->syms[to - 1].kind != c->d->syms[i->sym - 1].kind)
		return false;
	i->sym = to;
	return true;
}

static bool other_constant(struct code *c)
{
	struct k2_insn *i = &c->v[c->at];

	if (i->sym)
		return other_symbol(c, i);
	switch (pick(c, 6)) {
	case 0: i->imm += 1; break;
	case 1: i->imm -= 1; break;
	case 2: i->imm ^= 1ll << pick(c, 31); break;
	case 3: i->imm = -i->imm; break;
	case 4: i->imm = (int32_t)k2_rand(&c->rnd); break;
	default: i->imm = pick(c, 2); break;
	}
	return true;
}

static bool other_opcode(struct code *c)
{
	struct k2_insn *i = &c->v[c->at];
	enum k2_kind kind = k2_isa_kind(i);

	if (kind == K2_KIND_ATOMIC) {
		static const int imms[] = { K2_ADD, K2_OR, K2_AND, K2_XOR, K2_ADD | K2_FETCH, K2_OR | K2_FETCH, K2_XCHG, K2_CMPXCHG };

		i->imm = imms[pick(c, K2_ARRAY_SIZE(imms))];
		return true;
	}
	if (kind != K2_KIND_ALU && kind != K2_KIND_JUMP)
		return false;
	switch (pick(c, 4)) {
	case 0: /* the other width */
		i->code ^= kind == K2_KIND_ALU ? K2_ALU ^ K2_ALU64 : K2_JMP ^ K2_JMP32;
		break;
	case 1: /* register for constant, or the other way round */
		i->code ^= K2_X;
		i->src = i->code & K2_X ? (uint8_t)pick(c, 10) : 0;
		i->imm = i->code & K2_X ? 0 : (int64_t)pick(c, 8);
		break;
	default: i->code = (uint8_t)((i->code & 0x0f) | pick(c, 14) << 4); break;
	}
	return true;
}

static bool other_order(struct code *c)
{
	struct k2_insn *i = &c->v[c->at], t = *i;

	if (c->at + 1 >= c->n || k2_isa_is_terminator(i) || k2_isa_is_terminator(i + 1) || jumps(i) || jumps(i + 1))
		return false;
	for (uint32_t k = 0; k < c->n; k++)
		if (jumps(&c->v[k]) && c->v[k].target == c->at + 1)
			return false;
	i[0] = i[1];
	i[1] = t;
	return true;
}

static bool other_width(struct code *c)
{
	static const uint8_t sizes[] = { K2_B, K2_H, K2_W, K2_DW };
	struct k2_insn *i = &c->v[c->at];

	if (!k2_isa_access_size(i))
		return false;
	i->code = (uint8_t)((i->code & ~0x18) | sizes[pick(c, 4)]);
	return true;
}

static bool other_offset(struct code *c)
{
	static const int16_t by[] = { 1, -1, 2, -2, 4, -4, 8, -8, 16, -16, 64, -64 };
	struct k2_insn *i = &c->v[c->at];
	enum k2_kind kind = k2_isa_kind(i);

	if ((kind != K2_KIND_LOAD && kind != K2_KIND_STORE && kind != K2_KIND_ATOMIC) || (i->flags & K2_F_SYM_OFF))
		return false;
	i->off = (int16_t)(i->off + by[pick(c, K2_ARRAY_SIZE(by))]);
	return true;
}

static bool other_target(struct code *c)
{
	if (!jumps(&c->v[c->at]))
		return false;
	c->v[c->at].target = pick(c, 2) ? pick(c, c->n) : K2_MIN(c->n - 1, c->at + 1 + pick(c, 12));
	return true;
}

static bool repeat_store(struct code *c)
{
	uint32_t to = c->at + 1 + pick(c, 6);

	if (!is_store(&c->v[c->at]) || to >= c->n)
		return false;
	for (uint32_t k = c->at + 1; k < to; k++)
		if (k2_isa_is_terminator(&c->v[k]) || jumps(&c->v[k]))
			return false;
	insert(c, to, c->v[c->at]);
	return true;
}

static bool apply(struct code *c, enum mutation how)
{
	bool store = is_store(&c->v[c->at]);

	switch (how) {
	case M_REGISTER: return other_register(c);
	case M_CONSTANT: return other_constant(c);
	case M_OPCODE: return other_opcode(c);
	case M_ORDER: return other_order(c);
	case M_WIDTH: return other_width(c);
	case M_OFFSET: return other_offset(c);
	case M_SENSE: return k2_isa_opposite(&c->v[c->at]);
	case M_TARGET: return other_target(c);
	case M_DROP: case M_DROP_STORE:
		if (store != (how == M_DROP_STORE) || c->at + 1 == c->n)
			return false;
		drop(c, c->at);
		return true;
	case M_REPEAT_STORE: return repeat_store(c);
	case N_MUTATIONS: break;
	}
	return false;
}

static bool same_text(const struct k2_func_desc *d, const struct code *c)
{
	if (c->n != d->n_insns)
		return false;
	for (uint32_t k = 0; k < c->n; k++)
		if (!k2_same_insn(&c->v[k], &d->insns[k]) || (jumps(&c->v[k]) && c->v[k].target != d->insns[k].target))
			return false;
	return true;
}

static bool is_good(struct k2_arena *a, const struct k2_func_desc *d, const struct code *c, struct mutant *m)
{
	struct k2_func *f;
	char msg[96];

	if (same_text(d, c))
		return false;
	for (uint32_t k = K2_MAX(c->at, 1u) - 1; k < K2_MIN(c->at + 9, c->n); k++)
		if (k2_isa_validate(&c->v[k]))
			return false;
	m->d = *d;
	m->d.insns = c->v;
	m->d.n_insns = c->n;
	return !k2_func_build(a, &m->d, &f, msg, sizeof(msg));
}

bool mutate(struct k2_arena *a, const struct k2_func_desc *d, const uint8_t *allowed, uint64_t seed, struct mutant *m)
{
	struct code c = { .d = d, .rnd = seed };
	struct k2_arena_mark mark = k2_arena_mark(a);

	for (unsigned int k = 0; k < TRIES; k++) {
		k2_arena_release(a, mark);
		c.v = k2_arena_calloc(a, (size_t)d->n_insns + 1, sizeof(*c.v));
		if (!c.v)
			return false;
		memcpy(c.v, d->insns, d->n_insns * sizeof(*c.v));
		c.n = d->n_insns;
		c.at = pick(&c, d->n_insns);
		m->at = c.at;
		m->how = (enum mutation)pick(&c, N_MUTATIONS);
		if (allowed[c.at] && apply(&c, m->how) && is_good(a, d, &c, m))
			return true;
	}
	return false;
}

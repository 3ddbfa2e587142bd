// SPDX-License-Identifier: BSD-2-Clause
/* The chain. Its cost is error on the tests (which includes what is unsafe there) plus slots and latency. */
#include "chain.h"
#include "cost.h"
#include <string.h>

/* Code that is wrong everywhere must not be cheaper than any that is right. */
enum { AWAY = 1000, OPERANDS = 16, SLOT = 10, LATENCY = 3, ERROR = 6, EXECUTED_PER_STEP = 600 };

struct chain {
	struct k2_bed *b;
	const struct k2_chain_how *how;
	const bool *fixed;
	uint32_t n;
	uint64_t random;
	/* What proposals are made of. */
	uint16_t regs;              /* written by the old code, or there at its start */
	struct operand {
		uint8_t reg;
		int16_t off;
	} place[OPERANDS];
	unsigned int n_places;
	struct k2_insn now[K2_BED_CODE], best[K2_BED_CODE];
	struct k2_insn home[K2_BED_CODE]; /* the last program that was right, and as good as the best */
	uint32_t cost, best_speed, warmth, away;
};

static uint32_t below(struct chain *c, uint32_t n)
{
	return (uint32_t)((k2_rand(&c->random) >> 32) * n >> 32);
}

/* ---- what proposals are made of ---- */

static uint8_t any_register(struct chain *c)
{
	unsigned int left = below(c, (uint32_t)__builtin_popcount(c->regs));
	uint8_t r = 0;

	for (; left || !(c->regs >> r & 1); r++)
		left -= c->regs >> r & 1;
	return r;
}

static int32_t any_number(struct chain *c)
{
	static const int32_t common[] = { 0, 1, -1, 2, 4, 8, 16, 24, 32, 48, 56, 255, 65535 };
	const struct k2_bed *b = c->b;

	switch (below(c, 8)) {
	case 0: case 1: case 2: return common[below(c, K2_ARRAY_SIZE(common))];
	case 3: return (int32_t)below(c, 64);
	case 4: return (int32_t)(k2_rand(&c->random) >> 32);
	default: return b->n_pool ? (int32_t)b->pool[below(c, b->n_pool)] : 0;
	}
}

static const uint8_t sizes[] = { K2_B, K2_H, K2_W, K2_DW };

static struct k2_insn any_alu(struct chain *c)
{
	static const uint8_t ops[] = { K2_ADD, K2_SUB, K2_MUL, K2_OR, K2_AND, K2_LSH, K2_RSH, K2_NEG, K2_XOR, K2_MOV, K2_MOV, K2_ARSH, K2_END };
	uint8_t op = ops[below(c, sizeof(ops))];
	unsigned int width = below(c, 2) ? 64 : 32;
	struct k2_insn i;

	if (op == K2_END) {
		i = k2_mk_alu_imm(32, op, any_register(c), 16 << below(c, 3));
		i.code = (uint8_t)(i.code | (below(c, 2) ? K2_X : 0));
		return i;
	}
	if (op != K2_NEG && below(c, 2))
		return k2_mk_alu_reg(width, op, any_register(c), any_register(c));
	return k2_mk_alu_imm(width, op, any_register(c), op == K2_NEG ? 0 : any_number(c));
}

static struct k2_insn any_access(struct chain *c)
{
	const struct operand *o = &c->place[below(c, c->n_places)];
	uint8_t size = sizes[below(c, 4)];

	switch (below(c, 3)) {
	case 0: return k2_mk_load(size, any_register(c), o->reg, o->off);
	case 1: return k2_mk_store(size, o->reg, o->off, any_register(c));
	default: return k2_mk_store_imm(size, o->reg, o->off, any_number(c));
	}
}

static struct k2_insn any_insn(struct chain *c)
{
	return c->n_places && below(c, 4) == 0 ? any_access(c) : any_alu(c);
}

static void take_stock(struct chain *c)
{
	for (uint32_t k = 0; k < c->n; k++) {
		const struct k2_insn *i = &c->now[k];
		enum k2_kind kind = k2_isa_kind(i);
		struct operand o = { kind == K2_KIND_LOAD ? i->src : i->dst, i->off };

		c->regs |= k2_isa_writes(i) & 0x3ff;
		if ((kind == K2_KIND_LOAD || kind == K2_KIND_STORE) && k2_is_plain(i) && c->n_places < OPERANDS)
			c->place[c->n_places++] = o;
	}
	for (unsigned int k = 0; k < c->b->n; k++)
		c->regs |= c->b->test[k].has & 0x3ff;
}

/* ---- the six kinds of proposals ---- */

static bool is_access(const struct k2_insn *i)
{
	return !k2_is_nop(i) && (k2_isa_kind(i) == K2_KIND_LOAD || k2_isa_kind(i) == K2_KIND_STORE);
}

static void other_operand(struct chain *c, struct k2_insn *i)
{
	bool access = is_access(i), imm = !(i->code & K2_X) && k2_isa_kind(i) == K2_KIND_ALU;

	switch (below(c, 3)) {
	case 0:
		i->dst = access && k2_isa_kind(i) == K2_KIND_STORE ? i->dst : any_register(c);
		break;
	case 1:
		if (imm || (access && K2_CLASS(i->code) == K2_ST))
			i->imm = K2_OP(i->code) == K2_END && imm ? i->imm : any_number(c);
		else if (!access || K2_CLASS(i->code) == K2_STX)
			i->src = K2_OP(i->code) == K2_END && !access ? i->src : any_register(c);
		break;
	default:
		if (access) {
			const struct operand *o = &c->place[below(c, c->n_places)];

			i->off = o->off;
			*(K2_CLASS(i->code) == K2_LDX ? &i->src : &i->dst) = o->reg;
		} else if (imm && K2_OP(i->code) != K2_END) {
			i->imm += below(c, 2) ? 1 : -1;
		}
	}
}

/* Another width, and a store of a number for one of a register or the other way round. */
static void exchange_access(struct chain *c, struct k2_insn *i, bool operand)
{
	i->code = (uint8_t)((i->code & ~0x18) | sizes[below(c, 4)]);
	if (!operand || k2_isa_kind(i) != K2_KIND_STORE)
		return;
	*i = below(c, 2) ? k2_mk_store(K2_SIZE(i->code), i->dst, i->off, any_register(c)) :
			   k2_mk_store_imm(K2_SIZE(i->code), i->dst, i->off, any_number(c));
}

static bool well_formed(const struct chain *c, const struct k2_insn *i)
{
	return k2_is_nop(i) || (!k2_isa_validate(i) && k2_isa_allowed(i, c->b->f->desc));
}

/* Changes now[k], perhaps now[k + 1]; false: nothing that could run. */
static bool change(struct chain *c, uint32_t k)
{
	struct k2_insn *i = &c->now[k];
	uint32_t kind = below(c, 100);

	if (kind < 20) {
		*i = any_insn(c);
	} else if (kind < 45) {
		if (k2_is_nop(i))
			return false;
		other_operand(c, i);
	} else if (kind < 65) {
		*i = k2_nop();
	} else if (kind < 85) {
		if (!is_access(i))
			return false;
		exchange_access(c, i, kind < 77);
	} else {
		if (k + 1 >= c->n || c->fixed[k + 1])
			return false;
		*i = any_insn(c);
		c->now[k + 1] = below(c, 2) ? k2_nop() : any_insn(c);
		c->now[k + 1].origin = -1;
		if (!well_formed(c, &c->now[k + 1]))
			return false;
	}
	i->origin = -1;
	return well_formed(c, i);
}

/* ---- cost ---- */

static uint32_t speed(const struct chain *c, const struct k2_insn *insns)
{
	uint32_t slots = 0, latency = 0;

	for (uint32_t k = 0; k < c->n; k++) {
		struct k2_cost cost = k2_cost_of(&insns[k], k2_is_nop(&insns[k]) ? 0 : 1);

		slots += cost.slots;
		latency += cost.latency;
	}
	return (c->how->objective == K2_OBJ_LATENCY ? 1 : SLOT) * slots + latency / LATENCY;
}

/* How much worse a program may be this time: half as often for every so many units. */
static uint32_t patience(struct chain *c)
{
	uint64_t r = k2_rand(&c->random);

	return c->warmth * (uint32_t)__builtin_clzll(r | 1) + (uint32_t)(r & 7);
}

static void consider(struct chain *c, uint32_t now_speed)
{
	if (now_speed < c->best_speed && c->how->better(c->how->user, c->now, c->n)) {
		memcpy(c->best, c->now, sizeof(c->best));
		c->best_speed = now_speed;
	}
	if (now_speed == c->best_speed) {
		memcpy(c->home, c->now, sizeof(c->home));
		c->away = 0;
	}
}

/* There are many more wrong programs than right ones: from far away there is no way home. */
static void go_home(struct chain *c)
{
	memcpy(c->now, c->home, sizeof(c->now));
	c->cost = c->best_speed;
	c->away = 0;
}

static void propose(struct chain *c)
{
	uint32_t k = below(c, c->n), limit, s, error;
	struct k2_insn was[2] = { c->now[k], k + 1 < c->n ? c->now[k + 1] : c->now[k] };

	if (c->fixed[k])
		return;
	if (change(c, k)) {
		limit = c->cost + patience(c);
		s = speed(c, c->now);
		error = s > limit ? 1 : k2_bed_error(c->b, c->now, c->n, (limit - s) / ERROR);
		if (s + ERROR * error <= limit) {
			c->cost = s + ERROR * error;
			if (!error)
				consider(c, s);
			return;
		}
	}
	c->now[k] = was[0];
	if (k + 1 < c->n)
		c->now[k + 1] = was[1];
}

void k2_chain_run(struct k2_bed *b, const struct k2_insn *insns, const bool *fixed, uint32_t n, const struct k2_chain_how *how,
		  uint64_t *steps)
{
	/* Cool chains cut away what is useless, warm ones find their way to something else. */
	static const uint32_t warmth[] = { 2, 16, 6 };
	struct chain c = { .b = b, .how = how, .fixed = fixed, .n = n };

	memcpy(c.now, insns, n * sizeof(*insns));
	memcpy(c.best, insns, n * sizeof(*insns));
	take_stock(&c);
	c.best_speed = speed(&c, insns);
	for (unsigned int seed = 0; c.regs && seed < how->seeds; seed++) {
		c.random = k2_hash_mix(seed + 1, 0xc4a1);
		c.warmth = warmth[seed % K2_ARRAY_SIZE(warmth)];
		memcpy(c.home, c.best, sizeof(c.home));
		for (unsigned int k = 0; k < how->proposals; k++) {
			if (!k || ++c.away > AWAY)
				go_home(&c);
			propose(&c);
		}
	}
	*steps += 1 + b->executed / EXECUTED_PER_STEP + (uint64_t)how->seeds * how->proposals / EXECUTED_PER_STEP;
}

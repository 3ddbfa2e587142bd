// SPDX-License-Identifier: BSD-2-Clause
/* stochastic: chains over pieces of windows, with their accesses to the stack, the packet and map values. Pieces overlap, so that what belongs
   together is in one of them. */
#include "chain.h"
#include "recall.h"
#include <string.h>

enum { LONGEST = 14, SHORTEST = 3, STRIDE = 7, SEEDS = 3, PROPOSALS = 30000, KEEP = 4 };

/* A piece in registers that are numbered in the order of their use. */
struct piece {
	const struct k2_site *s;
	uint32_t lo, n;
	uint8_t to[11], from[11]; /* registers: of the window to the piece's, and back */
	struct k2_insn insns[LONGEST];
	bool fixed[LONGEST];
	struct k2_bed_start start[11];
	struct k2_live live;
	/* What was found, the best last. */
	struct k2_insn found[KEEP][LONGEST];
	uint8_t n_found, size[KEEP];
};

static bool fits(const struct k2_site *s, uint32_t k)
{
	enum k2_kind kind = k2_isa_kind(&s->insns[k]);

	if (kind == K2_KIND_LOAD || kind == K2_KIND_STORE)
		return k2_is_access(s, k);
	return k2_is_plain(&s->insns[k]) && (kind == K2_KIND_ALU || kind == K2_KIND_LD_IMM64);
}

/* ---- registers ---- */

static struct k2_insn renamed(struct k2_insn i, const uint8_t to[11])
{
	enum k2_kind kind = k2_isa_kind(&i);
	bool swap = kind == K2_KIND_ALU && K2_OP(i.code) == K2_END;
	bool source = kind == K2_KIND_LOAD || K2_CLASS(i.code) == K2_STX || (kind == K2_KIND_ALU && (i.code & K2_X) && !swap);

	i.dst = to[i.dst];
	if (source)
		i.src = to[i.src];
	return i;
}

static void number_registers(struct piece *p)
{
	uint16_t seen = 1u << 10;
	uint8_t next = 0;

	p->to[10] = p->from[10] = 10;
	for (uint32_t k = 0; k <= p->n; k++) {
		const struct k2_insn *i = &p->s->insns[p->lo + k];
		uint16_t used = k < p->n ? k2_isa_reads(i) | k2_isa_writes(i) : 0x3ff;

		for (uint8_t r = 0; r < 10; r++) {
			if (!(used >> r & 1) || (seen >> r & 1))
				continue;
			seen |= (uint16_t)(1u << r);
			p->from[next] = r;
			p->to[r] = next++;
		}
	}
}

/* ---- the state before it ---- */

static uint32_t base_number(k2_t bases[12], uint32_t *n, k2_t base)
{
	for (uint32_t k = 0; k < *n; k++) {
		if (bases[k] == base)
			return k;
	}
	bases[*n] = base;
	return (*n)++;
}

static struct k2_bed_start start_of(const struct piece *p, unsigned int r, k2_t bases[12], uint32_t *n_bases)
{
	const struct k2_site *s = p->s;
	k2_t v = k2_term_at(s, p->lo, r), base;
	struct k2_bed_start start = { .kind = K2_BED_NUMBER };
	struct k2_aval a;

	if (!v || (r < 10 && !k2_live_reg(&s->live[p->lo], r)))
		return (struct k2_bed_start){ .kind = K2_BED_NOTHING };
	a = k2_sym_aval(&s->w->ctx, v);
	start.known = (struct k2_known){ v->zeros, v->ones, v->umin, v->umax };
	if (a.region <= K2_RG_SCALAR)
		return start;
	k2_t_split_const(s->w->ctx.terms, v, &base, &start.off);
	start.kind = a.region == K2_RG_CTX ? K2_BED_CTX : K2_BED_PLACE;
	start.base = start.kind == K2_BED_PLACE ? base_number(bases, n_bases, base) : 0;
	return start;
}

static void describe(struct piece *p)
{
	const struct k2_site *s = p->s;
	const struct k2_live *end = &s->live[p->lo + p->n];
	k2_t bases[12] = { s->w->ctx.fp };
	uint32_t n_bases = 1;

	number_registers(p);
	p->live = *end;
	p->live.regs = 0;
	for (uint8_t r = 0; r < 11; r++) {
		p->start[r] = start_of(p, p->from[r], bases, &n_bases);
		p->live.regs |= (end->regs >> 2 * p->from[r] & 3) << 2 * r;
	}
	for (uint32_t k = 0; k < p->n; k++) {
		p->insns[k] = renamed(s->insns[p->lo + k], p->to);
		p->fixed[k] = k2_isa_kind(&p->insns[k]) == K2_KIND_LD_IMM64 && (p->insns[k].sym || p->insns[k].src);
	}
}

/* ---- the cache ---- */

static void put_insn(struct k2_bytes *b, const struct k2_insn *i)
{
	k2_put(b, i->code | (uint64_t)i->dst << 8 | (uint64_t)i->src << 16 | (uint64_t)i->flags << 24 | (uint64_t)(uint16_t)i->off << 32, 6);
	k2_put(b, (uint64_t)i->imm, 8);
	k2_put(b, i->sym, 4);
}

static struct k2_insn take_insn(struct k2_reader *r)
{
	uint64_t word = k2_take(r, 6);
	struct k2_insn i = { .code = (uint8_t)word, .dst = word >> 8 & 15, .src = word >> 16 & 15, .flags = (uint8_t)(word >> 24),
			     .off = (int16_t)(word >> 32), .origin = -1 };

	i.imm = (int64_t)k2_take(r, 8);
	i.sym = (uint32_t)k2_take(r, 4);
	return i;
}

static struct k2_bytes key_of(const struct piece *p)
{
	struct k2_bytes b = k2_key(p->s->arena, "stochastic");
	const struct k2_func_desc *d = p->s->f->desc;

	k2_put(&b, (uint64_t)d->isa | (uint64_t)d->alu32 << 8 | (uint64_t)d->big_endian << 9 | (uint64_t)p->s->objective << 16, 4);
	k2_put(&b, p->n, 1);
	for (uint32_t k = 0; k < p->n; k++)
		put_insn(&b, &p->insns[k]);
	for (unsigned int r = 0; r < 11; r++) {
		const struct k2_bed_start *s = &p->start[r];
		const uint64_t facts[] = { s->known.zeros, s->known.ones, s->known.umin, s->known.umax, s->off };

		k2_put(&b, (uint64_t)s->kind | (uint64_t)s->base << 8, 4);
		for (unsigned int f = 0; f < K2_ARRAY_SIZE(facts); f++)
			k2_put(&b, facts[f], 8);
	}
	k2_put(&b, p->live.regs, 4);
	for (unsigned int k = 0; k < 8; k++)
		k2_put(&b, p->live.stack[k], 8);
	return b;
}

static void remember(struct piece *p, const struct k2_bytes *key, uint64_t steps)
{
	struct k2_bytes b = { .arena = p->s->arena };

	k2_put(&b, steps, 8);
	k2_put(&b, p->n_found, 1);
	for (unsigned int f = 0; f < p->n_found; f++) {
		k2_put(&b, p->size[f], 1);
		for (unsigned int k = 0; k < p->size[f]; k++)
			put_insn(&b, &p->found[f][k]);
	}
	k2_remember(p->s->cache, key, &b);
}

static bool recall(struct piece *p, const struct k2_bytes *key, uint64_t *steps)
{
	struct k2_reader r;

	if (!k2_recall(p->s->cache, key, p->s->arena, &r))
		return false;
	*steps = k2_take(&r, 8);
	p->n_found = (uint8_t)k2_take(&r, 1);
	for (unsigned int f = 0; f < p->n_found && f < KEEP; f++) {
		p->size[f] = (uint8_t)k2_take(&r, 1);
		for (unsigned int k = 0; k < p->size[f] && k < LONGEST; k++) {
			p->found[f][k] = take_insn(&r);
			r.failed |= p->found[f][k].dst > 10 || p->found[f][k].src > 10;
		}
		r.failed |= p->size[f] > LONGEST;
	}
	if (p->n_found <= KEEP && !r.failed && !r.left)
		return true;
	p->n_found = 0;
	return false;
}

/* ---- the search ---- */

static bool better(void *user, const struct k2_insn *insns, uint32_t n)
{
	struct piece *p = user;
	uint8_t m = 0;

	if (p->n_found == KEEP) {
		memmove(p->found, p->found + 1, sizeof(p->found) - sizeof(p->found[0]));
		memmove(p->size, p->size + 1, KEEP - 1);
		p->n_found--;
	}
	for (uint32_t k = 0; k < n; k++) {
		if (!k2_is_nop(&insns[k]))
			p->found[p->n_found][m++] = insns[k];
	}
	p->size[p->n_found++] = m;
	return true;
}

static void search(struct piece *p, uint64_t *steps)
{
	const struct k2_chain_how how = { .seeds = SEEDS, .proposals = PROPOSALS, .objective = p->s->objective, .better = better, .user = p };
	struct k2_bed *bed = k2_arena_alloc(p->s->arena, sizeof(*bed));

	*steps = 1;
	if (bed && k2_bed_init(bed, p->s->arena, p->s->f, &p->live, p->start, p->insns, p->n))
		k2_chain_run(bed, p->insns, p->fixed, p->n, &how, steps);
}

/* An instruction of the old code stays what it was. */
static void restore(const struct piece *p, struct k2_insn *i)
{
	i->origin = -1;
	i->line = p->s->insns[p->lo].line;
	for (uint32_t k = p->lo; k < p->lo + p->n; k++) {
		if (k2_same_insn(i, &p->s->insns[k])) {
			*i = p->s->insns[k];
			return;
		}
	}
}

static bool offer(const struct piece *p)
{
	const struct k2_site *s = p->s;
	struct k2_insn *out = k2_arena_calloc(s->arena, s->n, sizeof(*out));

	for (unsigned int f = p->n_found; out && f-- > 0;) {
		uint32_t m = p->lo;

		memcpy(out, s->insns, p->lo * sizeof(*out));
		for (unsigned int k = 0; k < p->size[f]; k++, m++) {
			out[m] = renamed(p->found[f][k], p->from);
			restore(p, &out[m]);
		}
		memcpy(out + m, s->insns + p->lo + p->n, (s->n - p->lo - p->n) * sizeof(*out));
		if (s->offer(s, out, m + s->n - p->lo - p->n, p->lo))
			return true;
	}
	return false;
}

static bool work_on(const struct k2_site *s, uint32_t lo, uint32_t n)
{
	struct piece *p = k2_arena_calloc(s->arena, 1, sizeof(*p));
	struct k2_bytes key;
	uint64_t steps, h = lo;

	if (!p)
		return false;
	p->s = s;
	p->lo = lo;
	p->n = n;
	describe(p);
	key = key_of(p);
	for (uint32_t k = 0; k < key.n; k++)
		h = k2_hash_mix(h, key.p[k]);
	if (key.failed || s->seen(s, h))
		return false;
	if (!recall(p, &key, &steps)) {
		search(p, &steps);
		if (!k2_arena_failed(s->arena))
			remember(p, &key, steps);
	}
	*s->steps -= K2_MIN(*s->steps, steps);
	return offer(p);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t lo = 0, hi; lo < s->n && *s->steps; lo = hi + 1) {
		for (hi = lo; hi < s->n && fits(s, hi); hi++)
			;
		for (uint32_t at = lo; at + SHORTEST <= hi && *s->steps; at += STRIDE) {
			struct k2_arena_mark mark = k2_arena_mark(s->arena);
			bool done = work_on(s, at, K2_MIN(hi - at, (uint32_t)LONGEST));

			k2_arena_release(s->arena, mark);
			if (done)
				return;
			if (hi - at <= LONGEST)
				break;
		}
	}
}

const struct k2_proposer k2_propose_stochastic = {
	.name = "stochastic",
	.about = "found by chance: other code does the same",
	.level = 3,
	.propose = propose,
};

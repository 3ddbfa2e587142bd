// SPDX-License-Identifier: BSD-2-Clause
/* stochastic-function: chains over a whole small function, whose blocks and jumps stay as they are. What is right on all tests has to be
   validated before anything is built on it. */
#include "chain.h"
#include "cost.h"
#include "recall.h"
#include <string.h>

enum { SEEDS = 6, PROPOSALS = 60000, LONGEST = 48, VALIDATIONS = 24, RLIMIT = 100000 };

struct whole {
	const struct k2_graph *g;
	struct k2_arena *arena;
	struct k2_func *f;           /* as it was */
	struct k2_insn *flat;
	uint32_t n;
	bool fixed[LONGEST];
	struct k2_insn best[LONGEST];
	bool found;
	unsigned int validations;
	uint64_t refused[VALIDATIONS]; /* what was validated, as hashes */
	uint64_t rlimit;
};

static bool is_simple(const struct k2_insn *i)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU: case K2_KIND_LD_IMM64: case K2_KIND_LOAD: case K2_KIND_STORE: case K2_KIND_JUMP: case K2_KIND_GOTO: case K2_KIND_EXIT:
		return !(i->flags & (K2_F_OPAQUE | K2_F_SYM_IMM | K2_F_SYM_OFF));
	case K2_KIND_CALL: return i->src == K2_CALL_HELPER;
	default: return false;
	}
}

/* Jumps, calls and what the caller wants as it is stay. */
static bool is_fixed(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return !k2_is_plain(i) || (kind == K2_KIND_LD_IMM64 && (i->sym || i->src)) ||
	       (kind != K2_KIND_ALU && kind != K2_KIND_LD_IMM64 && kind != K2_KIND_LOAD && kind != K2_KIND_STORE);
}

/* The function with the code of `insns` in its blocks. Flat code has the blocks' instructions one after the other. NULL: out of memory. */
static struct k2_func *with_code(const struct whole *w, struct k2_arena *a, const struct k2_insn *insns)
{
	struct k2_func *f = k2_func_copy(a, w->f);

	for (uint32_t b = 0; f && b < f->n_blocks; b++) {
		struct k2_block *blk = &f->blocks[b];
		struct k2_insn *v = k2_arena_dup(a, blk->insns, blk->n, sizeof(*v));
		uint32_t n = 0;

		if (!v)
			return NULL;
		for (uint32_t k = 0; k < blk->n; k++, insns++) {
			if (k2_is_nop(insns))
				continue;
			v[n] = insns->origin == blk->insns[k].origin && insns->origin >= 0 ? blk->insns[k] : *insns;
			v[n].line = blk->insns[k].line;
			n++;
		}
		blk->insns = v;
		blk->n = blk->cap = n;
	}
	return f;
}

/* Validated once; false also when there was enough of that. */
static bool is_new(struct whole *w, const struct k2_insn *insns, uint32_t n)
{
	uint64_t h = n;

	for (uint32_t k = 0; k < n; k++) {
		const struct k2_insn *i = &insns[k];

		h = k2_is_nop(i) ? h : k2_hash_mix(h, i->code | (uint64_t)i->dst << 8 | (uint64_t)i->src << 16 | (uint64_t)(uint16_t)i->off << 24);
		h = k2_is_nop(i) ? h : k2_hash_mix(h, (uint64_t)i->imm);
	}
	for (unsigned int k = 0; k < w->validations; k++) {
		if (w->refused[k] == h)
			return false;
	}
	if (w->validations == VALIDATIONS)
		return false;
	w->refused[w->validations++] = h;
	return true;
}

static bool better(void *user, const struct k2_insn *insns, uint32_t n)
{
	struct whole *w = user;
	const struct k2_validation how = { .rlimit = RLIMIT };
	struct k2_check_stats stats = { 0 };
	struct k2_solver_stats solver = { 0 };
	struct k2_arena *a;
	struct k2_func *f;
	const char *why;
	bool good = false;

	if (!is_new(w, insns, n))
		return false;
	a = k2_arena_like(w->arena);
	f = a ? with_code(w, a, insns) : NULL;
	if (f)
		good = k2_validate(a, w->f, f, &how, &stats, &solver, &why) == K2_EQUAL;
	w->rlimit += solver.rlimit;
	k2_arena_free(a);
	if (good)
		memcpy(w->best, insns, n * sizeof(*insns));
	w->found |= good;
	return good;
}

static void search(struct whole *w, uint64_t *steps)
{
	const struct k2_chain_how how = { .seeds = SEEDS, .proposals = PROPOSALS, .objective = w->g->objective, .better = better, .user = w };
	struct k2_bed *bed = k2_arena_alloc(w->arena, sizeof(*bed));
	struct k2_bed_start start[11] = { [10] = { .kind = K2_BED_PLACE } };
	struct k2_insn insns[LONGEST];

	*steps = 1;
	for (unsigned int r = 1; r <= w->f->n_args && r <= 5; r++)
		start[r].kind = K2_BED_NUMBER, start[r].known.umax = UINT64_MAX;
	if (w->f->type)
		start[1].kind = K2_BED_CTX;
	memcpy(insns, w->flat, w->n * sizeof(*insns));
	if (bed && k2_bed_init(bed, w->arena, w->f, NULL, start, insns, w->n))
		k2_chain_run(bed, insns, w->fixed, w->n, &how, steps);
	*steps += w->rlimit / 100 + w->validations;
}

/* The flat code stands for the blocks one by one; false: too long, or something in it cannot be run. */
static bool lay_flat(struct whole *w)
{
	uint32_t n = 0;

	for (uint32_t b = 0; b < w->f->n_blocks; b++)
		n += w->f->blocks[b].n;
	if (n > LONGEST || !n || k2_func_flatten(w->arena, w->f, &w->flat, &w->n, NULL) || w->n != n)
		return false;
	for (uint32_t k = 0; k < n; k++) {
		if (!is_simple(&w->flat[k]))
			return false;
		w->fixed[k] = is_fixed(&w->flat[k]);
	}
	return true;
}

/* ---- the cache: where the best code differs ---- */

/* What validation looks at of the description. */
static void put_description(struct k2_bytes *b, const struct k2_func_desc *d)
{
	const uint8_t small[] = { (uint8_t)d->isa, d->alu32, d->big_endian, d->is_subprog, d->n_args, d->strict_align, d->passed != NULL };

	for (unsigned int k = 0; k < sizeof(small); k++)
		k2_put(b, small[k], 1);
	k2_put_text(b, d->section ? d->section : "");
	k2_put_text(b, d->arg_type ? d->arg_type : "");
	for (unsigned int k = 0; d->passed && k < 5; k++) {
		const struct k2_passed *p = &d->passed[k];
		const uint64_t all[] = { p->kind, p->sym, p->zeros, p->ones, p->min, p->max };

		for (unsigned int n = 0; n < K2_ARRAY_SIZE(all); n++)
			k2_put(b, all[n], 8);
	}
	for (uint32_t k = 0; k < d->n_syms; k++) {
		const struct k2_symbol *s = &d->syms[k];
		const uint32_t all[] = { s->kind, s->map_type, s->key_size, s->value_size, s->max_entries, s->data_size, s->read_only };

		k2_put_text(b, s->name);
		for (unsigned int n = 0; n < K2_ARRAY_SIZE(all); n++)
			k2_put(b, all[n], 4);
	}
}

static struct k2_bytes key_of(const struct whole *w)
{
	struct k2_bytes b = k2_key(w->arena, "stochastic-function");

	put_description(&b, w->f->desc);
	k2_put(&b, w->g->objective, 1);
	for (uint32_t k = 0; k < w->n; k++) {
		const struct k2_insn *i = &w->flat[k];

		k2_put(&b, i->code | (uint64_t)i->dst << 8 | (uint64_t)i->src << 16 | (uint64_t)i->flags << 24 | (uint64_t)(uint16_t)i->off << 32, 8);
		k2_put(&b, (uint64_t)i->imm, 8);
		k2_put(&b, i->sym | (uint64_t)i->target << 32, 8);
		k2_put(&b, i->use | (uint64_t)i->def << 16 | (uint64_t)(i->origin < 0) << 32, 8);
	}
	return b;
}

static void remember(const struct whole *w, const struct k2_bytes *key, uint64_t steps)
{
	struct k2_bytes b = { .arena = w->arena };

	k2_put(&b, steps, 8);
	k2_put(&b, w->found, 1);
	for (uint32_t k = 0; w->found && k < w->n; k++) {
		const struct k2_insn *i = &w->best[k];

		k2_put(&b, i->origin < 0, 1);
		k2_put(&b, i->code | (uint64_t)i->dst << 8 | (uint64_t)i->src << 16 | (uint64_t)(uint16_t)i->off << 32, 8);
		k2_put(&b, (uint64_t)i->imm, 8);
	}
	k2_remember(w->g->cache, key, &b);
}

static bool recall(struct whole *w, const struct k2_bytes *key, uint64_t *steps)
{
	struct k2_reader r;

	if (!k2_recall(w->g->cache, key, w->arena, &r))
		return false;
	*steps = k2_take(&r, 8);
	w->found = k2_take(&r, 1);
	for (uint32_t k = 0; w->found && k < w->n; k++) {
		bool new_ = k2_take(&r, 1);
		uint64_t word = k2_take(&r, 8), imm = k2_take(&r, 8);

		w->best[k] = w->flat[k];
		if (!new_)
			continue;
		w->best[k] = (struct k2_insn){ .code = (uint8_t)word, .dst = word >> 8 & 15, .src = word >> 16 & 15,
					       .off = (int16_t)(word >> 32), .imm = (int64_t)imm, .origin = -1 };
		if (w->best[k].code == k2_nop().code)
			w->best[k] = k2_nop();
		r.failed |= w->fixed[k] || (!k2_is_nop(&w->best[k]) && k2_isa_validate(&w->best[k]));
	}
	w->found = w->found && !r.failed;
	return !r.failed && !r.left;
}

/* ---- the edit ---- */

static void apply(const struct whole *w)
{
	struct k2_func *f = with_code(w, w->g->arena, w->best);
	uint32_t k = 0, first = K2_NO_BLOCK, at = 0;
	int saved = (int)k2_func_slots(w->f);

	if (!f)
		return;
	for (uint32_t b = 0; b < w->f->n_blocks && first == K2_NO_BLOCK; b++) {
		for (uint32_t i = 0; i < w->f->blocks[b].n && first == K2_NO_BLOCK; i++, k++) {
			if (w->best[k].origin < 0 && w->flat[k].origin >= 0) {
				first = b;
				at = i;
			}
		}
	}
	saved -= (int)k2_func_slots(f);
	if (first == K2_NO_BLOCK || !w->g->may(w->g, first, at, saved))
		return;
	for (uint32_t b = 0; b < f->n_blocks; b++)
		w->g->f->blocks[b] = f->blocks[b];
}

static void reshape(const struct k2_graph *g)
{
	struct whole *w = k2_arena_calloc(g->arena, 1, sizeof(*w));
	struct k2_bytes key;
	uint64_t steps;

	if (!w || !*g->steps)
		return;
	w->g = g;
	w->f = g->f;
	w->arena = g->arena;
	if (!lay_flat(w))
		return;
	key = key_of(w);
	if (!recall(w, &key, &steps)) {
		search(w, &steps);
		if (!k2_arena_failed(g->arena))
			remember(w, &key, steps);
	}
	*g->steps -= K2_MIN(*g->steps, steps);
	if (w->found)
		apply(w);
}

const struct k2_proposer k2_propose_stochastic_func = {
	.name = "stochastic-function",
	.about = "found by chance: other code of the whole function does the same",
	.level = 3,
	.reshape = reshape,
};

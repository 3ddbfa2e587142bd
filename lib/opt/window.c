// SPDX-License-Identifier: BSD-2-Clause
/* One window: offer, clean, price, check, splice. */
#include "opt.h"
#include <string.h>

enum { MISSED_PER_FUNCTION = 200 };

static bool removable(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	if (i->flags & (K2_F_OPAQUE | K2_F_VOLATILE | K2_F_FROZEN))
		return false;
	return kind == K2_KIND_ALU || kind == K2_KIND_LD_IMM64 || kind == K2_KIND_LOAD;
}

/* Drops instructions whose results nobody reads. */
static uint32_t clean(const struct k2_func *f, struct k2_insn *insns, uint32_t n, const struct k2_live *end)
{
	struct k2_live live = *end;
	uint32_t keep = n;

	for (uint32_t k = n; k-- > 0;) {
		uint16_t writes = k2_isa_writes(&insns[k]);
		bool dead = removable(&insns[k]);

		for (unsigned int r = 0; r < 11; r++)
			dead = dead && !((writes >> r & 1) && k2_live_reg(&live, r));
		if (dead)
			continue;
		k2_live_step_regs(f, &insns[k], &live);
		insns[--keep] = insns[k];
	}
	memmove(insns, insns + keep, (n - keep) * sizeof(*insns));
	return n - keep;
}

struct k2_live *k2_opt_liveness(struct k2_opt *op, struct k2_arena *a, const struct k2_astate *entry,
				const struct k2_insn *insns, uint32_t n, const struct k2_live *end)
{
	struct k2_live *before = k2_arena_calloc(a, (size_t)n + 1, sizeof(*before));
	struct k2_stack_effect *fx = k2_arena_calloc(a, n, sizeof(*fx));
	struct k2_astate *s = k2_arena_dup(a, entry, 1, sizeof(*s));

	if (!before || !fx || !s)
		return NULL;
	for (uint32_t k = 0; k < n; k++) {
		k2_absint_stack_effect(op->ai, &insns[k], s, &fx[k]);
		k2_absint_step(op->ai, &insns[k], s);
	}
	before[n] = *end;
	for (uint32_t k = n; k-- > 0;) {
		before[k] = before[k + 1];
		k2_live_step_stack(&fx[k], &before[k]);
		k2_live_step_regs(op->f, &insns[k], &before[k]);
	}
	return before;
}

static bool writes_reg(const struct k2_insn *insns, uint32_t n, unsigned int r)
{
	for (uint32_t k = n; k-- > 0;) {
		if (k2_isa_writes(&insns[k]) >> r & 1)
			return true;
	}
	return false;
}

/* Marks halves of register r live on all ways from where it was last written to the window. That is only right while the
   code on these ways is what the facts were computed from; false: it is not, nothing is marked. Not in loops: what is live across
   a checkpoint of the verifier can keep it from seeing that a state was there before (samples' map_perf_test: +20 % work). */
static bool extend_life(struct k2_opt *op, unsigned int r, uint32_t halves)
{
	const struct k2_func *f = op->f;
	uint32_t *way = k2_arena_calloc(op->scratch, f->n_blocks, sizeof(*way)), n = 0;
	uint8_t *seen = k2_arena_calloc(op->scratch, f->n_blocks, 1); /* 1: on the way out of it, 2: also through it */

	if (!way || !seen || f->blocks[op->block].in_loop || writes_reg(f->blocks[op->block].insns, op->lo, r))
		return false;
	way[n++] = op->block;
	seen[op->block] = 2;
	for (uint32_t k = 0; k < n; k++) {
		const struct k2_block *b = &f->blocks[way[k]];

		if (seen[way[k]] != 2)
			continue;
		for (uint32_t p = 0; p < b->n_preds; p++) {
			uint32_t from = b->preds[p];

			if (from == op->block || op->dirty[from])
				return false;
			if (seen[from] || f->blocks[from].rpo == K2_NO_BLOCK)
				continue;
			seen[from] = writes_reg(f->blocks[from].insns, f->blocks[from].n, r) ? 1 : 2;
			way[n++] = from;
		}
	}
	for (uint32_t k = 0; k < n; k++) {
		if (way[k] != op->block)
			op->live.out[way[k]].regs |= halves;
		if (seen[way[k]] == 2)
			op->live.in[way[k]].regs |= halves;
	}
	return true;
}

/* What a candidate needs must be kept by its surroundings, so that facts about the rest of the function stay true. For
   registers they can be told to. */
static bool can_have(struct k2_opt *op, const struct k2_live *need, const struct k2_live *have)
{
	for (unsigned int k = 0; k < 8; k++) {
		if (need->stack[k] & ~have->stack[k])
			return false;
	}
	for (unsigned int r = 0; r < 10; r++) {
		uint32_t more = need->regs & ~have->regs & K2_LIVE_BOTH(r);

		if (more && (op->entry->reg[r].uninit || !extend_life(op, r, more)))
			return false;
	}
	return true;
}

static uint64_t hash_insns(const struct k2_insn *insns, uint32_t n)
{
	uint64_t h = n;

	for (uint32_t k = 0; k < n; k++) {
		const struct k2_insn *i = &insns[k];

		h = k2_hash_mix(h, i->code | (uint64_t)i->dst << 8 | (uint64_t)i->src << 16 | (uint64_t)i->flags << 24 |
					   (uint64_t)(uint16_t)i->off << 32);
		h = k2_hash_mix(h, (uint64_t)i->imm);
		h = k2_hash_mix(h, i->sym | (uint64_t)i->target << 32);
	}
	return h;
}

static bool seen_before(struct k2_opt *op, uint64_t h)
{
	for (uint32_t k = 0; k < op->n_refused; k++) {
		if (op->refused[k] == h)
			return true;
	}
	K2_VEC_PUSH(op->round, op->refused, op->n_refused, op->cap_refused, h);
	return false;
}

/* Room for n instructions in the block's own array. */
static bool make_room(struct k2_opt *op, struct k2_block *b, uint32_t n)
{
	struct k2_insn *v;

	if (n <= b->cap)
		return true;
	v = k2_arena_calloc(op->arena, (size_t)n + n / 4 + 8, sizeof(*v));
	if (!v)
		return false;
	memcpy(v, b->insns, b->n * sizeof(*v));
	b->insns = v;
	b->cap = n + n / 4 + 8;
	return true;
}

static void splice(struct k2_opt *op, const struct k2_insn *insns, uint32_t n)
{
	struct k2_block *b = &op->f->blocks[op->block];
	uint32_t tail = b->n - op->lo - op->w.n;

	if (!make_room(op, b, op->lo + K2_MAX(n, op->w.n) + tail))
		return;
	memmove(b->insns + op->lo + n, b->insns + op->lo + op->w.n, tail * sizeof(*insns));
	memcpy(b->insns + op->lo, insns, n * sizeof(*insns));
	b->n = op->lo + n + tail;
	op->changed = op->dirty[op->block] = true;
}

static void missed(struct k2_opt *op, uint32_t at, const char *name, const char *why)
{
	if (op->n_remarks < MISSED_PER_FUNCTION)
		k2_opt_remark(op, K2_REMARK_MISSED, name, &op->w.insns[at], 0, "%s%s%s: %s", op->proposer->name, op->detail ? " " : "",
			      op->detail ? op->detail : "", why);
}

static const char *reason_name(enum k2_verdict v, const struct k2_insn *about)
{
	if (about->flags & K2_F_VOLATILE)
		return "volatile";
	if (about->flags & (K2_F_FROZEN | K2_F_OPAQUE))
		return "frozen";
	return v == K2_DIFFERENT ? "different" : "unknown";
}

static bool was_skipped(const struct k2_opt *op, const struct k2_skipped *what)
{
	for (uint32_t k = 0; what->origin >= 0 && k < op->n_skipped; k++) {
		if (op->skipped[k].proposer == what->proposer && op->skipped[k].origin == what->origin)
			return true;
	}
	return false;
}

bool k2_opt_wanted(struct k2_opt *op, const struct k2_insn *about)
{
	const struct k2_skipped what = { op->proposer, about->origin };
	uint32_t number;

	if (was_skipped(op, &what) || op->stats.accepted >= op->limit)
		return false;
	number = ++op->stats.accepted;
	for (uint32_t k = 0; k < op->o->n_skip; k++) {
		if (op->o->skip[k] == number) {
			K2_VEC_PUSH(op->arena, op->skipped, op->n_skipped, op->cap_skipped, what);
			return false;
		}
	}
	return number >= op->o->first && (!op->o->last || number <= op->o->last);
}

static bool consider(const struct k2_site *s, const struct k2_insn *insns, uint32_t n, uint32_t at)
{
	struct k2_opt *op = s->driver;
	struct k2_cost old = k2_cost_of(s->insns, s->n), cost;
	struct k2_insn *v = k2_arena_dup(op->scratch, insns, n, sizeof(*v));
	const char *why;
	struct k2_live *live;
	enum k2_verdict verdict;
	uint64_t rlimit;

	if (!v || !op->steps_left)
		return false;
	op->steps_left--;
	n = clean(op->f, v, n, &op->end);
	cost = k2_cost_of(v, n);
	if (!k2_cheaper(op->o->objective, &old, &cost)) {
		op->stats.not_cheaper++;
		missed(op, at, "not-cheaper", "would cost as much or more");
		return false;
	}
	if (seen_before(op, hash_insns(v, n)))
		return false;
	op->stats.proposals++;
	live = k2_opt_liveness(op, op->scratch, op->entry, v, n, &op->end);
	if (!live)
		return false;
	rlimit = k2_checker_solver_stats(&op->ck).rlimit;
	verdict = k2_window_check(&op->ck, &op->w, v, n, &why);
	rlimit = k2_checker_solver_stats(&op->ck).rlimit - rlimit;
	op->steps_left -= K2_MIN(op->steps_left, rlimit / 100);
	if (verdict != K2_EQUAL) {
		missed(op, at, reason_name(verdict, &s->insns[at]), why);
		return false;
	}
	if (!can_have(op, &live[0], &op->before[0])) {
		missed(op, at, "not-live", "needs a value that is not kept");
		return false;
	}
	if (!k2_opt_wanted(op, &s->insns[at]))
		return false;
	if (op->o->observer)
		op->o->observer->see(op->o->observer->user, &(struct k2_rewrite){ s, v, n, op->proposer->name });
	k2_opt_remark(op, K2_REMARK_APPLIED, op->proposer->name, &s->insns[at], (int32_t)(old.slots - cost.slots),
		      "%s: %d slot%s saved", op->detail ? op->detail : op->proposer->about, (int)(old.slots - cost.slots),
		      old.slots - cost.slots == 1 ? "" : "s");
	splice(op, v, n);
	op->w.n = op->changed ? n : op->w.n;
	return op->changed;
}

static enum k2_status open_window(struct k2_opt *op, uint32_t n)
{
	const struct k2_insn *insns = op->f->blocks[op->block].insns + op->lo;

	op->before = k2_opt_liveness(op, op->scratch, op->entry, insns, n, &op->end);
	if (!op->before)
		return K2_ENOMEM;
	return k2_window_open(&op->ck, op->entry, insns, n, &op->end, &op->w);
}

/* What no proposer may touch is worth a word, once. */
static void remark_untouchable(struct k2_opt *op)
{
	for (uint32_t k = 0; k < op->w.n && op->n_remarks < MISSED_PER_FUNCTION; k++) {
		const struct k2_insn *i = &op->w.insns[k];

		if (i->flags & K2_F_VOLATILE)
			k2_opt_remark(op, K2_REMARK_MISSED, "volatile", i, 0, "volatile access stays as it is");
		else if (i->flags & (K2_F_OPAQUE | K2_F_FROZEN))
			k2_opt_remark(op, K2_REMARK_MISSED, "frozen", i, 0, "instruction stays as it is");
	}
}

static bool seen(const struct k2_site *s, uint64_t hash)
{
	return seen_before(s->driver, hash);
}

static bool try_proposer(struct k2_opt *op, const struct k2_proposer *p)
{
	struct k2_arena_mark mark = k2_arena_mark(op->scratch);
	struct k2_site s = { .f = op->f, .w = &op->w, .insns = op->w.insns, .n = op->w.n, .live = op->before,
			     .arena = op->scratch, .level = op->o->level, .objective = op->o->objective, .rules = op->o->rules,
			     .cache = op->cache, .detail = &op->detail, .steps = &op->steps_left, .seen = seen,
			     .offer = consider, .driver = op };

	op->proposer = p;
	op->detail = NULL;
	op->changed = false;
	p->propose(&s);
	k2_arena_release(op->scratch, mark);
	return op->changed;
}

enum k2_status k2_opt_window(struct k2_opt *op, uint32_t block, uint32_t lo, uint32_t *hi, const struct k2_live *end)
{
	enum k2_status st;
	uint32_t n = *hi - lo;
	bool any = false, again = true;

	op->block = block;
	op->lo = lo;
	op->end = *end;
	op->n_refused = 0;
	st = open_window(op, n);
	if (!st)
		remark_untouchable(op);
	while (!st && again && op->steps_left) {
		again = false;
		for (unsigned int k = 0; !st && k2_proposer_at(k); k++) {
			const struct k2_proposer *p = k2_proposer_at(k);

			if (!p->propose || p->level > (op->searching ? op->o->level : 1) || k2_opt_disabled(op->o->disable, p->name))
				continue;
			while (!st && op->steps_left && try_proposer(op, p)) {
				any = again = true;
				st = open_window(op, op->w.n);
			}
		}
	}
	*hi = lo + op->w.n;
	op->changed = any;
	return st == K2_EUNSUPPORTED ? K2_OK : st;
}

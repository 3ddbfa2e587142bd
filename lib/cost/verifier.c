// SPDX-License-Identifier: BSD-2-Clause
/* The verifier's work on a whole function, counted by walking it as do_check() does: depth first, falling through before
   jumping, one abstract state per way. At a prune point (a conditional jump, or a jump's target) the walk ends when a state
   was kept there that allows at least as much; a state is kept only when 8 instructions and 2 jumps were processed since the
   last one (is_state_visited). So a function that loses instructions can cost more: with one instruction less in front of
   it a join keeps no state and its tail is walked once for each way in.
   Left out: values of constant globals, ranges of packet pointers, what lookups with known keys decide, identities of numbers and
   pointers, callees. The figure compares two versions of one function, it does not predict a number. */
#include "cost.h"
#include "verifier.h"
#include <string.h>

enum { KEEP_INSNS = 8, KEEP_JUMPS = 2 };

/* A way that is still to be walked. */
struct pending {
	struct pending *next;
	uint32_t block;
	struct k2_vstate *kept;
	struct k2_vstep *way;
	struct k2_astate state;
};

struct walk {
	struct k2_arena *arena;
	const struct k2_func *f;
	enum k2_walk mode;
	struct k2_absint *ai;
	struct k2_liveness live;
	struct k2_vstate **at;  /* by block: states kept at its head and at its terminator */
	uint8_t *target;        /* by block: a jump goes there */
	struct pending *pending;
	struct k2_vstate *kept; /* the last one on this way */
	struct k2_vstep *way;
	uint64_t limit, insns_done, jumps_done, insns_kept, jumps_kept;
};

static bool jumps(enum k2_kind kind)
{
	return kind == K2_KIND_JUMP || kind == K2_KIND_MAY_GOTO || kind == K2_KIND_GOTO;
}

static uint32_t not_empty(const struct k2_func *f, uint32_t b)
{
	while (!f->blocks[b].n && f->blocks[b].n_succ)
		b = f->blocks[b].succ[0];
	return b;
}

static void mark_targets(struct walk *w)
{
	for (uint32_t b = 0; b < w->f->n_blocks; b++) {
		const struct k2_block *blk = &w->f->blocks[b];

		if (blk->n && jumps(k2_isa_kind(&blk->insns[blk->n - 1])) && blk->n_succ)
			w->target[not_empty(w->f, blk->succ[blk->n_succ - 1])] = 1;
	}
}

static struct k2_live live_before(const struct walk *w, uint32_t b, uint32_t j)
{
	struct k2_live l = w->live.in[b];

	if (j) {
		l = w->live.out[b];
		k2_live_step_regs(w->f, &w->f->blocks[b].insns[j], &l);
	}
	return l;
}

/* What is loaded from map values or unknown memory mostly is a number. */
static bool may_be_number(const struct k2_aval *v)
{
	return v->region == K2_RG_SCALAR || v->region == K2_RG_FOREIGN;
}

/* regsafe: another pointer is another state, another number only where numbers decided something. */
static bool value_covers(const struct k2_aval *kept, const struct k2_aval *now, bool precise)
{
	if (kept->uninit)
		return true;
	if (!now->uninit && !precise && may_be_number(kept) && may_be_number(now))
		return true;
	if (now->uninit || kept->region != now->region || (kept->id && kept->id != now->id))
		return false;
	return k2_aval_within(now, kept);
}

static bool state_covers(const struct walk *w, const struct k2_vstate *v, const struct k2_astate *s)
{
	struct k2_live l = live_before(w, v->block, v->at);

	for (unsigned int r = 0; r < 10; r++) {
		if (k2_live_reg(&l, r) && !value_covers(&v->state.reg[r], &s->reg[r], v->precise.regs >> r & 1))
			return false;
	}
	for (unsigned int k = 0; k < K2_SLOTS; k++) {
		if (!(l.stack[k / 8] >> (k % 8 * 8) & 0xff))
			continue;
		if (v->state.init[k] & ~s->init[k])
			return false;
		if (v->state.spill[k] && !value_covers(&v->state.slot[k], &s->slot[k], v->precise.slots >> k & 1))
			return false;
	}
	return true;
}

static bool keep(struct walk *w, uint32_t b, uint32_t j, const struct k2_astate *s)
{
	struct k2_vstate *v = k2_arena_calloc(w->arena, 1, sizeof(*v));

	if (!v)
		return false;
	v->block = b;
	v->at = j;
	v->state = *s;
	v->parent = w->kept;
	v->ways = 1;
	v->next = w->at[b];
	w->at[b] = v;
	w->kept = v;
	w->insns_kept = w->insns_done;
	w->jumps_kept = w->jumps_done;
	return true;
}

/* True: the walk of this way ends here, this was seen before. */
static bool seen(struct walk *w, uint32_t b, uint32_t j, const struct k2_astate *s)
{
	bool add = w->insns_done - w->insns_kept >= KEEP_INSNS && w->jumps_done - w->jumps_kept >= KEEP_JUMPS;

	for (struct k2_vstate *v = w->at[b]; v; v = v->next) {
		if (v->at != j)
			continue;
		if (w->mode == K2_WALK_BLIND)
			return true;
		if (v->ways) { /* a loop: its states are kept more rarely, and do not end a walk that is still in it */
			add = add && (w->jumps_done - w->jumps_kept >= 20 || w->insns_done - w->insns_kept >= 100);
			continue;
		}
		if (state_covers(w, v, s)) {
			k2_vprecise_mark(w->way, w->kept, v->precise);
			return true;
		}
	}
	if (add && !keep(w, b, j, s))
		w->insns_done = w->limit;
	return false;
}

/* The instruction joins the history of this way. */
static bool note(struct walk *w, const struct k2_insn *i, const struct k2_astate *s, uint32_t b, uint32_t j)
{
	struct k2_vstep *t = k2_arena_calloc(w->arena, 1, sizeof(*t));
	bool first = w->kept && w->kept->block == b && w->kept->at == j && !w->kept->entered;

	if (!t)
		return false;
	t->before = w->way;
	t->insn = i;
	t->kept = first ? w->kept : NULL;
	if (first)
		w->kept->entered = true;
	t->slots = k2_vprecise_slots(w->ai, i, s);
	w->way = t;
	return true;
}

static bool later(struct walk *w, uint32_t to, const struct k2_astate *s)
{
	struct pending *p = k2_arena_alloc(w->arena, sizeof(*p));

	if (!p)
		return false;
	p->next = w->pending;
	p->block = to;
	p->kept = w->kept;
	p->way = w->way;
	p->state = *s;
	w->pending = p;
	if (w->kept)
		w->kept->ways++;
	return true;
}

/* Where the way goes on behind a conditional jump; the other edge waits. */
static bool choose(struct walk *w, const struct k2_insn *i, uint32_t *b, struct k2_astate *s)
{
	const struct k2_block *blk = &w->f->blocks[*b];
	bool decides = k2_isa_kind(i) == K2_KIND_JUMP && w->mode == K2_WALK_STATES;
	enum k2_way way = decides ? k2_absint_way(i, s) : K2_BOTH_WAYS;
	struct k2_astate *other;

	if (way != K2_BOTH_WAYS) {
		k2_vprecise_mark(w->way, w->kept, (struct k2_vprecise){ .regs = k2_isa_reads(i) });
		k2_astate_refine(w->ai, i, way == K2_TAKEN, s);
		*b = blk->succ[way == K2_TAKEN];
		return true;
	}
	other = k2_arena_dup(w->arena, s, 1, sizeof(*s));
	if (!other)
		return false;
	k2_astate_refine(w->ai, i, 1, other);
	k2_astate_refine(w->ai, i, 0, s);
	*b = blk->succ[0];
	return later(w, blk->succ[1], other);
}

/* What the verifier uses of numbers makes them precise where they came from. */
static void use_numbers(struct walk *w, const struct k2_insn *i, const struct k2_astate *s)
{
	uint16_t used = k2_absint_numbers_used(w->f, i, s), set = 0;

	if (k2_isa_kind(i) != K2_KIND_ALU && k2_isa_kind(i) != K2_KIND_CALL)
		return;
	for (unsigned int r = 0; r < 10; r++)
		set |= (uint16_t)((used >> r & 1 && s->reg[r].region == K2_RG_SCALAR) << r);
	if (set)
		k2_vprecise_mark(w->way, w->kept, (struct k2_vprecise){ .regs = set });
}

/* The verifier reads constant globals (bpf_map_direct_read). What a loader will write there is not known: 0, as most
   configuration starts. */
static void step(struct walk *w, const struct k2_insn *i, struct k2_astate *s)
{
	struct k2_aval base = k2_isa_kind(i) == K2_KIND_LOAD ? s->reg[i->src] : k2_aval_scalar(0);

	k2_absint_step(w->ai, i, s);
	if (base.region == K2_RG_DATA && base.id && w->f->desc->syms[base.id - 1].read_only)
		s->reg[i->dst] = k2_aval_scalar(0);
}

/* One way to its end. False: out of memory. */
static bool follow(struct walk *w, uint32_t b, struct k2_astate *s)
{
	for (;;) {
		const struct k2_block *blk = &w->f->blocks[b];
		const struct k2_insn *last = blk->n ? &blk->insns[blk->n - 1] : NULL;

		for (uint32_t j = 0; j < blk->n; j++) {
			const struct k2_insn *i = &blk->insns[j];
			enum k2_kind kind = k2_isa_kind(i);
			bool point = (!j && w->target[b]) || kind == K2_KIND_JUMP || kind == K2_KIND_MAY_GOTO;

			if (++w->insns_done >= w->limit || (point && seen(w, b, j, s)))
				return true;
			w->jumps_done += jumps(kind) || kind == K2_KIND_CALL || kind == K2_KIND_EXIT;
			use_numbers(w, i, s);
			if (!note(w, i, s, b, j))
				return false;
			step(w, i, s);
		}
		if (!blk->n_succ)
			return true;
		if (blk->n_succ == 1)
			b = blk->succ[0];
		else if (!choose(w, last, &b, s))
			return false;
	}
}

/* This way is at its end: states on it of which all ways are walked may end others. */
static void finish(struct walk *w)
{
	for (struct k2_vstate *v = w->kept; v && !--v->ways; v = v->parent)
		;
}

static bool walk(struct walk *w)
{
	struct k2_astate *s = k2_arena_dup(w->arena, k2_absint_entry(w->ai, 0), 1, sizeof(*s));
	bool ok = s && follow(w, 0, s);

	finish(w);
	while (ok && w->pending && w->insns_done < w->limit) {
		struct pending *p = w->pending;

		w->pending = p->next;
		w->kept = p->kept;
		w->way = p->way;
		ok = follow(w, p->block, &p->state);
		finish(w);
	}
	return ok;
}

uint64_t k2_verifier_walk(struct k2_arena *a, const struct k2_func *f, enum k2_walk mode, uint64_t limit)
{
	struct walk w = { .arena = k2_arena_like(a), .f = f, .mode = mode, .limit = limit };
	bool ok = w.arena && !k2_absint_run(w.arena, f, &w.ai) && !k2_absint_liveness(w.arena, w.ai, &w.live);

	w.at = ok ? k2_arena_calloc(w.arena, f->n_blocks, sizeof(*w.at)) : NULL;
	w.target = ok ? k2_arena_calloc(w.arena, f->n_blocks, 1) : NULL;
	ok = w.at && w.target;
	if (ok) {
		mark_targets(&w);
		ok = walk(&w);
	}
	k2_absint_free(w.ai);
	k2_arena_free(w.arena);
	return ok ? w.insns_done : limit;
}

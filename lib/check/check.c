// SPDX-License-Identifier: BSD-2-Clause
/* Equivalence of two windows: both executed over the same unknowns, then every pair of values that counts is proved equal. */
#include "check.h"
#include "replay.h"
#include <string.h>

/* Term tables start anew beyond this size, so that memory and hash tables stay small. */
enum { MAX_TERMS = 200000, MAX_PAIRS = 4096 };

static const char TOO_MUCH[] = "too much to compare";

struct k2_pairs {
	struct k2_checker *ck;
	k2_t a[MAX_PAIRS], b[MAX_PAIRS];
	uint32_t n;
};

static void add_stats(struct k2_solver_stats *to, struct k2_solver_stats s)
{
	to->folded += s.folded;
	to->refuted += s.refuted;
	to->queries += s.queries;
	to->unknown += s.unknown;
	to->rlimit += s.rlimit;
}

enum k2_status k2_checker_renew(struct k2_checker *ck)
{
	if (ck->solver) {
		add_stats(&ck->solver_stats, k2_solver_stats(ck->solver));
		k2_solver_free(ck->solver);
	}
	k2_arena_free(ck->arena);
	ck->solver = NULL;
	ck->terms = NULL;
	ck->pairs = NULL;
	ck->arena = k2_arena_like(ck->f->arena);
	if (!ck->arena)
		return K2_ENOMEM;
	ck->pairs = k2_arena_alloc(ck->arena, sizeof(*ck->pairs));
	if (!ck->pairs)
		return K2_ENOMEM;
	ck->pairs->ck = ck;
	ck->terms = k2_terms_new(ck->arena);
	ck->solver = ck->terms ? k2_solver_new(ck->arena, ck->terms, ck->rlimit) : NULL;
	return ck->solver ? K2_OK : K2_ENOMEM;
}

enum k2_status k2_checker_init(struct k2_checker *ck, const struct k2_func *f, struct k2_absint *ai, uint64_t rlimit)
{
	memset(ck, 0, sizeof(*ck));
	ck->f = f;
	ck->ai = ai;
	ck->rlimit = rlimit;
	ck->work = k2_arena_like(f->arena);
	return ck->work ? k2_checker_renew(ck) : K2_ENOMEM;
}

void k2_checker_free(struct k2_checker *ck)
{
	if (ck->solver)
		k2_solver_free(ck->solver);
	k2_arena_free(ck->arena);
	k2_arena_free(ck->work);
	memset(ck, 0, sizeof(*ck));
}

struct k2_solver_stats k2_checker_solver_stats(const struct k2_checker *ck)
{
	struct k2_solver_stats s = ck->solver_stats;

	if (ck->solver)
		add_stats(&s, k2_solver_stats(ck->solver));
	return s;
}

static struct k2_astate *walk(struct k2_checker *ck, const struct k2_astate *entry, const struct k2_insn *insns, uint32_t n)
{
	struct k2_astate *s = k2_arena_dup(ck->work, entry, 1, sizeof(*entry));

	for (uint32_t k = 0; s && k < n; k++)
		k2_absint_step(ck->ai, &insns[k], s);
	return s;
}

enum k2_status k2_window_begin(struct k2_checker *ck, const struct k2_astate *entry, const struct k2_insn *insns, uint32_t n,
			       struct k2_window *w)
{
	enum k2_status st = K2_OK;

	if (k2_terms_count(ck->terms) > MAX_TERMS || k2_terms_failed(ck->terms))
		st = k2_checker_renew(ck);
	if (st)
		return st;
	k2_arena_release(ck->work, (struct k2_arena_mark){ 0 });
	memset(w, 0, sizeof(*w));
	w->insns = insns;
	w->n = n;
	w->entry = entry;
	w->exit = walk(ck, entry, insns, n);
	st = w->exit ? k2_symctx_init(&w->ctx, ck->work, ck->terms, ck->f, entry, k2_absint_escapes(ck->ai)) : K2_ENOMEM;
	w->new_entry = entry;
	memcpy(w->start.reg, w->ctx.reg, sizeof(w->start.reg));
	return st;
}

enum k2_status k2_window_run(struct k2_window *w)
{
	struct k2_start *start = k2_arena_alloc(w->ctx.arena, sizeof(*start));
	enum k2_status st = start ? K2_OK : K2_ENOMEM;

	if (!st) {
		memcpy(start->reg, w->ctx.reg, sizeof(start->reg));
		st = k2_sym_run(&w->ctx, start, w->insns, w->n, k2_event_fresh, &w->ctx, &w->old);
	}
	return !st && w->old.fault ? K2_EUNSUPPORTED : st;
}

enum k2_status k2_window_open(struct k2_checker *ck, const struct k2_astate *entry, const struct k2_insn *insns, uint32_t n,
			      const struct k2_live *live, struct k2_window *w)
{
	enum k2_status st = k2_window_begin(ck, entry, insns, n, w);

	w->live = *live;
	return st ? st : k2_window_run(w);
}

static bool add_pair(void *user, k2_t a, k2_t b)
{
	struct k2_pairs *p = user;

	p->ck->stats.obligations++;
	if (a == b) {
		p->ck->stats.folded++;
		return true;
	}
	for (uint32_t k = p->n; k-- > 0 && p->n - k < 8;) { /* bytes of one value repeat */
		if (p->a[k] == a && p->b[k] == b)
			return true;
	}
	if (p->n == MAX_PAIRS)
		return false;
	p->a[p->n] = a;
	p->b[p->n++] = b;
	return true;
}

/* The new side's events against the old side's. */
struct follow {
	struct k2_window *w;
	struct k2_pairs *pairs;
	uint32_t next; /* old event */
};

static bool same_operation(const struct k2_insn *a, const struct k2_insn *b)
{
	if (k2_isa_kind(a) == K2_KIND_OPAQUE || k2_isa_kind(b) == K2_KIND_OPAQUE)
		return a->origin >= 0 && k2_same_insn(a, b);
	if (a->code != b->code || a->flags != b->flags || a->sym != b->sym)
		return false;
	switch (k2_isa_kind(a)) {
	/* Addresses and values are inputs, and the result is where the new code wants it. */
	case K2_KIND_LOAD: case K2_KIND_STORE: return true;
	case K2_KIND_LD_PKT: return K2_MODE(a->code) == K2_IND || a->imm == b->imm;
	case K2_KIND_ATOMIC: return a->imm == b->imm;
	default: return a->imm == b->imm && a->src == b->src && a->off == b->off;
	}
}

/* Is the old set, with its bytes where the new side has them, the new set? */
static bool same_set(const uint64_t old[8], const uint64_t new_[8], const uint16_t map[K2_STACK_SIZE])
{
	uint64_t moved[8] = { 0 };

	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (k2_stack_has(old, b))
			moved[map[b] / 64] |= 1ull << (map[b] % 64);
	}
	return !memcmp(moved, new_, sizeof(moved));
}

/* Stack bytes that the event sees are equal, those that it changes get what they got on the old side. */
static const char *follow_stack(struct follow *f, const struct k2_event *o, struct k2_event *e)
{
	uint16_t map[K2_STACK_SIZE];

	if (!k2_event_moves(o, e->view, e->n_views, map) || !same_set(o->seen, e->seen, map) ||
	    !same_set(o->written, e->written, map) || !same_set(o->partly, e->partly, map))
		return "a call sees or changes something else";
	e->after = k2_arena_calloc(f->w->ctx.arena, K2_STACK_SIZE, sizeof(*e->after));
	if (!e->after)
		return "out of memory";
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (o->stack[b] && !add_pair(f->pairs, o->stack[b], e->stack[map[b]]))
			return TOO_MUCH;
		if (k2_stack_has(o->written, b))
			e->after[map[b]] = o->after[b];
	}
	return NULL;
}

/* The old side's results: of a load or an atomic, which have one at most, in the register that the new side names. */
static bool take_results(const struct k2_event *o, struct k2_event *e)
{
	enum k2_kind kind = k2_isa_kind(e->insn);

	if (o->out_regs == e->out_regs && o->fresh_regs == e->fresh_regs) {
		memcpy(e->out, o->out, sizeof(e->out));
		return true;
	}
	if ((kind != K2_KIND_LOAD && kind != K2_KIND_ATOMIC) || !o->fresh_regs != !e->fresh_regs)
		return false;
	if (e->fresh_regs)
		e->out[__builtin_ctz(e->fresh_regs)] = o->out[__builtin_ctz(o->fresh_regs)];
	return true;
}

/* The same operation on the same terms. */
static bool looks_alike(const struct k2_event *o, const struct k2_event *e)
{
	if (!same_operation(o->insn, e->insn) || o->n_in != e->n_in || o->n_views != e->n_views)
		return false;
	for (unsigned int n = 0; n < e->n_in; n++) {
		if (o->in[n] != e->in[n])
			return false;
	}
	for (unsigned int v = 0; v < e->n_views; v++) {
		for (unsigned int b = 0; b < e->view[v].size && b < o->view[v].size; b++) {
			if (o->stack[o->view[v].at + b] != e->stack[e->view[v].at + b])
				return false;
		}
	}
	return true;
}

/* The old event that this one is, past silent ones that the new code does without: the first that looks alike, or else the first
   with the same operation. NULL: none. */
static const struct k2_event *partner(struct follow *f, const struct k2_event *e)
{
	const struct k2_event *same = NULL;

	for (uint32_t k = f->next; k < f->w->old.n_events; k++) {
		const struct k2_event *o = &f->w->old.events[k];

		if (looks_alike(o, e))
			return o;
		if (!same && same_operation(o->insn, e->insn))
			same = o;
		if (!o->silent)
			break;
	}
	return same;
}

/* The new code makes no more calls; the old one none that anybody would notice. */
static bool nothing_left(const struct follow *f)
{
	uint32_t k = f->next;

	while (k < f->w->old.n_events && f->w->old.events[k].silent)
		k++;
	return k == f->w->old.n_events;
}

static const char *follow_event(void *user, struct k2_sym *s, struct k2_event *e, uint32_t k)
{
	struct follow *f = user;
	const struct k2_event *o = partner(f, e);
	const char *why;

	(void)s;
	(void)k;
	if (!o)
		return "another sequence of calls or fixed memory accesses";
	e->number = o->number;
	f->next = o->number + 1;
	if (o->n_in != e->n_in || o->in_regs != e->in_regs || o->sees_ext != e->sees_ext || o->writes_ext != e->writes_ext ||
	    o->writes_ctx != e->writes_ctx || !take_results(o, e))
		return "a call sees or changes something else";
	for (unsigned int n = 0; n < e->n_in; n++) {
		if (!add_pair(f->pairs, o->in[n], e->in[n]))
			return TOO_MUCH;
	}
	why = follow_stack(f, o, e);
	if (why)
		return why;
	return e->sees_ext ? k2_ext_compare(&f->w->ctx, &o->ext, &e->ext, add_pair, f->pairs) : NULL;
}

static bool same_terminator(const struct k2_window *w, const struct k2_insn *insns, uint32_t n)
{
	const struct k2_insn *a = w->n ? &w->insns[w->n - 1] : NULL, *b = n ? &insns[n - 1] : NULL;
	bool ta = a && k2_isa_is_terminator(a), tb = b && k2_isa_is_terminator(b);

	for (uint32_t k = 0; k + 1 < n; k++) {
		if (k2_isa_is_terminator(&insns[k]))
			return false;
	}
	if (ta != tb)
		return false;
	return !ta || (a->target == b->target && k2_isa_kind(a) == k2_isa_kind(b));
}

/* Frozen instructions stay, all of them, as they are and in order. */
static bool keeps_frozen(const struct k2_window *w, const struct k2_insn *insns, uint32_t n)
{
	uint32_t k = 0;

	for (uint32_t j = 0; j < w->n; j++) {
		if (!(w->insns[j].flags & K2_F_FROZEN))
			continue;
		while (k < n && !(insns[k].flags & K2_F_FROZEN))
			k++;
		if (k == n || !k2_same_insn(&w->insns[j], &insns[k]))
			return false;
		k++;
	}
	while (k < n && !(insns[k].flags & K2_F_FROZEN))
		k++;
	return k == n;
}

static const char *compare_regs(struct k2_window *w, const struct k2_sym *s, struct k2_pairs *p)
{
	struct k2_terms *t = w->ctx.terms;

	for (unsigned int r = 0; r < 10; r++) {
		bool lo = w->live.regs & K2_LIVE_LO(r), hi = w->live.regs & K2_LIVE_HI(r);
		k2_t a = w->old.reg[r], b = s->reg[r];

		if ((!lo && !hi) || !a)
			continue;
		if (!b)
			return "a register is left without its value";
		if (!add_pair(p, hi ? a : k2_t_extract(t, a, 0, 32), hi ? b : k2_t_extract(t, b, 0, 32)))
			return TOO_MUCH;
	}
	return NULL;
}

static const char *compare_stack(struct k2_window *w, const struct k2_sym *s, struct k2_pairs *p)
{
	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (!k2_live_byte(&w->live, (int)b - K2_STACK_SIZE) || (!w->old.stack[b] && !s->stack[b]))
			continue;
		if (!add_pair(p, k2_sym_stack_byte(&w->ctx, &w->old, b), k2_sym_stack_byte(&w->ctx, s, b)))
			return TOO_MUCH;
	}
	return NULL;
}

const char *k2_window_claim(struct k2_checker *ck, k2_t a, k2_t b)
{
	return add_pair(ck->pairs, a, b) ? NULL : TOO_MUCH;
}

const char *k2_window_claim_result(struct k2_checker *ck, struct k2_window *w, const struct k2_sym *s)
{
	struct k2_terms *t = w->ctx.terms;
	k2_t o = w->old.reg[0], n = s->reg[0];

	if (!o)
		return NULL;
	if (!n)
		return "the return value is missing";
	if (w->ctx.f->returns32)
		return k2_window_claim(ck, k2_t_extract(t, o, 0, 32), k2_t_extract(t, n, 0, 32));
	return k2_window_claim(ck, o, n);
}

static const char *compare_ends(struct k2_checker *ck, struct k2_window *w, const struct k2_sym *s, struct k2_pairs *p)
{
	const char *why;

	if (w->old.exits)
		return k2_window_claim_result(ck, w, s);
	if (w->old.branch && !add_pair(p, w->old.branch, s->branch))
		return TOO_MUCH;
	why = compare_regs(w, s, p);
	return why ? why : compare_stack(w, s, p);
}

const char *k2_window_follow(struct k2_checker *ck, struct k2_window *w, const struct k2_insn *insns, uint32_t n,
			     struct k2_sym **s)
{
	struct follow follow = { .w = w, .pairs = ck->pairs };

	ck->pairs->n = 0;
	*s = k2_arena_alloc(ck->work, sizeof(**s));
	if (!*s || k2_sym_run(&w->ctx, &w->start, insns, n, follow_event, &follow, *s))
		return "out of memory";
	if ((*s)->fault)
		return (*s)->fault;
	if (!keeps_frozen(w, insns, n))
		return "a frozen instruction would change";
	if (!nothing_left(&follow))
		return "another sequence of calls or fixed memory accesses";
	return k2_ext_compare(&w->ctx, &w->old.ext, &(*s)->ext, add_pair, ck->pairs);
}

void k2_window_claims(const struct k2_checker *ck, const k2_t **a, const k2_t **b, uint32_t *n)
{
	*a = ck->pairs->a;
	*b = ck->pairs->b;
	*n = ck->pairs->n;
}

enum k2_verdict k2_window_prove(struct k2_checker *ck, const k2_t *assume, uint32_t n, const char **why)
{
	struct k2_pairs *p = ck->pairs;
	enum k2_verdict v = K2_EQUAL;

	for (uint32_t k = 0; k < p->n && v == K2_EQUAL; k++) {
		v = k2_solver_prove(ck->solver, assume, n, k2_t_eq(ck->terms, p->a[k], p->b[k]));
		if (v != K2_EQUAL)
			*why = v == K2_DIFFERENT ? "a value differs" : "the solver gave no answer";
	}
	if (k2_terms_failed(ck->terms) || k2_arena_failed(ck->work)) {
		*why = "out of memory";
		v = K2_UNKNOWN;
	}
	if (v == K2_EQUAL)
		p->n = 0;
	return v;
}

static const char *safe(struct k2_checker *ck, const struct k2_window *w, const struct k2_insn *insns, uint32_t n,
			const struct k2_sym *s)
{
	struct k2_astate *end = NULL;
	const char *why = k2_safe_code(ck, w, insns, n, s, &end);

	return why ? why : k2_safe_end(ck, w, end, &w->live, NULL);
}

static enum k2_verdict judge(struct k2_checker *ck, struct k2_window *w, const struct k2_insn *insns, uint32_t n,
			     const char **why)
{
	struct k2_pairs *p = ck->pairs;
	struct k2_sym *s;
	enum k2_verdict v;

	*why = k2_window_follow(ck, w, insns, n, &s);
	if (!s || k2_terms_failed(ck->terms) || k2_arena_failed(ck->work))
		return K2_UNKNOWN;
	if (!*why && !same_terminator(w, insns, n))
		*why = "another terminator";
	if (!*why)
		*why = compare_ends(ck, w, s, p);
	if (!*why && !ck->equal_only)
		*why = safe(ck, w, insns, n, s);
	v = *why ? K2_UNKNOWN : k2_window_prove(ck, NULL, 0, why);
	if (v == K2_EQUAL || !ck->explain)
		return v;
	if (v == K2_DIFFERENT)
		*why = "the counterexample was not confirmed";
	return k2_explain_difference(ck, w, insns, n, s, p->a, p->b, p->n);
}

enum k2_verdict k2_window_check(struct k2_checker *ck, struct k2_window *w, const struct k2_insn *insns, uint32_t n,
				const char **why)
{
	struct k2_arena_mark mark = k2_arena_mark(ck->work);
	enum k2_verdict v = judge(ck, w, insns, n, why);

	k2_arena_release(ck->work, mark);
	ck->stats.equal += v == K2_EQUAL;
	ck->stats.different += v == K2_DIFFERENT;
	ck->stats.unknown += v == K2_UNKNOWN;
	return v;
}

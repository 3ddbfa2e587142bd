// SPDX-License-Identifier: BSD-2-Clause
/* The whole function once more, from scratch. Both functions are cut into pieces without loops: a *meeting* is a block of the old
   code and one of the new where both sides are at the same time, with a relation between their registers and stack slots
   (relation.h) and equal memory outside of the stack. From every meeting both sides are executed together until they exit or
   meet again; events, memory and branches must agree on the way. A side that has nothing to meet goes on alone for some
   blocks, under the conditions of its branches. Entering every meeting related and leaving it related: then the functions agree. */
#include "check.h"
#include "path.h"
#include "relation.h"
#include <string.h>

enum {
	PATH_BLOCKS = 12, /* of one side between two meetings */
	PATH_INSNS = 20000,
	VISITS = 24,      /* of one meeting: its relation shrinks at each */
	AVOIDED = 24,     /* meetings that turned out not to be any */
};

struct meeting {
	uint32_t old, new_;    /* blocks */
	uint32_t next;         /* 1 + index of the next one of the same old block; 0: none */
	uint32_t visits;
	bool dirty, related;
	bool avoided;          /* the two cannot be related here: go on */
	struct k2_relation rel;
};

struct validation {
	struct k2_arena *arena;
	const struct k2_validation *how;
	struct k2_checker ck;
	const struct k2_func *old, *new_;
	struct k2_absint *old_ai, *new_ai;
	struct k2_liveness live;  /* of the new code */
	const uint32_t *origin;   /* by new block */
	bool same_graph;
	bool wait;                /* see waits() */
	bool *kept;               /* by old block: some reachable new block stands for it */
	uint32_t *first;          /* by old block: 1 + index of its first meeting */
	struct meeting *meetings;
	uint32_t n_meetings, cap_meetings, n_avoided;
	uint32_t at;              /* the meeting from which both sides are executed */
	const char *why;
};

/* Both sides executed from a meeting. */
struct run {
	struct k2_path old, new_;
	struct k2_window w;
	struct k2_sym *s;
	struct k2_astate *end; /* of the new code */
	const k2_t *assume;
	uint32_t n_assume;
};

static enum k2_verdict give_up(struct validation *v, const char *why)
{
	v->why = why;
	return K2_UNKNOWN;
}

/* 1 + index; 0: out of memory. */
static uint32_t meeting_of(struct validation *v, uint32_t o, uint32_t n)
{
	struct meeting m = { .old = o, .new_ = n, .next = v->first[o] };

	for (uint32_t k = v->first[o]; k; k = v->meetings[k - 1].next) {
		if (v->meetings[k - 1].new_ == n)
			return k;
	}
	if (!K2_VEC_PUSH(v->arena, v->meetings, v->n_meetings, v->cap_meetings, m))
		return 0;
	return v->first[o] = v->n_meetings;
}

/* ---- where to meet ---- */

enum step { MEET, OLD_GOES_ON, NEW_GOES_ON, BOTH_GO_ON };

static bool leads_to(const struct k2_func *f, uint32_t b, uint32_t to)
{
	return f->blocks[b].n_succ == 1 && k2_path_pass_empty(f, f->blocks[b].succ[0]) == to;
}

/* Both sides are before a block. A meeting is tried where the new block stands for the old one, or one of them has no
   counterpart; else the side goes on that has no place in the other function, or that is
   a block behind. */
static enum step decide(const struct validation *v, uint32_t o, uint32_t n)
{
	uint32_t from = v->origin[n];
	bool avoided = false;

	for (uint32_t k = v->first[o]; k; k = v->meetings[k - 1].next)
		avoided |= v->meetings[k - 1].new_ == n && v->meetings[k - 1].avoided;
	if (!avoided && from != K2_NO_MEETING && (from == o || from == K2_NO_BLOCK || !v->kept[o]))
		return MEET;
	if (!avoided && from != K2_NO_MEETING)
		return leads_to(v->old, from, o) ? NEW_GOES_ON : OLD_GOES_ON;
	if (from == o)
		return BOTH_GO_ON;
	return v->kept[o] && (from == K2_NO_BLOCK || from == K2_NO_MEETING) ? NEW_GOES_ON : OLD_GOES_ON;
}

/* One side is before a block, the other at the end of one, perhaps in a branch. Who waits at a block that has a counterpart in the other
   function waits until the other side has branched: it may come there. */
static bool waits(const struct validation *v, const struct k2_path *old, const struct k2_path *new_)
{
	if (!v->wait)
		return false;
	if (new_->at_head)
		return !old->at_head && k2_path_end(old) == K2_PATH_BRANCH && v->origin[new_->next] < v->old->n_blocks;
	return old->at_head && k2_path_end(new_) == K2_PATH_BRANCH && v->kept[old->next];
}

static uint32_t calls(const struct k2_path *p)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < p->n; k++)
		n += k2_isa_kind(&p->insns[k]) == K2_KIND_CALL;
	return n;
}

/* Both paths are at the head of a block. One that begins in the middle of a block of the other side is no place to meet: there is a call
   still to be made. */
static enum step step_from(const struct validation *v, const struct k2_path *old, const struct k2_path *new_)
{
	enum step step = decide(v, old->next, new_->next);

	if (step != MEET || v->origin[new_->next] == old->next)
		return step;
	if (v->origin[new_->next] == K2_NO_BLOCK && calls(new_) < calls(old))
		return NEW_GOES_ON;
	return !v->kept[old->next] && calls(old) < calls(new_) ? OLD_GOES_ON : MEET;
}

static enum k2_verdict enter(struct validation *v, struct k2_path *p)
{
	if (p->n_blocks >= PATH_BLOCKS || p->n > PATH_INSNS)
		return give_up(v, "the two functions do not meet again");
	return k2_path_enter(v->arena, p) ? give_up(v, "out of memory") : K2_EQUAL;
}

/* ---- both sides together ---- */

static enum k2_verdict execute(struct validation *v, struct run *r)
{
	const struct meeting *m = &v->meetings[v->at];
	const struct k2_live *live = &v->live.in[m->new_];
	const struct k2_astate *entry = k2_absint_entry(v->old_ai, m->old);
	struct k2_checker *ck = &v->ck;
	k2_t *assume;

	if (k2_window_begin(ck, entry, r->old.insns, r->old.n, &r->w))
		return give_up(v, "out of memory");
	k2_relation_start(&m->rel, live, &r->w);
	if (k2_window_run(&r->w))
		return give_up(v, "a changed block cannot be modelled");
	r->w.new_entry = k2_absint_entry(v->new_ai, m->new_);
	v->why = k2_window_follow(ck, &r->w, r->new_.insns, r->new_.n, &r->s);
	if (!v->why)
		v->why = v->how->equal_only ? k2_accesses_kept(ck, &r->w, r->new_.insns, r->new_.n, r->s) :
					      k2_safe_code(ck, &r->w, r->new_.insns, r->new_.n, r->s, &r->end);
	if (v->why)
		return K2_UNKNOWN;
	r->n_assume = r->w.old.n_assumed + r->s->n_assumed;
	assume = k2_arena_calloc(ck->work, r->n_assume, sizeof(*assume));
	if (r->n_assume && !assume)
		return give_up(v, "out of memory");
	for (uint32_t k = 0; k < r->n_assume; k++)
		assume[k] = k < r->w.old.n_assumed ? r->w.old.assumed[k] : r->s->assumed[k - r->w.old.n_assumed];
	r->assume = assume;
	return k2_window_prove(ck, r->assume, r->n_assume, &v->why);
}

/* The run's assumptions and up to two more. */
static const k2_t *assume_also(struct validation *v, const struct run *r, k2_t a, k2_t b, uint32_t *n)
{
	k2_t *all = k2_arena_calloc(v->ck.work, (size_t)r->n_assume + 2, sizeof(*all));

	*n = r->n_assume;
	if (!all)
		return NULL;
	if (r->n_assume)
		memcpy(all, r->assume, r->n_assume * sizeof(*all));
	if (a)
		all[(*n)++] = a;
	if (b)
		all[(*n)++] = b;
	return all;
}

/* What a side's last jump decided, if it had one, for as long as the place behind it is looked at. */
static bool decided(struct validation *v, struct k2_sym *s, k2_t condition)
{
	return !condition || K2_VEC_PUSH(v->ck.work, s->assumed, s->n_assumed, s->cap_assumed, condition);
}

/* Both sides arrive at old block `o`, new block `n`, under the conditions `a` and `b` (NULL: none). */
static enum k2_verdict meet(struct validation *v, struct run *r, uint32_t o, uint32_t n, k2_t a, k2_t b)
{
	uint32_t number = meeting_of(v, o, n), n_all;
	struct meeting *m = number ? &v->meetings[number - 1] : NULL;
	const k2_t *all = assume_also(v, r, a, b, &n_all);
	bool changed = false;

	if (!m || !all || !decided(v, &r->w.old, a) || !decided(v, r->s, b))
		return give_up(v, "out of memory");
	v->why = k2_relation_meet(&v->ck, v->arena, &r->w, r->s, &v->live.in[n],
				  k2_absint_entry(v->old_ai, o), !m->related, &m->rel, &changed);
	r->w.old.n_assumed -= a != NULL;
	r->s->n_assumed -= b != NULL;
	if (!v->why && !v->how->equal_only)
		v->why = k2_safe_end(&v->ck, &r->w, r->end, &v->live.in[n], &m->rel);
	m->dirty |= changed || !m->related;
	m->related = true;
	return v->why ? K2_UNKNOWN : k2_window_prove(&v->ck, all, n_all, &v->why);
}

static enum k2_verdict both_exit(struct validation *v, struct run *r)
{
	static const struct k2_live none;

	v->why = k2_window_claim_result(&v->ck, &r->w, r->s);
	if (!v->why && !v->how->equal_only)
		v->why = k2_safe_end(&v->ck, &r->w, r->end, &none, NULL);
	return v->why ? K2_UNKNOWN : k2_window_prove(&v->ck, r->assume, r->n_assume, &v->why);
}

/* What is left to do from a meeting: pairs of paths. */
struct todo {
	struct k2_path old, new_;
	struct todo *next;
};

static enum k2_verdict later(struct validation *v, struct todo **todo, const struct k2_path *old, const struct k2_path *new_)
{
	struct todo *t = k2_arena_alloc(v->arena, sizeof(*t));

	if (!t)
		return give_up(v, "out of memory");
	*t = (struct todo){ *old, *new_, *todo };
	*todo = t;
	return K2_EQUAL;
}

/* Along edge `i` of the old side's jump and `j` of the new side's (-1: that side stays where it is), under their conditions. */
static enum k2_verdict along(struct validation *v, struct run *r, struct todo **todo, int i, int j, k2_t a, k2_t b)
{
	struct k2_path old = r->old, new_ = r->new_;

	if (i >= 0 && k2_path_leave(v->arena, &old, (unsigned int)i))
		return give_up(v, "out of memory");
	if (j >= 0 && k2_path_leave(v->arena, &new_, (unsigned int)j))
		return give_up(v, "out of memory");
	if (old.at_head && new_.at_head && step_from(v, &old, &new_) == MEET)
		return meet(v, r, old.next, new_.next, a, b);
	return later(v, todo, &old, &new_);
}

static bool proved(struct validation *v, const struct run *r, k2_t claim)
{
	return k2_solver_prove(v->ck.solver, r->assume, r->n_assume, claim) == K2_EQUAL;
}

/* One side or both at conditional jumps. Mostly the two conditions are one term, or one is the other's negation. */
static enum k2_verdict branch(struct validation *v, struct run *r, struct todo **todo)
{
	struct k2_terms *t = v->ck.terms;
	k2_t true_ = k2_t_const(t, 1, 1), bo = r->w.old.branch, bn = r->s->branch;
	k2_t o[2] = { bo ? k2_t_not(t, bo) : true_, bo ? bo : true_ }, n[2] = { bn ? k2_t_not(t, bn) : true_, bn ? bn : true_ };
	bool same = bo && bn && proved(v, r, k2_t_eq(t, bo, bn)), crossed = bo && bn && !same && proved(v, r, k2_t_eq(t, bo, n[0]));
	enum k2_verdict verdict = K2_EQUAL;

	for (int k = 0; k < 4 && verdict == K2_EQUAL; k++) {
		int i = k & 1, j = k >> 1;

		if ((!bo && i) || (!bn && j) || (same && i != j) || (crossed && i == j))
			continue;
		if ((k2_t_is_const(o[i]) && !o[i]->imm) || (k2_t_is_const(n[j]) && !n[j]->imm))
			continue;
		if (!same && !crossed && proved(v, r, k2_t_not(t, k2_t_and(t, o[i], n[j]))))
			continue;
		verdict = along(v, r, todo, bo ? i : -1, bn ? j : -1, o[i], n[j]);
	}
	return verdict;
}

static enum k2_verdict at_ends(struct validation *v, struct run *r, struct todo **todo)
{
	enum k2_path_end eo = k2_path_end(&r->old), en = k2_path_end(&r->new_);
	enum k2_verdict verdict = execute(v, r);

	if (verdict != K2_EQUAL)
		return verdict;
	if (eo == K2_PATH_EXIT && en == K2_PATH_EXIT)
		return both_exit(v, r);
	if (eo == K2_PATH_STOPS && en == K2_PATH_STOPS)
		return K2_EQUAL;
	if (eo == K2_PATH_MAY && en == K2_PATH_MAY) {
		verdict = along(v, r, todo, 0, 0, NULL, NULL);
		return verdict == K2_EQUAL ? along(v, r, todo, 1, 1, NULL, NULL) : verdict;
	}
	if (eo == K2_PATH_BRANCH || en == K2_PATH_BRANCH)
		return branch(v, r, todo);
	return give_up(v, "another way to end");
}

/* Goes on from where the two paths are until both sides meet, exit, or come to a branch. */
static enum k2_verdict go_on(struct validation *v, struct k2_path old, struct k2_path new_, struct todo **todo)
{
	enum k2_verdict verdict = K2_EQUAL;

	while (verdict == K2_EQUAL) {
		enum k2_path_end eo = k2_path_end(&old), en = k2_path_end(&new_);
		struct run r;
		enum step step;

		if (eo == K2_PATH_BAD || en == K2_PATH_BAD)
			return give_up(v, "control runs off the end");
		if ((eo == K2_PATH_ONE && k2_path_leave(v->arena, &old, 0)) || (en == K2_PATH_ONE && k2_path_leave(v->arena, &new_, 0)))
			return give_up(v, "out of memory");
		if ((!old.at_head && !new_.at_head) || waits(v, &old, &new_))
			return at_ends(v, &(struct run){ .old = old, .new_ = new_ }, todo);
		step = old.at_head && new_.at_head ? step_from(v, &old, &new_) : old.at_head ? OLD_GOES_ON : NEW_GOES_ON;
		if (step == MEET) {
			r = (struct run){ .old = old, .new_ = new_ };
			verdict = execute(v, &r);
			return verdict == K2_EQUAL ? meet(v, &r, old.next, new_.next, NULL, NULL) : verdict;
		}
		if (step != NEW_GOES_ON)
			verdict = enter(v, &old);
		if (step != OLD_GOES_ON && verdict == K2_EQUAL)
			verdict = enter(v, &new_);
	}
	return verdict;
}

/* ---- all meetings ---- */

/* Equal code, but for where its jumps go. */
static bool same_code(const struct k2_block *a, const struct k2_block *b)
{
	if (a->n != b->n || a->n_succ != b->n_succ)
		return false;
	for (uint32_t k = 0; k < a->n; k++) {
		struct k2_insn i = b->insns[k];

		i.target = a->insns[k].target;
		if (!k2_same_insn(&a->insns[k], &i))
			return false;
	}
	return true;
}

/* Equal code that starts from equal values ends with equal values. False: it has to be looked at. */
static bool obviously_equal(struct validation *v, uint32_t at)
{
	const struct meeting m = v->meetings[at];
	const struct k2_block *o = &v->old->blocks[m.old], *n = &v->new_->blocks[m.new_];

	if (v->how->thorough || !same_code(o, n) || !k2_relation_is_same(&m.rel, &v->live.in[m.new_]))
		return false;
	for (unsigned int e = 0; e < o->n_succ; e++) {
		uint32_t to = k2_path_pass_empty(v->old, o->succ[e]), tn = k2_path_pass_empty(v->new_, n->succ[e]);
		uint32_t number = decide(v, to, tn) == MEET ? meeting_of(v, to, tn) : 0;
		struct meeting *next = number ? &v->meetings[number - 1] : NULL;
		bool changed = false;

		if (!next || !k2_relation_meet_same(&v->live.in[tn], !next->related, &next->rel, &changed))
			return false;
		next->dirty |= changed || !next->related;
		next->related = true;
	}
	return true;
}

static enum k2_verdict from_meeting(struct validation *v, uint32_t at)
{
	struct meeting *m = &v->meetings[at];
	enum k2_verdict verdict = K2_EQUAL;
	struct todo *todo = NULL;

	m->dirty = false;
	v->at = at;
	if (!k2_absint_entry(v->old_ai, m->old)->reached || !k2_absint_entry(v->new_ai, m->new_)->reached)
		return give_up(v, "a block that is not reached");
	if (++m->visits > VISITS)
		return give_up(v, "no relation between the two was found");
	if (obviously_equal(v, at))
		return K2_EQUAL;
	m = &v->meetings[at];
	verdict = go_on(v, k2_path_of(v->old, m->old), k2_path_of(v->new_, m->new_), &todo);
	while (todo && verdict == K2_EQUAL) {
		struct todo t = *todo;

		todo = t.next;
		verdict = go_on(v, t.old, t.new_, &todo);
	}
	v->ck.stats.equal += verdict == K2_EQUAL;
	v->ck.stats.different += verdict == K2_DIFFERENT;
	v->ck.stats.unknown += verdict == K2_UNKNOWN;
	return verdict;
}

/* Rounds in the old code's order until no relation shrinks any more. */
static enum k2_verdict from_all(struct validation *v)
{
	enum k2_verdict verdict = K2_EQUAL;
	bool again = true;

	while (again && verdict == K2_EQUAL) {
		again = false;
		for (uint32_t k = 0; k < v->old->n_order && verdict == K2_EQUAL; k++) {
			for (uint32_t m = v->first[v->old->order[k]]; m && verdict == K2_EQUAL; m = v->meetings[m - 1].next) {
				if (!v->meetings[m - 1].dirty)
					continue;
				again = true;
				verdict = from_meeting(v, m - 1);
			}
		}
	}
	return verdict;
}

/* Begins anew, without the meetings that are avoided. False: out of memory. */
static bool begin(struct validation *v)
{
	uint32_t number;

	for (uint32_t k = 0; k < v->n_meetings; k++) {
		struct meeting *m = &v->meetings[k];

		*m = (struct meeting){ .old = m->old, .new_ = m->new_, .next = m->next, .avoided = m->avoided };
	}
	number = meeting_of(v, k2_path_pass_empty(v->old, 0), k2_path_pass_empty(v->new_, 0));
	if (!number)
		return false;
	v->meetings[number - 1].dirty = v->meetings[number - 1].related = true;
	for (unsigned int r = 0; r < 10; r++)
		v->meetings[number - 1].rel.reg[r].regs = (uint16_t)(1u << r);
	return true;
}

/* The solver has worked for long enough: further attempts would mostly ask it the same again. */
static bool spent(const struct validation *v)
{
	return k2_checker_solver_stats(&v->ck).rlimit > v->how->rlimit;
}

/* A meeting from which the two cannot be proved equal may be none: without it, what came before stays known. */
static enum k2_verdict compare_from(struct validation *v)
{
	enum k2_verdict verdict = K2_UNKNOWN;

	for (;;) {
		if (!begin(v))
			return give_up(v, "out of memory");
		verdict = from_all(v);
		if (verdict == K2_EQUAL || v->same_graph || v->n_avoided == AVOIDED || spent(v) || v->meetings[v->at].avoided ||
		    v->meetings[v->at].old == k2_path_pass_empty(v->old, 0))
			return verdict;
		v->meetings[v->at].avoided = true;
		v->n_avoided++;
	}
}

/* The block that alone leads to b, past gotos; K2_NO_BLOCK: there are more, or none. */
static uint32_t comes_from(const struct k2_func *f, uint32_t b)
{
	for (uint32_t hops = 0; f->blocks[b].n_preds == 1 && hops < f->n_blocks; hops++) {
		b = f->blocks[b].preds[0];
		if (f->blocks[b].n_succ == 2)
			return b;
	}
	return K2_NO_BLOCK;
}

static uint32_t count(const struct k2_block *b, const struct k2_insn *i)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < b->n; k++)
		n += k2_same_insn(&b->insns[k], i);
	return n;
}

/* What moved from behind a branch to in front of it is not there yet, on the old side, where the two ways part. */
static bool moved_up(const struct validation *v, uint32_t o, uint32_t n)
{
	uint32_t a = comes_from(v->old, o), b = comes_from(v->new_, n);
	const struct k2_block *was = &v->old->blocks[o], *is = &v->new_->blocks[n];

	if (a == K2_NO_BLOCK || b == K2_NO_BLOCK || same_code(was, is) || same_code(&v->old->blocks[a], &v->new_->blocks[b]))
		return false;
	for (uint32_t k = 0; k < was->n; k++) {
		const struct k2_insn *i = &was->insns[k];

		if (count(is, i) < count(was, i) && count(&v->new_->blocks[b], i) > count(&v->old->blocks[a], i))
			return true;
	}
	return false;
}

/* False: out of memory. */
static bool avoid_some(struct validation *v)
{
	for (uint32_t k = 0; k < v->new_->n_order; k++) {
		uint32_t n = v->new_->order[k], o = v->origin[n], number;

		if (o >= v->old->n_blocks || !moved_up(v, o, n))
			continue;
		number = meeting_of(v, o, n);
		if (!number)
			return false;
		v->meetings[number - 1].avoided = true;
	}
	return true;
}

/* Both ways to go on: which one finds the meetings depends on what was changed. */
static enum k2_verdict compare(struct validation *v)
{
	enum k2_verdict verdict;

	v->wait = v->how->origin && !v->same_graph;
	verdict = compare_from(v);
	if (verdict == K2_EQUAL || v->how->origin || v->same_graph || spent(v))
		return verdict;
	v->wait = true;
	v->n_meetings = v->n_avoided = 0;
	memset(v->first, 0, v->old->n_blocks * sizeof(*v->first));
	return avoid_some(v) ? compare_from(v) : give_up(v, "out of memory");
}

static enum k2_status set_up(struct validation *v)
{
	enum k2_status st = K2_OK;
	const uint32_t *same;

	v->same_graph = k2_witness_same(v->arena, v->old, v->new_, &same);
	if (!v->origin)
		st = k2_witness(v->arena, v->old, v->new_, &v->origin);
	v->first = k2_arena_calloc(v->arena, v->old->n_blocks, sizeof(*v->first));
	v->kept = k2_arena_calloc(v->arena, v->old->n_blocks, sizeof(*v->kept));
	if (st || !v->first || !v->kept)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < v->new_->n_order; k++) {
		uint32_t b = v->new_->order[k], o = v->origin[b];

		if (o < v->old->n_blocks && k2_path_pass_empty(v->new_, b) == b)
			v->kept[o] = true;
	}
	if (!avoid_some(v))
		return K2_ENOMEM;
	st = k2_absint_run(v->arena, v->old, &v->old_ai);
	if (!st)
		st = k2_absint_run(v->arena, v->new_, &v->new_ai);
	if (!st)
		st = k2_absint_liveness(v->arena, v->new_ai, &v->live);
	return st ? st : k2_checker_init(&v->ck, v->old, v->old_ai, v->how->rlimit);
}

/* Code that no way leads to: the kernel refuses it ("unreachable insn", check_cfg). */
static bool has_unreachable(const struct k2_func *f)
{
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		if (f->blocks[b].n && f->blocks[b].rpo == K2_NO_BLOCK)
			return true;
	}
	return false;
}

enum k2_verdict k2_validate(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_,
			    const struct k2_validation *how, struct k2_check_stats *stats, struct k2_solver_stats *solver_stats,
			    const char **why)
{
	struct validation v = { .arena = a, .how = how, .old = old, .new_ = new_, .origin = how->origin, .why = "out of memory" };
	enum k2_verdict verdict = K2_UNKNOWN;

	stats->failed = stats->failed_old = K2_NO_BLOCK;
	if (!how->equal_only && has_unreachable(new_) && !has_unreachable(old)) {
		*why = "code that cannot be reached";
		return K2_UNKNOWN;
	}
	if (!set_up(&v)) {
		verdict = compare(&v);
		*stats = v.ck.stats;
		stats->failed = stats->failed_old = K2_NO_BLOCK;
		if (verdict != K2_EQUAL && v.n_meetings) {
			stats->failed = v.meetings[v.at].new_;
			stats->failed_old = v.meetings[v.at].old;
		}
		*solver_stats = k2_checker_solver_stats(&v.ck);
	}
	*why = v.why;
	k2_checker_free(&v.ck);
	k2_absint_free(v.old_ai);
	k2_absint_free(v.new_ai);
	return verdict;
}

// SPDX-License-Identifier: BSD-2-Clause
/* thread: a way into a block whose branch is decided on that way goes where the branch would lead it, and a way to a goto goes where that
   leads. What the block does in front of its branch is done on that way, too, as far as somebody reads it. */
#include "path.h"
#include "trial.h"

enum {
	BEFORE = 3,     /* blocks in front of the last one that are looked at together with it */
	BODY = 8,       /* instructions in front of the branch: most will not be needed on the way that is led past it */
	PREDS = 32,     /* ways into one block */
	WAYS = 4000,    /* looked at in one function */
	EDITS = 32,     /* of one function */
	RLIMIT = 2000, /* of z3, for one question */
	RLIMIT_ALL = 40000, /* and for all of one function */
};

struct thread {
	const struct k2_graph *g;
	struct k2_arena *arena; /* for one path */
	struct k2_absint *ai;
	struct k2_checker ck;
	uint32_t ways;
	uint32_t slots_left; /* that may be laid out in trials */
	uint64_t rlimit;     /* of z3, used in former rounds */
	uint32_t at; /* block that is looked at next */
};

/* An edge into the block, and where its branch leads from there. */
struct way {
	uint32_t from;
	unsigned int edge;
	enum k2_way goes;
};

/* ---- is the branch decided? ---- */

/* Through edge `edge` of `from` into the next block, with the blocks through which alone one comes there. */
static bool path_to(const struct thread *t, uint32_t from, unsigned int edge, struct k2_path *p, uint32_t *head)
{
	const struct k2_func *f = t->g->f;
	unsigned int edges[BEFORE + 1], n = 0;

	edges[n++] = edge;
	while (n <= BEFORE && f->blocks[from].n_preds == 1 && !f->blocks[from].loop_head) {
		const struct k2_block *before = &f->blocks[f->blocks[from].preds[0]];

		if (before->n_succ == 2 && before->succ[0] == before->succ[1])
			break;
		edges[n++] = before->succ[0] != from;
		from = f->blocks[from].preds[0];
	}
	*head = from;
	*p = k2_path_of(f, from);
	k2_path_own(p);
	while (n--) {
		if (k2_path_leave(t->arena, p, edges[n]) || k2_path_enter(t->arena, p))
			return false;
	}
	return true;
}

/* Could it be? What the last branch of the path compares is a number there, or was compared before. */
static bool may_be_decided(const struct k2_path *p)
{
	uint16_t asked = k2_isa_reads(&p->insns[p->n - 1]);

	for (uint32_t k = p->n - 1; k-- > 0 && asked;) {
		const struct k2_insn *i = &p->insns[k];
		enum k2_kind kind = k2_isa_kind(i);
		uint16_t writes = k2_isa_writes(i);

		if (kind == K2_KIND_JUMP && (k2_isa_reads(i) & asked))
			return true;
		if ((writes & asked) && kind != K2_KIND_ALU && kind != K2_KIND_LD_IMM64)
			return false;
		if (writes & asked)
			asked = (uint16_t)((asked & ~writes) | k2_isa_reads(i));
	}
	return !asked;
}

/* z3 is asked for a while; what is known without it goes on to be. */
static bool holds(struct thread *t, const struct k2_window *w, k2_t claim)
{
	if (k2_t_is_const(claim) || t->rlimit + k2_checker_solver_stats(&t->ck).rlimit > RLIMIT_ALL)
		return k2_t_is_const(claim) && claim->imm;
	return k2_solver_prove(t->ck.solver, w->old.assumed, w->old.n_assumed, claim) == K2_EQUAL;
}

static enum k2_way decided(struct thread *t, uint32_t from, unsigned int edge)
{
	static const struct k2_live none;
	struct k2_arena_mark mark = k2_arena_mark(t->arena);
	enum k2_way goes = K2_BOTH_WAYS;
	struct k2_window w;
	struct k2_path p;
	uint32_t head;

	if (path_to(t, from, edge, &p, &head) && may_be_decided(&p) && ++t->ways <= WAYS &&
	    !k2_window_open(&t->ck, k2_absint_entry(t->ai, head), p.insns, p.n, &none, &w) && w.old.branch) {
		k2_t taken = w.old.branch, not_taken = k2_t_not(t->ck.terms, taken);

		if (holds(t, &w, taken))
			goes = K2_TAKEN;
		else if (holds(t, &w, not_taken))
			goes = K2_NOT_TAKEN;
	}
	k2_arena_release(t->arena, mark);
	return goes;
}

/* ---- the edit ---- */

/* May what stands in front of the branch be done elsewhere, too? */
static bool may_be_copied(const struct k2_block *b)
{
	const struct k2_insn *last = b->n ? &b->insns[b->n - 1] : NULL;

	if (b->n_succ != 2 || b->loop_head || b->rpo == K2_NO_BLOCK || b->n > BODY + 1 || b->n_preds > PREDS ||
	    k2_isa_kind(last) != K2_KIND_JUMP)
		return false;
	for (uint32_t k = 0; k < b->n; k++) {
		enum k2_kind kind = k2_isa_kind(&b->insns[k]);

		if (!k2_is_plain(&b->insns[k]) || kind == K2_KIND_CALL || kind == K2_KIND_CALLX || kind == K2_KIND_ATOMIC)
			return false;
	}
	return true;
}

static unsigned int find_ways(struct thread *t, uint32_t b, struct way *ways)
{
	const struct k2_func *f = t->g->f;
	unsigned int n = 0;

	for (uint32_t k = 0; k < f->blocks[b].n_preds; k++) {
		const struct k2_block *from = &f->blocks[f->blocks[b].preds[k]];
		enum k2_way goes;

		if (from->rpo == K2_NO_BLOCK || (from->n_succ == 2 && from->succ[0] == from->succ[1]))
			continue;
		goes = decided(t, f->blocks[b].preds[k], from->succ[0] != b);
		if (goes != K2_BOTH_WAYS)
			ways[n++] = (struct way){ f->blocks[b].preds[k], from->succ[0] != b, goes };
	}
	return n;
}

/* Ways that go the same way share what they still have to do. */
static bool lead(struct k2_trial *trial, uint32_t b, const struct way *ways, unsigned int n)
{
	uint32_t body[2] = { K2_NO_BLOCK, K2_NO_BLOCK };

	for (unsigned int k = 0; k < n; k++) {
		unsigned int e = ways[k].goes == K2_TAKEN;
		const struct k2_block *blk = &trial->f->blocks[b];

		if (body[e] == K2_NO_BLOCK)
			body[e] = k2_trial_copy_block(trial, b, blk->n - 1, blk->succ[e]);
		if (body[e] == K2_NO_BLOCK)
			return false;
		k2_trial_lead(trial, ways[k].from, ways[k].edge, body[e]);
	}
	return true;
}

/* A trial looks at all of the function. */
static bool afford(struct thread *t)
{
	uint32_t slots = k2_func_slots(t->g->f);
	bool can = slots <= t->slots_left;

	t->slots_left -= K2_MIN(slots, t->slots_left);
	return can;
}

static bool thread(struct thread *t, uint32_t b)
{
	struct way ways[PREDS];
	struct k2_trial trial;
	unsigned int n;
	int saved;

	if (!may_be_copied(&t->g->f->blocks[b]))
		return false;
	n = find_ways(t, b, ways);
	if (!n || !afford(t) || !k2_trial_begin(&trial, t->g))
		return false;
	if (!lead(&trial, b, ways, n) || !k2_trial_end(&trial, &saved) || saved < 0) {
		k2_trial_drop(&trial);
		return false;
	}
	if (!t->g->may(t->g, b, t->g->f->blocks[b].n - 1, saved))
		return false;
	k2_trial_take(&trial);
	return true;
}

/* Until one edit is made: facts are others then, and mostly only blocks behind this one have other numbers. */
static bool thread_one(struct thread *t)
{
	bool done = false;

	if (!k2_absint_run(t->arena, t->g->f, &t->ai) && !k2_checker_init(&t->ck, t->g->f, t->ai, RLIMIT)) {
		for (; t->at < t->g->f->n_blocks && t->ways <= WAYS; t->at++) {
			done = thread(t, t->at);
			if (done)
				break;
		}
	}
	if (t->ck.solver)
		t->rlimit += k2_checker_solver_stats(&t->ck).rlimit;
	k2_checker_free(&t->ck);
	k2_absint_free(t->ai);
	t->ai = NULL;
	return done;
}

/* Ways to a goto: laying out leads them to where it goes. */
static void pass_gotos(const struct k2_graph *g)
{
	struct k2_trial trial;
	uint32_t b = 0;
	int saved;

	while (b < g->f->n_blocks && !(g->f->blocks[b].n == 1 && k2_is_goto(&g->f->blocks[b].insns[0])))
		b++;
	if (b < g->f->n_blocks && k2_trial_begin(&trial, g) && k2_trial_end(&trial, &saved) && saved > 0 && g->may(g, b, 0, saved))
		k2_trial_take(&trial);
}

static void reshape(const struct k2_graph *g)
{
	struct thread t = { .g = g, .arena = k2_arena_like(g->arena), .slots_left = K2_TRIAL_SLOTS };

	pass_gotos(g);
	for (unsigned int k = 0; t.arena && k < EDITS && afford(&t) && thread_one(&t); k++)
		k2_arena_release(t.arena, (struct k2_arena_mark){ 0 });
	k2_arena_free(t.arena);
}

const struct k2_proposer k2_propose_thread = {
	.name = "thread",
	.about = "a way on which a branch is decided goes past it",
	.level = 3,
	.reshape = reshape,
};

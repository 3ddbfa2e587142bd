// SPDX-License-Identifier: BSD-2-Clause
/* Proposers that change the graph: all their edits are made on a copy, which is then validated as a whole. Where all of them together are
   no good, each proposer is asked by itself, and as many of its edits are taken as are. */
#include "opt.h"
#include "frequency.h"
#include "graph_facts.h"
#include <string.h>

/* Tries in one pass over a function; slots laid out anew in all of them. */
enum { TRIES_MAX = 24, TRIES_SLOTS = 80000, REFUSED_MAX = 16 };

/* Which edits are allowed, by their numbers in the order in which proposers have them. What a proposer does after an edit was refused may be
   something else, so what a number means is certain only as long as nothing changes before it. */
struct k2_edits {
	uint32_t n;     /* there were */
	uint32_t limit; /* allowed are those before this one, */
	uint32_t refused[REFUSED_MAX], n_refused; /* but these */
};

static bool allowed(const struct k2_edits *e, uint32_t number)
{
	for (uint32_t k = 0; k < e->n_refused; k++) {
		if (e->refused[k] == number)
			return false;
	}
	return number < e->limit;
}

static bool may(const struct k2_graph *g, uint32_t block, uint32_t at, int saved)
{
	struct k2_opt *op = g->driver;
	const struct k2_insn *i = &g->f->blocks[block].insns[at];
	uint32_t number = op->edits->n++;

	if (!op->steps_left || !allowed(op->edits, number) || !k2_opt_wanted(op, i))
		return false;
	op->steps_left--;
	op->block = block;
	k2_opt_remark(op, K2_REMARK_APPLIED, op->proposer->name, i, saved, "%s: %d slot%s saved",
		      op->proposer->about, saved, saved == 1 ? "" : "s");
	op->changed = g->facts->stale = true;
	return true;
}

/* What a try starts from. */
struct start {
	struct k2_func *f;
	uint32_t said, accepted;
	uint64_t steps_left;
	const char *name, *why; /* of the last one that was no good */
};

static void start_from(const struct k2_opt *op, struct start *s, struct k2_func *f)
{
	s->f = f;
	s->said = op->n_remarks;
	s->accepted = op->stats.accepted;
	s->steps_left = op->steps_left;
}

static bool asked(const struct k2_opt *op, const struct k2_proposer *p)
{
	return p->reshape && p->level <= op->o->level && !k2_opt_disabled(op->o->disable, p->name);
}

/* A copy of s->f with the edits that are allowed, of one proposer or (NULL) of all. NULL: out of memory, or there are none. */
static struct k2_func *edit(struct k2_opt *op, const struct start *s, const struct k2_proposer *only)
{
	struct k2_graph_facts facts = { .ai = NULL };
	struct k2_graph g = { .f = k2_func_copy(op->arena, s->f), .arena = op->arena, .level = op->o->level, .objective = op->o->objective,
			      .cache = op->cache, .steps = &op->steps_left, .may = may, .facts = &facts, .driver = op };
	bool good = g.f;

	op->n_remarks = s->said;
	op->stats.accepted = s->accepted;
	op->steps_left = s->steps_left;
	op->changed = false;
	op->edits->n = 0;
	for (unsigned int k = 0; good && k2_proposer_at(k); k++) {
		op->proposer = k2_proposer_at(k);
		if (!asked(op, op->proposer) || (only && op->proposer != only))
			continue;
		op->proposer->reshape(&g);
		good = !k2_func_relink(g.f);
	}
	k2_graph_facts_free(&facts);
	return good && op->changed ? g.f : NULL;
}

/* Where latency is the objective: a goto more on a way that is often gone is worth more than a slot. */
static bool runs_no_longer(struct k2_opt *op, const struct k2_func *before, const struct k2_func *after)
{
	return op->o->objective != K2_OBJ_LATENCY ||
	       k2_func_latency(op->scratch, after) <= k2_func_latency(op->scratch, before);
}

/* NULL: no edits, or no good. */
static struct k2_func *try_edits(struct k2_opt *op, struct start *s, const struct k2_proposer *only)
{
	struct k2_func *after = edit(op, s, only);
	bool proved;

	if (!after)
		return NULL;
	if (!k2_opt_walks_no_more(op, s->f, after)) {
		s->name = "verifier-work";
		s->why = "the verifier would walk more of the function";
		return NULL;
	}
	if (!runs_no_longer(op, s->f, after)) {
		s->name = "not-cheaper";
		s->why = "a run would take longer";
		return NULL;
	}
	op->f = after;
	proved = k2_opt_proved_graph(op, s->f, &s->why);
	op->f = s->f;
	if (proved)
		return after;
	s->name = "validation";
	return NULL;
}

/* From the proposer's first edit on: as many more as are good together, fewer and fewer of them, and past one that is no good at all. */
static struct k2_func *choose(struct k2_opt *op, struct start *s, const struct k2_proposer *only)
{
	struct k2_edits *e = op->edits;
	uint32_t good = 0, step = K2_MAX(e->n / 2, 1u), most = 0;
	uint32_t tries = K2_MIN((uint32_t)TRIES_MAX, TRIES_SLOTS / (k2_func_slots(s->f) + 1));

	for (; tries && good < e->n; tries--) {
		e->limit = good + step;
		if (try_edits(op, s, only)) {
			good = most = e->limit;
			step *= 2;
		} else if (step > 1) {
			step /= 2;
		} else if (e->n_refused < REFUSED_MAX) {
			e->refused[e->n_refused++] = good++;
		} else {
			break;
		}
	}
	e->limit = most;
	return most ? try_edits(op, s, only) : NULL;
}

static enum k2_status add_step(struct k2_opt *op, struct start *s, struct k2_func *f, struct k2_steps *steps)
{
	op->f = f;
	start_from(op, s, f);
	return k2_opt_add_step(op, steps);
}

/* Each proposer by itself. */
static enum k2_status one_by_one(struct k2_opt *op, struct start *s, struct k2_steps *steps)
{
	enum k2_status st = K2_OK;

	for (unsigned int k = 0; k2_proposer_at(k) && !st; k++) {
		const struct k2_proposer *p = k2_proposer_at(k);
		struct k2_func *after;

		if (!asked(op, p))
			continue;
		*op->edits = (struct k2_edits){ .limit = UINT32_MAX };
		after = try_edits(op, s, p);
		if (!after && op->changed)
			after = choose(op, s, p);
		if (after)
			st = add_step(op, s, after, steps);
		op->n_remarks = s->said;
	}
	return st;
}

enum k2_status k2_opt_reshape(struct k2_opt *op, struct k2_steps *steps, bool *changed)
{
	struct k2_edits edits = { .limit = UINT32_MAX };
	struct start s = { .why = NULL };
	uint32_t before = steps->n;
	enum k2_status st = K2_OK;
	struct k2_func *after;

	op->edits = &edits;
	start_from(op, &s, op->f);
	after = try_edits(op, &s, NULL);
	if (after)
		st = add_step(op, &s, after, steps);
	else if (op->changed)
		st = one_by_one(op, &s, steps);
	*changed = steps->n > before;
	if (s.why)
		k2_opt_remark(op, K2_REMARK_MISSED, s.name, NULL, 0, "%s blocks stay as they are: %s", *changed ? "some" : "all", s.why);
	op->edits = NULL;
	return st || !k2_arena_failed(op->arena) ? st : K2_ENOMEM;
}

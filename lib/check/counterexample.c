// SPDX-License-Identifier: BSD-2-Clause
/* Counterexamples for whole functions. A trial runs both functions in one concrete world, the old one along a path from entry to exit
   that is executed symbolically at the same time, so that helpers' effects are known. Where the runs agree, the solver is asked
   for inputs on the same two paths for which a value differs, and for inputs that leave one of the paths at one of its branches;
   these are the next trials. */
#include "path.h"
#include "replay_impl.h"
#include <string.h>

enum {
	TRIALS = 160,     /* worlds that are run */
	VECTORS = 24,     /* of these, the ones without a solver */
	PATH_INSNS = 4096,
	REROUTES = 200,   /* of a path, until it is the one that is run */
	CLAIMS = 12,      /* values asked about per trial */
	FLIPS = 10,       /* branches asked about per trial */
	RLIMIT = 200000,  /* z3 resource units per question, */
	RLIMIT_ALL = 2500000, /* and of all: some seconds */
	INSNS_ALL = 200000, /* of all paths that are laid */
};

struct hunt {
	struct k2_arena *arena;
	struct k2_arena *paths; /* of the trial */
	const struct k2_func *old, *new_;
	struct k2_absint *ai;
	struct k2_checker ck;
	struct k2_world *queue;
	uint32_t n_queue, cap_queue;
	/* Ways of branches that some trial went: bit e of [block] is edge e. */
	uint8_t *old_seen, *new_seen;
	uint32_t trials;
	uint64_t laid; /* instructions of all paths */
};

/* A path from the entry: `ways` are the edges of its branches, and what comes behind them is guessed. */
struct route {
	uint8_t *ways;
	uint32_t n_ways, cap_ways;
};

/* The next edge that nobody has gone yet, if there is one. */
static unsigned int guess(const struct hunt *h, uint32_t block)
{
	return (h->old_seen[block] & 3) == 1;
}

/* Lays the path. *jumps gets for every branch the index of its instruction; false: too long, or out of memory. */
static bool lay(struct hunt *h, const struct k2_func *f, struct route *r, struct k2_path *p, uint32_t **jumps)
{
	uint32_t n = 0, n_jumps = 0, cap = 0;

	*jumps = NULL;
	*p = k2_path_of(f, k2_path_pass_empty(f, 0));
	k2_path_own(p);
	for (;;) {
		enum k2_path_end end = k2_path_end(p);
		uint32_t last = p->n - 1;
		unsigned int edge = 0;

		if (end == K2_PATH_EXIT || end == K2_PATH_STOPS || end == K2_PATH_BAD || p->n > PATH_INSNS) {
			h->laid += p->n;
			return end != K2_PATH_BAD && p->n <= PATH_INSNS;
		}
		if (end == K2_PATH_BRANCH) {
			uint8_t way = (uint8_t)guess(h, p->last);

			if (n == r->n_ways && !K2_VEC_PUSH(h->arena, r->ways, r->n_ways, r->cap_ways, way))
				return false;
			edge = r->ways[n++];
			if (!K2_VEC_PUSH(h->paths, *jumps, n_jumps, cap, last))
				return false;
		}
		if (k2_path_leave(h->paths, p, edge) || k2_path_enter(h->paths, p))
			return false;
	}
}

static uint32_t jump_number(const uint32_t *jumps, uint32_t n, uint32_t at)
{
	uint32_t k = 0;

	while (k < n && jumps[k] != at)
		k++;
	return k;
}

static bool remember(struct hunt *h, const struct k2_world *w)
{
	return h->n_queue < TRIALS && K2_VEC_PUSH(h->arena, h->queue, h->n_queue, h->cap_queue, *w);
}

/* The solver's last model as a world of its own. */
static void remember_model(struct hunt *h, const struct k2_replay *r, const struct k2_world *from)
{
	struct k2_world w = { .vector = from->vector, .layout = from->layout, .n_told = r->n_atoms };

	w.told = k2_arena_calloc(h->arena, r->n_atoms, sizeof(*w.told));
	for (uint32_t k = 0; w.told && k < r->n_atoms; k++)
		w.told[k] = (struct k2_told){ r->atoms[k]->id, k2_solver_model(h->ck.solver, r->atoms[k]) };
	if (w.told)
		remember(h, &w);
}

/* Inputs that leave a path at branch k: what was assumed before it holds, that does not. `all` has the n conditions of both paths. */
static void flip(struct hunt *h, const struct k2_replay *r, const struct k2_world *from, const k2_t *all, uint32_t k)
{
	if (k2_solver_prove(h->ck.solver, all, k, all[k]) == K2_DIFFERENT)
		remember_model(h, r, from);
}

/* ---- one trial ---- */

struct trial {
	const struct k2_world *world;
	struct route route;
	struct k2_path old;
	uint32_t *jumps;
	struct k2_window w;
	struct k2_replay *r;
};

static struct k2_replay *open_replay(struct hunt *h, struct trial *t, const struct k2_sym *s)
{
	struct k2_sym *blank = k2_arena_alloc(h->ck.work, sizeof(*blank));
	struct k2_replay *r = blank ? k2_replay_new(&h->ck, &t->w, s ? s : blank) : NULL;

	if (r)
		r->func = h->new_;
	return r;
}

/* Both sides in the trial's world; the old one's path is found on the way. False: this world says nothing. */
static bool run(struct hunt *h, struct trial *t, bool *differ)
{
	static const struct k2_live none;

	for (uint32_t n = 0; n < REROUTES && h->laid < INSNS_ALL; n++) {
		uint32_t off;

		k2_arena_release(h->paths, (struct k2_arena_mark){ 0 });
		if (!lay(h, h->old, &t->route, &t->old, &t->jumps) || k2_checker_renew(&h->ck) ||
		    k2_window_open(&h->ck, k2_absint_entry(h->ai, 0), t->old.insns, t->old.n, &none, &t->w))
			return false;
		t->r = open_replay(h, t, NULL);
		if (!t->r)
			return false;
		*differ = k2_replay_in(t->r, t->world);
		off = t->r->side[0].off_path;
		if (!t->r->side[0].bad || off == K2_NOBODY)
			return !t->r->side[0].bad;
		t->route.n_ways = jump_number(t->jumps, t->route.n_ways, off) + 1;
		t->route.ways[t->route.n_ways - 1] ^= 1;
	}
	return false;
}

static void mark(const struct k2_func *f, const struct route *r, uint8_t *seen)
{
	uint32_t b = k2_path_pass_empty(f, 0), n = 0;

	for (uint32_t k = 0; k < PATH_INSNS; k++) {
		const struct k2_block *blk = &f->blocks[b];
		bool branch = blk->n_succ == 2 && k2_isa_kind(&blk->insns[blk->n - 1]) == K2_KIND_JUMP;
		unsigned int edge = branch && n < r->n_ways ? r->ways[n++] : 0;

		if (edge >= blk->n_succ)
			return;
		seen[b] |= (uint8_t)(1u << edge);
		b = k2_path_pass_empty(f, blk->succ[edge]);
	}
}

/* The new side's run as a path. */
static bool new_path(struct hunt *h, const struct trial *t, struct route *route, struct k2_path *p)
{
	const struct k2_side *s = &t->r->side[1];
	uint32_t *jumps;

	route->ways = k2_arena_dup(h->arena, s->ways, s->n_ways, 1);
	route->n_ways = route->cap_ways = s->n_ways;
	return (route->ways || !s->n_ways) && lay(h, h->new_, route, p, &jumps);
}

/* Asks the solver for more worlds around the two paths. True: in one of them the sides differ. */
static bool look_around(struct hunt *h, struct trial *t)
{
	struct route route = { 0 };
	struct k2_path p;
	struct k2_sym *s;
	const char *why;
	uint32_t n_old = t->w.old.n_assumed, n, flips = 0;
	k2_t *all;
	const k2_t *a, *b;
	uint32_t n_pairs;

	if (!new_path(h, t, &route, &p))
		return false;
	mark(h->new_, &route, h->new_seen);
	why = k2_window_follow(&h->ck, &t->w, p.insns, p.n, &s);
	if (!s || k2_terms_failed(h->ck.terms))
		return false;
	if (!why && t->w.old.exits && s->exits)
		k2_window_claim_result(&h->ck, &t->w, s);
	t->r = open_replay(h, t, s);
	n = n_old + s->n_assumed;
	all = k2_arena_calloc(h->arena, (size_t)n + 1, sizeof(*all));
	if (!t->r || !all)
		return false;
	for (uint32_t k = 0; k < n; k++)
		all[k] = k < n_old ? t->w.old.assumed[k] : s->assumed[k - n_old];
	t->r->assume = all;
	t->r->n_assume = n;
	k2_window_claims(&h->ck, &a, &b, &n_pairs);
	if (k2_replay_search(t->r, a, b, K2_MIN(n_pairs, (uint32_t)CLAIMS)))
		return true;
	for (uint32_t k = n; k-- > 0 && flips < FLIPS;) {
		if (k2_t_is_const(all[k]) || h->n_queue == TRIALS)
			continue;
		flip(h, t->r, t->world, all, k);
		flips++;
	}
	return false;
}

static bool try_world(struct hunt *h, const struct k2_world *world, bool look)
{
	struct trial t = { .world = world };
	bool differ = false;

	if (!run(h, &t, &differ))
		return false;
	mark(h->old, &t.route, h->old_seen);
	return differ || (look && look_around(h, &t));
}

static bool hunt(struct hunt *h)
{
	for (uint64_t v = 0; v < VECTORS; v++) {
		struct k2_world w = { .vector = v, .layout = (unsigned int)(v % K2_LAYOUTS) };

		if (try_world(h, &w, false))
			return true;
		remember(h, &w);
	}
	for (uint32_t k = 0; k < h->n_queue; k++) {
		struct k2_world w = h->queue[k];

		if (try_world(h, &w, true))
			return true;
		if (k2_arena_failed(h->arena) || k2_arena_failed(h->paths) ||
		    k2_checker_solver_stats(&h->ck).rlimit > RLIMIT_ALL || h->laid > INSNS_ALL)
			return false;
	}
	return false;
}

enum k2_verdict k2_counterexample(struct k2_arena *a, const struct k2_func *old, const struct k2_func *new_,
				  struct k2_explain *explain)
{
	struct hunt h = { .arena = a, .old = old, .new_ = new_ };
	bool found = false;

	h.paths = k2_arena_like(old->arena);
	h.old_seen = k2_arena_calloc(a, old->n_blocks, 1);
	h.new_seen = k2_arena_calloc(a, new_->n_blocks, 1);
	if (h.paths && h.old_seen && h.new_seen && !k2_absint_run(a, old, &h.ai) && !k2_checker_init(&h.ck, old, h.ai, RLIMIT)) {
		h.ck.explain = explain;
		found = hunt(&h);
	}
	k2_checker_free(&h.ck);
	k2_absint_free(h.ai);
	k2_arena_free(h.paths);
	return found ? K2_DIFFERENT : K2_UNKNOWN;
}

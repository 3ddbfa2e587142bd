// SPDX-License-Identifier: BSD-2-Clause
/* The solver as its callers see it: the order of attempts, statistics, models. Every K2_DIFFERENT is checked
   by evaluation, whoever found it. z3 itself is in solver_z3.c. */
#include "smt.h"
#include "solver_impl.h"

enum { N_VECTORS = 32 };

struct k2_solver {
	struct k2_terms *terms;
	struct k2_arena *arena;
	struct k2_z3 *z3;
	struct k2_solver_stats stats;
	/* Where k2_solver_model takes values from: z3's model first (if `from_z3`), then test vector
	 * `vector`. */
	bool from_z3;
	uint64_t vector;
	/* The query as one array for k2_t_eval: the claim, then the assumptions that are not constant true.
	 */
	k2_t *what;
	uint64_t *out;
	uint32_t what_cap, out_cap;
};

struct k2_solver *k2_solver_new(struct k2_arena *a, struct k2_terms *t, uint64_t rlimit_per_query)
{
	struct k2_solver *s;

	if (!a || !t)
		return NULL;
	s = k2_arena_alloc(a, sizeof(*s));
	if (!s)
		return NULL;
	s->arena = a;
	s->terms = t;
	s->z3 = k2_z3_new(a, rlimit_per_query);
	return s->z3 ? s : NULL;
}

void k2_solver_free(struct k2_solver *s)
{
	if (s)
		k2_z3_free(s->z3);
}

struct k2_solver_stats k2_solver_stats(const struct k2_solver *s)
{
	return s->stats;
}

uint64_t k2_solver_model(struct k2_solver *s, k2_t atom)
{
	uint64_t v;

	if (s->from_z3 && k2_z3_value(s->z3, atom, &v))
		return v;
	return k2_t_sample(atom, s->vector) & k2_mask(atom->width);
}

static bool failed(const struct k2_solver *s)
{
	return k2_terms_failed(s->terms) || k2_arena_failed(s->arena);
}

/* Collects claim and assumptions into s->what; *n_what 0 when the query is malformed or memory is short. */
static unsigned int collect(struct k2_solver *s, const k2_t *assume, unsigned int n, k2_t claim)
{
	unsigned int k = 0;

	if (n == ~0u || !k2_vec_grow(s->arena, (void **)&s->what, &s->what_cap, n, sizeof(*s->what)) ||
	    !k2_vec_grow(s->arena, (void **)&s->out, &s->out_cap, n, sizeof(*s->out)))
		return 0;
	s->what[k++] = claim;
	for (unsigned int i = 0; i < n; i++) {
		if (!assume[i] || assume[i]->width != 1)
			return 0;
		if (!k2_t_is_const(assume[i]) || !(assume[i]->imm & 1))
			s->what[k++] = assume[i];
	}
	return k;
}

/* Decides without looking at values: a claim that is constant or assumed, an assumption that is constant
 * false. */
static enum k2_verdict fold(struct k2_solver *s, unsigned int n)
{
	k2_t claim = s->what[0];

	if (k2_t_is_const(claim) && (claim->imm & 1))
		return K2_EQUAL;
	for (unsigned int i = 1; i < n; i++)
		if (s->what[i] == claim || k2_t_is_const(s->what[i]))
			return K2_EQUAL; /* a constant that is still here is false: nothing satisfies it */
	/* Without assumptions every valuation refutes; vector 0 is the model. */
	return k2_t_is_const(claim) && n == 1 ? K2_DIFFERENT : K2_UNKNOWN;
}

static bool within_known(k2_t atom, uint64_t v)
{
	return !(v & atom->zeros) && (v & atom->ones) == atom->ones && v >= atom->umin && v <= atom->umax;
}

struct valuation {
	struct k2_solver *s;
	bool outside; /* some atom got a value that its known bits or range exclude */
};

static uint64_t value_of(void *user, k2_t atom)
{
	struct valuation *u = user;
	uint64_t v = k2_solver_model(u->s, atom);

	if (!within_known(atom, v))
		u->outside = true;
	return v;
}

/* Is what k2_solver_model answers now a counterexample? */
static bool refutes(struct k2_solver *s, unsigned int n)
{
	struct valuation u = {s, false};

	if (k2_t_eval(s->terms, s->what, n, value_of, &u, s->out) != K2_OK || u.outside || (s->out[0] & 1))
		return false;
	for (unsigned int i = 1; i < n; i++)
		if (!(s->out[i] & 1))
			return false;
	return true;
}

static bool refuted_by_vectors(struct k2_solver *s, unsigned int n)
{
	for (s->vector = 0; s->vector < N_VECTORS; s->vector++)
		if (refutes(s, n))
			return true;
	s->vector = 0;
	return false;
}

static enum k2_verdict ask_z3(struct k2_solver *s, unsigned int n)
{
	enum k2_verdict v = K2_UNKNOWN;

	s->stats.queries++;
	switch (k2_z3_check(s->z3, s->what + 1, n - 1, s->what[0], &s->stats.rlimit)) {
	case K2_Z3_UNSAT: v = K2_EQUAL; break;
	case K2_Z3_SAT:
		s->from_z3 = true;
		/* A model that does not check is a fault of z3 or of the translation: then nothing is known.
		 */
		v = refutes(s, n) ? K2_DIFFERENT : K2_UNKNOWN;
		break;
	case K2_Z3_UNKNOWN: break;
	}
	/* A sticky failure during the query leaves no verdict that can be trusted. */
	if (failed(s))
		v = K2_UNKNOWN;
	s->stats.unknown += v == K2_UNKNOWN;
	return v;
}

enum k2_verdict k2_solver_prove(struct k2_solver *s, const k2_t *assume, unsigned int n, k2_t claim)
{
	enum k2_verdict v;
	unsigned int n_what;

	if (!s || failed(s) || !claim || claim->width != 1)
		return K2_UNKNOWN;
	s->from_z3 = false;
	s->vector = 0;
	n_what = collect(s, assume, n, claim);
	if (!n_what)
		return K2_UNKNOWN;
	v = fold(s, n_what);
	if (v != K2_UNKNOWN) {
		s->stats.folded++;
		return v;
	}
	if (refuted_by_vectors(s, n_what) && !failed(s)) {
		s->stats.refuted++;
		return K2_DIFFERENT;
	}
	return failed(s) ? K2_UNKNOWN : ask_z3(s, n_what);
}

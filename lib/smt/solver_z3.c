// SPDX-License-Identifier: BSD-2-Clause
/* The only file that talks to z3: context, translation of terms, one query. Nothing here trusts z3's models;
   solver.c evaluates them.

   Terms of width 1 that are conditions or connectives become Bool, all others bit-vectors; as_bool and as_bv
   convert where the other form is needed. A translation is kept for the term's life, so that queries about
   overlapping terms translate each term once; past MAX_KEPT the whole context is dropped before the next
   query. */
#include "smt.h"
#include "solver_impl.h"
#include <string.h>
#include <z3.h>

enum { MAX_KEPT = 1 << 19, MAX_SYMBOL = 1 << 30 };

/* What is known about the term with this id. */
struct node {
	Z3_ast ast;	 /* its translation; NULL: none yet */
	Z3_ast fact;	 /* ATOM, SELECT: its known bits and range as a condition; NULL: nothing is known */
	uint64_t value;	 /* in the last model, if `valued` */
	uint32_t seen;	 /* the last query that met it */
	uint32_t valued; /* the last query that had a model with it */
};

struct frame {
	k2_t t;
	uint32_t next; /* the argument to visit next */
};

struct k2_z3 {
	struct k2_arena *arena;
	uint64_t rlimit;
	Z3_context ctx; /* NULL: not made yet, or dropped */
	Z3_solver solver;
	Z3_ast_vector kept; /* holds a reference to every node.ast and node.fact, and all intermediate
			       expressions */
	uint32_t query;	    /* number of the current query, from 1 */
	bool bad;	    /* some call failed in this query */
	struct node *nodes; /* by term id */
	struct frame *stack;
	k2_t *atoms; /* those of the current query */
	uint32_t nodes_cap, stack_cap, stack_n, atoms_cap, atoms_n;
};

struct k2_z3 *k2_z3_new(struct k2_arena *a, uint64_t rlimit)
{
	struct k2_z3 *z = k2_arena_alloc(a, sizeof(*z));

	if (!z)
		return NULL;
	z->arena = a;
	z->rlimit = rlimit;
	return z;
}

const char *k2_solver_version(void)
{
	return Z3_get_full_version();
}

/* z3 calls this instead of printing and exiting. What failed shows as NULL or in Z3_get_error_code. */
static void on_error(Z3_context ctx, Z3_error_code e)
{
	(void)ctx;
	(void)e;
}

static bool z3_ok(struct k2_z3 *z)
{
	if (Z3_get_error_code(z->ctx) != Z3_OK)
		z->bad = true;
	return !z->bad;
}

static void drop_context(struct k2_z3 *z)
{
	if (!z->ctx)
		return;
	if (z->kept)
		Z3_ast_vector_dec_ref(z->ctx, z->kept);
	if (z->solver)
		Z3_solver_dec_ref(z->ctx, z->solver);
	Z3_del_context(z->ctx);
	z->ctx = NULL;
	z->kept = NULL;
	z->solver = NULL;
	for (uint32_t i = 0; i < z->nodes_cap; i++)
		z->nodes[i].ast = z->nodes[i].fact = NULL;
}

void k2_z3_free(struct k2_z3 *z)
{
	if (z)
		drop_context(z);
}

/* Limits are per query and in units of work, never in time: the same queries end the same on every machine.
   Seeds and timeout are set here so that global z3 parameters of the process do not matter; nor may z3 catch
   SIGINT. */
static bool set_params(struct k2_z3 *z)
{
	Z3_params p = Z3_mk_params(z->ctx);
	bool ok;

	if (!p)
		return false;
	Z3_params_inc_ref(z->ctx, p);
#define UINT(name, v) (Z3_params_set_uint(z->ctx, p, Z3_mk_string_symbol(z->ctx, name), (v)), z3_ok(z))
	ok = UINT("rlimit", (unsigned int)K2_MIN(z->rlimit, (uint64_t)UINT32_MAX)) &&
	     UINT("timeout", UINT32_MAX) && UINT("random_seed", 0);
#undef UINT
	Z3_params_set_bool(z->ctx, p, Z3_mk_string_symbol(z->ctx, "ctrl_c"), false);
	ok = ok && z3_ok(z);
	Z3_solver_set_params(z->ctx, z->solver, p);
	ok = ok && z3_ok(z);
	Z3_params_dec_ref(z->ctx, p);
	return ok;
}

/* A solver from the tactic starts from its assertions alone in each check. What a query costs still varies a
   little with the queries before it, for z3 orders expressions by creation; the same sequence of queries
   costs the same. (z3's incremental solver is twice as fast on small queries, but carries clauses over from
   query to query.) */
static bool make_solver(struct k2_z3 *z)
{
	Z3_tactic t = Z3_mk_tactic(z->ctx, "qfbv");

	if (!t)
		return false;
	Z3_tactic_inc_ref(z->ctx, t);
	z->solver = Z3_mk_solver_from_tactic(z->ctx, t);
	if (z->solver)
		Z3_solver_inc_ref(z->ctx, z->solver);
	Z3_tactic_dec_ref(z->ctx, t);
	return z->solver && set_params(z);
}

static bool make_context(struct k2_z3 *z)
{
	Z3_config cfg;

	if (z->ctx)
		return true;
	cfg = Z3_mk_config();
	if (!cfg)
		return false;
	z->ctx = Z3_mk_context_rc(cfg);
	Z3_del_config(cfg);
	if (!z->ctx)
		return false;
	Z3_set_error_handler(z->ctx, on_error);
	z->kept = Z3_mk_ast_vector(z->ctx);
	if (z->kept)
		Z3_ast_vector_inc_ref(z->ctx, z->kept);
	if (z->kept && make_solver(z))
		return true;
	drop_context(z);
	return false;
}

/* Takes a reference to `e` until the context goes; passes it on. Every expression made goes through here: one
   without a reference dies with the next call. */
static Z3_ast keep(struct k2_z3 *z, Z3_ast e)
{
	if (!e) {
		z->bad = true;
		return NULL;
	}
	Z3_ast_vector_push(z->ctx, z->kept, e);
	return z3_ok(z) ? e : NULL;
}

static Z3_ast bv_const(struct k2_z3 *z, unsigned int w, uint64_t v)
{
	return keep(z, Z3_mk_unsigned_int64(z->ctx, v & k2_mask(w), Z3_mk_bv_sort(z->ctx, w)));
}

static bool is_bool(struct k2_z3 *z, Z3_ast e)
{
	return Z3_get_sort_kind(z->ctx, Z3_get_sort(z->ctx, e)) == Z3_BOOL_SORT;
}

/* The conversions pass NULL on. */
static Z3_ast as_bool(struct k2_z3 *z, Z3_ast e)
{
	Z3_ast one;

	if (!e || is_bool(z, e))
		return e;
	one = bv_const(z, 1, 1);
	return one ? keep(z, Z3_mk_eq(z->ctx, e, one)) : NULL;
}

static Z3_ast as_bv(struct k2_z3 *z, Z3_ast e)
{
	Z3_ast one, zero;

	if (!e || !is_bool(z, e))
		return e;
	one = bv_const(z, 1, 1);
	zero = bv_const(z, 1, 0);
	return one && zero ? keep(z, Z3_mk_ite(z->ctx, e, one, zero)) : NULL;
}

static Z3_ast make_const(struct k2_z3 *z, k2_t t)
{
	if (t->width > 1)
		return bv_const(z, t->width, t->imm);
	return keep(z, t->imm & 1 ? Z3_mk_true(z->ctx) : Z3_mk_false(z->ctx));
}

/* The condition that `e` lies as t's known bits and range say; NULL without fault when they say nothing. */
static Z3_ast make_fact(struct k2_z3 *z, k2_t t, Z3_ast e)
{
	uint64_t all = k2_mask(t->width), bits = (t->zeros | t->ones) & all;
	Z3_ast part[3], m, lim;
	unsigned int n = 0;

	if (bits) {
		m = bv_const(z, t->width, bits);
		lim = bv_const(z, t->width, t->ones);
		m = m && lim ? keep(z, Z3_mk_bvand(z->ctx, e, m)) : NULL;
		part[n++] = m ? keep(z, Z3_mk_eq(z->ctx, m, lim)) : NULL;
	}
	/* Bounds that follow from the bits are left out. */
	if (t->umin > (t->ones & all)) {
		lim = bv_const(z, t->width, t->umin);
		part[n++] = lim ? keep(z, Z3_mk_bvuge(z->ctx, e, lim)) : NULL;
	}
	if (t->umax < (all & ~t->zeros)) {
		lim = bv_const(z, t->width, t->umax);
		part[n++] = lim ? keep(z, Z3_mk_bvule(z->ctx, e, lim)) : NULL;
	}
	return n && !z->bad ? keep(z, Z3_mk_and(z->ctx, n, part)) : NULL;
}

static Z3_ast make_atom(struct k2_z3 *z, k2_t t)
{
	Z3_symbol name;
	Z3_ast e;

	if (t->id >= MAX_SYMBOL) {
		z->bad = true;
		return NULL;
	}
	name = Z3_mk_int_symbol(z->ctx, (int)t->id);
	e = keep(z, Z3_mk_const(z->ctx, name, Z3_mk_bv_sort(z->ctx, t->width)));
	if (e)
		z->nodes[t->id].fact = make_fact(z, t, e);
	return e;
}

/* The bit-vector operations of two arguments of the term's own width. */
static Z3_ast make_binary(struct k2_z3 *z, unsigned int op, Z3_ast a, Z3_ast b)
{
	Z3_context c = z->ctx;

	switch (op) {
	case K2_T_ADD: return Z3_mk_bvadd(c, a, b);
	case K2_T_MUL: return Z3_mk_bvmul(c, a, b);
	case K2_T_UDIV: return Z3_mk_bvudiv(c, a, b);
	case K2_T_UREM: return Z3_mk_bvurem(c, a, b);
	case K2_T_SDIV: return Z3_mk_bvsdiv(c, a, b);
	case K2_T_SREM: return Z3_mk_bvsrem(c, a, b);
	case K2_T_AND: return Z3_mk_bvand(c, a, b);
	case K2_T_OR: return Z3_mk_bvor(c, a, b);
	case K2_T_XOR: return Z3_mk_bvxor(c, a, b);
	case K2_T_SHL: return Z3_mk_bvshl(c, a, b);
	case K2_T_LSHR: return Z3_mk_bvlshr(c, a, b);
	case K2_T_ASHR: return Z3_mk_bvashr(c, a, b);
	case K2_T_EQ: return Z3_mk_eq(c, a, b);
	case K2_T_ULT: return Z3_mk_bvult(c, a, b);
	case K2_T_SLT: return Z3_mk_bvslt(c, a, b);
	case K2_T_CONCAT: return Z3_mk_concat(c, a, b);
	default: return NULL;
	}
}

/* Connectives of width 1 stay in Bool: path conditions are made of them. */
static Z3_ast make_logic(struct k2_z3 *z, unsigned int op, Z3_ast a, Z3_ast b)
{
	Z3_ast both[2] = {a, b};

	switch (op) {
	case K2_T_AND: return Z3_mk_and(z->ctx, 2, both);
	case K2_T_OR: return Z3_mk_or(z->ctx, 2, both);
	default: return Z3_mk_xor(z->ctx, a, b);
	}
}

static Z3_ast arg(const struct k2_z3 *z, k2_t t, unsigned int i)
{
	return z->nodes[t->args[i]->id].ast;
}

static Z3_ast make_unary(struct k2_z3 *z, k2_t t)
{
	Z3_ast a = arg(z, t, 0);
	unsigned int lo = (unsigned int)t->imm;

	if (t->op == K2_T_NOT && is_bool(z, a))
		return Z3_mk_not(z->ctx, a);
	a = as_bv(z, a);
	if (!a)
		return NULL;
	switch (t->op) {
	case K2_T_NOT: return Z3_mk_bvnot(z->ctx, a);
	case K2_T_EXTRACT: return Z3_mk_extract(z->ctx, lo + t->width - 1, lo, a);
	default: return Z3_mk_sign_ext(z->ctx, (unsigned int)t->width - t->args[0]->width, a);
	}
}

static Z3_ast make_ite(struct k2_z3 *z, k2_t t)
{
	Z3_ast c = as_bool(z, arg(z, t, 0)), a = as_bv(z, arg(z, t, 1)), b = as_bv(z, arg(z, t, 2));

	return c && a && b ? Z3_mk_ite(z->ctx, c, a, b) : NULL;
}

/* Two or more arguments, from the left. (Sums and concatenations may be kept flat by the term table.) */
static Z3_ast make_nary(struct k2_z3 *z, k2_t t)
{
	bool logic = t->width == 1 && (t->op == K2_T_AND || t->op == K2_T_OR || t->op == K2_T_XOR);
	Z3_ast e = logic ? as_bool(z, arg(z, t, 0)) : as_bv(z, arg(z, t, 0));

	for (unsigned int i = 1; e && i < t->n_args; i++) {
		Z3_ast b = logic ? as_bool(z, arg(z, t, i)) : as_bv(z, arg(z, t, i));

		if (!b)
			return NULL;
		e = keep(z, logic ? make_logic(z, t->op, e, b) : make_binary(z, t->op, e, b));
	}
	return e;
}

/* The translation of a term whose arguments are translated. */
static Z3_ast make_term(struct k2_z3 *z, k2_t t)
{
	switch ((enum k2_term_op)t->op) {
	case K2_T_CONST: return make_const(z, t);
	case K2_T_ATOM:
	case K2_T_SELECT: return make_atom(z, t);
	case K2_T_NOT:
	case K2_T_EXTRACT:
	case K2_T_SEXT: return keep(z, make_unary(z, t));
	case K2_T_ITE: return keep(z, make_ite(z, t));
	default: return t->n_args >= 2 ? make_nary(z, t) : NULL;
	}
}

static bool push(struct k2_z3 *z, k2_t t)
{
	struct frame f = {t, 0};

	if (!k2_vec_grow(z->arena, (void **)&z->nodes, &z->nodes_cap, t->id, sizeof(*z->nodes)))
		return false;
	if (z->nodes[t->id].seen == z->query)
		return true;
	z->nodes[t->id].seen = z->query;
	return K2_VEC_PUSH(z->arena, z->stack, z->stack_n, z->stack_cap, f);
}

/* All arguments are done: translate, if no earlier query did, and take note of atoms. */
static bool leave(struct k2_z3 *z, k2_t t)
{
	struct node *n = &z->nodes[t->id];

	if (!n->ast)
		n->ast = make_term(z, t);
	if (!n->ast)
		return false;
	if (t->op == K2_T_ATOM || t->op == K2_T_SELECT)
		return K2_VEC_PUSH(z->arena, z->atoms, z->atoms_n, z->atoms_cap, t);
	return true;
}

/* Walks everything below `root` that this query has not met: an explicit stack, for terms are up to 100,000
   deep. The arguments of a SELECT do not matter to the query and are not visited. */
static bool translate(struct k2_z3 *z, k2_t root)
{
	z->stack_n = 0;
	if (!push(z, root))
		return false;
	while (z->stack_n) {
		struct frame *f = &z->stack[z->stack_n - 1];

		if (f->t->op != K2_T_SELECT && f->next < f->t->n_args) {
			if (!push(z, f->t->args[f->next++]))
				return false;
			continue;
		}
		z->stack_n--;
		if (!leave(z, f->t))
			return false;
	}
	return true;
}

static bool add(struct k2_z3 *z, Z3_ast e)
{
	if (!e)
		return false;
	Z3_solver_assert(z->ctx, z->solver, e);
	return z3_ok(z);
}

static bool add_query(struct k2_z3 *z, const k2_t *assume, unsigned int n, k2_t claim)
{
	Z3_ast e;

	for (unsigned int i = 0; i < z->atoms_n; i++)
		if (z->nodes[z->atoms[i]->id].fact && !add(z, z->nodes[z->atoms[i]->id].fact))
			return false;
	for (unsigned int i = 0; i < n; i++)
		if (!add(z, as_bool(z, z->nodes[assume[i]->id].ast)))
			return false;
	e = as_bool(z, z->nodes[claim->id].ast);
	return e && add(z, keep(z, Z3_mk_not(z->ctx, e)));
}

static bool read_model(struct k2_z3 *z)
{
	Z3_model m = Z3_solver_get_model(z->ctx, z->solver);
	bool ok = m != NULL;

	if (!m)
		return false;
	Z3_model_inc_ref(z->ctx, m);
	for (unsigned int i = 0; ok && i < z->atoms_n; i++) {
		struct node *n = &z->nodes[z->atoms[i]->id];
		Z3_ast v;

		ok = Z3_model_eval(z->ctx, m, n->ast, true, &v) && v &&
		     Z3_get_numeral_uint64(z->ctx, v, &n->value) && z3_ok(z);
		n->valued = ok ? z->query : 0;
	}
	Z3_model_dec_ref(z->ctx, m);
	return ok;
}

/* The context's work counter. z3 gives it as unsigned and, past 2^32, as double. */
static uint64_t units(struct k2_z3 *z)
{
	Z3_stats st = Z3_solver_get_statistics(z->ctx, z->solver);
	uint64_t r = 0;

	if (!st)
		return 0;
	Z3_stats_inc_ref(z->ctx, st);
	for (unsigned int i = 0, n = Z3_stats_size(z->ctx, st); i < n; i++) {
		Z3_string key = Z3_stats_get_key(z->ctx, st, i);

		if (key && !strcmp(key, "rlimit count"))
			r = Z3_stats_is_uint(z->ctx, st, i)
				    ? Z3_stats_get_uint_value(z->ctx, st, i)
				    : (uint64_t)Z3_stats_get_double_value(z->ctx, st, i);
	}
	Z3_stats_dec_ref(z->ctx, st);
	return r;
}

static enum k2_z3_result run(struct k2_z3 *z, uint64_t *used)
{
	uint64_t before = units(z), after;
	Z3_lbool r = Z3_solver_check(z->ctx, z->solver);
	bool ok = z3_ok(z);

	after = units(z);
	if (after > before)
		*used += after - before;
	if (!ok || r == Z3_L_UNDEF)
		return K2_Z3_UNKNOWN;
	if (r == Z3_L_FALSE)
		return K2_Z3_UNSAT;
	return read_model(z) ? K2_Z3_SAT : K2_Z3_UNKNOWN;
}

/* Whatever happens, the assertions of this query are gone afterwards, or else the context is. */
static enum k2_z3_result solve(struct k2_z3 *z, const k2_t *assume, unsigned int n, k2_t claim,
			       uint64_t *used)
{
	enum k2_z3_result r = K2_Z3_UNKNOWN;

	Z3_solver_push(z->ctx, z->solver);
	if (!z3_ok(z))
		return r;
	if (add_query(z, assume, n, claim))
		r = run(z, used);
	Z3_solver_pop(z->ctx, z->solver, 1);
	if (!z3_ok(z) || Z3_solver_get_num_scopes(z->ctx, z->solver) != 0)
		z->bad = true;
	return r;
}

static bool begin(struct k2_z3 *z)
{
	if (z->query == UINT32_MAX)
		return false;
	z->query++;
	z->bad = false;
	z->atoms_n = 0;
	if (z->ctx && Z3_ast_vector_size(z->ctx, z->kept) > MAX_KEPT)
		drop_context(z);
	return make_context(z);
}

enum k2_z3_result k2_z3_check(struct k2_z3 *z, const k2_t *assume, unsigned int n, k2_t claim, uint64_t *used)
{
	enum k2_z3_result r = K2_Z3_UNKNOWN;
	bool ok;

	if (!begin(z))
		return r;
	ok = translate(z, claim);
	for (unsigned int i = 0; ok && i < n; i++)
		ok = translate(z, assume[i]);
	if (ok)
		r = solve(z, assume, n, claim, used);
	if (!z->bad)
		return r;
	/* After a failure inside z3 its state is not relied on: the next query starts with a new context. */
	drop_context(z);
	return K2_Z3_UNKNOWN;
}

bool k2_z3_value(const struct k2_z3 *z, k2_t atom, uint64_t *value)
{
	if (atom->id >= z->nodes_cap || z->nodes[atom->id].valued != z->query || !z->query)
		return false;
	*value = z->nodes[atom->id].value;
	return true;
}

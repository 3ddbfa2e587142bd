// SPDX-License-Identifier: BSD-2-Clause
/* Neighbours in a CONCAT that are slices of one value. EXTRACT distributes over bitwise operations, ITE, SEXT and (for
   low parts) sums; each rule here undoes one of these, so that taking a value apart and putting it together gives the
   value back. */
#include "terms_impl.h"

static k2_t merge_extract(struct k2_terms *t, k2_t hi, k2_t lo)
{
	k2_t z = hi->args[0];
	unsigned int at = (unsigned int)hi->imm;

	if (at < lo->width)
		return NULL;
	at -= lo->width;
	if (lo->op == K2_T_EXTRACT && lo->args[0] == z) {
		if (lo->imm != at)
			return NULL;
	} else if (!z->n_args || z->op == K2_T_SELECT || lo->op == K2_T_CONST || k2_t_extract(t, z, at, lo->width) != lo) {
		return NULL;
	}
	return k2_t_extract(t, z, at, hi->width + lo->width);
}

static k2_t merge_sext(struct k2_terms *t, k2_t hi, k2_t lo, unsigned int depth)
{
	k2_t s = hi->args[0], m = NULL;

	if (s->width == 1 && lo->op != K2_T_CONST && k2_t_extract(t, lo, lo->width - 1u, 1) == s)
		m = lo;
	else if (lo->op != K2_T_CONST)
		m = merge_pieces(t, s, lo, depth);
	return m ? k2_t_sext(t, m, hi->width + lo->width) : NULL;
}

static bool has_flip(k2_t a)
{
	return a->op == K2_T_NOT || (a->op == K2_T_XOR && k2_t_is_const(a->args[a->n_args - 1]));
}

/* The constant that `a` is XORed with. */
static k2_t flip_of(struct k2_terms *t, k2_t a)
{
	if (!has_flip(a))
		return k2_t_const(t, a->width, 0);
	return a->op == K2_T_NOT ? k2_t_const(t, a->width, ~0ull) : a->args[a->n_args - 1];
}

static k2_t merge_flip(struct k2_terms *t, k2_t hi, k2_t lo, unsigned int depth)
{
	k2_t ch = flip_of(t, hi), cl = flip_of(t, lo), m;

	if (k2_t_is_const(hi) || k2_t_is_const(lo))
		return NULL;
	m = merge_pieces(t, k2_t_xor(t, hi, ch), k2_t_xor(t, lo, cl), depth);
	return m ? k2_t_xor(t, m, k2_t_concat(t, ch, cl)) : NULL;
}

static k2_t bitwise(struct k2_terms *t, unsigned int op, k2_t a, k2_t b)
{
	return op == K2_T_AND ? k2_t_and(t, a, b) : op == K2_T_OR ? k2_t_or(t, a, b) : k2_t_xor(t, a, b);
}

/* Each argument of `hi` needs a partner in `lo`; mostly it is at the same place, and looking elsewhere is dear. */
static k2_t merge_bitwise(struct k2_terms *t, k2_t hi, k2_t lo, unsigned int depth)
{
	unsigned int n = hi->n_args;
	uint64_t used = 0;
	k2_t r = NULL;

	if (n != lo->n_args || n > 8)
		return NULL;
	for (unsigned int i = 0; i < n; i++) {
		k2_t m = NULL;

		for (unsigned int k = 0; k < (n > 3 ? 1 : n) && !m; k++) {
			unsigned int j = (i + k) % n;

			m = used >> j & 1 ? NULL : merge_pieces(t, hi->args[i], lo->args[j], depth);
			used |= m ? 1ull << j : 0;
		}
		if (!m)
			return NULL;
		r = r ? bitwise(t, hi->op, r, m) : m;
	}
	return r;
}

static k2_t merge_ite(struct k2_terms *t, k2_t hi, k2_t lo, unsigned int depth)
{
	k2_t a, b;

	if (hi->args[0] != lo->args[0])
		return NULL;
	a = merge_pieces(t, hi->args[1], lo->args[1], depth);
	b = a ? merge_pieces(t, hi->args[2], lo->args[2], depth) : NULL;
	return b ? k2_t_ite(t, hi->args[0], a, b) : NULL;
}

k2_t merge_pieces(struct k2_terms *t, k2_t hi, k2_t lo, unsigned int depth)
{
	unsigned int w = hi->width + lo->width;

	if (hi->op == K2_T_CONST && lo->op == K2_T_CONST)
		return k2_t_const(t, w, hi->imm << lo->width | lo->imm);
	if (lo->op == K2_T_SEXT && lo->args[0] == hi && hi->width == 1)
		return k2_t_sext(t, hi, w);
	if (hi->op == K2_T_EXTRACT && !has_flip(lo))
		return merge_extract(t, hi, lo);
	if (hi->op == K2_T_CONST && !hi->imm && (lo->op == K2_T_ADD || lo->op == K2_T_MUL))
		return sum_widen(t, lo, w);
	if (depth >= MAX_MERGE)
		return NULL;
	if (hi->op == K2_T_SEXT)
		return merge_sext(t, hi, lo, depth + 1);
	if (has_flip(hi) || has_flip(lo))
		return merge_flip(t, hi, lo, depth + 1);
	if (hi->op != lo->op)
		return NULL;
	if (hi->op == K2_T_AND || hi->op == K2_T_OR || hi->op == K2_T_XOR)
		return merge_bitwise(t, hi, lo, depth + 1);
	return hi->op == K2_T_ITE ? merge_ite(t, hi, lo, depth + 1) : NULL;
}

/* A piece that is one of two constants, by one condition. */
struct choice {
	k2_t c;
	uint64_t yes, no;
};

static bool const_choice(k2_t p)
{
	return p->op == K2_T_ITE && k2_t_is_const(p->args[1]) && k2_t_is_const(p->args[2]);
}

static struct choice choice_of(k2_t p)
{
	struct choice r = { NULL, k2_mask(p->width), 0 };

	if (p->op == K2_T_CONST)
		return (struct choice){ NULL, p->imm, p->imm };
	if (const_choice(p))
		return (struct choice){ p->args[0], p->args[1]->imm, p->args[2]->imm };
	if (p->op == K2_T_NOT && (p->width == 1 || p->args[0]->op == K2_T_SEXT)) {
		p = p->args[0];
		r.yes = 0;
		r.no = k2_mask(p->width);
	}
	if (p->op == K2_T_SEXT && p->args[0]->width == 1)
		r.c = p->args[0];
	else if (p->width == 1)
		r.c = p;
	return r;
}

/* Pieces from..to-1 hang on one condition, or are constant. */
static unsigned int run_end(const struct cat *c, unsigned int from, k2_t *cond, unsigned int *weight)
{
	unsigned int i;

	*cond = NULL;
	*weight = 0;
	for (i = from; i < c->n; i++) {
		struct choice h = choice_of(c->p[i]);

		if (c->p[i]->op == K2_T_CONST)
			continue;
		if (!h.c || (*cond && *cond != h.c))
			break;
		*cond = h.c;
		*weight += const_choice(c->p[i]) ? 2 : 1;
	}
	return i;
}

static k2_t join_run(struct k2_terms *t, const struct cat *c, unsigned int from, unsigned int to, k2_t cond)
{
	uint64_t yes = 0, no = 0;
	unsigned int w = 0;

	for (unsigned int i = from; i < to; i++) {
		struct choice h = choice_of(c->p[i]);

		yes |= h.yes << w;
		no |= h.no << w;
		w += c->p[i]->width;
	}
	return k2_t_ite(t, cond, k2_t_const(t, w, yes), k2_t_const(t, w, no));
}

static bool any_choice(const struct cat *c)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < c->n; i++)
		n += c->p[i]->op == K2_T_ITE ? 2 : c->p[i]->width == 1 || c->p[i]->op == K2_T_SEXT || c->p[i]->op == K2_T_NOT;
	return n >= 2 && c->n >= 2;
}

void join_conditions(struct k2_terms *t, struct cat *c)
{
	struct cat out = { .n = 0 };
	unsigned int end;

	if (!any_choice(c) || t->depth >= MAX_DEPTH)
		return;
	t->depth++;
	for (unsigned int i = 0; i < c->n; i = end) {
		unsigned int weight;
		k2_t cond, r;

		end = run_end(c, i, &cond, &weight);
		if (end == i)
			end++; /* hangs on nothing */
		if (weight < 2 || end == i + 1) {
			for (unsigned int j = i; j < end; j++)
				out.p[out.n++] = c->p[j];
			continue;
		}
		r = join_run(t, c, i, end, cond);
		for (unsigned int j = r->op == K2_T_CONCAT ? r->n_args : 0; j--;)
			out.p[out.n++] = r->args[j];
		if (r->op != K2_T_CONCAT)
			out.p[out.n++] = r;
	}
	t->depth--;
	*c = out;
}

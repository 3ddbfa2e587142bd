// SPDX-License-Identifier: BSD-2-Clause
/* Concrete evaluation, and sample values for atoms. */
#include "terms_impl.h"

static uint64_t signed_div(uint64_t a, uint64_t b, unsigned int w)
{
	int64_t x = k2_sext(a, w), y = k2_sext(b, w);

	if (!y)
		return x < 0 ? 1 : ~0ull;
	return y == -1 ? -(uint64_t)x : (uint64_t)(x / y);
}

static uint64_t signed_rem(uint64_t a, uint64_t b, unsigned int w)
{
	int64_t x = k2_sext(a, w), y = k2_sext(b, w);

	if (!y)
		return a;
	return y == -1 ? 0 : (uint64_t)(x % y);
}

static uint64_t fold_many(k2_t x, const uint64_t *v)
{
	uint64_t r = v[0];

	for (unsigned int i = 1; i < x->n_args; i++) {
		switch (x->op) {
		case K2_T_ADD: r += v[i]; break;
		case K2_T_MUL: r *= v[i]; break;
		case K2_T_AND: r &= v[i]; break;
		case K2_T_OR: r |= v[i]; break;
		case K2_T_XOR: r ^= v[i]; break;
		default: r = r << x->args[i]->width | v[i]; break; /* CONCAT */
		}
	}
	return r;
}

static uint64_t fold_raw(k2_t x, const uint64_t *v)
{
	unsigned int w = x->width, aw = x->n_args ? x->args[0]->width : w;

	switch (x->op) {
	case K2_T_CONST: return x->imm;
	case K2_T_UDIV: return v[1] ? v[0] / v[1] : ~0ull;
	case K2_T_UREM: return v[1] ? v[0] % v[1] : v[0];
	case K2_T_SDIV: return signed_div(v[0], v[1], w);
	case K2_T_SREM: return signed_rem(v[0], v[1], w);
	case K2_T_NOT: return ~v[0];
	case K2_T_SHL: return v[1] < w ? v[0] << v[1] : 0;
	case K2_T_LSHR: return v[1] < w ? v[0] >> v[1] : 0;
	case K2_T_ASHR: return (uint64_t)(k2_sext(v[0], w) >> K2_MIN(v[1], (uint64_t)w - 1));
	case K2_T_EXTRACT: return v[0] >> x->imm;
	case K2_T_SEXT: return (uint64_t)k2_sext(v[0], aw);
	case K2_T_EQ: return v[0] == v[1];
	case K2_T_ULT: return v[0] < v[1];
	case K2_T_SLT: return k2_sext(v[0], aw) < k2_sext(v[1], aw);
	case K2_T_ITE: return v[0] ? v[1] : v[2];
	default: return fold_many(x, v);
	}
}

uint64_t fold_op(k2_t x, const uint64_t *v)
{
	return fold_raw(x, v) & k2_mask(x->width);
}

static bool room_for(struct k2_terms *t)
{
	uint32_t need = t->n_terms + 1, cap = K2_MAX(t->eval_cap, 256u);

	if (need > t->eval_cap) {
		while (cap < need)
			cap *= 2;
		t->eval_value = k2_arena_calloc(t->a, cap, sizeof(*t->eval_value));
		t->eval_stamp = k2_arena_calloc(t->a, cap, sizeof(*t->eval_stamp));
		t->eval_cap = t->eval_value && t->eval_stamp ? cap : 0;
		t->eval_now = 0;
	}
	if (t->eval_cap && !++t->eval_now) { /* the stamps wrapped */
		memset(t->eval_stamp, 0, t->eval_cap * sizeof(*t->eval_stamp));
		t->eval_now = 1;
	}
	return t->eval_cap != 0;
}

/* The frame of a term whose arguments are being evaluated. */
struct frame {
	k2_t x;
	uint32_t next;
};

struct walk {
	struct k2_terms *t;
	struct frame *stack;
	uint32_t n, cap;
	k2_valuation value;
	void *user;
};

static void remember(struct k2_terms *t, k2_t x, uint64_t v)
{
	t->eval_value[x->id] = v & k2_mask(x->width);
	t->eval_stamp[x->id] = t->eval_now;
}

static bool is_leaf(k2_t x)
{
	return x->op == K2_T_CONST || x->op == K2_T_ATOM || x->op == K2_T_SELECT;
}

static bool push(struct walk *w, k2_t x)
{
	if (w->t->eval_stamp[x->id] == w->t->eval_now)
		return true;
	if (is_leaf(x)) {
		remember(w->t, x, x->op == K2_T_CONST ? x->imm : w->value(w->user, x));
		return true;
	}
	return K2_VEC_PUSH(w->t->a, w->stack, w->n, w->cap, ((struct frame){ x, 0 }));
}

static void finish(struct k2_terms *t, k2_t x)
{
	uint64_t v[MAX_FLAT + 1];

	for (unsigned int i = 0; i < x->n_args && i <= MAX_FLAT; i++)
		v[i] = t->eval_value[x->args[i]->id];
	remember(t, x, fold_op(x, v));
}

static bool run(struct walk *w)
{
	while (w->n) {
		struct frame *f = &w->stack[w->n - 1];

		if (f->next < f->x->n_args) {
			if (!push(w, f->x->args[f->next++]))
				return false;
			continue;
		}
		finish(w->t, f->x);
		w->n--;
	}
	return true;
}

enum k2_status k2_t_eval(struct k2_terms *t, const k2_t *what, unsigned int n, k2_valuation value, void *user,
			 uint64_t *out)
{
	struct k2_arena_mark mark;
	struct walk w = { .t = t, .value = value, .user = user };
	bool ok;

	if (t->failed || !room_for(t))
		return K2_ENOMEM;
	mark = k2_arena_mark(t->a);
	ok = true;
	for (unsigned int i = 0; ok && i < n; i++)
		ok = push(&w, what[i]) && run(&w);
	k2_arena_release(t->a, mark);
	for (unsigned int i = 0; ok && i < n; i++)
		out[i] = t->eval_value[what[i]->id];
	return ok ? K2_OK : K2_ENOMEM;
}

static uint64_t random_value(uint64_t *state, k2_t x)
{
	uint64_t span = x->umax - x->umin, r = k2_rand(state), kind = k2_rand(state) & 7;

	if (kind == 0)
		r &= 0xff;
	else if (kind == 1)
		r = ~(r & 0xff);
	else if (kind == 2)
		r = 1ull << (r & 63);
	else if (kind == 3 && span != ~0ull)
		r = x->umin + r % (span + 1);
	return r & k2_mask(x->width);
}

static uint64_t corner(k2_t x, uint64_t vector)
{
	switch (vector) {
	case 0: return x->umin;
	case 1: return x->umax;
	case 2: return 1;
	case 3: return k2_mask(x->width);
	case 4: return 1ull << (x->width - 1);
	case 5: return (1ull << (x->width - 1)) - 1;
	case 6: return 1ull << (x->width / 2);
	default: return k2_mask(x->width / 2);
	}
}

uint64_t k2_t_sample(k2_t atom, uint64_t vector)
{
	uint64_t state = k2_hash_mix(k2_hash_mix(vector, atom->id), atom->width), v;

	for (unsigned int i = 0; i < 16; i++) {
		v = vector < 8 && !i ? corner(atom, vector) : random_value(&state, atom);
		v = (v & ~atom->zeros) | atom->ones;
		if (v >= atom->umin && v <= atom->umax)
			return v;
		/* into the range, then up to the next value with the right bits */
		if (atom->umax - atom->umin != ~0ull)
			v = atom->umin + v % (atom->umax - atom->umin + 1);
		if (known_next(atom->width, atom->zeros, atom->ones, v, &v) && v <= atom->umax)
			return v;
	}
	return atom->umin; /* known_atom saw to it that this one has the right bits */
}

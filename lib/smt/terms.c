// SPDX-License-Identifier: BSD-2-Clause
/* The term table: hash-consing, constants, atoms, and sticky failure. */
#include "terms_impl.h"

enum { FIRST_CAP = 1024 };

struct k2_terms *k2_terms_new(struct k2_arena *a)
{
	struct k2_terms *t = k2_arena_alloc(a, sizeof(*t));

	if (!t)
		return NULL;
	t->a = a;
	t->slots = k2_arena_calloc(a, FIRST_CAP, sizeof(*t->slots));
	t->memos = k2_arena_calloc(a, FIRST_CAP, sizeof(*t->memos));
	t->slot_cap = t->memo_cap = FIRST_CAP;
	for (unsigned int w = 1; w <= 64; w++) {
		t->fallback[w].op = K2_T_CONST;
		t->fallback[w].width = (uint8_t)w;
		t->fallback[w].zeros = k2_mask(w);
	}
	return t->slots && t->memos ? t : NULL;
}

bool k2_terms_failed(const struct k2_terms *t)
{
	return !t || t->failed;
}

uint32_t k2_terms_count(const struct k2_terms *t)
{
	return t->n_terms;
}

k2_t term_fail(struct k2_terms *t, unsigned int w)
{
	t->failed = true;
	return &t->fallback[w >= 1 && w <= 64 ? w : 64];
}

static uint64_t hash_term(const struct k2_term *x)
{
	uint64_t h = k2_hash_mix(x->op | (uint64_t)x->width << 8 | (uint64_t)x->n_args << 16, x->imm);

	if (x->tag)
		h = k2_hash_mix(h, x->tag);
	for (unsigned int i = 0; i < x->n_args; i++)
		h = k2_hash_mix(h, x->args[i]->id);
	return h ^ (h >> 32);
}

static bool same_term(const struct k2_term *x, const struct k2_term *y)
{
	return x->op == y->op && x->width == y->width && x->n_args == y->n_args && x->imm == y->imm &&
	       x->tag == y->tag && (!x->n_args || !memcmp(x->args, y->args, x->n_args * sizeof(*x->args)));
}

static struct slot *find_slot(const struct k2_terms *t, const struct k2_term *x, uint64_t hash)
{
	for (uint64_t i = hash;; i++) {
		struct slot *s = &t->slots[i & (t->slot_cap - 1)];

		if (!s->key || (s->hash == hash && same_term(s->key, x)))
			return s;
	}
}

static bool grow_slots(struct k2_terms *t)
{
	uint32_t cap = t->slot_cap * 2;
	struct slot *fresh = k2_arena_calloc(t->a, cap, sizeof(*fresh));

	if (!fresh)
		return false;
	for (uint32_t i = 0; i < t->slot_cap; i++) {
		uint64_t j = t->slots[i].hash;

		if (!t->slots[i].key)
			continue;
		while (fresh[j & (cap - 1)].key)
			j++;
		fresh[j & (cap - 1)] = t->slots[i];
	}
	t->slots = fresh;
	t->slot_cap = cap;
	return true;
}

static uint8_t height_of(const struct k2_terms *t, k2_t x)
{
	uint8_t h = 0;

	if (x->op == K2_T_SELECT)
		return 0;
	for (unsigned int i = 0; i < x->n_args; i++)
		h = K2_MAX(h, t->height[x->args[i]->id]);
	return (uint8_t)(h + (x->n_args && h < 255));
}

/* `x` is on the stack and so may be its arguments; both move to the arena. */
static k2_t insert(struct k2_terms *t, struct slot *s, uint64_t hash, const struct k2_term *x)
{
	size_t args = x->n_args * sizeof(*x->args);
	struct k2_term *p = k2_arena_alloc(t->a, sizeof(*p) + args);

	if (!p || !k2_vec_grow(t->a, (void **)&t->height, &t->height_cap, t->n_terms + 1, 1))
		return term_fail(t, x->width);
	*p = *x;
	p->id = ++t->n_terms;
	p->args = (const k2_t *)(p + 1);
	if (args)
		memcpy(p + 1, x->args, args);
	t->height[p->id] = height_of(t, p);
	*s = (struct slot){ hash, p, p };
	t->n_slots++;
	return p;
}

static bool room(struct k2_terms *t)
{
	return t->n_slots < t->slot_cap / 2 || grow_slots(t);
}

k2_t k2_t_const(struct k2_terms *t, unsigned int w, uint64_t v)
{
	struct k2_term x = { .op = K2_T_CONST, .width = (uint8_t)w };
	struct slot *s;
	uint64_t hash;

	x.imm = x.ones = x.umin = x.umax = v & k2_mask(w);
	x.zeros = k2_mask(w) & ~x.imm;
	hash = hash_term(&x);
	if (t->failed || !room(t))
		return term_fail(t, w);
	s = find_slot(t, &x, hash);
	return s->key ? s->res : insert(t, s, hash, &x);
}

/* Finds or makes `x`. `known` tells what is known of an atom; NULL: to be computed from the arguments. */
static k2_t intern(struct k2_terms *t, struct k2_term *x, const struct k2_known *known, bool atom)
{
	uint64_t hash = hash_term(x);
	struct slot *s;
	k2_t p;

	if (t->failed || !room(t))
		return term_fail(t, x->width);
	s = find_slot(t, x, hash);
	if (s->key)
		return s->res;
	if (atom)
		known_atom(x, known);
	else
		known_compute(x);
	p = insert(t, s, hash, x);
	if (x->umin != x->umax || t->failed)
		return p;
	p = k2_t_const(t, x->width, x->umin);
	if (!t->failed)
		find_slot(t, x, hash)->res = p;
	return p;
}

k2_t term_make(struct k2_terms *t, unsigned int op, unsigned int w, uint64_t imm, const k2_t *args, unsigned int n)
{
	struct k2_term x = { .op = (uint8_t)op, .width = (uint8_t)w, .n_args = (uint16_t)n, .imm = imm, .args = args };

	return intern(t, &x, NULL, false);
}

k2_t k2_t_fresh(struct k2_terms *t, unsigned int w, const struct k2_known *k, uint64_t tag)
{
	struct k2_term x = { .op = K2_T_ATOM, .width = (uint8_t)w, .imm = t->n_fresh++, .tag = tag };

	return intern(t, &x, k, true);
}

k2_t k2_t_apply(struct k2_terms *t, unsigned int w, uint64_t fn, const k2_t *args, unsigned int n,
		const struct k2_known *k, uint64_t tag)
{
	struct k2_term x = { .op = K2_T_SELECT, .width = (uint8_t)w, .n_args = (uint16_t)n,
			     .imm = fn, .tag = tag, .args = args };

	return n > UINT16_MAX ? term_fail(t, w) : intern(t, &x, k, true);
}

static struct memo *memo_slot(const struct k2_terms *t, k2_t a, uint32_t pos)
{
	uint64_t h = k2_hash_mix(a->id, pos);

	for (uint64_t i = h ^ (h >> 32);; i++) {
		struct memo *m = &t->memos[i & (t->memo_cap - 1)];

		if (!m->arg || (m->arg == a && m->pos == pos))
			return m;
	}
}

k2_t memo_find(const struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w)
{
	return memo_slot(t, a, lo << 8 | w)->res;
}

static bool grow_memos(struct k2_terms *t)
{
	uint32_t old_cap = t->memo_cap;
	struct memo *old = t->memos;
	struct memo *fresh = k2_arena_calloc(t->a, (size_t)old_cap * 2, sizeof(*fresh));

	if (!fresh)
		return false;
	t->memos = fresh;
	t->memo_cap = old_cap * 2;
	for (uint32_t i = 0; i < old_cap; i++)
		if (old[i].arg)
			*memo_slot(t, old[i].arg, old[i].pos) = old[i];
	return true;
}

void memo_put(struct k2_terms *t, k2_t a, unsigned int lo, unsigned int w, k2_t res)
{
	struct memo *m;

	if (t->failed)
		return;
	if (t->n_memos >= t->memo_cap / 2 && !grow_memos(t)) {
		t->failed = true;
		return;
	}
	m = memo_slot(t, a, lo << 8 | w);
	t->n_memos += !m->arg;
	*m = (struct memo){ a, res, lo << 8 | w };
}

/* Arguments are few and nearly sorted. */
void sort_terms(k2_t *v, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++) {
		k2_t x = v[i];
		unsigned int j = i;

		for (; j && v[j - 1]->id > x->id; j--)
			v[j] = v[j - 1];
		v[j] = x;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
/* Two versions of a function as rows. */
#include <stdlib.h>
#include <string.h>
#include "diff.h"

struct result {
	struct k2_diff d; /* first: what callers hold */
	struct k2_arena *arena;
};

struct work {
	struct k2_arena *arena;           /* of the result */
	const struct k2_diff_side *side;
	const char **plain[2];            /* texts with all jump targets alike */
	uint32_t *key[2];                 /* equal numbers are equal texts */
	uint32_t *match;                  /* old instruction to new */
	struct k2_diff *d;
	uint32_t old, new_;               /* where the gap begins that `like` is asked about */
};

/* ---- equal instructions have equal numbers ---- */

struct keyed {
	const char *text;
	uint32_t side, insn;
};

static int by_text(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int c = strcmp(x->text, y->text);

	if (c)
		return c;
	return x->side != y->side ? (x->side < y->side ? -1 : 1) : x->insn < y->insn ? -1 : x->insn > y->insn;
}

static enum k2_status set_keys(struct work *w)
{
	size_t n = (size_t)w->side[0].func->n_insns + w->side[1].func->n_insns, k = 0;
	struct keyed *all = k2_arena_calloc(w->arena, n, sizeof(*all));
	uint32_t key = 0;

	if (!all)
		return K2_ENOMEM;
	for (uint32_t s = 0; s < 2; s++) {
		uint32_t count = w->side[s].func->n_insns;

		w->plain[s] = k2_arena_calloc(w->arena, count, sizeof(*w->plain[s]));
		w->key[s] = k2_arena_calloc(w->arena, count, sizeof(*w->key[s]));
		if (!w->plain[s] || !w->key[s])
			return K2_ENOMEM;
		for (uint32_t i = 0; i < count; i++) {
			w->plain[s][i] = k2_diff_text(w->arena, &w->side[s], i, 0);
			if (!w->plain[s][i])
				return K2_ENOMEM;
			all[k++] = (struct keyed){ w->plain[s][i], s, i };
		}
	}
	qsort(all, n, sizeof(*all), by_text);
	for (k = 0; k < n; k++) {
		key += k && strcmp(all[k - 1].text, all[k].text);
		w->key[all[k].side][all[k].insn] = key;
	}
	return K2_OK;
}

/* ---- rows ---- */

static void add_row(struct work *w, enum k2_diff_kind kind, uint32_t old, uint32_t new_)
{
	w->d->rows[w->d->n_rows++] = (struct k2_diff_row){ .kind = kind, .insn = { old, new_ } };
}

/* How much two different instructions have in common, 0..7. */
static unsigned int like(void *user, uint32_t i, uint32_t j)
{
	const struct work *w = user;
	const struct k2_insn *a = &w->side[0].func->insns[w->old + i], *b = &w->side[1].func->insns[w->new_ + j];
	unsigned int n = k2_isa_kind(a) == k2_isa_kind(b);

	if (n)
		n += 2u * (a->code == b->code) + (a->dst == b->dst) + (a->src == b->src) + (a->off == b->off) + (a->imm == b->imm);
	return n + (a->line && a->line == b->line);
}

/* Old instructions up to `old` and new ones up to `new_`, which have nothing in common. */
static enum k2_status add_gap(struct work *w, uint32_t old, uint32_t new_)
{
	struct k2_arena_mark mark = k2_arena_mark(w->arena);
	uint32_t n = old - w->old, m = new_ - w->new_, j = 0;
	uint32_t *match = k2_arena_calloc(w->arena, n, sizeof(*match));
	enum k2_status st = !match ? K2_ENOMEM : k2_diff_pair(w->arena, n, m, like, w, match);

	for (uint32_t i = 0; !st && i < n; i++) {
		for (; match[i] != K2_DIFF_NONE && j < match[i]; j++)
			add_row(w, K2_DIFF_NEW, K2_DIFF_NONE, w->new_ + j);
		add_row(w, match[i] == K2_DIFF_NONE ? K2_DIFF_OLD : K2_DIFF_CHANGED, w->old + i,
			match[i] == K2_DIFF_NONE ? K2_DIFF_NONE : w->new_ + j++);
	}
	for (; !st && j < m; j++)
		add_row(w, K2_DIFF_NEW, K2_DIFF_NONE, w->new_ + j);
	k2_arena_release(w->arena, mark);
	w->old = old;
	w->new_ = new_;
	return st;
}

static enum k2_status make_rows(struct work *w)
{
	uint32_t n = w->side[0].func->n_insns, m = w->side[1].func->n_insns;

	w->d->rows = k2_arena_calloc(w->arena, (size_t)n + m, sizeof(*w->d->rows));
	if (!w->d->rows)
		return K2_ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		enum k2_status st = w->match[i] == K2_DIFF_NONE ? K2_OK : add_gap(w, i, w->match[i]);

		if (st)
			return st;
		if (w->match[i] == K2_DIFF_NONE)
			continue;
		add_row(w, K2_DIFF_SAME, i, w->match[i]);
		w->old = i + 1;
		w->new_ = w->match[i] + 1;
	}
	return add_gap(w, n, m);
}

/* Texts with labels; jumps to different places are different. */
static enum k2_status finish_rows(struct work *w)
{
	uint32_t *label_of[2];
	enum k2_status st = k2_diff_labels(w->arena, w->side, w->d, label_of);

	for (uint32_t r = 0; !st && r < w->d->n_rows; r++) {
		struct k2_diff_row *row = &w->d->rows[r];

		for (unsigned int s = 0; s < 2; s++) {
			uint32_t i = row->insn[s];

			if (i == K2_DIFF_NONE)
				continue;
			row->text[s] = label_of[s][i] ? k2_diff_text(w->arena, &w->side[s], i, label_of[s][i]) : w->plain[s][i];
			if (!row->text[s])
				return K2_ENOMEM;
		}
		if (row->kind == K2_DIFF_SAME && label_of[0][row->insn[0]] != label_of[1][row->insn[1]])
			row->kind = K2_DIFF_CHANGED;
		w->d->count[row->kind]++;
	}
	return st;
}

static enum k2_status diff(struct work *w)
{
	const struct k2_func_desc *old = w->side[0].func, *new_ = w->side[1].func;
	enum k2_status st = set_keys(w);

	if (st)
		return st;
	w->match = k2_arena_calloc(w->arena, old->n_insns, sizeof(*w->match));
	if (!w->match)
		return K2_ENOMEM;
	st = k2_diff_align(w->arena, (struct k2_diff_seq){ w->key[0], old->n_insns }, (struct k2_diff_seq){ w->key[1], new_->n_insns },
			   w->match);
	if (!st)
		st = make_rows(w);
	return st ? st : finish_rows(w);
}

enum k2_status k2_diff_funcs(const struct k2_diff_side side[2], struct k2_diff **out)
{
	struct k2_arena *a = k2_arena_new(0);
	struct result *r = a ? k2_arena_calloc(a, 1, sizeof(*r)) : NULL;
	struct work w = { .arena = a, .side = side };
	enum k2_status st = K2_ENOMEM;

	if (r) {
		r->arena = a;
		w.d = &r->d;
		st = diff(&w);
	}
	if (st) {
		k2_arena_free(a);
		return st;
	}
	*out = &r->d;
	return K2_OK;
}

void k2_diff_free(struct k2_diff *d)
{
	if (d)
		k2_arena_free(((struct result *)d)->arena);
}

// SPDX-License-Identifier: BSD-2-Clause
/* Labels of two versions: one name for what is one place. */
#include "diff.h"

struct labels {
	struct k2_diff *d;
	uint32_t *row_of[2];   /* by instruction */
	bool *is_target[2];    /* by row */
	uint32_t *partner;     /* by row with an old target only: the row of the new one that goes with it */
	bool *has_partner;     /* by row with a new target only */
};

static bool jumps_inside(const struct k2_func_desc *f, uint32_t insn)
{
	return k2_isa_is_terminator(&f->insns[insn]) && f->insns[insn].target < f->n_insns &&
	       k2_isa_kind(&f->insns[insn]) != K2_KIND_EXIT;
}

static enum k2_status find_targets(struct k2_arena *a, const struct k2_diff_side side[2], struct labels *l)
{
	struct k2_diff *d = l->d;

	for (unsigned int s = 0; s < 2; s++) {
		const struct k2_func_desc *f = side[s].func;

		l->row_of[s] = k2_arena_calloc(a, f->n_insns, sizeof(*l->row_of[s]));
		l->is_target[s] = k2_arena_calloc(a, d->n_rows, sizeof(*l->is_target[s]));
		if (!l->row_of[s] || !l->is_target[s])
			return K2_ENOMEM;
		for (uint32_t r = 0; r < d->n_rows; r++)
			if (d->rows[r].insn[s] != K2_DIFF_NONE)
				l->row_of[s][d->rows[r].insn[s]] = r;
		for (uint32_t i = 0; i < f->n_insns; i++)
			if (jumps_inside(f, i))
				l->is_target[s][l->row_of[s][f->insns[i].target]] = true;
	}
	l->partner = k2_arena_calloc(a, d->n_rows, sizeof(*l->partner));
	l->has_partner = k2_arena_calloc(a, d->n_rows, sizeof(*l->has_partner));
	return !l->partner || !l->has_partner ? K2_ENOMEM : K2_OK;
}

static bool lone(const struct labels *l, unsigned int s, uint32_t r)
{
	return l->is_target[s][r] && !l->is_target[!s][r];
}

/* Rows begin..end-1 differ but for the last: what is a target there on one side only goes with the next such one of the other. */
static void pair_lone(struct labels *l, uint32_t begin, uint32_t end)
{
	uint32_t n = begin;

	for (uint32_t o = begin; o < end; o++) {
		l->partner[o] = K2_DIFF_NONE;
		if (!lone(l, 0, o))
			continue;
		while (n < end && !lone(l, 1, n))
			n++;
		if (n == end)
			continue;
		l->partner[o] = n;
		l->has_partner[n++] = true;
	}
}

static void number(struct labels *l)
{
	struct k2_diff_row *rows = l->d->rows;
	uint32_t next = 1;

	for (uint32_t r = 0; r < l->d->n_rows; r++) {
		if (l->is_target[0][r]) {
			rows[r].label[0] = next;
			if (l->is_target[1][r])
				rows[r].label[1] = next;
			else if (l->partner[r] != K2_DIFF_NONE)
				rows[l->partner[r]].label[1] = next;
			next++;
		} else if (l->is_target[1][r] && !l->has_partner[r]) {
			rows[r].label[1] = next++;
		}
	}
}

enum k2_status k2_diff_labels(struct k2_arena *a, const struct k2_diff_side side[2], struct k2_diff *d, uint32_t *label_of[2])
{
	struct labels l = { .d = d };
	enum k2_status st = find_targets(a, side, &l);

	if (st)
		return st;
	for (uint32_t r = 0, begin = 0; r < d->n_rows; r++) {
		if (d->rows[r].kind == K2_DIFF_SAME || r + 1 == d->n_rows) {
			pair_lone(&l, begin, r + 1);
			begin = r + 1;
		}
	}
	number(&l);
	for (unsigned int s = 0; s < 2; s++) {
		const struct k2_func_desc *f = side[s].func;

		label_of[s] = k2_arena_calloc(a, f->n_insns, sizeof(*label_of[s]));
		if (!label_of[s])
			return K2_ENOMEM;
		for (uint32_t i = 0; i < f->n_insns; i++)
			if (jumps_inside(f, i))
				label_of[s][i] = d->rows[l.row_of[s][f->insns[i].target]].label[s];
	}
	return K2_OK;
}

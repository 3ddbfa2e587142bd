// SPDX-License-Identifier: BSD-2-Clause
/* What two sequences have in common. E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), the variant in linear
   space: the middle of a shortest edit is found from both ends, and both halves are done in the same way. */
#include "diff.h"

enum {
	MOST_EDITS = 1024,      /* of one half; where more would be needed, the way that got furthest is taken */
	MOST_PAIRS = 1 << 20,   /* cells of k2_diff_pair's table */
};

/* A part of both sequences. */
struct box {
	int64_t x0, x1, y0, y1;
};

struct aligner {
	const uint32_t *x, *y;
	int64_t *ahead, *back; /* by diagonal x - y: how far forward and backward ways got, as x. Element 0 is diagonal 0 */
	uint32_t *match;
};

/* Diagonals that a search has reached, of its own parity; `lo` and `hi` of the box bound it. */
struct reach {
	int64_t lo, hi;
};

static void widen(struct reach *r, int64_t *v, const struct box *b, int64_t none)
{
	if (r->lo > b->x0 - b->y1)
		v[--r->lo - 1] = none;
	else
		r->lo++;
	if (r->hi < b->x1 - b->y0)
		v[++r->hi + 1] = none;
	else
		r->hi--;
}

/* One more edit forward. True: met a backward way at *x, *y. */
static bool step_ahead(struct aligner *s, const struct box *b, struct reach *r, const struct reach *other, bool meets, int64_t *x,
		       int64_t *y)
{
	widen(r, s->ahead, b, -1);
	for (int64_t d = r->hi; d >= r->lo; d -= 2) {
		int64_t i = K2_MAX(s->ahead[d - 1] + 1, s->ahead[d + 1]), j = i - d;

		while (i < b->x1 && j < b->y1 && s->x[i] == s->y[j]) {
			i++;
			j++;
		}
		s->ahead[d] = i;
		if (meets && d >= other->lo && d <= other->hi && s->back[d] <= i) {
			*x = i;
			*y = j;
			return true;
		}
	}
	return false;
}

static bool step_back(struct aligner *s, const struct box *b, struct reach *r, const struct reach *other, bool meets, int64_t *x,
		      int64_t *y)
{
	widen(r, s->back, b, INT64_MAX);
	for (int64_t d = r->hi; d >= r->lo; d -= 2) {
		int64_t i = K2_MIN(s->back[d - 1], s->back[d + 1] - 1), j = i - d;

		while (i > b->x0 && j > b->y0 && s->x[i - 1] == s->y[j - 1]) {
			i--;
			j--;
		}
		s->back[d] = i;
		if (meets && d >= other->lo && d <= other->hi && i <= s->ahead[d]) {
			*x = i;
			*y = j;
			return true;
		}
	}
	return false;
}

/* The place that a forward way got to which has the most behind it. */
static void furthest(const struct aligner *s, const struct box *b, const struct reach *r, int64_t *x, int64_t *y)
{
	int64_t best = -1;

	*x = b->x0;
	*y = b->y0;
	for (int64_t d = r->hi; d >= r->lo; d -= 2) {
		int64_t i = K2_MIN(s->ahead[d], b->x1), j = i - d;

		if (j > b->y1) {
			j = b->y1;
			i = j + d;
		}
		if (i + j > best) {
			best = i + j;
			*x = i;
			*y = j;
		}
	}
}

/* A place through which a shortest edit of the box goes, not one of its corners: both begin and end differently. */
static void find_middle(struct aligner *s, const struct box *b, int64_t *x, int64_t *y)
{
	struct reach ahead = { b->x0 - b->y0, b->x0 - b->y0 }, back = { b->x1 - b->y1, b->x1 - b->y1 };
	bool odd = (ahead.lo - back.lo) & 1;

	s->ahead[ahead.lo] = b->x0;
	s->back[back.lo] = b->x1;
	for (int edits = 0; edits < MOST_EDITS; edits++)
		if (step_ahead(s, b, &ahead, &back, odd, x, y) || step_back(s, b, &back, &ahead, !odd, x, y))
			return;
	furthest(s, b, &ahead, x, y);
}

static void align(struct aligner *s, struct box b)
{
	int64_t x, y;

	while (b.x0 < b.x1 && b.y0 < b.y1 && s->x[b.x0] == s->y[b.y0])
		s->match[b.x0++] = (uint32_t)b.y0++;
	while (b.x0 < b.x1 && b.y0 < b.y1 && s->x[b.x1 - 1] == s->y[b.y1 - 1])
		s->match[--b.x1] = (uint32_t)--b.y1;
	if (b.x0 == b.x1 || b.y0 == b.y1)
		return;
	find_middle(s, &b, &x, &y);
	align(s, (struct box){ b.x0, x, b.y0, y });
	align(s, (struct box){ x, b.x1, y, b.y1 });
}

enum k2_status k2_diff_align(struct k2_arena *a, struct k2_diff_seq x, struct k2_diff_seq y, uint32_t *match)
{
	size_t diagonals = (size_t)x.n + y.n + 3; /* -y.n - 1 .. x.n + 1 */
	int64_t *v = k2_arena_calloc(a, 2 * diagonals, sizeof(*v));
	struct aligner s = { .x = x.v, .y = y.v, .match = match };

	if (!v)
		return K2_ENOMEM;
	s.ahead = v + y.n + 1;
	s.back = s.ahead + diagonals;
	for (uint32_t i = 0; i < x.n; i++)
		match[i] = K2_DIFF_NONE;
	align(&s, (struct box){ 0, x.n, 0, y.n });
	return K2_OK;
}

/* ---- pairs of different things ---- */

enum k2_status k2_diff_pair(struct k2_arena *a, uint32_t n, uint32_t m, unsigned int (*like)(void *user, uint32_t i, uint32_t j),
			    void *user, uint32_t *match)
{
	enum { PAIR = 64 }; /* worth more than any likeness */
	size_t width = (size_t)m + 1;
	uint32_t *best, i, j;

	for (i = 0; i < n; i++)
		match[i] = i < m ? i : K2_DIFF_NONE;
	if ((n + 1) * width > MOST_PAIRS || !n || !m)
		return K2_OK;
	/* best[i * width + j]: of what is left behind i and j. */
	best = k2_arena_calloc(a, (n + 1) * width, sizeof(*best));
	if (!best)
		return K2_ENOMEM;
	for (i = n; i-- > 0;) {
		for (j = m; j-- > 0;) {
			uint32_t skip = K2_MAX(best[(i + 1) * width + j], best[i * width + j + 1]);

			best[i * width + j] = K2_MAX(skip, best[(i + 1) * width + j + 1] + PAIR + like(user, i, j));
		}
	}
	for (i = j = 0; i < n; i++) {
		while (j < m && best[i * width + j] == best[i * width + j + 1])
			j++;
		match[i] = j < m && best[i * width + j] != best[(i + 1) * width + j] ? j++ : K2_DIFF_NONE;
	}
	return K2_OK;
}

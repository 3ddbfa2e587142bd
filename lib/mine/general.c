// SPDX-License-Identifier: BSD-2-Clause
/* The most general rule that a win is an instance of and that can be proved: first as many constants as possible free, then as little as
   possible demanded. */
#include <stdio.h>
#include <string.h>
#include "mine.h"

enum { RLIMIT = 300000, GUESSES = 48, RELATED_GUESSES = 3, RELATIONS = 8, SYMBOLS = 10, MASKS = 4 };

bool k2_win_proves(const struct k2_win *w, const struct k2_shape *s)
{
	struct k2_arena *a = k2_arena_new(0);
	char text[K2_WIN_TEXT], body[K2_WIN_TEXT + 16], msg[200];
	struct k2_rules rs;
	const char *why;
	bool good = a && k2_shape_print(w, s, text);

	if (good) {
		snprintf(body, sizeof(body), "rule t\n%s", text);
		good = !k2_rules_read(a, body, strlen(body), &rs, msg, sizeof(msg)) && rs.n_rules == 1 &&
		       k2_rule_prove(a, &rs, &rs.rules[0], RLIMIT, &why) == K2_EQUAL && k2_rule_example(a, &rs, &rs.rules[0], 1, msg, sizeof(msg));
	}
	k2_arena_free(a);
	return good;
}

/* Everything that is known is demanded, and no constant is free. */
static struct k2_shape narrowest(const struct k2_win *w)
{
	struct k2_shape s = { .literal = UINT32_MAX, .dead = w->dead, .low = w->low & (uint16_t)~w->dead, .order = true, .relation = -1 };

	for (unsigned int r = 0; r < 10; r++) {
		for (uint8_t level = 1; level <= K2_SHAPE_ZEROS; level++) {
			if ((w->zeros[r] & k2_shape_zeros(level)) == k2_shape_zeros(level))
				s.zero[r] = level;
		}
	}
	return s;
}

/* Some way to compute the replacement's constants, under the relation that it has. */
static bool some_guess(const struct k2_win *w, struct k2_shape *s)
{
	char text[K2_WIN_TEXT];
	unsigned int most = s->relation < 0 ? GUESSES : RELATED_GUESSES;

	for (s->guess = 0; s->guess < most; s->guess++) {
		if (k2_shape_print(w, s, text) && k2_win_proves(w, s))
			return true;
	}
	s->guess = 0;
	return false;
}

/* Some relation between the constants with which there is one. */
static bool some_relation(const struct k2_win *w, struct k2_shape *s)
{
	char text[K2_WIN_TEXT];

	for (s->relation = 0; s->relation < RELATIONS; s->relation++) {
		s->guess = 0;
		if (!k2_shape_print(w, s, text))
			break;
		if (some_guess(w, s))
			return true;
	}
	s->relation = -1;
	return false;
}

static bool demands_zeros(const struct k2_shape *s)
{
	for (unsigned int r = 0; r < 10; r++) {
		if (s->zero[r])
			return true;
	}
	return false;
}

/* Equal numbers and offsets as constants of their own, if that will do; what is known of registers in terms of constants, where it has to be. */
static bool all_free(const struct k2_win *w, struct k2_shape *s, bool (*some)(const struct k2_win *w, struct k2_shape *s))
{
	for (unsigned int way = 0; way < 4; way++) {
		struct k2_shape t = *s;

		t.literal = 0;
		t.together = way & 1;
		t.apart = way < 2;
		if (k2_shape_symbols(w, t.together, t.apart) > K2_RULE_SYMS ||
		    (t.apart && k2_shape_symbols(w, t.together, true) == k2_shape_symbols(w, t.together, false)))
			continue;
		for (t.zero_by = 0; t.zero_by <= (demands_zeros(s) ? MASKS : 0u); t.zero_by++) {
			if (some(w, &t)) {
				*s = t;
				return true;
			}
		}
	}
	return false;
}

/* One more, or two that belong together. */
static void free_more(const struct k2_win *w, struct k2_shape *s, unsigned int n, unsigned int step)
{
	for (unsigned int a = 0; a < n; a++) {
		for (unsigned int b = a; b < (step == 1 ? a + 1 : n); b++) {
			uint32_t both = 1u << a | 1u << b;
			struct k2_shape t = *s;

			if ((step == 2 && a == b) || (s->literal & both) != both)
				continue;
			t.literal &= ~both;
			if (some_guess(w, &t) || some_relation(w, &t))
				*s = t;
		}
	}
}

/* As few numbers as possible: none, or else those that can be spared one by one. */
static void free_constants(const struct k2_win *w, struct k2_shape *s)
{
	unsigned int n = k2_shape_symbols(w, true, false);

	if (all_free(w, s, some_guess) || all_free(w, s, some_relation) || n > SYMBOLS)
		return;
	s->together = true;
	s->literal = (1u << n) - 1;
	free_more(w, s, n, 1);
	free_more(w, s, n, 2);
}

static bool try_shape(const struct k2_win *w, struct k2_shape *s, const struct k2_shape *t)
{
	if (!k2_win_proves(w, t))
		return false;
	*s = *t;
	return true;
}

static void demand_less(const struct k2_win *w, struct k2_shape *s)
{
	struct k2_shape t = *s;

	t.order = false;
	try_shape(w, s, &t);
	for (unsigned int r = 0; r < 10; r++) {
		t = *s;
		t.dead &= (uint16_t)~(1u << r);
		if (s->dead >> r & 1)
			try_shape(w, s, &t);
		t = *s;
		t.low &= (uint16_t)~(1u << r);
		if (s->low >> r & 1)
			try_shape(w, s, &t);
		t = *s;
		t.zero_by = 0;
		for (t.zero[r] = 0; t.zero[r] < s->zero[r] && !try_shape(w, s, &t);)
			t.zero[r]++;
	}
}

/* The win without instruction k of the pattern, nor in the replacement; or only in the pattern, where it is code that nobody needed. */
static bool without(const struct k2_win *w, unsigned int k, struct k2_win *out)
{
	bool again = false;

	*out = *w;
	for (unsigned int g = 0; g < w->n_give && !again; g++) {
		again = k2_same_insn(&w->match[k], &w->give[g]);
		if (again)
			memmove(&out->give[g], &out->give[g + 1], (--out->n_give - g) * sizeof(*out->give));
	}
	if (!again && !k2_win_passes(w, k))
		return false;
	memmove(&out->match[k], &out->match[k + 1], (--out->n_match - k) * sizeof(*out->match));
	return out->n_match > 0;
}

static void shrink(struct k2_win *w)
{
	for (unsigned int k = 0; k < w->n_match;) {
		struct k2_win less;
		struct k2_shape s;

		if (!without(w, k, &less)) {
			k++;
			continue;
		}
		s = narrowest(&less);
		if (k2_win_proves(&less, &s))
			*w = less;
		else
			k++;
	}
}

/* The replacement is the pattern without instruction k. */
static bool gives_rest(const struct k2_win *w, unsigned int k)
{
	for (unsigned int g = 0; g < w->n_give; g++) {
		if (!k2_same_insn(&w->give[g], &w->match[g < k ? g : g + 1]))
			return false;
	}
	return true;
}

/* The rewrite may have been cheaper for another reason. */
static bool is_cheaper(const struct k2_win *w)
{
	struct k2_cost old = k2_cost_of(w->match, w->n_match), new_ = k2_cost_of(w->give, w->n_give);

	for (unsigned int k = 0; k < w->n_match; k++) {
		if (k2_win_passes(w, k) && w->n_give + 1 == w->n_match && gives_rest(w, k))
			return false;
	}
	return k2_cheaper(K2_OBJ_DEFAULT, &old, &new_);
}

/* Less demanded first, where it does not matter: what is left then is what the rule is about. */
bool k2_win_generalise(struct k2_win *w, struct k2_shape *out)
{
	*out = narrowest(w);
	if (!k2_win_proves(w, out))
		return false;
	shrink(w);
	if (!is_cheaper(w))
		return false;
	*out = narrowest(w);
	demand_less(w, out);
	free_constants(w, out);
	demand_less(w, out);
	return true;
}

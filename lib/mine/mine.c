// SPDX-License-Identifier: BSD-2-Clause
/* A corpus: every rewrite becomes a rule, unless one of the rules so far does it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mine.h"

enum { WIDTHS = 4, NAME = 64, SEEN_MAX = 1 << 20 };

struct found {
	char name[NAME], *text; /* without its first line */
	const char *about;      /* what the proposer says that it does */
	char *from;             /* where it was met first */
	uint32_t count, number;
	struct k2_win win;      /* that */
	bool spared;            /* another rule does it, too */
};

struct k2_mine {
	struct k2_options options;
	struct k2_observer observer;
	struct k2_arena *arena;   /* results */
	struct k2_arena *scratch; /* of one rewrite */
	struct k2_arena *set_arena;
	struct k2_rules set;      /* the new rules so far, for matching */
	struct found *found;
	uint32_t n_found, cap_found;
	uint64_t *seen;           /* hashes of wins, open addressing */
	uint32_t *seen_as;        /* 1 + the rule that it is; 0: none */
	uint32_t n_seen;
	struct k2_mine_stats stats;
	const char *where, *function;
};

/* ---- wins that were met before ---- */

static uint64_t hash_code(uint64_t h, const struct k2_insn *v, unsigned int n, uint8_t reg[11], unsigned int *n_reg)
{
	for (unsigned int k = 0; k < n; k++) {
		const uint8_t r[2] = { v[k].dst, v[k].src };

		for (unsigned int f = 0; f < 2; f++) {
			if (r[f] < 11 && !reg[r[f]])
				reg[r[f]] = (uint8_t)++*n_reg;
			h = k2_hash_mix(h, r[f] < 11 ? reg[r[f]] : r[f]);
		}
		h = k2_hash_mix(h, v[k].code | (uint64_t)(uint16_t)v[k].off << 16);
		h = k2_hash_mix(h, (uint64_t)v[k].imm);
	}
	return h;
}

/* Equal but for the names of registers. */
static uint64_t hash_win(const struct k2_win *w)
{
	uint8_t reg[11] = { 0 };
	unsigned int n = 0;
	uint64_t h = hash_code(w->n_match, w->match, w->n_match, reg, &n);

	h = hash_code(h, w->give, w->n_give, reg, &n);
	for (unsigned int r = 0; r < 10; r++)
		h = k2_hash_mix(h, reg[r] ? (uint64_t)reg[r] << 8 | (w->low >> r & 1) : 0);
	return h | 1;
}

/* The place of the hash in the table; *known: it is there. */
static uint32_t find_seen(const struct k2_mine *m, uint64_t h, bool *known)
{
	uint32_t at = (uint32_t)(h % SEEN_MAX);

	while (m->seen[at] && m->seen[at] != h)
		at = (at + 1) % SEEN_MAX;
	*known = m->seen[at] == h;
	return at;
}

/* ---- rules that do it already ---- */

struct covering {
	const struct k2_win *w;
	const struct k2_rule_site *site;
	uint32_t rule; /* UINT32_MAX: none */
	const struct found *found; /* spared ones and number `but` do not count; NULL: of K2's own rules */
	uint32_t but;
};

static bool value_known(const struct k2_win *w, const struct k2_rule_match *m)
{
	for (unsigned int k = 0; k < m->rule->n_cond; k++) {
		const struct k2_rule_cond *c = &m->set->conds[m->rule->cond + k];
		uint64_t bits;

		if (c->when != K2_RC_ZERO)
			continue;
		bits = k2_rule_value(m->set, c->a, m->sym);
		if ((w->zeros[m->reg[c->var]] & bits) != bits)
			return false;
	}
	return true;
}

static bool covers(void *user, const struct k2_rule_match *m)
{
	struct covering *c = user;
	struct k2_rule_made made;
	uint32_t old = 0, new_ = 0;

	const uint32_t rule = (uint32_t)(m->rule - m->set->rules);

	if ((c->found && (rule == c->but || c->found[rule].spared)) || !value_known(c->w, m) || !k2_rule_make(c->site, m, &made))
		return false;
	for (unsigned int k = 0; k < m->rule->n_match; k++)
		old += made.keep[k] ? 0 : k2_isa_slots(&c->site->insns[m->at[k]]);
	for (unsigned int k = 0; k < made.n; k++)
		new_ += k2_isa_slots(&made.insn[k]);
	if (old - new_ < c->w->slots)
		return false;
	c->rule = rule;
	return true;
}

/* Behind the win what it says is dead is dead; before each instruction, what is read from there on is live. */
static void set_live(const struct k2_win *w, struct k2_live live[K2_WIN_INSNS + 1])
{
	uint16_t given = 0, written = 0;

	for (unsigned int k = 0; k < w->n_give; k++)
		given |= k2_isa_writes(&w->give[k]);
	for (unsigned int k = 0; k < w->n_match; k++)
		written |= k2_isa_writes(&w->match[k]);
	live[w->n_match].regs = UINT32_MAX;
	for (unsigned int r = 0; r < 10; r++) {
		if (((written & ~given) | w->dead) >> r & 1)
			live[w->n_match].regs &= ~K2_LIVE_BOTH(r);
		if (w->low >> r & 1)
			live[w->n_match].regs &= ~K2_LIVE_HI(r);
	}
	for (unsigned int k = w->n_match; k-- > 0;) {
		live[k] = live[k + 1];
		for (unsigned int r = 0; r < 10; r++) {
			live[k].regs &= k2_writes(&w->match[k], r) ? ~K2_LIVE_BOTH(r) : UINT32_MAX;
			live[k].regs |= k2_reads(&w->match[k], r) ? K2_LIVE_BOTH(r) : 0;
		}
	}
}

static uint32_t covering_in(struct k2_mine *m, const struct k2_rules *set, const struct k2_win *w, const struct found *found, uint32_t but)
{
	const struct k2_func_desc desc = { .isa = K2_ISA_V4, .big_endian = w->big_endian };
	struct k2_live live[K2_WIN_INSNS + 1] = { 0 };
	struct k2_rule_site site = { .desc = &desc, .insns = w->match, .n = w->n_match, .live = live, .arena = m->scratch };
	struct covering c = { w, &site, UINT32_MAX, found, but };

	set_live(w, live);
	k2_rules_match(set, &site, covers, &c, NULL);
	return c.rule;
}

/* Another new rule than number `but` that does it; UINT32_MAX: none. */
static uint32_t covering_rule(struct k2_mine *m, const struct k2_win *w, uint32_t but)
{
	return covering_in(m, &m->set, w, m->found, but);
}

/* One that was in force does it, but for something else in the window. */
static bool is_known(struct k2_mine *m, const struct k2_win *w)
{
	if (m->options.rules && covering_in(m, m->options.rules, w, NULL, 0) != UINT32_MAX)
		return true;
	return !k2_opt_disabled(m->options.disable, "rules") && covering_in(m, k2_rules_builtin(), w, NULL, 0) != UINT32_MAX;
}

/* ---- new rules ---- */

static enum k2_status index_again(struct k2_mine *m)
{
	struct k2_string s;
	char msg[200];

	k2_arena_free(m->set_arena);
	m->set_arena = k2_arena_new(0);
	if (!m->set_arena)
		return K2_ENOMEM;
	s = (struct k2_string){ m->set_arena, "" };
	for (uint32_t k = 0; k < m->n_found; k++)
		K2_PUT(&s, "rule r%u\n%s\n", k, m->found[k].text);
	return s.s ? k2_rules_read(m->set_arena, s.s, strlen(s.s), &m->set, msg, sizeof(msg)) : K2_ENOMEM;
}

static void name_rule(const struct k2_mine *m, const struct k2_win *w, char out[NAME])
{
	char base[NAME - 8];
	unsigned int n = 1;

	k2_shape_name(w, base, sizeof(base));
	snprintf(out, NAME, "%s", base);
	for (uint32_t k = 0; k < m->n_found; k++) {
		if (!strcmp(m->found[k].name, out)) {
			snprintf(out, NAME, "%s-%u", base, ++n);
			k = UINT32_MAX; /* from the start */
		}
	}
}

static const char *about(const char *proposer)
{
	unsigned int k = 0;

	while (k2_proposer_name(k) && strcmp(k2_proposer_name(k), proposer) != 0)
		k++;
	return k2_proposer_about(k);
}

static bool add_rule(struct k2_mine *m, const struct k2_win *w, const struct k2_shape *s)
{
	struct found f = { .count = 1, .number = m->n_found, .about = about(w->proposer), .win = *w };
	char text[K2_WIN_TEXT];

	if (!k2_shape_print(w, s, text))
		return false;
	name_rule(m, w, f.name);
	f.text = k2_arena_printf(m->arena, "%s", text);
	f.from = k2_arena_printf(m->arena, "%s %s line %u", m->where, m->function, w->line);
	return f.text && f.from && K2_VEC_PUSH(m->arena, m->found, m->n_found, m->cap_found, f) && !index_again(m);
}

/* The rule that the win is an instance of: UINT32_MAX: none, and none can be proved. */
static uint32_t learn(struct k2_mine *m, struct k2_win *w)
{
	uint32_t rule = covering_rule(m, w, UINT32_MAX);
	struct k2_shape s;

	if (rule != UINT32_MAX)
		return rule;
	if (!k2_win_generalise(w, &s) || is_known(m, w) || !add_rule(m, w, &s))
		return UINT32_MAX;
	return m->n_found - 1;
}

/* From the narrowest view of the rewrite that can be proved. */
static void see(void *user, const struct k2_rewrite *r)
{
	struct k2_mine *m = user;
	uint32_t rule = UINT32_MAX;
	struct k2_win w;

	if (!strcmp(r->proposer, "rules"))
		return;
	m->stats.rewrites++;
	for (unsigned int width = 0; width < WIDTHS && rule == UINT32_MAX; width++) {
		bool known, found = k2_win_find(m->scratch, r, width, &w);
		uint32_t at = found ? find_seen(m, hash_win(&w), &known) : 0;
		uint32_t before = m->n_found;

		if (!found)
			continue;
		if (known) {
			rule = m->seen_as[at] - 1;
		} else if (m->n_seen < SEEN_MAX / 2) {
			rule = learn(m, &w);
			m->seen[at] = hash_win(&w);
			m->seen_as[at] = rule + 1;
			m->n_seen++;
		}
		if (rule != UINT32_MAX && rule < before) {
			m->found[rule].count++;
			m->stats.repeated++;
		}
	}
	m->stats.unproved += rule == UINT32_MAX;
	k2_arena_release(m->scratch, (struct k2_arena_mark){ 0 });
}

/* ---- for callers ---- */

struct k2_mine *k2_mine_new(const struct k2_options *o)
{
	struct k2_mine *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	if (o)
		m->options = *o;
	else
		k2_options_init(&m->options);
	m->observer = (struct k2_observer){ see, m };
	m->options.observer = &m->observer;
	m->arena = k2_arena_new(0);
	m->scratch = k2_arena_new(0);
	m->seen = calloc(SEEN_MAX, sizeof(*m->seen));
	m->seen_as = calloc(SEEN_MAX, sizeof(*m->seen_as));
	if (m->arena && m->scratch && m->seen && m->seen_as)
		return m;
	k2_mine_free(m);
	return NULL;
}

enum k2_status k2_mine_function(struct k2_mine *m, const struct k2_func_desc *f, const char *where)
{
	struct k2_result *r = NULL;
	enum k2_status st;

	m->where = where;
	m->function = f->name ? f->name : "?";
	st = k2_optimize(f, &m->options, &r);
	k2_result_free(r);
	return st;
}

struct k2_mine_stats k2_mine_stats(const struct k2_mine *m)
{
	struct k2_mine_stats s = m->stats;

	s.rules = 0;
	for (uint32_t k = 0; k < m->n_found; k++)
		s.rules += !m->found[k].spared;
	return s;
}

/* Rules that others, found later, make superfluous; from the last one on. */
static void spare(struct k2_mine *m)
{
	for (uint32_t k = m->n_found; k-- > 0;) {
		uint32_t other = covering_rule(m, &m->found[k].win, k);

		if (other == UINT32_MAX)
			continue;
		m->found[k].spared = true;
		m->found[other].count += m->found[k].count;
	}
	k2_arena_release(m->scratch, (struct k2_arena_mark){ 0 });
}

static int by_count(const void *pa, const void *pb)
{
	const struct found *a = pa, *b = pb;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return a->number < b->number ? -1 : 1;
}

char *k2_mine_print(struct k2_mine *m)
{
	struct found *f = calloc(m->n_found + 1u, sizeof(*f));
	char *out = NULL;
	size_t size;
	FILE *s = f ? open_memstream(&out, &size) : NULL;

	spare(m);
	if (s) {
		memcpy(f, m->found, m->n_found * sizeof(*f));
		qsort(f, m->n_found, sizeof(*f), by_count);
		for (uint32_t k = 0; k < m->n_found; k++) {
			if (f[k].spared)
				continue;
			fprintf(s, "%srule %s\nabout %c%s.\n%sfrom %s, %u times\n", ftell(s) ? "\n" : "", f[k].name, f[k].about[0] & ~0x20, f[k].about + 1,
				f[k].text, f[k].from, f[k].count);
		}
		if (fclose(s)) {
			free(out);
			out = NULL;
		}
	}
	free(f);
	return out;
}

void k2_mine_free(struct k2_mine *m)
{
	if (!m)
		return;
	if (m->arena)
		k2_arena_free(m->arena);
	if (m->scratch)
		k2_arena_free(m->scratch);
	k2_arena_free(m->set_arena);
	free(m->seen);
	free(m->seen_as);
	free(m);
}

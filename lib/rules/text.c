// SPDX-License-Identifier: BSD-2-Clause
/* Rules from text: paragraphs of fields (docs/rules.md). A `for` line makes one rule for each of its values. */
#include <stdio.h>
#include <string.h>
#include "rules.h"

enum { FIELD_LINES = 32, LINE = 200, FORS = 4, FOR_NAMES = 4, FOR_VALUES = 16, MAX_RULES = 60000 };

enum field { F_RULE, F_ABOUT, F_FOR, F_MATCH, F_GIVE, F_WHERE, F_FROM, F_EXAMPLE, N_FIELDS };
static const char *const field_names[N_FIELDS] = { "rule", "about", "for", "match", "give", "where", "from", "example" };

struct lines {
	const char *s[FIELD_LINES]; /* copies in the arena */
	uint32_t line[FIELD_LINES];
	unsigned int n;
};

/* NAME NAME = value value, value value */
struct loop {
	const char *name[FOR_NAMES], *value[FOR_VALUES][FOR_NAMES];
	unsigned int n_names, n_values, now;
};

struct reader {
	struct k2_rule_maker *m;
	const char *text, *end;
	uint32_t line;
	struct lines field[N_FIELDS]; /* of the paragraph being read */
	struct loop loop[FORS];
	const char *start; /* of the paragraph */
	uint32_t name, about, example, body;
};

static bool fail(struct reader *x, uint32_t line, const char *why)
{
	if (!x->m->why)
		x->m->why = why;
	x->line = line;
	return false;
}

static uint32_t put_string(struct k2_rule_maker *m, const char *s, size_t len)
{
	uint32_t at = m->n_strings;

	if (len >= UINT32_MAX / 4 || !k2_vec_grow(m->arena, (void **)&m->strings, &m->cap_strings, (uint32_t)(at + len + 1), 1)) {
		m->why = "out of memory";
		return 0;
	}
	memcpy(m->strings + at, s, len);
	m->strings[at + len] = '\0';
	m->n_strings = (uint32_t)(at + len + 1);
	return at;
}

/* ---- lines and paragraphs ---- */

static const char *copy_trimmed(struct reader *x, const char *s, size_t len)
{
	char *out;

	while (len && (*s == ' ' || *s == '\t')) {
		s++;
		len--;
	}
	while (len && (s[len - 1] == ' ' || s[len - 1] == '\t' || s[len - 1] == '\r'))
		len--;
	out = k2_arena_alloc(x->m->arena, len + 1);
	if (!out)
		return NULL;
	memcpy(out, s, len);
	return out;
}

static bool add_line(struct reader *x, enum field f, const char *s, size_t len)
{
	struct lines *l = &x->field[f];
	const char *copy;

	if (len > LINE || memchr(s, '\0', len))
		return fail(x, x->line, len > LINE ? "a line is too long" : "not text");
	if (l->n == FIELD_LINES)
		return fail(x, x->line, "a field has too many lines");
	copy = copy_trimmed(x, s, len);
	if (!copy)
		return fail(x, x->line, "out of memory");
	if (!*copy)
		return true;
	l->s[l->n] = copy;
	l->line[l->n++] = x->line;
	return true;
}

static bool is_blank(const char *s, size_t len)
{
	return strspn(s, " \t\r") >= len;
}

static int field_of(const char *s, size_t len)
{
	for (int f = 0; f < N_FIELDS; f++) {
		size_t n = strlen(field_names[f]);

		if (len >= n && !memcmp(s, field_names[f], n) && (len == n || s[n] == ' ' || s[n] == '\t' || s[n] == '\r'))
			return f;
	}
	return -1;
}

/* The lines of the next paragraph into x->field. False: there is none, or m->why. */
static bool next_paragraph(struct reader *x)
{
	int f = -1;
	bool any = false;

	memset(x->field, 0, sizeof(x->field));
	while (x->text < x->end) {
		const char *s = x->text, *nl = memchr(s, '\n', (size_t)(x->end - s));
		size_t len = (size_t)((nl ? nl : x->end) - s);
		int g;

		x->text = nl ? nl + 1 : x->end;
		x->line++;
		if (is_blank(s, len)) {
			if (any)
				return true;
			continue;
		}
		if (*s == '#')
			continue;
		if (!any)
			x->start = s;
		any = true;
		if (*s == ' ' || *s == '\t') {
			if (f < 0)
				return fail(x, x->line, "a rule begins with 'rule NAME'");
			if (!add_line(x, (enum field)f, s, len))
				return false;
			continue;
		}
		g = field_of(s, len);
		if (g < 0)
			return fail(x, x->line, "no such field (rule, about, for, match, give, where, from, example)");
		if ((f < 0) != (g == F_RULE))
			return fail(x, x->line, f < 0 ? "a rule begins with 'rule NAME'" : "rules are separated by empty lines");
		f = g;
		if (!add_line(x, (enum field)f, s + strlen(field_names[f]), len - strlen(field_names[f])))
			return false;
	}
	return any;
}

/* ---- for ---- */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static const char *next_token(struct reader *x, const char **s)
{
	size_t n;
	const char *t;

	*s += strspn(*s, " \t");
	n = strcspn(*s, " \t,");
	t = n ? copy_trimmed(x, *s, n) : NULL;
	*s += n;
	return t;
}

static bool read_loop(struct reader *x, const char *s, uint32_t line, struct loop *l)
{
	const char *t;

	memset(l, 0, sizeof(*l));
	while ((t = next_token(x, &s)) && strcmp(t, "=")) {
		if (l->n_names == FOR_NAMES)
			return fail(x, line, "'for' has too many names");
		l->name[l->n_names++] = t;
	}
	if (!t || !l->n_names)
		return fail(x, line, "'for' is NAME = VALUE, VALUE ...");
	do {
		if (l->n_values == FOR_VALUES)
			return fail(x, line, "'for' has too many values");
		for (unsigned int k = 0; k < l->n_names; k++) {
			l->value[l->n_values][k] = next_token(x, &s);
			if (!l->value[l->n_values][k])
				return fail(x, line, "'for' lacks a value");
		}
		l->n_values++;
		s += strspn(s, " \t");
	} while (*s++ == ',');
	return s[-1] ? fail(x, line, "values of 'for' are separated by commas") : true;
}

/* The value that stands for the word now, or NULL. */
static const char *loop_value(const struct reader *x, const char *word, size_t len)
{
	for (unsigned int f = 0; f < x->field[F_FOR].n; f++) {
		const struct loop *l = &x->loop[f];

		for (unsigned int k = 0; k < l->n_names; k++) {
			if (strlen(l->name[k]) == len && !memcmp(l->name[k], word, len))
				return l->value[l->now][k];
		}
	}
	return NULL;
}

/* The line with the names of `for` replaced; NULL: too long. */
static const char *substituted(const struct reader *x, const char *s, char out[LINE])
{
	size_t n = 0;

	while (*s) {
		size_t len = 0, m;
		const char *v;

		while (is_word(s[len]))
			len++;
		v = len ? loop_value(x, s, len) : NULL;
		m = v ? strlen(v) : K2_MAX(len, (size_t)1);
		if (n + m >= LINE)
			return NULL;
		memcpy(out + n, v ? v : s, m);
		n += m;
		s += K2_MAX(len, (size_t)1);
	}
	out[n] = '\0';
	return out;
}

/* ---- one rule ---- */

static bool read_insns(struct reader *x, enum field f, unsigned int most, uint8_t *n)
{
	const struct lines *l = &x->field[f];
	struct k2_rule_maker *m = x->m;
	char line[LINE];

	for (unsigned int k = 0; k < l->n; k++) {
		const char *s = substituted(x, l->s[k], line);
		struct k2_rule_insn i;

		if (!s)
			return fail(x, l->line[k], "a line is too long");
		if (f == F_GIVE && l->n == 1 && !strcmp(s, "nothing"))
			return true;
		if (*n == most)
			return fail(x, l->line[k], "too many instructions");
		if (!k2_rule_read_insn(m, s, &i))
			return fail(x, l->line[k], "not an instruction");
		if (!K2_VEC_PUSH(m->arena, m->insns, m->n_insns, m->cap_insns, i))
			return fail(x, l->line[k], "out of memory");
		(*n)++;
	}
	return true;
}

static bool read_conds(struct reader *x, uint8_t *n)
{
	const struct lines *l = &x->field[F_WHERE];
	struct k2_rule_maker *m = x->m;
	char line[LINE];

	for (unsigned int k = 0; k < l->n; k++) {
		const char *s = substituted(x, l->s[k], line);

		if (!s)
			return fail(x, l->line[k], "a line is too long");
		do {
			struct k2_rule_cond c;

			if (!k2_rule_read_cond(m, &s, &c) || *n == UINT8_MAX)
				return fail(x, l->line[k], "not a precondition");
			if (!K2_VEC_PUSH(m->arena, m->conds, m->n_conds, m->cap_conds, c))
				return fail(x, l->line[k], "out of memory");
			(*n)++;
			s += strspn(s, " \t");
		} while (*s++ == ',');
		if (s[-1])
			return fail(x, l->line[k], "preconditions are separated by commas");
	}
	return true;
}

/* Conditions speak of registers of the pattern. */
static bool known_registers(struct reader *x, const struct k2_rule *r)
{
	for (unsigned int k = 0; k < r->n_cond; k++) {
		const struct k2_rule_cond *c = &x->m->conds[r->cond + k];

		if (c->when >= K2_RC_DEAD && c->when <= K2_RC_REGION && c->var < K2_RULE_VARS && !(r->in_match >> c->var & 1))
			return fail(x, x->field[F_WHERE].line[0], "a precondition about a register that the pattern does not have");
	}
	return true;
}

/* The first `n` of the names, each with its 0. */
static uint32_t put_names(struct k2_rule_maker *m, const char names[][16], unsigned int n)
{
	uint32_t at = put_string(m, n ? names[0] : "", n ? strlen(names[0]) : 0);

	for (unsigned int k = 1; k < n; k++)
		put_string(m, names[k], strlen(names[k]));
	return at;
}

static bool read_variant(struct reader *x)
{
	struct k2_rule_maker *m = x->m;
	struct k2_rule r = { .name = x->name, .about = x->about, .example = x->example, .text = x->body,
			     .line = x->field[F_RULE].line[0], .match = m->n_insns, .cond = m->n_conds };

	m->n_var = m->n_sym = 0;
	if (!read_insns(x, F_MATCH, K2_RULE_INSNS, &r.n_match))
		return false;
	r.give = m->n_insns;
	if (!read_insns(x, F_GIVE, K2_RULE_GIVES, &r.n_give) || !read_conds(x, &r.n_cond))
		return false;
	if (!k2_rule_finish(m, &r))
		return fail(x, r.line, "not a rule");
	if (!known_registers(x, &r))
		return false;
	r.vars = put_names(m, m->var, m->n_var);
	r.syms = put_names(m, m->sym, m->n_sym);
	if (m->n_rules == MAX_RULES || !K2_VEC_PUSH(m->arena, m->rules, m->n_rules, m->cap_rules, r))
		return fail(x, r.line, "too many rules");
	return true;
}

static bool read_loops(struct reader *x)
{
	const struct lines *l = &x->field[F_FOR];

	if (l->n > FORS)
		return fail(x, l->line[FORS], "too many 'for' lines");
	for (unsigned int k = 0; k < l->n; k++) {
		if (!read_loop(x, l->s[k], l->line[k], &x->loop[k]))
			return false;
	}
	return true;
}

/* The next combination of the values of all `for` lines. */
static bool next_variant(struct reader *x)
{
	for (unsigned int k = x->field[F_FOR].n; k-- > 0;) {
		if (++x->loop[k].now < x->loop[k].n_values)
			return true;
		x->loop[k].now = 0;
	}
	return false;
}

static bool good_name(const char *s)
{
	return *s && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s);
}

static bool name_taken(const struct k2_rule_maker *m, const char *name)
{
	for (uint32_t k = 0; k < m->n_rules; k++) {
		if (!strcmp(m->strings + m->rules[k].name, name))
			return true;
	}
	return false;
}

/* Several lines are one sentence. */
static uint32_t put_joined(struct reader *x, const struct lines *l, const char *glue)
{
	struct k2_string s = { x->m->arena, "" };

	for (unsigned int k = 0; k < l->n; k++)
		K2_PUT(&s, "%s%s", k ? glue : "", l->s[k]);
	return put_string(x->m, s.s ? s.s : "", s.s ? strlen(s.s) : 0);
}

static bool check_fields(struct reader *x)
{
	const struct lines *f = x->field;
	uint32_t line = f[F_RULE].n ? f[F_RULE].line[0] : x->line;

	if (f[F_RULE].n != 1 || !good_name(f[F_RULE].s[0]))
		return fail(x, line, "a rule's name has small letters, digits and '-'");
	if (name_taken(x->m, f[F_RULE].s[0]))
		return fail(x, line, "a second rule of this name");
	if (!f[F_MATCH].n)
		return fail(x, line, "a rule without 'match'");
	if (!f[F_GIVE].n)
		return fail(x, line, "a rule without 'give' (an empty one is 'give nothing')");
	return true;
}

static bool read_rule(struct reader *x)
{
	const char *last = x->text;

	if (!check_fields(x) || !read_loops(x))
		return false;
	while (last > x->start && (last[-1] == '\n' || last[-1] == ' ' || last[-1] == '\r'))
		last--;
	x->name = put_string(x->m, x->field[F_RULE].s[0], strlen(x->field[F_RULE].s[0]));
	x->about = put_joined(x, &x->field[F_ABOUT], " ");
	x->example = put_joined(x, &x->field[F_EXAMPLE], "\n");
	x->body = put_string(x->m, x->start, (size_t)(last - x->start));
	do {
		if (!read_variant(x))
			return false;
	} while (next_variant(x));
	return true;
}

enum k2_status k2_rules_read(struct k2_arena *a, const char *text, size_t len, struct k2_rules *out, char *msg, size_t size)
{
	struct k2_rule_maker m = { .arena = a };
	struct reader *x = k2_arena_calloc(a, 1, sizeof(*x));

	if (!x) {
		snprintf(msg, size, "out of memory");
		return K2_ENOMEM;
	}
	x->m = &m;
	x->text = text;
	x->end = text + len;
	while (!m.why && next_paragraph(x))
		read_rule(x);
	if (!m.why)
		k2_rules_index(&m, out);
	if (k2_arena_failed(a)) {
		snprintf(msg, size, "out of memory");
		return K2_ENOMEM;
	}
	if (m.why)
		snprintf(msg, size, "line %u: %s", x->line, m.why);
	return m.why ? K2_EINVAL : K2_OK;
}

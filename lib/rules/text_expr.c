// SPDX-License-Identifier: BSD-2-Clause
/* Expressions over constants, and preconditions, from text. Comparisons bind least: C & 1 == 0 is (C & 1) == 0. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "rules.h"

static uint16_t fail(struct k2_rule_maker *m, const char *why)
{
	if (!m->why)
		m->why = why;
	return K2_RULE_NONE;
}

static void blanks(const char **s)
{
	*s += strspn(*s, " \t");
}

static bool accept(const char **s, const char *word)
{
	blanks(s);
	if (strncmp(*s, word, strlen(word)))
		return false;
	*s += strlen(word);
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (is_letter(s[n]) || (n && s[n] >= '0' && s[n] <= '9'))
		n++;
	return n;
}

uint16_t k2_rule_put_expr(struct k2_rule_maker *m, enum k2_rule_op op, uint16_t a, uint16_t b, int64_t value)
{
	struct k2_rule_expr e = { .op = (uint8_t)op, .a = a, .b = b, .value = value };

	if (m->why)
		return K2_RULE_NONE;
	if (m->n_exprs + 1 >= K2_RULE_NONE)
		return fail(m, "too many expressions");
	if (!K2_VEC_PUSH(m->arena, m->exprs, m->n_exprs, m->cap_exprs, e))
		return fail(m, "out of memory");
	return (uint16_t)(m->n_exprs - 1);
}

static int symbol(struct k2_rule_maker *m, const char *name, size_t len)
{
	for (unsigned int k = 0; k < m->n_sym; k++) {
		if (strlen(m->sym[k]) == len && !memcmp(m->sym[k], name, len))
			return (int)k;
	}
	if (m->n_sym == K2_RULE_SYMS || len >= sizeof(m->sym[0])) {
		fail(m, "too many constants, or too long a name");
		return -1;
	}
	memcpy(m->sym[m->n_sym], name, len);
	m->sym[m->n_sym][len] = '\0';
	return (int)m->n_sym++;
}

static uint16_t number(struct k2_rule_maker *m, const char **s)
{
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(*s, &end, 0);
	if (errno || end == *s || is_letter(*end))
		return fail(m, "a number was expected");
	*s = end;
	return k2_rule_put_expr(m, K2_RX_NUMBER, 0, 0, (int64_t)v);
}

static uint16_t comparison(struct k2_rule_maker *m, const char **s);

static const struct function {
	const char *name;
	enum k2_rule_op op;
	int64_t value;
} functions[] = {
	{ "ones", K2_RX_ONES, 0 },     { "log2", K2_RX_LOG2, 0 },     { "zext8", K2_RX_ZEXT, 8 },    { "zext16", K2_RX_ZEXT, 16 },
	{ "zext32", K2_RX_ZEXT, 32 },  { "sext8", K2_RX_SEXT, 8 },    { "sext16", K2_RX_SEXT, 16 },  { "sext32", K2_RX_SEXT, 32 },
	{ "swap16", K2_RX_SWAP, 16 },  { "swap32", K2_RX_SWAP, 32 },  { "swap64", K2_RX_SWAP, 64 },
};

static uint16_t call(struct k2_rule_maker *m, const char **s, size_t len)
{
	for (unsigned int k = 0; k < K2_ARRAY_SIZE(functions); k++) {
		const struct function *f = &functions[k];
		uint16_t a;

		if (strlen(f->name) != len || strncmp(f->name, *s, len))
			continue;
		*s += len;
		if (!accept(s, "("))
			break;
		a = comparison(m, s);
		if (!accept(s, ")"))
			break;
		return k2_rule_put_expr(m, f->op, a, 0, f->value);
	}
	return fail(m, "no such function of constants");
}

static uint16_t primary(struct k2_rule_maker *m, const char **s)
{
	size_t len;
	uint16_t e;
	int v;

	blanks(s);
	if (accept(s, "(")) {
		e = comparison(m, s);
		return accept(s, ")") ? e : fail(m, "')' was expected");
	}
	if (accept(s, "-"))
		return k2_rule_put_expr(m, K2_RX_NEG, primary(m, s), 0, 0);
	if (accept(s, "~"))
		return k2_rule_put_expr(m, K2_RX_NOT, primary(m, s), 0, 0);
	len = word_length(*s);
	if (!len)
		return number(m, s);
	if (**s >= 'a' && **s <= 'z')
		return call(m, s, len);
	v = symbol(m, *s, len);
	*s += len;
	return v < 0 ? K2_RULE_NONE : k2_rule_put_expr(m, K2_RX_SYMBOL, 0, 0, v);
}

/* Operators by how much they bind; a longer one stands before its beginning. */
static const struct operator {
	const char *text;
	enum k2_rule_op op;
	uint8_t level;
	bool swapped;
} operators[] = {
	{ "u<=", K2_RX_ULE, 0, false }, { "u>=", K2_RX_ULE, 0, true }, { "u<", K2_RX_ULT, 0, false }, { "u>", K2_RX_ULT, 0, true },
	{ "<<", K2_RX_SHL, 4, false },  { "s>>", K2_RX_SAR, 4, false }, { ">>", K2_RX_SHR, 4, false }, { "==", K2_RX_EQ, 0, false },
	{ "!=", K2_RX_NE, 0, false },   { "<=", K2_RX_LE, 0, false },  { ">=", K2_RX_LE, 0, true },   { "<", K2_RX_LT, 0, false },
	{ ">", K2_RX_LT, 0, true },     { "|", K2_RX_OR, 1, false },   { "^", K2_RX_XOR, 2, false },  { "&", K2_RX_AND, 3, false },
	{ "+", K2_RX_ADD, 5, false },   { "-", K2_RX_SUB, 5, false },  { "*", K2_RX_MUL, 6, false },
};

static const struct operator *next_operator(const char *s)
{
	for (unsigned int k = 0; k < K2_ARRAY_SIZE(operators); k++) {
		if (!strncmp(s, operators[k].text, strlen(operators[k].text)))
			return &operators[k];
	}
	return NULL;
}

static uint16_t operation(struct k2_rule_maker *m, const char **s, unsigned int level)
{
	uint16_t a = level > 6 ? primary(m, s) : operation(m, s, level + 1), b;

	while (level <= 6 && !m->why) {
		const struct operator *o;

		blanks(s);
		o = next_operator(*s);
		if (!o || o->level != level)
			break;
		*s += strlen(o->text);
		b = operation(m, s, level + 1);
		a = o->swapped ? k2_rule_put_expr(m, o->op, b, a, 0) : k2_rule_put_expr(m, o->op, a, b, 0);
	}
	return a;
}

static uint16_t comparison(struct k2_rule_maker *m, const char **s)
{
	return operation(m, s, 0);
}

uint16_t k2_rule_read_expr(struct k2_rule_maker *m, const char **s)
{
	uint16_t e = comparison(m, s);

	return m->why ? K2_RULE_NONE : e;
}

/* ---- preconditions ---- */

static bool expect(struct k2_rule_maker *m, const char **s, const char *what)
{
	if (!accept(s, what))
		fail(m, "a precondition is not complete");
	return !m->why;
}

static bool read_var(struct k2_rule_maker *m, const char **s, uint8_t *var)
{
	size_t len;
	int v;

	blanks(s);
	len = word_length(*s);
	if (!strncmp(*s, "r10", 3)) {
		*s += 3;
		*var = K2_RULE_FP;
		return true;
	}
	if (len < 2 || **s != 'r')
		return fail(m, "a register was expected"), false;
	v = k2_rule_var(m, *s + 1, len - 1);
	*s += len;
	*var = (uint8_t)v;
	return v >= 0;
}

static bool read_regions(struct k2_rule_maker *m, const char **s, uint32_t *set)
{
	static const struct {
		const char *name;
		enum k2_region region;
	} names[] = {
		{ "stack", K2_RG_STACK }, { "context", K2_RG_CTX }, { "packet", K2_RG_PKT }, { "map", K2_RG_MAP_VALUE },
		{ "data", K2_RG_DATA },   { "record", K2_RG_MEM },
	};
	unsigned int k = 0;

	*set = 0;
	while (k < K2_ARRAY_SIZE(names)) {
		for (k = 0; k < K2_ARRAY_SIZE(names); k++) {
			if (accept(s, names[k].name)) {
				*set |= 1u << names[k].region;
				break;
			}
		}
	}
	if (!*set)
		fail(m, "no such memory region");
	return !m->why;
}

static bool read_isa(struct k2_rule_maker *m, const char **s, uint32_t *level)
{
	blanks(s);
	if ((*s)[0] != 'v' || (*s)[1] < '1' || (*s)[1] > '4')
		return fail(m, "an instruction set is v1 to v4"), false;
	*level = (uint32_t)((*s)[1] - '0');
	*s += 2;
	return true;
}

/* `name(` ... `)` with a register in front. */
static bool read_of_register(struct k2_rule_maker *m, const char **s, struct k2_rule_cond *c)
{
	bool offset = c->when == K2_RC_ALIGNED;

	if (!read_var(m, s, &c->var))
		return false;
	if (c->when == K2_RC_DEAD || c->when == K2_RC_LOW)
		return expect(m, s, ")");
	if (c->when == K2_RC_REGION)
		return expect(m, s, ",") && read_regions(m, s, &c->value) && expect(m, s, ")");
	if (offset && accept(s, ","))
		c->a = k2_rule_put_expr(m, K2_RX_NUMBER, 0, 0, 0);
	else if (!expect(m, s, offset ? "+" : ","))
		return false;
	else
		c->a = k2_rule_read_expr(m, s);
	if (offset && (*s)[-1] != ',' && !expect(m, s, ","))
		return false;
	if (offset)
		c->b = k2_rule_read_expr(m, s);
	return expect(m, s, ")");
}

static bool read_named(struct k2_rule_maker *m, const char **s, struct k2_rule_cond *c)
{
	static const struct {
		const char *name;
		enum k2_rule_when when;
	} names[] = {
		{ "dead(", K2_RC_DEAD }, { "low(", K2_RC_LOW }, { "zero(", K2_RC_ZERO }, { "max(", K2_RC_MAX },
		{ "aligned(", K2_RC_ALIGNED }, { "region(", K2_RC_REGION },
	};

	for (unsigned int k = 0; k < K2_ARRAY_SIZE(names); k++) {
		if (!accept(s, names[k].name))
			continue;
		c->when = (uint8_t)names[k].when;
		read_of_register(m, s, c);
		return true;
	}
	if (accept(s, "isa(")) {
		c->when = K2_RC_ISA;
		return read_isa(m, s, &c->value) ? expect(m, s, ")") || true : true;
	}
	if (accept(s, "pow2(")) {
		size_t len;

		blanks(s);
		len = word_length(*s);
		c->when = K2_RC_POW2;
		c->var = (uint8_t)symbol(m, *s, len);
		*s += len;
		return expect(m, s, ")") || true;
	}
	if (accept(s, "little"))
		c->when = K2_RC_LITTLE;
	else if (accept(s, "big"))
		c->when = K2_RC_BIG;
	else
		return false;
	return true;
}

/* SYMBOL in A..B */
static bool read_range(struct k2_rule_maker *m, const char **s, struct k2_rule_cond *c)
{
	size_t len = word_length(*s);
	const char *p = *s + len;

	if (!len || strncmp(p, " in ", 4))
		return false;
	c->when = K2_RC_IN;
	c->var = (uint8_t)symbol(m, *s, len);
	p += 4;
	c->a = k2_rule_read_expr(m, &p);
	if (expect(m, &p, ".."))
		c->b = k2_rule_read_expr(m, &p);
	*s = p;
	return true;
}

bool k2_rule_read_cond(struct k2_rule_maker *m, const char **s, struct k2_rule_cond *out)
{
	*out = (struct k2_rule_cond){ .when = K2_RC_TEST };
	blanks(s);
	if (!read_named(m, s, out) && !read_range(m, s, out))
		out->a = k2_rule_read_expr(m, s);
	return !m->why;
}

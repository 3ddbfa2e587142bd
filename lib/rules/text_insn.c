// SPDX-License-Identifier: BSD-2-Clause
/* An instruction with names in place of registers and constants: names become numbers, expressions become 1 (which every field
   takes), K2's own parser reads the rest, and the expressions are put back. */
#include <stdio.h>
#include <string.h>
#include "rules.h"

enum { LINE = 200 };

struct scan {
	struct k2_rule_maker *m;
	const char *s;
	char out[LINE];
	size_t n;
	uint16_t imm, off; /* expressions found */
};

static bool fail(struct k2_rule_maker *m, const char *why)
{
	if (!m->why)
		m->why = why;
	return false;
}

static bool put(struct scan *x, const char *text, size_t len)
{
	if (x->n + len >= sizeof(x->out))
		return fail(x->m, "an instruction is too long");
	memcpy(x->out + x->n, text, len);
	x->n += len;
	x->out[x->n] = '\0';
	return true;
}

int k2_rule_var(struct k2_rule_maker *m, const char *name, size_t len)
{
	for (unsigned int k = 0; k < m->n_var; k++) {
		if (strlen(m->var[k]) == len && !memcmp(m->var[k], name, len))
			return (int)k;
	}
	if (m->n_var == K2_RULE_VARS || len >= sizeof(m->var[0])) {
		fail(m, "too many registers, or too long a name");
		return -1;
	}
	memcpy(m->var[m->n_var], name, len);
	m->var[m->n_var][len] = '\0';
	return (int)m->n_var++;
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* A register's name at s: r or w and a lower-case word. Its length; 0: none. */
static size_t register_name(const char *s)
{
	size_t n = 1;

	if ((s[0] != 'r' && s[0] != 'w') || !is_lower(s[1]))
		return 0;
	while (is_lower(s[n]) || is_digit(s[n]))
		n++;
	return n;
}

static bool put_register(struct scan *x, size_t len)
{
	int v = k2_rule_var(x->m, x->s + 1, len - 1);
	char name[2];

	if (v < 0)
		return false;
	name[0] = x->s[0];
	name[1] = (char)('0' + v);
	x->s += len;
	return put(x, name, 2);
}

/* Does an expression with a name or a function begin here (behind an operator), as against a register, a load, a cast or a plain number? */
static bool expression_here(const char *s)
{
	static const char *const functions[] = { "ones(", "log2(", "zext", "sext", "swap" };

	if (is_upper(*s) || *s == '~')
		return true;
	if (*s == '-' || *s == '(')
		return s[1] != 'u' && s[1] != 's' && !register_name(s + 1) && (expression_here(s + 1) || is_digit(s[1]));
	for (unsigned int k = 0; k < K2_ARRAY_SIZE(functions); k++) {
		if (!strncmp(s, functions[k], strlen(functions[k])))
			return true;
	}
	return is_digit(*s) && strpbrk(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strncmp(s, "0x", 2);
}

static bool put_expression(struct scan *x, uint16_t *where)
{
	const char *s = x->s;
	uint16_t e = k2_rule_read_expr(x->m, &s);

	if (e == K2_RULE_NONE)
		return false;
	*where = e;
	x->s = s;
	return put(x, *s == ')' ? "1" : "1 ", *s == ')' ? 1 : 2);
}

/* " + EXPR)" or " - EXPR)" behind the base register of a memory operand. */
static bool put_displacement(struct scan *x)
{
	const char *s = x->s + strspn(x->s, " ");
	char sign = *s;

	if ((sign != '+' && sign != '-') || !memchr(s, ')', strlen(s)))
		return true;
	s++;
	s += strspn(s, " ");
	if (!expression_here(s))
		return true;
	x->s = s;
	if (!put(x, " + ", 3) || !put_expression(x, &x->off))
		return false;
	if (sign == '-')
		x->off = k2_rule_put_expr(x->m, K2_RX_NEG, x->off, 0, 0);
	return true;
}

static bool scan_one(struct scan *x)
{
	size_t len = register_name(x->s);
	bool base = x->n > 2 && !strncmp(x->out + x->n - 2, ")(", 2);
	bool operand = x->n && x->out[x->n - 1] == ' ';

	if (len)
		return put_register(x, len) && (!base || put_displacement(x));
	if (base && !strncmp(x->s, "r10", 3)) {
		x->s += 3;
		return put(x, "r10", 3) && put_displacement(x);
	}
	if (!strncmp(x->s, "goto ", 5) && is_upper(x->s[5])) {
		x->s += strlen(x->s);
		return put(x, "goto L0", 7);
	}
	if (operand && expression_here(x->s) && x->imm == K2_RULE_NONE)
		return put_expression(x, &x->imm);
	return put(x, x->s++, 1);
}

/* K2 makes only plain instructions of these kinds. */
static bool is_rule_insn(const struct k2_insn *i)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU: case K2_KIND_LOAD: case K2_KIND_STORE: case K2_KIND_JUMP: return !i->flags;
	case K2_KIND_LD_IMM64: return !i->flags && !i->src;
	default: return false;
	}
}

bool k2_rule_read_insn(struct k2_rule_maker *m, const char *s, struct k2_rule_insn *out)
{
	struct scan x = { .m = m, .s = s, .imm = K2_RULE_NONE, .off = K2_RULE_NONE };
	const char *why = NULL;

	*out = (struct k2_rule_insn){ .imm = K2_RULE_NONE, .off = K2_RULE_NONE };
	while (*x.s) {
		if (!scan_one(&x))
			return false;
	}
	if (k2_isa_parse(x.out, &out->insn, &why))
		return fail(m, why);
	if (!is_rule_insn(&out->insn))
		return fail(m, "not an instruction for rules (arithmetic, load, store, conditional jump, 64-bit number)");
	out->imm = x.imm;
	out->off = x.off;
	if (x.imm != K2_RULE_NONE)
		out->insn.imm = 0;
	if (x.off != K2_RULE_NONE)
		out->insn.off = 0;
	out->insn.target = 0;
	return true;
}

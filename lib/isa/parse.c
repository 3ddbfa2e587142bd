// SPDX-License-Identifier: BSD-2-Clause
/* Text to an instruction: tries the syntax string of every row until one fits the whole line. */
#include <string.h>
#include "text.h"

struct parser {
	const char *p, *end; /* what is left of the line, without trailing blanks and the flags in braces */
	struct k2_insn i;
	const struct k2_isa_row *row;
	bool have_dst, have_src; /* a register that occurs twice must be the same */
	bool have_use, have_def; /* masks in braces */
	k2_isa_lookup lookup;
	void *user;
	const char *hint; /* the best reason so far why the line is not an instruction */
};

static bool fail(struct parser *s, const char *why)
{
	s->hint = why;
	return false;
}

static char peek(const struct parser *s)
{
	return s->p < s->end ? *s->p : '\0';
}

static bool skip_blanks(struct parser *s)
{
	const char *before = s->p;

	while (peek(s) == ' ' || peek(s) == '\t')
		s->p++;
	return s->p > before;
}

static bool accept(struct parser *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || strncmp(s->p, word, n))
		return false;
	if (is_word(word[n - 1]) && s->end - s->p > (ptrdiff_t)n && is_word(s->p[n]))
		return false;
	s->p += n;
	return true;
}

/* A blank in the syntax: any number of blanks, but at least one between two words. */
static bool match_blank(struct parser *s, char before)
{
	return skip_blanks(s) || !(is_word(before) && is_word(peek(s)));
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* Decimal or 0x, without sign. */
static bool parse_magnitude(struct parser *s, uint64_t *out)
{
	unsigned int base = 10, n = 0;
	const char *start = s->p;
	uint64_t v = 0;

	if (peek(s) == '0' && s->p + 1 < s->end && (s->p[1] == 'x' || s->p[1] == 'X')) {
		base = 16;
		s->p += 2;
	}
	for (; digit(peek(s)) < (int)base; s->p++, n++) {
		unsigned int d = (unsigned int)digit(*s->p);

		if (v > (UINT64_MAX - d) / base) {
			s->p = start;
			return fail(s, "a number does not fit 64 bits");
		}
		v = v * base + d;
	}
	if (!n || is_word(peek(s))) {
		s->p = start;
		return false;
	}
	*out = v;
	return true;
}

static bool parse_sign(struct parser *s, bool *negative)
{
	*negative = peek(s) == '-';
	if (!*negative && peek(s) != '+')
		return false;
	s->p++;
	return true;
}

/* A number between -2^63 and `max`; what is above 2^63 - 1 wraps. */
static bool parse_number(struct parser *s, uint64_t max, int64_t *out)
{
	const char *start = s->p;
	bool negative;
	uint64_t v;

	parse_sign(s, &negative);
	if (!parse_magnitude(s, &v)) {
		s->p = start;
		return false;
	}
	if (v > (negative ? 1ull << 63 : max)) {
		s->p = start;
		return fail(s, "a number is out of range");
	}
	*out = (int64_t)(negative ? 0 - v : v);
	return true;
}

/* "+ 8", "- 8"; nothing leaves *out alone. */
static bool parse_addend(struct parser *s, int64_t *out)
{
	const char *start = s->p;
	bool negative;
	uint64_t v;

	skip_blanks(s);
	if (!parse_sign(s, &negative)) {
		s->p = start;
		return true;
	}
	skip_blanks(s);
	if (!parse_magnitude(s, &v) || v > (negative ? 1ull << 63 : (uint64_t)INT64_MAX))
		return fail(s, "a number is expected after the sign");
	*out = (int64_t)(negative ? 0 - v : v);
	return true;
}

/* "&name" or "&#number". */
static bool parse_symbol(struct parser *s, enum k2_symbol_kind *kind)
{
	const char *name;
	uint64_t number;

	if (peek(s) != '&')
		return false;
	s->p++;
	if (peek(s) == '#') {
		s->p++;
		if (!parse_magnitude(s, &number) || !number || number > UINT32_MAX)
			return fail(s, "a symbol's number is out of range");
		s->i.sym = (uint32_t)number;
		*kind = K2_SYM_OTHER;
		return true;
	}
	for (name = s->p; s->p < s->end && !ends_name(*s->p);)
		s->p++;
	if (!s->lookup || s->p == name || !s->lookup(s->user, name, (size_t)(s->p - name), &s->i.sym, kind))
		return fail(s, "a symbol that is not known");
	return true;
}

static bool parse_reg(struct parser *s, const char *letters, uint8_t *reg, bool *have)
{
	unsigned int v = 0, n = 0;

	if (!peek(s) || !strchr(letters, peek(s)))
		return false;
	for (s->p++; peek(s) >= '0' && peek(s) <= '9' && n < 3; s->p++, n++)
		v = v * 10 + (unsigned int)(*s->p - '0');
	if (!n || is_word(peek(s)))
		return false;
	if (v > 10)
		return fail(s, "there are no registers above r10");
	if (*have && *reg != v)
		return fail(s, "the instruction needs the same register twice");
	*reg = (uint8_t)v;
	*have = true;
	return true;
}

static bool set_imm32(struct parser *s, int64_t v)
{
	/* 0xffffffff is -1 where only 32 bits count. */
	if (s->row->width && s->row->width <= 32 && v > INT32_MAX && v <= UINT32_MAX)
		v = (int32_t)(uint32_t)v;
	if (v < INT32_MIN || v > INT32_MAX)
		return fail(s, "the immediate does not fit 32 bits");
	s->i.imm = v;
	return true;
}

static bool set_off(struct parser *s, int64_t v)
{
	if (v < INT16_MIN || v > INT16_MAX)
		return fail(s, "the offset does not fit 16 bits");
	s->i.off = (int16_t)v;
	return true;
}

static bool parse_plain_imm(struct parser *s)
{
	int64_t v;

	return parse_number(s, INT64_MAX, &v) && set_imm32(s, v);
}

static bool parse_imm(struct parser *s)
{
	enum k2_symbol_kind kind;
	int64_t v = 0;

	if (peek(s) != '&')
		return parse_plain_imm(s);
	return parse_symbol(s, &kind) && parse_addend(s, &v) && set_imm32(s, v);
}

static bool parse_imm64(struct parser *s)
{
	enum k2_symbol_kind kind;

	if (peek(s) != '&')
		return parse_number(s, UINT64_MAX, &s->i.imm);
	return parse_symbol(s, &kind) && parse_addend(s, &s->i.imm);
}

static bool parse_off(struct parser *s)
{
	const char *start = s->p;
	enum k2_symbol_kind kind;
	int64_t v = 0;

	skip_blanks(s);
	if (peek(s) == '+') {
		s->p++;
		skip_blanks(s);
		if (peek(s) == '&')
			return parse_symbol(s, &kind) && parse_addend(s, &v) && set_off(s, v);
	}
	s->p = start;
	return parse_addend(s, &v) && set_off(s, v);
}

static bool parse_target(struct parser *s)
{
	uint64_t label;
	int64_t v;

	if (peek(s) == 'L') {
		s->p++;
		if (!parse_magnitude(s, &label) || label >= UINT32_MAX)
			return fail(s, "a label is L and the number of an instruction");
		s->i.target = (uint32_t)label;
		return true;
	}
	s->i.target = UINT32_MAX;
	if (!parse_number(s, INT64_MAX, &v))
		return false;
	return far_jump(s->row) ? set_imm32(s, v) : set_off(s, v);
}

static bool parse_subprog(struct parser *s)
{
	enum k2_symbol_kind kind;
	int64_t v = 0;

	if (peek(s) == '&')
		return parse_symbol(s, &kind) && names_subprog(kind) && parse_addend(s, &v) &&
		       set_imm32(s, v + SUBPROG_ADDEND);
	if (peek(s) != 'p' || s->end - s->p < 3 || s->p[1] != 'c' || (s->p[2] != '+' && s->p[2] != '-'))
		return false;
	s->p += 2;
	return parse_plain_imm(s);
}

static bool parse_kfunc(struct parser *s)
{
	enum k2_symbol_kind kind;
	int64_t v = 0;

	if (accept(s, "kfunc")) {
		skip_blanks(s);
		return parse_imm(s);
	}
	return parse_symbol(s, &kind) && kind == K2_SYM_KFUNC && parse_addend(s, &v) && set_imm32(s, v);
}

static bool parse_kfunc_fd(struct parser *s)
{
	const char *start = s->p;
	int64_t v;

	skip_blanks(s);
	if (!accept(s, "fd")) {
		s->p = start;
		return true;
	}
	skip_blanks(s);
	return parse_number(s, INT64_MAX, &v) && set_off(s, v);
}

static bool parse_trailing_imm(struct parser *s)
{
	int64_t v = 0;

	return parse_addend(s, &v) && set_imm32(s, v);
}

static bool parse_operand(struct parser *s, char what)
{
	switch (what) {
	case 'd':
		return parse_reg(s, "r", &s->i.dst, &s->have_dst);
	case 'D':
		return parse_reg(s, "w", &s->i.dst, &s->have_dst);
	case 'a':
		return parse_reg(s, "rw", &s->i.dst, &s->have_dst);
	case 's':
		return parse_reg(s, "r", &s->i.src, &s->have_src);
	case 'S':
		return parse_reg(s, "w", &s->i.src, &s->have_src);
	case 'b':
	case 'y':
		return parse_reg(s, "rw", &s->i.src, &s->have_src);
	case 'i':
		return parse_imm(s);
	case 'l':
		return parse_imm64(s);
	case 'h':
		return parse_plain_imm(s);
	case 'p':
		return parse_trailing_imm(s);
	case 'o':
		return parse_off(s);
	case 'j':
		return parse_target(s);
	case 'c':
		return parse_subprog(s);
	case 'k':
		return parse_kfunc(s);
	case 'f':
		return parse_kfunc_fd(s);
	default:
		return false;
	}
}

static int selector(const struct k2_isa_field *f)
{
	return f->rule == K2_RULE_IS ? f->value : 0;
}

static void start_row(struct parser *s, const struct k2_isa_row *r)
{
	s->row = r;
	s->have_dst = s->have_src = false;
	s->i = (struct k2_insn){
		.code = r->code,
		.src = (uint8_t)selector(&r->src),
		.off = (int16_t)selector(&r->off),
		.imm = selector(&r->imm),
		.origin = -1,
		.use = is_call(r) ? CALL_USE : 0,
	};
}

static bool match_row(struct parser *s, const struct k2_isa_row *r)
{
	const char *c;

	start_row(s, r);
	for (c = r->syntax; *c; c++) {
		if (*c == '$') {
			if (!parse_operand(s, *++c))
				return false;
		} else if (*c == ' ') {
			if (!match_blank(s, s->p[-1]))
				return false;
		} else if (peek(s) == *c) {
			s->p++;
		} else {
			return false;
		}
	}
	return s->p == s->end;
}

static bool match_table(struct parser *s)
{
	const char *start = s->p;
	const struct k2_isa_row *r;
	unsigned int n;

	for (n = 0; (r = k2_isa_row_at(n)); n++) {
		s->p = start;
		if (match_row(s, r))
			return true;
	}
	return false;
}

/* "opaque CODE DST SRC OFF IMM". */
static bool match_opaque(struct parser *s)
{
	static const int64_t max[5] = { 255, 15, 15, INT16_MAX, INT32_MAX }, min[5] = { 0, 0, 0, INT16_MIN, INT32_MIN };
	int64_t v[5];
	int k;

	for (k = 0; k < 5; k++) {
		if (!skip_blanks(s) || !parse_number(s, INT64_MAX, &v[k]) || v[k] < min[k] || v[k] > max[k])
			return fail(s, "opaque takes code, dst, src, off and imm");
	}
	s->i = (struct k2_insn){
		.code = (uint8_t)v[0],
		.dst = (uint8_t)v[1],
		.src = (uint8_t)v[2],
		.flags = K2_F_OPAQUE,
		.off = (int16_t)v[3],
		.origin = -1,
		.imm = v[4],
	};
	return s->p == s->end || fail(s, "opaque takes code, dst, src, off and imm");
}

static bool parse_mask(struct parser *s, uint16_t *mask, bool *have)
{
	uint64_t v;

	if (!parse_magnitude(s, &v) || v > ALL_REGS)
		return fail(s, "use= and def= take a mask of registers");
	*mask = (uint16_t)v;
	*have = true;
	return true;
}

static bool parse_line_number(struct parser *s)
{
	uint64_t v;

	if (!parse_magnitude(s, &v) || v > UINT32_MAX)
		return fail(s, "line= takes a number");
	s->i.line = (uint32_t)v;
	return true;
}

static bool parse_flag(struct parser *s)
{
	static const struct {
		const char *text;
		uint8_t flag;
	} flags[] = {
		{ "opaque", K2_F_OPAQUE },   { "volatile", K2_F_VOLATILE }, { "frozen", K2_F_FROZEN },
		{ "sym_imm", K2_F_SYM_IMM }, { "sym_off", K2_F_SYM_OFF },   { "one_slot", K2_F_ONE_SLOT },
	};
	enum k2_symbol_kind kind;
	size_t k;

	for (k = 0; k < K2_ARRAY_SIZE(flags); k++) {
		if (accept(s, flags[k].text)) {
			s->i.flags |= flags[k].flag;
			return true;
		}
	}
	if (accept(s, "use="))
		return parse_mask(s, &s->i.use, &s->have_use);
	if (accept(s, "def="))
		return parse_mask(s, &s->i.def, &s->have_def);
	if (accept(s, "line="))
		return parse_line_number(s);
	if (accept(s, "sym="))
		return parse_symbol(s, &kind);
	return fail(s, "an unknown flag in braces");
}

/* "{volatile} {use=0x6 def=0x1}" up to the end of the line. */
static bool parse_flags(struct parser *s)
{
	while (s->p < s->end) {
		if (*s->p++ != '{')
			return fail(s, "something follows the instruction");
		for (skip_blanks(s); peek(s) != '}'; skip_blanks(s)) {
			if (!parse_flag(s))
				return false;
		}
		s->p++;
		skip_blanks(s);
	}
	return true;
}

/* Masks belong to opaque instructions, which touch all registers unless they say otherwise, and `use` to calls. */
static bool finish_masks(struct parser *s)
{
	if (s->i.flags & K2_F_OPAQUE) {
		if (!s->have_use)
			s->i.use = ALL_REGS;
		if (!s->have_def)
			s->i.def = ALL_REGS;
		return true;
	}
	if (s->have_def || (s->have_use && !is_call(s->row)))
		return fail(s, "use= is for calls and opaque instructions, def= for opaque ones");
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *trim(const char *start, const char *end)
{
	while (end > start && is_space(end[-1]))
		end--;
	return end;
}

static bool parse_line(struct parser *s, const char *line)
{
	const char *end = trim(line, line + strlen(line));
	const char *brace = memchr(line, '{', (size_t)(end - line));

	s->p = line;
	s->end = trim(line, brace ? brace : end);
	skip_blanks(s);
	if (s->p == s->end)
		return fail(s, "the line is empty");
	if (accept(s, "opaque") ? !match_opaque(s) : !match_table(s))
		return false;
	s->p = brace ? brace : end;
	s->end = end;
	s->hint = NULL;
	return parse_flags(s) && finish_masks(s) && !(s->hint = k2_isa_validate(&s->i));
}

enum k2_status k2_isa_parse_sym(const char *line, struct k2_insn *out, k2_isa_lookup lookup, void *user,
				const char **msg)
{
	struct parser s = { .lookup = lookup, .user = user };

	if (!parse_line(&s, line)) {
		*msg = s.hint ? s.hint : "not an instruction";
		return K2_EINVAL;
	}
	*out = s.i;
	return K2_OK;
}

enum k2_status k2_isa_parse(const char *line, struct k2_insn *out, const char **msg)
{
	return k2_isa_parse_sym(line, out, NULL, NULL, msg);
}

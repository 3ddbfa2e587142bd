// SPDX-License-Identifier: BSD-2-Clause
/* A win as the text of a rule: registers get names, numbers become constants or stay, and the replacement's numbers become
   expressions that give them. Which of these are right is for the proof to say. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mine.h"

enum { FIELDS = 2 * K2_WIN_INSNS, EXPR = 64, LINE = 160, IMM_MARK = 70000, OFF_MARK = 20000, GUESSES = 32 };

enum role { ROLE_OFF, ROLE_IMM, ROLE_SHIFT };

struct symbol {
	char name[4];
	int64_t v;
	enum role role;
	unsigned int base; /* ROLE_OFF: register */
};

struct drawing {
	const struct k2_win *w;
	const struct k2_shape *s;
	struct symbol sym[FIELDS];
	unsigned int n_sym;
	char reg[11][4];             /* names; "": none yet */
	char match[K2_WIN_INSNS][2][EXPR], give[K2_WIN_GIVES][2][EXPR]; /* texts of off and imm; "": no such field */
	struct k2_rule_maker maker;  /* reads expressions */
	char *out;
	size_t len;
};

/* ---- fields ---- */

static bool has_off(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LOAD || k2_isa_kind(i) == K2_KIND_STORE;
}

static unsigned int base_of(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LOAD ? i->src : i->dst;
}

static bool has_imm(const struct k2_insn *i)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU: return !(i->code & K2_X) && K2_OP(i->code) != K2_END && K2_OP(i->code) != K2_NEG;
	case K2_KIND_JUMP: return !(i->code & K2_X);
	case K2_KIND_STORE: return K2_CLASS(i->code) == K2_ST;
	case K2_KIND_LD_IMM64: return true;
	default: return false;
	}
}

/* A jump on 0 or -1 is about zero and sign, not about a number. */
static bool asks_for_sign(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_JUMP && (i->imm == 0 || i->imm == -1);
}

static enum role role_of_imm(const struct k2_insn *i)
{
	uint8_t op = K2_OP(i->code);

	return k2_isa_kind(i) == K2_KIND_ALU && (op == K2_LSH || op == K2_RSH || op == K2_ARSH) ? ROLE_SHIFT : ROLE_IMM;
}

/* The symbol for a field; a new one if there is none that it may be. */
static unsigned int symbol_for(struct drawing *d, enum role role, int64_t v, unsigned int base)
{
	static const char *const letters[] = { "OPQSTUVWXYZ", "CDEFGHIJ", "NMKLABRZ" };
	unsigned int same = 0;

	for (unsigned int k = 0; k < d->n_sym; k++) {
		const struct symbol *s = &d->sym[k];

		if (s->role != role)
			continue;
		if (s->v == v && (role == ROLE_OFF ? s->base == base : !d->s->apart))
			return k;
		if (role == ROLE_OFF && s->base == base && d->s->together)
			return k;
		same++;
	}
	d->sym[d->n_sym] = (struct symbol){ .v = v, .role = role, .base = base };
	snprintf(d->sym[d->n_sym].name, sizeof(d->sym[0].name), "%c", letters[role][same % strlen(letters[role])]);
	return d->n_sym++;
}

static bool is_literal(const struct drawing *d, unsigned int sym)
{
	return d->s->literal >> sym & 1;
}

static void put_symbol(const struct drawing *d, unsigned int sym, int64_t v, char out[EXPR])
{
	int64_t delta = v - d->sym[sym].v;
	char name[sizeof(d->sym[0].name)]; /* a copy: `out` may be in *d */

	memcpy(name, d->sym[sym].name, sizeof(name));

	if (is_literal(d, sym))
		snprintf(out, EXPR, "%" PRId64, v);
	else if (delta)
		snprintf(out, EXPR, "%s %c %" PRId64, name, delta < 0 ? '-' : '+', delta < 0 ? -delta : delta);
	else
		snprintf(out, EXPR, "%s", name);
}

static void name_match_fields(struct drawing *d)
{
	for (unsigned int k = 0; k < d->w->n_match; k++) {
		const struct k2_insn *i = &d->w->match[k];

		if (has_off(i))
			put_symbol(d, symbol_for(d, ROLE_OFF, i->off, base_of(i)), i->off, d->match[k][0]);
		if (has_imm(i) && asks_for_sign(i))
			snprintf(d->match[k][1], EXPR, "%" PRId64, i->imm);
		else if (has_imm(i))
			put_symbol(d, symbol_for(d, role_of_imm(i), i->imm, 0), i->imm, d->match[k][1]);
	}
}

unsigned int k2_shape_symbols(const struct k2_win *w, bool together, bool apart)
{
	const struct k2_shape s = { .together = together, .apart = apart };
	struct drawing d = { .w = w, .s = &s };

	name_match_fields(&d);
	return d.n_sym;
}

/* ---- the replacement's constants ---- */

/* A, B, C, D stand for constants of the pattern. What takes more of them says more and comes first, but for a plain copy. */
static const char *const ways[] = {
	"A", "zext8(A) | zext8(B) << 8 | zext8(C) << 16 | zext8(D) << 24", "zext8(A) | zext8(B) << 8 | zext16(C) << 16",
	"zext16(A) | zext8(B) << 16 | zext8(C) << 24", "zext8(A) | zext8(B) << 8", "zext16(A) | zext16(B) << 16", "zext32(A) | B << 32",
	"A + B", "A - B", "A & B", "A | B", "A ^ B", "A << B", "A >> B", "A s>> B", "A * B", "A & ones(64 - B)", "A & ones(32 - B)",
	"A & ~ones(B)", "zext32(A) >> B", "zext32(A << B)", "sext32(A << B)", "ones(32 - A) >> B", "ones(64 - A) >> B",
	"zext8(A) | zext8(A) << 8", "zext16(A) | zext16(A) << 16", "zext32(A) | A << 32",
	"-A", "~A", "ones(A)", "ones(64 - A)", "ones(32 - A)", "64 - A", "32 - A", "log2(A)", "1 << A", "zext8(A)", "zext16(A)", "zext32(A)",
	"sext8(A)", "sext16(A)", "sext32(A)", "A >> 32", "swap16(A)", "swap32(A)", "swap64(A)", "~ones(A)", "A + 1", "A - 1",
};

static bool replace_letters(const struct drawing *d, const char *way, const unsigned int *pick, char out[EXPR])
{
	size_t n = 0;

	for (; *way; way++) {
		const char *s = *way >= 'A' && *way <= 'D' ? d->sym[pick[*way - 'A']].name : NULL;

		if (n + sizeof(d->sym[0].name) >= EXPR)
			return false;
		if (!s)
			out[n++] = *way;
		for (; s && *s; s++)
			out[n++] = *s;
	}
	out[n] = '\0';
	return true;
}

static unsigned int letters_in(const char *way)
{
	unsigned int n = 0;

	for (; *way; way++)
		n = *way >= 'A' && *way <= 'D' ? K2_MAX(n, (unsigned int)(*way - 'A') + 1) : n;
	return n;
}

/* What the expression gives for the win's own numbers. */
static bool evaluate(struct drawing *d, const char *text, uint64_t *out)
{
	struct k2_rule_maker m = { .arena = d->maker.arena };
	const struct k2_rules rs = { 0 };
	struct k2_rules set = rs;
	uint64_t v[K2_RULE_SYMS] = { 0 };
	uint16_t e = k2_rule_read_expr(&m, &text);

	if (e == K2_RULE_NONE)
		return false;
	for (unsigned int k = 0; k < m.n_sym; k++) {
		for (unsigned int s = 0; s < d->n_sym; s++)
			v[k] = !strcmp(d->sym[s].name, m.sym[k]) ? (uint64_t)d->sym[s].v : v[k];
	}
	set.exprs = m.exprs;
	*out = k2_rule_value(&set, e, v);
	return true;
}

static bool agrees(uint64_t e, const struct k2_insn *i, bool off)
{
	bool narrow = !off && k2_isa_kind(i) != K2_KIND_LD_IMM64 &&
		      (K2_CLASS(i->code) == K2_ALU || K2_CLASS(i->code) == K2_JMP32 || (K2_CLASS(i->code) == K2_ST && K2_SIZE(i->code) != K2_DW));
	uint64_t want = off ? (uint64_t)i->off : (uint64_t)i->imm;

	return e == want || (narrow && e == (uint32_t)want);
}

/* The next choice of `n` different constants, all that are not numbers. */
static bool next_pick(const struct drawing *d, unsigned int *pick, unsigned int n)
{
	bool again = true;

	while (again) {
		unsigned int k = n;

		while (k > 0 && ++pick[k - 1] == d->n_sym)
			pick[--k] = 0;
		if (!k)
			return false;
		again = false;
		for (unsigned int a = 0; a < n; a++) {
			again |= is_literal(d, pick[a]);
			for (unsigned int b = 0; b < a; b++)
				again |= pick[a] == pick[b];
		}
	}
	return true;
}

static bool usable(const struct drawing *d, const unsigned int *pick, unsigned int n)
{
	for (unsigned int a = 0; a < n; a++) {
		if (is_literal(d, pick[a]))
			return false;
		for (unsigned int b = 0; b < a; b++) {
			if (pick[a] == pick[b])
				return false;
		}
	}
	return true;
}

/* The g-th expression over the constants that gives the field's number; the number itself is the last. */
static bool guess_field(struct drawing *d, const struct k2_insn *i, bool off, unsigned int *g, char out[EXPR])
{
	for (unsigned int k = 0; off && k < d->n_sym; k++) {
		if (d->sym[k].role != ROLE_OFF || is_literal(d, k) || (d->sym[k].base != base_of(i) && d->sym[k].v != i->off))
			continue;
		if ((d->s->together || d->sym[k].v == i->off) && !(*g)--) {
			put_symbol(d, k, i->off, out);
			return true;
		}
	}
	for (unsigned int w = 0; w < K2_ARRAY_SIZE(ways); w++) {
		unsigned int pick[4] = { 0 }, n = letters_in(ways[w]);

		if (n > d->n_sym || (off && n > 2))
			continue;
		do {
			uint64_t e;

			if (usable(d, pick, n) && replace_letters(d, ways[w], pick, out) && evaluate(d, out, &e) && agrees(e, i, off) && !(*g)--)
				return true;
		} while (next_pick(d, pick, n));
	}
	snprintf(out, EXPR, "%" PRId64, off ? (int64_t)i->off : i->imm);
	return !(*g)--;
}

/* Choice number `guess`, first those that differ in the last field. False: there are no more. */
static bool name_give_fields(struct drawing *d)
{
	unsigned int guess = d->s->guess;

	for (unsigned int k = 0; k < d->w->n_give; k++) {
		const struct k2_insn *i = &d->w->give[k];
		unsigned int g = guess % GUESSES, h;

		if (has_off(i)) {
			h = 0;
			if (!guess_field(d, i, true, &h, d->give[k][0]))
				return false;
		}
		if (!has_imm(i))
			continue;
		guess /= GUESSES;
		if (!guess_field(d, i, false, &g, d->give[k][1]))
			return false;
	}
	return !guess;
}

/* ---- text ---- */

static void put(struct drawing *d, const char *s)
{
	size_t n = strlen(s);

	if (d->len + n < K2_WIN_TEXT) {
		memcpy(d->out + d->len, s, n + 1);
		d->len += n;
	}
}

/* Registers in the order in which they are met: what addresses memory is p, q ..., the rest a, b ... */
static const char *register_name(struct drawing *d, unsigned int r)
{
	unsigned int others = 0;
	bool base = r == 10;

	if (d->reg[r][0])
		return d->reg[r];
	for (unsigned int k = 0; k < d->w->n_match; k++)
		base |= has_off(&d->w->match[k]) && base_of(&d->w->match[k]) == r;
	for (unsigned int k = 0; k < 11; k++)
		others += d->reg[k][0] && (d->reg[k][0] >= 'p') == base;
	snprintf(d->reg[r], sizeof(d->reg[r]), "%c", (base ? "pqstuvxyz" : "abcdefghij")[others % 9]);
	return d->reg[r];
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The instruction with its registers and marked numbers replaced. */
static void put_insn(struct drawing *d, const struct k2_insn *insn, char field[2][EXPR])
{
	struct k2_insn i = *insn;
	char plain[LINE], word[LINE];
	const char *s = plain;

	if (has_off(&i))
		i.off = OFF_MARK;
	if (has_imm(&i))
		i.imm = IMM_MARK;
	i.line = 0;
	i.target = k2_isa_is_terminator(&i) ? 1 : 0;
	k2_isa_print(plain, sizeof(plain), &i, NULL, 0);
	while (*s) {
		size_t n = 0;
		uint64_t v;

		while (is_word(s[n]))
			n++;
		snprintf(word, sizeof(word), "%.*s", (int)K2_MAX(n, (size_t)1), s);
		v = strtoull(word, NULL, 0);
		if ((word[0] == 'r' || word[0] == 'w') && word[1] >= '0' && word[1] <= '9') {
			char name[8];

			snprintf(name, sizeof(name), "%c%s", word[0], register_name(d, (unsigned int)strtoul(word + 1, NULL, 10)));
			put(d, name);
		} else if (n && (v == OFF_MARK || v == IMM_MARK)) {
			put(d, field[v == IMM_MARK]);
		} else {
			put(d, !strcmp(word, "L1") ? "L" : word);
		}
		s += strlen(word);
	}
}

static void put_insns(struct drawing *d, const char *field, const struct k2_insn *v, unsigned int n, char texts[][2][EXPR])
{
	put(d, field);
	for (unsigned int k = 0; k < n; k++) {
		put(d, k ? "      " : "");
		put_insn(d, &v[k], texts[k]);
		put(d, "\n");
	}
	if (!n)
		put(d, "nothing\n");
}

uint64_t k2_shape_zeros(uint8_t level)
{
	static const uint64_t masks[] = { 0, 0xffffffff00000000, 0xffffffffffff0000, 0xffffffffffffff00, 0xfffffffffffffffe };

	return masks[level];
}

static const char *const relations[] = {
	"A >= 0", "A > 0", "A < 32", "A >= 32", "A <= 32", "A > 32", "A < B", "A <= B", "A + B < 64", "A + B < 32", "A + B == 64",
	"A + B == 32", "A & B == 0", "A & B == B", "A & 1 == 0", "A != 0",
};

/* The n-th relation that holds for the win. */
static bool find_relation(struct drawing *d, int n, char out[EXPR])
{
	for (unsigned int w = 0; w < K2_ARRAY_SIZE(relations); w++) {
		unsigned int pick[2] = { 0 }, letters = letters_in(relations[w]);
		uint64_t e;

		if (letters > d->n_sym)
			continue;
		do {
			if (usable(d, pick, letters) && d->sym[pick[0]].role != ROLE_OFF && d->sym[pick[letters - 1]].role == d->sym[pick[0]].role &&
			    replace_letters(d, relations[w], pick, out) && evaluate(d, out, &e) && e && n-- == 0)
				return true;
		} while (next_pick(d, pick, letters));
	}
	return false;
}

/* The n-th (from 1) mask over the constants whose bits are known to be 0 in register r. */
static bool find_mask(struct drawing *d, unsigned int r, unsigned int n, char out[EXPR])
{
	static const char *const masks[] = { "~A", "~zext32(A)", "zext32(~A)", "~ones(64 - A)", "ones(32) & ~ones(32 - A)", "~ones(32 - A)", "ones(A)" };

	for (unsigned int w = 0; w < K2_ARRAY_SIZE(masks); w++) {
		unsigned int pick = 0;
		uint64_t e;

		do {
			if (d->n_sym && usable(d, &pick, 1) && d->sym[pick].role == (w < 3 ? ROLE_IMM : ROLE_SHIFT) &&
			    replace_letters(d, masks[w], &pick, out) && evaluate(d, out, &e) && (d->w->zeros[r] & e) == e && !--n)
				return true;
		} while (next_pick(d, &pick, 1));
	}
	return false;
}

static void put_condition(struct drawing *d, unsigned int *n, const char *text)
{
	put(d, (*n)++ ? ", " : "where ");
	put(d, text);
}

static bool put_zero(struct drawing *d, unsigned int r, unsigned int zero_by, unsigned int *n)
{
	char mask[EXPR], text[EXPR + 24];

	if (!zero_by)
		snprintf(mask, sizeof(mask), "0x%" PRIx64, k2_shape_zeros(d->s->zero[r]));
	else if (!find_mask(d, r, zero_by, mask))
		return false;
	snprintf(text, sizeof(text), "zero(r%s, %s)", d->reg[r], mask);
	put_condition(d, n, text);
	return true;
}

static bool put_where(struct drawing *d)
{
	unsigned int n = 0, zero_by = d->s->zero_by;
	char text[EXPR];

	if (d->s->relation >= 0) {
		if (!find_relation(d, d->s->relation, text))
			return false;
		put_condition(d, &n, text);
	}
	for (unsigned int r = 0; r < 10; r++) {
		snprintf(text, sizeof(text), "%s(r%s)", d->s->dead >> r & 1 ? "dead" : "low", d->reg[r]);
		if ((d->s->dead | d->s->low) >> r & 1)
			put_condition(d, &n, text);
		if (!d->s->zero[r])
			continue;
		if (!put_zero(d, r, zero_by, &n))
			return false;
		zero_by = 0;
	}
	if (d->s->order)
		put_condition(d, &n, d->w->big_endian ? "big" : "little");
	put(d, n ? "\n" : "");
	return true;
}

static void put_plain(struct drawing *d, const struct k2_insn *v, unsigned int n)
{
	char text[LINE];

	for (unsigned int k = 0; k < n; k++) {
		struct k2_insn i = v[k];

		i.line = 0;
		i.target = k2_isa_is_terminator(&i) ? 1 : 0;
		k2_isa_print(text, sizeof(text), &i, NULL, 0);
		put(d, k ? "; " : "");
		put(d, text);
	}
	put(d, n ? "" : "nothing");
}

bool k2_shape_print(const struct k2_win *w, const struct k2_shape *s, char out[K2_WIN_TEXT])
{
	struct drawing d = { .w = w, .s = s, .out = out };
	bool good;

	out[0] = '\0';
	d.maker.arena = k2_arena_new(0);
	if (!d.maker.arena)
		return false;
	name_match_fields(&d);
	good = d.n_sym <= 12 && name_give_fields(&d);
	if (good) {
		put_insns(&d, "match ", w->match, w->n_match, d.match);
		put_insns(&d, "give  ", w->give, w->n_give, d.give);
		good = put_where(&d);
		put(&d, "example ");
		put_plain(&d, w->match, w->n_match);
		put(&d, " -> ");
		put_plain(&d, w->give, w->n_give);
		put(&d, "\n");
	}
	k2_arena_free(d.maker.arena);
	return good;
}

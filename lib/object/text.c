// SPDX-License-Identifier: BSD-2-Clause
/* Functions as text: see k2/text.h. */
#include "text_impl.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_LEN = 400 };

static const char *skip_space(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == '\r')
		s++;
	return s;
}

/* Ends the line at a comment and at trailing space. A '#' inside "&#2" is a symbol number. */
static void trim(char *line)
{
	size_t n;

	for (char *p = line; *p; p++) {
		if (*p == ';' || (*p == '#' && (p == line || p[-1] != '&'))) {
			*p = 0;
			break;
		}
	}
	n = strlen(line);
	while (n && isspace((unsigned char)line[n - 1]))
		line[--n] = 0;
}

uint32_t k2_text_find_symbol(const struct k2_text *t, const char *name, size_t len)
{
	for (uint32_t k = 0; k < t->n_syms; k++) {
		if (strlen(t->syms[k].name) == len && !memcmp(t->syms[k].name, name, len))
			return k + 1;
	}
	return 0;
}

static bool look_up(void *user, const char *name, size_t len, uint32_t *sym, enum k2_symbol_kind *kind)
{
	const struct k2_text *t = user;

	*sym = k2_text_find_symbol(t, name, len);
	*kind = *sym ? t->syms[*sym - 1].kind : K2_SYM_OTHER;
	return *sym;
}

static bool parse_attribute(const char *word, const char *name, uint32_t *out)
{
	size_t n = strlen(name);
	unsigned long v;
	char *end;

	if (strncmp(word, name, n) || word[n] < '0' || word[n] > '9')
		return false;
	errno = 0;
	v = strtoul(word + n, &end, 0);
	*out = (uint32_t)v;
	return !errno && !*end && v <= UINT32_MAX;
}

static bool attribute(const char *word, struct k2_symbol *s, struct text_place *p)
{
	if (!strcmp(word, "ro")) {
		s->read_only = true;
		return true;
	}
	if (parse_attribute(word, "fd=", &p->number) || parse_attribute(word, "idx=", &p->number)) {
		p->naming = *word == 'f' ? TEXT_FD : TEXT_IDX;
		return true;
	}
	return parse_attribute(word, "type=", &s->map_type) || parse_attribute(word, "key=", &s->key_size) ||
	       parse_attribute(word, "value=", &s->value_size) || parse_attribute(word, "entries=", &s->max_entries) ||
	       parse_attribute(word, "size=", &s->data_size);
}

uint32_t k2_text_find_place(const struct k2_text *t, enum k2_symbol_kind kind, enum text_naming naming, uint32_t number)
{
	for (uint32_t k = 0; naming && k < t->n_syms; k++) {
		if (t->syms[k].kind == kind && t->places[k].naming == naming && t->places[k].number == number)
			return k + 1;
	}
	return 0;
}

/* Symbols are told apart by their names, and different names are different memory. */
static const char *used_twice(struct k2_text *t, const struct k2_symbol *s, const struct text_place *p)
{
	if (k2_text_find_symbol(t, s->name, strlen(s->name)))
		return "a second symbol of that name";
	if (k2_text_find_place(t, K2_SYM_MAP, p->naming, p->number) || k2_text_find_place(t, K2_SYM_DATA, p->naming, p->number))
		return "a second symbol for that map";
	return NULL;
}

static const char *add_symbol(struct k2_text *t, enum k2_symbol_kind kind, char *args)
{
	struct k2_symbol s = { .kind = kind };
	struct text_place p = { TEXT_NO_NUMBER, 0 };
	char *save = NULL, *word = strtok_r(args, " \t", &save);
	const char *why;
	uint32_t n = t->n_syms;

	if (!word)
		return "a symbol needs a name";
	s.name = k2_arena_printf(t->arena, "%s", word);
	while ((word = strtok_r(NULL, " \t", &save))) {
		if (!attribute(word, &s, &p))
			return "unknown attribute of a symbol";
	}
	why = s.name ? used_twice(t, &s, &p) : "out of memory";
	if (why)
		return why;
	if (!K2_VEC_PUSH(t->arena, t->places, n, t->cap_places, p) || !K2_VEC_PUSH(t->arena, t->syms, t->n_syms, t->cap_syms, s))
		return "out of memory";
	return NULL;
}

static const char *set_isa(struct k2_text *t, const char *arg)
{
	if (arg[0] != 'v' || arg[1] < '1' || arg[1] > '4' || arg[2])
		return "instruction set must be v1, v2, v3 or v4";
	t->desc.isa = (enum k2_isa_level)(arg[1] - '0');
	t->isa_said = true;
	return NULL;
}

static const char *set_args(struct k2_text *t, const char *arg, bool subprog)
{
	unsigned int n;

	if (sscanf(arg, "%u", &n) != 1 || n > 5)
		return "a function has 0 to 5 arguments";
	t->desc.is_subprog |= subprog;
	t->desc.n_args = (uint8_t)n;
	return NULL;
}

static const char *set_endian(struct k2_text *t, const char *arg)
{
	t->desc.big_endian = !strcmp(arg, "big");
	t->endian_said = true;
	return t->desc.big_endian || !strcmp(arg, "little") ? NULL : "byte order must be little or big";
}

static const char *directive(struct k2_text *t, char *line)
{
	static const struct {
		const char *name;
		enum k2_symbol_kind kind;
	} symbols[] = {
		{ ".map", K2_SYM_MAP }, { ".data", K2_SYM_DATA }, { ".subr", K2_SYM_FUNC },
		{ ".kfunc", K2_SYM_KFUNC }, { ".core", K2_SYM_CORE },
	};
	char *arg = line + strcspn(line, " \t");

	if (*arg)
		*arg++ = 0;
	arg = (char *)skip_space(arg);
	for (unsigned int k = 0; k < K2_ARRAY_SIZE(symbols); k++) {
		if (!strcmp(line, symbols[k].name))
			return add_symbol(t, symbols[k].kind, arg);
	}
	if (!strcmp(line, ".isa"))
		return set_isa(t, arg);
	if (!strcmp(line, ".subprog") || !strcmp(line, ".args"))
		return set_args(t, arg, line[1] == 's');
	if (!strcmp(line, ".passed"))
		return k2_text_set_passed(t, arg);
	if (!strcmp(line, ".endian"))
		return set_endian(t, arg);
	if (!strcmp(line, ".func"))
		t->desc.name = k2_arena_printf(t->arena, "%s", arg);
	else if (!strcmp(line, ".section"))
		t->desc.section = k2_arena_printf(t->arena, "%s", arg);
	else if (!strcmp(line, ".arg"))
		t->desc.arg_type = k2_arena_printf(t->arena, "%s", arg);
	else if (!strcmp(line, ".context"))
		t->desc.context = k2_arena_printf(t->arena, "%s", arg);
	else if (!strcmp(line, ".align"))
		t->desc.strict_align = !strcmp(arg, "strict");
	else
		return "unknown directive";
	return NULL;
}

static const char *add_insn(struct k2_text *t, const char *line, uint32_t lineno)
{
	struct k2_insn i;
	const char *msg = NULL;

	if (t->directives_only)
		return "an instruction among the directives";
	if (k2_isa_parse_sym(line, &i, look_up, t, &msg))
		return msg ? msg : "not an instruction";
	if (!i.line)
		i.line = lineno;
	i.origin = (int32_t)t->n_insns;
	return K2_VEC_PUSH(t->arena, t->insns, t->n_insns, t->cap_insns, i) ? NULL : "out of memory";
}

/* Takes "L12:" off the front of the line. */
static const char *take_labels(struct k2_text *t, const char **line)
{
	struct text_label l = { 0, t->n_insns };
	int used;

	while (sscanf(*line, "L%u:%n", &l.number, &used) == 1 && (*line)[strspn(*line + 1, "0123456789") + 1] == ':') {
		for (uint32_t k = 0; k < t->n_labels; k++) {
			if (t->labels[k].number == l.number)
				return "label defined twice";
		}
		if (!K2_VEC_PUSH(t->arena, t->labels, t->n_labels, t->cap_labels, l))
			return "out of memory";
		*line = skip_space(*line + used);
	}
	return NULL;
}

static const char *do_line(struct k2_text *t, char *buf, uint32_t lineno)
{
	const char *line, *why;

	trim(buf);
	line = skip_space(buf);
	why = take_labels(t, &line);
	if (why || !*line)
		return why;
	return *line == '.' ? directive(t, (char *)line) : add_insn(t, line, lineno);
}

/* Label numbers become instruction indices. */
static const char *resolve(struct k2_text *t, uint32_t *at)
{
	for (uint32_t k = 0; k < t->n_insns; k++) {
		struct k2_insn *i = &t->insns[k];
		enum k2_kind kind = k2_isa_kind(i);
		uint32_t l;

		if (kind != K2_KIND_JUMP && kind != K2_KIND_GOTO && kind != K2_KIND_MAY_GOTO)
			continue;
		for (l = 0; l < t->n_labels && t->labels[l].number != i->target; l++)
			;
		*at = i->line;
		if (l == t->n_labels)
			return "jump to a label that does not exist";
		if (t->labels[l].index >= t->n_insns)
			return "jump behind the last instruction";
		i->target = t->labels[l].index;
	}
	return NULL;
}

const char *k2_text_parse_lines(struct k2_text *t, const char *src, size_t len, uint32_t *lineno)
{
	const char *why = NULL, *end = src + len;
	char buf[LINE_MAX_LEN];

	for (*lineno = 1; src < end && !why; ++*lineno) {
		const char *nl = memchr(src, '\n', (size_t)(end - src));
		size_t n = (size_t)((nl ? nl : end) - src);

		if (n >= sizeof(buf) || memchr(src, 0, n))
			return "line too long, or not text";
		memcpy(buf, src, n);
		buf[n] = 0;
		why = do_line(t, buf, *lineno);
		if (why)
			return why;
		src = nl ? nl + 1 : end;
	}
	return resolve(t, lineno);
}

struct k2_text *k2_text_new(const char *name)
{
	struct k2_text *t = calloc(1, sizeof(*t));

	if (!t || !(t->arena = k2_arena_new(0))) {
		free(t);
		return NULL;
	}
	t->desc.name = name;
	return t;
}

enum k2_status k2_text_parse(const char *src, size_t len, struct k2_text **out, char *msg, size_t size)
{
	struct k2_text *t = k2_text_new("text");
	uint32_t lineno = 0;
	const char *why;

	if (!t)
		return K2_ENOMEM;
	t->desc.isa = K2_ISA_V3;
	why = k2_text_parse_lines(t, src, len, &lineno);
	if (!why && !t->n_insns)
		why = "no instructions";
	if (why) {
		snprintf(msg, size, "line %u: %s", lineno, why);
		k2_text_free(t);
		return K2_EINVAL;
	}
	t->desc.insns = t->insns;
	t->desc.n_insns = t->n_insns;
	t->desc.syms = t->syms;
	t->desc.n_syms = t->n_syms;
	*out = t;
	return K2_OK;
}

const struct k2_func_desc *k2_text_desc(const struct k2_text *t)
{
	return &t->desc;
}

void k2_text_free(struct k2_text *t)
{
	if (!t)
		return;
	k2_arena_free(t->arena);
	free(t);
}

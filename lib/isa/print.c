// SPDX-License-Identifier: BSD-2-Clause
/* An instruction as text: walks the syntax string of its row. */
#include <inttypes.h>
#include <stdio.h>
#include "text.h"

struct printer {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, also what did not fit */
	const struct k2_insn *i;
	const struct k2_isa_row *row;
	const struct k2_symbol *syms;
	uint32_t n_syms;
	bool sym_shown;
};

__attribute__((format(printf, 2, 3))) static void put(struct printer *o, const char *fmt, ...)
{
	bool room = o->len < o->size;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room ? o->buf + o->len : NULL, room ? o->size - o->len : 0, fmt, ap);
	va_end(ap);
	if (n > 0)
		o->len += (size_t)n;
}

static void put_char(struct printer *o, char c)
{
	if (o->size && o->len < o->size - 1) {
		o->buf[o->len] = c;
		o->buf[o->len + 1] = '\0';
	}
	o->len++;
}

/* The symbol of the instruction if it has a name that the parser can read back. */
static const struct k2_symbol *named_symbol(const struct printer *o)
{
	const struct k2_symbol *s;
	const char *c;

	if (!o->syms || o->i->sym - 1 >= o->n_syms)
		return NULL;
	s = &o->syms[o->i->sym - 1];
	if (!s->name[0] || s->name[0] == '#')
		return NULL;
	for (c = s->name; *c; c++) {
		if (ends_name(*c))
			return NULL;
	}
	return s;
}

static void put_symbol(struct printer *o)
{
	const struct k2_symbol *s = named_symbol(o);

	if (s)
		put(o, "&%s", s->name);
	else
		put(o, "&#%" PRIu32, o->i->sym);
	o->sym_shown = true;
}

/* " + 8", " - 8"; nothing for 0. */
static void put_addend(struct printer *o, int64_t v)
{
	if (v > 0)
		put(o, " + %" PRId64, v);
	else if (v < 0)
		put(o, " - %" PRIu64, 0 - (uint64_t)v);
}

static void put_imm(struct printer *o)
{
	if (o->i->sym && !(o->i->flags & K2_F_SYM_OFF)) {
		put_symbol(o);
		put_addend(o, o->i->imm);
	} else if (o->row->kind == K2_KIND_LD_IMM64) {
		put(o, "0x%" PRIx64, (uint64_t)o->i->imm);
	} else {
		put(o, "%" PRId64, o->i->imm);
	}
}

static void put_off(struct printer *o)
{
	int off = o->i->off;

	if (o->i->sym && (o->i->flags & K2_F_SYM_OFF)) {
		put(o, " + ");
		put_symbol(o);
		put_addend(o, off);
	} else {
		put(o, " %c %d", off < 0 ? '-' : '+', off < 0 ? -off : off);
	}
}

static void put_target(struct printer *o)
{
	if (o->i->target != UINT32_MAX)
		put(o, "L%" PRIu32, o->i->target);
	else
		put(o, "%+" PRId64, far_jump(o->row) ? o->i->imm : o->i->off);
}

static void put_subprog(struct printer *o)
{
	const struct k2_symbol *s = named_symbol(o);

	if (o->i->sym && (!s || names_subprog(s->kind))) {
		put_symbol(o);
		put_addend(o, o->i->imm - SUBPROG_ADDEND);
	} else {
		put(o, "pc%+" PRId64, o->i->imm);
	}
}

static void put_kfunc(struct printer *o)
{
	const struct k2_symbol *s = named_symbol(o);

	if (!o->i->sym || !s || s->kind != K2_SYM_KFUNC)
		put(o, "kfunc ");
	put_imm(o);
}

static void put_operand(struct printer *o, char what)
{
	switch (what) {
	case 'd':
	case 'a':
		put(o, "r%u", o->i->dst);
		break;
	case 'D':
		put(o, "w%u", o->i->dst);
		break;
	case 's':
	case 'b':
		put(o, "r%u", o->i->src);
		break;
	case 'S':
	case 'y':
		put(o, "w%u", o->i->src);
		break;
	case 'i':
	case 'l':
		put_imm(o);
		break;
	case 'h':
		put(o, "%" PRId64, o->i->imm);
		break;
	case 'p':
		put_addend(o, o->i->imm);
		break;
	case 'o':
		put_off(o);
		break;
	case 'j':
		put_target(o);
		break;
	case 'c':
		put_subprog(o);
		break;
	case 'k':
		put_kfunc(o);
		break;
	case 'f':
		if (o->i->off)
			put(o, " fd %d", o->i->off);
		break;
	default:
		break;
	}
}

static void put_syntax(struct printer *o)
{
	const char *c;

	for (c = o->row->syntax; *c; c++) {
		if (*c == '$')
			put_operand(o, *++c);
		else
			put_char(o, *c);
	}
}

static void put_flags(struct printer *o)
{
	static const struct {
		uint8_t flag;
		const char *text;
	} flags[] = {
		{ K2_F_VOLATILE, " {volatile}" }, { K2_F_FROZEN, " {frozen}" },	    { K2_F_SYM_IMM, " {sym_imm}" },
		{ K2_F_SYM_OFF, " {sym_off}" },	  { K2_F_ONE_SLOT, " {one_slot}" },
	};
	size_t k;

	for (k = 0; k < K2_ARRAY_SIZE(flags); k++) {
		if (o->i->flags & flags[k].flag)
			put(o, "%s", flags[k].text);
	}
	if (!o->row)
		put(o, " {opaque use=0x%x def=0x%x}", o->i->use, o->i->def);
	else if (is_call(o->row) && o->i->use != CALL_USE)
		put(o, " {use=0x%x}", o->i->use);
	if (o->i->sym && !o->sym_shown) {
		put(o, " {sym=");
		put_symbol(o);
		put(o, "}");
	}
}

int k2_isa_print(char *buf, size_t size, const struct k2_insn *i, const struct k2_symbol *syms, uint32_t n_syms)
{
	struct printer o = { .buf = buf, .size = size, .i = i, .row = k2_isa_row(i), .syms = syms, .n_syms = n_syms };

	if (size)
		buf[0] = '\0';
	if (o.row)
		put_syntax(&o);
	else
		put(&o, "opaque 0x%02x %u %u %d %" PRId64, i->code, i->dst, i->src, i->off, i->imm);
	put_flags(&o);
	return (int)o.len;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Terms as text for messages. */
#include <inttypes.h>
#include <stdio.h>
#include "terms_impl.h"

enum { MAX_LEVEL = 5, MAX_SHOWN = 8 };

static const char *const NAMES[] = {
	[K2_T_CONST] = "", [K2_T_ATOM] = "v", [K2_T_SELECT] = "f",
	[K2_T_ADD] = "add", [K2_T_MUL] = "mul", [K2_T_UDIV] = "udiv", [K2_T_UREM] = "urem",
	[K2_T_SDIV] = "sdiv", [K2_T_SREM] = "srem", [K2_T_AND] = "and", [K2_T_OR] = "or",
	[K2_T_XOR] = "xor", [K2_T_NOT] = "not", [K2_T_SHL] = "shl", [K2_T_LSHR] = "lshr",
	[K2_T_ASHR] = "ashr", [K2_T_EXTRACT] = "extract", [K2_T_CONCAT] = "concat", [K2_T_SEXT] = "sext",
	[K2_T_EQ] = "eq", [K2_T_ULT] = "ult", [K2_T_SLT] = "slt", [K2_T_ITE] = "ite",
};

struct out {
	char *buf;
	size_t size;
	int n; /* characters so far, as snprintf counts */
};

static void put(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct out *o, const char *fmt, ...)
{
	size_t at = (size_t)o->n < o->size ? (size_t)o->n : o->size;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->buf ? o->buf + at : NULL, o->size - at, fmt, ap);
	va_end(ap);
	o->n += n > 0 ? n : 0;
}

static void put_const(struct out *o, k2_t t)
{
	int64_t v = k2_sext(t->imm, t->width);

	if (v > -4096 && v < 4096 && t->width > 1)
		put(o, "%" PRId64, v);
	else
		put(o, "0x%" PRIx64, t->imm);
}

static void put_term(struct out *o, k2_t t, unsigned int level)
{
	if (t->op == K2_T_CONST) {
		put_const(o, t);
		return;
	}
	if (t->op == K2_T_ATOM) {
		put(o, "v%" PRIu64, t->imm);
		return;
	}
	if (level >= MAX_LEVEL) {
		put(o, "…");
		return;
	}
	put(o, "(%s", NAMES[t->op]);
	if (t->op == K2_T_SELECT)
		put(o, "%" PRIu64, t->imm);
	if (t->op == K2_T_EXTRACT)
		put(o, " %u..%u", (unsigned int)t->imm, (unsigned int)t->imm + t->width - 1u);
	if (t->op == K2_T_SEXT)
		put(o, " %u", (unsigned int)t->width);
	for (unsigned int i = 0; i < t->n_args && i < MAX_SHOWN; i++) {
		put(o, " ");
		put_term(o, t->args[i], level + 1);
	}
	put(o, t->n_args > MAX_SHOWN ? " …)" : ")");
}

int k2_t_print(char *buf, size_t size, k2_t t)
{
	struct out o = { buf, buf ? size : 0, 0 };

	if (buf && size)
		buf[0] = 0;
	put_term(&o, t, 0);
	return o.n;
}

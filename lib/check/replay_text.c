// SPDX-License-Identifier: BSD-2-Clause
/* A counterexample as text: what differs, the instructions to blame, and the state that shows it, one fact a line. */
#include "replay_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct out {
	const struct k2_replay *r;
	struct k2_explain *x;
	size_t len;
};

static void put(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (o->len >= o->x->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(o->x->text + o->len, o->x->size - o->len, fmt, ap);
	va_end(ap);
	o->len = n < 0 || (size_t)n >= o->x->size - o->len ? o->x->size : o->len + (size_t)n;
}

static const char *area_name(const struct k2_replay *r, uint64_t addr, unsigned int *prefix)
{
	const struct k2_func_desc *d = r->w->ctx.f->desc;
	uint32_t id = (uint32_t)(addr >> 28) & 0xfff;
	const char *sym = id && id <= d->n_syms ? d->syms[id - 1].name : NULL;

	*prefix = 0;
	switch (k2_area_of(addr)) {
	case K2_AREA_STACK: return "r10";
	case K2_AREA_CTX: return "context";
	case K2_AREA_PKT: return "packet";
	case K2_AREA_VALUE: *prefix = sym != NULL; return sym ? sym : "map value";
	case K2_AREA_DATA: return sym ? sym : "global";
	case K2_AREA_MEM: return "record";
	case K2_AREA_FRAME: return "a caller's frame";
	case K2_AREA_FAR: return "kernel memory";
	case K2_AREA_OTHER: return sym ? sym : NULL;
	default: return NULL;
	}
}

/* A number, or what it points at. */
static void put_value(struct out *o, uint64_t v)
{
	unsigned int value_of;
	const char *name = area_name(o->r, v, &value_of);
	int64_t off = (int64_t)(v & 0xfffffff) - (int64_t)K2_ADDR_MID;

	if (!name) {
		put(o, "0x%llx", (unsigned long long)v);
		return;
	}
	put(o, "%s%s", value_of ? "value of " : "", name);
	if (off)
		put(o, " %c %lld", off < 0 ? '-' : '+', off < 0 ? (long long)-off : (long long)off);
}

/* The number of an instruction in its function. */
static uint32_t number(const struct k2_side *s, uint32_t at)
{
	return s->f || s->insns[at].origin < 0 ? at : (uint32_t)s->insns[at].origin;
}

static void put_insn(struct out *o, const char *name, const struct k2_side *s, uint32_t at)
{
	const struct k2_func_desc *d = o->r->w->ctx.f->desc;
	char text[128];

	if (at == K2_NOBODY)
		return;
	k2_isa_print(text, sizeof(text), &s->insns[at], d->syms, d->n_syms);
	put(o, "%s code, instruction %u", name, number(s, at));
	if (s->insns[at].line)
		put(o, " (line %u)", s->insns[at].line);
	put(o, ": %s\n", text);
}

static void put_difference(struct out *o)
{
	const struct k2_difference *d = &o->r->diff;

	put(o, "%s", d->what);
	if (d->memory)
		put_value(o, d->addr);
	if (d->values) {
		put(o, " is ");
		put_value(o, d->old);
		put(o, " in the old code, ");
		put_value(o, d->new_);
		put(o, " in the new");
	}
	put(o, "\n");
	put_insn(o, "old", &o->r->side[0], d->old_at);
	put_insn(o, "new", &o->r->side[1], d->new_at);
}

/* Registers that a piece of code reads before it writes them. */
static uint16_t read_first(const struct k2_insn *insns, uint32_t n)
{
	uint16_t reads = 0, written = 0;

	for (uint32_t k = 0; k < n; k++) {
		reads |= (uint16_t)(k2_insn_reads(&insns[k]) & ~written);
		written |= k2_isa_writes(&insns[k]);
	}
	return reads;
}

static void put_regs(struct out *o)
{
	const struct k2_replay *r = o->r;
	uint16_t reads = read_first(r->w->insns, r->w->n) | (r->func ? 0 : read_first(r->insns, r->n));

	for (unsigned int k = 0; k < 10; k++) {
		if (!(reads >> k & 1) || !r->w->ctx.reg[k])
			continue;
		put(o, "  r%u = ", k);
		put_value(o, r->entry_reg[k]);
		put(o, "\n");
	}
}

static void put_stack(struct out *o)
{
	const struct k2_replay *r = o->r;

	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (!k2_stack_has(r->read_stack, b))
			continue;
		put(o, "  r10 - %u:", K2_STACK_SIZE - b);
		for (; b < K2_STACK_SIZE && k2_stack_has(r->read_stack, b); b++)
			put(o, " %02x", r->entry_stack[b]);
		put(o, "\n");
	}
}

static void put_context(struct out *o)
{
	for (uint32_t k = 0; k < o->r->n_whole; k++) {
		const struct k2_whole *x = &o->r->whole[k];

		if (!o->r->read_whole[k])
			continue;
		put(o, "  ");
		put_value(o, x->addr);
		put(o, ", %u bytes = ", x->size);
		put_value(o, x->value);
		put(o, "\n");
	}
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = ((const struct k2_cell *)a)->addr, y = ((const struct k2_cell *)b)->addr;

	return x < y ? -1 : x > y;
}

static void put_memory(struct out *o)
{
	const struct k2_cells *m = &o->r->read_mem;
	struct k2_cell *c = k2_arena_calloc(o->r->arena, m->n, sizeof(*c));
	uint32_t n = 0;

	for (uint32_t k = 0; c && k < m->cap; k++) {
		if (m->c[k].used)
			c[n++] = m->c[k];
	}
	if (n)
		qsort(c, n, sizeof(*c), by_address);
	for (uint32_t k = 0; k < n; k++) {
		put(o, "  ");
		put_value(o, c[k].addr);
		put(o, ": %02x", c[k].value);
		for (; k + 1 < n && c[k + 1].addr == c[k].addr + 1; k++)
			put(o, " %02x", c[k + 1].value);
		put(o, "\n");
	}
}

static void put_name(struct out *o, const struct k2_insn *i)
{
	const struct k2_helper *h = NULL;
	char text[128];

	if (k2_isa_kind(i) == K2_KIND_CALL && i->src == K2_CALL_HELPER && !(i->flags & K2_F_SYM_IMM))
		h = k2_helper_get((int32_t)i->imm);
	if (h) {
		put(o, "%s", h->name);
		return;
	}
	k2_isa_print(text, sizeof(text), i, o->r->w->ctx.f->desc->syms, o->r->w->ctx.f->desc->n_syms);
	put(o, "%s", text);
}

/* What comes back from outside. */
static void put_actions(struct out *o)
{
	const struct k2_replay *r = o->r;

	for (uint32_t k = 0; k < r->n_actions && k <= r->side[1].n_actions; k++) {
		const struct k2_action *a = &r->actions[k];
		bool any = a->e->fresh_regs || a->e->writes_ext || a->e->writes_ctx;

		if (!any || a->at == r->diff.old_at)
			continue;
		put(o, "  instruction %u, ", number(&r->side[0], a->at));
		put_name(o, a->insn);
		for (unsigned int n = 0; n < 10; n++) {
			if (!(a->e->fresh_regs >> n & 1))
				continue;
			put(o, ": r%u = ", n);
			put_value(o, a->out[n]);
		}
		put(o, "%s\n", a->e->writes_ext ? ", may change memory" : "");
	}
}

enum { TRACE_LINES = 24 };

/* The last that a side executed. */
static void put_trace(struct out *o, const char *name, const struct k2_side *s)
{
	const struct k2_func_desc *d = o->r->w->ctx.f->desc;
	uint32_t first = s->n_trace > TRACE_LINES ? s->n_trace - TRACE_LINES : 0;

	put(o, "%s code, %u instructions%s:\n", name, s->n_trace, first ? ", of which the last are" : "");
	for (uint32_t k = first; k < s->n_trace; k++) {
		const struct k2_insn *i = &s->insns[s->trace[k].at];
		char text[128];

		k2_isa_print(text, sizeof(text), i, d->syms, d->n_syms);
		put(o, "  %u", number(s, s->trace[k].at));
		if (i->line)
			put(o, " (line %u)", i->line);
		put(o, ": %s", text);
		if (k2_isa_writes(i)) {
			put(o, "  # ");
			put_value(o, s->trace[k].value);
		}
		put(o, "\n");
	}
}

void k2_replay_print(const struct k2_replay *r, struct k2_explain *x)
{
	struct out o = { .r = r, .x = x };

	if (!x->size)
		return;
	x->text[0] = 0;
	put_difference(&o);
	if (r->func)
		put(&o, "on this input:\n");
	else
		put(&o, "from this state at instruction %u:\n", r->w->n ? number(&r->side[0], 0) : 0);
	put_regs(&o);
	put_stack(&o);
	put_context(&o);
	put_memory(&o);
	put_actions(&o);
	if (r->func) {
		put_trace(&o, "old", &r->side[0]);
		put_trace(&o, "new", &r->side[1]);
	}
	for (o.len = strlen(x->text); o.len && x->text[o.len - 1] == '\n'; o.len--)
		x->text[o.len - 1] = 0;
}

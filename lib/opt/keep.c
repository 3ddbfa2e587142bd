// SPDX-License-Identifier: BSD-2-Clause
/* What a finished object does not say of its instructions, taken for the worst: accesses that may be volatile, patterns that
   loaders look for. Instructions that loaders patch (CO-RE) say so themselves. */
#include "opt.h"
#include <string.h>

struct walk {
	const struct k2_func *f;
	struct k2_absint *ai;
	struct k2_insn *out; /* by index in the description */
	uint32_t what;
};

/* Memory that others may look at or write at any time. Records and packets are the program's own while it runs; read-only
   data has no writer. */
static bool is_shared(const struct k2_func *f, const struct k2_aval *base)
{
	switch (base->region) {
	case K2_RG_STACK: case K2_RG_FRAME: case K2_RG_CTX: case K2_RG_PKT: case K2_RG_MEM: return false;
	case K2_RG_DATA: return !base->id || !f->desc->syms[base->id - 1].read_only;
	default: return true;
	}
}

/* Compilers keep volatile accesses whole, and those that other threads are to see at once (READ_ONCE) have 4 or 8 bytes. They
   are aligned: what may not be is accessed by bytes. */
static void mark_volatile(struct walk *w, const struct k2_insn *i, const struct k2_astate *s)
{
	enum k2_kind kind = k2_isa_kind(i);

	if ((kind != K2_KIND_LOAD && kind != K2_KIND_STORE) || k2_isa_access_size(i) < 4)
		return;
	if (is_shared(w->f, &s->reg[kind == K2_KIND_LOAD ? i->src : i->dst]))
		w->out[i->origin].flags |= K2_F_VOLATILE;
}

/* Registers that hold what was computed from a read-only variable's value in this block; with the instructions that did it, as a
   chain: freezing the jump freezes all of them. */
struct chain {
	uint16_t value;
	uint32_t by[11];  /* the block's instruction that wrote the register; K2_NO_BLOCK: none yet */
	uint32_t *before; /* by instruction of the block: the one that made its operand */
};

static bool loads_config(const struct k2_func *f, const struct k2_insn *i, const struct k2_astate *s)
{
	const struct k2_aval *base = &s->reg[i->src];

	return base->region == K2_RG_DATA && base->id && f->desc->syms[base->id - 1].read_only;
}

static void freeze(struct walk *w, const struct k2_block *b, const struct chain *c, uint32_t k)
{
	for (; k != K2_NO_BLOCK; k = c->before[k])
		w->out[b->insns[k].origin].flags |= K2_F_FROZEN;
}

static void follow(struct walk *w, const struct k2_block *b, uint32_t k, const struct k2_astate *s, struct chain *c)
{
	const struct k2_insn *i = &b->insns[k];
	enum k2_kind kind = k2_isa_kind(i);
	uint16_t writes = k2_isa_writes(i);
	bool load = kind == K2_KIND_LOAD && loads_config(w->f, i, s);
	bool from_src = kind == K2_KIND_ALU && (i->code & K2_X) && K2_OP(i->code) != K2_END && (c->value >> i->src & 1);
	bool from_dst = kind == K2_KIND_ALU && K2_OP(i->code) != K2_MOV && (c->value >> i->dst & 1);

	c->before[k] = load || from_src ? c->by[i->src] : from_dst ? c->by[i->dst] : K2_NO_BLOCK;
	if (kind == K2_KIND_JUMP) {
		for (unsigned int r = 0; r <= 10; r++) {
			if (!(k2_isa_reads(i) & c->value & 1u << r))
				continue;
			w->out[i->origin].flags |= K2_F_FROZEN;
			freeze(w, b, c, c->by[r]);
		}
	}
	c->value &= (uint16_t)~writes;
	if (load || from_src || from_dst)
		c->value |= writes;
	for (unsigned int r = 0; r <= 10; r++)
		c->by[r] = writes >> r & 1 ? k : c->by[r];
}

static enum k2_status walk_block(struct walk *w, struct k2_arena *a, uint32_t n)
{
	const struct k2_block *b = &w->f->blocks[n];
	struct k2_astate *s = k2_arena_dup(a, k2_absint_entry(w->ai, n), 1, sizeof(*s));
	struct chain c = { .before = k2_arena_calloc(a, b->n, sizeof(*c.before)) };

	if (!s || !c.before)
		return K2_ENOMEM;
	memset(c.by, 0xff, sizeof(c.by));
	for (uint32_t k = 0; k < b->n; k++) {
		const struct k2_insn *i = &b->insns[k];

		if ((w->what & K2_KEEP_VOLATILE) && s->reached)
			mark_volatile(w, i, s);
		if ((w->what & K2_KEEP_FROZEN) && s->reached)
			follow(w, b, k, s, &c);
		k2_absint_step(w->ai, i, s);
	}
	return K2_OK;
}

enum k2_status k2_mark_kept(const struct k2_func_desc *d, uint32_t what, struct k2_insn *out)
{
	struct k2_arena *a = k2_arena_new(0), *scratch = k2_arena_new(0);
	struct walk w = { .out = out, .what = what };
	struct k2_func *f = NULL;
	enum k2_status st = K2_ENOMEM;
	char msg[80];

	if (a && scratch)
		st = k2_func_build(a, d, &f, msg, sizeof(msg));
	if (!st)
		st = k2_absint_run(a, f, &w.ai);
	if (!st)
		memcpy(out, d->insns, d->n_insns * sizeof(*out));
	w.f = f;
	for (uint32_t b = 0; !st && b < f->n_blocks; b++) {
		struct k2_arena_mark mark = k2_arena_mark(scratch);

		st = walk_block(&w, scratch, b);
		k2_arena_release(scratch, mark);
	}
	if (w.ai)
		k2_absint_free(w.ai);
	k2_arena_free(scratch);
	k2_arena_free(a);
	return st;
}

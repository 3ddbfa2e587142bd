/* SPDX-License-Identifier: BSD-2-Clause */
/* What abstract interpretation says at every instruction of a program's functions, held against a run of the machine: each
   register and each stack slot has to be one of the values that the abstract state allows. Twice: against the state of the
   fixpoint (joins, widening), and against a state that is stepped and refined along the path that the run takes.
   Include after cmocka.h. */
#ifndef K2_TEST_ABSINT_FACTS_H
#define K2_TEST_ABSINT_FACTS_H

#include <stdio.h>
#include <string.h>
#include "absint_impl.h"
#include "machine_impl.h"

/* One function: the state before each instruction, and where the instruction is in the graph. */
struct facts {
	struct k2_func *f;
	struct k2_absint *ai;
	uint32_t n;
	const struct k2_insn **insn; /* as in the graph: jumps name blocks */
	uint32_t *block;
	struct k2_astate *at;
	bool *seen; /* executed */
};

/* false: K2 does not analyse this function. */
static bool facts_make(struct k2_arena *a, const struct k2_func_desc *d, struct facts *out)
{
	char msg[128];
	uint32_t b, j, n = 0;

	*out = (struct facts){ .n = d->n_insns };
	if (k2_func_build(a, d, &out->f, msg, sizeof(msg)) != K2_OK || k2_absint_run(a, out->f, &out->ai) != K2_OK)
		return false;
	out->insn = k2_arena_calloc(a, d->n_insns, sizeof(*out->insn));
	out->block = k2_arena_calloc(a, d->n_insns, sizeof(*out->block));
	out->seen = k2_arena_calloc(a, d->n_insns, sizeof(*out->seen));
	out->at = k2_arena_calloc(a, d->n_insns, sizeof(*out->at));
	for (b = 0; b < out->f->n_blocks; b++) {
		struct k2_astate s = *k2_absint_entry(out->ai, b);

		for (j = 0; j < out->f->blocks[b].n; j++, n++) {
			assert_true(n < d->n_insns);
			out->insn[n] = &out->f->blocks[b].insns[j];
			out->block[n] = b;
			out->at[n] = s;
			if (s.reached)
				k2_absint_step(out->ai, out->insn[n], &s);
		}
	}
	assert_int_equal(n, d->n_insns);
	return true;
}

/* ---- one value ---- */

struct place {
	struct k2_machine *m;
	const struct k2_bind *binds; /* by symbol */
	uint32_t n_binds;
	uint64_t frame_end;          /* r10 */
	uint32_t kernel;             /* region of kernel memory, whose pointers programs read as halves, too; 0: none */
};

static uint32_t region_of(uint64_t v)
{
	return v >> 48 == 0xffff ? (uint32_t)(v >> 32) & 0xffff : 0;
}

/* Looks like an address that the machine hands out: numbers do not by chance. */
static bool looks_like_pointer(const struct place *p, uint64_t v)
{
	uint32_t r = region_of(v);
	bool region = (r >= R_CTX && r <= R_FUNC) || (r >= R_STACK && r < R_STACK + FRAMES) ||
		      (r >= R_VALUES && r < R_VALUES + p->m->n_maps);

	return region && (uint32_t)v < 1u << 20 && !(p->kernel && (r == p->kernel || !(uint32_t)v));
}

static bool in_number(const struct k2_known *k, uint64_t v)
{
	return !(v & k->zeros) && !(~v & k->ones) && v >= k->umin && v <= k->umax;
}

/* In the values of map `number`, or less than 2 GiB beside them. */
static bool is_near(uint32_t number, uint64_t v)
{
	return v - REGION_BASE(R_VALUES + (uint64_t)number) + (1u << 31) < 1ull << 32;
}

static bool is_value_of(const struct place *p, uint32_t id, uint64_t v)
{
	uint32_t r = region_of(v);

	if (!id)
		return r >= R_VALUES && r < R_VALUES + p->m->n_maps;
	return id <= p->n_binds && is_near(p->binds[id - 1].index, v);
}

/* NULL: `v` is one of the values of `a`; else what is wrong. */
static const char *outside(const struct place *p, const struct k2_aval *a, uint64_t v)
{
	if (a->uninit)
		return NULL;
	switch ((enum k2_region)a->region) {
	case K2_RG_ANY:
	case K2_RG_MEM:
		return NULL;
	case K2_RG_FOREIGN:
		return looks_like_pointer(p, v) && region_of(v) == region_of(p->frame_end) ? "points into the own frame" : NULL;
	case K2_RG_SCALAR:
		if (looks_like_pointer(p, v))
			return "is no number";
		return in_number(&a->num, v) ? NULL : "is outside of what is known of the number";
	case K2_RG_STACK:
		return in_number(&a->num, v - p->frame_end) ? NULL : "is not at this offset of the frame";
	case K2_RG_FRAME:
		if (region_of(v) < R_STACK || region_of(v) >= R_STACK + FRAMES || region_of(v) == region_of(p->frame_end))
			return "does not point into a caller's frame";
		return in_number(&a->num, v - REGION_BASE(region_of(v)) - (uint32_t)p->frame_end) ? NULL : "is not at this offset of a frame";
	case K2_RG_CTX:
		return in_number(&a->num, v - REGION_BASE(R_CTX)) ? NULL : "is not at this offset of the context";
	case K2_RG_PKT:
	case K2_RG_PKT_END: /* not compared with the end: a helper may have moved that, and then nobody may use this one */
		return region_of(v) == R_PACKET ? NULL : "does not point into the packet";
	case K2_RG_MAP_VALUE: /* or NULL, which is a number to go on with on the path that knows it */
		return !looks_like_pointer(p, v) || is_value_of(p, a->id, v) ? NULL : "is no value of this map";
	case K2_RG_DATA:
		return is_value_of(p, a->id, v) ? NULL : "does not point to this variable";
	case K2_RG_MAP:
		return region_of(v) == R_MAP && (!a->id || (uint32_t)v == p->binds[a->id - 1].index * OBJECT_SPACING) ?
			       NULL : "is not this map";
	}
	return "is of no region";
}

/* ---- one state ---- */

static const char *slot_outside(const struct place *p, const struct k2_func *f, const struct k2_astate *s, unsigned int k,
				const uint8_t *bytes)
{
	unsigned int n = s->spill[k], b;
	struct k2_aval whole;
	uint64_t v;

	memcpy(&v, bytes, 8); /* little-endian machines only */
	for (b = 0; b < 8; b++)
		if ((s->zero[k] >> b & 1) && bytes[b])
			return "has a byte that is not zero";
	if (n && n < 8 && !in_number(&s->slot[k].num, v & k2_mask(8 * n)))
		return "holds another spilled number";
	if (s->init[k] != 0xff)
		return NULL;
	if (n == 8 || n == 0) {
		const char *why = outside(p, &s->slot[k], v);

		if (why)
			return why;
	}
	whole = k2_astate_slot(f, s, k);
	/* What is left of a pointer behind a narrow store is a number to the verifier, whatever it looks like. */
	if (n && n < 8 && whole.region == K2_RG_SCALAR)
		return in_number(&whole.num, v) ? NULL : "holds another number";
	return outside(p, &whole, v);
}

/* NULL: the machine's registers and frame are in `s`; else what is not, in `msg`. */
static const char *state_outside(const struct place *p, const struct k2_func *f, const struct k2_astate *s,
				 const uint64_t regs[11], const uint8_t *frame, char *msg, size_t size)
{
	const char *why;
	unsigned int k;
	uint64_t v;

	if (!s->reached)
		return "is reached";
	for (k = 0; k < 11; k++)
		if ((why = outside(p, &s->reg[k], regs[k]))) {
			snprintf(msg, size, "r%u = 0x%llx %s (region %u id %u [0x%llx, 0x%llx])", k, (unsigned long long)regs[k], why,
				 s->reg[k].region, s->reg[k].id, (unsigned long long)s->reg[k].num.umin,
				 (unsigned long long)s->reg[k].num.umax);
			return msg;
		}
	for (k = 0; k < K2_SLOTS; k++)
		if ((why = slot_outside(p, f, s, k, frame + 8 * k))) {
			memcpy(&v, frame + 8 * k, 8);
			snprintf(msg, size, "slot r10 - %u = 0x%llx %s (region %u, spill %u, init %x, zero %x)", K2_STACK_SIZE - 8 * k,
				 (unsigned long long)v, why, s->slot[k].region, s->spill[k], s->init[k], s->zero[k]);
			return msg;
		}
	return NULL;
}

/* ---- a run ---- */

/* The state along the path, by call depth. */
struct walk {
	struct k2_astate s;
	uint32_t last; /* instruction that was executed last */
	bool started;
};
struct run {
	struct facts *facts; /* by function; n == 0: not looked at */
	uint32_t n_facts;
	struct place place;
	uint8_t fill;        /* what a frame holds before the function writes it */
	bool paths;          /* follow the path, too */
	unsigned int depth;
	struct walk walk[FRAMES];
	uint64_t steps;      /* states compared */
	uint64_t *digests;   /* of initialised stack bytes, by step; NULL: not wanted */
	uint64_t n_digests;
	uint32_t func, insn; /* of the first violation */
	char why[256];
};
enum { MAX_DIGESTS = 4096 };

static void along_path(struct walk *w, const struct facts *f, uint32_t insn)
{
	const struct k2_insn *i = f->insn[w->last];
	const struct k2_block *b = &f->f->blocks[f->block[w->last]];
	bool ends = i == &b->insns[b->n - 1];

	k2_absint_step(f->ai, i, &w->s);
	if (ends && b->n_succ == 2 && b->succ[0] != b->succ[1])
		k2_astate_refine(f->ai, i, f->block[insn] == b->succ[1], &w->s);
}

static uint64_t digest(const struct k2_astate *s, const uint8_t *frame)
{
	uint64_t h = 1;
	unsigned int k;

	for (k = 0; k < K2_STACK_SIZE; k++)
		if (s->init[k / 8] >> k % 8 & 1)
			h = k2_hash_mix(h, frame[k]);
	return h;
}

static void violated(struct run *r, uint32_t func, uint32_t insn, const char *where, const char *why)
{
	r->func = func;
	r->insn = insn;
	snprintf(r->why, sizeof(r->why), "%s: %s", where, why);
}

/* k2_machine_opts.trace; `user` is a struct run. */
static void look_at_state(void *user, uint32_t func, uint32_t insn, const struct k2_insn *i, const uint64_t regs[11])
{
	struct run *r = user;
	unsigned int depth = region_of(regs[10]) - R_STACK;
	const struct facts *f = func < r->n_facts ? &r->facts[func] : NULL;
	struct walk *w = &r->walk[depth];
	uint8_t *frame = r->place.m->stack[depth];
	char msg[192];
	const char *why;

	(void)i;
	/* A new frame: of a call, or of the next round of a callback. */
	if (depth >= r->depth || (f && f->n && w->started && k2_isa_kind(f->insn[w->last]) == K2_KIND_EXIT)) {
		memset(frame, r->fill, K2_STACK_SIZE);
		w->started = false;
	}
	r->depth = depth + 1;
	if (!f || !f->n || r->why[0])
		return;
	r->place.frame_end = regs[10];
	r->steps++;
	f->seen[insn] = true;
	if ((why = state_outside(&r->place, f->f, &f->at[insn], regs, frame, msg, sizeof(msg))))
		violated(r, func, insn, "fixpoint", why);
	if (!w->started)
		w->s = *k2_absint_entry(f->ai, 0);
	else if (r->paths)
		along_path(w, f, insn);
	w->started = true;
	w->last = insn;
	if (r->paths && !r->why[0] && (why = state_outside(&r->place, f->f, &w->s, regs, frame, msg, sizeof(msg))))
		violated(r, func, insn, "along the path", why);
	if (r->digests && r->n_digests < MAX_DIGESTS)
		r->digests[r->n_digests++] = digest(&f->at[insn], frame);
}

#endif

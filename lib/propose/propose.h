/* SPDX-License-Identifier: BSD-2-Clause */
/* Proposers: one file each, none trusted. A proposer looks at a window (its code, the terms before every instruction,
   liveness behind every instruction) and offers replacements; the driver cleans them of dead code, asks the cost model,
   then the checker. To add one: a file with a `const struct k2_proposer k2_propose_NAME`, and a row in registry.c. */
#ifndef K2_PROPOSE_H
#define K2_PROPOSE_H

#include <k2/optimize.h>
#include "check.h"

struct k2_site {
	const struct k2_func *f;
	struct k2_window *w;
	const struct k2_insn *insns; /* = w->insns */
	uint32_t n;
	const struct k2_live *live;  /* n + 1 entries: live before instruction k; live[n] behind the window */
	struct k2_arena *arena;      /* for candidates; released when the proposer returns */
	int level;                   /* of effort, 1..3 */
	enum k2_objective objective;
	struct k2_cache *cache;      /* of search results; NULL: none */
	uint64_t *steps;             /* what is left of the budget; proposers that search count it down */
	const struct k2_rules *rules; /* the user's own; NULL: none */
	const char **detail;         /* what the candidate that is offered next is, for remarks; NULL: what the proposer's `about` says */
	/* Remembers `hash` for this window; true if it was there already: that search has been done. */
	bool (*seen)(const struct k2_site *s, uint64_t hash);
	/* Hands a candidate to the driver. `at`: the old instruction it is about. True: accepted, the site is out of date and the
	   proposer must return. */
	bool (*offer)(const struct k2_site *s, const struct k2_insn *insns, uint32_t n, uint32_t at);
	void *driver;
};

/* The whole function, for proposers that change its graph. It is a copy: they edit it at once, and the driver has old and new
   validated as a whole. */
struct k2_graph {
	struct k2_func *f;      /* edges and instructions; the number and order of blocks stay, blocks may become empty */
	struct k2_arena *arena; /* for new instructions */
	int level;
	enum k2_objective objective;
	struct k2_cache *cache; /* as in k2_site, and so are steps */
	uint64_t *steps;
	/* To be asked before each edit, which saves so many slots at instruction `at` of block `block`. False: leave it. */
	bool (*may)(const struct k2_graph *g, uint32_t block, uint32_t at, int saved);
	struct k2_graph_facts *facts; /* of f, found when they are asked for (graph_facts.h); the driver says when they are out of date */
	void *driver;
};

struct k2_proposer {
	const char *name;  /* stable, lower-case: remarks, -k2-disable */
	const char *about; /* one phrase */
	int level;         /* from this -k2-level on */
	/* One of the two: */
	void (*propose)(const struct k2_site *s);
	void (*reshape)(const struct k2_graph *g);
};
const struct k2_proposer *k2_proposer_at(unsigned int i); /* NULL past the last */

/* ---- for writing proposers (edit.c) ---- */

/* A copy of the window under change. All calls may fail for want of memory; k2_edit_offer then does nothing. */
struct k2_edit {
	const struct k2_site *s;
	struct k2_insn *insns; /* one per old instruction */
	uint8_t *drop;
	struct k2_insn *before; /* BEFORE_MAX per old instruction, to be put before it */
	uint8_t *n_before;
};
enum { K2_BEFORE_MAX = 4 };
bool k2_edit_init(struct k2_edit *e, const struct k2_site *s);
void k2_edit_replace(struct k2_edit *e, uint32_t k, struct k2_insn i);
void k2_edit_delete(struct k2_edit *e, uint32_t k);
void k2_edit_insert(struct k2_edit *e, uint32_t k, struct k2_insn i);
/* Offers the result. True: accepted. */
bool k2_edit_offer(struct k2_edit *e, uint32_t at);

/* The term of register r before instruction k (NULL: holds nothing). k may be n, and r a number that no register has, as in opaque
   instructions. */
static inline k2_t k2_term_at(const struct k2_site *s, uint32_t k, unsigned int r)
{
	return r <= 10 ? s->w->old.points[k].reg[r] : NULL;
}
/* A register that holds exactly `v` before instruction k, r0..r10 in order; -1: none. */
int k2_find_reg(const struct k2_site *s, uint32_t k, k2_t v);
/* Is register r read or written by instruction k? */
bool k2_reads(const struct k2_insn *i, unsigned int r);
bool k2_writes(const struct k2_insn *i, unsigned int r);
/* The instruction with register `from` replaced by `to` where it is read (not where it is only written). False when the
   instruction cannot take another register there (calls, exit, read-and-written destination). */
bool k2_rename_read(struct k2_insn *i, unsigned int from, unsigned int to);
/* Every explicit operand `from` becomes `to`; the instruction must not have it implicitly (calls, exit). */
void k2_rename(struct k2_insn *i, unsigned int from, unsigned int to);
/* A plain 64-bit copy between two different registers. */
bool k2_is_copy(const struct k2_insn *i);
/* Not volatile, frozen, opaque or relocated: may be rewritten. */
bool k2_is_plain(const struct k2_insn *i);
bool k2_is_goto(const struct k2_insn *i); /* a plain one */
bool k2_fits_imm32(uint64_t v); /* as a sign-extended 32-bit immediate */
/* mov dst = c in one instruction that the target has, if there is one. */
bool k2_mk_const(const struct k2_func *f, uint8_t dst, uint64_t c, struct k2_insn *out);
/* A memory access of plain bytes or own stack with known place (not an event). */
bool k2_is_access(const struct k2_site *s, uint32_t k);
uint8_t k2_size_code(unsigned int bytes); /* 1, 2, 4, 8 to K2_B.. */
/* A register and displacement that address base + off before instruction k; false: none. */
bool k2_find_addr(const struct k2_site *s, uint32_t k, k2_t base, uint64_t off, uint8_t *reg, int16_t *disp);
/* A register below r10 that nobody reads or writes from instruction `from` up to and including `to`, and that is not live
   across; -1: none. */
int k2_find_free(const struct k2_site *s, uint32_t from, uint32_t to);

/* Do two instructions that stand next to each other do the same in the other order? (depend.c) */
bool k2_may_swap(const struct k2_insn *a, const struct k2_insn *b);

#endif

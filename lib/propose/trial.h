/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of the graph that are made on a copy first, since nobody knows what they save before dead code is gone and the blocks are laid
   out. */
#ifndef K2_TRIAL_H
#define K2_TRIAL_H

#include "propose.h"

struct k2_trial {
	const struct k2_graph *g;
	struct k2_func *f;   /* the copy: its edges say where control goes; edited instructions need an array of their own */
	uint32_t n_blocks;   /* before */
	uint8_t *loose;      /* by block of g->f: what follows it may be chosen anew */
	struct k2_arena_mark mark;
};

/* Slots that may be copied and laid out anew in all trials that one proposer makes of one function. */
enum { K2_TRIAL_SLOTS = 60000 };

/* False: out of memory, or the function's blocks may not be laid out. */
bool k2_trial_begin(struct k2_trial *t, const struct k2_graph *g);
/* A new block with a copy of the first `n` instructions of block b, that goes on to `to`. K2_NO_BLOCK: out of memory. */
uint32_t k2_trial_copy_block(struct k2_trial *t, uint32_t b, uint32_t n, uint32_t to);
/* Edge `edge` of block b goes to `to`. */
void k2_trial_lead(struct k2_trial *t, uint32_t b, unsigned int edge, uint32_t to);
/* Ways past blocks without code and to gotos become short, branches both of whose ways lead to one place go, and code whose results nobody
   reads; then blocks are laid out. *saved gets the slots that this is better than g->f. False: out of memory. */
bool k2_trial_end(struct k2_trial *t, int *saved);
/* The instructions of block b, which may be edited in place, with room for `more`. NULL: out of memory. */
struct k2_insn *k2_trial_edit(struct k2_trial *t, uint32_t b, uint32_t more);
/* Liveness of registers; of the stack nothing is said. False: out of memory. */
bool k2_trial_regs_live(struct k2_arena *a, const struct k2_func *f, struct k2_liveness *out);
/* The memory of a trial that nobody wants. Not when `may` was asked in between: that keeps things there. */
void k2_trial_drop(struct k2_trial *t);
/* The copy becomes g->f. */
void k2_trial_take(struct k2_trial *t);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A way through one function: some blocks in the order in which they are executed, as one straight piece of code. */
#ifndef K2_PATH_H
#define K2_PATH_H

#include "func.h"

enum k2_path_end {
	K2_PATH_AT_HEAD, /* the next block is known (`next`), and not yet part of the path */
	K2_PATH_ONE,     /* the last block has one successor */
	K2_PATH_BRANCH,  /* it ends in a conditional jump */
	K2_PATH_MAY,     /* it ends in may_goto */
	K2_PATH_EXIT,
	K2_PATH_STOPS,   /* control runs off its end: behind a call that does not return */
	K2_PATH_BAD,     /* no program that loads does this */
};

struct k2_path {
	const struct k2_func *f;
	struct k2_insn *insns; /* the block's own while there is only one */
	uint32_t n, n_blocks;
	uint32_t cap;          /* 0: copies of this struct may go different ways, so what changes is copied (k2_path_own) */
	uint32_t last;         /* block */
	bool at_head;
	uint32_t next;
};

/* The path of one block. */
struct k2_path k2_path_of(const struct k2_func *f, uint32_t block);
/* There is one copy of the path only: it grows in place. For long ones. */
static inline void k2_path_own(struct k2_path *p)
{
	p->cap = 1; /* less than any path needs: the block's own instructions stay as they are */
}
enum k2_path_end k2_path_end(const struct k2_path *p);
/* Goes along edge `edge` of the last block: `next` gets the block behind it (empty ones are passed). The path may not be
   K2_PATH_AT_HEAD. K2_ENOMEM; new code is made in `a`. */
enum k2_status k2_path_leave(struct k2_arena *a, struct k2_path *p, unsigned int edge);
/* Appends block `next`. */
enum k2_status k2_path_enter(struct k2_arena *a, struct k2_path *p);
/* The first block from b on, b itself included, that does more than go on to the next. */
uint32_t k2_path_pass_empty(const struct k2_func *f, uint32_t b);

#endif

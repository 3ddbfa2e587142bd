/* SPDX-License-Identifier: BSD-2-Clause */
/* Webs: what a register holds from where it is written to where it is read last, over the whole function. Each may live in another
   register, as long as no two that are alive together share one. */
#ifndef K2_WEBS_H
#define K2_WEBS_H

#include "propose.h"

enum { K2_WEB_REGS = 10, K2_NO_WEB = 0xffffffff };

/* The webs that an instruction names: of its destination as it is read and as it is written, and of its source. Registers that it uses
   without naming them (calls, exit) belong to webs 0..9, which are those registers for good. */
struct k2_web_use {
	uint32_t read, written, source; /* K2_NO_WEB: not a register that may get another name */
};

struct k2_webs {
	struct k2_arena *arena;
	const struct k2_func *f;
	uint32_t n;                /* webs; the first K2_WEB_REGS are registers */
	uint8_t *reg;              /* of each: its register in the code as it is */
	struct k2_web_use **use;   /* by block and instruction */
	uint16_t **live;           /* registers that are read behind each instruction, by block and instruction */
	uint64_t *apart;           /* n rows of `words`: webs that are alive together */
	uint32_t words;
};

/* NULL: out of memory, or too many webs. */
struct k2_webs *k2_webs_find(struct k2_arena *a, const struct k2_func *f, struct k2_absint *ai);

/* Does the copy (of a register, 64 bits or, where the upper half is 0 or dead, 32) leave the same number in both registers? */
bool k2_webs_is_copy(const struct k2_insn *i, const struct k2_astate *before);

#endif

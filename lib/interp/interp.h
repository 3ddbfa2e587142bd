/* SPDX-License-Identifier: BSD-2-Clause */
/* Concrete execution: one instruction over an environment that supplies memory and calls (used to replay counterexamples
   of windows), and, in machine.h, a machine with stack, context, packet, maps and helpers on top of it (whole programs). */
#ifndef K2_INTERP_H
#define K2_INTERP_H

#include <stdbool.h>
#include <stdint.h>
#include "isa.h"

enum k2_step {
	K2_STEP_NEXT,        /* go on with the following instruction */
	K2_STEP_TAKEN,       /* a jump was taken: go to its target */
	K2_STEP_EXIT,
	K2_STEP_FAULT,       /* the environment refused an access or call */
	K2_STEP_UNSUPPORTED, /* opaque, or not modelled */
};

/* The world around the registers. Values of loads and stores are numbers (the environment knows the byte order). A load may
   give a number wider than the access: a context field such as xdp_md->data, for which the kernel loads a 64-bit pointer;
   the register then gets all of it. Each callback returns false to fault. */
struct k2_interp_env {
	void *user;
	bool big_endian;
	bool (*load)(void *user, uint64_t addr, unsigned int size, uint64_t *value);
	bool (*store)(void *user, uint64_t addr, unsigned int size, uint64_t value);
	/* A call: reads r1-r5, sets r0; the interpreter poisons r1-r5 afterwards. */
	bool (*call)(void *user, const struct k2_insn *i, uint64_t regs[11]);
	/* The value of a relocated immediate (ld_imm64 of a symbol, or K2_F_SYM_IMM); and of a K2_F_SYM_OFF offset. */
	bool (*symbol)(void *user, const struct k2_insn *i, uint64_t *value);
};
enum k2_step k2_interp_step(const struct k2_interp_env *env, const struct k2_insn *i, uint64_t regs[11]);
/* What a call leaves in r1-r5: nothing that a program may read, and easy to see when it does. */
void k2_interp_clobber(uint64_t regs[11]);

#endif

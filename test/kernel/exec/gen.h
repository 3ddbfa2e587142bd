/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator's own interface: gen.c makes the frame of a program and its control flow, gen_memory.c accesses and
   pointers, gen_call.c calls. The generator knows of every register what it holds, on all paths that meet. */
#ifndef K2_TEST_GEN_H
#define K2_TEST_GEN_H

#include "exec.h"

enum kind {
	NOTHING, /* not to be read */
	NUMBER,
	COUNTER, /* of a loop: a number that nobody else changes */
	CONTEXT,
	MEMORY,  /* an address; bytes lo .. hi - 1 from it may be accessed */
	PACKET,  /* likewise, until the packet changes */
	HASHED,  /* likewise, until the hash changes: the kernel gives freed elements to later updates */
	FRAME,   /* likewise, on the own stack: aligned accesses only */
};
struct held {
	enum kind kind;
	int16_t lo, hi; /* of a spilled number, hi: bytes */
	bool aligned;   /* the address is a multiple of 8 */
};

enum { SPILLS = 3 };
struct state {
	struct held reg[10], spill[SPILLS];
};

struct gen {
	struct exec_prog *prog;
	struct exec_func *f;
	uint64_t rnd;
	struct state s;
	uint8_t ctx, val;     /* registers that keep context and the value of A (or what a subprogram has for it) */
	int stack_lo, stack_hi; /* initialised bytes of the frame, r10-relative */
	unsigned int jumps, loops, calls, depth;
	unsigned int called;    /* functions, as a mask */
	bool in_loop, main;
};

/* Stack below the initialised bytes: spilled pointers, then keys. */
enum { KEY_OFF = -8, SPILL_OFF = -216 };

unsigned int pick(struct gen *g, unsigned int n);
void emit(struct gen *g, struct k2_insn i);
struct k2_insn mk_jump_imm(uint8_t op, unsigned int dst, int32_t imm); /* no target yet */
struct k2_insn mk_jump_reg(uint8_t op, unsigned int dst, unsigned int src);
void mov(struct gen *g, unsigned int dst, unsigned int src);
void mov_imm(struct gen *g, unsigned int dst, int32_t imm);
void add_imm(struct gen *g, unsigned int dst, int32_t imm);
void ld_symbol(struct gen *g, unsigned int dst, uint32_t sym, uint8_t src);

/* A register that may be written, and one that holds a number (made, if there is none). */
uint8_t free_reg(struct gen *g);
uint8_t number_reg(struct gen *g);
/* A register other than those in `not` (a mask) that may be written. */
uint8_t free_reg_not(struct gen *g, unsigned int not);
void set_kind(struct gen *g, unsigned int reg, enum kind k);
void set_memory(struct gen *g, unsigned int reg, enum kind k, int lo, int hi, bool aligned);
/* All registers and spills of kind k hold nothing any more. */
void drop_kind(struct gen *g, enum kind k);
void merge(struct state *s, const struct state *other);
/* The instruction at `at` jumps to the next one made. */
void land(struct gen *g, uint32_t at);
/* A row of this kind, fields that select it filled in. */
struct k2_insn random_row(struct gen *g, enum k2_kind kind);
void statements(struct gen *g, unsigned int n);

/* gen_memory.c */
void gen_access(struct gen *g);
void gen_context(struct gen *g);
void gen_pointer(struct gen *g);
void gen_packet(struct gen *g);
void gen_spill(struct gen *g);
void gen_global(struct gen *g);
/* gen_call.c */
void gen_lookup(struct gen *g);
void gen_map_change(struct gen *g);
void gen_helper(struct gen *g);
void gen_adjust(struct gen *g);
void gen_legacy(struct gen *g);
void gen_subprog(struct gen *g);
void gen_callback(struct gen *g);

#endif

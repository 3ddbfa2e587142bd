/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by replay.c (the concrete world and where it comes from), replay_run.c (running in it) and replay_text.c. */
#ifndef K2_REPLAY_IMPL_H
#define K2_REPLAY_IMPL_H

#include "interp.h"
#include "replay.h"

/* Concrete addresses: 0xffff in the top 16 bits as in kernel pointers, so that code which takes a pointer for a 32-bit number
   is found out; 8 bits of area, 12 of symbol, 28 of offset, of which the middle is where objects begin. */
enum k2_area { K2_AREA_STACK = 1, K2_AREA_CTX, K2_AREA_PKT, K2_AREA_VALUE, K2_AREA_DATA, K2_AREA_MEM, K2_AREA_FAR, K2_AREA_OTHER };
#define K2_ADDR_MID 0x1000000ull
static inline uint64_t k2_addr(enum k2_area area, uint32_t id, uint64_t off)
{
	return 0xffff000000000000ull + ((uint64_t)area << 40) + ((uint64_t)(id & 0xfff) << 28) + K2_ADDR_MID + off;
}
static inline unsigned int k2_area_of(uint64_t addr)
{
	return addr >> 48 == 0xffff ? (unsigned int)(addr >> 40) & 0xff : 0;
}

/* Bytes by address. */
struct k2_cell {
	uint64_t addr;
	uint8_t value;
	bool used;
	uint32_t by; /* the instruction that wrote it */
};
struct k2_cells {
	struct k2_cell *c;
	uint32_t n, cap;
};
/* NULL: not there. */
struct k2_cell *k2_cell_find(const struct k2_cells *m, uint64_t addr);
/* Overwrites. False: out of memory. */
bool k2_cell_put(struct k2_arena *a, struct k2_cells *m, uint64_t addr, uint8_t value, uint32_t by);

/* A byte that the terms speak of: what memory holds there after event `version` (0: at entry). */
struct k2_spoken {
	uint32_t version;
	uint64_t addr;
	uint8_t value;
};
/* The same for the context and for loads of whole values (`far`). */
struct k2_whole {
	uint32_t version, size;
	uint64_t addr, value;
	bool far;
};

/* What the outside sees in order: calls, atomics, volatile accesses, stores to the context, inline asm. */
struct k2_action {
	const struct k2_insn *insn;
	uint32_t at, n_in;
	uint64_t in[8];
	uint8_t in_reg[8];         /* the register that it came from; 0xff: an address or value */
	const struct k2_event *e;  /* of the old code: what it sees and changes */
	uint32_t number;           /* of that event */
	struct k2_cells mem;       /* before it */
	uint8_t stack[K2_STACK_SIZE];
	uint64_t out[11];
	uint16_t map[K2_STACK_SIZE]; /* where the event's stack bytes are on this side */
};

enum k2_end { K2_END_FALLS, K2_END_JUMPS, K2_END_EXITS };
struct k2_side {
	const struct k2_insn *insns;
	uint32_t n, at;
	/* The new side of whole functions goes where its jumps go; else code is straight, and jumps inside go as their flags say. */
	const struct k2_func *f;
	uint32_t block, index, steps;
	uint8_t *ways;       /* of f's branches in order: the edge taken */
	uint32_t n_ways, cap_ways;
	/* What was executed, and what it left in the register it wrote: for whole functions. */
	struct k2_step_done {
		uint32_t at;
		uint64_t value;
	} *trace;
	uint32_t n_trace, cap_trace;
	uint32_t off_path;   /* instruction whose jump does not go as the path says; K2_NOBODY: none */
	uint64_t reg[11];
	uint32_t reg_by[11];
	uint8_t stack[K2_STACK_SIZE];
	uint32_t stack_by[K2_STACK_SIZE]; /* K2_NOBODY: as at entry */
	struct k2_cells mem;              /* what differs from entry */
	uint32_t ctx_version, n_actions, n_events;
	enum k2_end end;
	uint32_t target;
	bool stopped;    /* at a difference, or at the end */
	const char *bad; /* the run means nothing, */
	bool wrong;      /* unless it is the new side's own fault */
};
#define K2_NOBODY UINT32_MAX

struct k2_difference {
	bool found;
	char what[96];
	uint64_t old, new_;
	bool values;              /* old and new_ say something */
	bool memory;              /* it is the byte at `addr`; `what` goes before it */
	uint64_t addr;
	uint32_t old_at, new_at;  /* instructions to blame; K2_NOBODY: none */
};

struct k2_replay {
	struct k2_checker *ck;
	struct k2_window *w;
	const struct k2_sym *s;
	struct k2_arena *arena;
	const k2_t *stack;           /* bytes of the frame at entry */
	const struct k2_world *world; /* k2_replay_in */
	const struct k2_insn *insns; /* the new code, if it is straight */
	uint32_t n;
	const struct k2_func *func;  /* the new code, if it is a function; the window is then a path from entry to exit */
	const k2_t *assume;          /* the path's conditions */
	uint32_t n_assume;
	/* Unknowns of both executions by rising id, and this attempt's value of each. */
	k2_t *atoms;
	bool *is_base; /* part of some address */
	bool *placed;  /* in this attempt */
	uint64_t *value;
	uint32_t *part, *next_part; /* k2_replay_part */
	uint32_t n_atoms, cap_atoms;
	bool failed;   /* out of memory, or no value for a term */
	/* The world of one attempt. */
	struct k2_cells init;
	struct k2_spoken *spoken;
	struct k2_whole *whole;
	uint32_t n_spoken, cap_spoken, n_whole, cap_whole;
	uint64_t packet_end;        /* 0: nobody looks at it */
	uint32_t choice;            /* which of several targets pointers of unknown kind have */
	uint64_t entry_reg[11];
	uint8_t entry_stack[K2_STACK_SIZE];
	struct k2_side side[2];     /* old, new */
	struct k2_action *actions;  /* of the old code */
	uint32_t n_actions, cap_actions;
	/* What was read of the entry state, for the text. */
	struct k2_cells read_mem;
	uint64_t read_stack[8];
	bool *read_whole;
	struct k2_difference diff;
};

/* 1 + the number of the first unknown that says what a byte is where a call may have written `written` over it, and next_part of one
   is the next; 0: no more. */
uint32_t k2_replay_part(const struct k2_replay *r, k2_t written);
/* Value of a term under this attempt's values. */
uint64_t k2_replay_eval(struct k2_replay *r, k2_t t);
/* The value of the unknown fn(args) with this first argument and width; false: nobody speaks of it. */
bool k2_replay_named(const struct k2_replay *r, uint64_t fn, unsigned int width, uint64_t first, uint64_t *value);

/* Values for some unknowns, by the id of their terms; sorted. */
struct k2_world {
	uint64_t vector;
	unsigned int layout;  /* of pointers, below K2_LAYOUTS */
	struct k2_told {
		uint32_t id;
		uint64_t value;
	} *told;
	uint32_t n_told;
};
enum { K2_LAYOUTS = 5 };

/* replay.c: a replay of the window against `s` (the new code's execution; blank if it was not executed). NULL: out of memory. It lives
   in ck->work. */
struct k2_replay *k2_replay_new(struct k2_checker *ck, struct k2_window *w, const struct k2_sym *s);
/* Both sides in that world. True: they differ; r->diff says how. Otherwise r->side[] tells what happened. */
bool k2_replay_in(struct k2_replay *r, const struct k2_world *world);
/* Worlds that the solver finds where the claims a[k] = b[k] fail. True: in one of them the sides differ. */
bool k2_replay_search(struct k2_replay *r, const k2_t *a, const k2_t *b, uint32_t n);

/* replay_run.c: both runs in the world of this attempt; fills r->diff. False: the runs mean nothing, or do not differ. */
bool k2_replay_run(struct k2_replay *r);
/* replay_text.c */
void k2_replay_print(const struct k2_replay *r, struct k2_explain *x);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of the replay: replay.c makes worlds out of values for the unknowns (replay_unknowns.c) and places for the
   pointers (replay_place.c); replay_run.c runs both sides in one, with its memory (replay_memory.c) and what the outside sees
   (replay_act.c); replay_text.c tells it. */
#ifndef K2_REPLAY_IMPL_H
#define K2_REPLAY_IMPL_H

#include "interp.h"
#include "replay.h"

/* Concrete addresses: 0xffff in the top 16 bits as in kernel pointers, so that code which takes a pointer for a 32-bit number
   is found out; 8 bits of area, 12 of symbol, 28 of offset, of which the middle is where objects begin. */
enum k2_area { K2_AREA_STACK = 1, K2_AREA_CTX, K2_AREA_PKT, K2_AREA_VALUE, K2_AREA_DATA, K2_AREA_MEM, K2_AREA_FAR, K2_AREA_OTHER, K2_AREA_FRAME };
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
/* Layouts of pointers that may be equal: far apart; equal; one and four bytes apart; equal, and those that may point into the
   stack do. */
enum { K2_LAYOUT_APART = 0, K2_LAYOUT_STACK = 4, K2_LAYOUTS = 5 };

/* replay.c: a replay of the window against `s` (the new code's execution; blank if it was not executed). NULL: out of memory. It lives
   in ck->work. */
struct k2_replay *k2_replay_new(struct k2_checker *ck, struct k2_window *w, const struct k2_sym *s);
/* Both sides in that world. True: they differ; r->diff says how. Otherwise r->side[] tells what happened. */
bool k2_replay_in(struct k2_replay *r, const struct k2_world *world);
/* Worlds that the solver finds where the claims a[k] = b[k] fail. True: in one of them the sides differ. */
bool k2_replay_search(struct k2_replay *r, const k2_t *a, const k2_t *b, uint32_t n);

/* replay_unknowns.c */
static inline bool k2_term_is(k2_t t, enum k2_fn fn)
{
	return t->op == K2_T_SELECT && t->imm == fn;
}
static inline enum k2_region k2_atom_region(k2_t atom)
{
	return (enum k2_region)(atom->tag & 0xff);
}
static inline uint32_t k2_atom_id(k2_t atom)
{
	return (uint32_t)(atom->tag >> 8);
}
/* Finds them all; r->failed: out of memory. */
void k2_replay_collect(struct k2_replay *r);
/* False: it is none of the unknowns. */
bool k2_replay_atom(const struct k2_replay *r, k2_t t, uint32_t *at);
/* For k2_t_eval, with a k2_replay as its user: an unknown's value in this attempt. */
uint64_t k2_replay_value(void *replay, k2_t atom);
/* 1 + the number of the first unknown that says what a byte is where a call may have written `written` over it, and next_part of one
   is the next; 0: no more. */
uint32_t k2_replay_part(const struct k2_replay *r, k2_t written);
/* Value of a term under this attempt's values. */
uint64_t k2_replay_eval(struct k2_replay *r, k2_t t);
/* The value of the unknown fn(args) with this first argument and width; false: nobody speaks of it. */
bool k2_replay_named(const struct k2_replay *r, uint64_t fn, unsigned int width, uint64_t first, uint64_t *value);

/* replay_place.c: the address of unknown k; false: it is no pointer, or NULL. `ordinal` counts those of each region before it. */
bool k2_replay_place(struct k2_replay *r, uint32_t k, unsigned int layout, uint32_t ordinal[16], uint64_t *addr);
/* Somebody compares with the end of the packet: where is it? As far from the first packet pointer as the values say (`hinted`), or
   one of the usual places. */
void k2_replay_place_end(struct k2_replay *r, bool hinted, unsigned int choice);

/* replay_memory.c */
#define K2_STACK_LOW (k2_addr(K2_AREA_STACK, 0, 0) - K2_STACK_SIZE)
static inline bool k2_on_stack(uint64_t addr)
{
	return addr - K2_STACK_LOW < K2_STACK_SIZE;
}
/* The environment of the interpreter: one side of a replay. */
struct k2_env {
	struct k2_replay *r;
	struct k2_side *s;
};
enum k2_step k2_replay_step(struct k2_env *e, const struct k2_insn *i);
/* The byte there: one of `m`, or as at entry. */
uint8_t k2_replay_peek(const struct k2_replay *r, const struct k2_cells *m, uint64_t addr);
void k2_replay_write(struct k2_env *e, uint64_t addr, uint8_t v);
/* By how much byte k of a value of `size` bytes is shifted. */
unsigned int k2_replay_shift(const struct k2_replay *r, unsigned int size, unsigned int k);
/* The number that a symbol gives to an instruction (as k2_interp_env has it). */
bool k2_replay_symbol(void *env, const struct k2_insn *i, uint64_t *value);
/* The run means nothing, and ends. False. */
bool k2_side_bad(struct k2_side *s, const char *why);
/* What no program that loads does: in code that should do the same as one that loads, it is a difference. False. */
bool k2_side_wrong(struct k2_side *s, const char *why);

/* replay_act.c: whether the outside sees the instruction, */
bool k2_act_is(struct k2_env *e, const struct k2_insn *i);
/* the old code does that (its event of that number), */
void k2_act_old(struct k2_env *e, const struct k2_insn *i, uint32_t number);
/* and the new code: is it what the old one did? */
void k2_act_new(struct k2_env *e, const struct k2_insn *i);
/* The first difference stays. */
void k2_differ(struct k2_replay *r, uint32_t old_at, uint32_t new_at, uint64_t old, uint64_t new_, const char *what);
void k2_differ_in_kind(struct k2_replay *r, uint32_t old_at, uint32_t new_at, const char *what);
void k2_differ_in_memory(struct k2_replay *r, const struct k2_cells *a, const struct k2_cells *b);

/* replay_run.c: both runs in the world of this attempt; fills r->diff. False: the runs mean nothing, or do not differ. */
bool k2_replay_run(struct k2_replay *r);
/* replay_text.c */
void k2_replay_print(const struct k2_replay *r, struct k2_explain *x);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A world for runs of one function, made from a number: every address may be read and holds something, callees answer what
   their prototypes allow, and what they do depends on the world, on their arguments and on how many calls came before. So two functions
   that do the same calls see the same world. It shares the meaning of instructions (lib/interp) with the checker, and nothing else. */
#ifndef K2_TEST_WORLD_H
#define K2_TEST_WORLD_H

#include "interp.h"
#include "trust.h"

/* Where addresses point: 0xffff, 4 bits of area, 12 of number, 32 of offset with its zero in the middle. */
enum area { A_STACK = 1, A_CALLER, A_CTX, A_PACKET, A_VALUE, A_DATA, A_MAP, A_FUNC, A_RECORD, A_KERNEL };
#define AREA_MIDDLE 0x10000000ull
static inline uint64_t area_base(enum area a, uint32_t number)
{
	return 0xffff000000000000ull | (uint64_t)a << 44 | (uint64_t)(number & 0xfff) << 32 | AREA_MIDDLE;
}
static inline unsigned int area_of(uint64_t addr)
{
	return addr >> 48 == 0xffff ? (unsigned int)(addr >> 44) & 0xf : 0;
}
static inline uint32_t number_of(uint64_t addr)
{
	return (uint32_t)(addr >> 32) & 0xfff;
}

enum { PACKET_MAX = 512, MAX_WORDS = 64, MAX_LOG = 600, CELLS = 1 << 13 };

/* One call, or packet load: what went in. */
struct logged {
	const struct k2_insn *insn;
	uint64_t in[6];            /* r0..r5; those of `args` count */
	uint16_t args;
	bool sees_frame;
	uint64_t memory;           /* digest of what it sees of memory that it was given, and of all memory outside if it can see that */
	uint32_t frame;            /* sees_frame: index of the frame as it was */
};

enum end { END_EXIT, END_TAIL_CALL, END_PACKET, END_LIMIT, END_STUCK };

struct cell {
	uint64_t addr;
	uint32_t run;              /* in use in this run only */
	uint8_t value;
};

struct frame {
	uint8_t byte[K2_STACK_SIZE];
	uint64_t written[K2_STACK_SIZE / 64];
};

/* Room for a run; made once. */
struct run {
	const struct k2_func_desc *d;
	const struct k2_prog_type *type;
	uint64_t result_mask;      /* what the outside sees of the result */
	const uint64_t *words;     /* numbers that the function compares with */
	uint32_t n_words;
	uint64_t seed;
	/* while it runs */
	uint64_t reg[11];
	struct frame stack;
	uint32_t version, packet, ways; /* of memory outside, of the packet's place; may_goto's */
	uint8_t data[PACKET_MAX];
	uint32_t length;
	struct cell cells[CELLS];
	uint32_t used[CELLS], n_used, run;
	bool full;
	/* what it did */
	enum end end;
	uint64_t result, outside;
	uint32_t steps;
	struct logged log[MAX_LOG];
	uint32_t n_log;
	struct frame frames[64];   /* for sees_frame */
	uint32_t n_frames;
	uint8_t *reached;          /* by instruction; NULL: not wanted */
};

/* What a register holds that nobody has set. */
static inline bool is_unset(uint64_t v)
{
	return v >> 16 == 0xdead0badca11ull;
}

/* world.c */
void run_begin(struct run *r, const struct k2_func_desc *d, uint64_t seed);
uint64_t noise(const struct run *r, uint64_t a, uint64_t b);
uint64_t some_number(const struct run *r, uint64_t a, uint64_t b);
uint64_t kernel_pointer(const struct run *r, uint64_t a, uint64_t b);
bool world_load(void *run, uint64_t addr, unsigned int size, uint64_t *value);
bool world_store(void *run, uint64_t addr, unsigned int size, uint64_t value);
bool world_symbol(void *run, const struct k2_insn *i, uint64_t *value);
uint8_t world_byte(struct run *r, uint64_t addr);
void world_put(struct run *r, uint64_t addr, uint8_t value);
uint64_t digest_outside(struct run *r);
/* All memory outside may be changed by others. */
void world_changes(struct run *r);

/* callee.c */
bool world_call(void *run, const struct k2_insn *i, uint64_t regs[11]);
bool world_packet_load(struct run *r, const struct k2_insn *i);

/* judge.c: runs the function to its end, at most `limit` steps. */
void run_function(struct run *r, const struct k2_func_desc *d, uint64_t seed, uint32_t limit);
/* NULL: both did the same as far as can be told; else what differs. */
const char *runs_differ(struct run *old, struct run *new_);
void print_run(FILE *to, const char *name, const struct run *r);
/* The numbers that a function compares with; at most MAX_WORDS. */
uint32_t find_words(const struct k2_func_desc *d, uint64_t *words);

#endif

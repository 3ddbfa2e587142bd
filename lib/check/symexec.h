/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbolic execution of a straight piece of code: what it does to registers, stack bytes and memory, as terms, and in
   which order it does what the outside can see.

   Memory: own stack by constant offset is an array of byte terms. Packet, map values, globals, reserved records and callers'
   frames are lists of layers; a layer holds the bytes written relative to one base term. Everything else that touches memory (calls,
   atomics, volatile accesses, stores through pointers of unknown kind, inline asm) is an *event*: old and new code must
   do the same events in the same order with equal inputs, and get the same unknown results. */
#ifndef K2_SYMEXEC_H
#define K2_SYMEXEC_H

#include "absint.h"
#include "smt.h"

struct k2_layer {
	struct k2_layer *below;
	k2_t base;
	enum k2_region region;
	uint32_t id;
	struct k2_layer_byte {
		uint64_t off; /* from base, mod 2^64 */
		k2_t value;
	} *bytes;        /* sorted by (int64_t)off */
	uint32_t n, cap;
};

/* Memory outside of the stack. `version` says which event last changed it as a whole. */
struct k2_ext {
	uint32_t version, ctx_version;
	struct k2_layer *top;
};

struct k2_event {
	const struct k2_insn *insn;
	k2_t in[12];           /* what goes in: argument registers, or address and value */
	uint8_t n_in;
	/* Arguments that point at so many bytes of the own frame, of which the callee keeps no address: where they lie is nobody's
	   business but the program's, so the bytes count and not the address (which is not among the inputs). */
	struct k2_view {
		uint8_t arg;   /* register */
		uint16_t at, size; /* bytes r10 - 512 + at .. + size */
	} view[5];
	uint8_t n_views;
	uint16_t in_regs;      /* the registers among them, where a call may read more than it was given */
	uint64_t seen[8];      /* stack bytes that the event can see */
	bool may_not_look;     /* perhaps not at all of them */
	k2_t *stack;           /* K2_STACK_SIZE entries, those of `seen` set */
	bool sees_ext;
	struct k2_ext ext;     /* a copy */
	/* Results; the new side takes them from the old side's event. */
	uint32_t number;       /* on both sides that of the old side's event */
	bool silent;           /* nobody notices when it is left out, but by what it gives */
	uint64_t fills[8];     /* of `partly`: with the result 0 it has written these */
	struct k2_aval result; /* what is known of each register in fresh_regs */
	uint16_t fresh_regs;   /* the registers of out_regs that hold something afterwards */
	k2_t out[11];          /* by register; NULL: not written (or, after a call, not readable) */
	uint16_t out_regs;     /* registers whose value is replaced by out[] */
	uint64_t written[8];   /* stack bytes whose value is replaced */
	uint64_t partly[8];    /* those of them that may also stay as they were */
	k2_t *after;           /* K2_STACK_SIZE entries, those of `written` set */
	bool writes_ext, writes_ctx;
};

/* Before each instruction, and what its memory access was. */
struct k2_point {
	k2_t reg[11];
	enum k2_region region; /* of the access; K2_RG_ANY also when there was none */
	uint32_t id;
	bool access, event;
	k2_t base;             /* address is base + off */
	uint64_t off;
	k2_t value;            /* access-wide number loaded or stored; NULL: not known byte by byte */
};

/* Where execution starts. */
struct k2_start {
	k2_t reg[11];              /* NULL: may not be read */
	k2_t stack[K2_STACK_SIZE]; /* byte at r10 - 512 + i; NULL: as the facts at entry say */
};

struct k2_sym {
	k2_t reg[11];                  /* NULL: may not be read */
	k2_t stack[K2_STACK_SIZE];     /* byte at r10 - 512 + i; NULL: as at entry */
	struct k2_ext ext;
	k2_t branch;                   /* width 1: the last instruction is a conditional jump and it is taken */
	k2_t *assumed;                 /* width 1: what the path's jumps decided */
	uint32_t n_assumed, cap_assumed;
	bool exits;
	struct k2_event *events;
	uint32_t n_events, cap_events;
	struct k2_point *points;       /* one per instruction, plus the end */
	uint32_t n_points;
	const char *fault;             /* why execution could not go on; NULL: it ended */
	uint32_t fault_at;             /* index of the instruction */
};

/* Everything that the two sides of a comparison share. */
struct k2_symctx {
	struct k2_arena *arena;
	struct k2_terms *terms;
	const struct k2_func *f;
	const struct k2_astate *facts; /* at entry */
	bool escapes;                  /* k2_absint_escapes */
	k2_t reg[11], slot[K2_SLOTS];  /* entry values; slots made on demand */
	k2_t fp;
	k2_t zero;
	struct k2_sym_memo *memo;      /* of k2_sym_aval */
};

enum k2_status k2_symctx_init(struct k2_symctx *c, struct k2_arena *a, struct k2_terms *t, const struct k2_func *f,
			      const struct k2_astate *facts, bool escapes);

/* What the executor asks when it meets an event. `k` is its number from 0. Fills in the results (see
   k2_event_fresh_results) or returns a sentence that says why execution must stop. */
typedef const char *(*k2_on_event)(void *user, struct k2_sym *s, struct k2_event *e, uint32_t k);

/* Executes from `start`; on return out->fault tells whether all went well. K2_ENOMEM. */
enum k2_status k2_sym_run(struct k2_symctx *c, const struct k2_start *start, const struct k2_insn *insns, uint32_t n,
			  k2_on_event on_event, void *user, struct k2_sym *out);
/* The term of a value that is known as a number, or as an address at a known place, whoever computed it; NULL: it is not. */
k2_t k2_sym_fixed(struct k2_symctx *c, const struct k2_aval *v);
/* on_event for the old side: new unknowns for everything that the event writes. */
const char *k2_event_fresh(void *symctx, struct k2_sym *s, struct k2_event *e, uint32_t k);

/* Where the stack bytes of event `of` are in an event with the views `to` (by argument), byte by byte; others stay where they are.
   False: the views are not alike, or overlap in another way, each other or what else the event sees or changes. */
bool k2_event_moves(const struct k2_event *of, const struct k2_view *to, uint8_t n, uint16_t map[K2_STACK_SIZE]);

/* Terms know what they point at: */
struct k2_aval k2_sym_aval(const struct k2_symctx *c, k2_t v);
k2_t k2_sym_stack_byte(struct k2_symctx *c, const struct k2_sym *s, unsigned int index);
/* What slot `slot` holds at entry, as one number. */
k2_t k2_sym_entry_slot(struct k2_symctx *c, unsigned int slot);

/* lib/check/memory.c */
k2_t k2_ext_load(struct k2_symctx *c, const struct k2_ext *m, enum k2_region r, uint32_t id, k2_t base, uint64_t off,
		 unsigned int size);
void k2_ext_store(struct k2_symctx *c, struct k2_ext *m, enum k2_region r, uint32_t id, k2_t base, uint64_t off,
		  unsigned int size, k2_t value);
struct k2_ext k2_ext_copy(struct k2_symctx *c, const struct k2_ext *m);
/* The state of all memory as one term: argument of loads through pointers that may point anywhere. */
k2_t k2_ext_version(struct k2_symctx *c, const struct k2_ext *m);
/* Access-wide value from bytes in memory order, and back. */
k2_t k2_bytes_join(struct k2_symctx *c, const k2_t *bytes, unsigned int size);
k2_t k2_byte_of(struct k2_symctx *c, k2_t value, unsigned int size, unsigned int index);
/* Pairs of bytes that must be equal for the memories to be equal, through `pair`. NULL, or why they cannot be compared. */
const char *k2_ext_compare(struct k2_symctx *c, const struct k2_ext *old, const struct k2_ext *new_,
			   bool (*pair)(void *user, k2_t a, k2_t b), void *user);

/* Numbers of uninterpreted functions. */
enum k2_fn { K2_FN_FP = 1, K2_FN_CTX, K2_FN_SYMBOL, K2_FN_PSEUDO, K2_FN_CORE, K2_FN_BYTE, K2_FN_MEM, K2_FN_CTX_LOAD, K2_FN_FAR_LOAD,
	    K2_FN_PARTLY };

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the machine, shared by the files of this folder that are about it. */
#ifndef K2_MACHINE_IMPL_H
#define K2_MACHINE_IMPL_H

#include "machine.h"

enum {
	FRAMES = 8,      /* the kernel's limit of call depth */
	HEADROOM = 256,  /* XDP_PACKET_HEADROOM */
	ROOM = 4096 - 320, /* headroom, packet and tailroom: a page without its struct skb_shared_info */
	STACK_FILL = 0xa5, /* a frame that the program has not written */
	META_MAX = 255,  /* bytes of metadata before the packet */
	/* regions; numbers that programs do not compute by chance, so that tests can tell addresses from numbers */
	R_CTX = 0x3a51,
	R_PACKET,
	R_MAP,               /* map objects: an address each, no memory */
	R_FUNC,              /* functions, likewise */
	R_RECORD,            /* reserved records of ring buffers */
	R_STACK = 0x3a61,    /* one per depth */
	R_VALUES = 0x4ba7,   /* one per map */
	MAPS_MAX = 0x10000 - R_VALUES,
	OBJECT_SPACING = 64, /* bytes between map objects and between functions */
};
#define REGION_BASE(r) (0xffff000000000000ull | (uint64_t)(r) << 32)

struct k2_map {
	struct k2_map_desc d;
	bool array, hash, lru; /* none: only an address */
	bool spin_lock;
	bool refers;           /* programs and maps of maps: values are 1 + the number of a function or map; 0: none */
	uint32_t stride;       /* bytes between values: the gap catches accesses past one */
	uint32_t n, live;      /* elements ever made (dead ones keep their memory, as under RCU); those alive */
	uint32_t cap_keys, cap_values, cap_alive;
	uint8_t *keys, *values;
	bool *alive;
	uint64_t ring_used;    /* bytes of a ring buffer: nobody takes them out */
};

/* A reserved record at `off` of its region. */
struct record {
	uint32_t map, off, size;
	bool live;
	uint8_t *memory;
};
/* What a program told user space by a buffer map. */
struct event {
	uint32_t map, len;
	const void *data;
};

struct frame {
	uint32_t func, pc; /* where to go on */
	uint64_t saved[5]; /* r6-r10 of the caller */
	/* bpf_loop: what is called again until it returns something else than 0, or often enough; count 0: a plain call */
	uint32_t callback, count, done;
	uint64_t context;
};

struct k2_machine {
	struct k2_arena *arena;
	struct k2_machine_opts opt;
	const struct k2_code *code;
	uint32_t n_code;
	struct k2_map *maps;
	uint32_t n_maps, cap_maps;
	uint8_t *ctx, *packet; /* packet: with headroom and tailroom */
	enum k2_machine_ctx ctx_kind;
	uint32_t ctx_len;
	uint32_t room, meta, data, end; /* bytes at `packet`; offsets of data_meta, data, data_end */
	uint8_t stack[FRAMES][K2_STACK_SIZE];
	/* a run */
	struct frame frames[FRAMES];
	unsigned int depth;
	uint32_t func, pc;
	uint64_t random, clock;
	uint32_t tail_calls;
	struct record *records;
	struct event *events;
	uint32_t n_records, cap_records, n_events, cap_events;
	bool invented; /* the last helper's answer does not follow from the machine's state */
	char *why; /* of the current run */
	bool unsupported;
};

/* Says why the run faults; the first reason stays. Returns false. */
bool machine_fault(struct k2_machine *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Numbers in the program's byte order. */
uint64_t machine_get(const struct k2_machine *m, const uint8_t *p, unsigned int size);
void machine_put(const struct k2_machine *m, uint8_t *p, unsigned int size, uint64_t v);
/* The value of an instruction's symbol. */
bool machine_bound(struct k2_machine *m, const struct k2_insn *i, uint64_t *value);

/* call.c. Is the call one of those that go on in the program? */
bool machine_is_control(const struct k2_machine *m, const struct k2_insn *i);
enum k2_step machine_control(struct k2_machine *m, const struct k2_insn *i, uint64_t regs[11]);
void machine_enter(struct k2_machine *m, uint32_t func, uint32_t pc, uint64_t regs[11]);
void machine_leave(struct k2_machine *m, uint64_t regs[11]);

/* map.c. `addr` functions: 0 is NULL. */
struct k2_map *machine_map_at(struct k2_machine *m, uint64_t addr);
uint64_t machine_map_value_addr(struct k2_machine *m, uint32_t map, const void *key);
/* Element n of a map that refers; false: nothing there. */
bool machine_map_referred(const struct k2_machine *m, const struct k2_map *p, uint32_t n, uint32_t *number);
uint8_t *machine_map_memory(struct k2_machine *m, uint32_t map, uint32_t off, uint64_t size);

/* The bytes at an address, or NULL; no fault. */
uint8_t *machine_peek(struct k2_machine *m, uint64_t addr, uint64_t size);
uint8_t *machine_record_memory(struct k2_machine *m, uint32_t off, uint64_t size);
uint32_t machine_record_offset(const struct k2_machine *m, uint32_t off); /* in its record */

/* helper.c: a call of a helper that the hook did not take. */
bool machine_helper(struct k2_machine *m, const struct k2_insn *i, uint64_t regs[11]);
/* helper_NAME.c: its function for a helper, with the arguments in regs[1..5] and the result in regs[0]; NULL: has none.
   false: the run faults. */
typedef bool (*machine_helper_fn)(struct k2_machine *m, uint64_t regs[11]);
machine_helper_fn machine_skb_helper(int32_t id);
machine_helper_fn machine_output_helper(int32_t id);
machine_helper_fn machine_probe_helper(int32_t id);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* run: executes the programs of two objects in the kernel on the same inputs and compares everything that they leave. Shared
   by the files of this folder:
     run.c     arguments, the course of one program, verdicts
     input.c   packets and contexts
     load.c    what becomes of an object before it can be executed alone
     state.c   contents of maps: filling, reading, comparing
     stream.c  what programs write to perf and ring buffers */
#ifndef K2_TEST_RUN_H
#define K2_TEST_RUN_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	INPUT_MAX = 2048,   /* bytes of a packet */
	CTX_MAX = 512,      /* bytes of a context */
	OUTPUT_MAX = 8192,  /* bytes of packet that a program may leave */
	ENTRIES_MAX = 1024, /* max_entries of maps: larger ones are cut */
	REASON_SIZE = 512,
};

/* Random numbers: splitmix64, as everything here must be the same in every run. */
struct rng {
	uint64_t state;
};
uint64_t rng_next(struct rng *r);
/* Below `n`. */
uint32_t rng_below(struct rng *r, uint32_t n);
/* Bytes as programs look for them: zeroes, small numbers, addresses and ports of the packets, random ones. */
void rng_fill(struct rng *r, void *out, size_t size);
/* The same for a structure, member by member: addresses, ports, protocols and families by their names. */
void rng_fill_struct(struct rng *r, const struct btf *btf, uint32_t type, void *out, size_t size);

/* One execution's input and what it left. */
struct input {
	uint8_t data[INPUT_MAX];
	uint32_t data_len;
	uint8_t ctx[CTX_MAX];
	uint32_t ctx_len;
};
struct outcome {
	int error; /* of the system call; the rest is valid when 0 */
	uint32_t retval;
	uint8_t data[OUTPUT_MAX];
	uint32_t data_len;
	uint8_t ctx[CTX_MAX];
	uint32_t ctx_len;
};

/* What BPF_PROG_TEST_RUN of a program type takes (net/bpf/test_run.c, kernel/bpf/syscall.c: bpf_prog_test_run_syscall). */
struct run_type {
	enum bpf_prog_type type;
	bool packet;      /* data_in and data_out */
	bool ctx_in_only; /* the context is written in place, or not at all */
};
/* NULL: programs of this type cannot be executed. */
const struct run_type *run_type(enum bpf_prog_type type);
void make_input(struct rng *r, enum bpf_prog_type type, struct input *in);

/* Bytes that differ between two executions of the same program are left out of the comparison. */
struct mask {
	bool all;
	uint8_t *bytes; /* one for each 8 bytes of a value: nonzero is left out */
	size_t n;
};
/* Compares up to `size` bytes outside of `m`; the offset of the first difference, or -1. */
long mask_compare(const struct mask *m, const void *a, const void *b, size_t size);
/* Leaves out every difference of a and b. */
void mask_learn(struct mask *m, const void *a, const void *b, size_t size);

/* One loaded object with the program that is executed. */
struct side {
	struct bpf_object *obj;
	struct bpf_program *prog;
	enum bpf_prog_type type;
	struct map *maps;
	size_t n_maps;
	struct stream *stream;
};

/* Loads `file` with program number `n` as the one to be executed. `type`: of programs whose section says none. On failure
   false with a reason, and nothing is left. */
bool side_load(struct side *s, const char *file, int n, enum bpf_prog_type type, char reason[REASON_SIZE]);
void side_free(struct side *s);
const char *last_warning(void);

/* Maps of all sides of a program are numbered alike. `globals`: variables get random values, too. False: out of memory. */
bool state_open(struct side *s);
void state_close(struct side *s);
void state_fill(struct side *s, uint64_t seed, bool globals);
/* The programs in reach of tail calls. */
void state_fill_programs(struct side *s);
/* Names the first map that differs outside the masks of `a`; `text` says where. False: all are equal. */
bool state_differs(struct side *a, struct side *b, char *text, size_t size);
/* Masks of `a` get what differs from `twin`. */
void state_learn(struct side *a, struct side *twin);

bool stream_open(struct side *s);
void stream_close(struct side *s);
/* Takes what came since the last call. */
void stream_read(struct side *s);
bool stream_differs(struct side *a, struct side *b, char *text, size_t size);
void stream_learn(struct side *a, struct side *twin);

#endif

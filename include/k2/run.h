/* SPDX-License-Identifier: BSD-2-Clause */
/* Running a program without a kernel: one CPU, its maps, one packet or context. What runs is the program with all functions
   it calls, tail calls and callbacks of bpf_loop included. Every access outside of what there is stops the run with a reason,
   and so does everything that is not modelled: most helpers that change what the program cannot see, kernel functions,
   elements of maps other than arrays, hashes (one CPU's values), maps of maps, program arrays and ring buffers. */
#ifndef K2_RUN_H
#define K2_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <k2/func.h>
#include <k2/object.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum k2_run_status {
	K2_RUN_EXIT,
	K2_RUN_FAULT,       /* an access or call that the kernel would not allow */
	K2_RUN_UNSUPPORTED, /* something that is not modelled */
	K2_RUN_LIMIT,       /* too many instructions */
};
struct k2_run {
	enum k2_run_status status;
	uint64_t r0;         /* K2_RUN_EXIT */
	uint64_t steps;      /* instructions executed */
	uint32_t func, insn; /* where it stopped */
	char why[96];        /* "" for K2_RUN_EXIT */
};

/* An executed instruction. */
struct k2_run_step {
	uint32_t func, insn;
	const struct k2_insn *i;
	const uint64_t *regs; /* r0-r10, as it left them */
	int reg;              /* the register that it wrote; -1: none, or another function goes on */
	/* Calls of helpers and kernel functions only; the result is r0. */
	const char *helper;   /* name, without "bpf_"; NULL: no such call */
	const uint64_t *args; /* r1-r5 before */
	unsigned int n_args;  /* how many of them the helper looks at */
	bool made_up;         /* the result is not modelled, but made from the seed: time, random numbers, ids ... */
};

struct k2_run_options {
	size_t size;    /* sizeof(struct k2_run_options), for later growth */
	uint64_t seed;  /* of results that are made up */
	uint64_t limit; /* instructions; 0: one million */
	void *user;
	void (*step)(void *user, const struct k2_run_step *s); /* after each executed instruction; may be NULL */
};

struct k2_runner;

/* A program of an object, or a function described otherwise, with its maps: elements of arrays are zero, data sections have
   their initial bytes, maps of maps and of programs what their definition gives, and definitions of inner maps are maps,
   too. Where the number of elements is left to whoever loads the program, as in every description, it is 256. CO-RE values
   are those of compile time. Object or description outlive the runner. *out is set on K2_OK only and is to be freed.
   Otherwise `msg` (msg_size bytes) says why. K2_EINVAL: no such function, or not a program; K2_EUNSUPPORTED: its type is not
   known or not modelled; K2_ENOMEM. */
K2_API enum k2_status k2_runner_new(const struct k2_object *o, uint32_t func, const struct k2_run_options *opt,
				    struct k2_runner **out, char *msg, size_t msg_size);
K2_API enum k2_status k2_runner_new_func(const struct k2_func_desc *d, const struct k2_run_options *opt,
					 struct k2_runner **out, char *msg, size_t msg_size);
K2_API void k2_runner_free(struct k2_runner *r);

/* Whether programs of this type are about a packet. Where not, the context is plain bytes. */
K2_API bool k2_runner_takes_packet(const struct k2_runner *r);
/* What the program gets. With a packet, the context is made as BPF_PROG_TEST_RUN makes it (net/bpf/test_run.c): the packet
   begins with the Ethernet header, which types that work on the network layer do not see; the device is number 1, and there
   is no socket; `ctx` (may be NULL) holds those members of struct __sk_buff or xdp_md that BPF_PROG_TEST_RUN takes, and may be
   shorter. Types that it does not run see the bytes as they are. Without a packet (NULL), `ctx` is the context; where the type knows its size, missing bytes are
   zero. Copies. K2_EINVAL, with a reason. */
K2_API enum k2_status k2_runner_set_input(struct k2_runner *r, const void *packet, size_t packet_len, const void *ctx,
					  size_t ctx_len, char *msg, size_t msg_size);

/* Maps, numbered as in the object (or in the order of the description's symbols). */
struct k2_run_map {
	const char *name;
	uint32_t type, key_size, value_size, max_entries;
	bool is_data;     /* a data section: one value */
	bool is_array;    /* elements 0 .. max_entries - 1 are always there */
	bool is_hash;
	bool refers;      /* to maps or programs; is_array or is_hash say what keys are */
};
K2_API uint32_t k2_runner_n_maps(const struct k2_runner *r);
/* False: no such map. */
K2_API bool k2_runner_map(const struct k2_runner *r, uint32_t map, struct k2_run_map *out);
/* Sets an element. K2_EINVAL: no such index, no more room, or a map without elements. */
K2_API enum k2_status k2_runner_map_set(struct k2_runner *r, uint32_t map, const void *key, const void *value);
/* Sets an element of a map of maps or of a program array by name: a map or a program. K2_EINVAL: no such thing, or index. */
K2_API enum k2_status k2_runner_map_refer(struct k2_runner *r, uint32_t map, const void *key, const char *name);
/* The value; NULL: no such element. */
K2_API const void *k2_runner_map_get(struct k2_runner *r, uint32_t map, const void *key);

/* Runs the program. Once: afterwards packet, context and maps are as the program left them. K2_ENOMEM, K2_EINVAL: no input. */
K2_API enum k2_status k2_runner_run(struct k2_runner *r, struct k2_run *out);

/* The packet as the program sees it, metadata before it included in neither; NULL: there is none. */
K2_API const void *k2_runner_packet(const struct k2_runner *r, uint32_t *len);
K2_API const void *k2_runner_ctx(const struct k2_runner *r, uint32_t *len);
/* Elements that differ from what they were before the run, by map and key: `before` or `after` is NULL where there was none. */
typedef void k2_runner_change(void *user, uint32_t map, const void *key, const void *before, const void *after);
K2_API enum k2_status k2_runner_changes(struct k2_runner *r, k2_runner_change *fn, void *user);
/* What the program sent through ring and perf buffers, in order; false past the last. */
K2_API bool k2_runner_event(const struct k2_runner *r, uint32_t n, uint32_t *map, const void **data, uint32_t *len);

/* The name that kernel headers give a result of this program type (XDP_PASS, TC_ACT_OK); NULL: none. */
K2_API const char *k2_runner_result_name(const struct k2_runner *r, uint64_t r0);
/* Functions; NULL: past the last. */
K2_API const struct k2_func_desc *k2_runner_func(const struct k2_runner *r, uint32_t func);
/* An instruction as text; a value as number, or as what it points at ("packet + 12"). `size` bytes at `text`. */
K2_API void k2_runner_insn_text(const struct k2_runner *r, uint32_t func, uint32_t insn, char *text, size_t size);
K2_API void k2_runner_value_text(const struct k2_runner *r, uint64_t value, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif

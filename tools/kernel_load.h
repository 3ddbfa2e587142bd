/* SPDX-License-Identifier: BSD-2-Clause */
/* One program of an object in the running kernel, through libbpf: shared by k2 load and k2 opt --kernel. Nothing is attached or
   pinned, and nothing stays loaded. For one thread at a time: libbpf has one place for its messages. */
#ifndef K2_TOOLS_KERNEL_LOAD_H
#define K2_TOOLS_KERNEL_LOAD_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>

enum { KERNEL_REASON_SIZE = 512 };

/* What the kernel made of a program. Numbers are valid only if `loaded`, `slots` always. */
struct kernel_figures {
	bool loaded;
	char reason[KERNEL_REASON_SIZE]; /* not loaded: the verifier's last line, or what else was wrong */
	size_t slots, slots_linked;      /* of 8 bytes, before and after the subprograms were linked in; without `goto +0` */
	/* The verifier's own statistics (kernel/bpf/verifier.c: print_verification_stats). */
	long long processed, limit, max_states, total_states, peak_states, mark_read, usec;
	char stack[2048];                /* "144+280+120": by subprogram, in their order */
	unsigned xlated, jited;          /* bytes */
};

struct kernel_source {
	const char *path;
	const void *data;        /* the object's `size` bytes; NULL: they are in the file */
	size_t size;
	enum bpf_prog_type type; /* of programs whose section does not tell; BPF_PROG_TYPE_UNSPEC: guess */
};

/* The type that libbpf calls `name`; BPF_PROG_TYPE_UNSPEC if there is none. */
enum bpf_prog_type kernel_type_by_name(const char *name);

struct kernel_loader;
/* Takes over libbpf's messages, and lifts the limit on locked memory. NULL: out of memory. */
struct kernel_loader *kernel_loader_new(void);
void kernel_loader_free(struct kernel_loader *k);

/* Opens the object with only program number `n` (from 0) to be loaded. NULL with errno on failure, see kernel_warning; *prog is NULL
   when there are fewer programs. To be closed with bpf_object__close. */
struct bpf_object *kernel_open(const struct kernel_source *s, int n, struct bpf_program **prog);
/* The last warning of libbpf since the object was opened, "" if there is none. */
const char *kernel_warning(void);

/* Loads program number `n`, for which `obj` was opened. */
void kernel_load(struct kernel_loader *k, const struct kernel_source *s, int n, struct bpf_object *obj, struct bpf_program *p,
		 struct kernel_figures *out);

#endif

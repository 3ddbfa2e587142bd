/* SPDX-License-Identifier: BSD-2-Clause */
/* Random whole programs that the kernel accepts, and running them in the machine and in the kernel on equal inputs. A program
   is a main function and a few subprograms over four maps and one global variable; before it exits it leaves its registers
   and its stack in a map value, so that whoever compares memory compares them. */
#ifndef K2_TEST_EXEC_H
#define K2_TEST_EXEC_H

#include <stdbool.h>
#include <stdint.h>
#include "machine.h"

enum {
	EXEC_INSNS = 900, /* of one function */
	EXEC_FUNCS = 5,
	EXEC_PACKET = 192, /* bytes of the longest packet that goes in */
	EXEC_ROOM = 4096,  /* bytes of the longest that comes out */
	/* maps; the machine's numbers */
	EXEC_A = 0, /* array of one value: inputs, memory for the program, outputs */
	EXEC_B,     /* array of several small values */
	EXEC_H,     /* hash */
	EXEC_G,     /* array of one value: the global variable */
	EXEC_MAPS,
	/* the value of A */
	A_IN = 0,          /* r0-r9 at the start */
	A_DATA = 256,      /* memory for the body */
	A_DATA_SIZE = 128,
	A_SCRATCH = 448,   /* see launder() */
	A_OUT = 512,       /* r0-r9 at the end; 0 for those that hold no number */
	A_STACK = 640,     /* the stack bytes at the end */
	A_SIZE = 1024,
	B_SIZE = 16, B_ENTRIES = 4,
	H_SIZE = 16, H_ENTRIES = 3, H_KEYS = 4, /* keys 0 .. H_KEYS - 1: one more than the map takes */
	G_SIZE = 64,
	/* symbols: 1 + map number, then 1 + EXEC_MAPS + function number */
	EXEC_SYM_FUNC = 1 + EXEC_MAPS,
	EXEC_SYMS = EXEC_MAPS + EXEC_FUNCS,
};

enum exec_type { EXEC_TC, EXEC_XDP, EXEC_FILTER, EXEC_TYPES };

struct exec_func {
	struct k2_insn insns[EXEC_INSNS]; /* targets are indices */
	uint32_t n, body, body_end;       /* [body, body_end) is between prologue and epilogue */
	uint8_t n_args;
	bool callback;                    /* of bpf_loop */
};
struct exec_prog {
	enum exec_type type;
	struct exec_func funcs[EXEC_FUNCS]; /* 0 is main; without instructions: nobody calls it */
	uint32_t n_funcs;
	bool uses_hash;
};

/* gen.c: the program that `seed` stands for. */
void exec_generate(struct exec_prog *p, uint64_t seed);
/* Random numbers that like corners. */
uint64_t exec_number(uint64_t *rnd);
/* Function `func` as the library sees it; `syms` has room for EXEC_SYMS and lives as long as *d. */
void exec_describe(const struct exec_prog *p, uint32_t func, struct k2_symbol *syms, struct k2_func_desc *d);
/* Registers and length of the packet that program types see of an input packet. */
uint32_t exec_visible_from(enum exec_type t);

/* What can be seen of the world before and after a run. Unused bytes are zero. */
struct exec_world {
	uint8_t a[A_SIZE], b[B_SIZE * B_ENTRIES], g[G_SIZE];
	uint8_t h_has[H_KEYS], h[H_KEYS][H_SIZE];
	uint32_t mark, priority, cb[5];
	uint32_t ret;
	uint32_t len, meta; /* of `packet`; bytes of it that are metadata are counted in both */
	uint8_t packet[EXEC_ROOM];
};
void exec_random_world(struct exec_world *w, enum exec_type t, uint64_t *rnd);
/* NULL if equal, else which part is not. */
const char *exec_difference(const struct exec_world *a, const struct exec_world *b);

/* machine.c: a machine with the program and the world's maps, packet and context, in `a`. `binds` has room for EXEC_SYMS,
   `code` for EXEC_FUNCS. */
struct k2_machine *exec_machine(struct k2_arena *a, const struct exec_prog *p, const struct exec_world *in,
				const struct k2_machine_opts *o, struct k2_bind *binds, struct k2_code *code);
/* Runs it from `in`; `out` gets what it leaves. */
void exec_run_machine(struct k2_arena *a, const struct exec_prog *p, const struct exec_world *in, struct exec_world *out,
		      const struct k2_machine_opts *o, struct k2_run *run);

/* kernel.c */
struct exec_kernel {
	int fds[EXEC_MAPS], types; /* types: BTF */
	uint8_t *mem[EXEC_MAPS]; /* the values, mapped; NULL for the hash */
	char log[1 << 22];
};
bool exec_kernel_open(struct exec_kernel *k); /* false: no bpf(2) here */
int exec_kernel_load(struct exec_kernel *k, const struct exec_prog *p, bool log); /* -1 and errno: refused */
bool exec_kernel_run(struct exec_kernel *k, int fd, const struct exec_prog *p, const struct exec_world *in,
		     struct exec_world *out);

/* shrink.c: leaves out instructions as long as the program shows what it shows. */
void exec_shrink(struct exec_prog *p, bool (*shows)(void *user, const struct exec_prog *p), void *user);
/* print.c */
void exec_print(const struct exec_prog *p);
void exec_print_difference(const struct exec_world *in, const struct exec_world *kernel, const struct exec_world *machine);

#endif

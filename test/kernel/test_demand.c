// SPDX-License-Identifier: BSD-2-Clause
/* Where the verifier of the running kernel looks at a number's range, and where not: what lib/absint/demand.c says. Each use of a
   number is loaded twice: with a mask in front of it that tells the verifier its range, and with another instruction instead (so
   that states are kept at the same places). Uses that do not look at the number must load both ways and be processed alike; the
   others must be refused without the mask. Needs root. */
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

enum { VALUE_SIZE = 256, MAX = 64 };

struct code {
	struct bpf_insn insns[MAX];
	uint32_t n;
};

static int map_fd;

static void add(struct code *c, uint8_t op, unsigned int dst, unsigned int src, int16_t off, int32_t imm)
{
	assert_true(c->n < MAX);
	c->insns[c->n] = (struct bpf_insn){ .code = op, .off = off, .imm = imm };
	c->insns[c->n].dst_reg = dst & 15;
	c->insns[c->n++].src_reg = src & 15;
}

#define MOV_REG(c, d, s)     add(c, BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(c, d, i)     add(c, BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ALU_REG(c, op, d, s) add(c, BPF_ALU64 | (op) | BPF_X, d, s, 0, 0)
#define ALU_IMM(c, op, d, i) add(c, BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define LOAD(c, sz, d, s, o) add(c, BPF_LDX | BPF_MEM | (sz), d, s, o, 0)
#define STORE(c, sz, d, o, s) add(c, BPF_STX | BPF_MEM | (sz), d, s, o, 0)
#define JUMP(c, op, d, i, o) add(c, BPF_JMP | (op) | BPF_K, d, 0, o, i)
#define CALL(c, f)           add(c, BPF_JMP | BPF_CALL, 0, 0, 0, f)

/* r6: context, r7: map value (or the program ends), r8: a byte of the packet, masked or not. */
static void begin(struct code *c, bool masked)
{
	MOV_REG(c, 6, 1);
	MOV_IMM(c, 1, 0);
	STORE(c, BPF_W, 10, -4, 1);
	MOV_REG(c, 2, 10);
	ALU_IMM(c, BPF_ADD, 2, -4);
	add(c, BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map_fd);
	add(c, 0, 0, 0, 0, 0);
	CALL(c, BPF_FUNC_map_lookup_elem);
	MOV_REG(c, 7, 0);
	JUMP(c, BPF_JNE, 7, 0, 2);
	MOV_IMM(c, 0, 0);
	add(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	add(c, BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, 14);
	MOV_REG(c, 8, 0);
	if (masked)
		ALU_IMM(c, BPF_AND, 8, 255);
	else
		MOV_IMM(c, 5, 0);
}

static void end(struct code *c)
{
	MOV_IMM(c, 0, 0);
	add(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* ---- uses that do not look at the number ---- */

static void stored(struct code *c)
{
	STORE(c, BPF_DW, 7, 0, 8);
	STORE(c, BPF_W, 7, 8, 8);
	STORE(c, BPF_W, 6, offsetof(struct __sk_buff, mark), 8);
}

static void as_operand_of_atomics(struct code *c)
{
	add(c, BPF_STX | BPF_ATOMIC | BPF_DW, 7, 8, 0, BPF_ADD);
	add(c, BPF_STX | BPF_ATOMIC | BPF_DW, 7, 8, 8, BPF_XCHG);
}

static void as_packet_index(struct code *c)
{
	add(c, BPF_LD | BPF_IND | BPF_B, 0, 8, 0, 0);
}

static void as_any_argument(struct code *c)
{
	MOV_REG(c, 1, 8);
	MOV_IMM(c, 2, 0);
	CALL(c, BPF_FUNC_redirect);
}

static void spilled_and_stored(struct code *c)
{
	STORE(c, BPF_DW, 10, -16, 8);
	LOAD(c, BPF_DW, 1, 10, -16);
	STORE(c, BPF_DW, 7, 0, 1);
}

/* Every constant is below the mask: it tells nothing about the outcome. */
static void compared(struct code *c)
{
	JUMP(c, BPF_JGT, 8, 47, 2);
	JUMP(c, BPF_JEQ, 8, 6, 3);
	JUMP(c, BPF_JA, 0, 0, 2);
	JUMP(c, BPF_JEQ, 8, 50, 1);
	STORE(c, BPF_DW, 7, 0, 8);
}

/* ---- uses that do ---- */

static void added_to_pointer(struct code *c)
{
	ALU_REG(c, BPF_ADD, 7, 8);
	STORE(c, BPF_B, 7, 0, 8);
}

static void as_size(struct code *c)
{
	MOV_REG(c, 1, 7);
	MOV_REG(c, 2, 8);
	MOV_IMM(c, 3, 0);
	MOV_IMM(c, 4, 0);
	MOV_IMM(c, 5, 0);
	CALL(c, BPF_FUNC_csum_diff);
}

static void spilled_and_added(struct code *c)
{
	STORE(c, BPF_DW, 10, -16, 8);
	LOAD(c, BPF_DW, 1, 10, -16);
	ALU_REG(c, BPF_ADD, 7, 1);
	STORE(c, BPF_B, 7, 0, 1);
}

/* What is behind the jump would be refused. */
static void decided(struct code *c)
{
	JUMP(c, BPF_JLE, 8, 255, 1);
	LOAD(c, BPF_DW, 1, 7, VALUE_SIZE);
}

/* The other side of a comparison gets its bound from it. */
static void bounding_another(struct code *c)
{
	LOAD(c, BPF_DW, 1, 7, 8);
	add(c, BPF_JMP | BPF_JGT | BPF_X, 1, 8, 2, 0);
	ALU_REG(c, BPF_ADD, 7, 1);
	STORE(c, BPF_B, 7, 0, 1);
}

/* ---- loading ---- */

static int create_map(void)
{
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.map_type = BPF_MAP_TYPE_HASH;
	a.key_size = 4;
	a.value_size = VALUE_SIZE;
	a.max_entries = 1;
	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a));
}

/* Instructions that the verifier processed; -1: refused. */
static int load(void (*use)(struct code *c), bool masked)
{
	static char log[1 << 16];
	struct code c = { .n = 0 };
	union bpf_attr a;
	const char *p;
	int fd, processed = -1;

	begin(&c, masked);
	use(&c);
	end(&c);
	memset(&a, 0, sizeof(a));
	memset(log, 0, sizeof(log));
	a.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	a.insns = (uint64_t)(uintptr_t)c.insns;
	a.insn_cnt = c.n;
	a.license = (uint64_t)(uintptr_t)"GPL";
	a.log_buf = (uint64_t)(uintptr_t)log;
	a.log_size = sizeof(log);
	a.log_level = 4;
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));
	if (fd < 0)
		return -1;
	close(fd);
	p = strstr(log, "processed ");
	assert_non_null(p);
	assert_int_equal(sscanf(p, "processed %d insns", &processed), 1);
	return processed;
}

static void not_looked_at(void **state)
{
	static void (*const uses[])(struct code *c) = { stored, as_operand_of_atomics, as_packet_index, as_any_argument,
							spilled_and_stored, compared };

	(void)state;
	if (map_fd < 0)
		skip(); /* no bpf(2) here */
	for (size_t k = 0; k < sizeof(uses) / sizeof(uses[0]); k++) {
		int with = load(uses[k], true), without = load(uses[k], false);

		if (with < 0 || without != with)
			fail_msg("use %zu: %d processed with a mask, %d without", k, with, without);
	}
}

static void looked_at(void **state)
{
	static void (*const uses[])(struct code *c) = { added_to_pointer, as_size, spilled_and_added, decided, bounding_another };

	(void)state;
	if (map_fd < 0)
		skip(); /* no bpf(2) here */
	for (size_t k = 0; k < sizeof(uses) / sizeof(uses[0]); k++) {
		int with = load(uses[k], true), without = load(uses[k], false);

		if (with < 0 || without >= 0)
			fail_msg("use %zu: %d processed with a mask, %d without", k, with, without);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_looked_at),
		cmocka_unit_test(looked_at),
	};

	map_fd = create_map();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

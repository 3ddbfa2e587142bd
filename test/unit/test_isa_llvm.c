// SPDX-License-Identifier: BSD-2-Clause
/* The instruction table against LLVM: what we print, llvm-mc assembles to our bytes; what llvm-objdump prints, we parse to
   the same bytes. Skipped where the LLVM tools are not installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "test_isa_gen.h"

#ifndef K2_LLVM_SUFFIX
#define K2_LLVM_SUFFIX "-22"
#endif

enum { PER_ROW = 40, MAX_INSNS = 181 * PER_ROW };

struct fixture {
	char dir[32];
	struct k2_insn insns[MAX_INSNS];
	uint8_t bytes[MAX_INSNS * 16];
	size_t len;
	unsigned int n;
};

__attribute__((format(printf, 2, 3))) static int run(const struct fixture *f, const char *fmt, ...)
{
	char tool[200], command[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(tool, sizeof(tool), fmt, ap);
	va_end(ap);
	snprintf(command, sizeof(command), "cd %s && %s", f->dir, tool);
	return system(command);
}

static FILE *open_file(const struct fixture *f, const char *name, const char *mode)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	file = fopen(path, mode);
	assert_non_null(file);
	return file;
}

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/k2-isa-XXXXXX");
	*state = f;
	return !mkdtemp(f->dir);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	run(f, "rm -f a.s a.o a.bin a.dis a.err && rmdir %s", f->dir);
	test_free(f);
	return 0;
}

/* What LLVM 22 cannot assemble or write differently, and why it is so here:
     ld_imm64 of a map, variable, function: LLVM has only relocations there;
     subprograms and kfuncs: `call pc+N` (the kernel's) is a call of the symbol pc to LLVM; it has `call N` for helpers only;
     skb[r4 + N]: the kernel adds imm, LLVM has no operand for it;
     gotol +N beyond 16 bits: the assembler's check of the operand is too narrow. */
static bool llvm_has(const struct k2_isa_row *r, const struct k2_insn *i)
{
	switch (r->kind) {
	case K2_KIND_LD_IMM64:
		return i->src == 0;
	case K2_KIND_CALL:
		return i->src == K2_CALL_HELPER;
	case K2_KIND_LD_PKT:
		return K2_MODE(i->code) == K2_ABS || !i->imm;
	case K2_KIND_GOTO:
		return i->imm >= INT16_MIN && i->imm <= INT16_MAX;
	default:
		return true;
	}
}

static void generate(struct fixture *f, bool big)
{
	const struct k2_isa_row *r;
	uint64_t seed = 7;
	unsigned int n, k, used;

	f->n = 0;
	f->len = 0;
	for (n = 0; (r = k2_isa_row_at(n)); n++) {
		for (k = 0; k < PER_ROW; k++) {
			struct k2_insn i = gen_random(r, &seed);

			if (!k && K2_MODE(r->code) == K2_IND && r->kind == K2_KIND_LD_PKT)
				i.imm = 0;
			if (!llvm_has(r, &i))
				continue;
			assert_int_equal(k2_isa_encode(&i, big, f->bytes + f->len, &used), K2_OK);
			f->len += used;
			f->insns[f->n++] = i;
		}
	}
}

/* A narrow load-acquire prints with an r register here, as all loads do and as the kernel prints it; LLVM wants w. */
static void to_llvm(char *text, const struct k2_insn *i)
{
	if (k2_isa_kind(i) == K2_KIND_ATOMIC && i->imm == K2_LOAD_ACQ && K2_SIZE(i->code) != K2_DW)
		text[0] = 'w';
}

static void write_assembly(const struct fixture *f)
{
	FILE *file = open_file(f, "a.s", "w");
	char text[200];
	unsigned int k;

	for (k = 0; k < f->n; k++) {
		k2_isa_print(text, sizeof(text), &f->insns[k], NULL, 0);
		to_llvm(text, &f->insns[k]);
		fprintf(file, "%s\n", text);
	}
	fclose(file);
}

/* Every instruction's slot tells which one differs first. */
static void compare_bytes(const struct fixture *f)
{
	FILE *file = open_file(f, "a.bin", "r");
	uint8_t theirs[16];
	char text[200];
	unsigned int k;
	size_t at = 0;

	for (k = 0; k < f->n; k++) {
		size_t len = (size_t)k2_isa_slots(&f->insns[k]) * 8;

		assert_int_equal(fread(theirs, 1, len, file), len);
		k2_isa_print(text, sizeof(text), &f->insns[k], NULL, 0);
		if (memcmp(theirs, f->bytes + at, len))
			fail_msg("llvm-mc encodes differently: %s", text);
		at += len;
	}
	assert_int_equal(fgetc(file), EOF);
	fclose(file);
}

/* Lines with an instruction begin with a tab; "<.text+0x40>" behind jumps says again where they go. */
static char *instruction_in(char *line)
{
	char *angle = strstr(line, " <.text");

	if (line[0] != '\t' || !line[1])
		return NULL;
	if (angle)
		*angle = '\0';
	return line;
}

static void compare_disassembly(const struct fixture *f, bool big)
{
	FILE *file = open_file(f, "a.dis", "r");
	char line[300], *text;
	unsigned int used, k = 0;
	size_t at = 0;

	while (fgets(line, sizeof(line), file)) {
		struct k2_insn i;
		const char *msg = "";
		uint8_t bytes[16];

		text = instruction_in(line);
		if (!text)
			continue;
		if (k2_isa_parse(text, &i, &msg) != K2_OK)
			fail_msg("cannot parse %s: %s", text, msg);
		assert_int_equal(k2_isa_encode(&i, big, bytes, &used), K2_OK);
		if (memcmp(bytes, f->bytes + at, used))
			fail_msg("not the bytes that llvm-objdump prints as %s", text);
		at += used;
		k++;
	}
	assert_int_equal(k, f->n);
	fclose(file);
}

static void against_llvm(struct fixture *f, bool big)
{
	if (run(f, "command -v llvm-mc" K2_LLVM_SUFFIX " llvm-objdump" K2_LLVM_SUFFIX " llvm-objcopy" K2_LLVM_SUFFIX
		   " >a.err"))
		skip();
	generate(f, big);
	write_assembly(f);
	if (run(f, "llvm-mc" K2_LLVM_SUFFIX " -triple %s -mcpu=v4 -filetype=obj a.s -o a.o 2>a.err",
		big ? "bpfeb" : "bpfel")) {
		run(f, "head -4 a.err >&2");
		fail_msg("llvm-mc refuses what we print");
	}
	assert_int_equal(run(f, "llvm-objcopy" K2_LLVM_SUFFIX " -O binary -j .text a.o a.bin"), 0);
	compare_bytes(f);
	assert_int_equal(run(f, "llvm-objdump" K2_LLVM_SUFFIX " -d -z --mcpu=v4 --no-show-raw-insn --no-leading-addr"
				" a.o >a.dis"),
			 0);
	compare_disassembly(f, big);
}

static void little_endian(void **state)
{
	against_llvm(*state, false);
}

static void big_endian(void **state)
{
	against_llvm(*state, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(little_endian, setup, teardown),
		cmocka_unit_test_setup_teardown(big_endian, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

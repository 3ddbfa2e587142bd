// SPDX-License-Identifier: BSD-2-Clause
/* The object reader on objects of clang at every instruction set, both byte orders, with and without debug information. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "object_compile.h"
#include "object_impl.h"

struct fixture {
	char dir[32];
	uint8_t *data;
	size_t size;
	struct k2_object *o;
};

static int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/k2-object-XXXXXX");
	*state = f;
	return !mkdtemp(f->dir);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[80];

	k2_object_free(f->o);
	free(f->data);
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	if (system(command))
		return -1;
	test_free(f);
	return 0;
}

static void read_source(struct fixture *f, const char *source, const char *options)
{
	char msg[200] = "";

	k2_object_free(f->o);
	free(f->data);
	f->o = NULL;
	f->data = object_compile(f->dir, source, options, &f->size);
	if (!f->data)
		skip();
	if (k2_object_read(f->data, f->size, &f->o, msg, sizeof(msg)))
		fail_msg("%s: %s", options, msg);
}

static const struct k2_func_desc *desc(const struct fixture *f, const char *name)
{
	const struct k2_func_desc *d = k2_object_func(f->o, k2_object_find_func(f->o, name));

	assert_non_null(d);
	return d;
}

static const struct k2_object_func *info(const struct fixture *f, const char *name)
{
	return k2_object_func_info(f->o, k2_object_find_func(f->o, name));
}

/* The symbol, and its number from 0. */
static const struct k2_symbol *symbol(const struct k2_func_desc *d, const char *name, uint32_t *number)
{
	for (*number = 0; *number < d->n_syms; ++*number) {
		if (!strcmp(d->syms[*number].name, name))
			return &d->syms[*number];
	}
	fail_msg("%s has no symbol %s", d->name, name);
	return NULL;
}

static uint32_t uses_of(const struct k2_func_desc *d, uint32_t number, enum k2_kind kind)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < d->n_insns; k++)
		n += d->insns[k].sym == number + 1 && k2_isa_kind(&d->insns[k]) == kind;
	return n;
}

static void check_functions(const struct fixture *f, bool debug, bool big_endian)
{
	static const char *const names[] = { "global", "scale", "callback", "first", "second", "core" };

	assert_int_equal(k2_object_n_funcs(f->o), K2_ARRAY_SIZE(names));
	for (size_t k = 0; k < K2_ARRAY_SIZE(names); k++) {
		const struct k2_func_desc *d = desc(f, names[k]);

		assert_int_equal(info(f, names[k])->status, K2_OK);
		assert_int_equal(d->big_endian, big_endian);
		assert_true(d->n_insns > 1);
		for (uint32_t j = 0; j < d->n_insns; j++)
			assert_int_equal(d->insns[j].origin, j);
	}
	assert_true(desc(f, "scale")->is_subprog && !info(f, "scale")->global && !info(f, "scale")->entry);
	assert_true(desc(f, "global")->is_subprog && info(f, "global")->global && !info(f, "global")->entry);
	assert_true(!desc(f, "first")->is_subprog && info(f, "first")->entry);
	assert_string_equal(desc(f, "first")->section, "xdp");
	assert_string_equal(desc(f, "second")->section, "xdp");
	assert_int_equal(info(f, "second")->offset, info(f, "first")->offset + info(f, "first")->size);
	assert_int_equal(desc(f, "scale")->n_args, 1);
	assert_int_equal(desc(f, "global")->n_args, 2);
	if (debug) {
		assert_string_equal(desc(f, "first")->arg_type, "xdp_md");
		assert_string_equal(desc(f, "core")->arg_type, "outer");
		assert_int_equal(desc(f, "callback")->n_args, 2);
		assert_null(desc(f, "callback")->arg_type);
		assert_string_equal(info(f, "first")->file + strlen(info(f, "first")->file) - 3, "t.c");
	} else {
		assert_null(desc(f, "first")->arg_type);
		assert_null(info(f, "first")->file);
	}
}

static void check_symbols(const struct fixture *f, bool debug)
{
	const struct k2_func_desc *d = desc(f, "first");
	uint32_t n, scale = k2_object_find_func(f->o, "scale"), callback = k2_object_find_func(f->o, "callback");
	const struct k2_symbol *s = symbol(d, "counts", &n);

	assert_int_equal(s->kind, K2_SYM_MAP);
	assert_int_equal(s->map_type, debug ? 1 : 0);
	assert_int_equal(s->key_size, debug ? 4 : 0);
	assert_int_equal(s->value_size, debug ? 8 : 0);
	assert_int_equal(uses_of(d, n, K2_KIND_LD_IMM64), 1);
	assert_string_equal(k2_object_map(f->o, k2_object_sym(f->o, k2_object_find_func(f->o, "first"), n)->map)->name, "counts");
	s = symbol(d, "legacy", &n);
	assert_int_equal(s->kind, K2_SYM_MAP);
	assert_int_equal(s->map_type, 2);
	assert_int_equal(s->value_size, 24);
	s = symbol(d, "limit", &n);
	assert_int_equal(s->kind, K2_SYM_DATA);
	assert_int_equal(s->data_size, 4);
	assert_true(s->read_only);
	s = symbol(d, "callback", &n);
	assert_int_equal(s->kind, K2_SYM_FUNC);
	assert_int_equal(uses_of(d, n, K2_KIND_LD_IMM64), 1);
	assert_int_equal(k2_object_sym(f->o, k2_object_find_func(f->o, "first"), n)->func, callback);
	s = symbol(d, "from_kernel", &n);
	assert_int_equal(s->kind, debug ? K2_SYM_KFUNC : K2_SYM_FUNC);
	assert_int_equal(uses_of(d, n, K2_KIND_CALL), 1);
	s = symbol(d, "CONFIG_HZ", &n);
	assert_int_equal(s->kind, K2_SYM_DATA);
	assert_int_equal(s->read_only, debug);
	s = symbol(desc(f, "scale"), "total", &n); /* by its section and an offset */
	assert_int_equal(s->kind, K2_SYM_DATA);
	assert_int_equal(s->data_size, 8);
	assert_false(s->read_only);
	s = symbol(desc(f, "global"), "scale", &n); /* called without a relocation */
	assert_int_equal(k2_object_sym(f->o, k2_object_find_func(f->o, "global"), n)->func, scale);
	assert_int_equal(symbol(desc(f, "second"), "scale", &n)->kind, K2_SYM_FUNC);
	assert_int_equal(desc(f, "second")->insns[1].use, 1 << 1);
}

static void check_maps(const struct fixture *f, bool debug, bool big_endian)
{
	const struct k2_object_map *m = k2_object_map(f->o, k2_object_find_map(f->o, "counts"));
	const uint8_t *bytes;

	assert_int_equal(m->max_entries, debug ? 16 : 0);
	m = k2_object_map(f->o, k2_object_find_map(f->o, "legacy"));
	assert_int_equal(m->max_entries, 8);
	assert_int_equal(m->flags, 1);
	m = k2_object_map(f->o, k2_object_find_map(f->o, "nested"));
	if (debug) {
		assert_int_equal(m->value_size, 4);
		assert_int_equal(k2_object_map(f->o, m->inner)->type, 2);
		assert_true(k2_object_map(f->o, m->inner)->is_inner);
		assert_int_equal(k2_object_map(f->o, k2_object_find_map(f->o, ".kconfig"))->value_size, 4);
	}
	m = k2_object_map(f->o, k2_object_find_map(f->o, ".rodata"));
	assert_true(m->is_data && m->read_only);
	bytes = m->data;
	assert_int_equal(bytes[big_endian ? 3 : 0], 5);
	m = k2_object_map(f->o, k2_object_find_map(f->o, ".bss"));
	assert_true(m->is_data && !m->data);
	assert_int_equal(m->value_size, 32);
}

static void check_core(const struct fixture *f)
{
	const struct k2_func_desc *d = desc(f, "core");
	uint32_t n;

	assert_int_equal(symbol(d, "llvm.outer:0:8$0:1", &n)->kind, K2_SYM_CORE);
	assert_int_equal(uses_of(d, n, K2_KIND_LOAD), 1);
	for (uint32_t k = 0; k < d->n_insns; k++) {
		const struct k2_insn *i = &d->insns[k];

		if (i->sym && k2_isa_kind(i) == K2_KIND_LOAD)
			assert_true(i->flags == K2_F_SYM_OFF && !i->off);
		else if (i->sym && strstr(d->syms[i->sym - 1].name, ":6:"))
			assert_true(i->flags == K2_F_SYM_IMM && !i->imm && k2_isa_slots(i) == 2);
		else if (i->sym)
			assert_true(i->flags == (K2_F_SYM_IMM | K2_F_ONE_SLOT) && !i->imm && k2_isa_slots(i) == 1);
	}
	assert_int_equal(d->n_syms, 3);
}

static void check_lines(const struct fixture *f)
{
	const struct k2_func_desc *d = desc(f, "first");
	uint32_t n, func = k2_object_find_func(f->o, "first");

	symbol(d, "counts", &n);
	for (uint32_t k = 0; k < d->n_insns; k++) {
		const char *file = k2_object_insn_file(f->o, func, k);

		assert_non_null(file);
		assert_string_equal(file + strlen(file) - 3, "t.c");
		assert_in_range(d->insns[k].line, 17, 27);
		if (d->insns[k].sym == n + 1)
			assert_int_equal(d->insns[k].line, 20);
	}
	assert_null(k2_object_insn_file(f->o, func, d->n_insns));
}

static void test_clang(void **state)
{
	static const char *const targets[] = { "bpfel", "bpfeb" }, *const debugs[] = { "", "-g -DDEBUG" };
	struct fixture *f = *state;
	char options[80];

	for (unsigned int k = 0; k < 16; k++) {
		unsigned int cpu = k % 4 + 1, debug = k / 4 % 2, big_endian = k / 8;

		snprintf(options, sizeof(options), "--target=%s -mcpu=v%u %s", targets[big_endian], cpu, debugs[debug]);
		read_source(f, object_source, options);
		check_functions(f, debug, big_endian);
		check_symbols(f, debug);
		check_maps(f, debug, big_endian);
		assert_true(desc(f, "first")->isa <= cpu);
		if (debug) {
			check_core(f);
			check_lines(f);
		}
	}
}

/* The lowest instruction set that has all of the object, and 32-bit code with it. */
static void test_isa(void **state)
{
	static const struct {
		const char *source;
		enum k2_isa_level isa;
	} cases[] = {
		{ "unsigned long f(unsigned long a) { return a + 1; }", K2_ISA_V1 },
		{ "unsigned long f(unsigned long a, unsigned long b) { return a < b ? a + 3 : b * 9; }", K2_ISA_V2 },
		{ "unsigned f(unsigned a) { return a + 1; }", K2_ISA_V3 },
		{ "long f(long a, long b) { return a / b; }", K2_ISA_V4 },
	};
	struct fixture *f = *state;
	char options[40];

	for (size_t k = 0; k < K2_ARRAY_SIZE(cases); k++) {
		snprintf(options, sizeof(options), "--target=bpf -mcpu=v%u", (unsigned int)cases[k].isa);
		read_source(f, cases[k].source, options);
		assert_int_equal(desc(f, "f")->isa, cases[k].isa);
		assert_int_equal(desc(f, "f")->alu32, cases[k].isa >= K2_ISA_V3);
	}
}

/* Code that K2 leaves alone is still listed, and says why. */
static void test_unsupported(void **state)
{
	struct fixture *f = *state;
	struct k2_arena *a = k2_arena_new(0);
	struct k2_func *g;
	char msg[200];

	read_source(f, "__attribute__((naked)) int f(void) { asm volatile(\"r0 = 0; goto +5; exit\"); }\n"
		       "int g(void) { return 1; }", "--target=bpf -mcpu=v4");
	assert_int_equal(info(f, "f")->status, K2_EINVAL);
	assert_non_null(strstr(info(f, "f")->message, "jump out of the function"));
	assert_int_equal(desc(f, "f")->n_insns, 0);
	assert_int_equal(info(f, "g")->status, K2_OK);
	read_source(f, "__attribute__((naked)) int f(void) { asm volatile(\".8byte 0x10d; exit\"); }", "--target=bpf -mcpu=v4");
	assert_int_equal(info(f, "f")->status, K2_OK);
	assert_int_equal(k2_func_build(a, desc(f, "f"), &g, msg, sizeof(msg)), K2_EUNSUPPORTED);
	k2_arena_free(a);
}

/* A section with code and without function symbols, and functions without sizes. */
static void test_assembly(void **state)
{
	struct fixture *f = *state;

	read_source(f, "asm(\".section bare,\\\"ax\\\"; r0 = 0; exit;\"\n"
		       "    \".section sizeless,\\\"ax\\\"; .globl one; .globl two; .type one, @function; .type two, @function;\"\n"
		       "    \"one: r0 = 1; r0 = 2; exit; two: exit\");", "--target=bpf");
	assert_int_equal(k2_object_n_funcs(f->o), 3);
	assert_int_equal(info(f, "bare")->size, 16);
	assert_true(info(f, "bare")->entry);
	assert_int_equal(info(f, "one")->size, 24);
	assert_int_equal(info(f, "two")->size, 8);
	assert_int_equal(info(f, "two")->offset, 24);
}

static void test_out_of_memory(void **state)
{
	struct fixture *f = *state;
	enum k2_status st = K2_ENOMEM;
	char msg[200];

	read_source(f, object_source, "--target=bpf -g -DDEBUG");
	k2_object_free(f->o);
	f->o = NULL;
	for (uint64_t n = 1; st == K2_ENOMEM && n < 100000; n++) {
		st = k2_object_read_limited(f->data, f->size, n, &f->o, msg, sizeof(msg));
		if (st == K2_ENOMEM)
			assert_null(f->o);
	}
	assert_int_equal(st, K2_OK);
}

static void test_files(void **state)
{
	struct fixture *f = *state;
	char path[64], msg[200];

	read_source(f, object_source, "--target=bpf");
	k2_object_free(f->o);
	f->o = NULL;
	object_path(path, f->dir, "t.o");
	assert_int_equal(k2_object_read_file(path, &f->o, msg, sizeof(msg)), K2_OK);
	k2_object_free(f->o);
	f->o = NULL;
	object_path(path, f->dir, "none.o");
	assert_int_equal(k2_object_read_file(path, &f->o, msg, sizeof(msg)), K2_EIO);
	assert_int_equal(k2_object_read_file(f->dir, &f->o, msg, sizeof(msg)), K2_EIO);
	assert_int_equal(k2_object_read("", 0, &f->o, msg, sizeof(msg)), K2_EINVAL);
	assert_int_equal(k2_object_read("text", 4, &f->o, NULL, 0), K2_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_clang, setup, teardown),
		cmocka_unit_test_setup_teardown(test_isa, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unsupported, setup, teardown),
		cmocka_unit_test_setup_teardown(test_assembly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: BSD-2-Clause
/* Objects written and read again: what was asked for is there, what was not has not changed, for both byte orders, all
   instruction sets, with and without debug information. What DWARF says then is test_object_dwarf.c's, damaged objects are
   test_object_mutants.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <bpf/libbpf.h>
#include <elf.h>
#include "object_bases.h"
#include "object_change.h"
#include "write_impl.h"

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

static struct k2_object *read_base(const struct base *b)
{
	struct k2_object *o = NULL;
	char msg[200] = "";

	if (!b->data)
		skip();
	if (k2_object_read(b->data, b->size, &o, msg, sizeof(msg)))
		fail_msg("%s", msg);
	return o;
}

/* ---- comparisons ---- */

/* Instruction k of what was asked for, and of what is there. */
static void same_insn(const struct k2_func_desc *was, const struct k2_insn *x, const struct k2_func_desc *is, const struct k2_insn *y)
{
	assert_int_equal(x->code, y->code);
	assert_int_equal(x->dst, y->dst);
	assert_int_equal(x->src, y->src);
	if (y->target != UINT32_MAX) /* a jump */
		assert_int_equal(x->target, y->target);
	assert_int_equal(x->flags & ~(K2_F_VOLATILE | K2_F_FROZEN), y->flags);
	if (k2_isa_kind(x) != K2_KIND_JUMP && k2_isa_kind(x) != K2_KIND_GOTO)
		assert_int_equal(x->off, y->off);
	if (k2_isa_kind(x) != K2_KIND_GOTO)
		assert_true(x->imm == y->imm);
	assert_int_equal(!x->sym, !y->sym);
	if (x->sym) {
		assert_string_equal(was->syms[x->sym - 1].name, is->syms[y->sym - 1].name);
		assert_int_equal(was->syms[x->sym - 1].kind, is->syms[y->sym - 1].kind);
	}
}

static void compare(const struct k2_object *o, const struct changes *c, const struct k2_object *b)
{
	assert_int_equal(k2_object_n_funcs(o), k2_object_n_funcs(b));
	for (uint32_t i = 0; i < k2_object_n_funcs(o); i++) {
		const struct k2_func_desc *was = k2_object_func(o, i), *is = k2_object_func(b, i);
		const struct k2_insn *v = was->insns;
		uint32_t n = was->n_insns;

		for (uint32_t k = 0; k < c->n; k++) {
			if (c->v[k].func == i && !c->v[k].status) {
				v = c->v[k].insns;
				n = c->v[k].n_insns;
			}
		}
		assert_int_equal(n, is->n_insns);
		for (uint32_t k = 0; k < n; k++) {
			same_insn(was, &v[k], is, &is->insns[k]);
			if (v[k].origin >= 0)
				assert_int_equal(v[k].line, is->insns[k].line);
		}
		assert_true(!is->arg_type == !was->arg_type);
	}
	for (uint32_t k = 0; k2_object_value(o, k); k++)
		assert_int_equal(k2_object_value(o, k)->to, k2_object_value(b, k)->to);
}

/* What has nothing to do with code is as it was. */
static void same_sections(const struct k2_object *o, const struct k2_object *b, bool strip)
{
	static const char *const names[] = { ".maps", "maps", "license", ".rodata", ".data", ".BTF", ".strtab", ".rel.BTF" };
	unsigned int n = K2_ARRAY_SIZE(names) - strip; /* symbols have other numbers then */

	for (unsigned int k = 0; k < n; k++) {
		uint32_t x = k2_objsec_find(o, names[k]), y = k2_objsec_find(b, names[k]);

		assert_int_equal(!x, !y);
		if (!x || !o->secs[x].bytes)
			continue;
		assert_int_equal(o->secs[x].size, b->secs[y].size);
		assert_memory_equal(o->secs[x].bytes, b->secs[y].bytes, o->secs[x].size);
	}
}

static void write_and_compare(const struct k2_object *o, struct changes *c, bool strip)
{
	const struct k2_object_writing how = { .size = sizeof(how), .strip_debug = strip };
	struct k2_object *b = NULL;
	char msg[300] = "";
	void *data = NULL;
	size_t size;

	if (k2_object_rewrite(o, c->v, c->n, &how, &data, &size, msg, sizeof(msg)))
		fail_msg("%s", msg);
	for (uint32_t k = 0; k < c->n; k++) {
		if (c->v[k].status)
			fail_msg("%s: %s", k2_object_func(o, c->v[k].func)->name, c->v[k].message);
	}
	if (k2_object_read(data, size, &b, msg, sizeof(msg)))
		fail_msg("%s", msg);
	compare(o, c, b);
	same_sections(o, b, strip);
	assert_true(k2_object_has_dwarf(b) == (k2_object_has_dwarf(o) && !strip));
	k2_object_free(b);
	free(data);
}

/* ---- tests ---- */

static void test_same(void **state)
{
	struct fixture *f = *state;

	for (unsigned int k = 0; k < N_BASES; k++) {
		struct k2_object *o = read_base(&f->bases[k]);
		char msg[200];
		void *data;
		size_t size;

		assert_int_equal(k2_object_rewrite(o, NULL, 0, NULL, &data, &size, msg, sizeof(msg)), K2_OK);
		assert_int_equal(size, f->bases[k].size);
		assert_memory_equal(data, f->bases[k].data, size);
		free(data);
		k2_object_free(o);
	}
}

/* The functions as they are, given as changes: code and whatever points into it come out as they were. */
static void test_written_as_read(void **state)
{
	struct fixture *f = *state;

	for (unsigned int k = 0; k < N_BASES; k++) {
		struct k2_object *o = read_base(&f->bases[k]);
		struct changes c;
		char msg[200];
		void *data;
		size_t size;

		shuffle_all(o, 0, 0, &c);
		assert_int_equal(k2_object_rewrite(o, c.v, c.n, NULL, &data, &size, msg, sizeof(msg)), K2_OK);
		assert_int_equal(size, f->bases[k].size);
		assert_memory_equal(data, f->bases[k].data, size);
		free(data);
		free_changes(&c);
		k2_object_free(o);
	}
}

static void test_optimized(void **state)
{
	struct fixture *f = *state;
	struct k2_options how;
	uint32_t changed = 0;

	k2_options_init(&how);
	for (unsigned int k = 0; k < N_BASES; k++) {
		struct k2_object *o = read_base(&f->bases[k]);
		struct changes c;

		optimize_all(o, &how, &c);
		changed += c.n;
		write_and_compare(o, &c, false);
		write_and_compare(o, &c, true);
		free_changes(&c);
		k2_object_free(o);
	}
	assert_true(changed >= 2 * N_BASES);
}

static void test_shuffled(void **state)
{
	static const uint32_t steps[][2] = { { 1, 0 }, { 3, 0 }, { 0, 1 }, { 0, 3 }, { 2, 2 } };
	struct fixture *f = *state;

	for (unsigned int k = 0; k < N_BASES * K2_ARRAY_SIZE(steps); k++) {
		struct k2_object *o = read_base(&f->bases[k % N_BASES]);
		const uint32_t *step = steps[k / N_BASES];
		struct changes c;

		shuffle_all(o, step[0], step[1], &c);
		write_and_compare(o, &c, k % 2);
		/* One function only: the others are called where they are now. */
		for (uint32_t i = 0; i < c.n; i++) {
			struct changes one = c;

			one.v[0] = c.v[i];
			one.n = 1;
			write_and_compare(o, &one, false);
		}
		free_changes(&c);
		k2_object_free(o);
	}
}

/* Instructions with CO-RE relocations may be made anew. */
static void test_made_core(void **state)
{
	struct fixture *f = *state;
	struct k2_object *o = read_base(&f->bases[0]), *b = NULL;
	uint32_t core = k2_object_find_func(o, "core");
	struct changes c;
	char msg[200];
	void *data;
	size_t size;

	shuffle_all(o, 1, 0, &c);
	for (uint32_t k = 0; k < 2 * k2_object_func(o, core)->n_insns; k++) {
		if (c.insns[core][k].flags & (K2_F_SYM_IMM | K2_F_SYM_OFF))
			c.insns[core][k].origin = -1;
	}
	assert_int_equal(k2_object_rewrite(o, c.v, c.n, NULL, &data, &size, msg, sizeof(msg)), K2_OK);
	for (uint32_t k = 0; k < c.n; k++)
		assert_int_equal(c.v[k].status, K2_OK);
	assert_int_equal(k2_object_read(data, size, &b, msg, sizeof(msg)), K2_OK);
	compare(o, &c, b);
	k2_object_free(b);
	free(data);
	free_changes(&c);
	k2_object_free(o);
}

/* What cannot be written leaves its function as it was, and no other. */
static void test_refused(void **state)
{
	struct fixture *f = *state;
	struct k2_object *o = read_base(&f->bases[0]), *b = NULL;
	uint32_t global = k2_object_find_func(o, "global"), core = k2_object_find_func(o, "core");
	uint32_t callback = k2_object_find_func(o, "callback");
	struct changes c;
	char msg[200];
	void *data;
	size_t size;

	shuffle_all(o, 1, 0, &c);
	c.insns[global][0].imm = 1ll << 40;
	for (uint32_t k = 0; k < k2_object_func(o, core)->n_insns; k++) {
		struct k2_insn *i = &c.insns[core][2 * k + 1];

		i->off = (int16_t)(i->off + (i->flags & K2_F_SYM_OFF ? 4 : 0));
	}
	/* `slots` is static: known by its place in .bss. */
	for (uint32_t k = 0; k < k2_object_func(o, callback)->n_insns; k++) {
		if (c.insns[callback][2 * k + 1].sym)
			c.insns[callback][2 * k + 1].imm += 4;
	}
	assert_int_equal(k2_object_rewrite(o, c.v, c.n, NULL, &data, &size, msg, sizeof(msg)), K2_OK);
	for (uint32_t k = 0; k < c.n; k++) {
		bool bad = c.v[k].func == global || c.v[k].func == core || c.v[k].func == callback;

		assert_int_equal(c.v[k].status != K2_OK, bad);
		assert_int_equal(c.v[k].message[0] != 0, bad);
	}
	assert_int_equal(k2_object_read(data, size, &b, msg, sizeof(msg)), K2_OK);
	compare(o, &c, b);
	k2_object_free(b);
	free(data);
	c.v[1].func = c.v[0].func;
	assert_int_equal(k2_object_rewrite(o, c.v, c.n, NULL, &data, &size, msg, sizeof(msg)), K2_EINVAL);
	assert_null(data);
	c.v[0].func = 1000;
	assert_int_equal(k2_object_rewrite(o, c.v, 1, NULL, &data, &size, msg, sizeof(msg)), K2_EINVAL);
	free_changes(&c);
	k2_object_free(o);
}

static void without_memory(const struct k2_object *o, bool strip)
{
	const struct k2_object_writing how = { .size = sizeof(how), .strip_debug = strip };
	enum k2_status st = K2_ENOMEM;
	struct changes c;
	char msg[200];
	uint64_t n = 1;
	void *data;
	size_t size;

	shuffle_all(o, 9, 2, &c);
	for (; st == K2_ENOMEM && n < 100000; n++) {
		st = k2_object_rewrite_limited(o, c.v, c.n, &how, n, &data, &size, msg, sizeof(msg));
		assert_true(!st == !!data);
		free(data);
	}
	assert_int_equal(st, K2_OK);
	assert_true(n > 20);
	free_changes(&c);
}

static void test_no_memory(void **state)
{
	struct fixture *f = *state;

	for (unsigned int k = 0; k < N_BASES; k++) {
		struct k2_object *o = read_base(&f->bases[k]);

		without_memory(o, false);
		without_memory(o, true);
		k2_object_free(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),     cmocka_unit_test(test_written_as_read), cmocka_unit_test(test_optimized),
		cmocka_unit_test(test_shuffled), cmocka_unit_test(test_refused),         cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_made_core),
	};

	libbpf_set_print(quiet);
	return cmocka_run_group_tests(tests, setup_bases, free_bases);
}

// SPDX-License-Identifier: BSD-2-Clause
/* DWARF of written objects, as llvm-objdump reads it: an instruction that stayed has the line that it had, wherever it is now, and all
   have the line that BTF says. Compared by what instructions are, never by where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <bpf/libbpf.h>
#include <k2/optimize.h>
#include "object_bases.h"
#include "object_change.h"
#include "object_impl.h"

enum { MAX_LINES = 1 << 14, MAX_TEXT = 300 };

struct place {
	char section[40];
	uint64_t slot;
	unsigned int line;
};

struct lines {
	struct place v[MAX_LINES];
	unsigned int n;
};

static struct lines before, after;

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

/* One line of the disassembly. *line is the source line that holds from there on. */
static void take(const char *text, char section[40], unsigned int *line, struct lines *out)
{
	const char *colon = strrchr(text, ':');
	unsigned long long slot;

	if (sscanf(text, "Disassembly of section %39[^:]:", section) == 1)
		return;
	if (strlen(text) > 18 && text[16] == ' ' && text[17] == '<') { /* a function begins */
		*line = 0;
	} else if (text[0] == ';' && colon && sscanf(colon, ":%u", line) == 1) {
		return;
	} else if (sscanf(text, " %llu:", &slot) == 1) {
		assert_true(out->n < MAX_LINES);
		strcpy(out->v[out->n].section, section);
		out->v[out->n].slot = slot;
		out->v[out->n++].line = *line;
	}
}

/* llvm-dwarfdump finds nothing to complain about in the object that read_lines looked at last. */
static void verify(const char *dir)
{
	char command[120], path[64];

	object_path(path, dir, "lines.o");
	snprintf(command, sizeof(command), "llvm-dwarfdump" K2_LLVM_SUFFIX " --verify %s >/dev/null 2>&1", path);
	assert_int_equal(system(command), 0);
}

static void read_lines(const char *dir, const void *data, size_t size, struct lines *out)
{
	char command[120], path[64], text[MAX_TEXT], section[40] = "";
	unsigned int line = 0;
	FILE *f;

	out->n = 0;
	assert_true(object_write(dir, "lines.o", data, size));
	object_path(path, dir, "lines.o");
	snprintf(command, sizeof(command), "llvm-objdump" K2_LLVM_SUFFIX " -dl --no-show-raw-insn %s", path);
	f = popen(command, "r");
	assert_non_null(f);
	while (fgets(text, sizeof(text), f))
		take(text, section, &line, out);
	if (pclose(f))
		skip();
}

/* 0: none is known. */
static unsigned int line_of(const struct lines *l, const struct k2_object *o, uint32_t func, uint32_t insn)
{
	const struct k2_object_func *f = k2_object_func_info(o, func);
	uint64_t slot = (f->offset + f->insn_offset[insn]) / SLOT;

	for (unsigned int k = 0; k < l->n; k++) {
		if (l->v[k].slot == slot && !strcmp(l->v[k].section, k2_object_func(o, func)->section))
			return l->v[k].line;
	}
	fail_msg("%s: no instruction %u", k2_object_func(o, func)->name, insn);
	return 0;
}

/* What function i has now: NULL where it did not change. */
static const struct k2_object_change *change_of(const struct changes *c, uint32_t i)
{
	for (uint32_t k = 0; k < c->n; k++) {
		if (c->v[k].func == i && !c->v[k].status)
			return &c->v[k];
	}
	return NULL;
}

static unsigned int compare_func(const struct k2_object *o, const struct changes *c, const struct k2_object *b, uint32_t i)
{
	const struct k2_object_change *change = change_of(c, i);
	const struct k2_func_desc *d = k2_object_func(b, i);
	unsigned int compared = 0, first = d->n_insns ? k2_object_func(o, i)->insns[0].line : 0;

	for (uint32_t k = 0; k < d->n_insns; k++) {
		int32_t origin = change ? change->insns[k].origin : (int32_t)k;
		unsigned int is = line_of(&after, b, i, k);

		if (origin >= 0 && is != line_of(&before, o, i, (uint32_t)origin))
			fail_msg("%s: instruction %u was of line %u and is of %u", d->name, k,
				 line_of(&before, o, i, (uint32_t)origin), is);
		/* Compilers themselves give a function's first instruction another line in BTF: that of its name. */
		if (is && d->insns[k].line && d->insns[k].line != first && is != d->insns[k].line)
			fail_msg("%s: instruction %u is of line %u, says BTF, and of %u, says DWARF", d->name, k, d->insns[k].line, is);
		compared += is != 0;
	}
	return compared;
}

static unsigned int write_and_compare(const struct fixture *f, unsigned int base, const struct k2_object *o, struct changes *c)
{
	char dwarf[200], msg[300] = "";
	const struct k2_object_writing how = { .size = sizeof(how), .dwarf_message = dwarf, .dwarf_message_size = sizeof(dwarf) };
	unsigned int compared = 0;
	struct k2_object *b = NULL;
	void *data = NULL;
	size_t size;

	if (k2_object_rewrite(o, c->v, c->n, &how, &data, &size, msg, sizeof(msg)))
		fail_msg("%s", msg);
	assert_int_equal(k2_object_read(data, size, &b, msg, sizeof(msg)), K2_OK);
	if (dwarf[0])
		fail_msg("%s: %s", base_options[base], dwarf);
	read_lines(f->dir, f->bases[base].data, f->bases[base].size, &before);
	read_lines(f->dir, data, size, &after);
	verify(f->dir);
	for (uint32_t i = 0; i < k2_object_n_funcs(o); i++)
		compared += compare_func(o, c, b, i);
	k2_object_free(b);
	free(data);
	return compared;
}

static const uint32_t exchange[2];

/* `steps`: as in shuffle_all; `exchange`: as exchange_all does; NULL: as the optimiser changes it. */
static void test_base(const struct fixture *f, unsigned int base, const uint32_t *steps)
{
	struct k2_object *o = NULL;
	struct k2_options how;
	struct changes c;
	char msg[200];

	if (!f->bases[base].data)
		skip();
	assert_int_equal(k2_object_read(f->bases[base].data, f->bases[base].size, &o, msg, sizeof(msg)), K2_OK);
	k2_options_init(&how);
	if (steps == exchange)
		exchange_all(o, &c);
	else if (steps)
		shuffle_all(o, steps[0], steps[1], &c);
	else
		optimize_all(o, &how, &c);
	if (k2_object_has_dwarf(o))
		assert_true(write_and_compare(f, base, o, &c) > 50);
	free_changes(&c);
	k2_object_free(o);
}

static void test_optimized(void **state)
{
	for (unsigned int k = 0; k < N_BASES; k++)
		test_base(*state, k, NULL);
}

/* Code that grows a little and code that shrinks, at every function's beginning and end. */
static void test_shuffled(void **state)
{
	static const uint32_t steps[][2] = { { 9, 0 }, { 0, 1 }, { 0, 3 }, { 7, 2 } };

	for (unsigned int k = 0; k < N_BASES * K2_ARRAY_SIZE(steps); k++)
		test_base(*state, k % N_BASES, steps[k / N_BASES]);
}

static void test_exchanged(void **state)
{
	for (unsigned int k = 0; k < N_BASES; k++)
		test_base(*state, k, exchange);
}

/* What is not understood stays as it was, with a sentence, and the object is written all the same. */
static void test_unknown(void **state)
{
	struct fixture *f = *state;
	struct base *b = &f->bases[0];
	char dwarf[200], msg[300] = "";
	const struct k2_object_writing how = { .size = sizeof(how), .dwarf_message = dwarf, .dwarf_message_size = sizeof(dwarf) };
	struct k2_object *o = NULL;
	struct changes c;
	uint8_t *info;
	void *data;
	size_t size;

	if (!b->data)
		skip();
	assert_int_equal(k2_object_read(b->data, b->size, &o, msg, sizeof(msg)), K2_OK);
	info = (uint8_t *)o->secs[k2_objsec_find(o, ".debug_info")].bytes;
	info[4] = 77; /* the version */
	shuffle_all(o, 3, 2, &c);
	assert_int_equal(k2_object_rewrite(o, c.v, c.n, &how, &data, &size, msg, sizeof(msg)), K2_OK);
	assert_string_equal(dwarf, ".debug_info, byte 0x6: an unknown version of DWARF");
	free(data);
	free_changes(&c);
	k2_object_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_optimized), cmocka_unit_test(test_shuffled),
		cmocka_unit_test(test_exchanged), cmocka_unit_test(test_unknown),
	};

	libbpf_set_print(quiet);
	return cmocka_run_group_tests(tests, setup_bases, free_bases);
}

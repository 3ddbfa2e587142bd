// SPDX-License-Identifier: BSD-2-Clause
/* Damaged objects: bits flipped, words replaced, tables exchanged, ends cut off. The reader must come back, with an object of
   which everything can be looked at, or with one line that says what is wrong; then the writer, likewise. Runs 2,000 mutants, or as many
   as the first argument says, of its own objects or of the files behind it; meant for ASan and UBSan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <bpf/libbpf.h>
#include <elf.h>
#include "object_change.h"
#include "object_impl.h"
#include "object_mutate.h"

enum { DEFAULT_MUTANTS = 2000, MAX_SECONDS = 20, MAX_FILE = 1 << 22 };

static unsigned int n_mutants = DEFAULT_MUTANTS;
static unsigned int n_printed, n_good, n_written, n_stale;

static char **files; /* to damage instead of the tests' own; NULL: none */
static unsigned int n_files;

static int count_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)fmt, (void)args;
	n_printed += level != LIBBPF_DEBUG;
	return 0;
}

/* Everything that an object gives is there. */
static void look_at(const struct k2_object *o)
{
	struct k2_arena *a = k2_arena_new(0);
	volatile uint32_t sum = 0;
	struct k2_func *g;
	char msg[200];

	for (uint32_t k = 0; k < k2_object_n_funcs(o); k++) {
		const struct k2_func_desc *d = k2_object_func(o, k);
		const struct k2_object_func *f = k2_object_func_info(o, k);
		uint32_t n = d->n_insns;

		sum += (uint32_t)(strlen(d->name) + strlen(d->section) + (d->arg_type ? strlen(d->arg_type) : 0));
		assert_true(f->status == K2_OK || (f->message && !n));
		assert_true(d->n_args <= 5 && d->isa >= K2_ISA_V1 && d->isa <= K2_ISA_V4);
		if (n)
			assert_true(k2_func_build(a, d, &g, msg, sizeof(msg)) != K2_EINVAL && f->insn_offset[n] == f->size);
		for (uint32_t j = 0; j < n; j++)
			sum += k2_object_insn_file(o, k, j) != NULL;
		for (uint32_t j = 0; j < d->n_syms; j++) {
			const struct k2_object_sym *s = k2_object_sym(o, k, j);

			assert_true(s->func == UINT32_MAX || s->func < k2_object_n_funcs(o));
			assert_true(s->map == UINT32_MAX || s->map < k2_object_n_maps(o));
			sum += (uint32_t)strlen(d->syms[j].name);
		}
	}
	for (uint32_t k = 0; k < k2_object_n_maps(o); k++) {
		const struct k2_object_map *m = k2_object_map(o, k);

		assert_true(m->inner == UINT32_MAX || k2_object_map(o, m->inner)->is_inner);
		for (uint32_t j = 0; m->data && j < m->value_size; j++)
			sum += ((const uint8_t *)m->data)[j];
	}
	k2_arena_free(a);
}

/* The writer comes back with an object, or with one line that says why not. */
static bool write_it(const struct k2_object *o, unsigned int n)
{
	char dwarf[200] = "", msg[300] = "";
	const struct k2_object_writing how = {
		.size = sizeof(how), .strip_debug = n % 4 == 0, .dwarf_message = dwarf, .dwarf_message_size = sizeof(dwarf)
	};
	struct k2_options cheap;
	struct changes c;
	enum k2_status st;
	void *data;
	size_t size;

	k2_options_init(&cheap);
	cheap.level = 1;
	cheap.budget = 200;
	if (n % 8)
		shuffle_all(o, n % 3, 1 + n % 4, &c);
	else
		optimize_all(o, &cheap, &c);
	st = k2_object_rewrite(o, c.v, c.n, &how, &data, &size, msg, sizeof(msg));
	if (st && (st != K2_EUNSUPPORTED || !msg[0] || strchr(msg, '\n') || data))
		fail_msg("mutant %u: status %d, '%s'", n, st, msg);
	assert_null(strchr(dwarf, '\n'));
	n_stale += dwarf[0] != 0;
	free(data);
	free_changes(&c);
	return !st;
}

static void try_mutant(const struct base *b, unsigned int n)
{
	struct k2_object *o = NULL;
	char msg[200] = "";
	enum k2_status st;
	uint8_t *data;
	size_t size;

	data = mutate(b, n, 4, &size);
	alarm(MAX_SECONDS);
	st = k2_object_read(data, size, &o, msg, sizeof(msg));
	if (st == K2_OK) {
		n_good++;
		assert_int_equal(k2_object_find_passed(o), K2_OK);
		look_at(o);
		n_written += write_it(o, n);
	} else if (st != K2_EINVAL || !msg[0] || strchr(msg, '\n') || o) {
		fail_msg("mutant %u: status %d, '%s'", n, st, msg);
	}
	k2_object_free(o);
	free(data);
}

static void read_file(const char *path, struct base *b)
{
	FILE *f = fopen(path, "rb");

	*b = (struct base){ .data = malloc(MAX_FILE) };
	assert_true(f && b->data);
	b->size = fread(b->data, 1, MAX_FILE, f);
	fclose(f);
	assert_true(b->size > HEADER);
	b->big_endian = b->data[EI_DATA] == ELFDATA2MSB;
	b->headers = (size_t)get(b, 40, 8);
}

static void test_mutants(void **state)
{
	struct fixture *f = *state;

	for (unsigned int n = 0; n < n_mutants; n++) {
		struct base file, *b = &f->bases[n % N_BASES];

		if (n_files)
			read_file(files[n % n_files], b = &file);
		if (!b->data)
			skip();
		try_mutant(b, n);
		if (n_files)
			free(file.data);
	}
	alarm(0);
	assert_int_equal(n_printed, 0);
	print_message("%u mutants, %u of them readable, %u written, %u with the old DWARF\n", n_mutants, n_good, n_written, n_stale);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mutants, setup_bases, free_bases),
	};

	if (argc > 1)
		n_mutants = (unsigned int)strtoul(argv[1], NULL, 0);
	if (argc > 2) {
		files = argv + 2;
		n_files = (unsigned int)argc - 2;
	}
	libbpf_set_print(count_print);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: BSD-2-Clause
/* Damaged objects: bits flipped, words replaced, tables exchanged, ends cut off. The reader must come back, with an object of
   which everything can be looked at, or with one line that says what is wrong. Runs 2,000 mutants, or as many as the first argument
   says; meant for ASan and UBSan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <bpf/libbpf.h>
#include "object_impl.h"
#include "object_mutate.h"

enum { DEFAULT_MUTANTS = 2000, N_BASES = 4, MAX_SECONDS = 20 };

static unsigned int n_mutants = DEFAULT_MUTANTS;
static unsigned int n_printed;

struct fixture {
	char dir[32];
	struct base bases[N_BASES];
};

static int count_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)fmt, (void)args;
	n_printed += level != LIBBPF_DEBUG;
	return 0;
}

static int setup(void **state)
{
	static const char *const options[N_BASES] = {
		"--target=bpfel -mcpu=v3 -g -DDEBUG", "--target=bpfeb -mcpu=v3 -g -DDEBUG", "--target=bpfel -mcpu=v1",
		"--target=bpfeb -mcpu=v4 -g",
	};
	struct fixture *f = test_calloc(1, sizeof(*f));

	*state = f;
	strcpy(f->dir, "/tmp/k2-object-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	for (unsigned int k = 0; k < N_BASES; k++) {
		struct base *b = &f->bases[k];

		b->data = object_compile(f->dir, object_source, options[k], &b->size);
		b->big_endian = strstr(options[k], "bpfeb") != NULL;
		if (b->data)
			b->headers = (size_t)get(b, 40, 8);
	}
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[80];

	for (unsigned int k = 0; k < N_BASES; k++)
		free(f->bases[k].data);
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	test_free(f);
	return system(command) ? -1 : 0;
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

static void test_mutants(void **state)
{
	struct fixture *f = *state;
	unsigned int good = 0;

	for (unsigned int n = 0; n < n_mutants; n++) {
		const struct base *b = &f->bases[n % N_BASES];
		uint64_t seed = n;
		struct k2_object *o = NULL;
		char msg[200] = "";
		enum k2_status st;
		size_t size = b->size;
		uint8_t *data;

		if (!b->data)
			skip();
		data = malloc(size);
		assert_non_null(data);
		memcpy(data, b->data, size);
		for (unsigned int changes = 1 + (unsigned int)(k2_rand(&seed) % 4); changes; changes--)
			change_once(b, data, &size, &seed);
		alarm(MAX_SECONDS);
		st = k2_object_read(data, size, &o, msg, sizeof(msg));
		if (st == K2_OK) {
			good++;
			look_at(o);
		} else if (st != K2_EINVAL || !msg[0] || strchr(msg, '\n') || o) {
			fail_msg("mutant %u: status %d, '%s'", n, st, msg);
		}
		k2_object_free(o);
		free(data);
	}
	alarm(0);
	assert_int_equal(n_printed, 0);
	print_message("%u mutants, %u of them readable\n", n_mutants, good);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mutants, setup, teardown),
	};

	if (argc > 1)
		n_mutants = (unsigned int)strtoul(argv[1], NULL, 0);
	libbpf_set_print(count_print);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

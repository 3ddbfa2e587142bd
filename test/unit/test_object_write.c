// SPDX-License-Identifier: BSD-2-Clause
/* Objects written and read again: what was asked for is there, what was not has not changed, for both byte orders, all
   instruction sets, with and without debug information. The second half damages objects first (1,000 mutants, or as many as the first argument
   says; meant for ASan and UBSan): the writer must come back with an object or with one line that says why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <bpf/libbpf.h>
#include <elf.h>
#include <k2/optimize.h>
#include "object_mutate.h"
#include "write_impl.h"

enum { DEFAULT_MUTANTS = 1000, N_BASES = 6, MAX_FUNCS = 64, MAX_SECONDS = 20 };

static unsigned int n_mutants = DEFAULT_MUTANTS;

/* Code that can be improved, in sections with other code before and behind it. */
static const char improvable[] =
	"struct pair { u32 a, b; };\n"
	"static noinline u32 fill(u32 n)\n"
	"{\n"
	"	volatile u64 on_stack = 5;\n"
	"	struct pair p = { 1, n };\n"
	"	return lookup(&counts, &p) ? 1 : on_stack;\n"
	"}\n"
	"SEC(\"xdp\") int glue(struct xdp_md *c)\n"
	"{\n"
	"	unsigned char *p = (void *)(long)c->data, *end = (void *)(long)c->data_end;\n"
	"	if (p + 14 > end)\n"
	"		return 1;\n"
	"	return fill(p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24) + scale(p[6]);\n"
	"}\n"
	"SEC(\"xdp\") int last(struct xdp_md *c) { u32 key = 7; return lookup(&counts, &key) ? fill(c->data) : 2; }\n";

struct fixture {
	char dir[32];
	struct base bases[N_BASES];
};

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

static int setup(void **state)
{
	static const char *const options[N_BASES] = {
		"--target=bpfel -mcpu=v3 -g -DDEBUG", "--target=bpfeb -mcpu=v3 -g -DDEBUG", "--target=bpfel -mcpu=v1",
		"--target=bpfeb -mcpu=v4 -g", "--target=bpfel -mcpu=v2 -g", "--target=bpfel -mcpu=v4",
	};
	static char source[sizeof(object_source) + sizeof(improvable)];
	struct fixture *f = test_calloc(1, sizeof(*f));

	snprintf(source, sizeof(source), "%s%s", object_source, improvable);
	*state = f;
	strcpy(f->dir, "/tmp/k2-object-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	for (unsigned int k = 0; k < N_BASES; k++) {
		struct base *b = &f->bases[k];

		b->data = object_compile(f->dir, source, options[k], &b->size);
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

/* ---- changes ---- */

struct changes {
	struct k2_object_change v[MAX_FUNCS];
	struct k2_result *results[MAX_FUNCS];
	struct k2_insn *insns[MAX_FUNCS];
	uint32_t n;
};

static void free_changes(struct changes *c)
{
	for (uint32_t k = 0; k < MAX_FUNCS; k++) {
		k2_result_free(c->results[k]);
		free(c->insns[k]);
	}
}

/* What k2 opt does. */
static void optimize_all(const struct k2_object *o, const struct k2_options *how, struct changes *c)
{
	memset(c, 0, sizeof(*c));
	for (uint32_t i = 0; i < k2_object_n_funcs(o) && i < MAX_FUNCS; i++) {
		struct k2_func_desc d = *k2_object_func(o, i);
		struct k2_result *r = NULL;

		if (!d.n_insns)
			continue;
		c->insns[i] = calloc(d.n_insns, sizeof(struct k2_insn));
		if (!k2_mark_kept(&d, K2_KEEP_VOLATILE | K2_KEEP_FROZEN, c->insns[i]))
			d.insns = c->insns[i];
		k2_optimize(&d, how, &r);
		c->results[i] = r;
		if (r && r->changed)
			c->v[c->n++] = (struct k2_object_change){ .func = i, .insns = r->insns, .n_insns = r->n_insns, .starts = r->starts };
	}
}

/* Moves that need no optimiser: an instruction in front of every n-th one, and every m-th arithmetic one left out (0: none).
   What the code does is of no interest to the writer. */
static void shuffle_all(const struct k2_object *o, uint32_t in_front, uint32_t left_out, struct changes *c)
{
	memset(c, 0, sizeof(*c));
	for (uint32_t i = 0; i < k2_object_n_funcs(o) && i < MAX_FUNCS; i++) {
		const struct k2_func_desc *d = k2_object_func(o, i);
		struct k2_insn *v = calloc(2u * d->n_insns + 1, sizeof(*v));
		uint32_t *at = calloc(d->n_insns + 1u, sizeof(*at)), n = 0;

		for (uint32_t k = 0; k < d->n_insns; k++) {
			at[k] = n;
			if (in_front && k % in_front == 0)
				v[n++] = k2_mk_alu_reg(64, K2_MOV, 5, 5);
			if (left_out && k % left_out == 0 && k2_isa_kind(&d->insns[k]) == K2_KIND_ALU)
				continue;
			v[n++] = d->insns[k];
		}
		for (uint32_t k = 0; k < n; k++) {
			if (v[k].origin >= 0 && v[k].target < d->n_insns)
				v[k].target = at[v[k].target];
			else
				v[k].target = UINT32_MAX;
		}
		free(at);
		c->insns[i] = v;
		if (n)
			c->v[c->n++] = (struct k2_object_change){ .func = i, .insns = v, .n_insns = n };
	}
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
		if (c.insns[core][2 * k + 1].flags & (K2_F_SYM_IMM | K2_F_SYM_OFF))
			c.insns[core][2 * k + 1].origin = -1;
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

static void test_no_memory(void **state)
{
	const struct k2_object_writing how = { .size = sizeof(how), .strip_debug = true };
	struct fixture *f = *state;
	struct k2_object *o = read_base(&f->bases[0]);
	enum k2_status st = K2_ENOMEM;
	struct changes c;
	char msg[200];
	uint64_t n = 1;
	void *data;
	size_t size;

	shuffle_all(o, 2, 2, &c);
	for (; st == K2_ENOMEM && n < 100000; n++) {
		st = k2_object_rewrite_limited(o, c.v, c.n, &how, n, &data, &size, msg, sizeof(msg));
		assert_true(!st == !!data);
		free(data);
	}
	assert_int_equal(st, K2_OK);
	assert_true(n > 20);
	free_changes(&c);
	k2_object_free(o);
}

/* A damaged object that can be read is written, or there is a sentence. */
static bool write_mutant(const struct k2_object *o, unsigned int n)
{
	const struct k2_object_writing how = { .size = sizeof(how), .strip_debug = n % 3 == 0 };
	struct k2_options cheap;
	struct changes c;
	char msg[300] = "";
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
	free(data);
	free_changes(&c);
	return !st;
}

static void test_mutants(void **state)
{
	struct fixture *f = *state;
	unsigned int good = 0, written = 0;

	for (unsigned int n = 0; n < n_mutants; n++) {
		const struct base *b = &f->bases[n % N_BASES];
		struct k2_object *o = NULL;
		uint64_t seed = n;
		size_t size = b->size;
		char msg[200];
		uint8_t *data;

		if (!b->data)
			skip();
		data = malloc(size);
		assert_non_null(data);
		memcpy(data, b->data, size);
		for (unsigned int changes = 1 + (unsigned int)(k2_rand(&seed) % 3); changes; changes--)
			change_once(b, data, &size, &seed);
		alarm(MAX_SECONDS);
		if (!k2_object_read(data, size, &o, msg, sizeof(msg))) {
			good++;
			written += write_mutant(o, n);
		}
		k2_object_free(o);
		free(data);
	}
	alarm(0);
	print_message("%u mutants, %u of them readable, %u written\n", n_mutants, good, written);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),     cmocka_unit_test(test_written_as_read), cmocka_unit_test(test_optimized),
		cmocka_unit_test(test_shuffled), cmocka_unit_test(test_refused),         cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_mutants),
	};

	if (argc > 1)
		n_mutants = (unsigned int)strtoul(argv[1], NULL, 0);
	libbpf_set_print(quiet);
	return cmocka_run_group_tests(tests, setup, teardown);
}

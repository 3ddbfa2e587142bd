// SPDX-License-Identifier: BSD-2-Clause
/* The checker's word against execution. Random functions, and mutants of one block of theirs: single edits, and rewrites as an
   over-eager optimiser would make them (a load replaced by the register that was stored, a store dropped because of a later
   one, stores merged ...). Every mutant that the checker calls equal is run against the original from many inputs, and
   whatever the outside can see must be the same. Then the same for what the whole optimiser makes of a function. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include <k2/check.h>
#include <k2/optimize.h>
#include "check.h"
#include "check_gen.h"

enum {
	INPUTS = 24,    /* runs of a mutant that is said to be equal */
	MUTANTS = 60,   /* of one function */
	WINDOW_MAX = 128,
	RLIMIT = 400000,
	CONFIRM = 97,   /* every so many mutants the counterexample is asked for as well */
};

/* K2_MUTANTS_FUNCTIONS and K2_MUTANTS_SEED make a longer or another run. */
static unsigned int setting(const char *name, unsigned int otherwise)
{
	const char *s = getenv(name);

	return s ? (unsigned int)strtoul(s, NULL, 0) : otherwise;
}

/* ---- mutants ---- */

struct code {
	struct k2_insn i[WINDOW_MAX];
	uint32_t n;
};

static void drop(struct code *c, uint32_t at)
{
	memmove(&c->i[at], &c->i[at + 1], (c->n - at - 1) * sizeof(c->i[0]));
	c->n--;
}

static void insert(struct code *c, uint32_t at, struct k2_insn i)
{
	if (c->n == WINDOW_MAX)
		return;
	memmove(&c->i[at + 1], &c->i[at], (c->n - at) * sizeof(c->i[0]));
	c->i[at] = i;
	c->n++;
}

static bool is_memory(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LOAD || k2_isa_kind(i) == K2_KIND_STORE;
}

static uint8_t base_of(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_LOAD ? i->src : i->dst;
}

static bool same_place(const struct k2_insn *a, const struct k2_insn *b)
{
	return is_memory(a) && is_memory(b) && base_of(a) == base_of(b) && a->off == b->off;
}

static void change_imm(struct gen *g, struct k2_insn *i)
{
	switch (pick(g, 5)) {
	case 0: i->imm += 1; break;
	case 1: i->imm -= 1; break;
	case 2: i->imm ^= 1ll << pick(g, 31); break;
	case 3: i->imm = gen_number(&g->rnd); break;
	default: i->imm = 0; break;
	}
	if (k2_isa_kind(i) != K2_KIND_LD_IMM64)
		i->imm = (int32_t)i->imm;
}

static void change_code(struct gen *g, struct k2_insn *i)
{
	static const uint8_t ops[] = { K2_ADD, K2_SUB, K2_MUL, K2_DIV, K2_OR, K2_AND, K2_LSH, K2_RSH, K2_MOD, K2_XOR, K2_MOV, K2_ARSH };
	static const uint8_t jumps[] = { K2_JEQ, K2_JGT, K2_JGE, K2_JSET, K2_JNE, K2_JSGT, K2_JSGE, K2_JLT, K2_JLE, K2_JSLT, K2_JSLE };

	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU:
		if (K2_OP(i->code) == K2_END || pick(g, 2))
			i->code ^= K2_ALU64 ^ K2_ALU;
		else if (pick(g, 4) == 0)
			i->off = (int16_t)(K2_OP(i->code) == K2_MOV ? 8 << pick(g, 3) : !i->off);
		else
			i->code = (uint8_t)((i->code & 0x0f) | ops[pick(g, K2_ARRAY_SIZE(ops))]);
		break;
	case K2_KIND_JUMP:
		if (pick(g, 3) == 0)
			i->code ^= K2_JMP ^ K2_JMP32;
		else
			i->code = (uint8_t)((i->code & 0x0f) | jumps[pick(g, K2_ARRAY_SIZE(jumps))]);
		break;
	case K2_KIND_LOAD:
		if (pick(g, 2))
			i->code ^= K2_MEM ^ K2_MEMSX;
		else
			i->code = (uint8_t)((i->code & ~0x18u) | gen_sizes[pick(g, 4)]);
		break;
	case K2_KIND_STORE: i->code = (uint8_t)((i->code & ~0x18u) | gen_sizes[pick(g, 4)]); break;
	case K2_KIND_ATOMIC: i->code ^= K2_DW ^ K2_W; break;
	default: break;
	}
}

static void change_field(struct gen *g, struct code *c, uint32_t at)
{
	struct k2_insn *i = &c->i[at];

	switch (pick(g, 5)) {
	case 0: change_imm(g, i); break;
	case 1: i->src = (uint8_t)pick(g, 10); break;
	case 2: i->dst = (uint8_t)pick(g, 10); break;
	case 3:
		if (is_memory(i) || k2_isa_kind(i) == K2_KIND_ATOMIC)
			i->off = (int16_t)(i->off + (pick(g, 2) ? 1 : -1) * (1 << pick(g, 4)));
		break;
	default: change_code(g, i); break;
	}
}

/* A load becomes a move from what an earlier access to the same place had in its hands, whatever happened in between. */
static bool forward(struct gen *g, struct code *c)
{
	for (unsigned int tries = 0; tries < 8; tries++) {
		uint32_t q = (uint32_t)pick(g, c->n), p = q ? (uint32_t)pick(g, q) : 0;
		const struct k2_insn *a = &c->i[p];
		struct k2_insn *b = &c->i[q];
		unsigned int w = k2_isa_access_size(b) == 8 ? 64 : 32;

		if (p == q || k2_isa_kind(b) != K2_KIND_LOAD || !same_place(a, b))
			continue;
		if (k2_isa_kind(a) == K2_KIND_LOAD)
			*b = k2_mk_alu_reg(w, K2_MOV, b->dst, a->dst);
		else if (K2_CLASS(a->code) == K2_STX)
			*b = k2_mk_alu_reg(w, K2_MOV, b->dst, a->src);
		else
			*b = k2_mk_alu_imm(w, K2_MOV, b->dst, (int32_t)a->imm);
		if (k2_isa_access_size(a) < 4 && pick(g, 2))
			insert(c, q + 1, k2_mk_alu_imm(32, K2_AND, b->dst, (1 << (8 * k2_isa_access_size(a))) - 1));
		return true;
	}
	return false;
}

/* A store goes because another one to the same place follows. */
static bool overwritten(struct gen *g, struct code *c)
{
	for (unsigned int tries = 0; tries < 8; tries++) {
		uint32_t q = (uint32_t)pick(g, c->n), p = q ? (uint32_t)pick(g, q) : 0;

		if (p == q || k2_isa_kind(&c->i[p]) != K2_KIND_STORE || k2_isa_kind(&c->i[q]) != K2_KIND_STORE ||
		    !same_place(&c->i[p], &c->i[q]))
			continue;
		drop(c, p);
		return true;
	}
	return false;
}

/* Stores of constants to neighbouring places become one, at the place of the first or of the second. */
static bool merge(struct gen *g, struct code *c)
{
	for (uint32_t q = 1; q < c->n; q++) {
		for (uint32_t p = 0; p < q; p++) {
			struct k2_insn *a = &c->i[p], *b = &c->i[q], one;
			unsigned int size = k2_isa_access_size(a), log = size == 4 ? 3 : size;

			if (K2_CLASS(a->code) != K2_ST || a->code != b->code || a->dst != b->dst || b->off != a->off + (int)size ||
			    size > 4 || pick(g, 2))
				continue;
			one = k2_mk_store_imm(gen_sizes[log], a->dst, a->off,
					      (int32_t)((a->imm & (int64_t)k2_mask(8 * size)) | (int64_t)((uint64_t)b->imm << (8 * size % 32))));
			if (size == 4)
				one.imm = a->imm;
			if (pick(g, 2)) {
				*a = one;
				drop(c, q);
			} else {
				*b = one;
				drop(c, p);
			}
			return true;
		}
	}
	return false;
}

/* Powers of two. */
static bool strength(struct gen *g, struct code *c)
{
	uint32_t at = (uint32_t)pick(g, c->n);
	struct k2_insn *i = &c->i[at];
	unsigned int log;

	if (k2_isa_kind(i) != K2_KIND_ALU || (i->code & K2_X) || i->imm <= 0 || i->off)
		return false;
	log = 31 - (unsigned int)__builtin_clz((unsigned int)i->imm);
	switch (K2_OP(i->code)) {
	case K2_MUL: i->code = (uint8_t)((i->code & 0x0f) | K2_LSH); i->imm = log; return true;
	case K2_DIV: i->code = (uint8_t)((i->code & 0x0f) | (pick(g, 2) ? K2_RSH : K2_ARSH)); i->imm = log; return true;
	case K2_MOD: i->code = (uint8_t)((i->code & 0x0f) | K2_AND); i->imm--; return true;
	case K2_LSH: i->code = (uint8_t)((i->code & 0x0f) | K2_MUL); i->imm = 1 << i->imm % 31; return true;
	case K2_ADD: i->code = (uint8_t)((i->code & 0x0f) | K2_OR); return true;
	case K2_OR: i->code = (uint8_t)((i->code & 0x0f) | K2_ADD); return true;
	default: return false;
	}
}

/* A constant that was moved to a register, used directly; a register that was copied, by its old name. */
static bool propagate(struct gen *g, struct code *c)
{
	for (unsigned int tries = 0; tries < 8; tries++) {
		uint32_t q = (uint32_t)pick(g, c->n), p = q ? (uint32_t)pick(g, q) : 0;
		const struct k2_insn *a = &c->i[p];
		struct k2_insn *b = &c->i[q];
		bool alu = k2_isa_kind(b) == K2_KIND_ALU && (b->code & K2_X) && K2_OP(b->code) != K2_END && !b->off;
		bool stx = K2_CLASS(b->code) == K2_STX && k2_isa_kind(b) == K2_KIND_STORE;

		if (p == q || k2_isa_kind(a) != K2_KIND_ALU || K2_OP(a->code) != K2_MOV || !(alu || stx) || b->src != a->dst)
			continue;
		if (a->code & K2_X) {
			b->src = a->src;
		} else {
			b->code = (uint8_t)(alu ? b->code & (0xffu ^ K2_X) : (b->code & 0xf8u) | K2_ST);
			b->src = 0;
			b->imm = a->imm;
		}
		return true;
	}
	return false;
}

static bool swap(struct gen *g, struct code *c)
{
	uint32_t at = (uint32_t)pick(g, c->n - 1);
	struct k2_insn t = c->i[at];

	c->i[at] = c->i[at + 1];
	c->i[at + 1] = t;
	return true;
}

static bool new_instruction(struct gen *g, struct code *c)
{
	uint32_t at = (uint32_t)pick(g, c->n);
	struct k2_insn i = random_alu(g);

	if (pick(g, 2))
		insert(c, at, i);
	else
		c->i[at] = i;
	return true;
}

static bool mutate_once(struct gen *g, struct code *c)
{
	uint32_t at = (uint32_t)pick(g, c->n);

	switch (pick(g, 16)) {
	case 0: case 1: case 2: drop(c, at); return c->n;
	case 3: case 4: return swap(g, c);
	case 5: insert(c, at, c->i[at]); return true;
	case 6: return new_instruction(g, c);
	case 7: case 8: return forward(g, c);
	case 9: return overwritten(g, c);
	case 10: return merge(g, c);
	case 11: return strength(g, c);
	case 12: return propagate(g, c);
	default: change_field(g, c, at); return true;
	}
}

static bool mutate(struct gen *g, const struct k2_block *b, struct code *c)
{
	memcpy(c->i, b->insns, b->n * sizeof(c->i[0]));
	c->n = b->n;
	for (uint64_t times = 1 + (pick(g, 4) == 0); times > 0; times--) {
		if (!mutate_once(g, c) || c->n < 2)
			return false;
	}
	for (uint32_t k = 0; k < c->n; k++) {
		if (k2_isa_validate(&c->i[k]))
			return false;
	}
	if (c->n != b->n)
		return true;
	for (uint32_t k = 0; k < c->n; k++) {
		if (!k2_same_insn(&c->i[k], &b->insns[k]))
			return true;
	}
	return false;
}

/* ---- running ---- */

struct tally {
	unsigned int functions, mutants, equal, different, unknown, lax, confirmed, asked, faults, skipped, optimised;
};

static bool same_runs(const struct gen_run *a, const struct gen_run *b)
{
	return a->run.status == b->run.status && (uint32_t)a->run.r0 == (uint32_t)b->run.r0 && a->n_seen == b->n_seen && a->memory == b->memory &&
	       !memcmp(a->seen, b->seen, a->n_seen * sizeof(a->seen[0]));
}

static void print_code(const char *name, const struct k2_insn *insns, uint32_t n)
{
	char text[160];

	print_message("%s:\n", name);
	for (uint32_t k = 0; k < n; k++) {
		k2_isa_print(text, sizeof(text), &insns[k], gen_symbols, K2_ARRAY_SIZE(gen_symbols));
		print_message("  %3u: %s\n", k, text);
	}
}

static void print_run(const char *name, const struct gen_run *x)
{
	print_message("%s: status %d, r0 %llx, memory %llx, at %u, %s\n", name, x->run.status, (unsigned long long)x->run.r0,
		      (unsigned long long)x->memory, x->run.insn, x->run.why);
	for (unsigned int k = 0; k < x->n_seen; k++)
		print_message("  %llu %llx\n", (unsigned long long)x->seen[k].what, (unsigned long long)x->seen[k].hash);
}

/* `lax`: what the new code may touch was not asked. */
static bool compare(struct k2_arena *a, const struct gen *g, const struct k2_insn *insns, uint32_t n, bool lax, struct tally *t)
{
	static struct gen_run old, new_;

	for (uint64_t k = 0; k < INPUTS; k++) {
		struct k2_arena_mark mark = k2_arena_mark(a);
		bool same;

		gen_execute(a, g, g->code, g->n, k, &old);
		gen_execute(a, g, insns, n, k, &new_);
		same = same_runs(&old, &new_) || old.run.status != K2_RUN_EXIT;
		t->faults += old.run.status != K2_RUN_EXIT;
		if (lax && new_.run.status == K2_RUN_FAULT)
			same = true;
		k2_arena_release(a, mark);
		if (same)
			continue;
		print_message("seed of the function and input: %llu\n", (unsigned long long)k);
		print_run("old", &old);
		print_run("new", &new_);
		return false;
	}
	return true;
}

/* The function with another window. Jumps inside of the window's end keep their target in the original. */
static uint32_t splice(const struct gen *g, const struct code *c, uint32_t first, uint32_t old_n, struct k2_insn *out)
{
	uint32_t n = 0;
	int64_t delta = (int64_t)c->n - old_n;

	memcpy(out, g->code, first * sizeof(*out));
	memcpy(out + first, c->i, c->n * sizeof(*out));
	n = first + c->n;
	memcpy(out + n, g->code + first + old_n, (g->n - first - old_n) * sizeof(*out));
	out[n - 1].target = g->code[first + old_n - 1].target;
	for (uint32_t k = 0; k < g->n - old_n + c->n; k++) {
		enum k2_kind kind = k2_isa_kind(&out[k]);

		if ((kind == K2_KIND_JUMP || kind == K2_KIND_GOTO) && out[k].target >= first + old_n)
			out[k].target = (uint32_t)(out[k].target + delta);
	}
	return g->n - old_n + c->n;
}

struct subject {
	struct k2_arena *arena, *runs;
	struct k2_func *f;
	struct k2_absint *ai;
	struct k2_liveness live;
	struct k2_checker ck;
	struct k2_window w;
	uint32_t block, first; /* of the window */
};

static bool open_subject(struct subject *s, struct gen *g)
{
	char msg[160] = "";
	const struct k2_block *b;

	s->arena = k2_arena_new(0);
	s->runs = k2_arena_new(0);
	if (k2_func_build(s->arena, &g->desc, &s->f, msg, sizeof(msg)))
		fail_msg("%s", msg);
	assert_int_equal(k2_absint_run(s->arena, s->f, &s->ai), K2_OK);
	assert_int_equal(k2_absint_liveness(s->arena, s->ai, &s->live), K2_OK);
	assert_int_equal(k2_checker_init(&s->ck, s->f, s->ai, RLIMIT), K2_OK);
	for (s->first = 0; s->first < g->lo; s->block++)
		s->first += s->f->blocks[s->block].n;
	assert_int_equal(s->first, g->lo);
	b = &s->f->blocks[s->block];
	assert_int_equal(b->n, g->hi - g->lo);
	if (b->n < 2 || b->n > WINDOW_MAX - 4 || !k2_absint_entry(s->ai, s->block)->reached)
		return false;
	return !k2_window_open(&s->ck, k2_absint_entry(s->ai, s->block), b->insns, b->n, &s->live.out[s->block], &s->w);
}

static void close_subject(struct subject *s)
{
	k2_checker_free(&s->ck);
	k2_absint_free(s->ai);
	k2_arena_free(s->arena);
	k2_arena_free(s->runs);
}

/* The same by the front door, with a counterexample. It has more patience with the solver: true if it says equal. */
static bool confirm(const struct gen *g, const struct k2_insn *insns, uint32_t n, struct tally *t)
{
	struct k2_func_desc d = g->desc;
	enum k2_check_verdict v;
	char text[2000];

	d.insns = insns;
	d.n_insns = n;
	assert_int_equal(k2_check_func(&g->desc, &d, &v, text, sizeof(text)), K2_OK);
	t->asked++;
	t->confirmed += v == K2_CHECK_DIFFERENT;
	return v == K2_CHECK_EQUAL;
}

static void try_mutant(struct subject *s, struct gen *g, const struct code *c, uint64_t seed, struct tally *t)
{
	static struct k2_insn whole[GEN_MAX + 8];
	const struct k2_block *b = &s->f->blocks[s->block];
	uint32_t n = splice(g, c, s->first, b->n, whole);
	const char *why = "";
	enum k2_verdict v = k2_window_check(&s->ck, &s->w, c->i, c->n, &why);
	bool lax = false;

	t->mutants++;
	t->equal += v == K2_EQUAL;
	t->different += v == K2_DIFFERENT;
	t->unknown += v == K2_UNKNOWN;
	if (v == K2_UNKNOWN) {
		s->ck.equal_only = lax = true;
		v = k2_window_check(&s->ck, &s->w, c->i, c->n, &why);
		s->ck.equal_only = false;
		t->lax += v == K2_EQUAL;
	}
	if (v != K2_EQUAL && t->mutants % CONFIRM == 0 && confirm(g, whole, n, t))
		v = K2_EQUAL;
	if (v != K2_EQUAL || compare(s->runs, g, whole, n, lax, t))
		return;
	print_code("function", g->code, g->n);
	print_code("old", b->insns, b->n);
	print_code("new", c->i, c->n);
	fail_msg("wrongly equal%s: function %llu", lax ? " (safety not asked)" : "", (unsigned long long)seed);
}

static void try_function(uint64_t seed, struct tally *t)
{
	static struct gen g;
	static struct code c;
	struct subject s = { 0 };

	generate(&g, seed, 3 + (unsigned int)(seed % 8));
	t->functions++;
	if (!open_subject(&s, &g)) {
		t->skipped++;
	} else {
		for (unsigned int k = 0; k < MUTANTS; k++) {
			if (mutate(&g, &s.f->blocks[s.block], &c))
				try_mutant(&s, &g, &c, seed, t);
		}
	}
	close_subject(&s);
}

static void test_mutants(void **state)
{
	unsigned int functions = setting("K2_MUTANTS_FUNCTIONS", 250), seed = setting("K2_MUTANTS_SEED", 1);
	struct tally t = { 0 };

	(void)state;
	for (unsigned int k = 0; k < functions; k++)
		try_function((uint64_t)seed * 1000000 + k, &t);
	print_message("%u functions (%u not modelled), %u mutants: %u equal, %u different, %u unknown (of which %u equal but for "
		      "safety); %u of %u counterexamples asked for confirmed; %u runs of old code faulted\n",
		      t.functions, t.skipped, t.mutants, t.equal, t.different, t.unknown, t.lax, t.confirmed, t.asked, t.faults);
	assert_true(t.equal > t.mutants / 50);
	assert_true(t.faults < t.mutants / 10);
}

/* An instruction anywhere is edited, and the validator asked about the whole function. */
static void try_edit(struct k2_arena *a, struct gen *g, uint64_t seed, struct tally *t)
{
	static struct k2_insn edited[GEN_MAX + 8];
	struct code one = { .n = 1 };
	struct k2_func_desc d = g->desc;
	const struct k2_validation how = { .rlimit = RLIMIT };
	struct k2_func *old, *new_;
	struct k2_check_stats stats;
	struct k2_solver_stats solver;
	uint32_t at = (uint32_t)pick(g, g->n);
	const char *why;
	enum k2_verdict v;
	char msg[160];

	memcpy(edited, g->code, g->n * sizeof(*edited));
	one.i[0] = edited[at];
	change_field(g, &one, 0);
	if (k2_isa_validate(&one.i[0]) || k2_same_insn(&one.i[0], &edited[at]) || one.i[0].imm > INT32_MAX)
		return;
	edited[at] = one.i[0];
	d.insns = edited;
	if (k2_func_build(a, &g->desc, &old, msg, sizeof(msg)) || k2_func_build(a, &d, &new_, msg, sizeof(msg)))
		return;
	v = k2_validate(a, old, new_, &how, &stats, &solver, &why);
	t->mutants++;
	t->equal += v == K2_EQUAL;
	if (v != K2_EQUAL || compare(a, g, edited, g->n, false, t))
		return;
	print_code("function", g->code, g->n);
	print_code("new from the edit on", &edited[at], 1);
	fail_msg("wrongly equal: function %llu, edit of instruction %u", (unsigned long long)seed, at);
}

static void test_validated(void **state)
{
	unsigned int functions = setting("K2_MUTANTS_VALIDATED", 40), seed = setting("K2_MUTANTS_SEED", 1);
	struct tally t = { 0 };
	static struct gen g;

	(void)state;
	for (unsigned int k = 0; k < functions; k++) {
		uint64_t number = (uint64_t)seed * 1000000 + 700000 + k;
		struct k2_arena *a = k2_arena_new(0);

		generate(&g, number, 4 + k % 8);
		for (unsigned int edit = 0; edit < 20; edit++) {
			struct k2_arena_mark mark = k2_arena_mark(a);

			try_edit(a, &g, number, &t);
			k2_arena_release(a, mark);
		}
		k2_arena_free(a);
	}
	print_message("%u edits of whole functions: %u equal\n", t.mutants, t.equal);
	assert_true(t.equal > 0);
}

/* What the optimiser makes of functions. */
static void test_optimised(void **state)
{
	unsigned int functions = setting("K2_MUTANTS_OPTIMISED", 60), seed = setting("K2_MUTANTS_SEED", 1);
	struct tally t = { 0 };
	static struct gen g;

	(void)state;
	for (unsigned int k = 0; k < functions; k++) {
		struct k2_arena *a = k2_arena_new(0);
		struct k2_result *r = NULL;
		struct k2_options o;

		k2_options_init(&o);
		generate(&g, (uint64_t)seed * 1000000 + 500000 + k, 4 + k % 24);
		assert_int_equal(k2_optimize(&g.desc, &o, &r), K2_OK);
		t.optimised += r->changed;
		if (r->changed && !compare(a, &g, r->insns, r->n_insns, false, &t)) {
			print_code("old", g.code, g.n);
			print_code("new", r->insns, r->n_insns);
			fail_msg("optimised wrongly: function %u", k);
		}
		k2_result_free(r);
		k2_arena_free(a);
	}
	print_message("%u of %u functions optimised\n", t.optimised, functions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutants),
		cmocka_unit_test(test_validated),
		cmocka_unit_test(test_optimised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

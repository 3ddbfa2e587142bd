// SPDX-License-Identifier: BSD-2-Clause
/* Prologue, epilogue, arithmetic and control flow of random programs. Control flow is structured, so that what registers
   hold is known where paths meet. */
#include "gen.h"
#include <stdlib.h>
#include "unit/corners.h"

enum { MAX_JUMPS = 12, MAX_LOOPS = 2 };

uint64_t exec_number(uint64_t *rnd)
{
	static const uint64_t corner[] = { 0, 1, 2, 3, 7, 8, 16, 31, 32, 33, 63, 64, 65, 127, 0x80, 0xff, 0x7fff, 0x8000, 0xffff,
					   0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x180000000, 0x1ffffffff,
					   0x7fffffffffffffff, MIN64, ONES, 0xffffffff00000000, 0xffffffff80000000, PAT, NEGP };
	uint64_t r = k2_rand(rnd);

	switch (r % 8) {
	case 0:
		return k2_rand(rnd);
	case 1:
		return k2_rand(rnd) & 0xff;
	case 2:
		return 1ull << (r >> 8) % 64;
	case 3:
		return (uint64_t)k2_sext(k2_rand(rnd), 1 + (unsigned int)(r >> 8) % 64);
	case 4:
		return corner[(r >> 8) % K2_ARRAY_SIZE(corner)] + (r >> 32) % 3 - 1;
	default:
		return corner[(r >> 8) % K2_ARRAY_SIZE(corner)];
	}
}

unsigned int pick(struct gen *g, unsigned int n)
{
	return (unsigned int)(k2_rand(&g->rnd) % n);
}

void emit(struct gen *g, struct k2_insn i)
{
	if (g->f->n == EXEC_INSNS)
		abort();
	i.origin = -1;
	g->f->insns[g->f->n++] = i;
}

struct k2_insn mk_jump_imm(uint8_t op, unsigned int dst, int32_t imm)
{
	return (struct k2_insn){ .code = (uint8_t)(K2_JMP | op | K2_K), .dst = (uint8_t)dst, .imm = imm };
}

struct k2_insn mk_jump_reg(uint8_t op, unsigned int dst, unsigned int src)
{
	return (struct k2_insn){ .code = (uint8_t)(K2_JMP | op | K2_X), .dst = (uint8_t)dst, .src = (uint8_t)src };
}

void mov(struct gen *g, unsigned int dst, unsigned int src)
{
	emit(g, k2_mk_alu_reg(64, K2_MOV, (uint8_t)dst, (uint8_t)src));
}

void mov_imm(struct gen *g, unsigned int dst, int32_t imm)
{
	emit(g, k2_mk_alu_imm(64, K2_MOV, (uint8_t)dst, imm));
}

void add_imm(struct gen *g, unsigned int dst, int32_t imm)
{
	emit(g, k2_mk_alu_imm(64, K2_ADD, (uint8_t)dst, imm));
}

void ld_symbol(struct gen *g, unsigned int dst, uint32_t sym, uint8_t src)
{
	emit(g, (struct k2_insn){ .code = K2_LD_IMM64, .dst = (uint8_t)dst, .src = src, .sym = sym });
}

void set_kind(struct gen *g, unsigned int reg, enum kind k)
{
	g->s.reg[reg] = (struct held){ .kind = k };
}

void set_memory(struct gen *g, unsigned int reg, enum kind k, int lo, int hi, bool aligned)
{
	g->s.reg[reg] = (struct held){ k, (int16_t)lo, (int16_t)hi, aligned };
}

static bool may_write(const struct gen *g, unsigned int r)
{
	return r != g->ctx && r != g->val && g->s.reg[r].kind != COUNTER;
}

uint8_t free_reg_not(struct gen *g, unsigned int not)
{
	unsigned int r;

	do
		r = pick(g, 10);
	while (!may_write(g, r) || (not >> r & 1));
	return (uint8_t)r;
}

uint8_t free_reg(struct gen *g)
{
	return free_reg_not(g, 0);
}

uint8_t number_reg(struct gen *g)
{
	unsigned int at = pick(g, 10), k;
	uint8_t r;

	for (k = 0; k < 10; k++)
		if (g->s.reg[(at + k) % 10].kind == NUMBER)
			return (uint8_t)((at + k) % 10);
	r = free_reg(g);
	mov_imm(g, r, (int32_t)exec_number(&g->rnd));
	set_kind(g, r, NUMBER);
	return r;
}

void drop_kind(struct gen *g, enum kind k)
{
	unsigned int r;

	for (r = 0; r < 10; r++)
		if (g->s.reg[r].kind == k)
			set_kind(g, r, NOTHING);
	for (r = 0; r < SPILLS; r++)
		if (g->s.spill[r].kind == k)
			g->s.spill[r].kind = NOTHING;
}

static void merge_held(struct held *a, const struct held *b)
{
	if (a->kind != b->kind) {
		*a = (struct held){ .kind = NOTHING };
		return;
	}
	a->lo = K2_MAX(a->lo, b->lo);
	a->hi = K2_MIN(a->hi, b->hi);
	a->aligned &= b->aligned;
}

void merge(struct state *s, const struct state *other)
{
	unsigned int k;

	for (k = 0; k < 10; k++)
		merge_held(&s->reg[k], &other->reg[k]);
	for (k = 0; k < SPILLS; k++)
		merge_held(&s->spill[k], &other->spill[k]);
}

void land(struct gen *g, uint32_t at)
{
	g->f->insns[at].target = g->f->n;
}

struct k2_insn random_row(struct gen *g, enum k2_kind kind)
{
	static const struct k2_isa_row *rows[256];
	static unsigned int n;
	const struct k2_isa_row *r;

	while (n < K2_ARRAY_SIZE(rows) && (r = k2_isa_row_at(n)))
		rows[n++] = r;
	do
		r = rows[pick(g, n)];
	while (r->kind != kind);
	return (struct k2_insn){ .code = r->code, .off = (int16_t)r->off.value, .imm = r->imm.value };
}

static void gen_alu(struct gen *g)
{
	struct k2_insn i = random_row(g, K2_KIND_ALU);
	unsigned int width = K2_CLASS(i.code) == K2_ALU64 ? 64 : 32;
	uint8_t op = K2_OP(i.code);

	i.dst = number_reg(g);
	if (op == K2_MOV)
		i.dst = free_reg(g);
	if (op != K2_END && op != K2_NEG) {
		if (i.code & K2_X)
			i.src = op == K2_MOV ? number_reg(g) : pick(g, 4) ? number_reg(g) : i.dst;
		else
			i.imm = (int32_t)exec_number(&g->rnd);
	}
	if (!(i.code & K2_X) && (op == K2_LSH || op == K2_RSH || op == K2_ARSH))
		i.imm = (int64_t)((uint64_t)i.imm % width);
	if (!(i.code & K2_X) && (op == K2_DIV || op == K2_MOD) && i.imm == 0)
		i.imm = -1;
	emit(g, i);
	set_kind(g, i.dst, NUMBER);
}

static void gen_constant(struct gen *g)
{
	struct k2_insn i = { .code = K2_LD_IMM64, .dst = free_reg(g), .imm = (int64_t)exec_number(&g->rnd) };

	emit(g, i);
	set_kind(g, i.dst, NUMBER);
}

/* A random conditional jump, to be landed. */
static uint32_t random_jump(struct gen *g)
{
	struct k2_insn i = random_row(g, pick(g, 12) ? K2_KIND_JUMP : K2_KIND_MAY_GOTO);

	g->jumps++;
	if (k2_isa_kind(&i) == K2_KIND_JUMP) {
		i.dst = number_reg(g);
		if (i.code & K2_X)
			i.src = number_reg(g);
		else
			i.imm = (int32_t)exec_number(&g->rnd);
	}
	emit(g, i);
	return g->f->n - 1;
}

static void gen_branch(struct gen *g)
{
	uint32_t at, over;
	struct state there, end;

	if (g->jumps >= MAX_JUMPS)
		return;
	at = random_jump(g);
	there = g->s;
	statements(g, 1 + pick(g, 4));
	if (pick(g, 2)) {
		emit(g, random_row(g, K2_KIND_GOTO));
		over = g->f->n - 1;
		end = g->s;
		g->s = there;
		land(g, at);
		statements(g, 1 + pick(g, 3));
		land(g, over);
		merge(&g->s, &end);
	} else {
		land(g, at);
		merge(&g->s, &there);
	}
}

/* What the body of a loop lost is made anew: numbers; everything else is not used over the head. */
static void gen_loop(struct gen *g)
{
	static const uint8_t ops[] = { K2_JNE, K2_JSGT, K2_JGT };
	unsigned int r, c = 6 + pick(g, 4);
	bool outer = g->in_loop;
	struct state head;
	struct k2_insn i;
	uint32_t at, may = 0;

	if (g->loops >= MAX_LOOPS || !may_write(g, c))
		return;
	g->loops++;
	if (pick(g, 2)) {
		r = number_reg(g);
		mov(g, c, r);
		emit(g, k2_mk_alu_imm(64, K2_AND, (uint8_t)c, 3));
		add_imm(g, c, 1);
	} else {
		mov_imm(g, c, 1 + (int32_t)pick(g, 4));
	}
	for (r = 0; r < 10; r++)
		if (g->s.reg[r].kind != NUMBER && may_write(g, r))
			set_kind(g, r, NOTHING);
	for (r = 0; r < SPILLS; r++)
		g->s.spill[r].kind = NOTHING;
	set_kind(g, c, COUNTER);
	g->in_loop = true;
	head = g->s;
	at = g->f->n;
	if (pick(g, 3) == 0) {
		emit(g, (struct k2_insn){ .code = K2_JMP | K2_JCOND });
		may = g->f->n;
	}
	statements(g, 2 + pick(g, 4));
	for (r = 0; r < 10; r++)
		if (head.reg[r].kind == NUMBER && g->s.reg[r].kind != NUMBER) {
			mov_imm(g, r, (int32_t)exec_number(&g->rnd));
			set_kind(g, r, NUMBER);
		}
	add_imm(g, c, -1);
	i = mk_jump_imm(ops[pick(g, 3)], c, 0);
	i.code = pick(g, 2) ? i.code : (uint8_t)((i.code & 0xf8) | K2_JMP32);
	i.target = at;
	emit(g, i);
	if (may)
		land(g, may - 1);
	g->s = head;
	set_kind(g, c, NUMBER);
	g->in_loop = outer;
}

typedef void (*statement)(struct gen *g);
static const struct {
	statement make;
	unsigned int weight;
} table[] = {
	{ gen_alu, 24 },   { gen_constant, 2 }, { gen_access, 24 }, { gen_branch, 7 },  { gen_loop, 1 },
	{ gen_context, 3 }, { gen_pointer, 4 }, { gen_packet, 4 },  { gen_spill, 3 },   { gen_global, 2 },
	{ gen_lookup, 2 }, { gen_map_change, 1 }, { gen_helper, 2 }, { gen_adjust, 1 }, { gen_legacy, 1 },
	{ gen_subprog, 2 }, { gen_callback, 2 },
};

static void one(struct gen *g)
{
	unsigned int total = 0, at, k;

	for (k = 0; k < K2_ARRAY_SIZE(table); k++)
		total += table[k].weight;
	at = pick(g, total);
	for (k = 0; at >= table[k].weight; k++)
		at -= table[k].weight;
	table[k].make(g);
}

void statements(struct gen *g, unsigned int n)
{
	g->depth++;
	while (n-- && g->f->n < EXEC_INSNS / 2)
		if (g->depth < 5)
			one(g);
		else
			gen_alu(g);
	g->depth--;
}

/* Numbers in all registers that hold nothing yet; then the body begins. */
static void load_registers(struct gen *g, int from)
{
	unsigned int r;

	for (r = 0; r < 10; r++)
		if (g->s.reg[r].kind == NOTHING) {
			emit(g, k2_mk_load(K2_DW, (uint8_t)r, g->val, (int16_t)(from + 8 * (int)r)));
			set_kind(g, r, NUMBER);
		}
	g->f->body = g->f->n;
}

/* The value of A into g->val, by lookup (the value of an array's known key is there, but the kernel wants the test). */
static void main_prologue(struct gen *g)
{
	int k;

	mov(g, g->ctx, 1);
	emit(g, k2_mk_store_imm(K2_W, 10, KEY_OFF, 0));
	mov(g, 2, 10);
	add_imm(g, 2, KEY_OFF);
	ld_symbol(g, 1, 1 + EXEC_A, K2_PSEUDO_MAP_FD);
	emit(g, (struct k2_insn){ .code = K2_JMP | K2_CALL, .imm = 1 });
	emit(g, mk_jump_imm(K2_JNE, 0, 0));
	g->f->insns[g->f->n - 1].target = g->f->n + 1;
	emit(g, (struct k2_insn){ .code = K2_JMP | K2_EXIT });
	mov(g, g->val, 0);
	set_kind(g, g->ctx, CONTEXT);
	set_memory(g, g->val, MEMORY, A_DATA, A_DATA + A_DATA_SIZE, true);
	for (k = g->stack_lo; k < g->stack_hi; k += 8) {
		emit(g, k2_mk_load(K2_DW, 0, g->val, (int16_t)(A_DATA + k - g->stack_lo)));
		emit(g, k2_mk_store(K2_DW, 10, (int16_t)k, 0));
	}
	load_registers(g, A_IN);
}

static void main_epilogue(struct gen *g)
{
	unsigned int r;
	int k;

	g->f->body_end = g->f->n;
	for (r = 0; r < 10; r++)
		if (g->s.reg[r].kind == NUMBER)
			emit(g, k2_mk_store(K2_DW, g->val, (int16_t)(A_OUT + 8 * (int)r), (uint8_t)r));
	for (k = g->stack_lo; k < g->stack_hi; k += 8) {
		emit(g, k2_mk_load(K2_DW, 0, 10, (int16_t)k));
		emit(g, k2_mk_store(K2_DW, g->val, (int16_t)(A_STACK + k - g->stack_lo), 0));
	}
	emit(g, (struct k2_insn){ .code = K2_JMP | K2_EXIT });
}

/* r1: the value of A; r2, r3: numbers; r4: 16 bytes of the caller's frame. Callbacks: r1 is the round, r2
   points to the address of the value. */
static void make_subprog(struct gen *g)
{
	bool callback = g->f->callback;
	int k;

	if (callback) {
		emit(g, k2_mk_load(K2_DW, g->val, 2, 0));
		mov(g, 2, 1);
	} else {
		mov(g, g->val, 1);
	}
	set_memory(g, g->val, MEMORY, A_DATA, A_DATA + A_DATA_SIZE, true);
	set_kind(g, 2, NUMBER);
	if (!callback) {
		set_kind(g, 3, NUMBER);
		set_memory(g, 4, FRAME, 0, 16, true);
	}
	for (k = g->stack_lo; k < g->stack_hi; k += 8)
		emit(g, k2_mk_store(K2_DW, 10, (int16_t)k, 2));
	load_registers(g, A_DATA);
	statements(g, 4 + pick(g, 8));
	g->f->body_end = g->f->n;
	mov(g, 0, number_reg(g));
	if (callback) /* the verifier insists */
		emit(g, k2_mk_alu_imm(64, K2_AND, 0, 1));
	emit(g, (struct k2_insn){ .code = K2_JMP | K2_EXIT });
}

void exec_generate(struct exec_prog *p, uint64_t seed)
{
	struct gen g = { .prog = p, .rnd = k2_rand(&seed) }; /* neighbours' sequences may not be one another's, shifted */
	uint32_t k;

	p->n_funcs = 1 + (pick(&g, 3) == 0 ? 1 + pick(&g, EXEC_FUNCS - 1) : 0);
	p->type = (enum exec_type)pick(&g, EXEC_TYPES);
	p->uses_hash = false;
	for (k = 0; k < p->n_funcs; k++)
		p->funcs[k].callback = k && k + 1 == p->n_funcs && pick(&g, 2);
	for (k = 0; k < p->n_funcs; k++) {
		g.f = &p->funcs[k];
		g.f->n = g.f->body = g.f->body_end = 0;
		g.f->n_args = k ? g.f->callback ? 2 : 4 : 1;
		g.main = k == 0;
		g.jumps = g.loops = g.calls = g.depth = 0;
		g.in_loop = false;
		g.s = (struct state){ 0 };
		g.ctx = k ? 16 : 6; /* where legacy packet loads want it */
		g.val = (uint8_t)(7 + pick(&g, 3));
		g.stack_lo = k ? -32 : -144;
		g.stack_hi = -16;
		if (k) {
			if (!(g.called >> k & 1))
				continue;
			g.jumps = MAX_JUMPS - 3;
			g.loops = MAX_LOOPS - 1;
			make_subprog(&g);
			continue;
		}
		main_prologue(&g);
		statements(&g, 10 + pick(&g, 40));
		main_epilogue(&g);
	}
}

void exec_describe(const struct exec_prog *p, uint32_t func, struct k2_symbol *syms, struct k2_func_desc *d)
{
	static const char *const names[] = { "f0", "f1", "f2", "f3", "f4" };
	static const char *const sections[] = { "tc", "xdp", "socket" };
	uint32_t k;

	syms[EXEC_A] = (struct k2_symbol){ .kind = K2_SYM_MAP, .name = "a", .map_type = 2, .key_size = 4, .value_size = A_SIZE };
	syms[EXEC_B] = (struct k2_symbol){ .kind = K2_SYM_MAP, .name = "b", .map_type = 2, .key_size = 4, .value_size = B_SIZE };
	syms[EXEC_H] = (struct k2_symbol){ .kind = K2_SYM_MAP, .name = "h", .map_type = 1, .key_size = 4, .value_size = H_SIZE };
	syms[EXEC_G] = (struct k2_symbol){ .kind = K2_SYM_DATA, .name = "g", .data_size = G_SIZE };
	for (k = 0; k < EXEC_FUNCS; k++)
		syms[EXEC_MAPS + k] = (struct k2_symbol){ .kind = K2_SYM_FUNC, .name = names[k] };
	*d = (struct k2_func_desc){ .name = names[func], .section = func ? ".text" : sections[p->type],
				    .insns = p->funcs[func].insns, .n_insns = p->funcs[func].n, .syms = syms,
				    .n_syms = EXEC_SYMS, .isa = K2_ISA_V4, .alu32 = true, .is_subprog = func > 0,
				    .n_args = p->funcs[func].n_args };
}

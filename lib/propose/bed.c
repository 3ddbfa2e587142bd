// SPDX-License-Identifier: BSD-2-Clause
/* Running code on made-up states. Safety is dynamic here: what the old code did not touch on the same test, new code may not; a register
   that holds nothing may not be read. */
#include "bed.h"
#include "interp.h"
#include <string.h>

/* Errors on one test. One test that fails must cost more than the code that it is about: most tests may not come there. */
enum { FAULT = 100, WRONG = 10, STEPS_MAX = 400, DRAWS = 3 * K2_BED_TESTS, ENOUGH = 4, LOADED = 1, STORED = 2, WAS_THERE = 4 };

/* Addresses as in kernels: far apart, high bits set. In exact places (the context) an access is known by address and size. */
#define PLACE(n)   (0xffff100000000000ull + ((uint64_t)(n) << 32) + 0x1000)
#define CTX_PLACE  0xffff0f0000001000ull
#define SYMBOL(n)  (0xffff200000000000ull + ((uint64_t)(n) << 32))
#define EXACT_KEY  0x4000000000000000ull

static bool is_stack(uint64_t addr)
{
	return addr - (PLACE(0) - K2_STACK_SIZE) < K2_STACK_SIZE;
}

static bool is_ctx(uint64_t addr)
{
	return addr >> 32 == CTX_PLACE >> 32;
}

/* ---- cells ---- */

static struct k2_bed_cell *cell(struct k2_cellmap *m, uint64_t key, bool make)
{
	for (uint64_t i = k2_hash_mix(0, key);; i++) {
		struct k2_bed_cell *c = &m->c[i % K2_CELLS];

		if (c->epoch == m->epoch && c->key == key)
			return c;
		if (c->epoch == m->epoch)
			continue;
		if (!make)
			return NULL;
		if (m->n == K2_ARRAY_SIZE(m->used)) {
			m->full = true;
			return NULL;
		}
		*c = (struct k2_bed_cell){ .key = key, .epoch = m->epoch };
		m->used[m->n++] = (uint16_t)(i % K2_CELLS);
		return c;
	}
}

static void empty(struct k2_cellmap *m)
{
	m->epoch++;
	m->n = 0;
	m->full = false;
}

static struct k2_cellmap *new_cells(struct k2_arena *a)
{
	struct k2_cellmap *m = k2_arena_calloc(a, 1, sizeof(*m));

	if (m)
		m->epoch = 1;
	return m;
}

/* ---- one run ---- */

struct run {
	struct k2_bed *b;
	struct k2_test *t;
	bool learning; /* this is the old code */
	struct k2_outcome *out;
	uint32_t calls;
};

static uint64_t mix3(uint64_t a, uint64_t b, uint64_t c)
{
	return k2_hash_mix(k2_hash_mix(k2_hash_mix(0x51, a), b), c);
}

/* What memory holds at the start: zeros, noise, small numbers, and numbers of the code, in either byte order. */
static uint8_t first_byte(const struct k2_bed *b, uint64_t seed, uint64_t addr)
{
	uint64_t h = mix3(seed, addr >> 3, 1), unit = mix3(seed, addr >> 1, 2), byte = mix3(seed, addr, 3);

	switch (h >> 40 & 3) {
	case 0: return 0;
	case 1: return (uint8_t)(byte >> 32);
	case 2: return addr & 1 ? 0 : (uint8_t)(byte >> 32);
	default:
		if (!b->n_pool)
			return 0;
		return (uint8_t)(b->pool[(unit >> 32) % b->n_pool] >> 8 * ((addr & 1) ^ (unit >> 20 & 1)));
	}
}

static uint8_t peek(const struct run *r, uint64_t addr)
{
	const struct k2_bed_cell *c = cell(r->out->written, addr, false);

	return c ? c->value : first_byte(r->b, r->t->seed, addr);
}

static unsigned int shift(const struct run *r, unsigned int size, unsigned int k)
{
	return 8 * (r->b->f->desc->big_endian ? size - 1 - k : k);
}

/* May these bytes be accessed so, or from now on, if this is the old code. */
static bool may_touch(struct run *r, uint64_t addr, unsigned int size, uint8_t how)
{
	struct k2_cellmap *m = r->t->touched;
	bool exact = is_ctx(addr);
	unsigned int n = exact ? 1 : size;

	if (is_stack(addr) && addr % size)
		return false;
	for (unsigned int k = 0; k < n; k++) {
		struct k2_bed_cell *c = cell(m, exact ? EXACT_KEY | addr << 4 | size : addr + k, r->learning);

		if (!c || (!r->learning && !(c->how & (how == STORED ? STORED : LOADED | STORED))))
			return false;
		/* What the frame holds: stored before, or there at the start, as the old code knew. */
		if (how == LOADED && is_stack(addr) && !cell(r->out->written, addr + k, false)) {
			if (!r->learning && !(c->how & WAS_THERE))
				return false;
			c->how |= WAS_THERE;
		}
		if (r->learning)
			c->how |= how;
	}
	return true;
}

static bool load(void *user, uint64_t addr, unsigned int size, uint64_t *value)
{
	struct run *r = user;

	*value = 0;
	if (!may_touch(r, addr, size, LOADED))
		return false;
	for (unsigned int k = 0; k < size; k++)
		*value |= (uint64_t)peek(r, addr + k) << shift(r, size, k);
	return true;
}

static bool store(void *user, uint64_t addr, unsigned int size, uint64_t value)
{
	struct run *r = user;

	if (!may_touch(r, addr, size, STORED))
		return false;
	for (unsigned int k = 0; k < size; k++) {
		struct k2_bed_cell *c = cell(r->out->written, addr + k, true);

		if (!c)
			return false;
		c->value = (uint8_t)(value >> shift(r, size, k));
	}
	return true;
}

static bool symbol(void *user, const struct k2_insn *i, uint64_t *value)
{
	(void)user;
	*value = SYMBOL(i->sym) + (uint64_t)i->imm;
	return !(i->flags & (K2_F_SYM_IMM | K2_F_SYM_OFF));
}

/* Bytes behind an argument: as many as the next one says, or as many as keys and values may have. */
static uint64_t extent(const struct k2_helper *h, unsigned int arg, const uint64_t regs[11])
{
	uint64_t size = 64;

	if (h && arg < 4 && (h->arg[arg + 1] == K2_ARG_SIZE || h->arg[arg + 1] == K2_ARG_SIZE_OR_ZERO))
		size = K2_MIN(regs[arg + 2], 64ull);
	return K2_MIN(size, PLACE(0) - regs[arg + 1]);
}

static bool writes(const struct k2_helper *h, unsigned int arg)
{
	switch (h ? h->arg[arg] : K2_ARG_STACK) {
	case K2_ARG_MAP_VALUE_RW: case K2_ARG_MAP_VALUE_WRITE_PART: case K2_ARG_MEM_WRITE: case K2_ARG_MEM_WRITE_PART: case K2_ARG_MEM_RW:
	case K2_ARG_FIXED_RW: case K2_ARG_STACK: case K2_ARG_DYNPTR:
		return true;
	default: return false;
	}
}

static bool call(void *user, const struct k2_insn *i, uint64_t regs[11])
{
	struct run *r = user;
	const struct k2_helper *h = k2_helper_get((int32_t)i->imm);
	uint16_t reads = k2_call_reads(i);
	uint64_t seed = mix3(r->t->seed, (uint64_t)i->imm, ++r->calls);

	if (i->src != K2_CALL_HELPER)
		return false;
	r->out->trace = k2_hash_mix(r->out->trace, (uint64_t)i->imm);
	for (unsigned int a = 0; a < 5; a++) {
		if (!(reads >> (a + 1) & 1))
			continue;
		if (!is_stack(regs[a + 1])) {
			r->out->trace = k2_hash_mix(r->out->trace, regs[a + 1]);
			continue;
		}
		for (uint64_t k = 0; k < extent(h, a, regs); k++) {
			struct k2_bed_cell *c;

			r->out->trace = k2_hash_mix(r->out->trace, peek(r, regs[a + 1] + k));
			c = writes(h, a) ? cell(r->out->written, regs[a + 1] + k, true) : NULL;
			if (c)
				c->value = (uint8_t)(mix3(seed, a, k) >> 32);
		}
	}
	regs[0] = seed >> 60 < 4 ? 0 : seed >> 60 < 8 ? (seed >> 20 & 0xff) : seed;
	return true;
}

static bool is_volatile(const struct k2_insn *i)
{
	return i->flags & (K2_F_VOLATILE | K2_F_FROZEN);
}

static bool step(struct run *r, const struct k2_interp_env *env, const struct k2_insn *insns, uint32_t n, uint32_t *pc)
{
	const struct k2_insn *i = &insns[*pc];
	struct k2_outcome *out = r->out;
	uint16_t defs = k2_isa_writes(i), reads = k2_insn_reads(i);

	if (reads & ~out->has)
		return false;
	switch (k2_interp_step(env, i, out->reg)) {
	case K2_STEP_NEXT: ++*pc; break;
	case K2_STEP_TAKEN: *pc = i->target; break;
	case K2_STEP_EXIT: out->exits = true; *pc = n; break;
	default: return false;
	}
	out->has |= defs;
	if (k2_isa_kind(i) == K2_KIND_CALL)
		out->has &= (uint16_t)~0x3eu;
	if (is_volatile(i))
		out->trace = mix3(out->trace, i->code, defs ? out->reg[i->dst] : out->reg[i->dst] + (uint64_t)i->off);
	return *pc <= n;
}

static void run(struct k2_bed *b, struct k2_test *t, bool learning, const struct k2_insn *insns, uint32_t n, struct k2_outcome *out)
{
	struct run r = { .b = b, .t = t, .learning = learning, .out = out };
	const struct k2_interp_env env = { .user = &r, .big_endian = b->f->desc->big_endian, .load = load, .store = store,
					   .call = call, .symbol = symbol };
	uint32_t steps = 0;

	empty(out->written);
	memcpy(out->reg, t->reg, sizeof(out->reg));
	out->has = t->has;
	out->fault = out->exits = false;
	out->trace = 0;
	for (uint32_t pc = 0; pc < n && !out->fault;) {
		if (k2_is_nop(&insns[pc])) {
			pc++;
			continue;
		}
		out->fault = !step(&r, &env, insns, n, &pc) || ++steps > STEPS_MAX;
	}
	b->executed += steps;
	out->fault |= out->written->full || t->touched->full;
}

/* ---- how wrong ---- */

static bool counts(const struct k2_bed *b, uint64_t addr)
{
	if (!is_stack(addr))
		return true;
	return b->live && k2_stack_has(b->live->stack, (unsigned int)(addr - (PLACE(0) - K2_STACK_SIZE)));
}

static unsigned int wrong_bytes(const struct k2_bed *b, const struct k2_test *t, struct k2_cellmap *x, struct k2_cellmap *y, bool both)
{
	unsigned int wrong = 0;

	for (uint32_t k = 0; k < x->n; k++) {
		const struct k2_bed_cell *c = &x->c[x->used[k]], *d = cell(y, c->key, false);

		if (counts(b, c->key) && (!d || both))
			wrong += (unsigned int)__builtin_popcount((unsigned int)c->value ^ (d ? d->value : first_byte(b, t->seed, c->key)));
	}
	return wrong;
}

static unsigned int wrong_registers(const struct k2_bed *b, const struct k2_outcome *want, const struct k2_outcome *got)
{
	unsigned int wrong = 0;

	for (unsigned int r = 0; r < 10; r++) {
		bool lo = b->live ? b->live->regs & K2_LIVE_LO(r) : r == 0;
		bool hi = b->live ? b->live->regs & K2_LIVE_HI(r) : r == 0 && !b->f->returns32;
		uint64_t mask = (lo ? k2_mask(32) : 0) | (hi ? ~k2_mask(32) : 0);

		if (!mask || !(want->has >> r & 1))
			continue;
		wrong += got->has >> r & 1 ? (unsigned int)__builtin_popcountll((want->reg[r] ^ got->reg[r]) & mask) : 64;
	}
	return wrong;
}

static uint32_t error_on(struct k2_bed *b, struct k2_test *t, const struct k2_insn *insns, uint32_t n)
{
	struct k2_outcome got = { .written = b->scratch };
	unsigned int wrong;

	run(b, t, false, insns, n, &got);
	if (got.fault || got.exits != t->want.exits)
		return FAULT;
	wrong = wrong_registers(b, &t->want, &got) + wrong_bytes(b, t, t->want.written, got.written, true) +
		wrong_bytes(b, t, got.written, t->want.written, false) + (got.trace != t->want.trace ? FAULT / 2 : 0);
	return wrong ? K2_MIN(wrong + WRONG, (unsigned int)FAULT) : 0;
}

uint32_t k2_bed_error(struct k2_bed *b, const struct k2_insn *insns, uint32_t n, uint32_t limit)
{
	uint32_t sum = 0, most = 0;

	for (unsigned int k = 0; k < b->n_active; k++) {
		uint32_t error = error_on(b, &b->test[b->order[k]], insns, n);

		sum += error;
		most = K2_MAX(most, error);
		if ((sum / b->n_active + most) / 2 > limit)
			return limit + 1;
	}
	for (unsigned int k = b->n_active; !sum && k < b->n; k++) {
		uint8_t test = b->order[k];

		sum = most = error_on(b, &b->test[test], insns, n);
		if (!sum)
			continue;
		b->order[k] = b->order[b->n_active];
		b->order[b->n_active++] = test;
	}
	return (sum / b->n_active + most) / 2;
}

/* ---- the old code ---- */

static void collect_pool(struct k2_bed *b, const struct k2_insn *insns, uint32_t n)
{
	for (uint32_t k = 0; k < n && b->n_pool < K2_BED_POOL; k++) {
		const struct k2_insn *i = &insns[k];
		bool number = (i->code & K2_X) == 0 && (k2_isa_kind(i) == K2_KIND_ALU || k2_isa_kind(i) == K2_KIND_JUMP ||
							k2_isa_kind(i) == K2_KIND_STORE);

		if (number)
			b->pool[b->n_pool++] = (uint64_t)i->imm;
	}
}

static void draw(struct k2_test *t, const struct k2_bed_start start[11], uint64_t n)
{
	t->seed = k2_hash_mix(0x7e57, n + 1);
	t->has = 0;
	for (unsigned int r = 0; r < 11; r++) {
		const struct k2_bed_start *s = &start[r];
		struct k2_term atom = { .op = K2_T_ATOM, .width = 64, .id = r + 1, .zeros = s->known.zeros, .ones = s->known.ones,
					.umin = s->known.umin, .umax = s->known.umax };

		if (s->kind == K2_BED_NOTHING)
			continue;
		t->has |= (uint16_t)(1u << r);
		t->reg[r] = s->kind == K2_BED_NUMBER ? k2_t_sample(&atom, n) : s->kind == K2_BED_CTX ? CTX_PLACE + s->off : PLACE(s->base) + s->off;
	}
}

bool k2_bed_init(struct k2_bed *b, struct k2_arena *a, const struct k2_func *f, const struct k2_live *live,
		 const struct k2_bed_start start[11], const struct k2_insn *insns, uint32_t n)
{
	memset(b, 0, sizeof(*b));
	b->arena = a;
	b->f = f;
	b->live = live;
	b->scratch = new_cells(a);
	if (!b->scratch)
		return false;
	collect_pool(b, insns, n);
	for (unsigned int k = 0; k < DRAWS && b->n < K2_BED_TESTS; k++) {
		struct k2_test *t = &b->test[b->n];

		if (!t->touched)
			t->touched = new_cells(a);
		if (!t->want.written)
			t->want.written = new_cells(a);
		if (!t->touched || !t->want.written)
			return false;
		draw(t, start, k);
		empty(t->touched);
		run(b, t, true, insns, n, &t->want);
		if (t->want.fault)
			continue;
		b->order[b->n] = (uint8_t)b->n;
		b->n++;
	}
	b->n_active = K2_MIN(b->n, (unsigned int)K2_BED_ACTIVE);
	return b->n >= ENOUGH;
}

// SPDX-License-Identifier: BSD-2-Clause
/* The environment of the interpreter in a replay: memory, the context and symbols of the world of this attempt. */
#include "concsem.h"
#include "replay_impl.h"

bool k2_side_bad(struct k2_side *s, const char *why)
{
	if (!s->bad)
		s->bad = why;
	s->stopped = true;
	return false;
}

/* What no program that loads does: in code that should do the same as one that loads, it is a difference. */
bool k2_side_wrong(struct k2_side *s, const char *why)
{
	s->wrong = !s->bad;
	return k2_side_bad(s, why);
}

/* ---- memory ---- */

static uint8_t noise(uint64_t addr)
{
	return (uint8_t)(k2_hash_mix(k2_hash_mix(7, addr), addr >> 8) >> 20);
}

uint8_t k2_replay_peek(const struct k2_replay *r, const struct k2_cells *m, uint64_t addr)
{
	const struct k2_cell *c = k2_cell_find(m, addr);

	if (!c)
		c = k2_cell_find(&r->init, addr);
	return c ? c->value : noise(addr);
}

static uint8_t read_byte(struct k2_env *e, uint64_t addr)
{
	uint64_t at = addr - K2_STACK_LOW;
	uint8_t v;

	if (at < K2_STACK_SIZE) {
		if (e->s->stack_by[at] == K2_NOBODY)
			e->r->read_stack[at / 64] |= 1ull << (at % 64);
		return e->s->stack[at];
	}
	v = k2_replay_peek(e->r, &e->s->mem, addr);
	if (!k2_cell_find(&e->s->mem, addr))
		e->r->failed |= !k2_cell_put(e->r->arena, &e->r->read_mem, addr, v, K2_NOBODY);
	return v;
}

void k2_replay_write(struct k2_env *e, uint64_t addr, uint8_t v)
{
	uint64_t at = addr - K2_STACK_LOW;

	if (at < K2_STACK_SIZE) {
		e->s->stack[at] = v;
		e->s->stack_by[at] = e->s->at;
	} else {
		e->r->failed |= !k2_cell_put(e->r->arena, &e->s->mem, addr, v, e->s->at);
	}
}

unsigned int k2_replay_shift(const struct k2_replay *r, unsigned int size, unsigned int k)
{
	return 8 * (r->w->ctx.f->desc->big_endian ? size - 1 - k : k);
}

/* A field that the terms do not speak of: only the new code of a function looks at it. */
static bool unspoken_context(struct k2_env *e, uint64_t addr, unsigned int size, uint64_t *value)
{
	struct k2_aval base = k2_aval_region(K2_RG_CTX, 0), v;

	base.num = k2_aval_scalar(addr - k2_addr(K2_AREA_CTX, 0, 0)).num;
	v = k2_absint_loaded(e->r->w->ctx.f, &base, 0, size);
	for (uint32_t k = 0; k < e->r->n_whole; k++) { /* they may speak of a part of it, at some time */
		const struct k2_whole *x = &e->r->whole[k];

		v.region = !x->far && x->addr < addr + size && addr < x->addr + x->size ? K2_RG_ANY : v.region;
	}
	if (!e->r->func || v.region != K2_RG_SCALAR)
		return k2_side_bad(e->s, "a load of the context that has no value");
	*value = 0;
	for (unsigned int k = 0; k < size; k++)
		*value |= (uint64_t)noise(addr + k) << k2_replay_shift(e->r, size, k);
	*value = (*value & ~v.num.zeros) | v.num.ones;
	return true;
}

/* The context as the terms speak of it: after event `version`, or the latest before it, or the first after it. */
static bool ctx_load(struct k2_env *e, uint64_t addr, unsigned int size, uint64_t *value)
{
	struct k2_replay *r = e->r;
	uint32_t best = K2_NOBODY;

	for (uint32_t k = 0; k < r->n_whole; k++) {
		const struct k2_whole *x = &r->whole[k], *b = best == K2_NOBODY ? NULL : &r->whole[best];
		bool later = x->version > e->s->ctx_version;

		if (x->far || x->addr != addr || x->size != size)
			continue;
		if (!b || (b->version > e->s->ctx_version ? x->version < b->version : !later && x->version > b->version))
			best = k;
	}
	if (best == K2_NOBODY)
		return unspoken_context(e, addr, size, value);
	r->read_whole[best] = true;
	*value = r->whole[best].value;
	return true;
}

/* A four-byte load that gives a whole pointer, as long as nobody wrote there. */
static bool wide_load(struct k2_env *e, uint64_t addr, unsigned int size, uint64_t *value)
{
	for (uint32_t k = 0; k < e->r->n_whole; k++) {
		const struct k2_whole *x = &e->r->whole[k];

		if (!x->far || x->addr != addr || x->size != size || x->value <= k2_mask(8 * size) || x->version)
			continue;
		*value = x->value;
		return !k2_cell_find(&e->s->mem, addr);
	}
	return false;
}

static bool check_access(struct k2_env *e, uint64_t addr, unsigned int size)
{
	if (k2_on_stack(addr) != k2_on_stack(addr + size - 1))
		return k2_side_wrong(e->s, "an access across the end of the frame");
	if (k2_area_of(addr) == K2_AREA_PKT && e->r->packet_end && addr + size > e->r->packet_end)
		return k2_side_wrong(e->s, "an access behind the packet");
	if (addr < 4096)
		return k2_side_wrong(e->s, "an access through NULL");
	return true;
}

static bool env_load(void *user, uint64_t addr, unsigned int size, uint64_t *value)
{
	struct k2_env *e = user;
	uint64_t v = 0;

	if (!check_access(e, addr, size))
		return false;
	if (k2_area_of(addr) == K2_AREA_CTX)
		return ctx_load(e, addr, size, value);
	if (size == 4 && wide_load(e, addr, size, value))
		return true;
	for (unsigned int k = 0; k < size; k++)
		v |= (uint64_t)read_byte(e, addr + k) << k2_replay_shift(e->r, size, k);
	*value = v;
	return true;
}

static bool env_store(void *user, uint64_t addr, unsigned int size, uint64_t value)
{
	struct k2_env *e = user;

	if (!check_access(e, addr, size))
		return false;
	if (k2_area_of(addr) == K2_AREA_CTX) /* an action; its effect is the version */
		return true;
	for (unsigned int k = 0; k < size; k++)
		k2_replay_write(e, addr + k, (uint8_t)(value >> k2_replay_shift(e->r, size, k)));
	return true;
}

static uint64_t sext32(uint64_t v)
{
	return (uint64_t)k2_sext(v, 32);
}

static bool symbol_address(struct k2_env *e, const struct k2_insn *i, uint64_t *value)
{
	const struct k2_symbol *sym = k2_func_symbol(e->r->w->ctx.f, i);

	if (!sym) {
		*value = k2_addr(K2_AREA_OTHER, 0x800u + i->src, (uint64_t)i->imm << 4);
		return true;
	}
	if (sym->kind == K2_SYM_CORE) {
		if (!k2_replay_named(e->r, K2_FN_CORE, 64, i->sym, value))
			*value = k2_hash_mix(3, i->sym);
		return true;
	}
	if (!k2_replay_named(e->r, K2_FN_SYMBOL, 64, i->sym, value))
		*value = k2_addr(sym->kind == K2_SYM_DATA ? K2_AREA_DATA : K2_AREA_OTHER, i->sym, 0);
	*value += (uint64_t)i->imm;
	return true;
}

bool k2_replay_symbol(void *user, const struct k2_insn *i, uint64_t *value)
{
	struct k2_env *e = user;

	if (k2_isa_kind(i) == K2_KIND_LD_IMM64)
		return symbol_address(e, i, value);
	if (k2_replay_named(e->r, K2_FN_CORE, 32, i->sym, value))
		*value = sext32(*value);
	else
		*value = sext32(k2_hash_mix(3, i->sym));
	return true;
}

static const struct k2_interp_env *interp(struct k2_env *e, struct k2_interp_env *x)
{
	*x = (struct k2_interp_env){ .user = e, .big_endian = e->r->w->ctx.f->desc->big_endian, .load = env_load,
				     .store = env_store, .symbol = k2_replay_symbol };
	return x;
}

enum k2_step k2_replay_step(struct k2_env *e, const struct k2_insn *i)
{
	struct k2_interp_env x;

	return k2_interp_step(interp(e, &x), i, e->s->reg);
}

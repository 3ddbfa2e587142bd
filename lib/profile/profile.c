// SPDX-License-Identifier: BSD-2-Clause
/* Counts by function, added up, and what they say about branches. Files are in profile_file.c. */
#include "profile.h"
#include "isa.h"
#include <string.h>

struct k2_profile *k2_profile_new(void)
{
	struct k2_arena *a = k2_arena_new(0);
	struct k2_profile *p = a ? k2_arena_alloc(a, sizeof(*p)) : NULL;

	if (!p) {
		k2_arena_free(a);
		return NULL;
	}
	p->arena = a;
	return p;
}

void k2_profile_free(struct k2_profile *p)
{
	if (p)
		k2_arena_free(p->arena);
}

/* ---- which code it is ---- */

static uint64_t hash_jump(uint64_t h, const struct k2_insn *i)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_JUMP: return k2_hash_mix(h, i->target + ((uint64_t)i->imm << 32));
	case K2_KIND_EXIT: return h;
	default: return k2_hash_mix(h, i->target);
	}
}

/* What may be another number once the object is linked or loaded is left out. */
static uint64_t hash_insn(uint64_t h, const struct k2_insn *i)
{
	bool call = k2_isa_kind(i) == K2_KIND_CALL, patched = i->sym || (i->flags & (K2_F_SYM_IMM | K2_F_ONE_SLOT));
	/* A CO-RE number is a ld_imm64 in the compiler, and a move of 32 bits in its object. */
	uint8_t code = i->flags & K2_F_ONE_SLOT ? K2_ALU64 | K2_MOV | K2_K : i->code;

	h = k2_hash_mix(h, code | (uint64_t)i->dst << 8 | (uint64_t)(patched || call ? 0 : i->src) << 16);
	if (k2_isa_is_terminator(i))
		return hash_jump(h, i);
	h = k2_hash_mix(h, i->flags & K2_F_SYM_OFF ? 0 : (uint16_t)i->off);
	return k2_hash_mix(h, patched ? 0 : (uint64_t)i->imm);
}

static uint64_t hash_func(const struct k2_func_desc *f)
{
	uint64_t h = f->n_insns;

	for (uint32_t k = 0; k < f->n_insns; k++)
		h = hash_insn(h, &f->insns[k]);
	return h;
}

static const char *section_of(const struct k2_func_desc *f)
{
	return f->section ? f->section : "";
}

static struct k2_profile_func *find(const struct k2_profile *p, const struct k2_func_desc *f)
{
	const char *name = f->name ? f->name : "";

	for (uint32_t k = 0; k < p->n_funcs; k++) {
		if (!strcmp(p->funcs[k].name, name) && !strcmp(p->funcs[k].section, section_of(f)))
			return &p->funcs[k];
	}
	return NULL;
}

static bool is_of(const struct k2_profile_func *x, const struct k2_func_desc *f)
{
	return x->n == f->n_insns && x->code == hash_func(f);
}

/* ---- adding ---- */

static bool empty_counts(struct k2_profile *p, struct k2_profile_func *x, const struct k2_func_desc *f)
{
	x->n = f->n_insns;
	x->code = hash_func(f);
	x->counts = k2_arena_calloc(p->arena, x->n, sizeof(*x->counts));
	x->taken = k2_arena_calloc(p->arena, x->n, sizeof(*x->taken));
	return x->counts && x->taken;
}

static struct k2_profile_func *add_func(struct k2_profile *p, const struct k2_func_desc *f)
{
	struct k2_profile_func x = {
		.section = k2_arena_printf(p->arena, "%s", section_of(f)),
		.name = k2_arena_printf(p->arena, "%s", f->name ? f->name : ""),
	};

	if (!x.section || !x.name || !empty_counts(p, &x, f) || !K2_VEC_PUSH(p->arena, p->funcs, p->n_funcs, p->cap_funcs, x))
		return NULL;
	return &p->funcs[p->n_funcs - 1];
}

/* What a file can hold. */
static uint64_t sum(uint64_t a, uint64_t b)
{
	return b > (uint64_t)INT64_MAX - a ? (uint64_t)INT64_MAX : a + b;
}

enum k2_status k2_profile_add(struct k2_profile *p, const struct k2_func_desc *f, const uint64_t *counts, const uint64_t *taken,
			      bool *dropped)
{
	struct k2_profile_func *x = find(p, f);
	bool other = x && !is_of(x, f);

	if (other && !empty_counts(p, x, f))
		return K2_ENOMEM;
	if (dropped)
		*dropped = other;
	if (!x)
		x = add_func(p, f);
	if (!x)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < x->n; k++) {
		x->counts[k] = sum(x->counts[k], K2_MIN(counts[k], (uint64_t)INT64_MAX));
		x->taken[k] = sum(x->taken[k], K2_MIN(taken[k], (uint64_t)INT64_MAX));
	}
	return K2_OK;
}

/* ---- using ---- */

/* Of the K2_TAKEN_MAX times that the instruction may say. */
static uint16_t share(uint64_t taken, uint64_t count)
{
	while (count >> 40) {
		count >>= 1;
		taken >>= 1;
	}
	return (uint16_t)(1 + K2_MIN(taken, count) * K2_TAKEN_MAX / count);
}

enum k2_profile_match k2_profile_apply(const struct k2_profile *p, const struct k2_func_desc *f, struct k2_insn *insns)
{
	const struct k2_profile_func *x = find(p, f);

	if (!x)
		return K2_PROFILE_NONE;
	if (!is_of(x, f))
		return K2_PROFILE_STALE;
	if (!x->n || !x->counts[0])
		return K2_PROFILE_NONE;
	for (uint32_t k = 0; insns && k < x->n; k++) {
		if (k2_isa_kind(&insns[k]) == K2_KIND_JUMP && x->counts[k])
			insns[k].taken = share(x->taken[k], x->counts[k]);
	}
	return K2_PROFILE_USED;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Which functions of an object are called from nowhere but its own code, and what these calls give them. */
#include <k2/unit.h>
#include <elf.h>
#include <string.h>
#include "object_impl.h"

static bool overlap(const struct k2_object_func *a, const struct k2_object_func *b)
{
	return a->section == b->section && a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

/* Data has the address of the function, or one in its section that may be its. */
static bool is_stored(const struct k2_object *o, const struct k2_object_func *f)
{
	for (uint32_t k = 0; k < o->n_stored; k++) {
		const struct objstored *s = &o->stored[k];

		if (s->section == f->section && (s->offset == NOWHERE || s->offset - f->offset < f->size))
			return true;
	}
	return false;
}

/* Aliases have names of their own, by which others may call them. */
static bool shares_code(const struct k2_object *o, uint32_t i)
{
	for (uint32_t k = 0; k < o->n_funcs; k++) {
		if (k != i && overlap(&o->funcs[k].info, &o->funcs[i].info))
			return true;
	}
	return false;
}

/* Loaders take static functions from .text only, for others to call; those elsewhere would be programs. */
static bool is_closed(const struct k2_object *o, uint32_t i)
{
	const struct objfunc *f = &o->funcs[i];

	return !f->info.global && !f->address_taken && !f->info.status && !strcmp(f->desc.section, ".text") &&
	       !is_stored(o, &f->info) && !shares_code(o, i);
}

static enum k2_status describe(const struct k2_object *o, struct k2_arena *a, struct k2_unit_func *u)
{
	bool understood = true;

	for (uint32_t k = 0; k < o->n_funcs; k++)
		understood &= !o->funcs[k].info.status; /* else there may be calls that nobody sees */
	for (uint32_t k = 0; k < o->n_funcs; k++) {
		const struct objfunc *f = &o->funcs[k];
		uint32_t *callee = k2_arena_calloc(a, f->desc.n_syms, sizeof(*callee));

		if (f->desc.n_syms && !callee)
			return K2_ENOMEM;
		for (uint32_t s = 0; s < f->desc.n_syms; s++)
			callee[s] = f->refs[s].func;
		u[k].desc = &f->desc;
		u[k].callee = callee;
		u[k].closed = understood && is_closed(o, k);
	}
	return K2_OK;
}

enum k2_status k2_object_find_passed(struct k2_object *o)
{
	struct k2_arena *a = k2_arena_like(o->arena);
	struct k2_unit_func *u = a ? k2_arena_calloc(a, o->n_funcs, sizeof(*u)) : NULL;
	enum k2_status st = u || (a && !o->n_funcs) ? describe(o, a, u) : K2_ENOMEM;

	if (!st)
		st = k2_find_passed(u, o->n_funcs);
	for (uint32_t k = 0; k < o->n_funcs && !st; k++) {
		if (!u[k].called)
			continue;
		memcpy(o->funcs[k].passed, u[k].passed, sizeof(u[k].passed));
		o->funcs[k].desc.passed = o->funcs[k].passed;
		o->funcs[k].desc.context = u[k].context;
	}
	k2_arena_free(a);
	return st;
}

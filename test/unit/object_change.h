/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of objects, for tests of the writer: what the optimiser makes, and moves that need none. */
#ifndef K2_TEST_OBJECT_CHANGE_H
#define K2_TEST_OBJECT_CHANGE_H

#include <stdlib.h>
#include <string.h>
#include <k2/object.h>
#include <k2/optimize.h>
#include "isa.h"

enum { MAX_FUNCS = 64 };

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

/* Neighbouring arithmetic instructions exchanged, where no jump leads between them. */
static inline void exchange_all(const struct k2_object *o, struct changes *c)
{
	shuffle_all(o, 0, 0, c);
	for (uint32_t i = 0; i < c->n; i++) {
		struct k2_insn *v = c->insns[c->v[i].func];
		uint32_t n = c->v[i].n_insns;

		for (uint32_t k = 0; k + 1 < n; k++) {
			struct k2_insn first = v[k];
			bool free = k2_isa_kind(&v[k]) == K2_KIND_ALU && k2_isa_kind(&v[k + 1]) == K2_KIND_ALU;

			for (uint32_t j = 0; j < n; j++)
				free &= v[j].target != k + 1;
			if (!free)
				continue;
			v[k] = v[k + 1];
			v[++k] = first;
		}
	}
}

#endif

// SPDX-License-Identifier: BSD-2-Clause
/* same-store: a store to own stack of what is there already, whoever put it there. What the stack holds where the window begins the facts
   know: zero bytes, and numbers that were spilled. */
#include "propose.h"
#include <string.h>

/* The stack in front of the next instruction. */
struct holding {
	const struct k2_site *s;
	struct k2_sym *now;
	uint32_t event; /* number of the next one */
};

/* Index of the first byte of an access to own stack at a known place; -1: it is something else. */
static int place(const struct k2_site *s, uint32_t k)
{
	const struct k2_point *p = &s->w->old.points[k];
	int64_t at = (int64_t)p->off + K2_STACK_SIZE;

	if (k2_isa_kind(&s->insns[k]) != K2_KIND_STORE || !p->access || p->event || p->base != s->w->ctx.fp || !p->value || at < 0 ||
	    at + (int64_t)k2_isa_access_size(&s->insns[k]) > K2_STACK_SIZE)
		return -1;
	return (int)at;
}

/* Stores what instruction k stores; true: it was all there already. */
static bool store(struct holding *h, uint32_t k, unsigned int at)
{
	struct k2_symctx *c = &h->s->w->ctx;
	unsigned int size = k2_isa_access_size(&h->s->insns[k]);
	bool same = true;

	for (unsigned int b = 0; b < size; b++) {
		k2_t v = k2_byte_of(c, h->s->w->old.points[k].value, size, b);

		same = same && k2_sym_stack_byte(c, h->now, at + b) == v;
		h->now->stack[at + b] = v;
	}
	return same;
}

static void pass_event(struct holding *h)
{
	const struct k2_event *e = &h->s->w->old.events[h->event++];

	for (unsigned int b = 0; b < K2_STACK_SIZE; b++) {
		if (k2_stack_has(e->written, b))
			h->now->stack[b] = e->after[b];
	}
}

static void propose(const struct k2_site *s)
{
	struct holding h = { .s = s, .now = k2_arena_calloc(s->arena, 1, sizeof(*h.now)) };

	for (uint32_t k = 0; h.now && k < s->n; k++) {
		struct k2_edit e;
		int at = place(s, k);

		if (s->w->old.points[k].event)
			pass_event(&h);
		if (at < 0 || !store(&h, k, (unsigned int)at) || !k2_is_plain(&s->insns[k]) || !k2_edit_init(&e, s))
			continue;
		k2_edit_delete(&e, k);
		if (k2_edit_offer(&e, k))
			return;
	}
}

const struct k2_proposer k2_propose_same_store = {
	.name = "same-store",
	.about = "the stack holds these bytes already",
	.level = 1,
	.propose = propose,
};

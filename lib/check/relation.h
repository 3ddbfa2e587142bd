/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the old code has what the new code needs: the relation between the two at a place where both are cut. It is found by
   looking, not told: the first time that both sides arrive, every place of the old code that holds the same term is a
   candidate; each later arrival keeps those that still do. The sets only shrink, so the search ends. */
#ifndef K2_RELATION_H
#define K2_RELATION_H

#include "check.h"

/* A place of the new code (a register, a stack slot) is equal to each of these of the old code. */
struct k2_place_set {
	uint16_t regs;          /* bit n: rn */
	uint64_t slots;         /* bit n: slot n */
	bool fixed;             /* it holds `value`, whatever the old code has */
	bool nothing;           /* nothing is said: reading it is a fault */
	bool unalike;           /* a register: some way left another term than in the old code's of the same name, or one side unset */
	struct k2_aval value;   /* k2_aval_fixed */
};
static inline bool k2_place_free(const struct k2_place_set *p)
{
	return p->nothing || (!p->regs && !p->slots);
}

/* For what is live in the new code; half a live register counts as far as it is live. */
struct k2_relation {
	struct k2_place_set reg[10];
	uint64_t moved;         /* slots of the new code that are not simply those of the old code */
	struct k2_moved_slot {
		unsigned int slot;
		struct k2_place_set from;
	} *slots;               /* of `moved` */
	uint32_t n_slots, cap_slots;
};

/* NULL: the slot has not moved. */
const struct k2_place_set *k2_relation_slot(const struct k2_relation *rel, unsigned int slot);

/* Both sides have arrived: the window's old code and `s`, the new. `live` is what the new code reads from here on, `facts` the
   old code's there. Narrows `rel` (`first`: makes it) and claims what is equal only if the solver says so. *changed is set when
   less is known than before. A sentence when nothing can be equal. New parts are made in `a`. */
const char *k2_relation_meet(struct k2_checker *ck, struct k2_arena *a, struct k2_window *w, const struct k2_sym *s,
			     const struct k2_live *live, const struct k2_astate *facts, bool first,
			     struct k2_relation *rel, bool *changed);
/* The same for sides that arrive with every place equal to the old code's of the same name, without terms. False: some place is
   not related by name. */
bool k2_relation_meet_same(const struct k2_live *live, bool first, struct k2_relation *rel, bool *changed);
/* Is every live place related to the old code's of the same name? */
bool k2_relation_is_same(const struct k2_relation *rel, const struct k2_live *live);
/* Between k2_window_begin and k2_window_run: both sides' registers and stack as `rel` says. Places of the old code that are equal
   to one place of the new code are equal to each other. */
void k2_relation_start(const struct k2_relation *rel, const struct k2_live *live, struct k2_window *w);

#endif

// SPDX-License-Identifier: BSD-2-Clause
/* The verifier's work on a whole function, counted by walking it as do_check() does: depth first, falling through before
   jumping. At a prune point (a conditional jump, or a jump's target) whose state was kept the walk ends; a state is kept only
   when 8 instructions and 2 jumps were processed since the last one (is_state_visited). So a function that loses instructions can
   cost more: with one instruction less in front of it a join keeps no state and its tail is walked once for each way in.
   States at one instruction are taken to be equal, and no branch is decided: the figure compares two versions of one
   function, it does not predict a number. */
#include "cost.h"

enum { KEEP_INSNS = 8, KEEP_JUMPS = 2 };

struct walk {
	struct k2_insn *insns;
	uint32_t n;
	uint8_t *prune, *kept;
	uint32_t *pending, n_pending, cap_pending;
	uint64_t insns_done, jumps_done, insns_kept, jumps_kept;
};

static bool jumps(enum k2_kind kind)
{
	return kind == K2_KIND_JUMP || kind == K2_KIND_MAY_GOTO || kind == K2_KIND_GOTO;
}

static void mark_prune_points(struct walk *w)
{
	for (uint32_t k = 0; k < w->n; k++) {
		enum k2_kind kind = k2_isa_kind(&w->insns[k]);

		if (!jumps(kind))
			continue;
		w->prune[w->insns[k].target] = 1;
		w->prune[k] |= kind != K2_KIND_GOTO;
	}
}

/* True: the walk ends here, this was seen before. */
static bool seen(struct walk *w, uint32_t k)
{
	if (!w->prune[k])
		return false;
	if (w->kept[k])
		return true;
	if (w->insns_done - w->insns_kept >= KEEP_INSNS && w->jumps_done - w->jumps_kept >= KEEP_JUMPS) {
		w->kept[k] = 1;
		w->insns_kept = w->insns_done;
		w->jumps_kept = w->jumps_done;
	}
	return false;
}

/* One way to its end. */
static bool follow(struct k2_arena *a, struct walk *w, uint32_t k, uint64_t limit)
{
	while (k < w->n && w->insns_done < limit) {
		enum k2_kind kind = k2_isa_kind(&w->insns[k]);

		w->insns_done++;
		if (seen(w, k))
			return true;
		w->jumps_done += jumps(kind) || kind == K2_KIND_CALL || kind == K2_KIND_EXIT;
		if (kind == K2_KIND_EXIT)
			return true;
		if (jumps(kind) && kind != K2_KIND_GOTO &&
		    !K2_VEC_PUSH(a, w->pending, w->n_pending, w->cap_pending, w->insns[k].target))
			return false;
		k = kind == K2_KIND_GOTO ? w->insns[k].target : k + 1;
	}
	return true;
}

uint64_t k2_verifier_walk(struct k2_arena *a, const struct k2_func *f, uint64_t limit)
{
	struct walk w = { 0 };

	if (k2_func_flatten(a, f, &w.insns, &w.n, NULL))
		return limit;
	w.prune = k2_arena_calloc(a, w.n, 1);
	w.kept = k2_arena_calloc(a, w.n, 1);
	if (!w.prune || !w.kept)
		return limit;
	mark_prune_points(&w);
	if (!follow(a, &w, 0, limit))
		return limit;
	while (w.n_pending && w.insns_done < limit) {
		if (!follow(a, &w, w.pending[--w.n_pending], limit))
			return limit;
	}
	return w.insns_done;
}

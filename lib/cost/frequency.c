// SPDX-License-Identifier: BSD-2-Clause
/* Block frequencies. Where no profile tells, branches are guessed by rules after Ball and Larus ("Branch prediction for free"), of which the
   first that has an opinion decides; frequencies are then the flow of one run through the graph. All in whole numbers, so that the same
   function has the same frequencies everywhere. */
#include "frequency.h"
#include "cost.h"

enum {
	LIKELY = K2_FREQUENCY_ONE * 7 / 8,
	SWEEPS = 64,      /* over the graph: a loop of LIKELY has then run 7.99 of its 8 times */
	EARLY_INSNS = 6,  /* the way to an early exit */
	EARLY_BLOCKS = 4,
	TAKEN = 5,        /* tenths of a cycle that a branch costs more when it jumps */
};
#define MOST (1ull << 34) /* six loops in each other */

/* b is left, and the function soon after, with nothing done but that: a packet that is too short, a lookup that found nothing. */
static bool leaves_early(const struct k2_func *f, uint32_t b)
{
	uint32_t insns = 0;

	for (uint32_t hops = 0; hops < EARLY_BLOCKS; hops++) {
		const struct k2_block *blk = &f->blocks[b];

		insns += blk->n;
		for (uint32_t k = 0; k < blk->n; k++) {
			enum k2_kind kind = k2_isa_kind(&blk->insns[k]);

			if (kind != K2_KIND_ALU && kind != K2_KIND_GOTO && kind != K2_KIND_EXIT && kind != K2_KIND_LD_IMM64)
				return false;
		}
		if (insns > EARLY_INSNS || blk->n_succ > 1)
			return false;
		if (!blk->n_succ)
			return true;
		b = blk->succ[0];
	}
	return false;
}

static bool goes_back(const struct k2_func *f, uint32_t from, uint32_t to)
{
	return f->blocks[to].loop_head && f->blocks[to].rpo <= f->blocks[from].rpo;
}

/* Signs of opinion on edge 1 against edge 0: 1 likely, -1 unlikely, 0 none. */
static int opinion_of_loops(const struct k2_func *f, const struct k2_block *blk, uint32_t b)
{
	int back = goes_back(f, b, blk->succ[1]) - goes_back(f, b, blk->succ[0]);

	return back ? back : blk->in_loop ? f->blocks[blk->succ[1]].in_loop - f->blocks[blk->succ[0]].in_loop : 0;
}

static int opinion_of_exits(const struct k2_func *f, const struct k2_block *blk)
{
	return leaves_early(f, blk->succ[0]) - leaves_early(f, blk->succ[1]);
}

/* Pointers mostly point at something. */
static int opinion_of_null(const struct k2_insn *i)
{
	uint8_t op = K2_OP(i->code);

	if (K2_CLASS(i->code) != K2_JMP || (i->code & K2_X) || i->imm || (op != K2_JEQ && op != K2_JNE))
		return 0;
	return op == K2_JNE ? 1 : -1;
}

static uint32_t guess(const struct k2_func *f, uint32_t b, const struct k2_insn *last)
{
	const struct k2_block *blk = &f->blocks[b];
	int likely = opinion_of_loops(f, blk, b);

	likely = likely ? likely : opinion_of_exits(f, blk);
	likely = likely ? likely : opinion_of_null(last);
	return likely > 0 ? LIKELY : likely < 0 ? K2_FREQUENCY_ONE - LIKELY : K2_FREQUENCY_ONE / 2;
}

uint32_t k2_edge_share(const struct k2_func *f, uint32_t b, unsigned int e)
{
	const struct k2_block *blk = &f->blocks[b];
	const struct k2_insn *last = blk->n ? &blk->insns[blk->n - 1] : NULL;
	uint32_t taken;

	if (blk->n_succ < 2 || !last)
		return K2_FREQUENCY_ONE;
	taken = last->taken ? (uint32_t)last->taken - 1 : guess(f, b, last);
	return e ? taken : K2_FREQUENCY_ONE - taken;
}

static uint64_t flow_in(const struct k2_func *f, const uint64_t *freq, uint32_t b)
{
	uint64_t sum = b ? 0 : K2_FREQUENCY_ONE;

	for (uint32_t p = 0; p < f->blocks[b].n_preds; p++) {
		uint32_t from = f->blocks[b].preds[p];

		if (p && from == f->blocks[b].preds[p - 1])
			continue; /* both its edges lead here, and stand side by side */
		for (unsigned int e = 0; e < f->blocks[from].n_succ; e++) {
			if (f->blocks[from].succ[e] == b)
				sum += freq[from] * k2_edge_share(f, from, e) / K2_FREQUENCY_ONE;
		}
	}
	return K2_MIN(sum, MOST);
}

uint64_t *k2_frequencies(struct k2_arena *a, const struct k2_func *f)
{
	uint64_t *freq = k2_arena_calloc(a, f->n_blocks, sizeof(*freq));
	bool more = freq != NULL;

	for (unsigned int sweep = 0; more && sweep < SWEEPS; sweep++) {
		more = false;
		for (uint32_t k = 0; k < f->n_order; k++) {
			uint32_t b = f->order[k];
			uint64_t now = flow_in(f, freq, b);

			more |= now != freq[b];
			freq[b] = now;
		}
	}
	return freq;
}

bool k2_has_profile(const struct k2_func *f)
{
	for (uint32_t b = 0; b < f->n_blocks; b++) {
		const struct k2_block *blk = &f->blocks[b];

		if (blk->n && blk->insns[blk->n - 1].taken)
			return true;
	}
	return false;
}

uint64_t k2_func_latency(struct k2_arena *a, const struct k2_func *f)
{
	struct k2_arena_mark mark = k2_arena_mark(a);
	uint64_t *freq = k2_frequencies(a, f), sum = 0;

	for (uint32_t b = 0; freq && b < f->n_blocks; b++) {
		const struct k2_block *blk = &f->blocks[b];

		sum += freq[b] * k2_cost_of(blk->insns, blk->n).latency;
		if (blk->n_succ == 2)
			sum += freq[b] * k2_edge_share(f, b, 1) / K2_FREQUENCY_ONE * TAKEN;
	}
	k2_arena_release(a, mark);
	return freq ? sum / K2_FREQUENCY_ONE : UINT64_MAX;
}

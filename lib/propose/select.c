// SPDX-License-Identifier: BSD-2-Clause
/* select: a register that gets one of two values, `D = a; if c goto J; D = b; J:`, gets them the other way round where that is shorter.
     r &= bits; D = a; if r == 0 goto J; D = b     is   D = b; if r & bits goto J; D = a      (there is no `if !(r & bits)`)
     D = s; D += k; if c goto J; D = s             is   D = s; if not c goto J; D += k
   Where there are two whole arms, `r &= bits; if r == 0 goto A` is `if r & bits` with the arms in the other order. */
#include "trial.h"

enum { EDITS = 64 };

/* head ends in a branch over the arm, which is one instruction that writes the register. */
struct triangle {
	uint32_t head, arm;
	uint32_t at; /* in the head: the last one that writes it, too */
};

static bool is_move(const struct k2_insn *i)
{
	return k2_isa_kind(i) == K2_KIND_ALU && K2_OP(i->code) == K2_MOV && !i->off && k2_is_plain(i);
}

/* Are the registers of `set` left alone behind instruction k, up to the branch at the end? `read`: not even read. */
static bool left_alone(const struct k2_block *b, uint32_t k, uint16_t set, bool read)
{
	for (k++; k < b->n; k++) {
		if ((k2_isa_writes(&b->insns[k]) | (read ? k2_insn_reads(&b->insns[k]) : 0)) & set)
			return false;
	}
	return true;
}

/* What it reads but for the register that it writes. */
static uint16_t others_read(const struct k2_insn *i)
{
	return (uint16_t)(k2_isa_reads(i) & ~(1u << i->dst));
}

static bool has_branch(const struct k2_block *b)
{
	return b->rpo != K2_NO_BLOCK && b->n_succ == 2 && k2_isa_kind(&b->insns[b->n - 1]) == K2_KIND_JUMP && k2_is_plain(&b->insns[b->n - 1]);
}

static bool find_triangle(const struct k2_func *f, uint32_t head, struct triangle *t)
{
	const struct k2_block *h = &f->blocks[head], *arm;
	uint16_t reg;

	if (!has_branch(h))
		return false;
	*t = (struct triangle){ head, h->succ[0], h->n - 1 };
	arm = &f->blocks[t->arm];
	if (arm->n != 1 || arm->n_succ != 1 || arm->n_preds != 1 || arm->succ[0] != h->succ[1] || !is_move(&arm->insns[0]))
		return false;
	reg = (uint16_t)(1u << arm->insns[0].dst);
	while (t->at > 0 && !(k2_isa_writes(&h->insns[t->at - 1]) & reg))
		t->at--;
	if (!t->at--)
		return false;
	return left_alone(h, t->at, reg, true) && k2_isa_kind(&h->insns[t->at]) == K2_KIND_ALU && k2_is_plain(&h->insns[t->at]);
}

static void drop(struct k2_block *b, uint32_t k)
{
	for (b->n--; k < b->n; k++)
		b->insns[k] = b->insns[k + 1];
}

/* ---- a mask that the branch can test ---- */

/* The mask of a register that the head then only asks to be 0; h->n: none. */
static uint32_t find_mask(const struct k2_block *h, const struct k2_liveness *live)
{
	const struct k2_insn *jump = &h->insns[h->n - 1];
	uint16_t set = (uint16_t)(1u << jump->dst);

	if (K2_OP(jump->code) != K2_JEQ || (jump->code & K2_X) || jump->imm || k2_live_reg(&live->in[h->succ[0]], jump->dst) ||
	    k2_live_reg(&live->in[h->succ[1]], jump->dst))
		return h->n;
	for (uint32_t k = h->n - 1; k-- > 0;) {
		const struct k2_insn *i = &h->insns[k];

		if (k2_isa_writes(i) & set)
			return k2_isa_kind(i) == K2_KIND_ALU && K2_OP(i->code) == K2_AND && !(i->code & K2_X) && k2_is_plain(i) ? k : h->n;
		if (k2_insn_reads(i) & set)
			break;
	}
	return h->n;
}

/* The branch tests the bits, and goes where it did not go. */
static bool test_bits(const struct k2_func_desc *d, struct k2_block *h, uint32_t mask)
{
	struct k2_insn *jump = &h->insns[h->n - 1];
	bool narrow = K2_CLASS(jump->code) == K2_JMP32 || K2_CLASS(h->insns[mask].code) == K2_ALU;

	jump->code = (uint8_t)((narrow ? K2_JMP32 : K2_JMP) | K2_JSET);
	jump->imm = h->insns[mask].imm;
	jump->origin = -1;
	drop(h, mask);
	return k2_isa_allowed(&h->insns[h->n - 1], d);
}

static bool exchange_moves(struct k2_trial *trial, const struct triangle *t)
{
	struct k2_insn *head = k2_trial_edit(trial, t->head, 0), *arm = k2_trial_edit(trial, t->arm, 0), early;

	if (!head || !arm)
		return false;
	early = head[t->at];
	head[t->at] = arm[0];
	arm[0] = early;
	head[t->at].origin = arm[0].origin = -1;
	return true;
}

static bool can_exchange(const struct k2_func *f, const struct triangle *t)
{
	const struct k2_block *h = &f->blocks[t->head];
	const struct k2_insn *arm = &f->blocks[t->arm].insns[0];

	return is_move(&h->insns[t->at]) && left_alone(h, t->at, (uint16_t)(others_read(&h->insns[t->at]) | others_read(arm)), false);
}

/* With the moves exchanged, or the arms in the other order. */
static bool masked(struct k2_trial *trial, uint32_t b, const struct triangle *t, uint32_t mask)
{
	struct k2_block *h;
	uint32_t over;

	if (t ? !exchange_moves(trial, t) : !k2_trial_edit(trial, b, 0))
		return false;
	h = &trial->f->blocks[b];
	if (!test_bits(trial->f->desc, h, mask))
		return false;
	if (!t) {
		over = h->succ[0];
		k2_trial_lead(trial, b, 0, h->succ[1]);
		k2_trial_lead(trial, b, 1, over);
	}
	return true;
}

/* ---- an arm that only undoes ---- */

/* The instruction of the head that the arm repeats, in front of the one at t->at that it undoes; t->at: none. */
static uint32_t find_same(const struct k2_func *f, const struct triangle *t)
{
	const struct k2_block *h = &f->blocks[t->head];
	const struct k2_insn *arm = &f->blocks[t->arm].insns[0];
	uint16_t reg = (uint16_t)(1u << arm->dst);

	for (uint32_t k = t->at; k-- > 0;) {
		struct k2_insn i = h->insns[k];

		i.flags = arm->flags;
		if (k2_same_insn(&i, arm))
			return left_alone(h, k, others_read(arm), false) ? k : t->at;
		if ((k2_isa_writes(&h->insns[k]) | k2_insn_reads(&h->insns[k])) & reg)
			break;
	}
	return t->at;
}

static bool undone(struct k2_trial *trial, const struct triangle *t)
{
	struct k2_insn *head = k2_trial_edit(trial, t->head, 0), *arm = k2_trial_edit(trial, t->arm, 0);
	struct k2_block *h = &trial->f->blocks[t->head];
	struct k2_insn *jump = &head[h->n - 1];

	if (!head || !arm || !left_alone(h, t->at, others_read(&head[t->at]), false) || !k2_isa_opposite(jump) ||
	    !k2_isa_allowed(jump, trial->f->desc))
		return false;
	jump->origin = -1;
	arm[0] = head[t->at];
	arm[0].origin = -1;
	drop(h, t->at);
	return true;
}

/* ---- all of it ---- */

/* What is to be done at the end of block b: with the mask at instruction `mask` (n: without), and with the triangle. */
static bool edit(struct k2_trial *trial, uint32_t b, const struct triangle *t, uint32_t mask)
{
	if (mask < trial->g->f->blocks[b].n)
		return masked(trial, b, t && can_exchange(trial->g->f, t) ? t : NULL, mask);
	return undone(trial, t);
}

static bool look_at(const struct k2_graph *g, uint32_t b, const struct k2_liveness *live, uint32_t *slots_left)
{
	struct triangle t;
	struct k2_trial trial;
	bool is_triangle = find_triangle(g->f, b, &t);
	uint32_t mask, slots = k2_func_slots(g->f);
	int saved;

	if (!has_branch(&g->f->blocks[b]) || slots > *slots_left)
		return false;
	mask = find_mask(&g->f->blocks[b], live);
	if ((mask == g->f->blocks[b].n && !(is_triangle && find_same(g->f, &t) < t.at)) || !k2_trial_begin(&trial, g))
		return false;
	*slots_left -= slots;
	if (!edit(&trial, b, is_triangle ? &t : NULL, mask) || !k2_trial_end(&trial, &saved) || saved <= 0) {
		k2_trial_drop(&trial);
		return false;
	}
	if (!g->may(g, b, g->f->blocks[b].n - 1, saved))
		return false;
	k2_trial_take(&trial);
	return true;
}

/* Up to the next edit. */
static bool look_from(const struct k2_graph *g, uint32_t *b, uint32_t *slots_left)
{
	struct k2_arena *a = k2_arena_like(g->arena);
	struct k2_liveness live;
	bool done = false;

	if (a && k2_trial_regs_live(a, g->f, &live)) {
		while (!done && *b < g->f->n_blocks)
			done = look_at(g, (*b)++, &live, slots_left);
	}
	k2_arena_free(a);
	return done;
}

static void reshape(const struct k2_graph *g)
{
	uint32_t b = 0, slots_left = K2_TRIAL_SLOTS;

	for (unsigned int k = 0; k < EDITS && look_from(g, &b, &slots_left); k++)
		;
}

const struct k2_proposer k2_propose_select = {
	.name = "select",
	.about = "of two values the other one comes first",
	.level = 1,
	.reshape = reshape,
};

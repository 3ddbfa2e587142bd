// SPDX-License-Identifier: BSD-2-Clause
/* Two functions in one world: do they do the same? */
#include <string.h>
#include "world.h"

/* False: the run is over. */
static bool one_step(struct run *r, const struct k2_interp_env *env, uint32_t *pc)
{
	const struct k2_insn *i = &r->d->insns[*pc];
	enum k2_kind kind = k2_isa_kind(i);

	r->end = END_STUCK;
	if (kind == K2_KIND_LD_PKT) {
		++*pc;
		return world_packet_load(r, i);
	}
	if (kind == K2_KIND_MAY_GOTO && noise(r, 25, r->ways++) % 8 == 0) {
		*pc = i->target;
		return true;
	}
	switch (k2_interp_step(env, i, r->reg)) {
	case K2_STEP_NEXT: ++*pc; return true;
	case K2_STEP_TAKEN: *pc = i->target; return true;
	case K2_STEP_EXIT: r->end = END_EXIT; return false;
	case K2_STEP_FAULT: case K2_STEP_UNSUPPORTED: break;
	}
	return false;
}

void run_function(struct run *r, const struct k2_func_desc *d, uint64_t seed, uint32_t limit)
{
	const struct k2_interp_env env = { .user = r, .big_endian = d->big_endian, .load = world_load, .store = world_store,
					   .call = world_call, .symbol = world_symbol };
	uint32_t pc = 0;

	run_begin(r, d, seed);
	do {
		if (r->steps++ == limit || r->full) {
			r->end = END_LIMIT;
			break;
		}
		if (pc >= d->n_insns) {
			r->end = END_STUCK;
			break;
		}
		if (r->reached)
			r->reached[pc] = 1;
	} while (one_step(r, &env, &pc));
	r->result = is_unset(r->reg[0]) ? r->reg[0] : r->reg[0] & r->result_mask;
	r->outside = r->end == END_LIMIT || r->end == END_STUCK ? 0 : digest_outside(r);
}

/* What both have of it; bytes that the old code did not write are nobody's. */
static bool frames_differ(const struct frame *a, const struct frame *b)
{
	for (unsigned int k = 0; k < K2_STACK_SIZE; k++)
		if ((a->written[k / 64] >> (k % 64) & 1) && a->byte[k] != b->byte[k])
			return true;
	return false;
}

static bool same_callee(const struct k2_insn *a, const struct k2_insn *b)
{
	if (a->code != b->code)
		return false;
	return k2_isa_kind(a) == K2_KIND_LD_PKT || (a->imm == b->imm && a->src == b->src && a->sym == b->sym && a->off == b->off);
}

/* Both pass a place in their own frames, of which the callee looks at bytes only: those are in the digest. */
static bool both_buffers(const struct logged *a, const struct logged *b, unsigned int r)
{
	const struct k2_helper *h = a->insn->src == K2_CALL_HELPER && !(a->insn->flags & K2_F_SYM_IMM) ? k2_helper_get((int32_t)a->insn->imm) : NULL;

	return h && r && k2_isa_kind(a->insn) == K2_KIND_CALL && h->arg[r - 1] >= K2_ARG_MAP_KEY && h->arg[r - 1] <= K2_ARG_FIXED_RW &&
	       area_of(a->in[r]) == A_STACK && area_of(b->in[r]) == A_STACK;
}

static const char *calls_differ(const struct run *old, const struct run *new_, uint32_t k)
{
	const struct logged *a = &old->log[k], *b = &new_->log[k];

	if (!same_callee(a->insn, b->insn))
		return "another call";
	for (unsigned int r = 0; r < 6; r++)
		if ((a->args >> r & 1) && !is_unset(a->in[r]) && a->in[r] != b->in[r] && !both_buffers(a, b, r))
			return "a call with another argument";
	if (a->memory != b->memory)
		return "a call that sees other memory";
	if (a->sees_frame && b->sees_frame && frames_differ(&old->frames[a->frame], &new_->frames[b->frame]))
		return "a call that sees another stack";
	return NULL;
}

const char *runs_differ(struct run *old, struct run *new_)
{
	const char *why = NULL;

	for (uint32_t k = 0; k < K2_MIN(old->n_log, new_->n_log) && !why; k++)
		why = calls_differ(old, new_, k);
	if (why || old->end == END_STUCK || old->end == END_LIMIT || new_->full)
		return why;
	if (new_->end == END_LIMIT)
		return "it does not end";
	if (old->n_log != new_->n_log || old->end != new_->end)
		return "more or fewer calls";
	if (old->outside != new_->outside)
		return "other memory at the end";
	return old->end == END_EXIT && !is_unset(old->result) && old->result != new_->result ? "another result" : NULL;
}

void print_run(FILE *to, const char *name, const struct run *r)
{
	static const char *const ends[] = { "exit", "tail call", "end of packet", "limit", "stuck" };
	char line[200];

	fprintf(to, "%s: %s after %u steps, r0 = 0x%llx, memory %016llx\n", name, ends[r->end], r->steps, (unsigned long long)r->result,
		(unsigned long long)r->outside);
	for (uint32_t k = 0; k < r->n_log; k++) {
		k2_isa_print(line, sizeof(line), r->log[k].insn, r->d->syms, r->d->n_syms);
		fprintf(to, "  %s:", line);
		for (unsigned int n = 1; n < 6; n++)
			if (r->log[k].args >> n & 1)
				fprintf(to, " r%u = 0x%llx", n, (unsigned long long)r->log[k].in[n]);
		fprintf(to, "; sees %016llx\n", (unsigned long long)r->log[k].memory);
	}
}

uint32_t find_words(const struct k2_func_desc *d, uint64_t *words)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < d->n_insns && n + 3 <= MAX_WORDS; k++) {
		const struct k2_insn *i = &d->insns[k];
		bool number = K2_OP(i->code) == K2_MOV || k2_isa_kind(i) == K2_KIND_JUMP;

		if (!number || (k2_isa_kind(i) != K2_KIND_ALU && k2_isa_kind(i) != K2_KIND_JUMP) || (i->code & K2_X) || i->sym)
			continue;
		words[n++] = (uint64_t)i->imm;
		words[n++] = (uint64_t)i->imm + 1;
		words[n++] = (uint64_t)i->imm - 1;
	}
	return n;
}

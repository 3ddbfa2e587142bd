// SPDX-License-Identifier: BSD-2-Clause
/* Calls that stay inside the program: subprograms, callbacks of bpf_loop, tail calls; and their frames. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "machine_impl.h"

#define BPF_MAX_LOOPS (8u << 20) /* include/linux/bpf.h */
#define TAIL_CALLS    33         /* MAX_TAIL_CALL_CNT of include/linux/bpf.h */

/* Everything but r1-r5 is nobody's at the start of a function. */
void machine_enter(struct k2_machine *m, uint32_t func, uint32_t pc, uint64_t regs[11])
{
	unsigned int r;

	m->func = func;
	m->pc = pc;
	memset(m->stack[m->depth], STACK_FILL, K2_STACK_SIZE);
	regs[0] = 0xdead0badca110000ull;
	for (r = 6; r < 10; r++)
		regs[r] = 0xdead0badca110000ull | r;
	regs[10] = REGION_BASE(R_STACK + m->depth) + K2_STACK_SIZE;
}

/* The instruction `distance` slots after the end of instruction `pc`; UINT32_MAX: there is none. */
static uint32_t slots_away(const struct k2_code *f, uint32_t pc, int64_t distance)
{
	for (pc++; distance > 0 && pc < f->n_insns; pc++)
		distance -= k2_isa_slots(&f->insns[pc]);
	for (; distance < 0 && pc > 0; pc--)
		distance += k2_isa_slots(&f->insns[pc - 1]);
	return distance ? UINT32_MAX : pc;
}

/* A frame for function `func`, from `pc` on, which returns behind the current instruction. */
static bool push(struct k2_machine *m, uint32_t func, uint32_t pc, uint64_t regs[11])
{
	struct frame *f = &m->frames[m->depth];

	if (m->depth + 1 == FRAMES)
		return machine_fault(m, "more than %d frames", FRAMES);
	memset(f, 0, sizeof(*f));
	f->func = m->func;
	f->pc = m->pc + 1;
	memcpy(f->saved, regs + 6, sizeof(f->saved));
	m->depth++;
	machine_enter(m, func, pc, regs);
	return true;
}

static enum k2_step call_subprog(struct k2_machine *m, const struct k2_insn *i, uint64_t regs[11])
{
	uint32_t func = m->func, pc = 0;
	uint64_t addr;

	if (i->sym) {
		if (!machine_bound(m, i, &addr))
			return K2_STEP_FAULT;
		if (addr >> 32 != REGION_BASE(R_FUNC) >> 32)
			return machine_fault(m, "call of what is no function"), K2_STEP_FAULT;
		func = (uint32_t)addr / OBJECT_SPACING;
	} else {
		pc = slots_away(&m->code[func], m->pc, i->imm);
	}
	return push(m, func, pc, regs) ? K2_STEP_NEXT : K2_STEP_FAULT;
}

/* bpf_loop(count, callback, context, flags). */
static enum k2_step call_loop(struct k2_machine *m, uint64_t regs[11])
{
	uint64_t context = regs[3];
	uint32_t count = (uint32_t)regs[1], func = (uint32_t)regs[2] / OBJECT_SPACING;

	if (regs[2] >> 32 != REGION_BASE(R_FUNC) >> 32)
		return machine_fault(m, "callback of what is no function"), K2_STEP_FAULT;
	regs[0] = regs[4] ? (uint64_t)-EINVAL : count > BPF_MAX_LOOPS ? (uint64_t)-E2BIG : 0;
	k2_interp_clobber(regs);
	if (regs[0] || !count) {
		m->pc++;
		return K2_STEP_NEXT;
	}
	if (!push(m, func, 0, regs))
		return K2_STEP_FAULT;
	m->frames[m->depth - 1].callback = func;
	m->frames[m->depth - 1].count = count;
	m->frames[m->depth - 1].context = context;
	regs[1] = 0;
	regs[2] = context;
	return K2_STEP_NEXT;
}

/* Another round of a bpf_loop whose callback has returned? */
static bool again(struct k2_machine *m, uint64_t regs[11])
{
	struct frame *f = &m->frames[m->depth - 1];

	if (!f->count)
		return false;
	if (++f->done == f->count || regs[0]) {
		regs[0] = f->done;
		return false;
	}
	machine_enter(m, f->callback, 0, regs);
	k2_interp_clobber(regs);
	regs[1] = f->done;
	regs[2] = f->context;
	return true;
}

void machine_leave(struct k2_machine *m, uint64_t regs[11])
{
	struct frame *f;

	if (again(m, regs))
		return;
	f = &m->frames[--m->depth];
	m->func = f->func;
	m->pc = f->pc;
	memcpy(regs + 6, f->saved, sizeof(f->saved));
	k2_interp_clobber(regs);
}

/* bpf_tail_call(context, map, index): the program takes over the frame, or the call falls through. */
static enum k2_step call_tail(struct k2_machine *m, uint64_t regs[11])
{
	const struct k2_map *p = machine_map_at(m, regs[2]);
	uint32_t index = (uint32_t)regs[3], func;

	if (!p)
		return K2_STEP_FAULT;
	k2_interp_clobber(regs);
	if (index >= p->n || m->tail_calls == TAIL_CALLS || !machine_map_referred(m, p, index, &func)) {
		m->pc++;
		return K2_STEP_NEXT;
	}
	m->tail_calls++;
	machine_enter(m, func, 0, regs);
	regs[1] = REGION_BASE(R_CTX);
	return K2_STEP_NEXT;
}

bool machine_is_control(const struct k2_machine *m, const struct k2_insn *i)
{
	if (i->src == K2_PSEUDO_CALL)
		return true;
	return i->src == K2_CALL_HELPER && !(i->flags & K2_F_SYM_IMM) && !m->opt.helper &&
	       (i->imm == BPF_FUNC_loop || i->imm == BPF_FUNC_tail_call);
}

enum k2_step machine_control(struct k2_machine *m, const struct k2_insn *i, uint64_t regs[11])
{
	if (i->src == K2_PSEUDO_CALL)
		return call_subprog(m, i, regs);
	return i->imm == BPF_FUNC_loop ? call_loop(m, regs) : call_tail(m, regs);
}

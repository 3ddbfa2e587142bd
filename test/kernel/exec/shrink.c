// SPDX-License-Identifier: BSD-2-Clause
/* Makes a program that shows something smaller. What leaves a register is replaced by a constant, and pointers and the tests of
   them stay: privileged programs may store pointers and read stack bytes that nobody wrote, and then nothing agrees. */
#include <string.h>
#include "exec.h"

static void delete(struct exec_func *f, uint32_t at)
{
	uint32_t k;

	memmove(f->insns + at, f->insns + at + 1, (f->n - at - 1) * sizeof(f->insns[0]));
	f->n--;
	f->body_end--;
	for (k = 0; k < f->n; k++)
		if (f->insns[k].target > at)
			f->insns[k].target--;
}

/* false: stays as it is. */
static bool simplify(struct exec_func *f, uint32_t at)
{
	struct k2_insn *i = &f->insns[at];
	bool moves = K2_OP(i->code) == K2_MOV;

	switch (k2_isa_kind(i)) {
	case K2_KIND_STORE:
	case K2_KIND_GOTO:
	case K2_KIND_MAY_GOTO:
		delete(f, at);
		return true;
	case K2_KIND_JUMP:
		if (!(i->code & K2_X) && i->imm == 0)
			return false;
		delete(f, at);
		return true;
	case K2_KIND_ALU:
		if (moves)
			return false;
		delete(f, at);
		return true;
	case K2_KIND_ATOMIC:
		if (i->imm == K2_LOAD_ACQ || i->imm == K2_CMPXCHG)
			return false;
		delete(f, at);
		return true;
	case K2_KIND_LOAD:
		*i = k2_mk_alu_imm(64, K2_MOV, i->dst, 0);
		return true;
	case K2_KIND_CALL:
		if (i->src != K2_PSEUDO_CALL)
			return false;
		*i = k2_mk_alu_imm(64, K2_MOV, 0, 0);
		return true;
	default:
		return false;
	}
}

void exec_shrink(struct exec_prog *p, bool (*shows)(void *user, const struct exec_prog *p), void *user)
{
	static struct exec_prog shorter;
	bool again = true;
	uint32_t f, at;

	while (again) {
		again = false;
		for (f = 0; f < p->n_funcs; f++)
			for (at = p->funcs[f].body_end; at-- > p->funcs[f].body;) {
				shorter = *p;
				if (!simplify(&shorter.funcs[f], at) || !shows(user, &shorter))
					continue;
				*p = shorter;
				again = true;
			}
	}
}

// SPDX-License-Identifier: BSD-2-Clause
#include "kernel_stack.h"
#include <stdbool.h>
#include <stdlib.h>

/* BPF_PSEUDO_CALL and BPF_PSEUDO_FUNC: the distance to a subprogram is in imm. */
static bool names_subprog(const struct bpf_insn *i)
{
	return (i->code == (BPF_JMP | BPF_CALL) && i->src_reg == BPF_PSEUDO_CALL) ||
	       (i->code == (BPF_LD | BPF_IMM | BPF_DW) && i->src_reg == BPF_PSEUDO_FUNC);
}

struct program {
	const struct bpf_insn *insns;
	size_t n;
	bool *begins;     /* by instruction: a subprogram */
	long long *depth; /* by instruction that begins one: its own stack */
	long long *deepest; /* with what it calls; -1: not known yet, -2: being looked at */
};

static bool find_subprogs(struct program *p)
{
	p->begins[0] = true;
	for (size_t i = 0; i < p->n; i++) {
		long long to = (long long)i + p->insns[i].imm + 1;

		if (!names_subprog(&p->insns[i]))
			continue;
		if (to < 0 || to >= (long long)p->n)
			return false;
		p->begins[to] = true;
	}
	return true;
}

/* The verifier numbers subprograms by where they begin. False: it has removed some that are never called. */
static bool set_depths(struct program *p, const char *depths)
{
	for (size_t i = 0; i < p->n; i++) {
		char *end;

		p->deepest[i] = -1;
		if (!p->begins[i])
			continue;
		p->depth[i] = strtoll(depths, &end, 10);
		if (end == depths)
			return false;
		depths = *end == '+' ? end + 1 : end;
	}
	return true;
}

/* Of the subprogram at `begin`. The kernel takes no recursion; here it counts once. */
static long long deepest(struct program *p, size_t begin)
{
	long long most = 0;

	if (p->deepest[begin] != -1)
		return p->deepest[begin] < 0 ? 0 : p->deepest[begin];
	p->deepest[begin] = -2;
	for (size_t i = begin; i < p->n && (i == begin || !p->begins[i]); i++) {
		long long callee = names_subprog(&p->insns[i]) ? deepest(p, (size_t)((long long)i + p->insns[i].imm + 1)) : 0;

		most = callee > most ? callee : most;
	}
	return p->deepest[begin] = p->depth[begin] + most;
}

long long kernel_stack_depth(const struct bpf_insn *insns, size_t n, const char *depths)
{
	struct program p = { insns, n, calloc(n + 1, sizeof(bool)), calloc(n + 1, sizeof(long long)), calloc(n + 1, sizeof(long long)) };
	long long depth = -1;

	if (n && p.begins && p.depth && p.deepest && find_subprogs(&p))
		depth = set_depths(&p, depths) ? deepest(&p, 0) : p.depth[0];
	free(p.begins);
	free(p.depth);
	free(p.deepest);
	return depth;
}

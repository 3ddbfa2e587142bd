// SPDX-License-Identifier: BSD-2-Clause
/* One instruction. What values mean is semantics.inc; here are addresses, control flow and the environment. */
#include "concsem.h"
#include "interp.h"

void k2_interp_clobber(uint64_t regs[11])
{
	unsigned int r;

	for (r = 1; r <= 5; r++)
		regs[r] = 0xdead0badca110000ull | r;
}

/* The value that semantics.inc wants as `src`: register src, or a relocated immediate. */
static bool source(const struct k2_interp_env *env, const struct k2_insn *i, const uint64_t regs[11], uint64_t *v)
{
	if (i->flags & K2_F_SYM_IMM)
		return env->symbol && env->symbol(env->user, i, v);
	*v = regs[i->src];
	return true;
}

static bool address(const struct k2_interp_env *env, const struct k2_insn *i, uint64_t base, uint64_t *addr)
{
	uint64_t off = (uint64_t)(int64_t)i->off;

	if ((i->flags & K2_F_SYM_OFF) && !(env->symbol && env->symbol(env->user, i, &off)))
		return false;
	*addr = base + off;
	return true;
}

static enum k2_step ld_imm64(const struct k2_interp_env *env, const struct k2_insn *i, uint64_t regs[11])
{
	if (i->sym == 0 && i->src == 0)
		regs[i->dst] = (uint64_t)i->imm;
	else if (!env->symbol || !env->symbol(env->user, i, &regs[i->dst]))
		return K2_STEP_FAULT;
	return K2_STEP_NEXT;
}

static enum k2_step load(const struct k2_interp_env *env, const struct k2_insn *i, uint64_t regs[11])
{
	unsigned int w = sem_access_width(i);
	uint64_t addr, raw;

	if (!address(env, i, regs[i->src], &addr) || !env->load(env->user, addr, w / 8, &raw))
		return K2_STEP_FAULT;
	regs[i->dst] = raw > k2_mask(w) ? raw : conc_load(0, i, raw);
	return K2_STEP_NEXT;
}

static enum k2_step store(const struct k2_interp_env *env, const struct k2_insn *i, uint64_t regs[11])
{
	unsigned int w = sem_access_width(i);
	uint64_t addr, src;

	if (!address(env, i, regs[i->dst], &addr) || !source(env, i, regs, &src) ||
	    !env->store(env->user, addr, w / 8, conc_store(0, i, src)))
		return K2_STEP_FAULT;
	return K2_STEP_NEXT;
}

static enum k2_step atomic(const struct k2_interp_env *env, const struct k2_insn *i, uint64_t regs[11])
{
	unsigned int w = sem_access_width(i);
	uint64_t addr, old = 0, mem, reg;
	int def = sem_atomic_def(i);

	if (!address(env, i, regs[sem_atomic_base(i)], &addr))
		return K2_STEP_FAULT;
	if (sem_atomic_loads(i) && !env->load(env->user, addr, w / 8, &old))
		return K2_STEP_FAULT;
	conc_atomic(0, i, old & k2_mask(w), regs[i->src], regs[0], &mem, &reg);
	if (sem_atomic_stores(i) && !env->store(env->user, addr, w / 8, mem))
		return K2_STEP_FAULT;
	if (def >= 0)
		regs[def] = reg;
	return K2_STEP_NEXT;
}

enum k2_step k2_interp_step(const struct k2_interp_env *env, const struct k2_insn *i, uint64_t regs[11])
{
	uint64_t src;

	if (i->dst > 10 || i->src > 10)
		return K2_STEP_UNSUPPORTED;
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU:
		if (!source(env, i, regs, &src))
			return K2_STEP_FAULT;
		regs[i->dst] = conc_alu(0, i, env->big_endian, regs[i->dst], src);
		return K2_STEP_NEXT;
	case K2_KIND_LD_IMM64:
		return ld_imm64(env, i, regs);
	case K2_KIND_LOAD:
		return load(env, i, regs);
	case K2_KIND_STORE:
		return store(env, i, regs);
	case K2_KIND_ATOMIC:
		return atomic(env, i, regs);
	case K2_KIND_JUMP:
		if (!source(env, i, regs, &src))
			return K2_STEP_FAULT;
		return conc_cond(0, i, regs[i->dst], src) ? K2_STEP_TAKEN : K2_STEP_NEXT;
	case K2_KIND_GOTO:
		return K2_STEP_TAKEN;
	case K2_KIND_MAY_GOTO:
		/* It may always fall through; how often it does before that the kernel does not promise. */
		return K2_STEP_NEXT;
	case K2_KIND_CALL:
		if (!env->call || !env->call(env->user, i, regs))
			return K2_STEP_FAULT;
		k2_interp_clobber(regs);
		return K2_STEP_NEXT;
	case K2_KIND_EXIT:
		return K2_STEP_EXIT;
	case K2_KIND_OPAQUE:
	case K2_KIND_LD_PKT:
	case K2_KIND_GOTOX:
	case K2_KIND_CALLX:
		break;
	}
	return K2_STEP_UNSUPPORTED;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Cost of straight code. Weights are for the x86-64 JIT, in tenths of a cycle of throughput. */
#include "cost.h"

static uint32_t alu_weight(const struct k2_insn *i)
{
	switch (K2_OP(i->code)) {
	case K2_MOV: return i->code & K2_X ? 5 : 10; /* register moves are free on most cores, but not their decoding */
	case K2_MUL: return 30;
	case K2_DIV: case K2_MOD: return 250;
	default: return 10;
	}
}

static uint32_t weight(const struct k2_insn *i)
{
	switch (k2_isa_kind(i)) {
	case K2_KIND_ALU: return alu_weight(i);
	/* An immediate of more than 32 bits takes two entries of the micro-op cache. */
	case K2_KIND_LD_IMM64: return 20;
	case K2_KIND_LOAD: return 20;
	/* A store-immediate is longer machine code than a store from a register. */
	case K2_KIND_STORE: return K2_CLASS(i->code) == K2_ST ? 16 : 15;
	case K2_KIND_ATOMIC: return 200;
	case K2_KIND_CALL: case K2_KIND_CALLX: case K2_KIND_LD_PKT: return 100;
	default: return 10;
	}
}

struct k2_cost k2_cost_of(const struct k2_insn *insns, uint32_t n)
{
	struct k2_cost c = { 0 };

	for (uint32_t k = 0; k < n; k++) {
		c.slots += k2_isa_slots(&insns[k]);
		c.latency += weight(&insns[k]);
		c.verifier++;
		c.operands += (uint32_t)__builtin_popcount(k2_isa_reads(&insns[k]));
	}
	return c;
}

bool k2_cheaper(enum k2_objective o, const struct k2_cost *a, const struct k2_cost *b)
{
	bool tie = b->slots == a->slots && b->latency == a->latency && b->verifier == a->verifier;

	if (tie)
		return b->operands < a->operands;
	switch (o) {
	case K2_OBJ_SIZE: return b->slots < a->slots && b->verifier <= a->verifier;
	case K2_OBJ_LATENCY: return b->latency < a->latency && b->verifier <= a->verifier;
	case K2_OBJ_VERIFIER: return b->verifier < a->verifier && b->slots <= a->slots;
	case K2_OBJ_DEFAULT: break;
	}
	return b->slots <= a->slots && b->latency <= a->latency && b->verifier <= a->verifier;
}

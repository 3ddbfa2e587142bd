/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots as bytes: what the decoder and the encoder share. Internal to lib/isa. */
#ifndef K2_ISA_CODE_H
#define K2_ISA_CODE_H

#include "isa.h"

enum {
	SLOT_SIZE = 8,
	ALL_REGS = 0x07ff,
	CALL_USE = 0x003e, /* r1-r5: what a call reads as far as its bytes say */
};

static inline bool is_call(const struct k2_isa_row *r)
{
	return r && (r->kind == K2_KIND_CALL || r->kind == K2_KIND_CALLX);
}

/* The displacement is counted in slots from the end of the jump. gotol has it in imm, the others in off. */
static inline bool has_target(const struct k2_isa_row *r)
{
	return r && (r->off.rule == K2_RULE_JUMP || r->imm.rule == K2_RULE_JUMP);
}

static inline bool far_jump(const struct k2_isa_row *r)
{
	return r->imm.rule == K2_RULE_JUMP;
}

#endif

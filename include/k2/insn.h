/* SPDX-License-Identifier: BSD-2-Clause */
/* The instruction that all parts of K2 share: the kernel's 8 bytes (16 for ld_imm64), and what bytes cannot say. */
#ifndef K2_INSN_H
#define K2_INSN_H

#include <stdint.h>

enum k2_insn_flag {
	/* K2 does not know what it does (inline asm, unknown opcode). It reads `use`, writes `def`, may read and write
	   all memory, and is neither changed, moved, duplicated nor removed. */
	K2_F_OPAQUE = 1 << 0,
	/* The access keeps its number, order and width. */
	K2_F_VOLATILE = 1 << 1,
	/* Understood, but not to be changed, moved or removed (patterns that loaders match on). */
	K2_F_FROZEN = 1 << 2,
	/* The immediate is decided when the program is loaded (CO-RE); `sym` says by what. Never read as a number. */
	K2_F_SYM_IMM = 1 << 3,
	/* The same for the offset of a load or store. */
	K2_F_SYM_OFF = 1 << 4,
	/* A ld_imm64 that the object writer emits as one slot (CO-RE field offset, size or existence). */
	K2_F_ONE_SLOT = 1 << 5,
};

#define K2_TAKEN_MAX 65534

struct k2_insn {
	uint8_t code;  /* opcode byte, as in struct bpf_insn */
	uint8_t dst;   /* register number, 0..10 */
	uint8_t src;   /* register number, or the pseudo value of ld_imm64 and call */
	uint8_t flags; /* enum k2_insn_flag */
	int16_t off;   /* offset of memory accesses; variant of ALU ops (movsx, sdiv). Not used by jumps: see target */
	uint16_t use;  /* opaque and call: registers read, bit n is rn. Calls with K2 knowledge (helpers) ignore it */
	uint16_t def;  /* opaque: registers written, bit n is rn */
	/* Conditional jumps: 1 + how often of K2_TAKEN_MAX times it is taken, as a profile says; 0: nobody knows. Costs depend on it, never
	   what is proved. */
	uint16_t taken;
	int32_t origin; /* index of the caller's instruction that this one is, unchanged; -1: made by K2 */
	int64_t imm;   /* 32-bit immediate, sign-extended; the whole 64 bits for ld_imm64 */
	uint32_t target; /* jumps: in a function description the index of the target instruction; in k2_func its block */
	uint32_t sym;  /* 1 + index into the function's symbols; 0: none */
	uint32_t line; /* source line; 0: unknown. The caller's number, carried through */
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* THE instruction set, v1 to v4. One row per instruction in isa.def; decoder, encoder, validator, printer, parser and the
   three executions expand it. Source of every row: the kernel's Documentation/bpf/standardization/instruction-set.rst and
   kernel/bpf/verifier.c.

   The instruction word (little-endian objects; big-endian ones swap the two register nibbles and all multi-byte fields):

     byte 0   byte 1       bytes 2-3   bytes 4-7
     code     src:4 dst:4  off         imm            ld_imm64: a second slot 0 0 0 imm_hi
*/
#ifndef K2_ISA_H
#define K2_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <k2/func.h>
#include <k2/insn.h>
#include <k2/status.h>
#include "util.h"

enum {
	/* class, low 3 bits of code */
	K2_LD = 0x00, K2_LDX = 0x01, K2_ST = 0x02, K2_STX = 0x03, K2_ALU = 0x04, K2_JMP = 0x05, K2_JMP32 = 0x06, K2_ALU64 = 0x07,
	/* source bit of ALU and JMP classes */
	K2_K = 0x00, K2_X = 0x08,
	/* ALU operations, high 4 bits */
	K2_ADD = 0x00, K2_SUB = 0x10, K2_MUL = 0x20, K2_DIV = 0x30, K2_OR = 0x40, K2_AND = 0x50, K2_LSH = 0x60, K2_RSH = 0x70,
	K2_NEG = 0x80, K2_MOD = 0x90, K2_XOR = 0xa0, K2_MOV = 0xb0, K2_ARSH = 0xc0, K2_END = 0xd0,
	/* jump operations, high 4 bits */
	K2_JA = 0x00, K2_JEQ = 0x10, K2_JGT = 0x20, K2_JGE = 0x30, K2_JSET = 0x40, K2_JNE = 0x50, K2_JSGT = 0x60, K2_JSGE = 0x70,
	K2_CALL = 0x80, K2_EXIT = 0x90, K2_JLT = 0xa0, K2_JLE = 0xb0, K2_JSLT = 0xc0, K2_JSLE = 0xd0, K2_JCOND = 0xe0,
	/* size of loads and stores, bits 3-4 */
	K2_W = 0x00, K2_H = 0x08, K2_B = 0x10, K2_DW = 0x18,
	/* mode of loads and stores, high 3 bits */
	K2_IMM = 0x00, K2_ABS = 0x20, K2_IND = 0x40, K2_MEM = 0x60, K2_MEMSX = 0x80, K2_ATOMIC = 0xc0,
	/* imm of atomics */
	K2_FETCH = 0x01, K2_XCHG = 0xe1, K2_CMPXCHG = 0xf1, K2_LOAD_ACQ = 0x100, K2_STORE_REL = 0x110,
	/* src of ld_imm64 */
	K2_PSEUDO_MAP_FD = 1, K2_PSEUDO_MAP_VALUE = 2, K2_PSEUDO_BTF_ID = 3, K2_PSEUDO_FUNC = 4, K2_PSEUDO_MAP_IDX = 5,
	K2_PSEUDO_MAP_IDX_VALUE = 6,
	/* src of call */
	K2_CALL_HELPER = 0, K2_PSEUDO_CALL = 1, K2_PSEUDO_KFUNC_CALL = 2,
	/* ld_imm64 */
	K2_LD_IMM64 = K2_LD | K2_IMM | K2_DW,
	K2_STACK_SIZE = 512, /* bytes of one frame below r10 */
};

#define K2_CLASS(code) ((code) & 0x07)
#define K2_OP(code)    ((code) & 0xf0)
#define K2_SIZE(code)  ((code) & 0x18)
#define K2_MODE(code)  ((code) & 0xe0)

/* What an instruction is, decided once by its row. */
enum k2_kind {
	K2_KIND_OPAQUE = 0, /* not in the table, or flagged opaque */
	K2_KIND_ALU,        /* ALU and ALU64, incl. mov, movsx, neg, division, swaps */
	K2_KIND_LD_IMM64,
	K2_KIND_LOAD,       /* LDX MEM and MEMSX */
	K2_KIND_STORE,      /* ST and STX MEM */
	K2_KIND_ATOMIC,     /* incl. load-acquire, store-release */
	K2_KIND_LD_PKT,     /* legacy LD_ABS and LD_IND */
	K2_KIND_JUMP,       /* conditional */
	K2_KIND_GOTO,       /* ja, gotol */
	K2_KIND_MAY_GOTO,
	K2_KIND_GOTOX,      /* indirect jump */
	K2_KIND_CALL,       /* helper, subprogram, kfunc */
	K2_KIND_CALLX,      /* indirect call */
	K2_KIND_EXIT,
};

/* What a field of an instruction may hold; isa.def explains each. */
enum k2_isa_rule {
	K2_RULE_ZERO, K2_RULE_IS, K2_RULE_RD, K2_RULE_WR, K2_RULE_RW, K2_RULE_ANY, K2_RULE_SHIFT, K2_RULE_NONZERO,
	K2_RULE_NONNEG, K2_RULE_JUMP, K2_RULE_IMM64, K2_RULE_U32,
};
struct k2_isa_field {
	enum k2_isa_rule rule;
	int value; /* K2_RULE_IS: the value that selects the row */
};

/* A row of isa.def. */
struct k2_isa_row {
	const char *name;       /* upper-case, unique: "ADD64_IMM", "JSLT32_REG", "LDXSX_W" */
	enum k2_kind kind;
	enum k2_isa_level level; /* the first instruction set that has it */
	uint8_t width;          /* 32 or 64: operand width of ALU and jumps; 8, 16, 32, 64: access width; 0: none */
	uint8_t code;           /* opcode byte; its high nibble is the operation of ALU and jump classes */
	struct k2_isa_field dst, src, off, imm;
	const char *syntax;     /* for the printer and the parser; see isa.def */
};
/* Row number n in the order of isa.def, NULL past the last. */
const struct k2_isa_row *k2_isa_row_at(unsigned int n);
/* The row of an instruction, or NULL when it is not in the table (then it is opaque). Looks at code, off, imm and src where
   they select a variant; an instruction with K2_F_OPAQUE has no row. Having a row does not mean that it is valid. */
const struct k2_isa_row *k2_isa_row(const struct k2_insn *i);
enum k2_kind k2_isa_kind(const struct k2_insn *i);
/* Registers read and written, bit n is rn. A call reads `use` and writes r0-r5; exit reads r0; stores read base and value;
   a cmpxchg also reads and writes r0; a legacy packet load reads r6 and writes r0-r5. Opaque instructions: their masks; what
   is not in the table but lacks the flag: all registers. */
uint16_t k2_isa_reads(const struct k2_insn *i);
uint16_t k2_isa_writes(const struct k2_insn *i);
/* 1, or 2 for ld_imm64 without K2_F_ONE_SLOT. */
unsigned int k2_isa_slots(const struct k2_insn *i);
/* Bytes accessed by a load, store, atomic or legacy packet load; 0 for others. */
unsigned int k2_isa_access_size(const struct k2_insn *i);
bool k2_isa_is_terminator(const struct k2_insn *i); /* jumps, goto, gotox, exit: ends a basic block */
/* Turns a conditional jump into the one that jumps when it does not. False: there is none, `i` is as it was. */
bool k2_isa_opposite(struct k2_insn *i);
/* May K2 emit it for this function (instruction set level, alu32)? Never for opaque instructions: those may only stay. */
bool k2_isa_allowed(const struct k2_insn *i, const struct k2_func_desc *f);

/* Every field in range for its row: registers 0..10, r10 not written, unused fields zero, immediates that fit, shift
   counts. NULL if valid, else a static sentence that says what is wrong. A symbolic immediate or offset is not looked at
   as a number, and of opaque instructions only that they can be encoded. */
const char *k2_isa_validate(const struct k2_insn *i);

/* 8 or 16 bytes at `p` (at most `len`) to an instruction; *used gets 8 or 16. What is not in the table or not valid gives
   K2_F_OPAQUE (always 8 bytes; reads and writes all registers) with the raw fields kept (code, dst, src, off, imm) so that
   encoding gives the same bytes. Jumps keep their raw displacement in `off` (or imm for gotol) with target = UINT32_MAX;
   target is 0 for all others. Calls get use = r1-r5. origin is -1. K2_EINVAL: truncated. */
enum k2_status k2_isa_decode(const uint8_t *p, size_t len, bool big_endian, struct k2_insn *out, unsigned int *used);
/* The reverse; `p` has room for 16 bytes. Jumps: encodes off/imm as they are, whatever `target` says. A ld_imm64 with
   K2_F_ONE_SLOT becomes the 64-bit mov that object writers emit. K2_EINVAL: a register above 15 or an immediate above
   32 bits. */
enum k2_status k2_isa_encode(const struct k2_insn *i, bool big_endian, uint8_t *p, unsigned int *used);

/* A whole array: decodes slots and turns displacements into `target` instruction indices (and back); off (imm of gotol) of
   decoded jumps keeps the displacement, and is ignored and recomputed on the way back. origin is the instruction's index.
   Subprogram calls and addresses (imm counted in slots) are left to the caller. K2_EINVAL with a sentence in msg (size
   bytes) naming the slot: truncated, jump outside or into the middle of ld_imm64, range. K2_EUNSUPPORTED, likewise: an
   unknown instruction of a jump class, whose successors nobody knows. */
enum k2_status k2_isa_decode_all(struct k2_arena *a, const uint8_t *p, size_t len, bool big_endian, struct k2_insn **out,
				 uint32_t *n, char *msg, size_t size);
enum k2_status k2_isa_encode_all(struct k2_arena *a, const struct k2_insn *insns, uint32_t n, bool big_endian,
				 uint8_t **out, size_t *len, char *msg, size_t size);

/* One instruction in the kernel's (and llvm-objdump's) syntax: "r1 += 8", "r0 = *(u8 *)(r1 + 3)", "if w1 s> 5 goto L4",
   "lock *(u64 *)(r1 + 0) += r2"; isa.def has them all. Jumps print "L<target>" when target is not UINT32_MAX, else "+N"/"-N"
   slots. A symbol stands in place of the number that it decides: "r1 = &name ll", "call &name", "(r1 + &name + 8)
   {sym_off}"; a symbol that `syms` (may be NULL) does not name prints as "&#<sym>". Opaque: "opaque CODE DST SRC OFF IMM".
   What else is set follows in braces: {volatile} {frozen} {sym_imm} {sym_off} {one_slot} {opaque use=0x3 def=0x1},
   {use=0x6} for a call that does not read just r1-r5, {sym=&name} where the syntax has no place for it. Returns the
   length as snprintf does. */
int k2_isa_print(char *buf, size_t size, const struct k2_insn *i, const struct k2_symbol *syms, uint32_t n_syms);
/* The reverse for one line without label or comment. Jump operands "L<number>" go to `target`, "+N"/"-N" to off (imm for
   gotol). Numbers may be decimal or hexadecimal; {line=12} sets the line. *msg gets a static sentence on K2_EINVAL; what
   parses is valid. "&name" is K2_EINVAL here, "&#2" is symbol 2. */
enum k2_status k2_isa_parse(const char *line, struct k2_insn *out, const char **msg);
/* The same with names: `lookup` gets the `len` characters at `name` and says the symbol's number (1 + index, as in
   k2_insn.sym) and kind, or returns false; it may be asked more than once. A call of a symbol becomes a subprogram or
   kfunc call by its kind. */
typedef bool (*k2_isa_lookup)(void *user, const char *name, size_t len, uint32_t *sym, enum k2_symbol_kind *kind);
enum k2_status k2_isa_parse_sym(const char *line, struct k2_insn *out, k2_isa_lookup lookup, void *user,
				const char **msg);

/* Constructors for the instructions that proposers make; origin -1, line 0. */
struct k2_insn k2_mk_alu_imm(unsigned int width, uint8_t op, uint8_t dst, int32_t imm);
struct k2_insn k2_mk_alu_reg(unsigned int width, uint8_t op, uint8_t dst, uint8_t src);
struct k2_insn k2_mk_load(uint8_t size, uint8_t dst, uint8_t src, int16_t off);
struct k2_insn k2_mk_store(uint8_t size, uint8_t dst, int16_t off, uint8_t src);
struct k2_insn k2_mk_store_imm(uint8_t size, uint8_t dst, int16_t off, int32_t imm);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Rewrite rules: a pattern, its replacement, and when it holds, over symbolic registers and constants. Rules are text
   (docs/rules.md); a set of them is a few flat tables without pointers, so that the shipped ones are constant data made at build
   time (host/) and a user's own come from the same code at run time.

     text.c       paragraphs and their fields        text_insn.c  instructions with names
     text_expr.c  expressions and preconditions      expr.c       what expressions give
     tree.c       dependence order and index         match.c      matching in a window
     make.c       the replacement's instructions     prove.c      the proof for all values
     term.c       expressions over terms
     example.c    rules applied to their examples    set.c        sets for callers of the library */
#ifndef K2_RULES_INTERNAL_H
#define K2_RULES_INTERNAL_H

#include <k2/rules.h>
#include "check.h"

enum {
	K2_RULE_VARS = 10,       /* registers of a rule: rA.. are numbers 0..9, r10 is itself */
	K2_RULE_FP = 10,
	K2_RULE_SYMS = 8,        /* symbolic constants */
	K2_RULE_INSNS = 16,      /* of a pattern */
	K2_RULE_GIVES = 8,       /* of a replacement, */
	K2_RULE_NEW = 4,         /* those among them that the pattern does not have */
	K2_RULE_NONE = 0xffff,   /* no expression */
};

/* Numbers have 64 bits; immediates come sign-extended. */
enum k2_rule_op {
	K2_RX_NUMBER, K2_RX_SYMBOL,                                            /* value; value: which */
	K2_RX_NEG, K2_RX_NOT, K2_RX_ONES, K2_RX_ZEXT, K2_RX_SEXT, K2_RX_SWAP, K2_RX_LOG2, /* of a; extensions and swaps: value bits */
	K2_RX_ADD, K2_RX_SUB, K2_RX_MUL, K2_RX_AND, K2_RX_OR, K2_RX_XOR, K2_RX_SHL, K2_RX_SHR, K2_RX_SAR, /* of a and b */
	K2_RX_EQ, K2_RX_NE, K2_RX_LT, K2_RX_LE, K2_RX_ULT, K2_RX_ULE,         /* 1 or 0 */
};
struct k2_rule_expr {
	uint8_t op;
	uint16_t a, b;
	int64_t value;
};

enum k2_rule_when {
	K2_RC_TEST,    /* expression a is not 0 */
	K2_RC_IN,      /* symbol `var` is in a..b: it is tried value by value in the proof */
	K2_RC_POW2,    /* symbol `var` is a power of two; likewise */
	K2_RC_DEAD,    /* nobody reads register `var` behind */
	K2_RC_LOW,     /* nobody reads its upper half */
	K2_RC_ZERO,    /* the bits a of its value before are known to be 0 */
	K2_RC_MAX,     /* its value before is known to be at most a, unsigned */
	K2_RC_ALIGNED, /* an access of b bytes at register + a may be made */
	K2_RC_REGION,  /* it points into one of the regions in the set `value` */
	K2_RC_ISA,     /* instruction set `value` or newer */
	K2_RC_LITTLE, K2_RC_BIG,
};
struct k2_rule_cond {
	uint8_t when, var;
	uint16_t a, b;
	uint32_t value;
};

/* How the matcher comes to an instruction of the pattern. */
enum k2_rule_link {
	K2_LINK_ROOT, /* it is the last one */
	K2_LINK_DST,  /* it computed what instruction `from` reads as dst */
	K2_LINK_SRC,  /* or as src */
	K2_LINK_NEAR, /* it accesses memory through the same register as `from`, `delta` bytes away, somewhere before the root */
	K2_LINK_SCAN, /* it is somewhere before the root */
};

struct k2_rule_insn {
	struct k2_insn insn; /* registers are the rule's */
	uint16_t imm, off;   /* expressions; K2_RULE_NONE: the number in insn */
	uint8_t link, from;  /* patterns */
	int16_t delta;
	uint8_t keeps;       /* replacements: 1 + the instruction of the pattern that this still is; 0: a new one */
};

struct k2_rule {
	uint32_t name, about, example, text; /* in strings */
	uint32_t vars, syms; /* likewise: names, one after the other */
	uint32_t line;       /* in its file */
	uint32_t match, give, cond; /* where they begin in their tables */
	uint8_t n_match, n_give, n_cond, n_syms;
	uint8_t order[K2_RULE_INSNS]; /* instructions of the pattern in the order of matching */
	uint16_t in_match, in_give;   /* registers that occur, */
	uint16_t set_match, set_give; /* are written, */
	uint16_t needs;               /* and whose value from before the replacement reads */
	uint16_t passing;             /* only the pattern writes them, before it reads them: values on the way, which stay if somebody wants them */
	uint16_t share[K2_RULE_VARS]; /* the registers that may be the same one as this */
	uint8_t domain[K2_RULE_SYMS]; /* bits of the fields that a symbol stands in: 6 and 5 for shifts, 16, 32, 64 */
};

/* The index: nodes of the ways from a root over dependences. The children of a node stand together, ordered by link, from, delta and code;
   a rule belongs to the node where its pattern is complete. */
struct k2_rule_node {
	uint8_t link, from, code, at; /* `at`: how many instructions are matched with this one */
	int16_t delta;
	uint32_t child, n_child;
	uint32_t leaf, n_leaf;        /* in leaves */
};

struct k2_rules {
	const struct k2_rule *rules;
	const struct k2_rule_insn *insns;
	const struct k2_rule_expr *exprs;
	const struct k2_rule_cond *conds;
	const struct k2_rule_node *nodes; /* node 0 is above all roots */
	const uint32_t *leaves;           /* numbers of rules */
	const char *strings;
	uint32_t n_rules, n_insns, n_exprs, n_conds, n_nodes, n_leaves, n_strings;
	struct k2_arena *arena; /* what all this is in; NULL: constant data */
};

/* A set under construction. */
struct k2_rule_maker {
	struct k2_arena *arena;
	struct k2_rule *rules;
	struct k2_rule_insn *insns;
	struct k2_rule_expr *exprs;
	struct k2_rule_cond *conds;
	char *strings;
	uint32_t n_rules, n_insns, n_exprs, n_conds, n_strings;
	uint32_t cap_rules, cap_insns, cap_exprs, cap_conds, cap_strings;
	/* The rule being read: */
	char var[K2_RULE_VARS][16], sym[K2_RULE_SYMS][16];
	unsigned int n_var, n_sym;
	const char *why; /* what is wrong with the text; NULL: nothing yet */
};

/* text.c: reads rules. K2_EINVAL: `msg` says "line N: what". */
enum k2_status k2_rules_read(struct k2_arena *a, const char *text, size_t len, struct k2_rules *out, char *msg, size_t size);

/* text_insn.c: one instruction with names. False: m->why. */
bool k2_rule_read_insn(struct k2_rule_maker *m, const char *s, struct k2_rule_insn *out);
/* text_expr.c; *s moves behind what was read. K2_RULE_NONE: m->why. */
uint16_t k2_rule_read_expr(struct k2_rule_maker *m, const char **s);
bool k2_rule_read_cond(struct k2_rule_maker *m, const char **s, struct k2_rule_cond *out);
uint16_t k2_rule_put_expr(struct k2_rule_maker *m, enum k2_rule_op op, uint16_t a, uint16_t b, int64_t value);
/* The number of a register name (without its r or w); -1: too many. */
int k2_rule_var(struct k2_rule_maker *m, const char *name, size_t len);

/* expr.c */
uint64_t k2_rule_value(const struct k2_rules *rs, uint16_t expr, const uint64_t *syms);
/* The value of the symbol for which the expression is `v`, where it is the symbol, plus or minus a number. -1: no such expression. */
int k2_rule_solve(const struct k2_rules *rs, uint16_t expr, uint64_t v, uint64_t *value);

/* tree.c: what follows from match and give. False: m->why (the pattern cannot be matched), or out of memory. */
bool k2_rule_finish(struct k2_rule_maker *m, struct k2_rule *r);
bool k2_rules_index(struct k2_rule_maker *m, struct k2_rules *out);

/* ---- matching ---- */

/* Straight code to match in. */
struct k2_rule_site {
	const struct k2_func_desc *desc;
	const struct k2_insn *insns;
	uint32_t n;
	const struct k2_live *live;      /* n + 1 entries */
	const struct k2_symctx *ctx;     /* NULL: preconditions on values and regions are taken to hold */
	const struct k2_point *points;
	struct k2_arena *arena;
};

struct k2_rule_match {
	const struct k2_rules *set;
	const struct k2_rule *rule;
	uint32_t at[K2_RULE_INSNS];      /* by instruction of the pattern */
	uint8_t reg[K2_RULE_VARS + 1];
	uint16_t bound;                  /* registers that have one */
	uint64_t sym[K2_RULE_SYMS];
};

struct k2_rule_counts {
	uint64_t visits, tries; /* nodes of the index looked at; patterns compared in full */
};

/* All matches, roots from the first instruction on, until `found` says true. False: out of memory, or none was taken. */
bool k2_rules_match(const struct k2_rules *set, const struct k2_rule_site *s,
		    bool (*found)(void *user, const struct k2_rule_match *m), void *user, struct k2_rule_counts *counts);

/* make.c: a candidate, as instructions to put before instruction at[k] of the window, and instructions to leave out. */
struct k2_rule_made {
	struct k2_insn insn[K2_RULE_GIVES];
	uint32_t at[K2_RULE_GIVES];
	unsigned int n;
	bool keep[K2_RULE_INSNS]; /* instructions of the pattern that stay where they are */
};
/* False: a constant does not fit, a register is not to be had, or what stands in between is in the way. */
bool k2_rule_make(const struct k2_rule_site *s, const struct k2_rule_match *m, struct k2_rule_made *out);

/* ---- proof ---- */

/* term.c: expressions where constants are terms of 64 bits. */
struct k2_rule_terms {
	struct k2_terms *t;
	const struct k2_rules *set;
	k2_t sym[K2_RULE_SYMS];
	const char *why; /* what could not be said; NULL: nothing */
};
k2_t k2_rule_term(struct k2_rule_terms *x, uint16_t expr);

/* prove.c: is the rule right for all values? *why says for K2_DIFFERENT and K2_UNKNOWN what is not proved, in the arena. */
enum k2_verdict k2_rule_prove(struct k2_arena *a, const struct k2_rules *set, const struct k2_rule *r, uint64_t rlimit, const char **why);

/* The register that an instruction reads as dst (side 0: operand, base of a store) or src (side 1); -1: none. */
static inline int k2_rule_operand(const struct k2_insn *i, unsigned int side)
{
	enum k2_kind kind = k2_isa_kind(i);
	uint8_t op = K2_OP(i->code);

	switch (kind) {
	case K2_KIND_ALU:
		if (!side)
			return op == K2_MOV ? -1 : i->dst;
		return (i->code & K2_X) && op != K2_END && op != K2_NEG ? i->src : -1;
	case K2_KIND_LOAD: return side ? i->src : -1;
	case K2_KIND_STORE: return !side ? i->dst : K2_CLASS(i->code) == K2_STX ? i->src : -1;
	case K2_KIND_JUMP: return !side ? i->dst : i->code & K2_X ? i->src : -1;
	default: return -1;
	}
}

/* The register that a load or store has its address from; -1: it is neither. */
static inline int k2_rule_base(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_LOAD ? i->src : kind == K2_KIND_STORE ? i->dst : -1;
}

/* The register that an instruction of a rule writes; -1: none. */
static inline int k2_rule_result(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_ALU || kind == K2_KIND_LOAD || kind == K2_KIND_LD_IMM64 ? i->dst : -1;
}

/* example.c: one of the `n` variants from `r` on turns the paragraph's example into what it says. False: `msg` says why not. */
bool k2_rule_example(struct k2_arena *a, const struct k2_rules *set, const struct k2_rule *r, uint32_t n, char *msg, size_t size);

static inline const char *k2_rule_string(const struct k2_rules *set, uint32_t at)
{
	return set->strings + at;
}

/* The rules that K2 ships, made at build time. */
extern const struct k2_rules k2_rules_shipped;

#endif

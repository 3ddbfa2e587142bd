/* SPDX-License-Identifier: BSD-2-Clause */
/* Rewrite rules: those that K2 ships, and sets read from text (docs/rules.md has the syntax). */
#ifndef K2_RULES_H
#define K2_RULES_H

#include <stddef.h>
#include <stdint.h>
#include <k2/func.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k2_rules; /* a set of rules; read-only, so any number of threads may use it */

/* The set compiled into the library. */
K2_API const struct k2_rules *k2_rules_builtin(void);
/* Reads `len` bytes. *out is set on K2_OK only and is to be freed with k2_rules_free. K2_EINVAL: `msg` (`size` bytes) says "line N:
   what". Nothing is proved: uses are, and k2_rules_check. */
K2_API enum k2_status k2_rules_parse(const char *text, size_t len, const struct k2_rules **out, char *msg, size_t size);
K2_API void k2_rules_free(const struct k2_rules *r); /* NULL and the set compiled in are left alone */

K2_API uint32_t k2_rules_count(const struct k2_rules *r);
/* Of rule number i (0 .. count - 1). The strings live as long as the set. */
struct k2_rule_info {
	const char *name;
	const char *about;   /* a sentence */
	const char *text;    /* the paragraph, as it was written */
	uint32_t line;       /* where it begins */
	uint32_t variants;   /* that its `for` lines make */
};
K2_API void k2_rules_info(const struct k2_rules *r, uint32_t i, struct k2_rule_info *out);

enum k2_proof { K2_PROVED, K2_WRONG, K2_NOT_PROVED };
/* Proves rule i for all values of its registers and constants, and applies it to its example. `msg` says what is not so. K2_ENOMEM. */
K2_API enum k2_status k2_rules_check(const struct k2_rules *r, uint32_t i, enum k2_proof *proof, char *msg, size_t size);

/* What it takes to match a set in the blocks of a function as it is; adds up. `visits`: nodes of the index that were looked at; `tries`:
   patterns compared in full; `matches`: those that agreed and could be replaced, with all registers live. K2_ENOMEM, or as k2_optimize. */
struct k2_rules_work {
	uint64_t blocks, insns, visits, tries, matches;
};
K2_API enum k2_status k2_rules_find(const struct k2_rules *r, const struct k2_func_desc *f, struct k2_rules_work *out);

#ifdef __cplusplus
}
#endif
#endif

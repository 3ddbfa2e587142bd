// SPDX-License-Identifier: BSD-2-Clause
/* Sets of rules for callers of the library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rules.h"

enum { RLIMIT = 4000000 }; /* z3 resource units per question: some seconds */

enum k2_status k2_rules_parse(const char *text, size_t len, const struct k2_rules **out, char *msg, size_t size)
{
	struct k2_arena *a = k2_arena_new(0);
	struct k2_rules *rs = a ? k2_arena_alloc(a, sizeof(*rs)) : NULL;
	enum k2_status st = K2_ENOMEM;

	if (rs)
		st = k2_rules_read(a, text, len, rs, msg, size);
	if (st) {
		k2_arena_free(a);
		return st;
	}
	rs->arena = a;
	*out = rs;
	return K2_OK;
}

void k2_rules_free(const struct k2_rules *r)
{
	if (r)
		k2_arena_free(r->arena);
}

/* The variants of one paragraph stand together and share its text. */
static bool is_first(const struct k2_rules *rs, uint32_t k)
{
	return !k || rs->rules[k].text != rs->rules[k - 1].text;
}

uint32_t k2_rules_count(const struct k2_rules *rs)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < rs->n_rules; k++)
		n += is_first(rs, k);
	return n;
}

/* The first variant of paragraph i; *n gets their number. */
static const struct k2_rule *paragraph(const struct k2_rules *rs, uint32_t i, uint32_t *n)
{
	uint32_t k = 0, at = 0;

	for (; k < rs->n_rules; k++) {
		if (is_first(rs, k) && at++ == i)
			break;
	}
	for (*n = 1; k + *n < rs->n_rules && !is_first(rs, k + *n);)
		++*n;
	return &rs->rules[k];
}

void k2_rules_info(const struct k2_rules *rs, uint32_t i, struct k2_rule_info *out)
{
	uint32_t n;
	const struct k2_rule *r = paragraph(rs, i, &n);

	*out = (struct k2_rule_info){ .name = k2_rule_string(rs, r->name), .about = k2_rule_string(rs, r->about),
				      .text = k2_rule_string(rs, r->text), .line = r->line, .variants = n };
}

enum k2_status k2_rules_check(const struct k2_rules *rs, uint32_t i, enum k2_proof *proof, char *msg, size_t size)
{
	uint32_t n;
	const struct k2_rule *r = paragraph(rs, i, &n);
	enum k2_verdict v = K2_EQUAL;
	const char *why = NULL;
	struct k2_arena *a = k2_arena_new(0);

	if (!a)
		return K2_ENOMEM;
	msg[0] = '\0';
	for (uint32_t k = 0; k < n && v == K2_EQUAL; k++)
		v = k2_rule_prove(a, rs, r + k, RLIMIT, &why);
	if (v != K2_EQUAL)
		snprintf(msg, size, "%s", why ? why : "out of memory");
	*proof = v == K2_EQUAL ? K2_PROVED : v == K2_DIFFERENT ? K2_WRONG : K2_NOT_PROVED;
	if (v == K2_EQUAL && !k2_rule_example(a, rs, r, n, msg, size))
		*proof = K2_WRONG;
	k2_arena_free(a);
	return K2_OK;
}

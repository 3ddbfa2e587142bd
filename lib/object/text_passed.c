// SPDX-License-Identifier: BSD-2-Clause
/* .passed: what a subprogram is given in a register, to and from text. */
#include "text_impl.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {
	[K2_PASSED_ANYTHING] = "anything", [K2_PASSED_NUMBER] = "number", [K2_PASSED_FRAME] = "frame",
	[K2_PASSED_CONTEXT] = "context", [K2_PASSED_PACKET] = "packet", [K2_PASSED_PACKET_END] = "packet-end",
	[K2_PASSED_MAP_VALUE] = "value", [K2_PASSED_GLOBAL] = "global", [K2_PASSED_RECORD] = "record",
};

static bool has_number(enum k2_passed_kind kind)
{
	return kind == K2_PASSED_NUMBER || kind == K2_PASSED_FRAME || kind == K2_PASSED_CONTEXT;
}

static bool read_number(const char *s, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = *s == '-' ? (uint64_t)strtoll(s, &end, 0) : strtoull(s, &end, 0);
	return !errno && end != s && !*end;
}

/* 16, or 0x4/0x7: the bits of the first number where the second has ones, or 1..9. */
static const char *set_number(struct k2_passed *p, char *word)
{
	char *mask = strchr(word, '/'), *max = strstr(word, "..");
	uint64_t v, w = UINT64_MAX;

	if (mask)
		*mask++ = 0;
	if (max)
		*max = 0, max += 2;
	if (!read_number(word, &v) || (mask && !read_number(mask, &w)) || (max && !read_number(max, &w)))
		return "not a number";
	p->min = max ? v : v & w;
	p->max = max ? w : v | ~w;
	p->ones = max ? 0 : v & w;
	p->zeros = max ? 0 : ~v & w;
	return NULL;
}

const char *k2_text_set_passed(struct k2_text *t, char *args)
{
	char *save = NULL, *reg = strtok_r(args, " \t", &save), *kind = reg ? strtok_r(NULL, " \t", &save) : NULL;
	char *word = kind ? strtok_r(NULL, " \t", &save) : NULL;
	struct k2_passed *p;
	unsigned int k = 0;

	if (!reg || reg[0] != 'r' || reg[1] < '1' || reg[1] > '5' || reg[2])
		return "arguments are in r1 to r5";
	while (kind && k < K2_ARRAY_SIZE(kinds) && strcmp(kind, kinds[k]) != 0)
		k++;
	if (!kind || k == K2_ARRAY_SIZE(kinds))
		return "unknown kind of argument";
	p = &t->passed[reg[1] - '1'];
	*p = (struct k2_passed){ .kind = (enum k2_passed_kind)k, .max = UINT64_MAX };
	t->desc.passed = t->passed;
	if (word && has_number(p->kind))
		return set_number(p, word);
	if (!word || (k != K2_PASSED_MAP_VALUE && k != K2_PASSED_GLOBAL))
		return word ? "more than belongs here" : NULL;
	p->sym = k2_text_find_symbol(t, word, strlen(word));
	return p->sym ? NULL : "no such symbol";
}

static void put_number(struct k2_string *out, const struct k2_passed *p)
{
	if (p->min == p->max)
		K2_PUT(out, " %#" PRIx64, p->min);
	else if (p->zeros | p->ones)
		K2_PUT(out, " %#" PRIx64 "/%#" PRIx64, p->ones, p->zeros | p->ones);
	else if (p->min || p->max < UINT64_MAX)
		K2_PUT(out, " %#" PRIx64 "..%#" PRIx64, p->min, p->max);
}

void k2_text_put_passed(struct k2_string *out, const struct k2_func_desc *d)
{
	if (d->context)
		K2_PUT(out, ".context %s\n", d->context);
	for (unsigned int n = 0; d->passed && n < 5; n++) {
		const struct k2_passed *p = &d->passed[n];

		if (p->kind == K2_PASSED_ANYTHING)
			continue;
		K2_PUT(out, ".passed r%u %s", n + 1, kinds[p->kind]);
		if (has_number(p->kind))
			put_number(out, p);
		else if (p->sym && p->sym <= d->n_syms)
			K2_PUT(out, " %s", d->syms[p->sym - 1].name);
		K2_PUT(out, "\n");
	}
}

// SPDX-License-Identifier: BSD-2-Clause
/* A rule's example, `code -> code`, as a test of matcher and replacement: registers that only one side has are dead behind it, of the
   others the lower half is live, and what is asked of values holds. If the rule does not apply then, all registers that it writes are dead. */
#include <stdio.h>
#include <string.h>
#include "rules.h"

enum { EXAMPLE = 24, LINE = 200 };

struct code {
	struct k2_insn insn[EXAMPLE];
	uint32_t n;
};

struct trial {
	const struct k2_rule_site *site;
	const struct k2_rules *set;
	const struct k2_rule *first;
	uint32_t n;
	const struct code *want;
	bool applied, right;
};

static bool read_code(const char *s, const char *end, struct code *out, const char **why)
{
	out->n = 0;
	while (s < end) {
		const char *stop = memchr(s, ';', (size_t)(end - s));
		char line[LINE];
		size_t len;

		stop = stop ? stop : end;
		while (s < stop && *s == ' ')
			s++;
		len = (size_t)(stop - s);
		if (len >= sizeof(line) || out->n == EXAMPLE) {
			*why = "the example is too long";
			return false;
		}
		memcpy(line, s, len);
		line[len] = '\0';
		s = stop + 1;
		if (!strncmp(line, "nothing", 7))
			continue;
		if (k2_isa_parse(line, &out->insn[out->n++], why))
			return false;
	}
	return true;
}

static uint16_t written(const struct code *c)
{
	uint16_t set = 0;

	for (uint32_t k = 0; k < c->n; k++)
		set |= k2_isa_writes(&c->insn[k]);
	return set;
}

static uint16_t touched(const struct code *c)
{
	uint16_t set = written(c);

	for (uint32_t k = 0; k < c->n; k++)
		set |= k2_isa_reads(&c->insn[k]);
	return set;
}

static void set_live(const struct code *from, const struct code *to, bool all_dead, struct k2_live live[EXAMPLE + 1])
{
	uint16_t dead = (written(from) & (uint16_t)~(all_dead ? 0 : written(to))) | (touched(to) & (uint16_t)~touched(from));

	memset(live, 0, (EXAMPLE + 1) * sizeof(*live));
	for (unsigned int r = 0; r < 11; r++)
		live[from->n].regs |= dead >> r & 1 ? 0 : K2_LIVE_LO(r);
	for (uint32_t k = from->n; k-- > 0;) {
		uint16_t reads = k2_isa_reads(&from->insn[k]), writes = k2_isa_writes(&from->insn[k]);

		live[k] = live[k + 1];
		for (unsigned int r = 0; r < 11; r++) {
			if (writes >> r & 1)
				live[k].regs &= ~K2_LIVE_BOTH(r);
			if (reads >> r & 1)
				live[k].regs |= K2_LIVE_BOTH(r);
		}
	}
}

static bool in_match(const struct k2_rule_match *m, uint32_t k, unsigned int *which)
{
	for (*which = 0; *which < m->rule->n_match; ++*which) {
		if (m->at[*which] == k)
			return true;
	}
	return false;
}

static bool same_code(const struct code *a, const struct code *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t k = 0; k < a->n; k++) {
		if (!k2_same_insn(&a->insn[k], &b->insn[k]))
			return false;
	}
	return true;
}

static bool found(void *user, const struct k2_rule_match *m)
{
	struct trial *t = user;
	struct k2_rule_made made;
	struct code out = { .n = 0 };
	unsigned int which;

	if (m->rule < t->first || m->rule >= t->first + t->n || !k2_rule_make(t->site, m, &made))
		return false;
	for (uint32_t k = 0; k < t->site->n; k++) {
		for (unsigned int g = 0; g < made.n; g++) {
			if (made.at[g] == k && out.n < EXAMPLE)
				out.insn[out.n++] = made.insn[g];
		}
		if ((!in_match(m, k, &which) || made.keep[which]) && out.n < EXAMPLE)
			out.insn[out.n++] = t->site->insns[k];
	}
	t->applied = true;
	t->right = same_code(&out, t->want);
	return t->right;
}

bool k2_rule_example(struct k2_arena *a, const struct k2_rules *set, const struct k2_rule *r, uint32_t n, char *msg, size_t size)
{
	const char *s = k2_rule_string(set, r->example), *arrow = strstr(s, "->"), *why = NULL;
	const struct k2_func_desc desc = { .isa = K2_ISA_V4 };
	struct k2_live live[EXAMPLE + 1];
	struct code from, to;
	struct k2_rule_site site = { .desc = &desc, .live = live, .arena = a };
	struct trial t = { .site = &site, .set = set, .first = r, .n = n, .want = &to };

	if (!arrow || !read_code(s, arrow, &from, &why) || !read_code(arrow + 2, s + strlen(s), &to, &why)) {
		snprintf(msg, size, "example: %s", why ? why : "none ('example CODE -> CODE', instructions separated by ';')");
		return false;
	}
	site.insns = from.insn;
	site.n = from.n;
	for (unsigned int all_dead = 0; all_dead < 2 && !t.right; all_dead++) {
		set_live(&from, &to, all_dead, live);
		k2_rules_match(set, &site, found, &t, NULL);
	}
	if (!t.right)
		snprintf(msg, size, "example: %s", t.applied ? "becomes something else" : "the rule does not apply");
	return t.right;
}

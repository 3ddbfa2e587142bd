// SPDX-License-Identifier: BSD-2-Clause
/* At build time: text of rules to the tables of k2_rules_shipped, as C. rulegen OUT.c FILE.rules... */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rules.h"

struct text {
	char *s;
	size_t n;
};

static bool append(struct text *t, const char *s, size_t n)
{
	char *p = realloc(t->s, t->n + n + 1);

	if (!p)
		return false;
	memcpy(p + t->n, s, n);
	t->s = p;
	t->n += n;
	return true;
}

static bool read_file(const char *path, struct text *out)
{
	FILE *f = fopen(path, "r");
	char buf[4096];
	size_t n;

	if (!f)
		return false;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		if (!append(out, buf, n))
			break;
	}
	return !fclose(f) && n == 0;
}

/* One file by itself, for its line numbers; then onto the rest. */
static bool add_file(struct k2_arena *a, const char *path, struct text *all)
{
	struct text t = { NULL, 0 };
	struct k2_rules rs;
	char msg[200];
	bool ok = false;

	if (!read_file(path, &t))
		fprintf(stderr, "%s: cannot be read\n", path);
	else if (k2_rules_read(a, t.s, t.n, &rs, msg, sizeof(msg)))
		fprintf(stderr, "%s: %s\n", path, msg);
	else
		ok = append(all, t.s, t.n) && append(all, "\n\n", 2);
	free(t.s);
	return ok;
}

static void write_strings(FILE *f, const struct k2_rules *rs)
{
	fprintf(f, "static const char strings[] =");
	for (uint32_t k = 0; k < rs->n_strings; k++) {
		unsigned char c = (unsigned char)rs->strings[k];

		if (k % 64 == 0)
			fprintf(f, "%s\n\t\"", k ? "\"" : "");
		if (c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '?')
			fputc(c, f);
		else
			fprintf(f, "\\%03o", c);
	}
	fprintf(f, "%s;\n", rs->n_strings ? "\"" : "\"\"");
}

static void write_bytes(FILE *f, const uint8_t *v, unsigned int n)
{
	fputc('{', f);
	for (unsigned int k = 0; k < n; k++)
		fprintf(f, "%s%u", k ? "," : "", v[k]);
	fputc('}', f);
}

static void write_rule(FILE *f, const struct k2_rule *r)
{
	fprintf(f, "\t{ .name=%u,.about=%u,.example=%u,.text=%u,.vars=%u,.syms=%u,.line=%u,.match=%u,.give=%u,.cond=%u,", r->name, r->about,
		r->example, r->text, r->vars, r->syms, r->line, r->match, r->give, r->cond);
	fprintf(f, ".n_match=%u,.n_give=%u,.n_cond=%u,.n_syms=%u,.in_match=%u,.in_give=%u,.set_match=%u,.set_give=%u,.needs=%u,.passing=%u,.order=",
		r->n_match, r->n_give, r->n_cond, r->n_syms, r->in_match, r->in_give, r->set_match, r->set_give, r->needs, r->passing);
	write_bytes(f, r->order, r->n_match);
	fprintf(f, ",.share={");
	for (unsigned int k = 0; k < K2_RULE_VARS; k++)
		fprintf(f, "%s%u", k ? "," : "", r->share[k]);
	fprintf(f, "},.domain=");
	write_bytes(f, r->domain, K2_RULE_SYMS);
	fprintf(f, " },\n");
}

static void write_insn(FILE *f, const struct k2_rule_insn *i)
{
	fprintf(f, "\t{ .insn={.code=%u,.dst=%u,.src=%u,.off=%d,.origin=-1,.imm=%" PRId64 "LL},.imm=%u,.off=%u,.link=%u,.from=%u,.delta=%d,.keeps=%u },\n",
		i->insn.code, i->insn.dst, i->insn.src, i->insn.off, i->insn.imm, i->imm, i->off, i->link, i->from, i->delta,
		i->keeps);
}

static void write_tables(FILE *f, const struct k2_rules *rs)
{
	write_strings(f, rs);
	fprintf(f, "static const struct k2_rule rules[] = {\n");
	for (uint32_t k = 0; k < rs->n_rules; k++)
		write_rule(f, &rs->rules[k]);
	fprintf(f, "};\nstatic const struct k2_rule_insn insns[] = {\n");
	for (uint32_t k = 0; k < rs->n_insns; k++)
		write_insn(f, &rs->insns[k]);
	fprintf(f, "};\nstatic const struct k2_rule_expr exprs[] = {\n\t{ 0 },\n");
	for (uint32_t k = 0; k < rs->n_exprs; k++)
		fprintf(f, "\t{ %u, %u, %u, (int64_t)%" PRIu64 "ULL },\n", rs->exprs[k].op, rs->exprs[k].a, rs->exprs[k].b,
			(uint64_t)rs->exprs[k].value);
	fprintf(f, "};\nstatic const struct k2_rule_cond conds[] = {\n\t{ 0 },\n");
	for (uint32_t k = 0; k < rs->n_conds; k++)
		fprintf(f, "\t{ %u, %u, %u, %u, %u },\n", rs->conds[k].when, rs->conds[k].var, rs->conds[k].a, rs->conds[k].b,
			rs->conds[k].value);
	fprintf(f, "};\nstatic const struct k2_rule_node nodes[] = {\n");
	for (uint32_t k = 0; k < rs->n_nodes; k++)
		fprintf(f, "\t{ %u, %u, %u, %u, %d, %u, %u, %u, %u },\n", rs->nodes[k].link, rs->nodes[k].from, rs->nodes[k].code, rs->nodes[k].at,
			rs->nodes[k].delta, rs->nodes[k].child, rs->nodes[k].n_child, rs->nodes[k].leaf, rs->nodes[k].n_leaf);
	fprintf(f, "};\nstatic const uint32_t leaves[] = {\n");
	for (uint32_t k = 0; k < rs->n_leaves; k++)
		fprintf(f, "\t%u,\n", rs->leaves[k]);
	fprintf(f, "};\n");
}

static void write_set(FILE *f, const struct k2_rules *rs)
{
	fprintf(f, "/* Made by rulegen from lib/rules. */\n#include \"rules.h\"\n\n");
	write_tables(f, rs);
	fprintf(f, "\nconst struct k2_rules k2_rules_shipped = {\n"
		   "\t.rules = rules, .insns = insns, .exprs = exprs + 1, .conds = conds + 1, .nodes = nodes, .leaves = leaves,\n"
		   "\t.strings = strings, .n_rules = %u, .n_insns = %u, .n_exprs = %u, .n_conds = %u, .n_nodes = %u, .n_leaves = %u,\n"
		   "\t.n_strings = %u,\n};\n"
		   "\nconst struct k2_rules *k2_rules_builtin(void)\n{\n\treturn &k2_rules_shipped;\n}\n",
		rs->n_rules, rs->n_insns, rs->n_exprs, rs->n_conds, rs->n_nodes, rs->n_leaves, rs->n_strings);
}

int main(int argc, char **argv)
{
	struct k2_arena *a = k2_arena_new(0);
	struct text all = { NULL, 0 };
	struct k2_rules rs;
	char msg[200];
	FILE *f;

	if (!a || argc < 3)
		return 2;
	for (int k = 2; k < argc; k++) {
		if (!add_file(a, argv[k], &all))
			return 1;
	}
	if (k2_rules_read(a, all.s, all.n, &rs, msg, sizeof(msg))) {
		fprintf(stderr, "all rules together: %s\n", msg);
		return 1;
	}
	f = fopen(argv[1], "w");
	if (!f)
		return 1;
	write_set(f, &rs);
	free(all.s);
	k2_arena_free(a);
	return fclose(f) ? 1 : 0;
}

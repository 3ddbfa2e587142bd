// SPDX-License-Identifier: BSD-2-Clause
/* k2 stat: the functions of objects in figures. */
#include "k2.h"
#include <bpf/libbpf.h>
#include <jansson.h>
#include <k2/progtype.h>
#include <k2/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum form { TEXT, JSON, CSV };
enum { OPT_JSON = 1, OPT_CSV, WALK_LIMIT = 20000, NAME_WIDTH = 40 };

struct args {
	enum form form;
	const char *prog;
	char **files;
	int n_files;
};

/* A function, or the sum of several. */
struct row {
	const char *name, *section, *type;
	struct k2_func_stat s;
	char note[200]; /* why something is unknown; "": nothing is */
};

struct file {
	const char *path;
	struct row *rows;
	uint32_t n;
	struct row sum;
};

/* Of the table; the titles are also the keys of JSON and CSV. */
static const struct column {
	const char *title;
	bool most; /* of several functions: the most, not the sum */
	size_t at; /* in struct k2_func_stat */
} columns[] = {
#define COLUMN(name, most) { #name, most, offsetof(struct k2_func_stat, name) }
	COLUMN(slots, false),  COLUMN(insns, false),   COLUMN(blocks, false),   COLUMN(loops, false),  COLUMN(stack, true),
	COLUMN(loads, false),  COLUMN(stores, false),  COLUMN(atomics, false),  COLUMN(jumps, false),  COLUMN(helpers, false),
	COLUMN(subprogs, false), COLUMN(kfuncs, false), COLUMN(latency, false), COLUMN(verifier, false),
#undef COLUMN
};
enum { N_COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static int64_t value(const struct k2_func_stat *s, unsigned int c)
{
	return *(const int64_t *)((const char *)s + columns[c].at);
}

/* What is unknown of one is unknown of the sum. */
static void add(struct k2_func_stat *sum, const struct k2_func_stat *s)
{
	for (unsigned int c = 0; c < N_COLUMNS; c++) {
		int64_t *to = (int64_t *)((char *)sum + columns[c].at), n = value(s, c);

		if (*to < 0 || n < 0)
			*to = K2_STAT_UNKNOWN;
		else if (!columns[c].most)
			*to += n;
		else if (n > *to)
			*to = n;
	}
}

/* ---- the three forms ---- */

static json_t *to_json(const struct k2_func_stat *s)
{
	json_t *j = json_object();

	for (unsigned int c = 0; c < N_COLUMNS; c++)
		json_object_set_new(j, columns[c].title, value(s, c) < 0 ? json_null() : json_integer(value(s, c)));
	return j;
}

/* Names of damaged objects may be no UTF-8. */
static json_t *text(const char *s)
{
	json_t *j = s ? json_string(s) : json_null();

	return j ? j : json_null();
}

static json_t *file_json(const struct file *f)
{
	json_t *j = json_object(), *list = json_array();

	for (uint32_t k = 0; k < f->n; k++) {
		json_t *one = json_object();

		json_object_set_new(one, "function", text(f->rows[k].name));
		json_object_set_new(one, "section", text(f->rows[k].section));
		json_object_set_new(one, "type", text(f->rows[k].type));
		json_object_update_new(one, to_json(&f->rows[k].s));
		json_object_set_new(one, "note", f->rows[k].note[0] ? text(f->rows[k].note) : json_null());
		json_array_append_new(list, one);
	}
	json_object_set_new(j, "object", text(f->path));
	json_object_set_new(j, "functions", list);
	json_object_set_new(j, "total", to_json(&f->sum.s));
	return j;
}

static void put_csv(const char *s)
{
	putchar('"');
	for (; s && *s; s++)
		printf(*s == '"' ? "\"\"" : "%c", *s);
	putchar('"');
}

static void print_csv(const struct file *f)
{
	for (uint32_t k = 0; k < f->n; k++) {
		const char *const names[] = { f->path, f->rows[k].name, f->rows[k].section, f->rows[k].type };

		for (unsigned int c = 0; c < 4; c++) {
			put_csv(names[c]);
			putchar(',');
		}
		for (unsigned int c = 0; c < N_COLUMNS; c++) {
			if (value(&f->rows[k].s, c) >= 0)
				printf("%lld", (long long)value(&f->rows[k].s, c));
			putchar(c + 1 < N_COLUMNS ? ',' : '\n');
		}
	}
}

static void csv_titles(void)
{
	printf("object,function,section,type");
	for (unsigned int c = 0; c < N_COLUMNS; c++)
		printf(",%s", columns[c].title);
	putchar('\n');
}

static void put_name(const char *s, int width)
{
	for (; *s; s++, width--)
		putchar((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
	printf("%*s", width > 0 ? width : 0, "");
}

static void print_row(const struct row *r, const int width[3])
{
	const char *const names[] = { r->name, r->section, r->type };

	for (unsigned int k = 0; k < 3; k++) {
		put_name(names[k] ? names[k] : "", width[k]);
		putchar(' ');
	}
	for (unsigned int c = 0; c < N_COLUMNS; c++) {
		int w = (int)strlen(columns[c].title);

		if (value(&r->s, c) < 0)
			printf(" %*s", w, "-");
		else
			printf(" %*lld", w, (long long)value(&r->s, c));
	}
	if (r->note[0]) {
		fputs("  ", stdout);
		put_name(r->note, 0);
	}
	putchar('\n');
}

static void print_titles(const int width[3])
{
	printf("%-*s %-*s %-*s ", width[0], "function", width[1], "section", width[2], "type");
	for (unsigned int c = 0; c < N_COLUMNS; c++)
		printf(" %s", columns[c].title);
	putchar('\n');
}

static void widen(int *width, const char *s)
{
	int len = s ? (int)strnlen(s, NAME_WIDTH) : 0;

	if (len > *width)
		*width = len;
}

static void print_text(const struct file *f)
{
	int width[3] = { sizeof("function") - 1, sizeof("section") - 1, sizeof("type") - 1 };

	for (uint32_t k = 0; k < f->n; k++) {
		widen(&width[0], f->rows[k].name);
		widen(&width[1], f->rows[k].section);
		widen(&width[2], f->rows[k].type);
	}
	printf("%s\n", f->path);
	print_titles(width);
	for (uint32_t k = 0; k < f->n; k++)
		print_row(&f->rows[k], width);
	print_row(&f->sum, width);
}

/* ---- files ---- */

static const char *type_of(const struct k2_func_desc *f)
{
	int32_t attach, type = f->section ? k2_section_prog_type(f->section, &attach) : 0;

	if (f->is_subprog)
		return "subprogram";
	return type ? libbpf_bpf_prog_type_str((enum bpf_prog_type)type) : NULL;
}

static enum k2_status fill_row(const struct k2_input *in, uint32_t k, struct row *r)
{
	const struct k2_func_desc *f = k2_input_func(in, k);
	const struct k2_object_func *info = in->object ? k2_object_func_info(in->object, k) : NULL;

	r->name = f->name ? f->name : "";
	r->section = f->section;
	r->type = type_of(f);
	if (!info || !info->status)
		return k2_func_stat(f, WALK_LIMIT, &r->s, r->note, sizeof(r->note));
	for (unsigned int c = 0; c < N_COLUMNS; c++)
		*(int64_t *)((char *)&r->s + columns[c].at) = K2_STAT_UNKNOWN;
	r->s.slots = (int64_t)(info->size / 8);
	snprintf(r->note, sizeof(r->note), "%s", info->message ? info->message : k2_status_str(info->status));
	return K2_OK;
}

static enum k2_status fill(const struct k2_input *in, const struct args *a, struct file *f)
{
	uint32_t n = k2_input_n_funcs(in);

	f->rows = calloc(n + 1u, sizeof(*f->rows));
	f->sum.name = "total";
	for (uint32_t k = 0; f->rows && k < n; k++) {
		struct row *r = &f->rows[f->n];
		const char *name = k2_input_func(in, k)->name;

		if (a->prog && strcmp(a->prog, name ? name : "") != 0)
			continue;
		if (fill_row(in, k, r))
			return K2_ENOMEM;
		add(&f->sum.s, &r->s);
		f->n++;
	}
	return f->rows ? K2_OK : K2_ENOMEM;
}

/* False: bad input, and it is said. */
static bool stat_file(const struct args *a, const char *path, json_t *list)
{
	const struct k2_form form = { 0 };
	struct file f = { .path = path };
	struct k2_input in;
	bool good = k2_input_read(&in, path, &form);

	if (good && fill(&in, a, &f)) {
		fprintf(stderr, "k2: %s: %s\n", path, k2_status_str(K2_ENOMEM));
		good = false;
	} else if (good && a->prog && !f.n) {
		fprintf(stderr, "k2: %s: no function %s\n", path, a->prog);
		good = false;
	}
	if (good && a->form == JSON)
		json_array_append_new(list, file_json(&f));
	else if (good && a->form == CSV)
		print_csv(&f);
	else if (good)
		print_text(&f);
	free(f.rows);
	k2_input_free(&in);
	return good;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case OPT_JSON: case OPT_CSV:
		if (a->form)
			argp_error(state, "one of --json and --csv");
		a->form = key == OPT_JSON ? JSON : CSV;
		return 0;
	case 'p': a->prog = arg; return 0;
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->n_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS: argp_error(state, "no file"); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

int k2_cmd_stat(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "prog", 'p', "NAME", 0, "Only the function NAME", 0 },
		{ "json", OPT_JSON, NULL, 0, "Print JSON", 0 },
		{ "csv", OPT_CSV, NULL, 0, "Print comma-separated values, a line for each function", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE...",
		.doc = "Prints figures of every function of the files, BPF objects or functions in text form (see k2/text.h): slots (8 bytes each), "
		       "instructions, basic blocks, loops, bytes of stack, loads, stores, atomics, jumps, calls by kind, and estimates: latency "
		       "(tenths of a cycle, each instruction once) and instructions for the kernel's verifier to process.\v"
		       "Exit status: 0 done, 2 bad usage, or a file that could not be read.",
	};
	struct args a = { 0 };
	json_t *list = json_array();
	bool good = true;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return K2_EXIT_USAGE;
	if (a.form == CSV)
		csv_titles();
	for (int i = 0; i < a.n_files; i++)
		good &= stat_file(&a, a.files[i], list);
	if (a.form == JSON) {
		json_dumpf(list, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(list);
	return good ? K2_EXIT_OK : K2_EXIT_USAGE;
}

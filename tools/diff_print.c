// SPDX-License-Identifier: BSD-2-Clause
/* k2 diff: rows side by side, or one below the other. */
#include "diff.h"
#include "term.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER = 6, MIDDLE = 3, NO_TERMINAL = 160, NARROWEST = 40 };

enum color { PLAIN, BOLD, DIM, RED, GREEN, YELLOW };
static const char *const codes[] = { "0", "1", "2", "31", "32", "33" };

struct printer {
	const struct diff_session *s;
	const struct diff_pair *p;
	const struct k2_diff *d;
	uint32_t *slot[2];       /* by instruction: of its first slot */
	unsigned int width, column; /* of the output, and of its left side; columns */
	uint32_t line;           /* last source line said */
	const char *file;
};

uint32_t diff_insn_slots(const struct k2_insn *i)
{
	return i->code == 0x18 && !(i->flags & K2_F_ONE_SLOT) ? 2 : 1;
}

static uint32_t slots_of(const struct k2_func_desc *f)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->n_insns; i++)
		n += diff_insn_slots(&f->insns[i]);
	return n;
}

static char clean(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
}

void diff_put_clean(const char *text)
{
	for (; *text; text++)
		putchar(*text == '\t' ? ' ' : clean(*text));
}

static void color(const struct diff_session *s, enum color c)
{
	if (s->args->color)
		printf("\033[%sm", codes[c]);
}

/* Exactly `width` columns if `fill`, else at most. */
static void put_cell(const char *text, unsigned int width, bool fill)
{
	size_t len = strlen(text), most = len > width && width > 3 ? width - 3 : width, i;

	for (i = 0; i < len && i < most; i++)
		putchar(clean(text[i]));
	for (; len > width && i < width; i++)
		putchar('.');
	for (; fill && i < width; i++)
		putchar(' ');
}

/* ---- summaries ---- */

static void put_change(const char *what, long long old, long long new_)
{
	if (old == new_)
		printf(" %lld %s", new_, what);
	else
		printf(" %lld -> %lld %s (%+lld)", old, new_, what, new_ - old);
}

static void put_kernel(const struct diff_session *s, const char *name, const char *section)
{
	const struct diff_figure *f[2] = { diff_kernel_find(&s->kernel[0], name, section), diff_kernel_find(&s->kernel[1], name, section) };

	if (!f[0] || !f[1])
		return;
	putchar(',');
	if (f[0]->loaded && f[1]->loaded) {
		put_change("processed", f[0]->processed, f[1]->processed);
		return;
	}
	if (f[0]->loaded || f[1]->loaded)
		printf(" %s", f[0]->loaded ? "loaded before, now refused: " : "refused before, now loaded: ");
	else
		printf(" refused: ");
	diff_put_clean(f[f[0]->loaded]->reason);
}

void diff_print_summary(const struct diff_session *s, const struct diff_pair *p, const struct k2_diff *d, const char *why)
{
	const struct k2_func_desc *f[2];
	const char *section, *name;

	for (unsigned int side = 0; side < 2; side++)
		f[side] = p->func[side] == UINT32_MAX ? NULL : k2_input_func(&s->in[side], p->func[side]);
	name = (f[0] ? f[0] : f[1])->name;
	section = (f[0] ? f[0] : f[1])->section;
	color(s, BOLD);
	diff_put_clean(name ? name : "(no name)");
	if (section) {
		fputs(" (", stdout);
		diff_put_clean(section);
		if (f[0] && f[1] && f[1]->section && strcmp(section, f[1]->section) != 0) {
			fputs(" -> ", stdout);
			diff_put_clean(f[1]->section);
		}
		putchar(')');
	}
	color(s, PLAIN);
	putchar(':');
	if (why) {
		printf(" not compared: ");
		diff_put_clean(why);
	} else if (!f[0] || !f[1]) {
		printf(" only in the %s object, %u slots", f[0] ? "old" : "new", slots_of(f[0] ? f[0] : f[1]));
	} else {
		put_change("slots", slots_of(f[0]), slots_of(f[1]));
		putchar(',');
		put_change("instructions", f[0]->n_insns, f[1]->n_insns);
		if (s->args->kernel && name && section)
			put_kernel(s, name, section);
		if (d->count[K2_DIFF_SAME] == d->n_rows)
			printf(": same");
		else
			printf(": %u changed, %u removed, %u added", d->count[K2_DIFF_CHANGED], d->count[K2_DIFF_OLD],
			       d->count[K2_DIFF_NEW]);
	}
	putchar('\n');
}

/* ---- rows ---- */

/* The source line of the row, if it is not the one said last. */
static void put_source(struct printer *pr, const struct k2_diff_row *row)
{
	unsigned int side = row->insn[0] == UINT32_MAX;
	const struct k2_object *o = pr->s->in[side].object;
	uint32_t func = pr->p->func[side], insn = row->insn[side];
	uint32_t line = k2_input_func(&pr->s->in[side], func)->insns[insn].line;
	const char *file, *text, *base;

	if (!o || !line || pr->s->args->no_source)
		return;
	file = k2_object_insn_file(o, func, insn);
	if (line == pr->line && file && pr->file && !strcmp(file, pr->file))
		return;
	pr->line = line;
	pr->file = file;
	text = k2_object_insn_source(o, func, insn);
	base = file ? strrchr(file, '/') : NULL;
	color(pr->s, DIM);
	fputs("; ", stdout);
	diff_put_clean(base ? base + 1 : file ? file : "line");
	printf(":%u%s", line, text ? ": " : "");
	if (text)
		diff_put_clean(text);
	color(pr->s, PLAIN);
	putchar('\n');
}

static void put_insn(const struct printer *pr, const struct k2_diff_row *row, unsigned int side, unsigned int width, bool fill)
{
	if (row->insn[side] == UINT32_MAX) {
		put_cell("", width + NUMBER, fill);
		return;
	}
	printf("%*u: ", NUMBER - 2, pr->slot[side][row->insn[side]]);
	put_cell(row->text[side], width, fill);
}

/* Rows that are the same have no colour. */
static void start_color(const struct printer *pr, const struct k2_diff_row *row, enum color c)
{
	if (row->kind != K2_DIFF_SAME)
		color(pr->s, c);
}

static void put_label(uint32_t label, unsigned int width, bool fill)
{
	char text[16] = "";

	if (label)
		snprintf(text, sizeof(text), "L%u:", label);
	put_cell(text, width, fill);
}

static void put_labels(const struct printer *pr, const struct k2_diff_row *row)
{
	if (!row->label[0] && !row->label[1])
		return;
	put_label(row->label[0], pr->column, row->label[1] != 0);
	printf("%*s", row->label[1] ? MIDDLE : 0, "");
	put_label(row->label[1], pr->column, false);
	putchar('\n');
}

static void side_by_side(const struct printer *pr, const struct k2_diff_row *row)
{
	static const struct { char mark; enum color old, new_; } looks[] = {
		[K2_DIFF_SAME] = { ' ', PLAIN, PLAIN },
		[K2_DIFF_CHANGED] = { '|', RED, GREEN },
		[K2_DIFF_OLD] = { '<', RED, PLAIN },
		[K2_DIFF_NEW] = { '>', PLAIN, GREEN },
	};
	start_color(pr, row, looks[row->kind].old);
	put_insn(pr, row, 0, pr->column - NUMBER, true);
	start_color(pr, row, YELLOW);
	printf(" %c", looks[row->kind].mark);
	start_color(pr, row, looks[row->kind].new_);
	if (row->insn[1] != UINT32_MAX) {
		putchar(' ');
		put_insn(pr, row, 1, pr->width - pr->column - MIDDLE - NUMBER, false);
	}
	start_color(pr, row, PLAIN);
	putchar('\n');
}

/* One side of a row that differs, or a row that does not (side 0). */
static void one_below_the_other(const struct printer *pr, const struct k2_diff_row *row, unsigned int side)
{
	const char mark = row->kind == K2_DIFF_SAME ? ' ' : side ? '+' : '-';

	if (row->insn[side] == UINT32_MAX)
		return;
	start_color(pr, row, side ? GREEN : RED);
	if (row->label[side])
		printf("%cL%u:\n", mark, row->label[side]);
	if (row->kind == K2_DIFF_SAME && row->label[1] && !row->label[0])
		printf("+L%u:\n", row->label[1]);
	putchar(mark);
	put_insn(pr, row, side, UINT16_MAX, false);
	start_color(pr, row, PLAIN);
	putchar('\n');
}

/* Rows begin..end-1. */
static void put_stretch(struct printer *pr, uint32_t begin, uint32_t end)
{
	const struct k2_diff_row *rows = pr->d->rows;
	uint32_t r = begin;

	while (r < end) {
		uint32_t last = r + 1;

		if (!pr->s->args->unified)
			put_labels(pr, &rows[r]);
		put_source(pr, &rows[r]);
		if (!pr->s->args->unified) {
			side_by_side(pr, &rows[r++]);
			continue;
		}
		/* What goes and what comes, each in one piece. */
		while (rows[r].kind != K2_DIFF_SAME && last < end && rows[last].kind != K2_DIFF_SAME)
			last++;
		for (unsigned int side = 0; side < 1u + (rows[r].kind != K2_DIFF_SAME); side++)
			for (uint32_t k = r; k < last; k++)
				one_below_the_other(pr, &rows[k], side);
		r = last;
	}
}

/* First row from `r` on that is to be shown, and the one behind the last one that is shown with it. */
static uint32_t next_stretch(const struct printer *pr, uint32_t r, uint32_t *end)
{
	uint32_t context = pr->s->args->context, from = r, n = pr->d->n_rows, last;

	while (r < n && pr->d->rows[r].kind == K2_DIFF_SAME)
		r++;
	if (r == n)
		return n;
	for (last = r; r < n && r - last <= 2 * (uint64_t)context; r++)
		if (pr->d->rows[r].kind != K2_DIFF_SAME)
			last = r;
	*end = n - last > (uint64_t)context + 1 ? last + context + 1 : n;
	for (r = from; pr->d->rows[r].kind == K2_DIFF_SAME;)
		r++;
	return r - from > context ? r - context : from;
}

static void put_rows(struct printer *pr)
{
	uint32_t end = 0, n = pr->d->n_rows;

	if (pr->s->args->full) {
		put_stretch(pr, 0, n);
		return;
	}
	for (uint32_t r = 0; r < n; r = end) {
		uint32_t begin = next_stretch(pr, r, &end);

		if (begin > r) {
			color(pr->s, DIM);
			printf("      ... %u alike\n", begin - r);
			color(pr->s, PLAIN);
			pr->file = NULL;
		}
		if (begin == n)
			break;
		put_stretch(pr, begin, end);
	}
}

/* No wider than the old version's longest text, or half of the width. */
static unsigned int left_column(const struct k2_diff *d, unsigned int width)
{
	size_t longest = 0;

	for (uint32_t r = 0; r < d->n_rows; r++)
		if (d->rows[r].text[0] && strlen(d->rows[r].text[0]) > longest)
			longest = strlen(d->rows[r].text[0]);
	return longest + NUMBER < (width - MIDDLE) / 2 ? (unsigned int)longest + NUMBER : (width - MIDDLE) / 2;
}

static uint32_t *number_slots(const struct k2_func_desc *f)
{
	uint32_t *slot = calloc(f->n_insns + 1u, sizeof(*slot));

	for (uint32_t i = 0; slot && i < f->n_insns; i++)
		slot[i + 1] = slot[i] + diff_insn_slots(&f->insns[i]);
	return slot;
}

void diff_print_rows(const struct diff_session *s, const struct diff_pair *p, const struct k2_diff *d)
{
	struct printer pr = { .s = s, .p = p, .d = d, .width = s->args->width ? s->args->width : term_width(NO_TERMINAL) };

	if (pr.width < NARROWEST)
		pr.width = NARROWEST;
	pr.column = left_column(d, pr.width);
	for (unsigned int side = 0; side < 2; side++)
		pr.slot[side] = number_slots(k2_input_func(&s->in[side], p->func[side]));
	if (pr.slot[0] && pr.slot[1])
		put_rows(&pr);
	free(pr.slot[0]);
	free(pr.slot[1]);
}

// SPDX-License-Identifier: BSD-2-Clause
/* k2 run: what happened, for people. */
#include "run.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 320, ROW = 16 };

static const char *name_of(const struct run_session *s, uint32_t func)
{
	const char *name = k2_runner_func(s->runner, func)->name;

	return name ? name : "";
}

void run_insn_text(const struct run_session *s, uint32_t func, uint32_t insn, char *text, size_t size)
{
	uint32_t line = k2_runner_func(s->runner, func)->insns[insn].line;
	char insn_text[TEXT], where[32] = "";

	k2_runner_insn_text(s->runner, func, insn, insn_text, sizeof(insn_text));
	if (line)
		snprintf(where, sizeof(where), " (line %u)", line);
	snprintf(text, size, "%u%s: %s", insn, where, insn_text);
}

void run_trace(struct run_session *s, const struct k2_run_step *step)
{
	char text[2 * TEXT], value[TEXT];

	if (s->traced != step->func + 1)
		printf("%s:\n", name_of(s, step->func));
	s->traced = step->func + 1;
	run_insn_text(s, step->func, step->insn, text, sizeof(text));
	printf("  %s", text);
	if (step->reg >= 0) {
		k2_runner_value_text(s->runner, step->regs[step->reg], value, sizeof(value));
		printf("  # %s%s%s%s", step->helper ? step->helper : "", step->helper ? " = " : "", value,
		       step->made_up ? ", made up" : "");
	}
	putchar('\n');
}

static void print_hex(const void *bytes, size_t n)
{
	for (size_t k = 0; k < n; k++)
		printf(" %02x", ((const uint8_t *)bytes)[k]);
}

/* ---- bytes before and after ---- */

static void print_row(char sign, const uint8_t *p, uint32_t len, uint32_t at)
{
	if (at >= len)
		return;
	printf("  %c %04x:", sign, at);
	print_hex(p + at, len - at < ROW ? len - at : ROW);
	putchar('\n');
}

static bool same_row(const uint8_t *a, uint32_t a_len, const uint8_t *b, uint32_t b_len, uint32_t at)
{
	uint32_t an = at < a_len ? a_len - at : 0, bn = at < b_len ? b_len - at : 0;

	an = an < ROW ? an : ROW;
	bn = bn < ROW ? bn : ROW;
	return an == bn && !memcmp(a + at, b + at, an);
}

static void print_difference(const char *what, const uint8_t *a, uint32_t a_len, const uint8_t *b, uint32_t b_len)
{
	if (a_len == b_len && (!a_len || !memcmp(a, b, a_len)))
		return;
	printf("%s: %u bytes", what, b_len);
	if (a_len != b_len)
		printf(", before %u", a_len);
	putchar('\n');
	for (uint32_t at = 0; at < a_len || at < b_len; at += ROW) {
		if (same_row(a, a_len, b, b_len, at))
			continue;
		print_row('-', a, a_len, at);
		print_row('+', b, b_len, at);
	}
}

/* ---- maps and buffers ---- */

struct changes {
	const struct run_session *s;
	uint32_t last; /* 1 + map of the last line */
};

static void print_change(void *user, uint32_t map, const void *key, const void *before, const void *after)
{
	struct changes *c = user;
	struct k2_run_map m;

	k2_runner_map(c->s->runner, map, &m);
	if (c->last != map + 1)
		printf("map %s:\n", m.name);
	c->last = map + 1;
	if (m.is_data) {
		for (uint32_t at = 0; at < m.value_size; at += ROW) {
			if (same_row(before, m.value_size, after, m.value_size, at))
				continue;
			print_row('-', before, m.value_size, at);
			print_row('+', after, m.value_size, at);
		}
		return;
	}
	putchar(' ');
	print_hex(key, m.key_size);
	putchar(':');
	print_hex(before, before ? m.value_size : 0);
	printf(before ? " ->" : " none ->");
	print_hex(after, after ? m.value_size : 0);
	printf(after ? "\n" : " none\n");
}

static void print_events(const struct run_session *s)
{
	const void *data;
	uint32_t map, len;
	struct k2_run_map m;

	for (uint32_t n = 0; k2_runner_event(s->runner, n, &map, &data, &len); n++) {
		k2_runner_map(s->runner, map, &m);
		printf("sent to %s, %u bytes:", m.name, len);
		print_hex(data, len);
		putchar('\n');
	}
}

/* Each helper once. */
static void print_made_up(const struct run_session *s)
{
	const char *lead = "made up, see --seed: ";

	for (size_t k = 0; k < s->n_calls; k++) {
		const struct run_call *c = &s->calls[k];
		bool again = !c->step.made_up;

		for (size_t j = 0; j < k && !again; j++)
			again = !strcmp(s->calls[j].step.helper, c->step.helper);
		if (again)
			continue;
		printf("%s%s", lead, c->step.helper);
		lead = ", ";
	}
	if (lead[0] == ',')
		putchar('\n');
}

static void print_counts(const struct run_session *s)
{
	char text[2 * TEXT];

	for (uint32_t f = 0; s->args->count && f < k2_input_n_funcs(&s->in); f++) {
		const struct k2_func_desc *d = k2_input_func(&s->in, f);
		bool ran = false;

		for (uint32_t k = 0; k < d->n_insns && !ran; k++)
			ran = s->counts[f][k];
		if (!ran)
			continue;
		printf("%s:\n", name_of(s, f));
		for (uint32_t k = 0; k < d->n_insns; k++) {
			run_insn_text(s, f, k, text, sizeof(text));
			printf("%10llu  %s\n", (unsigned long long)s->counts[f][k], text);
		}
	}
}

static void print_result(const struct run_session *s)
{
	const char *name = k2_runner_result_name(s->runner, s->run.r0);

	printf("result %d", (int32_t)s->run.r0);
	if (name)
		printf(" (%s)", name);
	putchar('\n');
}

void run_print(struct run_session *s)
{
	struct changes c = { .s = s };
	const void *now;
	uint32_t len;

	print_counts(s);
	if (s->run.status != K2_RUN_EXIT)
		return;
	print_result(s);
	now = k2_runner_packet(s->runner, &len);
	if (now)
		print_difference("packet", s->packet, s->packet_len, now, len);
	now = k2_runner_ctx(s->runner, &len);
	print_difference("context", s->ctx, s->ctx_len, now, len);
	k2_runner_changes(s->runner, print_change, &c);
	print_events(s);
	print_made_up(s);
}

void run_print_stop(const struct run_session *s)
{
	const struct k2_func_desc *d = k2_runner_func(s->runner, s->run.func);
	char text[2 * TEXT] = "the end";

	if (d && s->run.insn < d->n_insns)
		run_insn_text(s, s->run.func, s->run.insn, text, sizeof(text));
	fflush(stdout);
	fprintf(stderr, "k2: %s: %s: stopped at instruction %s: %s\n", s->in.path, d ? name_of(s, s->run.func) : "", text, s->run.why);
}

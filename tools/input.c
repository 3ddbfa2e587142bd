// SPDX-License-Identifier: BSD-2-Clause
/* Reading functions, for the subcommands that take them: finished objects, or one function in text form or raw. */
#include "k2.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond the keys of subcommands' own options. */
enum { OPT_RAW = 0x1000, OPT_SECTION };

static char *slurp(FILE *f, size_t *len)
{
	size_t cap = 1 << 16, n;
	char *buf = malloc(cap);

	*len = 0;
	while (buf && (n = fread(buf + *len, 1, cap - *len, f)) > 0) {
		*len += n;
		if (*len == cap) {
			char *more = realloc(buf, cap *= 2);

			if (!more)
				free(buf);
			buf = more;
		}
	}
	return buf;
}

char *k2_read_whole(const char *path, size_t *len)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	char *src = NULL;

	if (f) {
		errno = 0;
		src = slurp(f, len);
	}
	if (!f || ferror(f) || !src) {
		fprintf(stderr, "k2: %s: %s\n", path, strerror(errno ? errno : ENOMEM));
		free(src);
		src = NULL;
	}
	if (f && f != stdin)
		fclose(f);
	return src;
}

static bool is_elf(const char *src, size_t len)
{
	return len >= 4 && !memcmp(src, "\177ELF", 4);
}

static error_t parse_form(int key, char *arg, struct argp_state *state)
{
	struct k2_form *f = state->input;

	switch (key) {
	case OPT_RAW: f->raw = true; return 0;
	case OPT_SECTION: f->section = arg; return 0;
	case ARGP_KEY_END:
		if (f->section && !f->raw)
			argp_error(state, "--section goes with --raw: objects and text say it themselves");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option form_options[] = {
	{ "raw", OPT_RAW, NULL, 0, "Files are one function's bare instructions (struct bpf_insn of this machine's byte order)", 1 },
	{ "section", OPT_SECTION, "NAME", 0, "ELF section that says the program type of raw functions (xdp, tc, ...)", 1 },
	{ 0 }
};
const struct argp k2_form_argp = { .options = form_options, .parser = parse_form };

static enum k2_status parse_input(struct k2_input *in, const char *src, size_t len, const struct k2_form *form, char *msg,
				  size_t size)
{
	if (form->raw)
		return k2_text_from_insns(src, len, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, form->section, &in->text, msg,
					  size);
	if (is_elf(src, len))
		return k2_object_read(src, len, &in->object, msg, size);
	return k2_text_parse(src, len, &in->text, msg, size);
}

bool k2_input_read(struct k2_input *in, const char *path, const struct k2_form *form)
{
	char msg[300] = "", *src;
	enum k2_status st;
	size_t len = 0;

	*in = (struct k2_input){ .path = path };
	src = k2_read_whole(path, &len);
	if (!src)
		return false;
	st = parse_input(in, src, len, form, msg, sizeof(msg));
	free(src);
	if (st)
		fprintf(stderr, "k2: %s: %s\n", path, msg[0] ? msg : k2_status_str(st));
	return !st;
}

void k2_input_free(struct k2_input *in)
{
	k2_object_free(in->object);
	k2_text_free(in->text);
}

uint32_t k2_input_n_funcs(const struct k2_input *in)
{
	return in->object ? k2_object_n_funcs(in->object) : 1;
}

const struct k2_func_desc *k2_input_func(const struct k2_input *in, uint32_t i)
{
	return in->object ? k2_object_func(in->object, i) : k2_text_desc(in->text);
}

struct k2_text *k2_read_text(const char *path)
{
	struct k2_text *t = NULL;
	char msg[200], *src;
	size_t len = 0;
	enum k2_status st;

	src = k2_read_whole(path, &len);
	if (!src)
		return NULL;
	st = k2_text_parse(src, len, &t, msg, sizeof(msg));
	if (st)
		fprintf(stderr, "k2: %s: %s\n", path, st == K2_EINVAL ? msg : k2_status_str(st));
	free(src);
	return t;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Reading functions, for the subcommands that take them: finished objects, or one function in text form or raw. */
#include "k2.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond the keys of subcommands' own options. */
enum { OPT_RAW = 0x1000, OPT_SECTION, OPT_ABOUT };

/* Far above any object; endless files end here. */
enum { INPUT_LIMIT = 256 << 20 };

/* NULL with errno. */
static char *slurp(FILE *f, size_t *len)
{
	size_t cap = 1 << 16, n;
	char *buf = malloc(cap);

	*len = 0;
	while (buf && (n = fread(buf + *len, 1, cap - *len, f)) > 0) {
		*len += n;
		if (*len > INPUT_LIMIT) {
			free(buf);
			errno = EFBIG;
			return NULL;
		}
		if (*len == cap) {
			char *more = realloc(buf, cap *= 2);

			if (!more)
				free(buf);
			buf = more;
		}
	}
	return buf;
}

static char *read_whole(const char *path, size_t *len, char *msg, size_t size)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	char *src = NULL;

	if (f) {
		errno = 0;
		src = slurp(f, len);
	}
	if (!f || ferror(f) || !src) {
		snprintf(msg, size, "%s", strerror(errno ? errno : ENOMEM));
		free(src);
		src = NULL;
	}
	if (f && f != stdin)
		fclose(f);
	return src;
}

char *k2_read_whole(const char *path, size_t *len)
{
	char msg[200], *src = read_whole(path, len, msg, sizeof(msg));

	if (!src)
		fprintf(stderr, "k2: %s: %s\n", path, msg);
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
	case OPT_ABOUT: f->about = arg; return 0;
	case ARGP_KEY_END:
		if (f->section && !f->raw)
			argp_error(state, "--section goes with --raw: objects and text say it themselves");
		if (f->about && !f->raw)
			argp_error(state, "--about goes with --raw: objects and text say it themselves");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option form_options[] = {
	{ "raw", OPT_RAW, NULL, 0, "Files are one function's bare instructions (struct bpf_insn of this machine's byte order)", 1 },
	{ "section", OPT_SECTION, "NAME", 0, "ELF section that says the program type of raw functions (xdp, tc, ...)", 1 },
	{ "about", OPT_ABOUT, "TEXT", 0, "File with directives (k2/text.h) that say what raw functions are about: .section xdp, "
	  ".map NAME fd=3 type=1 key=4 value=8, ...", 1 },
	{ 0 }
};
static const struct argp form_argp = { .options = form_options, .parser = parse_form };
const struct argp_child k2_form_children[] = { { &form_argp, 0, NULL, 0 }, { 0 } };

static enum k2_status parse_raw(struct k2_input *in, const char *src, size_t len, const struct k2_form *form, char *msg, size_t size)
{
	struct k2_raw how = { .size = sizeof(how), .big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, .section = form->section };
	char *about = NULL;
	enum k2_status st;

	if (form->about) {
		char why[200];

		about = read_whole(form->about, &how.about_len, why, sizeof(why));
		if (!about) {
			snprintf(msg, size, "%s: %s", form->about, why);
			return K2_EIO;
		}
		how.about = about;
	}
	st = k2_text_from_raw(src, len, &how, &in->text, msg, size);
	free(about);
	return st;
}

static enum k2_status parse_input(struct k2_input *in, const char *src, size_t len, const struct k2_form *form, char *msg,
				  size_t size)
{
	if (form->raw)
		return parse_raw(in, src, len, form, msg, size);
	if (is_elf(src, len))
		return k2_object_read(src, len, &in->object, msg, size);
	return k2_text_parse(src, len, &in->text, msg, size);
}

bool k2_input_open(struct k2_input *in, const char *path, const struct k2_form *form, char *msg, size_t size)
{
	enum k2_status st;
	size_t len = 0;
	char *src;

	*in = (struct k2_input){ .path = path };
	msg[0] = 0;
	src = read_whole(path, &len, msg, size);
	if (!src)
		return false;
	st = parse_input(in, src, len, form, msg, size);
	free(src);
	if (st && !msg[0])
		snprintf(msg, size, "%s", k2_status_str(st));
	return !st;
}

bool k2_input_read(struct k2_input *in, const char *path, const struct k2_form *form)
{
	char msg[300];
	bool ok = k2_input_open(in, path, form, msg, sizeof(msg));

	if (!ok)
		fprintf(stderr, "k2: %s: %s\n", path, msg);
	return ok;
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

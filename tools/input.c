// SPDX-License-Identifier: BSD-2-Clause
/* Reading functions, for the subcommands that take them: finished objects, or one function in text form. */
#include "k2.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool k2_input_read(struct k2_input *in, const char *path)
{
	char msg[300] = "", *src;
	enum k2_status st;
	size_t len = 0;

	*in = (struct k2_input){ .path = path };
	src = k2_read_whole(path, &len);
	if (!src)
		return false;
	if (is_elf(src, len))
		st = k2_object_read(src, len, &in->object, msg, sizeof(msg));
	else
		st = k2_text_parse(src, len, &in->text, msg, sizeof(msg));
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

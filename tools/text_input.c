// SPDX-License-Identifier: BSD-2-Clause
/* Reading functions in text form, for the subcommands that take them. */
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

struct k2_text *k2_read_text(const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	struct k2_text *t = NULL;
	char msg[200];
	size_t len;
	char *src;

	if (!f) {
		fprintf(stderr, "k2: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	src = slurp(f, &len);
	if (ferror(f) || !src) {
		fprintf(stderr, "k2: %s: %s\n", path, strerror(errno ? errno : ENOMEM));
	} else {
		enum k2_status st = k2_text_parse(src, len, &t, msg, sizeof(msg));

		if (st)
			fprintf(stderr, "k2: %s: %s\n", path, st == K2_EINVAL ? msg : k2_status_str(st));
	}
	free(src);
	if (f != stdin)
		fclose(f);
	return t;
}

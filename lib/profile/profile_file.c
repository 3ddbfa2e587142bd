// SPDX-License-Identifier: BSD-2-Clause
/* Profiles as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <k2/report.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "profile.h"

enum { VERSION = 1, MSG = 160 };

/* ---- reading ---- */

struct reader {
	struct k2_profile *p;
	const char *path;
	size_t at; /* of the functions */
	char *msg;
	size_t size;
};

static enum k2_status bad(const struct reader *r, const char *what)
{
	snprintf(r->msg, r->size, "%s: functions[%zu]: %s", r->path, r->at, what);
	return K2_EINVAL;
}

static enum k2_status read_counts(const struct reader *r, const json_t *list, const char *name, uint64_t **out, uint32_t n)
{
	char what[MSG];

	*out = k2_arena_calloc(r->p->arena, n, sizeof(**out));
	if (!*out)
		return K2_ENOMEM;
	snprintf(what, sizeof(what), "\"%s\" is not a list of numbers, one for each instruction", name);
	if (!json_is_array(list) || json_array_size(list) != n)
		return bad(r, what);
	for (uint32_t k = 0; k < n; k++) {
		const json_t *x = json_array_get(list, k);

		if (!json_is_integer(x) || json_integer_value(x) < 0)
			return bad(r, what);
		(*out)[k] = (uint64_t)json_integer_value(x);
	}
	return K2_OK;
}

static bool read_hash(const char *text, uint64_t *out)
{
	if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
		return false;
	*out = strtoull(text, NULL, 16);
	return true;
}

static enum k2_status read_func(const struct reader *r, json_t *j)
{
	struct k2_profile_func x = { 0 };
	const char *section, *name, *code;
	json_t *counts, *taken;
	size_t n;
	enum k2_status st;

	if (json_unpack(j, "{s:s, s:s, s:s, s:o, s:o}", "section", &section, "function", &name, "code", &code, "counts", &counts,
			"taken", &taken))
		return bad(r, "\"section\", \"function\", \"code\", \"counts\" or \"taken\" is not there, or of another kind");
	if (!read_hash(code, &x.code))
		return bad(r, "\"code\" is not 16 hexadecimal digits");
	n = json_is_array(counts) ? json_array_size(counts) : 0;
	if (n > UINT32_MAX)
		return bad(r, "too many instructions");
	x.n = (uint32_t)n;
	x.section = k2_arena_printf(r->p->arena, "%s", section);
	x.name = k2_arena_printf(r->p->arena, "%s", name);
	if (!x.section || !x.name)
		return K2_ENOMEM;
	st = read_counts(r, counts, "counts", &x.counts, x.n);
	if (!st)
		st = read_counts(r, taken, "taken", &x.taken, x.n);
	if (!st && !K2_VEC_PUSH(r->p->arena, r->p->funcs, r->p->n_funcs, r->p->cap_funcs, x))
		st = K2_ENOMEM;
	return st;
}

static enum k2_status read_root(struct reader *r, json_t *root)
{
	const json_t *version = json_object_get(root, "k2-profile");
	json_t *functions = json_object_get(root, "functions"), *j;
	enum k2_status st = K2_OK;

	if (!json_is_integer(version) || !json_is_array(functions)) {
		snprintf(r->msg, r->size, "%s: not a profile of k2", r->path);
		return K2_EINVAL;
	}
	if (json_integer_value(version) != VERSION) {
		snprintf(r->msg, r->size, "%s: a profile of version %" JSON_INTEGER_FORMAT ", not %d", r->path, json_integer_value(version),
			 VERSION);
		return K2_EINVAL;
	}
	json_array_foreach(functions, r->at, j) {
		st = read_func(r, j);
		if (st)
			break;
	}
	return st;
}

enum k2_status k2_profile_read(const char *path, struct k2_profile **out, char *msg, size_t size)
{
	struct reader r = { .path = path, .msg = msg, .size = size };
	json_error_t error;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	enum k2_status st = K2_ENOMEM;

	*out = NULL;
	if (size)
		msg[0] = 0;
	if (!root && json_error_code(&error) == json_error_cannot_open_file) {
		snprintf(msg, size, "cannot open '%s': %s", path, strerror(errno));
		return K2_EIO;
	}
	if (!root) {
		snprintf(msg, size, "%s:%d: %s", path, error.line, error.text);
		return K2_EINVAL;
	}
	r.p = k2_profile_new();
	if (r.p)
		st = read_root(&r, root);
	json_decref(root);
	if (st == K2_ENOMEM)
		snprintf(msg, size, "%s: %s", path, k2_status_str(st));
	if (st)
		k2_profile_free(r.p);
	else
		*out = r.p;
	return st;
}

/* ---- writing ---- */

static json_t *numbers(const uint64_t *v, uint32_t n)
{
	json_t *list = json_array();

	for (uint32_t k = 0; k < n; k++) {
		if (json_array_append_new(list, json_integer((json_int_t)v[k]))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *func(const struct k2_profile_func *x)
{
	char code[17];

	snprintf(code, sizeof(code), "%016" PRIx64, x->code);
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "section", x->section, "function", x->name, "code", code, "counts",
			 numbers(x->counts, x->n), "taken", numbers(x->taken, x->n));
}

static char *text_of(const struct k2_profile *p)
{
	json_t *functions = json_array(), *root;
	char *text;
	bool ok = functions;

	for (uint32_t k = 0; ok && k < p->n_funcs; k++)
		ok = !json_array_append_new(functions, func(&p->funcs[k]));
	root = json_pack("{s:i, s:o}", "k2-profile", VERSION, "functions", functions);
	text = ok && root ? json_dumps(root, JSON_INDENT(0)) : NULL;
	json_decref(root);
	return text;
}

enum k2_status k2_profile_write(const struct k2_profile *p, const char *path, char *msg, size_t size)
{
	char *text = text_of(p), *line = NULL;
	enum k2_status st = K2_ENOMEM;

	if (text)
		line = malloc(strlen(text) + 2);
	if (line) {
		size_t n = strlen(text);

		memcpy(line, text, n);
		line[n] = '\n';
		st = k2_file_replace(path, line, n + 1, msg, size);
	} else {
		snprintf(msg, size, "%s: %s", path, k2_status_str(st));
	}
	free(line);
	free(text);
	return st;
}

// SPDX-License-Identifier: BSD-2-Clause
/* k2 run: what a run gets: its packet and context, and contents of maps from files. */
#include "run.h"
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- packet and context ---- */

static uint8_t *copy(const void *p, uint32_t len)
{
	uint8_t *c = malloc(len + 1u);

	if (c && len)
		memcpy(c, p, len);
	return c;
}

/* The context as it was made, for comparing. */
static bool keep_input(struct run_session *s)
{
	const void *packet = k2_runner_packet(s->runner, &s->packet_len);
	const void *ctx = k2_runner_ctx(s->runner, &s->ctx_len);

	free(s->packet);
	free(s->ctx);
	s->packet = packet ? copy(packet, s->packet_len) : NULL;
	s->ctx = copy(ctx, s->ctx_len);
	s->no_memory = (packet && !s->packet) || !s->ctx;
	return true;
}

bool run_set_input(struct run_session *s)
{
	size_t packet_len = 0, ctx_len = 0;
	char msg[200];

	if (k2_runner_takes_packet(s->runner) ? !s->args->packet : !s->args->ctx) {
		const char *section = k2_input_func(&s->in, s->func)->section;

		fprintf(stderr, "k2: %s: programs %s%s need --%s\n", s->in.path, section ? "in section " : "of this type",
			section ? section : "", k2_runner_takes_packet(s->runner) ? "packet" : "ctx");
		return false;
	}
	if (s->args->packet && !run_packets_next(&s->packets, &s->packet, &packet_len))
		return false;
	if (s->args->ctx) {
		s->ctx = (uint8_t *)k2_read_whole(s->args->ctx, &ctx_len);
		if (!s->ctx)
			return false;
	}
	if (k2_runner_set_input(s->runner, s->packet, packet_len, s->ctx, ctx_len, msg, sizeof(msg))) {
		fprintf(stderr, "k2: %s: %s\n", s->args->packet ? s->args->packet : s->args->ctx, msg);
		return false;
	}
	return keep_input(s);
}

/* ---- maps ---- */

struct target {
	struct run_session *s;
	struct k2_run_map m;
	uint32_t map;
	const char *path;
};

static bool bad_map(const struct target *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool bad_map(const struct target *t, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "k2: %s: map %s: ", t->path, t->m.name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return false;
}

static bool set(const struct target *t, const void *key, const void *value)
{
	return !k2_runner_map_set(t->s->runner, t->map, key, value) || bad_map(t, "no room for so many elements, or no such index");
}

/* A number as a key of the program's byte order; malloc'd, NULL: out of memory. */
static uint8_t *number_key(const struct target *t, uint64_t v)
{
	bool big = k2_input_func(&t->s->in, t->s->func)->big_endian;
	uint8_t *key = calloc(1, t->m.key_size + 1u);

	for (uint32_t k = 0; key && k < t->m.key_size && k < sizeof(v); k++, v >>= 8)
		key[big ? t->m.key_size - 1 - k : k] = (uint8_t)v;
	return key;
}

static bool set_values(const struct target *t, const uint8_t *p, size_t len)
{
	size_t vs = t->m.value_size;

	if (len % vs || len / vs > t->m.max_entries || (t->m.is_data && len != vs))
		return bad_map(t, "%zu bytes, but it has %u value%s of %zu", len, t->m.max_entries, t->m.max_entries == 1 ? "" : "s", vs);
	for (size_t k = 0; k < len / vs; k++) {
		uint8_t *key = number_key(t, k);
		bool ok = key ? set(t, key, p + k * vs) : bad_map(t, "%s", k2_status_str(K2_ENOMEM));

		free(key);
		if (!ok)
			return false;
	}
	return true;
}

static bool set_records(const struct target *t, const uint8_t *p, size_t len)
{
	size_t ks = t->m.key_size, size = ks + t->m.value_size;

	if (len % size || len / size > t->m.max_entries)
		return bad_map(t, "%zu bytes, but it has up to %u keys of %zu with values of %u", len, t->m.max_entries, ks,
			       t->m.value_size);
	for (size_t k = 0; k < len; k += size) {
		if (!set(t, p + k, p + k + ks))
			return false;
	}
	return true;
}

/* ["0x01", ...], as bpftool prints bytes. */
static bool json_bytes(const json_t *j, uint8_t *out, size_t size)
{
	if (!json_is_array(j) || json_array_size(j) != size)
		return false;
	for (size_t k = 0; k < size; k++) {
		const json_t *b = json_array_get(j, k);
		const char *text = json_string_value(b);
		char *end = NULL;
		unsigned long v = text ? strtoul(text, &end, 16) : json_is_integer(b) ? (unsigned long)json_integer_value(b) : 256;

		if (v > 255 || (text && (!*text || *end)))
			return false;
		out[k] = (uint8_t)v;
	}
	return true;
}

/* {"key": [...], "value": [...]}; of per-CPU maps "values": [{"cpu": 0, "value": [...]}, ...], of which the first counts. */
static bool set_json(const struct target *t, const json_t *list)
{
	uint8_t *bytes = malloc((size_t)t->m.key_size + t->m.value_size);
	bool ok = bytes && json_is_array(list);
	size_t k;

	for (k = 0; ok && k < json_array_size(list); k++) {
		const json_t *e = json_array_get(list, k), *value = json_object_get(e, "value");

		if (!value)
			value = json_object_get(json_array_get(json_object_get(e, "values"), 0), "value");
		ok = json_bytes(json_object_get(e, "key"), bytes, t->m.key_size) &&
		     json_bytes(value, bytes + t->m.key_size, t->m.value_size);
		if (ok && !set(t, bytes, bytes + t->m.key_size)) {
			free(bytes);
			return false;
		}
	}
	free(bytes);
	return ok || bad_map(t, "element %zu: not a key of %u and a value of %u bytes", k ? k - 1 : 0, t->m.key_size, t->m.value_size);
}

static bool set_from_json(const struct target *t, const char *text, size_t len)
{
	json_error_t e;
	json_t *list = json_loadb(text, len, 0, &e);
	bool ok = list ? set_json(t, list) : bad_map(t, "line %d: %s", e.line, e.text);

	json_decref(list);
	return ok;
}

static bool set_from_file(struct target *t, const char *path)
{
	size_t n = strlen(path), len = 0;
	char *bytes;
	bool ok;

	t->path = path;
	if (t->m.refers)
		return bad_map(t, "its elements are set by name: --map %s:KEY=TARGET", t->m.name);
	if (!(t->m.is_array || t->m.is_hash))
		return bad_map(t, "maps of type %u have no elements here", t->m.type);
	bytes = k2_read_whole(path, &len);
	if (!bytes)
		return false;
	if (n > 5 && !strcmp(path + n - 5, ".json"))
		ok = set_from_json(t, bytes, len);
	else
		ok = t->m.is_array ? set_values(t, (uint8_t *)bytes, len) : set_records(t, (uint8_t *)bytes, len);
	free(bytes);
	return ok;
}

static bool set_by_name(struct target *t, const char *key_text, const char *to)
{
	char *end;
	uint8_t *key = number_key(t, strtoull(key_text, &end, 0));
	bool ok = key && isdigit((unsigned char)*key_text) && !*end;

	t->path = t->s->in.path;
	if (!ok)
		bad_map(t, "'%s' is no key: a number", key_text);
	else if (!t->m.refers)
		ok = bad_map(t, "is no program array and no map of maps: --map %s=FILE", t->m.name);
	else
		ok = !k2_runner_map_refer(t->s->runner, t->map, key, to) || bad_map(t, "no index %s, or no %s", key_text, to);
	free(key);
	return ok;
}

static bool find_map(struct run_session *s, const char *name, struct target *t)
{
	t->s = s;
	for (t->map = 0; k2_runner_map(s->runner, t->map, &t->m); t->map++) {
		if (!strcmp(t->m.name, name))
			return true;
	}
	fprintf(stderr, "k2: %s: no map %s; there are:", s->in.path, name);
	for (t->map = 0; k2_runner_map(s->runner, t->map, &t->m); t->map++)
		fprintf(stderr, " %s", t->m.name);
	fputc('\n', stderr);
	return false;
}

/* NAME=FILE or NAME:KEY=TARGET */
static bool set_map(struct run_session *s, char *arg)
{
	char *to = strchr(arg, '='), *key;
	struct target t;

	*to++ = 0;
	key = strchr(arg, ':');
	if (key)
		*key++ = 0;
	if (!find_map(s, arg, &t))
		return false;
	return key ? set_by_name(&t, key, to) : set_from_file(&t, to);
}

bool run_set_maps(struct run_session *s)
{
	bool ok = true;

	for (unsigned int k = 0; k < s->args->n_maps && ok; k++) {
		char *arg = strdup(s->args->maps[k]);

		ok = arg && set_map(s, arg);
		free(arg);
	}
	return ok;
}

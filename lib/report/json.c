/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON report. jansson's setters take NULL values and report them, so that one check per object is enough. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "report.h"
#include "util.h"

struct k2_report {
	struct k2_arena *arena; /* holds this struct */
	json_t *root;
	json_t *functions;
	uint64_t slots_before, slots_after;
	uint64_t n_functions, changed, rewrites;
};

/* Names and paths are bytes to the system, but UTF-8 in JSON. */
static json_t *text(const char *s)
{
	json_t *j = json_string(s ? s : "");

	return j ? j : json_string("(not UTF-8)");
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static bool put(json_t *object, const char *key, json_t *value)
{
	return !json_object_set_new(object, key, value);
}

static json_t *options(const struct k2_options *o)
{
	static const char *const objectives[] = { "default", "size", "latency", "verifier" };
	json_t *j = json_object();

	if (!o)
		return j;
	put(j, "level", json_integer(o->level));
	put(j, "objective", text((size_t)o->objective < 4 ? objectives[o->objective] : "?"));
	put(j, "budget", number(o->budget));
	put(j, "first", number(o->first));
	put(j, "last", number(o->last));
	put(j, "disable", text(o->disable));
	return j;
}

struct k2_report *k2_report_new(const char *source, const struct k2_options *o)
{
	struct k2_arena *arena = k2_arena_new(0);
	json_t *root = json_object(), *functions = json_array();
	struct k2_report *r = NULL;

	if (arena && put(root, "k2", text(K2_VERSION)) && put(root, "source", text(source)) && put(root, "options", options(o)) &&
	    !json_object_set(root, "functions", functions))
		r = k2_arena_alloc(arena, sizeof(*r));
	if (!r) {
		json_decref(root);
		json_decref(functions);
		k2_arena_free(arena);
		return NULL;
	}
	r->arena = arena;
	r->root = root;
	r->functions = functions;
	return r;
}

void k2_report_free(struct k2_report *r)
{
	if (!r)
		return;
	json_decref(r->functions);
	json_decref(r->root);
	k2_arena_free(r->arena);
}

static json_t *remark(const struct k2_remark *m)
{
	json_t *j = json_object();

	put(j, "name", text(m->name));
	put(j, "line", number(m->line));
	if (m->kind == K2_REMARK_APPLIED)
		put(j, "slots_saved", json_integer(m->slots_saved));
	put(j, "text", text(m->text));
	return j;
}

static json_t *remarks(const struct k2_result *result, enum k2_remark_kind kind)
{
	json_t *list = json_array();
	uint32_t i;

	for (i = 0; i < result->n_remarks; i++)
		if (result->remarks[i].kind == kind)
			json_array_append_new(list, remark(&result->remarks[i]));
	return list;
}

static void put_result(json_t *j, const struct k2_result *result, bool used)
{
	const struct k2_stats *s = &result->stats;
	json_t *verdicts = json_object(), *solver = json_object();

	put(j, "rewrites", used ? remarks(result, K2_REMARK_APPLIED) : json_array());
	put(j, "missed", remarks(result, K2_REMARK_MISSED));
	put(j, "analysis", remarks(result, K2_REMARK_ANALYSIS));
	put(j, "proposals", number(s->proposals));
	put(j, "accepted", number(used ? s->accepted : 0));
	put(j, "not_cheaper", number(s->not_cheaper));
	put(verdicts, "equal", number(s->equal));
	put(verdicts, "different", number(s->different));
	put(verdicts, "unknown", number(s->unknown));
	put(j, "verdicts", verdicts);
	put(solver, "queries", number(s->solver_queries));
	put(solver, "unknown", number(s->solver_unknown));
	put(solver, "rlimit", number(s->solver_rlimit));
	put(j, "solver", solver);
	put(j, "steps", number(s->steps));
}

static json_t *function(const char *name, const char *section, bool changed)
{
	json_t *j = json_object();

	put(j, "name", text(name));
	put(j, "section", text(section ? section : ".text"));
	put(j, "changed", json_boolean(changed));
	return j;
}

static enum k2_status append(struct k2_report *r, json_t *function)
{
	if (!function || json_array_append_new(r->functions, function))
		return K2_ENOMEM;
	r->n_functions++;
	return K2_OK;
}

/* Slots of a function as it stands; k2_optimize may have given up before it counted them. */
static uint64_t slots_of(const struct k2_func_desc *f)
{
	uint64_t slots = f->n_insns;
	uint32_t i;

	for (i = 0; i < f->n_insns; i++)
		if (f->insns[i].code == 0x18 && !(f->insns[i].flags & (K2_F_OPAQUE | K2_F_ONE_SLOT)))
			slots++;
	return slots;
}

enum k2_status k2_report_add(struct k2_report *r, const struct k2_func_desc *f, enum k2_status st,
			     const struct k2_result *result, const char *refused)
{
	bool changed = st == K2_OK && result && result->changed && !refused;
	uint64_t before = slots_of(f), after = changed ? result->stats.slots_after : before;
	json_t *j = function(f->name, f->section, changed), *slots = json_object();

	put(j, "status", text(k2_status_str(st)));
	if (result && result->message[0])
		put(j, "message", text(result->message));
	if (refused)
		put(j, "refused", text(refused));
	put(slots, "before", number(before));
	put(slots, "after", number(after));
	put(j, "slots", slots);
	if (result)
		put_result(j, result, changed);
	r->slots_before += before;
	r->slots_after += after;
	r->changed += changed;
	r->rewrites += changed ? result->stats.accepted : 0;
	return append(r, j);
}

enum k2_status k2_report_add_skipped(struct k2_report *r, const char *name, const char *section, const char *reason,
				     const char *why)
{
	json_t *j = function(name, section, false), *missed = json_array(), *m = json_object();

	put(j, "status", text("skipped"));
	put(m, "name", text(reason));
	put(m, "text", text(why));
	json_array_append_new(missed, m);
	put(j, "missed", missed);
	return append(r, j);
}

static json_t *total(const struct k2_report *r)
{
	json_t *j = json_object(), *slots = json_object();

	put(j, "functions", number(r->n_functions));
	put(j, "changed", number(r->changed));
	put(j, "rewrites", number(r->rewrites));
	put(slots, "before", number(r->slots_before));
	put(slots, "after", number(r->slots_after));
	put(j, "slots", slots);
	return j;
}

enum k2_status k2_report_fail(struct k2_report *r, const char *why)
{
	return put(r->root, "error", text(why)) ? K2_OK : K2_ENOMEM;
}

static json_t *whole(const struct k2_report *r)
{
	json_t *j = json_copy(r->root);

	if (put(j, "total", total(r)))
		return j;
	json_decref(j);
	return NULL;
}

/* Writes `j` (NULL: there was no memory) and gives it up. */
static enum k2_status write_json(json_t *j, const char *path, char *msg, size_t size)
{
	enum k2_status st = K2_ENOMEM;
	char *dump = j ? json_dumps(j, JSON_INDENT(2)) : NULL;
	size_t len;

	snprintf(msg, size, "out of memory");
	if (dump) {
		len = strlen(dump);
		dump[len] = '\n'; /* in the place of the NUL: the file is written by length */
		st = k2_file_replace(path, dump, len + 1, msg, size);
	}
	free(dump);
	json_decref(j);
	return st;
}

enum k2_status k2_report_write(const struct k2_report *r, const char *path, char *msg, size_t size)
{
	return write_json(whole(r), path, msg, size);
}

enum k2_status k2_report_write_all(const struct k2_report *const *reports, uint32_t n, const char *path, char *msg, size_t size)
{
	json_t *list = json_array();

	for (uint32_t k = 0; k < n && list; k++) {
		if (reports[k] && json_array_append_new(list, whole(reports[k]))) {
			json_decref(list);
			list = NULL;
		}
	}
	return write_json(list, path, msg, size);
}

// SPDX-License-Identifier: BSD-2-Clause
/* k2 run --json: what happened, for programs. Bytes are hexadecimal digits; addresses and 64-bit values are strings. */
#include "run.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const statuses[] = { "exit", "fault", "unsupported", "limit" };

static json_t *hex(const void *bytes, size_t n)
{
	char *text = malloc(2 * n + 1);
	json_t *j;

	if (!text)
		return json_null();
	text[0] = 0;
	for (size_t k = 0; k < n; k++)
		snprintf(text + 2 * k, 3, "%02x", ((const uint8_t *)bytes)[k]);
	j = json_string(text);
	free(text);
	return j;
}

static json_t *number(uint64_t v)
{
	return json_sprintf("0x%llx", (unsigned long long)v);
}

static json_t *place(const struct run_session *s, uint32_t func, uint32_t insn)
{
	const struct k2_func_desc *d = k2_runner_func(s->runner, func);
	uint32_t line = d && insn < d->n_insns ? d->insns[insn].line : 0;

	return json_pack("{s:s, s:i, s:o}", "function", d && d->name ? d->name : "", "instruction", insn, "line",
			 line ? json_integer(line) : json_null());
}

static void add_bytes(json_t *j, const char *name, const uint8_t *before, uint32_t before_len, const void *now, uint32_t len)
{
	char changed[32];

	snprintf(changed, sizeof(changed), "%s_changed", name);
	json_object_set_new(j, name, now ? hex(now, len) : json_null());
	json_object_set_new(j, changed, json_boolean(now && (len != before_len || memcmp(before, now, len))));
}

struct changes {
	const struct run_session *s;
	json_t *list;
	uint32_t last; /* 1 + map of the last element of the list */
};

static void add_change(void *user, uint32_t map, const void *key, const void *before, const void *after)
{
	struct changes *c = user;
	struct k2_run_map m;
	json_t *elements;

	k2_runner_map(c->s->runner, map, &m);
	if (c->last != map + 1)
		json_array_append_new(c->list, json_pack("{s:s, s:i, s:[]}", "name", m.name, "type", m.type, "changes"));
	c->last = map + 1;
	elements = json_object_get(json_array_get(c->list, json_array_size(c->list) - 1), "changes");
	json_array_append_new(elements, json_pack("{s:o, s:o, s:o}", "key", hex(key, m.key_size), "before",
						  before ? hex(before, m.value_size) : json_null(), "after",
						  after ? hex(after, m.value_size) : json_null()));
}

static json_t *changes(const struct run_session *s)
{
	struct changes c = { .s = s, .list = json_array() };

	k2_runner_changes(s->runner, add_change, &c);
	return c.list;
}

static json_t *events(const struct run_session *s)
{
	json_t *list = json_array();
	struct k2_run_map m;
	const void *data;
	uint32_t map, len;

	for (uint32_t n = 0; k2_runner_event(s->runner, n, &map, &data, &len); n++) {
		k2_runner_map(s->runner, map, &m);
		json_array_append_new(list, json_pack("{s:s, s:o}", "map", m.name, "data", hex(data, len)));
	}
	return list;
}

static json_t *calls(const struct run_session *s)
{
	json_t *list = json_array();

	for (size_t k = 0; k < s->n_calls; k++) {
		const struct run_call *c = &s->calls[k];
		json_t *j = place(s, c->step.func, c->step.insn), *args = json_array();

		for (unsigned int n = 0; n < c->step.n_args; n++)
			json_array_append_new(args, number(c->args[n]));
		json_object_set_new(j, "helper", json_string(c->step.helper));
		json_object_set_new(j, "args", args);
		json_object_set_new(j, "result", number(c->result));
		json_object_set_new(j, "made_up", json_boolean(c->step.made_up));
		json_array_append_new(list, j);
	}
	return list;
}

/* {"function": [count of each instruction]} */
static json_t *counts(const struct run_session *s)
{
	json_t *j = json_object();

	for (uint32_t f = 0; f < k2_input_n_funcs(&s->in); f++) {
		const struct k2_func_desc *d = k2_input_func(&s->in, f);
		json_t *list = json_array();

		for (uint32_t k = 0; k < d->n_insns; k++)
			json_array_append_new(list, json_integer((json_int_t)s->counts[f][k]));
		json_object_set_new(j, d->name ? d->name : "", list);
	}
	return j;
}

static void add_result(const struct run_session *s, json_t *j)
{
	const char *name = s->run.status == K2_RUN_EXIT ? k2_runner_result_name(s->runner, s->run.r0) : NULL;
	bool exited = s->run.status == K2_RUN_EXIT;

	json_object_set_new(j, "status", json_string(statuses[s->run.status]));
	json_object_set_new(j, "reason", exited ? json_null() : json_string(s->run.why));
	json_object_set_new(j, "stopped", exited ? json_null() : place(s, s->run.func, s->run.insn));
	json_object_set_new(j, "result", exited ? json_integer((int32_t)s->run.r0) : json_null());
	json_object_set_new(j, "result_name", name ? json_string(name) : json_null());
	json_object_set_new(j, "instructions", json_integer((json_int_t)s->run.steps));
}

void run_print_json(struct run_session *s)
{
	const struct k2_func_desc *d = k2_input_func(&s->in, s->func);
	json_t *j = json_pack("{s:s, s:s, s:s?}", "object", s->in.path, "program", d->name ? d->name : "", "section", d->section);
	uint32_t len = 0;
	const void *now;

	add_result(s, j);
	now = k2_runner_packet(s->runner, &len);
	add_bytes(j, "packet", s->packet, s->packet_len, now, len);
	now = k2_runner_ctx(s->runner, &len);
	add_bytes(j, "context", s->ctx, s->ctx_len, now, len);
	json_object_set_new(j, "maps", changes(s));
	json_object_set_new(j, "sent", events(s));
	json_object_set_new(j, "calls", calls(s));
	if (s->args->count)
		json_object_set_new(j, "counts", counts(s));
	json_dumpf(j, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(j);
}

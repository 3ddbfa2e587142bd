// SPDX-License-Identifier: BSD-2-Clause
/* Functions to text: see k2/text.h. */
#include "text_impl.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_LEN = 400 };

char *k2_text_print(const struct k2_func_desc *d)
{
	uint8_t *labels = calloc(d->n_insns + 1, 1);
	size_t size = (size_t)d->n_insns * (LINE_MAX_LEN / 2) + 1, at = 0;
	char *buf = malloc(size);

	if (!labels || !buf)
		goto fail;
	for (uint32_t k = 0; k < d->n_insns; k++) {
		enum k2_kind kind = k2_isa_kind(&d->insns[k]);

		if ((kind == K2_KIND_JUMP || kind == K2_KIND_GOTO || kind == K2_KIND_MAY_GOTO) &&
		    d->insns[k].target < d->n_insns)
			labels[d->insns[k].target] = 1;
	}
	buf[0] = 0;
	for (uint32_t k = 0; k < d->n_insns; k++) {
		char line[LINE_MAX_LEN / 2 - 20];

		k2_isa_print(line, sizeof(line), &d->insns[k], d->syms, d->n_syms);
		if (labels[k])
			at += (size_t)snprintf(buf + at, size - at, "L%u:\n", k);
		at += (size_t)snprintf(buf + at, size - at, "\t%s\n", line);
	}
	free(labels);
	return buf;
fail:
	free(labels);
	free(buf);
	return NULL;
}

static void put_symbol(struct k2_string *out, const struct k2_symbol *s, const struct text_place *p)
{
	static const char *const names[] = {
		[K2_SYM_MAP] = ".map", [K2_SYM_DATA] = ".data", [K2_SYM_FUNC] = ".subr", [K2_SYM_KFUNC] = ".kfunc", [K2_SYM_CORE] = ".core",
	};

	if (s->kind == K2_SYM_OTHER)
		return;
	K2_PUT(out, "%s %s", names[s->kind], s->name);
	if (p->naming)
		K2_PUT(out, " %s=%" PRIu32, p->naming == TEXT_FD ? "fd" : "idx", p->number);
	if (s->kind == K2_SYM_MAP)
		K2_PUT(out, " type=%" PRIu32 " key=%" PRIu32 " value=%" PRIu32, s->map_type, s->key_size, s->value_size);
	if (s->max_entries)
		K2_PUT(out, " entries=%" PRIu32, s->max_entries);
	if (s->kind == K2_SYM_DATA)
		K2_PUT(out, " size=%" PRIu32 "%s", s->data_size, s->read_only ? " ro" : "");
	K2_PUT(out, "\n");
}

char *k2_text_print_directives(const struct k2_text *t)
{
	const struct k2_func_desc *d = &t->desc;
	struct k2_string out = { t->arena, "" };

	if (d->name)
		K2_PUT(&out, ".func %s\n", d->name);
	if (d->section)
		K2_PUT(&out, ".section %s\n", d->section);
	if (d->arg_type)
		K2_PUT(&out, ".arg %s\n", d->arg_type);
	K2_PUT(&out, ".isa v%d\n", (int)d->isa);
	if (d->big_endian)
		K2_PUT(&out, ".endian big\n");
	if (d->strict_align)
		K2_PUT(&out, ".align strict\n");
	if (d->is_subprog)
		K2_PUT(&out, ".subprog %u\n", d->n_args);
	else if (d->n_args)
		K2_PUT(&out, ".args %u\n", d->n_args);
	for (uint32_t k = 0; k < d->n_syms; k++)
		put_symbol(&out, &d->syms[k], &t->places[k]);
	k2_text_put_passed(&out, d);
	return out.s ? strdup(out.s) : NULL;
}

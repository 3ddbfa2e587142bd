// SPDX-License-Identifier: BSD-2-Clause
/* Reading an object, and what k2/object.h gives of it. */
#include "object_impl.h"
#include <bpf/btf.h>
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 16 };

enum k2_status k2_object_fail(struct k2_object *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->msg, o->msg_size, fmt, ap);
	va_end(ap);
	return K2_EINVAL;
}

void k2_object_free(struct k2_object *o)
{
	struct k2_arena *a = o ? o->arena : NULL;

	if (!o)
		return;
	btf__free(o->btf);
	elf_end(o->elf);
	k2_arena_free(a);
}

static enum k2_status read_parts(struct k2_object *o)
{
	enum k2_status st;

	if ((st = k2_objelf_read(o)) || (st = k2_objbtf_read(o)) || (st = k2_objext_read(o)) || (st = k2_objmaps_read(o)) ||
	    (st = k2_objfuncs_read(o)))
		return st;
	return k2_objvalues_read(o);
}

enum k2_status k2_object_read_limited(const void *data, size_t size, uint64_t fail_after, struct k2_object **out, char *msg,
				      size_t msg_size)
{
	struct k2_arena *a = k2_arena_new(fail_after);
	struct k2_object *o = a ? k2_arena_alloc(a, sizeof(*o)) : NULL;
	enum k2_status st = K2_ENOMEM;

	if (msg_size)
		msg[0] = 0;
	if (!o)
		goto fail;
	o->arena = a;
	o->msg = msg;
	o->msg_size = msg_size;
	o->size = size;
	o->bytes = k2_arena_dup(a, data, size, 1);
	if (o->bytes)
		st = read_parts(o);
	if (!st) {
		*out = o;
		return K2_OK;
	}
	if (st == K2_ENOMEM)
		k2_object_fail(o, "%s", k2_status_str(st));
	k2_object_free(o);
	return st;
fail:
	k2_arena_free(a);
	return st;
}

enum k2_status k2_object_read(const void *data, size_t size, struct k2_object **out, char *msg, size_t msg_size)
{
	return k2_object_read_limited(data, size, 0, out, msg, msg_size);
}

/* The rest of the file, as a malloc'd block; NULL with errno. */
static uint8_t *slurp(FILE *f, size_t *len)
{
	size_t cap = CHUNK, n;
	uint8_t *buf = malloc(cap), *more;

	*len = 0;
	while (buf && (n = fread(buf + *len, 1, cap - *len, f)) > 0) {
		*len += n;
		if (*len < cap)
			continue;
		more = cap <= SIZE_MAX / 2 ? realloc(buf, cap *= 2) : NULL;
		if (!more)
			free(buf);
		buf = more;
	}
	if (buf && ferror(f)) {
		free(buf);
		return NULL;
	}
	return buf;
}

enum k2_status k2_object_read_file(const char *path, struct k2_object **out, char *msg, size_t msg_size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	enum k2_status st;
	size_t len = 0;

	errno = f ? 0 : errno;
	if (f)
		data = slurp(f, &len);
	if (data) {
		st = k2_object_read(data, len, out, msg, msg_size);
	} else {
		st = errno == ENOMEM ? K2_ENOMEM : K2_EIO;
		snprintf(msg, msg_size, "%s", strerror(errno ? errno : EIO));
	}
	if (f)
		fclose(f);
	free(data);
	return st;
}

uint32_t k2_object_n_funcs(const struct k2_object *o)
{
	return o->n_funcs;
}

const struct k2_func_desc *k2_object_func(const struct k2_object *o, uint32_t i)
{
	return i < o->n_funcs ? &o->funcs[i].desc : NULL;
}

const struct k2_object_func *k2_object_func_info(const struct k2_object *o, uint32_t i)
{
	return i < o->n_funcs ? &o->funcs[i].info : NULL;
}

uint32_t k2_object_find_func(const struct k2_object *o, const char *name)
{
	for (uint32_t k = 0; k < o->n_funcs; k++) {
		if (!strcmp(o->funcs[k].desc.name, name))
			return k;
	}
	return NONE;
}

/* The last line record of the function that is not behind the instruction; NULL: none. */
static const struct objline *line_of(const struct k2_object *o, uint32_t i, uint32_t insn)
{
	const struct k2_object_func *f = k2_object_func_info(o, i);
	uint32_t at;

	if (!f || insn >= o->funcs[i].desc.n_insns)
		return NULL;
	at = k2_objplace_find(o->lines, o->n_lines, sizeof(*o->lines), f->section, f->offset + f->insn_offset[insn] + 1);
	if (!at || o->lines[at - 1].at.section != f->section || o->lines[at - 1].at.offset < f->offset)
		return NULL;
	return &o->lines[at - 1];
}

const char *k2_object_insn_file(const struct k2_object *o, uint32_t i, uint32_t insn)
{
	const struct objline *l = line_of(o, i, insn);

	return l ? l->file : NULL;
}

const char *k2_object_insn_source(const struct k2_object *o, uint32_t i, uint32_t insn)
{
	const struct objline *l = line_of(o, i, insn);

	return l ? l->text : NULL;
}

const struct k2_object_sym *k2_object_sym(const struct k2_object *o, uint32_t i, uint32_t sym)
{
	return i < o->n_funcs && sym < o->funcs[i].desc.n_syms ? &o->funcs[i].refs[sym] : NULL;
}

uint32_t k2_object_n_maps(const struct k2_object *o)
{
	return o->n_maps;
}

const struct k2_object_map *k2_object_map(const struct k2_object *o, uint32_t i)
{
	return i < o->n_maps ? &o->maps[i] : NULL;
}

uint32_t k2_object_find_map(const struct k2_object *o, const char *name)
{
	for (uint32_t k = 0; k < o->n_maps; k++) {
		if (!strcmp(o->maps[k].name, name))
			return k;
	}
	return NONE;
}

// SPDX-License-Identifier: BSD-2-Clause
/* An object with other code in some functions. What is written is read again and compared with what was asked for before anybody
   gets it. */
#include "write_impl.h"
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t k2_write_get(const struct writer *w, const uint8_t *p, unsigned int n)
{
	uint64_t v = 0;

	for (unsigned int k = 0; k < n; k++)
		v |= (uint64_t)p[k] << 8 * (w->o->big_endian ? n - 1 - k : k);
	return v;
}

void k2_write_put(const struct writer *w, uint8_t *p, unsigned int n, uint64_t v)
{
	for (unsigned int k = 0; k < n; k++)
		p[k] = (uint8_t)(v >> 8 * (w->o->big_endian ? n - 1 - k : k));
}

enum k2_status k2_write_refuse(struct writer *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->msg, w->msg_size, fmt, ap);
	va_end(ap);
	return K2_EUNSUPPORTED;
}

uint8_t *k2_write_edit(struct writer *w, uint32_t section)
{
	struct newsec *s = &w->secs[section];

	if (!s->changed) {
		s->bytes = k2_arena_dup(w->arena, w->o->secs[section].bytes, s->size, 1);
		s->changed = s->bytes != NULL;
	}
	return (uint8_t *)s->bytes;
}

/* The file as it has to be for its parts to be found where the writer looks. */
static enum k2_status look_at_file(struct writer *w)
{
	const struct k2_object *o = w->o;
	GElf_Ehdr h;

	if (!gelf_getehdr(o->elf, &h))
		return k2_write_refuse(w, "the ELF header cannot be read");
	w->headers_at = h.e_shoff;
	if (h.e_shentsize != sizeof(Elf64_Shdr) || h.e_phnum || h.e_shnum != o->n_secs || h.e_shstrndx >= o->n_secs)
		return k2_write_refuse(w, "the ELF header has program headers, or section headers in a form of their own");
	for (uint32_t k = 0; k < o->n_secs; k++) {
		const struct objsec *s = &o->secs[k];

		if (!gelf_getshdr(elf_getscn(o->elf, k), &w->headers[k]))
			return k2_write_refuse(w, "section %u: its header cannot be read", k);
		w->secs[k].bytes = s->bytes;
		w->secs[k].size = s->size;
		if (!w->symtab && s->type == SHT_SYMTAB)
			w->symtab = k;
		if (s->type == SHT_REL && s->size % sizeof(Elf64_Rel))
			return k2_write_refuse(w, "section %u (%s): not a whole number of relocations", k, s->name);
	}
	if (w->symtab && o->secs[w->symtab].size / sizeof(Elf64_Sym) < o->n_syms)
		return k2_write_refuse(w, "symbol table: its size is not that of its symbols");
	return K2_OK;
}

static enum k2_status start(struct writer *w)
{
	const struct k2_object *o = w->o;

	w->headers = k2_arena_calloc(w->arena, (size_t)o->n_secs + 1, sizeof(*w->headers));
	w->secs = k2_arena_calloc(w->arena, (size_t)o->n_secs + 1, sizeof(*w->secs));
	w->funcs = k2_arena_calloc(w->arena, (size_t)o->n_funcs + 1, sizeof(*w->funcs));
	if (!w->headers || !w->secs || !w->funcs)
		return K2_ENOMEM;
	return look_at_file(w);
}

/* *any: there is something to write. */
static enum k2_status take_changes(struct writer *w, struct k2_object_change *changes, uint32_t n, bool *any)
{
	if (n)
		k2_write_find_obstacles(w);
	for (uint32_t k = 0; k < n; k++) {
		struct k2_object_change *c = &changes[k];

		if (c->func >= w->o->n_funcs || w->funcs[c->func].asked) {
			snprintf(w->msg, w->msg_size, "change %u: no such function, or a second change of it", k);
			return K2_EINVAL;
		}
		w->funcs[c->func].asked = true;
		w->funcs[c->func].change = c;
		if (k2_write_encode(w, c->func))
			return K2_ENOMEM;
		*any |= c->status == K2_OK;
	}
	return K2_OK;
}

static enum k2_status move_dwarf(struct writer *w)
{
	const char *why;
	enum k2_status st = k2_write_dwarf(w, &why);

	if (st || !why)
		return st;
	if (w->how->dwarf_message)
		snprintf(w->how->dwarf_message, w->how->dwarf_message_size, "%s", why);
	return k2_write_dwarf_addends(w);
}

static enum k2_status move_code(struct writer *w)
{
	enum k2_status st = k2_write_code(w);
	uint8_t *symbols;

	if (!st)
		st = k2_write_ext(w);
	if (!st)
		st = k2_write_relocs(w);
	if (!st)
		st = k2_write_tables(w);
	if (!st && !w->how->strip_debug && k2_object_has_dwarf(w->o))
		st = move_dwarf(w);
	if (st || !w->symtab)
		return st;
	symbols = k2_write_edit(w, w->symtab);
	if (!symbols)
		return K2_ENOMEM;
	k2_write_symbols(w, symbols);
	return K2_OK;
}

/* ---- reading again ---- */

static bool same_symbol(const struct k2_object *a, const struct k2_object *b, uint32_t func, uint32_t x, uint32_t y)
{
	const struct k2_symbol *s, *t;
	const struct k2_object_sym *r, *q;

	if (!x || !y)
		return x == y;
	s = &a->funcs[func].desc.syms[x - 1];
	t = &b->funcs[func].desc.syms[y - 1];
	r = &a->funcs[func].refs[x - 1];
	q = &b->funcs[func].refs[y - 1];
	return s->kind == t->kind && !strcmp(s->name, t->name) && r->func == q->func && r->map == q->map && r->offset == q->offset;
}

static bool same_func(const struct writer *w, const struct k2_object *b, uint32_t i)
{
	enum { TOLD = K2_F_VOLATILE | K2_F_FROZEN };
	const struct k2_func_desc *was = &w->o->funcs[i].desc, *is = &b->funcs[i].desc;
	const struct k2_object_change *c = w->funcs[i].change;
	const struct k2_insn *v = c ? c->insns : was->insns;
	uint32_t n = c ? c->n_insns : was->n_insns;

	if (strcmp(was->name, is->name) || strcmp(was->section, is->section) || is->n_insns != n)
		return false;
	for (uint32_t k = 0; k < n; k++) {
		const struct k2_insn *x = &v[k], *y = &is->insns[k];
		bool jump = y->target != UINT32_MAX; /* functions of objects have it so */

		if (x->code != y->code || x->dst != y->dst || x->src != y->src || (x->flags & ~TOLD) != (y->flags & ~TOLD) ||
		    !same_symbol(w->o, b, i, x->sym, y->sym))
			return false;
		if (jump ? x->target != y->target : x->off != y->off || x->imm != y->imm)
			return false;
		if (k2_isa_kind(y) == K2_KIND_JUMP && x->imm != y->imm)
			return false;
	}
	return true;
}

static enum k2_status read_again(struct writer *w, const void *data, size_t size)
{
	struct k2_object *b = NULL;
	char msg[200];
	enum k2_status st = k2_object_read(data, size, &b, msg, sizeof(msg));

	if (st == K2_ENOMEM)
		return st;
	if (st)
		return k2_write_refuse(w, "what was written cannot be read: %s", msg);
	if (b->n_funcs != w->o->n_funcs)
		st = k2_write_refuse(w, "what was written has other functions");
	for (uint32_t k = 0; k < w->o->n_funcs && !st; k++) {
		if (!same_func(w, b, k))
			st = k2_write_refuse(w, "function %s: what was written reads as something else", w->o->funcs[k].desc.name);
	}
	k2_object_free(b);
	return st;
}

static enum k2_status copy(const struct k2_object *o, void **data, size_t *size)
{
	*data = malloc(o->size);
	if (!*data)
		return K2_ENOMEM;
	memcpy(*data, o->bytes, o->size);
	*size = o->size;
	return K2_OK;
}

static enum k2_status rewrite(struct writer *w, struct k2_object_change *changes, uint32_t n, void **data, size_t *size)
{
	bool any = false, dropped = false;
	enum k2_status st;

	if (!n && !(w->how->strip_debug && k2_object_has_dwarf(w->o))) /* whatever form it has */
		return copy(w->o, data, size);
	st = start(w);
	if (!st)
		st = take_changes(w, changes, n, &any);
	if (!st && any)
		st = move_code(w);
	if (!st && w->how->strip_debug)
		st = k2_write_strip(w);
	for (uint32_t k = 0; k < w->o->n_secs && !st; k++)
		dropped |= w->secs[k].dropped;
	if (!st && !any && !dropped)
		return copy(w->o, data, size);
	if (!st)
		st = k2_write_file(w, data, size);
	if (!st)
		st = read_again(w, *data, *size);
	if (st) {
		free(*data);
		*data = NULL;
	}
	return st;
}

enum k2_status k2_object_rewrite_limited(const struct k2_object *o, struct k2_object_change *changes, uint32_t n,
					 const struct k2_object_writing *how, uint64_t fail_after, void **data, size_t *size, char *msg,
					 size_t msg_size)
{
	struct k2_object_writing full = { 0 }; /* a caller may know fewer fields */
	struct writer w = { .o = o, .arena = k2_arena_new(fail_after), .how = &full, .msg = msg, .msg_size = msg_size };
	enum k2_status st = K2_ENOMEM;

	*data = NULL;
	if (msg_size)
		msg[0] = 0;
	if (how)
		memcpy(&full, how, K2_MIN(how->size, sizeof(full)));
	if (full.dwarf_message && full.dwarf_message_size)
		full.dwarf_message[0] = 0;
	if (w.arena)
		st = rewrite(&w, changes, n, data, size);
	if (st == K2_ENOMEM)
		snprintf(msg, msg_size, "%s", k2_status_str(st));
	k2_arena_free(w.arena);
	return st;
}

enum k2_status k2_object_rewrite(const struct k2_object *o, struct k2_object_change *changes, uint32_t n,
				 const struct k2_object_writing *how, void **data, size_t *size, char *msg, size_t msg_size)
{
	return k2_object_rewrite_limited(o, changes, n, how, 0, data, size, msg, msg_size);
}

bool k2_object_has_dwarf(const struct k2_object *o)
{
	for (uint32_t k = 1; k < o->n_secs; k++) {
		if (k2_write_is_dwarf(o, k))
			return true;
	}
	return false;
}

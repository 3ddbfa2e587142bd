// SPDX-License-Identifier: BSD-2-Clause
/* Bare instructions, with a text that says what they are about: see k2/text.h. */
#include "text_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool names_map(const struct k2_insn *i, enum text_naming *naming, enum k2_symbol_kind *kind)
{
	if (k2_isa_kind(i) != K2_KIND_LD_IMM64 || (i->flags & K2_F_OPAQUE))
		return false;
	switch (i->src) {
	case K2_PSEUDO_MAP_FD: *naming = TEXT_FD; *kind = K2_SYM_MAP; return true;
	case K2_PSEUDO_MAP_IDX: *naming = TEXT_IDX; *kind = K2_SYM_MAP; return true;
	case K2_PSEUDO_MAP_VALUE: *naming = TEXT_FD; *kind = K2_SYM_DATA; return true;
	case K2_PSEUDO_MAP_IDX_VALUE: *naming = TEXT_IDX; *kind = K2_SYM_DATA; return true;
	default: return false;
	}
}

/* The map's number becomes its symbol. One that is described for the other use is not the same symbol: nothing says that the two uses are
   of different memory. */
static enum k2_status name_map(struct k2_text *t, uint32_t k, char *msg, size_t size)
{
	struct k2_insn *i = &t->insns[k];
	enum text_naming naming;
	enum k2_symbol_kind kind;
	uint32_t number = (uint32_t)i->imm;

	if (!names_map(i, &naming, &kind))
		return K2_OK;
	i->sym = k2_text_find_place(t, kind, naming, number);
	if (!i->sym && k2_text_find_place(t, kind == K2_SYM_MAP ? K2_SYM_DATA : K2_SYM_MAP, naming, number)) {
		snprintf(msg, size, "instruction %u: map %u is described as %s", k, number, kind == K2_SYM_MAP ? ".data" : ".map");
		return K2_EINVAL;
	}
	if (!i->sym)
		return K2_OK;
	i->imm = kind == K2_SYM_DATA ? (int64_t)((uint64_t)i->imm >> 32) : 0;
	i->src = 0;
	return K2_OK;
}

/* Whether it is a function by itself; the lowest instruction set that has everything in it. */
static enum k2_status look_at_insns(struct k2_text *t, char *msg, size_t size)
{
	enum k2_status st = K2_OK;

	if (!t->n_insns) {
		snprintf(msg, size, "no instructions");
		return K2_EINVAL;
	}
	if (!t->isa_said)
		t->desc.isa = K2_ISA_V1;
	for (uint32_t k = 0; k < t->n_insns && !st; k++) {
		const struct k2_insn *i = &t->insns[k];
		const struct k2_isa_row *r = k2_isa_row(i);
		bool address = k2_isa_kind(i) == K2_KIND_LD_IMM64 && i->src == K2_PSEUDO_FUNC;

		if (address || (k2_isa_kind(i) == K2_KIND_CALL && i->src == K2_PSEUDO_CALL)) {
			snprintf(msg, size, "instruction %u: calls another function of the program", k);
			return K2_EUNSUPPORTED;
		}
		t->desc.isa = r ? K2_MAX(t->desc.isa, r->level) : t->desc.isa;
		st = name_map(t, k, msg, size);
	}
	return st;
}

static enum k2_status read_about(struct k2_text *t, const struct k2_raw *how, char *msg, size_t size)
{
	uint32_t line;
	const char *why;

	t->directives_only = true;
	why = how->about ? k2_text_parse_lines(t, how->about, how->about_len, &line) : NULL;
	if (why) {
		snprintf(msg, size, "description, line %u: %s", line, why);
		return k2_arena_failed(t->arena) ? K2_ENOMEM : K2_EINVAL;
	}
	if (how->section)
		t->desc.section = how->section;
	if (!t->endian_said)
		t->desc.big_endian = how->big_endian;
	return K2_OK;
}

enum k2_status k2_text_from_raw(const void *bytes, size_t len, const struct k2_raw *how, struct k2_text **out, char *msg, size_t size)
{
	struct k2_text *t = k2_text_new("raw");
	enum k2_status st;

	if (!t)
		return K2_ENOMEM;
	st = read_about(t, how, msg, size);
	if (!st)
		st = k2_isa_decode_all(t->arena, bytes, len, t->desc.big_endian, &t->insns, &t->n_insns, msg, size);
	if (!st)
		st = look_at_insns(t, msg, size);
	if (st) {
		k2_text_free(t);
		return st;
	}
	t->desc.insns = t->insns;
	t->desc.n_insns = t->n_insns;
	t->desc.syms = t->syms;
	t->desc.n_syms = t->n_syms;
	*out = t;
	return K2_OK;
}

/* The symbol becomes its number again; false: it has none, or the instruction has no place for it. */
static bool number_map(const struct k2_text *t, struct k2_insn *i)
{
	const struct text_place *p;
	bool data;

	if (!i->sym)
		return true;
	if (i->sym > t->n_syms || k2_isa_kind(i) != K2_KIND_LD_IMM64 || !t->places[i->sym - 1].naming)
		return false;
	p = &t->places[i->sym - 1];
	data = t->syms[i->sym - 1].kind == K2_SYM_DATA;
	if (i->imm < 0 || i->imm > (data ? UINT32_MAX : 0))
		return false;
	i->src = p->naming == TEXT_FD ? (data ? K2_PSEUDO_MAP_VALUE : K2_PSEUDO_MAP_FD) : (data ? K2_PSEUDO_MAP_IDX_VALUE : K2_PSEUDO_MAP_IDX);
	i->imm = (int64_t)((uint64_t)i->imm << 32 | p->number);
	i->sym = 0;
	return true;
}

enum k2_status k2_text_to_raw(const struct k2_text *t, const struct k2_insn *insns, uint32_t n, void **out, size_t *len, char *msg,
			      size_t size)
{
	struct k2_arena *a = k2_arena_new(0);
	struct k2_insn *copy = a ? k2_arena_dup(a, insns, n, sizeof(*copy)) : NULL;
	enum k2_status st = copy ? K2_OK : K2_ENOMEM;
	uint8_t *bytes;

	*out = NULL;
	for (uint32_t k = 0; k < n && !st; k++) {
		if (!number_map(t, &copy[k])) {
			snprintf(msg, size, "instruction %u: a symbol without number", k);
			st = K2_EINVAL;
		}
	}
	if (!st)
		st = k2_isa_encode_all(a, copy, n, t->desc.big_endian, &bytes, len, msg, size);
	if (!st) {
		*out = malloc(*len + 1);
		if (*out)
			memcpy(*out, bytes, *len);
		else
			st = K2_ENOMEM;
	}
	k2_arena_free(a);
	return st;
}

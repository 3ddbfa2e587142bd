// SPDX-License-Identifier: BSD-2-Clause
/* New instructions to bytes, and sections with them in place. */
#include "write_impl.h"
#include <elf.h>
#include <stdio.h>
#include <string.h>

static enum k2_status refuse(struct newfunc *f, const char *what, uint32_t insn)
{
	f->change->status = K2_EUNSUPPORTED;
	snprintf(f->change->message, sizeof(f->change->message), "new instruction %u: %s", insn, what);
	return K2_OK;
}

static bool is_jump(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return kind == K2_KIND_JUMP || kind == K2_KIND_GOTO || kind == K2_KIND_MAY_GOTO;
}

/* The same but for where it jumps to, and for what only the optimiser was told. */
static bool same_insn(const struct k2_insn *a, const struct k2_insn *b)
{
	enum { TOLD = K2_F_VOLATILE | K2_F_FROZEN };

	if (a->code != b->code || a->dst != b->dst || a->src != b->src || a->sym != b->sym || (a->flags & ~TOLD) != (b->flags & ~TOLD))
		return false;
	if (is_jump(a))
		return a->code == (K2_JMP32 | K2_JA) || k2_isa_kind(a) == K2_KIND_GOTO || a->imm == b->imm;
	return a->off == b->off && a->imm == b->imm;
}

/* An old instruction of the kind of `i` with its symbol, best one with its number, too. */
static uint32_t with_symbol(const struct k2_func_desc *d, const struct k2_insn *i)
{
	uint32_t found = NONE;

	for (uint32_t k = 0; k < d->n_insns; k++) {
		const struct k2_insn *o = &d->insns[k];

		if (o->sym != i->sym || o->code != i->code || o->flags != i->flags)
			continue;
		if (o->imm == i->imm)
			return k;
		found = found == NONE ? k : found;
	}
	return found;
}

/* A made instruction with a CO-RE record: it has the number and the form of the old one, which loaders compare with what the record
   says (bpf_core_patch_insn in libbpf). Registers and what is stored are its own. */
static const char *take_record(const struct k2_insn *i, const struct k2_insn *old, const struct k2_insn *raw, struct k2_insn *out)
{
	bool by_off = i->flags & K2_F_SYM_OFF;

	if (by_off ? i->off != old->off : i->imm != old->imm || i->off != old->off)
		return "has another number than its CO-RE relocation";
	out->code = raw->code;
	if (by_off)
		out->off = raw->off;
	else
		out->imm = raw->imm;
	return NULL;
}

/* The fields of a made instruction with a symbol: `old` has the relocation, `raw` is how the file says it. */
static const char *take_symbol(const struct k2_insn *i, const struct k2_insn *old, const struct k2_insn *raw, struct k2_insn *out)
{
	int64_t addend;

	if (i->flags & (K2_F_SYM_IMM | K2_F_SYM_OFF))
		return take_record(i, old, raw, out);
	out->src = raw->src;
	if (k2_isa_kind(i) == K2_KIND_CALL && i->imm == old->imm) {
		out->imm = raw->imm;
		return NULL;
	}
	if (k2_isa_kind(i) != K2_KIND_LD_IMM64)
		return "has a symbol where none can be";
	addend = k2_sext((uint64_t)raw->imm, 32) + (i->imm - old->imm);
	if (addend != k2_sext((uint64_t)raw->imm, 32) && (addend < 0 || addend > INT32_MAX))
		return "is too far from its symbol";
	out->imm = (int64_t)(((uint64_t)raw->imm & ~k2_mask(32)) | ((uint64_t)addend & k2_mask(32)));
	return NULL;
}

/* The file names no variable but its place in the section: somewhere else in there it would be another variable, or none. */
static bool by_section(const struct writer *w, const struct objfunc *f, uint32_t insn)
{
	const struct objsec *s = &w->o->secs[f->info.section];
	const struct objrel *r = k2_write_rel_at(s, f->info.offset + f->info.insn_offset[insn]);

	return r && w->o->syms[r->sym].type == STT_SECTION;
}

/* New instruction k as bytes have it; *from and *same as in struct newfunc. */
static const char *as_in_file(const struct writer *w, const struct objfunc *f, const struct k2_insn *i, struct k2_insn *out,
			      uint32_t *from, uint32_t *same)
{
	const uint8_t *code = w->o->secs[f->info.section].bytes + f->info.offset;
	const struct k2_func_desc *d = &f->desc;
	struct k2_insn raw;
	unsigned int used;

	*from = *same = NONE;
	*out = *i;
	if (i->origin >= 0 && (uint32_t)i->origin < d->n_insns && same_insn(i, &d->insns[i->origin]))
		*from = *same = (uint32_t)i->origin;
	else if (i->sym)
		*from = with_symbol(d, i);
	if (*from == NONE)
		return i->sym ? "has a symbol that no old one has" : i->flags & K2_F_OPAQUE ? "is unknown and not an old one" : NULL;
	k2_isa_decode(code + f->info.insn_offset[*from], f->info.size - f->info.insn_offset[*from], d->big_endian, &raw, &used);
	if (*same == NONE && i->imm != d->insns[*from].imm && by_section(w, f, *from))
		return "is inside of a variable without a symbol";
	if (*same == NONE)
		return take_symbol(i, &d->insns[*from], &raw, out);
	*out = raw;
	out->target = i->target;
	return NULL;
}

static bool decodes_to(struct writer *w, const struct k2_insn *v, uint32_t n, const uint8_t *bytes, size_t len)
{
	struct k2_insn *back;
	char msg[80];
	uint32_t m;

	if (k2_isa_decode_all(w->arena, bytes, len, w->o->big_endian, &back, &m, msg, sizeof(msg)) || m != n)
		return false;
	for (uint32_t k = 0; k < n; k++) {
		const struct k2_insn *a = &v[k], *b = &back[k];

		if (a->code != b->code || a->dst != b->dst || a->src != b->src)
			return false;
		if (is_jump(b) && a->target != b->target)
			return false;
		if (is_jump(b) ? k2_isa_kind(b) == K2_KIND_JUMP && a->imm != b->imm : a->off != b->off || a->imm != b->imm)
			return false;
	}
	return true;
}

/* Where old instructions are now: blocks where the optimiser says they begin, instructions where they are, removed ones at the
   next that is left. */
static enum k2_status place_old(struct writer *w, const struct objfunc *f, struct newfunc *out)
{
	const struct k2_object_change *c = out->change;
	uint32_t n = f->desc.n_insns, next = out->n_slots;

	out->to = k2_arena_calloc(w->arena, n, sizeof(*out->to));
	if (!out->to)
		return K2_ENOMEM;
	memset(out->to, 0xff, n * sizeof(*out->to));
	for (uint32_t k = c->n_insns; k-- > 0;) {
		if (out->same[k] != NONE)
			out->to[out->same[k]] = out->slot[k];
	}
	for (uint32_t k = n; k-- > 0; next = out->to[k]) {
		if (c->starts && c->starts[k] <= c->n_insns)
			out->to[k] = out->slot[c->starts[k]];
		else if (out->to[k] == NONE)
			out->to[k] = next;
	}
	out->to[0] = 0;
	return K2_OK;
}

static enum k2_status encode(struct writer *w, const struct objfunc *f, struct newfunc *out)
{
	struct k2_object_change *c = out->change;
	struct k2_insn *v = k2_arena_calloc(w->arena, c->n_insns, sizeof(*v));
	uint32_t *from = k2_arena_calloc(w->arena, c->n_insns, sizeof(*from)), at;
	size_t len;

	out->same = k2_arena_calloc(w->arena, c->n_insns, sizeof(*out->same));
	out->slot = k2_arena_calloc(w->arena, (size_t)c->n_insns + 1, sizeof(*out->slot));
	if (!v || !from || !out->same || !out->slot)
		return K2_ENOMEM;
	for (uint32_t k = 0; k < c->n_insns; k++) {
		const char *why = as_in_file(w, f, &c->insns[k], &v[k], &from[k], &out->same[k]);

		if (why)
			return refuse(out, why, k);
		out->slot[k + 1] = out->slot[k] + k2_isa_slots(&v[k]);
	}
	c->status = k2_isa_encode_all(w->arena, v, c->n_insns, w->o->big_endian, &out->bytes, &len, c->message, sizeof(c->message));
	if (c->status)
		return c->status == K2_ENOMEM ? K2_ENOMEM : K2_OK;
	if (!decodes_to(w, v, c->n_insns, out->bytes, len))
		return refuse(out, "the bytes do not decode to what was asked for", 0);
	out->n_slots = out->slot[c->n_insns];
	out->from = k2_arena_calloc(w->arena, out->n_slots, sizeof(*out->from));
	if (!out->from)
		return K2_ENOMEM;
	memset(out->from, 0xff, out->n_slots * sizeof(*out->from));
	for (uint32_t k = 0; k < c->n_insns; k++) {
		at = out->slot[k];
		out->from[at] = from[k];
	}
	return place_old(w, f, out);
}

/* Another function with some of the same code; NONE: none. Functions are sorted by place, but a long one may reach over
   several. */
static uint32_t shares_code(const struct k2_object *o, uint32_t i)
{
	const struct k2_object_func *f = &o->funcs[i].info;

	for (uint32_t k = 0; k < o->n_funcs; k++) {
		const struct k2_object_func *g = &o->funcs[k].info;

		if (k != i && g->section == f->section && g->offset < f->offset + f->size && f->offset < g->offset + g->size)
			return k;
	}
	return NONE;
}

enum k2_status k2_write_encode(struct writer *w, uint32_t i)
{
	const struct objfunc *f = &w->o->funcs[i];
	struct k2_object_change *c = w->funcs[i].change;
	const char *obstacle = w->secs[f->info.section].obstacle;
	uint32_t other = shares_code(w->o, i);
	enum k2_status st = K2_OK;

	c->message[0] = 0;
	c->status = K2_EUNSUPPORTED;
	if (!f->desc.n_insns || !c->n_insns)
		snprintf(c->message, sizeof(c->message), "a function without instructions");
	else if (obstacle)
		snprintf(c->message, sizeof(c->message), "section %s: %s", f->desc.section, obstacle);
	else if (other != NONE)
		snprintf(c->message, sizeof(c->message), "shares code with %s", w->o->funcs[other].desc.name);
	else
		st = encode(w, f, &w->funcs[i]);
	if (c->status)
		w->funcs[i].change = NULL;
	return st;
}

/* ---- sections ---- */

/* Where the next piece of a section comes from and goes to, in slots. */
struct cursor {
	uint8_t *bytes;
	uint32_t old, new_;
};

/* Unchanged code up to old slot `end`. */
static void copy_code(const struct writer *w, uint32_t section, struct cursor *at, uint32_t end)
{
	struct newsec *s = &w->secs[section];

	memcpy(at->bytes + (size_t)SLOT * at->new_, w->o->secs[section].bytes + (size_t)SLOT * at->old, (size_t)SLOT * (end - at->old));
	for (; at->old < end; at->old++, at->new_++) {
		s->to[at->old] = at->new_;
		s->from[at->new_] = at->old;
	}
}

static void put_func(const struct writer *w, const struct objfunc *f, const struct newfunc *n, struct cursor *at)
{
	struct newsec *s = &w->secs[f->info.section];
	uint32_t base = (uint32_t)(f->info.offset / SLOT);

	memcpy(at->bytes + (size_t)SLOT * at->new_, n->bytes, (size_t)SLOT * n->n_slots);
	for (uint32_t k = 0; k < n->n_slots; k++)
		s->from[at->new_ + k] = n->from[k] == NONE ? NONE : base + f->info.insn_offset[n->from[k]] / SLOT;
	for (uint32_t k = 0; k < f->desc.n_insns; k++) {
		for (uint32_t b = f->info.insn_offset[k]; b < f->info.insn_offset[k + 1]; b += SLOT)
			s->to[base + b / SLOT] = at->new_ + n->to[k];
	}
	at->old = base + (uint32_t)(f->info.size / SLOT);
	at->new_ += n->n_slots;
}

static enum k2_status write_section(struct writer *w, uint32_t section)
{
	const struct k2_object *o = w->o;
	struct newsec *s = &w->secs[section];
	int64_t n_new = (int64_t)(o->secs[section].size / SLOT);
	struct cursor at = { 0 };

	s->n_old = (uint32_t)n_new;
	for (uint32_t k = 0; k < o->n_funcs; k++) {
		if (w->funcs[k].change && o->funcs[k].info.section == section)
			n_new += (int64_t)w->funcs[k].n_slots - (int64_t)(o->funcs[k].info.size / SLOT);
	}
	s->n_new = (uint32_t)n_new;
	s->to = k2_arena_calloc(w->arena, (size_t)s->n_old + 1, sizeof(*s->to));
	s->from = k2_arena_calloc(w->arena, (size_t)s->n_new + 1, sizeof(*s->from));
	s->bytes = at.bytes = k2_arena_calloc(w->arena, (size_t)s->n_new + 1, SLOT);
	if (!s->to || !s->from || !s->bytes)
		return K2_ENOMEM;
	s->changed = true;
	s->size = (uint64_t)SLOT * s->n_new;
	for (uint32_t k = 0; k < o->n_funcs; k++) {
		const struct objfunc *f = &o->funcs[k];

		if (!w->funcs[k].change || f->info.section != section)
			continue;
		copy_code(w, section, &at, (uint32_t)(f->info.offset / SLOT));
		put_func(w, f, &w->funcs[k], &at);
	}
	copy_code(w, section, &at, s->n_old);
	s->to[s->n_old] = s->n_new;
	return K2_OK;
}

enum k2_status k2_write_code(struct writer *w)
{
	enum k2_status st = K2_OK;

	for (uint32_t k = 0; k < w->o->n_funcs && !st; k++) {
		uint32_t section = w->o->funcs[k].info.section;

		if (w->funcs[k].change && !w->secs[section].to)
			st = write_section(w, section);
	}
	return st;
}

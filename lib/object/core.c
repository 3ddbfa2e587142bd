// SPDX-License-Identifier: BSD-2-Clause
/* CO-RE relocations: which instructions' numbers the loader decides. */
#include "object_impl.h"
#include <bpf/btf.h>
#include <inttypes.h>

/* Kinds of enum bpf_core_relo_kind whose number is an id, and so says nothing by itself. */
enum { TYPE_ID_LOCAL = 6, TYPE_ID_TARGET = 7 };

/* As clang calls the variables that it turns into such relocations, "llvm.TYPE:KIND:NUMBER$ACCESS": lib/absint reads the
   number from the name, and the same access has the same name in every object. Of two types with one name the second gets
   its id, too. */
static const char *name_of(struct k2_object *o, const struct objcore *c, int64_t number)
{
	const struct btf_type *t = btf__type_by_id(o->btf, c->type);
	const char *type = k2_objbtf_name(o, c->type);
	int32_t first = type[0] ? btf__find_by_name_kind(o->btf, type, (uint32_t)btf_kind(t)) : 0;

	if (c->kind == TYPE_ID_LOCAL || c->kind == TYPE_ID_TARGET)
		number = 0;
	if (first > 0 && (uint32_t)first == c->type)
		return k2_arena_printf(o->arena, "llvm.%s:%u:%" PRId64 "$%s", type, c->kind, number, c->access);
	return k2_arena_printf(o->arena, "llvm.%s@%u:%u:%" PRId64 "$%s", type, c->type, c->kind, number, c->access);
}

/* Where the number is, and what the instruction is with it taken out; false: not an instruction that loaders relocate
   (bpf_core_patch_insn in libbpf). */
static bool take_number(struct k2_insn *i, int64_t *number)
{
	const struct k2_isa_row *r = k2_isa_row(i);

	switch (k2_isa_kind(i)) {
	case K2_KIND_LOAD: case K2_KIND_STORE:
		*number = i->off;
		i->off = 0;
		i->flags |= K2_F_SYM_OFF;
		return true;
	case K2_KIND_LD_IMM64:
		if (i->src)
			return false;
		break;
	case K2_KIND_ALU:
		if ((i->code & K2_X) || r->imm.rule == K2_RULE_ZERO || r->imm.rule == K2_RULE_IS)
			return false;
		/* The only form of a number in one slot that compilers make themselves. */
		if (i->code == (K2_ALU64 | K2_MOV | K2_K)) {
			i->code = K2_LD_IMM64;
			i->flags |= K2_F_ONE_SLOT;
		}
		break;
	default:
		return false;
	}
	*number = i->imm;
	i->imm = 0;
	i->flags |= K2_F_SYM_IMM;
	return true;
}

static enum k2_status apply(struct k2_object *o, struct objfunc *f, const struct objcore *c)
{
	uint32_t n = k2_objfunc_insn_at(f, c->at.offset - f->info.offset);
	struct k2_object_sym ref = { NONE, NONE, 0 };
	struct k2_symbol s = { .kind = K2_SYM_CORE };
	int64_t number;

	if (n == NONE || f->insns[n].sym || !take_number(&f->insns[n], &number))
		return k2_objfunc_refuse(o, f, K2_EUNSUPPORTED, c->at.offset, "a CO-RE relocation of an unknown kind");
	s.name = name_of(o, c, number);
	if (!s.name)
		return K2_ENOMEM;
	f->insns[n].sym = k2_objfunc_symbol(o, f, &s, &ref, c->type);
	return f->insns[n].sym ? K2_OK : K2_ENOMEM;
}

enum k2_status k2_objcore_apply(struct k2_object *o, struct objfunc *f)
{
	uint32_t k = k2_objplace_find(o->cores, o->n_cores, sizeof(*o->cores), f->info.section, f->info.offset);
	enum k2_status st = K2_OK;

	for (; k < o->n_cores && !st && f->insns; k++) {
		const struct objcore *c = &o->cores[k];

		if (c->at.section != f->info.section || c->at.offset >= f->info.offset + f->info.size)
			break;
		st = apply(o, f, c);
	}
	return st;
}

// SPDX-License-Identifier: BSD-2-Clause
/* What loads, calls and relocated constants yield, and what calls do to the stack: the tables of lib/func, read for one
   instruction. Shared by the abstract and the symbolic execution. */
#include "absint.h"
#include <string.h>

static const struct k2_known NOTHING = { 0, 0, 0, UINT64_MAX };

struct k2_aval k2_aval_region(enum k2_region r, uint32_t id)
{
	struct k2_aval v = { .region = (uint8_t)r, .id = id, .num = NOTHING };

	return v;
}

struct k2_aval k2_aval_scalar(uint64_t c)
{
	struct k2_aval v = { .region = K2_RG_SCALAR, .num = { ~c, c, c, c } };

	return v;
}

static struct k2_aval bounded(unsigned int size)
{
	struct k2_aval v = k2_aval_region(K2_RG_SCALAR, 0);

	if (size < 8) {
		v.num.zeros = ~k2_mask(8 * size);
		v.num.umax = k2_mask(8 * size);
	}
	return v;
}

struct k2_aval k2_absint_packet_load(unsigned int size)
{
	return bounded(size);
}

/* Program types whose contexts have 32-bit fields that hold pointers. */
static bool has_wide_fields(const struct k2_prog_type *t)
{
	if (!t)
		return true;
	for (unsigned int k = 0; k < t->n_fields; k++) {
		if (t->fields[k].kind != K2_CTX_SCALAR && t->fields[k].size < 8)
			return true;
	}
	return false;
}

bool k2_absint_wide_result(const struct k2_func *f, const struct k2_aval *addr, int64_t off, unsigned int size)
{
	const struct k2_ctx_field *field;

	if (size != 4)
		return false;
	switch (addr->region) {
	case K2_RG_STACK: case K2_RG_FRAME: case K2_RG_PKT: case K2_RG_MAP_VALUE: case K2_RG_DATA: case K2_RG_MEM: return false;
	case K2_RG_CTX:
		if (!f->type || !k2_known_const(&addr->num))
			return has_wide_fields(f->type);
		if (f->type->flags & K2_PT_CTX_PLAIN)
			return false;
		field = k2_ctx_field(f->type, (int64_t)addr->num.umin + off, size);
		return !field ? has_wide_fields(f->type) : field->kind != K2_CTX_SCALAR && field->size < 8;
	default: return has_wide_fields(f->type);
	}
}

static struct k2_aval ctx_loaded(const struct k2_func *f, const struct k2_aval *addr, int64_t off, unsigned int size)
{
	const struct k2_ctx_field *field;

	if (!f->type || !k2_known_const(&addr->num))
		return k2_aval_region(K2_RG_FOREIGN, 0);
	field = k2_ctx_field(f->type, (int64_t)addr->num.umin + off, size);
	if (!field)
		return size < 8 && (f->type->flags & K2_PT_CTX_PLAIN) ? bounded(size) : k2_aval_region(K2_RG_FOREIGN, 0);
	switch (field->kind) {
	case K2_CTX_SCALAR: return bounded(size);
	case K2_CTX_PKT_DATA: case K2_CTX_PKT_META: return k2_aval_region(K2_RG_PKT, 0);
	case K2_CTX_PKT_END: return k2_aval_region(K2_RG_PKT_END, 0);
	default:
		if (size < 8 && (f->type->flags & K2_PT_CTX_PLAIN))
			return bounded(size);
		return k2_aval_region(K2_RG_FOREIGN, 0);
	}
}

struct k2_aval k2_absint_loaded(const struct k2_func *f, const struct k2_aval *addr, int64_t off, unsigned int size)
{
	if (addr->region == K2_RG_CTX)
		return ctx_loaded(f, addr, off, size);
	if (size < 8 && !k2_absint_wide_result(f, addr, off, size))
		return bounded(size);
	switch (addr->region) {
	case K2_RG_PKT: return bounded(8);
	case K2_RG_STACK: case K2_RG_ANY: return k2_aval_region(K2_RG_ANY, 0);
	default: return k2_aval_region(K2_RG_FOREIGN, 0); /* kernel pointers live in map values too */
	}
}

/* clang names the relocation "llvm.TYPE:KIND:OFFSET$ACCESS"; kind 0 is a field's byte offset. */
bool k2_absint_core_field(const struct k2_func *f, const struct k2_insn *i, const struct k2_aval *base, int64_t *off)
{
	const struct k2_symbol *sym = k2_func_symbol(f, i);
	size_t len = f->type && f->type->ctx ? strlen(f->type->ctx) : 0;
	const char *p;

	if (!sym || sym->kind != K2_SYM_CORE || !len || base->region != K2_RG_CTX || !k2_known_const(&base->num))
		return false;
	if (strncmp(sym->name, "llvm.", 5) || strncmp(sym->name + 5, f->type->ctx, len) || strncmp(sym->name + 5 + len, ":0:", 3))
		return false;
	*off = 0;
	for (p = sym->name + 5 + len + 3; *p >= '0' && *p <= '9' && *off < 4096; p++)
		*off = 10 * *off + (*p - '0');
	return *p == '$';
}

struct k2_aval k2_absint_ld_imm64(const struct k2_func *f, const struct k2_insn *i)
{
	const struct k2_symbol *sym = k2_func_symbol(f, i);

	if (sym) {
		switch (sym->kind) {
		case K2_SYM_MAP: return k2_aval_region(K2_RG_MAP, i->sym);
		case K2_SYM_DATA: return k2_aval_region(K2_RG_DATA, i->sym);
		case K2_SYM_CORE: return k2_aval_region(K2_RG_SCALAR, 0);
		default: return k2_aval_region(K2_RG_FOREIGN, 0);
		}
	}
	if (i->flags & K2_F_SYM_IMM)
		return k2_aval_region(K2_RG_FOREIGN, 0);
	switch (i->src) {
	case 0: return k2_aval_scalar((uint64_t)i->imm);
	case K2_PSEUDO_MAP_FD: case K2_PSEUDO_MAP_IDX: return k2_aval_region(K2_RG_MAP, 0);
	case K2_PSEUDO_MAP_VALUE: case K2_PSEUDO_MAP_IDX_VALUE: return k2_aval_region(K2_RG_MAP_VALUE, 0);
	default: return k2_aval_region(K2_RG_FOREIGN, 0);
	}
}

static const struct k2_helper *helper_of(const struct k2_insn *call)
{
	bool helper = k2_isa_kind(call) == K2_KIND_CALL && call->src == K2_CALL_HELPER &&
		      !(call->flags & K2_F_SYM_IMM);

	return helper ? k2_helper_get((int32_t)call->imm) : NULL;
}

/* The map argument of a helper, as its symbol; NULL: unknown. */
static const struct k2_symbol *map_of(const struct k2_func *f, const struct k2_helper *h, const struct k2_aval reg[11])
{
	for (unsigned int n = 0; n < 5; n++) {
		const struct k2_aval *v = &reg[n + 1];

		if (h->arg[n] == K2_ARG_MAP)
			return v->region == K2_RG_MAP && v->id ? &f->desc->syms[v->id - 1] : NULL;
	}
	return NULL;
}

/* Map types whose lookup gives bytes: not the ones that give a map (12, 13: arrays and hashes of maps) or a socket (15, 17,
   18: sockmap, xskmap, sockhash). A lookup in a map without a name (an inner map) or of unknown type may be any of them. */
static bool has_plain_values(uint32_t type)
{
	switch (type) {
	case 0: case 12: case 13: case 15: case 17: case 18: return false;
	default: return true;
	}
}

bool k2_absint_decides(const struct k2_func *f, const struct k2_insn *call, const struct k2_aval reg[11])
{
	const struct k2_helper *h = helper_of(call);
	const struct k2_symbol *map = h ? map_of(f, h, reg) : NULL;

	/* 2, 6: arrays, per-CPU ones too */
	return h && h->id == 1 && (!map || !map->map_type || map->map_type == 2 || map->map_type == 6);
}

/* Lookups there change nothing. LRU maps move the element away from eviction, those in maps of sockets take a reference, and what
   lookups elsewhere do depends on the kernel. */
static bool lookup_is_silent(uint32_t type)
{
	enum { HASH = 1, ARRAY = 2, PERCPU_HASH = 5, PERCPU_ARRAY = 6, LPM_TRIE = 11, ARRAY_OF_MAPS = 12, HASH_OF_MAPS = 13 };

	switch (type) {
	case HASH: case ARRAY: case PERCPU_HASH: case PERCPU_ARRAY: case LPM_TRIE: case ARRAY_OF_MAPS: case HASH_OF_MAPS: return true;
	default: return false;
	}
}

bool k2_absint_discardable(const struct k2_func *f, const struct k2_insn *call, const struct k2_aval reg[11])
{
	const struct k2_helper *h = k2_isa_kind(call) == K2_KIND_CALL ? helper_of(call) : NULL;
	const struct k2_symbol *map = h ? map_of(f, h, reg) : NULL;

	return h && ((h->flags & K2_HELPER_DISCARDABLE) || (h->id == 1 && map && lookup_is_silent(map->map_type)));
}

static bool may_be_stack(const struct k2_aval *v)
{
	return !v->uninit && (v->region == K2_RG_STACK || v->region == K2_RG_ANY);
}

struct k2_aval k2_absint_result(const struct k2_func *f, const struct k2_insn *call, const struct k2_aval reg[11])
{
	const struct k2_helper *h = helper_of(call);
	const struct k2_symbol *map;
	uint16_t args = k2_insn_reads(call);

	if (!h) {
		/* bpf_dynptr_slice and its like may return the stack buffer they were given. */
		for (unsigned int r = 1; r <= 5; r++) {
			if ((args >> r & 1) && may_be_stack(&reg[r]))
				return k2_aval_region(K2_RG_ANY, 0);
		}
		return k2_aval_region(K2_RG_FOREIGN, 0);
	}
	switch (h->ret) {
	case K2_RET_SCALAR: return k2_aval_region(K2_RG_SCALAR, 0);
	case K2_RET_MEM_OR_NULL:
		/* dynptr_data: what a dynptr was made of may be a map value. */
		return k2_aval_region(h->id == 203 ? K2_RG_FOREIGN : K2_RG_MEM, 0);
	case K2_RET_MAP_VALUE: case K2_RET_MAP_VALUE_OR_NULL:
		map = map_of(f, h, reg);
		return map && has_plain_values(map->map_type) ? k2_aval_region(K2_RG_MAP_VALUE, reg[1].id) :
								k2_aval_region(K2_RG_FOREIGN, 0);
	default: return k2_aval_region(K2_RG_FOREIGN, 0);
	}
}

/* Bytes [lo, hi) relative to r10 that a pointer plus `size` covers; the whole frame if the pointer is not constant. */
static void set_range(struct k2_arg_access *out, const struct k2_aval *ptr, int64_t size, bool exact)
{
	if (ptr->region == K2_RG_STACK && k2_known_const(&ptr->num)) {
		out->off = (int64_t)ptr->num.umin;
		out->exact = exact && size >= 0;
		out->init &= size >= 0 && out->off + size <= 0;
		out->size = size < 0 || out->off + size > 0 ? -out->off : size;
	} else {
		out->off = -K2_STACK_SIZE;
		out->size = K2_STACK_SIZE;
		out->exact = out->init = false;
	}
}

/* The length argument after argument n: exact number, bound, or -1. */
static int64_t length_of(const struct k2_helper *h, const struct k2_aval reg[11], unsigned int n, bool *exact)
{
	const struct k2_aval *len = &reg[n + 1];

	*exact = false;
	if (n >= 5 || (h->arg[n] != K2_ARG_SIZE && h->arg[n] != K2_ARG_SIZE_OR_ZERO) || len->region != K2_RG_SCALAR)
		return -1;
	*exact = k2_known_const(&len->num);
	return len->num.umax > K2_STACK_SIZE ? -1 : (int64_t)len->num.umax;
}

static int64_t map_size(uint32_t size)
{
	return size && size <= K2_STACK_SIZE ? (int64_t)size : -1;
}

static bool helper_arg(const struct k2_func *f, const struct k2_helper *h, const struct k2_aval reg[11], unsigned int n,
		       struct k2_arg_access *out)
{
	const struct k2_symbol *map = map_of(f, h, reg);
	int64_t size = -1;
	bool exact = true;

	switch (h->arg[n - 1]) {
	case K2_ARG_MAP_KEY:
		size = map ? map_size(map->key_size) : -1;
		out->reads = true;
		break;
	case K2_ARG_MAP_VALUE: case K2_ARG_MAP_VALUE_RW: case K2_ARG_MAP_VALUE_WRITE_PART:
		size = map ? map_size(map->value_size) : -1;
		out->reads = h->arg[n - 1] != K2_ARG_MAP_VALUE_WRITE_PART;
		out->writes = out->data = h->arg[n - 1] != K2_ARG_MAP_VALUE;
		exact = !out->writes;
		break;
	case K2_ARG_MEM_READ: case K2_ARG_MEM_WRITE: case K2_ARG_MEM_WRITE_PART: case K2_ARG_MEM_RW:
		size = length_of(h, reg, n, &out->init);
		exact = out->init;
		out->reads = h->arg[n - 1] == K2_ARG_MEM_READ || h->arg[n - 1] == K2_ARG_MEM_RW;
		out->writes = out->data = h->arg[n - 1] != K2_ARG_MEM_READ;
		exact = exact && (h->arg[n - 1] == K2_ARG_MEM_READ || h->arg[n - 1] == K2_ARG_MEM_WRITE);
		out->init &= out->writes && !out->reads;
		break;
	case K2_ARG_FIXED_READ: case K2_ARG_FIXED_RW:
		size = h->fixed_size[n - 1];
		out->reads = true;
		out->writes = out->data = h->arg[n - 1] == K2_ARG_FIXED_RW;
		exact = !out->writes;
		break;
	case K2_ARG_DYNPTR:
		size = 16;
		out->reads = out->writes = true;
		exact = false;
		break;
	case K2_ARG_ADDR: case K2_ARG_ADDR_ANY:
		out->reads = true;
		exact = false;
		break;
	case K2_ARG_STACK:
		out->reads = out->writes = true;
		set_range(out, &(struct k2_aval){ .region = K2_RG_ANY }, -1, false);
		return true;
	case K2_ARG_NONE: case K2_ARG_SCALAR: case K2_ARG_SIZE: case K2_ARG_SIZE_OR_ZERO: case K2_ARG_ALLOC_SIZE:
	case K2_ARG_CTX: case K2_ARG_MAP: case K2_ARG_CONST_STR: case K2_ARG_FUNC: case K2_ARG_TIMER:
	case K2_ARG_SPIN_LOCK: case K2_ARG_KPTR: case K2_ARG_OTHER_PTR: return false;
	}
	set_range(out, &reg[n], size, exact);
	return true;
}

bool k2_absint_arg(const struct k2_func *f, const struct k2_insn *call, const struct k2_aval reg[11], unsigned int n,
		   struct k2_arg_access *out)
{
	const struct k2_helper *h = helper_of(call);

	memset(out, 0, sizeof(*out));
	if (!(k2_insn_reads(call) >> n & 1) || !may_be_stack(&reg[n]))
		return false;
	if (h)
		return helper_arg(f, h, reg, n, out);
	out->reads = out->writes = true;
	set_range(out, &(struct k2_aval){ .region = K2_RG_ANY }, -1, false);
	return true;
}

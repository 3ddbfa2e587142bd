/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the object reader share. elf.c fills sections, symbols and relocations; btf.c and btf_ext.c the debug
   information; maps.c the maps, values.c what is in them; funcs.c finds and decodes functions; reloc.c and core.c turn relocations into symbols;
   args.c says which registers calls read. Everything lives in the object's arena. */
#ifndef K2_OBJECT_IMPL_H
#define K2_OBJECT_IMPL_H

#include <k2/object.h>
#include "func.h"

#define NONE UINT32_MAX

struct btf;
struct btf_type;
typedef struct Elf Elf;

enum {
	SLOT = 8,          /* bytes of an instruction */
	REL_LD_IMM64 = 1,  /* R_BPF_64_64 */
	REL_ABS64 = 2,     /* R_BPF_64_ABS64 (llvm_reloc.rst) */
	REL_ABS32 = 3,     /* R_BPF_64_ABS32 */
	REL_CALL = 10,     /* R_BPF_64_32 */
};

struct objrel {
	uint64_t offset; /* in the section that it changes, bytes */
	uint32_t type;   /* R_BPF_... */
	uint32_t sym;    /* index of the symbol */
};

struct objsec {
	const char *name;
	uint32_t type;        /* SHT_... */
	uint64_t flags, size; /* SHF_..., bytes */
	const uint8_t *bytes; /* NULL: none in the file (.bss) */
	struct objrel *rels;  /* sections with code, and .maps: sorted by offset */
	uint32_t n_rels;
	uint32_t map;         /* of a data section; NONE: no map */
};

struct objsym {
	const char *name; /* of the section where it has none itself */
	uint64_t value, size;
	uint32_t section; /* 0: undefined; NONE: absolute, common */
	uint8_t type, bind; /* STT_..., STB_... */
	uint32_t map;     /* a map's variable; NONE: it is none */
};

/* An address of something that data has. */
struct objstored {
	uint32_t section; /* as in objsym */
	uint64_t offset;  /* NOWHERE: somewhere in it */
};
#define NOWHERE UINT64_MAX

/* A variable or external function that a BTF data section lists. */
struct objvar {
	const char *section, *name;
	uint32_t type;   /* of the variable; the function itself */
	uint32_t size;   /* bytes, 0: unknown */
	uint32_t offset; /* kconfig: in the map's value */
	bool is_func;
};

/* Records of .BTF.ext, sorted by section and offset. All begin with where they are. */
struct objplace {
	uint32_t section;
	uint32_t offset; /* in the section, bytes */
	uint32_t order;  /* of the record in its table */
};
struct objfinfo {
	struct objplace at;
	uint32_t type; /* BTF id of the function */
};
struct objline {
	struct objplace at;
	uint32_t line;
	const char *file, *text; /* NULL: not said */
};
struct objcore {
	struct objplace at;
	uint32_t type; /* BTF id */
	uint32_t kind; /* enum bpf_core_relo_kind */
	const char *access;
};

struct objfunc {
	struct k2_func_desc desc;
	struct k2_object_func info;
	struct k2_insn *insns;
	struct k2_symbol *syms;
	struct k2_object_sym *refs; /* parallel to syms */
	uint64_t *keys;             /* likewise: what makes a symbol the same one, see k2_objfunc_symbol */
	uint32_t cap_syms, cap_refs, cap_keys;
	uint32_t type;              /* BTF id of the function, 0: unknown */
	bool address_taken;
	struct k2_passed passed[5]; /* desc.passed, where something is known */
	uint16_t reads;             /* registers that hold arguments, bit n is rn */
};

struct k2_object {
	struct k2_arena *arena;
	const uint8_t *bytes;
	size_t size;
	bool big_endian;
	Elf *elf;
	struct btf *btf; /* NULL: none */
	struct objsec *secs;
	struct objsym *syms;
	struct objstored *stored;
	struct objplace *places; /* of named variables; `order` is the symbol's index */
	struct objvar *vars;     /* sorted by section and name */
	struct objfinfo *finfos;
	struct objline *lines;
	struct objcore *cores;
	struct k2_object_map *maps;
	struct k2_object_value *values;
	struct objfunc *funcs;   /* sorted by section and offset */
	uint32_t n_secs, n_syms, n_places, n_vars, n_finfos, n_lines, n_cores, n_maps, n_values, n_funcs, n_stored;
	uint32_t cap_places, cap_vars, cap_finfos, cap_lines, cap_cores, cap_maps, cap_values, cap_funcs, cap_stored;
	char *msg;               /* while reading */
	size_t msg_size;
};

/* Says what is wrong, and where; returns K2_EINVAL. */
enum k2_status k2_object_fail(struct k2_object *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* k2_object_read whose allocations fail from number `fail_after` on (tests); 0: never. */
enum k2_status k2_object_read_limited(const void *data, size_t size, uint64_t fail_after, struct k2_object **out, char *msg,
				      size_t msg_size);

enum k2_status k2_objelf_read(struct k2_object *o);
bool k2_objsec_is_code(const struct objsec *s);
/* The first section of that name, code sections first; 0: none. */
uint32_t k2_objsec_find(const struct k2_object *o, const char *name);

enum k2_status k2_objbtf_read(struct k2_object *o);
enum k2_status k2_objext_read(struct k2_object *o);
/* NULL: not listed, or no BTF. */
const struct objvar *k2_objvar_find(const struct k2_object *o, const char *section, const char *name);
/* Without typedefs and qualifiers; NULL: no such type, or a cycle. */
const struct btf_type *k2_objbtf_strip(const struct k2_object *o, uint32_t id);
const char *k2_objbtf_name(const struct k2_object *o, uint32_t id); /* "" where it has none */
uint32_t k2_objbtf_size(const struct k2_object *o, uint32_t id);    /* bytes, 0: unknown */
/* The first function type of that name; 0: none. */
uint32_t k2_objbtf_find_func(const struct k2_object *o, const char *name);
/* Size (bytes, 0: unknown) and constness of the first variable of that name; false: none. */
bool k2_objbtf_find_var(const struct k2_object *o, const char *name, uint32_t *size, bool *is_const);
/* Number of registers r1... that hold the arguments of function type `func`; -1: unknown (variable number, no BTF). */
int k2_objbtf_n_args(const struct k2_object *o, uint32_t func);
/* As k2_func_desc.arg_type; NULL: unknown. */
const char *k2_objbtf_arg_type(const struct k2_object *o, uint32_t func);

enum k2_status k2_objmaps_read(struct k2_object *o);
/* What the type of a variable in .maps says. Returns the definition of inner maps; NULL: there is none. */
const struct btf_type *k2_objmap_describe(const struct k2_object *o, const struct objvar *v, struct k2_object_map *m);

/* Elements that definitions give; after the functions. */
enum k2_status k2_objvalues_read(struct k2_object *o);

enum k2_status k2_objfuncs_read(struct k2_object *o);
/* The function that begins there; NONE: none does. */
uint32_t k2_objfunc_at(const struct k2_object *o, uint32_t section, uint64_t offset);
/* The instruction that begins at byte `offset` of the function; NONE: none does. */
uint32_t k2_objfunc_insn_at(const struct objfunc *f, uint64_t offset);
/* Takes the function's instructions away, because of byte `offset` of it. */
enum k2_status k2_objfunc_refuse(struct k2_object *o, struct objfunc *f, enum k2_status why, uint64_t offset,
				 const char *what);
/* 1 + number of a symbol in `f`: the one with the same kind and key, or a new one. 0: out of memory. */
uint32_t k2_objfunc_symbol(struct k2_object *o, struct objfunc *f, const struct k2_symbol *s,
			   const struct k2_object_sym *ref, uint64_t key);
void k2_objplace_sort(void *table, uint32_t n, size_t size);
/* First record at or behind (section, offset) of a sorted table of `n` elements of `size` bytes. */
uint32_t k2_objplace_find(const void *table, uint32_t n, size_t size, uint32_t section, uint64_t offset);

enum k2_status k2_objrel_apply(struct k2_object *o, struct objfunc *f);
enum k2_status k2_objcore_apply(struct k2_object *o, struct objfunc *f);
/* Which registers calls read, and which ones hold arguments at entry. */
enum k2_status k2_objargs_set(struct k2_object *o);

#endif

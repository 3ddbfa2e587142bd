/* SPDX-License-Identifier: BSD-2-Clause */
/* Finished BPF objects (relocatable ELF files, as compilers and `bpftool gen object` write them): their functions as
   descriptions for the rest of K2, their maps, and where everything was found. Objects of either byte order, with or without
   BTF, with BTF-defined or legacy maps. */
#ifndef K2_OBJECT_H
#define K2_OBJECT_H

#include <stddef.h>
#include <k2/func.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k2_object;

/* Reads the `size` bytes at `data`, which need not be aligned and may be freed afterwards. *out is set on K2_OK only and is to
   be freed with k2_object_free. Otherwise `msg` (msg_size bytes) says what is wrong, and where. K2_EINVAL: not a BPF object, or
   a damaged one; K2_ENOMEM. Prints nothing; safe to call from several threads. */
K2_API enum k2_status k2_object_read(const void *data, size_t size, struct k2_object **out, char *msg, size_t msg_size);
/* The same for a file; K2_EIO where it cannot be read. */
K2_API enum k2_status k2_object_read_file(const char *path, struct k2_object **out, char *msg, size_t msg_size);
/* Frees `o` (may be NULL) and everything that was got from it. */
K2_API void k2_object_free(struct k2_object *o);

/* Every function symbol in a section with code is a function, in the order of sections and offsets; a section with code but
   without function symbols is one, too, under its own name. */
K2_API uint32_t k2_object_n_funcs(const struct k2_object *o);
/* Function number i, ready for k2_optimize. Its instruction set is the lowest that has every instruction of the object. A
   caller that knows better changes a copy. `origin` of each instruction is its index. An address of a global is the
   symbol's plus the instruction's imm. Objects do not say which accesses are volatile: no instruction has K2_F_VOLATILE.
   NULL: i is too large. */
K2_API const struct k2_func_desc *k2_object_func(const struct k2_object *o, uint32_t i);

/* Fills in what calls give the static functions (`passed` of their descriptions) from the object's own call sites (k2/unit.h). Descriptions
   that were copied before do not have it. Not to be called while others use `o`. K2_ENOMEM: nothing is said. */
K2_API enum k2_status k2_object_find_passed(struct k2_object *o);

/* What a description has no place for. */
struct k2_object_func {
	/* K2_OK, or why the description has no instructions: jumps out of the function, calls of code that begins no function
	   (K2_EINVAL), unknown jumps and relocations (K2_EUNSUPPORTED). `message` says where, in bytes of the section. */
	enum k2_status status;
	const char *message; /* NULL: K2_OK */
	uint32_t section;    /* ELF section index; the name is in the description */
	uint64_t offset;     /* of the function in its section, and its length; bytes */
	uint64_t size;
	bool entry;          /* a program that is loaded and attached; false: called by others (desc->is_subprog) */
	bool global;         /* STB_GLOBAL or STB_WEAK: the kernel verifies global subprograms by themselves */
	bool weak;
	const char *file;    /* source file, as the debug information spells it; NULL: unknown */
	/* By instruction: where it begins, in bytes from the start of the function; element n_insns is the end. */
	const uint32_t *insn_offset;
};
K2_API const struct k2_object_func *k2_object_func_info(const struct k2_object *o, uint32_t i);
/* The function of that name, as an index; UINT32_MAX: none. The first one, where static functions share a name. */
K2_API uint32_t k2_object_find_func(const struct k2_object *o, const char *name);
/* The source file of an instruction of function i (inlined code is from other files); NULL: unknown. */
K2_API const char *k2_object_insn_file(const struct k2_object *o, uint32_t i, uint32_t insn);

/* The text of that source line, as .BTF.ext has it, without the space in front of it; NULL: unknown. */
K2_API const char *k2_object_insn_source(const struct k2_object *o, uint32_t i, uint32_t insn);

/* What a symbol of a function's description is in this object. */
struct k2_object_sym {
	uint32_t func;   /* K2_SYM_FUNC: index of the function; UINT32_MAX: not in this object */
	uint32_t map;    /* K2_SYM_MAP and variables: index of the map; UINT32_MAX: none */
	uint64_t offset; /* variables: of the symbol in its map's value, bytes */
};
/* Symbol number `sym` (from 0, as in desc->syms) of function i; NULL: no such symbol. */
K2_API const struct k2_object_sym *k2_object_sym(const struct k2_object *o, uint32_t i, uint32_t sym);

/* What the symbol stands for, as text that means the same in every object: the map's definition with its inner maps and given
   elements (by name), the variable's section and offset, the names along a CO-RE access; "" where the name says all. Symbols of one name in two
   objects are the same thing only if this is the same, too. malloc'd, to be freed by the caller; NULL: no such symbol, or no memory. */
K2_API char *k2_object_sym_identity(const struct k2_object *o, uint32_t func, uint32_t sym);
/* What to call the symbol before people: its name, or for a CO-RE relocation the field ("ethhdr.h_proto", "size task_struct.comm"). As above. */
K2_API char *k2_object_sym_name(const struct k2_object *o, uint32_t func, uint32_t sym);

/* A map: defined in .maps or maps, or what loaders make of a data section (one array element holding all of it). */
struct k2_object_map {
	const char *name;   /* of its variable, or of the section (".data", ".rodata.str1.1", ".kconfig") */
	uint32_t type;      /* enum bpf_map_type; 0: the object does not say (definitions without BTF) */
	uint32_t key_size, value_size; /* bytes; 0 where the object does not say */
	uint32_t max_entries, flags;   /* flags: BPF_F_... */
	bool is_data;       /* a data section */
	bool read_only;     /* is_data: constant at run time (.rodata*, .kconfig) */
	const void *data;   /* is_data: the value_size initial bytes; NULL: all zero (.bss, .kconfig) */
	uint32_t inner;     /* maps of maps: index of the inner map's definition; UINT32_MAX: none */
	bool is_inner;      /* nothing but the definition of another map's inner maps */
};
K2_API uint32_t k2_object_n_maps(const struct k2_object *o);
K2_API const struct k2_object_map *k2_object_map(const struct k2_object *o, uint32_t i);
/* An element that the definition of a map of maps or of a program array gives (`.values = { [3] = &other }`). */
struct k2_object_value {
	uint32_t map, key; /* map, and the index in it */
	uint32_t to;       /* function or map, as the map's type says */
};
/* Number n of them, by the order of the definitions; NULL: past the last. */
K2_API const struct k2_object_value *k2_object_value(const struct k2_object *o, uint32_t n);
/* The map of that name, as an index; UINT32_MAX: none. */
K2_API uint32_t k2_object_find_map(const struct k2_object *o, const char *name);

/* ---- writing ---- */

/* Other code for one function. */
struct k2_object_change {
	uint32_t func;               /* its index */
	const struct k2_insn *insns; /* as k2_optimize gives them; `origin` and `sym` are about k2_object_func(o, func) */
	uint32_t n_insns;
	const uint32_t *starts;      /* struct k2_result's; NULL: not known */
	/* Set by k2_object_rewrite: K2_OK, or why the function is left as it was, with a sentence. */
	enum k2_status status;
	char message[160];
};
struct k2_object_writing {
	size_t size;      /* sizeof(struct k2_object_writing), for later growth */
	bool strip_debug; /* without the DWARF sections (.debug_*, .eh_frame), and symbol table entries for them; BTF stays */
	/* NULL, or dwarf_message_size bytes, which say after the call why DWARF has still the lines, ranges and variables of the old
	   code of changed functions; "": it has those of the new code. */
	char *dwarf_message;
	size_t dwarf_message_size;
};

/* The object with these changes, as a new ELF file: *data is malloc'd and the caller's, *size its bytes. Relocations, calls,
   symbols, and the records of .BTF.ext follow the code; a relocation goes with its instruction, and an instruction with a
   symbol that the optimiser made gets that of an old one with the same symbol. Sections that have nothing to do with the
   changes keep their bytes, and with nothing to change the file is the old one. DWARF (2 to 5, 32-bit) follows: lines, ranges of
   functions, scopes and calls. Where variables are inside of changed functions it no longer says, but for those with an address of
   their own. DWARF in a form that is not understood stays behind: see dwarf_message and strip_debug.
   What was written is read again and compared with what was asked for. `changes` is only written to as said there; `how` may
   be NULL. On other statuses *data is NULL and `msg` (msg_size bytes) says why: K2_EUNSUPPORTED, the object is in a form that
   cannot be rewritten; K2_EINVAL, two changes of one function, or of none; K2_ENOMEM. */
K2_API enum k2_status k2_object_rewrite(const struct k2_object *o, struct k2_object_change *changes, uint32_t n,
					const struct k2_object_writing *how, void **data, size_t *size, char *msg, size_t msg_size);
/* The object has DWARF sections. */
K2_API bool k2_object_has_dwarf(const struct k2_object *o);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the object writer share. write_code.c encodes functions and lays out sections with code; write_reloc.c keeps
   relocations and calls right; write_jump.c jump tables; write_ext.c .BTF.ext; write_dwarf*.c DWARF; write_elf.c symbols and the file;
   write.c drives. What is written lives in the writer's arena until the image is done. */
#ifndef K2_OBJECT_WRITE_IMPL_H
#define K2_OBJECT_WRITE_IMPL_H

#include "object_impl.h"
#include <gelf.h>

/* A function's new code. */
struct newfunc {
	struct k2_object_change *change; /* NULL: stays */
	bool asked;     /* there is a change, which may have been refused */
	uint8_t *bytes;
	uint32_t n_slots;
	uint32_t *from; /* by new slot: the old instruction whose relocation it has; NONE: none */
	uint32_t *same; /* by new instruction: the old one that it is; NONE: made */
	uint32_t *like; /* by new instruction: the old one whose line it has; NONE: it has none. NULL: BTF says no lines */
	uint32_t *slot; /* by new instruction, and the end: its slot */
	uint32_t *to;   /* by old instruction: where it is, or what comes in its place; new slot */
};

struct newsec {
	const uint8_t *bytes;
	uint64_t size;
	bool changed, dropped;
	const char *obstacle; /* why its functions stay as they are; NULL: nothing is in the way */
	/* Code that moves; NULL: no function of the section changes. In slots of the section. */
	uint32_t *to;         /* by old slot, and the end */
	uint32_t *from;       /* by new slot: the old one whose relocation and CO-RE record it has; NONE: none */
	uint32_t n_old, n_new;
};

struct writer {
	const struct k2_object *o;
	struct k2_arena *arena;
	GElf_Shdr *headers; /* as they were */
	struct newsec *secs;
	struct newfunc *funcs;
	uint32_t symtab;    /* its section; 0: none */
	uint64_t headers_at; /* where they are in the file */
	const struct k2_object_writing *how;
	char *msg;
	size_t msg_size;
};

/* k2_object_rewrite whose allocations fail from number `fail_after` on (tests); 0: never. */
enum k2_status k2_object_rewrite_limited(const struct k2_object *o, struct k2_object_change *changes, uint32_t n,
					 const struct k2_object_writing *how, uint64_t fail_after, void **data, size_t *size, char *msg,
					 size_t msg_size);

uint64_t k2_write_get(const struct writer *w, const uint8_t *p, unsigned int n);
void k2_write_put(const struct writer *w, uint8_t *p, unsigned int n, uint64_t v);
/* Says why nothing is written; returns K2_EUNSUPPORTED. */
enum k2_status k2_write_refuse(struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The section's new bytes for editing, a copy of the old ones at first; NULL: out of memory. */
uint8_t *k2_write_edit(struct writer *w, uint32_t section);

/* Encodes the change of function `i`. One that cannot be written gets a status other than K2_OK, and a message. Returns K2_OK or
   K2_ENOMEM. */
enum k2_status k2_write_encode(struct writer *w, uint32_t i);
/* The new bytes of all sections in which functions change. */
enum k2_status k2_write_code(struct writer *w);

/* The relocation of the instruction at byte `offset` of section `s`; NULL: none. */
const struct objrel *k2_write_rel_at(const struct objsec *s, uint64_t offset);
/* Bytes of the field that a relocation of data changes; 0: unknown type. */
unsigned int k2_write_rel_width(uint32_t type);
/* Looks for what cannot follow moving code: sets `obstacle`. */
void k2_write_find_obstacles(struct writer *w);
enum k2_status k2_write_relocs(struct writer *w);

/* Function `func` has no jump tables, or such that can follow. */
bool k2_write_knows_tables(const struct writer *w, uint32_t func);
enum k2_status k2_write_tables(struct writer *w);

enum k2_status k2_write_ext(struct writer *w);

/* DWARF for the new code. *why is set where that was not possible, which leaves those sections as they were. */
enum k2_status k2_write_dwarf(struct writer *w, const char **why);
/* The addends of relocations of DWARF that is left otherwise as it was. */
enum k2_status k2_write_dwarf_addends(struct writer *w);

void k2_write_symbols(struct writer *w, uint8_t *table);
enum k2_status k2_write_strip(struct writer *w);
/* .debug_*, or .eh_frame, which is .debug_frame in another form. */
bool k2_write_is_dwarf(const struct k2_object *o, uint32_t section);
/* The file, malloc'd. */
enum k2_status k2_write_file(struct writer *w, void **data, size_t *size);

#endif

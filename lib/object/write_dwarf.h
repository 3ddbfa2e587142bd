/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the DWARF writer share. write_dwarf.c has the driver and the sections, write_dwarf_field.c fields;
   write_dwarf_move.c says where code is now; write_dwarf_info.c the entries (.debug_info), write_dwarf_form.c abbreviations and forms; write_dwarf_list.c lists of
   ranges and locations; write_dwarf_line.c line programs, write_dwarf_encode.c new ones, and write_dwarf_rows.c their rows;
   write_dwarf_frame.c .debug_frame, .eh_frame and .debug_aranges.

   Everything is read from the old bytes and written to new ones, so that it does not matter how often and in which order. Only line
   programs change their size. What is not understood ends it: the caller leaves the DWARF of the object as it was. */
#ifndef K2_OBJECT_WRITE_DWARF_H
#define K2_OBJECT_WRITE_DWARF_H

#include "write_impl.h"

enum dw_section { DW_INFO, DW_ABBREV, DW_ADDR, DW_LINE, DW_RANGES, DW_RNGLISTS, DW_LOC, DW_LOCLISTS, DW_FRAME, DW_EH_FRAME, DW_ARANGES,
		  DW_TYPES, DW_N };

enum { DW_ADDR_SIZE = 8, DW_OFFSET_SIZE = 4 };

struct dwrel {
	uint64_t at;    /* in the section, bytes */
	uint32_t order; /* in its table */
	uint32_t section; /* that it leads to; 0: to none of the file */
	uint64_t to;    /* where in that, bytes: symbol and addend */
	unsigned int width;
};

struct dwsec {
	uint32_t index;      /* ELF section; 0: the object has none */
	const uint8_t *old;
	uint64_t size;
	uint32_t table;      /* section of its relocations; 0: none */
	struct dwrel *rels;  /* sorted by place */
	uint32_t n_rels;
};

/* An address: byte `value` of a section with code; section 0: not one of those, `value` as it is. */
struct dwaddr {
	uint32_t section;
	uint64_t value;
};

struct dwunit_line {
	uint64_t old, now; /* where a line program's unit begins */
};

struct dwarf {
	struct writer *w;
	struct dwsec secs[DW_N];
	uint32_t **pos;      /* by ELF section: see dw_move; NULL: its code stays */
	bool *changed;       /* by function: it has other code, not only another place */
	bool *reordered;     /* by function: what stayed is in another order */
	struct dwunit_line *lines;
	uint32_t n_lines, cap_lines;
	uint64_t steps;      /* left, so that references in circles end */
	const char *why;     /* it is not understood */
	uint32_t why_in;     /* enum dw_section */
	uint64_t why_at;
};

/* A place in the old bytes of a section. Reading behind `end` gives zeros and sets `bad`. */
struct dwcur {
	struct dwarf *d;
	enum dw_section sec;
	uint64_t at, end;
	bool bad;
};

/* Returns K2_EUNSUPPORTED. */
enum k2_status dw_unknown(const struct dwcur *c, const char *why);
struct dwcur dw_at(struct dwarf *d, enum dw_section sec, uint64_t at); /* to the end of the section */
/* *in: what begins at `c` with its length in four bytes, behind that; `c` goes to its end. */
enum k2_status dw_enter(struct dwcur *c, struct dwcur *in);
uint64_t dw_u(struct dwcur *c, unsigned int bytes);
uint64_t dw_uleb(struct dwcur *c);
int64_t dw_sleb(struct dwcur *c);
void dw_skip(struct dwcur *c, uint64_t n);
const char *dw_string(struct dwcur *c);
/* One step of work; false: enough. */
bool dw_step(struct dwarf *d);

/* The relocation of the field at that place; NULL: none. */
const struct dwrel *dw_rel(const struct dwarf *d, enum dw_section sec, uint64_t at);
/* An address field, with its relocation. */
struct dwaddr dw_addr(struct dwcur *c);
/* Entry `index` of .debug_addr from `base`. */
struct dwaddr dw_addrx(struct dwarf *d, uint64_t base, uint64_t index, bool *ok);
/* A field with a number or an offset in another section, with its relocation if it has one. */
uint64_t dw_number(struct dwcur *c, unsigned int bytes);

enum k2_status dw_place(struct dwarf *d);
/* Where a boundary between instructions is now, an offset in its section. Order stays: what was not behind is not. */
enum k2_status dw_move(const struct dwcur *c, struct dwaddr a, uint64_t *to);
/* Bytes from `a` to `a` + `length` after the move. */
enum k2_status dw_move_length(const struct dwcur *c, struct dwaddr a, uint64_t length, uint64_t *now);
/* A changed function has bytes in [a, a + length). */
bool dw_changed(const struct dwarf *d, struct dwaddr a, uint64_t length);
/* [a, a + length) is a part of a function with another order now, and as a range it has no place that could be told. */
bool dw_lost(const struct dwarf *d, struct dwaddr a, uint64_t length);
/* The changed function in that section that begins behind or at `from`, before `end`; NONE: none. */
uint32_t dw_next_changed(const struct dwarf *d, uint32_t section, uint64_t from, uint64_t end);

/* New contents of a field of the old section. */
enum k2_status dw_put(struct dwarf *d, enum dw_section sec, uint64_t at, unsigned int bytes, uint64_t v);
/* The same with its relocation, which then leads to byte `v` of its section. */
enum k2_status dw_put_addr(struct dwarf *d, enum dw_section sec, uint64_t at, uint64_t v);
enum k2_status dw_put_related(struct dwarf *d, enum dw_section sec, const struct dwrel *r, uint64_t v);
/* A number of `bytes` bytes in LEB128, padded; what does not fit is not understood. */
enum k2_status dw_put_uleb(const struct dwcur *c, uint64_t at, uint64_t bytes, uint64_t v);
/* The addend with which a relocation leads to byte `v` of the section it leads to now. */
uint64_t dw_addend(const struct dwarf *d, enum dw_section sec, const struct dwrel *r, uint64_t v);
/* `n` times that byte. */
enum k2_status dw_put_bytes(struct dwarf *d, enum dw_section sec, uint64_t at, uint8_t byte, uint64_t n);

/* What a unit's lists are relative to. */
struct dwbase {
	unsigned int version;
	struct dwaddr low;   /* of the unit */
	uint64_t addr_base, rnglists_base, loclists_base;
};
enum k2_status dw_ranges(struct dwarf *d, const struct dwbase *b, bool index, uint64_t at, bool *changed);
enum k2_status dw_locations(struct dwarf *d, const struct dwbase *b, bool index, uint64_t at);

/* ---- entries ---- */

struct dwspec {
	uint32_t name, form;
	int64_t implicit;
};
struct dwabbrev {
	uint64_t code;
	uint32_t tag;
	bool children;
	struct dwspec *specs;
	uint32_t n_specs, cap_specs;
};
struct dwabbrevs {
	uint64_t at;
	struct dwabbrev *v;
	uint32_t n, cap;
};
enum k2_status dw_read_abbrevs(struct dwarf *d, uint64_t at, struct dwabbrevs *out);
const struct dwabbrev *dw_find_abbrev(const struct dwabbrevs *a, uint64_t code);

struct dwattr {
	uint32_t name, form;
	uint64_t at, size; /* of the value in .debug_info, bytes */
	uint64_t value;    /* of numbers, indices and offsets */
};
enum k2_status dw_read_attr(struct dwcur *c, const struct dwspec *s, unsigned int version, struct dwattr *out);
bool dw_is_index(uint32_t form);      /* of a list, in the table of lists */
bool dw_is_expression(uint32_t form);
bool dw_is_offset(uint32_t form, unsigned int version); /* in another section */
bool dw_is_constant(uint32_t form);
bool dw_is_leb(uint32_t form);        /* begins with a number in LEB128 */
enum k2_status dw_attr_addr(struct dwcur c, const struct dwattr *a, uint64_t addr_base, struct dwaddr *out);
enum k2_status dw_info(struct dwarf *d);

enum k2_status dw_lines(struct dwarf *d);
/* Where the line program that began at byte `old` of .debug_line begins now. */
enum k2_status dw_line_at(const struct dwcur *c, uint64_t old, uint64_t *now);
enum k2_status dw_frames(struct dwarf *d);
enum k2_status dw_aranges(struct dwarf *d);

/* ---- rows of line programs ---- */

enum { ROW_STMT = 1, ROW_BLOCK = 2, ROW_PROLOGUE_END = 4, ROW_EPILOGUE = 8, ROW_ONCE = ROW_BLOCK | ROW_PROLOGUE_END | ROW_EPILOGUE };

struct dwrow {
	uint64_t at; /* byte of the sequence's section */
	uint32_t file, line, column, discriminator, isa, flags;
};
struct dwseq {
	uint32_t section;  /* 0: no section with code */
	const struct dwrel *rel; /* of its first address; NULL: none */
	struct dwrow *rows; /* the last one is its end */
	uint32_t n, cap;
};
/* The rows for the new code. */
enum k2_status dw_move_rows(const struct dwcur *c, const struct dwseq *old, struct dwseq *out);

#endif

// SPDX-License-Identifier: BSD-2-Clause
/* .debug_info: lengths of code, lists of ranges and locations, expressions, and which line program a unit has. The section keeps its
   size. In changed functions expressions that read registers or the stack are emptied, see write_dwarf_list.c. */
#include "write_dwarf.h"

enum { UT_COMPILE = 1, UT_PARTIAL = 3, TAG_SUBPROGRAM = 0x2e, TAG_CALL_PARAMETER = 0x48, TAG_GNU_CALL_PARAMETER = 0x410a, MAX_DEPTH = 256 };

enum {
	AT_LOCATION = 0x02, AT_STMT_LIST = 0x10, AT_LOW_PC, AT_HIGH_PC, AT_STRING_LENGTH = 0x19, AT_LOWER_BOUND = 0x22,
	AT_RETURN_ADDR = 0x2a, AT_UPPER_BOUND = 0x2f, AT_COUNT = 0x37, AT_DATA_MEMBER_LOCATION, AT_FRAME_BASE = 0x40,
	AT_MACRO_INFO = 0x43, AT_STATIC_LINK = 0x48, AT_USE_LOCATION = 0x4a, AT_VTABLE = 0x4d, AT_ENTRY_PC = 0x52, AT_RANGES = 0x55,
	AT_STR_OFFSETS_BASE = 0x72, AT_ADDR_BASE, AT_RNGLISTS_BASE, AT_MACROS = 0x79, AT_CALL_VALUE = 0x7e, AT_CALL_TARGET = 0x83,
	AT_CALL_TARGET_CLOBBERED, AT_CALL_DATA_LOCATION, AT_CALL_DATA_VALUE, AT_LOCLISTS_BASE = 0x8c,
	AT_GNU_CALL_VALUE = 0x2111, AT_GNU_CALL_DATA_VALUE, AT_GNU_CALL_TARGET, AT_GNU_CALL_TARGET_CLOBBERED, AT_GNU_MACROS = 0x2119,
	AT_GNU_LOCVIEWS = 0x2137,
};

enum { OP_ADDR = 0x03, OP_CONST1U = 0x08, OP_PLUS_UCONST = 0x23, OP_LIT0 = 0x30, OP_LIT31 = 0x4f, OP_NOP = 0x96, OP_STACK_VALUE = 0x9f,
       OP_IMPLICIT_VALUE = 0x9e, OP_ADDRX = 0xa1, OP_CONSTX };

struct unit {
	struct dwarf *d;
	struct dwcur c;
	struct dwbase base;
	struct dwabbrevs abbrevs;
	struct dwattr *attrs; /* of the entry that is being looked at */
	uint32_t n_attrs, cap_attrs;
};

/* ---- expressions ---- */

/* An operation that gives the same in every function and at every place. */
static bool is_constant_op(struct dwcur *c)
{
	unsigned int op = (unsigned int)dw_u(c, 1);

	if ((op >= OP_LIT0 && op <= OP_LIT31) || op == OP_STACK_VALUE || op == OP_NOP)
		return true;
	if (op >= OP_CONST1U && op < OP_CONST1U + 8) /* const1u, const1s, const2u, ... */
		dw_skip(c, 1ull << (op - OP_CONST1U) / 2);
	else if (op == OP_CONST1U + 8 || op == OP_CONST1U + 9 || op == OP_PLUS_UCONST || op == OP_ADDRX || op == OP_CONSTX)
		dw_uleb(c);
	else if (op == OP_ADDR)
		dw_skip(c, DW_ADDR_SIZE);
	else if (op == OP_IMPLICIT_VALUE)
		dw_skip(c, dw_uleb(c));
	else
		return false;
	return true;
}

static bool is_constant(const struct unit *u, const struct dwattr *a)
{
	struct dwcur c = u->c;

	c.end = a->at + a->size;
	c.at = c.end - a->value;
	while (c.at < c.end && !c.bad) {
		if (!is_constant_op(&c))
			return false;
	}
	return !c.bad;
}

/* An empty expression says that the variable is nowhere. Its length is padded to fill the place of the old one, as far as readers
   take padding (libdw: ten bytes); a longer one leads nowhere by doing nothing. */
static enum k2_status make_empty(struct unit *u, const struct dwattr *a)
{
	enum { MAX_LEB = 10 };

	if (dw_is_leb(a->form) && a->size <= MAX_LEB)
		return dw_put_uleb(&u->c, a->at, a->size, 0);
	return dw_put_bytes(u->d, DW_INFO, a->at + a->size - a->value, OP_NOP, a->value);
}

/* ---- attributes ---- */

static const struct dwattr *find(const struct unit *u, uint32_t name)
{
	for (uint32_t k = 0; k < u->n_attrs; k++) {
		if (u->attrs[k].name == name)
			return &u->attrs[k];
	}
	return NULL;
}

/* A length of code from `low`, or the distance of an address from it. */
static enum k2_status move_constant(struct unit *u, const struct dwattr *a, struct dwaddr low)
{
	uint64_t now;
	enum k2_status st;
	struct dwcur c = u->c;

	c.at = a->at;
	if (!low.section || !u->d->pos[low.section])
		return K2_OK;
	st = dw_move_length(&c, low, a->value, &now);
	if (!st && dw_lost(u->d, low, a->value))
		now = 0;
	if (st || now == a->value)
		return st;
	if (dw_is_leb(a->form))
		return dw_put_uleb(&c, a->at, a->size, now);
	if (a->size < 8 && now >> 8 * a->size)
		return dw_unknown(&c, "a number does not fit into its place");
	return dw_put(u->d, DW_INFO, a->at, (unsigned int)a->size, now);
}

static bool may_be_locations(uint32_t name)
{
	switch (name) {
	case AT_LOCATION: case AT_STRING_LENGTH: case AT_RETURN_ADDR: case AT_DATA_MEMBER_LOCATION: case AT_FRAME_BASE:
	case AT_STATIC_LINK: case AT_USE_LOCATION: case AT_VTABLE: return true;
	default: return false;
	}
}

/* Expressions about registers and memory while a function runs. The frame base is r10, or what the calling convention says. */
static bool is_about_code(uint32_t name, uint32_t tag)
{
	switch (name) {
	case AT_LOCATION: /* of a call's parameter: the register that the callee gets it in */
		return tag != TAG_CALL_PARAMETER && tag != TAG_GNU_CALL_PARAMETER;
	case AT_LOWER_BOUND: case AT_UPPER_BOUND: case AT_COUNT: case AT_STRING_LENGTH: case AT_CALL_VALUE: case AT_CALL_TARGET:
	case AT_CALL_TARGET_CLOBBERED: case AT_CALL_DATA_LOCATION: case AT_CALL_DATA_VALUE: case AT_GNU_CALL_VALUE:
	case AT_GNU_CALL_DATA_VALUE: case AT_GNU_CALL_TARGET: case AT_GNU_CALL_TARGET_CLOBBERED: return true;
	default: return false;
	}
}

/* With a relocation it has moved already. */
static enum k2_status move_line_program(struct unit *u, const struct dwattr *a)
{
	uint64_t now;
	enum k2_status st = dw_line_at(&u->c, a->value, &now);

	if (st || now == a->value || dw_rel(u->d, DW_INFO, a->at))
		return st;
	return dw_put(u->d, DW_INFO, a->at, (unsigned int)a->size, now);
}

static enum k2_status move_offset(struct unit *u, const struct dwattr *a, bool *changed)
{
	switch (a->name) {
	case AT_RANGES: return dw_ranges(u->d, &u->base, dw_is_index(a->form), a->value, changed);
	case AT_STMT_LIST: return move_line_program(u, a);
	/* View numbers count rows at one address. They are of interest where entries are not empty: there rows have not changed. */
	case AT_GNU_LOCVIEWS:
	case AT_MACRO_INFO: case AT_MACROS: case AT_GNU_MACROS:
	case AT_STR_OFFSETS_BASE: case AT_ADDR_BASE: case AT_RNGLISTS_BASE: case AT_LOCLISTS_BASE: return K2_OK;
	default: break;
	}
	if (may_be_locations(a->name))
		return dw_locations(u->d, &u->base, dw_is_index(a->form), a->value);
	/* Before DWARF 4 the form is that of a number, too. */
	return u->base.version < 4 ? K2_OK : dw_unknown(&u->c, "an attribute with an offset, of an unknown kind");
}

/* ---- entries ---- */

static enum k2_status read_attrs(struct unit *u, const struct dwabbrev *a)
{
	u->n_attrs = 0;
	for (uint32_t k = 0; k < a->n_specs; k++) {
		struct dwattr attr;
		enum k2_status st = dw_read_attr(&u->c, &a->specs[k], u->base.version, &attr);

		if (st || !dw_step(u->d))
			return st ? st : dw_unknown(&u->c, "too much of it");
		if (!K2_VEC_PUSH(u->d->w->arena, u->attrs, u->n_attrs, u->cap_attrs, attr))
			return K2_ENOMEM;
	}
	return K2_OK;
}

static uint64_t number(const struct unit *u, uint32_t name)
{
	const struct dwattr *a = find(u, name);

	return a ? a->value : 0;
}

/* The first entry of a unit says what the others are relative to. */
static enum k2_status set_base(struct unit *u)
{
	const struct dwattr *low = find(u, AT_LOW_PC);

	u->base.addr_base = number(u, AT_ADDR_BASE);
	u->base.rnglists_base = number(u, AT_RNGLISTS_BASE);
	u->base.loclists_base = number(u, AT_LOCLISTS_BASE);
	return low ? dw_attr_addr(u->c, low, u->base.addr_base, &u->base.low) : K2_OK;
}

/* The end of code as an address: it has moved, unless there is nothing left in between. */
static enum k2_status move_end(struct unit *u, const struct dwattr *a, struct dwaddr low)
{
	struct dwaddr high;
	uint64_t to;
	enum k2_status st = dw_attr_addr(u->c, a, u->base.addr_base, &high);

	if (st || high.section != low.section || !dw_lost(u->d, low, high.value - low.value))
		return st;
	if (a->size != DW_ADDR_SIZE)
		return dw_unknown(&u->c, "an end in .debug_addr");
	st = dw_move(&u->c, low, &to);
	return st ? st : dw_put_addr(u->d, DW_INFO, a->at, to);
}

/* Everything about where code is; *changed: the entry is one of a changed function. */
static enum k2_status move_code(struct unit *u, uint32_t tag, bool *changed)
{
	const struct dwattr *at_low = find(u, AT_LOW_PC), *high = find(u, AT_HIGH_PC), *entry = find(u, AT_ENTRY_PC);
	struct dwaddr low = { 0 };
	bool in_ranges = false;
	enum k2_status st = at_low ? dw_attr_addr(u->c, at_low, u->base.addr_base, &low) : K2_OK;

	if (!st && high)
		st = dw_is_constant(high->form) ? move_constant(u, high, low) : move_end(u, high, low);
	if (!st && entry && dw_is_constant(entry->form) && entry->value && !low.section)
		st = dw_unknown(&u->c, "an entry relative to a list of ranges");
	else if (!st && entry && dw_is_constant(entry->form))
		st = move_constant(u, entry, low);
	for (uint32_t k = 0; k < u->n_attrs && !st; k++) {
		const struct dwattr *a = &u->attrs[k];

		if (dw_is_offset(a->form, u->base.version) || dw_is_index(a->form))
			st = move_offset(u, a, &in_ranges);
	}
	if (tag == TAG_SUBPROGRAM && (at_low || find(u, AT_RANGES)))
		*changed = in_ranges || dw_changed(u->d, low, 1);
	return st;
}

static enum k2_status empty_locations(struct unit *u, uint32_t tag)
{
	enum k2_status st = K2_OK;

	for (uint32_t k = 0; k < u->n_attrs && !st; k++) {
		const struct dwattr *a = &u->attrs[k];

		if (is_about_code(a->name, tag) && dw_is_expression(a->form) && !is_constant(u, a))
			st = make_empty(u, a);
	}
	return st;
}

static enum k2_status move_entries(struct unit *u)
{
	bool changed[MAX_DEPTH] = { false }, first = true; /* by depth */
	unsigned int depth = 0;
	enum k2_status st = K2_OK;

	while (!st && u->c.at < u->c.end) {
		uint64_t code = dw_uleb(&u->c);
		const struct dwabbrev *a = code ? dw_find_abbrev(&u->abbrevs, code) : NULL;

		if (!code && depth)
			depth--;
		if (!code)
			continue;
		if (!a || depth + 1 >= MAX_DEPTH || u->c.bad)
			return dw_unknown(&u->c, "an entry without an abbreviation, or too deep");
		st = read_attrs(u, a);
		if (!st && first)
			st = set_base(u);
		first = false;
		changed[depth + 1] = changed[depth];
		if (!st)
			st = move_code(u, a->tag, &changed[depth + 1]);
		if (!st && changed[depth + 1])
			st = empty_locations(u, a->tag);
		if (a->children)
			depth++;
	}
	return st;
}

static enum k2_status move_unit(struct unit *u, struct dwcur *section)
{
	unsigned int type = UT_COMPILE, addr_size;
	uint64_t abbrevs;
	enum k2_status st = dw_enter(section, &u->c);

	if (st)
		return st;
	u->base = (struct dwbase){ .version = (unsigned int)dw_u(&u->c, 2) };
	if (u->base.version < 2 || u->base.version > 5)
		return dw_unknown(&u->c, "an unknown version of DWARF");
	if (u->base.version >= 5) {
		type = (unsigned int)dw_u(&u->c, 1);
		addr_size = (unsigned int)dw_u(&u->c, 1);
		abbrevs = dw_number(&u->c, DW_OFFSET_SIZE);
	} else {
		abbrevs = dw_number(&u->c, DW_OFFSET_SIZE);
		addr_size = (unsigned int)dw_u(&u->c, 1);
	}
	if (u->c.bad || addr_size != DW_ADDR_SIZE || (type != UT_COMPILE && type != UT_PARTIAL))
		return dw_unknown(&u->c, "a unit of an unknown kind");
	if (!u->abbrevs.v || u->abbrevs.at != abbrevs)
		st = dw_read_abbrevs(u->d, abbrevs, &u->abbrevs);
	return st ? st : move_entries(u);
}

enum k2_status dw_info(struct dwarf *d)
{
	struct dwcur c = dw_at(d, DW_INFO, 0);
	struct unit u = { .d = d };
	enum k2_status st = K2_OK;

	while (!st && c.at < c.end)
		st = move_unit(&u, &c);
	return st;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Abbreviations, and values of attributes by their form (DWARF 5, section 7.5.6; 32-bit DWARF). */
#include "write_dwarf.h"

enum {
	FORM_ADDR = 0x01, FORM_BLOCK2 = 0x03, FORM_BLOCK4, FORM_DATA2, FORM_DATA4, FORM_DATA8, FORM_STRING, FORM_BLOCK, FORM_BLOCK1,
	FORM_DATA1, FORM_FLAG, FORM_SDATA, FORM_STRP, FORM_UDATA, FORM_REF_ADDR, FORM_REF1, FORM_REF2, FORM_REF4, FORM_REF8,
	FORM_REF_UDATA, FORM_SEC_OFFSET = 0x17, FORM_EXPRLOC, FORM_FLAG_PRESENT, FORM_STRX, FORM_ADDRX, FORM_DATA16 = 0x1e,
	FORM_LINE_STRP, FORM_REF_SIG8, FORM_IMPLICIT_CONST, FORM_LOCLISTX, FORM_RNGLISTX, FORM_STRX1 = 0x25, FORM_STRX2, FORM_STRX3,
	FORM_STRX4, FORM_ADDRX1, FORM_ADDRX2, FORM_ADDRX3, FORM_ADDRX4,
};

/* ---- abbreviations ---- */

static enum k2_status read_specs(struct dwcur *c, struct dwabbrev *a)
{
	for (;;) {
		struct dwspec s = { .name = (uint32_t)dw_uleb(c) };

		s.form = (uint32_t)dw_uleb(c);
		if (s.form == FORM_IMPLICIT_CONST)
			s.implicit = dw_sleb(c);
		if (c->bad || !dw_step(c->d))
			return dw_unknown(c, "abbreviations without an end");
		if (!s.name && !s.form)
			return K2_OK;
		if (!K2_VEC_PUSH(c->d->w->arena, a->specs, a->n_specs, a->cap_specs, s))
			return K2_ENOMEM;
	}
}

enum k2_status dw_read_abbrevs(struct dwarf *d, uint64_t at, struct dwabbrevs *out)
{
	struct dwcur c = dw_at(d, DW_ABBREV, at);
	enum k2_status st = K2_OK;

	out->at = at;
	out->n = 0;
	while (!st) {
		struct dwabbrev a = { .code = dw_uleb(&c) };

		if (!a.code && !c.bad)
			break;
		a.tag = (uint32_t)dw_uleb(&c);
		a.children = dw_u(&c, 1);
		st = c.bad ? dw_unknown(&c, "abbreviations without an end") : read_specs(&c, &a);
		if (!st && !K2_VEC_PUSH(d->w->arena, out->v, out->n, out->cap, a))
			st = K2_ENOMEM;
	}
	return st;
}

const struct dwabbrev *dw_find_abbrev(const struct dwabbrevs *a, uint64_t code)
{
	if (code && code <= a->n && a->v[code - 1].code == code) /* as all compilers number them */
		return &a->v[code - 1];
	for (uint32_t k = 0; k < a->n; k++) {
		if (a->v[k].code == code)
			return &a->v[k];
	}
	return NULL;
}

/* ---- values ---- */

static uint64_t skip_block(struct dwcur *c, uint64_t n)
{
	dw_skip(c, n);
	return n;
}

/* Forms with a number of bytes that is fixed; 0: others. */
static unsigned int width(uint32_t form, unsigned int version)
{
	switch (form) {
	case FORM_DATA1: case FORM_FLAG: case FORM_REF1: case FORM_STRX1: case FORM_ADDRX1: return 1;
	case FORM_DATA2: case FORM_REF2: case FORM_STRX2: case FORM_ADDRX2: return 2;
	case FORM_STRX3: case FORM_ADDRX3: return 3;
	case FORM_DATA4: case FORM_REF4: case FORM_STRX4: case FORM_ADDRX4: case FORM_STRP: case FORM_LINE_STRP:
	case FORM_SEC_OFFSET: return 4;
	case FORM_DATA8: case FORM_REF8: case FORM_REF_SIG8: return 8;
	case FORM_REF_ADDR: return version <= 2 ? DW_ADDR_SIZE : DW_OFFSET_SIZE;
	default: return 0;
	}
}

static enum k2_status read_other(struct dwcur *c, const struct dwspec *s, struct dwattr *out)
{
	switch (s->form) {
	case FORM_ADDR: case FORM_DATA16: dw_skip(c, s->form == FORM_ADDR ? DW_ADDR_SIZE : 16); break;
	case FORM_BLOCK1: out->value = skip_block(c, dw_u(c, 1)); break;
	case FORM_BLOCK2: out->value = skip_block(c, dw_u(c, 2)); break;
	case FORM_BLOCK4: out->value = skip_block(c, dw_u(c, 4)); break;
	case FORM_BLOCK: case FORM_EXPRLOC: out->value = skip_block(c, dw_uleb(c)); break;
	case FORM_STRING: dw_string(c); break;
	case FORM_SDATA: out->value = (uint64_t)dw_sleb(c); break;
	case FORM_UDATA: case FORM_REF_UDATA: case FORM_STRX: case FORM_ADDRX: case FORM_LOCLISTX: case FORM_RNGLISTX:
		out->value = dw_uleb(c);
		break;
	case FORM_FLAG_PRESENT: break;
	case FORM_IMPLICIT_CONST: out->value = (uint64_t)s->implicit; break;
	default: return dw_unknown(c, "an attribute in an unknown form");
	}
	return K2_OK;
}

enum k2_status dw_read_attr(struct dwcur *c, const struct dwspec *s, unsigned int version, struct dwattr *out)
{
	unsigned int bytes = width(s->form, version);
	enum k2_status st = K2_OK;

	*out = (struct dwattr){ .name = s->name, .form = s->form, .at = c->at };
	if (bytes)
		out->value = dw_number(c, bytes);
	else
		st = read_other(c, s, out);
	out->size = c->at - out->at;
	if (c->bad)
		return dw_unknown(c, "an attribute behind the end");
	return st;
}

bool dw_is_index(uint32_t form)
{
	return form == FORM_LOCLISTX || form == FORM_RNGLISTX;
}

bool dw_is_expression(uint32_t form)
{
	return form == FORM_EXPRLOC || form == FORM_BLOCK || form == FORM_BLOCK1 || form == FORM_BLOCK2 || form == FORM_BLOCK4;
}

bool dw_is_offset(uint32_t form, unsigned int version)
{
	return form == FORM_SEC_OFFSET || (version < 4 && form == FORM_DATA4);
}

bool dw_is_constant(uint32_t form)
{
	return form == FORM_DATA1 || form == FORM_DATA2 || form == FORM_DATA4 || form == FORM_DATA8 || form == FORM_UDATA;
}

bool dw_is_leb(uint32_t form)
{
	return form == FORM_UDATA || form == FORM_EXPRLOC || form == FORM_BLOCK;
}

enum k2_status dw_attr_addr(struct dwcur c, const struct dwattr *a, uint64_t addr_base, struct dwaddr *out)
{
	bool index = a->form == FORM_ADDRX || (a->form >= FORM_ADDRX1 && a->form <= FORM_ADDRX4), good = true;

	c.at = a->at;
	if (!index && a->form != FORM_ADDR)
		return dw_unknown(&c, "an address in an unknown form");
	*out = index ? dw_addrx(c.d, addr_base, a->value, &good) : dw_addr(&c);
	return good ? K2_OK : dw_unknown(&c, "an address that .debug_addr does not have");
}

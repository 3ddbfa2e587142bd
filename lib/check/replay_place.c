// SPDX-License-Identifier: BSD-2-Clause
/* Where the pointers of a counterexample point: each kind has an area of its own, and a layout says how far apart those are that
   may be equal. */
#include "replay_impl.h"

enum { FAR_APART = 0x10000 };

/* How far apart, by layout; in the last one those that may point into the stack do. */
static const uint32_t distance[K2_LAYOUTS] = { FAR_APART, 0, 1, 4, 0 };

static k2_t first_of(const struct k2_replay *r, enum k2_region region)
{
	for (uint32_t k = 0; k < r->n_atoms; k++) {
		if (k2_atom_region(r->atoms[k]) == region && r->atoms[k]->width == 64)
			return r->atoms[k];
	}
	return NULL;
}

static bool may_be_target(k2_t t, bool value)
{
	switch (k2_atom_region(t)) {
	case K2_RG_PKT: case K2_RG_MEM: case K2_RG_FRAME: return !value;
	case K2_RG_MAP_VALUE: return !value || k2_atom_id(t);
	case K2_RG_DATA: return true;
	default: return false;
	}
}

/* Where a pointer of unknown kind (`value`: to a value of some map or global variable) points: to what another pointer does. */
static uint64_t somewhere(const struct k2_replay *r, bool value, uint64_t off)
{
	uint32_t n = 0, nth;

	for (uint32_t k = 0; k < r->n_atoms; k++)
		n += r->is_base[k] && may_be_target(r->atoms[k], value);
	nth = n ? r->choice % n : 0;
	for (uint32_t k = 0; k < r->n_atoms && n; k++) {
		k2_t t = r->atoms[k];

		if (!r->is_base[k] || !may_be_target(t, value) || nth-- > 0)
			continue;
		switch (k2_atom_region(t)) {
		case K2_RG_PKT: return k2_addr(K2_AREA_PKT, 0, off);
		case K2_RG_MEM: return k2_addr(K2_AREA_MEM, 0, off);
		case K2_RG_FRAME: return k2_addr(K2_AREA_FRAME, 0, off);
		case K2_RG_DATA: return k2_addr(K2_AREA_DATA, k2_atom_id(t), off);
		default: return k2_addr(K2_AREA_VALUE, k2_atom_id(t), off);
		}
	}
	return k2_addr(value ? K2_AREA_VALUE : K2_AREA_FAR, 0, off);
}


bool k2_replay_place(struct k2_replay *r, uint32_t k, unsigned int layout, uint32_t ordinal[16], uint64_t *addr)
{
	k2_t t = r->atoms[k];
	enum k2_region region = k2_atom_region(t);
	uint64_t off = (uint64_t)ordinal[region & 15] * distance[layout];

	if (t->width != 64 || region == K2_RG_SCALAR)
		return false;
	if ((region == K2_RG_FOREIGN || region == K2_RG_ANY) && !r->is_base[k])
		return false;
	if ((region == K2_RG_MAP_VALUE || region == K2_RG_MEM) && !r->is_base[k] && !r->value[k])
		return false; /* NULL */
	ordinal[region & 15]++;
	switch (region) {
	case K2_RG_STACK: *addr = k2_addr(K2_AREA_STACK, 0, 0); break;
	case K2_RG_CTX: *addr = k2_addr(K2_AREA_CTX, 0, k2_term_is(t, K2_FN_CTX) ? 0 : 8 * (uint64_t)ordinal[K2_RG_CTX]); break;
	case K2_RG_PKT: *addr = k2_addr(K2_AREA_PKT, 0, off); break;
	case K2_RG_PKT_END: *addr = r->packet_end; break;
	case K2_RG_MAP_VALUE:
		*addr = layout && !k2_atom_id(t) ? somewhere(r, true, off) : k2_addr(K2_AREA_VALUE, k2_atom_id(t), off);
		break;
	case K2_RG_DATA: *addr = k2_addr(K2_AREA_DATA, k2_atom_id(t), k2_term_is(t, K2_FN_SYMBOL) ? 0 : off); break;
	case K2_RG_MEM: *addr = k2_addr(K2_AREA_MEM, 0, off); break;
	case K2_RG_FRAME: *addr = k2_addr(K2_AREA_FRAME, 0, off); break;
	case K2_RG_MAP: *addr = k2_addr(K2_AREA_OTHER, k2_atom_id(t), 0); break;
	case K2_RG_ANY:
		if (layout == K2_LAYOUT_STACK) {
			*addr = k2_addr(K2_AREA_STACK, 0, 0 - 8 * (uint64_t)ordinal[K2_RG_ANY]);
			break;
		}
		/* fallthrough */
	default: *addr = layout ? somewhere(r, false, off) : k2_addr(K2_AREA_FAR, 0, off); break;
	}
	return true;
}

/* Somebody compares with the end of the packet: where is it? As far from the first packet pointer as `hint` says, or one of
   the usual places. */
void k2_replay_place_end(struct k2_replay *r, bool hinted, unsigned int choice)
{
	static const uint64_t lengths[] = { 0x8000000, 64, 14, 0 };
	k2_t end = first_of(r, K2_RG_PKT_END), start = first_of(r, K2_RG_PKT);
	uint64_t length = lengths[choice % K2_ARRAY_SIZE(lengths)];
	uint32_t e, s;

	r->packet_end = 0;
	if (!end || !k2_replay_atom(r, end, &e))
		return;
	if (hinted && start && k2_replay_atom(r, start, &s) && r->value[e] - r->value[s] < 0x8000)
		length = r->value[e] - r->value[s];
	r->packet_end = k2_addr(K2_AREA_PKT, 0, length);
}

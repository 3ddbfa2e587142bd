// SPDX-License-Identifier: BSD-2-Clause
/* Instructions to bytes. */
#include <stdio.h>
#include <string.h>
#include "code.h"

static void put16(uint8_t *p, bool big_endian, uint16_t v)
{
	p[big_endian ? 1 : 0] = (uint8_t)v;
	p[big_endian ? 0 : 1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, bool big_endian, uint32_t v)
{
	put16(p + (big_endian ? 2 : 0), big_endian, (uint16_t)v);
	put16(p + (big_endian ? 0 : 2), big_endian, (uint16_t)(v >> 16));
}

static void put_slot(uint8_t *p, bool big_endian, const struct k2_insn *i, uint8_t code)
{
	p[0] = code;
	p[1] = (uint8_t)(big_endian ? i->dst << 4 | i->src : i->src << 4 | i->dst);
	put16(p + 2, big_endian, (uint16_t)i->off);
	put32(p + 4, big_endian, (uint32_t)i->imm);
}

enum k2_status k2_isa_encode(const struct k2_insn *i, bool big_endian, uint8_t *p, unsigned int *used)
{
	bool wide = k2_isa_kind(i) == K2_KIND_LD_IMM64;
	bool two = k2_isa_slots(i) == 2;

	if (i->dst > 15 || i->src > 15 || (!two && (i->imm < INT32_MIN || i->imm > INT32_MAX)))
		return K2_EINVAL;
	put_slot(p, big_endian, i, wide && !two ? K2_ALU64 | K2_MOV | K2_K : i->code);
	if (two) {
		memset(p + SLOT_SIZE, 0, 4);
		put32(p + 12, big_endian, (uint32_t)((uint64_t)i->imm >> 32));
	}
	*used = two ? 2 * SLOT_SIZE : SLOT_SIZE;
	return K2_OK;
}

struct encoder {
	const struct k2_insn *insns;
	uint32_t n;
	uint32_t *slot_of; /* by instruction; slot_of[n] is the end */
	char *msg;
	size_t msg_size;
};

static enum k2_status fail(struct encoder *e, uint32_t k, const char *what)
{
	snprintf(e->msg, e->msg_size, "slot %u: %s", e->slot_of[k], what);
	return K2_EINVAL;
}

/* Puts the distance to the target into `copy`, which is instruction k. */
static enum k2_status set_distance(struct encoder *e, uint32_t k, struct k2_insn *copy)
{
	const struct k2_isa_row *r = k2_isa_row(copy);
	int64_t distance;

	if (!has_target(r))
		return K2_OK;
	if (copy->target >= e->n)
		return fail(e, k, "a jump out of the function");
	distance = (int64_t)e->slot_of[copy->target] - e->slot_of[k + 1];
	if (far_jump(r)) {
		if (distance < INT32_MIN || distance > INT32_MAX)
			return fail(e, k, "the distance of a jump does not fit 32 bits");
		copy->imm = distance;
		return K2_OK;
	}
	if (distance < INT16_MIN || distance > INT16_MAX)
		return fail(e, k, "the distance of a jump does not fit 16 bits");
	copy->off = (int16_t)distance;
	return K2_OK;
}

static enum k2_status encode_slots(struct encoder *e, bool big_endian, uint8_t *bytes)
{
	uint32_t k;

	for (k = 0; k < e->n; k++) {
		struct k2_insn copy = e->insns[k];
		unsigned int used;
		enum k2_status st = set_distance(e, k, &copy);

		if (st != K2_OK)
			return st;
		if (k2_isa_encode(&copy, big_endian, bytes + (size_t)e->slot_of[k] * SLOT_SIZE, &used) != K2_OK)
			return fail(e, k, "a field does not fit its place in the instruction");
	}
	return K2_OK;
}

enum k2_status k2_isa_encode_all(struct k2_arena *a, const struct k2_insn *insns, uint32_t n, bool big_endian,
				 uint8_t **out, size_t *len, char *msg, size_t size)
{
	struct encoder e = { .insns = insns, .n = n, .msg = msg, .msg_size = size };
	enum k2_status st;
	uint8_t *bytes;
	uint32_t k;

	e.slot_of = k2_arena_calloc(a, (size_t)n + 1, sizeof(*e.slot_of));
	if (!e.slot_of)
		return K2_ENOMEM;
	for (k = 0; k < n; k++)
		e.slot_of[k + 1] = e.slot_of[k] + k2_isa_slots(&insns[k]);
	bytes = k2_arena_calloc(a, (size_t)e.slot_of[n] + 1, SLOT_SIZE);
	if (!bytes)
		return K2_ENOMEM;
	st = encode_slots(&e, big_endian, bytes);
	if (st != K2_OK)
		return st;
	*out = bytes;
	*len = (size_t)e.slot_of[n] * SLOT_SIZE;
	return K2_OK;
}

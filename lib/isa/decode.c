// SPDX-License-Identifier: BSD-2-Clause
/* Bytes to instructions. */
#include <stdio.h>
#include "code.h"

static uint16_t get16(const uint8_t *p, bool big_endian)
{
	return (uint16_t)(big_endian ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static uint32_t get32(const uint8_t *p, bool big_endian)
{
	uint32_t a = get16(p, big_endian), b = get16(p + 2, big_endian);

	return big_endian ? a << 16 | b : b << 16 | a;
}

static struct k2_insn raw_slot(const uint8_t *p, bool big_endian)
{
	uint8_t hi = p[1] >> 4, lo = p[1] & 15;

	return (struct k2_insn){
		.code = p[0],
		.dst = big_endian ? hi : lo,
		.src = big_endian ? lo : hi,
		.off = (int16_t)get16(p + 2, big_endian),
		.imm = (int32_t)get32(p + 4, big_endian),
		.origin = -1,
	};
}

/* The second slot of ld_imm64 holds nothing but the upper half. */
static bool is_upper_half(const uint8_t *p)
{
	return !p[0] && !p[1] && !p[2] && !p[3];
}

static void make_opaque(struct k2_insn *i)
{
	i->flags = K2_F_OPAQUE;
	i->use = i->def = ALL_REGS;
}

enum k2_status k2_isa_decode(const uint8_t *p, size_t len, bool big_endian, struct k2_insn *out, unsigned int *used)
{
	const struct k2_isa_row *r;
	struct k2_insn i;

	if (len < SLOT_SIZE)
		return K2_EINVAL;
	i = raw_slot(p, big_endian);
	*used = SLOT_SIZE;
	if (i.code == K2_LD_IMM64) {
		if (len < 2 * SLOT_SIZE)
			return K2_EINVAL;
		if (is_upper_half(p + SLOT_SIZE)) {
			i.imm = (int64_t)((uint64_t)get32(p + 12, big_endian) << 32 | (uint32_t)i.imm);
			*used = 2 * SLOT_SIZE;
		}
	}
	if (k2_isa_validate(&i) || (i.code == K2_LD_IMM64 && *used == SLOT_SIZE)) {
		*used = SLOT_SIZE;
		i = raw_slot(p, big_endian);
		make_opaque(&i);
	}
	r = k2_isa_row(&i);
	if (has_target(r))
		i.target = UINT32_MAX;
	if (is_call(r))
		i.use = CALL_USE;
	*out = i;
	return K2_OK;
}

struct decoder {
	struct k2_insn *insns;
	uint32_t n;
	uint32_t *insn_at; /* by slot: the instruction that begins there, UINT32_MAX in the middle of one */
	uint32_t n_slots;
	char *msg;
	size_t msg_size;
};

static enum k2_status fail(struct decoder *d, enum k2_status st, uint32_t slot, const char *what)
{
	snprintf(d->msg, d->msg_size, "slot %u: %s", slot, what);
	return st;
}

static enum k2_status decode_slots(struct decoder *d, const uint8_t *p, size_t len, bool big_endian)
{
	uint32_t slot = 0;

	while (slot < d->n_slots) {
		struct k2_insn *i = &d->insns[d->n];
		size_t at = (size_t)slot * SLOT_SIZE;
		unsigned int used;

		if (k2_isa_decode(p + at, len - at, big_endian, i, &used) != K2_OK)
			return fail(d, K2_EINVAL, slot, "the second half of a 64-bit constant is missing");
		if ((i->flags & K2_F_OPAQUE) && (K2_CLASS(i->code) == K2_JMP || K2_CLASS(i->code) == K2_JMP32))
			return fail(d, K2_EUNSUPPORTED, slot, "an unknown jump");
		i->origin = (int32_t)d->n;
		d->insn_at[slot++] = d->n++;
		if (used > SLOT_SIZE)
			d->insn_at[slot++] = UINT32_MAX;
	}
	return K2_OK;
}

static enum k2_status resolve_targets(struct decoder *d)
{
	uint32_t slot = 0, k;

	for (k = 0; k < d->n; slot += k2_isa_slots(&d->insns[k]), k++) {
		struct k2_insn *i = &d->insns[k];
		const struct k2_isa_row *r = k2_isa_row(i);
		int64_t to;

		if (!has_target(r))
			continue;
		to = (int64_t)slot + 1 + (far_jump(r) ? i->imm : i->off);
		if (to < 0 || to >= d->n_slots)
			return fail(d, K2_EINVAL, slot, "a jump out of the function");
		if (d->insn_at[to] == UINT32_MAX)
			return fail(d, K2_EINVAL, slot, "a jump into the middle of a 64-bit constant");
		i->target = d->insn_at[to];
	}
	return K2_OK;
}

enum k2_status k2_isa_decode_all(struct k2_arena *a, const uint8_t *p, size_t len, bool big_endian,
				 struct k2_insn **out, uint32_t *n, char *msg, size_t size)
{
	struct decoder d = { .msg = msg, .msg_size = size };
	enum k2_status st;

	if (len / SLOT_SIZE > INT32_MAX)
		return fail(&d, K2_EINVAL, 0, "the function is too long");
	d.n_slots = (uint32_t)(len / SLOT_SIZE);
	if (len % SLOT_SIZE)
		return fail(&d, K2_EINVAL, d.n_slots, "the last instruction is truncated");
	d.insns = k2_arena_calloc(a, (size_t)d.n_slots + 1, sizeof(*d.insns));
	d.insn_at = k2_arena_calloc(a, (size_t)d.n_slots + 1, sizeof(*d.insn_at));
	if (!d.insns || !d.insn_at)
		return K2_ENOMEM;
	st = decode_slots(&d, p, len, big_endian);
	if (st == K2_OK)
		st = resolve_targets(&d);
	if (st != K2_OK)
		return st;
	*out = d.insns;
	*n = d.n;
	return K2_OK;
}

// SPDX-License-Identifier: BSD-2-Clause
/* merge-stores: stores to neighbouring bytes become one wide store: of a number, of a register that holds all the bytes, or
   (wide-copy) of bytes loaded at once from where they come. */
#include "propose.h"

/* Up to eight stores that fill an aligned run of bytes. */
struct run {
	uint32_t at[8];       /* stores, in program order */
	unsigned int n, size; /* size of the run in bytes */
	uint64_t off;
	k2_t base, value;     /* access-wide number that a load of the whole run would give */
};

static bool is_store(const struct k2_site *s, uint32_t k)
{
	return k2_isa_kind(&s->insns[k]) == K2_KIND_STORE && k2_is_access(s, k);
}

/* Collects the stores to [off, off + size) of base from instruction k on, until an event. Every byte once. */
static bool collect(const struct k2_site *s, uint32_t k, uint64_t off, unsigned int size, struct run *r)
{
	k2_t bytes[8] = { 0 };
	uint64_t have = 0;

	*r = (struct run){ .size = size, .off = off, .base = s->w->old.points[k].base };
	for (uint32_t j = k; j < s->n && have != k2_mask(size); j++) {
		const struct k2_point *p = &s->w->old.points[j];
		uint64_t rel = p->off - off;
		unsigned int bs = k2_isa_access_size(&s->insns[j]);

		if (p->event)
			return false;
		if (!is_store(s, j) || p->base != r->base || rel >= size)
			continue;
		if (rel + bs > size || (have & (k2_mask(bs) << rel)) || r->n == 8)
			return false;
		for (unsigned int b = 0; b < bs; b++)
			bytes[rel + b] = k2_byte_of(&s->w->ctx, p->value, bs, b);
		have |= k2_mask(bs) << rel;
		r->at[r->n++] = j;
	}
	if (have != k2_mask(size) || r->n < 2)
		return false;
	r->value = k2_bytes_join(&s->w->ctx, bytes, size);
	return true;
}

/* The edit without the stores, and their address before instruction k. */
static bool begin(const struct k2_site *s, const struct run *r, uint32_t k, struct k2_edit *e, uint8_t *reg, int16_t *disp)
{
	if (!k2_find_addr(s, k, r->base, r->off, reg, disp) || !k2_edit_init(e, s))
		return false;
	for (unsigned int n = 0; n < r->n; n++)
		k2_edit_delete(e, r->at[n]);
	return true;
}

static bool store_const(const struct k2_site *s, const struct run *r)
{
	struct k2_edit e;
	uint8_t reg;
	int16_t disp;

	if (!k2_t_is_const(r->value) || (r->size == 8 && !k2_fits_imm32(r->value->imm)))
		return false;
	if (!begin(s, r, r->at[r->n - 1], &e, &reg, &disp))
		return false;
	k2_edit_insert(&e, r->at[r->n - 1], k2_mk_store_imm(k2_size_code(r->size), reg, disp, (int32_t)r->value->imm));
	return k2_edit_offer(&e, r->at[0]);
}

/* A register that holds all bytes of the run before instruction k; -1: none. */
static int holder(const struct k2_site *s, uint32_t k, const struct run *r)
{
	for (uint8_t q = 0; q < 10; q++) {
		k2_t v = k2_term_at(s, k, q);

		if (v && k2_t_extract(s->w->ctx.terms, v, 0, 8 * r->size) == r->value)
			return q;
	}
	return -1;
}

/* Some register holds all bytes of the run: at the last store, or earlier, where it was not yet shifted to get at the next byte. */
static bool store_reg(const struct k2_site *s, const struct run *r)
{
	for (uint32_t k = r->at[r->n - 1] + 1; k-- > r->at[0];) {
		int q = holder(s, k, r);
		struct k2_edit e;
		uint8_t reg;
		int16_t disp;

		if (q < 0 || !begin(s, r, k, &e, &reg, &disp))
			continue;
		k2_edit_insert(&e, k, k2_mk_store(k2_size_code(r->size), reg, disp, (uint8_t)q));
		if (k2_edit_offer(&e, r->at[0]))
			return true;
	}
	return false;
}

static bool try_runs(const struct k2_site *s, uint32_t k, bool (*use)(const struct k2_site *s, const struct run *r))
{
	const struct k2_point *p = &s->w->old.points[k];
	unsigned int own = k2_isa_access_size(&s->insns[k]);

	for (unsigned int size = 8; size > own; size /= 2) {
		/* Which part of the run this store is does not matter: try every place for it. */
		for (unsigned int part = 0; part < size; part += own) {
			struct run r;
			uint64_t off = p->off - part;

			if (p->base == s->w->ctx.fp && (int64_t)off % (int64_t)size)
				continue;
			if (collect(s, k, off, size, &r) && use(s, &r))
				return true;
		}
	}
	return false;
}

static bool use_plain(const struct k2_site *s, const struct run *r)
{
	return store_const(s, r) || store_reg(s, r);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		if (is_store(s, k) && try_runs(s, k, use_plain))
			return;
	}
}

const struct k2_proposer k2_propose_merge_stores = {
	.name = "merge-stores",
	.about = "neighbouring bytes are stored at once",
	.level = 1,
	.propose = propose,
};

/* The load whose number is the lowest-addressed part of the run's bytes. */
static int source_of(const struct k2_site *s, const struct run *r)
{
	bool big = s->f->desc->big_endian;

	for (uint32_t j = 0; j < r->at[r->n - 1]; j++) {
		unsigned int bits = 8 * k2_isa_access_size(&s->insns[j]);

		if (k2_isa_kind(&s->insns[j]) != K2_KIND_LOAD || !k2_is_access(s, j) || bits > r->value->width)
			continue;
		if (k2_t_extract(s->w->ctx.terms, r->value, big ? r->value->width - bits : 0, bits) ==
		    s->w->old.points[j].value)
			return (int)j;
	}
	return -1;
}

/* Loads at the place of the last store, or of the first load if the source's address is gone by then. */
static bool copy_run(const struct k2_site *s, const struct run *r)
{
	uint32_t last = r->at[r->n - 1], place[2];
	int src = source_of(s, r), tmp;
	uint8_t dreg, sreg;
	int16_t ddisp, sdisp;
	struct k2_edit e;

	if (src < 0)
		return false;
	place[0] = last;
	place[1] = (uint32_t)src;
	for (unsigned int k = 0; k < 2; k++) {
		const struct k2_point *p = &s->w->old.points[src];

		tmp = place[k] == last && K2_CLASS(s->insns[last].code) == K2_STX &&
				      !k2_live_reg(&s->live[last + 1], s->insns[last].src) ?
			      s->insns[last].src :
			      k2_find_free(s, place[k], last);
		if (tmp < 0 || !k2_find_addr(s, place[k], p->base, p->off, &sreg, &sdisp) ||
		    !begin(s, r, last, &e, &dreg, &ddisp))
			continue;
		k2_edit_insert(&e, place[k], k2_mk_load(k2_size_code(r->size), (uint8_t)tmp, sreg, sdisp));
		k2_edit_insert(&e, last, k2_mk_store(k2_size_code(r->size), dreg, ddisp, (uint8_t)tmp));
		if (k2_edit_offer(&e, r->at[0]))
			return true;
	}
	return false;
}

static void propose_copy(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n; k++) {
		if (is_store(s, k) && try_runs(s, k, copy_run))
			return;
	}
}

const struct k2_proposer k2_propose_wide_copy = {
	.name = "wide-copy",
	.about = "neighbouring bytes are copied at once",
	.level = 1,
	.propose = propose_copy,
};

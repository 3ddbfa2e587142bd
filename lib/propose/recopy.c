// SPDX-License-Identifier: BSD-2-Clause
/* recopy: stores of bytes that all come from memory (a copy, or two fields that change places) are made anew: wide loads of
   everything first, then wide stores. */
#include "propose.h"

enum { SPAN_MAX = 32, PIECES_MAX = 6 };

struct span {
	uint32_t first, last;        /* stores */
	uint32_t first_load;
	k2_t base;
	uint64_t off;
	unsigned int size;           /* bytes from off, all written */
	k2_t byte[SPAN_MAX];
	bool mine[256];              /* by instruction: a store of the span */
};

struct piece {
	unsigned int at, size;       /* in the span */
	uint32_t load;               /* an old load whose lowest-addressed byte is the piece's */
	int reg;
};

static bool is_store(const struct k2_site *s, uint32_t k)
{
	return k2_isa_kind(&s->insns[k]) == K2_KIND_STORE && k2_is_access(s, k);
}

/* All stores to one base from instruction k on up to an event, as one run of bytes without holes. */
static bool collect(const struct k2_site *s, uint32_t k, struct span *x)
{
	int64_t lo = INT64_MAX, hi = INT64_MIN;

	*x = (struct span){ .first = k, .last = k, .base = s->w->old.points[k].base };
	for (uint32_t j = k; j < s->n && j < 256 && !s->w->old.points[j].event; j++) {
		const struct k2_point *p = &s->w->old.points[j];

		if (!is_store(s, j))
			continue;
		if (p->base != x->base)
			break;
		lo = K2_MIN(lo, (int64_t)p->off);
		hi = K2_MAX(hi, (int64_t)p->off + k2_isa_access_size(&s->insns[j]));
		if (hi - lo > SPAN_MAX)
			break;
		x->mine[j] = true;
		x->last = j;
		x->off = (uint64_t)lo;
		x->size = (unsigned int)(hi - lo);
	}
	return x->last > k;
}

static bool fill(const struct k2_site *s, struct span *x)
{
	for (uint32_t j = x->first; j <= x->last; j++) {
		const struct k2_point *p = &s->w->old.points[j];
		unsigned int n = k2_isa_access_size(&s->insns[j]);

		for (unsigned int b = 0; x->mine[j] && b < n; b++)
			x->byte[p->off - x->off + b] = k2_byte_of(&s->w->ctx, p->value, n, b);
	}
	for (unsigned int b = 0; b < x->size; b++) {
		if (!x->byte[b])
			return false;
	}
	return true;
}

/* The old load, before the last store, whose lowest-addressed byte is v. */
static bool load_of(const struct k2_site *s, const struct span *x, k2_t v, uint32_t *at)
{
	for (uint32_t j = 0; j < x->last; j++) {
		if (k2_isa_kind(&s->insns[j]) == K2_KIND_LOAD && k2_is_access(s, j) &&
		    k2_byte_of(&s->w->ctx, s->w->old.points[j].value, k2_isa_access_size(&s->insns[j]), 0) == v) {
			*at = j;
			return true;
		}
	}
	return false;
}

/* The byte at base + off, as memory was when load j ran: is it v? */
static bool is_byte_behind(const struct k2_site *s, uint32_t j, unsigned int n, k2_t v)
{
	const struct k2_point *p = &s->w->old.points[j];

	for (uint32_t m = 0; m < s->n; m++) {
		const struct k2_point *q = &s->w->old.points[m];
		uint64_t rel = p->off + n - q->off;
		unsigned int size = k2_isa_access_size(&s->insns[m]);

		if (k2_isa_kind(&s->insns[m]) == K2_KIND_LOAD && k2_is_access(s, m) && q->base == p->base && rel < size &&
		    k2_byte_of(&s->w->ctx, q->value, size, (unsigned int)rel) == v)
			return true;
	}
	return false;
}

/* Cuts the span into the widest pieces that are whole in the source, too. */
static unsigned int cut(const struct k2_site *s, struct span *x, struct piece *out)
{
	unsigned int n = 0;

	x->first_load = x->last;
	for (unsigned int at = 0; at < x->size;) {
		struct piece p = { .at = at };
		unsigned int run = 1;

		if (n == PIECES_MAX || !load_of(s, x, x->byte[at], &p.load))
			return 0;
		while (at + run < x->size && is_byte_behind(s, p.load, run, x->byte[at + run]))
			run++;
		for (p.size = 8; p.size > run; p.size /= 2)
			;
		if (x->base == s->w->ctx.fp)
			while ((int64_t)(x->off + at) % (int64_t)p.size)
				p.size /= 2;
		x->first_load = K2_MIN(x->first_load, p.load);
		out[n++] = p;
		at += p.size;
	}
	return n;
}

/* Registers for the pieces: free from the first store to the last. */
static bool allocate(const struct k2_site *s, const struct span *x, struct piece *p, unsigned int n)
{
	unsigned int taken = 0;

	for (unsigned int k = 0; k < n; k++) {
		p[k].reg = -1;
		for (unsigned int r = 0; r < 6 && p[k].reg < 0; r++) {
			if (!(taken >> r & 1) && !k2_live_reg(&s->live[x->last + 1], r) && r != s->insns[x->last].dst)
				p[k].reg = (int)r;
		}
		if (p[k].reg < 0)
			return false;
		taken |= 1u << p[k].reg;
	}
	return true;
}

/* Everything at the place of the last store; the sources' and the target's addresses must not be in registers that are
   loaded over. */
static bool build(const struct k2_site *s, const struct span *x, const struct piece *p, unsigned int n)
{
	struct k2_insn *out = k2_arena_calloc(s->arena, (size_t)s->n + 2 * n, sizeof(*out));
	uint32_t m = 0, bases = 0, loaded = 0;

	if (!out)
		return false;
	for (uint32_t k = 0; k < s->n; k++) {
		if (x->mine[k] && k < x->last)
			continue;
		if (k != x->last) {
			out[m++] = s->insns[k];
			continue;
		}
		for (unsigned int q = 0; q < n; q++) {
			const struct k2_point *pt = &s->w->old.points[p[q].load];
			uint8_t reg;
			int16_t disp;

			if (!k2_find_addr(s, k, pt->base, pt->off, &reg, &disp) || (loaded >> reg & 1))
				return false;
			bases |= 1u << reg;
			loaded |= 1u << p[q].reg;
			out[m] = k2_mk_load(k2_size_code(p[q].size), (uint8_t)p[q].reg, reg, disp);
			out[m++].line = s->insns[p[q].load].line;
		}
		for (unsigned int q = 0; q < n; q++) {
			uint8_t reg;
			int16_t disp;

			if (!k2_find_addr(s, k, x->base, x->off + p[q].at, &reg, &disp) || (loaded >> reg & 1))
				return false;
			out[m] = k2_mk_store(k2_size_code(p[q].size), reg, disp, (uint8_t)p[q].reg);
			out[m++].line = s->insns[k].line;
		}
	}
	return s->offer(s, out, m, x->first);
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 0; k < s->n && k < 256; k++) {
		struct piece pieces[PIECES_MAX];
		struct span x;
		unsigned int n;

		if (!is_store(s, k) || !collect(s, k, &x) || !fill(s, &x))
			continue;
		n = cut(s, &x, pieces);
		if (n && allocate(s, &x, pieces, n) && build(s, &x, pieces, n))
			return;
	}
}

const struct k2_proposer k2_propose_recopy = {
	.name = "recopy",
	.about = "copied bytes are loaded and stored in wide pieces",
	.level = 1,
	.propose = propose,
};

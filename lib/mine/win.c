// SPDX-License-Identifier: BSD-2-Clause
/* From a rewrite of a window to the few instructions that it is about: those that change, and then, step by step, those that they
   depend on. */
#include <string.h>
#include "mine.h"

enum { MAX_WINDOW = 160, WIDTHS = 4 };

struct diff {
	const struct k2_rewrite *r;
	uint32_t n;              /* of the old code */
	bool out[MAX_WINDOW];    /* old instructions that go */
	bool in[MAX_WINDOW];     /* new instructions that come */
	int32_t pair[MAX_WINDOW]; /* of new instructions: the old one that they are; -1 */
	bool part[MAX_WINDOW];   /* old instructions in the pattern */
};

/* The longest common subsequence stays. */
static bool compare(struct k2_arena *a, struct diff *d)
{
	const struct k2_rewrite *r = d->r;
	uint32_t n = r->site->n, m = r->n;
	uint16_t *len;

	if (n > MAX_WINDOW || m > MAX_WINDOW)
		return false;
	len = k2_arena_calloc(a, (size_t)(n + 1) * (m + 1), sizeof(*len));
	if (!len)
		return false;
	for (uint32_t i = n; i-- > 0;) {
		for (uint32_t j = m; j-- > 0;) {
			uint16_t down = len[(i + 1) * (m + 1) + j], right = len[i * (m + 1) + j + 1];

			len[i * (m + 1) + j] = k2_same_insn(&r->site->insns[i], &r->insns[j]) ?
						       (uint16_t)(len[(i + 1) * (m + 1) + j + 1] + 1) : K2_MAX(down, right);
		}
	}
	for (uint32_t i = 0, j = 0; i < n || j < m;) {
		if (i < n && j < m && k2_same_insn(&r->site->insns[i], &r->insns[j])) {
			d->pair[j++] = (int32_t)i++;
		} else if (j == m || (i < n && len[(i + 1) * (m + 1) + j] >= len[i * (m + 1) + j + 1])) {
			d->out[i] = d->part[i] = true;
			i++;
		} else {
			d->in[j] = true;
			d->pair[j++] = -1;
		}
	}
	d->n = n;
	return true;
}

static bool is_rule_kind(const struct k2_insn *i)
{
	enum k2_kind kind = k2_isa_kind(i);

	return !i->flags && !i->sym && (kind == K2_KIND_ALU || kind == K2_KIND_LOAD || kind == K2_KIND_STORE || kind == K2_KIND_JUMP ||
					(kind == K2_KIND_LD_IMM64 && !i->src));
}

static int last_write(const struct k2_insn *insns, uint32_t k, unsigned int r)
{
	while (k-- > 0) {
		if (k2_isa_writes(&insns[k]) >> r & 1)
			return (int)k;
	}
	return -1;
}

/* What computes the operands of instruction k, as far as rules can have it. */
static bool add_operands(struct diff *d, const struct k2_insn *i, uint32_t k)
{
	bool any = false;

	for (unsigned int side = 0; side < 2; side++) {
		int r = k2_rule_operand(i, side), def = r < 0 || r == 10 ? -1 : last_write(d->r->site->insns, k, (unsigned int)r);

		if (def >= 0 && !d->part[def] && is_rule_kind(&d->r->site->insns[def]))
			any = d->part[def] = true;
	}
	return any;
}

static bool same_bytes(const struct k2_rewrite *r, uint32_t a, uint32_t b)
{
	const struct k2_point *p = &r->site->w->old.points[a], *q = &r->site->w->old.points[b];
	int64_t rel = (int64_t)(q->off - p->off);

	return p->access && q->access && !p->event && !q->event && p->base == q->base &&
	       rel < (int64_t)k2_isa_access_size(&r->site->insns[a]) && -rel < (int64_t)k2_isa_access_size(&r->site->insns[b]);
}

/* Of an instruction that goes: what its register held before. */
static bool add_old_value(struct diff *d, uint32_t k)
{
	int r = d->out[k] ? k2_rule_result(&d->r->site->insns[k]) : -1, def;

	def = r < 0 ? -1 : last_write(d->r->site->insns, k, (unsigned int)r);
	if (def < 0 || d->part[def] || !is_rule_kind(&d->r->site->insns[def]))
		return false;
	return d->part[def] = true;
}

/* The last accesses before k to the bytes that it touches. */
static bool add_memory(struct diff *d, uint32_t k)
{
	const struct k2_insn *insns = d->r->site->insns;
	bool any = false;

	for (uint32_t j = k; j-- > 0;) {
		if (!is_rule_kind(&insns[j]) || d->part[j] || !same_bytes(d->r, j, k))
			continue;
		any = d->part[j] = true;
		if (k2_isa_kind(&insns[j]) == K2_KIND_STORE)
			break;
	}
	return any;
}

/* One step along dependences. */
static bool widen(struct diff *d)
{
	bool was[MAX_WINDOW], any = false;

	memcpy(was, d->part, sizeof(was));
	for (uint32_t k = 0; k < d->n; k++) {
		if (!was[k])
			continue;
		any |= add_operands(d, &d->r->site->insns[k], k);
		any |= add_old_value(d, k);
		any |= add_memory(d, k);
	}
	return any;
}

static bool collect_match(const struct diff *d, struct k2_win *w)
{
	for (uint32_t k = 0; k < d->n; k++) {
		if (!d->part[k])
			continue;
		if (w->n_match == K2_WIN_INSNS || !is_rule_kind(&d->r->site->insns[k]))
			return false;
		w->match[w->n_match++] = d->r->site->insns[k];
	}
	return w->n_match > 0;
}

static bool is_copy_to_itself(const struct k2_insn *i)
{
	return i->code == (K2_ALU64 | K2_MOV | K2_X) && !i->off && i->dst == i->src && !i->flags;
}

static bool collect_give(const struct diff *d, struct k2_win *w)
{
	for (uint32_t k = 0; k < d->r->n; k++) {
		if (d->pair[k] >= 0 && !d->part[d->pair[k]])
			continue;
		if (is_copy_to_itself(&d->r->insns[k]))
			continue;
		if (w->n_give == K2_WIN_GIVES || !is_rule_kind(&d->r->insns[k]))
			return false;
		w->give[w->n_give++] = d->r->insns[k];
	}
	return true;
}

static uint16_t given(const struct k2_win *w)
{
	uint16_t set = 0;

	for (unsigned int k = 0; k < w->n_give; k++)
		set |= k2_isa_writes(&w->give[k]);
	return set;
}

/* The pattern writes the register before it reads it. */
static bool begins(const struct k2_win *w, unsigned int r)
{
	for (unsigned int k = 0; k < w->n_match; k++) {
		if (k2_isa_reads(&w->match[k]) >> r & 1)
			return false;
		if (k2_isa_writes(&w->match[k]) >> r & 1)
			return true;
	}
	return false;
}

bool k2_win_passes(const struct k2_win *w, unsigned int k)
{
	int r = k2_rule_result(&w->match[k]);

	return r >= 0 && begins(w, (unsigned int)r) && !(given(w) >> r & 1);
}

/* What the replacement only has because somebody outside wants it: a rule leaves that where it is. */
static void drop_passing(struct k2_win *w)
{
	uint16_t read = 0;

	for (unsigned int k = w->n_give; k-- > 0;) {
		int r = k2_rule_result(&w->give[k]);
		bool old = false, once = true;

		for (unsigned int j = 0; j < w->n_match; j++)
			old |= k2_same_insn(&w->match[j], &w->give[k]);
		for (unsigned int j = 0; j < w->n_give; j++)
			once &= j == k || r < 0 || !(k2_isa_writes(&w->give[j]) >> r & 1);
		if (r >= 0 && old && once && begins(w, (unsigned int)r) && !(read >> r & 1)) {
			memmove(&w->give[k], &w->give[k + 1], (--w->n_give - k) * sizeof(*w->give));
			continue;
		}
		read |= k2_isa_reads(&w->give[k]);
	}
}

/* Every register that somebody reads behind the pattern is changed by it, or is still computed. */
static bool gives_all(const struct diff *d, const struct k2_win *w)
{
	uint32_t last = 0;

	for (uint32_t k = 0; k < d->n; k++)
		last = d->part[k] ? k : last;
	for (uint32_t k = 0; k < d->n; k++) {
		int r = d->out[k] ? k2_rule_result(&d->r->site->insns[k]) : -1;

		if (r >= 0 && begins(w, (unsigned int)r) && !(given(w) >> r & 1) && k2_live_reg(&d->r->site->live[last + 1], (unsigned int)r))
			return false;
	}
	return true;
}

/* What is known where the pattern begins, and what is dead where it ends. */
static void collect_facts(const struct diff *d, struct k2_win *w)
{
	const struct k2_site *s = d->r->site;
	uint16_t written = 0, seen = 0;
	uint32_t last = 0;

	for (uint32_t k = 0; k < d->n; k++) {
		uint16_t reads = k2_isa_reads(&s->insns[k]) & (uint16_t)~written & (uint16_t)~seen;

		if (!d->part[k])
			continue;
		for (unsigned int r = 0; r < 10; r++) {
			k2_t v = reads >> r & 1 ? k2_term_at(s, k, r) : NULL;

			w->zeros[r] = v && !k2_t_is_const(v) ? v->zeros : w->zeros[r];
		}
		seen |= reads;
		written |= k2_isa_writes(&s->insns[k]);
		last = k;
	}
	for (unsigned int r = 0; r < 10; r++) {
		if (!k2_live_reg(&s->live[last + 1], r) && ((written | (seen & given(w))) >> r & 1))
			w->dead |= (uint16_t)(1u << r);
		if ((written >> r & 1) && !(s->live[last + 1].regs & K2_LIVE_HI(r)))
			w->low |= (uint16_t)(1u << r);
	}
}

static uint32_t slots_of(const struct k2_insn *v, unsigned int n)
{
	uint32_t slots = 0;

	for (unsigned int k = 0; k < n; k++)
		slots += k2_isa_slots(&v[k]);
	return slots;
}

bool k2_win_find(struct k2_arena *a, const struct k2_rewrite *r, unsigned int width, struct k2_win *out)
{
	struct diff d = { .r = r };

	memset(out, 0, sizeof(*out));
	if (width >= WIDTHS || !compare(a, &d))
		return false;
	for (unsigned int k = 0; k < width; k++) {
		if (!widen(&d))
			return false;
	}
	out->big_endian = r->site->f->desc->big_endian;
	out->proposer = r->proposer;
	if (!collect_match(&d, out) || !collect_give(&d, out))
		return false;
	if (!gives_all(&d, out))
		return false;
	drop_passing(out);
	out->line = out->match[out->n_match - 1].line;
	out->slots = slots_of(out->match, out->n_match) - slots_of(out->give, out->n_give);
	collect_facts(&d, out);
	return true;
}

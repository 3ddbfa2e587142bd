// SPDX-License-Identifier: BSD-2-Clause
/* Memory outside of the own frame: packet, map values, globals, reserved records, callers' frames. */
#include "symexec.h"

/* Which regions can never share a byte. Two lookups may return one value; two maps never do (values of maps without a name
   are not in these regions at all). */
static bool disjoint(enum k2_region ra, uint32_t ia, enum k2_region rb, uint32_t ib)
{
	/* A map value without a name may be that of the map behind a global variable. */
	if ((ra == K2_RG_DATA && rb == K2_RG_MAP_VALUE && !ib) || (rb == K2_RG_DATA && ra == K2_RG_MAP_VALUE && !ia))
		return false;
	if (ra != rb)
		return true;
	return ra == K2_RG_MAP_VALUE && ia && ib && ia != ib;
}

static struct k2_layer_byte *find_byte(const struct k2_layer *l, uint64_t off)
{
	uint32_t lo = 0, hi = l->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if ((int64_t)l->bytes[mid].off < (int64_t)off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n && l->bytes[lo].off == off ? &l->bytes[lo] : NULL;
}

static void put_byte(struct k2_symctx *c, struct k2_layer *l, uint64_t off, k2_t v)
{
	struct k2_layer_byte *b = find_byte(l, off), x = { off, v };
	uint32_t k;

	if (b) {
		b->value = v;
		return;
	}
	if (!K2_VEC_PUSH(c->arena, l->bytes, l->n, l->cap, x))
		return; /* the arena remembers */
	for (k = l->n - 1; k > 0 && (int64_t)l->bytes[k - 1].off > (int64_t)off; k--)
		l->bytes[k] = l->bytes[k - 1];
	l->bytes[k] = x;
}

static k2_t version_below(struct k2_symctx *c, const struct k2_ext *m, const struct k2_layer *l, bool all,
			  enum k2_region r, uint32_t id);

/* A layer and all below it (that may hold bytes of the region, unless `all`) as one term. */
static k2_t layer_version(struct k2_symctx *c, const struct k2_ext *m, const struct k2_layer *l, bool all,
			  enum k2_region r, uint32_t id)
{
	k2_t below = version_below(c, m, l->below, all, r, id), *args;

	if (l->n > 30000)
		return k2_t_fresh(c->terms, 64, NULL, 0);
	args = k2_arena_calloc(c->arena, 2 + 2 * (size_t)l->n, sizeof(*args));
	if (!args)
		return c->zero;
	args[0] = below;
	args[1] = l->base;
	for (uint32_t k = 0; k < l->n; k++) {
		args[2 + 2 * k] = k2_t_const(c->terms, 64, l->bytes[k].off);
		args[3 + 2 * k] = l->bytes[k].value;
	}
	return k2_t_apply(c->terms, 64, K2_FN_MEM, args, 2 + 2 * l->n, NULL, 0);
}

static k2_t version_below(struct k2_symctx *c, const struct k2_ext *m, const struct k2_layer *l, bool all,
			  enum k2_region r, uint32_t id)
{
	while (l && !all && disjoint(l->region, l->id, r, id))
		l = l->below;
	return l ? layer_version(c, m, l, all, r, id) : k2_t_const(c->terms, 64, m->version);
}

k2_t k2_ext_version(struct k2_symctx *c, const struct k2_ext *m)
{
	k2_t v = version_below(c, m, m->top, true, K2_RG_ANY, 0);
	k2_t args[2] = { v, k2_t_const(c->terms, 64, m->ctx_version) };

	return m->ctx_version ? k2_t_apply(c->terms, 64, K2_FN_MEM, args, 2, NULL, 0) : v;
}

static k2_t load_byte(struct k2_symctx *c, const struct k2_ext *m, enum k2_region r, uint32_t id, k2_t base, uint64_t off)
{
	const struct k2_layer *l = m->top;
	k2_t args[3];

	for (; l; l = l->below) {
		struct k2_layer_byte *b;

		if (disjoint(l->region, l->id, r, id))
			continue;
		if (l->base != base)
			break;
		b = find_byte(l, off);
		if (b)
			return b->value;
	}
	args[0] = version_below(c, m, l, false, r, id);
	args[1] = base;
	args[2] = k2_t_const(c->terms, 64, off);
	return k2_t_apply(c->terms, 8, K2_FN_BYTE, args, 3, NULL, K2_RG_SCALAR);
}

k2_t k2_bytes_join(struct k2_symctx *c, const k2_t *bytes, unsigned int size)
{
	bool big = c->f->desc->big_endian;
	k2_t v = bytes[big ? size - 1 : 0];

	for (unsigned int k = 1; k < size; k++)
		v = k2_t_concat(c->terms, bytes[big ? size - 1 - k : k], v);
	return v;
}

k2_t k2_byte_of(struct k2_symctx *c, k2_t value, unsigned int size, unsigned int index)
{
	return k2_t_extract(c->terms, value, 8 * (c->f->desc->big_endian ? size - 1 - index : index), 8);
}

k2_t k2_ext_load(struct k2_symctx *c, const struct k2_ext *m, enum k2_region r, uint32_t id, k2_t base, uint64_t off,
		 unsigned int size)
{
	k2_t bytes[8] = { NULL };

	for (unsigned int k = 0; k < size; k++)
		bytes[k] = load_byte(c, m, r, id, base, off + k);
	return k2_bytes_join(c, bytes, size);
}

/* The layer for writes at `base`: the newest one with this base above which nothing can alias it. */
static struct k2_layer *layer_for(struct k2_symctx *c, struct k2_ext *m, enum k2_region r, uint32_t id, k2_t base)
{
	struct k2_layer *l;

	for (l = m->top; l; l = l->below) {
		if (disjoint(l->region, l->id, r, id))
			continue;
		if (l->base == base)
			return l;
		break;
	}
	l = k2_arena_alloc(c->arena, sizeof(*l));
	if (!l)
		return NULL;
	l->below = m->top;
	l->base = base;
	l->region = r;
	l->id = id;
	m->top = l;
	return l;
}

void k2_ext_store(struct k2_symctx *c, struct k2_ext *m, enum k2_region r, uint32_t id, k2_t base, uint64_t off,
		  unsigned int size, k2_t value)
{
	struct k2_layer *l = layer_for(c, m, r, id, base);

	for (unsigned int k = 0; l && k < size; k++)
		put_byte(c, l, off + k, k2_byte_of(c, value, size, k));
}

struct k2_ext k2_ext_copy(struct k2_symctx *c, const struct k2_ext *m)
{
	struct k2_ext copy = *m;
	struct k2_layer **at = &copy.top;

	for (const struct k2_layer *l = m->top; l; l = l->below) {
		struct k2_layer *n = k2_arena_dup(c->arena, l, 1, sizeof(*l));

		if (!n)
			break;
		n->bytes = k2_arena_dup(c->arena, l->bytes, l->n, sizeof(*l->bytes));
		n->cap = n->n = n->bytes ? l->n : 0;
		n->below = NULL;
		*at = n;
		at = &n->below;
	}
	return copy;
}

static int layer_order(const struct k2_layer *a, const struct k2_layer *b)
{
	if (a->region != b->region)
		return a->region < b->region ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* Layers that cannot alias commute: bring them into one order on both sides. */
static void sort_layers(struct k2_layer **top)
{
	bool again = true;

	while (again) {
		again = false;
		for (struct k2_layer **at = top; *at && (*at)->below; at = &(*at)->below) {
			struct k2_layer *a = *at, *b = a->below;

			if (!disjoint(a->region, a->id, b->region, b->id) || layer_order(a, b) <= 0)
				continue;
			a->below = b->below;
			b->below = a;
			*at = b;
			again = true;
		}
	}
}

const char *k2_ext_compare(struct k2_symctx *c, const struct k2_ext *old, const struct k2_ext *new_,
			   bool (*pair)(void *user, k2_t a, k2_t b), void *user)
{
	struct k2_ext o = k2_ext_copy(c, old), n = k2_ext_copy(c, new_);
	const struct k2_layer *a, *b;

	if (o.version != n.version || o.ctx_version != n.ctx_version)
		return "memory after different events";
	sort_layers(&o.top);
	sort_layers(&n.top);
	for (a = o.top, b = n.top; a && b; a = a->below, b = b->below) {
		if (a->base != b->base || a->n != b->n)
			return "different bytes of memory are written";
		for (uint32_t k = 0; k < a->n; k++) {
			if (a->bytes[k].off != b->bytes[k].off)
				return "different bytes of memory are written";
			if (!pair(user, a->bytes[k].value, b->bytes[k].value))
				return "too many bytes to compare";
		}
	}
	return a || b ? "different bytes of memory are written" : NULL;
}

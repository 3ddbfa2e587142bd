// SPDX-License-Identifier: BSD-2-Clause
/* narrow: of a wide load only the low bytes are used (shifts or a mask take the rest away): load just those. */
#include "propose.h"

/* The value is the low `bits` of what instruction j loaded, zero-extended. */
static bool is_low_part(const struct k2_site *s, uint32_t j, k2_t v, unsigned int bits)
{
	struct k2_terms *t = s->w->ctx.terms;
	k2_t loaded = s->w->old.points[j].value;

	return loaded->width > bits && k2_t_zext(t, k2_t_extract(t, loaded, 0, bits), 64) == v;
}

static bool try_load(const struct k2_site *s, uint32_t j, uint32_t k, k2_t v)
{
	unsigned int size = k2_isa_access_size(&s->insns[j]);

	for (unsigned int bytes = 1; bytes < size; bytes *= 2) {
		struct k2_insn i = s->insns[j];
		struct k2_edit e;

		if (!is_low_part(s, j, v, 8 * bytes) || !k2_edit_init(&e, s))
			continue;
		if (s->f->desc->big_endian)
			i.off = (int16_t)(i.off + (int)(size - bytes));
		i.code = (uint8_t)(K2_LDX | K2_MEM | k2_size_code(bytes));
		i.dst = s->insns[k].dst;
		k2_edit_replace(&e, j, i);
		for (uint32_t m = j + 1; m <= k; m++) {
			if (k2_writes(&s->insns[m], s->insns[k].dst))
				k2_edit_delete(&e, m);
		}
		return k2_edit_offer(&e, k);
	}
	return false;
}

static void propose(const struct k2_site *s)
{
	for (uint32_t k = 1; k < s->n; k++) {
		const struct k2_insn *i = &s->insns[k];
		k2_t v = k2_isa_kind(i) == K2_KIND_ALU && k2_is_plain(i) ? k2_term_at(s, k + 1, i->dst) : NULL;

		for (uint32_t j = k; v && j-- > 0 && k - j < 5;) {
			if (k2_isa_kind(&s->insns[j]) == K2_KIND_LOAD && k2_is_access(s, j) && try_load(s, j, k, v))
				return;
		}
	}
}

const struct k2_proposer k2_propose_narrow = {
	.name = "narrow-load",
	.about = "only the bytes that are used are loaded",
	.level = 1,
	.propose = propose,
};

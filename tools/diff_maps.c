// SPDX-License-Identifier: BSD-2-Clause
/* k2 diff: code means what its maps and variables are. */
#include "diff.h"
#include <stdio.h>
#include <string.h>

/* What is not the same; NULL: nothing. */
static const char *difference(const struct k2_object_map *a, const struct k2_object_map *b)
{
	if (!a->type || !b->type) /* an object without BTF does not say */
		return NULL;
	if (a->type != b->type)
		return "type";
	if (a->key_size != b->key_size || a->value_size != b->value_size)
		return "size";
	if (a->max_entries != b->max_entries)
		return "number of entries";
	if (a->flags != b->flags || a->is_data != b->is_data || a->read_only != b->read_only)
		return "flags";
	if (!a->data != !b->data || (a->data && memcmp(a->data, b->data, a->value_size) != 0))
		return "contents";
	return NULL;
}

static void say(const char *name, const char *what)
{
	fputs("map ", stdout);
	diff_put_clean(name);
	printf(": %s\n", what);
}

static uint32_t one_side(const struct diff_session *s, unsigned int side)
{
	const struct k2_object *o = s->in[side].object, *other = s->in[!side].object;
	uint32_t n = 0;

	for (uint32_t i = 0; i < k2_object_n_maps(o); i++) {
		const struct k2_object_map *m = k2_object_map(o, i);
		const struct k2_object_map *like = k2_object_map(other, k2_object_find_map(other, m->name));
		const char *what = like && !side ? difference(m, like) : NULL;
		char text[64];

		if (like && !what)
			continue;
		if (like)
			snprintf(text, sizeof(text), "another %s", what);
		else
			snprintf(text, sizeof(text), "only in the %s object", side ? "new" : "old");
		say(m->name, text);
		n++;
	}
	return n;
}

uint32_t diff_maps(const struct diff_session *s)
{
	return s->in[0].object ? one_side(s, 0) + one_side(s, 1) : 0;
}

// SPDX-License-Identifier: BSD-2-Clause
/* describe OBJECT...: every function as the plugin's -k2-dump prints it, and the maps.
   describe --check OBJECT...: no output but a line for what is wrong, and sums: every function's instructions must encode to
   the object's bytes again, apart from the fields that relocations decide. */
#include <k2/object.h>
#include <k2/report.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "func.h"

static struct sums {
	unsigned long objects, unreadable, funcs, undecoded, no_graph, different, insns, opaque, lines, syms[6];
} sums;

static void print_line(void *user, const char *line)
{
	(void)user;
	puts(line);
}

static void print_symbol(const struct k2_symbol *s)
{
	static const char *const kinds[] = { "other", "map", "data", "function", "kfunc", "core" };

	printf("#   %s %s", kinds[s->kind], s->name);
	if (s->kind == K2_SYM_MAP)
		printf(": type %u, key %u, value %u", s->map_type, s->key_size, s->value_size);
	if (s->kind == K2_SYM_DATA)
		printf(": %u bytes%s", s->data_size, s->read_only ? ", read-only" : "");
	putchar('\n');
}

static void print_func(const struct k2_object *o, uint32_t k)
{
	const struct k2_func_desc *d = k2_object_func(o, k);
	const struct k2_object_func *f = k2_object_func_info(o, k);

	printf("# k2: %s: section %s, v%u%s, %s-endian, %s, arguments: %u\n", d->name, d->section, (unsigned)d->isa,
	       d->alu32 ? ", alu32" : "", d->big_endian ? "big" : "little", d->is_subprog ? "subprogram" : "program", d->n_args);
	printf("#   at %#llx, %llu bytes, %s%s, context %s, file %s\n", (unsigned long long)f->offset,
	       (unsigned long long)f->size, f->weak ? "weak" : f->global ? "global" : "static", f->entry ? ", entry" : "",
	       d->arg_type ? d->arg_type : "-", f->file ? f->file : "-");
	if (f->status)
		printf("#   %s: %s\n", k2_status_str(f->status), f->message);
	for (uint32_t s = 0; s < d->n_syms; s++)
		print_symbol(&d->syms[s]);
	printf("# k2: %s before\n", d->name);
	k2_text_insns(d->insns, d->n_insns, d->syms, d->n_syms, print_line, NULL);
}

static void print_maps(const struct k2_object *o)
{
	for (uint32_t k = 0; k < k2_object_n_maps(o); k++) {
		const struct k2_object_map *m = k2_object_map(o, k);

		printf("# map %s: type %u, key %u, value %u, entries %u, flags %#x%s%s%s", m->name, m->type, m->key_size,
		       m->value_size, m->max_entries, m->flags, m->is_data ? ", data" : "", m->read_only ? ", read-only" : "",
		       m->data ? ", initialised" : "");
		if (m->inner != UINT32_MAX)
			printf(", inner %s", k2_object_map(o, m->inner)->name);
		putchar('\n');
	}
}

/* What relocations decide is taken from the original instruction. */
static void forget_relocated(const struct k2_insn *i, struct k2_insn *a, struct k2_insn *b)
{
	if (i->sym && (i->flags & K2_F_SYM_OFF))
		a->off = b->off = 0;
	else if (i->sym)
		a->imm = b->imm = 0;
	if (i->sym && k2_isa_kind(i) == K2_KIND_CALL)
		a->src = b->src = 0;
}

static bool same(const struct k2_insn *i, const uint8_t *old, const uint8_t *new, size_t len, bool big_endian)
{
	struct k2_insn a, b;
	unsigned int used;

	if (!memcmp(old, new, len))
		return true;
	if (!i->sym || k2_isa_decode(old, len, big_endian, &a, &used) || k2_isa_decode(new, len, big_endian, &b, &used))
		return false;
	forget_relocated(i, &a, &b);
	return a.code == b.code && a.dst == b.dst && a.src == b.src && a.off == b.off && a.imm == b.imm;
}

static void check_func(const char *path, const uint8_t *image, const struct k2_object *o, uint32_t k, struct k2_arena *a)
{
	const struct k2_func_desc *d = k2_object_func(o, k);
	const struct k2_object_func *f = k2_object_func_info(o, k);
	const uint8_t *code = image ? image + f->offset : NULL;
	char msg[200];
	uint8_t *bytes;
	size_t len;

	sums.funcs++;
	if (f->status) {
		sums.undecoded++;
		printf("%s: %s: %s: %s\n", path, d->name, k2_status_str(f->status), f->message);
		return;
	}
	if (k2_isa_encode_all(a, d->insns, d->n_insns, d->big_endian, &bytes, &len, msg, sizeof(msg)) || len != f->size || !code) {
		sums.different++;
		printf("%s: %s: cannot be encoded: %s\n", path, d->name, msg);
		return;
	}
	for (uint32_t j = 0; j < d->n_insns; j++) {
		uint32_t at = f->insn_offset[j];

		sums.insns++;
		sums.opaque += (d->insns[j].flags & K2_F_OPAQUE) != 0;
		sums.lines += d->insns[j].line != 0;
		if (same(&d->insns[j], code + at, bytes + at, f->insn_offset[j + 1] - at, d->big_endian))
			continue;
		sums.different++;
		printf("%s: %s: instruction %u is encoded differently\n", path, d->name, j);
		return;
	}
}

static void check_graph(const char *path, const struct k2_func_desc *d, struct k2_arena *a)
{
	struct k2_func *g;
	char msg[200] = "";

	for (uint32_t s = 0; s < d->n_syms; s++)
		sums.syms[d->syms[s].kind]++;
	if (!d->n_insns || !k2_func_build(a, d, &g, msg, sizeof(msg)))
		return;
	sums.no_graph++;
	printf("%s: %s: no graph: %s\n", path, d->name, msg);
}

/* Where the file has section `n`: an independent reading of the 64-bit section headers. */
static const uint8_t *section_bytes(const uint8_t *image, size_t size, uint32_t n, bool big_endian)
{
	uint64_t headers = 0, at = 0, entry = 64;

	for (unsigned int k = 0; k < 8; k++)
		headers |= (uint64_t)image[40 + k] << 8 * (big_endian ? 7 - k : k);
	entry = headers + entry * n + 24;
	if (entry + 8 > size)
		return NULL;
	for (unsigned int k = 0; k < 8; k++)
		at |= (uint64_t)image[entry + k] << 8 * (big_endian ? 7 - k : k);
	return at < size ? image + at : NULL;
}

static void check(const char *path, const uint8_t *image, size_t size, const struct k2_object *o)
{
	for (uint32_t k = 0; k < k2_object_n_funcs(o); k++) {
		const struct k2_func_desc *d = k2_object_func(o, k);
		struct k2_arena *a = k2_arena_new(0);

		check_func(path, section_bytes(image, size, k2_object_func_info(o, k)->section, d->big_endian), o, k, a);
		check_graph(path, d, a);
		k2_arena_free(a);
	}
}

/* The whole file as a malloc'd block; NULL: it cannot be read. */
static uint8_t *slurp(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *image = NULL;
	long end;

	if (f && !fseek(f, 0, SEEK_END) && (end = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET)) {
		image = malloc((size_t)end + 1);
		*size = image ? fread(image, 1, (size_t)end, f) : 0;
	}
	if (f)
		fclose(f);
	return image;
}

static bool do_object(const char *path, bool checking)
{
	char msg[300] = "cannot be opened";
	struct k2_object *o;
	size_t size = 0;
	uint8_t *image = slurp(path, &size);

	sums.objects++;
	if (!image || k2_object_read(image, size, &o, msg, sizeof(msg))) {
		printf("%s: %s\n", path, msg);
		sums.unreadable++;
		free(image);
		return false;
	}
	if (checking) {
		check(path, image, size, o);
	} else {
		for (uint32_t k = 0; k < k2_object_n_funcs(o); k++)
			print_func(o, k);
		print_maps(o);
	}
	free(image);
	k2_object_free(o);
	return true;
}

int main(int argc, char **argv)
{
	bool checking = argc > 1 && !strcmp(argv[1], "--check");
	bool good = true;

	for (int k = checking ? 2 : 1; k < argc; k++)
		good &= do_object(argv[k], checking);
	if (checking)
		printf("%lu objects, %lu unreadable; %lu functions, %lu not decoded, %lu without graph, %lu encoded differently; "
		       "%lu instructions, %lu opaque, %lu with lines; symbols: %lu maps, %lu variables, %lu functions, "
		       "%lu kfuncs, %lu CO-RE, %lu other\n",
		       sums.objects, sums.unreadable, sums.funcs, sums.undecoded, sums.no_graph, sums.different, sums.insns,
		       sums.opaque, sums.lines, sums.syms[K2_SYM_MAP], sums.syms[K2_SYM_DATA], sums.syms[K2_SYM_FUNC],
		       sums.syms[K2_SYM_KFUNC], sums.syms[K2_SYM_CORE], sums.syms[K2_SYM_OTHER]);
	return good && !sums.different ? 0 : 1;
}

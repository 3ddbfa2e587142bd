/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects for the tests of the reader, compiled when they run. Tests are skipped where there is no clang for BPF. */
#ifndef K2_TEST_OBJECT_COMPILE_H
#define K2_TEST_OBJECT_COMPILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef K2_LLVM_SUFFIX
#define K2_LLVM_SUFFIX "-22"
#endif

static const char object_source[] =
	"typedef unsigned int u32; typedef unsigned long long u64;\n"                              /* line 1 */
	"#define SEC(n) __attribute__((section(n), used))\n"
	"#define noinline __attribute__((noinline))\n"
	"struct xdp_md { u32 data, data_end, data_meta; };\n"
	"struct outer { u64 pad; u32 n; u32 bits : 5; } __attribute__((preserve_access_index));\n"
	"struct { int (*type)[1]; u32 *key; u64 *value; int (*max_entries)[16]; } counts SEC(\".maps\");\n"
	"struct inner { int (*type)[2]; u32 *key; u32 *value; int (*max_entries)[1]; };\n"
	"struct { int (*type)[12]; u32 *key; int (*max_entries)[4]; struct inner *values[]; } nested SEC(\".maps\");\n"
	"struct { u32 type, key_size, value_size, max_entries, map_flags; } legacy SEC(\"maps\") = { 2, 4, 24, 8, 1 };\n"
	"static u64 (*lookup)(void *, const void *) = (void *)1;\n"                                /* line 10 */
	"static long (*loop)(u32, void *, void *, u64) = (void *)181;\n"
	"static volatile u64 total = 3; static u64 slots[4]; const volatile u32 limit = 5;\n"
	"extern int from_kernel(int) SEC(\".ksyms\"); extern u32 CONFIG_HZ SEC(\".kconfig\");\n"
	"static noinline int scale(u32 a) { return a * 3 + total; }\n"
	"noinline int global(struct xdp_md *c, u32 n) { return scale(c->data_meta) + n; }\n"
	"static long callback(u32 i, void *ctx) { slots[i & 3]++; return 0; }\n"
	"SEC(\"xdp\") int first(struct xdp_md *c)\n"
	"{\n"
	"	u32 key = c->data;\n"
	"	u64 *v = (u64 *)lookup(&counts, &key);\n"                                           /* line 20 */
	"	if (v)\n"
	"		*v += limit + CONFIG_HZ;\n"
	"	if (lookup(&legacy, &key) && lookup(&nested, &key))\n"
	"		key = from_kernel(key);\n"
	"	loop(4, callback, 0, 0);\n"
	"	return global(c, key);\n"
	"}\n"
	"SEC(\"xdp\") int second(struct xdp_md *c) { return scale(c->data); }\n"
	"SEC(\"tc\") u64 core(struct outer *o)\n"
	"{\n"                                                                                      /* line 30 */
	"	return o->n\n"
	"#ifdef DEBUG\n"
	"		+ __builtin_preserve_field_info(o->bits, 4) + __builtin_btf_type_id(*o, 0)\n"
	"#endif\n"
	"		;\n"
	"}\n"
	"char LICENSE[] SEC(\"license\") = \"GPL\";\n";

/* Code that can be improved, in sections with other code before and behind it. */
static const char object_improvable[] =
	"struct pair { u32 a, b; };\n"
	"static noinline u32 fill(u32 n)\n"
	"{\n"
	"	volatile u64 on_stack = 5;\n"
	"	struct pair p = { 1, n };\n"
	"	return lookup(&counts, &p) ? 1 : on_stack;\n"
	"}\n"
	"SEC(\"xdp\") int glue(struct xdp_md *c)\n"
	"{\n"
	"	unsigned char *p = (void *)(long)c->data, *end = (void *)(long)c->data_end;\n"
	"	if (p + 14 > end)\n"
	"		return 1;\n"
	"	return fill(p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24) + scale(p[6]);\n"
	"}\n"
	"SEC(\"xdp\") int last(struct xdp_md *c) { u32 key = 7; return lookup(&counts, &key) ? fill(c->data) : 2; }\n";

/* A file of the test's own folder `dir`. */
static void object_path(char path[64], const char *dir, const char *name)
{
	snprintf(path, 64, "%s/%s", dir, name);
}

static int object_write(const char *dir, const char *name, const void *data, size_t size)
{
	char path[64];
	FILE *f;
	int ok;

	object_path(path, dir, name);
	f = fopen(path, "wb");
	if (!f)
		return 0;
	ok = fwrite(data, 1, size, f) == size;
	return fclose(f) == 0 && ok;
}

/* The compiled source as a malloc'd block; NULL: it cannot be compiled. */
static uint8_t *object_compile(const char *dir, const char *source, const char *options, size_t *size)
{
	enum { MAX_OBJECT = 1 << 20 };
	uint8_t *data = malloc(MAX_OBJECT);
	char command[300], path[64];
	FILE *f;

	snprintf(command, sizeof(command), "cd %s && rm -f t.o && clang" K2_LLVM_SUFFIX " -O2 -w %s -c t.c -o t.o 2>/dev/null",
		 dir, options);
	object_path(path, dir, "t.o");
	if (!data || !object_write(dir, "t.c", source, strlen(source)) || system(command) || !(f = fopen(path, "rb"))) {
		free(data);
		return NULL;
	}
	*size = fread(data, 1, MAX_OBJECT, f);
	fclose(f);
	return data;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects that tests begin with: the sources of object_compile.h for both byte orders and all instruction sets, with and without debug
   information. */
#ifndef K2_TEST_OBJECT_BASES_H
#define K2_TEST_OBJECT_BASES_H

#include <cmocka.h>
#include <k2/object.h>
#include "object_compile.h"
#include "util.h"

enum { N_BASES = 8 };

static const char *const base_options[N_BASES] = {
	"--target=bpfel -mcpu=v3 -g -DDEBUG", "--target=bpfeb -mcpu=v3 -g -DDEBUG",   "--target=bpfel -mcpu=v1",
	"--target=bpfeb -mcpu=v4 -g",         "--target=bpfel -mcpu=v2 -gdwarf-4",    "--target=bpfel -mcpu=v4",
	"--target=bpfel -mcpu=v4 -g -ffunction-sections", "--target=bpfel -mcpu=v3 -gdwarf-2",
};

struct base {
	uint8_t *data;
	size_t size, headers; /* bytes, and where the section headers begin */
	bool big_endian;
};

struct fixture {
	char dir[32];
	struct base bases[N_BASES];
};

static uint64_t get(const struct base *b, size_t at, unsigned int bytes)
{
	uint64_t v = 0;

	for (unsigned int k = 0; k < bytes; k++)
		v |= (uint64_t)b->data[at + k] << 8 * (b->big_endian ? bytes - 1 - k : k);
	return v;
}

static int setup_bases(void **state)
{
	static char source[sizeof(object_source) + sizeof(object_improvable)];
	struct fixture *f = test_calloc(1, sizeof(*f));

	snprintf(source, sizeof(source), "%s%s", object_source, object_improvable);
	*state = f;
	strcpy(f->dir, "/tmp/k2-object-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	for (unsigned int k = 0; k < N_BASES; k++) {
		struct base *b = &f->bases[k];

		b->data = object_compile(f->dir, source, base_options[k], &b->size);
		b->big_endian = strstr(base_options[k], "bpfeb") != NULL;
		if (b->data)
			b->headers = (size_t)get(b, 40, 8);
	}
	return 0;
}

static int free_bases(void **state)
{
	struct fixture *f = *state;
	char command[80];

	for (unsigned int k = 0; k < N_BASES; k++)
		free(f->bases[k].data);
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	test_free(f);
	return system(command) ? -1 : 0;
}

#endif

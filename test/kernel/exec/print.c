// SPDX-License-Identifier: BSD-2-Clause
/* Programs as text, for reports. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "exec.h"

void exec_print(const struct exec_prog *p)
{
	static const char *const types[] = { "tc", "xdp", "socket filter" };
	struct k2_symbol syms[EXEC_SYMS];
	struct k2_func_desc d;
	char line[128];
	uint32_t f, k;

	for (f = 0; f < p->n_funcs; f++) {
		exec_describe(p, f, syms, &d);
		if (d.n_insns)
			printf("%s, function %u\n", types[p->type], f);
		for (k = p->funcs[f].body; k < p->funcs[f].body_end; k++) {
			k2_isa_print(line, sizeof(line), &d.insns[k], syms, EXEC_SYMS);
			printf("%4u: %s\n", k, line);
		}
	}
}

static void words(const char *name, const void *in, const void *kernel, const void *machine, size_t n)
{
	uint32_t a, b, c;
	size_t k;

	for (k = 0; k + 4 <= n; k += 4) {
		memcpy(&a, (const uint8_t *)in + k, 4);
		memcpy(&b, (const uint8_t *)kernel + k, 4);
		memcpy(&c, (const uint8_t *)machine + k, 4);
		if (b != c)
			printf("  %s+%zu: was %08x, kernel %08x, machine %08x\n", name, k, a, b, c);
	}
}

void exec_print_difference(const struct exec_world *in, const struct exec_world *kernel, const struct exec_world *machine)
{
	words("a", in->a, kernel->a, machine->a, sizeof(in->a));
	words("b", in->b, kernel->b, machine->b, sizeof(in->b));
	words("g", in->g, kernel->g, machine->g, sizeof(in->g));
	words("hash", in->h_has, kernel->h_has, machine->h_has, sizeof(in->h_has) + sizeof(in->h));
	words("context", &in->mark, &kernel->mark, &machine->mark, 28);
	words("return", &in->ret, &kernel->ret, &machine->ret, 4);
	words("length", &in->len, &kernel->len, &machine->len, 4);
	words("packet", in->packet, kernel->packet, machine->packet, kernel->len);
}

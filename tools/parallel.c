// SPDX-License-Identifier: BSD-2-Clause
/* See parallel.h. */
#include "parallel.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Beyond what any function needs: glibc gives 2 MB where the shell's limit is "unlimited", and results may not depend on that. */
enum { STACK_SIZE = 16 << 20 };

struct pool {
	void (*work)(void *ctx, uint32_t i);
	void *ctx;
	uint32_t n;
	_Atomic uint32_t next;
};

static void *work(void *arg)
{
	struct pool *p = arg;

	for (uint32_t i; (i = atomic_fetch_add(&p->next, 1)) < p->n;)
		p->work(p->ctx, i);
	return NULL;
}

void parallel_each(unsigned int threads, uint32_t n, void (*each)(void *ctx, uint32_t i), void *ctx)
{
	struct pool p = { .work = each, .ctx = ctx, .n = n };
	unsigned int want = threads < n ? threads : n, made = 0;
	pthread_t *t = want > 1 ? malloc(want * sizeof(*t)) : NULL;
	pthread_attr_t attr;

	if (t && !pthread_attr_init(&attr)) {
		pthread_attr_setstacksize(&attr, STACK_SIZE);
		while (made + 1 < want && !pthread_create(&t[made], &attr, work, &p))
			made++;
		pthread_attr_destroy(&attr);
	}
	work(&p);
	while (made)
		pthread_join(t[--made], NULL);
	free(t);
}

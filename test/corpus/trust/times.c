// SPDX-License-Identifier: BSD-2-Clause
#include "times.h"
#include <math.h>
#include <time.h>
#include "solver_impl.h"

enum { BUCKETS = sizeof(((struct times *)0)->n) / sizeof(uint32_t), PER_DOUBLING = 8 };
static const double unit = 1e-6;

struct times *solver_times;

double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void times_add(struct times *t, double seconds)
{
	double at = seconds > unit ? PER_DOUBLING * log2(seconds / unit) : 0;

	t->n[at < BUCKETS ? (unsigned int)at : BUCKETS - 1]++;
}

void times_join(struct times *to, const struct times *from)
{
	for (unsigned int k = 0; k < BUCKETS; k++)
		to->n[k] += from->n[k];
}

uint32_t times_count(const struct times *t)
{
	uint32_t n = 0;

	for (unsigned int k = 0; k < BUCKETS; k++)
		n += t->n[k];
	return n;
}

double times_quantile(const struct times *t, double share)
{
	double want = share * times_count(t), seen = 0;
	unsigned int k = 0;

	while (k + 1 < BUCKETS && (seen += t->n[k]) < want)
		k++;
	return unit * exp2((k + 1.0) / PER_DOUBLING);
}

enum k2_z3_result __real_k2_z3_check(struct k2_z3 *z, const k2_t *assume, unsigned int n, k2_t claim, uint64_t *used);
enum k2_z3_result __wrap_k2_z3_check(struct k2_z3 *z, const k2_t *assume, unsigned int n, k2_t claim, uint64_t *used);

enum k2_z3_result __wrap_k2_z3_check(struct k2_z3 *z, const k2_t *assume, unsigned int n, k2_t claim, uint64_t *used)
{
	double start = cpu_now();
	enum k2_z3_result r = __real_k2_z3_check(z, assume, n, claim, used);

	if (solver_times)
		times_add(solver_times, cpu_now() - start);
	return r;
}

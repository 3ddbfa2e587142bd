/* SPDX-License-Identifier: BSD-2-Clause */
/* How long many things took, in CPU time: counted by eighths of a doubling, from a microsecond on. */
#ifndef K2_TRUST_TIMES_H
#define K2_TRUST_TIMES_H

#include <stdint.h>

struct times {
	uint32_t n[256];
};

double cpu_now(void); /* seconds of this process */
void times_add(struct times *t, double seconds);
void times_join(struct times *to, const struct times *from);
uint32_t times_count(const struct times *t);
/* The time that this share of all (0 to 1) did not exceed, within a tenth. */
double times_quantile(const struct times *t, double share);

/* What the solver is asked and can't answer by looking at the terms goes through here (linked with --wrap); NULL: not counted. */
extern struct times *solver_times;

#endif

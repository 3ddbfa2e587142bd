/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of k2 rules. */
#ifndef K2_TOOLS_RULES_H
#define K2_TOOLS_RULES_H

#include <stdbool.h>
#include <k2/rules.h>

/* rules_bench.c: how often each rule is used in the functions of the files, and what matching costs. `own`: the user's rules next to
   those of K2; NULL: none. The exit status. */
int rules_bench(const struct k2_rules *own, char **files, int n_files);

#endif

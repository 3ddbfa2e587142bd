/* SPDX-License-Identifier: BSD-2-Clause */
/* One line on a terminal that says what long work is at. */
#ifndef K2_TOOLS_PROGRESS_H
#define K2_TOOLS_PROGRESS_H

#include <stdint.h>

/* Work on `file` begins. Nothing is shown for the first second, nor ever where standard error is no terminal. The names outlive the
   work. */
void progress_begin(const char *file);
/* Thing number `k` (from 1) of `n`; of any thread. `what`: "function", "program". */
void progress_at(const char *what, uint32_t k, uint32_t n, const char *name);
/* Takes the line away: before anything else goes to standard error, and in any case when the work is done. */
void progress_end(void);

#endif

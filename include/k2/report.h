/* SPDX-License-Identifier: BSD-2-Clause */
/* What K2 did, for people and programs: a JSON report over several functions, and a function as text. */
#ifndef K2_REPORT_H
#define K2_REPORT_H

#include <stddef.h>
#include <k2/func.h>
#include <k2/optimize.h>
#include <k2/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One report: {"k2": version, "source", "options", "functions": [...], "total"}. Functions stand in the order they were added. The
   text has no time, path of its own or address in it: equal input gives an equal report. */
struct k2_report;

/* `source`: what was compiled or read. `o`: what k2_optimize was called with, or NULL. NULL when out of memory. */
K2_API struct k2_report *k2_report_new(const char *source, const struct k2_options *o);
K2_API void k2_report_free(struct k2_report *r);
/* Adds a function that k2_optimize has seen. `result` is what it gave (may be NULL) with status `st`. `refused`: why the
   caller could not use a changed result, or NULL; such a function counts as unchanged. Nothing is kept by pointer. */
K2_API enum k2_status k2_report_add(struct k2_report *r, const struct k2_func_desc *f, enum k2_status st,
				    const struct k2_result *result, const char *refused);
/* Adds a function that was left alone before k2_optimize saw it: `reason` is a remark name ("frozen", "unknown"). */
K2_API enum k2_status k2_report_add_skipped(struct k2_report *r, const char *name, const char *section, const char *reason,
					    const char *text);
/* Says in the report ("error") that the source could not be worked on. */
K2_API enum k2_status k2_report_fail(struct k2_report *r, const char *why);
/* Writes the report to `path`: a temporary file beside it, then a rename, so that a reader never sees half a report. What
   is no regular file (/dev/stdout, a pipe) is written directly. K2_EIO with a sentence in `msg` (`size` bytes). */
K2_API enum k2_status k2_report_write(const struct k2_report *r, const char *path, char *msg, size_t size);
/* The same for an array of `n` reports; those that are NULL are left out. */
K2_API enum k2_status k2_report_write_all(const struct k2_report *const *reports, uint32_t n, const char *path, char *msg, size_t size);

/* `path` gets these bytes as k2_report_write says, all or nothing. Symbolic links stay, and so do permissions and, where the caller may
   give files away, the owner; where not, the setuid and setgid bits go. Signals to the calling thread wait meanwhile. */
K2_API enum k2_status k2_file_replace(const char *path, const void *data, size_t len, char *msg, size_t size);

/* Instructions in the kernel's syntax, one call of `put` per line (without newline). Jump targets have labels "L<index>:". */
typedef void k2_put_line(void *ctx, const char *line);
K2_API void k2_text_insns(const struct k2_insn *insns, uint32_t n, const struct k2_symbol *syms, uint32_t n_syms,
			  k2_put_line *put, void *ctx);

#ifdef __cplusplus
}
#endif
#endif

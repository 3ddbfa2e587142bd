/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share; its product is k2/report.h. */
#ifndef K2_LIB_REPORT_H
#define K2_LIB_REPORT_H

#include <stddef.h>
#include <k2/report.h>

/* `path` gets these bytes, all or nothing, as k2_report_write says. */
enum k2_status k2_file_replace(const char *path, const void *data, size_t len, char *msg, size_t size);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share; its product is k2/report.h. */
#ifndef K2_LIB_REPORT_H
#define K2_LIB_REPORT_H

#include <stddef.h>
#include <k2/report.h>

#endif

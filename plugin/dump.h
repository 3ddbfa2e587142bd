// SPDX-License-Identifier: BSD-2-Clause
// -k2-dump: a function as K2 sees it, on stderr.
#ifndef K2_PLUGIN_DUMP_H
#define K2_PLUGIN_DUMP_H

#include "function.h"

namespace k2
{

// `what`: "before" (with everything K2 was told about the function) or "after".
void dumpHeader(const FunctionImage &image);
void dumpInsns(const char *what, const FunctionImage &image, const k2_insn *insns, uint32_t n);

} // namespace k2

#endif

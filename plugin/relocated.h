// SPDX-License-Identifier: BSD-2-Clause
// What LLVM's IR still knows of accesses to relocated fields (CO-RE), whose machine instructions have no memory operands.
#ifndef K2_PLUGIN_RELOCATED_H
#define K2_PLUGIN_RELOCATED_H

#include "llvm/IR/Function.h"
#include "llvm/IR/GlobalVariable.h"

namespace k2
{

// May some access in `f` at the offset that `field`, a CO-RE global, stands for be volatile or atomic?
bool mayBeVolatile(const llvm::GlobalVariable &field, const llvm::Function &f);

} // namespace k2

#endif

// SPDX-License-Identifier: BSD-2-Clause
#ifndef K2_PLUGIN_PASS_H
#define K2_PLUGIN_PASS_H

#include "llvm/Pass.h"
#include "llvm/Support/CodeGen.h"

namespace k2
{

// `level` is what the pass pipeline was made for; TargetMachine::getOptLevel() reads 2 even at -O0.
llvm::Pass *createPass(llvm::CodeGenOptLevel level);

} // namespace k2

#endif

// SPDX-License-Identifier: BSD-2-Clause
#ifndef K2_PLUGIN_PASS_H
#define K2_PLUGIN_PASS_H

#include "llvm/Pass.h"
#include "llvm/Support/CodeGen.h"

#include "unit.h"

namespace k2
{

// `level` is what the pass pipeline was made for; TargetMachine::getOptLevel() reads 2 even at -O0.
// `passed` is what functions are given, once the pass runs.
llvm::Pass *createPass(llvm::CodeGenOptLevel level, std::shared_ptr<const PassedByFunction> passed);

} // namespace k2

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What a module's static functions are given by their calls. A pass over the whole module, so that all functions are machine code
// when the first of them is changed.
#ifndef K2_PLUGIN_UNIT_H
#define K2_PLUGIN_UNIT_H

#include <array>
#include <memory>

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/Function.h"
#include "llvm/Pass.h"

#include <k2/func.h>

namespace k2
{

struct Passed {
	std::array<k2_passed, 5> args;
	const char *context;
};
// Functions without an entry are given anything. Symbols are numbered as describe() does.
using PassedByFunction = llvm::DenseMap<const llvm::Function *, Passed>;

// Fills in `found`; it comes before the pass that uses it.
llvm::Pass *createUnitPass(std::shared_ptr<PassedByFunction> found);

} // namespace k2

#endif

// SPDX-License-Identifier: BSD-2-Clause
// What K2 says about a function, as optimisation remarks of pass "k2" (-Rpass=k2, -Rpass-missed=k2, -Rpass-analysis=k2,
// -fsave-optimization-record) and as statistics (-save-stats).
#ifndef K2_PLUGIN_REMARKS_H
#define K2_PLUGIN_REMARKS_H

#include <string>

#include "llvm/CodeGen/MachineOptimizationRemarkEmitter.h"

#include <k2/optimize.h>

#include "function.h"

namespace k2
{

class Remarks
{
public:
	Remarks(llvm::MachineFunction &MF, llvm::MachineOptimizationRemarkEmitter &emitter) : MF(MF), emitter(emitter)
	{
	}

	// Where instruction `MI` is; null: the function.
	void missed(const char *name, const std::string &text, const llvm::MachineInstr *MI = nullptr);
	// All remarks of `result`. Before splicing, which may delete the instructions they are about.
	void result(const k2_result &result, const FunctionImage &image, bool spliced);

private:
	struct Place;
	void one(const k2_remark &r, const FunctionImage &image);

	llvm::MachineFunction &MF;
	llvm::MachineOptimizationRemarkEmitter &emitter;
};

void countFunction(const k2_stats &stats, bool changed);
void countLeftAlone();

} // namespace k2

#endif

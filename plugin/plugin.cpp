// SPDX-License-Identifier: BSD-2-Clause
// How the pass gets into clang and llc: what is here runs when the plugin is loaded.
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/Plugins/PassPlugin.h"
#include "llvm/Target/RegisterTargetPassConfigCallback.h"
#include "llvm/Target/TargetMachine.h"

#include "options.h"
#include "pass.h"
#include "unit.h"

using namespace llvm;

// The place is behind every BPF pass (the last one fixes 16-bit branch ranges) and before the AsmPrinter and BTF.
static void insertPass(TargetMachine &TM, PassManagerBase &, TargetPassConfig *config)
{
	if (!config || !TM.getTargetTriple().isBPF())
		return;
	auto passed = std::make_shared<k2::PassedByFunction>();
	config->insertPass(&MachineSanitizerBinaryMetadataID, IdentifyingPassPtr(k2::createUnitPass(passed)));
	config->insertPass(&MachineSanitizerBinaryMetadataID,
			   IdentifyingPassPtr(k2::createPass(config->getOptLevel(), passed)));
}

namespace
{

// A second copy of the plugin in one process (another file: the same file is loaded once) stays idle.
struct Registration {
	Registration()
	{
		if (k2::registerOptions())
			callback = new RegisterTargetPassConfigCallback(insertPass);
	}
	RegisterTargetPassConfigCallback *callback = nullptr; // lives as long as the process, as -z nodelete does
};

Registration registration;

} // namespace

extern "C" __attribute__((visibility("default"))) PassPluginLibraryInfo llvmGetPassPluginInfo()
{
	return {LLVM_PLUGIN_API_VERSION, "k2", K2_VERSION, [](PassBuilder &) {}, nullptr};
}

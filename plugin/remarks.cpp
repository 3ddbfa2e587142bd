// SPDX-License-Identifier: BSD-2-Clause
#include "remarks.h"

#include "llvm/ADT/Statistic.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Function.h"

#define DEBUG_TYPE "k2"

using namespace llvm;

ALWAYS_ENABLED_STATISTIC(NumFunctions, "Number of functions that K2 looked at");
ALWAYS_ENABLED_STATISTIC(NumChanged, "Number of functions that K2 changed");
ALWAYS_ENABLED_STATISTIC(NumLeftAlone, "Number of functions that K2 left alone");
ALWAYS_ENABLED_STATISTIC(NumSlotsBefore, "Number of instruction slots before K2");
ALWAYS_ENABLED_STATISTIC(NumSlotsAfter, "Number of instruction slots after K2");
ALWAYS_ENABLED_STATISTIC(NumProposals, "Number of rewrites proposed");
ALWAYS_ENABLED_STATISTIC(NumAccepted, "Number of rewrites proved and applied");
ALWAYS_ENABLED_STATISTIC(NumEqual, "Number of proposals proved equal");
ALWAYS_ENABLED_STATISTIC(NumDifferent, "Number of proposals with a counterexample");
ALWAYS_ENABLED_STATISTIC(NumUnknown, "Number of proposals without an answer");
ALWAYS_ENABLED_STATISTIC(NumQueries, "Number of solver queries");

namespace k2
{

void countFunction(const k2_stats &stats, bool changed)
{
	NumFunctions++;
	NumChanged += changed;
	NumSlotsBefore += stats.slots_before;
	NumSlotsAfter += changed ? stats.slots_after : stats.slots_before;
	NumProposals += stats.proposals;
	NumAccepted += changed ? stats.accepted : 0;
	NumEqual += stats.equal;
	NumDifferent += stats.different;
	NumUnknown += stats.unknown;
	NumQueries += stats.solver_queries;
}

void countLeftAlone()
{
	NumLeftAlone++;
}

static DiagnosticLocation place(const MachineFunction &MF, const MachineInstr *MI)
{
	if (MI && MI->getDebugLoc())
		return MI->getDebugLoc();
	return DiagnosticLocation(MF.getFunction().getSubprogram());
}

static const MachineBasicBlock *blockOf(const MachineFunction &MF, const MachineInstr *MI)
{
	return MI && MI->getParent() ? MI->getParent() : &MF.front();
}

void Remarks::missed(const char *name, const std::string &text, const MachineInstr *MI)
{
	MachineOptimizationRemarkMissed remark("k2", name, place(MF, MI), blockOf(MF, MI));

	remark << MF.getName() << ": " << text;
	emitter.emit(remark);
}

void Remarks::one(const k2_remark &r, const FunctionImage &image)
{
	const MachineInstr *MI = nullptr;

	if (r.origin >= 0 && static_cast<size_t>(r.origin) < image.instrs.size())
		MI = image.instrs[static_cast<size_t>(r.origin)];
	DiagnosticLocation at = place(MF, MI);
	const MachineBasicBlock *block = blockOf(MF, MI);
	if (r.kind == K2_REMARK_APPLIED) {
		MachineOptimizationRemark remark("k2", r.name, at, block);
		// The text has the number for people; the record has it for programs too.
		remark << r.name << ": " << r.text << DiagnosticInfoOptimizationBase::setExtraArgs()
		       << DiagnosticInfoOptimizationBase::Argument("SlotsSaved", r.slots_saved);
		emitter.emit(remark);
	} else if (r.kind == K2_REMARK_MISSED) {
		MachineOptimizationRemarkMissed remark("k2", r.name, at, block);
		remark << r.name << ": " << r.text;
		emitter.emit(remark);
	} else {
		MachineOptimizationRemarkAnalysis remark("k2", r.name, at, block);
		remark << r.name << ": " << r.text;
		emitter.emit(remark);
	}
}

// A result that does not fit back says nothing about applied rewrites: none was.
void Remarks::result(const k2_result &result, const FunctionImage &image, bool spliced)
{
	if (!emitter.allowExtraAnalysis("k2"))
		return;
	for (uint32_t i = 0; i < result.n_remarks; i++)
		if (spliced || result.remarks[i].kind != K2_REMARK_APPLIED)
			one(result.remarks[i], image);
}

} // namespace k2

// SPDX-License-Identifier: BSD-2-Clause
// The control-flow graph is LLVM's: a result is taken only when every block keeps its place and its successors, so that
// successor lists stay true. Where a block begins in the new list K2 says for those that are jumped to; blocks that are
// only fallen into begin where their first surviving instruction is.
#include "splice.h"

#include <algorithm>

#include "llvm/CodeGen/MachineInstrBuilder.h"
#include "llvm/CodeGen/TargetRegisterInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"

using namespace llvm;

namespace k2
{

static const uint32_t Unset = UINT32_MAX;

Splicer::Splicer(MachineFunction &MF, const Codec &codec, FunctionImage &image, const k2_insn *insns, uint32_t n,
		 const uint32_t *starts)
    : MF(MF), codec(codec), image(image), insns(insns), n(n), starts(starts), made(n), targets(n),
      start(image.blocks.size() + 1, Unset)
{
}

Splicer::~Splicer()
{
	for (MachineInstr *MI : made)
		if (MI && !MI->getParent())
			MF.deleteMachineInstr(MI);
}

static bool endsBlock(const k2_insn &I)
{
	return !(I.flags & K2_F_OPAQUE) && (hasTarget(I) || I.code == 0x95);
}

bool Splicer::isTerminator(uint32_t i) const
{
	return endsBlock(insns[i]);
}

// An instruction with an origin must be that instruction; one that is used twice is cloned the second time.
bool Splicer::checkOrigins(std::string &why)
{
	std::vector<bool> used(image.insns.size());

	for (uint32_t i = 0; i < n; i++) {
		if (insns[i].origin < 0)
			continue;
		uint32_t o = static_cast<uint32_t>(insns[i].origin);
		why = "an instruction of the result is not the one it claims to be";
		if (o >= image.insns.size() || !sameInsn(insns[i], image.insns[o]))
			return false;
		why = "an instruction that may not be copied appears twice";
		if (used[o] && ((insns[i].flags & K2_F_OPAQUE) || image.instrs[o]->isNotDuplicable()))
			return false;
		if (used[o])
			made[i] = MF.CloneMachineInstr(image.instrs[o]);
		used[o] = true;
	}
	return true;
}

static bool isConditional(const k2_insn &I)
{
	return hasTarget(I) && I.code != 0x05 && I.code != 0x06;
}

static MachineBasicBlock *targetBlock(const MachineInstr &MI)
{
	for (const MachineOperand &op : MI.explicit_operands())
		if (op.isMBB())
			return op.getMBB();
	return nullptr;
}

// The block that is only fallen into begins at the first instruction that comes from it or from a later block, and at the
// latest where the next known one does.
uint32_t Splicer::findStart(uint32_t b) const
{
	uint32_t at = start[b - 1], high = n;

	for (uint32_t c = b + 1; c < start.size() && high == n; c++)
		if (start[c] != Unset)
			high = start[c];
	while (at < high && !isTerminator(at) &&
	       (insns[at].origin < 0 || static_cast<uint32_t>(insns[at].origin) < image.blockStart[b]))
		at++;
	return at;
}

bool Splicer::placeBlocks(std::string &why)
{
	start.front() = 0;
	start.back() = n;
	for (uint32_t b = 1; b < image.blocks.size(); b++)
		start[b] = image.blockStart[b] < image.insns.size() ? starts[image.blockStart[b]] : n;
	why = "the result moves instructions across blocks";
	for (uint32_t b = 1; b < start.size(); b++) {
		if (start[b] == Unset)
			start[b] = findStart(b);
		if (start[b] < start[b - 1] || start[b] > n)
			return false;
	}
	return true;
}

bool Splicer::placeTargets(uint32_t b, std::string &why)
{
	why = "the result moves a jump to another block";
	for (uint32_t i = start[b]; i < start[b + 1]; i++) {
		if (!isTerminator(i) || !hasTarget(insns[i]))
			continue;
		if (insns[i].origin >= 0)
			targets[i] = targetBlock(*image.instrs[static_cast<uint32_t>(insns[i].origin)]);
		for (MachineBasicBlock *to : image.blocks[b]->successors())
			if (!targets[i] && start[image.blockIndex[to]] == insns[i].target)
				targets[i] = to;
		if (!targets[i] || start[image.blockIndex[targets[i]]] != insns[i].target)
			return false;
	}
	return true;
}

std::vector<uint32_t> Splicer::oldTerminators(uint32_t b) const
{
	std::vector<uint32_t> list;

	for (uint32_t k = image.blockStart[b]; k < image.blockStart[b + 1]; k++)
		if (endsBlock(image.insns[k]))
			list.push_back(k);
	return list;
}

// Terminators at the end and nowhere else, and to where the old ones went.
bool Splicer::checkBlock(uint32_t b, std::string &why) const
{
	std::vector<uint32_t> ends;
	std::vector<const MachineBasicBlock *> to;
	MachineBasicBlock &block = *image.blocks[b];

	why = "the result puts an instruction behind a jump of its block";
	for (uint32_t i = start[b]; i < start[b + 1]; i++) {
		if (isTerminator(i))
			ends.push_back(i);
		else if (!ends.empty())
			return false;
		if (targets[i])
			to.push_back(targets[i]);
	}
	std::vector<uint32_t> old = oldTerminators(b);
	if (ends.size() == old.size() && std::equal(ends.begin(), ends.end(), old.begin(), [&](uint32_t i, uint32_t k) {
		    return insns[i].code == image.insns[k].code && targets[i] == targetBlock(*image.instrs[k]);
	    }))
		return true;
	why = "the result changes the control-flow graph";
	if (ends.empty() || isConditional(insns[ends.back()])) {
		if (b + 1 == image.blocks.size())
			return false;
		to.push_back(image.blocks[b + 1]);
	}
	return std::all_of(to.begin(), to.end(), [&](const MachineBasicBlock *t) { return block.isSuccessor(t); }) &&
	       std::all_of(block.succ_begin(), block.succ_end(), [&](const MachineBasicBlock *t) { return is_contained(to, t); });
}

bool Splicer::blockChanged(uint32_t b) const
{
	if (start[b + 1] - start[b] != image.blockStart[b + 1] - image.blockStart[b])
		return true;
	for (uint32_t i = 0; i < start[b + 1] - start[b]; i++)
		if (insns[start[b] + i].origin != static_cast<int32_t>(image.blockStart[b] + i) || made[start[b] + i])
			return true;
	return false;
}

// The old instruction that each new one stands for: for a jump or exit the one at its place, for others roughly the
// place between the nearest kept neighbours, and in it the first one of the same line.
void Splicer::findReplaced()
{
	uint32_t count = static_cast<uint32_t>(image.insns.size()), from = 0, to = count;

	replaced.assign(n, 0);
	for (uint32_t i = n; i-- > 0;) {
		if (insns[i].origin >= 0)
			to = static_cast<uint32_t>(insns[i].origin);
		replaced[i] = to; // for now the end of the place
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t end = replaced[i], k = from;
		if (insns[i].origin >= 0)
			from = static_cast<uint32_t>(insns[i].origin) + 1;
		while (k < end && k < from + 64 && image.insns[k].line != insns[i].line)
			k++;
		if (k >= end || image.insns[k].line != insns[i].line)
			k = from < end ? from : from ? from - 1 : 0;
		replaced[i] = byIndex ? i : std::min(k, count - 1);
	}
	for (uint32_t b = 0; b < image.blocks.size(); b++)
		pairTerminators(b);
}

// Jumps and exits stand for those of the old block, the last for the last.
void Splicer::pairTerminators(uint32_t b)
{
	std::vector<uint32_t> old = oldTerminators(b);

	for (uint32_t i = start[b + 1]; i-- > start[b] && isTerminator(i) && !old.empty();) {
		while (old.size() > 1 && isConditional(insns[i]) != isConditional(image.insns[old.back()]))
			old.pop_back();
		replaced[i] = old.back();
		if (old.size() > 1)
			old.pop_back();
	}
}

DebugLoc Splicer::location(uint32_t i) const
{
	uint32_t near = replaced[i];

	// The line that K2 carried through wins over the neighbourhood, when a neighbour has it.
	for (uint32_t d = 0; d < 32 && insns[i].line && !byIndex; d++) {
		if (near + d < image.instrs.size() && image.insns[near + d].line == insns[i].line)
			return image.instrs[near + d]->getDebugLoc();
		if (d <= near && image.insns[near - d].line == insns[i].line)
			return image.instrs[near - d]->getDebugLoc();
	}
	return image.instrs[near]->getDebugLoc();
}

// The implicit operands that selection put on an instruction are not in its bytes: a call names its arguments, and an
// exit the value it returns.
static void copyImplicitOperands(MachineFunction &MF, MachineInstr &to, const MachineInstr &from)
{
	if (!to.isCall() && !to.isReturn())
		return;
	while (to.getNumOperands() > to.getNumExplicitOperands())
		to.removeOperand(to.getNumOperands() - 1);
	for (unsigned i = from.getNumExplicitOperands(); i < from.getNumOperands(); i++)
		to.addOperand(MF, from.getOperand(i));
}

// A call for which there is no model reads what k2_insn.use says, returns r0 and keeps what every call keeps.
static void addCallOperands(MachineFunction &MF, MachineInstr &MI, uint16_t use, const Codec &codec)
{
	const TargetRegisterInfo &TRI = *MF.getSubtarget().getRegisterInfo();
	MachineInstrBuilder mib(MF, MI);

	if (const uint32_t *mask = TRI.getCallPreservedMask(MF, CallingConv::C))
		mib.addRegMask(mask);
	for (unsigned r = 1; r < TRI.getNumRegs(); r++) {
		int number = codec.registerNumber(r);
		if (number < 0 || codec.isSubRegister(r))
			continue;
		if (use >> number & 1)
			mib.addReg(r, RegState::Implicit);
		if (number == 0)
			mib.addReg(r, RegState::ImplicitDefine);
	}
}

bool Splicer::buildInsn(uint32_t i, std::string &why)
{
	BuildContext ctx;

	ctx.MF = &MF;
	ctx.alu32 = image.usesW;
	ctx.target = targets[i];
	ctx.symbol = insns[i].sym ? image.symbols.operand(insns[i].sym) : nullptr;
	ctx.loc = location(i);
	why = "the result has a new instruction whose operand is decided at load time";
	if ((insns[i].flags & (K2_F_SYM_OFF | K2_F_OPAQUE)) || (insns[i].sym && insns[i].imm))
		return false;
	made[i] = codec.build(insns[i], ctx, why);
	if (!made[i])
		return false;
	const MachineInstr &old = *image.instrs[replaced[i]];
	bool alike = made[i]->getOpcode() == old.getOpcode();
	if (made[i]->isCall() && !(alike && sameInsn(insns[i], image.insns[replaced[i]])))
		addCallOperands(MF, *made[i], insns[i].use, codec);
	else if (alike)
		copyImplicitOperands(MF, *made[i], old);
	return true;
}

bool Splicer::buildBlock(uint32_t b, std::string &why)
{
	if (!blockChanged(b))
		return true;
	for (uint32_t i = start[b]; i < start[b + 1]; i++)
		if (insns[i].origin < 0 && !buildInsn(i, why))
			return false;
	return true;
}

bool Splicer::plan(std::string &why)
{
	why = "the result is empty";
	if (!n || image.insns.empty())
		return false;
	if (!checkOrigins(why) || !placeBlocks(why))
		return false;
	for (uint32_t b = 0; b < image.blocks.size(); b++)
		if (!placeTargets(b, why) || !checkBlock(b, why))
			return false;
	findReplaced();
	for (uint32_t b = 0; b < image.blocks.size(); b++)
		if (!buildBlock(b, why))
			return false;
	why.clear();
	return true;
}

} // namespace k2

// SPDX-License-Identifier: BSD-2-Clause
// The blocks are made anew from the list: one begins where somebody jumps to and behind each jump. Where an old block begins in the
// list K2 says; that machine block is used again, with its name and its place in the source.
#include "splice.h"

#include <algorithm>

#include "llvm/CodeGen/MachineInstrBuilder.h"
#include "llvm/CodeGen/TargetRegisterInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"

using namespace llvm;

namespace k2
{

Splicer::Splicer(MachineFunction &MF, const Codec &codec, FunctionImage &image, const k2_insn *insns, uint32_t n,
		 const uint32_t *starts)
    : MF(MF), codec(codec), image(image), insns(insns), n(n), starts(starts), made(n), targets(n)
{
}

Splicer::~Splicer()
{
	if (committed)
		return;
	for (MachineInstr *MI : made)
		if (MI)
			MF.deleteMachineInstr(MI);
	for (MachineBasicBlock *block : blocks)
		if (!image.blockIndex.count(block))
			MF.deleteMachineBasicBlock(block);
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

static MachineBasicBlock *targetBlock(const MachineInstr &MI)
{
	for (const MachineOperand &op : MI.explicit_operands())
		if (op.isMBB())
			return op.getMBB();
	return nullptr;
}

// The old block that begins at each place of the new list; the first one where several do.
bool Splicer::findBlocks(std::string &why)
{
	std::vector<bool> begins(n + 1);
	DenseMap<uint32_t, MachineBasicBlock *> old;

	why = "a jump of the result leads out of it";
	begins[0] = begins[n] = true;
	for (uint32_t i = 0; i < n; i++) {
		if (!isTerminator(i))
			continue;
		begins[i + 1] = true;
		if (hasTarget(insns[i]) && insns[i].target >= n)
			return false;
		if (hasTarget(insns[i]))
			begins[insns[i].target] = true;
	}
	old[0] = image.blocks[0];
	for (uint32_t b = 1; b < image.blocks.size(); b++) {
		bool hasCode = image.blockStart[b] < image.blockStart[b + 1];
		uint32_t at = hasCode ? starts[image.blockStart[b]] : Unset;
		if (at < n)
			old.try_emplace(at, image.blocks[b]);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!begins[i])
			continue;
		MachineBasicBlock *block = old.lookup(i);
		blocks.push_back(block ? block : MF.CreateMachineBasicBlock());
		start.push_back(i);
	}
	start.push_back(n);
	return true;
}

bool Splicer::placeTargets(std::string &why)
{
	why = "the result jumps to where no block begins";
	for (uint32_t i = 0; i < n; i++) {
		if (!isTerminator(i) || !hasTarget(insns[i]))
			continue;
		auto at = std::lower_bound(start.begin(), start.end(), insns[i].target);
		if (at == start.end() || *at != insns[i].target)
			return false;
		targets[i] = blocks[static_cast<size_t>(at - start.begin())];
	}
	return true;
}

bool Splicer::changesCode() const
{
	bool changed = n != image.insns.size();

	for (uint32_t i = 0; i < n && !changed; i++)
		changed = insns[i].origin != static_cast<int32_t>(i) || made[i];
	return changed;
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
	for (uint32_t i = 0; i < n && !byIndex; i++)
		if (isTerminator(i))
			pairTerminator(i);
}

// A jump or exit stands for one like it that ends the old block at its place, the last if it has two.
void Splicer::pairTerminator(uint32_t i)
{
	if (insns[i].origin >= 0) {
		replaced[i] = static_cast<uint32_t>(insns[i].origin);
		return;
	}
	auto behind = std::upper_bound(image.blockStart.begin(), image.blockStart.end(), replaced[i]);
	uint32_t first = *(behind - 1), end = behind == image.blockStart.end() ? first : *behind;
	for (uint32_t k = end; k-- > first && endsBlock(image.insns[k]);)
		if (isConditional(insns[i]) == isConditional(image.insns[k])) {
			replaced[i] = k;
			return;
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
	bool noOperand = (insns[i].code & 0xe7) == 0x40 && insns[i].imm; // BPF_LD | BPF_IND
	made[i] = noOperand ? codec.buildBytes(insns[i], ctx) : codec.build(insns[i], ctx, why);
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

bool Splicer::plan(std::string &why)
{
	why = "the result is empty";
	if (!n || image.insns.empty())
		return false;
	if (!checkOrigins(why) || !findBlocks(why) || !placeTargets(why))
		return false;
	findReplaced();
	for (uint32_t i = 0; i < n; i++) {
		// An old jump may lead elsewhere now.
		bool moved = targets[i] && insns[i].origin >= 0 &&
			     targetBlock(*image.instrs[static_cast<uint32_t>(insns[i].origin)]) != targets[i];
		if ((insns[i].origin < 0 || moved) && !made[i] && !buildInsn(i, why))
			return false;
	}
	why.clear();
	return true;
}

} // namespace k2

// SPDX-License-Identifier: BSD-2-Clause
// The second half of splicing: nothing here can fail.
#include "splice.h"

#include <algorithm>

#include "llvm/CodeGen/LivePhysRegs.h"

using namespace llvm;

namespace k2
{

// Takes everything out of the old blocks. KILL only marks liveness, which is computed anew; left in, it could read a
// register whose definition K2 has removed.
std::vector<Splicer::Metas> Splicer::emptyBlocks()
{
	std::vector<Metas> metas(image.blocks.size());

	for (uint32_t b = 0; b < image.blocks.size(); b++) {
		MachineBasicBlock &block = *image.blocks[b];
		uint32_t next = image.blockStart[b];

		while (!block.empty()) {
			MachineInstr *MI = block.remove(&block.front());
			if (!MI->isMetaInstruction() && !MI->isPosition())
				next++;
			else if (MI->isKill() && !byIndex)
				MF.deleteMachineInstr(MI);
			else
				metas[b].list.push_back({MI, next});
		}
		while (!block.succ_empty())
			block.removeSuccessor(block.succ_begin());
	}
	return metas;
}

uint32_t Splicer::oldBlock(uint32_t insn) const
{
	auto behind = std::upper_bound(image.blockStart.begin(), image.blockStart.end() - 1, insn);

	return static_cast<uint32_t>(behind - image.blockStart.begin()) - 1;
}

// Which register holds a variable of the source is not known any more; debuggers are told so. Those in memory stay where they are.
void Splicer::forgetVariables(MachineInstr &MI) const
{
	for (const MachineOperand &op : MI.debug_operands())
		if (op.isReg() && op.getReg() && codec.registerNumber(op.getReg()) != 10) {
			MI.setDebugValueUndef();
			return;
		}
}

// What stood before an old instruction stands before it, or before what takes its place; what stood at the end of its block, before
// the jump or before what comes from another block.
void Splicer::fillBlock(size_t b, std::vector<Metas> &metas)
{
	MachineBasicBlock &block = *blocks[b];
	auto put = [&](Metas &of, uint32_t upTo) {
		for (; of.next < of.list.size() && of.list[of.next].anchor <= upTo; of.next++)
			block.push_back(of.list[of.next].instr);
	};
	Metas *before = nullptr;

	for (uint32_t i = start[b]; i < start[b + 1]; i++) {
		uint32_t place = insns[i].origin >= 0 ? static_cast<uint32_t>(insns[i].origin) : replaced[i];
		Metas &here = metas[oldBlock(place)];

		if (before && before != &here)
			put(*before, Unset);
		put(here, isTerminator(i) ? Unset : place);
		before = isTerminator(i) ? nullptr : &here;
		block.push_back(made[i] ? made[i] : image.instrs[static_cast<uint32_t>(insns[i].origin)]);
	}
	if (before)
		put(*before, Unset);
}

void Splicer::relink()
{
	for (MachineBasicBlock *block : image.blocks)
		MF.remove(block);
	for (MachineBasicBlock *block : blocks)
		MF.push_back(block);
	for (size_t b = 0; b < blocks.size(); b++) {
		uint32_t last = start[b + 1] - 1;

		for (uint32_t i = start[b]; i <= last; i++)
			if (targets[i] && !blocks[b]->isSuccessor(targets[i]))
				blocks[b]->addSuccessorWithoutProb(targets[i]);
		bool falls = !isTerminator(last) || (targets[last] && isConditional(insns[last]));
		if (falls && b + 1 < blocks.size() && !blocks[b]->isSuccessor(blocks[b + 1]))
			blocks[b]->addSuccessorWithoutProb(blocks[b + 1]);
	}
	for (MachineBasicBlock *block : image.blocks)
		if (!is_contained(blocks, block))
			MF.deleteMachineBasicBlock(block);
	MF.RenumberBlocks();
}

void Splicer::deleteUnused()
{
	for (MachineInstr *&MI : image.instrs) {
		if (MI->getParent())
			continue;
		if (MI->shouldUpdateAdditionalCallInfo())
			MF.eraseAdditionalCallInfo(MI);
		MF.deleteMachineInstr(MI);
		MI = nullptr;
	}
}

// K2 counts whole registers, LLVM also their lower halves: what is live where is for LLVM to say.
void Splicer::recomputeLiveness()
{
	std::vector<MachineBasicBlock *> backwards(blocks.rbegin(), blocks.rend());

	fullyRecomputeLiveIns(backwards);
	for (MachineBasicBlock *block : backwards)
		recomputeLivenessFlags(*block);
}

void Splicer::commit()
{
	if (!changesCode())
		return;
	committed = true;
	std::vector<Metas> metas = emptyBlocks();
	for (Metas &of : metas)
		for (Meta &m : of.list)
			if (m.instr->isDebugValue() && !byIndex)
				forgetVariables(*m.instr);
	for (size_t b = 0; b < blocks.size(); b++)
		fillBlock(b, metas);
	for (Metas &of : metas)
		for (; of.next < of.list.size(); of.next++)
			MF.deleteMachineInstr(of.list[of.next].instr);
	relink();
	deleteUnused();
	recomputeLiveness();
}

} // namespace k2

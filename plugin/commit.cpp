// SPDX-License-Identifier: BSD-2-Clause
// The second half of splicing: nothing here can fail.
#include "splice.h"

#include <algorithm>

#include "llvm/CodeGen/LivePhysRegs.h"

using namespace llvm;

namespace k2
{

// Takes everything out of the block. KILL only marks liveness, which is computed anew; left in, it could read a
// register whose definition K2 has removed.
std::vector<Splicer::Meta> Splicer::emptyBlock(uint32_t b)
{
	MachineBasicBlock &block = *image.blocks[b];
	std::vector<Meta> metas;
	uint32_t next = image.blockStart[b];

	while (!block.empty()) {
		MachineInstr *MI = block.remove(&block.front());
		if (!MI->isMetaInstruction() && !MI->isPosition())
			next++;
		else if (MI->isKill() && !byIndex)
			MF.deleteMachineInstr(MI);
		else
			metas.push_back({MI, next});
	}
	return metas;
}

void Splicer::fillBlock(uint32_t b, const std::vector<Meta> &metas)
{
	MachineBasicBlock &block = *image.blocks[b];
	int64_t first = image.blockStart[b], end = image.blockStart[b + 1], due = first;
	size_t pending = 0;

	for (uint32_t i = start[b]; i < start[b + 1]; i++) {
		int64_t place = insns[i].origin >= 0 ? insns[i].origin : replaced[i];
		if (isTerminator(i))
			due = end; // nothing but terminators may follow
		else if (place >= first && place < end)
			due = std::max(due, place);
		while (pending < metas.size() && metas[pending].anchor <= due)
			block.push_back(metas[pending++].instr);
		block.push_back(made[i] ? made[i] : image.instrs[static_cast<uint32_t>(insns[i].origin)]);
	}
	while (pending < metas.size())
		block.push_back(metas[pending++].instr);
}

void Splicer::deleteUnused(uint32_t b)
{
	for (uint32_t k = image.blockStart[b]; k < image.blockStart[b + 1]; k++) {
		MachineInstr *MI = image.instrs[k];
		if (MI->getParent())
			continue;
		if (MI->shouldUpdateAdditionalCallInfo())
			MF.eraseAdditionalCallInfo(MI);
		MF.deleteMachineInstr(MI);
		image.instrs[k] = nullptr;
	}
}

// K2 counts whole registers, LLVM also their lower halves: what is live where is for LLVM to say.
void Splicer::recomputeLiveness()
{
	std::vector<MachineBasicBlock *> backwards(image.blocks.rbegin(), image.blocks.rend());

	fullyRecomputeLiveIns(backwards);
	for (MachineBasicBlock *block : backwards)
		recomputeLivenessFlags(*block);
}

void Splicer::commit()
{
	std::vector<uint32_t> changed;
	std::vector<std::vector<Meta>> metas;

	for (uint32_t b = 0; b < image.blocks.size(); b++)
		if (blockChanged(b))
			changed.push_back(b);
	// An instruction may move to another block, so all blocks are emptied before one is filled.
	for (uint32_t b : changed)
		metas.push_back(emptyBlock(b));
	for (size_t c = 0; c < changed.size(); c++)
		fillBlock(changed[c], metas[c]);
	for (uint32_t b : changed)
		deleteUnused(b);
	if (!changed.empty())
		recomputeLiveness();
}

} // namespace k2

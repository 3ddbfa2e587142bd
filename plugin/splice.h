// SPDX-License-Identifier: BSD-2-Clause
// Puts K2's result back into the machine function. Everything new is built and checked before the first block changes.
#ifndef K2_PLUGIN_SPLICE_H
#define K2_PLUGIN_SPLICE_H

#include <string>
#include <vector>

#include "function.h"

namespace k2
{

class Splicer
{
public:
	// `starts` as in k2_result.
	Splicer(llvm::MachineFunction &MF, const Codec &codec, FunctionImage &image, const k2_insn *insns, uint32_t n,
		const uint32_t *starts);
	~Splicer(); // what was built and not committed is freed
	Splicer(const Splicer &) = delete;
	Splicer &operator=(const Splicer &) = delete;

	// New instruction i stands for old instruction i (the self-test); by default that follows from the neighbours.
	void alignByIndex()
	{
		byIndex = true;
	}
	// False: the function stays as it is, and `why` says what does not fit.
	bool plan(std::string &why);
	void commit();

private:
	bool checkOrigins(std::string &why);
	uint32_t findStart(uint32_t b) const;
	bool placeBlocks(std::string &why);
	bool placeTargets(uint32_t b, std::string &why);
	std::vector<uint32_t> oldTerminators(uint32_t b) const;
	bool checkBlock(uint32_t b, std::string &why) const;
	bool blockChanged(uint32_t b) const;
	bool buildBlock(uint32_t b, std::string &why);
	bool buildInsn(uint32_t i, std::string &why);
	void findReplaced();
	void pairTerminators(uint32_t b);
	llvm::DebugLoc location(uint32_t i) const;
	bool isTerminator(uint32_t i) const;

	// A meta instruction, and the index of the old instruction that it stands before.
	struct Meta {
		llvm::MachineInstr *instr;
		int64_t anchor;
	};
	std::vector<Meta> emptyBlock(uint32_t b);
	void fillBlock(uint32_t b, const std::vector<Meta> &metas);
	void deleteUnused(uint32_t b);
	void recomputeLiveness();

	llvm::MachineFunction &MF;
	const Codec &codec;
	FunctionImage &image;
	const k2_insn *insns;
	uint32_t n;
	const uint32_t *starts;
	bool byIndex = false;

	std::vector<llvm::MachineInstr *> made;		// per new instruction; null: the old one moves
	std::vector<llvm::MachineBasicBlock *> targets; // per new instruction, for jumps
	std::vector<uint32_t> replaced;			// per new instruction: the old one whose place it takes
	std::vector<uint32_t> start; // per block, and one past the end, in the new list
};

} // namespace k2

#endif

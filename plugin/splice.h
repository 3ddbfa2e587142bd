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
	bool findBlocks(std::string &why);
	bool placeTargets(std::string &why);
	bool changesCode() const;
	bool buildInsn(uint32_t i, std::string &why);
	void findReplaced();
	void pairTerminator(uint32_t i);
	llvm::DebugLoc location(uint32_t i) const;
	bool isTerminator(uint32_t i) const;

	// A meta instruction, and the index of the old instruction that it stands before.
	struct Meta {
		llvm::MachineInstr *instr;
		uint32_t anchor;
	};
	// Those of an old block that are not in a new one yet.
	struct Metas {
		std::vector<Meta> list;
		size_t next = 0;
	};
	std::vector<Metas> emptyBlocks();
	void fillBlock(size_t b, std::vector<Metas> &metas);
	uint32_t oldBlock(uint32_t insn) const;
	void forgetVariables(llvm::MachineInstr &MI) const;
	void relink();
	void deleteUnused();
	void recomputeLiveness();

	llvm::MachineFunction &MF;
	const Codec &codec;
	FunctionImage &image;
	const k2_insn *insns;
	uint32_t n;
	const uint32_t *starts;
	static constexpr uint32_t Unset = UINT32_MAX;
	bool byIndex = false;

	std::vector<llvm::MachineInstr *> made;		// per new instruction; null: the old one moves
	std::vector<llvm::MachineBasicBlock *> targets; // per new instruction, for jumps
	std::vector<uint32_t> replaced;			// per new instruction: the old one whose place it takes
	// The new blocks in layout order: old ones where one begins at the same place, others are made.
	std::vector<llvm::MachineBasicBlock *> blocks;
	std::vector<uint32_t> start; // parallel to blocks, and one past the end
	bool committed = false;
};

} // namespace k2

#endif

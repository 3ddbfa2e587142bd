// SPDX-License-Identifier: BSD-2-Clause
// A machine function as K2 sees it: a flat list of instructions in layout order.
#ifndef K2_PLUGIN_FUNCTION_H
#define K2_PLUGIN_FUNCTION_H

#include <string>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/CodeGen/MachineFunction.h"

#include "codec.h"
#include "symbols.h"

namespace k2
{

struct FunctionImage {
	std::vector<k2_insn> insns;
	std::vector<llvm::MachineInstr *> instrs;      // parallel to insns
	std::vector<llvm::MachineBasicBlock *> blocks; // in layout order
	std::vector<uint32_t> blockStart;	       // parallel to blocks, and one past the end
	llvm::DenseMap<const llvm::MachineBasicBlock *, uint32_t> blockIndex;
	SymbolTable symbols;
	std::string name, section, argType;
	k2_func_desc desc = {};
	bool usesW = false;	    // 32-bit registers occur, so that loads are to be made with them too
	unsigned unknownMemory = 0; // loads and stores of which LLVM says nothing, taken as volatile
};

struct DescribeError {
	const char *name; // of the remark: "frozen" or "unknown"
	std::string text;
	const llvm::MachineInstr *instr;
};

// False: the function holds something that K2 leaves alone, see `error`.
bool describe(llvm::MachineFunction &MF, const Codec &codec, bool strictAlign, FunctionImage &image,
	      DescribeError &error);

} // namespace k2

#endif

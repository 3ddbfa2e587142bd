// SPDX-License-Identifier: BSD-2-Clause
// What LLVM knows about the globals that a function refers to, as k2_symbols.
#ifndef K2_PLUGIN_SYMBOLS_H
#define K2_PLUGIN_SYMBOLS_H

#include <deque>
#include <string>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/CodeGen/MachineOperand.h"
#include "llvm/IR/GlobalVariable.h"

#include <k2/func.h>

namespace k2
{

class SymbolTable
{
public:
	// 1 + index of the symbol that a global or external symbol operand names; 0 for any other operand.
	uint32_t add(const llvm::MachineOperand &op);
	// An operand that names symbol number `sym`, for new instructions that refer to it too.
	const llvm::MachineOperand *operand(uint32_t sym) const;
	const std::vector<k2_symbol> &list() const
	{
		return symbols;
	}

private:
	uint32_t append(const llvm::MachineOperand &op, llvm::StringRef name);

	std::vector<k2_symbol> symbols;
	std::vector<const llvm::MachineOperand *> operands;
	std::deque<std::string> names; // stable addresses for k2_symbol.name
	llvm::DenseMap<const llvm::GlobalValue *, uint32_t> byGlobal;
	llvm::StringMap<uint32_t> byName;
};

// A global whose address is a CO-RE relocation ("llvm.<type>:<kind>:<imm>$<access>").
bool isCoreGlobal(const llvm::GlobalValue &g);
// The object writer makes a one-slot mov of its ld_imm64 (all kinds but type ids and enum values).
bool isOneSlotCore(const llvm::GlobalValue &g);

// Fills in type and sizes of a map from its BTF-style debug type, or from a struct bpf_map_def initialiser. What cannot
// be found stays 0.
void describeMap(const llvm::GlobalVariable &g, k2_symbol &s);

} // namespace k2

#endif

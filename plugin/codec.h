// SPDX-License-Identifier: BSD-2-Clause
// One MachineInstr <-> one k2_insn, by way of the target's own encoder and decoder: opcode numbers of the BPF target
// are not installed and change with every LLVM release, the bytes never do. Knows nothing about functions and blocks.
#ifndef K2_PLUGIN_CODEC_H
#define K2_PLUGIN_CODEC_H

#include <memory>
#include <string>

#include "llvm/CodeGen/MachineInstr.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCCodeEmitter.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/TargetParser/Triple.h"

#include <k2/insn.h>

namespace llvm
{
class Target;
class TargetRegisterInfo;
} // namespace llvm

namespace k2
{

// Where a rebuilt instruction goes and what it refers to.
struct BuildContext {
	llvm::MachineFunction *MF = nullptr;
	bool alu32 = false;			      // the function uses W registers
	llvm::MachineBasicBlock *target = nullptr;    // of a jump
	const llvm::MachineOperand *symbol = nullptr; // of an instruction with a symbol: an operand to copy
	llvm::DebugLoc loc;
};

class Codec
{
public:
	// Null when this LLVM lacks the BPF target's MC layer; `why` then says which part.
	static std::unique_ptr<Codec> create(std::string &why);

	// The raw fields of `MI`: code, dst, src, off, imm. Symbols, block references and CO-RE operands count as 0.
	// False: a pseudo instruction or an operand without bytes; `why` names it.
	bool encode(const llvm::MachineInstr &MI, k2_insn &out, std::string &why) const;

	// A new instruction with the bytes of `I`, in no block yet. Null when no MachineInstr encodes to just these
	// bytes.
	llvm::MachineInstr *build(const k2_insn &I, const BuildContext &ctx, std::string &why) const;

	// The bytes of `I`, for which LLVM has no instruction (legacy packet loads with an index and a number), as inline assembly.
	llvm::MachineInstr *buildBytes(const k2_insn &I, const BuildContext &ctx) const;

	// n of rn for Rn and Wn; -1 for anything else (r11 is LLVM's own).
	int registerNumber(llvm::MCRegister reg) const;
	bool isSubRegister(llvm::MCRegister reg) const; // Wn

private:
	Codec() = default;
	bool init(std::string &why);
	bool encodeInst(const llvm::MCInst &inst, k2_insn &out) const;
	bool lower(const llvm::MachineInstr &MI, llvm::MCInst &inst, std::string &why) const;
	bool lowerCoreAccess(const llvm::MachineInstr &MI, llvm::MCInst &inst) const;
	llvm::MCOperand dummySymbol() const;

	llvm::Triple triple{"bpfel"};
	llvm::MCTargetOptions options;
	std::unique_ptr<llvm::MCRegisterInfo> regs;
	std::unique_ptr<llvm::MCAsmInfo> asmInfo;
	std::unique_ptr<llvm::MCInstrInfo> instrs;
	std::unique_ptr<llvm::MCSubtargetInfo> wide, narrow; // without and with W registers
	std::unique_ptr<llvm::MCContext> context;
	std::unique_ptr<llvm::MCCodeEmitter> emitter;
	std::unique_ptr<llvm::MCDisassembler> wideDecoder, narrowDecoder;
};

// CORE_LD64, CORE_LD32, CORE_ST, CORE_SHIFT: a real opcode's number in operand 1, a CO-RE global in operand 3.
bool isCoreAccess(llvm::StringRef opcodeName);

// The jump, goto, gotol and may_goto opcodes: everything with a displacement.
bool hasTarget(const k2_insn &I);
bool isConditional(const k2_insn &I); // may also go on behind it

// The same instruction, as far as it is decided here: displacements are not.
bool sameInsn(const k2_insn &a, const k2_insn &b);

} // namespace k2

#endif

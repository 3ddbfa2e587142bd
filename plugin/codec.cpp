// SPDX-License-Identifier: BSD-2-Clause
#include "codec.h"

#include "llvm/CodeGen/MachineFunction.h"
#include "llvm/CodeGen/MachineInstrBuilder.h"
#include "llvm/CodeGen/TargetInstrInfo.h"
#include "llvm/CodeGen/TargetRegisterInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/MC/MCExpr.h"
#include "llvm/MC/MCFixup.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

// Weak: a clang that was linked without the disassembler still loads the plugin, which then leaves all code alone.
extern "C" __attribute__((weak)) void LLVMInitializeBPFDisassembler();

namespace k2
{

static const uint8_t LdImm64 = 0x18;

bool isCoreAccess(StringRef name)
{
	return name == "CORE_LD64" || name == "CORE_LD32" || name == "CORE_ST" || name == "CORE_SHIFT";
}

bool hasTarget(const k2_insn &I)
{
	unsigned cls = I.code & 7, op = I.code & 0xf0;

	return (cls == 5 || cls == 6) && op != 0x80 && op != 0x90 && I.code != 0x0d;
}

bool isConditional(const k2_insn &I)
{
	return hasTarget(I) && I.code != 0x05 && I.code != 0x06;
}

bool sameInsn(const k2_insn &a, const k2_insn &b)
{
	if (a.code != b.code || a.dst != b.dst || a.src != b.src || a.sym != b.sym || a.flags != b.flags)
		return false;
	if (hasTarget(a))
		return a.code == 0x06 || a.imm == b.imm;
	return a.off == b.off && a.imm == b.imm;
}

std::unique_ptr<Codec> Codec::create(std::string &why)
{
	std::unique_ptr<Codec> c(new Codec);

	if (!c->init(why))
		return nullptr;
	return c;
}

// The private context is little-endian whatever the function's target is: opcodes are the same, and the bytes never
// reach an object.
bool Codec::init(std::string &why)
{
	if (!LLVMInitializeBPFDisassembler) {
		why = "this LLVM has no BPF disassembler";
		return false;
	}
	LLVMInitializeBPFDisassembler();
	const Target *target = TargetRegistry::lookupTarget(triple, why);
	if (!target)
		return false;
	why = "this LLVM has an incomplete BPF target";
	regs.reset(target->createMCRegInfo(triple));
	if (!regs)
		return false;
	asmInfo.reset(target->createMCAsmInfo(*regs, triple, options));
	instrs.reset(target->createMCInstrInfo());
	wide.reset(target->createMCSubtargetInfo(triple, "v4", "-alu32"));
	narrow.reset(target->createMCSubtargetInfo(triple, "v4", "+alu32"));
	if (!asmInfo || !instrs || !wide || !narrow)
		return false;
	context = std::make_unique<MCContext>(triple, asmInfo.get(), regs.get(), narrow.get());
	emitter.reset(target->createMCCodeEmitter(*instrs, *context));
	wideDecoder.reset(target->createMCDisassembler(*wide, *context));
	narrowDecoder.reset(target->createMCDisassembler(*narrow, *context));
	if (!emitter || !wideDecoder || !narrowDecoder)
		return false;
	why.clear();
	return true;
}

int Codec::registerNumber(MCRegister reg) const
{
	StringRef name = regs->getName(reg);
	unsigned n;

	if ((name[0] != 'R' && name[0] != 'W') || name.drop_front().getAsInteger(10, n) || n > 10)
		return -1;
	return static_cast<int>(n);
}

bool Codec::isSubRegister(MCRegister reg) const
{
	return regs->getName(reg)[0] == 'W';
}

MCOperand Codec::dummySymbol() const
{
	return MCOperand::createExpr(MCSymbolRefExpr::create(context->getOrCreateSymbol("k2"), *context));
}

// As BTFDebug::InstLower does when it writes the object, but with 0 for the number that the CO-RE relocation decides.
bool Codec::lowerCoreAccess(const MachineInstr &MI, MCInst &inst) const
{
	if (MI.getNumExplicitOperands() < 4 || !MI.getOperand(1).isImm() || !MI.getOperand(2).isReg())
		return false;
	const MachineOperand &value = MI.getOperand(0);
	inst.setOpcode(static_cast<unsigned>(MI.getOperand(1).getImm()));
	if (value.isImm())
		inst.addOperand(MCOperand::createImm(value.getImm()));
	else if (value.isReg())
		inst.addOperand(MCOperand::createReg(value.getReg()));
	else
		return false;
	inst.addOperand(MCOperand::createReg(MI.getOperand(2).getReg()));
	inst.addOperand(MCOperand::createImm(0));
	return true;
}

// The emitter ends the process on what it cannot encode, so everything unusual is turned down here.
bool Codec::lower(const MachineInstr &MI, MCInst &inst, std::string &why) const
{
	if (isCoreAccess(instrs->getName(MI.getOpcode()))) {
		why = "malformed CO-RE access";
		return lowerCoreAccess(MI, inst);
	}
	why = instrs->getName(MI.getOpcode()).str();
	if (MI.isPreISelOpcode() || MI.getDesc().isPseudo() || MI.getOpcode() < TargetOpcode::GENERIC_OP_END)
		return false;
	inst.setOpcode(MI.getOpcode());
	for (const MachineOperand &op : MI.operands()) {
		if ((op.isReg() && op.isImplicit()) || op.isRegMask())
			continue;
		if (op.isReg())
			inst.addOperand(MCOperand::createReg(op.getReg()));
		else if (op.isImm())
			inst.addOperand(MCOperand::createImm(op.getImm()));
		else if (op.isMBB() || op.isGlobal() || op.isSymbol())
			inst.addOperand(dummySymbol());
		else
			return false;
	}
	return inst.getNumOperands() == MI.getDesc().getNumOperands();
}

bool Codec::encodeInst(const MCInst &inst, k2_insn &out) const
{
	SmallVector<char, 16> bytes;
	SmallVector<MCFixup, 1> fixups;

	emitter->encodeInstruction(inst, bytes, fixups, *narrow);
	if (bytes.size() != 8 && bytes.size() != 16)
		return false;
	const uint8_t *b = reinterpret_cast<const uint8_t *>(bytes.data());
	out.code = b[0];
	out.dst = b[1] & 0xf;
	out.src = b[1] >> 4;
	out.off = static_cast<int16_t>(support::endian::read16le(b + 2));
	out.imm = static_cast<int32_t>(support::endian::read32le(b + 4));
	if (bytes.size() == 16) {
		uint64_t hi = support::endian::read32le(b + 12);
		out.imm = static_cast<int64_t>(hi << 32 | static_cast<uint32_t>(out.imm));
	}
	return (bytes.size() == 16) == (out.code == LdImm64) && out.dst <= 10;
}

// LLVM writes some 32-bit immediates as unsigned numbers; what does not fit at all would end in an error message.
static bool immediatesFit(const MCInst &inst)
{
	for (const MCOperand &op : inst)
		if (op.isImm() && (op.getImm() < INT32_MIN || op.getImm() > UINT32_MAX))
			return false;
	return true;
}

bool Codec::encode(const MachineInstr &MI, k2_insn &out, std::string &why) const
{
	MCInst inst;

	if (!lower(MI, inst, why))
		return false;
	StringRef name = instrs->getName(inst.getOpcode());
	if (!name.starts_with("LD_") && !immediatesFit(inst))
		return false;
	if (!encodeInst(inst, out))
		return false;
	why.clear();
	return true;
}

static void toBytes(const k2_insn &I, endianness order, uint8_t b[16])
{
	uint64_t imm = static_cast<uint64_t>(I.imm);
	bool big = order == endianness::big;

	memset(b, 0, 16);
	b[0] = I.code;
	b[1] = static_cast<uint8_t>(big ? I.dst << 4 | I.src : I.src << 4 | I.dst);
	support::endian::write16(b + 2, static_cast<uint16_t>(I.off), order);
	support::endian::write32(b + 4, static_cast<uint32_t>(imm), order);
	if (I.code == LdImm64)
		support::endian::write32(b + 12, static_cast<uint32_t>(imm >> 32), order);
}

// The decoder leaves out operands that are tied to another one, and gives one-slot immediates as unsigned numbers.
static bool completeOperands(const MCInstrDesc &desc, const MCInst &inst, bool oneSlot, SmallVectorImpl<MCOperand> &ops)
{
	unsigned next = 0;
	bool complete = inst.getNumOperands() == desc.getNumOperands();

	for (unsigned i = 0; i < desc.getNumOperands(); i++) {
		int tied = desc.getOperandConstraint(i, MCOI::TIED_TO);
		MCOperand op;
		if (tied >= 0 && !complete)
			op = ops[static_cast<unsigned>(tied)];
		else if (next < inst.getNumOperands())
			op = inst.getOperand(next++);
		else
			return false;
		if (op.isImm() && oneSlot)
			op = MCOperand::createImm(static_cast<int32_t>(op.getImm()));
		ops.push_back(op);
	}
	return next == inst.getNumOperands();
}

static bool sameBytes(const k2_insn &a, const k2_insn &b)
{
	return a.code == b.code && a.dst == b.dst && a.src == b.src && a.off == b.off && a.imm == b.imm;
}

// What the object writer fills in later is 0 in the bytes: displacements, and the pseudo source of a call by symbol.
static k2_insn rawForm(const k2_insn &I)
{
	k2_insn raw = I;

	if (hasTarget(I)) {
		raw.off = 0;
		raw.imm = I.code == 0x06 ? 0 : I.imm; // gotol keeps its displacement in imm
	}
	if (I.sym) {
		raw.imm = 0;
		raw.src = 0;
	}
	return raw;
}

MachineInstr *Codec::buildBytes(const k2_insn &I, const BuildContext &ctx) const
{
	const TargetSubtargetInfo &target = ctx.MF->getSubtarget();
	const TargetRegisterInfo &TRI = *target.getRegisterInfo();
	uint8_t bytes[16];
	std::string text = ".byte ";

	toBytes(I, ctx.MF->getDataLayout().isBigEndian() ? endianness::big : endianness::little, bytes);
	for (unsigned i = 0; i < 8; i++)
		text += (i ? ", " : "") + std::to_string(bytes[i]);
	MachineInstrBuilder mib = BuildMI(*ctx.MF, ctx.loc, target.getInstrInfo()->get(TargetOpcode::INLINEASM))
					  .addExternalSymbol(ctx.MF->createExternalSymbolName(text))
					  .addImm(InlineAsm::Extra_HasSideEffects);
	for (unsigned r = 1; r < TRI.getNumRegs(); r++) {
		int number = registerNumber(r);
		if (number < 0 || isSubRegister(r))
			continue;
		if (number == 6 || number == I.src)
			mib.addImm(InlineAsm::Flag(InlineAsm::Kind::RegUse, 1)).addReg(r);
		if (number == 0)
			mib.addImm(InlineAsm::Flag(InlineAsm::Kind::RegDef, 1)).addReg(r, RegState::Define | RegState::Implicit);
		else if (number <= 5)
			mib.addImm(InlineAsm::Flag(InlineAsm::Kind::Clobber, 1))
				.addReg(r, RegState::Define | RegState::Implicit | RegState::Dead);
	}
	return mib;
}

MachineInstr *Codec::build(const k2_insn &I, const BuildContext &ctx, std::string &why) const
{
	const MCDisassembler &decoder = ctx.alu32 ? *narrowDecoder : *wideDecoder;
	SmallVector<MCOperand, 6> ops;
	k2_insn raw = rawForm(I), again = {};
	uint8_t bytes[16];
	uint64_t size = 0;
	MCInst inst;

	why = "no machine instruction has the bytes of a new instruction";
	toBytes(raw, endianness::little, bytes);
	size_t length = I.code == LdImm64 ? 16 : 8;
	if (decoder.getInstruction(inst, size, ArrayRef<uint8_t>(bytes, length), 0, nulls()) !=
		    MCDisassembler::Success ||
	    size != length)
		return nullptr;
	const MCInstrDesc &desc = ctx.MF->getSubtarget().getInstrInfo()->get(inst.getOpcode());
	if (!completeOperands(desc, inst, length == 8, ops) || (hasTarget(I) && !ctx.target) || (I.sym && !ctx.symbol))
		return nullptr;

	MachineInstrBuilder mib = BuildMI(*ctx.MF, ctx.loc, desc);
	for (unsigned i = 0; i < ops.size(); i++) {
		bool last = i + 1 == ops.size();
		if (last && hasTarget(I))
			mib.addMBB(ctx.target);
		else if (last && I.sym)
			mib.add(*ctx.symbol);
		else if (ops[i].isReg())
			mib.addReg(ops[i].getReg(), i < desc.getNumDefs() ? RegState::Define : 0);
		else
			mib.addImm(ops[i].getImm());
	}
	// The proof that this is the instruction that was asked for, whatever decoder and builder made of it.
	if (!encode(*mib, again, why) || !sameBytes(raw, again)) {
		ctx.MF->deleteMachineInstr(mib);
		return nullptr;
	}
	return mib;
}

} // namespace k2

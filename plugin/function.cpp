// SPDX-License-Identifier: BSD-2-Clause
#include "function.h"
#include "relocated.h"

#include <algorithm>

#include "llvm/CodeGen/Analysis.h"
#include "llvm/CodeGen/MachineFrameInfo.h"
#include "llvm/CodeGen/MachineJumpTableInfo.h"
#include "llvm/CodeGen/TargetInstrInfo.h"
#include "llvm/CodeGen/TargetLowering.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Function.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;

namespace k2
{

namespace
{

class Describer
{
public:
	Describer(MachineFunction &MF, const Codec &codec, FunctionImage &image, DescribeError &error)
	    : MF(MF), codec(codec), image(image), error(error)
	{
	}
	bool functionIsKnown();
	bool collect();
	bool resolveTargets();
	void describeFunction(bool strictAlign);

private:
	bool refuse(const char *name, const Twine &text, const MachineInstr *MI = nullptr);
	bool append(MachineInstr &MI);
	bool appendKnown(MachineInstr &MI, k2_insn &I);
	void registerMasks(const MachineInstr &MI, k2_insn &I) const;
	bool addSymbol(const MachineInstr &MI, k2_insn &I);
	void addMemoryFlags(const MachineInstr &MI, k2_insn &I);
	bool isPlainField(const MachineInstr &MI);

	MachineFunction &MF;
	const Codec &codec;
	FunctionImage &image;
	DescribeError &error;
	DenseMap<const GlobalValue *, bool> plainFields;
};

} // namespace

bool Describer::refuse(const char *name, const Twine &text, const MachineInstr *MI)
{
	error.name = name;
	error.text = text.str();
	error.instr = MI;
	return false;
}

bool Describer::functionIsKnown()
{
	if (MF.getFunction().hasFnAttribute(Attribute::Naked))
		return refuse("frozen", "a naked function is inline assembly throughout");
	if (MF.getJumpTableInfo() && !MF.getJumpTableInfo()->isEmpty())
		return refuse("frozen", "the function has a jump table");
	for (MachineBasicBlock &block : MF)
		if (block.hasAddressTaken() || block.isEHPad() || block.isInlineAsmBrIndirectTarget())
			return refuse("frozen", "the address of a block is taken");
	return true;
}

// Meta instructions have no bytes. They stay in their blocks and splicing puts them back in order.
static bool isMeta(const MachineInstr &MI)
{
	return MI.isMetaInstruction() || MI.isPosition();
}

bool Describer::collect()
{
	for (MachineBasicBlock &block : MF) {
		image.blockIndex[&block] = static_cast<uint32_t>(image.blocks.size());
		image.blocks.push_back(&block);
		image.blockStart.push_back(static_cast<uint32_t>(image.insns.size()));
		for (MachineInstr &MI : block)
			if (!isMeta(MI) && !append(MI))
				return false;
	}
	image.blockStart.push_back(static_cast<uint32_t>(image.insns.size()));
	return true;
}

// Inline assembly and calls: what they read and write, at the 64-bit width that K2 counts in.
void Describer::registerMasks(const MachineInstr &MI, k2_insn &I) const
{
	for (const MachineOperand &op : MI.operands()) {
		if (!op.isReg() || !op.getReg().isPhysical())
			continue;
		int n = codec.registerNumber(op.getReg());
		if (n < 0)
			continue;
		if (op.isDef())
			I.def |= static_cast<uint16_t>(1u << n);
		// A W def of inline assembly may leave the upper half, so the rest of the register passes through.
		if (op.isUse() ? !op.isUndef() : MI.isInlineAsm() && codec.isSubRegister(op.getReg()) && !op.isDead())
			I.use |= static_cast<uint16_t>(1u << n);
	}
}

bool Describer::addSymbol(const MachineInstr &MI, k2_insn &I)
{
	for (const MachineOperand &op : MI.explicit_operands()) {
		if (!op.isGlobal() && !op.isSymbol())
			continue;
		if (op.getOffset())
			return refuse("unknown", "symbol with an offset", &MI);
		I.sym = image.symbols.add(op);
		const k2_symbol &s = image.symbols.list()[I.sym - 1];
		if (MI.isCall())
			I.src = s.kind == K2_SYM_KFUNC ? 2 : 1; // BPF_PSEUDO_KFUNC_CALL, BPF_PSEUDO_CALL
		if (s.kind != K2_SYM_CORE)
			continue;
		bool memory = (I.code & 7) >= 1 && (I.code & 7) <= 3;
		I.flags |= memory ? K2_F_SYM_OFF : K2_F_SYM_IMM;
		if (I.code == 0x18 && isOneSlotCore(*op.getGlobal()))
			I.flags |= K2_F_ONE_SLOT;
	}
	return true;
}

// The BPF target gives spills and reloads no memory operand, but they go to slots that nothing else uses.
static bool isSpillSlot(const MachineFrameInfo &frame, unsigned base, int64_t off)
{
	for (int i = frame.getObjectIndexBegin(); base == 10 && i < frame.getObjectIndexEnd(); i++)
		if (frame.isSpillSlotObjectIndex(i) && !frame.isDeadObjectIndex(i) && off >= frame.getObjectOffset(i) &&
		    off < frame.getObjectOffset(i) + frame.getObjectSize(i))
			return true;
	return false;
}

// The access was put together with the offset of a relocated field, and volatile it was not.
bool Describer::isPlainField(const MachineInstr &MI)
{
	for (const MachineOperand &op : MI.explicit_operands()) {
		if (!op.isGlobal() || !isCoreGlobal(*op.getGlobal()))
			continue;
		auto [known, isNew] = plainFields.try_emplace(op.getGlobal());
		if (isNew)
			known->second = !mayBeVolatile(*cast<GlobalVariable>(op.getGlobal()), MF.getFunction());
		return known->second;
	}
	return false;
}

// No memory operand means that nobody knows which access this is; it may be volatile.
void Describer::addMemoryFlags(const MachineInstr &MI, k2_insn &I)
{
	unsigned cls = I.code & 7;

	if (cls == 0 || cls > 3) // BPF_LD: constants, and packet loads that have an order of their own
		return;
	unsigned base = cls == 1 ? I.src : I.dst;
	if (MI.memoperands_empty() && !isSpillSlot(MF.getFrameInfo(), base, I.off) && !isPlainField(MI)) {
		image.unknownMemory++;
		I.flags |= K2_F_VOLATILE;
	}
	for (const MachineMemOperand *mem : MI.memoperands())
		if (mem->isVolatile() || mem->isAtomic())
			I.flags |= K2_F_VOLATILE;
}

bool Describer::appendKnown(MachineInstr &MI, k2_insn &I)
{
	std::string why;

	if (!codec.encode(MI, I, why))
		return refuse("unknown", "cannot encode " + why, &MI);
	if (MI.isCall())
		registerMasks(MI, I);
	if (I.code == 0x8d) { // callx: which function it calls is not known here
		I.flags |= K2_F_OPAQUE;
		I.def |= 0x3f; // r0-r5: its operands name r0, the rest is in its register mask
	}
	if (!addSymbol(MI, I))
		return false;
	addMemoryFlags(MI, I);
	if (MI.getPreInstrSymbol() || MI.getPostInstrSymbol())
		I.flags |= K2_F_FROZEN;
	return true;
}

bool Describer::append(MachineInstr &MI)
{
	k2_insn I = {};

	if (MI.isBundle() || MI.isBundled())
		return refuse("unknown", "instruction bundle", &MI);
	if (MI.getOpcode() == TargetOpcode::INLINEASM_BR)
		return refuse("frozen", "inline assembly that jumps", &MI);
	if (MI.isIndirectBranch())
		return refuse("frozen", "indirect jump", &MI);
	if (MI.isInlineAsm()) {
		I.flags = K2_F_OPAQUE;
		registerMasks(MI, I);
	} else if (!appendKnown(MI, I)) {
		return false;
	}
	for (const MachineOperand &op : MI.operands())
		image.usesW |= op.isReg() && op.getReg().isPhysical() && codec.registerNumber(op.getReg()) >= 0 &&
			       codec.isSubRegister(op.getReg());
	if (MI.getDebugLoc())
		I.line = MI.getDebugLoc().getLine();
	I.target = UINT32_MAX;
	I.origin = static_cast<int32_t>(image.insns.size());
	image.insns.push_back(I);
	image.instrs.push_back(&MI);
	return true;
}

static const MachineBasicBlock *jumpTarget(const MachineInstr &MI)
{
	for (const MachineOperand &op : MI.explicit_operands())
		if (op.isMBB())
			return op.getMBB();
	return nullptr;
}

bool Describer::resolveTargets()
{
	for (size_t i = 0; i < image.insns.size(); i++) {
		const MachineBasicBlock *target = jumpTarget(*image.instrs[i]);
		if (!target)
			continue;
		uint32_t to = image.blockStart[image.blockIndex[target]];
		if (to >= image.insns.size())
			return refuse("unknown", "jump to the end of the function", image.instrs[i]);
		image.insns[i].target = to;
	}
	return true;
}

// LLVM's own defaults: no -mcpu means v3, "generic" means v1, "probe" asks the running kernel.
static k2_isa_level isaOf(StringRef cpu)
{
	if (cpu == "probe")
		cpu = sys::detail::getHostCPUNameForBPF();
	if (cpu == "v4")
		return K2_ISA_V4;
	if (cpu == "v3" || cpu.empty())
		return K2_ISA_V3;
	return cpu == "v2" ? K2_ISA_V2 : K2_ISA_V1;
}

// The name of the structure that the first argument points at, as the source says; "" if it does not.
static std::string firstArgument(const Function &f)
{
	const DISubprogram *sp = f.getSubprogram();
	const DISubroutineType *type = sp ? sp->getType() : nullptr;
	DITypeRefArray types = type ? type->getTypeArray() : DITypeRefArray();
	const DIType *t = types && types.size() > 1 ? types[1] : nullptr;
	bool pointed = false;

	while (const auto *d = dyn_cast_or_null<DIDerivedType>(t)) {
		if (d->getTag() == dwarf::DW_TAG_pointer_type) {
			if (pointed)
				return "";
			pointed = true;
		}
		t = d->getBaseType();
	}
	const auto *c = dyn_cast_or_null<DICompositeType>(t);
	return pointed && c && c->getTag() == dwarf::DW_TAG_structure_type ? c->getName().str() : "";
}

/* A structure of up to 16 bytes comes in two registers. */
static uint8_t argumentRegisters(const MachineFunction &MF)
{
	const TargetLowering &lowering = *MF.getSubtarget().getTargetLowering();
	uint64_t n = 0;

	for (const Argument &a : MF.getFunction().args()) {
		SmallVector<EVT, 4> parts;

		ComputeValueVTs(lowering, MF.getDataLayout(), a.getType(), parts);
		for (EVT part : parts)
			n += divideCeil(part.getSizeInBits().getFixedValue(), 64);
	}
	return static_cast<uint8_t>(std::min<uint64_t>(n, 5));
}

void Describer::describeFunction(bool strictAlign)
{
	const Function &f = MF.getFunction();
	k2_func_desc &d = image.desc;

	image.name = f.getName().str();
	image.section = f.getSection().str();
	d.name = image.name.c_str();
	d.section = image.section.empty() ? ".text" : image.section.c_str();
	image.argType = firstArgument(f);
	d.arg_type = image.argType.empty() ? nullptr : image.argType.c_str();
	d.insns = image.insns.data();
	d.n_insns = static_cast<uint32_t>(image.insns.size());
	d.syms = image.symbols.list().data();
	d.n_syms = static_cast<uint32_t>(image.symbols.list().size());
	StringRef features = MF.getSubtarget().getFeatureString();
	d.isa = isaOf(MF.getSubtarget().getCPU());
	if (features.contains("-alu32") && !image.usesW)
		d.isa = std::min(d.isa, K2_ISA_V2);
	d.alu32 = d.isa >= K2_ISA_V3 || image.usesW || features.contains("+alu32");
	d.big_endian = MF.getDataLayout().isBigEndian();
	d.is_subprog = f.hasLocalLinkage() || image.section.empty() || image.section == ".text";
	d.n_args = argumentRegisters(MF);
	d.strict_align = strictAlign;
}

bool describe(MachineFunction &MF, const Codec &codec, bool strictAlign, FunctionImage &image, DescribeError &error)
{
	Describer d(MF, codec, image, error);

	if (!d.functionIsKnown() || !d.collect() || !d.resolveTargets())
		return false;
	d.describeFunction(strictAlign);
	return true;
}

} // namespace k2

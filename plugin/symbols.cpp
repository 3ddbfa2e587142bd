// SPDX-License-Identifier: BSD-2-Clause
#include "symbols.h"

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/GlobalAlias.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace k2
{

// The attributes and kinds of llvm/lib/Target/BPF/BPFCORE.h and BTF.h, which are not installed.
static const char AmaAttr[] = "btf_ama", TypeIdAttr[] = "btf_type_id";
enum RelocKind { TypeIdLocal = 6, TypeIdRemote = 7, EnumValueExists = 10, EnumValue = 11 };

bool isCoreGlobal(const GlobalValue &g)
{
	const auto *var = dyn_cast<GlobalVariable>(&g);

	return var && (var->hasAttribute(AmaAttr) || var->hasAttribute(TypeIdAttr));
}

static unsigned relocKind(const GlobalVariable &g)
{
	StringRef name = g.getName(), text;
	unsigned kind = TypeIdLocal; // unreadable: two slots, as for every other ld_imm64

	if (g.hasAttribute(AmaAttr))
		text = name.split(':').second.split(':').first;
	else
		text = name.split('$').second;
	if (text.getAsInteger(10, kind))
		return TypeIdLocal;
	return kind;
}

bool isOneSlotCore(const GlobalValue &g)
{
	const auto *var = dyn_cast<GlobalVariable>(&g);

	if (!var || !isCoreGlobal(g))
		return false;
	switch (relocKind(*var)) {
	case TypeIdLocal:
	case TypeIdRemote:
	case EnumValueExists:
	case EnumValue: return false;
	default: return true;
	}
}

static uint32_t sizeOf(const GlobalVariable &g)
{
	Type *type = g.getValueType();

	if (!type->isSized())
		return 0;
	uint64_t size = g.getParent()->getDataLayout().getTypeAllocSize(type).getKnownMinValue();
	return size <= UINT32_MAX ? static_cast<uint32_t>(size) : 0;
}

static bool isMapSection(StringRef section)
{
	return section == ".maps" || section == "maps" || section.starts_with("maps/");
}

static void describeVariable(const GlobalVariable &g, k2_symbol &s)
{
	StringRef section = g.getSection();

	if (isCoreGlobal(g)) {
		s.kind = K2_SYM_CORE;
	} else if (isMapSection(section)) {
		s.kind = K2_SYM_MAP;
		describeMap(g, s);
	} else if (section == ".ksyms" || g.hasExternalWeakLinkage()) {
		s.kind = K2_SYM_OTHER; // a kernel variable, or an address that may be null
	} else {
		s.kind = K2_SYM_DATA;
		s.data_size = sizeOf(g);
		s.read_only = g.isConstant() || section.starts_with(".rodata") || section == ".kconfig";
	}
}

static void describeGlobal(const GlobalValue &g, k2_symbol &s)
{
	if (const auto *var = dyn_cast<GlobalVariable>(&g))
		describeVariable(*var, s);
	else if (const auto *f = dyn_cast<Function>(&g))
		s.kind = f->isDeclaration() && f->getSection() == ".ksyms" ? K2_SYM_KFUNC : K2_SYM_FUNC;
}

uint32_t SymbolTable::append(const MachineOperand &op, StringRef name)
{
	k2_symbol s = {};

	names.push_back(name.str());
	s.kind = K2_SYM_OTHER;
	s.name = names.back().c_str();
	symbols.push_back(s);
	operands.push_back(&op);
	return static_cast<uint32_t>(symbols.size());
}

uint32_t SymbolTable::add(const MachineOperand &op)
{
	if (op.isGlobal()) {
		uint32_t &sym = byGlobal[op.getGlobal()];
		if (!sym) {
			sym = append(op, op.getGlobal()->getName());
			describeGlobal(*op.getGlobal(), symbols.back());
		}
		return sym;
	}
	if (op.isSymbol()) {
		uint32_t &sym = byName[op.getSymbolName()];
		if (!sym) {
			sym = append(op, op.getSymbolName()); // a library call: always a function
			symbols.back().kind = K2_SYM_FUNC;
		}
		return sym;
	}
	return 0;
}

const MachineOperand *SymbolTable::operand(uint32_t sym) const
{
	return sym && sym <= operands.size() ? operands[sym - 1] : nullptr;
}

} // namespace k2

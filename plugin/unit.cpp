// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <vector>

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/IR/Module.h"

#include <k2/unit.h>

#include "codec.h"
#include "function.h"

using namespace llvm;

namespace k2
{

namespace
{

struct Member {
	const Function *function;
	FunctionImage image;
	std::vector<uint32_t> callee; // by symbol
};

class UnitPass : public ModulePass
{
public:
	static char ID;

	explicit UnitPass(std::shared_ptr<PassedByFunction> found) : ModulePass(ID), found(std::move(found))
	{
	}
	StringRef getPassName() const override
	{
		return "K2: what calls give static functions";
	}
	void getAnalysisUsage(AnalysisUsage &AU) const override
	{
		AU.addRequired<MachineModuleInfoWrapperPass>();
		AU.setPreservesAll();
	}
	bool runOnModule(Module &M) override;

private:
	void look(MachineFunction &MF, const Codec &codec);
	void open(const MachineFunction &MF);
	bool isClosed(const Module &M, const Function &f) const;
	void resolveCallees();
	void find(const Module &M);

	std::shared_ptr<PassedByFunction> found;
	std::vector<std::unique_ptr<Member>> members;
	SmallPtrSet<const Function *, 8> opened; // may be called, or have their address taken, where nobody can look
	StringSet<> symbols;			 // names that code refers to without saying what they are
	std::vector<std::string> assembly;
};

} // namespace

char UnitPass::ID;

Pass *createUnitPass(std::shared_ptr<PassedByFunction> found)
{
	return new UnitPass(std::move(found));
}

// Whatever the function refers to, it may call.
void UnitPass::open(const MachineFunction &MF)
{
	for (const MachineBasicBlock &block : MF)
		for (const MachineInstr &MI : block)
			for (const MachineOperand &op : MI.operands())
				if (const auto *f = op.isGlobal() ? dyn_cast<Function>(op.getGlobal()) : nullptr)
					opened.insert(f);
}

void UnitPass::look(MachineFunction &MF, const Codec &codec)
{
	auto member = std::make_unique<Member>();
	DescribeError error;

	for (const MachineBasicBlock &block : MF)
		for (const MachineInstr &MI : block)
			for (const MachineOperand &op : MI.operands()) {
				if (op.isSymbol() && MI.isInlineAsm())
					assembly.push_back(op.getSymbolName());
				else if (op.isSymbol())
					symbols.insert(op.getSymbolName());
			}
	member->function = &MF.getFunction();
	if (describe(MF, codec, false, member->image, error))
		members.push_back(std::move(member));
	else
		open(MF);
}

// Addresses in initialisers, aliases and llvm.used count as taken. Assembly may name any function.
bool UnitPass::isClosed(const Module &M, const Function &f) const
{
	auto names = [&](StringRef text) { return text.contains(f.getName()); };

	return f.hasLocalLinkage() && !f.hasAddressTaken() && !opened.contains(&f) && !symbols.contains(f.getName()) &&
	       !names(M.getModuleInlineAsm()) && none_of(assembly, names);
}

void UnitPass::resolveCallees()
{
	DenseMap<const GlobalValue *, uint32_t> number;

	for (const auto &m : members)
		number[m->function] = static_cast<uint32_t>(number.size());
	for (const auto &m : members) {
		const SymbolTable &table = m->image.symbols;

		for (uint32_t sym = 1; sym <= table.list().size(); sym++) {
			const MachineOperand *op = table.operand(sym);
			auto at = op->isGlobal() ? number.find(op->getGlobal()) : number.end();
			m->callee.push_back(at == number.end() ? UINT32_MAX : at->second);
		}
		for (const k2_insn &I : m->image.insns)
			if (I.sym && I.code != 0x85 && m->callee[I.sym - 1] != UINT32_MAX)
				opened.insert(members[m->callee[I.sym - 1]]->function);
	}
}

void UnitPass::find(const Module &M)
{
	std::vector<k2_unit_func> unit;

	for (const auto &m : members) {
		k2_unit_func f = {};

		f.desc = &m->image.desc;
		f.callee = m->callee.data();
		f.closed = isClosed(M, *m->function);
		unit.push_back(f);
	}
	if (k2_find_passed(unit.data(), static_cast<uint32_t>(unit.size())) != K2_OK)
		return;
	for (size_t i = 0; i < unit.size(); i++)
		if (unit[i].called) {
			Passed &p = (*found)[members[i]->function];

			std::copy(std::begin(unit[i].passed), std::end(unit[i].passed), p.args.begin());
			p.context = unit[i].context;
		}
}

bool UnitPass::runOnModule(Module &M)
{
	MachineModuleInfo &MMI = getAnalysis<MachineModuleInfoWrapperPass>().getMMI();
	std::string error;
	std::unique_ptr<Codec> codec = Codec::create(error);

	found->clear();
	if (codec) {
		for (const Function &f : M)
			if (MachineFunction *MF = MMI.getMachineFunction(f))
				look(*MF, *codec);
		resolveCallees();
		find(M);
	}
	members.clear();
	opened.clear();
	symbols.clear();
	assembly.clear();
	return false;
}

} // namespace k2

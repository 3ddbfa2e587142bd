// SPDX-License-Identifier: BSD-2-Clause
// BPFMISimplifyPatchable makes one instruction of "load the offset, add it to the base, access" and forgets the memory operand.
// What it can have come from is every access in the IR whose address is computed from that offset.
#include "relocated.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsBPF.h"

using namespace llvm;

namespace k2
{

// `user` accesses memory at the address that its operand `use` is.
static bool isAccess(const Instruction &user, const Use &use)
{
	if (isa<LoadInst>(user))
		return true;
	const auto *store = dyn_cast<StoreInst>(&user);
	return store && store->getPointerOperand() == use.get() && store->getValueOperand() != use.get();
}

// What becomes of an address in `user` may be an address again. One that is stored may be loaded: who knows for what.
static bool handsOn(const Instruction &user)
{
	const auto *call = dyn_cast<CallBase>(&user);

	return !call || call->getIntrinsicID() == Intrinsic::bpf_passthrough;
}

bool mayBeVolatile(const GlobalVariable &field, const Function &f)
{
	SmallVector<const Value *, 16> work = {&field};
	SmallPtrSet<const Value *, 16> seen;

	while (!work.empty()) {
		const Value *v = work.pop_back_val();
		for (const Use &use : v->uses()) {
			const auto *user = dyn_cast<Instruction>(use.getUser());
			if (!user)
				return true; // a constant expression
			if (user->getFunction() != &f || !seen.insert(user).second)
				continue;
			if (user->isVolatile() || user->isAtomic())
				return true;
			if (v != &field && isAccess(*user, use))
				continue;
			if (isa<StoreInst>(user))
				return true;
			if (handsOn(*user))
				work.push_back(user);
		}
	}
	return false;
}

} // namespace k2

// SPDX-License-Identifier: BSD-2-Clause
// The pass: describe, optimise, splice, tell. Whatever goes wrong, the function stays as it is and a remark says why.
#include "pass.h"

#include <numeric>

#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineOptimizationRemarkEmitter.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Module.h"
#include "llvm/InitializePasses.h"
#include "llvm/Support/raw_ostream.h"

#include <k2/report.h>

#include "dump.h"
#include "function.h"
#include "options.h"
#include "remarks.h"
#include "splice.h"

using namespace llvm;

namespace k2
{

namespace
{

struct FreeReport {
	void operator()(k2_report *r) const
	{
		k2_report_free(r);
	}
};
struct CloseCache {
	void operator()(k2_cache *c) const
	{
		k2_cache_close(c);
	}
};
struct FreeResult {
	void operator()(k2_result *r) const
	{
		k2_result_free(r);
	}
};

class K2Pass : public MachineFunctionPass
{
public:
	static char ID;

	K2Pass(CodeGenOptLevel level, std::shared_ptr<const PassedByFunction> passed)
	    : MachineFunctionPass(ID), level(level), passed(std::move(passed))
	{
	}
	StringRef getPassName() const override
	{
		return "K2: proved optimisation of BPF code";
	}
	void getAnalysisUsage(AnalysisUsage &AU) const override;
	bool doInitialization(Module &M) override;
	bool doFinalization(Module &M) override;
	bool runOnMachineFunction(MachineFunction &MF) override;

private:
	bool leaveAlone(MachineFunction &MF, const DescribeError &error);
	bool optimize(MachineFunction &MF, FunctionImage &image);
	bool rebuild(MachineFunction &MF, FunctionImage &image);

	CodeGenOptLevel level;
	std::shared_ptr<const PassedByFunction> passed;
	std::unique_ptr<Codec> codec;
	std::string codecError;
	std::unique_ptr<k2_report, FreeReport> report;
	std::unique_ptr<k2_cache, CloseCache> cache;
};

} // namespace

char K2Pass::ID;

Pass *createPass(CodeGenOptLevel level, std::shared_ptr<const PassedByFunction> passed)
{
	return new K2Pass(level, std::move(passed));
}

// Nothing stays: blocks, edges, instructions, live-ins and kill flags may all be others.
void K2Pass::getAnalysisUsage(AnalysisUsage &AU) const
{
	AU.addRequired<MachineOptimizationRemarkEmitterPass>();
	MachineFunctionPass::getAnalysisUsage(AU);
}

bool K2Pass::doInitialization(Module &M)
{
	codec = Codec::create(codecError);
	if (!options().report.empty())
		report.reset(k2_report_new(M.getSourceFileName().c_str(), &options().core));
	if (!options().cache.empty())
		cache.reset(k2_cache_open(options().cache.c_str()));
	return false;
}

bool K2Pass::doFinalization(Module &)
{
	char message[512];

	if (report && k2_report_write(report.get(), options().report.c_str(), message, sizeof(message)) != K2_OK)
		errs() << "warning: k2: " << message << "\n";
	report.reset();
	if (cache) {
		k2_cache_flush(cache.get());
		if (const char *trouble = k2_cache_trouble(cache.get()))
			errs() << "warning: k2: " << trouble << "\n";
	}
	cache.reset();
	return false;
}

bool K2Pass::leaveAlone(MachineFunction &MF, const DescribeError &error)
{
	Remarks remarks(MF, getAnalysis<MachineOptimizationRemarkEmitterPass>().getORE());

	countLeftAlone();
	remarks.missed(error.name, "left alone: " + error.text, error.instr);
	if (report)
		k2_report_add_skipped(report.get(), MF.getName().str().c_str(),
				      MF.getFunction().getSection().str().c_str(), error.name, error.text.c_str());
	return false;
}

// Self-test: everything that has bytes of its own is decoded from them, and the object must come out the same.
bool K2Pass::rebuild(MachineFunction &MF, FunctionImage &image)
{
	std::vector<k2_insn> copy = image.insns;
	std::vector<uint32_t> starts(copy.size());
	std::string why;

	std::iota(starts.begin(), starts.end(), 0);

	for (k2_insn &I : copy)
		if (!(I.flags & (K2_F_OPAQUE | K2_F_SYM_OFF)) && !(I.sym && (I.flags & K2_F_SYM_IMM) && I.code != 0x18))
			I.origin = -1;
	Splicer splicer(MF, *codec, image, copy.data(), static_cast<uint32_t>(copy.size()), starts.data());
	splicer.alignByIndex();
	if (!splicer.plan(why))
		return leaveAlone(MF, {"rebuild", why, nullptr});
	splicer.commit();
	return true;
}

static const char *reasonName(k2_status st)
{
	return st == K2_EUNSUPPORTED ? "unsupported" : st == K2_EBUDGET ? "budget" : "failed";
}

/* Loaders find the branches that a read-only variable decides by the code that loads it. */
static k2_status keepLoaderPatterns(FunctionImage &image)
{
	bool any = false;

	for (uint32_t k = 0; k < image.desc.n_syms; k++)
		any |= image.desc.syms[k].read_only;
	if (!any)
		return K2_OK;
	std::vector<k2_insn> marked(image.insns);
	k2_status st = k2_mark_kept(&image.desc, K2_KEEP_FROZEN, marked.data());
	if (st == K2_OK)
		image.insns.swap(marked);
	image.desc.insns = image.insns.data();
	return st;
}

bool K2Pass::optimize(MachineFunction &MF, FunctionImage &image)
{
	Remarks remarks(MF, getAnalysis<MachineOptimizationRemarkEmitterPass>().getORE());
	k2_result *raw = nullptr;
	std::string refused;
	k2_status st = keepLoaderPatterns(image);

	if (options().dump) { // first of all, should K2 not come back
		dumpHeader(image);
		dumpInsns("before", image, image.insns.data(), image.desc.n_insns);
	}
	if (options().profile &&
	    k2_profile_apply(options().profile, &image.desc, image.insns.data()) == K2_PROFILE_STALE)
		remarks.missed("profile", "the profile was made from other code, and is not used");
	k2_options core = options().core;
	core.cache = cache.get();
	if (st == K2_OK)
		st = k2_optimize(&image.desc, &core, &raw);
	std::unique_ptr<k2_result, FreeResult> result(raw);
	bool changed = st == K2_OK && result && result->changed;
	Splicer splicer(MF, *codec, image, changed ? result->insns : nullptr, changed ? result->n_insns : 0,
			changed ? result->starts : nullptr);
	bool spliced = changed && splicer.plan(refused);

	if (options().dump && spliced)
		dumpInsns("after", image, result->insns, result->n_insns);
	if (result) {
		remarks.result(*result, image, spliced);
		countFunction(result->stats, spliced);
	}
	if (st != K2_OK) {
		std::string text = result && result->message[0] ? result->message : k2_status_str(st);
		remarks.missed(reasonName(st), "left alone: " + text);
		countLeftAlone();
	}
	if (changed && !spliced)
		remarks.missed("unsupported", "left alone: " + refused);
	if (report)
		k2_report_add(report.get(), &image.desc, st, result.get(),
			      changed && !spliced ? refused.c_str() : nullptr);
	if (spliced)
		splicer.commit();
	return spliced;
}

bool K2Pass::runOnMachineFunction(MachineFunction &MF)
{
	FunctionImage image;
	DescribeError error;

	// At -O0 every function is optnone, and who loads K2 there wants it; above it optnone is the author's wish.
	if (level != CodeGenOptLevel::None && skipFunction(MF.getFunction()))
		return leaveAlone(MF, {"frozen", "the function is optnone, or beyond -opt-bisect-limit", nullptr});
	if (!codec)
		return leaveAlone(MF, {"unsupported", codecError, nullptr});
	if (!describe(MF, *codec, options().strictAlign, image, error))
		return leaveAlone(MF, error);
	if (image.insns.empty())
		return false;
	auto given = passed->find(&MF.getFunction());
	if (given != passed->end()) {
		image.desc.passed = given->second.args.data();
		image.desc.context = given->second.context;
	}
	return options().rebuild ? rebuild(MF, image) : optimize(MF, image);
}

} // namespace k2

// SPDX-License-Identifier: BSD-2-Clause
// All options are strings to LLVM: its own parsers end the compilation on a bad value, and K2 never breaks a build.
#include "options.h"

#include <cstdlib>
#include <vector>

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Compiler.h"
#include "llvm/Support/ErrorOr.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace k2
{

namespace
{

struct OptionRow {
	const char *name, *value, *about;
	bool isFlag; // the value may be left out and means 1
	bool hidden; // testing
};

const OptionRow rows[] = {
	{"level", "0..3", "K2: 0 nothing, 1 rewrites, 2 rewrites and cheap search (default), 3 deep search", false,
	 false},
	{"objective", "size|latency|verifier", "K2: what to improve; by default size or latency, worsening none", false,
	 false},
	{"budget", "N", "K2: steps per function", false, false},
	{"first", "N", "K2: apply accepted rewrites from number N (bisection)", false, false},
	{"last", "N", "K2: apply accepted rewrites up to number N (bisection)", false, false},
	{"disable", "NAME,...", "K2: proposers to leave out", false, false},
	{"profile", "FILE", "K2: lay code out for what 'k2 run --profile' saw of an object made with -k2-level=0", false, false},
	{"rules", "FILE", "K2: more rewrite rules", false, false},
	{"cache", "FILE", "K2: keep what searches find, for the next time; the object is the same", false, false},
	{"report", "FILE", "K2: write a JSON report", false, false},
	{"dump", "0|1", "K2: print each function before and after", true, false},
	{"strict-align", "0|1", "K2: the target lacks efficient unaligned access", true, false},
	{"rebuild", "0|1", "K2: self-test, do not optimise but rebuild every instruction", true, true},
	{"fail-alloc", "N", "K2: self-test, fail the N-th and all later allocations", false, true},
	{"solver-rlimit", "N", "K2: self-test, z3 resource units per query", false, true},
};
const size_t nRows = sizeof(rows) / sizeof(rows[0]);

cl::opt<std::string> *registered[nRows];

} // namespace

bool registerOptions()
{
	if (cl::getRegisteredOptions().count("k2-level"))
		return false;
	for (size_t i = 0; i < nRows; i++) {
		std::string *name = new std::string(std::string("k2-") + rows[i].name); // LLVM keeps a reference
		registered[i] = new cl::opt<std::string>(StringRef(*name), cl::desc(rows[i].about),
							 cl::value_desc(rows[i].value),
							 rows[i].hidden ? cl::Hidden : cl::NotHidden,
							 rows[i].isFlag ? cl::ValueOptional : cl::ValueRequired);
	}
	return true;
}

static bool parseNumber(StringRef value, uint64_t &out)
{
	return !value.getAsInteger(0, out);
}

static bool parseFlag(StringRef value, bool &out)
{
	if (value.empty() || value == "1" || value == "true")
		out = true;
	else if (value == "0" || value == "false")
		out = false;
	else
		return false;
	return true;
}

// A file that cannot be used is left out, with a line that says why.
static void readRules(Options &o, const std::string &path)
{
	ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
	const k2_rules *rules = nullptr;
	char msg[200] = "";
	enum k2_status st;

	if (!file) {
		errs() << "warning: k2: rules ignored: " << path << ": " << file.getError().message() << "\n";
		return;
	}
	st = k2_rules_parse((*file)->getBufferStart(), (*file)->getBufferSize(), &rules, msg, sizeof(msg));
	if (st) {
		StringRef why = st == K2_EINVAL ? msg : k2_status_str(st);
		errs() << "warning: k2: rules ignored: " << path << ":" << (why.consume_front("line ") ? "" : " ") << why << "\n";
		return;
	}
	k2_rules_free(o.core.rules);
	o.core.rules = rules;
}

// The same.
static void readProfile(Options &o, const std::string &path)
{
	char msg[300];

	k2_profile_free(o.profile);
	o.profile = nullptr;
	if (k2_profile_read(path.c_str(), &o.profile, msg, sizeof(msg)) != K2_OK)
		errs() << "warning: k2: profile ignored: " << msg << "\n";
}

static bool set(Options &o, StringRef name, const std::string &value)
{
	if (name == "profile") {
		if (!value.empty())
			readProfile(o, value);
		return !value.empty();
	}
	if (name == "rules") {
		if (!value.empty())
			readRules(o, value);
		return !value.empty();
	}
	if (name == "report") {
		o.report = value;
		return !value.empty();
	}
	if (name == "cache") {
		o.cache = value;
		return !value.empty();
	}
	if (name == "dump")
		return parseFlag(value, o.dump);
	if (name == "rebuild")
		return parseFlag(value, o.rebuild);
	if (name == "strict-align")
		return parseFlag(value, o.strictAlign);
	if (name == "fail-alloc")
		return parseNumber(value, o.core.fail_alloc_after);
	if (name == "solver-rlimit")
		return parseNumber(value, o.core.solver_rlimit);
	if (name == "disable") {
		o.disable = value;
		return k2_options_set(&o.core, "disable", o.disable.c_str()) == K2_OK;
	}
	return k2_options_set(&o.core, name.str().c_str(), value.c_str()) == K2_OK;
}

// Words that make no sense go to `bad`.
static void readEnvironment(Options &o, std::vector<std::string> &bad)
{
	const char *text = getenv("K2_OPTIONS");
	SmallVector<StringRef, 8> words;

	if (!text)
		return;
	SplitString(text, words, " \t\n");
	for (StringRef word : words) {
		StringRef bare = word;
		while (bare.consume_front("-")) {
		}
		bare.consume_front("k2-");
		std::pair<StringRef, StringRef> parts = bare.split('=');
		if (!set(o, parts.first, parts.second.str()))
			bad.push_back(word.str());
	}
}

static void readCommandLine(Options &o, std::vector<std::string> &bad)
{
	for (size_t i = 0; i < nRows; i++)
		if (registered[i] && registered[i]->getNumOccurrences() &&
		    !set(o, rows[i].name, registered[i]->getValue()))
			bad.push_back(std::string("-k2-") + rows[i].name + "=" + registered[i]->getValue());
}

static void warn(const char *where, const std::vector<std::string> &bad)
{
	if (bad.empty())
		return;
	errs() << "warning: k2: ignored in " << where << ":";
	for (const std::string &word : bad)
		errs() << " '" << word << "'";
	errs() << "\n";
}

const Options &options()
{
	static Options o;
	static bool done;
	std::vector<std::string> badEnvironment, badCommandLine;

	if (done)
		return o;
	done = true;
	k2_options_init(&o.core);
	readEnvironment(o, badEnvironment);
	readCommandLine(o, badCommandLine);
	warn("K2_OPTIONS", badEnvironment);
	warn("the command line", badCommandLine);
	return o;
}

} // namespace k2

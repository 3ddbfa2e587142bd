// SPDX-License-Identifier: BSD-2-Clause
#include "dump.h"

#include "llvm/Support/raw_ostream.h"

#include <k2/report.h>

using namespace llvm;

namespace k2
{

static void dumpSymbol(const k2_symbol &s)
{
	static const char *const kinds[] = {"other", "map", "data", "function", "kfunc", "core"};

	errs() << "#   " << kinds[s.kind] << " " << s.name;
	if (s.kind == K2_SYM_MAP)
		errs() << ": type " << s.map_type << ", key " << s.key_size << ", value " << s.value_size;
	if (s.kind == K2_SYM_DATA)
		errs() << ": " << s.data_size << " bytes" << (s.read_only ? ", read-only" : "");
	errs() << "\n";
}

void dumpHeader(const FunctionImage &image)
{
	const k2_func_desc &d = image.desc;

	errs() << "# k2: " << d.name << ": section " << d.section << ", v" << static_cast<unsigned>(d.isa)
	       << (d.alu32 ? ", alu32" : "") << (d.big_endian ? ", big-endian" : ", little-endian")
	       << (d.is_subprog ? ", subprogram" : ", program") << ", arguments: " << static_cast<unsigned>(d.n_args)
	       << "\n";
	if (image.unknownMemory)
		errs() << "#   accesses without memory operand: " << image.unknownMemory << "\n";
	for (uint32_t i = 0; i < d.n_syms; i++)
		dumpSymbol(d.syms[i]);
}

static void printLine(void *, const char *line)
{
	errs() << line << "\n";
}

void dumpInsns(const char *what, const FunctionImage &image, const k2_insn *insns, uint32_t n)
{
	errs() << "# k2: " << image.name << " " << what << "\n";
	k2_text_insns(insns, n, image.desc.syms, image.desc.n_syms, printLine, nullptr);
}

} // namespace k2

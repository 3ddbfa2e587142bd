// SPDX-License-Identifier: BSD-2-Clause
// Map definitions, in the two forms that libbpf reads. BTF-defined maps say everything in the *type* of the variable:
// struct { int (*type)[N]; key_t *key; value_t *value; int (*max_entries)[N]; }, so only debug info has it.
#include "symbols.h"

#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"

using namespace llvm;

namespace k2
{

static const DIType *strip(const DIType *type)
{
	while (const auto *derived = dyn_cast_or_null<DIDerivedType>(type)) {
		unsigned tag = derived->getTag();
		if (tag != dwarf::DW_TAG_typedef && tag != dwarf::DW_TAG_const_type &&
		    tag != dwarf::DW_TAG_volatile_type && tag != dwarf::DW_TAG_restrict_type &&
		    tag != dwarf::DW_TAG_atomic_type)
			break;
		type = derived->getBaseType();
	}
	return type;
}

static const DIType *pointee(const DIType *type)
{
	const auto *pointer = dyn_cast_or_null<DIDerivedType>(strip(type));

	if (!pointer || pointer->getTag() != dwarf::DW_TAG_pointer_type)
		return nullptr;
	return strip(pointer->getBaseType());
}

// N of `int (*member)[N]`; 0 if it is something else.
static uint32_t encodedNumber(const DIType *member)
{
	const auto *array = dyn_cast_or_null<DICompositeType>(pointee(member));

	if (!array || array->getTag() != dwarf::DW_TAG_array_type || array->getElements().size() != 1)
		return 0;
	const auto *range = dyn_cast<DISubrange>(array->getElements()[0]);
	if (!range)
		return 0;
	const auto *count = dyn_cast_if_present<ConstantInt *>(range->getCount());
	return count && count->getValue().isIntN(32) ? static_cast<uint32_t>(count->getZExtValue()) : 0;
}

static uint32_t pointeeSize(const DIType *member)
{
	const DIType *type = pointee(member);
	uint64_t bytes = type ? type->getSizeInBits() / 8 : 0;

	return bytes <= UINT32_MAX ? static_cast<uint32_t>(bytes) : 0;
}

static void describeMember(const DIDerivedType &member, k2_symbol &s)
{
	StringRef name = member.getName();
	const DIType *type = member.getBaseType();

	if (name == "type")
		s.map_type = encodedNumber(type);
	else if (name == "key")
		s.key_size = pointeeSize(type);
	else if (name == "value")
		s.value_size = pointeeSize(type);
	else if (name == "key_size")
		s.key_size = encodedNumber(type);
	else if (name == "value_size")
		s.value_size = encodedNumber(type);
	else if (name == "values" && !s.value_size)
		s.value_size = 4; // map of maps, or programs: the kernel's values are ids
}

static void describeByType(const GlobalVariable &g, k2_symbol &s)
{
	SmallVector<DIGlobalVariableExpression *, 1> info;

	g.getDebugInfo(info);
	if (info.empty() || !info[0]->getVariable())
		return;
	const auto *type = dyn_cast_or_null<DICompositeType>(strip(info[0]->getVariable()->getType()));
	if (!type || type->getTag() != dwarf::DW_TAG_structure_type)
		return;
	for (const DINode *node : type->getElements())
		if (const auto *member = dyn_cast_or_null<DIDerivedType>(node))
			describeMember(*member, s);
}

// struct bpf_map_def { unsigned int type, key_size, value_size, max_entries, map_flags; };
static void describeByInitializer(const GlobalVariable &g, k2_symbol &s)
{
	uint32_t *fields[] = {&s.map_type, &s.key_size, &s.value_size};

	if (!g.hasInitializer())
		return;
	for (unsigned i = 0; i < 3; i++) {
		const auto *value = dyn_cast_or_null<ConstantInt>(g.getInitializer()->getAggregateElement(i));
		if (value && value->getBitWidth() == 32)
			*fields[i] = static_cast<uint32_t>(value->getZExtValue());
	}
}

void describeMap(const GlobalVariable &g, k2_symbol &s)
{
	if (g.getSection() == ".maps")
		describeByType(g, s);
	else
		describeByInitializer(g, s);
}

} // namespace k2

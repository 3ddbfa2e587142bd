// SPDX-License-Identifier: BSD-2-Clause
// CO-RE: instructions whose number the loader fills in. Each relocation kind has its own form (two slots for type ids and enum values,
// one for the others, a memory operand for loads and stores), and none may come out different.
// RUN: env DEBUG=-g bash %inputs/roundtrip.sh "%clang" %plugin %t %s
// RUN: %k2clang -O2 -g -mcpu=v3 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck %s
#include "Inputs/bpf.h"
#define CORE __attribute__((preserve_access_index))
struct inner {
	int a;
	u64 b[4];
} CORE;
struct outer {
	u64 pad;
	struct inner in;
	u32 bits : 5, more : 11;
	u32 flags;
} CORE;
enum e { E_ONE = 1, E_BIG = 0x123456789abull };

// CHECK: # k2: access: section tc
// CHECK: core llvm.outer:0:
// CHECK: r1 + &llvm.outer{{.*}} {sym_off}
SEC("tc") u64 access(struct outer *o)
{
	u64 sum = o->in.b[2] + o->flags;

	o->flags = 7;
	o->in.a = (int)sum;
	return sum;
}

// Offset, size, existence and signedness are numbers in one slot.
// CHECK: # k2: info:
// CHECK: {sym_imm} {one_slot}
SEC("tc") u64 info(struct outer *o)
{
	u64 r = __builtin_preserve_field_info(o->in.b, 0) + __builtin_preserve_field_info(o->bits, 1);

	r += __builtin_preserve_field_info(o->more, 2) << 8;
	r += __builtin_preserve_field_info(o->bits, 4) + __builtin_preserve_field_info(o->bits, 5);
	return r + __builtin_preserve_type_info(*(struct outer *)0, 0) + __builtin_preserve_type_info(*(struct outer *)0, 1);
}

// Type ids and enum values keep both slots.
// CHECK: # k2: ids:
// CHECK-NOT: one_slot
SEC("tc") u64 ids(void *ctx)
{
	return __builtin_btf_type_id(*(struct outer *)0, 0) + __builtin_btf_type_id(*(struct outer *)0, 1) +
	       __builtin_preserve_enum_value(*(enum e *)E_BIG, 1);
}

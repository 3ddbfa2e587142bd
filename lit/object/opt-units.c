// SPDX-License-Identifier: BSD-2-Clause
// Several compilation units in an object: their line programs follow each other in .debug_line, and the second one begins elsewhere once the
// first is shorter or longer. Macros do not say where code is.
// RUN: %clang -O2 -g -DFIRST -emit-llvm -c %s -o %t.1.bc
// RUN: %clang -O2 -g -emit-llvm -c %s -o %t.2.bc
// RUN: %llvm_bin/llvm-link %t.1.bc %t.2.bc -o %t.bc
// RUN: %llc -mcpu=v3 -filetype=obj %t.bc -o %t.o
// RUN: %k2 opt %t.o -o %t.new.o 2>&1 | count 0
// RUN: not cmp -s %t.o %t.new.o
// RUN: %k2 check %t.o %t.new.o
// RUN: %llvm_bin/llvm-dwarfdump --verify %t.new.o
// RUN: %objdump -dl --no-show-raw-insn %t.new.o | FileCheck %s
// RUN: %clang -O2 -g -fdebug-macro -DFIRST -c %s -o %t.macro.o
// RUN: %k2 opt %t.macro.o -o %t.macro.new.o 2>&1 | count 0
// RUN: %llvm_bin/llvm-dwarfdump --verify %t.macro.new.o
// 64-bit DWARF is not understood: it stays, and somebody hears of it.
// RUN: %clang -O2 -gdwarf-5 -gdwarf64 -DFIRST -c %s -o %t.64.o
// RUN: %k2 opt %t.64.o -o %t.64.new.o 2>&1 | FileCheck %s --check-prefix=OLD
// OLD: note: DWARF still has the lines and variables of the old code in changed functions: .debug_line, byte 0x4: {{.*}}64-bit DWARF; --strip-debug
#include "../plugin/Inputs/bpf.h"
static u32 (*const bpf_get_prandom_u32)(void) = (void *)7;
#ifdef FIRST
// CHECK-LABEL: <first>:
// CHECK: opt-units.c:[[@LINE+5]]
// CHECK: call 0x7
// CHECK: exit
SEC("tc") int first(struct xdp_md *c)
{
	return bpf_get_prandom_u32();
}
SEC("tc") int shorter(struct xdp_md *c)
{
	volatile u64 x = 5;

	return x;
}
#else
// CHECK-LABEL: <second>:
// CHECK: opt-units.c:[[@LINE+6]]
// CHECK: call 0x7
// CHECK: opt-units.c:[[@LINE+5]]
SEC("tc") int second(struct xdp_md *c)
{
	volatile u64 x =
		bpf_get_prandom_u32();
	return x + c->data;
}
#endif

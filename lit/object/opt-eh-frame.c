// SPDX-License-Identifier: BSD-2-Clause
// .eh_frame has the new lengths of functions, with other DWARF and without, and --strip-debug drops it.
// RUN: %clang -O2 -mcpu=v3 -fasynchronous-unwind-tables -c %s -o %t.o
// RUN: %llvm_bin/llvm-dwarfdump --eh-frame %t.o | FileCheck %s --check-prefix=OLD
// RUN: %k2 opt %t.o -o %t.new.o 2>&1 | count 0
// RUN: sh -c '%readelf -sW %t.new.o; %llvm_bin/llvm-dwarfdump --eh-frame %t.new.o' | FileCheck %s
// RUN: %clang -O2 -g -mcpu=v3 -fasynchronous-unwind-tables -c %s -o %t.o
// RUN: %k2 opt %t.o -o %t.new.o 2>&1 | count 0
// RUN: sh -c '%readelf -sW %t.new.o; %llvm_bin/llvm-dwarfdump --eh-frame %t.new.o' | FileCheck %s
// RUN: %clang --target=bpfeb -O2 -g -mcpu=v3 -fasynchronous-unwind-tables -c %s -o %t.o
// RUN: %k2 opt %t.o -o %t.new.o 2>&1 | count 0
// RUN: sh -c '%readelf -sW %t.new.o; %llvm_bin/llvm-dwarfdump --eh-frame %t.new.o' | FileCheck %s
// RUN: %k2 opt --strip-debug %t.o -o %t.new.o
// RUN: %readelf -SW %t.new.o | FileCheck %s --check-prefix=STRIP --implicit-check-not=eh_frame
// STRIP: xdp
#include "../plugin/Inputs/bpf.h"

struct {
	__uint(type, 1);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 16);
} counts SEC(".maps");

// OLD: pc=00000000...00000060
// OLD: pc=00000060...00000070
// CHECK: 0000000000000000 88 FUNC {{.*}} shorter
// CHECK: 0000000000000058 16 FUNC {{.*}} same
// CHECK: pc=00000000...00000058
// CHECK: pc=00000058...00000068
SEC("xdp") int shorter(struct xdp_md *c)
{
	u32 key = 7;

	return bpf_map_lookup_elem(&counts, &key) ? 1 : 2;
}
SEC("xdp") int same(struct xdp_md *c)
{
	return 2;
}

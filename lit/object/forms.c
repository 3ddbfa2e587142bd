// SPDX-License-Identifier: BSD-2-Clause
// Forms that have no twin in the plugin: what linkers and tools make of objects, and objects without debug information.
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %describe %t.o | FileCheck %s
// Without any debug information, maps are addresses without facts; everything else stays.
// RUN: %clang -O2 -mcpu=v3 -c %s -o %t.nog.o
// RUN: %describe %t.nog.o | FileCheck %s --check-prefix=NODEBUG
// Linked with itself renamed: bpftool's linker puts sections together and moves what is in them.
// RUN: %clang -O2 -g -mcpu=v3 -Dprogram=other -DLICENSE=license_too -c %s -o %t.other.o
// RUN: bpftool gen object %t.linked.o %t.o %t.other.o
// RUN: %describe %t.linked.o | FileCheck %s --check-prefixes=CHECK,LINKED
// Stripped of DWARF.
// RUN: /usr/lib/llvm-22/bin/llvm-strip -g %t.o -o %t.stripped.o
// RUN: %describe %t.stripped.o | FileCheck %s
// Encoding what was read gives the bytes that were read.
// RUN: %describe --check %t.o %t.nog.o %t.linked.o %t.stripped.o | FileCheck %s --check-prefix=SUM
// SUM: 4 objects, 0 unreadable; {{[0-9]+}} functions, 0 not decoded, 0 without graph, 0 encoded differently
#include "../plugin/Inputs/bpf.h"

static struct {
	__uint(type, 2);
	__uint(key_size, 4);
	__uint(value_size, 24);
	__uint(max_entries, 3);
	__uint(map_flags, 0x400);
} table SEC(".maps");
static u64 slots[3] = { 1, 2, 3 };

static noinline u64 helper_function(u32 i)
{
	return i < 3 ? ++slots[i] : 0;
}

// CHECK: # k2: helper_function: section .text, {{.*}}, subprogram, arguments: 1
// CHECK-NEXT: static, context -, file {{.*}}forms.c
// CHECK-NEXT: data slots: 24 bytes
// CHECK: # k2: program: section xdp, {{.*}}, program, arguments: 1
// CHECK-NEXT: global, entry, context xdp_md, file {{.*}}forms.c
// CHECK: map table: type 2, key 4, value 24
// CHECK: function helper_function
// CHECK: call &helper_function {use=0x2}
// LINKED: # k2: other: section xdp
// LINKED: call &helper_function {use=0x2}
// CHECK: # map table: type 2, key 4, value 24, entries 3, flags 0x400
// CHECK-DAG: # map .data: type 2, key 4, value {{24|48}}, entries 1, flags 0, data, initialised
// CHECK-DAG: # map .rodata.str1.1: type 2, {{.*}}, flags 0x80, data, read-only, initialised

// NODEBUG: # k2: program: section xdp, {{.*}}, program, arguments: 1
// NODEBUG-NEXT: context -, file -
// NODEBUG: map table: type 0, key 0, value 0
// NODEBUG: call &helper_function {use=0x2}
SEC("xdp") int program(struct xdp_md *c)
{
	u32 key = c->data;
	char *value = bpf_map_lookup_elem(&table, &key);

	if (value)
		bpf_map_update_elem(&table, &key, "a string of some length", 0);
	return helper_function(key);
}
char LICENSE[] SEC("license") = "GPL";

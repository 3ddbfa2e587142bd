// SPDX-License-Identifier: BSD-2-Clause
// The ways in: each of clang's and llc's, several at once, and a second copy of the plugin under another name, whose options would be
// registered twice. Level 0 keeps the object equal however often the pass runs; the dump says that it ran exactly once.
// RUN: %clang -O2 -c %s -o %t.plain.o
// RUN: %clang -O2 -emit-llvm -S %s -o %t.ll
// RUN: %clang -O2 -c %s -o %t.o -fplugin=%plugin -mllvm -k2-level=0 -mllvm -k2-dump 2>&1 | FileCheck %s
// RUN: cmp %t.plain.o %t.o
// RUN: %k2clang -O2 -c %s -o %t.o -fplugin=%plugin -mllvm -k2-level=0 -mllvm -k2-dump 2>&1 | FileCheck %s
// RUN: cmp %t.plain.o %t.o
// RUN: %k2clang -O2 -c %s -o %t.o -fpass-plugin=%plugin -mllvm -k2-level=0 -mllvm -k2-dump 2>&1 | FileCheck %s
// RUN: cmp %t.plain.o %t.o
// RUN: cp %plugin %t.copy.so
// RUN: %k2clang -O2 -c %s -o %t.o -fpass-plugin=%t.copy.so -mllvm -k2-level=0 -mllvm -k2-dump 2>&1 | FileCheck %s
// RUN: cmp %t.plain.o %t.o
// RUN: %llc --load=%plugin -k2-level=0 -k2-dump -filetype=obj %t.ll -o %t.o 2>&1 | FileCheck %s
// RUN: %llc --load-pass-plugin=%plugin -k2-level=0 -k2-dump -filetype=obj %t.ll -o %t.o 2>&1 | FileCheck %s
// RUN: %k2clang -O2 -S %s -o - -mllvm -k2-level=0 -mllvm -k2-dump 2>&1 | FileCheck %s
// RUN: %k2clang -O2 -c %t.ll -o %t.o -mllvm -k2-level=0 -mllvm -k2-dump 2>&1 | FileCheck %s
//
// Another target: nothing happens, and the options are still known.
// RUN: %clang_host -O2 -c %s -o %t.plain.o
// RUN: %clang_host -O2 -c %s -o %t.o -fpass-plugin=%plugin -mllvm -k2-dump 2>&1 | count 0
// RUN: cmp %t.plain.o %t.o
//
// CHECK: # k2: f: section tc
// CHECK-NOT: # k2: f: section tc
__attribute__((section("tc"))) int f(int *p)
{
	return p[0] + p[1];
}

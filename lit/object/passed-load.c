// SPDX-License-Identifier: BSD-2-Clause
// The kernel takes wide loads through arguments of static functions, from values of maps, frames and globals, with no more work.
// REQUIRES: root, bpf
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %k2 opt %t.o -o %t.new.o
// RUN: %k2 load --json %t.o > %t.json
// RUN: %k2 load --json %t.new.o > %t.new.json
// RUN: python3 %S/Inputs/no-more-work.py %t.json %t.new.json | FileCheck %s
// CHECK: first: fewer slots, no more work
// CHECK: second: fewer slots, no more work
#include "passed.c"

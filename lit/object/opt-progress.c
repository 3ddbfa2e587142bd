// SPDX-License-Identifier: BSD-2-Clause
// On a terminal, work that takes more than a second says what it is at, in one line that is gone in the end; elsewhere it says nothing.
// RUN: %clang -O2 -mcpu=v3 -c %s -o %t.o
// RUN: python3 %S/Inputs/terminal.py %k2 opt %t.o -o %t.new.o | FileCheck %s
// CHECK: []
// CHECK: [k2: {{.*}}.o: function {{[0-9]+}} of 32 prog{{[0-9]+}}
// CHECK: [ {{ *}}]
// CHECK-NEXT: []
// CHECK-NEXT: status 0
// RUN: %k2 opt -j2 %t.o -o %t.new2.o 2>&1 | count 0
// RUN: cmp %t.new.o %t.new2.o
// RUN: echo 'int f(void) { return 0; }' | %clang -x c -O2 -c - -o %t.short.o
// RUN: python3 %S/Inputs/terminal.py %k2 opt %t.short.o -o %t.new.o | FileCheck %s --check-prefix=SHORT
// SHORT: []
// SHORT-NEXT: status 0

// What the search has to go through, and much of it the solver.
#define PROG(n) __attribute__((section("xdp"), naked)) int prog##n(void *c) { asm volatile( \
	"r2 = *(u32 *)(r1 + 12); r3 = *(u32 *)(r1 + 16); r4 = r2; r4 &= r3; r0 = r2; r0 |= r3; r0 += r4; r5 = r0; r5 *= " #n "; r5 ^= r2;" \
	"r0 &= 0x1234; r0 |= r5; r5 = r3; r5 -= r2; r5 &= r0; r0 ^= r5; r4 = r0; r4 >>= 3; r4 <<= 3; r0 = r4; exit"); }
PROG(3) PROG(5) PROG(7) PROG(9) PROG(11) PROG(13) PROG(15) PROG(17)
PROG(19) PROG(21) PROG(23) PROG(25) PROG(27) PROG(29) PROG(31) PROG(33)
PROG(35) PROG(37) PROG(39) PROG(41) PROG(43) PROG(45) PROG(47) PROG(49)
PROG(51) PROG(53) PROG(55) PROG(57) PROG(59) PROG(61) PROG(63) PROG(65)

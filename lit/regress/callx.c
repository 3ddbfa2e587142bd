// SPDX-License-Identifier: BSD-2-Clause
// An indirect call clobbers r0-r5: the second one needs its arguments set again.
// RUN: %k2clang -mcpu=v3 -O2 -g -c %s -o %t.o
// RUN: %objdump -d --no-show-raw-insn %t.o | FileCheck %s
typedef long (*function)(void *ctx, long a, long b, long c, long d);
function f;

__attribute__((section("tc"), used)) int prog(void *ctx)
{
	function g = f;

	if (g(ctx, 1, 2, 3, 0) < 0)
		return 1;
	return g(ctx, 4, 5, 6, 0);
}
// CHECK: {{[rw]}}5 = 0x0
// CHECK: callx
// CHECK: {{[rw]}}5 = 0x0
// CHECK: callx

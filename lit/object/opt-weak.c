// What a weak function without a prototype reads is not for its own body to say: a linker may put another one in its place.
// RUN: %clang -O2 -mcpu=v3 -c %s -o %t.o
// RUN: %k2 opt %t.o -o %t.k2.o
// RUN: %objdump -d --no-show-raw-insn %t.k2.o | FileCheck %s
__attribute__((weak, noinline)) int choose(int a, int b, int c)
{
	return a;
}

// CHECK-LABEL: <p1>:
// CHECK: w2 = 0x7
// CHECK-NEXT: w3 = 0x9
// CHECK-NEXT: call
__attribute__((section("socket"))) int p1(void *ctx)
{
	return choose(*(int *)ctx, 7, 9);
}

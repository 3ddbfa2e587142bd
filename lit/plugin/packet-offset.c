// A packet load with an index and a number, for which LLVM has no instruction: its bytes are written, with their source line.
// RUN: %k2clang -O2 -g -c %s -o %t.o
// RUN: %objdump -dl --no-show-raw-insn %t.o | FileCheck %s
// RUN: %k2clang -O2 -g -S %s -o %t.s
// RUN: %clang -c %t.s -o %t.2.o
// RUN: %objdump -d --no-show-raw-insn %t.2.o | FileCheck %s --check-prefix=AGAIN
// RUN: clang-22 --target=bpfeb -fpass-plugin=%plugin -O2 -c %s -o %t.eb.o
// RUN: %objdump -d %t.eb.o | FileCheck %s --check-prefix=BIG
// RUN: %k2 load %t.o
#include "Inputs/bpf.h"

unsigned long long load_word(void *skb, unsigned long long off) asm("llvm.bpf.load.word");
unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");

SEC("socket")
int two(void *ctx)
{
	u64 at = *(u32 *)ctx;

	// CHECK: packet-offset.c:[[@LINE+4]]
	// CHECK-NEXT: r0 = *(u16 *)skb[r
	// CHECK: packet-offset.c:[[@LINE+1]]
	u64 a = load_word(ctx, at + 12);
	return (int)(a ^ load_half(ctx, at + 16));
}
// AGAIN: skb[
// AGAIN: skb[
// BIG: 40 0{{[0-9]}} 00 00 00 00 00 0c

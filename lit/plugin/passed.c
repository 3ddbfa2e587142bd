// SPDX-License-Identifier: BSD-2-Clause
// Calls that only assembly makes are calls that nobody can look at: functions that it may name are given anything, those that it does
// not are not. (lit/object/passed.c has the other cases.)
// RUN: %k2clang -O2 -mcpu=v3 -c %s -o - | %objdump -d --no-show-raw-insn - | FileCheck %s
#include "Inputs/bpf.h"

struct word {
	u8 skip;
	u32 n;
} __attribute__((packed));
struct word a, b;

// CHECK-LABEL: <kept_for_others>:
// CHECK-COUNT-4: *(u8 *)
// CHECK: exit
static noinline __attribute__((used)) int kept_for_others(struct word *w) { return w->n == 4; }
// CHECK-LABEL: <plainly>:
// CHECK: *(u32 *)(r1 + 0x1)
// CHECK: exit
static noinline int plainly(struct word *w) { return w->n == 1; }
// CHECK-LABEL: <called_by_assembly_too>:
// CHECK-COUNT-4: *(u8 *)
// CHECK: exit
static noinline int called_by_assembly_too(struct word *w) { return w->n == 2; }
// CHECK-LABEL: <operand_of_assembly>:
// CHECK-COUNT-4: *(u8 *)
// CHECK: exit
static noinline int operand_of_assembly(struct word *w) { return w->n == 3; }

SEC("xdp") int prog(struct xdp_md *ctx)
{
	int n = plainly(&a) + called_by_assembly_too(&a) + operand_of_assembly(&a) + kept_for_others(&a);

	n += plainly(&b) + called_by_assembly_too(&b) + operand_of_assembly(&b) + kept_for_others(&b);
	barrier_var(ctx);
	asm volatile("r1 = %0; call called_by_assembly_too" :: "r"(ctx) : "r0", "r1", "r2", "r3", "r4", "r5");
	asm volatile("r1 = %0; call %1" :: "r"(ctx), "i"(operand_of_assembly) : "r0", "r1", "r2", "r3", "r4", "r5");
	return n;
}

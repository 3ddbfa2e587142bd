// SPDX-License-Identifier: BSD-2-Clause
// Bare instructions: k2 run and k2 check on files of struct bpf_insn, and functions in text form.
// REQUIRES: x86_64
// RUN: %clang -O2 -mcpu=v3 -c %s -o %t.o
// RUN: %clang -O2 -mcpu=v3 -DLIMIT=21 -c %s -o %t.other.o
// RUN: llvm-objcopy -O binary --only-section=xdp %t.o %t.raw
// RUN: llvm-objcopy -O binary --only-section=xdp %t.other.o %t.other.raw
// RUN: llvm-objcopy -O binary --only-section=tc %t.o %t.calls.raw
// RUN: printf 'ABCDEFGHIJKLMNOPQRSTUVWX' >%t.packet
// RUN: head -c 11 %t.raw >%t.cut
// RUN: printf '.section xdp\nr0 = *(u32 *)(r1 + 12)\nr0 += 6\nexit\n' >%t.s
// RUN: %k2 run --raw --section xdp %t.raw --packet %t.packet | FileCheck --check-prefix=RAW %s
// RUN: %k2 run %t.s --packet %t.packet | FileCheck --check-prefix=TEXT %s
// RUN: %k2 check --raw --section xdp %t.raw %t.raw | FileCheck --check-prefix=EQUAL %s
// RUN: sh -c '%k2 check --raw --section xdp %t.raw %t.other.raw; echo status $?' | FileCheck --check-prefix=DIFFERENT %s
// RUN: sh -c '%k2 run --raw %t.raw --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=NOSECTION %s
// RUN: sh -c '%k2 run --section xdp %t.o --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=NORAW %s
// RUN: sh -c '%k2 run --raw --section xdp %t.cut --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=CUT %s
// RUN: sh -c '%k2 run --raw --section tc %t.calls.raw --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=CALLS %s
// RUN: sh -c '%k2 check --raw %t.cut %t.raw 2>&1; echo status $?' | FileCheck --check-prefix=CHECKCUT %s
// RUN: sh -c '%k2 run --raw /dev/null --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=EMPTY %s
#include "../plugin/Inputs/bpf.h"
#ifndef LIMIT
#define LIMIT 20
#endif

SEC("xdp")
int pick(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	return data + LIMIT > end ? 1 : data[LIMIT - 1];
}

noinline int sub(int x)
{
	barrier_var(x);
	return x + 1;
}

SEC("tc")
int calls(void *ctx)
{
	return sub(4);
}
// RAW: {{^}}result 84{{$}}
// TEXT: result 7
// EQUAL: {{^}}equal{{$}}
// DIFFERENT: different:
// DIFFERENT: status 1
// NOSECTION: k2: {{.*}}.raw: raw: section '' says no program type
// NOSECTION-NEXT: status 2
// NORAW: --section goes with --raw
// NORAW: status 2
// CUT: k2: {{.*}}.cut: {{.+}}
// CUT-NEXT: status 2
// CALLS: k2: {{.*}}.raw: instruction 1: calls another function of the program
// CALLS-NEXT: status 2
// CHECKCUT: k2: {{.*}}.cut: {{.+}}
// CHECKCUT-NEXT: status 3
// EMPTY: k2: /dev/null: no instructions
// EMPTY-NEXT: status 2

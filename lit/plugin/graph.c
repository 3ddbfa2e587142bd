// SPDX-License-Identifier: BSD-2-Clause
// A branch is turned round and a goto goes: other jumps than LLVM made, and LLVM's own checks still hold.
// RUN: %clang -O2 -mcpu=v2 -c %s -o %t.plain.o
// RUN: %objdump -d %t.plain.o | FileCheck --check-prefix=PLAIN %s
// RUN: %k2clang -O2 -g -mcpu=v2 -c %s -o %t.o -mllvm -verify-machineinstrs -Rpass=k2 2>&1 | FileCheck --check-prefix=REMARK %s
// RUN: %objdump -d %t.o | FileCheck %s
#include "Inputs/bpf.h"
// PLAIN: goto +0x1 <
// PLAIN-NEXT: {{: 05 .*}}goto
// CHECK-LABEL: <pick>:
// CHECK-NOT: goto +0x1 <
// CHECK: exit
// REMARK: graph.c:{{[0-9]+}}:{{.*}}branch-over: a branch over a goto is the opposite branch: 1 slot saved
SEC("xdp")
int pick(struct xdp_md *ctx)
{
	int rv = -1;

	switch (ctx->data_meta) {
	case 1: rv = bpf_ktime_get_ns() * ctx->ingress_ifindex; break;
	case 2: rv = bpf_ktime_get_ns() - 3; break;
	case 3: rv = bpf_ktime_get_ns(); break;
	case 5: rv = bpf_ktime_get_ns() ^ 5; break;
	case 4: rv = bpf_ktime_get_ns() + ctx->rx_queue_index; break;
	case 9: rv = bpf_ktime_get_ns() + ctx->ingress_ifindex; break;
	}
	ctx->egress_ifindex = rv;
	return rv;
}

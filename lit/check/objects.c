// SPDX-License-Identifier: BSD-2-Clause
// k2 check on objects: what K2 changed is equal, across blocks too; another constant is different, with the input that shows it.
// RUN: %clang -O2 -g -mcpu=v2 -c %s -o %t.o
// RUN: %k2clang -O2 -g -mcpu=v2 -c %s -o %t.k2.o
// RUN: %clang -O2 -g -mcpu=v2 -DLIMIT=9 -c %s -o %t.nine.o
// RUN: %clang -O2 -g -mcpu=v2 -DSIZE=8 -c %s -o %t.size.o
// RUN: not cmp %t.o %t.k2.o
// RUN: %k2 check %t.o %t.k2.o | FileCheck --check-prefix=SAME %s
// RUN: %k2 check --prog=count %t.o %t.nine.o | FileCheck --check-prefix=ONE %s
// RUN: sh -c '%k2 check %t.o %t.nine.o; echo status $?' | FileCheck --check-prefix=DIFF %s
// RUN: sh -c '%k2 check %t.o %t.size.o; echo status $?' | FileCheck --check-prefix=MAP %s
// RUN: sh -c '%k2 check --json %t.o %t.nine.o; echo status $?' | FileCheck --check-prefix=JSON %s
// RUN: sh -c '%k2 check --prog=nobody %t.o %t.o 2>&1; echo status $?' | FileCheck --check-prefix=NOBODY %s
#include "../plugin/Inputs/bpf.h"
#ifndef LIMIT
#define LIMIT 8
#endif
#ifndef SIZE
#define SIZE 4
#endif
struct {
	__uint(type, 2);
	__uint(max_entries, SIZE);
	__type(key, u32);
	__type(value, u64);
} counters SEC(".maps");

static noinline u32 twice(u32 n)
{
	barrier_var(n);
	return 2 * n;
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	u32 key = 1;
	u64 *n = bpf_map_lookup_elem(&counters, &key);

	if (n)
		*n += twice(ctx->rx_queue_index);
	return 2;
}

SEC("xdp")
int pick(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex > LIMIT ? 1 : 2;
}
// SAME-DAG: twice: equal
// SAME-DAG: count: equal
// SAME-DAG: pick: equal
// SAME: 3 equal, 0 different, 0 unknown
// ONE: count: equal
// ONE-NEXT: 1 equal, 0 different, 0 unknown
// DIFF: pick: different: the return value r0 is
// DIFF-NEXT: old code, instruction {{[0-9]+}} (line [[@LINE-9]]):
// DIFF: on this input:
// DIFF: context + 12, 4 bytes = 0x9
// DIFF: old code, {{[0-9]+}} instructions:
// DIFF: new code, {{[0-9]+}} instructions:
// DIFF: 2 equal, 1 different, 0 unknown
// DIFF-NEXT: status 1
// MAP: count: unknown: counters is another thing: map of type 2, key 4, value 8, entries 4, {{.*}}; map of type 2, key 4, value 8, entries 8,
// MAP: status 2
// JSON: "functions"
// JSON: "function": "pick"
// JSON: "verdict": "different"
// JSON: "reason": "the return value r0 is
// JSON: "different": 1
// JSON: status 1
// NOBODY: no function nobody
// NOBODY-NEXT: status 3

// SPDX-License-Identifier: BSD-2-Clause
// Whatever fails inside, clang succeeds with a correct object: with every allocation failing from the n-th on, with a solver that never
// answers, and with no budget. Without memory nothing at all may change, and a remark says so.
// RUN: %clang -O2 -mcpu=v2 -c %s -o %t.plain.o
// RUN: %k2clang -O2 -mcpu=v2 -c %s -o %t.o -mllvm -k2-fail-alloc=1 -Rpass-missed=k2 2>&1 | FileCheck --check-prefix=MEMORY %s
// RUN: cmp %t.plain.o %t.o
// MEMORY: remark: {{.*}}left alone: {{.*}}memory
// RUN: for n in 2 3 4 5 7 10 15 20 30 50 80 130 300 1000; do \
// RUN:   %k2clang -O2 -mcpu=v2 -c %s -o %t.$n.o -mllvm -k2-fail-alloc=$n -mllvm -verify-machineinstrs || exit 1; done
// RUN: %k2clang -O2 -mcpu=v2 -c %s -o %t.o -mllvm -k2-solver-rlimit=1 -mllvm -verify-machineinstrs
// RUN: %k2clang -O2 -mcpu=v2 -c %s -o %t.o -mllvm -k2-budget=1 -mllvm -verify-machineinstrs
#include "Inputs/bpf.h"
struct {
	__uint(type, 1);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, u64);
} counters SEC(".maps");

SEC("tc") int count(void *ctx)
{
	u32 key = 5;
	u64 *value = bpf_map_lookup_elem(&counters, &key);

	if (value)
		*value += 1;
	return 0;
}

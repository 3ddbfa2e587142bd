// SPDX-License-Identifier: BSD-2-Clause
// A change all the way: fewer instructions in the object, remarks with the line, the record, the report and the statistics agree, BTF line
// info and the map's relocation survive, LLVM's own checks hold, and -k2-last=0..n bisects. In `kept` the same store is volatile,
// and so is its number: nothing may change.
// RUN: %k2clang -O2 -g -mcpu=v2 -c %s -o %t.o -mllvm -verify-machineinstrs -mllvm -k2-report=%t.json -Rpass=k2 2>&1 | FileCheck --check-prefix=REMARK %s
// RUN: %objdump -dr %t.o | FileCheck %s
// RUN: FileCheck --check-prefix=JSON %s < %t.json
// RUN: %k2clang -O2 -g -mcpu=v2 -c %s -o %t.again.o
// RUN: cmp %t.o %t.again.o
// RUN: %k2clang -O2 -g -mcpu=v2 -c %s -o %t.off.o -mllvm -k2-disable=st-imm,rules
// RUN: %objdump -d %t.off.o | FileCheck --check-prefix=OFF %s
// RUN: %k2clang -O2 -g -mcpu=v2 -c %s -o %t.o -fsave-optimization-record -foptimization-record-file=%t.yaml
// RUN: FileCheck --check-prefix=YAML %s < %t.yaml
// RUN: mkdir -p %t.dir && cd %t.dir && %k2clang -O2 -mcpu=v2 -c %s -o %t.o -save-stats=cwd
// RUN: FileCheck --check-prefix=STATS %s < %t.dir/applied.stats
#include "Inputs/bpf.h"
struct {
	__uint(type, 1);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, u64);
} counters SEC(".maps");

// CHECK-LABEL: <count>:
// CHECK-NOT: r1 = 0x5
// CHECK: *(u32 *)(r10 - 0x4) = 0x5
// CHECK: R_BPF_64_64 counters
// OFF-LABEL: <count>:
// OFF: r1 = 0x5
// JSON: "name": "count"
// JSON: "changed": true
// JSON: "name": "rules",
// JSON-NEXT: "line": [[#@LINE+8]]
// YAML: Name: rules
// YAML: SlotsSaved: '1'
// STATS-DAG: "k2.NumChanged": 1
// STATS-DAG: "k2.NumFunctions": 2
// REMARK: applied.c:[[#@LINE+3]]:{{.*}}: remark: rules: st-imm-mov-stw: {{.*}} [-Rpass=k2]
SEC("tc") int count(void *ctx)
{
	u32 key = 5;
	u64 *value = bpf_map_lookup_elem(&counters, &key);

	if (value)
		*value += 1;
	return 0;
}

// CHECK-LABEL: <kept>:
// CHECK: r{{[0-9]}} = 0x5
SEC("tc") int kept(void *ctx)
{
	volatile u32 key = 5;

	key = 5;
	return (int)key;
}

// SPDX-License-Identifier: BSD-2-Clause
// k2 stat: figures of functions and objects, as a table, JSON and CSV; what is no object does not stop the others.
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %k2 stat %t.o | FileCheck %s
// CHECK: stat.c.tmp.o
// CHECK-NEXT: function section type slots insns blocks loops stack loads stores atomics jumps helpers subprogs kfuncs latency verifier
// CHECK-NEXT: {{^asm_ +\.text +subprogram +5 +4 +1 +0 +8 +1 +1 +0 +0 +0 +0 +0 +[0-9]+ +4$}}
// CHECK-NEXT: {{^lookup +xdp +xdp +[0-9]+ +[0-9]+ +3 +0 +8 +0 +1 +1 +1 +1 +1 +0 +[0-9]+ +[0-9]+$}}
// CHECK-NEXT: {{^looping +tc +sched_cls +[0-9]+ +[0-9]+ +[2-9] +1 +0 +[0-9]+ +[0-9]+ +0 +[1-9] +0 +0 +0 +[0-9]+ +[0-9]+$}}
// CHECK-NEXT: {{^total  +[0-9]+ +[0-9]+ +[0-9]+ +1 +8 }}

// RUN: %k2 stat --json %t.o %t.o > %t.json
// RUN: python3 -c "import json,sys; a,b = json.load(open(sys.argv[1])); assert a == b; f = {x['function']: x for x in a['functions']}; t = a['total']; assert t['slots'] == sum(x['slots'] for x in f.values()); assert t['stack'] == 8; assert f['asm_']['type'] == 'subprogram'; assert f['lookup']['note'] is None; print('good')" %t.json | FileCheck --check-prefix=GOOD %s
// RUN: %k2 stat --csv %t.o %t.o > %t.csv
// RUN: python3 -c "import csv,sys; r = list(csv.DictReader(open(sys.argv[1]))); assert len(r) == 6 and r[0]['function'] == 'asm_' and r[0]['slots'] == '5' and r[3]['object'].endswith('.o'); print('good')" %t.csv | FileCheck --check-prefix=GOOD %s
// GOOD: good
// RUN: %k2 stat -p looping %t.o | FileCheck --check-prefix=ONE --implicit-check-not=lookup %s
// ONE: looping
// ONE: total

// RUN: head -c 700 %t.o > %t.short.o
// RUN: sh -c '%k2 stat %t.short.o %t.gone.o %t.o 2>&1; echo status $?' | FileCheck --check-prefix=SHORT %s
// SHORT-DAG: k2: {{.*}}short.o: {{.+}}
// SHORT-DAG: k2: {{.*}}gone.o: No such file or directory
// SHORT-DAG: lookup {{.*}}
// SHORT: status 2
// RUN: sh -c '%k2 stat --json %t.short.o 2>/dev/null; echo status $?' | FileCheck --check-prefix=NONE %s
// NONE: {{^\[\]$}}
// NONE-NEXT: status 2
// RUN: sh -c '%k2 stat -p nobody %t.o 2>&1; echo status $?' | FileCheck --check-prefix=NOBODY %s
// NOBODY: k2: {{.*}}: no function nobody
// NOBODY-NEXT: status 2
// RUN: sh -c '%k2 stat 2>&1; echo status $?' | FileCheck --check-prefix=USAGE %s
// USAGE: k2 stat: no file
// USAGE: status 2
// RUN: sh -c '%k2 stat --json --csv %t.o 2>&1; echo status $?' | FileCheck --check-prefix=BOTH %s
// BOTH: k2 stat: one of --json and --csv
// BOTH: status 2
// RUN: echo 'r0 = 1' > %t.s
// RUN: echo exit >> %t.s
// RUN: %k2 stat --csv %t.s | FileCheck --check-prefix=TEXT %s
// TEXT: stat.c.tmp.s",{{.*}},"","",2,2,1,0,0,
#include "../plugin/Inputs/bpf.h"

struct {
	__uint(type, 1);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 16);
} counts SEC(".maps");

__attribute__((naked, used)) static noinline int asm_(void)
{
	asm volatile("r0 = 1 ll; *(u64 *)(r10 - 8) = r0; r0 = *(u32 *)(r10 - 4); exit");
}
SEC("xdp")
int lookup(struct xdp_md *c)
{
	u32 key = 1;
	u64 *v = bpf_map_lookup_elem(&counts, &key);

	if (v)
		__sync_fetch_and_add(v, asm_());
	return 2;
}
SEC("tc")
int looping(void *c)
{
	u32 sum = 0;

#pragma clang loop unroll(disable)
	for (u32 i = 0; i < 5; i++)
		sum += ((volatile u32 *)c)[2];
	return sum;
}

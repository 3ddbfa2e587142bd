// SPDX-License-Identifier: BSD-2-Clause
// k2 diff: what changed, and nothing else; jumps by label, names of maps, variables, helpers and functions; exit status as diff's.
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %clang -O2 -g -mcpu=v3 -DMORE -c %s -o %t.more.o
// RUN: %clang -O2 -g -mcpu=v3 -DENTRIES=9 -c %s -o %t.map.o
// RUN: %clang -O2 -mcpu=v3 -c %s -o %t.nodebug.o
// RUN: sh -c '%k2 diff %t.o %t.o; echo status $?' | FileCheck --check-prefix=SAME --implicit-check-not=count %s
// SAME: status 0
// RUN: sh -c '%k2 diff --all %t.o %t.nodebug.o; echo status $?' | FileCheck --check-prefix=ALL %s
// ALL: count_one (.text): {{[0-9]+}} slots, {{[0-9]+}} instructions: same
// ALL: prog (xdp): {{.*}}: same
// ALL: 0 of 3 functions differ: slots {{.*}} (+0)
// ALL-NEXT: status 0

// A store in front of a branch moves everything behind it, which is no change.
// RUN: sh -c '%k2 diff --context=100 %t.o %t.more.o; echo status $?' | FileCheck --check-prefix=DIFF %s
// DIFF-NOT: count_one (.text)
// DIFF: prog (xdp): {{[0-9]+ -> [0-9]+}} slots (+2), {{[0-9]+ -> [0-9]+}} instructions (+2): 0 changed, 0 removed, 2 added
// DIFF: ; diff.c:[[#]]: int prog(struct xdp_md *c)
// DIFF: {{^  *> *[0-9]+: \*\(u32 \*\)\(r[0-9] \+ 0\) = }}
// DIFF: ; diff.c:[[#]]: if (c->ingress_ifindex
// DIFF: if {{.*}} goto L1 {{ *}}[[#]]: if {{.*}} goto L1
// DIFF: call bpf_map_lookup_elem#1
// DIFF: {{call count_one .*call count_one$}}
// DIFF: {{^L1:  *L1:$}}
// DIFF: exit
// DIFF: only_here (tc): only in the new object, 2 slots
// DIFF: map flag: only in the new object
// DIFF: 2 of 4 functions differ:
// DIFF-NEXT: status 1

// RUN: not %k2 diff --unified %t.more.o %t.o | FileCheck --check-prefix=UNIFIED %s
// UNIFIED: prog (xdp):
// UNIFIED: {{^- *[0-9]+: \*\(u32 \*\)\(r[0-9] \+ 0\) = }}
// UNIFIED: {{^   *[0-9]+: }}
// UNIFIED: only_here (tc): only in the old object
// RUN: not %k2 diff --brief --no-source -p prog %t.o %t.more.o | count 2
// RUN: sh -c '%k2 diff %t.o %t.map.o; echo status $?' | FileCheck --check-prefix=MAP %s
// MAP: map counts: another number of entries
// MAP-NEXT: status 1

// No line is wider than asked for, but for source lines.
// RUN: not %k2 diff --full --no-source --width=60 -p prog %t.o %t.more.o | FileCheck --check-prefix=WIDTH --implicit-check-not={{.............................................................}} %s
// WIDTH: prog (xdp): {{.*}}
// RUN: not %k2 diff --color=always -p prog %t.o %t.more.o | FileCheck --check-prefix=COLOR %s
// COLOR: {{.\[32m.* = .*.\[0m}}
// RUN: not env COLUMNS=80 TERM=xterm %k2 diff --color=auto %t.o %t.more.o | FileCheck --check-prefix=PLAIN --implicit-check-not={{.\[}} %s
// PLAIN: differ

// Two functions in text form; input that is none.
// RUN: echo 'r0 = 1; exit' | tr ';' '\n' > %t.s
// RUN: echo 'r0 = 2; exit' | tr ';' '\n' > %t.2.s
// RUN: sh -c '%k2 diff %t.s %t.2.s; echo status $?' | FileCheck --check-prefix=TEXT %s
// TEXT: r0 = 1 {{ *\|  *}}0: r0 = 2
// TEXT: status 1
// RUN: sh -c '%k2 diff %t.s %t.o 2>&1; echo status $?' | FileCheck --check-prefix=MIXED %s
// MIXED: an object and a function in text form cannot be compared
// MIXED-NEXT: status 2
// RUN: head -c 700 %t.o > %t.short.o
// RUN: sh -c '%k2 diff %t.o %t.short.o 2>&1; echo status $?' | FileCheck --check-prefix=SHORT %s
// SHORT: k2: {{.*}}short.o: {{.+}}
// SHORT-NEXT: status 2
// RUN: sh -c '%k2 diff -p nobody %t.o %t.o 2>&1; echo status $?' | FileCheck --check-prefix=NOBODY %s
// NOBODY: k2: no function nobody in
// NOBODY-NEXT: status 2
// RUN: sh -c '%k2 diff --all %t.o %t.o > /dev/full; echo status $?' 2>&1 | FileCheck --check-prefix=FULL %s
// FULL: standard output cannot be written: No space left on device
// FULL-NEXT: status 2
#include "../plugin/Inputs/bpf.h"
#ifndef ENTRIES
#define ENTRIES 16
#endif

struct {
	__uint(type, 1);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, ENTRIES);
} counts SEC(".maps");
volatile u32 total;

static noinline u32 count_one(u32 n)
{
	return total += n;
}
SEC("xdp")
int prog(struct xdp_md *c)
{
	u32 key = 1;

#ifdef MORE
	*(volatile u32 *)(long)c->data = 1;
#endif
	if (c->ingress_ifindex < 7) {
		u64 *v = bpf_map_lookup_elem(&counts, &key);

		return v ? count_one(*v) : 1;
	}
	return 2;
}
SEC("xdp")
int alike(struct xdp_md *c)
{
	return c->data_meta & 3;
}
#ifdef MORE
struct {
	__uint(type, 2);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 1);
} flag SEC(".maps");
SEC("tc")
int only_here(void *c)
{
	return 0;
}
#endif

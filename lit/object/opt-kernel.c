// SPDX-License-Identifier: BSD-2-Clause
// k2 opt --kernel: where the kernel would do more for the new program, the rewrites that do it go back; the others stay.
// (A compiled switch is what today's estimate of the verifier's walk is wrong about. When it is no more, this test needs another one.)
// REQUIRES: root, bpf
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %k2 opt --strip-debug %t.o -o %t.plain.o
// RUN: %k2 opt --kernel --strip-debug -r --report=%t.report %t.o -o %t.new.o > %t.remarks 2> %t.notes
// RUN: FileCheck %s --check-prefix=NOTES < %t.notes
// NOTES: k2: {{.*}}.o: note: function one, line {{[0-9]+}}: {{[a-z-]+}}: taken back, with it the kernel processes {{[0-9]+}} instructions instead of {{[0-9]+}} in program one
// NOTES: k2: {{.*}}.o: note: 1 changed program does not load as it was, so the kernel was not asked about it
// RUN: FileCheck %s --check-prefix=REMARKS < %t.remarks
// REMARKS: ; function one
// REMARKS: ; missed kernel line {{[0-9]+}}: {{[a-z-]+}}: taken back
// RUN: FileCheck %s --check-prefix=REPORT < %t.report
// REPORT: "name": "kernel",
// REPORT: "text": "{{[a-z-]+}}: taken back

// All that load do no more work, and the rewrites that have nothing to do with it are there.
// RUN: not %k2 load --json %t.o > %t.json
// RUN: not %k2 load --json %t.new.o > %t.new.json
// RUN: not %k2 load --json %t.plain.o > %t.plain.json
// RUN: python3 %S/Inputs/no-more-work.py --refused=refused %t.json %t.new.json | FileCheck %s
// RUN: not python3 %S/Inputs/no-more-work.py --refused=refused %t.json %t.plain.json
// CHECK: one: {{fewer|as many}} slots, no more work
// CHECK: two: fewer slots, no more work

// The same again, by several threads, and in place; and with no kernel there is nothing written.
// RUN: cp %t.o %t.in.o
// RUN: %k2 opt --kernel --strip-debug -j 4 -i %t.in.o
// RUN: cmp %t.in.o %t.new.o
// RUN: cp %t.o %t.in.o
// RUN: sh -c 'setpriv --bounding-set=-all --inh-caps=-all --reuid=65534 --regid=65534 --clear-groups %k2 opt --kernel %t.in.o -o - 2>&1 >%t.nothing; echo status $?' | FileCheck %s --check-prefix=NOBODY
// NOBODY: k2: {{.*}}.in.o: --kernel: the kernel loads no programs: {{.+}}
// NOBODY-NEXT: status 2
// RUN: count 0 < %t.nothing
#include "../plugin/Inputs/bpf.h"

static long (*const length)(void *ctx) = (void *)188;
static long (*const adjust_tail)(void *ctx, int delta) = (void *)65;
struct {
	__uint(type, 2);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 8);
} counts SEC(".maps");

static noinline u32 count(u32 n)
{
	u64 key = 0, *v;

	*(u32 *)&key = 7;
	v = bpf_map_lookup_elem(&counts, &key);
	return v ? *v + n : n;
}
SEC("xdp.frags") int one(struct xdp_md *c)
{
	int grow;

	switch ((int)length(c)) {
	case 20: grow = 20; break;
	case 64: grow = 3392; break;
	case 90: grow = 10; break;
	case 128: grow = 20; break;
	case 1500: grow = 10; break;
	case 4000: grow = 40; break;
	case 9000: grow = 128; break;
	case 70000: grow = 20; break;
	case 90000: grow = 128; break;
	default: return 0;
	}
	return adjust_tail(c, grow) ? 1 : 3;
}
SEC("xdp.frags") int two(struct xdp_md *c)
{
	return count(c->ingress_ifindex);
}
SEC("xdp") int refused(struct xdp_md *c)
{
	return count(*(u8 *)(long)c->data);
}
char LICENSE[] SEC("license") = "GPL";

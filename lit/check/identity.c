// SPDX-License-Identifier: BSD-2-Clause
// What a name means decides, not the name: variables at another place of the data, other given elements of a map, another field of a structure
// in the kernel, another byte order.
// RUN: %clang -O2 -g -c %s -o %t.o
// RUN: %k2 check %t.o %t.o | FileCheck --check-prefix=SAME %s
// RUN: %clang -O2 -g -DORDER -c %s -o %t.order.o
// RUN: sh -c '%k2 check --prog=variable %t.o %t.order.o; echo status $?' | FileCheck --check-prefix=ORDER %s
// RUN: %clang -O2 -g -DFIRST=b -DSECOND=a -c %s -o %t.values.o
// RUN: sh -c '%k2 check --prog=inner %t.o %t.values.o; echo status $?' | FileCheck --check-prefix=VALUES %s
// RUN: %clang -O2 -g -DENTRIES=7 -c %s -o %t.entries.o
// RUN: sh -c '%k2 check --prog=inner %t.o %t.entries.o; echo status $?' | FileCheck --check-prefix=ENTRIES %s
// RUN: %clang -O2 -g -DFIELD=tgid -c %s -o %t.field.o
// RUN: sh -c '%k2 check --prog=field %t.o %t.field.o; echo status $?' | FileCheck --check-prefix=FIELD %s
// RUN: %clang_host --target=bpfeb -O2 -g -c %s -o %t.big.o
// RUN: sh -c '%k2 check --prog=variable %t.o %t.big.o; echo status $?' | FileCheck --check-prefix=BIG %s
#include "../plugin/Inputs/bpf.h"
#ifndef FIRST
#define FIRST a
#define SECOND b
#endif
#ifndef ENTRIES
#define ENTRIES 1
#endif
#ifndef FIELD
#define FIELD pid
#endif
#ifdef ORDER
int other = 1, shown = 2;
#else
int shown = 1, other = 2;
#endif
struct inner {
	__uint(type, 2);
	__uint(max_entries, ENTRIES);
	__type(key, u32);
	__type(value, u64);
};
struct inner a SEC(".maps"), b SEC(".maps");
struct {
	__uint(type, 12);
	__uint(max_entries, 2);
	__type(key, u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [0] = &FIRST, [1] = &SECOND } };
struct task_struct {
	int FIELD;
} __attribute__((preserve_access_index));

SEC("xdp") int variable(struct xdp_md *ctx)
{
	return shown + other * 0;
}
SEC("xdp") int inner(struct xdp_md *ctx)
{
	u32 key = 0;
	return bpf_map_lookup_elem(&outer, &key) ? 1 : 2;
}
SEC("raw_tp/x") int field(u64 *ctx)
{
	return ((struct task_struct *)ctx[0])->FIELD;
}
// SAME: 3 equal, 0 different, 0 unknown
// ORDER: variable: unknown: shown is another thing: .data + 0; .data + 4
// ORDER: status 2
// VALUES: inner: unknown: outer is another thing: map of type 12{{.*}} [0]=a [1]=b; map of type 12{{.*}} [0]=b [1]=a
// VALUES: status 2
// ENTRIES: inner: unknown: outer is another thing: {{.*}}of {map of type 2, key 4, value 8, entries 1{{.*}}of {map of type 2, key 4, value 8, entries 7
// ENTRIES: status 2
// FIELD: field: unknown: {{.*}} is another thing: struct task_struct, 0: [0].pid; struct task_struct, 0: [0].tgid
// FIELD: status 2
// BIG: variable: unknown: {{another byte order|the section of shown has other contents}}
// BIG: status 2

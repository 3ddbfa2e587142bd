// SPDX-License-Identifier: BSD-2-Clause
// What static functions are given is found at their calls, in finished objects and while they are compiled: bytes that are known to be plain memory are loaded at once. One call that gives
// something else, or a reference that is no call, and they stay. (passed-load.c asks the kernel.)
// RUN: %clang -O2 -g -mcpu=v3 -DCONTEXT_TOO -c %s -o %t.o
// RUN: %k2 opt %t.o -o %t.new.o
// RUN: %objdump -d --no-show-raw-insn %t.new.o | FileCheck %s
// RUN: %clang -O2 -g -mcpu=v3 -DTABLE -c %s -o %t.table.o
// RUN: %k2 opt %t.table.o -o %t.table.new.o
// RUN: %objdump --disassemble-symbols=in_table,of_global --no-show-raw-insn %t.table.new.o | FileCheck %s --check-prefix=TABLE
// RUN: %k2 check %t.o %t.new.o | FileCheck %s --check-prefix=SAME
// RUN: %k2clang -O2 -g -mcpu=v3 -DCONTEXT_TOO -c %s -o %t.k2.o
// RUN: %objdump -d --no-show-raw-insn %t.k2.o | FileCheck %s
// RUN: %k2clang -O2 -g -mcpu=v3 -DTABLE -c %s -o %t.k2.table.o
// RUN: %objdump --disassemble-symbols=in_table,of_global --no-show-raw-insn %t.k2.table.o | FileCheck %s --check-prefix=TABLE
// RUN: %k2 check %t.o %t.k2.o | FileCheck %s --check-prefix=SAME
// SAME: 0 different, 0 unknown
#include "../plugin/Inputs/bpf.h"

// At byte 8 __sk_buff has `mark`, of which bytes may be loaded, too.
struct word {
	u8 skip[8];
	u32 mark;
} __attribute__((packed));
struct __sk_buff {
	u32 len, pkt_type, mark;
};
struct {
	__uint(type, 2);
	__type(key, u32);
	__type(value, struct word);
	__uint(max_entries, 4);
} words SEC(".maps"), others SEC(".maps");
struct word global;

#define IS(n) { return w->mark == n ? 1 : 0; }
// Others may call it, or replace it.
// CHECK-LABEL: <not_static>:
// CHECK-COUNT-4: *(u8 *)
// CHECK: exit
noinline int not_static(struct word *w) { if (!w) return 0; IS(10) }
// CHECK-LABEL: <of_values>:
// CHECK: *(u32 *)(r1 + 0x8)
// CHECK: exit
static noinline int of_values(struct word *w) IS(1)
// NULL is no value of a map, but the function does not look behind it.
// CHECK-LABEL: <or_null>:
// CHECK: *(u32 *)(r1 + 0x8)
// CHECK: exit
static noinline int or_null(struct word *w) { if (!w) return 0; IS(2) }
// CHECK-LABEL: <of_frames>:
// CHECK: *(u32 *)(r1 + 0x8)
// CHECK: exit
static noinline int of_frames(struct word *w) IS(3)
// CHECK-LABEL: <of_odd_frames>:
// CHECK-COUNT-4: *(u8 *)
// CHECK: exit
static noinline int of_odd_frames(struct word *w) IS(4)
// CHECK-LABEL: <of_context_too>:
// CHECK-COUNT-4: *(u8 *)
// CHECK: exit
static noinline int of_context_too(struct word *w) IS(5)
// CHECK-LABEL: <as_callback_too>:
// CHECK-COUNT-4: *(u8 *)
// CHECK: exit
static noinline long as_callback_too(u64 i, struct word *w) { barrier_var(i); IS(6 + i) }
// What it is given it hands on.
// CHECK-LABEL: <hands_on>:
static int handed_on(struct word *w);
static noinline int hands_on(struct word *w, int n) { barrier_var(n); return handed_on(w) + n; }
// CHECK-LABEL: <of_global>:
// CHECK: *(u32 *)(r1 + 0x8)
// CHECK: exit
static noinline int of_global(struct word *w) IS(8)
// CHECK-LABEL: <in_table>:
// CHECK: *(u32 *)(r1 + 0x8)
// CHECK: exit
// TABLE-COUNT-4: *(u8 *)
// TABLE: exit
// TABLE: *(u32 *)
static noinline int in_table(struct word *w) IS(9)
#ifdef TABLE
int (*table[])(struct word *) SEC(".data.table") = { in_table };
#endif
// CHECK-LABEL: <handed_on>:
// CHECK: *(u32 *)(r1 + 0x8)
// CHECK: exit
static noinline int handed_on(struct word *w) IS(7)

static long (*const bpf_get_prandom_u32)(void) = (void *)7;

SEC("socket") int first(struct __sk_buff *skb)
{
	u32 key = 1;
	struct word *w = bpf_map_lookup_elem(&words, &key), *v = bpf_map_lookup_elem(&others, &key);
	struct word own[2] __attribute__((aligned(8))) = { { .mark = 1 }, { .mark = 2 } };
	int n;

	if (!w || !v)
		return 0;
	barrier_var(skb);
	own[1].mark = own[0].mark = bpf_get_prandom_u32();
	n = of_values(w) + of_values(v) + or_null(w) + of_frames(own) + of_odd_frames(own) + of_odd_frames((void *)((u8 *)own + 3));
#ifdef CONTEXT_TOO // the verifier wants one kind of pointer at each access
	n += of_context_too(w) + of_context_too((struct word *)skb);
#endif
	n += as_callback_too(0, w) + bpf_loop(2, as_callback_too, own, 0);
	n += hands_on(w, 1) + of_global(&global) + not_static(v);
	return n;
}
SEC("socket") int second(struct __sk_buff *skb)
{
	struct word own __attribute__((aligned(8))) = { .mark = skb->len };

	barrier_var(skb);
	return or_null(0) + of_frames(&own) + in_table(&global);
}


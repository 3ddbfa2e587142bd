// SPDX-License-Identifier: BSD-2-Clause
// Objects of all instruction sets and both byte orders, with debug information and without: the optimised object is equal to the old
// one, everybody can read it, and what does not change stays byte by byte.
// RUN: bash %S/Inputs/opt-forms.sh %k2 "%clang" %llvm_bin %t %s | FileCheck %s
// CHECK: v1 bpfel: good
// CHECK-NEXT: v2 bpfel -g: good
// CHECK-NEXT: v3 bpfel: good
// CHECK-NEXT: v3 bpfel -g: good
// CHECK-NEXT: v4 bpfel -g: good
// CHECK-NEXT: v3 bpfel -gdwarf-4: good
// CHECK-NEXT: v2 bpfel -gdwarf-3: good
// CHECK-NEXT: v1 bpfeb -g: good
// CHECK-NEXT: v3 bpfeb: good
// CHECK-NEXT: v4 bpfeb -g: good
#include "../plugin/Inputs/bpf.h"

struct {
	__uint(type, 1);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 16);
} counts SEC(".maps");
typedef int int_of_xdp(struct xdp_md *);
int_of_xdp second;
struct {
	__uint(type, 3);
	__uint(key_size, 4);
	__uint(max_entries, 2);
	__array(values, int_of_xdp);
} progs SEC(".maps") = { .values = { [1] = second } };
static u64 slots[10];
u16 shared[4];
const volatile u32 limit = 5;

static noinline u32 smaller(u32 n)
{
	u32 key[2] = { 1, 2 };

	return bpf_map_lookup_elem(&counts, key) ? n : 7;
}
static long callback(u32 i, void *ctx)
{
	u64 on_stack = 3;

	slots[i & 7] += bpf_map_update_elem(&counts, &i, &on_stack, 0);
	return 0;
}
noinline int global(struct xdp_md *c)
{
	shared[0] = 1;
	shared[1] = 2;
	return smaller(c->data_meta) + 1;
}
// Calls of functions before and behind in .text, a callback in it, and data by symbol and by section.
static noinline u32 more(u32 n)
{
	slots[2] = n;
	return smaller(n) + slots[1];
}
SEC("xdp") int first(struct xdp_md *c)
{
	u8 *p = (void *)(long)c->data, *end = (void *)(long)c->data_end;

	if (p + 14 > end)
		return limit;
	bpf_loop(4, callback, 0, 0);
	return global(c) + more(p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24);
}
SEC("xdp") int second(struct xdp_md *c)
{
	u32 key = 2;
	u64 *v = bpf_map_lookup_elem(&counts, &key);

	bpf_tail_call(c, &progs, 1);
	return v ? smaller(*v) : more(1);
}
SEC("tc") int third(void *c)
{
	return 0;
}

// SPDX-License-Identifier: BSD-2-Clause
// Calls and addresses: helpers, static and global subprograms, kernel functions, callbacks, maps of both definitions,
// .data, .bss, .rodata and strings. What is relocated must keep its symbol.
// RUN: bash %inputs/roundtrip.sh "%clang" %plugin %t %s
// RUN: %k2clang -O2 -g -mcpu=v3 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck %s
#include "Inputs/bpf.h"
struct value {
	u64 packets, bytes;
};
struct {
	__uint(type, 1);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, struct value);
} stats SEC(".maps");
struct {
	__uint(type, 3);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} progs SEC(".maps");
struct {
	__uint(type, 12);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, struct inner {
		__uint(type, 2);
		__uint(max_entries, 1);
		__type(key, u32);
		__type(value, u64);
	});
} outer SEC(".maps");
struct bpf_map_def {
	u32 type, key_size, value_size, max_entries, map_flags;
};
struct bpf_map_def legacy SEC("maps") = {2, 4, 24, 8};
int counter, initialised = 5;
const volatile u32 limit = 10;
static const char format[] = "hello";
extern void kernel_function(void *p) __attribute__((section(".ksyms")));
extern const int kernel_variable __attribute__((section(".ksyms")));
extern u32 LINUX_KERNEL_VERSION __attribute__((section(".kconfig")));

// CHECK-DAG: # k2: local: section .text, v3, {{.*}}subprogram, arguments: 2
static noinline int local(int a, int *b)
{
	*b = a * counter;
	return initialised;
}

// CHECK-DAG: # k2: global: section .text, v3, {{.*}}subprogram, arguments: 5
noinline int global(int a, int b, int c, int d, int e)
{
	return a ^ b ^ c ^ d ^ e ^ counter++;
}

static long callback(u32 i, void *ctx)
{
	*(u32 *)ctx += i;
	return 0;
}

// CHECK-DAG: # k2: main_program: section xdp, v3, alu32, little-endian, program, arguments: 1
// CHECK-DAG: map stats: type 1, key 4, value 16
// CHECK-DAG: map progs: type 3, key 4, value 4
// CHECK-DAG: map outer: type 12, key 4, value 4
// CHECK-DAG: map legacy: type 2, key 4, value 24
// CHECK-DAG: data limit: 4 bytes, read-only
// CHECK-DAG: data LINUX_KERNEL_VERSION: 4 bytes, read-only
// CHECK-DAG: other kernel_variable
// CHECK-DAG: kfunc kernel_function
// CHECK-DAG: function callback
// CHECK-DAG: function local
// CHECK-DAG: function global
SEC("xdp") int main_program(struct xdp_md *ctx)
{
	u32 key = ctx->rx_queue_index, sum = 0;
	struct value *v = bpf_map_lookup_elem(&stats, &key);
	int out;

	if (v)
		v->packets++;
	if (bpf_map_lookup_elem(&outer, &key) && bpf_map_lookup_elem(&legacy, &key))
		kernel_function(v);
	sum += (u32)local((int)key, &out) + (u32)global(1, 2, out, 4, (int)key) + LINUX_KERNEL_VERSION;
	bpf_loop(limit, callback, &sum, 0);
	bpf_tail_call(ctx, &progs, sum);
	return (int)sum + kernel_variable + format[key & 3];
}

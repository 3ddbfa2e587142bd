// SPDX-License-Identifier: BSD-2-Clause
// A program of GCC that the kernel takes is taken after k2 opt, too, with its subprogram.
// REQUIRES: bpf-gcc, bpf, root
// RUN: bpf-gcc -O2 -mkernel=5.2 -c %s -o %t.o
// RUN: %k2 opt %t.o -o %t.new.o
// RUN: %k2 load %t.o %t.new.o | FileCheck %s
// CHECK: glue sched_cls [[#%u,SLOTS:]] {{.*}} loaded
// CHECK: glue sched_cls [[#%u,LESS:]] {{.*}} loaded
typedef unsigned int u32;
struct __sk_buff { u32 len, pkt_type, mark, queue, protocol, vlan, tci, proto, prio, ingress, ifindex, tc_index, cb[5], hash, classid, data, data_end; };
#define SEC(n) __attribute__((section(n), used))

static __attribute__((noinline)) u32 scale(u32 a)
{
	return a * 3 + 1;
}
SEC("tc") int glue(struct __sk_buff *s)
{
	unsigned char *p = (void *)(long)s->data, *end = (void *)(long)s->data_end;

	if (p + 14 > end)
		return 1;
	return scale(p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24);
}
char _license[] SEC("license") = "GPL";

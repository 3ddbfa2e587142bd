// SPDX-License-Identifier: BSD-2-Clause
/* A subprogram's argument has a context's type and points into a map's value. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
/* the kernel's pt_regs layout is not needed, the tag is */
struct val { struct pt_regs regs; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, struct val); } m SEC(".maps");

__attribute__((noinline)) int twice(struct pt_regs *r)   /* a copy in a map, as profilers keep them; a global function */
{
	int k = 0;
	struct val *w = bpf_map_lookup_elem(&m, &k);
	if (!w || !r) return 0;
	int a = r->rax;
	w->regs.rax = a + 5;
	return a + r->rax * 16;     /* r == &w->regs at run time */
}
SEC("xdp") int prog(struct xdp_md *ctx)
{
	int k = 0;
	struct val *v = bpf_map_lookup_elem(&m, &k);
	if (!v) return 0;
	v->regs.rax = 1;
	return twice(&v->regs);
}
char _license[] SEC("license") = "GPL";

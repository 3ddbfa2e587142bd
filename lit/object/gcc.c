// SPDX-License-Identifier: BSD-2-Clause
// Objects of GCC: relocations with GNU's numbers, no line records in BTF or no BTF at all, and DWARF in GCC's forms (an address set for each
// line, views, locations that end inside of an instruction).
// REQUIRES: bpf-gcc
// RUN: bpf-gcc -O2 -g -mkernel=5.2 -c %s -o %t.o
// RUN: %k2 opt %t.o -o %t.new.o 2>&1 | count 0
// RUN: %k2 opt -r %t.o -o %t.new.o | FileCheck %s
// RUN: %k2 check %t.o %t.new.o
// RUN: bpf-gcc -O2 -g -gbtf -mkernel=5.2 -c %s -o %t.btf.o
// RUN: %k2 opt %t.btf.o -o %t.btf.new.o 2>&1 | count 0
// RUN: %k2 check %t.btf.o %t.btf.new.o
// RUN: %llvm_bin/llvm-dwarfdump --debug-line --debug-info %t.new.o 2>/dev/null | FileCheck %s --check-prefix=DWARF
// RUN: %objdump -dl --no-show-raw-insn %t.new.o 2>/dev/null | FileCheck %s --check-prefix=LINES
// RUN: bpf-readelf -w %t.o 2>&1 >/dev/null | wc -l > %t.before
// RUN: bpf-readelf -w %t.new.o 2>&1 >/dev/null | wc -l | diff %t.before -
// RUN: bpf-gcc -O2 -gbtf -mkernel=5.2 -c %s -o %t.btf.o
// RUN: %k2 opt %t.btf.o -o %t.btf.new.o
// RUN: %k2 check %t.btf.o %t.btf.new.o
// RUN: bpf-gcc -O2 -gdwarf-4 -mbig-endian -mkernel=5.2 -c %s -o %t.be.o
// RUN: %k2 opt %t.be.o -o %t.be.new.o 2>&1 | count 0
// RUN: %k2 check %t.be.o %t.be.new.o
// CHECK: function glue
// CHECK: applied wide-load
typedef unsigned int u32;
typedef unsigned long long u64;
struct __sk_buff { u32 len, pkt_type, mark, queue, protocol, vlan, tci, proto, prio, ingress, ifindex, tc_index, cb[5], hash, classid, data, data_end; };
#define SEC(n) __attribute__((section(n), used))

// DWARF: DW_TAG_subprogram
// DWARF: DW_AT_name ("glue")
// DWARF: DW_AT_high_pc (0x00000000000000{{[0-9a-f][08]}})
// DWARF: DW_AT_location (0x{{[0-9a-f]*}}:
// DWARF-NEXT: [0x[[AT:[0-9a-f]+]], 0x[[AT]])
// DWARF: end_sequence
// LINES: <glue>:
// LINES: gcc.c:[[@LINE+16]]
// LINES: = *(u32 *)(r0 + 0x0)
// LINES: exit
// LINES: gcc.c:[[@LINE+12]]
// LINES: = 0x1
// The last row that GCC has for the place, which is of the brace.
// LINES: <second>:
// LINES: gcc.c:[[@LINE+14]]
// LINES: = *(u32 *)(r1 + 0x0)
// LINES: exit
SEC("tc") int glue(struct __sk_buff *s)
{
	unsigned char *p = (void *)(long)s->data, *end = (void *)(long)s->data_end;

	if (p + 14 > end)
		return 1;
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}
SEC("tc") int second(struct __sk_buff *s)
{
	return s->len;
}
char _license[] SEC("license") = "GPL";

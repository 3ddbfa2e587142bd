// SPDX-License-Identifier: BSD-2-Clause
// k2 opt --raw: bare instructions in and out. With what an object says given by a small text, the result is the object's; without, map
// numbers are fixed points, and accesses to unknown maps stay.
// REQUIRES: x86_64
// RUN: rm -rf %t.dir && mkdir -p %t.dir/out && cd %t.dir
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o prog.o
// RUN: python3 %S/Inputs/raw.py number xdp %readelf prog.o prog.bin counts=3 .rodata=5
// RUN: printf '# of prog.bin\n.section xdp\n.map counts fd=3 type=1 key=4 value=8 entries=16\n.data config fd=5 size=12 ro\n' > about
// RUN: %k2 opt prog.o -o prog.new.o --strip-debug
// RUN: python3 %S/Inputs/raw.py number xdp %readelf prog.new.o want.bin counts=3 .rodata=5

// RUN: %k2 opt --raw --about about --mcpu=v3 prog.bin -o new.bin --report=report
// RUN: cmp new.bin want.bin
// RUN: FileCheck %s --check-prefix=REPORT < report
// REPORT: "section": "xdp",
// RUN: cp prog.bin in.bin && %k2 opt --raw --about about --mcpu=v3 -i in.bin && cmp in.bin want.bin
// RUN: %k2 opt --raw --about about --mcpu=v3 prog.bin -o - | cmp - want.bin
// RUN: cp prog.bin two.bin && %k2 opt --raw --about about --mcpu=v3 prog.bin two.bin -o out && cmp out/prog.bin want.bin && cmp out/two.bin want.bin
// RUN: sh -c '%k2 opt --raw --about about --mcpu=v3 --check prog.bin; echo status $?' | FileCheck %s --check-prefix=WOULD
// WOULD: status 2
// RUN: %k2 opt --raw --about about --mcpu=v3 --check want.bin
// RUN: %k2 check --raw --about about prog.bin new.bin | FileCheck %s --check-prefix=EQUAL
// EQUAL: equal

// As text, which can be read again.
// RUN: %k2 opt --raw --about about --mcpu=v3 prog.bin > new.s
// RUN: FileCheck %s --check-prefix=TEXT < new.s
// TEXT: .section xdp
// TEXT: .map counts fd=3 type=1 key=4 value=8 entries=16
// TEXT: .data config fd=5 size=12 ro
// TEXT: r1 = &counts ll
// RUN: %k2 opt --level=0 new.s | FileCheck %s --check-prefix=AGAIN
// AGAIN: r1 = &config ll

// Nothing said: the numbers stay, and so do accesses to what they stand for.
// RUN: %k2 opt --raw --section xdp --mcpu=v3 prog.bin | FileCheck %s --check-prefix=BARE
// BARE: r1 = map_fd {{(0x)?}}3 ll {frozen}
// BARE: r1 = map_value {{(0x)?}}5 ll {frozen}
// BARE: r1 = map_fd {{(0x)?}}3 ll {frozen}

// RUN: printf '.section xdp\n.map a fd=3 type=1\n.map b fd=3 type=1\n' > bad
// RUN: sh -c '%k2 opt --raw --about bad prog.bin -o x.bin 2>&1; echo status $?' | FileCheck %s --check-prefix=TWICE
// TWICE: k2: prog.bin: description, line 3: a second symbol for that map
// TWICE-NEXT: status 2
// RUN: printf '.section xdp\n.map a type=1\n.map a type=2\nr0 = 0\nexit\n' > bad.s
// RUN: sh -c '%k2 opt bad.s 2>&1; echo status $?' | FileCheck %s --check-prefix=NAME
// NAME: k2: bad.s: line 3: a second symbol of that name
// NAME-NEXT: status 2
// RUN: printf '.data a fd=3 size=8\n' > bad
// RUN: sh -c '%k2 opt --raw --about bad prog.bin -o x.bin 2>&1; echo status $?' | FileCheck %s --check-prefix=USE
// USE: k2: prog.bin: instruction {{[0-9]+}}: map 3 is described as .data
// RUN: printf '.section xdp\nr0 = 0\n' > bad
// RUN: sh -c '%k2 opt --raw --about bad prog.bin -o x.bin 2>&1; echo status $?' | FileCheck %s --check-prefix=INSN
// INSN: description, line 2: an instruction among the directives
// RUN: sh -c '%k2 opt --raw --about none prog.bin -o x.bin 2>&1; echo status $?' | FileCheck %s --check-prefix=NONE
// NONE: k2: prog.bin: none: No such file or directory
// RUN: sh -c '%k2 opt --about about prog.o -o x.bin 2>&1; echo status $?' | FileCheck %s --check-prefix=RAW
// RAW: --about goes with --raw
// RUN: not ls x.bin
#include "../plugin/Inputs/bpf.h"

struct {
	__uint(type, 1);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 16);
} counts SEC(".maps");
static volatile const u32 config[3] = { 0, 2, 3 };

SEC("xdp") int count(struct xdp_md *c)
{
	u8 *p = (void *)(long)c->data, *end = (void *)(long)c->data_end;
	u32 key;
	u64 *v;

	if (p + 14 > end)
		return 1;
	key = p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
	v = bpf_map_lookup_elem(&counts, &key);
	if (v && config[0])
		*v += config[1];
	key = 3;
	return bpf_map_lookup_elem(&counts, &key) ? 1 : 2;
}
char LICENSE[] SEC("license") = "GPL";

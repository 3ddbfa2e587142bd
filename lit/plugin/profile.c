// SPDX-License-Identifier: BSD-2-Clause
// -k2-profile: what was counted on an object made at level 0 is what the compiler lays out by; a profile of other code, and a file that is none,
// are left out with a word.
// RUN: rm -f %t.json && %k2clang -O2 -g -mcpu=v3 -mllvm -k2-level=0 -c %s -o %t.plain.o
// RUN: printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >%t.pcap
// RUN: printf '\001\000\000\000\002\000\000\000\020\000\000\000\020\000\000\000abcdefghijklmnop' >>%t.pcap
// RUN: printf '\001\000\000\000\002\000\000\000\020\000\000\000\020\000\000\000abcdefghijklmnop' >>%t.pcap
// RUN: printf '\001\000\000\000\002\000\000\000\016\000\000\000\016\000\000\000abcdefghijklmn' >>%t.pcap
// RUN: %k2 run %t.plain.o --prog first --packet %t.pcap --profile %t.json | FileCheck --check-prefix=RUNS %s
// RUN: %k2 run %t.plain.o --prog first --packet %t.pcap:1 --profile %t.json --count | FileCheck --check-prefix=ONE %s
// RUN: FileCheck --check-prefix=FILE %s <%t.json
// RUN: %k2clang -O2 -g -mcpu=v3 -mllvm -k2-profile=%t.json -Rpass=k2 -c %s -o %t.o 2>&1 | FileCheck --check-prefix=USED %s
// RUN: %k2 opt --profile %t.json -r %t.plain.o -o %t.opt.o 2>&1 | FileCheck --check-prefix=OPT --implicit-check-not=note %s
// RUN: %k2clang -O2 -g -mcpu=v3 -DOTHER -mllvm -k2-profile=%t.json -Rpass-missed=k2 -c %s -o %t.o 2>&1 | FileCheck --check-prefix=STALE %s
// RUN: %k2clang -O2 -g -mcpu=v3 -mllvm -k2-level=0 -DOTHER -c %s -o %t.other.o
// RUN: %k2 opt --profile %t.json %t.other.o -o %t.opt.o 2>&1 | FileCheck --check-prefix=OPTSTALE %s
// RUN: %k2 run %t.other.o --prog first --packet %t.pcap --profile %t.json 2>&1 | FileCheck --check-prefix=DROPPED %s
// RUN: %k2clang -O2 -g -mcpu=v3 -mllvm -k2-profile=%s -c %s -o %t.o 2>&1 | FileCheck --check-prefix=BAD %s
// RUN: not %k2 opt --profile %t.none %t.plain.o -o %t.opt.o 2>&1 | FileCheck --check-prefix=NONE %s
// RUN: not %k2 run %t.plain.o --prog first --packet %t.pcap --profile %s 2>&1 | FileCheck --check-prefix=WRONG %s
#include "Inputs/bpf.h"

static long (*const bpf_xdp_adjust_tail)(void *ctx, int delta) = (void *)65;

/* What the source expects is wrong. */
SEC("xdp")
int first(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 14 > end)
		return 1;
	if (__builtin_expect(data[0] == 'a', 0)) {
		data[5] = data[6] * data[7] + 9;
		data[8] = 7;
		return 3;
	}
#ifdef OTHER
	data[2] = 8;
#endif
	return bpf_xdp_adjust_tail(ctx, -2) ? 0 : 2;
}
// RUNS: 3 packets, 3 of them counted
// ONE: result 3
// FILE: {"k2-profile": 1, "functions": [{"section": "xdp", "function": "first", "code": "{{[0-9a-f]+}}", "counts": [4, 4, {{.*}}], "taken": [0,
// USED: remark: {{.*}}what runs most falls through
// OPT: applied hot-path
// STALE: remark: {{.*}}the profile was made from other code, and is not used
// OPTSTALE: {{^k2: .*other.o: note: the profile of first is of other code, and not used$}}
// DROPPED: {{^k2: .*json: note: what it had of first was of other code, and is dropped$}}
// BAD: warning: k2: profile ignored: {{.*}}profile.c:1: '[' or '{' expected
// NONE: {{^k2.*: cannot open '.*none': No such file or directory$}}
// WRONG: {{^k2: .*profile.c:1: }}

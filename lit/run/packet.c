// SPDX-License-Identifier: BSD-2-Clause
// k2 run on packets: the result with its name, what changed in packet and maps, as text and as JSON, from raw files, standard input and
// pcap files; traces with source lines; counts.
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: printf '\000\001\002\003\004\005\006\007\010\011\012\013\010\000ABCDEFGHIJ' >%t.bin
// RUN: printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >%t.pcap
// RUN: printf '\001\000\000\000\002\000\000\000\020\000\000\000\020\000\000\000abcdefghijklmnop' >>%t.pcap
// RUN: printf '\001\000\000\000\002\000\000\000\030\000\000\000\030\000\000\000' >>%t.pcap
// RUN: cat %t.bin >>%t.pcap
// RUN: %k2 run %t.o --prog mark --packet %t.bin | FileCheck --check-prefix=RAW --strict-whitespace %s
// RUN: cat %t.bin | %k2 run %t.o --prog mark --packet - | FileCheck --check-prefix=RAW %s
// RUN: %k2 run %t.o --prog mark --packet %t.pcap:2 | FileCheck --check-prefix=RAW %s
// RUN: %k2 run %t.o --prog mark --packet %t.pcap | FileCheck --check-prefix=FIRST %s
// RUN: %k2 run %t.o --prog mark --packet %t.bin --json | FileCheck --check-prefix=JSON %s
// RUN: %k2 run %t.o --prog mark --packet %t.bin --trace | FileCheck --check-prefix=TRACE %s
// RUN: %k2 run %t.o --prog mark --packet %t.pcap:1 --count | FileCheck --check-prefix=COUNT %s
// RUN: %k2 run %t.o --prog cut --packet %t.bin | FileCheck --check-prefix=CUT --strict-whitespace %s
// RUN: %k2 run %t.o --prog chance --packet %t.bin --seed 1 >%t.1
// RUN: %k2 run %t.o --prog chance --packet %t.bin --seed 1 | cmp - %t.1
// RUN: %k2 run %t.o --prog chance --packet %t.bin --seed 2 | not cmp - %t.1
// RUN: FileCheck --check-prefix=CHANCE %s <%t.1
#include "../plugin/Inputs/bpf.h"
static u32 (*const bpf_get_prandom_u32)(void) = (void *)7;
static long (*const bpf_xdp_adjust_tail)(void *ctx, int delta) = (void *)65;

struct {
	__uint(type, 1);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u64);
} seen SEC(".maps");

u64 total = 5;

SEC("xdp")
int mark(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	u32 key = end - data;
	u64 value = 1;

	if (data + 24 > end)
		return 1;
	data[17] = 0xff;
	total += data[0] + 2;
	bpf_map_update_elem(&seen, &key, &value, 0);
	return 2;
}

SEC("xdp")
int cut(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_tail(ctx, -4) ? 0 : 77;
}

SEC("xdp")
int chance(struct xdp_md *ctx)
{
	return bpf_get_prandom_u32();
}
// RAW: {{^}}result 2 (XDP_PASS){{$}}
// RAW-NEXT: {{^}}packet: 24 bytes{{$}}
// RAW-NEXT: {{^}}  - 0010: 43 44 45 46 47 48 49 4a{{$}}
// RAW-NEXT: {{^}}  + 0010: 43 ff 45 46 47 48 49 4a{{$}}
// RAW-NEXT: {{^}}map seen:{{$}}
// RAW-NEXT: {{^}}  18 00 00 00: none -> 01 00 00 00 00 00 00 00{{$}}
// RAW-NEXT: {{^}}map .data:{{$}}
// RAW-NEXT: {{^}}  - 0000: 05 00 00 00 00 00 00 00{{$}}
// RAW-NEXT: {{^}}  + 0000: 07 00 00 00 00 00 00 00{{$}}
// RAW-NOT: {{.}}
// FIRST: result 1 (XDP_DROP)
// FIRST-NOT: {{.}}
// JSON: "program": "mark"
// JSON: "status": "exit"
// JSON: "result": 2
// JSON-NEXT: "result_name": "XDP_PASS"
// JSON: "packet": "000102030405060708090a0b0800414243ff45464748494a"
// JSON-NEXT: "packet_changed": true
// JSON: "context_changed": false
// JSON: "name": "seen"
// JSON: "key": "18000000"
// JSON-NEXT: "before": null
// JSON-NEXT: "after": "0100000000000000"
// JSON: "helper": "map_update_elem"
// JSON: "made_up": false
// TRACE: {{^}}mark:
// TRACE: (line [[@LINE-49]]): r{{[0-9]+}} = *(u32 *)(r1 + {{[04]}})  # packet + {{0|24}}
// TRACE: call 2  # map_update_elem = 0x0
// TRACE: exit
// TRACE-NEXT: result 2
// COUNT: mark:
// COUNT: {{^}}         1  0 (line {{[0-9]+}}):
// COUNT: {{^}}         0  {{[0-9]+}} (line {{[0-9]+}}): call 2
// COUNT: {{^}}         1  {{[0-9]+}} (line {{[0-9]+}}): exit
// COUNT: result 1
// CUT: {{^}}result 77{{$}}
// CUT-NEXT: {{^}}packet: 20 bytes, before 24{{$}}
// CUT-NEXT: {{^}}  - 0010: 43 44 45 46 47 48 49 4a{{$}}
// CUT-NEXT: {{^}}  + 0010: 43 44 45 46{{$}}
// CHANCE: result
// CHANCE-NEXT: made up, see --seed: get_prandom_u32

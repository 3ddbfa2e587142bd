// SPDX-License-Identifier: BSD-2-Clause
// k2 run: bad usage and bad input say in one line what and where, with status 2; programs that do what is not allowed or not
// modelled say which instruction, with status 1.
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: printf 'ABCDEFGHIJKLMNOPQRSTUVWX' >%t.packet
// RUN: printf 'ABC' >%t.short
// RUN: head -c 5000 /dev/zero >%t.long
// RUN: head -c 200 /dev/zero | tr '\0' x >%t.ctx
// RUN: printf '\012\015\015\012........' >%t.pcapng
// RUN: printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\145\000\000\000' >%t.raw.pcap
// RUN: printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >%t.none.pcap
// RUN: cp %t.none.pcap %t.cut.pcap
// RUN: printf '\001\000\000\000\002\000\000\000\020\000\000\000\020\000\000\000abc' >>%t.cut.pcap
// RUN: echo '[{"key":["0x07"],"value":["0x05"]}]' >%t.json
// RUN: echo '[' >%t.broken.json

// RUN: sh -c '%k2 run 2>&1; echo status $?' | FileCheck --check-prefix=NOFILE %s
// RUN: sh -c '%k2 run %t.gone 2>&1; echo status $?' | FileCheck --check-prefix=GONE %s
// RUN: sh -c '%k2 run %t.o --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=SEVERAL %s
// RUN: sh -c '%k2 run %t.o -p nobody --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=NOBODY %s
// RUN: sh -c '%k2 run %t.o -p sub --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=SUB %s
// RUN: sh -c '%k2 run %t.o -p odd --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=ODD %s
// RUN: sh -c '%k2 run %t.o -p good 2>&1; echo status $?' | FileCheck --check-prefix=NOPACKET %s
// RUN: sh -c '%k2 run %t.o -p traced 2>&1; echo status $?' | FileCheck --check-prefix=NOCTX %s
// RUN: sh -c '%k2 run %t.o -p traced --ctx %t.ctx --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=BOTH %s
// RUN: sh -c '%k2 run %t.o -p traced --ctx %t.ctx 2>&1; echo status $?' | FileCheck --check-prefix=CTX %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.short 2>&1; echo status $?' | FileCheck --check-prefix=SHORT %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.long 2>&1; echo status $?' | FileCheck --check-prefix=LONG %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.pcapng 2>&1; echo status $?' | FileCheck --check-prefix=PCAPNG %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.raw.pcap 2>&1; echo status $?' | FileCheck --check-prefix=LINK %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.none.pcap:3 2>&1; echo status $?' | FileCheck --check-prefix=COUNT %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.cut.pcap 2>&1; echo status $?' | FileCheck --check-prefix=CUT %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet:2 2>&1; echo status $?' | FileCheck --check-prefix=NUMBER %s
// RUN: sh -c '%k2 run %t.o -p skb --packet %t.packet --ctx %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=SKB %s

// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map values 2>&1; echo status $?' | FileCheck --check-prefix=NOSIGN %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map x=%t.short 2>&1; echo status $?' | FileCheck --check-prefix=NOMAP %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map values=%t.short 2>&1; echo status $?' | FileCheck --check-prefix=SIZE %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map records=%t.short 2>&1; echo status $?' | FileCheck --check-prefix=RECORD %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map records=%t.json 2>&1; echo status $?' | FileCheck --check-prefix=JSON %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map records=%t.broken.json 2>&1; echo status $?' | FileCheck --check-prefix=BROKEN %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map ring=%t.short 2>&1; echo status $?' | FileCheck --check-prefix=RING %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map jumps=%t.short 2>&1; echo status $?' | FileCheck --check-prefix=JUMPS %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map jumps:9=good 2>&1; echo status $?' | FileCheck --check-prefix=INDEX %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map jumps:a=good 2>&1; echo status $?' | FileCheck --check-prefix=KEY %s
// RUN: sh -c '%k2 run %t.o -p good --packet %t.packet --map values:1=good 2>&1; echo status $?' | FileCheck --check-prefix=NOREF %s

// RUN: sh -c '%k2 run %t.o -p past --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=PAST %s
// RUN: sh -c '%k2 run %t.o -p past --packet %t.packet --json 2>%t.err; echo status $?' | FileCheck --check-prefix=PASTJSON %s
// RUN: sh -c '%k2 run %t.o -p queue --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=QUEUE %s
// RUN: sh -c '%k2 run %t.o -p endless --packet %t.packet --limit 100 2>&1; echo status $?' | FileCheck --check-prefix=ENDLESS %s
// RUN: sh -c '%k2 run %t.o -p foreign --packet %t.packet 2>&1; echo status $?' | FileCheck --check-prefix=FOREIGN %s
#include "../plugin/Inputs/bpf.h"
static long (*const bpf_map_push_elem)(void *map, const void *value, u64 flags) = (void *)87;

struct {
	__uint(type, 2);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} values SEC(".maps");

struct {
	__uint(type, 1);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} records SEC(".maps");

struct {
	__uint(type, 3);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} jumps SEC(".maps");

struct {
	__uint(type, 27);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, 22);
	__uint(max_entries, 4);
	__type(value, u64);
} line SEC(".maps");

noinline int sub(int x)
{
	barrier_var(x);
	return x + 1;
}

SEC("xdp")
int good(struct xdp_md *ctx)
{
	return sub(1);
}

SEC("tc")
int skb(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_enter")
int traced(u64 *ctx)
{
	return 0;
}

SEC("nonsense")
int odd(void *ctx)
{
	return 0;
}

SEC("xdp")
int past(struct xdp_md *ctx)
{
	return *(u32 *)((long)ctx->data + 22);
}

SEC("xdp")
int queue(struct xdp_md *ctx)
{
	u64 one = 1;

	return bpf_map_push_elem(&line, &one, 0);
}

SEC("xdp")
int endless(struct xdp_md *ctx)
{
	u32 n = 0;

	while (n != 1) {
		n += 2;
		barrier_var(n);
	}
	return 0;
}

extern struct elsewhere {
	__uint(type, 2);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} elsewhere SEC(".maps");

SEC("xdp")
int foreign(struct xdp_md *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&elsewhere, &key) ? 1 : 2;
}
// NOFILE: no file
// NOFILE: status 2
// GONE: k2: {{.*}}.gone: No such file or directory
// GONE-NEXT: status 2
// SEVERAL: k2: {{.*}}.o: several programs, choose one with --prog: good past queue endless foreign skb traced odd
// SEVERAL-NEXT: status 2
// NOBODY: k2: {{.*}}.o: no program nobody; there are: good
// NOBODY-NEXT: status 2
// SUB: k2: {{.*}}.o: no program sub; there are: good
// SUB-NEXT: status 2
// ODD: k2: {{.*}}.o: odd: section 'nonsense' says no program type
// ODD-NEXT: status 2
// NOPACKET: k2: {{.*}}.o: programs in section xdp need --packet
// NOPACKET-NEXT: status 2
// NOCTX: k2: {{.*}}.o: programs in section raw_tp/sys_enter need --ctx
// NOCTX-NEXT: status 2
// BOTH: k2: {{.*}}.packet: programs of type RAW_TRACEPOINT cannot be run on a packet
// BOTH-NEXT: status 2
// CTX: k2: {{.*}}.ctx: context of 200 bytes: programs of type RAW_TRACEPOINT have 96
// CTX-NEXT: status 2
// SHORT: k2: {{.*}}.short: packet of 3 bytes: programs of type XDP take 14 to 3520
// SHORT-NEXT: status 2
// LONG: k2: {{.*}}.long: packet of 5000 bytes: programs of type XDP take 14 to 3520
// LONG-NEXT: status 2
// PCAPNG: k2: {{.*}}.pcapng: pcapng is not read
// PCAPNG-NEXT: status 2
// LINK: k2: {{.*}}.raw.pcap: not a capture of Ethernet
// LINK-NEXT: status 2
// COUNT: k2: {{.*}}.none.pcap: the capture has not so many packets
// COUNT-NEXT: status 2
// CUT: k2: {{.*}}.cut.pcap: the capture ends within a packet
// CUT-NEXT: status 2
// NUMBER: k2: {{.*}}.packet: not a pcap file, so its packets have no numbers
// NUMBER-NEXT: status 2
// SKB: k2: {{.*}}.packet: context byte 0 is not 0: that member of struct __sk_buff cannot be set
// SKB-NEXT: status 2
// NOSIGN: k2 run: --map takes NAME=FILE or NAME:KEY=TARGET, not 'values'
// NOSIGN: status 2
// NOMAP: k2: {{.*}}.o: no map x; there are: line values records jumps ring
// NOMAP-NEXT: status 2
// SIZE: k2: {{.*}}.short: map values: 3 bytes, but it has 2 values of 8
// SIZE-NEXT: status 2
// RECORD: k2: {{.*}}.short: map records: 3 bytes, but it has up to 2 keys of 4 with values of 8
// RECORD-NEXT: status 2
// JSON: k2: {{.*}}.json: map records: element 0: not a key of 4 and a value of 8 bytes
// JSON-NEXT: status 2
// BROKEN: k2: {{.*}}.broken.json: map records: line {{[0-9]+}}:
// BROKEN-NEXT: status 2
// RING: k2: {{.*}}.short: map ring: maps of type 27 have no elements here
// RING-NEXT: status 2
// JUMPS: k2: {{.*}}.short: map jumps: its elements are set by name: --map jumps:KEY=TARGET
// JUMPS-NEXT: status 2
// INDEX: k2: {{.*}}.o: map jumps: no index 9, or no good
// INDEX-NEXT: status 2
// KEY: k2: {{.*}}.o: map jumps: 'a' is no key: a number
// KEY-NEXT: status 2
// NOREF: k2: {{.*}}.o: map values: is no program array and no map of maps: --map values=FILE
// NOREF-NEXT: status 2
// PAST: k2: {{.*}}.o: past: stopped at instruction {{[0-9]+}} (line {{[0-9]+}}): {{.*}} = *(u{{.*}}: read of {{[0-9]+}} bytes at 0x{{.*}}: outside packet
// PAST-NEXT: status 1
// PASTJSON: "status": "fault"
// PASTJSON-NEXT: "reason": "read of
// PASTJSON-NEXT: "stopped": {
// PASTJSON: "result": null
// PASTJSON: status 1
// QUEUE: k2: {{.*}}.o: queue: stopped at instruction {{[0-9]+}} (line {{[0-9]+}}): call 87: helper map_push_elem is not modelled
// QUEUE-NEXT: status 1
// ENDLESS: k2: {{.*}}.o: endless: stopped at instruction {{.*}}: more than 100 instructions
// ENDLESS-NEXT: status 1
// FOREIGN: k2: {{.*}}.o: foreign: stopped at instruction {{.*}} = &elsewhere ll: elsewhere: not in this object
// FOREIGN-NEXT: status 1

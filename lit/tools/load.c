// SPDX-License-Identifier: BSD-2-Clause
// k2 load: a record for each program, with the names and types of Cilium's verifier-complexity records; what is refused, and why; what is no
// object, or may not be loaded, is said and does not stop the rest.
// REQUIRES: root, bpf
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %k2 load --json --build=7 --load=x %t.o > %t.json
// RUN: python3 -c "import json,os,sys; r = {p['program']: p for p in json.load(open(sys.argv[1]))}; c = r['calls']; assert c['kernel'] == os.uname().release and c['collection'].startswith('load.c') and (c['build'], c['load']) == ('7', 'x'); assert all(type(c[k]) is int for k in 'insns_processed insns_limit max_states_per_insn total_states peak_states mark_read verification_time_microseconds stack_depth jited_bytes'.split()); assert c['insns_processed'] > 3 and c['insns_limit'] == 1000000; assert (c['stack_depth'], c['stack_depths']) == (16 + 24 + 8, '16+24+8'), c; assert r['plain']['stack_depth'] == 0; print('good')" %t.json | FileCheck --check-prefix=GOOD %s
// GOOD: good
// RUN: %k2 load %t.o | FileCheck --check-prefix=TABLE %s
// TABLE: program type slots processed states xlated jited usec status
// TABLE-DAG: {{^calls +xdp( +[0-9]+){6} +loaded$}}
// TABLE-DAG: {{^plain +xdp( +[0-9]+){6} +loaded$}}
// RUN: %k2 load --prog plain %t.o | FileCheck --check-prefix=ONE --implicit-check-not=calls %s
// ONE: plain

// RUN: %clang -O2 -g -mcpu=v3 -DWRONG -c %s -o %t.wrong.o
// RUN: head -c 700 %t.o > %t.short.o
// RUN: sh -c '%k2 load %t.wrong.o %t.o; echo status $?' | FileCheck --check-prefix=WRONG %s
// WRONG: {{^nobody_knows .* refused: section 'strange' does not tell the program type \(use --type\)$}}
// WRONG: {{^plain +xdp .* refused: .*R[0-9]}}
// WRONG: {{^plain .* loaded$}}
// WRONG: status 1
// RUN: not %k2 load --type xdp %t.wrong.o | FileCheck --check-prefix=TYPE %s
// TYPE: {{^nobody_knows +xdp .* loaded$}}
// RUN: sh -c '%k2 load %t.short.o %t.gone.o %t.o 2>&1; echo status $?' | FileCheck --check-prefix=SHORT %s
// SHORT-DAG: k2: {{.*}}short.o: {{.+}}
// SHORT-DAG: k2: {{.*}}gone.o: {{.*}}No such file or directory
// SHORT-DAG: {{^plain .* loaded$}}
// SHORT: status 2

// RUN: sh -c 'cat %t.o > /tmp/k2-load.$$.o; cd /tmp; setpriv --reuid=65534 --clear-groups %k2 load k2-load.$$.o; s=$?; rm k2-load.$$.o; echo status $s' | FileCheck --check-prefix=PERMIT %s
// PERMIT: {{^plain +xdp .* refused: .*Operation not permitted}}
// PERMIT: status 1
// RUN: sh -c '%k2 load -p none %t.o 2>&1; echo status $?' | FileCheck --check-prefix=NONE %s
// NONE: k2: no program none
// NONE: status 2
// RUN: sh -c '%k2 load -t nothing %t.o 2>&1; echo status $?' | FileCheck --check-prefix=NOTYPE %s
// NOTYPE: k2 load: unknown program type 'nothing'
// NOTYPE: status 2
#include "../plugin/Inputs/bpf.h"

#ifndef WRONG
static noinline u32 leaf(u32 n)
{
	volatile u64 here = n;

	return here;
}
static noinline u32 deep(u32 n)
{
	volatile u64 here[3] = { n };

	return leaf(here[0]) + here[0];
}
SEC("xdp")
int calls(struct xdp_md *c)
{
	volatile u64 here[2] = { c->ingress_ifindex };

	return (deep(here[0]) + here[1]) & 3;
}
#else
SEC("strange")
int nobody_knows(void *c)
{
	return 1;
}
#endif
SEC("xdp")
int plain(struct xdp_md *c)
{
#ifdef WRONG
	return *(volatile u32 *)77;
#else
	return 2;
#endif
}
char LICENSE[] SEC("license") = "GPL";

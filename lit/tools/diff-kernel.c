// SPDX-License-Identifier: BSD-2-Clause
// k2 diff --kernel: processed instructions beside the slots; without the permission, why there are none.
// REQUIRES: root, bpf
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t.o
// RUN: %clang -O2 -g -mcpu=v3 -DMORE -c %s -o %t.more.o
// RUN: %clang -O2 -g -mcpu=v3 -DWRONG -c %s -o %t.wrong.o
// RUN: not %k2 diff --kernel --brief %t.o %t.more.o | FileCheck %s
// CHECK: prog (xdp): {{.*}} slots (+1), {{.*}} instructions (+1), {{[0-9]+ -> [0-9]+}} processed (+1): 0 changed, 0 removed, 1 added
// RUN: not %k2 diff --kernel --brief %t.o %t.wrong.o | FileCheck --check-prefix=WRONG %s
// WRONG: loaded before, now refused: {{.+}}
// RUN: %clang -O2 -g -mcpu=v3 -DSECTION='"strange"' -c %s -o %t.strange.o
// RUN: %k2 diff --kernel --all --brief %t.strange.o %t.strange.o | FileCheck --check-prefix=STRANGE %s
// STRANGE: refused: section 'strange' does not tell the program type (use --type): same
// RUN: %k2 diff --kernel --type=xdp --all --brief %t.strange.o %t.strange.o | FileCheck --check-prefix=TYPE %s
// TYPE: prog (strange): {{.*}} processed: same
// RUN: sh -c '%k2 diff --kernel --type=x %t.o %t.o 2>&1; echo status $?' | FileCheck --check-prefix=NOTYPE %s
// NOTYPE: unknown program type 'x'
// NOTYPE: status 2
// RUN: cat %t.o | setpriv --reuid=65534 --clear-groups sh -c 'cat > /tmp/k2-diff-kernel.$$.o; %k2 diff --kernel --all --brief /tmp/k2-diff-kernel.$$.o /tmp/k2-diff-kernel.$$.o; s=$?; rm /tmp/k2-diff-kernel.$$.o; exit $s' | FileCheck --check-prefix=PERMIT %s
// PERMIT: prog (xdp): {{.*}}, refused: {{.*}}Operation not permitted{{.*}}: same
#include "../plugin/Inputs/bpf.h"
#ifndef SECTION
#define SECTION "xdp"
#endif
SEC(SECTION)
int prog(struct xdp_md *c)
{
#ifdef MORE
	asm volatile("r3 = 1" ::: "r3");
#endif
#ifdef WRONG
	return *(volatile u32 *)77;
#else
	return c->ingress_ifindex < 7 ? 1 : 2;
#endif
}
char LICENSE[] SEC("license") = "GPL";

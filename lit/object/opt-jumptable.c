// SPDX-License-Identifier: BSD-2-Clause
// A function with a jump table is left as it is, but moves with the others of its section, and so do the entries of its table. Tables of
// which not everything is known keep the whole section where it is.
// RUN: %clang -O2 -g -mcpu=v4 -c %s -o %t.o
// RUN: %k2 opt -r %t.o -o %t.new.o | FileCheck %s
// RUN: python3 %S/Inputs/tables.py %llvm_bin/llvm-objcopy %t.o %t.new.o | FileCheck %s --check-prefix=TABLE
// RUN: not %k2 check %t.o %t.new.o | FileCheck %s --check-prefix=SAME
// RUN: python3 %S/Inputs/tables.py %llvm_bin/llvm-objcopy %t.o %t.bad.o --damage
// RUN: %k2 opt -r %t.bad.o -o %t.bad.new.o | FileCheck %s --check-prefix=BAD
// RUN: cmp %t.bad.o %t.bad.new.o
// CHECK: ; function before
// CHECK-NEXT: applied
// CHECK: ; function many
// CHECK-NEXT: left as it was: {{.*}}indirect jump
// TABLE: 24 entries follow
// SAME: before: equal
// SAME: after: equal
// BAD: ; function before
// BAD-NEXT: left as it was: section tc: there are jump tables for it, in an unknown form
#include "../plugin/Inputs/bpf.h"
#define CASE(n) case n: return p[n] * n + (n ^ 5);
SEC("tc") u32 before(struct xdp_md *c)
{
	volatile u64 x = 5;

	return x;
}
SEC("tc") u32 many(u32 *p)
{
	switch (p[0]) {
	CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13)
	CASE(14) CASE(15) CASE(16) CASE(17) CASE(18) CASE(19) CASE(20) CASE(21) CASE(22) CASE(23) CASE(24)
	}
	return 0;
}
SEC("tc") u32 after(struct xdp_md *c)
{
	return c->data;
}

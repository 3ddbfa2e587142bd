// SPDX-License-Identifier: BSD-2-Clause
// From 18 cases on, clang makes a jump table at v4 (gotox). Its blocks are reached through data, so the function is left alone.
// RUN: %clang -O2 -mcpu=v4 -c %s -o %t.plain.o
// RUN: %k2clang -O2 -mcpu=v4 -c %s -o %t.k2.o -Rpass-missed=k2 2>&1 | FileCheck %s
// RUN: cmp %t.plain.o %t.k2.o
// CHECK: remark: {{.*}}many: left alone: the function has a jump table
#include "Inputs/bpf.h"
#define CASE(n) case n: return p[n] * n + (n ^ 5);
SEC("tc") u32 many(u32 *p)
{
	switch (p[0]) {
	CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13)
	CASE(14) CASE(15) CASE(16) CASE(17) CASE(18) CASE(19) CASE(20) CASE(21) CASE(22) CASE(23) CASE(24)
	}
	return 0;
}

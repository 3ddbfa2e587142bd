// SPDX-License-Identifier: BSD-2-Clause
// At -O0 every function is optnone and K2 works all the same; with optimisation on, optnone is the author's wish, and so is -opt-bisect-limit.
// RUN: %k2clang -O0 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck --check-prefix=O0 %s
// RUN: %k2clang -O2 -c %s -o %t.o -mllvm -k2-dump -Rpass-missed=k2 2>&1 | FileCheck --check-prefix=O2 %s
// O0: # k2: slow: section tc
// O0: # k2: fast: section tc
// O2: remark: {{.*}}slow: left alone: the function is optnone
// O2-NOT: # k2: slow
// O2: # k2: fast: section tc
__attribute__((optnone, noinline, section("tc"))) int slow(int *p)
{
	return p[0] + p[1];
}

__attribute__((section("tc"))) int fast(int *p)
{
	return p[0] + p[1];
}

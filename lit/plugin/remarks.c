// SPDX-License-Identifier: BSD-2-Clause
// Remarks of pass "k2" reach every place where clang shows remarks, with the source line when there is debug info.
// RUN: %k2clang -O2 -g -c %s -o %t.o -Rpass-missed=k2 2>&1 | FileCheck %s
// CHECK: remarks.c:[[#@LINE+9]]:{{.*}}remark: f: left alone: a naked function is inline assembly throughout [-Rpass-missed=k2]
// RUN: %k2clang -O2 -g -c %s -o %t.o -Rpass=k2 2>&1 | count 0
// RUN: %k2clang -O2 -g -c %s -o %t.o -fsave-optimization-record -foptimization-record-file=%t.yaml
// RUN: FileCheck --check-prefix=YAML %s < %t.yaml
// YAML: --- !Missed
// YAML-NEXT: Pass: k2
// YAML-NEXT: Name: frozen
// RUN: mkdir -p %t.dir && cd %t.dir && %k2clang -O2 -c %s -o %t.o -save-stats=cwd && FileCheck --check-prefix=STATS %s < remarks.stats
__attribute__((naked, section("tc"))) int f(void)
{
	asm volatile("r0 = 0; exit");
}
// STATS: "k2.NumLeftAlone": 1

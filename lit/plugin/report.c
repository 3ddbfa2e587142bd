// SPDX-License-Identifier: BSD-2-Clause
// The JSON report: one file for all functions, also for those left alone, written whole. A path that cannot be written is one warning;
// a device is written to, not replaced.
// RUN: %k2clang -O2 -g -c %s -o %t.o -mllvm -k2-report=%t.json
// RUN: FileCheck %s < %t.json
// RUN: python3 -m json.tool %t.json > /dev/null
// RUN: %k2clang -O2 -g -c %s -o %t.o -mllvm -k2-report=%t.again.json
// RUN: cmp %t.json %t.again.json
// CHECK: "k2": "{{[0-9.]+}}",
// CHECK: "source": "{{.*}}report.c",
// CHECK: "name": "first",
// CHECK-NEXT: "section": "tc",
// CHECK: "slots": {
// CHECK-NEXT: "before": {{[1-9]}}
// CHECK: "verdicts": {
// CHECK: "solver": {
// CHECK: "name": "second",
// CHECK-NEXT: "section": ".text",
// CHECK: "name": "third",
// CHECK: "status": "skipped",
// CHECK: "name": "frozen"
// CHECK: "total": {
// CHECK-NEXT: "functions": 3,
//
// RUN: %k2clang -O2 -c %s -o %t.o -mllvm -k2-report=%t.none/r.json 2>&1 | FileCheck --check-prefix=WARN %s
// WARN: warning: k2: cannot write '{{.*}}r.json': No such file or directory
// RUN: %k2clang -O2 -c %s -o %t.o -mllvm -k2-report=/dev/full 2>&1 | FileCheck --check-prefix=FULL %s
// FULL: warning: k2: cannot write '/dev/full': No space left on device
// RUN: test -c /dev/full
//
// A symbolic link stays one, and the file behind it is replaced.
// RUN: rm -f %t.link && ln -s %t.json %t.link && echo old > %t.json
// RUN: %k2clang -O2 -g -c %s -o %t.o -mllvm -k2-report=%t.link
// RUN: test -L %t.link && cmp %t.json %t.again.json
__attribute__((section("tc"))) int first(int *p)
{
	return p[0] + p[1];
}

int second(int a)
{
	return a * 2;
}

__attribute__((naked, section("tc"))) int third(void)
{
	asm volatile("r0 = 0; exit");
}

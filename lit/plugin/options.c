// SPDX-License-Identifier: BSD-2-Clause
// Options: by command line, by K2_OPTIONS (with or without dashes and prefix), and the command line wins. What makes no sense
// is ignored with one warning line; it never fails a build.
// RUN: %k2clang -O2 -c %s -o %t.o -mllvm -k2-level=1 -mllvm -k2-objective=size -mllvm -k2-budget=77 \
// RUN:   -mllvm -k2-first=2 -mllvm -k2-last=3 -mllvm -k2-disable=st-imm,dead-store -mllvm -k2-report=%t.json 2>&1 | count 0
// RUN: FileCheck --check-prefix=GIVEN %s < %t.json
// RUN: env K2_OPTIONS="level=1 -k2-objective=size --k2-budget=77 k2-first=2 last=3 disable=st-imm,dead-store report=%t.env.json" \
// RUN:   %k2clang -O2 -c %s -o %t.o 2>&1 | count 0
// RUN: cmp %t.json %t.env.json
// GIVEN: "level": 1,
// GIVEN-NEXT: "objective": "size",
// GIVEN-NEXT: "budget": 77,
// GIVEN-NEXT: "first": 2,
// GIVEN-NEXT: "last": 3,
// GIVEN-NEXT: "disable": "st-imm,dead-store"
//
// RUN: env K2_OPTIONS="level=3 budget=5" %k2clang -O2 -c %s -o %t.o -mllvm -k2-level=0 -mllvm -k2-report=%t.json 2>&1 | count 0
// RUN: FileCheck --check-prefix=WINS %s < %t.json
// WINS: "level": 0,
// WINS: "budget": 5,
//
// RUN: env K2_OPTIONS="level=9 nonsense budget=1x dump=maybe report= objective=speed disable=none" \
// RUN:   %k2clang -O2 -c %s -o %t.o 2>%t.err
// RUN: count 1 < %t.err
// RUN: FileCheck --check-prefix=BAD %s < %t.err
// BAD: warning: k2: ignored in K2_OPTIONS: 'level=9' 'nonsense' 'budget=1x' 'dump=maybe' 'report=' 'objective=speed' 'disable=none'
//
// RUN: %k2clang -O2 -c %s -o %t.o -mllvm -k2-level=lots 2>&1 | FileCheck --check-prefix=LINE %s
// LINE: warning: k2: ignored in the command line: '-k2-level=lots'
//
// Empty and blank values are no options at all.
// RUN: env K2_OPTIONS="  " %k2clang -O2 -c %s -o %t.o 2>&1 | count 0
__attribute__((section("tc"))) int f(int *p)
{
	return p[0] + p[1];
}

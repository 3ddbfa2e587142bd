// SPDX-License-Identifier: BSD-2-Clause
// One object without a cache, with a new one, with a full one, from many processes at once, and with files that are none.
// RUN: rm -rf %t && mkdir %t
// RUN: %clang -O2 -g -mcpu=v3 -c %s -o %t/in.o
// RUN: %k2 opt %t/in.o -o %t/none.o --level=3 -r | FileCheck --check-prefix=FOUND %s
// FOUND: applied search
// RUN: %k2 opt %t/in.o -o %t/cold.o --level=3 --cache=%t/c -r > %t/cold
// RUN: %k2 opt %t/in.o -o %t/warm.o --level=3 --cache=%t/c -r > %t/warm
// RUN: cmp %t/none.o %t/cold.o && cmp %t/none.o %t/warm.o && cmp %t/cold %t/warm
//
// The budget ends where it does without.
// RUN: %k2 opt %t/in.o -o %t/few.o --level=3 --budget=30
// RUN: %k2 opt %t/in.o -o %t/few-warm.o --level=3 --budget=30 --cache=%t/c
// RUN: cmp %t/few.o %t/few-warm.o
//
// The plugin uses the same results (the object has another debug section).
// RUN: %k2clang -O2 -mcpu=v3 -c %s -o %t/p1.o -mllvm -k2-level=3
// RUN: %k2clang -O2 -mcpu=v3 -c %s -o %t/p2.o -mllvm -k2-level=3 -mllvm -k2-cache=%t/c 2>&1 | count 0
// RUN: env K2_OPTIONS=cache=%t/c %k2clang -O2 -mcpu=v3 -c %s -o %t/p3.o -mllvm -k2-level=3
// RUN: cmp %t/p1.o %t/p2.o && cmp %t/p1.o %t/p3.o
//
// Eight at once, on a new file.
// RUN: sh -c 'for i in 1 2 3 4 5 6 7 8; do %k2 opt %t/in.o -o %t/$i.o --level=3 --cache=%t/many 2>> %t/said & done; wait'
// RUN: sh -c 'for i in 1 2 3 4 5 6 7 8; do cmp %t/none.o %t/$i.o || exit 1; done'
// RUN: count 0 < %t/said
//
// Trouble is one line, and no error.
// RUN: echo nothing of the sort > %t/text && cp %t/text %t/text.was
// RUN: %k2 opt %t/in.o -o %t/text.o --level=3 --cache=%t/text 2>&1 | FileCheck --check-prefix=TEXT %s
// TEXT: k2: cache '{{.*}}text' is not used: file is not a database
// TEXT-NOT: k2:
// RUN: cmp %t/none.o %t/text.o && cmp %t/text %t/text.was
// RUN: %k2clang -O2 -mcpu=v3 -c %s -o %t/p4.o -mllvm -k2-level=3 -mllvm -k2-cache=%t/text 2>&1 | FileCheck --check-prefix=WARN %s
// WARN: warning: k2: cache '{{.*}}text' is not used: file is not a database
// RUN: cmp %t/p1.o %t/p4.o
// RUN: %k2 opt %t/in.o -o %t/dir.o --level=3 --cache=%t 2>&1 | FileCheck --check-prefix=DIR %s
// DIR: k2: cache '{{.*}}' is not used: unable to open database file
// RUN: cmp %t/none.o %t/dir.o
// RUN: not %k2 opt %t/in.o -o %t/x.o --cache=%t/in.o 2>&1 | FileCheck --check-prefix=INPUT %s
// INPUT: --cache={{.*}} is an input
__attribute__((section("xdp"))) int prog(unsigned int *ctx)
{
	unsigned int a = ctx[3], b = ctx[4];

	if (__builtin_bswap32(a ^ b) > 0xfffff)
		return 2;
	return 1;
}

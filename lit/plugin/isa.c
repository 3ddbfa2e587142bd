// SPDX-License-Identifier: BSD-2-Clause
// The instruction set K2 may use is the one clang was asked for: no -mcpu means v3 (though LLVM's own feature bit says otherwise),
// "generic" means v1, and below v3 W registers may be allowed by a feature.
// RUN: %k2clang -O2 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck --check-prefix=V3 %s
// RUN: %k2clang -O2 -mcpu=generic -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck --check-prefix=V1 %s
// RUN: %k2clang -O2 -mcpu=v1 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck --check-prefix=V1 %s
// RUN: %k2clang -O2 -mcpu=v2 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck --check-prefix=V2 %s
// RUN: %k2clang -O2 -mcpu=v2 -Xclang -target-feature -Xclang +alu32 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck --check-prefix=V2A %s
// RUN: %k2clang -O2 -mcpu=v3 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck --check-prefix=V3 %s
// RUN: %k2clang -O2 -mcpu=v4 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck --check-prefix=V4 %s
// RUN: %k2clang -O2 -mcpu=probe -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck --check-prefix=PROBE %s
// RUN: %k2clang -O2 --target=bpfeb -mcpu=v3 -c %s -o %t.o -mllvm -k2-dump 2>&1 | FileCheck --check-prefix=BIG %s
// V1: # k2: f: section tc, v1, little-endian
// V2: # k2: f: section tc, v2, little-endian
// V2A: # k2: f: section tc, v2, alu32, little-endian
// V3: # k2: f: section tc, v3, alu32, little-endian
// V4: # k2: f: section tc, v4, alu32, little-endian
// PROBE: # k2: f: section tc, v{{[1-4]}},
// BIG: # k2: f: section tc, v3, alu32, big-endian
__attribute__((section("tc"))) int f(int *p)
{
	return p[0] + p[1];
}

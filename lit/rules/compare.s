# Comparisons that only see the lower half.
# RUN: split-file %s %t
# RUN: %k2 opt -r --mcpu=v3 %t/zero.s | FileCheck --check-prefix=ZERO %s
# RUN: %k2 opt -r --mcpu=v2 %t/old.s | FileCheck --check-prefix=OLD %s
# RUN: %k2 opt -r --mcpu=v3 %t/sext.s | FileCheck --check-prefix=SEXT %s
# RUN: %k2 opt -r --mcpu=v3 %t/wanted.s | FileCheck --check-prefix=WANTED %s
# RUN: %k2 opt -r --mcpu=v3 %t/or.s | FileCheck --check-prefix=OR %s
# RUN: %k2 opt -r --mcpu=v3 --disable=search %t/wide.s | FileCheck --check-prefix=WIDE %s

#--- zero.s
.section kprobe/x
.subprog 2
r0 = 1
w2 += 1
r1 += r2
r1 <<= 32
if r1 == 0 goto L1
r0 = 2
L1:
exit
# ZERO-NOT: <<=
# ZERO: if w1 == 0
# ZERO: applied rules {{.*}}half

#--- old.s
# There are no 32-bit jumps before v3.
.section kprobe/x
.isa v2
.subprog 2
r0 = 1
r1 += r2
r1 <<= 32
if r1 == 0 goto L1
r0 = 2
L1:
exit
# OLD: r1 <<= 32

#--- sext.s
.section kprobe/x
.subprog 2
r0 = 1
w2 += 1
r1 += r2
r1 <<= 32
r1 s>>= 32
if r1 s< 7 goto L1
r0 = 2
L1:
exit
# SEXT-NOT: >>=
# SEXT: if w1 s< 7

#--- wanted.s
# The extended number is wanted behind the jump.
.section kprobe/x
.subprog 2
r0 = 1
w2 += 1
r1 += r2
r1 <<= 32
r1 s>>= 32
if r1 s< 7 goto L1
r0 = r1
L1:
r0 += r1
exit
# WANTED: s>>= 32

#--- or.s
.section kprobe/x
.subprog 2
w2 += 1
r1 *= r1
w1 = w1
r2 |= r1
r0 = r2
exit
# OR: w2 |= w1
# OR-NOT: w1 = w1

#--- wide.s
# The other number has more than 32 bits.
.section tp_btf/x
.subprog 2
r2 *= 3
r1 *= r1
w1 = w1
r2 |= r1
r0 = r2
exit
# WIDE: w1 = w1
# WIDE: r2 |= r1

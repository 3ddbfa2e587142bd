# bit test rules: masked bits are tested by the jump.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/not-zero.s | FileCheck %s --check-prefix=NOTZERO
# RUN: %k2 opt -r %t/one-bit.s | FileCheck %s --check-prefix=ONEBIT
# RUN: %k2 opt -r %t/narrow.s | FileCheck %s --check-prefix=NARROW
# RUN: %k2 opt -r %t/used.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r %t/two-bits.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r --disable=select %t/zero.s | FileCheck %s --check-prefix=KEPT
# KEPT: &= 
# KEPT-NOT: applied rules line {{[0-9]+}}: test-

#--- not-zero.s
# The copy goes, too.
.section xdp
r3 = *(u32 *)(r1 + 12)
r5 = r3
r5 &= 6
r0 = 1
if r5 != 0 goto L1
r0 = r3
L1:
exit
# NOTZERO-NOT: &=
# NOTZERO: if r3 & 6 goto
# NOTZERO: applied rules line {{[0-9]+}}: test-

#--- one-bit.s
.section xdp
r3 = *(u32 *)(r1 + 12)
r3 &= 4
r0 = 1
if r3 == 4 goto L1
r0 = 2
L1:
exit
# ONEBIT: if r3 & 4 goto
# ONEBIT: applied rules line {{[0-9]+}}: test-

#--- narrow.s
# 32-bit arithmetic: the bits above do not count.
.subprog 2
w1 &= w2
r0 = 1
if r1 != 0 goto L1
r0 = 2
L1:
exit
# NARROW: if w1 & w2 goto
# NARROW: applied rules line {{[0-9]+}}: test-

#--- used.s
# The masked value is returned.
.section xdp
r0 = *(u32 *)(r1 + 12)
r0 &= 6
if r0 != 0 goto L1
r0 = 9
L1:
exit

#--- two-bits.s
# One of the two is not both.
.section xdp
r3 = *(u32 *)(r1 + 12)
r3 &= 6
r0 = 1
if r3 == 6 goto L1
r0 = 2
L1:
exit

#--- zero.s
# There is no jump for "none of the bits".
.section xdp
r3 = *(u32 *)(r1 + 12)
r3 &= 6
r0 = 1
if r3 == 0 goto L1
r0 = 2
L1:
exit

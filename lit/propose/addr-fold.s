# addr-fold: a sum moves into the offset of an access.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/yes.s | FileCheck %s --check-prefix=YES
# RUN: %k2 opt --disable dead-call -r %t/far.s | FileCheck %s --check-prefix=FAR
# RUN: %k2 opt --disable dead-call -r %t/arg.s | FileCheck %s --check-prefix=ARG
# RUN: %k2 opt --disable dead-call -r %t/index.s | FileCheck %s --check-prefix=INDEX
# RUN: %k2 opt --disable dead-call -r %t/kept.s | FileCheck %s --check-prefix=KEPT

#--- yes.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r2 += 6
r0 = *(u8 *)(r2 + 0)
r1 = *(u8 *)(r2 + 5)
r0 ^= r1
L1:
exit
# YES: *(u8 *)(r2 + 6)
# YES: *(u8 *)(r2 + 11)
# YES: applied addr-fold

#--- far.s
# An offset has 16 bits.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 40020
r0 = 2
if r4 > r3 goto L1
r2 += 40000
r0 = *(u8 *)(r2 + 0)
r1 = *(u8 *)(r2 + 5)
r0 ^= r1
L1:
exit
# FAR-NOT: applied addr-fold

#--- arg.s
# The sum is an argument of a call, too.
.section tc
.map m type=2 key=4 value=8
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
*(u8 *)(r2 + 1) = 7
r1 = &m ll
call 1
r0 = 0
exit
# ARG: r2 += -4

#--- index.s
# An array on the stack: its place moves past the index into the access.
.section xdp
.map m type=1 key=8 value=8
*(u64 *)(r10 - 8) = 5
*(u64 *)(r10 - 16) = 6
r1 = *(u32 *)(r1 + 12)
r1 &= 7
r2 = r10
r2 += -16
r2 += r1
r0 = *(u8 *)(r2 + 2)
exit
# INDEX: r2 = r10
# INDEX-NEXT: r2 += r1
# INDEX-NEXT: r0 = *(u8 *)(r2 - 14)
# INDEX: applied addr-fold

#--- kept.s
# The address of the element goes to a helper, too.
.section xdp
.map m type=1 key=8 value=8
*(u64 *)(r10 - 8) = 5
*(u64 *)(r10 - 16) = 6
r1 = *(u32 *)(r1 + 12)
r1 &= 7
r2 = r10
r2 += -16
r2 += r1
r6 = *(u8 *)(r2 + 2)
r1 = &m ll
call 1
r0 = r6
exit
# KEPT: r2 += -16
# KEPT-NOT: applied addr-fold

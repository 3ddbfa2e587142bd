# addr-fold: a sum moves into the offset of an access.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/yes.s | FileCheck %s --check-prefix=YES
# RUN: %k2 opt --disable dead-call -r %t/far.s | FileCheck %s --check-prefix=FAR
# RUN: %k2 opt --disable dead-call -r %t/arg.s | FileCheck %s --check-prefix=ARG

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

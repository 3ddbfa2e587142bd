# A part of a pointer is told of a register: joined with the rest it is no number, and what is stored through it is stored.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/register-a.s %t/register-b.s; echo status $?' | FileCheck %s
# RUN: sh -c '%k2 check %t/slot-a.s %t/slot-b.s; echo status $?' | FileCheck %s
# CHECK: different: the return value
# CHECK: status 1

#--- register-a.s
.section xdp
*(u64 *)(r10 - 64) = 0
*(u64 *)(r10 - 56) = 0
call 7
r9 = r0
r0 &= 8
r6 = r10
r6 += -64
r6 += r0
w7 = w6
if r9 > 5 goto L1
r9 = 5
L1:
*(u8 *)(r6 + 0) = 1
r0 = *(u64 *)(r10 - 64)
r1 = r7
w1 += w7
w0 += w1
w0 += w9
exit

#--- register-b.s
.section xdp
*(u64 *)(r10 - 64) = 0
*(u64 *)(r10 - 56) = 0
call 7
r9 = r0
r0 &= 8
r8 = r10
r8 += -64
r8 += r0
w7 = w8
if r9 > 5 goto L1
r9 = 5
L1:
r0 = *(u64 *)(r10 - 64)
*(u8 *)(r8 + 0) = 1
w1 = w7
w1 += w7
w0 += w1
w0 += w9
exit

#--- slot-a.s
.section xdp
*(u64 *)(r10 - 64) = 0
*(u64 *)(r10 - 56) = 0
call 7
r9 = r0
r0 &= 8
r6 = r10
r6 += -64
r6 += r0
w7 = w6
if r9 > 5 goto L1
r9 = 5
L1:
*(u8 *)(r6 + 0) = 1
r0 = *(u64 *)(r10 - 64)
w0 += w7
w0 += w9
exit

#--- slot-b.s
.section xdp
*(u64 *)(r10 - 64) = 0
*(u64 *)(r10 - 56) = 0
call 7
r9 = r0
r0 &= 8
r6 = r10
r6 += -64
r6 += r0
*(u64 *)(r10 - 24) = r6
*(u64 *)(r10 - 8) = r6
*(u32 *)(r10 - 32) = r6
if r9 > 5 goto L1
r9 = 5
L1:
r0 = *(u64 *)(r10 - 64)
r6 = *(u64 *)(r10 - 8)
*(u8 *)(r6 + 0) = 1
r7 = *(u32 *)(r10 - 32)
w0 += w7
w0 += w9
exit

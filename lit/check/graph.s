# k2 check across blocks: each pair both ways round.
# RUN: split-file %s %t
# RUN: %k2 check %t/inverted-a.s %t/inverted-b.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/inverted-b.s %t/inverted-a.s | FileCheck %s --check-prefix=SAME
# RUN: sh -c '%k2 check %t/wrong-sense-a.s %t/wrong-sense-b.s; echo status $?' | FileCheck %s --check-prefix=DIFF
# RUN: %k2 check %t/threaded-a.s %t/threaded-b.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/threaded-b.s %t/threaded-a.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/merged-tail-a.s %t/merged-tail-b.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/merged-tail-b.s %t/merged-tail-a.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/half-tail-a.s %t/half-tail-b.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/half-tail-b.s %t/half-tail-a.s | FileCheck %s --check-prefix=SAME
# RUN: sh -c '%k2 check %t/half-tail-a.s %t/half-tail-c.s; echo status $?' | FileCheck %s --check-prefix=DIFF
# RUN: %k2 check %t/renamed-a.s %t/renamed-b.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/renamed-b.s %t/renamed-a.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/unspilled-a.s %t/unspilled-b.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/unspilled-b.s %t/unspilled-a.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/moved-slot-a.s %t/moved-slot-b.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/moved-slot-b.s %t/moved-slot-a.s | FileCheck %s --check-prefix=SAME
# SAME: {{^}}equal{{$}}
# DIFF: different: the return value
# DIFF: status 1

#--- inverted-a.s
# A branch over a goto is the opposite branch.
.section xdp
r1 = *(u32 *)(r1 + 12)
if r1 == 5 goto L1
goto L2
L1:
r0 = 1
exit
L2:
r0 = 2
exit

#--- inverted-b.s
.section xdp
r1 = *(u32 *)(r1 + 12)
if r1 != 5 goto L2
r0 = 1
exit
L2:
r0 = 2
exit

#--- wrong-sense-a.s
# The same jump the other way round.
.section xdp
r1 = *(u32 *)(r1 + 12)
if r1 == 5 goto L1
goto L2
L1:
r0 = 1
exit
L2:
r0 = 2
exit

#--- wrong-sense-b.s
.section xdp
r1 = *(u32 *)(r1 + 12)
if r1 == 5 goto L2
r0 = 1
exit
L2:
r0 = 2
exit

#--- threaded-a.s
# The second branch is decided by the way to it.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = 0
if r2 > 7 goto L1
r3 = 1
L1:
if r3 == 0 goto L2
r0 = 1
exit
L2:
r0 = 2
exit

#--- threaded-b.s
.section xdp
r2 = *(u32 *)(r1 + 12)
if r2 > 7 goto L2
r0 = 1
exit
L2:
r0 = 2
exit

#--- merged-tail-a.s
# Equal tails but for one constant.
.section xdp
r2 = *(u32 *)(r1 + 12)
if r2 > 7 goto L1
r0 = r2
r0 += 5
r0 *= 3
exit
L1:
if r2 == 9 goto L3
r0 = r2
r0 += 7
r0 *= 3
exit
L3:
r0 = 0
exit

#--- merged-tail-b.s
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = 5
if r2 > 7 goto L1
L4:
r0 = r2
r0 += r3
r0 *= 3
L5:
exit
L1:
r0 = 0
if r2 == 9 goto L5
r3 = 7
goto L4

#--- renamed-a.s
# A loop in other registers and another order.
.section xdp
r6 = *(u32 *)(r1 + 12)
r7 = 0
r8 = 0
L1:
r8 += r6
r7 += 1
if r7 < 10 goto L1
r0 = r8
exit

#--- renamed-b.s
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = 0
r0 = 0
L1:
r3 += 1
r0 += r2
if r3 < 10 goto L1
exit

#--- unspilled-a.s
# A stack slot in a register.
.section xdp
r2 = *(u32 *)(r1 + 12)
*(u64 *)(r10 - 16) = r2
if r2 > 5 goto L1
r0 = 0
exit
L1:
r0 = *(u64 *)(r10 - 16)
exit

#--- unspilled-b.s
.section xdp
r2 = *(u32 *)(r1 + 12)
r6 = r2
if r2 > 5 goto L1
r0 = 0
exit
L1:
r0 = r6
exit

#--- moved-slot-a.s
# Another stack slot.
.section xdp
r2 = *(u32 *)(r1 + 12)
*(u64 *)(r10 - 16) = r2
if r2 > 5 goto L1
r0 = 0
exit
L1:
r0 = *(u64 *)(r10 - 16)
exit

#--- moved-slot-b.s
.section xdp
r2 = *(u32 *)(r1 + 12)
*(u64 *)(r10 - 8) = r2
if r2 > 5 goto L1
r0 = 0
exit
L1:
r0 = *(u64 *)(r10 - 8)
exit

#--- half-tail-a.s
# The second half of a block is the last third of another one.
.section tc
r6 = r1
r7 = *(u32 *)(r6 + 0)
if r7 == 5 goto L1
call 7
r8 = r0
call 7
w8 += w0
goto L2
L1:
call 7
r8 = r0
call 7
r9 = r0
call 7
w8 += w9
w8 += w0
L2:
r0 = r8
exit

#--- half-tail-b.s
.section tc
r6 = r1
r7 = *(u32 *)(r6 + 0)
if r7 == 5 goto L1
call 7
r8 = r0
goto L3
L1:
call 7
r8 = r0
call 7
w8 += w0
L3:
call 7
w8 += w0
r0 = r8
exit

#--- half-tail-c.s
.section tc
r6 = r1
r7 = *(u32 *)(r6 + 0)
if r7 == 5 goto L1
call 7
r8 = r0
goto L3
L1:
call 7
r8 = r0
call 7
w8 -= w0
L3:
call 7
w8 += w0
r0 = r8
exit

# branch-over: a branch over a goto is the opposite branch.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/equal.s | FileCheck %s --check-prefix=EQUAL
# RUN: %k2 check %t/equal.s %t/equal.s
# RUN: %k2 opt -r %t/packet.s | FileCheck %s --check-prefix=PACKET
# RUN: %k2 opt -r %t/bits.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r %t/v1.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r %t/entered.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r %t/further.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r %t/rejoin.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r --disable=branch-over %t/equal.s | FileCheck %s --check-prefix=KEPT
# KEPT: goto
# KEPT-NOT: applied branch-over

#--- equal.s
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
# EQUAL: if r1 != 5 goto [[TWO:L[0-9]+]]
# EQUAL-NEXT: r0 = 1
# EQUAL-NEXT: exit
# EQUAL-NEXT: [[TWO]]:
# EQUAL: applied branch-over

#--- packet.s
# The verifier learns of a packet's end from both senses.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
if r4 <= r3 goto L1
goto L2
L1:
r0 = *(u8 *)(r2 + 13)
exit
L2:
r0 = 2
exit
# PACKET: if r4 > r3 goto
# PACKET-NEXT: r0 = *(u8 *)(r2 + 13)
# PACKET: applied branch-over

#--- bits.s
# `if a & b` has no opposite.
.section xdp
r1 = *(u32 *)(r1 + 12)
if r1 & 5 goto L1
goto L2
L1:
r0 = 1
exit
L2:
r0 = 2
exit

#--- v1.s
# Neither has > before v2.
.section xdp
.isa v1
r1 = *(u32 *)(r1 + 12)
if r1 > 5 goto L1
goto L2
L1:
r0 = 1
exit
L2:
r0 = 2
exit

#--- entered.s
# Somebody else goes through the goto.
.section xdp
r2 = *(u32 *)(r1 + 16)
r1 = *(u32 *)(r1 + 12)
if r2 == 9 goto L3
r0 = 7
if r1 == 5 goto L1
L3:
goto L2
L1:
r0 = 1
exit
L2:
r0 = 2
exit

#--- further.s
# The branch goes further than over the goto.
.section xdp
r1 = *(u32 *)(r1 + 12)
if r1 == 5 goto L1
goto L2
L3:
r0 = 4
exit
L1:
r0 = 1
if r1 == 6 goto L3
exit
L2:
r0 = 2
exit

#--- rejoin.s
# Both ways lead to much of the same code: the order in which the verifier walks them matters.
.section xdp
r6 = r1
r1 = *(u32 *)(r6 + 12)
if r1 == 5 goto L1
goto L2
L1:
r7 = 1
goto L3
L2:
call 14
r7 = r0
L3:
call 5
r7 += r0
call 7
r7 += r0
call 8
r7 += r0
call 5
r7 += r0
call 7
r7 += r0
call 8
r7 += r0
call 5
r7 += r0
call 7
r7 += r0
call 8
r7 += r0
call 5
r7 += r0
call 7
r7 += r0
call 8
r7 += r0
call 5
r7 += r0
call 7
r7 += r0
r0 = r7
exit

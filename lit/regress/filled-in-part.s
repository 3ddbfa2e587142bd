# A helper fills what it is asked for: where its length or place is no number, bytes behind that keep what was stored.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/length-a.s %t/length-b.s; echo status $?' | FileCheck %s
# RUN: sh -c '%k2 check %t/place-a.s %t/place-b.s; echo status $?' | FileCheck %s
# RUN: %k2 opt -r %t/dead.s | FileCheck %s --check-prefix=DEAD
# CHECK: different: the return value
# CHECK: status 1
# DEAD-NOT: applied dead-fill

#--- length-a.s
.section xdp
r6 = r1
call 7
r4 = r0
r4 &= 7
r4 += 1
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 8) = 1280
r3 = r10
r3 += -8
r1 = r6
w2 = 0
call 189
if r0 != 0 goto L1
r0 = *(u8 *)(r10 - 7)
exit
L1:
w0 = 1
exit

#--- length-b.s
.section xdp
r6 = r1
call 7
r4 = r0
r4 &= 7
r4 += 1
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 8) = 1792
r3 = r10
r3 += -8
r1 = r6
w2 = 0
call 189
if r0 != 0 goto L1
r0 = *(u8 *)(r10 - 7)
exit
L1:
w0 = 1
exit

#--- place-a.s
.section xdp
r6 = r1
call 7
r0 &= 8
*(u64 *)(r10 - 24) = 1
*(u64 *)(r10 - 16) = 2
*(u64 *)(r10 - 8) = 5
r3 = r10
r3 += -24
r3 += r0
r1 = r6
w2 = 0
w4 = 8
call 189
if r0 != 0 goto L1
r0 = *(u8 *)(r10 - 8)
exit
L1:
w0 = 1
exit

#--- place-b.s
.section xdp
r6 = r1
call 7
r0 &= 8
*(u64 *)(r10 - 24) = 1
*(u64 *)(r10 - 16) = 2
*(u64 *)(r10 - 8) = 7
r3 = r10
r3 += -24
r3 += r0
r1 = r6
w2 = 0
w4 = 8
call 189
if r0 != 0 goto L1
r0 = *(u8 *)(r10 - 8)
exit
L1:
w0 = 1
exit

#--- dead.s
.section xdp
.arg xdp_md
r6 = r1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 24
w0 = 1
if r4 > r3 goto L2
r9 = *(u8 *)(r2 + 0)
r7 = *(u64 *)(r2 + 8)
r8 = *(u64 *)(r2 + 16)
*(u64 *)(r10 - 8) = r7
w0 = 2
if r9 > 200 goto L3
r9 &= 7
r9 += 1
*(u64 *)(r10 - 8) = r8
r3 = r10
r3 += -8
r1 = r6
w2 = 0
r4 = r9
call 189
if r0 != 0 goto L1
r0 = *(u8 *)(r10 - 1)
exit
L1:
w0 = 3
goto L2
L3:
r0 = *(u64 *)(r10 - 8)
L2:
exit

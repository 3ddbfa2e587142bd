# Two lookups in one map may give two values.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/old.s %t/new.s; echo status $?' | FileCheck %s
# CHECK: different
# CHECK: status 1

#--- old.s
.section xdp
.map m type=1 key=4 value=8
r6 = *(u32 *)(r1 + 12)
r7 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = r6
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r8 = r0
*(u32 *)(r10 - 4) = r7
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
*(u64 *)(r8 + 0) = 3
*(u64 *)(r0 + 0) = 7
r0 = *(u64 *)(r8 + 0)
exit
L1:
r0 = 0
exit

#--- new.s
.section xdp
.map m type=1 key=4 value=8
r6 = *(u32 *)(r1 + 12)
r7 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 4) = r6
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r8 = r0
*(u32 *)(r10 - 4) = r7
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
*(u64 *)(r8 + 0) = 3
*(u64 *)(r0 + 0) = 7
r0 = 7
exit
L1:
r0 = 0
exit

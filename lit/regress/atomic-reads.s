# An atomic addition reads what was stored before.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/old.s %t/new.s; echo status $?' | FileCheck %s
# CHECK: different
# CHECK: status 1

#--- old.s
.section xdp
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
*(u64 *)(r0 + 0) = 7
r1 = 1
lock *(u64 *)(r0 + 0) += r1
L1:
r0 = 0
exit

#--- new.s
.section xdp
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r1 = 1
lock *(u64 *)(r0 + 0) += r1
L1:
r0 = 0
exit

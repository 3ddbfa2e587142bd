# Deleting from a map can fail.
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
call 3
r1 = r0
r0 = 1
if r1 == 0 goto L1
r0 = 2
L1:
exit

#--- new.s
.section xdp
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 3
r0 = 1
exit

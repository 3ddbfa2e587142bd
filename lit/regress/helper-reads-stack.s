# Not only map helpers read memory: csum_diff reads the buffer on the stack.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/old.s %t/new.s; echo status $?' | FileCheck %s
# CHECK: different
# CHECK: status 1

#--- old.s
.section tc
r2 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 8) = r2
r1 = 0
r2 = 0
r3 = r10
r3 += -8
r4 = 4
r5 = 0
call 28
exit

#--- new.s
.section tc
r2 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 8) = 0
r1 = 0
r2 = 0
r3 = r10
r3 += -8
r4 = 4
r5 = 0
call 28
exit

# The 32-bit load of xdp_md.data gives a 64-bit pointer: its upper half is not zero.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/old.s %t/new.s; echo status $?' | FileCheck %s
# CHECK: different
# CHECK: status 1

#--- old.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r2 >>= 32
r0 = 1
if r2 == 0 goto L1
r0 = 2
L1:
exit

#--- new.s
.section xdp
r0 = 1
exit

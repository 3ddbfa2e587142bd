# A loop that ends is not one that does not.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/old.s %t/new.s; echo status $?' | FileCheck %s
# CHECK: different
# CHECK: status 1

#--- old.s
.section xdp
r2 = *(u32 *)(r1 + 12)
r0 = 1
if r2 == 5 goto L1
r0 = 2
L1:
exit

#--- new.s
.section xdp
r2 = *(u32 *)(r1 + 12)
r0 = 1
L1:
if r2 == 5 goto L2
r0 = 2
goto L1
L2:
exit

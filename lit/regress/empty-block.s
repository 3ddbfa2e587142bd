# A block whose instructions all go (the sign test once read in front of such a window).
# RUN: %k2 opt -r %s | FileCheck %s
.section xdp
.isa v2
r2 = *(u32 *)(r1 + 12)
r0 = 1
if r2 == 5 goto L1
r3 = 7
L1:
exit
# CHECK: if r2 == 5 goto [[L:L[0-9]+]]
# CHECK-NEXT: [[L]]:
# CHECK-NEXT: exit
# CHECK: applied dead-code

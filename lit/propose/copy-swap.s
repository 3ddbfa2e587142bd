# A byte swap has no source register, though its source bit may be set: renaming r0 leaves that field alone.
# RUN: %k2 opt --disable=rules -r %s | FileCheck %s
# CHECK: r5 = be16 r5
# CHECK: applied copy
.section xdp
.data fmt size=16 ro
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
w0 = 1
if r4 > r3 goto L1
w0 = *(u16 *)(r2 + 12)
r0 = be16 r0
r5 = r0
r1 = &fmt ll
w2 = 16
r3 = 0
r4 = 0
call 6
r0 = 2
L1: exit

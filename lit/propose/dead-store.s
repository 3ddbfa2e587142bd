# dead-store: bytes on the stack that nobody reads are not stored.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/yes.s | FileCheck %s --check-prefix=YES
# RUN: %k2 opt --disable dead-call -r %t/key.s | FileCheck %s --check-prefix=KEY
# RUN: %k2 opt --disable dead-call -r %t/csum.s | FileCheck %s --check-prefix=CSUM
# RUN: %k2 opt --disable dead-call -r %t/over.s | FileCheck %s --check-prefix=OVER
# RUN: %k2 opt --disable dead-call -r %t/between.s | FileCheck %s --check-prefix=BETWEEN

#--- yes.s
.section xdp
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
*(u32 *)(r10 - 8) = 8
r2 = r10
r2 += -4
r1 = &m ll
call 1
r0 = 2
exit
# YES-NOT: (r10 - 8)
# YES: applied dead-store

#--- key.s
# The key has eight bytes: both halves are read by the lookup.
.section xdp
.map m type=1 key=8 value=8
*(u32 *)(r10 - 4) = 7
*(u32 *)(r10 - 8) = 8
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 2
exit
# KEY-NOT: applied dead-store

#--- csum.s
# Not only map helpers read the stack: bpf_csum_diff (28) does.
.section tc
*(u32 *)(r10 - 4) = 7
r1 = r10
r1 += -4
r2 = 4
r3 = 0
r4 = 0
r5 = 0
call 28
exit
# CSUM: *(u32 *)(r10 - {{.*}}4) = {{.*}}7
# CSUM-NOT: applied dead-store

#--- over.s
# Overwritten before anybody can look.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
if r4 > r3 goto L1
*(u8 *)(r2 + 3) = 1
*(u32 *)(r2 + 0) = 5
L1:
r0 = 2
exit
# OVER-NOT: *(u8 *)(r2 + 3)
# OVER: *(u32 *)(r2 + 0)
# OVER: applied dead-store

#--- between.s
# A load from somewhere in these bytes comes in between.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r5 = *(u32 *)(r1 + 12)
r4 = r2
r4 += 8
r0 = 2
if r4 > r3 goto L1
r5 &= 3
r5 += r2
*(u8 *)(r2 + 3) = 9
r0 = *(u8 *)(r5 + 0)
*(u32 *)(r2 + 0) = 5
L1:
exit
# BETWEEN: *(u8 *)(r2 + 3) = {{(0x)?}}9
# BETWEEN-NOT: applied dead-store

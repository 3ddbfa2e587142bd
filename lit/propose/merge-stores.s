# merge-stores, wide-copy: neighbouring stores become one.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call,rules -r %t/const.s | FileCheck %s --check-prefix=CONST
# RUN: %k2 opt --disable dead-call,rules -r %t/misaligned.s | FileCheck %s --check-prefix=MIS
# RUN: %k2 opt --disable dead-call,rules -r %t/call.s | FileCheck %s --check-prefix=CALL
# RUN: %k2 opt --disable dead-call,rules -r --disable=recopy %t/copy.s | FileCheck %s --check-prefix=COPY
# RUN: %k2 opt --disable dead-call,rules -r %t/alias.s | FileCheck %s --check-prefix=ALIAS
# RUN: %k2 opt --disable dead-call,rules -r %t/shifted.s | FileCheck %s --check-prefix=SHIFTED
# RUN: %k2 opt --disable dead-call,commute,rules -r %t/early.s | FileCheck %s --check-prefix=EARLY

#--- const.s
.section xdp
.map m type=1 key=8 value=8
*(u32 *)(r10 - 4) = 0
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 2
exit
# CONST: *(u64 *)(r10 - 8) = {{(0x)?}}0
# CONST: applied merge-stores

#--- misaligned.s
# The verifier wants stack accesses aligned.
.section xdp
.map m type=1 key=8 value=8
*(u16 *)(r10 - 8) = 0
*(u32 *)(r10 - 4) = 0
*(u16 *)(r10 - 6) = 1
*(u16 *)(r10 - 10) = 1
r2 = r10
r2 += -10
r1 = &m ll
call 1
r0 = 2
exit
# MIS-NOT: (u32 *)(r10 - {{(10|0xa)}})
# MIS-NOT: (u64 *)(r10 - {{(10|0xa)}})

#--- call.s
# The lookup in between reads the first four bytes.
.section xdp
.map m type=1 key=4 value=8
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = &m ll
call 1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
r0 = 2
exit
# CALL-NOT: applied merge-stores

#--- copy.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r1 = *(u16 *)(r2 + 0)
*(u16 *)(r2 + 8) = r1
r1 = *(u16 *)(r2 + 2)
*(u16 *)(r2 + 10) = r1
L1:
exit
# COPY: *(u32 *)(r2 + 0)
# COPY: *(u32 *)(r2 + 8)
# COPY-NOT: u16
# COPY: applied wide-copy

#--- alias.s
# The first store changes what the second load reads.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r1 = *(u16 *)(r2 + 0)
*(u16 *)(r2 + 2) = r1
r1 = *(u16 *)(r2 + 2)
*(u16 *)(r2 + 4) = r1
L1:
exit
# ALIAS-NOT: applied wide-copy

#--- shifted.s
# Only at the first store a register holds all bytes: they are stored there.
.section xdp
.map m type=1 key=4 value=8
r1 = *(u32 *)(r1 + 12)
*(u8 *)(r10 - 4) = r1
w1 >>= 8
*(u8 *)(r10 - 3) = r1
w1 >>= 8
*(u8 *)(r10 - 2) = r1
w1 >>= 8
*(u8 *)(r10 - 1) = r1
r2 = r10
r2 += -4
r1 = &m ll
call 1
r0 = 2
exit
# SHIFTED: *(u32 *)(r10 - 4) = r1
# SHIFTED-NOT: >>=
# SHIFTED: applied merge-stores

#--- early.s
# The packet's second half is read between the first store and the last: it may not change before that, and behind it
# nobody holds all bytes.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r1 = *(u32 *)(r1 + 12)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
*(u16 *)(r2 + 0) = r1
w1 >>= 16
r0 = *(u16 *)(r2 + 2)
*(u16 *)(r2 + 2) = r1
L1:
exit
# EARLY-NOT: applied merge-stores

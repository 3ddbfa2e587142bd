# st-imm: a known number is stored without going through a register.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call,rules -r %t/yes.s | FileCheck %s --check-prefix=YES
# RUN: %k2 opt --disable dead-call,rules -r %t/halves.s | FileCheck %s --check-prefix=HALVES
# RUN: %k2 opt --disable dead-call,rules -r %t/big.s | FileCheck %s --check-prefix=BIG
# RUN: %k2 opt --disable dead-call,rules -r %t/wide.s | FileCheck %s --check-prefix=WIDE
# RUN: %k2 opt --disable dead-call,rules -r %t/used.s | FileCheck %s --check-prefix=USED

#--- yes.s
.section xdp
.map m type=1 key=4 value=8
r1 = 7
*(u32 *)(r10 - 4) = r1
r2 = r10
r2 += -4
r1 = &m ll
call 1
r0 = 2
exit
# YES: *(u32 *)(r10 - {{(0x)?}}4) = {{(0x)?}}7
# YES-NOT: r1 = {{(0x)?}}7
# YES: applied st-imm

#--- halves.s
# A store-immediate sign-extends 32 bits: this number goes in two halves.
.section kprobe/x
r1 = 0x6e64253a74657220 ll
*(u64 *)(r10 - 8) = r1
r1 = r10
r1 += -8
r2 = 8
call 6
r0 = 0
exit
# HALVES: *(u32 *)(r10 - 8) = 1952805408
# HALVES: *(u32 *)(r10 - 4) = 1852056890
# HALVES: applied st-imm

#--- big.s
.section kprobe/x
.endian big
r1 = 0x6e64253a74657220 ll
*(u64 *)(r10 - 8) = r1
r1 = r10
r1 += -8
r2 = 8
call 6
r0 = 0
exit
# BIG: *(u32 *)(r10 - 8) = 1852056890
# BIG: *(u32 *)(r10 - 4) = 1952805408

#--- wide.s
# In memory that others see a store is not split.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
r0 = 2
if r4 > r3 goto L1
r1 = 0x6e64253a74657220 ll
*(u64 *)(r2 + 0) = r1
L1:
exit
# WIDE: r1 = 0x6e64253a74657220 ll
# WIDE: *(u64 *)(r2 + 0) = r1


#--- used.s
# The number is needed in a register anyway: nothing would be saved.
.section xdp
.map m type=1 key=4 value=8
r6 = 7
*(u32 *)(r10 - 4) = r6
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
*(u64 *)(r0 + 0) = r6
L1:
r0 = r6
exit
# USED: *(u32 *)(r10 - {{.*}}4) = r6
# USED-NOT: applied st-imm

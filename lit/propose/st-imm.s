# st-imm: a known number is stored without going through a register.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/yes.s | FileCheck %s --check-prefix=YES
# RUN: %k2 opt -r %t/wide.s | FileCheck %s --check-prefix=WIDE
# RUN: %k2 opt -r %t/used.s | FileCheck %s --check-prefix=USED

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

#--- wide.s
# A store-immediate sign-extends 32 bits: this number has no such form.
.section xdp
.map m type=1 key=8 value=8
r1 = 0x1234567890 ll
*(u64 *)(r10 - 8) = r1
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 2
exit
# WIDE: r1 = 0x1234567890 ll
# WIDE: *(u64 *)(r10 - 8) = r1

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

# commute: a CO-RE field address needs no copy of the base.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/core.s | FileCheck %s --check-prefix=CORE
# RUN: %k2 opt --disable dead-call -r %t/used.s | FileCheck %s --check-prefix=USED
# RUN: %k2 opt --disable dead-call -r %t/sub.s | FileCheck %s --check-prefix=SUB

#--- core.s
.section kprobe/x
.core off
r3 = r1
r1 = &off ll {sym_imm} {one_slot}
r3 += r1
r1 = r10
r1 += -8
r2 = 8
call 113
r0 = 0
exit
# CORE: r3 = &off ll
# CORE-NEXT: r3 += r1
# CORE: applied commute

#--- used.s
# The offset is used once more.
.section kprobe/x
.core off
r3 = r1
r2 = &off ll {sym_imm} {one_slot}
r3 += r2
r1 = r10
r1 += -8
r2 &= 7
call 113
r0 = 0
exit
# USED-NOT: applied commute

#--- sub.s
# A difference does not commute.
.section xdp
r2 = *(u32 *)(r1 + 12)
r0 = *(u32 *)(r1 + 16)
r0 -= r2
exit
# SUB: r0 -= r2

# useless, const, dead-code: arithmetic that changes nothing.
# RUN: split-file %s %t
# RUN: %k2 opt -r --disable=rules %t/mask.s | FileCheck %s --check-prefix=MASK
# RUN: %k2 opt -r --disable=rules %t/shifts.s | FileCheck %s --check-prefix=SHIFTS
# RUN: %k2 opt -r --disable=rules %t/needed.s | FileCheck %s --check-prefix=NEEDED
# RUN: %k2 opt -r --disable=rules %t/returned.s | FileCheck %s --check-prefix=RETURNED
# RUN: %k2 opt -r --disable=rules %t/const.s | FileCheck %s --check-prefix=CONST
# RUN: %k2 opt -r --disable=rules %t/load.s | FileCheck %s --check-prefix=LOAD

#--- mask.s
.section xdp
r0 = *(u32 *)(r1 + 12)
r0 &= 255
r0 &= 65535
exit
# MASK-NOT: 65535
# MASK-NOT: 0xffff
# MASK: applied useless

#--- shifts.s
# ingress_ifindex is a number of 32 bits.
.section xdp
r0 = *(u32 *)(r1 + 12)
r0 <<= 32
r0 >>= 32
exit
# SHIFTS-NOT: <<=
# SHIFTS: applied useless

#--- needed.s
# The sum may have more than 32 bits, and the caller gets all of them.
.subprog 1
.isa v2
r0 = *(u32 *)(r1 + 12)
r0 += r0
r0 <<= 32
r0 >>= 32
exit
# NEEDED-NOT: applied useless

#--- const.s
.section xdp
r2 = 5
r0 = *(u32 *)(r1 + 12)
r0 += r2
exit
# CONST-NOT: r2
# CONST: r0 += 5
# CONST: applied const

#--- load.s
# A load whose result is not used goes, a volatile one stays.
.section xdp
r2 = *(u32 *)(r1 + 12)
r2 = *(u32 *)(r1 + 16) {volatile}
r0 = 1
exit
# LOAD-NOT: (r1 + 12)
# LOAD-NOT: (r1 + 0xc)
# LOAD: volatile
# LOAD: applied dead-code

#--- returned.s
# The kernel takes 32 bits of a program's result.
.section xdp
.isa v2
r0 = *(u32 *)(r1 + 12)
r0 += r0
r0 <<= 32
r0 >>= 32
exit
# RETURNED-NOT: <<=
# RETURNED: applied useless

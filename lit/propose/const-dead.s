# const, dead-code: the near twins of what useless.s shows.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/wide.s | FileCheck %s --check-prefix=WIDE
# RUN: %k2 opt -r %t/core.s | FileCheck %s --check-prefix=CORE
# RUN: %k2 opt -r %t/call.s | FileCheck %s --check-prefix=CALL

#--- wide.s
# No immediate of a 64-bit addition holds this number.
.subprog 1
r2 = 0x1080000000 ll
r0 = *(u32 *)(r1 + 12)
r0 += r2
exit
# WIDE: r0 += r2
# WIDE-NOT: applied const

#--- core.s
# What a CO-RE relocation puts here is not known yet.
.section kprobe/x
.core off
r2 = &off ll {sym_imm} {one_slot}
r0 = *(u64 *)(r1 + 16)
r0 += r2
exit
# CORE: r2 = &off ll
# CORE: r0 += r2
# CORE-NOT: applied const

#--- call.s
# A call whose result is not used has effects.
.section xdp
r2 = 4
call 44
r0 = 2
exit
# CALL: call 44

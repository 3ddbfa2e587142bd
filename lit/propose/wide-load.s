# wide-load: a number glued together from bytes is loaded at once.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/le.s | FileCheck %s --check-prefix=LE
# RUN: %k2 opt -r %t/be.s | FileCheck %s --check-prefix=BE
# RUN: %k2 opt -r %t/gap.s | FileCheck %s --check-prefix=GAP
# RUN: %k2 opt -r %t/ctx.s | FileCheck %s --check-prefix=CTX
# RUN: %k2 opt -r %t/volatile.s | FileCheck %s --check-prefix=VOLATILE
# RUN: %k2 opt -r %t/strict.s | FileCheck %s --check-prefix=STRICT

#--- le.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r0 = *(u8 *)(r2 + 13)
r0 <<= 8
r4 = *(u8 *)(r2 + 12)
r0 |= r4
r5 = *(u8 *)(r2 + 14)
r5 <<= 16
r3 = *(u8 *)(r2 + 15)
r3 <<= 24
r5 |= r3
r0 |= r5
L1:
exit
# LE: r0 = *(u32 *)(r2 + {{(12|0xc)}})
# LE-NOT: *(u8 *)
# LE: applied wide-load

#--- be.s
# Network order on a little-endian machine: one load and a swap.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r4 = *(u8 *)(r2 + 12)
r4 <<= 8
r0 = *(u8 *)(r2 + 13)
r5 = 0
r0 |= r4
if r0 == 5 goto L1
r0 = 1
L1:
exit
# BE: *(u16 *)(r2 + {{(12|0xc)}})
# BE: be16
# BE-NOT: *(u8 *)
# BE: applied wide-load

#--- gap.s
# Bytes 12 and 14 are no neighbours.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r0 = *(u8 *)(r2 + 14)
r0 <<= 8
r4 = *(u8 *)(r2 + 12)
r0 |= r4
L1:
exit
# GAP-NOT: applied wide-load

#--- ctx.s
# Context fields are rewritten by the kernel; bytes of them are not memory.
.section tc
r0 = *(u8 *)(r1 + 1)
r0 <<= 8
r4 = *(u8 *)(r1 + 0)
r0 |= r4
exit
# CTX-NOT: applied wide-load

#--- volatile.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r0 = *(u8 *)(r2 + 13) {volatile}
r0 <<= 8
r4 = *(u8 *)(r2 + 12) {volatile}
r0 |= r4
L1:
exit
# VOLATILE-NOT: applied wide-load

#--- strict.s
# The target has no efficient unaligned access.
.section xdp
.align strict
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r0 = *(u8 *)(r2 + 13)
r0 <<= 8
r4 = *(u8 *)(r2 + 12)
r0 |= r4
L1:
exit
# STRICT-NOT: applied wide-load

# select: of two values of a register the other one comes first, where that is shorter.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/mask.s | FileCheck %s --check-prefix=MASK
# RUN: %k2 opt -r %t/undo.s | FileCheck %s --check-prefix=UNDO
# RUN: %k2 opt -r %t/arms.s | FileCheck %s --check-prefix=ARMS
# RUN: %k2 opt -r %t/wanted.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r %t/reads.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r %t/source.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r %t/bits.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r %t/falls.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt -r --disable=select %t/mask.s | FileCheck %s --check-prefix=KEPT
# RUN: (echo .section xdp; %k2 opt %t/mask.s) > %t/mask.new.s
# RUN: %k2 check %t/mask.s %t/mask.new.s
# RUN: (echo .section xdp; %k2 opt %t/undo.s) > %t/undo.new.s
# RUN: %k2 check %t/undo.s %t/undo.new.s
# KEPT-NOT: applied select

#--- mask.s
# There is no `if !(r & bits)`, so the two numbers change places; the copy goes, too.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r4 = r2
r4 &= 128
r0 = 54
if r4 == 0 goto L1
r0 = 102
L1:
r0 += r2
r0 += r3
exit
# MASK: r0 = 102
# MASK-NEXT: if r2 & 128 goto [[END:L[0-9]+]]
# MASK-NEXT: r0 = 54
# MASK-NEXT: [[END]]:
# MASK: applied select

#--- undo.s
# The arm only takes back what was done.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r0 = r2
r0 |= 2
if r3 != 0 goto L1
r0 = r2
L1:
r0 += r2
exit
# UNDO: r0 = r2
# UNDO-NEXT: if {{[rw]}}3 == 0 goto [[END:L[0-9]+]]
# UNDO-NEXT: r0 |= 2
# UNDO-NEXT: [[END]]:
# UNDO: applied select

#--- arms.s
# Two whole arms change places.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r4 = r2
r4 += r3
r4 &= 128
if r4 == 0 goto L1
r0 = r2
r0 *= 7
exit
L1:
r0 = r3
r0 *= 5
exit
# ARMS: if {{[rw]}}{{[0-9]}} & 128 goto [[SET:L[0-9]+]]
# ARMS: *= 5
# ARMS: [[SET]]:
# ARMS: *= 7
# ARMS: applied select

#--- wanted.s
# Somebody reads the masked value later.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r4 = r2
r4 &= 128
r0 = 54
if r4 == 0 goto L1
r0 = 102
L1:
r0 += r4
r0 += r3
r0 += r2
exit

#--- reads.s
# The branch asks for the register itself.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r0 = r2
r0 |= 2
if r0 > r3 goto L1
r0 = r2
L1:
r0 += r2
exit

#--- source.s
# What the arm puts back is not what there was.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r0 = r2
r0 |= 2
r2 += r3
if r3 != 0 goto L1
r0 = r2
L1:
r0 += r2
exit

#--- bits.s
# `if r & bits` has no opposite.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r0 = r2
r0 |= 2
if r3 & 5 goto L1
r0 = r2
L1:
r0 += r2
exit

#--- falls.s
# Both arms go on at one place: in the other order one of them needs a goto more.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r4 = r2
r4 += r3
r4 &= 128
if r4 == 0 goto L1
r2 *= 7
r3 += 5
L1:
r0 = r2
r0 += r3
exit

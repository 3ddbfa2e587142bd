# flip: a commutative operation takes over the register of its second operand where the first one had to be copied for it.
# RUN: split-file %s %t
# RUN: %k2 opt --level 3 --disable dead-call -r %t/sum.s | FileCheck %s --check-prefix=SUM
# RUN: %k2 opt --level 3 --disable dead-call -r %t/needed.s | FileCheck %s --check-prefix=NEEDED
# RUN: %k2 opt --level 3 --disable dead-call -r %t/minus.s | FileCheck %s --check-prefix=MINUS

#--- sum.s
# r8 is used up: it becomes the sum.
.section tc
r6 = r1
call 7
r8 = r0
w1 = *(u32 *)(r6 + 4)
if w1 == 9 goto L2
call 7
r7 = r0
w7 += w8
w2 = *(u32 *)(r6 + 0)
if w2 == 3 goto L1
call 7
w7 ^= w0
L1: r0 = r7
exit
L2: w0 = 1
exit
# SUM: call 7
# SUM-NEXT: r[[R:[6-9]]] = r0
# SUM: call 7
# SUM-NEXT: w[[R]] += w0
# SUM: applied flip

#--- needed.s
# r8 is read later on: the sum needs a register of its own.
.section tc
r6 = r1
call 7
r8 = r0
w1 = *(u32 *)(r6 + 4)
if w1 == 9 goto L2
call 7
r7 = r0
w7 += w8
w2 = *(u32 *)(r6 + 0)
if w2 == 3 goto L1
call 7
w7 ^= w0
w7 -= w8
L1: r0 = r7
exit
L2: w0 = 1
exit
# NEEDED-NOT: applied flip

#--- minus.s
# A difference has an order.
.section tc
r6 = r1
call 7
r8 = r0
w1 = *(u32 *)(r6 + 4)
if w1 == 9 goto L2
call 7
r7 = r0
w7 -= w8
w2 = *(u32 *)(r6 + 0)
if w2 == 3 goto L1
call 7
w7 ^= w0
L1: r0 = r7
exit
L2: w0 = 1
exit
# MINUS-NOT: applied flip

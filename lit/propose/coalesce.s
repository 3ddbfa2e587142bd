# coalesce: two registers with a copy between them become one over the whole function, across blocks, if all others find a register.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/across.s | FileCheck %s --check-prefix=ACROSS
# RUN: %k2 opt --disable dead-call -r %t/both.s | FileCheck %s --check-prefix=BOTH
# RUN: %k2 opt --disable dead-call -r %t/half.s | FileCheck %s --check-prefix=HALF
# RUN: %k2 opt --disable dead-call -r %t/whole.s | FileCheck %s --check-prefix=WHOLE

#--- across.s
# The result of the lookup goes through r3 to r8, which calls keep, and on to r2.
.section tc
.map m type=2 key=4 value=8
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
r3 = r0
w0 = 1
if r3 == 0 goto L1
r8 = r3
call 7
r2 = r8
r1 = *(u64 *)(r2 + 0)
r0 = r1
L1: exit
# ACROSS: call 1
# ACROSS-NEXT: r[[R:[6-9]]] = r0
# ACROSS-NEXT: w0 = 1
# ACROSS-NEXT: if r[[R]] == 0
# ACROSS-NEXT: call 7
# ACROSS-NEXT: r0 = *(u64 *)(r[[R]] + 0)
# ACROSS: applied coalesce

#--- both.s
# The copy is changed while the original is still needed: they are two.
.section socket
r2 = *(u32 *)(r1 + 0)
r3 = r2
if r2 == 5 goto L1
r3 += 7
L1:
r3 <<= 5
r2 ^= r3
r0 = r2
exit
# BOTH: [[A:r[0-9]]] = *(u32
# BOTH-NEXT: r{{[0-9]}} = [[A]]
# BOTH-NEXT: if [[A]] == 5

#--- half.s
# A copy of 32 bits of a number that has no more.
.section socket
w2 = *(u32 *)(r1 + 0)
w4 = 1
if w2 > 9 goto L1
w4 = w2
L1:
w5 = w4
if w2 == 3 goto L2
w5 += 1
L2:
w0 = w5
exit
# HALF: w0 = 1
# HALF: applied coalesce

#--- whole.s
# The upper half may be there and is read later: w3 = w2 is more than a copy.
.section socket
.map m type=2 key=4 value=16
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L9
r2 = *(u64 *)(r0 + 0)
w3 = w2
if w2 == 7 goto L1
w3 = w3
L1:
*(u64 *)(r0 + 8) = r3
L9:
w0 = 0
exit
# WHOLE: w{{[0-9]}} = w2
# WHOLE-NOT: applied coalesce

# share-value: a value that is made in several places is made once, on the way to all of them, and kept where calls leave it alone.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/frame.s | FileCheck %s --check-prefix=FRAME
# RUN: %k2 opt --disable dead-call -r %t/twice.s | FileCheck %s --check-prefix=TWICE
# RUN: %k2 opt --disable dead-call -r %t/number.s | FileCheck %s --check-prefix=NUMBER
# RUN: %k2 opt --disable dead-call -r %t/full.s | FileCheck %s --check-prefix=FULL
# RUN: %k2 opt --disable dead-call -r %t/loop.s | FileCheck %s --check-prefix=LOOP

#--- frame.s
# One address of the frame for three calls: 2 slots and a copy for each instead of 2 for each.
.section tc
.map m type=1 key=4 value=8
.map n type=1 key=4 value=8
.map o type=1 key=4 value=8
w1 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 4) = w1
r2 = r10
r2 += -4
r1 = &m ll
call 3
if r0 != 0 goto L1
r2 = r10
r2 += -4
r1 = &n ll
call 3
if r0 == 0 goto L2
L1:
r2 = r10
r2 += -4
r1 = &o ll
call 3
L2:
w0 = 0
exit
# FRAME: r[[R:[6-9]]] = r10
# FRAME-NEXT: r[[R]] += -4
# FRAME-COUNT-3: r2 = r[[R]]
# FRAME-NOT: r10
# FRAME: applied share-value

#--- twice.s
# For two it would cost as much.
.section tc
.map m type=1 key=4 value=8
.map n type=1 key=4 value=8
w1 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 4) = w1
r2 = r10
r2 += -4
r1 = &m ll
call 3
if r0 != 0 goto L1
r2 = r10
r2 += -4
r1 = &n ll
call 3
L1:
w0 = 0
exit
# TWICE-COUNT-2: r2 = r10
# TWICE-NOT: share-value

#--- number.s
# The same number on two ways, one of them over a call: made before they part.
.section tc
.map m type=1 key=4 value=8
w6 = *(u32 *)(r1 + 0)
if w6 == 7 goto L1
w7 = 100
if w6 != 9 goto L2
L1:
*(u32 *)(r10 - 4) = w6
r2 = r10
r2 += -4
r1 = &m ll
call 3
w7 = 100
if w6 != 7 goto L2
w7 = 5
L2:
call 7
w0 ^= w7
exit
# NUMBER: w[[R:[6-9]]] = 100
# NUMBER: if
# NUMBER-NOT: = 100
# NUMBER: applied share-value

#--- full.s
# All four registers that calls leave alone are taken.
.section tc
.map m type=1 key=4 value=8
.map n type=1 key=4 value=8
.map o type=1 key=4 value=8
w6 = *(u32 *)(r1 + 0)
w7 = *(u32 *)(r1 + 4)
w8 = *(u32 *)(r1 + 8)
w9 = *(u32 *)(r1 + 12)
*(u32 *)(r10 - 4) = w6
r2 = r10
r2 += -4
r1 = &m ll
call 3
if r0 != 0 goto L1
r2 = r10
r2 += -4
r1 = &n ll
call 3
if r0 == 0 goto L2
L1:
r2 = r10
r2 += -4
r1 = &o ll
call 3
L2:
w6 ^= w7
w6 *= w8
w6 -= w9
w6 *= w7
r0 = r6
exit
# FULL-COUNT-3: r2 = r10
# FULL-NOT: share-value

#--- loop.s
# Not in a loop: there it moves the places where the verifier keeps states.
.section tc
.map m type=1 key=4 value=8
.map n type=1 key=4 value=8
.map o type=1 key=4 value=8
w1 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 4) = w1
w6 = 10
L1:
r2 = r10
r2 += -4
r1 = &m ll
call 3
if r0 != 0 goto L2
r2 = r10
r2 += -4
r1 = &n ll
call 3
if r0 == 0 goto L3
L2:
r2 = r10
r2 += -4
r1 = &o ll
call 3
L3:
w6 += -1
if w6 != 0 goto L1
w0 = 0
exit
# LOOP-COUNT-3: r2 = r10
# LOOP-NOT: share-value

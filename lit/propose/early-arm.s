# early-arm: what the target of a branch only sets is set in front of the branch, where the other way has no use for it.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/switch.s | FileCheck %s --check-prefix=SWITCH
# RUN: %k2 opt --disable dead-call -r %t/used.s | FileCheck %s --check-prefix=USED
# RUN: %k2 opt --disable dead-call -r %t/shared.s | FileCheck %s --check-prefix=SHARED

#--- switch.s
# A switch that gives a number: no arm, no goto.
.section tc
r6 = r1
r1 = *(u32 *)(r6 + 0)
if w1 == 11 goto L1
if w1 == 222 goto L2
if w1 == 3333 goto L3
w0 = 0
exit
L1: w7 = 7
goto L4
L2: w7 = 5
goto L4
L3: w7 = 9
L4:
call 7
w0 ^= w7
exit
# SWITCH: w[[R:[6-9]]] = 7
# SWITCH-NEXT: if w1 == 11 goto [[T:L[0-9]+]]
# SWITCH-NEXT: w[[R]] = 5
# SWITCH-NEXT: if w1 == 222 goto [[T]]
# SWITCH-NEXT: w[[R]] = 9
# SWITCH: applied early-arm

#--- used.s
# The other way reads what was there before.
.section tc
r6 = r1
w7 = *(u32 *)(r6 + 4)
r1 = *(u32 *)(r6 + 0)
if w1 == 11 goto L1
call 7
w7 ^= w0
goto L4
L1: w7 = 7
goto L4
L4:
call 7
w0 ^= w7
exit
# USED-NOT: applied early-arm

#--- shared.s
# Two branches go to the arm.
.section tc
r6 = r1
r1 = *(u32 *)(r6 + 0)
if w1 == 11 goto L1
if w1 == 222 goto L1
call 7
r7 = r0
goto L4
L1: w7 = 7
L4:
call 7
w0 ^= w7
exit
# SHARED-NOT: applied early-arm

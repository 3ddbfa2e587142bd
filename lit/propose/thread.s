# thread: a way on which a branch is decided goes past it.
# RUN: split-file %s %t
# RUN: %k2 opt --level 3 -r %t/number.s | FileCheck %s --check-prefix=NUMBER
# RUN: %k2 opt --level 3 -r %t/asked.s | FileCheck %s --check-prefix=ASKED
# RUN: %k2 opt --level 3 -r %t/implied.s | FileCheck %s --check-prefix=IMPLIED
# RUN: %k2 opt --level 3 -r %t/body.s | FileCheck %s --check-prefix=BODY
# RUN: %k2 opt --level 3 -r %t/changed.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt --level 3 -r %t/half.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt --level 3 -r %t/call.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt --level 3 -r %t/other.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt --level 3 -r --disable=thread %t/number.s | FileCheck %s --check-prefix=KEPT
# What is printed is proved equal once more, from nothing but the two.
# RUN: (echo .section xdp; %k2 opt --level 3 %t/number.s) > %t/number.new.s
# RUN: %k2 check %t/number.s %t/number.new.s
# RUN: (echo .section xdp; %k2 opt --level 3 %t/asked.s) > %t/asked.new.s
# RUN: %k2 check %t/asked.s %t/asked.new.s
# KEPT-NOT: applied thread

#--- number.s
# A flag that is a number on each way: nobody needs it any more.
.section xdp
w2 = *(u32 *)(r1 + 20)
w1 = *(u32 *)(r1 + 12)
if w1 == 30318 goto L1
L0:
w1 = 1
goto L2
L1:
w1 = 0
if w2 != 0 goto L0
L2:
w0 = 80
if w1 == 0 goto L3
w0 = -1
L3:
exit
# NUMBER: if w1 == 30318 goto [[EQUAL:L[0-9]+]]
# NUMBER: w0 = -1
# NUMBER: exit
# NUMBER: [[EQUAL]]:
# NUMBER-NEXT: if w2 != 0
# NUMBER-NEXT: w0 = 80
# NUMBER-NOT: if
# NUMBER: applied thread{{.*}}3 slots saved

#--- asked.s
# The same question again, on a way on which the answer is known.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
if r2 != 5 goto L1
r0 = 1
if r3 == 7 goto L2
L1:
if r2 == 5 goto L2
r0 = 2
L2:
exit
# ASKED: if r2 != 5 goto [[NOT:L[0-9]+]]
# ASKED-NEXT: r0 = 1
# ASKED-NOT: if
# ASKED: applied thread

#--- implied.s
# Not the same question, but the answer follows.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r0 = 1
if r2 > 100 goto L1
r0 = r3
if r3 == 7 goto L2
L1:
if r2 > 50 goto L2
r0 += 2
L2:
exit
# IMPLIED: if {{[rw]}}2 > 100 goto [[END:L[0-9]+]]
# IMPLIED: if {{[rw]}}2 > 50 goto [[END]]
# IMPLIED: applied thread

#--- body.s
# What stands in front of the branch is done on the way past it as far as somebody reads it.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r4 = 0
if r2 == 5 goto L1
r4 = 1
L1:
r0 = r3
if r4 == 0 goto L2
r0 += r2
L2:
exit
# BODY: r0 = *(u32 *)(r1 + 16)
# BODY-NEXT: if {{[rw]}}2 == 5 goto [[END:L[0-9]+]]
# BODY-NEXT: r0 += r2
# BODY-NEXT: [[END]]:
# BODY-NEXT: exit
# BODY: applied thread

#--- changed.s
# It is not the same value any more.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
if r2 != 5 goto L1
r0 = 1
if r3 == 7 goto L2
L1:
r2 += r3
if r2 == 5 goto L2
r0 = 2
L2:
exit

#--- half.s
# Of the upper half nobody asked.
.section xdp
r6 = r1
call 5
r2 = r0
r1 = r6
r3 = *(u32 *)(r1 + 16)
r0 = 1
if w2 == 5 goto L1
if r3 == 7 goto L2
r2 = 9
L1:
r3 += 1
if r2 == 5 goto L2
r0 = r3
L2:
exit

#--- call.s
# Calls are not made twice.
.section xdp
r6 = *(u32 *)(r1 + 12)
r7 = 0
if r6 == 5 goto L1
r7 = 1
L1:
call 5
if r7 == 0 goto L2
r0 += r6
L2:
r0 += 1
exit

#--- other.s
# Another question.
.section xdp
r2 = *(u32 *)(r1 + 12)
r3 = *(u32 *)(r1 + 16)
r0 = 1
if r2 > 50 goto L1
r0 = r3
if r3 == 7 goto L2
L1:
if r2 > 100 goto L2
r0 += 2
L2:
exit

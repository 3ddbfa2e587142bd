# hoist: what both ways behind a branch do first is done once, in front of it.
# RUN: split-file %s %t
# RUN: %k2 opt --disable search,const,copy -r %t/calls.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt --disable search,const,copy -r %t/later.s | FileCheck %s --check-prefix=LATER
# RUN: %k2 opt --disable search,const,copy -r %t/looked-at.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt --disable search,const,copy -r %t/condition.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt --disable search,const,copy -r %t/entered.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt --disable search,const,copy -r %t/depends.s | FileCheck %s --check-prefix=KEPT
# KEPT-NOT: applied hoist

#--- calls.s
# Both ways ask for the time first; whoever comes to the branch has done the same, old or new.
.section xdp
r6 = *(u32 *)(r1 + 12)
r7 = *(u32 *)(r1 + 16)
if r7 == 5 goto L1
call 5
r0 += r6
exit
L1:
call 5
r0 -= r6
exit

#--- later.s
# Not the first on both ways, but nothing before it is in its way.
.section xdp
r6 = *(u32 *)(r1 + 12)
r7 = *(u32 *)(r1 + 16)
if r7 == 5 goto L1
r8 = r7
r6 *= 3
call 5
r0 += r8
r0 += r6
exit
L1:
r6 *= 3
call 5
r0 -= r6
exit
# LATER: r6 *= 3
# LATER-NEXT: if r7 == 5
# LATER-NOT: *= 3
# LATER: applied hoist line 7: both ways begin with it: 1 slot saved

#--- looked-at.s
# Behind the branch r7 is known to be small on one way: what is computed from it there has bounds.
.section xdp
r7 = *(u32 *)(r1 + 16)
if r7 > 5 goto L1
r7 *= 3
call 5
r0 += r7
exit
L1:
r7 *= 3
call 5
r0 -= r7
exit

#--- condition.s
# The branch still needs what is overwritten.
.section xdp
r6 = *(u32 *)(r1 + 12)
r7 = *(u32 *)(r1 + 16)
if r7 == r6 goto L1
r6 = 9
call 5
r0 += r6
exit
L1:
r6 = 9
call 5
r0 -= r6
exit

#--- entered.s
# Others come to the second way, too.
.section xdp
r6 = *(u32 *)(r1 + 12)
r7 = *(u32 *)(r1 + 16)
if r7 == 3 goto L1
if r7 == 5 goto L1
r6 *= 3
call 5
r0 += r6
exit
L1:
r6 *= 3
call 5
r0 -= r6
exit

#--- depends.s
# It needs what stands before it.
.section xdp
r6 = *(u32 *)(r1 + 12)
r7 = *(u32 *)(r1 + 16)
if r7 == 5 goto L1
r6 += 3
r6 *= 3
call 5
r0 += r6
exit
L1:
r6 *= 3
call 5
r0 -= r6
exit

# placement: code that is only jumped to goes where the jump was.
# RUN: split-file %s %t
# RUN: %k2 opt --level 3 -r %t/goto.s | FileCheck %s --check-prefix=GOTO
# RUN: %k2 opt --level 3 -r %t/turned.s | FileCheck %s --check-prefix=TURNED
# RUN: %k2 opt --level 3 -r %t/entered.s | FileCheck %s --check-prefix=ENTERED

#--- goto.s
.section cgroup_skb/egress
r6 = r1
w7 = *(u32 *)(r6 + 0)
if w7 == 9 goto L1
r1 = r6
call 35
goto L3
L1:
r1 = r6
call 46
w0 &= 1
exit
L3:
w0 += w7
w0 &= 1
exit
# GOTO-NOT: goto L{{.*}}goto
# GOTO: applied placement line 7: what is jumped to goes where the jump was: 1 slot saved

#--- turned.s
# A branch and a goto: the branch turns round.
.section cgroup_skb/egress
r6 = r1
w7 = *(u32 *)(r6 + 0)
if w7 == 5 goto L4
goto L1
L5: w0 = 0
exit
L1:
r1 = r6
call 46
if w0 == 3 goto L5
w0 &= 1
exit
L4:
r1 = r6
call 35
if w0 == 4 goto L5
w0 ^= w7
w0 &= 1
exit
# TURNED: if {{[rw]}}7 == 5 goto
# TURNED-NEXT: call 46
# TURNED: applied placement

#--- entered.s
# Something else falls into it.
.section cgroup_skb/egress
r6 = r1
w7 = *(u32 *)(r6 + 0)
if w7 == 9 goto L1
r1 = r6
call 35
goto L3
L1:
r1 = r6
call 46
if w0 == 3 goto L4
L3:
w0 += w7
L4:
w0 &= 1
exit
# ENTERED-NOT: applied placement

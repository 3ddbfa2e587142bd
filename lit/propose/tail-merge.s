# tail-merge: two blocks that end alike and go on to the same places share the end.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call,hoist -r %t/branch.s | FileCheck %s --check-prefix=BRANCH
# RUN: %k2 opt --disable dead-call,hoist -r %t/exit.s | FileCheck %s --check-prefix=EXIT
# RUN: %k2 opt --disable dead-call,hoist -r %t/paid.s | FileCheck %s --check-prefix=PAID
# RUN: %k2 opt --disable dead-call,hoist -r %t/other.s | FileCheck %s --check-prefix=OTHER
# RUN: %k2 opt --disable dead-call,hoist -r %t/short.s | FileCheck %s --check-prefix=SHORT
# RUN: %k2 opt --disable dead-call,hoist -r %t/jumped-to.s | FileCheck %s --check-prefix=JUMPED

#--- branch.s
# Both count a packet, and go on alike; what they count is another byte.
.section xdp
.map m type=2 key=4 value=8
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
w0 = 1
if r4 > r3 goto L9
w5 = *(u8 *)(r2 + 3)
if w5 == 7 goto L1
w6 = *(u8 *)(r2 + 9)
*(u32 *)(r10 - 4) = w6
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L8
goto L7
L1: w6 = *(u8 *)(r2 + 10)
*(u32 *)(r10 - 4) = w6
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L8
L7: r1 = *(u64 *)(r0 + 0)
r1 += 1
*(u64 *)(r0 + 0) = r1
L8: w0 = 2
L9: exit
# BRANCH-COUNT-1: call 1
# BRANCH-NOT: call 1
# BRANCH: applied tail-merge line 13: blocks that end alike share the end: 6 slots saved

#--- exit.s
# Nothing is pruned at the shared end, so the verifier would walk a goto more.
.section cgroup_skb/egress
r6 = r1
w7 = *(u32 *)(r6 + 0)
if w7 == 9 goto L1
call 35
*(u32 *)(r6 + 8) = 3
w0 = 1
exit
L1:
call 46
*(u32 *)(r6 + 8) = 3
w0 = 1
exit
# EXIT-COUNT-2: exit
# EXIT-NOT: applied tail-merge
# EXIT: missed verifier-work

#--- paid.s
# Another rewrite of the function has saved what the goto costs.
.section cgroup_skb/egress
r6 = r1
w7 = *(u32 *)(r6 + 0)
if w7 == 9 goto L1
r1 = r6
call 35
*(u32 *)(r6 + 8) = 3
w0 = 1
exit
L1:
r1 = r6
call 46
*(u32 *)(r6 + 8) = 3
w0 = 1
exit
# PAID-COUNT-1: exit
# PAID: applied tail-merge

#--- other.s
# They end alike, but one goes on to something else.
.section cgroup_skb/egress
r6 = r1
w7 = *(u32 *)(r6 + 0)
if w7 == 9 goto L1
r1 = r6
call 35
*(u32 *)(r6 + 8) = 3
*(u32 *)(r6 + 56) = 4
goto L2
L1:
r1 = r6
call 46
*(u32 *)(r6 + 8) = 3
*(u32 *)(r6 + 56) = 4
w0 = 1
exit
L2:
r1 = r6
call 46
w0 &= 1
exit
# OTHER-NOT: applied tail-merge

#--- short.s
# One slot is not worth a goto.
.section cgroup_skb/egress
r6 = r1
w7 = *(u32 *)(r6 + 0)
if w7 == 9 goto L1
r1 = r6
call 35
w0 = 1
exit
L1:
r1 = r6
call 46
w0 = 1
exit
# SHORT-COUNT-2: exit
# SHORT-NOT: applied tail-merge

#--- jumped-to.s
# Who comes to the second end jumps there: it can jump to the first one instead, and no goto is needed.
.section cgroup_skb/egress
r6 = r1
w7 = *(u32 *)(r6 + 0)
if w7 == 9 goto L1
r1 = r6
call 35
if w7 == 8 goto L2
call 46
w0 &= 1
exit
L1:
w0 = 1
exit
L2:
w0 = 1
exit
# JUMPED-COUNT-1: w0 = 1
# JUMPED-NOT: w0 = 1
# JUMPED: applied tail-merge line {{[0-9]+}}: blocks that end alike share the end: 2 slots saved

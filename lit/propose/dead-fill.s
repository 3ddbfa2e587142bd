# dead-fill: what a helper fills when it returns 0 is not stored before, if nobody reads it when it does not.
# RUN: split-file %s %t
# RUN: %k2 opt --level 3 -r %t/cleared.s | FileCheck %s --check-prefix=CLEARED
# RUN: %k2 opt --level 3 -r %t/half.s | FileCheck %s --check-prefix=HALF
# RUN: %k2 opt --level 3 -r %t/failed.s | FileCheck %s --check-prefix=FAILED
# RUN: %k2 opt --level 3 -r %t/other.s | FileCheck %s --check-prefix=OTHER
# RUN: %k2 opt --level 3 -r %t/skb.s | FileCheck %s --check-prefix=SKB

#--- cleared.s
# A cleared buffer for bpf_xdp_load_bytes.
.section xdp
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r3 = r10
r3 += -16
w2 = 0
w4 = 16
call 189
if r0 != 0 goto L1
r0 = *(u64 *)(r10 - 8)
exit
L1:
w0 = 1
exit
# CLEARED-NOT: *(u64
# CLEARED: call 189
# CLEARED: applied dead-fill

#--- half.s
# The question is asked of the lower half: the result is an int. Of the last store only a part is in the buffer: it stays.
.section xdp
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r3 = r10
r3 += -16
w2 = 0
w4 = 12
call 189
if w0 == 0 goto L1
w0 = 1
exit
L1:
r0 = *(u64 *)(r10 - 8)
r1 = *(u64 *)(r10 - 16)
r0 ^= r1
exit
# HALF-NOT: *(u64 *)(r10 - 16) = 0
# HALF: *(u64 *)(r10 - 8) = 0
# HALF: applied dead-fill

#--- failed.s
# It is read when the helper fails.
.section xdp
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r3 = r10
r3 += -16
w2 = 0
w4 = 16
call 189
if r0 != 0 goto L1
r0 = *(u64 *)(r10 - 8)
exit
L1:
r0 = *(u64 *)(r10 - 16)
exit
# FAILED-NOT: applied dead-fill

#--- other.s
# What is asked for is whether it gave -22.
.section xdp
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r3 = r10
r3 += -16
w2 = 0
w4 = 16
call 189
if r0 == -22 goto L1
r0 = *(u64 *)(r10 - 8)
exit
L1:
w0 = 1
exit
# OTHER-NOT: applied dead-fill

#--- skb.s
# A helper that may leave bytes alone and return 0.
.section cgroup/getsockopt
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r3 = r10
r3 += -16
r1 = r3
w2 = 16
call 16
if r0 != 0 goto L1
r0 = *(u64 *)(r10 - 8)
exit
L1:
w0 = 1
exit
# SKB-NOT: applied dead-fill

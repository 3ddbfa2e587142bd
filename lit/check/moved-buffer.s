# A helper's buffer may lie elsewhere in the frame: its bytes count, and who reads them later.
# RUN: split-file %s %t
# RUN: %k2 check %t/key-a.s %t/key-b.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/key-b.s %t/key-a.s | FileCheck %s --check-prefix=SAME
# RUN: %k2 check %t/out-a.s %t/out-b.s | FileCheck %s --check-prefix=SAME
# RUN: sh -c '%k2 check %t/key-a.s %t/key-other.s; echo status $?' | FileCheck %s --check-prefix=OTHER
# RUN: sh -c '%k2 check %t/out-a.s %t/out-old.s; echo status $?' | FileCheck %s --check-prefix=OLD
# RUN: sh -c '%k2 check %t/two.s %t/one.s; echo status $?' | FileCheck %s --check-prefix=ONE
# SAME: {{^}}equal{{$}}

#--- key-a.s
.section xdp
.map m type=1 key=4 value=8
r1 = *(u32 *)(r1 + 12)
*(u32 *)(r10 - 4) = r1
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r0 = 1
L1:
exit

#--- key-b.s
.section xdp
.map m type=1 key=4 value=8
r1 = *(u32 *)(r1 + 12)
*(u32 *)(r10 - 36) = r1
r2 = r10
r2 += -36
r1 = &m ll
call 1
if r0 == 0 goto L1
r0 = 1
L1:
exit

#--- key-other.s
.section xdp
.map m type=1 key=4 value=8
r1 = *(u32 *)(r1 + 16)
*(u32 *)(r10 - 36) = r1
r2 = r10
r2 += -36
r1 = &m ll
call 1
if r0 == 0 goto L1
r0 = 1
L1:
exit
# OTHER: different: the stack byte at r10 -
# OTHER: status 1

#--- out-a.s
.section kprobe/x
r3 = r1
r1 = r10
r1 += -8
r2 = 8
call 113
r0 = *(u64 *)(r10 - 8)
exit

#--- out-b.s
.section kprobe/x
r3 = r1
r1 = r10
r1 += -24
r2 = 8
call 113
r0 = *(u64 *)(r10 - 24)
exit

#--- out-old.s
# The result is read where it was.
.section kprobe/x
r3 = r1
*(u64 *)(r10 - 8) = 0
r1 = r10
r1 += -24
r2 = 8
call 113
r0 = *(u64 *)(r10 - 8)
exit
# OLD: different: the return value r0 is
# OLD: status 1

#--- two.s
# A number is read from one buffer and stored to another.
.section cgroup/sysctl
*(u64 *)(r10 - 8) = 53
*(u64 *)(r10 - 16) = 53
r1 = r10
r1 += -16
r2 = 8
r3 = 0
r4 = r10
r4 += -8
call 105
r0 = *(u64 *)(r10 - 8)
exit

#--- one.s
# Both are one: who knows which the helper touches first?
.section cgroup/sysctl
*(u64 *)(r10 - 16) = 53
r1 = r10
r1 += -16
r2 = 8
r3 = 0
r4 = r10
r4 += -16
call 105
r0 = *(u64 *)(r10 - 16)
exit
# ONE: unknown: a call sees or changes something else
# ONE: status 2

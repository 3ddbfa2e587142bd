# Registers have other names, also those of results that no two reads give alike; and one that is the wrong one.
# RUN: split-file %s %t
# RUN: %k2 check %t/atomic-a.s %t/atomic-b.s | FileCheck %s --check-prefix=SAME
# RUN: sh -c '%k2 check %t/atomic-a.s %t/atomic-other.s; echo status $?' | FileCheck %s --check-prefix=ATOMIC
# RUN: %k2 check %t/packet-a.s %t/packet-b.s | FileCheck %s --check-prefix=SAME
# RUN: sh -c '%k2 check %t/packet-a.s %t/packet-other.s; echo status $?' | FileCheck %s --check-prefix=PACKET
# RUN: %k2 check %t/replace-a.s %t/replace-b.s | FileCheck %s --check-prefix=SAME
# SAME: {{^}}equal{{$}}

#--- atomic-a.s
.section tc
.map m type=2 key=4 value=8
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L13
r7 = 1
r7 = atomic_fetch_add((u64 *)(r0 + 0), r7)
r0 = r7
exit
L13:
exit

#--- atomic-b.s
.section tc
.map m type=2 key=4 value=8
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L13
r8 = 1
r8 = atomic_fetch_add((u64 *)(r0 + 0), r8)
r0 = r8
exit
L13:
exit

#--- atomic-other.s
.section tc
.map m type=2 key=4 value=8
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L13
r8 = 1
r7 = r8
r8 = atomic_fetch_add((u64 *)(r0 + 0), r8)
r0 = r7
exit
L13:
exit
# ATOMIC: different
# ATOMIC: status 1

#--- packet-a.s
.section socket
r6 = r1
r7 = *(u32 *)(r1 + 0)
r0 = *(u8 *)skb[r7 + 2]
exit

#--- packet-b.s
.section socket
r6 = r1
r8 = *(u32 *)(r1 + 0)
r0 = *(u8 *)skb[r8 + 2]
exit

#--- packet-other.s
.section socket
r6 = r1
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r0 = *(u8 *)skb[r8 + 2]
exit
# PACKET: different
# PACKET: status 1

#--- replace-a.s
# The arguments are those of the function that is replaced.
.section freplace/sum
.args 2
r0 = r1
r0 += r2
exit

#--- replace-b.s
.section freplace/sum
.args 2
r0 = r2
r0 += r1
exit

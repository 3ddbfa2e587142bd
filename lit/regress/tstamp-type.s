# A program that loads __sk_buff.tstamp_type anywhere gets another meaning of tstamp (prog->tstamp_type_access): the load stays, also
# where nobody uses what it gives.
# RUN: split-file %s %t
# RUN: %k2 opt %t/with.s | FileCheck %s --check-prefix=OPT
# RUN: sh -c '%k2 check %t/with.s %t/without.s; echo status $?' | FileCheck %s
# RUN: sh -c '%k2 check %t/without.s %t/with.s; echo status $?' | FileCheck %s
# RUN: %k2 opt %t/packet.s | FileCheck %s --check-prefix=PACKET
# OPT: = *(u8 *)(r{{[0-9]}} + 180)
# CHECK: status {{[12]}}

#--- with.s
.section tc
.map m type=2 key=4 value=8
r6 = r1
r2 = 1234567 ll
r3 = 1
call 192
r8 = *(u8 *)(r6 + 180)
r7 = *(u64 *)(r6 + 152)
*(u32 *)(r10 - 4) = 0
r1 = &m ll
r2 = r10
r2 += -4
call 1
if r0 == 0 goto L1
*(u64 *)(r0 + 0) = r7
L1:
r0 = -1
exit

#--- without.s
.section tc
.map m type=2 key=4 value=8
r6 = r1
r2 = 1234567 ll
r3 = 1
call 192
r7 = *(u64 *)(r6 + 152)
*(u32 *)(r10 - 4) = 0
r1 = &m ll
r2 = r10
r2 += -4
call 1
if r0 == 0 goto L1
*(u64 *)(r0 + 0) = r7
L1:
r0 = -1
exit

#--- packet.s
# In a type of program that has no such field it is a byte like others.
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 200
w0 = 1
if r4 > r3 goto L1
r5 = *(u8 *)(r2 + 180)
w0 = 2
L1: exit
# PACKET-NOT: 180

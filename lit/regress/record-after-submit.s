# A record of a ring buffer belongs to its reader once it is submitted: a load from it stays before the call.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/before.s %t/behind.s; echo status $?' | FileCheck %s
# CHECK: status {{[12]}}

#--- before.s
.section tc
.map rb type=27 key=0 value=0
r6 = r1
r1 = &rb ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto L1
r7 = *(u64 *)(r0 + 8)
r1 = r0
r2 = 0
call 132
r0 = r7
exit
L1:
r0 = 0
exit

#--- behind.s
.section tc
.map rb type=27 key=0 value=0
r6 = r1
r1 = &rb ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto L1
r7 = r0
r1 = r0
r2 = 0
call 132
r0 = *(u64 *)(r7 + 8)
exit
L1:
r0 = 0
exit

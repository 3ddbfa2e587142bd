# What others may change meanwhile is not read twice where it was read once.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/once.s %t/twice.s; echo status $?' | FileCheck %s
# RUN: %k2 check %t/twice.s %t/once.s | FileCheck %s --check-prefix=LESS
# CHECK: unknown: memory that others see is accessed more often
# CHECK: status 2
# LESS: {{^}}equal{{$}}

#--- once.s
.section tc
.map m type=2 key=4 value=8
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r1 = *(u32 *)(r0 + 0)
r2 = r1
r0 = r1
r0 += r2
L1:
exit

#--- twice.s
.section tc
.map m type=2 key=4 value=8
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r1 = *(u32 *)(r0 + 0)
r2 = *(u32 *)(r0 + 0)
r0 = r1
r0 += r2
L1:
exit

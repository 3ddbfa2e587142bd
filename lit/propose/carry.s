# carry: an address on the stack is made three times; a free callee-saved register keeps it.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/map.s | FileCheck %s --check-prefix=MAP
# RUN: %k2 opt --disable dead-call -r %t/two.s | FileCheck %s --check-prefix=TWO
# RUN: %k2 opt --disable dead-call -r %t/busy.s | FileCheck %s --check-prefix=BUSY

#--- map.s
.section kprobe/x
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
r2 = r10
r2 += -4
r1 = &m ll
call 1
r2 = r10
r2 += -4
r1 = &m ll
call 3
r2 = r10
r2 += -4
r1 = &m ll
call 1
r0 = 0
exit
# MAP-COUNT-1: r2 = r10
# MAP-NOT: r2 = r10
# MAP: applied carry

#--- two.s
# Twice is not enough to pay for the copy.
.section kprobe/x
.map m type=1 key=4 value=8
.map n type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
r2 = r10
r2 += -4
r1 = &m ll
call 1
r2 = r10
r2 += -4
r1 = &m ll
call 3
r0 = 0
exit
# TWO-NOT: applied carry

#--- busy.s
# No callee-saved register is free.
.section kprobe/x
.map m type=1 key=4 value=8
r6 = *(u64 *)(r1 + 0)
r7 = *(u64 *)(r1 + 8)
r8 = *(u64 *)(r1 + 16)
r9 = *(u64 *)(r1 + 24)
*(u32 *)(r10 - 4) = 7
r2 = r10
r2 += -4
r1 = &m ll
call 1
r2 = r10
r2 += -4
r1 = &m ll
call 3
r2 = r10
r2 += -4
r1 = &m ll
call 1
r0 = r6
r0 += r7
r0 += r8
r0 += r9
exit
# BUSY-NOT: applied carry

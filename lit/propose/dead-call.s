# dead-call: a call that nobody would miss and whose result nobody uses goes, with what was made ready for it.
# RUN: split-file %s %t
# RUN: %k2 opt -r %t/silent.s | FileCheck %s --check-prefix=SILENT
# RUN: %k2 opt -r %t/lru.s | FileCheck %s --check-prefix=LRU
# RUN: %k2 opt -r %t/buffer.s | FileCheck %s --check-prefix=BUFFER
# RUN: %k2 opt -r %t/used.s | FileCheck %s --check-prefix=USED
# RUN: %k2 opt -r %t/writes.s | FileCheck %s --check-prefix=WRITES
# RUN: %k2 check %t/two.s %t/second.s | FileCheck %s --check-prefix=SECOND
# RUN: sh -c '%k2 check %t/two.s %t/first.s; echo status $?' | FileCheck %s --check-prefix=FIRST

#--- silent.s
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
r2 = r10
r2 += -4
r1 = &m ll
call 1
call 5
call 14
w0 = 0
exit
# SILENT-NOT: call
# SILENT: exit
# SILENT-COUNT-3: applied dead-call

#--- lru.s
# A lookup there keeps the element from being evicted.
.section tc
.map m type=9 key=4 value=8
*(u32 *)(r10 - 4) = 7
r2 = r10
r2 += -4
r1 = &m ll
call 1
w0 = 0
exit
# LRU: call 1
# LRU-NOT: applied dead-call

#--- buffer.s
# The bytes that it writes are not used either.
.section tc
r2 = 0
r3 = r10
r3 += -8
w4 = 8
call 26
w0 = 0
exit
# BUFFER-NOT: call
# BUFFER: applied dead-call

#--- used.s
# Here one of them is.
.section tc
r2 = 0
r3 = r10
r3 += -8
w4 = 8
call 26
r0 = *(u8 *)(r10 - 3)
exit
# USED: call 26

#--- writes.s
# An update is seen by others.
.section tc
.map m type=1 key=4 value=4
*(u32 *)(r10 - 4) = 7
r2 = r10
r2 += -4
r3 = r2
r4 = 0
r1 = &m ll
call 2
w0 = 0
exit
# WRITES: call 2

#--- two.s
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
*(u32 *)(r10 - 8) = 8
r2 = r10
r2 += -4
r1 = &m ll
call 1
r2 = r10
r2 += -8
r1 = &m ll
call 1
if r0 == 0 goto L1
r0 = *(u64 *)(r0 + 0)
L1: exit

#--- second.s
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 8) = 8
r2 = r10
r2 += -8
r1 = &m ll
call 1
if r0 == 0 goto L1
r0 = *(u64 *)(r0 + 0)
L1: exit
# SECOND: {{^}}equal

#--- first.s
# The wrong one of the two was kept.
.section tc
.map m type=1 key=4 value=8
*(u32 *)(r10 - 4) = 7
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r0 = *(u64 *)(r0 + 0)
L1: exit
# FIRST: {{different|unknown}}
# FIRST: status {{[12]}}

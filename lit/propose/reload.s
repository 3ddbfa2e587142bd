# reload: a value that is on the stack, too, is loaded from there behind calls, where that makes copies go.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/kept.s | FileCheck %s --check-prefix=KEPT
# RUN: %k2 opt --disable dead-call -r %t/written.s | FileCheck %s --check-prefix=WRITTEN
# RUN: %k2 opt --disable dead-call -r %t/helper.s | FileCheck %s --check-prefix=HELPER

#--- kept.s
# r6 is only there for the last store: two copies for one load.
.section kprobe/x
.map counters type=4 key=4 value=4
.map values type=1 key=4 value=8
call 8
*(u32 *)(r10 - 4) = r0
w2 = w0
r1 = &counters ll
call 22
r6 = r0
*(u64 *)(r10 - 16) = r6
r1 = r6
r1 += 22
if r1 < 21 goto L9
r2 = r10
r2 += -4
r1 = &values ll
call 1
if r0 == 0 goto L2
*(u64 *)(r0 + 0) = r6
goto L9
L2:
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r1 = &values ll
r4 = 1
call 2
L9:
w0 = 0
exit
# KEPT: call 22
# KEPT-NEXT: *(u64 *)(r10 - 16) = r0
# KEPT-NEXT: r0 += 22
# KEPT: r[[R:[0-9]]] = *(u64 *)(r10 - 16)
# KEPT-NEXT: *(u64 *)(r0 + 0) = r[[R]]
# KEPT: applied reload

#--- written.s
# Something else is stored there in between.
.section kprobe/x
.map counters type=4 key=4 value=4
.map values type=1 key=4 value=8
call 8
*(u32 *)(r10 - 4) = r0
w2 = w0
r1 = &counters ll
call 22
r6 = r0
*(u64 *)(r10 - 16) = r6
r1 = r6
r1 += 22
if r1 < 21 goto L9
r2 = r10
r2 += -16
r1 = &values ll
call 3
*(u64 *)(r10 - 16) = 7
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r1 = &values ll
r4 = 1
call 2
r2 = r10
r2 += -4
r1 = &values ll
call 1
if r0 == 0 goto L9
*(u64 *)(r0 + 0) = r6
L9:
w0 = 0
exit
# WRITTEN-NOT: applied reload

#--- helper.s
# A helper may write there.
.section kprobe/x
.map counters type=4 key=4 value=4
.map values type=1 key=4 value=8
call 8
*(u32 *)(r10 - 4) = r0
w2 = w0
r1 = &counters ll
call 22
r6 = r0
*(u64 *)(r10 - 16) = r6
r1 = r6
r1 += 22
if r1 < 21 goto L9
r2 = r10
r2 += -16
r1 = &values ll
call 3
r1 = r10
r1 += -16
w2 = 8
call 16
r2 = r10
r2 += -4
r3 = r10
r3 += -16
r1 = &values ll
r4 = 1
call 2
r2 = r10
r2 += -4
r1 = &values ll
call 1
if r0 == 0 goto L9
*(u64 *)(r0 + 0) = r6
L9:
w0 = 0
exit
# HELPER-NOT: applied reload

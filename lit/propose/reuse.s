# reuse, load-forward, copy, addr-fold: values that are there already.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call,rules -r %t/load.s | FileCheck %s --check-prefix=LOAD
# RUN: %k2 opt --disable dead-call,rules -r %t/changed.s | FileCheck %s --check-prefix=CHANGED
# RUN: %k2 opt --disable dead-call,rules -r %t/fold.s | FileCheck %s --check-prefix=FOLD
# RUN: %k2 opt --disable dead-call,rules -r %t/clobber.s | FileCheck %s --check-prefix=CLOBBER
# RUN: %k2 opt --disable dead-call,rules -r %t/sum.s | FileCheck %s --check-prefix=SUM
# RUN: %k2 opt --disable dead-call,rules -r %t/ctxptr.s | FileCheck %s --check-prefix=CTXPTR

#--- load.s
.section xdp
.map m type=1 key=4 value=8
r6 = *(u32 *)(r1 + 12)
*(u32 *)(r10 - 4) = r6
r7 = *(u32 *)(r10 - 4)
r2 = r10
r2 += -4
r1 = &m ll
call 1
r0 = r6
r0 += r7
exit
# LOAD-NOT: = *(u32 *)(r10 - 4)
# LOAD: applied load-forward

#--- changed.s
# The lookup does not change the stack, but perf_event_read_value (55) writes its buffer.
.section kprobe/x
.map m type=4 key=4 value=4
r6 = r1
*(u64 *)(r10 - 24) = r6
*(u64 *)(r10 - 16) = 5
*(u64 *)(r10 - 8) = 5
r1 = &m ll
r2 = 0
r3 = r10
r3 += -24
r4 = 24
call 55
r0 = *(u64 *)(r10 - 8)
exit
# CHANGED: r0 = *(u64 *)(r10 - 8)
# CHANGED-NOT: applied load-forward

#--- fold.s
.section xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 20
r0 = 2
if r4 > r3 goto L1
r2 += 6
r0 = *(u8 *)(r2 + 0)
L1:
exit
# FOLD: r0 = *(u8 *)(r2 + 6)
# FOLD: applied addr-fold

#--- clobber.s
# r1 does not survive the call: the copy in r6 is needed.
.section xdp
r6 = r1
call 8
r0 = *(u32 *)(r6 + 12)
exit
# CLOBBER: r6 = r1
# CLOBBER: *(u32 *)(r6 + {{(12|0xc)}})

#--- sum.s
# fp - 8 is in r3 already.
.section xdp
.map m type=1 key=4 value=8
*(u64 *)(r10 - 8) = 0
r3 = r10
r3 += -8
r2 = r10
r2 += -8
r1 = &m ll
r4 = 0
call 2
r0 = 2
exit
# SUM: r3 += -{{(0x)?}}8
# SUM-NOT: r2 += -{{(0x)?}}8
# SUM: applied reuse

#--- ctxptr.s
# A 32-bit load of xdp_md->data gives a 64-bit pointer: the upper half is not zero, so this extension is not useless.
.section xdp
r0 = *(u32 *)(r1 + 0)
r0 <<= 32
r0 >>= 32
exit
# CTXPTR: r0 <<= {{(32|0x20)}}
# CTXPTR: r0 >>= {{(32|0x20)}}

# same-store: what the stack holds already is not stored again.
# RUN: split-file %s %t
# RUN: %k2 opt --disable dead-call -r %t/zero.s | FileCheck %s --check-prefix=ZERO
# RUN: %k2 opt --disable dead-call -r %t/written.s | FileCheck %s --check-prefix=WRITTEN
# RUN: %k2 opt --disable dead-call -r %t/one-way.s | FileCheck %s --check-prefix=ONE-WAY
# RUN: %k2 opt --disable dead-call -r %t/key.s | FileCheck %s --check-prefix=KEY

#--- zero.s
# Another block has cleared the slot; the lookup only reads it.
.section xdp
.map m type=1 key=8 value=8
r6 = *(u32 *)(r1 + 12)
*(u64 *)(r10 - 8) = 0
if w6 == 7 goto L1
r2 = r10
r2 += -8
r1 = &m ll
call 1
*(u16 *)(r10 - 6) = 0
L1:
*(u32 *)(r10 - 4) = r6
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 2
exit
# ZERO-NOT: *(u16 *)
# ZERO: applied same-store

#--- written.s
# perf_event_read_value (55) writes the slot.
.section kprobe/x
.map m type=4 key=4 value=4
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r1 = &m ll
r2 = 0
r3 = r10
r3 += -24
r4 = 24
call 55
*(u16 *)(r10 - 6) = 0
r0 = *(u64 *)(r10 - 8)
exit
# WRITTEN: *(u16 *)(r10 - 6) = 0
# WRITTEN-NOT: applied same-store

#--- one-way.s
# On one of the ways something else is there.
.section xdp
.map m type=1 key=8 value=8
r6 = *(u32 *)(r1 + 12)
*(u64 *)(r10 - 8) = 0
if w6 == 7 goto L1
*(u16 *)(r10 - 6) = 5
L1:
r2 = r10
r2 += -8
r1 = &m ll
call 1
*(u16 *)(r10 - 6) = 0
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 2
exit
# ONE-WAY: *(u16 *)(r10 - 6) = 0
# ONE-WAY-NOT: applied same-store

#--- key.s
# The verifier knows the number of the second store, which is the key of a lookup in an array, and not that the first left there
# what is in the register.
.section xdp
.map m type=2 key=4 value=8
r6 = *(u32 *)(r1 + 12)
*(u32 *)(r10 - 4) = r6
if w6 != 7 goto L1
*(u32 *)(r10 - 4) = 7
r2 = r10
r2 += -4
r1 = &m ll
call 1
L1:
r0 = 2
exit
# KEY: *(u32 *)(r10 - 4) = 7
# KEY-NOT: applied same-store

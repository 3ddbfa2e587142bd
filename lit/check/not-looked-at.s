# What differs and nobody is known to look at is no difference: k2 check does not know.
# RUN: split-file %s %t
# RUN: sh -c '%k2 check %t/key-packet.a.s %t/key-packet.b.s; echo status $?' | FileCheck %s
# RUN: sh -c '%k2 check %t/callee-junk.a.s %t/callee-junk.b.s; echo status $?' | FileCheck %s
# RUN: sh -c '%k2 check %t/callback-own.a.s %t/callback-own.b.s; echo status $?' | FileCheck %s
# RUN: sh -c '%k2 check %t/redirect-u32.a.s %t/redirect-u32.b.s; echo status $?' | FileCheck %s
# RUN: sh -c '%k2 check %t/size-arg-zero-view.a.s %t/size-arg-zero-view.b.s; echo status $?' | FileCheck %s
# RUN: sh -c '%k2 check %t/lpm-key-tail.a.s %t/lpm-key-tail.b.s; echo status $?' | FileCheck %s
# RUN: sh -c '%k2 check %t/atomic32-upper.a.s %t/atomic32-upper.b.s; echo status $?' | FileCheck %s --check-prefix=EQUAL
# CHECK: unknown
# CHECK: status 2
# EQUAL: equal
# EQUAL: status 0

#--- key-packet.a.s
# The key lies in the packet instead of the frame.
.section xdp
.map m type=1 key=4 value=8
r6 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r6
r4 += 8
r0 = 2
if r4 > r3 goto L1
r1 = *(u32 *)(r6 + 0)
*(u32 *)(r10 - 4) = r1
r2 = r10
r2 += -4
r1 = &m ll
call 3
r0 = 1
L1:
exit

#--- key-packet.b.s
.section xdp
.map m type=1 key=4 value=8
r6 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r6
r4 += 8
r0 = 2
if r4 > r3 goto L1
r2 = r6
r1 = &m ll
call 3
r0 = 1
L1:
exit

#--- callee-junk.a.s
# A subprogram gets an address of the frame, and another byte of it differs.
.section xdp
.subr f
r1 = *(u32 *)(r1 + 12)
*(u32 *)(r10 - 8) = r1
*(u64 *)(r10 - 64) = 7
r1 = r10
r1 += -8
call &f
r0 = 1
exit

#--- callee-junk.b.s
.section xdp
.subr f
r1 = *(u32 *)(r1 + 12)
*(u32 *)(r10 - 8) = r1
*(u64 *)(r10 - 64) = 9
r1 = r10
r1 += -8
call &f
r0 = 1
exit

#--- callback-own.a.s
# The same with a callback.
.section xdp
.subr cb
*(u64 *)(r10 - 64) = 7
*(u64 *)(r10 - 8) = 1
r1 = 10
r2 = &cb ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u64 *)(r10 - 8)
exit

#--- callback-own.b.s
.section xdp
.subr cb
*(u64 *)(r10 - 64) = 8
*(u64 *)(r10 - 8) = 1
r1 = 10
r2 = &cb ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u64 *)(r10 - 8)
exit

#--- redirect-u32.a.s
# The helper takes 32 bits of its argument.
.section xdp
call 5
r1 = r0
r2 = 0
call 23
exit

#--- redirect-u32.b.s
.section xdp
call 5
w1 = w0
r2 = 0
call 23
exit

#--- size-arg-zero-view.a.s
# A buffer without bytes lies elsewhere.
.section kprobe/x
r1 = r10
r1 += -8
r2 = 0
r3 = 0
call 113
r0 = 1
exit

#--- size-arg-zero-view.b.s
.section kprobe/x
r1 = r10
r1 += -16
r2 = 0
r3 = 0
call 113
r0 = 1
exit

#--- lpm-key-tail.a.s
# Key bytes behind the prefix.
.section xdp
.map m type=11 key=8 value=8
*(u32 *)(r10 - 8) = 0
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 1
exit

#--- lpm-key-tail.b.s
.section xdp
.map m type=11 key=8 value=8
*(u32 *)(r10 - 8) = 0
*(u32 *)(r10 - 4) = 2
r2 = r10
r2 += -8
r1 = &m ll
call 1
r0 = 1
exit

#--- atomic32-upper.a.s
# 32-bit atomics look at 32 bits of their operand.
.section xdp
.map m type=2 key=4 value=8
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r6 = r0
call 5
lock *(u32 *)(r6 + 0) += r0
L1:
r0 = 1
exit

#--- atomic32-upper.b.s
.section xdp
.map m type=2 key=4 value=8
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = &m ll
call 1
if r0 == 0 goto L1
r6 = r0
call 5
w0 = w0
lock *(u32 *)(r6 + 0) += r0
L1:
r0 = 1
exit
